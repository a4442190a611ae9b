"""困难帮扶: the files of families in hardship, how they were assessed, what they were given."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from gonghui.kernel.vault import BlindIndexField, EncryptedTextField
from gonghui.services.models import Payment

ACCOUNT = settings.AUTH_USER_MODEL
# Of an `Aid`: its payment was revoked (撤销发放).
REVOKED = Q(application__payment__status=Payment.Status.CANCELLED)


class SubsistenceLine(models.Model):
    """低保标准 of a region from a day on, as a handler found it published: `source` says where. Never guessed, and used
    for nobody until another person has confirmed it."""

    region = models.CharField(max_length=9)
    since = models.DateField("从哪天起")
    amount = models.DecimalField("每人每月（元）", max_digits=8, decimal_places=2)
    source = models.CharField("出处", max_length=200)
    entered_by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    confirmed_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["region", "since"], condition=Q(confirmed_at__isnull=False), name="one_line_a_day"
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="line_is_something"),
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.since} {self.amount}"


class Assessment(models.Model):
    """测算: C33 with what was found at the family's home or in a yearly review.

    `assessed_json` (🔒) holds the facts, the steps of the sum and who went there; the level alone is counted.
    """

    class Kind(models.TextChoices):
        VISIT = "visit", "入户核查"
        REVIEW = "review", "年度复核"

    application = models.ForeignKey("services.Application", on_delete=models.CASCADE, related_name="assessments")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    day = models.DateField()
    level = models.CharField(max_length=8)
    assessed_json = EncryptedTextField()
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"assessment {self.application_id} {self.day}"


class HardshipFile(models.Model):
    """困难职工档案: a family's file, its level and plan of aid. The matter of the application carries it on."""

    class Level(models.TextChoices):
        DEEP = "deep", "深度困难"
        RELATIVE = "relative", "相对困难"
        ACCIDENT = "accident", "意外致困"

    class State(models.TextChoices):
        ACTIVE = "active", "在档"
        WATCHED = "watched", "脱困观察"
        LEFT = "left", "已脱困"
        CANCELLED = "cancelled", "已销档"

    application = models.OneToOneField("services.Application", on_delete=models.PROTECT, related_name="hardship_file")
    account = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="hardship_files")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    number = models.CharField("档案号", max_length=24, unique=True)
    region = models.CharField(max_length=9)
    level = models.CharField("困难等级", max_length=8, choices=Level.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.ACTIVE)
    causes = models.JSONField(default=list, blank=True)
    people = models.PositiveSmallIntegerField()
    plan = models.JSONField("帮扶计划", default=list, blank=True)
    plan_text = EncryptedTextField(blank=True)
    opened_on = models.DateField()
    reviewed_on = models.DateField()
    left_on = models.DateField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "state", "level"], name="hardship_file_state")]

    def __str__(self) -> str:
        return self.number

    @property
    def given(self) -> models.QuerySet[Aid]:
        """What was granted to it and not revoked since, the newest first."""
        return self.aids.exclude(REVOKED).order_by("-month", "-pk")


class HouseholdMember(models.Model):
    """家庭成员 of a file, by blind index alone: nobody stands in two open files."""

    file = models.ForeignKey(HardshipFile, on_delete=models.CASCADE, related_name="household")
    id_no = EncryptedTextField()
    person_index = BlindIndexField(source="id_no", kind="id_no")
    open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person_index"], condition=Q(open=True) & ~Q(person_index=""), name="one_open_file_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"household {self.file_id}"


class Aid(models.Model):
    """帮扶: money granted to a file, at once or for some months. Each month after the first is an `Aid` of its own
    (`first` names the grant), with an application, a payment and a line in the bank's file of its own."""

    class Rhythm(models.TextChoices):
        ONCE = "once", "一次性"
        MONTHLY = "monthly", "按月"

    file = models.ForeignKey(HardshipFile, on_delete=models.PROTECT, related_name="aids")
    application = models.OneToOneField("services.Application", on_delete=models.PROTECT, related_name="aid")
    category = models.CharField(max_length=12)
    rhythm = models.CharField(max_length=8, choices=Rhythm.choices)
    amount = models.DecimalField("每次（元）", max_digits=10, decimal_places=2)
    months = models.PositiveSmallIntegerField(default=1)
    month = models.DateField("哪个月的")
    first = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="later")
    granted_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first", "month"], name="one_aid_a_month")]

    def __str__(self) -> str:
        return f"aid {self.application_id}"
