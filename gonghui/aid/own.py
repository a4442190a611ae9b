"""What a worker sees of their own file, their child's days, their turn for a line."""

from __future__ import annotations

from dataclasses import dataclass

from gonghui.aid import seen, trips
from gonghui.aid.households import open_file
from gonghui.aid.models import CareDay, Complaint, HardshipFile, Lottery, TripRecord
from gonghui.aid.rules.children import code_of_today
from gonghui.kernel.scope import as_system
from gonghui.services.models import Application, Offer


def file_of(application: Application) -> HardshipFile | None:
    """The file of this very application, or for aid the file it is given to."""
    with as_system("the worker's own application"):
        files = HardshipFile.objects.select_related("application").prefetch_related("aids")
        found = files.filter(application=application).first()
        if found is None and application.service == "A01":
            given_to = open_file(application.account_id, application.id_no)
            # A member of the family may ask for aid, but the file is read by who made it alone.
            if given_to is not None and given_to.account_id == application.account_id:
                found = files.get(pk=given_to.pk)
    return found


def plan_of(file: HardshipFile | None) -> list[str]:
    return seen.plan(file)


@dataclass(frozen=True)
class Care:
    """`today`: the child is there, with the code to fetch it."""

    offer: Offer | None
    lottery: Lottery | None
    today: CareDay | None
    days: list[CareDay]
    complaints: list[Complaint]
    turn: int


def care_of(application: Application) -> Care:
    with as_system("the worker's own application"):
        offer = Offer.objects.filter(pk=application.matter.data.get("offer") or 0).first()
        lottery = Lottery.objects.filter(offer=offer).first() if offer is not None else None
        number = application.matter.number
        turn = lottery.order.index(number) + 1 if lottery is not None and number in lottery.order else 0
        return Care(
            offer,
            lottery,
            code_of_today(application),
            list(application.care_days.order_by("-day")[:40]),
            list(application.complaints.order_by("-at")[:20]),
            turn,
        )


@dataclass(frozen=True)
class Trip:
    place: trips.Place
    record: TripRecord | None


def trip_of(application: Application) -> Trip:
    with as_system("the worker's own application"):
        return Trip(trips.place_of(application), TripRecord.objects.filter(application=application).first())
