"""社团: who is in one, what its leader does on the worker's side, and telling its members of an event."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor, Duty
from gonghui.kernel.errors import NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.scope import as_system
from gonghui.services import offers
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application, Offer
from gonghui.wellbeing.models import Club

# The leader answers as this in the flow of W04; no account has it as a duty.
LEADER = "club_leader"
JOINING, EVENTS = "W04", "W05"
SHOWN = 200
ASKED = "有职工申请加入“{club}”，请到“社团”里您带的社团答复，编号{number}。"
COMING = "您参加的“{club}”有活动“{title}”，{when}，请到“社团活动”报名。"


@dataclass(frozen=True)
class Person:
    """Who is in a club or asks to be, as its leader reads it: the name and what they can do, no telephone."""

    matter_id: int
    name: str
    skill: str
    since: datetime


def led_by(actor: Actor) -> list[Club]:
    """The clubs that a worker leads."""
    if actor.kind != "worker" or actor.account_id is None:
        return []
    with as_system("one's own clubs"):
        rows = Club.objects.filter(account_id=actor.account_id, state=Club.State.ACTIVE)
        return list(rows.select_related("organisation").order_by("name"))


def led(actor: Actor, club_id: int) -> Club:
    """NotFound for whoever does not lead it."""
    found = next((club for club in led_by(actor) if club.pk == club_id), None)
    if found is None:
        raise NotFound
    return found


def _told(application: Application) -> dict[str, Any]:
    return load(service_of(application), application.values_json)


def _person(application: Application, since: datetime) -> Person:
    told = _told(application)
    return Person(application.matter_id, str(told["name"]), str(told.get("skill") or ""), since)


def members(club: Club) -> list[Person]:
    with as_system("the leader's own club"):
        rows = club.members.filter(until=None).select_related("application__matter").order_by("since")
        return [_person(row.application, row.since) for row in rows[:SHOWN]]


def waiting(club: Club) -> list[Person]:
    """Who asks to be let in and has no answer yet."""
    with as_system("the leader's own club"):
        rows = Application.objects.filter(
            service=JOINING, matter__is_open=True, matter__state="applied", matter__holder_path=club.organisation.path
        )
        asked = [row for row in rows.select_related("matter").order_by("pk") if _told(row).get("club_no") == club.pk]
        return [_person(row, row.applied_at) for row in asked[:SHOWN]]


def events(club: Club) -> list[Offer]:
    """What its union put up for it, the latest first."""
    with as_system("events are open to all"):
        rows = offers.public(EVENTS).filter(organisation__path=club.organisation.path, data__club=str(club.pk))
        return list(rows.order_by("-starts", "-pk")[:SHOWN])


def answer(actor: Actor, club: Club, matter_id: int, yes: bool, reason: str = "") -> None:
    """Let somebody in, or say why not. NotFound for who does not ask this club."""
    person = next((one for one in waiting(led(actor, club.pk)) if one.matter_id == matter_id), None)
    if person is None:
        raise NotFound
    duty = Duty(LEADER, club.organisation.path, assigned_only=True)
    leader = replace(actor, duties=(duty,), assigned_ids=(matter_id,))
    if yes:
        act(matter_id, "accept", leader)
    else:
        act(matter_id, "refuse", leader, {"text": reason})


def tell_leader(club: Club, application: Application) -> None:
    if club.account_id is not None:
        text = ASKED.format(club=club.name, number=application.matter.number)
        key = f"club:{club.pk}:asked:{application.pk}"
        outbox.enqueue("notice.app", key, {"text": text}, account_id=club.account_id)


def tell_members(club: Club, offer: Offer) -> None:
    """Once for an event: who was told is not told again when it is published anew."""
    text = COMING.format(club=club.name, title=offer.title, when=offers.when(offer))
    rows = club.members.filter(until=None, application__account__isnull=False)
    for account_id in set(rows.values_list("application__account_id", flat=True)) | {club.account_id}:
        if account_id is not None:
            key = f"club:{club.pk}:event:{offer.pk}:{account_id}"
            outbox.enqueue("notice.app", key, {"text": text}, account_id=account_id)
