"""子女托管: the lottery of a class, the days of a child, complaints. What is known of a child stands in the application
alone, encrypted: nothing here names one."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from gonghui.kernel.vault import EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class Lottery(models.Model):
    """抽签 of a class. `promise` (a fingerprint of the seed) is public before the draw, the seed after it: so nobody
    could choose the seed once the list was known, and anybody can draw the same."""

    offer = models.OneToOneField("services.Offer", on_delete=models.CASCADE, related_name="lottery")
    promise = models.CharField(max_length=64)
    seed_text = EncryptedTextField(help_text="secret until drawn")
    promised_at = models.DateTimeField()
    drawn_at = models.DateTimeField(null=True, blank=True)
    drawn_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    order = models.JSONField(default=list, blank=True, help_text="numbers of the applications as drawn")
    places = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"lottery {self.offer_id}"


class CareDay(models.Model):
    """托管一天: when a child came and who fetched it, by the pick-up code of that day."""

    application = models.ForeignKey("services.Application", on_delete=models.CASCADE, related_name="care_days")
    day = models.DateField()
    came_at = models.DateTimeField()
    pickup_code = EncryptedTextField()
    fetched_at = models.DateTimeField(null=True, blank=True)
    fetched_by_name = EncryptedTextField(blank=True)
    entered_by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["application", "day"], name="one_care_day")]

    def __str__(self) -> str:
        return f"care {self.application_id} {self.day}"


class Complaint(models.Model):
    """投诉 of a guardian about a class, and the answer."""

    application = models.ForeignKey("services.Application", on_delete=models.CASCADE, related_name="complaints")
    complaint_text = EncryptedTextField()
    at = models.DateTimeField()
    reply_text = EncryptedTextField(blank=True)
    replied_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    replied_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"complaint {self.application_id}"
