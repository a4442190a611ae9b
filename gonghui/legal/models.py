"""Tables of the legal cloud (法务云): who gives advice and when, the cases, and the file only the assigned one reads.

What a worker told the lawyer and the papers (`CaseFile`, `FileEntry`, `FilePaper`, the facts of `AidApplication`) stand
apart from the case, since whoever sees that a case moves must not thereby read it.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gonghui.kernel.vault import BlindIndexField, EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class Counsel(models.Model):
    """法律服务人员: a lawyer or volunteer who gives advice for a union, with fields and the most open cases at once.

    The firm's name and code are kept to tell conflicts of interest: what a colleague of the firm did binds them too.
    """

    class Kind(models.TextChoices):
        LAWYER = "lawyer", _("律师")
        VOLUNTEER = "volunteer", _("志愿者")

    account = models.OneToOneField(ACCOUNT, on_delete=models.CASCADE, related_name="counsel")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.LAWYER)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="counsels")
    firm_name = models.CharField("所在律所或单位", max_length=120, blank=True)
    firm_uscc = models.CharField(max_length=18, blank=True)
    licence_no = models.CharField("执业证号", max_length=40, blank=True)
    fields = models.JSONField(default=list, blank=True, help_text="two-digit groups of categories; empty: all")
    languages = models.JSONField(default=list, blank=True, help_text="beside Mandarin, as codes of the words table")
    gender = models.CharField(max_length=1, blank=True, help_text="F or M, for workers who wish it")
    max_open = models.PositiveSmallIntegerField(default=5)
    active = models.BooleanField(default=True)
    last_assigned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation"], condition=Q(active=True), name="counsel_organisation")]
        constraints = [models.CheckConstraint(condition=Q(max_open__gte=1), name="counsel_takes_some")]

    def __str__(self) -> str:
        return str(self.account)


class CounselShift(models.Model):
    """值班: hours of a weekday or a date in which a counsel takes new cases. `away`: not on that date at all."""

    counsel = models.ForeignKey(Counsel, on_delete=models.CASCADE, related_name="shifts")
    weekday = models.PositiveSmallIntegerField(null=True, blank=True, help_text="0 Monday … 6 Sunday")
    date = models.DateField(null=True, blank=True, help_text="goes before the weekday's")
    starts = models.TimeField(null=True, blank=True)
    ends = models.TimeField(null=True, blank=True)
    away = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["counsel", "weekday"], name="counsel_shift")]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__isnull=False, date__isnull=True) | Q(weekday__isnull=True, date__isnull=False),
                name="counsel_shift_has_one_day",
            ),
            models.CheckConstraint(
                condition=Q(away=True, date__isnull=False) | Q(away=False, starts__lt=models.F("ends")),
                name="counsel_shift_has_hours",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.counsel_id} {self.date or self.weekday}"


class Interest(models.Model):
    """利益关系: why somebody may not act against an employer. With a counsel it is theirs, without one the firm's."""

    class Kind(models.TextChoices):
        ACTS_FOR = "acts_for", _("现在代理或任职")
        ACTED_FOR = "acted_for", _("曾经代理或任职")
        OTHER_SIDE = "other_side", _("在另一案件中代理对方")
        RELATED = "related", _("有亲属或其他利害关系")

    counsel = models.ForeignKey(Counsel, null=True, blank=True, on_delete=models.CASCADE, related_name="interests")
    firm_name = models.CharField(max_length=120, blank=True)
    firm_key = models.CharField(max_length=120, blank=True, db_index=True)
    firm_uscc = models.CharField(max_length=18, blank=True, db_index=True)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    party_name = models.CharField(max_length=160)
    party_key = models.CharField(max_length=120, db_index=True)
    party_uscc = models.CharField(max_length=18, blank=True, db_index=True)
    employer = models.ForeignKey("organisations.Employer", null=True, blank=True, on_delete=models.SET_NULL)
    note = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return f"{self.kind} {self.party_name}"


class LegalCase(models.Model):
    """法律服务案件: a consultation (法律咨询) or legal aid (法律援助), for a worker against an employer.

    No words of the worker's stand here: whoever sees the matter (who dispatches, who counts) sees this row.
    `source` is the appeal's matter it began from.
    """

    class Outcome(models.TextChoices):
        AWARDED = "awarded", _("裁决或判决支持")
        SETTLED = "settled", _("和解、调解")
        LOST = "lost", _("未获支持")
        WITHDRAWN = "withdrawn", _("撤回")

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="legal_case")
    source = models.ForeignKey(
        "kernel.Matter", null=True, blank=True, on_delete=models.PROTECT, related_name="legal_cases"
    )
    appeal = models.ForeignKey("appeals.Appeal", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    consultation = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="led_to", help_text="that led to the aid"
    )
    idempotency_key = models.CharField(max_length=120, null=True, blank=True, unique=True)
    employer = models.ForeignKey("organisations.Employer", null=True, blank=True, on_delete=models.SET_NULL)
    employer_name = models.CharField(max_length=160, blank=True)
    employer_uscc = models.CharField(max_length=18, blank=True)
    by_worker = models.BooleanField(default=False, help_text="asked for in the portal, not at the desk")
    wish_gender = models.CharField(max_length=1, blank=True)
    language = models.CharField(max_length=12, blank=True)
    counsel = models.ForeignKey(Counsel, null=True, blank=True, on_delete=models.PROTECT, related_name="cases")
    overridden = models.BooleanField(default=False, help_text="another than the proposed one was chosen")
    accepted_at = models.DateTimeField(null=True, blank=True, help_text="by the present counsel; opens the file")
    passed = models.JSONField(default=list, blank=True, help_text="counsels who had it before, or refused it")
    contacted_at = models.DateTimeField(null=True, blank=True)
    first_answer_at = models.DateTimeField(null=True, blank=True)
    on_time = models.BooleanField(null=True, blank=True, help_text="first answer within its first limit")
    aid_advised = models.BooleanField(default=False, help_text="the lawyer advised to apply for legal aid")
    satisfaction = models.CharField(max_length=12, blank=True)

    aid_form = models.CharField(
        max_length=16, blank=True, help_text="援助形式 (法律援助法 22), a code of the words table"
    )
    aid_first = models.BooleanField(default=False, help_text="先行援助 (法律援助法 44): aid before the decision")
    aid_first_ground = models.CharField(max_length=24, blank=True)
    granted = models.BooleanField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    asked_for_papers = models.BooleanField(default=False, help_text="papers may be asked for once (43)")
    outcome = models.CharField(max_length=12, blank=True, choices=Outcome.choices)
    claimed = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    recovered = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["source"], name="legal_source")]
        constraints = [
            models.CheckConstraint(condition=Q(recovered__isnull=True) | Q(recovered__gte=0), name="legal_recovered")
        ]

    def __str__(self) -> str:
        return f"case {self.matter_id}"


class CaseFile(models.Model):
    """案卷: who asks and what. 🔒 Read by the worker and by the lawyer who accepted the case, by nobody else."""

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="case_file")
    name = EncryptedTextField(blank=True)
    phone = EncryptedTextField(blank=True)
    phone_index = BlindIndexField(source="phone", kind="phone")
    asked_words = EncryptedTextField()
    story = EncryptedTextField(blank=True, help_text="the appeal's words, when the worker agreed to hand them on")

    def __str__(self) -> str:
        return f"file {self.matter_id}"


class FileEntry(models.Model):
    """案卷往来: an answer with its articles, a question back, a reply, a report of progress, the closing report."""

    class Kind(models.TextChoices):
        QUESTION = "question", _("追问")
        ANSWER = "answer", _("答复")
        ASK = "ask", _("律师提问")
        REPLY = "reply", _("职工回复")
        PROGRESS = "progress", _("进展")
        REPORT = "report", _("结案报告")

    matter = models.ForeignKey("kernel.Matter", on_delete=models.PROTECT, related_name="file_entries")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = EncryptedTextField()
    articles = models.JSONField(default=list, blank=True, help_text="[{article, id, law_version}]")
    milestone = models.CharField(max_length=16, blank=True)
    from_worker = models.BooleanField(default=False)
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["matter", "at"], name="file_entry_matter")]

    def __str__(self) -> str:
        return f"{self.kind} {self.matter_id}"


class AnswerDraft(models.Model):
    """答复草稿: what the machine would answer, for the lawyer alone to check and change. 🔒 Never sent by itself.

    `record` is the knowledge state: provider, the versions of the law and of the situations, the situations with their
    status (handbook 0.1). `heard` is how many entries of the file it had read.
    """

    matter = models.ForeignKey("kernel.Matter", on_delete=models.PROTECT, related_name="answer_drafts")
    text = EncryptedTextField()
    articles = models.JSONField(default=list, help_text="citations, as the answer's form takes them")
    record = models.JSONField(default=dict)
    heard = models.PositiveSmallIntegerField(default=0)
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    answer = models.OneToOneField(
        FileEntry,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="draft",
        help_text="that was sent after it",
    )
    changed = models.BooleanField(null=True, blank=True, help_text="the lawyer sent other words")

    class Meta:
        indexes = [models.Index(fields=["matter", "-at"], name="answer_draft_newest")]

    def __str__(self) -> str:
        return f"draft {self.matter_id}"


class MeansLine(models.Model):
    """经济困难标准 that a union entered for its region: yuan a head a month, from a day on, with its paper.

    `confirmed`: whoever entered it has read that paper and answers for it. Only then it decides (法律援助法 34).
    """

    region = models.CharField(max_length=9, help_text="code without trailing noughts: 52, 5201, 520102")
    monthly = models.DecimalField(max_digits=10, decimal_places=2)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=200)
    confirmed = models.BooleanField(default=False)
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["region", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["region", "valid_from"], name="means_line_once"),
            models.CheckConstraint(condition=Q(monthly__gt=0), name="means_line_positive"),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=models.F("valid_from")), name="means_line_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.region} {self.monthly} {self.valid_from}"


class FilePaper(models.Model):
    """案卷材料: one file, stored as the appeals' are (its type is what the content says, its name is random).

    A paper handed on from the appeal names the same stored content; it is never stored twice.
    """

    matter = models.ForeignKey("kernel.Matter", on_delete=models.PROTECT, related_name="file_papers")
    attachment = models.ForeignKey(
        "appeals.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    stored_name = models.CharField(max_length=80, blank=True)
    original_name = models.CharField(max_length=120)
    mime = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    from_worker = models.BooleanField(default=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "sha256"], name="file_paper_once")]

    def __str__(self) -> str:
        return self.original_name


class DraftedPaper(models.Model):
    """代拟文书: one version of a paper that the lawyer writes for the worker. 🔒 As the file.

    A version is never changed: another text is another version. Until the worker has confirmed a version it is a draft
    and says so on every page (“草稿—请核对”).
    """

    matter = models.ForeignKey("kernel.Matter", on_delete=models.PROTECT, related_name="drafted_papers")
    document = models.CharField(max_length=40, help_text="a paper of law.documents")
    version = models.PositiveSmallIntegerField()
    text = EncryptedTextField()
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True, help_text="by the worker")
    remark = EncryptedTextField(blank=True, help_text="what the worker wants changed")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["matter", "document", "version"], name="drafted_paper_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.document} {self.version}"


class Booking(models.Model):
    """预约: who wants what when (🔒 by who arranges it and who booked), and what was arranged and done."""

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="booking")
    source = models.ForeignKey(
        "kernel.Matter",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="bookings",
        help_text="an appeal's",
    )
    organisation = models.ForeignKey(
        "organisations.Organisation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="the union it was booked for; none where a worker booked",
    )
    idempotency_key = models.CharField(max_length=120, null=True, blank=True, unique=True)
    service = models.CharField(max_length=16, help_text="a code of the words table")
    name = EncryptedTextField(blank=True)
    phone = EncryptedTextField(blank=True)
    wish = EncryptedTextField()
    wished_day = models.DateField(null=True, blank=True)
    wished_part = models.CharField(max_length=12, blank=True)
    employer = models.ForeignKey("organisations.Employer", null=True, blank=True, on_delete=models.SET_NULL)
    employer_name = models.CharField(max_length=160, blank=True)
    people = models.PositiveIntegerField(null=True, blank=True, help_text="who will come, then who came")
    by_worker = models.BooleanField(default=False)
    at = models.DateTimeField(null=True, blank=True)
    mode = models.CharField(max_length=8, blank=True)
    place = models.CharField(max_length=200, blank=True)
    host = models.CharField(max_length=60, blank=True)
    result = EncryptedTextField(blank=True)
    satisfaction = models.CharField(max_length=12, blank=True)

    class Meta:
        indexes = [models.Index(fields=["source"], name="legal_booking_source")]

    def __str__(self) -> str:
        return f"{self.service} {self.matter_id}"


class Declaration(models.Model):
    """利益冲突声明: what the lawyer answered when the case was offered to them."""

    matter = models.ForeignKey("kernel.Matter", on_delete=models.PROTECT, related_name="declarations")
    counsel = models.ForeignKey(Counsel, on_delete=models.PROTECT, related_name="declarations")
    conflict = models.BooleanField()
    reason = models.CharField(max_length=24, blank=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.counsel_id} {self.matter_id}"


class AidApplication(models.Model):
    """法律援助申请: the facts eligibility is judged by (🔒), as they stand now, and what they came to."""

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="aid_application")
    facts_json = EncryptedTextField(help_text="`eligibility.Facts` as JSON")
    asked_on = models.DateField(help_text="the rules of this day apply")
    claim_matter = models.CharField(max_length=24)
    deadline = models.DateField(null=True, blank=True, help_text="last day of the limitation or other period")

    def __str__(self) -> str:
        return f"application {self.matter_id}"


class AidDecision(models.Model):
    """援助决定: one person's part in it (the check, the decision, an objection's), with the reasons that are sent."""

    class Step(models.TextChoices):
        CHECK = "check", _("初审")
        DECIDE = "decide", _("决定")
        AID_FIRST = "aid_first", _("先行援助")
        TERMINATE = "terminate", _("终止援助")
        OBJECTION = "objection", _("异议")
        REVIEW = "review", _("异议审查")

    matter = models.ForeignKey("kernel.Matter", on_delete=models.PROTECT, related_name="aid_decisions")
    step = models.CharField(max_length=12, choices=Step.choices)
    grant = models.BooleanField(null=True)
    reasons = models.JSONField(default=list, help_text="codes of the rules that decided")
    text = EncryptedTextField(blank=True)
    notice_text = EncryptedTextField(blank=True, help_text="the notice as it was sent")
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["matter", "at"], name="aid_decision_matter")]

    def __str__(self) -> str:
        return f"{self.step} {self.matter_id}"
