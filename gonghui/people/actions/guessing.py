"""Guessing a staff password from many addresses, without giving a stranger the means to lock a colleague out.

Five failures lock a name at one address (django-axes). A name that is tried again and again from everywhere is then
open only at addresses from which its owner signed in lately: the guessing ends, the owner goes on working.
"""

from __future__ import annotations

from datetime import timedelta

from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.db.models import Sum
from django.http import HttpRequest

from gonghui.kernel.times import now
from gonghui.people.actions.sessions import client_ip
from gonghui.people.numbers import GUESSES_A_NAME, KNOWN_ADDRESS


def address_of(request: HttpRequest) -> str | None:
    """The visitor's address, None where there is none (django-axes asks)."""
    return client_ip(request) or None


def guessed_too_often(username: str, request: HttpRequest) -> bool:
    """Must this visitor wait, because too many wrong passwords came for the name from everywhere?"""
    since = now() - timedelta(hours=settings.AXES_COOLOFF_TIME)
    tried = AccessAttempt.objects.filter(username=username, attempt_time__gte=since)
    failures = tried.aggregate(n=Sum("failures_since_start"))["n"] or 0
    if failures < GUESSES_A_NAME:
        return False
    signed_in = AccessLog.objects.filter(username=username, attempt_time__gte=now() - KNOWN_ADDRESS)
    return not signed_in.filter(ip_address=address_of(request)).exists()


def forget_old_addresses() -> int:
    """Delete what is known of sign-ins and failures longer ago than it counts (a worker duty)."""
    until = now() - KNOWN_ADDRESS
    counts = [model.objects.filter(attempt_time__lt=until).delete()[0] for model in (AccessLog, AccessAttempt)]
    return sum(counts)
