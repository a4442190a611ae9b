"""法律服务预约: a worker books from their own case, a member of staff for a union or an employer; and who reads it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals.actions.conversation import is_owner
from gonghui.appeals.models import WorkOrder
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import locked, open_matter
from gonghui.kernel.models import Matter
from gonghui.kernel.numbering import next_number
from gonghui.kernel.scope import as_system, bind, visible_to
from gonghui.kernel.times import now, today
from gonghui.legal import tables
from gonghui.legal.actions import STARTERS, clean, desks_above, may_start, sure_employer
from gonghui.legal.models import Booking
from gonghui.legal.queries import FACT_READERS, party_of
from gonghui.legal.rules.common import BOOKING_KIND
from gonghui.organisations.models import Organisation

OPEN_MOST = 3


@dataclass(frozen=True)
class Wish:
    """What is booked: a code of the services, in one's own words, and when it would suit."""

    service: str
    text: str
    day: date | None = None
    part: str = ""
    name: str = ""
    phone: str = ""
    employer: str = ""
    people: int | None = None


def book(actor: Actor, source: Matter, wish: Wish, *, key: str | None = None) -> Matter:
    """Book from an appeal: by its worker, or by staff with the worker's word. Sent twice it is one."""
    text = _checked(wish, for_worker=True)
    key = f"{source.pk}:{BOOKING_KIND}:{key}"[:120] if key else None
    with transaction.atomic():
        seen = locked(source.pk, actor)
        if not may_start(actor, seen):
            raise NotAllowed
        with as_system("the actor may begin a booking from this matter"):
            if key and (earlier := Booking.objects.filter(idempotency_key=key).first()) is not None:
                return earlier.matter
            if Booking.objects.filter(source=seen, matter__is_open=True).count() >= OPEN_MOST:
                raise GuardRefused([_("这件诉求已有几个没办完的预约，请先等它们办完或者取消。")])
            appeal = WorkOrder.objects.select_related("appeal__employer").get(matter=seen).appeal
            booking = Booking(
                source=seen,
                idempotency_key=key,
                name=appeal.reporter_name,
                phone=appeal.phone,
                wish=text,
                employer=appeal.employer or sure_employer(appeal.employer_name, region=appeal.work_region),
                employer_name=appeal.employer_name,
                by_worker=is_owner(actor, seen),
            )
            return _open(actor, wish, booking, desks_above(seen.holder_path), appeal.work_region, seen.owner_id)


def book_for_union(actor: Actor, organisation: Organisation, wish: Wish, *, key: str | None = None) -> Matter:
    """Book a lesson, a check-up or a review for a union or an employer, at the desk. The union above it arranges it."""
    text = _checked(wish, for_worker=False)
    if organisation.path not in actor.paths_as(*STARTERS):
        raise NotAllowed
    key = f"{organisation.path}:{BOOKING_KIND}:{key}"[:120] if key else None
    with transaction.atomic(), as_system("the actor books for an own organisation"):
        if key and (earlier := Booking.objects.filter(idempotency_key=key).first()) is not None:
            return earlier.matter
        region = str(organisation.region_id or "")
        holder = desks_above(organisation.path)
        booking = Booking(
            organisation=organisation,
            idempotency_key=key,
            name=wish.name,
            phone=wish.phone,
            wish=text,
            employer=sure_employer(wish.employer, region=region),
            employer_name=wish.employer[:160],
            people=wish.people,
        )
        return _open(actor, wish, booking, holder, region, None, assist={organisation.path} - {holder})


def _checked(wish: Wish, *, for_worker: bool) -> str:
    found = next((item for item in tables.words().services if item.code == wish.service), None)
    wrong = {}
    if found is None or not (found.worker if for_worker else found.staff):
        wrong["service"] = [_("请选择要预约的服务。")]
    if wish.day is not None and wish.day < today():
        wrong["day"] = [_("请选择今天以后的日期。")]
    if not for_worker and not (wish.name.strip() and wish.phone.strip()):
        wrong["phone"] = [_("请写明联系人和电话。")]
    if wrong:
        raise InvalidData(wrong)
    return clean(wish.text, "text")


def _open(
    actor: Actor,
    wish: Wish,
    booking: Booking,
    holder: str,
    region: str,
    owner_id: int | None,
    assist: Iterable[str] = (),
) -> Matter:
    """Open the matter of a booking that is not saved yet."""
    at = now()
    booking.service, booking.wished_day, booking.wished_part = wish.service, wish.day, wish.part
    booking.matter = open_matter(
        BOOKING_KIND,
        actor=actor,
        title=f"预约：{tables.service(wish.service).zh}",
        holder_path=holder,
        number=f"FB-{at:%Y%m%d}-{next_number(f'legal:FB:{at:%Y%m%d}'):05d}",
        region=region,
        owner_id=owner_id,
        assist=assist,
        at=at,
    )
    booking.save(force_insert=True)
    return booking.matter


@dataclass(frozen=True)
class BookingPage:
    """A booking as one reader may see it. `reads`: name, telephone and words are theirs to read."""

    matter: Matter
    booking: Booking
    reads: bool


def booking_page(actor: Actor, matter_id: int) -> BookingPage:
    """The page of a booking. NotFound when the actor may not see the matter."""
    party = party_of(actor, matter_id)
    with bind(party):
        matter = visible_to(party).filter(pk=matter_id, kind=BOOKING_KIND).first()
    if matter is None:
        raise NotFound
    with as_system("what of it the actor reads is decided here"):
        booking = Booking.objects.select_related("organisation").get(matter=matter)
        return BookingPage(matter, booking, reads(party, booking))


def reads(actor: Actor, booking: Booking) -> bool:
    """Who booked, and who arranges it at the union that holds it; above it only that it moves is seen."""
    if actor.kind != "staff":
        return is_owner(actor, booking.matter)
    own = {booking.matter.holder_path, booking.organisation.path if booking.organisation is not None else ""}
    return any(duty.path in own and duty.role in FACT_READERS for duty in actor.duties)
