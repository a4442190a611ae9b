"""阵地: the places a union keeps for workers, who came, what was reported broken, what was booked."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gonghui.kernel.fields import PathField
from gonghui.kernel.vault import EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class Venue(models.Model):
    """场所: a rest station, hall, nursing room and so on (handbook 5.12). Public, but for nothing.

    `hours` by weekday as an organisation's; `exceptions` by day, `{"2026-10-01": []}` closed, else the spans of that
    day. No hours at all: not known. `equipment` holds codes of `data/equipment.yaml`.
    """

    class State(models.TextChoices):
        OPEN = "open", "开放"
        PAUSED = "paused", "临时关闭"
        GONE = "gone", "停用"

    kind = models.CharField("类型", max_length=8, help_text="a code of data/kinds.yaml")
    name = models.CharField("名称", max_length=80)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="venues")
    region = models.ForeignKey("organisations.Region", on_delete=models.PROTECT, related_name="venues")
    address = models.CharField("地址", max_length=200)
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True, help_text="degrees, WGS 84")
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True, help_text="degrees, WGS 84")
    hours = models.JSONField(default=dict, blank=True)
    exceptions = models.JSONField(default=dict, blank=True)
    equipment = models.JSONField(default=list, blank=True)
    capacity = models.PositiveIntegerField("可容纳人数", null=True, blank=True)
    contact = models.CharField("联系电话", max_length=40, blank=True, help_text="of the place, shown to everybody")
    note = models.CharField("怎样进去、注意什么", max_length=300, blank=True)
    certified = models.PositiveSmallIntegerField("认定年份", null=True, blank=True)
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.OPEN)
    paused_until = models.DateField(
        "临时关闭到", null=True, blank=True, help_text="last day, included; empty while paused: nobody knows"
    )
    code_turn = models.PositiveIntegerField(default=0, help_text="how often the code of its poster was made anew")

    class Meta:
        indexes = [models.Index(fields=["kind", "region"], name="venue_kind_region")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "name"], name="one_venue_a_name"),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
                name="venue_on_the_globe",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Visit(models.Model):
    """签到: somebody came, once a day and place. In a nursing room without name: `account` and `key` stay empty."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="visits")
    day = models.DateField()
    hour = models.PositiveSmallIntegerField(null=True, blank=True, help_text="0 to 23, in Asia/Shanghai")
    account = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    key = models.CharField(max_length=40, null=True, blank=True, unique=True, help_text="venue:day:account; the lock")
    stars = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["venue", "day"], name="visit_day")]
        constraints = [
            models.CheckConstraint(
                condition=Q(stars__isnull=True) | Q(stars__gte=1, stars__lte=5), name="visit_stars_1_to_5"
            )
        ]

    def __str__(self) -> str:
        return f"visit {self.venue_id} {self.day}"


class HygieneEntry(models.Model):
    """卫生记录: cleaned or disinfected, when and by whom (handbook 5.12: daily)."""

    class What(models.TextChoices):
        CLEANED = "cleaned", "清洁"
        DISINFECTED = "disinfected", "消毒"

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="hygiene")
    what = models.CharField(max_length=12, choices=What.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"{self.venue_id} {self.what}"


class Fault(models.Model):
    """报修: what is broken at a place. The matter has the flow `venues.fault`."""

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="fault")
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="faults")
    text = EncryptedTextField(help_text="in the reporter's words")
    told_text = EncryptedTextField(blank=True, help_text="what was done, as the reporter reads it")
    repairer = models.CharField(max_length=60, blank=True)

    def __str__(self) -> str:
        return f"fault {self.matter_id}"


class Inspection(models.Model):
    """检查、巡查: somebody of the union looked at a place (`data/inspections.yaml`). What was found is a 报修, with the
    clocks of its flow, and so is put right and confirmed."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="inspections")
    what = models.CharField(max_length=8)
    period = models.CharField(max_length=10, blank=True, help_text="2026-11 or 2026; empty: not a regular one")
    note = models.CharField(max_length=300, blank=True)
    fault = models.OneToOneField(Fault, null=True, blank=True, on_delete=models.SET_NULL, related_name="inspection")
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["venue", "at"], name="inspection_at")]
        constraints = [
            models.UniqueConstraint(
                fields=["venue", "what", "period"], condition=~Q(period=""), name="inspected_once_a_period"
            )
        ]

    def __str__(self) -> str:
        return f"inspection {self.venue_id} {self.what} {self.period}"


class VenuePhoto(models.Model):
    """场所照片: shown once another person of the union has looked at it. `picture` goes when it is refused or taken
    down."""

    class State(models.TextChoices):
        PENDING = "pending", _("等待审核")
        SHOWN = "shown", _("已公开")
        REFUSED = "refused", _("没有通过")
        REMOVED = "removed", _("已撤下")

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="photos")
    picture = models.TextField(help_text="JPEG as base64")
    words = models.CharField(max_length=80, help_text="what it shows, for who cannot see it")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    sent_by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    looked_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(looked_by__isnull=True) | ~Q(looked_by=F("sent_by")) | Q(state="removed"),
                name="photo_seen_by_two",
            )
        ]

    def __str__(self) -> str:
        return f"photo {self.venue_id} {self.state}"


class Slot(models.Model):
    """场次: a hall, court or room of a place (or an event in it) from–to. No more is taken than there are places."""

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="slots")
    hall = models.CharField("场地或活动", max_length=80)
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    places = models.PositiveIntegerField("名额")
    taken = models.PositiveIntegerField(default=0)
    price = models.CharField("费用说明", max_length=120, blank=True, help_text="in words, beside the price list")
    asks_fitness = models.BooleanField("要健康承诺", default=False, help_text="a sport: who books confirms to be fit")
    cancelled = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["venue", "starts"], name="slot_starts")]
        constraints = [
            models.UniqueConstraint(fields=["venue", "hall", "starts"], name="one_slot_a_time"),
            models.CheckConstraint(condition=Q(places__gte=F("taken")), name="slot_not_overbooked"),
            models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="slot_runs_forward"),
        ]

    def __str__(self) -> str:
        return f"{self.hall} {self.starts:%Y-%m-%d %H:%M}"


class Booking(models.Model):
    """预约: places in a slot for one account. Still `booked` after the slot's end: the person did not come."""

    class State(models.TextChoices):
        BOOKED = "booked", "已约好"
        WAITING = "waiting", "候补中"
        CANCELLED = "cancelled", "已取消"
        USED = "used", "已到场"

    class Pay(models.TextChoices):
        """缴费: `paid` stays where nothing is given back of what was cancelled."""

        FREE = "free", _("免费")
        UNPAID = "unpaid", _("待付款")
        PAID = "paid", _("已付款")
        REFUND_DUE = "refund_due", _("待退款")
        REFUNDED = "refunded", _("已退款")

    class Tariff(models.TextChoices):
        MEMBER = "member", _("会员价")
        PUBLIC = "public", _("非会员价")

    slot = models.ForeignKey(Slot, on_delete=models.PROTECT, related_name="bookings")
    account = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    people = models.PositiveSmallIntegerField(default=1)
    from_waiting = models.BooleanField(default=False, help_text="moved up from the waiting list, perhaps unnoticed")
    state = models.CharField(max_length=9, choices=State.choices)
    entry_code = EncryptedTextField(blank=True)
    code_hash = models.CharField(max_length=64, blank=True, db_index=True)
    at = models.DateTimeField()
    fit_at = models.DateTimeField(
        null=True, blank=True, help_text="健康承诺: when it was ticked, and nothing of anybody's health; goes in time"
    )
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    tariff = models.CharField(max_length=6, choices=Tariff.choices, blank=True)
    amount = models.DecimalField(max_digits=9, decimal_places=2, default=Decimal(0), help_text="yuan, as it was told")
    pay_state = models.CharField(max_length=10, choices=Pay.choices, default=Pay.FREE)
    pay_by = models.DateTimeField(null=True, blank=True, help_text="the clock releases it then; empty: at the door")
    told_receipt = models.CharField(max_length=60, blank=True, help_text="of a transfer, as told and not yet checked")
    told_at = models.DateTimeField(
        null=True, blank=True, help_text="when such a number was told: once, it keeps the place for some days"
    )
    refund = models.DecimalField(max_digits=9, decimal_places=2, default=Decimal(0), help_text="yuan to give back")
    excused_at = models.DateTimeField(null=True, blank=True, help_text="免计未到: not coming is not counted")
    desk_text = EncryptedTextField(blank=True, help_text="why the desk cancelled or excused it, as both sides read it")
    desk_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    online_at = models.DateTimeField(null=True, blank=True, help_text="when a page to pay online was last opened")
    look_at = models.DateTimeField(
        null=True, blank=True, help_text="over, but its page may still be paid: the service is asked again then"
    )

    class Meta:
        indexes = [
            models.Index(fields=["look_at"], name="booking_look_at", condition=Q(look_at__isnull=False)),
            models.Index(fields=["pay_by"], name="booking_pay_by", condition=Q(state="booked", pay_state="unpaid")),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gte=0, refund__gte=0, refund__lte=F("amount")), name="booking_money"
            ),
            models.CheckConstraint(
                condition=Q(pay_state="free", amount=0) | ~Q(pay_state="free"), name="booking_free_costs_nothing"
            ),
            models.UniqueConstraint(
                fields=["slot", "account"], condition=~Q(state="cancelled"), name="one_booking_a_person"
            ),
            models.CheckConstraint(condition=Q(people__gte=1), name="booking_of_somebody"),
        ]

    def __str__(self) -> str:
        return f"booking {self.slot_id} {self.account_id}"


class BookingRating(models.Model):
    """评价 of a booking that was used: once, by who booked. Shown as a mean; the words without name and day.

    `fault`: what a low rating led to, to be answered within three working days.
    """

    booking = models.OneToOneField(Booking, on_delete=models.CASCADE, related_name="rating")
    stars = models.PositiveSmallIntegerField()
    said_text = EncryptedTextField(blank=True)
    fault = models.OneToOneField(Fault, null=True, blank=True, on_delete=models.SET_NULL, related_name="rating")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="booking_stars_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"rating {self.booking_id}"


class Price(models.Model):
    """价目: what a hall or event of a place costs, from a day on. Public. A booking keeps the price it was made at."""

    class Per(models.TextChoices):
        PERSON = "person", _("每人")
        SLOT = "slot", _("每场")

    venue = models.ForeignKey(Venue, on_delete=models.CASCADE, related_name="prices")
    hall = models.CharField("场地或活动", max_length=80)
    per = models.CharField(max_length=6, choices=Per.choices, default=Per.PERSON)
    member = models.DecimalField(max_digits=8, decimal_places=2, help_text="yuan")
    public = models.DecimalField(max_digits=8, decimal_places=2, help_text="yuan")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text="last day, included; empty: until the next one")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["venue", "hall", "valid_from"], name="one_price_a_day"),
            models.CheckConstraint(condition=Q(member__gte=0, public__gte=0), name="price_not_below_zero"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")), name="price_runs_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hall} {self.valid_from}"


class DayClose(models.Model):
    """日结: what a place took and gave back since the last one; counted by one person, checked by another."""

    class State(models.TextChoices):
        DRAFT = "draft", _("待复核")
        CLOSED = "closed", _("已结")

    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="closes")
    day = models.DateField()
    totals = models.JSONField(help_text="yuan as text by way: taken less given back")
    cash_counted = models.DecimalField(max_digits=10, decimal_places=2, help_text="yuan in the drawer, by hand")
    difference_note = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    made_by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    checked_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["venue", "day"], name="one_close_a_day"),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("made_by")), name="close_by_two_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.venue_id} {self.day}"


class Payment(models.Model):
    """收款、退款 of a booking: one of each at most, whatever happens at once. Never changed, never deleted."""

    class Kind(models.TextChoices):
        PAYMENT = "payment", _("收款")
        REFUND = "refund", _("退款")

    class Way(models.TextChoices):
        CASH = "cash", _("现金")
        CODE = "code", _("柜台扫码")
        TRANSFER = "transfer", _("转账")
        ONLINE = "online", _("网上支付")

    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, related_name="payments")
    venue = models.ForeignKey(Venue, on_delete=models.PROTECT, related_name="payments")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    way = models.CharField(max_length=8, choices=Way.choices)
    amount = models.DecimalField(max_digits=9, decimal_places=2, help_text="yuan")
    receipt_ref = models.CharField(max_length=60, blank=True, help_text="the bank's or provider's number")
    number = models.CharField("收据号", max_length=24, unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    close = models.ForeignKey(DayClose, null=True, blank=True, on_delete=models.PROTECT, related_name="entries")

    class Meta:
        indexes = [models.Index(fields=["venue", "at"], name="payment_venue")]
        constraints = [
            models.UniqueConstraint(fields=["booking", "kind"], name="paid_once_refunded_once"),
            models.UniqueConstraint(
                fields=["venue", "way", "kind", "receipt_ref"], condition=~Q(receipt_ref=""), name="one_use_a_receipt"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_of_something"),
            models.CheckConstraint(
                condition=Q(way__in=("cash", "code")) | ~Q(receipt_ref=""), name="payment_has_its_receipt"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CardScan(models.Model):
    """会员证核验: a card was shown. Nameless after some time: then neither whose card it was nor who looked."""

    class Result(models.TextChoices):
        VALID = "valid", _("有效")
        FROZEN = "frozen", _("已冻结")
        LOST = "lost", _("已挂失")
        ENDED = "ended", _("会籍已终止")
        EXPIRED = "expired", _("码已过期")
        FORGED = "forged", _("不是真的")
        UNREADABLE = "unreadable", _("读不出")

    venue = models.ForeignKey(Venue, null=True, blank=True, on_delete=models.SET_NULL, related_name="card_scans")
    path = PathField(help_text="the union whose staff looked")
    account = models.ForeignKey(
        ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="card_scans", help_text="whose card"
    )
    result = models.CharField(max_length=10, choices=Result.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["venue", "at"], name="card_scan_venue"),
            models.Index(fields=["account", "at"], name="card_scan_member"),
            models.Index(fields=["at"], name="card_scan_at", condition=Q(by__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.result} {self.pk}"
