"""工单: what an organisation does about an appeal (handbook 1.5, 1.13), and everything written down on the way."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from gonghui.appeals.models.appeal import Appeal
from gonghui.kernel.fields import PathField
from gonghui.kernel.vault import EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class WorkOrder(models.Model):
    """工单: a task made from an appeal for one organisation. State, clocks and trail are on its matter.

    An appeal has exactly one lead order (主办) and any number of assisting ones (协办), each with its own matter.
    Category and urgency as decided are the matter's `category` and `priority`.
    """

    class Role(models.TextChoices):
        LEAD = "lead", "主办"
        ASSIST = "assist", "协办"

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="work_order")
    appeal = models.ForeignKey(Appeal, on_delete=models.PROTECT, related_name="orders")
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.LEAD)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="assists")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    organisation_path = PathField(blank=True, help_text="whom it was dispatched to")
    dispatched_by_path = PathField(blank=True)
    tried_paths = models.JSONField(default=list, blank=True, help_text="organisations that had it before")
    type = models.CharField(max_length=12, blank=True)
    nature = models.CharField(max_length=12, blank=True)
    difficulty = models.CharField(max_length=12, default="ordinary")
    sla_profile = models.CharField(max_length=40, default="default")
    is_petition = models.BooleanField(default=False, help_text="信访事项: the clocks of handbook 1.11 run too")
    supervised = models.BooleanField(default=False, help_text="督办")
    ai_answered = models.BooleanField(default=False)

    routing_rule = models.CharField(max_length=32, blank=True, help_text="the rule of 1.7 that fired")
    routing_reason = models.CharField(max_length=300, blank=True)
    routing_overridden = models.BooleanField(default=False)
    override_reason = models.CharField(max_length=300, blank=True)
    tags = models.JSONField(default=list, blank=True)

    triaged_at = models.DateTimeField(null=True, blank=True)
    dispatched_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    auto_accepted = models.BooleanField(default=False)
    first_contact_at = models.DateTimeField(null=True, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    callback_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    result_due_at = models.DateTimeField(null=True, blank=True)
    on_time = models.BooleanField(null=True, blank=True, help_text="按期办结: submitted before the result clock ended")

    return_count = models.PositiveSmallIntegerField(default=0)
    reopen_count = models.PositiveSmallIntegerField(default=0)
    callback_round = models.PositiveSmallIntegerField(
        default=0, help_text="grows with every new handling: each result is asked back by itself"
    )

    findings = EncryptedTextField(blank=True)
    result_text = EncryptedTextField(blank=True, help_text="what the worker reads")
    result_code = models.CharField(max_length=24, blank=True)
    result_note = models.CharField(max_length=300, blank=True, help_text="money or other result, in words")
    money_recovered = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    legal_basis = models.JSONField(default=list, blank=True, help_text="article ids with the law data's version")
    union_actions = models.JSONField(default=list, blank=True)
    documents_attached = models.BooleanField(default=False)

    sampled = models.BooleanField(null=True, blank=True, help_text="null: not decided yet")
    sample_reason = models.CharField(max_length=24, blank=True)
    resolution = models.CharField(max_length=12, blank=True, help_text="Q2 of the counting callback")
    satisfaction = models.CharField(max_length=12, blank=True, help_text="Q3; empty: 未评价")
    attitude = models.CharField(max_length=12, blank=True)
    contacted_answer = models.BooleanField(null=True, blank=True)
    quality_score = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appeal"], condition=Q(role="lead"), name="one_lead_order"),
            models.CheckConstraint(condition=Q(role="lead") | Q(parent__isnull=False), name="assist_has_parent"),
            models.CheckConstraint(
                condition=Q(money_recovered__isnull=True) | Q(money_recovered__gte=0), name="money_not_negative"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation_path"], name="order_organisation"),
            models.Index(fields=["dispatched_at"], name="order_dispatched"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.matter_id}"


class ContactLog(models.Model):
    """联系记录: when, how, who, gist; at least one before submission (handbook 1.13)."""

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="contacts")
    at = models.DateTimeField()
    way = models.CharField(max_length=12)
    reached = models.BooleanField()
    gist = EncryptedTextField(blank=True)
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["order", "at"], name="contact_order")]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.way}"


class ReturnRecord(models.Model):
    """退单: the receiver said "not ours", with a reason and a suggestion."""

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="returns")
    at = models.DateTimeField()
    from_path = PathField()
    to_path = PathField()
    reason = models.CharField(max_length=20)
    note = models.CharField(max_length=500, blank=True)
    suggested_path = PathField(blank=True)
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"{self.order_id} {self.reason}"


class ExtensionRequest(models.Model):
    """延期: asked by the handler, decided by another person; once, before the limit passed, at most half of it."""

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="extensions")
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=500)
    old_due = models.DateTimeField()
    new_due = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    approved = models.BooleanField(null=True, blank=True)
    decision_note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(approved__isnull=True), name="one_open_extension_request"
            ),
            models.CheckConstraint(condition=Q(new_due__gt=models.F("old_due")), name="extension_is_later"),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} → {self.new_due:%F}"


class Suspension(models.Model):
    """挂起: time stopped for one of the listed reasons; its own timer, reviewed every ten days."""

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="suspensions")
    reason = models.CharField(max_length=20)
    note = models.CharField(max_length=500, blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    approved = models.BooleanField(null=True, blank=True)
    decided_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    reviews = models.PositiveSmallIntegerField(default=0)
    reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(approved__isnull=True), name="one_open_suspension_request"
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(started_at__isnull=False, ended_at__isnull=True),
                name="one_running_suspension",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_id} {self.reason}"


class MajorReport(models.Model):
    """重大紧急情况报告: who was told of a P0 matter, by whom, when and how (信访工作条例 25)."""

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="reports")
    at = models.DateTimeField()
    receiver = models.CharField(max_length=24)
    way = models.CharField(max_length=12)
    person = models.CharField(max_length=80, help_text="who took it: name and post")
    gist = models.CharField(max_length=1000)
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["order", "at"], name="report_order")]

    def __str__(self) -> str:
        return f"{self.receiver} {self.order_id}"


class SupervisionLetter(models.Model):
    """催办 / 督办: a reminder (soft) or a supervision (formal), by a person or by a clock."""

    class Kind(models.TextChoices):
        REMINDER = "reminder", "催办"
        SUPERVISION = "supervision", "督办"
        NOTICE_HIGHER = "notice_higher", "通知上级工会"
        NOTICE_LEADER = "notice_leader", "通知领导"

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    at = models.DateTimeField()
    from_path = PathField(blank=True)
    to_path = PathField()
    text = models.CharField(max_length=500)
    clock = models.CharField(max_length=40, blank=True, help_text="the clock that caused it; empty: a person did")
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes = [models.Index(fields=["order", "at"], name="letter_order")]

    def __str__(self) -> str:
        return f"{self.kind} {self.order_id}"


class CallbackAttempt(models.Model):
    """回访: one attempt to ask the worker, with the answers Q1–Q5 when reached (handbook 1.8)."""

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="callbacks")
    round = models.PositiveSmallIntegerField(default=0, help_text="reopenings before it")
    at = models.DateTimeField()
    day = models.DateField(help_text="Asia/Shanghai day: three failed attempts must be on different days")
    way = models.CharField(max_length=12)
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by_worker = models.BooleanField(default=False)
    reached = models.BooleanField()
    contacted = models.BooleanField(null=True, blank=True, help_text="Q1 是否联系您")
    resolution = models.CharField(max_length=12, blank=True, help_text="Q2")
    satisfaction = models.CharField(max_length=12, blank=True, help_text="Q3")
    attitude = models.CharField(max_length=12, blank=True, help_text="Q4")
    opinion = EncryptedTextField(blank=True, help_text="Q5")
    reasonable = models.BooleanField(null=True, blank=True, help_text="诉求合理, as the callback agent judges")

    class Meta:
        indexes = [models.Index(fields=["order", "at"], name="callback_order")]

    def __str__(self) -> str:
        return f"{self.order_id} {self.at:%F}"


class QualityCheck(models.Model):
    """质检: the score card's points by item, veto items, and the verdict."""

    order = models.ForeignKey(WorkOrder, on_delete=models.CASCADE, related_name="quality_checks")
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    scores = models.JSONField(default=dict)
    vetoes = models.JSONField(default=list)
    total = models.PositiveSmallIntegerField()
    passed = models.BooleanField()
    note = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return f"{self.order_id} {self.total}"
