"""Tables of 建会: the preparation of a union, who signed to be a member, and the terms of its committees."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from gonghui.kernel.vault import BlindIndexField, EncryptedTextField


class Founding(models.Model):
    """筹建: what the application came to. `token` opens the page where colleagues sign; empty: not open."""

    matter = models.OneToOneField("kernel.Matter", on_delete=models.PROTECT, related_name="founding")
    petition_text = EncryptedTextField(blank=True)
    token = models.CharField(max_length=43, blank=True, db_index=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    held_on = models.DateField("选举日期", null=True, blank=True)
    entitled = models.PositiveIntegerField(default=0)
    present = models.PositiveIntegerField(default=0)
    votes = models.PositiveIntegerField(default=0)
    chair_name = EncryptedTextField(blank=True)
    committee_text = EncryptedTextField(blank=True)
    term_years = models.PositiveSmallIntegerField(default=0)
    union = models.OneToOneField(
        "organisations.Organisation", null=True, blank=True, on_delete=models.SET_NULL, related_name="founding"
    )
    founded_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token"], condition=~Q(token=""), name="founding_token"),
            models.CheckConstraint(condition=Q(present__lte=models.F("entitled")), name="founding_present"),
        ]

    def __str__(self) -> str:
        return f"founding {self.matter_id}"


class Signature(models.Model):
    """签名入会: somebody who signed to be a member of the union that is being founded: under their own account, or on
    paper, which a handler entered."""

    founding = models.ForeignKey(Founding, on_delete=models.CASCADE, related_name="signatures")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    name = EncryptedTextField()
    id_no = EncryptedTextField()
    id_index = BlindIndexField(source="id_no", kind="id_no")
    phone = EncryptedTextField(blank=True)
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12, blank=True, help_text="joined, or elsewhere: has a membership already")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["founding", "id_index"], name="signature_once"),
            models.UniqueConstraint(fields=["founding", "account"], name="signature_once_an_account"),
        ]

    def __str__(self) -> str:
        return f"signature {self.pk}"


class Term(models.Model):
    """任期: of a union's committees, from the election on. 90 days before its end a change of term is begun."""

    union = models.ForeignKey("organisations.Organisation", on_delete=models.CASCADE, related_name="terms")
    since = models.DateField()
    until = models.DateField(help_text="last day")
    chair_name = EncryptedTextField(blank=True)
    committee_text = EncryptedTextField(blank=True)
    approved = models.BooleanField(default=True, help_text="an elected committee waits for the union above")
    legal_code = models.CharField(max_length=18, blank=True)
    seal_on = models.DateField(null=True, blank=True)
    account_bank = models.CharField(max_length=60, blank=True)
    renewal = models.ForeignKey("kernel.Matter", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["union", "since"], name="term_once")]
        indexes = [models.Index(fields=["until"], name="term_until")]

    def __str__(self) -> str:
        return f"term {self.union_id} {self.since}"
