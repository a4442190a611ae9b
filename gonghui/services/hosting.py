"""What the host of an offer sees and does: who takes part, who was there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import KernelError
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.vault import mask_name, mask_phone
from gonghui.services import offers
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Offer, Seat
from gonghui.services.queries import reads_clear
from gonghui.services.spec import Service

STEP = "mark_present"


@dataclass(frozen=True)
class Participant:
    """One row of the list. The name stands in clear for who reads the application's 🔒 fields (`queries.reads_clear`):
    the host of an offer is not always one of them, and of a child's place only the handler is."""

    seat: Seat
    matter: Matter
    name: str
    phone: str
    state: str
    may_enter: bool
    question: str = ""


def participants(actor: Actor, service: Service, offer: Offer, most: int = 1000) -> list[Participant]:
    """Who takes part or waits, in the order of signing up. The caller has found that the offer is the actor's own."""
    with as_system("the host's own list"):
        seats = list(
            Seat.objects.select_related("application__matter")
            .filter(offer=offer)
            .exclude(state=Seat.State.FREED)
            .order_by("state", "at", "pk")[:most]
        )
    paths = actor.paths_as(*offers.of(service).roles)
    return [_row(actor, seat, paths) for seat in seats]


def _row(actor: Actor, seat: Seat, paths: tuple[str, ...]) -> Participant:
    application = seat.application
    matter = application.matter
    kind, flow = service_of(application), flow_of(matter)
    values = load(kind, application.values_json)
    name, phone = str(values.get("name") or ""), str(values.get("phone") or "")
    return Participant(
        seat,
        matter,
        name if reads_clear(actor, matter) else mask_name(name),
        mask_phone(phone) if phone else "",
        flow.state_of(matter.state).label,
        matter.holder_path in paths and any(step.name == STEP for step in flow.leaving(matter.state)),
        str(values.get("question") or ""),
    )


def enter_present(actor: Actor, service: Service, offer: Offer, seats: Iterable[int]) -> tuple[int, list[str]]:
    """按签到表登记到场: how many were entered, and why others were not."""
    wanted = set(seats)
    done, reasons = 0, list[str]()
    for row in participants(actor, service, offer):
        if row.seat.pk not in wanted or not row.may_enter:
            continue
        try:
            act(row.matter.pk, STEP, actor)
            done += 1
        except KernelError as error:
            reasons.extend(getattr(error, "reasons", None) or [str(error)])
    return done, list(dict.fromkeys(reasons))


@dataclass(frozen=True)
class Figures:
    """报名、到场: of one offer."""

    taken: int
    waiting: int
    present: int
    minutes: int


def figures(offer: Offer) -> Figures:
    with as_system("counted, nobody is named"):
        came = Seat.objects.filter(offer=offer, state=Seat.State.TAKEN, checked_in_at__isnull=False)
        minutes = list(came.values_list("minutes", flat=True))
    return Figures(offer.taken, offer.waiting, len(minutes), sum(minutes))
