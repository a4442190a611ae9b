"""A worker signs in with a code sent to the phone: six digits, five minutes, five tries, once."""

from __future__ import annotations

import secrets
import sys
from datetime import timedelta

import phonenumbers
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.adapters import address_resolver
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.models import OutboxMessage
from gonghui.kernel.times import now
from gonghui.kernel.vault import blind_index
from gonghui.people.models import Account, PhoneCode

LIFETIME = timedelta(minutes=5)
TRIES = 5
A_PHONE_PER_HOUR, AN_ADDRESS_PER_HOUR = 5, 30
AGAIN_AFTER = timedelta(seconds=60)


class CodeRefused(KernelError):
    """The code cannot be sent or is not right; the message says what to do."""

    code = "code_refused"


def clean_phone(text: str) -> str:
    """A mainland mobile number as 11 digits. InvalidData when it is none."""
    try:
        number = phonenumbers.parse(text or "", "CN")
    except phonenumbers.NumberParseException:
        number = None
    national = str(number.national_number) if number is not None and number.country_code == 86 else ""
    if len(national) != 11 or not national.startswith("1") or not phonenumbers.is_possible_number(number):
        raise InvalidData({"phone": [_("请填写 11 位手机号码。")]})
    return national


def _allowed(kind: str, value: str, most: int) -> bool:
    """Count in windows of an hour; the count is shared by all web processes through the cache."""
    key = f"phone-code:{kind}:{value}"
    cache.add(key, 0, 3600)
    try:
        return cache.incr(key) <= most
    except ValueError:
        return True


def send_code(phone: str, ip: str = "") -> None:
    """Queue a code for this phone. Says the same whether or not there is an account (no telling who has one).

    Raises InvalidData for a wrong number and CodeRefused when asked too often.
    """
    phone = clean_phone(phone)
    index, at = blind_index("phone", phone), now()
    recent = PhoneCode.objects.filter(phone_index=index, created_at__gt=at - AGAIN_AFTER, used_at__isnull=True)
    if recent.exists():
        raise CodeRefused(_("验证码刚刚发送过，请等 60 秒再试。"))
    if not _allowed("phone", index, A_PHONE_PER_HOUR) or (ip and not _allowed("ip", ip, AN_ADDRESS_PER_HOUR)):
        raise CodeRefused(_("获取验证码太频繁，请一小时后再试，或直接拨打 12351。"))
    secret = f"{secrets.randbelow(10**6):06}"
    with transaction.atomic():
        row = PhoneCode.objects.create(
            phone_index=index,
            phone=phone,
            code_hash=make_password(secret),
            created_at=at,
            expires_at=at + LIFETIME,
        )
        outbox.enqueue(
            "notice.sms",
            f"phone-code:{row.pk}",
            {
                "text": _("【工会】您的验证码是 %(code)s，5 分钟内有效，请勿告诉他人。") % {"code": secret},
                "phone_code": row.pk,
            },
        )
    if settings.ENVIRONMENT == "development":
        sys.stderr.write(f"[development] code for {phone[:3]}****{phone[-4:]}: {secret}\n")


@address_resolver
def _phone_of_code(message: OutboxMessage) -> str:
    pk = message.payload.get("phone_code")
    row = PhoneCode.objects.filter(pk=pk).first() if pk else None
    return row.phone if row and row.expires_at > now() else ""


def check_code(phone: str, code: str) -> Account:
    """The worker's account for a right code, created at the first sign-in. Raises InvalidData."""
    phone = clean_phone(phone)
    with transaction.atomic():
        account = _account_for(phone, (code or "").strip())
    if account is None:
        # Raised after the transaction, so that the wrong try stays counted.
        raise InvalidData({"code": [_("验证码不对或已过期。请核对短信，或重新获取。")]})
    return account


def _account_for(phone: str, code: str) -> Account | None:
    index, at = blind_index("phone", phone), now()
    row = (
        PhoneCode.objects.select_for_update()
        .filter(phone_index=index, used_at__isnull=True, expires_at__gt=at, attempts__lt=TRIES)
        .order_by("-created_at")
        .first()
    )
    if row is None:
        return None
    if not check_password(code, row.code_hash):
        row.attempts += 1
        row.save(update_fields=["attempts"])
        return None
    row.used_at, row.phone = at, ""
    row.save(update_fields=["used_at", "phone"])
    account = Account.objects.filter(phone_index=index, kind=Account.Kind.WORKER).first()
    if account is None:
        account = Account.objects.create_worker(phone)
        trail.record(f"account:{account.pk}", "create", actor=SYSTEM, after={"kind": "worker"})
    return account if account.is_active else None
