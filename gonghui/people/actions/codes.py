"""A worker signs in with a code sent to the phone: six digits, a few minutes, a few tries, once (sign_in.yaml)."""

from __future__ import annotations

import secrets
import sys
from datetime import timedelta

import phonenumbers
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.rates import counted, line_of
from gonghui.kernel.times import now
from gonghui.kernel.vault import blind_index
from gonghui.people.models import Account, PhoneCode
from gonghui.people.numbers import (
    CODE_AGAIN,
    CODE_KEPT,
    CODE_LIFETIME,
    CODE_TRIES,
    CODES_A_PHONE,
    CODES_AN_ADDRESS,
)

HOUR = timedelta(hours=1)
BATCH = 500


class CodeRefused(KernelError):
    """The code cannot be sent now; the message says what to do."""

    code = "code_refused"


def clean_phone(text: str) -> str:
    """A mainland mobile number as 11 digits. InvalidData when it is none."""
    try:
        number = phonenumbers.parse(text or "", "CN")
    except phonenumbers.NumberParseException:
        number = None
    if number is not None and number.country_code == 86 and phonenumbers.is_possible_number(number):
        national = str(number.national_number)
        if len(national) == 11 and national.startswith("1"):
            return national
    raise InvalidData({"phone": [_("请填写 11 位手机号码。")]})


def _address_allowed(ip: str) -> bool:
    return counted(f"phone-code:ip:{line_of(ip)}", int(HOUR.total_seconds())) <= CODES_AN_ADDRESS


def send_code(phone: str, ip: str = "") -> PhoneCode:
    """Queue a code for this phone; codes sent before stop being valid.

    Says the same whether or not there is an account (no telling who has one). Raises InvalidData for a wrong number
    and CodeRefused when asked too often.
    """
    phone = clean_phone(phone)
    index, at = blind_index("phone", phone), now()
    earlier = PhoneCode.objects.filter(phone_index=index)
    if earlier.filter(created_at__gt=at - CODE_AGAIN, used_at__isnull=True).exists():
        raise CodeRefused(
            _("验证码刚刚发送过，请等 %(seconds)d 秒再试。") % {"seconds": int(CODE_AGAIN.total_seconds())}
        )
    if earlier.filter(created_at__gt=at - HOUR).count() >= CODES_A_PHONE or (ip and not _address_allowed(ip)):
        raise CodeRefused(_("获取验证码太频繁，请一小时后再试，或直接拨打 12351。"))
    digits = f"{secrets.randbelow(10**6):06}"
    with transaction.atomic():
        earlier.filter(expires_at__gt=at).update(expires_at=at)
        row = PhoneCode.objects.create(
            phone_index=index,
            phone=phone,
            code_hash=make_password(digits),
            unsent_code=digits,
            created_at=at,
            expires_at=at + CODE_LIFETIME,
        )
        # Neither phone nor code stands in the outbox: whoever may look at it must not be able to sign in as others.
        outbox.enqueue("notice.code_sms", f"phone-code:{row.pk}", {"phone_code": row.pk})
    if settings.ENVIRONMENT == "development":
        sys.stderr.write(f"[development] code for {phone[:3]}****{phone[-4:]}: {digits}\n")
    return row


def code_text(digits: str) -> str:
    return _("【工会】您的验证码是 %(code)s，%(minutes)d 分钟内有效，请勿告诉他人。") % {
        "code": digits,
        "minutes": int(CODE_LIFETIME.total_seconds() // 60),
    }


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
        .filter(phone_index=index, used_at__isnull=True, expires_at__gt=at, attempts__lt=CODE_TRIES)
        .order_by("-created_at", "-pk")
        .first()
    )
    if row is None:
        return None
    if not check_password(code, row.code_hash):
        row.attempts += 1
        row.save(update_fields=["attempts"])
        return None
    row.used_at, row.phone, row.unsent_code = at, "", ""
    row.save(update_fields=["used_at", "phone", "unsent_code"])
    account = Account.objects.filter(phone_index=index, kind=Account.Kind.WORKER).first()
    if account is None:
        account = Account.objects.create_worker(phone)
        trail.record(f"account:{account.pk}", "create", actor=SYSTEM, after={"kind": "worker"})
    return account if account.is_active else None


def forget_old_codes() -> int:
    """Take phone and code out of what expired, delete what is old; return how many rows changed.

    An unsent code stays a little longer, so that its sender can still tell that it came too late.
    """
    at = now()
    expired = PhoneCode.objects.filter(expires_at__lte=at - CODE_LIFETIME).exclude(phone="", unsent_code="")
    cleared = PhoneCode.objects.filter(pk__in=list(expired.values_list("pk", flat=True)[:BATCH])).update(
        phone="", unsent_code=""
    )
    old = list(PhoneCode.objects.filter(created_at__lt=at - CODE_KEPT).values_list("pk", flat=True)[:BATCH])
    return cleared + PhoneCode.objects.filter(pk__in=old).delete()[0]
