"""普惠: merchants, the coupons members hold, what merchants are owed a month. They see codes, never people."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gonghui.kernel.vault import EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class Merchant(models.Model):
    """普惠商家: on the list since its application (W01) was approved. `state` follows that matter."""

    class State(models.TextChoices):
        LISTED = "listed", _("已上架")
        SUSPENDED = "suspended", _("暂停")
        DELISTED = "delisted", _("已下架")

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="merchant")
    account = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="merchants")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="merchants")
    name = models.CharField(max_length=80)
    uscc = models.CharField(max_length=18)
    trade = models.CharField(max_length=12)
    region = models.CharField(max_length=9, blank=True)
    address = models.CharField(max_length=200)
    discount = models.CharField(max_length=200, help_text="what every member has there, in words")
    payee_name = EncryptedTextField()
    bank_name = models.CharField(max_length=80)
    bank_account = EncryptedTextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.LISTED)
    inspected_on = models.DateField(null=True, blank=True)
    listed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "state"], name="merchant_organisation")]
        constraints = [
            models.UniqueConstraint(
                fields=["uscc", "organisation"], condition=~Q(state="delisted"), name="one_merchant_a_union"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Inspection(models.Model):
    """巡查: somebody of the union looked whether the discount is given and nothing is wrong."""

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="inspections")
    passed = models.BooleanField()
    remark = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"inspection {self.merchant_id} {self.at:%F}"


class Settlement(models.Model):
    """月结: what a merchant is owed for the coupons of a month from one fund; confirmed by two people, paid by the
    fund's union in its bank file, booked as paid when the bank says so."""

    class State(models.TextChoices):
        DRAFT = "draft", _("待初核")
        CHECKED = "checked", _("待复核")
        CONFIRMED = "confirmed", _("待付款")
        PAID = "paid", _("已付款")
        FAILED = "failed", _("银行退回")

    merchant = models.ForeignKey(Merchant, on_delete=models.PROTECT, related_name="settlements")
    month = models.CharField(max_length=7, help_text="2026-10")
    count = models.PositiveIntegerField()
    total = models.DecimalField(max_digits=12, decimal_places=2)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    checked_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    fund = models.ForeignKey("services.Fund", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    payment = models.OneToOneField(
        "services.Payment", null=True, blank=True, on_delete=models.PROTECT, related_name="settlement"
    )
    remark = models.CharField(max_length=200, blank=True, help_text="the bank's reason, when it came back")
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "month", "fund"], name="one_settlement_a_month_and_fund"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("checked_by")), name="settled_by_two"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merchant_id} {self.month}"


class Claim(models.Model):
    """领到的券: one a person and coupon. Its money is set aside when it is claimed; a merchant's own has none."""

    class State(models.TextChoices):
        HELD = "held", _("未使用")
        USED = "used", _("已核销")
        LAPSED = "lapsed", _("已失效")

    application = models.OneToOneField("services.Application", on_delete=models.PROTECT, related_name="claim")
    offer = models.ForeignKey("services.Offer", on_delete=models.PROTECT, related_name="claims")
    value = models.DecimalField(max_digits=8, decimal_places=2)
    threshold = models.DecimalField(max_digits=8, decimal_places=2, default=0)
    use_until = models.DateField()
    only_merchant = models.ForeignKey(Merchant, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    fund = models.ForeignKey("services.Fund", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.HELD)
    merchant = models.ForeignKey(Merchant, null=True, blank=True, on_delete=models.PROTECT, related_name="claims")
    used_at = models.DateTimeField(null=True, blank=True)
    settlement = models.ForeignKey(Settlement, null=True, blank=True, on_delete=models.SET_NULL, related_name="claims")

    class Meta:
        indexes = [models.Index(fields=["merchant", "used_at"], name="claim_merchant")]
        constraints = [models.CheckConstraint(condition=Q(value__gt=0), name="claim_is_something")]

    def __str__(self) -> str:
        return f"claim {self.pk}"
