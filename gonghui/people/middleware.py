"""Who is asking: `request.actor`, the limits of staff sessions, and the scope binding of the request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib import auth
from django.http import HttpResponse

from gonghui.kernel.actor import ANONYMOUS, Actor
from gonghui.kernel.scope import as_system, bind
from gonghui.kernel.times import now
from gonghui.people.actors import actor_for
from gonghui.people.http import Request
from gonghui.people.models import Account, StaffSession
from gonghui.people.steps import second_factor_done

SEEN_EVERY = timedelta(minutes=1)
OPENED_MATTERS = "opened_matters"


class ActorMiddleware:
    """Sets `request.actor` and binds what database connections may see while the request runs.

    A staff session that has not done every step of signing in (people.steps), or is past its limits, is nobody.
    """

    def __init__(self, get_response: Callable[[Request], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: Request) -> HttpResponse:
        request.session_ended = False
        with as_system("who is asking"):
            request.actor = self._actor(request)
        with bind(request.actor):
            return self.get_response(request)

    def _actor(self, request: Request) -> Actor:
        opened = tuple(int(pk) for pk in request.session.get(OPENED_MATTERS, ())) if request.session else ()
        nobody = Actor(kind="anonymous", name=ANONYMOUS.name, matter_ids=opened)
        user = request.user
        if not user.is_authenticated:
            return nobody
        if user.kind == Account.Kind.STAFF:
            if not second_factor_done(request):
                return nobody
            if not self._session_goes_on(request, user):
                auth.logout(request)
                request.session_ended = True
                return Actor(kind="anonymous", name=ANONYMOUS.name)
            if user.must_change_password:
                return nobody
        return actor_for(user, matter_ids=opened)

    @staticmethod
    def _session_goes_on(request: Request, user: Account) -> bool:
        """False once the session is idle too long, too old, or was ended from elsewhere."""
        if request.session.session_key is None:
            return False
        row = StaffSession.objects.filter(session_key=request.session.session_key, account=user).first()
        at = now()
        if row is None:
            return False
        if at - row.last_seen > timedelta(seconds=settings.STAFF_SESSION_IDLE_SECONDS):
            return False
        if at - row.created_at > timedelta(seconds=settings.STAFF_SESSION_MAX_SECONDS):
            return False
        if at - row.last_seen > SEEN_EVERY:
            StaffSession.objects.filter(pk=row.pk).update(last_seen=at)
        return True
