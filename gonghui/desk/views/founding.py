"""建会 at the desk: a founding that the union above plans, and the record of a new union's seal."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.desk.forms import add_kernel_errors
from gonghui.desk.views.matter import seen
from gonghui.founding import planning, seals
from gonghui.kernel.errors import InvalidData, KernelError, NotFound
from gonghui.kernel.times import today
from gonghui.law.documents.page import record_page
from gonghui.people.decorators import role_required, staff_required
from gonghui.people.http import Request
from gonghui.services.actions import service_for
from gonghui.services.fields import form_field
from gonghui.services.queries import reads_clear

# Of the worker's own form: the workplace. Who prepares it is found when the union gets in touch.
ASKED = ("unit", "uscc", "region", "address", "employees", "new_form", "way")


class PlanForm(forms.Form):
    """立项: the workplace as the service's file asks for it, and what the plan rests on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        service = service_for(planning.SERVICE)
        for name in ASKED:
            self.fields[name] = form_field(service.field(name), today())
        self.fields["name"] = forms.CharField(label=gettext_lazy("单位联系人（有就填）"), max_length=60, required=False)
        phone = form_field(service.field("phone"), today())
        phone.label, phone.required = gettext_lazy("联系电话（有就填）"), False
        self.fields["phone"] = phone
        self.fields["basis"] = forms.CharField(
            label=gettext_lazy("立项依据"),
            max_length=200,
            help_text=gettext_lazy("哪一份建会计划、摸排名单或者走访；不要写个人信息。"),
        )
        self.fields["key"] = forms.CharField(widget=forms.HiddenInput, max_length=64)


@role_required(*planning.PLANNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def plan(request: Request) -> HttpResponse:
    """Begin a founding by plan, without waiting for a worker's wish."""
    mine = planning.planners(request.actor)
    if not mine:
        raise Http404
    form = PlanForm(request.POST or None, initial={"region": mine[0].region_id, "key": secrets.token_hex(12)})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = dict(form.cleaned_data)
            basis, key = given.pop("basis"), given.pop("key")
            try:
                done = planning.plan(request.actor, given, basis, key)
                messages.success(request, _("已立项，编号 %(number)s。") % {"number": done.matter.number})
                return redirect("desk:matter", done.matter.pk)
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
            except KernelError as error:
                form.add_error(None, str(error))
    return render(request, "desk/founding_plan.html", {"form": form}, status=status)


@staff_required
@never_cache
@require_GET
def seal(request: Request, matter_id: int) -> HttpResponse:
    """印章备案表 with the proof for making the seal, once the union is there."""
    matter = seen(request, matter_id)
    try:
        if not reads_clear(request.actor, matter):
            raise NotFound
        fields = seals.fields_of(matter, names=True)
    except NotFound as error:
        raise Http404 from error
    context = {"back_url": reverse("desk:matter", args=[matter_id])}
    return record_page(request, seals.DOCUMENT, fields, layout="desk/base.html", context=context)
