"""Accounts, duties, workers' profiles, consent, sign-in codes and sessions."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q

from gonghui.kernel.vault import BlindIndexField, EncryptedTextField
from gonghui.organisations.models import Organisation, Region


class AccountManager(BaseUserManager["Account"]):
    def create_staff(self, username: str, password: str, **fields: Any) -> Account:
        account = self.model(username=username, kind=Account.Kind.STAFF, **fields)
        account.set_password(password)
        account.save()
        return account

    def create_worker(self, phone: str, **fields: Any) -> Account:
        """A worker's account: known by phone, without a password."""
        account = self.model(username=f"w-{secrets.token_hex(8)}", kind=Account.Kind.WORKER, phone=phone, **fields)
        account.set_unusable_password()
        account.save()
        return account

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(username=username)


class Account(AbstractBaseUser):
    """账号: somebody (or, as `service`, some program) that signs in. What they may do comes from their duties."""

    class Kind(models.TextChoices):
        STAFF = "staff", "工作人员"
        WORKER = "worker", "职工"
        SERVICE = "service", "系统接入"

    username = models.CharField("用户名", max_length=60, unique=True)
    display_name = models.CharField("姓名", max_length=60, blank=True)
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.STAFF)
    phone = EncryptedTextField("手机号", blank=True)
    phone_index = BlindIndexField(source="phone", kind="phone")
    email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_seen = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=8, blank=True, help_text="of pages, on every device; empty: never chosen")
    large_text = models.BooleanField(null=True, blank=True, help_text="大字, on every device; empty: never chosen")

    objects = AccountManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = []

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["phone_index"], condition=Q(kind="worker") & ~Q(phone_index=""), name="one_worker_a_phone"
            )
        ]

    def __str__(self) -> str:
        return self.display_name or self.username


class DutyAssignment(models.Model):
    """任职: a role held at an organisation from a day to a day (handbook 1.12)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="duties")
    role = models.CharField(max_length=16)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="duties")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True, help_text="last day, included")
    granted_by = models.ForeignKey(Account, null=True, blank=True, on_delete=models.SET_NULL, related_name="granted")

    class Meta:
        indexes = [models.Index(fields=["organisation", "role"], name="duty_organisation")]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "role", "organisation"], condition=Q(valid_to__isnull=True), name="duty_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.role}@{self.organisation_id}"


class Person(models.Model):
    """职工: a worker's profile. 🔒 fields are encrypted; nothing but the phone is needed to be helped."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="person")
    name = EncryptedTextField("姓名", blank=True)
    id_no = EncryptedTextField("身份证号", blank=True)
    id_index = BlindIndexField(source="id_no", kind="id_no")
    gender = models.CharField(max_length=8, blank=True)
    birth_year = models.PositiveSmallIntegerField(null=True, blank=True)
    worker_type = models.CharField(max_length=24, blank=True)
    region = models.ForeignKey(Region, null=True, blank=True, on_delete=models.SET_NULL)
    union = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.SET_NULL)
    member_no = models.CharField(max_length=40, blank=True)
    erase_requested_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"person {self.pk}"


class Consent(models.Model):
    """同意: to what, in which version of the text, when, and when withdrawn (个人信息保护法 14, 15)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=40)
    version = models.CharField(max_length=16)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.purpose} {self.version}"


class PhoneCode(models.Model):
    """A one-time code sent to a phone. Only its hash is kept, and the phone only as a blind index."""

    phone_index = models.CharField(max_length=64, db_index=True)
    phone = EncryptedTextField(blank=True, help_text="until the code is sent or expires; the outbox looks it up here")
    unsent_code = EncryptedTextField(blank=True, help_text="until the code is sent or expires")
    code_hash = models.CharField(max_length=128)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"code {self.pk}"


class StaffSession(models.Model):
    """A staff member's open session, so that it can be limited, listed and ended."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True)
    ip = models.GenericIPAddressField(null=True, blank=True)
    agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    last_seen = models.DateTimeField()

    def __str__(self) -> str:
        return f"session of {self.account_id}"
