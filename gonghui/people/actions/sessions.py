"""Open sessions of staff: begun at sign-in, limited in number, listed, ended."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.times import now
from gonghui.people.models import Account, StaffSession

BATCH = 500


def client_ip(request: HttpRequest) -> str:
    """The visitor's address; behind proxies the one our own outermost proxy saw (GONGHUI_PROXY_COUNT).

    Empty when what stands there is no address (a header can hold anything).
    """
    count = settings.TRUSTED_PROXY_COUNT
    address = request.META.get("REMOTE_ADDR", "")
    if count:
        chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(chain) >= count:
            address = chain[-count]
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return ""


def _actor(account: Account) -> Actor:
    return Actor(kind="staff", account_id=account.pk, name=account.display_name or account.username)


@transaction.atomic
def begin_staff_session(request: HttpRequest, account: Account) -> None:
    """Write down the session just begun; the oldest beyond the allowed number end."""
    at = now()
    request.session.set_expiry(settings.STAFF_SESSION_MAX_SECONDS)
    if request.session.session_key is None:
        request.session.save()
    StaffSession.objects.update_or_create(
        session_key=request.session.session_key,
        defaults={
            "account": account,
            "ip": client_ip(request) or None,
            "agent": request.META.get("HTTP_USER_AGENT", "")[:200],
            "created_at": at,
            "last_seen": at,
        },
    )
    open_ones = list(StaffSession.objects.filter(account=account).order_by("-created_at", "-pk"))
    for row in open_ones[settings.STAFF_SESSIONS_AT_ONCE :]:
        end_session(row)
    Account.objects.filter(pk=account.pk).update(last_seen=at)
    trail.record(
        f"account:{account.pk}",
        "sign_in",
        actor=_actor(account),
        after={"sessions": min(len(open_ones), settings.STAFF_SESSIONS_AT_ONCE)},
    )


def end_session(row: StaffSession) -> None:
    """End a session at once, wherever it is open."""
    import_module(settings.SESSION_ENGINE).SessionStore(row.session_key).delete()
    row.delete()


def follow_session(old_key: str, new_key: str) -> None:
    """The session got a new key (as after a change of password): it is the same one."""
    StaffSession.objects.filter(session_key=old_key).update(session_key=new_key)


@transaction.atomic
def end_other_sessions(account: Account, keep: str) -> int:
    """End all sessions of an account but one (none kept: ""); return how many."""
    rows = list(StaffSession.objects.filter(account=account).exclude(session_key=keep))
    for row in rows:
        end_session(row)
    if rows:
        trail.record(f"account:{account.pk}", "end_sessions", actor=_actor(account), after={"sessions": len(rows)})
    return len(rows)


def forget_old_sessions() -> int:
    """Delete what has run out: staff sessions beyond their limits, and every expired session in the store."""
    at = now()
    idle = at - timedelta(seconds=settings.STAFF_SESSION_IDLE_SECONDS)
    oldest = at - timedelta(seconds=settings.STAFF_SESSION_MAX_SECONDS)
    rows = list(StaffSession.objects.filter(Q(last_seen__lt=idle) | Q(created_at__lt=oldest)).order_by("pk")[:BATCH])
    for row in rows:
        end_session(row)
    if not rows:
        import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return len(rows)
