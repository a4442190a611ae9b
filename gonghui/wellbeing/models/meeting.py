"""交友联谊: profiles that go when their owner goes, whom they chose, what was reported."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gonghui.kernel.vault import EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class Profile(models.Model):
    """联谊资料. 🔒 Only a mutual choice is told the real name; with the unit it says who is never shown to whom."""

    application = models.OneToOneField("services.Application", on_delete=models.CASCADE, related_name="meeting")
    account = models.OneToOneField(ACCOUNT, on_delete=models.CASCADE, related_name="meeting_profile")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    nick = models.CharField(max_length=20)
    gender = models.CharField(max_length=1)
    birth_year = models.PositiveSmallIntegerField()
    real_name = EncryptedTextField()
    phone = EncryptedTextField()
    unit_name = EncryptedTextField(blank=True)
    about_me = EncryptedTextField()
    looking_for = EncryptedTextField(blank=True)
    never_shown = EncryptedTextField(blank=True, help_text="people and units, one a line: neither sees the other")
    verified_at = models.DateTimeField(null=True, blank=True)
    suspended = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"profile {self.pk}"


class MeetingChoice(models.Model):
    """互选: whom somebody would like to meet again after an event. It is told only when mutual, to both."""

    offer = models.ForeignKey("services.Offer", on_delete=models.CASCADE, related_name="meeting_choices")
    by = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="choices")
    chosen = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="chosen_by")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "by", "chosen"], name="chosen_once"),
            models.CheckConstraint(condition=~Q(by=F("chosen")), name="not_oneself"),
        ]

    def __str__(self) -> str:
        return f"choice {self.pk}"


class MeetingFeedback(models.Model):
    """反馈 after an event: how it was, whether one felt respected, in words what to do better. The organiser reads it
    without names; it goes with the profile."""

    offer = models.ForeignKey("services.Offer", on_delete=models.CASCADE, related_name="meeting_feedback")
    by = models.ForeignKey(Profile, on_delete=models.CASCADE, related_name="feedback")
    stars = models.PositiveSmallIntegerField()
    respected = models.BooleanField()
    again = models.BooleanField(help_text="would come again")
    feedback_text = EncryptedTextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "by"], name="one_feedback_an_event"),
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="feedback_stars_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"feedback {self.pk}"


class AbuseReport(models.Model):
    """举报: harassment, a false profile, somebody married. The union looks at it; the other learns no name."""

    class State(models.TextChoices):
        OPEN = "open", _("待处理")
        UPHELD = "upheld", _("属实，已停用")
        DISMISSED = "dismissed", _("不属实")

    about = models.ForeignKey(Profile, null=True, on_delete=models.SET_NULL, related_name="reports")
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    reported_text = EncryptedTextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    settled_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"report {self.pk}"
