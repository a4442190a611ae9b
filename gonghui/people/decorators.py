"""Doors of staff pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.translation import gettext as _

from gonghui.people.http import Request
from gonghui.people.steps import NEXT, is_staff, missing_step

View = Callable[..., HttpResponse]


def staff_required(view: View) -> View:
    """Only for staff who are signed in, with every step done; others are led to the step that is missing."""

    @wraps(view)
    def checked(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.actor.kind == "staff":
            return view(request, *args, **kwargs)
        wanted = request.get_full_path() if request.method in ("GET", "HEAD") else resolve_url("desk:home")
        if is_staff(request):
            request.session[NEXT] = wanted
            return redirect(missing_step(request) or "people:sign_in")
        if request.user.is_authenticated:
            raise PermissionDenied
        if request.session_ended:
            messages.warning(request, _("登录已超时，或在别处被退出，请重新登录。"))
        return redirect_to_login(wanted)

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
