"""Nominations at the desk: how each stands, the experts' sheets, the shares that a round should reach (5.10)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from gonghui.craft import tables
from gonghui.craft.library import words_of
from gonghui.craft.models import NominationScore, TalkLine
from gonghui.craft.rules.nominating import dimensions, total_of
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import state_text
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, bind, visible_to
from gonghui.kernel.vault import mask_name
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application

NOMINATION = "M13"
MOST = 300


@dataclass(frozen=True)
class Sheet:
    """One expert's sheet: points in the order of the dimensions."""

    row: NominationScore
    points: list[str]


@dataclass(frozen=True)
class NominationPage:
    """What the desk sees of a nomination besides the application."""

    vote: dict[str, str | int]
    minutes: list[TalkLine]
    names: list[str]
    sheets: list[Sheet]
    total: Decimal | None
    lock: str
    clear: bool


def desk_page(actor: Actor, matter: Matter, hands: tuple[str, ...]) -> NominationPage:
    """The caller has checked that the actor sees the matter. Opinions are for the unions that handle it."""
    step = flow_of(matter).by_name["score"]
    weights = dimensions(step)
    labels = [field.label for field in step.fields if field.name.startswith("point_")]
    clear = matter.holder_path in actor.paths_as(*hands, "supervisor")
    with as_system("the actor sees this matter"):
        rows = list(NominationScore.objects.filter(matter=matter).order_by("at", "pk"))
        minutes = list(TalkLine.objects.filter(matter=matter).order_by("at", "pk")) if clear else []
        total = total_of(matter)
    return NominationPage(
        vote=dict(matter.data.get("vote") or {}),
        minutes=minutes,
        names=labels,
        sheets=[Sheet(row, [str(row.points.get(name, "")) for name in weights]) for row in rows],
        total=total,
        lock=str(matter.data.get("lock") or ""),
        clear=clear,
    )


@dataclass(frozen=True)
class Row:
    """One nomination in the list."""

    matter: Matter
    name: str
    honour: str
    unit: str
    state: str
    total: str


@dataclass(frozen=True)
class Share:
    """How large a group is among the nominations, and how large it should be."""

    label: str
    count: int
    per_cent: int
    wanted: int

    @property
    def reached(self) -> bool:
        return self.per_cent >= self.wanted


def listed(actor: Actor, hands: tuple[str, ...], honour: str = "") -> tuple[list[Row], list[Share]]:
    """The nominations the actor's unions see, the best total first, names whole for who handles them; and the shares
    among those not ended without success."""
    with bind(actor):
        matters = list(visible_to(actor).filter(application__service=NOMINATION).order_by("-opened_at")[:MOST])
    with as_system("the actor sees these matters"):
        applications = {row.matter_id: row for row in Application.objects.filter(matter__in=matters)}
    rows, counted, own = [], [], frozenset(actor.paths_as(*hands))
    for matter in matters:
        application = applications[matter.pk]
        values = load(service_of(application), application.values_json)
        if honour and values.get("honour") != honour:
            continue
        name = str(values.get("name") or "")
        if matter.state not in ("refused", "withdrawn"):
            counted.append(application.figures)
        rows.append(
            Row(
                matter,
                name if matter.holder_path in own else mask_name(name),
                words_of(str(values.get("honour") or "")),
                str(values.get("unit") or ""),
                state_text(matter),
                str(matter.data.get("total") or ""),
            )
        )
    rows.sort(key=lambda row: -Decimal(row.total or 0))
    return rows, _shares(counted)


def _shares(figures: list[dict[str, str]]) -> list[Share]:
    if not figures:
        return []
    wanted = tables.numbers().quotas
    groups = [
        (
            _("一线职工和农民工"),
            sum(f.get("standing") in ("front_line", "migrant") for f in figures),
            wanted.front_line,
        ),
        (_("农民工"), sum(f.get("standing") == "migrant" for f in figures), wanted.migrant),
        (_("女职工"), sum(f.get("gender") == "female" for f in figures), wanted.female),
        (_("非公和新就业形态"), sum(f.get("ownership") in ("private", "new_form") for f in figures), wanted.non_public),
    ]
    return [Share(label, count, round(100 * count / len(figures)), most) for label, count, most in groups]
