"""An app asks us who somebody is: sign in here, read what is passed on, agree or not, go back."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError
from authlib.oidc.core.errors import ConsentRequiredError, LoginRequiredError
from django.conf import settings
from django.contrib import auth
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from gonghui.kernel.times import now
from gonghui.kernel.vault import mask_phone
from gonghui.people.http import Request
from gonghui.people.models import Account, StaffSession
from gonghui.signon import consents
from gonghui.signon.guards import limited, whole
from gonghui.signon.models import Client, Grant
from gonghui.signon.provider import server
from gonghui.signon.times import signed_in_at

# Session: the sign-in that an app asked for anew, so that it is asked for once.
AGAIN = "signon_again"
# In our own address only: the way led through a form of ours (see `_back`).
AFTER = "after_form"


@csrf_exempt
@require_http_methods(["GET", "POST"])
@never_cache
@limited("authorize")
@whole
def authorize(request: Request) -> HttpResponse:
    """The authorization endpoint (RFC 6749, 3.1; OpenID Connect Core 1.0, 3.1.2)."""
    if request.method == "POST":
        # Another site's form brings no session along (SameSite); the same question as a link does.
        return redirect(f"{request.path}?{request.POST.urlencode()}")
    asked = _asked(request)
    if isinstance(asked, HttpResponse):
        return asked
    client: Client = asked.request.client
    prompts = request.GET.get("prompt", "").split()
    if (step := _sign_in(request, client, prompts)) is not None:
        return step
    if (grant := _granted(request, client, asked.request.scope.split(), prompts)) is not None:
        return _issue(request, asked, grant)
    if prompts == ["none"]:
        return _refuse(request, ConsentRequiredError(redirect_uri=asked.redirect_uri, state=request.GET.get("state")))
    return _consent_page(request, client, asked)


def _asked(request: Request) -> Any:
    """The request as Authlib judged it, or the answer that it is none. An address that the app did not register is
    never gone to: then the page here says what is wrong."""
    account = request.user if request.actor.kind in ("worker", "staff") else None
    try:
        return server.get_consent_grant(request, end_user=account)
    except OAuth2Error as error:
        return _refuse(request, error)
    except ValueError:
        # Letters that no parameter of the protocol may hold.
        return _wrong(request, "invalid_request")


def _sign_in(request: Request, client: Client, prompts: list[str]) -> HttpResponse | None:
    """The step to signing in here with the right kind of account, when it is to be made (again); else None."""
    here = f"{request.path}?{request.GET.urlencode()}"
    if request.actor.kind == client.accounts:
        age = int(now().timestamp()) - signed_in_at(request)
        most = request.GET.get("max_age", "")
        wanted = "login" in prompts or (most.isdigit() and age > int(most))
        if not wanted or request.session.pop(AGAIN, "") == _mark(request):
            return None
    if prompts == ["none"]:
        asked = request.GET
        error = LoginRequiredError(redirect_uri=asked.get("redirect_uri"), state=asked.get("state"))
        return _refuse(request, error)
    if request.user.is_authenticated:
        StaffSession.objects.filter(session_key=request.session.session_key or "").delete()
        auth.logout(request)
    request.session[AGAIN] = _mark(request)
    page = "people:sign_in" if client.accounts == Account.Kind.STAFF else "people:worker_sign_in"
    after = here if AFTER in request.GET else f"{here}&{AFTER}=1"
    return redirect(f"{reverse(page)}?{urlencode({'next': after})}")


def _mark(request: Request) -> str:
    """Names one request of an app, whichever way it comes back to us."""
    return "|".join(request.GET.get(name, "") for name in ("client_id", "state", "nonce", "code_challenge"))


def _granted(request: Request, client: Client, scopes: list[str], prompts: list[str]) -> Grant | None:
    """The consent that covers this request, None when the person is to be asked."""
    if "consent" in prompts:
        return None
    grant = consents.standing(request.user, client)
    listed = {scope.name for scope in consents.offered(client, scopes)}
    return grant if grant is not None and listed <= set(grant.asked) else None


def _issue(request: Request, asked: Any, grant: Grant) -> HttpResponse:
    """Back to the app with a code."""
    asked.request.auth_time = signed_in_at(request)
    with transaction.atomic():
        answer = server.create_authorization_response(asked.request, grant_user=request.user, grant=asked)
    return _back(request, add_params_to_uri(answer["Location"], {"iss": settings.PUBLIC_URL}))


def _back(request: Request, address: str) -> HttpResponse:
    """To the app: by a redirect; after a form of ours by a page that goes on by itself, since browsers hold a form's
    redirects to the form's own site (CSP `form-action`), and the page says where it leads."""
    if request.method == "GET" and AFTER not in request.GET:
        response = HttpResponse(status=302)
        response["Location"] = address
        return response
    return render(request, "signon/back.html", {"address": address, "host": urlsplit(address).netloc})


def _refuse(request: Request, error: OAuth2Error) -> HttpResponse:
    """The error to the app, when it is one and the address is its own; else a page here."""
    if not error.redirect_uri:
        return _wrong(request, str(error.error))
    error.state = request.GET.get("state")
    return _back(request, add_params_to_uri(error.redirect_uri, [*error.get_body(), ("iss", settings.PUBLIC_URL)]))


def _wrong(request: Request, code: str) -> HttpResponse:
    return render(request, "signon/wrong.html", {"code": code}, status=400)


def _consent_page(request: Request, client: Client, asked: Any) -> HttpResponse:
    scopes = consents.offered(client, asked.request.scope.split())
    context = {
        "client": client,
        "host": urlsplit(asked.redirect_uri).netloc,
        "plain": [scope for scope in scopes if not scope.explicit],
        "explicit": [scope for scope in scopes if scope.explicit],
        "who": mask_phone(request.user.phone) or str(request.user),
        "action": f"{reverse('signon:consent')}?{request.GET.urlencode()}",
    }
    return render(request, "signon/consent.html", context)


@require_POST
@never_cache
@limited("authorize")
@whole
def consent(request: Request) -> HttpResponse:
    """The person's answer to the consent page; the app's request stands in the address."""
    asked = _asked(request)
    if isinstance(asked, HttpResponse):
        return asked
    client: Client = asked.request.client
    if request.actor.kind != client.accounts:
        return redirect(f"{reverse('signon:authorize')}?{request.GET.urlencode()}")
    if request.POST.get("decision") != "agree":
        return _refuse(request, AccessDeniedError(redirect_uri=asked.redirect_uri))
    grant = consents.give(
        request.actor, request.user, client, asked.request.scope.split(), request.POST.getlist("scope_granted")
    )
    return _issue(request, asked, grant)
