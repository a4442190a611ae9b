"""消息: what we have sent the worker."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from gonghui.people.http import Request
from gonghui.portal import inbox
from gonghui.portal.views.mine import page_of

A_PAGE = 30


@never_cache
@require_GET
def messages_page(request: Request) -> HttpResponse:
    """The messages of a signed-in worker; opening the page reads them."""
    if request.actor.kind != "worker":
        return redirect("people:worker_sign_in")
    number = page_of(request)
    rows, more = inbox.page(request.actor, (number - 1) * A_PAGE, A_PAGE)
    context = {"rows": rows, "before": number - 1, "after": number + 1 if more else 0}
    return render(request, "portal/messages.html", context)
