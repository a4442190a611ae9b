"""An article of law (法条) and whether it may be told to a worker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

Status = Literal["in_force", "repealed", "superseded", "partly_repealed", "doubtful"]
ReviewStatus = Literal["verified", "secondary", "unverified"]

NATIONAL_PREFIX = "中华人民共和国"
CHINA = ZoneInfo("Asia/Shanghai")


def today() -> date:
    """The day it is in China."""
    return datetime.now(CHINA).date()


@dataclass(frozen=True, slots=True)
class StatusRow:
    """One row of `data/status.yaml`: what is known about a text's end (效力状态).

    `since` is the first day on which the text no longer applies; None where only a doubt is recorded.
    `paragraphs` (款, from 1) is empty when the whole text is meant.
    """

    status: Status
    since: date | None
    paragraphs: tuple[int, ...]
    replaced_by: str | None
    source: str
    review_status: ReviewStatus


@dataclass(frozen=True, slots=True)
class Article:
    """One article of one version of a law.

    `id` is that of the shared collection and never changes. `adopted` is the day the version was adopted or last
    amended, not the day it entered into force (a known defect of the source); `effective` is known for few texts.
    """

    id: str
    law: str
    article: str
    number: int
    suffix: str
    chapter: str
    section: str
    text: str
    adopted: date | None
    effective: date | None
    category: str
    current: bool
    review_status: ReviewStatus
    ended: StatusRow | None = None

    @property
    def slug(self) -> str:
        """Stable name of the law's version: the id without the article number, e.g. 劳动合同法-2012-12-28."""
        return self.id.rsplit("-", 1)[0]

    @property
    def short_law(self) -> str:
        """The title without 中华人民共和国."""
        return self.law.removeprefix(NATIONAL_PREFIX)

    @property
    def citation(self) -> str:
        """《劳动合同法》第三十八条"""
        return f"《{self.short_law}》{self.article}"

    @property
    def path(self) -> str:
        """Address of the article's page within the site."""
        return f"/law/article/{quote(self.id)}/"

    @property
    def law_path(self) -> str:
        """Address of the law's contents page within the site."""
        return f"/law/{quote(self.slug)}/"

    @property
    def status(self) -> Status:
        """What is recorded about the text, whatever the day."""
        return self.ended.status if self.ended else "in_force"

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """Paragraphs (款): lines of the text; the items （一）… that follow a line belong to it."""
        found: list[str] = []
        for line in self.text.split("\n"):
            if found and line.lstrip().startswith(("（", "(")):
                found[-1] += "\n" + line
            else:
                found.append(line)
        return tuple(found)

    def ended_by(self, on: date) -> bool:
        """Whether the whole text no longer applies on that day; a recorded doubt counts as ended."""
        if self.ended is None or self.ended.paragraphs:
            return False
        return self.ended.since is None or self.ended.since <= on

    def text_on(self, on: date) -> str:
        """The text without the paragraphs that no longer applied on that day."""
        if self.ended is None or not self.ended.paragraphs or (self.ended.since and on < self.ended.since):
            return self.text
        return "\n".join(p for i, p in enumerate(self.paragraphs, start=1) if i not in self.ended.paragraphs)

    def fit_for_worker(self, on: date) -> bool:
        """Whether the article may stand in an answer to a worker.

        Repealed, superseded and doubtful texts never do, whatever the day of the event: an answer that needs an old
        text needs a person. Unverified transcriptions and older versions never do either.
        """
        return self.current and self.review_status != "unverified" and not self.ended_by(max(on, today()))

    def newer_than(self, on: date) -> bool:
        """Whether this version was adopted after the day: the version of that day may read differently."""
        return self.adopted is not None and self.adopted > on
