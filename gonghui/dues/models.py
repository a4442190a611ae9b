"""Tables of 会费与经费: a union's book, its vouchers with their lines, monthly lists, closings, exemptions, rebates.

A voucher and its lines are never changed and never deleted: the database itself refuses (migration 0002). What is wrong
is reversed by another voucher. The lines of a voucher sum to nothing in each union's book.
"""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gonghui.kernel.fields import PathField
from gonghui.kernel.vault import EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class Book(models.Model):
    """账簿: of one union. Who posts holds its lock, so vouchers are numbered and chained one after another."""

    organisation = models.OneToOneField("organisations.Organisation", on_delete=models.PROTECT, related_name="book")
    path = PathField()
    bank_name = models.CharField("开户银行", max_length=60, blank=True)
    bank_account = EncryptedTextField(blank=True)
    last_seq = models.PositiveIntegerField(default=0)
    last_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["path"], name="one_book_a_path")]

    def __str__(self) -> str:
        return self.path


class DuesList(models.Model):
    """会费清单: what a union charges and has received for a month, from wages or at the counter. One person enters it,
    another posts it. The same list stands once."""

    class Way(models.TextChoices):
        WAGES = "wages", _("工资代扣")
        COUNTER = "counter", _("自己缴纳")

    class State(models.TextChoices):
        ENTERED = "entered", _("待复核")
        POSTED = "posted", _("已入账")
        WITHDRAWN = "withdrawn", _("已撤回")
        REVERSED = "reversed", _("已冲销")

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="lists")
    month = models.DateField(help_text="its first day")
    way = models.CharField(max_length=8, choices=Way.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.ENTERED)
    digest = models.CharField(max_length=64, help_text="of its rows and what stood in the books for them")
    entered_by = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    decided_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["book", "month"], name="dues_list_month")]
        constraints = [
            models.UniqueConstraint(
                fields=["book", "month", "way", "digest"],
                condition=Q(state__in=("entered", "posted")),
                name="same_list_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="posted") | ~Q(decided_by=F("entered_by")), name="list_posted_by_another"
            ),
        ]

    def __str__(self) -> str:
        return f"dues {self.book_id} {self.month:%Y-%m}"


class DuesRow(models.Model):
    """One member of a list, in yuan: base (计缴基数), due, paid. `exempt`: the code of why nothing is due."""

    list = models.ForeignKey(DuesList, on_delete=models.CASCADE, related_name="rows")
    membership = models.ForeignKey("membership.Membership", on_delete=models.PROTECT, related_name="+")
    base = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    due = models.DecimalField(max_digits=12, decimal_places=2)
    paid = models.DecimalField(max_digits=12, decimal_places=2)
    exempt = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["list", "membership"], name="dues_row_once"),
            models.CheckConstraint(condition=Q(due__gte=0) & Q(paid__gte=0), name="dues_row_not_negative"),
        ]

    def __str__(self) -> str:
        return f"dues row {self.pk}"


class Exemption(models.Model):
    """免缴: a member who owes no dues from a month on, with the reason's code of `data/exemptions.yaml`."""

    membership = models.ForeignKey("membership.Membership", on_delete=models.PROTECT, related_name="exemptions")
    path = PathField()
    code = models.CharField(max_length=20)
    since = models.DateField(help_text="first day of its first month")
    until = models.DateField(null=True, blank=True, help_text="first day of its last month")
    note = models.CharField(max_length=200, blank=True)
    by = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="exemption_runs_forward"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.since:%Y-%m}"


class Rebate(models.Model):
    """经费回拨: what the union above returns of the funds that came in for a basic union in a period. Three people."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("待复核")
        CHECKED = "checked", _("待批准")
        APPROVED = "approved", _("待付款")
        PAID = "paid", _("已到账")
        FAILED = "failed", _("银行退回")
        REFUSED = "refused", _("不同意")

    number = models.CharField("编号", max_length=40, unique=True)
    payer = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="rebates_out")
    payee = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="rebates_in")
    since = models.DateField(help_text="first day of its first month")
    until = models.DateField(help_text="first day of its last month")
    received = models.DecimalField(max_digits=14, decimal_places=2)
    share = models.DecimalField(max_digits=7, decimal_places=6)
    value = models.DecimalField(max_digits=14, decimal_places=2)
    working = models.CharField(max_length=300)
    source = models.CharField("依据", max_length=200)
    state = models.CharField(max_length=9, choices=State.choices, default=State.PROPOSED)
    remark = models.CharField(max_length=200, blank=True)
    proposed_by = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    checked_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    payment = models.OneToOneField(
        "services.Payment", null=True, blank=True, on_delete=models.PROTECT, related_name="rebate"
    )

    class Meta:
        indexes = [models.Index(fields=["payer", "state"], name="rebate_state")]
        constraints = [
            models.CheckConstraint(condition=Q(value__gt=0) & Q(value__lte=F("received")), name="rebate_within"),
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="rebate_runs_forward"),
            models.CheckConstraint(condition=~Q(payer=F("payee")), name="rebate_to_another"),
            models.CheckConstraint(
                condition=(Q(checked_by__isnull=True) | ~Q(checked_by=F("proposed_by")))
                & (Q(approved_by__isnull=True) | (~Q(approved_by=F("proposed_by")) & ~Q(approved_by=F("checked_by")))),
                name="rebate_by_three",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def retained(self) -> Decimal:
        """What stays with the unions above; with what is returned always the whole."""
        return self.received - self.value


class Posting(models.Model):
    """记账凭证: numbered in its book, chained to the one before it. `month`: the month of the books it stands in."""

    class Kind(models.TextChoices):
        DUES = "dues", _("会费")
        FUNDS = "funds", _("拨缴经费")
        REBATE = "rebate", _("经费回拨")
        REVERSAL = "reversal", _("冲销")

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="postings")
    seq = models.PositiveIntegerField()
    number = models.CharField("凭证号", max_length=40, unique=True)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    month = models.DateField()
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.PROTECT, related_name="+")
    entered_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    list = models.OneToOneField(DuesList, null=True, blank=True, on_delete=models.PROTECT, related_name="posting")
    rebate = models.OneToOneField(Rebate, null=True, blank=True, on_delete=models.PROTECT, related_name="posting")
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")
    previous = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    class Meta:
        indexes = [models.Index(fields=["book", "month"], name="posting_month")]
        constraints = [models.UniqueConstraint(fields=["book", "seq"], name="posting_seq")]

    def __str__(self) -> str:
        return self.number


class Line(models.Model):
    """分录: a signed sum in an account of one union's book (+ debit, − credit). `month`: which month's dues it is of;
    `about`: the basic union that funds or a rebate are of. `receipt`: number of the member's receipt."""

    class Ledger(models.TextChoices):
        BANK = "bank", _("银行存款")
        OWED = "owed", _("应收会费")
        DUES = "dues", _("会费收入")
        FUNDS = "funds", _("拨缴经费收入")
        REBATES_OUT = "rebates_out", _("回拨支出")
        REBATES_IN = "rebates_in", _("回拨收入")

    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="lines")
    path = PathField()
    ledger = models.CharField(max_length=11, choices=Ledger.choices)
    value = models.DecimalField(max_digits=14, decimal_places=2)
    month = models.DateField()
    membership = models.ForeignKey(
        "membership.Membership", null=True, blank=True, on_delete=models.PROTECT, related_name="dues_lines"
    )
    about = PathField(blank=True)
    receipt = models.CharField("收据号", max_length=50, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["path", "ledger", "month"], name="line_month"),
            models.Index(fields=["membership", "month"], name="line_member"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(value=Decimal(0)), name="dues_line_is_something"),
            models.UniqueConstraint(fields=["receipt"], condition=~Q(receipt=""), name="dues_receipt_once"),
        ]

    def __str__(self) -> str:
        return f"{self.ledger} {self.value}"


class Closing(models.Model):
    """结账: a month of a book that takes nothing more but reversals, with its sums as they were."""

    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="closings")
    month = models.DateField()
    last_seq = models.PositiveIntegerField(help_text="the book's newest voucher then")
    due = models.DecimalField(max_digits=14, decimal_places=2)
    paid = models.DecimalField(max_digits=14, decimal_places=2)
    by = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["book", "month"], name="month_closed_once")]

    def __str__(self) -> str:
        return f"closed {self.book_id} {self.month:%Y-%m}"
