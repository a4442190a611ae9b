"""An article of law (法条) and whether it may be told to a worker."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

from gonghui.law.citations import to_int

Status = Literal["in_force", "repealed", "superseded", "partly_repealed", "doubtful"]
ReviewStatus = Literal["verified", "secondary", "unverified"]

NATIONAL_PREFIX = "中华人民共和国"
CHINA = ZoneInfo("Asia/Shanghai")

_ITEM = re.compile(r"[（(]([一二三四五六七八九十百]{1,4})[）)]\s*")
# Items that the source left in one line with what leads to them: …：（一）…；（二）…
_INLINE = re.compile(r"(?<=[：:；;。])\s*[（(]([一二三四五六七八九十百]{1,4})[）)]\s*")
_BELOW_ITEM = re.compile(r"\s*(?:[0-9０-９]{1,2}\s*[.．、]|[①-⑳])")


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
    `place` is where a local rule applies ("" for national ones); `volume` names the version where the id cannot.
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
    place: str = ""
    volume: str = ""

    @property
    def slug(self) -> str:
        """Stable name of the law's version: the id without the article number, e.g. 劳动合同法-2012-12-28."""
        return self.volume or self.id.rsplit("-", 1)[0]

    @property
    def short_law(self) -> str:
        """The title without 中华人民共和国."""
        return self.law.removeprefix(NATIONAL_PREFIX)

    @property
    def citation(self) -> str:
        """《劳动合同法》第三十八条"""
        return f"《{self.short_law}》{self.article}"

    @property
    def english_citation(self) -> str:
        """Art. 38 of 劳动合同法: their names stay, for laws have no official English. What has no number is
        cited in Chinese."""
        if not self.number:
            return self.citation
        further = to_int(self.suffix.removeprefix("之")) if self.suffix else None
        return f"Art. {self.number}{f'-{further}' if further else ''} of {self.short_law}"

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
        """Paragraphs (款): lines of the text; items （一）… after a line belong to it, and 1. 2. … to these."""
        return paragraphs_of(self.text)

    def items(self, paragraph: int) -> Mapping[int, str]:
        """The items (项) of a paragraph by number, without their numerals; empty where it has none or is not there."""
        paragraphs = self.paragraphs
        return items_of(paragraphs[paragraph - 1]) if 0 < paragraph <= len(paragraphs) else {}

    def part(self, paragraph: int | None = None, item: int | None = None) -> str | None:
        """The words of a paragraph or item, the whole text where neither is named; None where there is no such part.

        An item without its paragraph (第四十条第二项) is that of the first paragraph that has such an item.
        """
        return part_of(self.text, paragraph, item)

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


def paragraphs_of(text: str) -> tuple[str, ...]:
    """The paragraphs of an article's text, each with the items that follow it."""
    found: list[str] = []
    for line in text.split("\n"):
        if found and (line.lstrip().startswith(("（", "(")) or ("\n" in found[-1] and _BELOW_ITEM.match(line))):
            found[-1] += "\n" + line
        else:
            found.append(line)
    return tuple(found)


def part_of(text: str, paragraph: int | None = None, item: int | None = None) -> str | None:
    """The words of a paragraph or item of an article's text; see `Article.part`."""
    if paragraph is None and item is None:
        return text
    paragraphs = paragraphs_of(text)
    if paragraph is not None:
        paragraphs = paragraphs[paragraph - 1 : paragraph] if paragraph > 0 else ()
    if item is None:
        return paragraphs[0] if paragraphs else None
    return next((words for one in paragraphs if (words := items_of(one).get(item)) is not None), None)


def items_of(paragraph: str) -> Mapping[int, str]:
    """The items of a paragraph's text by number, without their numerals."""
    return lead_and_items(paragraph)[1]


def lead_and_items(paragraph: str) -> tuple[str, Mapping[int, str]]:
    """What a paragraph says before its items, and these by number without their numerals."""
    lead: list[str] = []
    found: dict[int, str] = {}
    last = 0
    for line in paragraph.split("\n"):
        match = _ITEM.match(line)
        if match and (number := to_int(match[1])):
            last = number
            found[last] = line[match.end() :]
        elif last:
            found[last] += "\n" + line
        else:
            lead.append(line)
    return ("\n".join(lead), found) if found else _inline_items(paragraph)


def _inline_items(paragraph: str) -> tuple[str, Mapping[int, str]]:
    marks = list(_INLINE.finditer(paragraph))
    numbers = [to_int(m[1]) or 0 for m in marks]
    if len(marks) < 2 or numbers != list(range(1, len(marks) + 1)):
        return paragraph, {}
    ends = [*(m.start() for m in marks[1:]), len(paragraph)]
    items = {n: paragraph[m.end() : end] for n, m, end in zip(numbers, marks, ends, strict=True)}
    return paragraph[: marks[0].start()], items
