"""Tables of the knowledge: what editors changed over the packaged situations and parameters, and answers as given."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from gonghui.kernel.vault import EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class KnowledgeChange(models.Model):
    """知识修改: a new text of a situation, or a row of a parameter for a region, by one person and approved by another.

    What holds on a day follows from the rows alone (`standing`): of each code the approved one with the latest first
    day that has come. `base` is the fingerprint of what stood when the editor began, so that nobody overwrites what a
    colleague published meanwhile. An empty `content` gives back what the package says; only a roll-back has one.
    """

    class Kind(models.TextChoices):
        SITUATION = "situation", "权益情形"
        PARAMETER = "parameter", "参数"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        PROPOSED = "proposed", "待批准"
        REFUSED = "refused", "已退回"
        APPROVED = "approved", "已批准"
        ROLLED_BACK = "rolled_back", "已撤回"

    kind = models.CharField(max_length=10, choices=Kind.choices)
    code = models.CharField(max_length=80, help_text="R01; key@region of a parameter: min_wage_month@52")
    region = models.CharField(max_length=9, blank=True, help_text="of a parameter; CN for the country")
    content = models.TextField(blank=True, help_text="YAML, as the packaged file has it")
    base = models.CharField(max_length=64, help_text="fingerprint of what stood when it was begun")
    reason = models.CharField("修改理由", max_length=500)
    source = models.CharField("依据", max_length=300)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    proposer = models.ForeignKey(ACCOUNT, on_delete=models.PROTECT, related_name="knowledge_proposed")
    created_at = models.DateTimeField()
    proposed_at = models.DateTimeField(null=True, blank=True)
    decider = models.ForeignKey(
        ACCOUNT, null=True, blank=True, on_delete=models.PROTECT, related_name="knowledge_decided"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    refusal = models.CharField("退回理由", max_length=500, blank=True)
    valid_from = models.DateField("生效日期", null=True, blank=True)
    restores = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="undone_by", help_text="it rolls back"
    )
    cited = models.JSONField(default=dict, blank=True, help_text="articles it cites, with the fingerprint of each text")

    class Meta:
        indexes = [
            models.Index(fields=["kind", "code"], name="knowledge_code"),
            models.Index(fields=["state", "valid_from"], name="knowledge_standing"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(valid_from__isnull=False, decided_at__isnull=False),
                name="knowledge_approved_has_day",
            ),
            # A roll-back gives back a text that two people stood for already.
            models.CheckConstraint(
                condition=~Q(state__in=("approved", "rolled_back"))
                | Q(restores__isnull=False)
                | (Q(decider__isnull=False) & ~Q(decider=F("proposer"))),
                name="knowledge_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.get_state_display()}"


class KeptAnswer(models.Model):
    """留存的解答: what was asked and the whole answer as it was told, with the state of the knowledge it stood on.

    It belongs to a matter, or to the worker who kept it. The words are stored masked, everything encrypted.
    """

    class Way(models.TextChoices):
        DESK = "desk", "工作人员"
        WORKER = "worker", "职工"
        API = "api", "其他系统"

    matter = models.ForeignKey(
        "kernel.Matter", null=True, blank=True, on_delete=models.PROTECT, related_name="kept_answers"
    )
    owner = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.CASCADE, related_name="kept_answers")
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    way = models.CharField(max_length=8, choices=Way.choices)
    at = models.DateTimeField()
    asked_json = EncryptedTextField(help_text="words (masked), facts, situations chosen, what the worker cannot tell")
    answer_json = EncryptedTextField(help_text="the plan, and its blocks in both languages")
    digest = models.CharField(max_length=64, help_text="of both, so that the same answer is kept once")
    version = models.CharField(max_length=60, help_text="law, situations, parameters")
    changes = models.JSONField(default=list, blank=True, help_text="published changes that held")

    class Meta:
        indexes = [models.Index(fields=["matter", "at"], name="kept_answer_matter")]
        constraints = [
            models.CheckConstraint(
                condition=Q(matter__isnull=False, owner__isnull=True) | Q(matter__isnull=True, owner__isnull=False),
                name="kept_answer_has_place",
            ),
            models.UniqueConstraint(fields=["matter", "digest"], name="kept_answer_once"),
            models.UniqueConstraint(fields=["owner", "digest"], name="kept_answer_once_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.pk} {self.version}"
