"""Tables of 内容: what is written, in which version it stands published, with its pictures and papers; what is
pushed to whom."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from gonghui.kernel.fields import PathField

ACCOUNT = settings.AUTH_USER_MODEL


class Item(models.Model):
    """内容: one text as it is being written. What everybody reads is `live`, the version that was released last.

    `body` is Markdown without HTML. `audience_path`: everybody under this organisation's region reads it;
    `worker_types`: for these groups (empty: for all).
    """

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="content")
    column = models.CharField("栏目", max_length=20)
    title = models.CharField("标题", max_length=80)
    summary = models.CharField("摘要", max_length=200, blank=True)
    byline = models.CharField("作者", max_length=60, blank=True)
    origin = models.CharField("来源", max_length=120, blank=True)
    body = models.TextField("正文", blank=True)
    tags = models.JSONField("标签", default=list, blank=True)
    worker_types = models.CharField("给哪些人看", max_length=300, blank=True, help_text=",rider,courier, – empty: all")
    audience_path = PathField()
    pinned_until = models.DateField("置顶到", null=True, blank=True)
    careful = models.BooleanField("用词已核对", default=False, help_text="words to be asked about were confirmed")
    why_text = models.CharField(
        "更正说明", max_length=300, blank=True, help_text="of a correction, shown below the text"
    )
    publish_at = models.DateTimeField("定时发布", null=True, blank=True)
    live = models.OneToOneField("content.Revision", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.title

    @property
    def kept_files(self) -> models.QuerySet[ItemFile]:
        """The pictures and papers that were not taken out."""
        return self.files.filter(dropped=False)


class Revision(models.Model):
    """版本: a text as it was released, with whom it is for and its files; the ones before stay, with why they were
    corrected. What is written on the item afterwards is nobody's to read until it was reviewed and released too."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=80)
    summary = models.CharField(max_length=200, blank=True)
    byline = models.CharField(max_length=60, blank=True)
    origin = models.CharField(max_length=120, blank=True)
    body = models.TextField()
    column = models.CharField(max_length=20)
    tags = models.JSONField(default=list, blank=True)
    worker_types = models.CharField(max_length=300, blank=True)
    audience_path = PathField()
    pinned_until = models.DateField(null=True, blank=True)
    files = models.JSONField(default=list, blank=True, help_text="numbers of the pictures and papers it was read with")
    cover = models.PositiveBigIntegerField(null=True, blank=True, help_text="number of the picture")
    why_text = models.CharField(max_length=300, blank=True)
    released_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="content_revision_once")]
        indexes = [models.Index(fields=["column", "audience_path"], name="content_revision_column")]

    def __str__(self) -> str:
        return f"{self.title} ({self.number})"


class ItemFile(models.Model):
    """配图和附件. A picture needs its words for who cannot see it. `dropped`: taken out of a correction; who reads the
    published version still has it until the correction is released."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="files")
    stored_name = models.CharField(max_length=80, unique=True)
    original_name = models.CharField(max_length=120)
    mime = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    alt = models.CharField("图片说明", max_length=120, blank=True)
    cover = models.BooleanField("作封面", default=False)
    dropped = models.BooleanField(default=False)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.original_name

    @property
    def is_picture(self) -> bool:
        return self.mime.startswith("image/")


class Push(models.Model):
    """推送: a published text told to an audience, proposed by one person and approved by another, sent in batches.

    `audience_path`: workers of this organisation's region or union; `worker_types`: of these groups (empty: all);
    neither wider than what the released version is for. `reason`: why it was refused, or stopped by itself.
    `reached`: the last account that was looked at: a worker process that was killed goes on behind it.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", "待批"
        SENDING = "sending", "推送中"
        DONE = "done", "已推送"
        REFUSED = "refused", "不同意"
        STOPPED = "stopped", "已停止"

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="pushes")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+")
    text = models.CharField("推送的话", max_length=60)
    audience_path = PathField()
    worker_types = models.CharField(max_length=300, blank=True, help_text=",rider,courier, – empty: all")
    members_only = models.BooleanField("只推给会员", default=False)
    sms = models.BooleanField("同意收短信的再发短信", default=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    proposed_by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    reached = models.BigIntegerField(default=0)
    delivered = models.PositiveIntegerField(default=0)
    sent_sms = models.PositiveIntegerField(default=0)
    unwanted = models.PositiveIntegerField(default=0, help_text="left out: they do not want this column")
    full = models.PositiveIntegerField(default=0, help_text="left out: they had enough that day")
    read = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "decided_at"], name="content_push_waiting")]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], condition=Q(state__in=("proposed", "sending")), name="content_one_push_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"push {self.pk}"


class PushDelivery(models.Model):
    """One person to whom a push went: the row is the lock against a second one."""

    push = models.ForeignKey(Push, on_delete=models.CASCADE, related_name="deliveries")
    account = models.ForeignKey(ACCOUNT, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["push", "account"], name="content_push_once")]
        indexes = [models.Index(fields=["account", "day"], name="content_push_day")]

    def __str__(self) -> str:
        return f"push {self.push_id} to {self.account_id}"


class PushChoice(models.Model):
    """消息设置: the columns a person does not want pushed, and whether they agreed to SMS. No row: all, without SMS."""

    account = models.OneToOneField(ACCOUNT, on_delete=models.CASCADE, related_name="push_choice")
    unwanted = models.JSONField(default=list)
    sms = models.BooleanField(default=False)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"choice {self.account_id}"
