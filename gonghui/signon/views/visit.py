"""Signing in here with another party's account, and the link by which an app leads straight to one of our services."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.kernel.errors import KernelError
from gonghui.kernel.times import now
from gonghui.kernel.vault import mask_phone
from gonghui.people import staff_views, worker_views
from gonghui.people.http import Request
from gonghui.people.middleware import CAME_BY
from gonghui.people.models import Account
from gonghui.signon import links, visiting
from gonghui.signon.guards import limited, whole
from gonghui.signon.hooks import FROM_APP
from gonghui.signon.models import Client, Partner
from gonghui.signon.partners import PartnerFails
from gonghui.signon.rules import numbers

logger = logging.getLogger(__name__)
# Session: who came back from a partner and is not linked yet.
ARRIVED = "signon_arrived"
BACKEND = settings.AUTHENTICATION_BACKENDS[-1]


def _partner(slug: str) -> Partner:
    found = Partner.objects.filter(slug=slug, active=True).select_related("app").first()
    if found is None:
        raise Http404
    return found


def _own(request: Request, address: str) -> str:
    """The address when it is one of ours, else ""."""
    own = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if own else ""


@never_cache
@require_GET
@limited("visit")
@whole
def go(request: Request) -> HttpResponse:
    """`?client=…&next=/services/M04/`: an app's link to one of our services, signed in.

    `client` is a partner, whose account signs in here, or an app of ours, whose users sign in here themselves. What is
    applied for afterwards counts as made from that app.
    """
    name, wanted = request.GET.get("client", ""), _own(request, request.GET.get("next", "")) or reverse("portal:home")
    partner = Partner.objects.filter(slug=name, active=True).select_related("app").first()
    app = partner.app if partner is not None else Client.objects.filter(client_id=name, active=True).first()
    if partner is None and app is None:
        raise Http404
    accounts = partner.accounts if partner is not None else app.accounts if app is not None else ""
    _came_from(request, app)
    if request.actor.kind == accounts:
        return redirect(wanted)
    if partner is not None:
        return redirect(f"{reverse('signon:with', args=[partner.slug])}?{urlencode({'next': wanted})}")
    page = "people:sign_in" if accounts == Account.Kind.STAFF else "people:worker_sign_in"
    return redirect(f"{reverse(page)}?{urlencode({'next': wanted})}")


def _came_from(request: Request, app: Client | None) -> None:
    """For a while this session's applications are made from the app; from none when the link is no app's."""
    if app is not None and app.active:
        until = int(now().timestamp()) + numbers()["from_app"]
        request.session[CAME_BY] = [FROM_APP + app.client_id, until]
    else:
        request.session.pop(CAME_BY, None)


@never_cache
@require_GET
@limited("visit")
@whole
def begin(request: Request, partner_slug: str) -> HttpResponse:
    """To the partner's sign-in."""
    partner = _partner(partner_slug)
    try:
        address = visiting.begin(request, partner, _own(request, request.GET.get("next", "")))
    except PartnerFails as error:
        return _failed(request, partner, error, error.cause)
    response = HttpResponse(status=302)
    response["Location"] = address
    return response


@never_cache
@require_GET
@limited("visit")
@whole
def back(request: Request, partner_slug: str) -> HttpResponse:
    """Back from the partner: in, when the account is linked; else to the page that asks who they are here."""
    partner = _partner(partner_slug)
    try:
        known = visiting.finish(request, partner)
    except (visiting.NotSignedIn, PartnerFails) as error:
        return _failed(request, partner, error, error.cause)
    account = links.account_of(partner, known.subject_hash)
    if account is not None:
        links.used(partner, account)
        return _enter(request, account, known.wanted)
    request.session[ARRIVED] = {
        "partner": partner.pk,
        "subject": known.subject_hash,
        "called": known.called,
        "wanted": known.wanted,
        "at": int(now().timestamp()),
    }
    return redirect("signon:first")


def _enter(request: Request, account: Account, wanted: str) -> HttpResponse:
    """As after our own sign-in: a staff member still has their second factor to show."""
    came_by = request.session.get(CAME_BY)
    if account.kind == Account.Kind.STAFF:
        return staff_views.enter(request, account, wanted, BACKEND)
    response = worker_views.enter(request, account, wanted)
    if came_by:
        request.session[CAME_BY] = came_by
    return response


def _failed(request: Request, partner: Partner, error: KernelError, cause: str) -> HttpResponse:
    logger.warning("sign-in by %s: %s", partner.slug, cause)
    page = "people:sign_in" if partner.accounts == Account.Kind.STAFF else "people:worker_sign_in"
    context = {"partner": partner, "error": str(error), "own_page": reverse(page)}
    return render(request, "signon/failed.html", context, status=502 if isinstance(error, PartnerFails) else 400)


@never_cache
@require_http_methods(["GET", "POST"])
@limited("visit")
@whole
def first(request: Request) -> HttpResponse:
    """The first time from there: link the account one has here, after signing in to it, or begin a new one."""
    arrived = request.session.get(ARRIVED)
    fresh = arrived is not None and now().timestamp() - arrived["at"] <= numbers()["partner"]["begun"]
    partner = Partner.objects.filter(pk=arrived["partner"], active=True).first() if arrived and fresh else None
    if arrived is None or partner is None:
        request.session.pop(ARRIVED, None)
        messages.info(request, _("请重新登录。"))
        return redirect("people:worker_sign_in")
    signed_in = request.actor.kind == partner.accounts
    if request.method == "POST":
        return _decided(request, partner, arrived, signed_in)
    context = {
        "partner": partner,
        "called": arrived["called"],
        "signed_in": signed_in,
        "own": (mask_phone(request.user.phone) or str(request.user)) if signed_in else "",
        "staff": partner.accounts == Account.Kind.STAFF,
        "sign_in": _sign_in_page(partner),
    }
    return render(request, "signon/first.html", context)


def _sign_in_page(partner: Partner) -> str:
    page = "people:sign_in" if partner.accounts == Account.Kind.STAFF else "people:worker_sign_in"
    return f"{reverse(page)}?{urlencode({'next': reverse('signon:first')})}"


def _decided(request: Request, partner: Partner, arrived: dict[str, str], signed_in: bool) -> HttpResponse:
    step = request.POST.get("step", "")
    if step not in ("link", "new") or (step == "link" and not signed_in):
        return redirect("signon:first")
    try:
        if step == "link":
            links.link(request.actor, request.user, partner, arrived["subject"])
            request.session.pop(ARRIVED, None)
            messages.success(request, _("已关联，以后可以用“%(partner)s”的账号登录。") % {"partner": partner.name})
            home = "desk:home" if partner.accounts == Account.Kind.STAFF else "portal:my"
            return redirect(_own(request, arrived["wanted"]) or home)
        account = links.account_of(partner, arrived["subject"]) or links.newcomer(partner, arrived["subject"])
    except KernelError as error:
        messages.error(request, str(error))
        return redirect("signon:first")
    except IntegrityError:
        # The button was pressed twice: the other one made the account.
        return redirect("signon:first")
    request.session.pop(ARRIVED, None)
    return _enter(request, account, arrived["wanted"])
