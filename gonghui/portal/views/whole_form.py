"""一整份表: a service's form on one page, kept on the phone while there is no network and sent whole when there is.

The page that is shown is the same for everybody, with nobody's data; the phone fills in what it kept
(`static/js/drafts.js`, `whole.js`). What is sent passes the checks of the form's pages and becomes the account's draft,
which its owner looks over and hands in as ever. Where something is wrong the page comes back with what was typed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.kernel.times import now
from gonghui.people.http import Request
from gonghui.portal import once
from gonghui.portal.context import owner_tag
from gonghui.portal.form_words import form_words
from gonghui.portal.views.services import filled_in, region_of, service_of
from gonghui.portal.views.wellbeing import emergency
from gonghui.services import actions, forms, offers, refusals
from gonghui.services.models import Offer
from gonghui.services.spec import Service


@never_cache
@require_http_methods(["GET", "POST"])
def blank_form(request: Request, service_id: str) -> HttpResponse:
    """The form without anybody's data; sent, it is kept as the account's draft and the page to check it follows."""
    if request.method == "POST":
        return _sent(request, service_id)
    service = service_of(service_id, "")
    if not service.takes_applications:
        raise Http404
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"account": owner_tag(request), "csrf": get_token(request)})
    form = forms.SectionForm(service=service, section=forms.all_at_once(service), known={}, account_id=None)
    return _page(request, service, form)


def _page(
    request: Request, service: Service, form: forms.SectionForm, status: int = 200, instead: Sequence[Service] = ()
) -> HttpResponse:
    context = {
        "service": service,
        "form": form,
        "sections": [
            {"section": section, "fields": [form[spec.name] for spec in section.fields if spec.name in form.fields]}
            for section in service.form
        ],
        "seen": now() if service.offers is not None else None,
        "words": form_words(),
        "answered": request.method == "POST",
        "once": request.POST.get("once", ""),
        "emergency": service.crisis and form.is_bound and emergency(form.cleaned_data),
        "instead": instead,
    }
    return render(request, "portal/blank_form.html", context, status=status)


def _sent(request: Request, service_id: str) -> HttpResponse:
    service, draft = filled_in(request, service_id)
    if not service.takes_applications:
        raise Http404
    if request.actor.kind != "worker":
        return redirect_to_login(request.path, login_url=resolve_url("people:worker_sign_in"))
    key = request.POST.get("once", "")
    key = key if once.FORM.fullmatch(key) else ""
    if key and (earlier := actions.handed_in(request.actor, service, key)) is not None:
        messages.success(request, _("这一份已经交过，编号 %(number)s。") % {"number": earlier.matter.number})
        return redirect("portal:application", earlier.matter.pk)
    seat = offers.seat_of(draft.completes_id) if draft is not None and draft.completes_id and service.offers else None
    form = forms.SectionForm(
        request.POST,
        request.FILES,
        service=service,
        section=forms.all_at_once(service),
        known={},
        account_id=request.actor.account_id,
        region=region_of(request),
        held=seat.offer if seat is not None else None,
        begun=actions.begun_on(draft) if service.rounds else None,
    )
    if more := request.POST.get("more"):
        return _page(request, service, form.with_one_more(more))
    instead: list[Service] = []
    if form.is_valid():
        values = {spec.name: form.cleaned_data.get(spec.name) for spec in service.fields}
        instead = refusals.instead_of(refusals.broken(service, values))
        for name, texts in forms.wrong_rules(service, values).items():
            for text in texts:
                form.add_error(name, text)
    if form.errors:
        return _page(request, service, form, 422, instead)
    actions.keep(request.actor, service, values)
    if key:
        once.remember(request, service, key)
    if seat is None:
        _tell_of_waiting(request, service, values)
    return redirect("portal:service_check", service.id)


def _tell_of_waiting(request: Request, service: Service, values: dict[str, Any]) -> None:
    """A seat that was free when the offer was seen may be taken by now: say so before the form is handed in."""
    wanted = values.get(service.offer_field) if service.offer_field else None
    row = Offer.objects.filter(pk=wanted).first() if wanted else None
    if row is not None and row.left == 0:
        messages.warning(
            request, _("“%(offer)s”已经报满，交上去是候补。想换一场，请点下面的“修改”。") % {"offer": row.title}
        )
