"""费用: what a slot costs whom, by the price list of its day; what is given back of it; until when it is to be paid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.calendar import default_calendar
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.membership.queries import current_of
from gonghui.venues import tables
from gonghui.venues.models import Booking, Price, Slot, Venue
from gonghui.venues.queries import KEEPERS

CENT = Decimal("0.01")
FREE = "free"
PRICE_MOST = Decimal(100_000)
Tariff = Booking.Tariff


@dataclass(frozen=True)
class Quote:
    """What this person pays for a slot. `key` stands in the form: who saw another price is told before booking."""

    price: Price
    tariff: str

    @property
    def key(self) -> str:
        return f"{self.price.pk}:{self.tariff}"

    @property
    def rate(self) -> Decimal:
        """Yuan for the person who books (or for the whole slot)."""
        return self.price.member if self.tariff == Tariff.MEMBER else self.price.public

    def amount(self, people: int) -> Decimal:
        """Yuan for so many people. A member's companions pay what `data/numbers.yaml` says."""
        if self.price.per == Price.Per.SLOT:
            return self.rate
        companion = self.rate
        if self.tariff == Tariff.MEMBER and tables.numbers().fees.companions == "public":
            companion = self.price.public
        return self.rate + companion * (people - 1)


def price_on(venue_id: int, hall: str, day: date) -> Price | None:
    """The price list's line of a day; None: nothing is charged."""
    rows = Price.objects.filter(venue_id=venue_id, hall=hall, valid_from__lte=day)
    return rows.filter(Q(valid_to=None) | Q(valid_to__gte=day)).order_by("-valid_from").first()


def quote(slot: Slot, account_id: int | None) -> Quote | None:
    """What an account pays for a slot; None where nothing is charged. Nobody signed in: the public price."""
    price = price_on(slot.venue_id, slot.hall, slot.starts.astimezone(SHANGHAI).date())
    if price is None or not (price.member or price.public):
        return None
    return Quote(price, Tariff.MEMBER if current_of(account_id) is not None else Tariff.PUBLIC)


def pay_by(slot: Slot, at: datetime | None = None) -> datetime | None:
    """Until when a booking made now is to be paid. None: at the door, the beginning is too near to release it."""
    fees, at = tables.numbers().fees, at or now()
    last = slot.starts - timedelta(hours=fees.pay_before_hours)
    return min(at + timedelta(hours=fees.pay_hours), last) if last > at else None


def transfer_by(slot: Slot, at: datetime) -> datetime:
    """Until when a place is kept for who says that the money was transferred: staff look for it in working time."""
    return min(default_calendar().add_working_days(at, tables.numbers().fees.transfer_days).at, slot.starts)


def refund_of(amount: Decimal, starts: datetime, at: datetime) -> Decimal:
    """Yuan given back of `amount` to who cancels at a moment (refund rules of `data/numbers.yaml`), to the cent."""
    before = starts - at
    for rule in tables.numbers().fees.refunds:
        if before >= timedelta(hours=rule.hours):
            return (amount * rule.percent / 100).quantize(CENT, ROUND_HALF_UP)
    return Decimal(0)


def would_refund(booking: Booking) -> Decimal:
    """What cancelling this booking now would give back."""
    if booking.pay_state != Booking.Pay.PAID:
        return Decimal(0)
    return refund_of(booking.amount, booking.slot.starts, now())


@transaction.atomic
def set_price(
    actor: Actor, venue: Venue, *, hall: str, per: str, member: Decimal, public: Decimal, valid_from: date
) -> Price:
    """A new line of the price list: the one before it ends the day before. What is booked keeps its price.

    InvalidData beside what does not fit; a day that has begun elsewhere in the list is changed, not doubled.
    """
    if venue.organisation.path not in actor.paths_as(*KEEPERS):
        raise NotAllowed(_("只有管理这个场所的工会可以修改。"))
    hall, errors = hall.strip(), {}
    if not hall:
        errors["hall"] = [_("请填写场地或活动。")]
    for name, value in (("member", member), ("public", public)):
        if not 0 <= value <= PRICE_MOST or value != value.quantize(CENT):
            errors[name] = [_("请填 0 到 %(most)d 元，最多两位小数。") % {"most": PRICE_MOST}]
    if member > public and "member" not in errors:
        errors["member"] = [_("会员价不能高于非会员价。")]
    if valid_from < today():
        errors["valid_from"] = [_("不能改过去的价格，请填今天或以后的日期。")]
    if per not in Price.Per.values:
        errors["per"] = [_("请选择怎么收费。")]
    if errors:
        raise InvalidData(errors)
    lines = Price.objects.select_for_update().filter(venue=venue, hall=hall)
    later = lines.filter(valid_from__gt=valid_from).order_by("valid_from").first()
    ends = later.valid_from - timedelta(days=1) if later is not None else None
    values = {"per": per, "member": member, "public": public, "valid_to": ends}
    try:
        with transaction.atomic():
            price, _made = Price.objects.update_or_create(
                venue=venue, hall=hall, valid_from=valid_from, defaults=values
            )
    except IntegrityError as error:
        raise InvalidData({"valid_from": [_("这一天的价格刚有人填过，请刷新页面看看。")]}) from error
    earlier = lines.filter(valid_from__lt=valid_from).filter(Q(valid_to=None) | Q(valid_to__gte=valid_from))
    earlier.update(valid_to=valid_from - timedelta(days=1))
    trail.record(
        f"venue:{venue.pk}",
        "set_price",
        actor=actor,
        after={"hall": hall, "per": per, "member": str(member), "public": str(public), "from": str(valid_from)},
        org_path=venue.organisation.path,
    )
    return price


def lines_of(venue: Venue, since: date | None = None) -> list[Price]:
    """The price list of a place from a day on, by hall."""
    rows = Price.objects.filter(Q(valid_to=None) | Q(valid_to__gte=since or today()), venue=venue)
    return list(rows.order_by("hall", "valid_from"))
