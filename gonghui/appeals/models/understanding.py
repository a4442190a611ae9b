"""研判: what the brain proposed beside what people decided, and warnings over many appeals (handbook 1.2, 1.9)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gonghui.appeals.models.appeal import Appeal
from gonghui.kernel.fields import PathField
from gonghui.kernel.vault import EncryptedTextField


class Triage(models.Model):
    """智能研判: one proposal of the brain, with its version. Never overwritten, never over a human decision.

    `proposal` is the understanding without personal values (entities are in the encrypted `entities`).
    """

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="triages")
    version = models.CharField(max_length=40)
    law_version = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    understood = models.BooleanField()
    category = models.CharField(max_length=4, blank=True, help_text="the first candidate")
    score = models.FloatField(default=0)
    urgency = models.CharField(max_length=2, blank=True)
    nature = models.CharField(max_length=12, blank=True)
    worker_type = models.CharField(max_length=20, blank=True)
    difficulty = models.CharField(max_length=12, blank=True)
    lead_path = PathField(blank=True, help_text="organisation that routing proposes")
    routing_rule = models.CharField(max_length=32, blank=True)
    proposal = models.JSONField(default=dict)
    entities = EncryptedTextField(blank=True, help_text="extracted values as JSON")

    class Meta:
        indexes = [models.Index(fields=["appeal", "-at"], name="triage_newest")]

    def __str__(self) -> str:
        return f"{self.appeal_id} {self.category}"


class TriageDecision(models.Model):
    """人工研判: what a person decided, and whether it agreed with the proposal (training data)."""

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="decisions")
    triage = models.ForeignKey(Triage, null=True, blank=True, on_delete=models.SET_NULL, related_name="decisions")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    category = models.CharField(max_length=4)
    urgency = models.CharField(max_length=2)
    nature = models.CharField(max_length=12)
    difficulty = models.CharField(max_length=12)
    worker_type = models.CharField(max_length=20, blank=True)
    agreed = models.BooleanField(null=True, help_text="category as proposed; null: there was no proposal")
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["appeal", "-at"], name="decision_newest")]

    def __str__(self) -> str:
        return f"{self.appeal_id} {self.category}"


class BrainOutput(models.Model):
    """智脑输出: what a model wrote for a member of staff, with everything that made it, and what they did with it.

    Nothing of it leaves the house by itself (handbook 5.18): the person takes it over, changes it, or drops it.
    """

    class Verdict(models.TextChoices):
        OPEN = "open", _("待核对")
        TAKEN = "taken", _("采用")
        CHANGED = "changed", _("修改后采用")
        DROPPED = "dropped", _("不用")

    matter = models.ForeignKey("kernel.Matter", on_delete=models.CASCADE, related_name="brain_outputs")
    task = models.CharField(max_length=20)
    text = EncryptedTextField()
    final = EncryptedTextField(blank=True, help_text="as the person took it over")
    record = models.JSONField(default=dict, help_text="provider, model, prompt and its version, cost, evidence cited")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    verdict = models.CharField(max_length=8, choices=Verdict.choices, default=Verdict.OPEN)
    judged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    judged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["matter", "-at"], name="brain_output_newest")]

    def __str__(self) -> str:
        return f"{self.matter_id} {self.task}"


class EmployerSignal(models.Model):
    """单位风险信号: something learnt elsewhere of an employer (pay day, lawsuit, insolvency, unanswered letter).

    `key` is the written name's letters, for employers that no row of ours stands for.
    """

    employer = models.ForeignKey(
        "organisations.Employer", null=True, blank=True, on_delete=models.CASCADE, related_name="signals"
    )
    key = models.CharField(max_length=160)
    kind = models.CharField(max_length=20)
    day = models.DateField(help_text="of a pay day, any day of that month: the day of the month counts")
    note = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=80, help_text="who says so: a register, a court, a person")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "kind", "day"], name="employer_signal_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.kind} {self.day}"


class MassAlert(models.Model):
    """风险预警: a card for one event, updated until cleared (handbook 1.9, 5.18).

    `employer`: several appeals about one employer within the window, by fixed numbers. The other kinds come from the
    watch over the stream (`gonghui.appeals.warning`): several people about one matter, a rise at a place, one person
    who comes back. There `employer_key` names the event by its first appeal and `employer_name` says what it is about.
    """

    class Kind(models.TextChoices):
        EMPLOYER = "employer", _("同一单位")
        MATTER = "matter", _("同一事项")
        PLACE = "place", _("地区突增")
        REPEAT = "repeat", _("反复反映")

    class Level(models.TextChoices):
        YELLOW = "yellow", _("黄色")
        ORANGE = "orange", _("橙色")
        RED = "red", _("红色")

    employer = models.ForeignKey(
        "organisations.Employer", null=True, blank=True, on_delete=models.CASCADE, related_name="mass_alerts"
    )
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.EMPLOYER)
    employer_key = models.CharField(max_length=160, help_text="normalised name where no employer row matched")
    employer_name = models.CharField(max_length=160)
    region = models.CharField(max_length=9, blank=True)
    path = PathField(help_text="county union the card goes to; the city above sees it")
    level = models.CharField(max_length=8, choices=Level.choices)
    appeals = models.PositiveIntegerField()
    people = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=16, decimal_places=2, default=0)
    trend = models.JSONField(default=list, help_text="[{day, appeals, people}] of the window")
    words = models.JSONField(default=list, help_text="gathering words found")
    signals = models.JSONField(default=dict, help_text="growth against the baseline, season, several categories")
    next_date = models.DateField(null=True, blank=True, help_text="next pay date or holiday")
    next_date_name = models.CharField(max_length=40, blank=True)
    in_charge = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actions = models.JSONField(default=list)
    cases = models.JSONField(default=list, help_text="[{appeal, words}] of an event that the watch found")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    escalated_at = models.DateTimeField(null=True, blank=True)
    escalated_to = PathField(blank=True, help_text="the union above that was told")
    false_alarm = models.BooleanField(default=False, help_text="cleared as 误报: counts against the watch")
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True, blank=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    clear_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["employer_key", "region"], condition=Q(cleared_at__isnull=True), name="one_open_mass_alert"
            )
        ]
        indexes = [models.Index(fields=["path", "level"], condition=Q(cleared_at__isnull=True), name="mass_open")]

    def __str__(self) -> str:
        return f"{self.employer_name} {self.level}"
