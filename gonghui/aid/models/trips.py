"""疗休养: each unit's places on a line, and who travelled when."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from gonghui.kernel.vault import BlindIndexField, EncryptedTextField


class Quota(models.Model):
    """名额: how many people of a unit may go on a line. No more is recommended than there is."""

    offer = models.ForeignKey("services.Offer", on_delete=models.CASCADE, related_name="quotas")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    places = models.PositiveIntegerField("名额")
    taken = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "organisation"], name="one_quota_a_unit"),
            models.CheckConstraint(condition=Q(places__gte=F("taken")), name="quota_not_overdrawn"),
        ]

    def __str__(self) -> str:
        return f"quota {self.offer_id} {self.organisation_id}"

    @property
    def left(self) -> int:
        return self.places - self.taken


class TripRecord(models.Model):
    """出行记录: who went, found again by blind index for the years in which they do not go again."""

    application = models.OneToOneField("services.Application", on_delete=models.PROTECT, related_name="trip_record")
    id_no = EncryptedTextField()
    person_index = BlindIndexField(source="id_no", kind="id_no")
    line = models.CharField("线路", max_length=80)
    went_on = models.DateField()
    back_on = models.DateField()
    cost = models.DecimalField("结算（元）", max_digits=10, decimal_places=2, null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person_index", "back_on"], name="trip_person")]

    def __str__(self) -> str:
        return f"trip {self.application_id}"
