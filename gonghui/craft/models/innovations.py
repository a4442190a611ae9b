"""四技五小两比 (handbook 5.9): what came of a declared innovation."""

from __future__ import annotations

from django.db import models


class Innovation(models.Model):
    """创新成果: a graded innovation: by its unit, then by the union above; only the latter is an award."""

    class Grade(models.TextChoices):
        FIRST = "first", "一等"
        SECOND = "second", "二等"
        THIRD = "third", "三等"
        MERIT = "merit", "优秀"

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="innovation")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24)
    project = models.CharField(max_length=120)
    unit = models.CharField(max_length=120)
    team = models.PositiveSmallIntegerField()
    year = models.PositiveSmallIntegerField()
    benefit = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    unit_grade = models.CharField(max_length=8, choices=Grade.choices)
    grade = models.CharField(max_length=8, choices=Grade.choices, blank=True)
    reward = models.CharField(max_length=120, blank=True)
    spread_to = models.CharField(max_length=300, blank=True, help_text="推广: where it is used now")
    spread_units = models.PositiveIntegerField(default=0)
    open_to_all = models.BooleanField(default=False)
    summary = models.TextField(max_length=1000, blank=True, help_text="shown where it may be public")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.project
