"""建会: the page on which colleagues sign to be members, and the notice of the union that was founded."""

from __future__ import annotations

from typing import Any

import segno
from django import forms
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.founding import seals, signing
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.flow.step_forms import add_kernel_errors
from gonghui.kernel.times import today
from gonghui.kernel.vault import mask_phone
from gonghui.law.documents.page import record_page
from gonghui.people.http import Request
from gonghui.portal.beside import beside
from gonghui.portal.limits import allowed
from gonghui.services.actions import application_of
from gonghui.services.fields import form_field
from gonghui.services.queries import Own
from gonghui.services.spec import FormField

RATE = "60/h"
ID_NO = FormField(name="id_no", type="id_no", zh="身份证号", en="Identity number", required=True, secret=True)


class SignForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=30)
    promise = forms.BooleanField(label=gettext_lazy("我自愿加入工会，遵守工会章程；同意用这些信息登记会籍"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[ID_NO.name] = form_field(ID_NO, today())
        self.order_fields(["name", "id_no", "promise"])


@never_cache
@require_http_methods(["GET", "POST"])
def sign(request: Request, token: str) -> HttpResponse:
    """Sign to be a member, signed in by a code to one's own phone: nobody signs for somebody else.

    Who signed is seen by the union that handles it, never by the employer."""
    try:
        found = signing.open_one(token)
    except NotFound as error:
        raise Http404 from error
    own = request.actor.kind == "worker"
    if request.method == "POST" and not own:
        return redirect_to_login(request.get_full_path(), login_url=resolve_url("people:worker_sign_in"))
    form = SignForm(request.POST or None)
    status, signed = 200, None
    if request.method == "POST":
        status = 422
        if not allowed(request, "founding_sign", RATE):
            form.add_error(None, _("签名太频繁，请过一会儿再试。"))
            status = 429
        elif form.is_valid():
            given = form.cleaned_data
            try:
                id_no = "".join(given["id_no"].split()).upper()
                signed = signing.sign(request.actor, token, given["name"], id_no)
                status = 200
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
            except GuardRefused as error:
                form.add_error(None, error.reasons[0])
                status = 409
    phone = mask_phone(request.user.phone) if own else ""
    context = {"found": found, "form": form, "signed": signed, "own": own, "phone": phone}
    return render(request, "portal/founding_sign.html", context, status=status)


@never_cache
@require_GET
def notice(request: Request, matter_id: int) -> HttpResponse:
    """成立通知: for whoever applied."""
    try:
        application, _service = application_of(request.actor, matter_id)
        row = signing.notice_of(request.actor, application.matter)
    except NotFound as error:
        raise Http404 from error
    return render(request, "portal/founding_notice.html", {"row": row, "matter": application.matter})


@never_cache
@require_GET
def seal(request: Request, matter_id: int) -> HttpResponse:
    """印章备案表 with the proof for making the seal: for whoever applied, once the union is there."""
    try:
        application, _service = application_of(request.actor, matter_id)
        fields = seals.fields_of(application.matter, names=False)
    except NotFound as error:
        raise Http404 from error
    context = {"back_url": reverse("portal:application", args=[matter_id])}
    return record_page(request, seals.DOCUMENT, fields, layout="base.html", context=context)


@beside("M03")
def signing_up(request: Request, page: Own) -> list[tuple[str, dict[str, Any]]]:
    """Where colleagues sign, for who founds a union; then the union itself."""
    founding = signing.page_of(page.matter)
    if founding is None:
        return []
    address = reverse("portal:founding_sign", args=[founding.row.token]) if founding.row.token else ""
    whole = request.build_absolute_uri(address) if address else ""
    picture = segno.make(whole, error="m").svg_inline(scale=4, border=2) if whole else ""
    context = {"founding": founding, "matter_id": page.matter.pk, "sign_url": whole, "sign_qr": picture}
    return [("portal/beside/founding.html", context)]
