"""我的会费: what the worker's union charged and received of them, month by month, with receipts."""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from gonghui.dues import queries, receipts, tables
from gonghui.kernel.errors import NotFound
from gonghui.law.documents.page import record_page
from gonghui.people.http import Request


@never_cache
@require_GET
def page(request: Request) -> HttpResponse:
    """The worker's own dues; who is no member is told how to become one."""
    if request.actor.kind != "worker":
        return redirect_to_login(resolve_url("portal:dues"), login_url=resolve_url("people:worker_sign_in"))
    row = queries.own(request.actor)
    months = queries.months_of(row) if row is not None else []
    free = [{"row": one, "label": tables.label(one.code)} for one in queries.exemptions_of(row)] if row else []
    context = {
        "row": row, "months": months, "total": queries.total(months), "exemptions": free,
        "by_state": tables.label(tables.by_state(row.state)) if row is not None else "",
    }  # fmt: skip
    return render(request, "portal/dues.html", context)


@never_cache
@require_GET
def receipt(request: Request, receipt_id: int) -> HttpResponse:
    """One's own receipt, in the page, as Word or PDF."""
    if request.actor.kind != "worker":
        raise Http404
    try:
        line = queries.receipt_line(request.actor, receipt_id)
    except NotFound as error:
        raise Http404 from error
    context = {"back_url": reverse("portal:dues")}
    return record_page(request, receipts.DOCUMENT, receipts.fields_of(line), layout="base.html", context=context)
