"""会籍: who is a member of which union since when, what changed, and the state of the electronic card."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from gonghui.kernel.fields import PathField
from gonghui.kernel.vault import BlindIndexField, EncryptedTextField

ACCOUNT = settings.AUTH_USER_MODEL


class Membership(models.Model):
    """会籍: one person's membership (handbook 5.1). A transfer moves it to another union; the years stay.

    A person is the blind index of the identity number: nobody has two current memberships in the whole country.
    """

    class State(models.TextChoices):
        ACTIVE = "active", _("在籍")
        DORMANT = "dormant", _("保留会籍")
        RETIRED = "retired", _("退休会员")
        WITHDRAWN = "withdrawn", _("已退会")
        EXPELLED = "expelled", _("开除会籍")
        DECEASED = "deceased", _("去世")

    class Card(models.TextChoices):
        ACTIVE = "active", _("正常")
        LOST = "lost", _("已挂失")
        FROZEN = "frozen", _("已冻结")

    class Skill(models.TextChoices):
        NONE = "none", _("没有等级")
        JUNIOR = "junior", _("初级工")
        MIDDLE = "middle", _("中级工")
        SENIOR = "senior", _("高级工")
        TECHNICIAN = "technician", _("技师")
        SENIOR_TECHNICIAN = "senior_technician", _("高级技师")

    class DuesWay(models.TextChoices):
        WAGES = "wages", _("从工资里扣")
        COUNTER = "counter", _("自己缴")

    CURRENT = ("active", "dormant", "retired")

    account = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="memberships")
    name = EncryptedTextField()
    id_no = EncryptedTextField()
    person_index = BlindIndexField(source="id_no", kind="id_no")
    phone = EncryptedTextField(blank=True)
    phone_index = BlindIndexField(source="phone", kind="phone")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="members")
    path = PathField(help_text="the union's, for who may see it")
    unit = models.CharField(max_length=120, blank=True, help_text="employer or platform")
    # What the member need not tell, and may change or delete: filled into forms, read by who keeps the dues.
    post = models.CharField(max_length=60, blank=True)
    skill = models.CharField(max_length=20, choices=Skill.choices, blank=True)
    dues_way = models.CharField(max_length=8, choices=DuesWay.choices, blank=True)
    number = models.CharField("会员号", max_length=20, unique=True)
    since = models.DateField(help_text="rights begin; carried along by a transfer")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    card = models.CharField(max_length=8, choices=Card.choices, default=Card.ACTIVE)

    class Meta:
        indexes = [
            models.Index(fields=["path", "state"], name="membership_union"),
            models.Index(fields=["phone_index"], condition=~Q(phone_index=""), name="membership_phone"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person_index"],
                condition=Q(state__in=("active", "dormant", "retired")),
                name="one_membership_a_person",
            ),
            models.UniqueConstraint(
                fields=["account"],
                condition=Q(state__in=("active", "dormant", "retired")),
                name="one_membership_an_account",
            ),
            models.CheckConstraint(condition=~Q(person_index=""), name="membership_has_a_person"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def current(self) -> bool:
        return self.state in self.CURRENT


class MembershipChange(models.Model):
    """会籍变动: joined, moved, left, card lost. The record by which years and receipts are told."""

    class Kind(models.TextChoices):
        JOINED = "joined", _("入会")
        IMPORTED = "imported", _("批量登记")
        CLAIMED = "claimed", _("本人认领")
        MOVED = "moved", _("转会")
        STATE = "state", _("会籍状态")
        CARD = "card", _("会员证")
        PHOTO = "photo", _("证件照")
        PHONE = "phone", _("手机号")

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    at = models.DateTimeField()
    from_path = PathField(blank=True)
    to_path = PathField(blank=True)
    value = models.CharField(max_length=10, blank=True, help_text="the state of membership or card it went to")
    reason = models.CharField(max_length=200, blank=True)
    matter = models.ForeignKey("kernel.Matter", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["membership", "at"], name="membership_change")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class MembershipProposal(models.Model):
    """待确认的变更: what one person would change of a membership and another must confirm. The new phone is kept no
    longer than it waits."""

    class Kind(models.TextChoices):
        PHONE = "phone", _("更正手机号")
        STATE = "state", _("终止会籍")
        RESTORE = "restore", _("恢复会籍")

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("等待确认")
        CONFIRMED = "confirmed", _("已确认")
        REFUSED = "refused", _("没有同意")
        TAKEN_BACK = "taken_back", _("已撤回")
        LAPSED = "lapsed", _("已失效")

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="proposals")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=10, blank=True, help_text="the state it would go to")
    phone = EncryptedTextField(blank=True)
    reason = models.CharField(max_length=200)
    at = models.DateTimeField()
    by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership"], condition=Q(outcome="waiting"), name="one_proposal_waits_a_member"
            ),
            models.CheckConstraint(condition=Q(outcome="waiting") | Q(phone=""), name="proposed_phone_only_waits"),
        ]

    def __str__(self) -> str:
        return f"proposal {self.membership_id} {self.outcome}"


class CardPhoto(models.Model):
    """证件照: what a verifier sees beside the name initial, once the union has looked at it.

    `portrait`: a JPEG in base64, 🔒 and without metadata. It goes as soon as it is not shown any more; that there was
    one, who looked and why it was refused stays.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("等待审核")
        ACCEPTED = "accepted", _("使用中")
        REFUSED = "refused", _("没有通过")
        REPLACED = "replaced", _("已换新")
        REMOVED = "removed", _("已删除")

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="photos")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    portrait = EncryptedTextField(blank=True)
    consented_at = models.DateTimeField(help_text="that whoever verifies the card may see it")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(ACCOUNT, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    refusal = models.CharField(max_length=200, blank=True, help_text="why, as the member reads it")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership"], condition=Q(state="pending"), name="one_photo_waits_a_member"
            ),
            models.UniqueConstraint(
                fields=["membership"], condition=Q(state="accepted"), name="one_photo_shown_a_member"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("pending", "accepted")) | Q(portrait=""), name="photo_kept_while_in_use"
            ),
        ]

    def __str__(self) -> str:
        return f"photo {self.membership_id} {self.state}"


class CardCode(models.Model):
    """口报码: eight digits a member may read out for a short while, where a camera cannot scan. One a member."""

    membership = models.OneToOneField(Membership, on_delete=models.CASCADE, related_name="spoken_code")
    card_code = EncryptedTextField()
    code_hash = models.CharField(max_length=64, unique=True)
    until = models.DateTimeField()

    def __str__(self) -> str:
        return f"code {self.membership_id}"
