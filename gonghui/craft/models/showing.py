"""视频 on the page of a model worker, and 评审专家 who score nominations and contests on accounts of their own."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from gonghui.craft.models.people import Craftsman, NominationScore
from gonghui.kernel.vault import EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class CraftsmanVideo(models.Model):
    """视频: a file of our own or a link to an approved site, never without the words that are spoken in it."""

    craftsman = models.ForeignKey(Craftsman, on_delete=models.CASCADE, related_name="videos")
    title = models.CharField("名称", max_length=80)
    stored_name = models.CharField(max_length=80, blank=True)
    mime = models.CharField(max_length=20, blank=True)
    link = models.URLField("链接", blank=True)
    captions = models.TextField(blank=True, help_text="字幕, WebVTT")
    transcript = models.TextField("文字稿", max_length=10000)
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=(Q(stored_name="") & ~Q(link="")) | (~Q(stored_name="") & Q(link="")),
                name="video_is_a_file_or_a_link",
            ),
            models.CheckConstraint(condition=~Q(transcript=""), name="video_has_its_words"),
        ]

    def __str__(self) -> str:
        return self.title


class Expert(models.Model):
    """评审专家 of a union: an account with the duty `expert`, its unit (to keep away from) and its fields."""

    account = models.OneToOneField(ACCOUNT, on_delete=models.PROTECT, related_name="expert")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    unit = models.CharField("单位", max_length=120)
    trades = models.JSONField("专业", default=list, blank=True, help_text="codes of data/trades.yaml")
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"expert {self.account_id}"


class HandedOut(models.Model):
    """评分任务: something to score handed to one expert, who scores it or declares an interest and stays away."""

    class State(models.TextChoices):
        ASSIGNED = "assigned", "待评分"
        SCORED = "scored", "已评分"
        RECUSED = "recused", "已回避"

    state = models.CharField(max_length=8, choices=State.choices, default=State.ASSIGNED)
    conflict_text = EncryptedTextField(blank=True, help_text="why the expert stays away")
    assigned_by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    assigned_at = models.DateTimeField()
    declared_at = models.DateTimeField(null=True, blank=True, help_text="when it was handed in or declined")

    class Meta:
        abstract = True


class ExpertSheet(HandedOut):
    """评分任务 of a nomination (评选推荐)."""

    matter = models.ForeignKey("kernel.Matter", on_delete=models.CASCADE, related_name="expert_sheets")
    expert = models.ForeignKey(Expert, on_delete=models.PROTECT, related_name="sheets")
    score = models.OneToOneField(
        NominationScore, null=True, blank=True, on_delete=models.SET_NULL, related_name="sheet"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "expert"], name="one_task_an_expert")]

    def __str__(self) -> str:
        return f"task {self.pk}"
