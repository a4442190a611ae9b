"""公示: what everybody may read of the grants before they are decided, and the way to object."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.craft import library, objecting
from gonghui.kernel.scope import as_system
from gonghui.people.http import Request
from gonghui.portal import objections
from gonghui.services import notices
from gonghui.services.catalogue import catalogue, service_of

MOST = 200


class ObjectionForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("哪里不对，有什么依据"),
        max_length=notices.TEXT_MOST,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": notices.TEXT_MOST}),
    )
    name = forms.CharField(
        label=gettext_lazy("您的姓名"),
        max_length=30,
        required=False,
        help_text=gettext_lazy("实名的会在核查清楚后才决定；不想留名的，作为线索核对。"),
    )
    phone = forms.CharField(
        label=gettext_lazy("您的电话"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}),
    )


@require_GET
def index(request: Request) -> HttpResponse:
    """The notices that stand now, newest first."""
    with as_system("published for everybody"):
        rows = list(notices.published()[:MOST])
        deeds = library.deeds_of(rows)
        ranked = list(objecting.under_notice()[:MOST])
    services = catalogue().by_kind
    shown: list[dict[str, Any]] = [{"notice": row, "service": services[row.application.kind]} for row in rows]
    for one in shown:
        if (told := deeds.get(one["notice"].pk)) is not None:
            one |= {"deeds": told, "honour": library.words_of(told.honour)}
    return render(request, "portal/notices.html", {"rows": shown, "contests": ranked})


@never_cache
@require_http_methods(["GET", "POST"])
def objection(request: Request, notice_id: int) -> HttpResponse:
    """Object to one notice."""
    with as_system("published for everybody"):
        row = notices.published().filter(pk=notice_id).first()
    if row is None:
        raise Http404
    form = ObjectionForm(request.POST or None)
    deed = partial(notices.object_to, row.pk)
    answer, status = objections.taken(request, form, deed, _("已收到您的异议。"), "portal:notices")
    if answer is not None:
        return answer
    context: dict[str, Any] = {
        "row": row,
        "service": service_of(row.application),
        "form": form,
    }
    return render(request, "portal/objection.html", context, status=status)
