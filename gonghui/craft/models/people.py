"""The library of model workers and craftsmen (劳模工匠库): people, honours, achievements, and how they were chosen."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from gonghui.kernel.vault import BlindIndexField, EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class Craftsman(models.Model):
    """劳模工匠: one person of the library; with hours a month also an entry of the 技术清单 (handbook 5.11).

    Shown to everybody only while `consented_at` is set. `survey_json` (🔒) holds what the survey of those honoured by a
    province or above asked: life, work, health, wishes (5.10).
    """

    class Area(models.TextChoices):
        COUNTY = "county", "本区县"
        CITY = "city", "本市"
        PROVINCE = "province", "本省"
        NATIONAL = "national", "全国"

    class State(models.TextChoices):
        LISTED = "listed", "在库"
        PAUSED = "paused", "暂停接单"
        GONE = "gone", "已出库"

    account = models.OneToOneField(
        ACCOUNT,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="craftsman",
        help_text="who answers asks",
    )
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="craftsmen")
    region = models.ForeignKey("organisations.Region", on_delete=models.PROTECT, related_name="+")
    name = EncryptedTextField("姓名")
    id_no = EncryptedTextField("身份证号", blank=True)
    person_index = BlindIndexField(source="id_no", kind="id_no")
    phone = EncryptedTextField("手机号", blank=True)
    unit = models.CharField("单位", max_length=120)
    trade = models.CharField("工种", max_length=60)
    tags = models.JSONField("专业", default=list, blank=True, help_text="codes of data/trades.yaml")
    skill_level = models.CharField("技能等级", max_length=20, blank=True, help_text="code of data/levels.yaml")
    years = models.PositiveSmallIntegerField("从业年数", null=True, blank=True)
    technology = models.TextField("会什么、能解决什么", blank=True, max_length=1000)
    patents = models.CharField("专利", max_length=500, blank=True)
    workshop = models.CharField("工作室", max_length=120, blank=True)
    hours_month = models.PositiveSmallIntegerField(
        "每月可用小时", default=0, help_text="0: not in the list of technology"
    )
    area = models.CharField("服务范围", max_length=8, choices=Area.choices, default=Area.CITY)
    signs = models.BooleanField("愿签保密承诺", default=True)
    story = models.TextField("事迹", blank=True, max_length=4000)
    quote = models.CharField("本人的话", max_length=200, blank=True)
    photo = models.ForeignKey(
        "services.FormFile", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", help_text="of the form"
    )
    consented_at = models.DateTimeField(null=True, blank=True, help_text="to be shown with a page of one's own")
    survey_json = EncryptedTextField(default="{}", blank=True)
    surveyed_on = models.DateField(null=True, blank=True)
    state = models.CharField("状态", max_length=8, choices=State.choices, default=State.LISTED)
    listed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["region", "state"], name="craftsman_region")]
        constraints = [
            models.UniqueConstraint(
                fields=["person_index"], condition=~Q(person_index=""), name="one_craftsman_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"craftsman {self.pk}"

    @property
    def shown(self) -> bool:
        """Whether everybody may read this person's page."""
        return self.consented_at is not None and self.state != self.State.GONE


class Honour(models.Model):
    """荣誉: what somebody was honoured with. Cancelled ones stay in the register and leave the page (5.10)."""

    craftsman = models.ForeignKey(Craftsman, on_delete=models.CASCADE, related_name="honours")
    kind = models.CharField(max_length=24, help_text="code of data/honours.yaml")
    year = models.PositiveSmallIntegerField()
    matter = models.OneToOneField(
        "kernel.Matter", null=True, blank=True, on_delete=models.PROTECT, related_name="honour", help_text="评选"
    )
    cancelled_on = models.DateField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["craftsman", "kind", "year"], name="one_honour_a_year"),
            models.CheckConstraint(
                condition=Q(cancelled_on__isnull=True) | ~Q(cancel_reason=""), name="honour_cancelled_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}"


class Achievement(models.Model):
    """成绩: one number that changed (handbook 5.17): 质量 80 % → 100 %, with its evidence."""

    craftsman = models.ForeignKey(Craftsman, on_delete=models.CASCADE, related_name="achievements")
    metric = models.CharField("指标", max_length=60)
    before = models.CharField("以前", max_length=40)
    after = models.CharField("现在", max_length=40)
    measure = models.CharField("单位", max_length=20, blank=True)
    evidence = models.CharField("凭据", max_length=200, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["craftsman", "metric"], name="one_achievement_a_metric")]

    def __str__(self) -> str:
        return f"{self.metric}: {self.before} → {self.after}"


class NominationScore(models.Model):
    """专家评分: one judge's sheet for a nomination. `points` by the dimension's name, as text of a decimal."""

    matter = models.ForeignKey("kernel.Matter", on_delete=models.CASCADE, related_name="nomination_scores")
    judge = models.CharField(max_length=30)
    judge_unit = models.CharField(max_length=120)
    points = models.JSONField()
    total = models.DecimalField(max_digits=6, decimal_places=2)
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "judge", "judge_unit"], name="one_sheet_a_judge")]

    def __str__(self) -> str:
        return f"score {self.matter_id}"


class NoticeDeeds(models.Model):
    """公示内容: what the public notice of a nomination tells besides the name: the post, the deeds, whom to call."""

    notice = models.OneToOneField("services.PublicNotice", on_delete=models.CASCADE, related_name="deeds")
    honour = models.CharField(max_length=24)
    gender = models.CharField(max_length=8, blank=True)
    post = models.CharField(max_length=60)
    deeds = models.TextField(max_length=2000)
    contact = models.CharField(max_length=80, blank=True, help_text="of the union that publishes")

    def __str__(self) -> str:
        return f"deeds {self.notice_id}"
