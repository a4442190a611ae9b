"""四季送: what was planned, from which money, and what the spot check found."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from gonghui.kernel.vault import EncryptedTextField
from gonghui.services.models import Fund

ACCOUNT = settings.AUTH_USER_MODEL


class Campaign(models.Model):
    """四季送活动: a season's gift of goods or money by one union, from one source.

    Once its budget is approved it is an `Offer` of M16 (goods) or A02 (money): as many seats as the budget buys.
    """

    class Season(models.TextChoices):
        SPRING = "spring", "春送岗位"
        SUMMER = "summer", "夏送清凉"
        AUTUMN = "autumn", "金秋助学"
        WINTER = "winter", "冬送温暖"

    class Kind(models.TextChoices):
        GOODS = "goods", "物品"
        CASH = "cash", "慰问金"

    class Route(models.TextChoices):
        BOTH = "both", "单位报名单，也可个人申领"
        UNIT = "unit", "只由单位报名单"
        CLAIM = "claim", "只由个人申领"

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="campaign")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="campaigns")
    offer = models.OneToOneField(
        "services.Offer", null=True, blank=True, on_delete=models.PROTECT, related_name="campaign"
    )
    stock = models.ForeignKey("services.Stock", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    fund = models.ForeignKey("services.Fund", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    title = models.CharField("名称", max_length=60)
    season = models.CharField("季节", max_length=6, choices=Season.choices)
    kind = models.CharField("送什么", max_length=5, choices=Kind.choices)
    item = models.CharField("物品", max_length=60, blank=True)
    source = models.CharField("资金来源", max_length=10, choices=Fund.Source.choices)
    budget = models.DecimalField("预算（元）", max_digits=12, decimal_places=2)
    each = models.DecimalField("每份（元）", max_digits=10, decimal_places=2)
    targets = models.JSONField("对象", default=list)
    route = models.CharField("申领方式", max_length=5, choices=Route.choices, default=Route.BOTH)
    place = models.CharField("发放地点", max_length=120, blank=True)
    hours = models.CharField("发放时间", max_length=120, blank=True)
    visits = models.CharField("走访路线", max_length=300, blank=True)
    closes = models.DateField("名单截止")
    promised = models.DecimalField(max_digits=12, decimal_places=2, default=0, help_text="granted out of the budget")
    blocked = models.PositiveIntegerField(default=0, help_text="double claims that were refused")
    seed = models.CharField(max_length=64, blank=True, help_text="of the spot check's draw, for anybody to draw again")
    summary_text = EncryptedTextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(budget__gte=F("promised")) & Q(each__gt=0) & Q(budget__gte=F("each")),
                name="campaign_not_overspent",
            )
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def pieces(self) -> int:
        """How many the budget buys."""
        return int(self.budget // self.each)


class SampleLook(models.Model):
    """抽查: one of those drawn, and what was found."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="looks")
    application = models.ForeignKey("services.Application", on_delete=models.CASCADE, related_name="+")
    right = models.BooleanField(null=True, blank=True)
    told_text = EncryptedTextField(blank=True)
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "application"], name="looked_at_once")]

    def __str__(self) -> str:
        return f"look {self.campaign_id} {self.application_id}"


class SheetPhoto(models.Model):
    """签领表照片: the signed sheet, kept as attachments are."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="sheets")
    sheet_no = models.CharField("签领表编号", max_length=40)
    stored_name = models.CharField(max_length=80, unique=True)
    original_name = models.CharField(max_length=120)
    mime = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.sheet_no
