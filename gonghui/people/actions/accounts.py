"""Staff accounts and their duties; an administrator reaches only the own organisation and those below it."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.scope import within
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account, DutyAssignment, StaffSession
from gonghui.people.roles import ROLES, can


def _check_reach(actor: Actor, path: str) -> None:
    if not can(actor, "accounts", path):
        raise NotAllowed(_("您只能管理本单位和下级单位的人员。"))


def administers(actor: Actor, account: Account) -> bool:
    """May this administrator change the account: does every duty of it lie within their reach?"""
    if actor.is_system:
        return True
    admin_paths = actor.paths_as("admin")
    paths = list(account.duties.filter(valid_to__isnull=True).values_list("organisation__path", flat=True))
    granted_by_me = account.duties.filter(granted_by_id=actor.account_id).exists()
    if not paths:
        return granted_by_me
    return all(any(within(path, own) for own in admin_paths) for path in paths)


@transaction.atomic
def create_staff(
    actor: Actor, username: str, display_name: str, role: str, organisation: Organisation
) -> tuple[Account, str]:
    """A new staff account with its first duty; returns it with a password to be changed at the first sign-in."""
    _check_reach(actor, organisation.path)
    errors: dict[str, list[str]] = {}
    username = username.strip()
    if not (3 <= len(username) <= 60) or not all(letter.isalnum() or letter in "._-" for letter in username):
        errors["username"] = [_("用户名为 3–60 个字母、数字或 . _ -。")]
    elif Account.objects.filter(username=username).exists():
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
        f"account:{account.pk}", "create", actor=actor, after={"username": username}, org_path=organisation.path
    )
    grant_duty(actor, account, role, organisation)
    return account, password


@transaction.atomic
def grant_duty(
    actor: Actor, account: Account, role: str, organisation: Organisation, valid_from: date | None = None
) -> DutyAssignment:
    """Give an account a role at an organisation. Granting what it has already changes nothing."""
    _check_reach(actor, organisation.path)
    if role not in ROLES:
        raise InvalidData({"role": [_("请选择岗位。")]})
    duty, created = DutyAssignment.objects.get_or_create(
        account=account,
        role=role,
        organisation=organisation,
        valid_to=None,
        defaults={"valid_from": valid_from or today(), "granted_by_id": actor.account_id},
    )
    if created:
        trail.record(f"account:{account.pk}", "grant", actor=actor, after={"duty": role}, org_path=organisation.path)
    return duty


@transaction.atomic
def revoke_duty(actor: Actor, duty: DutyAssignment) -> None:
    """End a duty: yesterday was its last day."""
    _check_reach(actor, duty.organisation.path)
    duty.valid_to = today() - timedelta(days=1)
    duty.save(update_fields=["valid_to"])
    trail.record(
        f"account:{duty.account_id}", "revoke", actor=actor, before={"duty": duty.role}, org_path=duty.organisation.path
    )


@transaction.atomic
def set_active(actor: Actor, account: Account, active: bool) -> None:
    """Disable or enable an account; a disabled one is signed out everywhere at once."""
    if not administers(actor, account):
        raise NotAllowed(_("您只能管理本单位和下级单位的人员。"))
    account.is_active = active
    account.save(update_fields=["is_active"])
    if not active:
        StaffSession.objects.filter(account=account).delete()
    trail.record(f"account:{account.pk}", "enable" if active else "disable", actor=actor)


@transaction.atomic
def reset_password(actor: Actor, account: Account) -> str:
    """A new password for somebody who forgot theirs, with the second factor to be enrolled anew."""
    if not administers(actor, account):
        raise NotAllowed(_("您只能管理本单位和下级单位的人员。"))
    password = secrets.token_urlsafe(9)
    account.set_password(password)
    account.must_change_password = True
    account.save(update_fields=["password", "must_change_password"])
    account.totpdevice_set.all().delete()
    account.staticdevice_set.all().delete()
    StaffSession.objects.filter(account=account).delete()
    trail.record(f"account:{account.pk}", "reset_password", actor=actor)
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
