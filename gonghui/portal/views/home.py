"""The first page, help, and how one likes to read."""

from __future__ import annotations

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_GET, require_POST

from gonghui.appeals.actions import DraftExpired, load_draft
from gonghui.people.http import Request
from gonghui.portal.context import LARGE_TEXT
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


@require_GET
def home(request: Request) -> HttpResponse:
    """Write what happened, follow a case, or call."""
    draft = None
    if request.COOKIES.get(COOKIE):
        try:
            draft = load_draft(request.COOKIES[COOKIE])
        except DraftExpired:
            draft = None
    unfinished = draft is not None and draft.appeal_id is None
    context = {
        "form": TextForm(),
        "draft": draft if unfinished else None,
        "topics": [(words, gettext(words)) for words in TOPICS],
    }
    return render(request, "portal/home.html", context)


@require_GET
def help_page(request: Request) -> HttpResponse:
    return render(request, "portal/help.html")


@require_POST
def large_text(request: Request) -> HttpResponse:
    """Switch between normal and large letters; remembered for a year."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}):
        back = reverse("portal:home")
    response = HttpResponseRedirect(back)
    value = "0" if request.COOKIES.get(LARGE_TEXT) == "1" else "1"
    response.set_cookie(LARGE_TEXT, value, max_age=365 * 86400, samesite="Lax", secure=request.is_secure())
    return response
