"""Tables of the supervision letters (工会劳动法律监督提示函、意见书、建议书; handbook 3.2).

A letter is a matter of the flow `resolution.letter`, held by the union that issues it. What it says is encrypted: it
must name no worker, but may tell of one.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gonghui.kernel.vault import EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class Committee(models.Model):
    """劳动法律监督委员会 of a union: without one it issues no letter. `code` is the × of ×工监提〔2026〕1号."""

    organisation = models.OneToOneField(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="supervision_committee"
    )
    code = models.CharField("文号代字", max_length=8)
    since = models.DateField()
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return str(self.organisation)


class Member(models.Model):
    """监督委员会成员: who may sign (工会主席、副主席) and who inquires (监督员, with the certificate they show)."""

    class Post(models.TextChoices):
        CHAIR = "chair", _("工会主席")
        VICE_CHAIR = "vice_chair", _("工会副主席")
        SUPERVISOR = "supervisor", _("劳动法律监督员")

    committee = models.ForeignKey(Committee, on_delete=models.CASCADE, related_name="members")
    account = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=40)
    post = models.CharField(max_length=12, choices=Post.choices)
    certificate_no = models.CharField("监督员证号", max_length=40, blank=True)
    valid_until = models.DateField(null=True, blank=True, help_text="last day of the certificate")
    active = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["committee"], condition=Q(active=True), name="member_committee")]
        constraints = [
            models.UniqueConstraint(
                fields=["committee", "certificate_no"], condition=~Q(certificate_no=""), name="certificate_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Letter(models.Model):
    """监督文书. Texts hold a point a line. `source` is the appeal's matter, `previous` the letter this one follows.

    `delivered_on`, `replied_on` are days as on the papers; `in_time` says whether the answer kept the limit.
    """

    class Kind(models.TextChoices):
        REMINDER = "reminder", _("提示函")
        OPINION = "opinion", _("意见书")
        RECOMMENDATION = "recommendation", _("建议书")

    class Unit(models.TextChoices):
        DAYS = "days", _("日")
        WORKING_DAYS = "working_days", _("个工作日")

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="letter")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    committee = models.ForeignKey(Committee, on_delete=models.PROTECT, related_name="letters")
    source = models.ForeignKey("kernel.Matter", null=True, blank=True, on_delete=models.PROTECT, related_name="letters")
    previous = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="following")
    idempotency_key = models.CharField(max_length=120, null=True, blank=True, unique=True)

    employer = models.ForeignKey("organisations.Employer", null=True, blank=True, on_delete=models.SET_NULL)
    employer_name = models.CharField(max_length=160, blank=True)
    employer_uscc = models.CharField(max_length=18, blank=True)
    employer_address = models.CharField(max_length=200, blank=True)
    addressee = models.CharField(max_length=120, blank=True, help_text="the authority a recommendation goes to")
    clues = models.JSONField(default=list, help_text="numbers of appeals; never who complained")
    scope = models.JSONField(default=list, help_text="codes of the matters that may be supervised")
    elsewhere = models.BooleanField(default=False, help_text="an authority, arbitration or court has accepted it")
    people = models.PositiveIntegerField(null=True, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    findings = EncryptedTextField(blank=True)
    breaches = models.TextField(blank=True)
    asks = EncryptedTextField(blank=True)
    attachments = EncryptedTextField(blank=True)
    rectify_by = models.DateField(null=True, blank=True)
    reply_days = models.PositiveSmallIntegerField()
    reply_unit = models.CharField(max_length=12, choices=Unit.choices)
    contact = models.CharField(max_length=60, blank=True)
    phone = models.CharField(max_length=30, blank=True)

    number = models.CharField("文号", max_length=60, blank=True)
    signed_on = models.DateField(null=True, blank=True)
    signer = models.CharField(max_length=60, blank=True)
    delivered_on = models.DateField(null=True, blank=True)
    reply_due = models.DateTimeField(null=True, blank=True)
    replied_on = models.DateField(null=True, blank=True)
    in_time = models.BooleanField(null=True, blank=True)
    stance = models.CharField(max_length=16, blank=True)
    corrected = models.CharField(max_length=8, blank=True)
    recovered = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    ground = models.CharField(max_length=16, blank=True, help_text="why it was escalated or not accepted")
    onward = models.CharField(max_length=16, blank=True, help_text="where a recommendation in vain was taken")
    explanation = EncryptedTextField(blank=True, help_text="of the closing or the escalation")
    notice_text = EncryptedTextField(blank=True, help_text="the written notice that it is not accepted")

    class Meta:
        indexes = [
            models.Index(fields=["source"], name="letter_source"),
            models.Index(fields=["signed_on"], name="letter_signed"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["committee", "number"], condition=~Q(number=""), name="letter_number_once"),
            models.CheckConstraint(condition=Q(reply_days__gte=1), name="letter_reply_days"),
        ]

    def __str__(self) -> str:
        return self.number or self.matter.number


class Service(models.Model):
    """送达: one try to serve a letter, and what its receipt (送达回证) says. `servers`: [{name, certificate}]."""

    matter = models.ForeignKey("kernel.Matter", on_delete=models.PROTECT, related_name="services")
    method = models.CharField(max_length=12)
    sent_on = models.DateField()
    tracking = models.CharField(max_length=120, blank=True, help_text="number of the parcel or address of the message")
    servers = models.JSONField(default=list)
    delivered_on = models.DateField(null=True, blank=True)
    received_by = models.CharField(max_length=60, blank=True)
    received_as = models.CharField(max_length=60, blank=True, help_text="post, or why they received for another")
    note = models.CharField(max_length=500, blank=True)
    failed = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.method} {self.matter_id}"


class Reply(models.Model):
    """答复: what the employer or the authority answered, as the union recorded it.

    `online`: the employer wrote it under the letter's link; `answered_by`, `answered_as`: who there and in what post.
    """

    matter = models.ForeignKey("kernel.Matter", on_delete=models.PROTECT, related_name="letter_replies")
    day = models.DateField()
    stance = models.CharField(max_length=16)
    text = EncryptedTextField()
    online = models.BooleanField(default=False)
    answered_by = models.CharField(max_length=40, blank=True)
    answered_as = models.CharField(max_length=40, blank=True)
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.stance} {self.matter_id}"


class ReplyLink(models.Model):
    """在线答复链接: lets whoever was given it answer this one letter once, until it runs out. The address is signed and
    not stored; `nonce` makes it unlike that of any other link. A newer link ends the older ones of the letter."""

    matter = models.ForeignKey("kernel.Matter", on_delete=models.PROTECT, related_name="reply_links")
    nonce = models.CharField(max_length=32)
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["matter"],
                condition=Q(withdrawn_at__isnull=True, used_at__isnull=True),
                name="reply_link_one_open",
            )
        ]

    def __str__(self) -> str:
        return f"link {self.pk} {self.matter_id}"


class Inquiry(models.Model):
    """调查 before a letter, 整改核实 after it: by two supervisors or more who showed their certificates (浙江 20).

    `supervisors`: [{name, certificate}] as they stood that day. `refused`: the employer did not let them; recorded.
    """

    class Purpose(models.TextChoices):
        INVESTIGATE = "investigate", _("调查")
        VERIFY = "verify", _("整改核实")

    matter = models.ForeignKey("kernel.Matter", on_delete=models.PROTECT, related_name="inquiries")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    day = models.DateField()
    supervisors = models.JSONField()
    ways = models.JSONField(default=list)
    refused = models.BooleanField(default=False)
    text = EncryptedTextField()
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.purpose} {self.matter_id}"


class LetterPaper(models.Model):
    """文书材料: an uploaded receipt, answer or piece of evidence, stored as the appeals' files are."""

    class Kind(models.TextChoices):
        RECEIPT = "receipt", _("送达回证")
        REPLY = "reply", _("答复")
        EVIDENCE = "evidence", _("调查、核实材料")

    matter = models.ForeignKey("kernel.Matter", on_delete=models.PROTECT, related_name="letter_papers")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    stored_name = models.CharField(max_length=80)
    original_name = models.CharField(max_length=120)
    mime = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["matter", "kind", "sha256"], name="letter_paper_once")]

    def __str__(self) -> str:
        return self.original_name
