"""The kernel's tables: a matter (事项), who may see it, its clocks, its trail, and what is to be sent.

The kernel knows nothing of unions: categories, regions and organisations are opaque codes and paths here.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gonghui.kernel.fields import PathField


class FlowText(models.Model):
    """办理依据: what a flow said, kept once by its digest for the matters that began with it. Never changed."""

    digest = models.CharField(max_length=64, primary_key=True, help_text="SHA-256 of the text")
    kind = models.CharField(max_length=40, help_text="flow name")
    text = models.TextField(help_text="canonical JSON")
    since = models.DateTimeField(help_text="when the first matter began with it")

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:12]}"


class Matter(models.Model):
    """事项: whatever moves through a flow, held by one organisation, with clocks and a trail.

    `version` grows with every change and guards against two people acting at once. `is_open`, `due_at` and `light`
    are kept from the flow and the clocks so that a worklist is one index scan.
    """

    kind = models.CharField(max_length=40, help_text="flow name, e.g. appeals.work_order")
    flow_digest = models.CharField(max_length=64, blank=True, help_text="`FlowText` it began with; empty: as in use")
    number = models.CharField(max_length=48, unique=True)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=40)
    state_since = models.DateTimeField()
    version = models.PositiveIntegerField(default=1)
    is_open = models.BooleanField(default=True)
    holder_path = PathField(help_text="path of the organisation that holds it now")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="assigned_matters"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="owned_matters",
        help_text="the worker's account, when there is one",
    )
    restricted = models.BooleanField(default=False, help_text="only roles named by the flow as `restricted_roles`")
    priority = models.PositiveSmallIntegerField(default=3, help_text="0 most urgent … 3")
    category = models.CharField(max_length=12, blank=True)
    region = models.CharField(max_length=9, blank=True, help_text="GB/T 2260 code of the place it is about")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True, help_text="earliest due moment of a running clock")
    warn_at = models.DateTimeField(null=True, blank=True, help_text="earliest yellow moment of a running clock")
    suspended = models.BooleanField(default=False)
    data = models.JSONField(default=dict, blank=True, help_text="small facts a flow keeps (never personal ones)")
    trail_count = models.PositiveIntegerField(default=0)
    trail_head = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "-opened_at"], name="matter_owner"),
            models.Index(fields=["assignee", "due_at"], condition=Q(is_open=True), name="matter_assignee_open"),
            models.Index(fields=["is_open", "due_at", "id"], name="matter_open_due"),
            models.Index(fields=["kind", "category", "opened_at"], name="matter_category"),
        ]

    def __str__(self) -> str:
        return self.number


class MatterScope(models.Model):
    """Who may see a matter: one row for each organisation path (the holder's, helpers', and all above them).

    Written only by `kernel.scope`. The columns after `path` repeat the matter's so that a worklist of any
    organisation, with the usual filters, is one index range however many matters there are.
    """

    matter = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="scopes")
    path = PathField()
    relation = models.CharField(max_length=12, default="lead", help_text="lead, assist, receive, overlay or watch")
    direct = models.BooleanField(default=False, help_text="the organisation itself, not one above it")
    kind = models.CharField(max_length=40)
    is_open = models.BooleanField(default=True)
    state = models.CharField(max_length=40)
    priority = models.PositiveSmallIntegerField(default=3)
    category = models.CharField(max_length=12, blank=True)
    restricted = models.BooleanField(default=False)
    due_at = models.DateTimeField(help_text="the matter's, or the end of time when it has none: NULLs sort differently")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "path"], name="scope_once")]
        indexes = [
            models.Index(fields=["path", "is_open", "due_at", "matter"], name="scope_worklist"),
            models.Index(fields=["path", "is_open", "state", "due_at", "matter"], name="scope_state"),
            models.Index(fields=["path", "is_open", "priority", "due_at", "matter"], name="scope_priority"),
            models.Index(fields=["path", "opened_at", "matter"], name="scope_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.path} → {self.matter_id}"


class MatterParticipant(models.Model):
    """参与人: somebody to whom a matter was assigned by name, beside the organisations that take part (a lawyer)."""

    matter = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="participants")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="participations")
    role = models.CharField(max_length=32)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["matter", "account", "role"], condition=Q(until__isnull=True), name="participant_once"
            )
        ]
        indexes = [models.Index(fields=["account"], condition=Q(until__isnull=True), name="participant_now")]

    def __str__(self) -> str:
        return f"{self.role} {self.account_id} → {self.matter_id}"


class Clock(models.Model):
    """时限: one limit running on a matter. A row, never a timer in memory.

    `next_at` is when the worker must look again (a warning, the due moment, a later notice); `step` is how many of
    the flow's ticks have been performed. Time used is counted from `base_at`, where `base_elapsed` seconds of
    `total_seconds` were already used: suspension and extension move that base. Seconds are working seconds for
    working-day limits and plain seconds for the others.
    """

    class Status(models.TextChoices):
        RUNNING = "running", _("计时中")
        SUSPENDED = "suspended", _("挂起")
        STOPPED = "stopped", _("已停止")

    matter = models.ForeignKey(Matter, on_delete=models.CASCADE, related_name="clocks")
    name = models.CharField(max_length=40, help_text="clock's name in the flow, e.g. sign_off")
    unit = models.CharField(max_length=16, help_text="minutes, working_days, days or months")
    amount = models.DecimalField(max_digits=8, decimal_places=2)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField()
    total_seconds = models.BigIntegerField()
    base_at = models.DateTimeField()
    base_elapsed = models.BigIntegerField(default=0)
    warn_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField(null=True)
    step = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.RUNNING)
    suspended_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    overdue = models.BooleanField(default=False, help_text="it ran past its due moment, even if stopped later")
    extended = models.PositiveSmallIntegerField(default=0)
    calendar_incomplete = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["next_at"], condition=Q(status="running", next_at__isnull=False), name="clock_next"),
            models.Index(fields=["matter", "name", "status"], name="clock_matter"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["matter", "name"], condition=~Q(status="stopped"), name="clock_one_active")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.due_at:%F %T}"


class TrailEntry(models.Model):
    """留痕: one thing somebody did. Append only; each entry's hash covers the one before it in the same stream.

    A stream is `matter:<id>`, `account:<id>`, `organisation:<path>` … so that unrelated writers never wait for
    each other; `TrailCheckpoint` ties all streams together. `before`/`after` never hold a personal field in clear.
    """

    stream = models.CharField(max_length=80)
    seq = models.PositiveIntegerField()
    matter = models.ForeignKey(Matter, null=True, on_delete=models.PROTECT, related_name="trail")
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=12)
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=80, blank=True)
    role = models.CharField(max_length=32, blank=True)
    org_path = PathField(blank=True)
    verb = models.CharField(max_length=64)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    note = models.TextField(blank=True)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="trail_order")]
        indexes = [models.Index(fields=["at"], name="trail_at"), models.Index(fields=["verb", "at"], name="trail_verb")]

    def __str__(self) -> str:
        return f"{self.stream}#{self.seq} {self.verb}"


class TrailCheckpoint(models.Model):
    """A chained fingerprint over the entries added since the last one, made by the worker.

    A whole stream that vanished, or a tail that was cut, shows here though each remaining stream is intact.
    """

    at = models.DateTimeField()
    first_entry = models.BigIntegerField()
    last_entry = models.BigIntegerField()
    entries = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.first_entry}–{self.last_entry}"


class OutboxMessage(models.Model):
    """待发件: something to be done outside this transaction, at least once: a notice, a web hook, an event, a task.

    `topic` names the registered handler (`notice.sms`, `webhook`, `event`, `task.understand` …). `key` makes it
    idempotent: a second message with the same key is not queued, and receivers get the key to drop repeats.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "待发"
        DONE = "done", "已发"
        DEAD = "dead", "失败待处理"
        CANCELLED = "cancelled", "已取消"

    topic = models.CharField(max_length=48)
    key = models.CharField(max_length=120, unique=True)
    matter = models.ForeignKey(Matter, null=True, on_delete=models.SET_NULL, related_name="messages")
    account_id = models.BigIntegerField(null=True, help_text="receiver's account, for in-app notices")
    payload = models.JSONField(default=dict, help_text="never holds a phone number in clear: handlers look it up")
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True, help_text="in-app notices: when the receiver read it")
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_at", "id"], condition=Q(status="waiting"), name="outbox_waiting"),
            models.Index(fields=["status", "created_at"], name="outbox_status"),
            models.Index(fields=["account_id", "-created_at"], name="outbox_account"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.key}"


class Counter(models.Model):
    """The last number given out in a series, e.g. `appeal:520102:20260105`."""

    series = models.CharField(max_length=80, primary_key=True)
    value = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.series}={self.value}"


class CalendarDay(models.Model):
    """工作日历: one day that a person entered or corrected; it goes before the packaged calendar (handbook 0.3)."""

    class Kind(models.TextChoices):
        WORKDAY = "workday", "工作日"
        WEEKEND = "weekend", "周末"
        HOLIDAY = "holiday", "法定节假日"
        MAKEUP = "makeup_workday", "调休上班"

    date = models.DateField(primary_key=True)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    name = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=120)

    def __str__(self) -> str:
        return f"{self.date} {self.kind}"
