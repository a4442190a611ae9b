"""The first page, help, and how one likes to read."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_GET, require_POST
from django.views.i18n import set_language

from gonghui.appeals.actions import DraftExpired, load_draft
from gonghui.people.http import Request
from gonghui.people.models import Account
from gonghui.portal import likely
from gonghui.portal.context import LARGE_TEXT, large
from gonghui.portal.mine import due_soon
from gonghui.portal.questions import TextForm
from gonghui.portal.views.ask import COOKIE

# What workers ask most (handbook 1.3, the most frequent groups), as they would say it. The law is searched in Chinese,
# in whatever language the page is read.
TOPICS = (
    _("拖欠工资"),
    _("被辞退"),
    _("没签合同"),
    _("加班费"),
    _("工伤"),
    _("没交社保"),
    _("怀孕被辞退"),
    _("高温补贴"),
)


# On a wide screen these stand on the left; on a phone the order is the same.
MAIN = ("ask", "matters")


@require_GET
def home(request: Request) -> HttpResponse:
    """What this person most likely needs first (`likely`): to ask, what waits for them, what fits, what is near."""
    draft = None
    if request.COOKIES.get(COOKIE):
        try:
            draft = load_draft(request.COOKIES[COOKIE])
        except DraftExpired:
            draft = None
    unfinished = draft is not None and draft.appeal_id is None
    found = likely.home(request.actor)
    context = {
        "form": TextForm(),
        "draft": draft if unfinished else None,
        "home": found,
        "main": [f"portal/home/{part}.html" for part in found.parts if part in MAIN],
        "side": [f"portal/home/{part}.html" for part in found.parts if part not in MAIN],
        "rows": [{"row": row, "soon": due_soon(row)} for row in found.rows],
        "topics": [(words, gettext(words)) for words in TOPICS],
    }
    response = render(request, "portal/home.html", context)
    if request.actor.kind != "anonymous":
        add_never_cache_headers(response)
    return response


@require_GET
def help_page(request: Request) -> HttpResponse:
    return render(request, "portal/help.html")


def _remember(request: Request, **chosen: Any) -> None:
    """How a signed-in person likes to read is kept with the account: it is so on their other devices too."""
    if request.actor.account_id is not None:
        Account.objects.filter(pk=request.actor.account_id).update(**chosen)


@require_POST
def large_text(request: Request) -> HttpResponse:
    """Switch between normal and large letters; this browser remembers it for a year, an account on every device."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("portal:home")
    response = HttpResponseRedirect(back)
    wanted = not large(request)
    _remember(request, large_text=wanted)
    response.set_cookie(
        LARGE_TEXT, "1" if wanted else "0", max_age=365 * 86400, samesite="Lax", secure=request.is_secure()
    )
    return response


@require_POST
def language(request: Request) -> HttpResponse:
    """Switch the language of the pages: in this browser, and with the account on every device."""
    chosen = request.POST.get("language", "")
    if chosen in dict(settings.LANGUAGES):
        _remember(request, language=chosen)
    return set_language(request)
