"""Signing out here, asked by an app (OpenID Connect RP-Initiated Logout 1.0)."""

from __future__ import annotations

from typing import Any

from authlib.common.urls import add_params_to_uri
from django.conf import settings
from django.contrib import auth
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST
from joserfc import jwt
from joserfc.errors import JoseError

from gonghui.people.http import Request
from gonghui.people.models import StaffSession
from gonghui.signon import keys
from gonghui.signon.guards import limited, whole
from gonghui.signon.models import Client, Grant

ASKED = ("id_token_hint", "client_id", "post_logout_redirect_uri", "state")


@csrf_exempt
@require_http_methods(["GET", "POST"])
@never_cache
@limited("authorize")
@whole
def end_session(request: Request) -> HttpResponse:
    """Ask the person whether they mean to sign out here too: a link of somebody else's does not do it by itself."""
    asked = request.POST if request.method == "POST" else request.GET
    values = {name: asked[name] for name in ASKED if name in asked}
    client, _subject = _app(values)
    if "post_logout_redirect_uri" in values and _goodbye(client, values) is None:
        return render(request, "signon/wrong.html", {"code": "invalid_request"}, status=400)
    if not request.user.is_authenticated:
        return _gone(request, client, values)
    return render(request, "signon/leave.html", {"client": client, "values": values})


@require_POST
@csrf_protect
@never_cache
@whole
def leave(request: Request) -> HttpResponse:
    """The person's own word: out of here, and on to the app."""
    values = {name: request.POST[name] for name in ASKED if name in request.POST}
    client, _subject = _app(values)
    if request.user.is_authenticated:
        StaffSession.objects.filter(session_key=request.session.session_key or "").delete()
        auth.logout(request)
    return _gone(request, client, values)


def _app(values: dict[str, str]) -> tuple[Client | None, str]:
    """The app that asks, by the ID token it was given or by its name, and whom it means."""
    name, subject = values.get("client_id", ""), ""
    if hint := values.get("id_token_hint"):
        claims = _hinted(hint)
        if claims.get("iss") != settings.PUBLIC_URL or (name and claims.get("aud") != name):
            return None, ""
        name, subject = str(claims.get("aud", "")), str(claims.get("sub", ""))
        if not Grant.objects.filter(client__client_id=name, subject=subject).exists():
            return None, ""
    return Client.objects.filter(client_id=name, active=True).first(), subject


def _hinted(hint: str) -> dict[str, Any]:
    """The claims of an ID token of ours; one that has run out still tells for whom it was made."""
    try:
        return dict(jwt.decode(hint, keys.verifying(), algorithms=[keys.ALGORITHM]).claims)
    except (JoseError, ValueError):
        return {}


def _goodbye(client: Client | None, values: dict[str, str]) -> str | None:
    """Where to go after signing out: only to an address that the app registered, letter by letter."""
    wanted = values.get("post_logout_redirect_uri")
    return wanted if client is not None and wanted in client.goodbye_uris else None


def _gone(request: Request, client: Client | None, values: dict[str, str]) -> HttpResponse:
    address = _goodbye(client, values)
    if address is None:
        return redirect("portal:home")
    if "state" in values:
        address = add_params_to_uri(address, {"state": values["state"]})
    if request.method == "GET":
        response = HttpResponse(status=302)
        response["Location"] = address
        return response
    return render(request, "signon/back.html", {"address": address, "host": client.name if client else ""})
