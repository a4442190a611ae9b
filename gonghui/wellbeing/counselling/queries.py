"""What a counsellor reads of their cases, what a worker sees of theirs, and the figures nobody can be found in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from gonghui.kernel.actor import Actor
from gonghui.kernel.counts import shown
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, bind, visible_to, within
from gonghui.kernel.times import SHANGHAI, now
from gonghui.organisations.models import Organisation
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application
from gonghui.wellbeing.counselling import people
from gonghui.wellbeing.counselling.tables import scale
from gonghui.wellbeing.models import Counselling, HotlineCall, Session, SessionNote

KIND = "services.M23."


@dataclass(frozen=True)
class File:
    """A case as a counsellor who takes part reads it. `notes`: the reader's own, nobody else's."""

    case: Counselling
    values: dict[str, Any]
    notes: list[SessionNote]
    sessions: list[Session]


def file_of(actor: Actor, matter: Matter) -> File | None:
    """None for whoever does not take part in it by name."""
    with as_system("asked by name right below"):
        rows = matter.participants.filter(account_id=actor.account_id or 0, role=people.ROLE, until=None)
        if actor.kind != "staff" or not rows.exists():
            return None
        application = Application.objects.get(matter=matter)
        case = Counselling.objects.select_related("counsellor").get(matter=matter)
        values = load(service_of(application), application.values_json)
        notes = list(case.notes.filter(by_id=actor.account_id).order_by("at"))
        return File(case, values, notes, list(case.sessions.order_by("starts")))


def queue(actor: Actor) -> list[Counselling]:
    """The open cases in which the counsellor takes part, a life at stake first."""
    people.join_queue(actor)
    with as_system("who takes part by name is asked for"):
        rows = Counselling.objects.filter(
            matter__is_open=True,
            matter__participants__account_id=actor.account_id or 0,
            matter__participants__role=people.ROLE,
            matter__participants__until=None,
        )
        return list(rows.select_related("matter", "counsellor").order_by("matter__priority", "matter__opened_at"))


def sessions_ahead(actor: Actor, most: int = 20) -> list[Session]:
    with as_system("the counsellor's own times"):
        rows = Session.objects.filter(counsellor_id=actor.account_id or 0, state=Session.State.AGREED, ends__gt=now())
        return list(rows.select_related("case__matter").order_by("starts")[:most])


def own_sessions(actor: Actor, matter_id: int) -> list[Session]:
    """The times of a worker's own case."""
    with bind(actor):
        mine = visible_to(actor).filter(pk=matter_id, owner_id=actor.account_id or 0).exists()
    if not mine or actor.kind != "worker":
        return []
    with as_system("one's own case"):
        rows = Session.objects.filter(case__matter_id=matter_id).exclude(state=Session.State.CANCELLED)
        return list(rows.order_by("starts"))


def record_call(actor: Actor, values: Mapping[str, Any]) -> HotlineCall:
    """匿名热线: no name, no number. InvalidData when something that could tell who it was stands in the fields."""
    paths = actor.paths_as(people.ROLE)
    if not paths or actor.account_id is None:
        raise NotAllowed
    if values["risk"] == Counselling.Risk.CRISIS and not values.get("did"):
        raise InvalidData({"did": ["有危险的来电，请写明做了什么。"]})
    with as_system("the counsellor's own call"):
        return HotlineCall.objects.create(
            organisation=Organisation.objects.get(path=paths[0]),
            topic=values["topic"],
            risk=values["risk"],
            minutes=values["minutes"],
            did=values.get("did") or [],
            noted_text=values.get("note") or "",
            by_id=actor.account_id,
            at=now(),
        )


@dataclass(frozen=True)
class Figures:
    """`total` None: fewer than are shown. The rest by topic, way and what came of it."""

    total: int | None
    by_topic: dict[str, int | None]
    by_way: dict[str, int | None]
    sessions: int | None
    crises: int | None
    calls: int | None
    better: int | None


def figures(actor: Actor, path: str, since: date, until: date) -> Figures:
    """匿名统计 of a union and those below it, for who keeps the rota or counts there."""
    if not any(duty.role in (*people.KEEPERS, "analyst") and within(path, duty.path) for duty in actor.duties):
        raise NotAllowed
    start = datetime.combine(since, time(), tzinfo=SHANGHAI)
    end = datetime.combine(until + timedelta(days=1), time(), tzinfo=SHANGHAI)
    least = scale().least_shown.value
    with as_system("counts only, small ones left out"):
        rows = [
            row
            for row in Counselling.objects.select_related("organisation").filter(at__gte=start, at__lt=end)
            if within(row.organisation.path, path)
        ]
        held = Session.objects.filter(case__in=[row.pk for row in rows], state=Session.State.HELD).count()
        calls = sum(
            within(one, path)
            for one in HotlineCall.objects.filter(at__gte=start, at__lt=end).values_list(
                "organisation__path", flat=True
            )
        )

    def one(count: int) -> int | None:
        return count if count == 0 or count >= least else None

    total = one(len(rows))
    none: dict[str, int | None] = {}
    return Figures(
        total,
        shown(Counter(row.topic for row in rows), least) if total is not None else none,
        shown(Counter(row.way for row in rows), least) if total is not None else none,
        one(held),
        one(sum(row.risk == Counselling.Risk.CRISIS or bool(row.alarms) for row in rows)),
        one(calls),
        one(sum(row.how == "better" for row in rows)),
    )
