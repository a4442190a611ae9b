"""What this person most likely needs now (首页排序): which parts the first page has, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

from gonghui.exchange.queries import Shown
from gonghui.exchange.queries import fitting as fitting_elsewhere
from gonghui.kernel.actor import Actor
from gonghui.kernel.front import Row
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.people.models import Person
from gonghui.portal import mine
from gonghui.services import facts
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Draft, Taken
from gonghui.services.sources import Asked
from gonghui.services.spec import Service
from gonghui.venues import hours, queries
from gonghui.venues.models import Venue

SERVICES, ROWS, PLACES, OTHERS = 4, 3, 3, 2
# Shown as parts of their own.
ELSEWHERE = ("M06", "M18", "M19", "M20")


@dataclass(frozen=True)
class Place:
    venue: Venue
    open: bool | None


@dataclass(frozen=True)
class Home:
    """The parts in their order, and what stands in them."""

    parts: list[str]
    rows: list[Row]
    waiting: int
    services: list[Service]
    drafts: list[Service]
    places: list[Place]
    place: str
    elsewhere: list[Shown]


def home(actor: Actor) -> Home:
    """Asking comes first, unless something waits for the worker: then that does."""
    person = facts.profile_of(actor) if actor.kind == "worker" else None
    region = (person.region_id or "") if person is not None else ""
    found = mine.everything(actor, ("mine", "working"))
    waiting = found.counts.get("mine", 0)
    if waiting:
        parts = ["matters", "ask", "services", "near"]
    elif found.rows:
        parts = ["ask", "matters", "services", "near"]
    else:
        parts = ["ask", "services", "near"]
    city = f"{region[:4]}00" if region else ""
    places = [
        Place(venue, hours.open_at(venue, now())) for venue in queries.listed("station", city)[:20]
    ] if city else []  # fmt: skip
    places.sort(key=lambda place: (place.venue.region_id != region, not place.open))
    return Home(
        parts=[*parts, "call", "topics"],
        rows=[row for row in found.rows if row.group == "mine" or not waiting][:ROWS],
        waiting=waiting,
        services=fitting(actor, person, region),
        drafts=drafts(actor, region),
        places=places[:PLACES],
        place=person.region.name if person is not None and person.region is not None else "",
        elsewhere=fitting_elsewhere(region, OTHERS),
    )


def drafts(actor: Actor, region: str) -> list[Service]:
    """Services whose forms were begun and not handed in."""
    if actor.kind != "worker" or actor.account_id is None:
        return []
    with as_system("one's own drafts"):
        begun = Draft.objects.filter(account_id=actor.account_id).order_by("-updated_at")
        ids = list(begun.values_list("service", flat=True)[:SERVICES])
    found = (catalogue().find(service_id, region) for service_id in ids)
    return [service for service in found if service is not None and service.state == "open"]


def fitting(actor: Actor, person: Person | None, region: str) -> list[Service]:
    """Services this person may have: those in season first, then those for their kind of work, then those that surely
    fit. What one is refused, or has had, is left out."""
    day = today()
    known = facts.known_facts(person, day)
    if actor.account_id is not None:
        known |= facts.registered_facts(Asked(actor.account_id, person.id_no if person is not None else "", day))
    offered = [
        service
        for service in catalogue().offered(day, region)
        if service.kind == "service" and service.id not in ELSEWHERE
    ]
    ranked = []
    for place, service in enumerate(offered):
        status = facts.judge(service, known).status
        if status != "no":
            seasonal = day.month in service.months
            # What is for some kinds of work tells more of this person than an age that nearly everybody has, and a
            # rule that they fulfil more than none.
            own = any(condition.one_of and condition.holds(known) for condition in service.eligibility)
            sure = bool(service.eligibility) and status == "fits"
            ranked.append(((not seasonal, not own, not sure, place), service))
    ranked.sort(key=lambda pair: pair[0])
    had = _had(actor, person, [service for _rank, service in ranked])
    return [service for _rank, service in ranked if service.id not in had][:SERVICES]


def _had(actor: Actor, person: Person | None, offered: list[Service]) -> set[str]:
    """Ids of the services that this person cannot have again now."""
    if actor.account_id is None:
        return set()
    id_no = person.id_no if person is not None else ""
    keys: dict[str, str] = {}
    for service in offered:
        named = {spec.name: id_no for spec in service.fields if spec.type == "id_no" and id_no}
        for _place, key in facts.once_keys(service, named, actor.account_id, today()):
            keys[key] = service.id
    with as_system("whether somebody had it is no secret to themselves"):
        return {keys[row.key.removesuffix(Taken.LISTED)] for row in facts.taken_by(keys)}
