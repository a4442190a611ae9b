"""Open sessions of staff: begun at sign-in, limited in number, listed, ended."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.times import now
from gonghui.people.models import Account, StaffSession


def client_ip(request: HttpRequest) -> str:
    """The visitor's address; behind proxies the one our own outermost proxy saw (GONGHUI_PROXY_COUNT)."""
    count = settings.TRUSTED_PROXY_COUNT
    if count:
        chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
        if len(chain) >= count:
            return chain[-count]
    return request.META.get("REMOTE_ADDR", "")


@transaction.atomic
def begin_staff_session(request: HttpRequest, account: Account) -> None:
    """Write down the session just begun; the oldest beyond the allowed number end."""
    at = now()
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
        actor=Actor(kind="staff", account_id=account.pk, name=account.display_name),
        after={"sessions": min(len(open_ones), settings.STAFF_SESSIONS_AT_ONCE)},
    )


def end_session(row: StaffSession) -> None:
    """End a session at once, wherever it is open."""
    import_module(settings.SESSION_ENGINE).SessionStore(row.session_key).delete()
    row.delete()


def end_other_sessions(account: Account, keep: str) -> int:
    """End all sessions of an account but one; return how many."""
    rows = list(StaffSession.objects.filter(account=account).exclude(session_key=keep))
    for row in rows:
        end_session(row)
    return len(rows)
