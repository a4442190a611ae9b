"""诉求: what a worker said, with its channel. Never deleted, never merged away (handbook 0.2, 1.2)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gonghui.kernel.fields import PathField
from gonghui.kernel.vault import BlindIndexField, EncryptedTextField

# The secret of a case is eight letters from 30 that nobody confuses when read aloud or copied by hand.
CODE_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTVWXY"
CODE_LENGTH = 8


class Appeal(models.Model):
    """诉求. Fields of handbook 1.2; 🔒 fields are encrypted at rest. Human decisions live on the work order.

    `query_code_index` finds an appeal by its query code; the encrypted copy is for notices to the worker only.
    `external_id` is unique within its source so that a pushed appeal arrives once; `idempotency_key` does the same
    for a form sent twice.
    """

    number = models.CharField(max_length=40, unique=True, help_text="12351-<区划6>-<yyyymmdd>-<5位>")
    query_code = EncryptedTextField(blank=True)
    query_code_index = BlindIndexField(source="query_code", kind="code")
    channel = models.CharField(max_length=12)
    source = models.CharField(max_length=40, blank=True, help_text="the platform that pushed it")
    external_id = models.CharField(max_length=120, blank=True)
    idempotency_key = models.CharField(max_length=120, null=True, blank=True, unique=True)
    content_hash = models.CharField(max_length=64, help_text="SHA-256 of the normalised text, for exact repeats")
    received_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True, blank=True, help_text="postmark, or when an imported text was written")
    received_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="received_appeals"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="appeals"
    )

    anonymous = models.BooleanField(default=False)
    disclose_ok = models.BooleanField(default=False, help_text="同意向单位披露身份")
    reporter_name = EncryptedTextField(blank=True)
    phone = EncryptedTextField(blank=True)
    phone_index = BlindIndexField(source="phone", kind="phone")
    backup_contact = EncryptedTextField(blank=True)
    id_no = EncryptedTextField(blank=True)
    id_no_index = BlindIndexField(source="id_no", kind="id_no")
    gender = models.CharField(max_length=1, blank=True)
    birth_year = models.PositiveSmallIntegerField(null=True, blank=True)
    household = models.CharField(max_length=8, blank=True)
    is_member = models.BooleanField(null=True, blank=True)
    member_no = models.CharField(max_length=40, blank=True)
    union_name = models.CharField(max_length=120, blank=True)
    worker_type = models.CharField(max_length=20, blank=True)
    people_count = models.PositiveIntegerField(default=1)

    employer_name = models.CharField(max_length=160, blank=True)
    employer = models.ForeignKey(
        "organisations.Employer", null=True, blank=True, on_delete=models.SET_NULL, related_name="appeals"
    )
    employer_has_union = models.CharField(max_length=8, default="unknown")
    work_region = models.CharField(max_length=9, blank=True, help_text="GB/T 2260 code of the work place")
    work_address = models.CharField(max_length=200, blank=True)
    home_region = models.CharField(max_length=9, blank=True)
    employed_from = models.DateField(null=True, blank=True)
    employed_to = models.DateField(null=True, blank=True)
    still_employed = models.BooleanField(null=True, blank=True)
    contract_signed = models.CharField(max_length=8, blank=True)
    social_insured = models.CharField(max_length=8, blank=True)
    avg_wage = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)

    category = models.CharField(max_length=4, blank=True, help_text="what the worker chose, if anything")
    nature = models.CharField(max_length=12, blank=True)
    title = models.CharField(max_length=80)
    description = EncryptedTextField(help_text="at most 4,000 characters after normalising")
    demand = EncryptedTextField(blank=True)
    demand_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    incident_date = models.DateField(null=True, blank=True)
    tried = models.JSONField(default=list, blank=True)
    alarms = models.JSONField(default=list, blank=True, help_text="alarm words found at the door")
    consent = models.BooleanField(default=False)
    consent_version = models.CharField(max_length=20, blank=True)
    call = models.JSONField(default=dict, blank=True, help_text="phone channel: call id, seconds, recording address")
    archive_until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~Q(external_id=""), name="appeal_external_once"
            ),
            models.CheckConstraint(condition=Q(people_count__gte=1), name="appeal_people_positive"),
            models.CheckConstraint(
                condition=Q(anonymous=False) | Q(phone_index="", id_no_index=""), name="appeal_anonymous_is_anonymous"
            ),
        ]
        indexes = [
            models.Index(fields=["query_code_index"], name="appeal_code"),
            models.Index(fields=["phone_index", "received_at"], condition=~Q(phone_index=""), name="appeal_phone"),
            models.Index(fields=["id_no_index"], condition=~Q(id_no_index=""), name="appeal_id_no"),
            models.Index(fields=["employer", "received_at"], name="appeal_employer"),
            models.Index(fields=["content_hash"], name="appeal_content"),
            models.Index(fields=["received_at"], name="appeal_received"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def has_contact(self) -> bool:
        return bool(self.phone_index or self.owner_id)


class AppealEmployer(models.Model):
    """One party on the employer's side (用人单位、派遣单位、总包 …); an appeal may name several."""

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="parties")
    role = models.CharField(max_length=20, default="employer")
    name = models.CharField(max_length=160)
    uscc = models.CharField(max_length=18, blank=True)
    employer = models.ForeignKey("organisations.Employer", null=True, blank=True, on_delete=models.SET_NULL)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["appeal", "role", "name"], name="appeal_party_once")]

    def __str__(self) -> str:
        return self.name


class NamedWorker(models.Model):
    """联名: one worker of a joint appeal, with an own amount. Up to five may be representatives (信访工作条例 20)."""

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="named_workers")
    name = EncryptedTextField()
    phone = EncryptedTextField(blank=True)
    phone_index = BlindIndexField(source="phone", kind="phone")
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    evidence = models.CharField(max_length=200, blank=True)
    representative = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.appeal_id}/{self.pk}"


class Attachment(models.Model):
    """材料: one file. The stored name is random; type and size are what the content says, not what the sender said."""

    class Scan(models.TextChoices):
        CLEAN = "clean", "已查毒"
        UNSCANNED = "unscanned", "未查毒"

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="attachments")
    matter = models.ForeignKey("kernel.Matter", null=True, on_delete=models.SET_NULL, related_name="attachments")
    stored_name = models.CharField(max_length=80, unique=True)
    original_name = models.CharField(max_length=120)
    mime = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    evidence_type = models.CharField(max_length=20, default="other")
    scan = models.CharField(max_length=12, choices=Scan.choices, default=Scan.UNSCANNED)
    by_kind = models.CharField(max_length=12)
    by_account = models.BigIntegerField(null=True)
    added_at = models.DateTimeField()
    for_worker = models.BooleanField(default=True, help_text="the worker may open it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["appeal", "sha256"], name="attachment_once")]

    def __str__(self) -> str:
        return self.original_name


class CaseVector(models.Model):
    """文本向量: an appeal's meaning in 384 bytes, by which similar cases are found. Another version is another row."""

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="vectors")
    version = models.CharField(max_length=20)
    vector = models.BinaryField(max_length=384)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["appeal", "version"], name="vector_once")]

    def __str__(self) -> str:
        return f"{self.appeal_id} {self.version}"


class PaperReading(models.Model):
    """读图结果: what the brain read on a photo or PDF, once a version. Personal: encrypted, and read by the platform
    alone after the right to open the file itself was checked.
    """

    class State(models.TextChoices):
        READ = "read", _("已读出")
        UNREADABLE = "unreadable", _("没有读出")

    attachment = models.ForeignKey(Attachment, on_delete=models.CASCADE, related_name="readings")
    version = models.CharField(max_length=40)
    at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices)
    kind = models.CharField(max_length=16, blank=True, help_text="wage_slip, contract … as `brain.papers` names them")
    result = EncryptedTextField(blank=True, help_text="`brain.papers.Paper` as JSON, or what to do")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attachment", "version"], name="paper_read_once")]

    def __str__(self) -> str:
        return f"{self.attachment_id} {self.kind or self.state}"


class Message(models.Model):
    """往来: a question, an answer, added material, a request for speed-up, a remark between worker and staff."""

    class Kind(models.TextChoices):
        QUESTION = "question", "提问"
        ANSWER = "answer", "回答"
        MATERIAL = "material", "补充材料"
        SPEED_UP = "speed_up", "请求加快"
        DISPUTE = "dispute", "对结果有异议"
        REPEAT = "repeat", "追诉"
        REPLY = "reply", "答复"
        NOTE = "note", "内部备注"

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="conversation")
    matter = models.ForeignKey("kernel.Matter", on_delete=models.CASCADE, related_name="conversation")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    text = EncryptedTextField(blank=True)
    from_worker = models.BooleanField(default=False)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    org_path = PathField(blank=True)
    at = models.DateTimeField()
    answers = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="answered_by")
    internal = models.BooleanField(default=False, help_text="staff only")

    class Meta:
        indexes = [models.Index(fields=["matter", "at"], name="message_matter")]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%F %T}"


class AppealLink(models.Model):
    """关联: two appeals that belong together. A machine proposes, a person confirms; nothing is merged away."""

    class Kind(models.TextChoices):
        DUPLICATE = "duplicate", "重复"
        REPEAT = "repeat", "结案后重复"
        JOINT = "joint", "联名 / 同一事由"
        MERGED = "merged", "并入"

    from_appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="links")
    to_appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="linked_from")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    score = models.FloatField(null=True, help_text="text similarity 0..1, when that was the reason")
    reason = models.CharField(max_length=200, blank=True)
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, blank=True)
    rejected = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["from_appeal", "to_appeal", "kind"], name="appeal_link_once"),
            models.CheckConstraint(condition=~Q(from_appeal=models.F("to_appeal")), name="appeal_link_not_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.from_appeal_id} {self.kind} {self.to_appeal_id}"


class NearIndex(models.Model):
    """Band keys of a text's fingerprint: appeals that share a key are candidates for near duplicates."""

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="near_keys")
    band = models.CharField(max_length=40)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["band", "appeal"], name="near_once")]
        indexes = [models.Index(fields=["band", "at"], name="near_band")]

    def __str__(self) -> str:
        return self.band


class AppealDraft(models.Model):
    """草稿: an intake somebody has not sent yet. The token is the only key; the row goes away after `expires_at`."""

    token = models.CharField(max_length=64, unique=True)
    content = EncryptedTextField(blank=True, help_text="the answers so far, as JSON")
    step = models.CharField(max_length=24, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="appeal_drafts"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    appeal = models.ForeignKey(Appeal, null=True, blank=True, on_delete=models.CASCADE, related_name="drafts")

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="draft_expiry")]

    def __str__(self) -> str:
        return f"draft {self.pk}"
