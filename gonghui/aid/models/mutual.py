"""大病互助: who joined which plan for when, and from which cover a claim is paid."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gonghui.kernel.fields import PathField
from gonghui.kernel.vault import BlindIndexField, EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class MutualCover(models.Model):
    """参保登记: one person in one plan for one period, as a union entered it.

    `plan` is the plan's code, `period` the first day of the cover as text; no two of one person and plan stand on the
    same day (`register.write`). `path` is who entered it, for who may see it; `region` where the plan is read (a place
    may have its own).
    """

    class Way(models.TextChoices):
        COLLECTIVE = "collective", _("单位集体参保")
        SINGLE = "single", _("个人参保")
        CERTIFICATE = "certificate", _("凭证补登")

    plan = models.CharField(max_length=20)
    period = models.CharField(max_length=10)
    way = models.CharField(max_length=12, choices=Way.choices)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    path = PathField()
    region = models.CharField(max_length=9, blank=True)
    unit = models.CharField(max_length=120, blank=True)
    name = EncryptedTextField()
    id_no = EncryptedTextField()
    person_index = BlindIndexField(source="id_no", kind="id_no")
    certificate = models.CharField("互助凭证号", max_length=40, blank=True)
    starts = models.DateField("从哪天起保障")
    ends = models.DateField("保障到哪天")
    renewed = models.BooleanField(default=False, help_text="follows an earlier cover: no waiting days")
    paid_before = models.DecimalField(
        max_digits=10, decimal_places=2, default=Decimal(0), help_text="paid in this period before it was entered here"
    )
    cancelled_on = models.DateField(null=True, blank=True)
    cancelled_why = models.CharField(max_length=200, blank=True)
    entered_by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["person_index", "starts"], name="mutual_person"),
            models.Index(fields=["path", "plan", "period"], name="mutual_union"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "period", "person_index"],
                condition=Q(cancelled_on__isnull=True),
                name="one_cover_a_plan_and_period",
            ),
            models.CheckConstraint(condition=~Q(person_index=""), name="cover_has_a_person"),
            models.CheckConstraint(condition=Q(ends__gte=F("starts")), name="cover_has_days"),
            models.CheckConstraint(condition=Q(paid_before__gte=0), name="cover_paid_before"),
        ]

    def __str__(self) -> str:
        return f"{self.plan} {self.period} {self.pk}"


class MutualClaim(models.Model):
    """理赔: the cover that a claim counts against, from its check by the office on."""

    application = models.OneToOneField("services.Application", on_delete=models.PROTECT, related_name="mutual_claim")
    cover = models.ForeignKey(MutualCover, on_delete=models.PROTECT, related_name="claims")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"claim {self.application_id}"
