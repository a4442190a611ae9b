"""What may be asked of proposals at the desk: one with its seconders and marks, and those of a session."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from gonghui.kernel.actor import Actor
from gonghui.kernel.matters import state_text
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.vault import mask_name
from gonghui.voice import seconding, tables
from gonghui.voice.models import Congress, Proposal, Topic


@dataclass(frozen=True)
class Seen:
    """A proposal as the desk reads it. Each judge sees their own marks; the others' when they are summed up."""

    proposal: Proposal
    seconders: list[str]
    needed: int
    on_list: bool
    judges: int
    judges_needed: int
    own: int | None
    mark: Decimal | None
    pillars: list[tuple[str, int, Decimal]]
    rounds: list[Any]


def of_matter(actor: Actor, matter: Matter) -> Seen:
    """The caller has checked that the actor sees the matter."""
    with as_system("the actor sees this matter"):
        row = Proposal.objects.select_related("congress", "merged_into__matter").get(matter=matter)
        here = any(duty.path == matter.holder_path for duty in actor.duties)
        names = [one.delegate.name for one in row.secondings.select_related("delegate").filter(agreed=True)]
        sheets = list(row.sheets.all())
        own = next((one.total for one in sheets if one.judge_id == actor.account_id), None)
        summed = sheets if row.mark is not None else []
        pillars = [
            (
                pillar.label,
                pillar.weight,
                (Decimal(sum(one.marks[item.code] for one in summed for item in pillar.items)) / len(summed)).quantize(
                    Decimal("0.01")
                ),
            )
            for pillar in tables.scoring().pillars
            if summed
        ]
        return Seen(
            row,
            [name if here else mask_name(name) for name in names],
            seconding.needed(),
            row.delegate_id is not None,
            len(sheets),
            tables.number("judges"),
            own,
            row.mark,
            pillars,
            list(row.nominations.select_related("round__organisation").order_by("at")),
        )


def of_congress(congress: Congress) -> list[tuple[Proposal, str]]:
    """The proposals of a session with their state. The caller has checked who asks."""
    with as_system("the union's own session"):
        rows = Proposal.objects.select_related("matter").filter(congress=congress).order_by("-matter__opened_at")
        return [(row, state_text(row.matter)) for row in rows]


def topic_of(matter: Matter) -> Topic | None:
    """A worker's topic as it stands in the talks. The caller has checked that the actor sees the matter."""
    with as_system("the actor sees this matter"):
        return Topic.objects.select_related("bargaining__matter").filter(matter=matter).first()
