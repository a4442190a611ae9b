"""Everybody's own: the apps that may know something of them, and the foreign accounts that sign in as them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.people.http import Request
from gonghui.signon import consents, links
from gonghui.signon.guards import whole
from gonghui.signon.models import Client, ForeignIdentity, Partner
from gonghui.signon.rules import scopes


@never_cache
@require_http_methods(["GET", "POST"])
@whole
def mine(request: Request) -> HttpResponse:
    """Worker or staff: what was granted to which app, to be withdrawn; which links there are, to be undone."""
    if request.actor.kind not in ("worker", "staff"):
        return redirect("people:worker_sign_in")
    if request.method == "POST":
        return _undone(request)
    known = scopes()
    context = {
        "apps": [
            {"grant": grant, "scopes": [known[name].label for name in grant.scopes if name in known]}
            for grant, _consent in consents.given(request.user)
        ],
        "links": ForeignIdentity.objects.filter(account=request.user).select_related("partner").order_by("linked_at"),
    }
    return render(request, "signon/mine.html", context)


def _undone(request: Request) -> HttpResponse:
    what, text = request.POST.get("what", ""), request.POST.get("which", "")
    pk = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
    count = 0
    if what == "app" and (client := Client.objects.filter(pk=pk).first()) is not None:
        count = consents.withdraw(request.actor, request.user, client)
    if what == "partner" and (partner := Partner.objects.filter(pk=pk).first()) is not None:
        count = links.unlink(request.actor, request.user, partner)
    if count:
        messages.success(request, _("授权已撤回。") if what == "app" else _("已解除关联。"))
    else:
        messages.info(request, _("没有可以撤回的授权。"))
    return redirect("signon:mine")
