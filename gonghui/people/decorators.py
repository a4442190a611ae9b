"""Doors of staff pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse

from gonghui.people.http import Request

View = Callable[..., HttpResponse]


def staff_required(view: View) -> View:
    """Only for staff who are signed in (with their second factor where it is demanded: people.middleware)."""

    @wraps(view)
    def checked(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.actor.kind != "staff":
            if request.user.is_authenticated and request.user.kind != "staff":
                raise PermissionDenied
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)

    return checked


def role_required(*roles: str) -> Callable[[View], View]:
    """Only for staff who hold one of these roles somewhere."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.actor.has_role(*roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return staff_required(checked)

    return decorate
