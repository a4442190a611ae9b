"""民主管理与集体协商: congresses and their delegates, proposals, what a unit makes known, bargaining and agreements."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from gonghui.kernel.vault import BlindIndexField, EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL
ORGANISATION = "organisations.Organisation"


class UnitWorker(models.Model):
    """本单位职工: the unit's union has confirmed that this account works there, whether it is a member or not."""

    organisation = models.ForeignKey(ORGANISATION, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(ACCOUNT, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "account"], name="unit_worker_once")]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.account_id}"


class Congress(models.Model):
    """职代会届次: one session of a unit's congress of workers, and when proposals for it are taken."""

    organisation = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="congresses")
    name = models.CharField(_("届次"), max_length=80)
    meets = models.DateField(_("开会日期"))
    opens = models.DateField(_("征集提案从"))
    closes = models.DateField(_("征集提案到"))
    workers = models.PositiveIntegerField(_("职工人数"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="congress_once"),
            models.CheckConstraint(condition=Q(closes__gte=F("opens")), name="congress_runs_forward"),
        ]

    def __str__(self) -> str:
        return self.name


class Delegate(models.Model):
    """职工代表 of one session. The phone ties them to the account they sign in with."""

    congress = models.ForeignKey(Congress, on_delete=models.CASCADE, related_name="delegates")
    name = EncryptedTextField()
    phone = EncryptedTextField()
    phone_index = BlindIndexField(source="phone", kind="phone")
    group = models.CharField(_("代表团（组）"), max_length=60, blank=True)
    manager = models.BooleanField(_("中、高层管理人员"), default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["congress", "phone_index"], name="delegate_once")]

    def __str__(self) -> str:
        return f"delegate {self.pk}"


class Proposal(models.Model):
    """职代会提案: what lists and rounds need of an application for V01. `headline` is public to the unit."""

    class Ruling(models.TextChoices):
        FILED = "filed", _("立案")
        NOT_FILED = "not_filed", _("不立案")
        SUGGESTION = "suggestion", _("转合理化建议")
        MERGED = "merged", _("并案")

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="proposal")
    congress = models.ForeignKey(Congress, null=True, on_delete=models.PROTECT, related_name="proposals")
    delegate = models.ForeignKey(Delegate, null=True, on_delete=models.SET_NULL, related_name="proposals")
    headline = models.CharField(max_length=60)
    category = models.CharField(max_length=20)
    ownership = models.CharField(max_length=20)
    ruling = models.CharField(max_length=12, choices=Ruling.choices, blank=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="merged")
    department = models.CharField(max_length=60, blank=True)
    satisfaction = models.CharField(max_length=12, blank=True)
    redone = models.BooleanField(default=False, help_text="复办 is once")
    mark = models.DecimalField(max_digits=5, decimal_places=2, null=True, help_text="of the judges, out of 100")

    def __str__(self) -> str:
        return self.headline


class Seconding(models.Model):
    """附议: another delegate of the same session says so themselves."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="secondings")
    delegate = models.ForeignKey(Delegate, on_delete=models.CASCADE, related_name="secondings")
    agreed = models.BooleanField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "delegate"], name="seconding_once")]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.delegate_id}"


class ScoreSheet(models.Model):
    """评分: what one judge gave a proposal, by item of `data/scoring.yaml`."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="sheets")
    judge = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    marks = models.JSONField()
    total = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["proposal", "judge"], name="sheet_once")]

    def __str__(self) -> str:
        return f"sheet {self.proposal_id} {self.judge_id}"


class Round(models.Model):
    """推荐轮次: which proposals a level recommends in a year. `quota_out` is how many go up, `quota_in` how many it
    takes; `quotas` how many at most by ownership (国企、非公、事业)."""

    class State(models.TextChoices):
        OPEN = "open", _("征集中")
        PUBLICITY = "publicity", _("公示中")
        CLOSED = "closed", _("已推荐")

    organisation = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="proposal_rounds")
    year = models.PositiveSmallIntegerField()
    quota_in = models.PositiveIntegerField()
    quota_out = models.PositiveIntegerField()
    quotas = models.JSONField(default=dict, blank=True)
    opens = models.DateField()
    closes = models.DateField()
    publicity_days = models.PositiveSmallIntegerField(default=5)
    published_on = models.DateField(null=True)
    publicity_ends = models.DateField(null=True, help_text="last day, included")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year"], name="round_once"),
            models.CheckConstraint(condition=Q(quota_in__gte=F("quota_out")), name="round_narrows"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.year}"


class Nomination(models.Model):
    """推荐: a proposal in a round. It keeps its number on every level."""

    class State(models.TextChoices):
        IN = "in", _("已报送")
        CHOSEN = "chosen", _("拟推荐")
        OUT = "out", _("未入选")
        SENT = "sent", _("已推荐")

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="nominations")
    proposal = models.ForeignKey(Proposal, on_delete=models.PROTECT, related_name="nominations")
    state = models.CharField(max_length=6, choices=State.choices, default=State.IN)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "proposal"], name="nomination_once")]

    def __str__(self) -> str:
        return f"{self.round_id} {self.proposal_id}"


class NominationObjection(models.Model):
    """异议: against a proposal under public notice. With a name it must be settled before it goes up."""

    nomination = models.ForeignKey(Nomination, on_delete=models.CASCADE, related_name="objections")
    objection_text = EncryptedTextField()
    name = EncryptedTextField(blank=True)
    phone = EncryptedTextField(blank=True)
    at = models.DateTimeField()
    finding_text = EncryptedTextField(blank=True)
    upheld = models.BooleanField(null=True)

    def __str__(self) -> str:
        return f"objection {self.pk}"


class Disclosure(models.Model):
    """厂务公开: what a unit makes known to its workers."""

    organisation = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="disclosures")
    category = models.CharField(_("类别"), max_length=20)
    title = models.CharField(_("标题"), max_length=80)
    body = models.TextField(_("内容"), max_length=4000)
    published_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["organisation", "published_at"], name="disclosure_published")]

    def __str__(self) -> str:
        return self.title


class Receipt(models.Model):
    """阅读回执: who has read it, once."""

    disclosure = models.ForeignKey(Disclosure, on_delete=models.CASCADE, related_name="receipts")
    account = models.ForeignKey(ACCOUNT, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["disclosure", "account"], name="receipt_once")]

    def __str__(self) -> str:
        return f"{self.disclosure_id} {self.account_id}"


class Reply(models.Model):
    """公开答复: a question on a disclosure with its answer, as everybody of the unit reads it: without the asker."""

    disclosure = models.ForeignKey(Disclosure, on_delete=models.CASCADE, related_name="replies")
    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="public_reply")
    asked = models.CharField(max_length=300)
    said = models.TextField(max_length=2000)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"reply {self.matter_id}"


class Bargaining(models.Model):
    """集体协商 from the written offer to the end of the agreement; `platform`: talks with the head of a platform."""

    class Kind(models.TextChoices):
        GENERAL = "general", _("综合集体合同")
        WAGE = "wage", _("工资专项集体合同")
        WOMEN = "women", _("女职工权益保护专项集体合同")
        SAFETY = "safety", _("劳动安全卫生专项集体合同")
        INDUSTRY = "industry", _("行业性集体合同")
        AREA = "area", _("区域性集体合同")
        PLATFORM = "platform", _("平台协商")

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="bargaining")
    organisation = models.ForeignKey(ORGANISATION, on_delete=models.PROTECT, related_name="bargainings")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    employer = models.ForeignKey(
        "organisations.Employer", null=True, on_delete=models.PROTECT, related_name="bargainings"
    )
    party = models.CharField(_("用人单位一方"), max_length=120, help_text="employer, association or platform")
    follows = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="renewals")
    meet_on = models.DateField(null=True)
    exchanged_on = models.DateField(null=True)
    agreement = models.TextField(blank=True)
    raise_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    covered = models.PositiveIntegerField(null=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True, help_text="last day")
    vote_total = models.PositiveIntegerField(null=True)
    vote_present = models.PositiveIntegerField(null=True)
    vote_favour = models.PositiveIntegerField(null=True)
    signed_on = models.DateField(null=True)
    filed_on = models.DateField(null=True)
    filing_no = models.CharField(max_length=60, blank=True)
    effective_on = models.DateField(null=True)
    published_at = models.DateTimeField(null=True)
    ended_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(vote_total__isnull=True)
                | Q(vote_present__lte=F("vote_total"), vote_favour__lte=F("vote_present")),
                name="votes_add_up",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")), name="agreement_runs_forward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.party} {self.kind}"

    def in_force(self, day: date) -> bool:
        """Whether it binds on a day."""
        if self.effective_on is None or self.valid_from is None or self.valid_to is None:
            return False
        begun = max(self.effective_on, self.valid_from)
        return begun <= day <= self.valid_to and (self.ended_on is None or day <= self.ended_on)


class Topic(models.Model):
    """协商议题: what workers ask for, what the other side says, the figures, and what was agreed. Without a
    bargaining it waits in the union's pool. `matter` is the worker's own application."""

    organisation = models.ForeignKey(ORGANISATION, on_delete=models.CASCADE, related_name="+")
    bargaining = models.ForeignKey(Bargaining, null=True, on_delete=models.CASCADE, related_name="topics")
    matter = models.OneToOneField("kernel.Matter", null=True, on_delete=models.PROTECT, related_name="topic")
    subject = models.CharField(max_length=20)
    party = models.CharField(max_length=120, blank=True, help_text="a platform's name")
    workers_say = models.TextField(max_length=1000)
    employer_says = models.TextField(max_length=1000, blank=True)
    figures = models.TextField(max_length=1000, blank=True, help_text="profit, CPI, wage line")
    agreed = models.TextField(max_length=1000, blank=True)

    def __str__(self) -> str:
        return f"topic {self.pk}"


class Representative(models.Model):
    """协商代表 of one side; the first is the chief. `outside`: a professional who does not work there."""

    class Side(models.TextChoices):
        WORKERS = "workers", _("职工一方")
        EMPLOYER = "employer", _("用人单位一方")

    bargaining = models.ForeignKey(Bargaining, on_delete=models.CASCADE, related_name="representatives")
    side = models.CharField(max_length=8, choices=Side.choices)
    name = EncryptedTextField()
    chief = models.BooleanField(default=False)
    outside = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.bargaining_id} {self.side}"


class Session(models.Model):
    """协商会议: one round with its minutes."""

    bargaining = models.ForeignKey(Bargaining, on_delete=models.CASCADE, related_name="sessions")
    number = models.PositiveSmallIntegerField()
    held_on = models.DateField()
    place = models.CharField(max_length=80)
    minutes = models.TextField(max_length=4000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["bargaining", "number"], name="session_once")]

    def __str__(self) -> str:
        return f"{self.bargaining_id} {self.number}"


class Fulfilment(models.Model):
    """履行检查 of an agreement, every half year."""

    bargaining = models.ForeignKey(Bargaining, on_delete=models.CASCADE, related_name="checks")
    on = models.DateField()
    kept = models.CharField(max_length=10)
    found = models.TextField(max_length=1000)

    def __str__(self) -> str:
        return f"{self.bargaining_id} {self.on}"


class DriverCover(models.Model):
    """货车司机保险: until when the cover runs that a union helped to pay, so that its driver can be reminded."""

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    ends = models.DateField()
    reminded_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["ends"], condition=Q(reminded_at__isnull=True), name="cover_to_remind")]

    def __str__(self) -> str:
        return f"cover {self.matter_id}"
