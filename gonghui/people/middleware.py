"""Who is asking: `request.actor`, the limits of staff sessions, and the scope binding of the request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib import auth
from django.http import HttpResponse
from django.utils import translation

from gonghui.kernel.actor import ANONYMOUS, Actor
from gonghui.kernel.scope import as_system, bind
from gonghui.kernel.times import now
from gonghui.people.actors import actor_for
from gonghui.people.http import Request
from gonghui.people.models import Account, StaffSession
from gonghui.people.steps import second_factor_done

SEEN_EVERY = timedelta(minutes=1)
OPENED_MATTERS = "opened_matters"
# Session: [where it came from when not by our own pages, until when (seconds since 1970) that counts].
# What a worker does meanwhile is known to come from there.
CAME_BY = "came_by"


def use_language(request: Request) -> None:
    """The language that a signed-in person chose, here or on another device, goes before this browser's."""
    if request.actor.account_id is None:
        return
    language = request.user.language
    if language in dict(settings.LANGUAGES) and language != translation.get_language():
        translation.activate(language)
        request.LANGUAGE_CODE = language


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
            use_language(request)
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
        return actor_for(user, via=self._came_by(request), matter_ids=opened)

    @staticmethod
    def _came_by(request: Request) -> str:
        where, until = request.session.get(CAME_BY, ("web", 0))
        return str(where) if until > now().timestamp() else "web"

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
