"""The review of the running platform (知识复核): that of the law, with what editors published."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from django.utils.translation import gettext as _

from gonghui.kernel.times import day_of, today
from gonghui.knowledge.checking import check_change
from gonghui.knowledge.models import KnowledgeChange
from gonghui.knowledge.standing import Kind, State, in_force, published_now
from gonghui.law import review as law
from gonghui.law.published import Published, pinned


def review(months: int | None = None, year: int | None = None) -> law.Review:
    """The whole list as of today. Some tenths of a second: every cited article is looked up."""
    rows = in_force(today())
    with pinned(published_now()):
        return law.review(
            on=today(), months=months, year=year, unfit=_unfit(rows),
            rechecked={row.code: day_of(row.decided_at) for row in rows if row.decided_at},
        )  # fmt: skip


def counts() -> dict[str, int]:
    """How many items each group has; counted once a day and state of the knowledge."""
    return dict(_counts(today(), published_now()))


@lru_cache(maxsize=1)
def _counts(_day: date, _state: Published) -> dict[str, int]:
    return {str(group): number for group, number in review().counts.items()}


def tiles(account_id: int | None) -> list[tuple[str, str, int]]:
    """Figures for the desk's first page: address, label, number."""
    waiting = KnowledgeChange.objects.filter(state=State.PROPOSED).exclude(proposer_id=account_id).count()
    return [
        ("desk:knowledge", _("知识修改待批准"), waiting),
        ("desk:knowledge_review", _("知识待复核"), sum(counts().values())),
    ]


def _unfit(rows: list[KnowledgeChange]) -> list[law.Item]:
    """Published changes that the present package does not take any more: the packaged text is told instead."""
    found = []
    for row in rows:
        if row.content and (problems := check_change(row).problems):
            what = row.code if row.kind == Kind.SITUATION else row.code.replace("@", " ")
            found.append(
                law.Item(
                    "unfit", what, "", _("发布的修改已不能用，现按软件里的版本回答：%(why)s")
                    % {"why": problems[0].text},
                    _("撤回，或按新的写法重新提出。"), (f"#{row.pk}",),
                )
            )  # fmt: skip
    return found
