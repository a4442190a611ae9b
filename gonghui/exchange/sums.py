"""What the partners below told and how we stand ourselves, side by side and together, for who counts at the top."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from gonghui.exchange import reporting
from gonghui.exchange.models import Partner, PartnerFigures
from gonghui.exchange.queries import place_name
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotAllowed
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import today
from gonghui.services.catalogue import catalogue
from gonghui.services.national import table

READERS = ("admin", "leader", "supervisor", "analyst")
# Older figures are marked: something is wrong at that partner, or on the way.
STALE = timedelta(days=2)


@dataclass
class Row:
    """Sums of one service, one place or one installation. `few`: some of it was too little to be told."""

    name: str
    key: str = ""
    day: date | None = None
    applied: int = 0
    states: Counter[str] = field(default_factory=Counter)
    paid: int = 0
    amount: Decimal = Decimal(0)
    few: bool = False

    def add(self, line: Any) -> None:
        """A line of our own (`tally.Line`) or of a partner's (`document.Line`)."""
        self.applied += line.applied or 0
        self.states.update({name: count or 0 for name, count in line.states.items()})
        self.paid += line.paid or 0
        self.amount += line.amount or Decimal(0)
        self.few = self.few or None in (line.applied, line.paid, *line.states.values())

    @property
    def counts(self) -> list[int]:
        """By national state, in the table's order."""
        return [self.states[name] for name in table().states]

    @property
    def stale(self) -> bool:
        return self.day is not None and self.day < today() - STALE


@dataclass(frozen=True)
class Sums:
    """`states`: the national states' names, as the columns stand; `by`: by installation; `of`: by service, or of one
    service by place."""

    states: list[str]
    by: list[Row]
    of: list[Row]


def sums(actor: Actor, issuer: str = "", service: str = "") -> Sums:
    """The newest of everybody; `issuer` and `service` choose one (our own: our address). NotAllowed for others than
    those who count at the top organisation."""
    if not actor.is_system and settings.ORGANISATION not in actor.paths_as(*READERS):
        raise NotAllowed(_("只有本平台最上级工会的领导、督办员、统计员和管理员能看各地上报的统计。"))
    with as_system("counts that partners told, small ones left out"):
        told = [(row, row.report.lines) for row in newest()]
        ours = reporting.own(today())
        everybody: list[tuple[str, str, date, Iterable[Any]]] = [(settings.PUBLIC_URL, _("本平台"), today(), ours)]
        everybody += [(row.partner.issuer, str(row.partner), row.day, lines) for row, lines in told]
        by: list[Row] = []
        of: dict[str, Row] = {}
        for address, name, day, lines in everybody:
            whole = Row(name, address, day)
            for line in lines:
                if service and line.service != service:
                    continue
                whole.add(line)
                if issuer in ("", address):
                    key = line.region if service else line.service
                    label = place_name(key) if service else _service(key)
                    of.setdefault(key, Row(label, key)).add(line)
            by.append(whole)
    return Sums([str(name) for name in table().states.values()], by, [of[key] for key in sorted(of)])


def _service(service_id: str) -> str:
    found = catalogue().services.get(service_id)
    return f"{service_id} {found}" if found is not None else service_id


def newest() -> list[PartnerFigures]:
    """What each active partner told last. To be read as system."""
    last = PartnerFigures.objects.filter(partner=OuterRef("pk")).order_by("-day", "-pk").values("pk")[:1]
    # Two months of each are kept, each with all its lines: only one is read.
    wanted = Partner.objects.filter(state=Partner.State.ACTIVE).annotate(last=Subquery(last)).values("last")
    rows = PartnerFigures.objects.select_related("partner").filter(pk__in=wanted)
    return list(rows.order_by("partner__organisation", "partner_id"))
