"""Where unions stand (组织): regions, the union tree, employers, who is on duty."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from gonghui.kernel.fields import PathField
from gonghui.kernel.vault import EncryptedTextField


class Region(models.Model):
    """行政区划 (GB/T 2260): 6 digits, 9 for towns. Level 1 province, 2 city, 3 county, 4 town."""

    code = models.CharField(max_length=9, primary_key=True)
    name = models.CharField(max_length=60)
    level = models.PositiveSmallIntegerField()
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    full_name = models.CharField(max_length=120, help_text="e.g. 贵州省贵阳市南明区")
    short_name = models.CharField(max_length=60, help_text="without 省, 市, 县, 区")

    class Meta:
        indexes = [models.Index(fields=["name"], name="region_name")]

    def __str__(self) -> str:
        return self.full_name


class Organisation(models.Model):
    """工会组织. `path` is its place in the tree (`cn.52.5201.520102`); industrial unions are a second parent."""

    class Level(models.TextChoices):
        NATIONAL = "national", "全国总工会"
        PROVINCE = "province", "省级工会"
        CITY = "city", "市级工会"
        COUNTY = "county", "县级工会"
        TOWN = "town", "乡镇（街道、园区）工会"
        GRASSROOTS = "grassroots", "基层工会"
        INDUSTRIAL = "industrial", "产业工会"

    path = PathField(unique=True)
    name = models.CharField(max_length=120)
    short_name = models.CharField(max_length=60, blank=True)
    level = models.CharField(max_length=12, choices=Level.choices)
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT, related_name="organisations")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    overlay_parents = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="overlay_children")
    phone = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=200, blank=True)
    working_hours = models.CharField(max_length=120, blank=True, help_text="in words, as shown to a worker")
    hours = models.JSONField(
        default=dict, blank=True, help_text='by weekday, 0 Monday … 6 Sunday: {"0": [["09:00", "12:00"]]}'
    )
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True, help_text="degrees, WGS 84")
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True, help_text="degrees, WGS 84")
    handles_kinds = models.JSONField(
        default=list, blank=True, help_text="kinds of matters it takes; empty: all that reach it"
    )
    worker_types = models.JSONField(
        default=list, blank=True, help_text="industrial unions: the worker types they take (rider, truck_driver …)"
    )
    active = models.BooleanField(default=True)

    class Meta:
        indexes = [
            models.Index(fields=["level", "region"], name="organisation_level"),
            models.Index(fields=["name"], name="organisation_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Office(models.Model):
    """办事机构: where a competent body (handbook 2.3) receives people. It serves its region and what lies below it."""

    body = models.CharField(max_length=4, help_text="B1 … B20 of data/bodies.yaml; unions stand in Organisation")
    region = models.ForeignKey(Region, on_delete=models.PROTECT, related_name="offices")
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=200, blank=True)
    phone = models.CharField(max_length=60, blank=True)
    working_hours = models.CharField(max_length=120, blank=True, help_text="in words, as shown to a worker")
    hours = models.JSONField(
        default=dict, blank=True, help_text='by weekday, 0 Monday … 6 Sunday: {"0": [["09:00", "12:00"]]}'
    )
    latitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True, help_text="degrees, WGS 84")
    longitude = models.DecimalField(max_digits=8, decimal_places=5, null=True, blank=True, help_text="degrees, WGS 84")
    online = models.URLField(max_length=200, blank=True, help_text="https only")
    source = models.CharField(max_length=200, help_text="where the entry was read")
    checked_on = models.DateField(help_text="the day on which somebody last saw that it is so")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True, help_text="the last day")
    active = models.BooleanField(default=True, help_text="False: withdrawn, never shown")

    class Meta:
        indexes = [models.Index(fields=["region", "body"], name="office_place")]

    def __str__(self) -> str:
        return self.name


class Employer(models.Model):
    """用人单位. Names differ from paper to paper: aliases and `key` (the name without legal form) find it."""

    name = models.CharField(max_length=120)
    key = models.CharField(max_length=120, db_index=True, help_text="normalised name for matching")
    uscc = models.CharField("统一社会信用代码", max_length=18, blank=True, db_index=True)
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.PROTECT, related_name="employers")
    address = models.CharField(max_length=200, blank=True)
    industry = models.CharField(max_length=60, blank=True)
    ownership = models.CharField(max_length=30, blank=True)
    size = models.CharField(max_length=20, blank=True)
    union = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.SET_NULL, related_name="employers")
    group_level = models.CharField(max_length=12, blank=True, help_text="province or national for large groups")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["uscc"], condition=models.Q(merged_into__isnull=True) & ~models.Q(uscc=""), name="employer_uscc"
            )
        ]

    def __str__(self) -> str:
        return self.name


class EmployerAlias(models.Model):
    """Another name under which an employer is known (曾用名、简称、项目部)."""

    employer = models.ForeignKey(Employer, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=120)
    key = models.CharField(max_length=120, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["employer", "name"], name="alias_once")]

    def __str__(self) -> str:
        return self.name


class EmployerGram(models.Model):
    """Two-character pieces of employers' names: the index that narrows a fuzzy search on any database."""

    gram = models.CharField(max_length=4)
    employer = models.ForeignKey(Employer, on_delete=models.CASCADE, related_name="grams")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["gram", "employer"], name="gram_once")]

    def __str__(self) -> str:
        return self.gram


class EmployerMerge(models.Model):
    """Two rows found to be one employer, with what undoing needs."""

    kept = models.ForeignKey(Employer, on_delete=models.CASCADE, related_name="merges")
    gone = models.ForeignKey(Employer, on_delete=models.CASCADE, related_name="merges_away")
    at = models.DateTimeField()
    by_id = models.BigIntegerField(null=True)
    before = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.gone_id} → {self.kept_id}"


class DutyShift(models.Model):
    """值班: who answers for an organisation on a weekday or a date (handbook 5.14: 主班, 副班, 带班领导)."""

    class Place(models.TextChoices):
        FIRST = "first", "主班"
        SECOND = "second", "副班"
        LEADER = "leader", "带班领导"

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="shifts")
    place = models.CharField(max_length=8, choices=Place.choices)
    weekday = models.PositiveSmallIntegerField(null=True, blank=True, help_text="0 Monday … 6 Sunday")
    date = models.DateField(null=True, blank=True, help_text="goes before the weekday's")
    starts = models.TimeField()
    ends = models.TimeField(help_text="not later than `starts`: it ends on the next day")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL)
    contact_name = models.CharField(max_length=40)
    contact_phone = EncryptedTextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(weekday__isnull=False) | models.Q(date__isnull=False), name="shift_has_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.place}"
