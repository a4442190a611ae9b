"""Staff accounts and their duties; an administrator reaches only the own organisation and those below it."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import date, timedelta

from axes.utils import reset as unlock
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.scope import within
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.people.actions.sessions import end_other_sessions
from gonghui.people.models import Account, DutyAssignment
from gonghui.people.roles import ROLES, can


def _check_reach(actor: Actor, path: str) -> None:
    if not can(actor, "accounts", path):
        raise NotAllowed(_("您只能管理本单位和下级单位的人员。"))


def _check_other(actor: Actor, account_id: int) -> None:
    """Nobody decides over the own powers: that takes a second administrator."""
    if not actor.is_system and actor.account_id == account_id:
        raise NotAllowed(_("不能管理自己的账号和岗位，请由另一位管理员办理。"))


def _check_administers(actor: Actor, account: Account) -> None:
    _check_other(actor, account.pk)
    if not administers(actor, account):
        raise NotAllowed(_("这个账号在您管理范围以外还有岗位，请由上级单位的管理员办理。"))


def administers(actor: Actor, account: Account) -> bool:
    """May this administrator change the account itself? Only when every duty of it, now and to come, is in reach."""
    if actor.is_system:
        return True
    if account.kind != Account.Kind.STAFF:
        return False
    current = account.duties.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today()))
    paths = list(current.values_list("organisation__path", flat=True))
    if not paths:
        return account.duties.filter(granted_by_id=actor.account_id).exists()
    admin_paths = actor.paths_as("admin")
    return all(any(within(path, own) for own in admin_paths) for path in paths)


def _role(actor: Actor) -> str:
    return "" if actor.is_system else "admin"


@transaction.atomic
def create_staff(
    actor: Actor, username: str, display_name: str, role: str, organisation: Organisation
) -> tuple[Account, str]:
    """A new staff account with its first duty; returns it with a password to be changed at the first sign-in.

    Raises NotAllowed outside the administrator's reach and InvalidData with the reasons beside the fields.
    """
    _check_reach(actor, organisation.path)
    errors: dict[str, list[str]] = {}
    username = unicodedata.normalize("NFKC", username).strip()
    if not (3 <= len(username) <= 60) or not all(letter.isalnum() or letter in "._-" for letter in username):
        errors["username"] = [_("用户名为 3–60 个字母、数字或 . _ -。")]
    elif Account.objects.filter(username__iexact=username).exists():
        # Names that differ only in case would be told apart by the machine and mixed up by people.
        errors["username"] = [_("这个用户名已被使用，请换一个。")]
    if not display_name.strip():
        errors["display_name"] = [_("请填写姓名。")]
    if role not in ROLES:
        errors["role"] = [_("请选择岗位。")]
    if errors:
        raise InvalidData(errors)
    password = secrets.token_urlsafe(9)
    account = Account.objects.create_staff(
        username, password, display_name=display_name.strip()[:60], must_change_password=True
    )
    trail.record(
        f"account:{account.pk}",
        "create",
        actor=actor,
        role=_role(actor),
        after={"username": username},
        org_path=organisation.path,
    )
    grant_duty(actor, account, role, organisation)
    return account, password


@transaction.atomic
def grant_duty(
    actor: Actor,
    account: Account,
    role: str,
    organisation: Organisation,
    valid_from: date | None = None,
    valid_to: date | None = None,
) -> DutyAssignment:
    """Give an account a role at an organisation, from a day to a day (both included). What it has already stays.

    Raises NotAllowed outside the administrator's reach or for the own account, InvalidData for a wrong role or date.
    """
    _check_reach(actor, organisation.path)
    _check_other(actor, account.pk)
    if role not in ROLES or account.kind == Account.Kind.WORKER:
        raise InvalidData({"role": [_("请选择岗位。")]})
    begins = valid_from or today()
    if valid_to is not None and valid_to < max(begins, today()):
        raise InvalidData({"valid_to": [_("结束日期不能早于今天或开始日期。")]})
    duty, created = DutyAssignment.objects.get_or_create(
        account=account,
        role=role,
        organisation=organisation,
        valid_to=valid_to,
        defaults={"valid_from": begins, "granted_by_id": actor.account_id},
    )
    if created:
        after = {"duty": role, "from": begins.isoformat(), "to": valid_to.isoformat() if valid_to else ""}
        trail.record(
            f"account:{account.pk}", "grant", actor=actor, role=_role(actor), after=after, org_path=organisation.path
        )
    return duty


@transaction.atomic
def revoke_duty(actor: Actor, duty: DutyAssignment) -> None:
    """End a duty at once: yesterday was its last day. One that has ended already stays as it was."""
    _check_reach(actor, duty.organisation.path)
    _check_other(actor, duty.account_id)
    day = today()
    if duty.valid_to is not None and duty.valid_to < day:
        return
    duty.valid_to = day - timedelta(days=1)
    duty.save(update_fields=["valid_to"])
    trail.record(
        f"account:{duty.account_id}",
        "revoke",
        actor=actor,
        role=_role(actor),
        before={"duty": duty.role},
        org_path=duty.organisation.path,
    )


@transaction.atomic
def set_active(actor: Actor, account: Account, active: bool) -> None:
    """Disable or enable an account; a disabled one is signed out everywhere at once."""
    _check_administers(actor, account)
    if account.is_active == active:
        return
    account.is_active = active
    account.save(update_fields=["is_active"])
    if not active:
        end_other_sessions(account, keep="")
    trail.record(f"account:{account.pk}", "enable" if active else "disable", actor=actor, role=_role(actor))


@transaction.atomic
def reset_password(actor: Actor, account: Account) -> str:
    """A new password for somebody who forgot theirs or is locked out; the second factor is to be enrolled anew."""
    _check_administers(actor, account)
    password = secrets.token_urlsafe(9)
    account.set_password(password)
    account.must_change_password = True
    account.save(update_fields=["password", "must_change_password"])
    TOTPDevice.objects.filter(user=account).delete()
    StaticDevice.objects.filter(user=account).delete()
    end_other_sessions(account, keep="")
    unlock(username=account.username)
    trail.record(f"account:{account.pk}", "reset_password", actor=actor, role=_role(actor))
    return password


@transaction.atomic
def change_password(actor: Actor, account: Account, old: str, new: str) -> None:
    """Change the own password. InvalidData when the old one is wrong or the new one too weak."""
    if not account.check_password(old):
        raise InvalidData({"old": [_("原密码不对。")]})
    if old == new:
        raise InvalidData({"new": [_("新密码不能和原密码相同。")]})
    try:
        validate_password(new, account)
    except ValidationError as error:
        raise InvalidData({"new": list(error.messages)}) from error
    account.set_password(new)
    account.must_change_password = False
    account.save(update_fields=["password", "must_change_password"])
    trail.record(f"account:{account.pk}", "change_password", actor=actor)
