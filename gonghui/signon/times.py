"""When somebody signed in: an app may ask that it was lately (OpenID Connect Core 1.0, `max_age`, `auth_time`)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver

from gonghui.kernel.times import now
from gonghui.people.http import Request

SIGNED_IN_AT = "signed_in_at"


@receiver(user_logged_in)
def note(sender: Any, request: Any, **more: Any) -> None:
    if request is not None:
        request.session[SIGNED_IN_AT] = int(now().timestamp())


def signed_in_at(request: Request) -> int:
    """Seconds since 1970. Of a session that is older than this rule: when its account last signed in anywhere."""
    kept = request.session.get(SIGNED_IN_AT)
    if isinstance(kept, int):
        return kept
    return int((request.user.last_login or now()).timestamp())
