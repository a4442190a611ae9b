"""心理服务: who counsels and when, the cases, their sessions, and the notes only their writer reads."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gonghui.kernel.vault import EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class Counsellor(models.Model):
    """心理咨询师: an account with the counsellor's duty, with the topics it takes and how many at once."""

    account = models.OneToOneField(ACCOUNT, on_delete=models.CASCADE, related_name="counsellor")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    gender = models.CharField(max_length=1, blank=True, help_text="F or M, for workers who wish it")
    topics = models.JSONField(default=list, blank=True, help_text="codes of the form's topics; empty: all")
    max_open = models.PositiveSmallIntegerField(default=12)
    active = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["organisation"], condition=Q(active=True), name="counsellor_organisation")]
        constraints = [models.CheckConstraint(condition=Q(max_open__gte=1), name="counsellor_takes_some")]

    def __str__(self) -> str:
        return str(self.account)


class CounsellorShift(models.Model):
    """值班: hours of a weekday in which a counsellor is called at once when a life is at stake."""

    counsellor = models.ForeignKey(Counsellor, on_delete=models.CASCADE, related_name="shifts")
    weekday = models.PositiveSmallIntegerField(help_text="0 Monday … 6 Sunday")
    starts = models.TimeField()
    ends = models.TimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(weekday__lte=6, starts__lt=F("ends")), name="counsellor_shift_in_order"),
            models.UniqueConstraint(fields=["counsellor", "weekday", "starts"], name="one_counsellor_shift_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.counsellor_id} {self.weekday} {self.starts:%H:%M}"


class Counselling(models.Model):
    """心理服务个案. What the worker wrote stays in their application; here is only what the queue is ordered by.

    The matter has no scope rows: no organisation sees it, only counsellors who take part by name
    (`MatterParticipant`). `answers_json` is empty unless the worker chose to hand their answers over.
    """

    class Risk(models.TextChoices):
        UNKNOWN = "", _("还没有判断")
        LOW = "low", _("一般")
        MEDIUM = "medium", _("要多关心")
        HIGH = "high", _("高")
        CRISIS = "crisis", _("危机")

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="counselling")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    topic = models.CharField(max_length=12)
    way = models.CharField(max_length=8)
    risk = models.CharField(max_length=8, choices=Risk.choices, blank=True)
    alarms = models.JSONField(default=list, blank=True, help_text="why it came as P0: kinds of alarm, `scale`, `read`")
    counsellor = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    answers_json = EncryptedTextField(blank=True)
    responded_at = models.DateTimeField(null=True, blank=True, help_text="somebody was reached in a crisis")
    how = models.CharField(max_length=8, blank=True, help_text="at the follow-up: better, same, worse")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "at"], name="counselling_figures")]

    def __str__(self) -> str:
        return f"counselling {self.matter_id}"


class Session(models.Model):
    """咨询: an agreed time with a counsellor. Nobody has two at once: their row is locked while it is set."""

    class State(models.TextChoices):
        AGREED = "agreed", _("已约好")
        HELD = "held", _("已进行")
        MISSED = "missed", _("没有来")
        CANCELLED = "cancelled", _("已取消")

    case = models.ForeignKey(Counselling, on_delete=models.CASCADE, related_name="sessions")
    counsellor = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="+")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    way = models.CharField(max_length=8)
    place = models.CharField(max_length=200, blank=True)
    meeting_text = EncryptedTextField(blank=True, help_text="address of the video meeting, until the session is over")
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="who booked was told to open their page")
    state = models.CharField(max_length=9, choices=State.choices, default=State.AGREED)

    class Meta:
        indexes = [models.Index(fields=["counsellor", "starts"], name="session_counsellor")]
        constraints = [models.CheckConstraint(condition=Q(ends__gt=F("starts")), name="session_runs_forward")]

    def __str__(self) -> str:
        return f"session {self.case_id} {self.starts:%F %H:%M}"


class SessionNote(models.Model):
    """咨询记录. 🔒 Read by who wrote it and by nobody else, whoever takes the case over."""

    class Kind(models.TextChoices):
        CRISIS = "crisis", _("危机处置")
        SESSION = "session", _("咨询")
        FOLLOW = "follow", _("随访")

    case = models.ForeignKey(Counselling, on_delete=models.CASCADE, related_name="notes")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    noted_text = EncryptedTextField()
    by = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.kind} {self.case_id}"


class HotlineCall(models.Model):
    """匿名热线: a call without name or number. The note is read by who wrote it; the rest is counted."""

    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    topic = models.CharField(max_length=12)
    risk = models.CharField(max_length=8, choices=Counselling.Risk.choices)
    minutes = models.PositiveSmallIntegerField()
    did = models.JSONField(default=list, blank=True)
    noted_text = EncryptedTextField(blank=True)
    by = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["organisation", "at"], name="hotline_call_figures")]

    def __str__(self) -> str:
        return f"call {self.pk}"
