"""书屋与社团: a union's books and who has them, texts to read here, clubs and their members."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

ACCOUNT = settings.AUTH_USER_MODEL


class Book(models.Model):
    """藏书: a title of a union's library. `out` copies are lent or kept for somebody; never more than there are."""

    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="books")
    isbn = models.CharField("ISBN", max_length=13)
    title = models.CharField(max_length=120)
    author = models.CharField(max_length=120, blank=True)
    copies = models.PositiveIntegerField()
    out = models.PositiveIntegerField(default=0)
    shelf = models.CharField(max_length=80, blank=True, help_text="where it stands and is fetched")

    class Meta:
        indexes = [models.Index(fields=["title"], name="book_title")]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "isbn"], name="one_book_an_isbn"),
            models.CheckConstraint(condition=Q(copies__gte=F("out")), name="book_not_overlent"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def free(self) -> int:
        return self.copies - self.out


class Loan(models.Model):
    """借阅: one copy for one application, or a place in the queue for it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("排队中")
        KEPT = "kept", _("留着等您取")
        LENT = "lent", _("已借出")
        BACK = "back", _("已归还")
        DROPPED = "dropped", _("没有取")

    application = models.OneToOneField("services.Application", on_delete=models.PROTECT, related_name="loan")
    book = models.ForeignKey(Book, on_delete=models.PROTECT, related_name="loans")
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    due_on = models.DateField(null=True, blank=True)
    renewed = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["book", "state", "at"], name="loan_queue")]

    def __str__(self) -> str:
        return f"loan {self.pk}"


class EText(models.Model):
    """电子书: a text that may stand here: the union's own, or one that is in the public domain (著作权法 23)."""

    class Rights(models.TextChoices):
        OWN = "own", _("本单位作品")
        PUBLIC = "public", _("已进入公有领域")

    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="etexts")
    title = models.CharField(max_length=120)
    author = models.CharField(max_length=120)
    rights = models.CharField(max_length=8, choices=Rights.choices)
    source = models.CharField(max_length=200, help_text="why it may stand here")
    body = models.TextField()
    added_by = models.ForeignKey(ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+")
    added_at = models.DateTimeField()
    withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "title"], name="one_etext_a_title")]

    def __str__(self) -> str:
        return self.title


class Club(models.Model):
    """社团: since its application (W03) was approved; looked at again every year."""

    class State(models.TextChoices):
        ACTIVE = "active", _("活动中")
        DISSOLVED = "dissolved", _("已注销")

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="club")
    account = models.ForeignKey(
        ACCOUNT, null=True, on_delete=models.SET_NULL, related_name="+", help_text="who leads it"
    )
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="clubs")
    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=12)
    purpose = models.CharField(max_length=300)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ACTIVE)
    checked_on = models.DateField(null=True, blank=True, help_text="the last yearly check that was passed")
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "name"], condition=Q(state="active"), name="one_club_a_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class ClubMember(models.Model):
    """社团成员: from joining (W04) until leaving."""

    club = models.ForeignKey(Club, on_delete=models.CASCADE, related_name="members")
    application = models.OneToOneField("services.Application", on_delete=models.PROTECT, related_name="club_member")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"member of {self.club_id}"
