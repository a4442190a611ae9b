"""就业服务: postings of employers, who looks for work, who applied where, employers that may not post, reports."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from gonghui.kernel.vault import EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL
# A month of full-time work has so many paid hours (21.75 days of eight): pay by the hour is compared by it.
MONTH_HOURS = 174


class Posting(models.Model):
    """岗位: what an employer offers. Its matter is the application for J01; `open` mirrors the state 招聘中.

    The account that posted it is the only one that sees who applied: another colleague of the same employer posts for
    themselves. So nobody reaches applicants by knowing an employer's code.
    """

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="posting")
    account = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    employer = models.CharField("用人单位", max_length=120)
    uscc = models.CharField("统一社会信用代码", max_length=18, db_index=True)
    region = models.ForeignKey("organisations.Region", on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=200)
    title = models.CharField("岗位", max_length=40)
    trade = models.CharField(max_length=16, help_text="code of data/trades.yaml")
    number = models.PositiveIntegerField("人数")
    hired = models.PositiveIntegerField(default=0)
    pay_by = models.CharField(max_length=5, help_text="month or hour")
    pay_min = models.DecimalField(max_digits=9, decimal_places=2)
    pay_max = models.DecimalField(max_digits=9, decimal_places=2)
    insured = models.BooleanField("缴社会保险")
    form = models.CharField(max_length=12, help_text="kind of employment: code of the service's form")
    shift = models.CharField(max_length=12)
    hours = models.CharField("工作时间", max_length=80)
    board = models.CharField(max_length=10, blank=True, help_text="meals, room or both")
    certificates = models.CharField("要求的证书", max_length=120, blank=True)
    text = models.TextField("岗位说明", max_length=800)
    campaign = models.CharField(max_length=16, blank=True, help_text="code of data/campaigns.yaml: 春风行动 …")
    closes = models.DateField("截止")
    hr_name = EncryptedTextField(blank=True)
    hr_phone = EncryptedTextField(blank=True)
    checks = models.JSONField(default=list, blank=True, help_text="what the checks found: code and words seen")
    vector = models.BinaryField(default=b"", help_text="of title and text, for the search")
    open = models.BooleanField(default=False)
    published_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    handed_in_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["open", "region"], name="posting_open_region")]
        constraints = [
            models.CheckConstraint(condition=Q(pay_max__gte=F("pay_min")), name="posting_pay_in_order"),
            models.CheckConstraint(condition=Q(number__gte=1), name="posting_for_somebody"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def month_min(self) -> Decimal:
        return self.pay_min * MONTH_HOURS if self.pay_by == "hour" else self.pay_min

    @property
    def month_max(self) -> Decimal:
        return self.pay_max * MONTH_HOURS if self.pay_by == "hour" else self.pay_max


class PostingBand(models.Model):
    """Keys by which postings of nearly the same text are found (`brain.similar.bands`)."""

    posting = models.ForeignKey(Posting, on_delete=models.CASCADE, related_name="bands")
    key = models.CharField(max_length=19, db_index=True)

    def __str__(self) -> str:
        return self.key


class BlockedEmployer(models.Model):
    """拖欠工资失信单位 and others whose postings are not taken: by whose list, since when, until when."""

    uscc = models.CharField("统一社会信用代码", max_length=18, db_index=True)
    employer = models.CharField("单位名称", max_length=120)
    source = models.CharField("来源", max_length=200)
    listed_on = models.DateField("列入日期")
    removed_on = models.DateField("移出日期", null=True, blank=True)
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["uscc", "source", "listed_on"], name="blocked_once")]

    def __str__(self) -> str:
        return self.employer


class Seeker(models.Model):
    """求职登记: what somebody looks for and can. One for several applications; kept until they found work.

    Name and phone go to an employer only by the worker's own step (`reveal`), the groups to none at all.
    """

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="seeker")
    account = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    region = models.ForeignKey("organisations.Region", on_delete=models.PROTECT, related_name="+")
    post = models.CharField("想做的工作", max_length=60)
    trades = models.JSONField(default=list)
    commute = models.CharField(max_length=10, help_text="county, city, province, anywhere")
    pay_least = models.DecimalField(max_digits=9, decimal_places=2)
    pay_most = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    starts = models.DateField()
    no_shifts = models.JSONField(default=list, help_text="shifts this person cannot work")
    insured_only = models.BooleanField(default=False)
    skills = models.JSONField(default=list, help_text="certificates: kind and level, by their codes")
    skills_told = EncryptedTextField(blank=True)
    seeker_name = EncryptedTextField(blank=True)
    seeker_phone = EncryptedTextField(blank=True)
    groups = models.JSONField(default=list, help_text="coarse groups that figures count; never shown to employers")
    reveal = models.CharField(max_length=8, help_text="apply: with the application, invite: with the invitation")
    findable = models.BooleanField(default=False, help_text="employers may find this person, without name")
    active = models.BooleanField(default=True)
    vector = models.BinaryField(default=b"")

    class Meta:
        indexes = [models.Index(fields=["active", "findable", "region"], name="seeker_findable")]

    def __str__(self) -> str:
        return f"seeker {self.pk}"


class JobApplication(models.Model):
    """投递: somebody's application for a posting, until ninety days at work (flow `jobs.application`)."""

    class Answer(models.TextChoices):
        WORKS = "works", "还在干"
        LEFT = "left", "已离开"
        UNKNOWN = "unknown", "没联系上"

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="job_application")
    posting = models.ForeignKey(Posting, on_delete=models.PROTECT, related_name="applications")
    seeker = models.ForeignKey(Seeker, on_delete=models.PROTECT, related_name="applications")
    account = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    opening_words = EncryptedTextField(blank=True)
    revealed = models.BooleanField(default=False, help_text="whether the employer reads name and phone")
    groups = models.JSONField(default=list, help_text="as they were told when applying; for figures")
    invited = models.BooleanField(default=False, help_text="the employer had asked this person to apply")
    fair = models.ForeignKey(
        "services.Offer",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="met at this fair",
    )
    interview_at = models.DateTimeField(null=True, blank=True)
    interview_place = models.CharField(max_length=200, blank=True)
    starts_on = models.DateField(null=True, blank=True)
    told_text = EncryptedTextField(blank=True, help_text="what the employer wrote to the worker")
    why = models.CharField(max_length=16, blank=True, help_text="code: why not hired, or why left")
    hired_at = models.DateTimeField(null=True, blank=True)
    arrived_on = models.DateField(null=True, blank=True)
    day30 = models.CharField(max_length=8, blank=True, choices=Answer.choices)
    day90 = models.CharField(max_length=8, blank=True, choices=Answer.choices)
    tap_code = EncryptedTextField(blank=True, help_text="opens the page of one question, in a message")
    tap_hash = models.CharField(max_length=64, blank=True, db_index=True)
    tap_until = models.DateTimeField(null=True, blank=True, help_text="the link is good until then")
    live = models.BooleanField(default=True, help_text="False once it came to nothing: then one may apply again")
    applied_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["posting", "account"], condition=Q(live=True), name="one_application_a_job")
        ]

    def __str__(self) -> str:
        return f"job application {self.matter_id}"


class Invitation(models.Model):
    """邀请投递: an employer asked somebody it found without name to apply. It learns who that is only if they do."""

    posting = models.ForeignKey(Posting, on_delete=models.CASCADE, related_name="invitations")
    seeker = models.ForeignKey(Seeker, on_delete=models.CASCADE, related_name="invitations")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["posting", "seeker"], name="one_invitation_a_job")]

    def __str__(self) -> str:
        return f"invitation {self.posting_id} {self.seeker_id}"


class PostingReport(models.Model):
    """举报岗位: somebody says that a posting is false or against the law. One a person and posting."""

    posting = models.ForeignKey(Posting, on_delete=models.CASCADE, related_name="reports")
    account = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=16, help_text="code of data/reports.yaml")
    report_text = EncryptedTextField(blank=True)
    at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    upheld = models.BooleanField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["posting", "account"], condition=Q(settled_at__isnull=True), name="one_report_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"report {self.posting_id}"


class Booth(models.Model):
    """展位: a posting shown at a job fair (an offer of J02). One place an employer, however many postings it brings."""

    fair = models.ForeignKey("services.Offer", on_delete=models.CASCADE, related_name="booths")
    posting = models.ForeignKey(Posting, on_delete=models.CASCADE, related_name="booths")
    account = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    place = models.CharField("展位号", max_length=20, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fair", "posting"], name="one_booth_a_posting")]

    def __str__(self) -> str:
        return f"booth {self.fair_id} {self.posting_id}"
