"""Help for tests and benchmarks of every room: somebody with a duty, signed in."""

from __future__ import annotations

import io

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from PIL import Image

from gonghui.kernel.actor import Actor
from gonghui.kernel.times import now, today
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account, DutyAssignment, StaffSession


def organisation(path: str) -> Organisation:
    """The organisation at a path, made (with a bare name) when it is not there."""
    depth = path.count(".")
    levels = ("national", "province", "city", "county", "grassroots", "grassroots")
    found, _created = Organisation.objects.get_or_create(
        path=path, defaults={"name": f"{path} 总工会", "level": levels[min(depth, 5)]}
    )
    return found


def staff_account(username: str, role: str, path: str) -> Account:
    """A staff account with one duty; made once for each username."""
    account = Account.objects.filter(username=username).first()
    if account is None:
        account = Account.objects.create_staff(username, "a-long-test-password", display_name=username)
    DutyAssignment.objects.get_or_create(
        account=account, role=role, organisation=organisation(path), valid_to=None, defaults={"valid_from": today()}
    )
    return account


def staff_actor(username: str, role: str, path: str) -> Actor:
    return actor_for(staff_account(username, role, path))


def sign_in(client: Client, account: Account) -> Client:
    """Open a session for the account as the sign-in page would, without the password (and without its cost)."""
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.save()
    key = str(session.session_key)
    if account.kind == Account.Kind.STAFF:
        StaffSession.objects.create(account=account, session_key=key, created_at=now(), last_seen=now(), agent="test")
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    return client


def staff_client(username: str, role: str, path: str) -> Client:
    """A test client signed in as somebody with one duty."""
    return sign_in(Client(), staff_account(username, role, path))


def worker_client(phone: str = "13800138000") -> Client:
    """A test client signed in as a worker."""
    from gonghui.kernel.vault import blind_index

    account = Account.objects.filter(kind="worker", phone_index=blind_index("phone", phone)).first()
    return sign_in(Client(), account or Account.objects.create_worker(phone))


def png(shade: int = 0) -> bytes:
    """A picture of one grey point."""
    buffer = io.BytesIO()
    Image.new("L", (1, 1), shade).save(buffer, "PNG")
    return buffer.getvalue()


PNG = png()
