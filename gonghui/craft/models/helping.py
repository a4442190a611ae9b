"""助企行 (handbook 5.11): whom a company's need was put to, the talk about it, visits, and what came of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from gonghui.craft.models.people import Craftsman
from gonghui.kernel.vault import EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class Ask(models.Model):
    """邀约: a craftsman proposed for a need, in the order of fitness; at most one is asked at a time."""

    class State(models.TextChoices):
        PROPOSED = "proposed", "推荐"
        ASKED = "asked", "已邀约"
        ACCEPTED = "accepted", "已接单"
        DECLINED = "declined", "未接"
        LAPSED = "lapsed", "逾期未答"

    matter = models.ForeignKey("kernel.Matter", on_delete=models.CASCADE, related_name="craft_asks")
    craftsman = models.ForeignKey(Craftsman, on_delete=models.PROTECT, related_name="asks")
    place = models.PositiveSmallIntegerField(help_text="1: fits best")
    score = models.DecimalField(max_digits=4, decimal_places=3)
    why = models.JSONField(default=list, blank=True, help_text="what speaks for it, in words")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    asked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    promised_at = models.DateTimeField(null=True, blank=True, help_text="保密承诺")
    decline_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["craftsman", "state"], name="ask_of_craftsman")]
        constraints = [
            models.UniqueConstraint(fields=["matter", "craftsman"], name="one_ask_a_craftsman"),
            models.UniqueConstraint(
                fields=["matter"], condition=Q(state__in=["asked", "accepted"]), name="one_craftsman_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"ask {self.matter_id} {self.craftsman_id}"


class TalkLine(models.Model):
    """往来: what the company, the craftsman and the coordinator say to one another about a need."""

    class Side(models.TextChoices):
        COMPANY = "company", "企业"
        CRAFTSMAN = "craftsman", "工匠"
        UNION = "union", "工会"

    matter = models.ForeignKey("kernel.Matter", on_delete=models.CASCADE, related_name="craft_talk")
    side = models.CharField(max_length=10, choices=Side.choices)
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    said_text = EncryptedTextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"talk {self.matter_id}"


class SiteVisit(models.Model):
    """到场: a visit on the company's site: insured, paid by whom, how much (handbook 5.11: expense and insurance)."""

    class PaidBy(models.TextChoices):
        UNION = "union", "工会承担"
        COMPANY = "company", "企业承担"
        NONE = "none", "没有费用"

    matter = models.ForeignKey("kernel.Matter", on_delete=models.CASCADE, related_name="craft_visits")
    craftsman = models.ForeignKey(Craftsman, on_delete=models.PROTECT, related_name="visits")
    day = models.DateField()
    insurance = models.CharField(max_length=120, help_text="policy or how the craftsman is insured")
    expense = models.DecimalField(max_digits=10, decimal_places=2, default=0)
    paid_by = models.CharField(max_length=8, choices=PaidBy.choices)
    trained = models.PositiveIntegerField(default=0, help_text="people of the company shown how it is done")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(expense__gte=0), name="visit_expense")]

    def __str__(self) -> str:
        return f"visit {self.matter_id} {self.day}"


class HelpResult(models.Model):
    """成果: what came of a need, with numbers before and after, and whose it is (成果清单)."""

    class Owner(models.TextChoices):
        COMPANY = "company", "归企业"
        CRAFTSMAN = "craftsman", "归工匠"
        SHARED = "shared", "双方共有"

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="help_result")
    craftsman = models.ForeignKey(Craftsman, null=True, on_delete=models.PROTECT, related_name="results")
    name = models.CharField("成果名称", max_length=80)
    metric = models.CharField("指标", max_length=60)
    before = models.CharField("以前", max_length=40)
    after = models.CharField("现在", max_length=40)
    measure = models.CharField("单位", max_length=20, blank=True)
    owner = models.CharField("知识产权", max_length=10, choices=Owner.choices)
    split = models.CharField("分配约定", max_length=200, blank=True)
    adoptable_by = models.CharField("谁可以采用", max_length=200, blank=True)
    benefit = models.DecimalField("年效益（元）", max_digits=14, decimal_places=2, default=0)
    trained = models.PositiveIntegerField("带教人数", default=0)
    open_to_all = models.BooleanField("可以公开", default=False)
    solved = models.BooleanField("回访时仍然有效", null=True, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
