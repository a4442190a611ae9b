"""What the worker does for this room again and again."""

from __future__ import annotations

from datetime import timedelta

from gonghui.kernel.worker import duty
from gonghui.people.actions.codes import forget_old_codes
from gonghui.people.actions.erasure import erase_requested
from gonghui.people.actions.guessing import forget_old_addresses
from gonghui.people.actions.sessions import forget_old_sessions


@duty("people codes", every=timedelta(minutes=1))
def drop_codes() -> int:
    return forget_old_codes()


@duty("people sessions", every=timedelta(minutes=30))
def drop_sessions() -> int:
    return forget_old_sessions()


@duty("people sign-ins", every=timedelta(hours=6))
def drop_addresses() -> int:
    return forget_old_addresses()


@duty("people erasure", every=timedelta(hours=1), alone=True)
def erase() -> int:
    return erase_requested()
