"""Tables of 职工之家's services: drafts, applications, what may be had only once, stock and pick-up codes."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from gonghui.kernel.fields import PathField
from gonghui.kernel.vault import BlindIndexField, EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class Draft(models.Model):
    """草稿: a form begun and not handed in. One an account and service; the values are 🔒 as a whole."""

    account = models.ForeignKey(ACCOUNT, on_delete=models.CASCADE, related_name="service_drafts")
    service = models.CharField(max_length=3)
    kind = models.CharField(max_length=40, help_text="flow name: the version that was begun")
    values_json = EncryptedTextField(default="{}")
    completes = models.ForeignKey(
        "kernel.Matter", null=True, blank=True, on_delete=models.CASCADE, related_name="+", help_text="sent back before"
    )
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "service"], name="one_draft_a_service")]

    def __str__(self) -> str:
        return f"draft {self.service} {self.account_id}"


class Application(models.Model):
    """申请: what was handed in, in which version of the service, and what came of it.

    `values_json` holds the form (🔒 as a whole); `figures` the coarse facts that statistics count (never personal).
    """

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="application")
    service = models.CharField(max_length=3)
    kind = models.CharField(max_length=40)
    flow_digest = models.CharField(max_length=64, blank=True, help_text="the matter's: the text it began with")
    account = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="applications")
    region = models.CharField(max_length=9, blank=True)
    id_no = EncryptedTextField(blank=True)
    person_index = BlindIndexField(source="id_no", kind="id_no")
    values_json = EncryptedTextField()
    figures = models.JSONField(default=dict, blank=True)
    checked = models.JSONField(default=list, blank=True, help_text="the conditions as judged when handed in")
    told_text = EncryptedTextField(blank=True, help_text="what the worker was told: reasons, what is missing")
    contested_text = EncryptedTextField(blank=True, help_text="why the worker asked to have a refusal reviewed")
    contested_at = models.DateTimeField(null=True, blank=True)
    rating = models.PositiveSmallIntegerField(null=True, blank=True)
    idempotency_key = models.CharField(max_length=120, null=True, blank=True, unique=True)
    applied_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["service", "applied_at"], name="application_service"),
            models.Index(fields=["account", "applied_at"], name="application_account"),
            models.Index(fields=["person_index"], condition=~Q(person_index=""), name="application_person"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(rating__isnull=True) | Q(rating__gte=1, rating__lte=5), name="application_rating"
            )
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.matter_id}"


class FormFile(models.Model):
    """附件: a photo or PDF of a form. Without an application it belongs to a draft and goes with it."""

    account = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    service = models.CharField(max_length=3)
    application = models.ForeignKey(Application, null=True, on_delete=models.CASCADE, related_name="files")
    stored_name = models.CharField(max_length=80, unique=True)
    original_name = models.CharField(max_length=120)
    mime = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["account", "service"], name="form_file_account")]

    def __str__(self) -> str:
        return self.original_name


class Taken(models.Model):
    """占用: `key` may be had once (this service by this person, in their life, this year or at a time).

    The row is the lock: two at once for one key cannot both be written. It goes when the application comes to nothing.
    Without an application it is of who had it before, by a list that a union has brought in: a row of its own (`LISTED`
    after the key), beside that of an application of the same person, which may come to nothing.
    """

    LISTED = ":list"

    key = models.CharField(max_length=120, unique=True)
    rule = models.PositiveSmallIntegerField(help_text="place of the rule in the service's `once`")
    application = models.ForeignKey(Application, null=True, on_delete=models.CASCADE, related_name="taken")
    brought_by = models.ForeignKey("organisations.Organisation", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(application__isnull=False) ^ Q(brought_by__isnull=False), name="taken_by_one_or_a_list"
            )
        ]

    def __str__(self) -> str:
        return self.key


class Stock(models.Model):
    """库存: goods of a service that a union has to give in a year, at a pick-up point and of a size where it keeps them
    apart. No more is promised than there is."""

    service = models.CharField(max_length=3)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="stocks")
    item = models.CharField("物品", max_length=80)
    year = models.PositiveSmallIntegerField()
    total = models.PositiveIntegerField()
    promised = models.PositiveIntegerField(default=0, help_text="for applications under way")
    handed = models.PositiveIntegerField(default=0, help_text="signed for")
    venue_number = models.PositiveIntegerField(default=0, help_text="the pick-up point among the places; 0: none")
    variant = models.CharField("尺码", max_length=40, blank=True, help_text="code of the form's choice; empty: any")
    place = models.CharField("领取地点", max_length=200, blank=True)
    hours = models.CharField("领取时间", max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "organisation", "item", "year", "venue_number", "variant"], name="one_stock_an_item"
            ),
            models.CheckConstraint(condition=Q(total__gte=F("promised") + F("handed")), name="stock_not_overdrawn"),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.year}"

    @property
    def left(self) -> int:
        return self.total - self.promised - self.handed


class PointKeeper(models.Model):
    """站点管理员: who of a union's station keepers hands over at which pick-up point. The duty itself is `people`'s."""

    account = models.ForeignKey(ACCOUNT, on_delete=models.CASCADE, related_name="+")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.CASCADE, related_name="+")
    venue_number = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "organisation", "venue_number"], name="one_keeper_a_point")
        ]

    def __str__(self) -> str:
        return f"keeper {self.account_id} {self.venue_number}"


class Voucher(models.Model):
    """领取凭证: goods promised to an application, and the code by which they are handed over."""

    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="voucher")
    stock = models.ForeignKey(Stock, on_delete=models.PROTECT, related_name="vouchers")
    holder_path = PathField()
    code_hash = models.CharField(max_length=64, blank=True, db_index=True, help_text="of the code; empty until ready")
    pickup_code = EncryptedTextField(blank=True)
    keep_until = models.DateField(null=True, blank=True)
    handed_at = models.DateTimeField(null=True, blank=True)
    handed_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    returned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["code_hash"],
                condition=~Q(code_hash="") & Q(handed_at__isnull=True, returned_at__isnull=True),
                name="voucher_code_once",
            )
        ]

    def __str__(self) -> str:
        return f"voucher {self.application_id}"

    @property
    def to_fetch(self) -> bool:
        """Whether its code can be shown now: made, and neither handed over nor back in the stock."""
        return bool(self.pickup_code) and self.handed_at is None and self.returned_at is None


class Fund(models.Model):
    """资金: what a union may give for a service in a year, by source. Sources are kept apart (handbook 5.5)."""

    class Source(models.TextChoices):
        FISCAL = "fiscal", "财政专项"
        UNION = "union", "工会经费"
        DONATION = "donation", "社会捐赠"

    service = models.CharField(max_length=3)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="funds")
    year = models.PositiveSmallIntegerField()
    source = models.CharField(max_length=10, choices=Source.choices)
    total = models.DecimalField(max_digits=14, decimal_places=2)
    promised = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    paid = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    for_below = models.BooleanField("下级工会可以直接使用", default=False)
    proposed_total = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    proposed_why = models.CharField(max_length=200, blank=True)
    proposed_below = models.BooleanField(default=False)
    proposed_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "organisation", "year", "source"], name="one_fund_a_source"),
            models.CheckConstraint(
                condition=Q(promised__gte=0) & Q(paid__gte=0) & Q(total__gte=F("promised") + F("paid")),
                name="fund_not_overspent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service} {self.year} {self.source}"

    @property
    def left(self) -> Decimal:
        return self.total - self.promised - self.paid


class PaymentBatch(models.Model):
    """发放批次: payments from one fund handed to the bank in one file, and what the bank said of them."""

    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    fund = models.ForeignKey(Fund, null=True, blank=True, on_delete=models.PROTECT, related_name="batches")
    number = models.CharField(max_length=40, unique=True)
    count = models.PositiveIntegerField()
    total = models.DecimalField(max_digits=14, decimal_places=2)
    made_by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()
    reconciled_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.number


class BankAnswer(models.Model):
    """银行回盘: a file by which a batch was reconciled, as it came in, and who sent it."""

    batch = models.ForeignKey(PaymentBatch, on_delete=models.PROTECT, related_name="answers")
    stored_name = models.CharField(max_length=80, unique=True)
    original_name = models.CharField(max_length=120)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.original_name


class Payment(models.Model):
    """发放: the sum granted to an application, to whom, from which fund, and whether it arrived.

    Without an application it is for what `purpose` names, under the number `reference`; the room that made it is told
    what the bank says (`banking.settles`).
    """

    class Status(models.TextChoices):
        PROMISED = "promised", "待发放"
        SENT = "sent", "已送银行"
        PAID = "paid", "已到账"
        FAILED = "failed", "未到账"
        CANCELLED = "cancelled", "已取消"

    application = models.OneToOneField(
        Application, null=True, blank=True, on_delete=models.PROTECT, related_name="payment"
    )
    purpose = models.CharField(max_length=12, blank=True)
    reference = models.CharField(max_length=40, blank=True)
    fund = models.ForeignKey(Fund, on_delete=models.PROTECT, related_name="payments")
    holder_path = PathField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    working = models.CharField(max_length=300, blank=True)
    payee = EncryptedTextField()
    bank_card = EncryptedTextField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PROMISED)
    reason = models.CharField(max_length=200, blank=True, help_text="the bank's, when it failed")
    granted_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    new_card = EncryptedTextField(blank=True, help_text="proposed by one of the staff, not confirmed by another")
    card_changed_at = models.DateTimeField(null=True, blank=True)
    batch = models.ForeignKey(PaymentBatch, null=True, blank=True, on_delete=models.SET_NULL, related_name="payments")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["holder_path", "status"], name="payment_status")]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_is_something"),
            models.CheckConstraint(
                condition=Q(application__isnull=False, reference="") | (Q(application__isnull=True) & ~Q(reference="")),
                name="payment_is_for_one",
            ),
            models.UniqueConstraint(fields=["reference"], condition=~Q(reference=""), name="payment_reference"),
        ]

    def __str__(self) -> str:
        return f"payment {self.application_id or self.reference}"

    def send_again(self, card: str, at: datetime) -> None:
        """The bank returned it: into the next file, on this card."""
        if card != self.bank_card:
            self.bank_card, self.card_changed_at = card, at
        self.status, self.reason, self.batch, self.new_card = self.Status.PROMISED, "", None, ""
        self.save(update_fields=["bank_card", "card_changed_at", "status", "reason", "batch", "new_card"])

    @property
    def number(self) -> str:
        """What the bank's file calls it. Under an application `select_related("application__matter")`."""
        return self.application.matter.number if self.application is not None else self.reference


class Recovery(models.Model):
    """追回: what came back of a payment that should not have been made."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="recoveries")
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    day = models.DateField(help_text="on which it came in")
    reason_text = EncryptedTextField()
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="recovery_is_something")]

    def __str__(self) -> str:
        return f"recovery {self.payment_id}"


class PublicNotice(models.Model):
    """公示: what everybody may read of a grant before it is decided: a masked name, the unit, the sum; never more."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="notice")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    masked_name = models.CharField(max_length=30)
    unit = models.CharField(max_length=80, blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    opens = models.DateField()
    closes = models.DateField(help_text="last day, included")
    withdrawn = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["closes"], name="notice_closes")]

    def __str__(self) -> str:
        return f"notice {self.application_id}"


class ObjectionFields(models.Model):
    """What an 异议 holds, whatever stands under notice. With a name it must be settled before a decision; without,
    it is a lead."""

    text = EncryptedTextField()
    name = EncryptedTextField(blank=True)
    phone = EncryptedTextField(blank=True)
    at = models.DateTimeField()
    finding_text = EncryptedTextField(blank=True)
    upheld = models.BooleanField(null=True, blank=True)
    settled_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"objection {self.pk}"

    @property
    def named(self) -> bool:
        return bool(self.name and self.phone)

    def settle(self, finding: str, upheld: bool, by_id: int | None, at: datetime) -> None:
        """Write down what was found."""
        self.finding_text, self.upheld, self.settled_by_id, self.settled_at = finding, upheld, by_id, at
        self.save(update_fields=["finding_text", "upheld", "settled_by", "settled_at"])


class Objection(ObjectionFields):
    """异议: against a published grant."""

    notice = models.ForeignKey(PublicNotice, on_delete=models.CASCADE, related_name="objections")


class Blocked(models.Model):
    """拦下的重复申请: how many a day were told that it can be had once (handbook 4.1 M04). Nobody is named."""

    service = models.CharField(max_length=3)
    holder_path = PathField()
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "holder_path", "day"], name="blocked_once_a_day")]

    def __str__(self) -> str:
        return f"blocked {self.service} {self.day}"


class Offer(models.Model):
    """供报名的一场（场次、班次、线路、活动）: what a union puts up to take part in, and the seats left.

    `data` holds what the service's `offers.fields` ask. Open to all once published. No more is taken than there is.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", "草稿"
        PUBLISHED = "published", "报名中"
        CLOSED = "closed", "停止报名"
        CANCELLED = "cancelled", "已取消"

    service = models.CharField(max_length=3)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="offers")
    region = models.CharField(max_length=9, blank=True)
    title = models.CharField("名称", max_length=80)
    data = models.JSONField(default=dict, blank=True)
    opens = models.DateTimeField("开始报名", null=True, blank=True)
    closes = models.DateTimeField("截止报名", null=True, blank=True)
    starts = models.DateTimeField("开始", null=True, blank=True)
    ends = models.DateTimeField("结束", null=True, blank=True)
    place = models.CharField("地点", max_length=200, blank=True)
    venue_number = models.PositiveIntegerField(
        null=True, blank=True, help_text="the place among the venues, if it is one"
    )
    capacity = models.PositiveIntegerField("名额", null=True, blank=True, help_text="empty: as many as come")
    taken = models.PositiveIntegerField(default=0)
    waiting = models.PositiveIntegerField(default=0)
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.DRAFT)
    made_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["service", "status", "starts"], name="offer_starts")]
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity__isnull=True) | Q(capacity__gte=F("taken")), name="offer_not_overbooked"
            ),
            models.CheckConstraint(
                condition=Q(starts__isnull=True) | Q(ends__isnull=True) | Q(ends__gt=F("starts")),
                name="offer_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def left(self) -> int | None:
        """Seats free for who comes now: those on the waiting list go first. None: as many as come."""
        return None if self.capacity is None else max(0, self.capacity - self.taken - self.waiting)


class Seat(models.Model):
    """名额: an application's seat in an offer, or its place on the waiting list; when its owner came and left."""

    class State(models.TextChoices):
        TAKEN = "taken", "已报上"
        WAITING = "waiting", "候补中"
        FREED = "freed", "已退出"

    application = models.OneToOneField(Application, on_delete=models.CASCADE, related_name="seat")
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="seats")
    state = models.CharField(max_length=7, choices=State.choices)
    ticket_code = EncryptedTextField(blank=True)
    code_hash = models.CharField(max_length=64, blank=True, db_index=True)
    at = models.DateTimeField()
    ahead = models.BooleanField(default=False, help_text="was refused and should not have been: goes first")
    checked_in_at = models.DateTimeField(null=True, blank=True)
    checked_out_at = models.DateTimeField(null=True, blank=True)
    minutes = models.PositiveIntegerField(default=0)
    entered_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["offer", "state", "at"], name="seat_order")]

    def __str__(self) -> str:
        return f"seat {self.offer_id} {self.application_id}"
