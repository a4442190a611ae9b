"""Signing in has steps: password, second factor, an own password. Who has not done them all is nobody yet."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django_otp import user_has_device

from gonghui.people.http import Request
from gonghui.people.models import Account

SECOND_FACTOR, ENROL, PASSWORD = "people:second_factor", "people:enrol", "people:password"
NEXT = "after_sign_in"  # session key: the address to go to when every step is done


def verified(request: Request) -> bool:
    """Was a second factor shown in this session? The account just signed in by `auth.login` cannot tell: it was not."""
    check: Callable[[], bool] | None = getattr(request.user, "is_verified", None)
    return check is not None and check()


def second_factor_done(request: Request) -> bool:
    """Has this staff member shown their second factor — or is none demanded here and none enrolled?"""
    if verified(request):
        return True
    return not settings.STAFF_SECOND_FACTOR and not user_has_device(request.user, confirmed=True)


def missing_step(request: Request) -> str:
    """The page that a staff member who gave the password still has to go through; "" when none is missing."""
    if not second_factor_done(request):
        return SECOND_FACTOR if user_has_device(request.user, confirmed=True) else ENROL
    return PASSWORD if is_staff(request) and request.user.must_change_password else ""


def is_staff(request: Request) -> bool:
    """Has a staff member given at least the password in this session?"""
    return bool(request.user.is_authenticated and request.user.kind == Account.Kind.STAFF)
