"""What may be asked: the three lists, a need as its company and its craftsman see it, the figures (handbook 5.11)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from gonghui.craft import tables
from gonghui.craft.actions import ask_of, craftsman_of
from gonghui.craft.models import Ask, Craftsman, HelpResult, SiteVisit, TalkLine
from gonghui.kernel.actor import Actor
from gonghui.kernel.matters import state_text
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, bind, visible_to
from gonghui.kernel.times import SHANGHAI
from gonghui.services.actions import application_of, load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application, FormFile
from gonghui.services.queries import files_of
from gonghui.services.queries import rows as form_rows

HELP = "M12"
LIST_MOST = 200
# What a craftsman may read before the promise of secrecy, where one is asked for.
BEFORE_PROMISE = frozenset(
    {"size", "region", "topic", "trades", "urgency", "mode", "hours", "deadline", "confidential"}
)
# … and what nobody but the union reads before somebody has taken the need.
AFTER_TAKING = frozenset({"company", "uscc", "contact", "phone"})


def technology(region: str = "", trade: str = "") -> QuerySet[Craftsman]:
    """技术清单 as everybody may read it: who consented and has hours to give."""
    found = Craftsman.objects.select_related("region").filter(
        consented_at__isnull=False, state=Craftsman.State.LISTED, hours_month__gt=0
    )
    return _of_trade(_within(found, region), trade).order_by("region_id", "pk")


def _within(rows: QuerySet[Craftsman], region: str) -> QuerySet[Craftsman]:
    prefix = region[:2] if region.endswith("0000") else region[:4] if region.endswith("00") else region[:6]
    return rows.filter(region__code__startswith=prefix) if prefix else rows


def _of_trade(rows: QuerySet[Craftsman], trade: str) -> QuerySet[Craftsman]:
    # A list in JSON is searched by its text on both databases: codes are words of their own alphabet.
    return rows.filter(tags__icontains=f'"{trade}"') if trade else rows


def results() -> QuerySet[HelpResult]:
    """成果清单 as everybody may read it."""
    return HelpResult.objects.filter(open_to_all=True, matter__state="closed").order_by("-at")


@dataclass(frozen=True)
class NeedPage:
    """A need as one of its sides reads it. `rows` are what this side may read of the form; `hidden`: the rest waits
    for the promise of secrecy."""

    matter: Matter
    topic: str
    state: str
    rows: list[tuple[str, str]]
    hidden: bool
    ask: Ask | None
    talk: list[TalkLine]
    visits: list[SiteVisit]
    result: HelpResult | None
    phone: str = ""
    files: tuple[FormFile, ...] = ()


def _parts(matter: Matter) -> dict[str, Any]:
    return {
        "talk": list(TalkLine.objects.filter(matter=matter).order_by("at", "pk")),
        "visits": list(SiteVisit.objects.filter(matter=matter).order_by("day", "pk")),
        "result": HelpResult.objects.filter(matter=matter).first(),
    }


def company_page(actor: Actor, matter_id: int) -> NeedPage:
    """For the company that asked. NotFound for anybody else."""
    application, service = application_of(actor, matter_id)
    with as_system("the company's own need"):
        row = Ask.objects.select_related("craftsman").filter(matter_id=matter_id, state=Ask.State.ACCEPTED).first()
        values = load(service, application.values_json)
        return NeedPage(
            application.matter,
            str(values.get("topic") or service),
            state_text(application.matter, for_worker=True),
            form_rows(service, values, clear=False),
            False,
            row,
            phone=row.craftsman.phone if row is not None else "",
            **_parts(application.matter),
        )


def craftsman_page(actor: Actor, matter_id: int) -> NeedPage:
    """For the craftsman who is asked or took it. What is secret waits for the promise. NotFound for anybody else."""
    row = ask_of(actor, matter_id)
    with as_system("this craftsman is asked for it"):
        application = Application.objects.select_related("matter").get(matter_id=matter_id)
        service = service_of(application)
        values = load(service, application.values_json)
        taken = row.promised_at is not None
        secret = values.get("confidential") == "yes"
        shown = {
            name: value
            for name, value in values.items()
            if taken or name in BEFORE_PROMISE or (not secret and name not in AFTER_TAKING)
        }
        return NeedPage(
            application.matter,
            str(values.get("topic") or service),
            state_text(application.matter),
            form_rows(service, shown, clear=True),
            not taken,
            row,
            phone=str(values.get("phone") or "") if taken else "",
            files=files_of(service, values) if taken else (),
            **(_parts(application.matter) if taken else {"talk": [], "visits": [], "result": None}),
        )


def asks_of(actor: Actor, most: int = 50) -> list[tuple[Ask, str]]:
    """What a craftsman is asked for and took, with the topic, the newest first."""
    person = craftsman_of(actor)
    if person is None:
        return []
    with as_system("one's own asks"):
        rows = list(
            Ask.objects.filter(craftsman=person, state__in=(Ask.State.ASKED, Ask.State.ACCEPTED))
            .select_related("matter")
            .order_by("-asked_at")[:most]
        )
        topics = _topics(row.matter for row in rows)
    return [(row, topics.get(row.matter_id, "")) for row in rows]


def _topics(matters: Iterable[Matter]) -> dict[int, str]:
    found = {}
    for application in Application.objects.filter(matter__in=list(matters)):
        service = service_of(application)
        values = load(service, application.values_json)
        found[application.matter_id] = str(values.get("topic") or values.get("project") or service)
    return found


@dataclass(frozen=True)
class NeedRow:
    """One line of the 需求清单 at the desk."""

    matter: Matter
    topic: str
    state: str
    trades: list[str]


def needs(actor: Actor, *, open_only: bool = True) -> list[NeedRow]:
    """需求清单: what the actor's unions see, the oldest open first."""
    with bind(actor):
        found = visible_to(actor).filter(application__service=HELP)
        if open_only:
            found = found.filter(is_open=True)
        matters = list(found.order_by("opened_at")[:LIST_MOST])
    with as_system("the actor sees these matters"):
        topics = _topics(matters)
        figures = dict(Application.objects.filter(matter__in=matters).values_list("matter_id", "figures"))
    return [
        NeedRow(
            matter,
            topics.get(matter.pk, ""),
            state_text(matter),
            tables.names(tables.trades(), figures.get(matter.pk, {}).get("trades") or ()),
        )
        for matter in matters
    ]


@dataclass(frozen=True)
class Figures:
    """需求、匹配率、解决率、效益、带教人数、工匠人次 (handbook 5.11)."""

    needs: int
    matched: int
    ended: int
    solved: int
    benefit: Decimal
    trained: int
    times: int

    @property
    def matched_share(self) -> int | None:
        return round(100 * self.matched / self.needs) if self.needs else None

    @property
    def solved_share(self) -> int | None:
        return round(100 * self.solved / self.ended) if self.ended else None


def figures(actor: Actor, since: date, until: date) -> Figures:
    """Of the needs handed in on these days (both included) that the actor's unions see."""
    begin = datetime.combine(since, time.min, SHANGHAI)
    end = datetime.combine(until, time.max, SHANGHAI)
    with bind(actor):
        seen = list(
            visible_to(actor)
            .filter(application__service=HELP, opened_at__gte=begin, opened_at__lte=end)
            .values_list("pk", "state")
        )
    keys = [pk for pk, _state in seen]
    with as_system("counted, nobody is named"):
        asks = Ask.objects.filter(matter__in=keys, state=Ask.State.ACCEPTED).values("matter").distinct().count()
        visits = SiteVisit.objects.filter(matter__in=keys).aggregate(n=Count("pk"), trained=Sum("trained"))
        found = HelpResult.objects.filter(matter__in=keys).aggregate(
            benefit=Sum("benefit"), trained=Sum("trained"), lasting=Count("pk", filter=Q(solved=True))
        )
        remote = (
            Ask.objects.filter(matter__in=keys, state=Ask.State.ACCEPTED)
            .exclude(matter__in=SiteVisit.objects.filter(matter__in=keys).values("matter"))
            .count()
        )
    return Figures(
        needs=len(keys),
        matched=asks,
        ended=sum(state in ("closed", "unsolved", "refused") for _pk, state in seen),
        solved=found["lasting"],
        benefit=found["benefit"] or Decimal(0),
        trained=(found["trained"] or 0) + (visits["trained"] or 0),
        # A visit is a craftsman-time; help from afar counts once a need.
        times=visits["n"] + remote,
    )


@dataclass(frozen=True)
class DeskPage:
    """What the desk sees of a need besides the application."""

    asks: list[Ask]
    talk: list[TalkLine]
    visits: list[SiteVisit]
    result: HelpResult | None
    may_talk: bool
    clear: bool


def desk_page(actor: Actor, matter: Matter, hands: tuple[str, ...]) -> DeskPage:
    """The caller has checked that the actor sees the matter. Names and talk are for who handles it."""
    clear = matter.holder_path in actor.paths_as(*hands)
    with as_system("the actor sees this matter"):
        asks = list(Ask.objects.filter(matter=matter).select_related("craftsman__region").order_by("place"))
        parts = _parts(matter)
    if not clear:
        parts["talk"] = []
    return DeskPage(asks, may_talk=clear and matter.is_open, clear=clear, **parts)
