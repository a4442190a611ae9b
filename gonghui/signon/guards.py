"""What the addresses of single sign-on have in common."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse, JsonResponse

from gonghui.kernel.scope import as_system
from gonghui.people.http import Request
from gonghui.portal.limits import SECONDS, allowed
from gonghui.signon.rules import numbers

View = Callable[..., HttpResponse]


def whole(view: View) -> View:
    """The room's tables are in no organisation's scope: each view asks who may know what, then reads them all."""

    @wraps(view)
    def bound(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        with as_system("single sign-on"):
            return view(request, *args, **kwargs)

    return bound


def limited(what: str) -> Callable[[View], View]:
    """So many times from one network address (numbers.yaml, `rate`); then 429 with how long to wait."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            rate = str(numbers()["rate"][what])
            if not allowed(request, f"signon-{what}", rate):
                seconds = SECONDS[rate.partition("/")[2]]
                error = {"error": "temporarily_unavailable", "error_description": "Too many requests."}
                return JsonResponse(error, status=429, headers={"Retry-After": str(seconds)})
            return view(request, *args, **kwargs)

        return checked

    return decorate
