"""消息: what we have sent the worker, and what they want to be sent."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.content import pushing, tables
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


@never_cache
@require_http_methods(["GET", "POST"])
def settings_page(request: Request) -> HttpResponse:
    """消息设置: which columns are pushed, and whether by SMS too. What concerns one's own matters always comes."""
    if request.actor.kind != "worker":
        return redirect("people:worker_sign_in")
    if request.method == "POST":
        pushing.choose(request.actor, request.POST.getlist("wanted"), "sms" in request.POST)
        messages.success(request, _("已保存。"))
        return redirect("portal:message_settings")
    choice = pushing.choice_of(request.actor)
    context = {
        "columns": [(code, str(one), code not in choice.unwanted) for code, one in tables.columns().items()],
        "sms": choice.sms,
        "rules": tables.push_rules(),
    }
    return render(request, "portal/message_settings.html", context)
