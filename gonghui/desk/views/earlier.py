"""以前的领取名单 at the desk: who had something that is given once in a life before this platform kept count."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.desk.forms import UnionListForm
from gonghui.desk.union_lists import entered
from gonghui.kernel.errors import KernelError
from gonghui.kernel.flow.step_forms import add_refusal
from gonghui.people.decorators import role_required
from gonghui.people.http import Request, made_book
from gonghui.people.identity import born_on
from gonghui.services import earlier

KEEPERS = ("handler", "dispatcher", "leader")


class ServiceField(forms.ChoiceField):
    """What a person has once in their life."""

    def __init__(self) -> None:
        super().__init__(label=gettext_lazy("领的是什么"), choices=lambda: [(s.id, str(s)) for s in earlier.services()])


class ListForm(UnionListForm):
    service = ServiceField()
    field_order = ("service", "organisation", "file")


class OutForm(forms.Form):
    """Somebody is to be taken out of the lists of one's own unions."""

    service = ServiceField()
    id_no = forms.CharField(label=gettext_lazy("身份证号"), max_length=40)
    reason = forms.CharField(label=gettext_lazy("理由"), max_length=earlier.REASON_MOST)

    def clean_id_no(self) -> str:
        text = "".join(self.cleaned_data["id_no"].split()).upper()
        if born_on(text) is None:
            raise forms.ValidationError(_("身份证号不对：应是 18 位，最后一位可以是 X，请对照证件核对。"))
        return text


def _service(service_id: str) -> Any:
    return next(one for one in earlier.services() if one.id == service_id)


@role_required(*KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def bring_in(request: Request) -> HttpResponse:
    """Bring a list in: all of it, or none and the reasons."""
    form = ListForm(
        request.POST or None, request.FILES or None,
        paths=request.actor.paths_as(*KEEPERS), rows_most=earlier.ROWS_MOST, bytes_most=earlier.BYTES_MOST,
    )  # fmt: skip

    def take(data: dict[str, Any]) -> earlier.Report:
        return earlier.bring_in(request.actor, data["organisation"], _service(data["service"]), data["file"])

    return entered(request, form, take, "desk/earlier.html", "desk:services")


@role_required(*KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def take_out(request: Request) -> HttpResponse:
    """Who was in a list by mistake may have it after all."""
    form = OutForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            asked, paths = form.cleaned_data, request.actor.paths_as(*KEEPERS)
            try:
                earlier.take_out(request.actor, paths, _service(asked["service"]), asked["id_no"], asked["reason"])
                messages.success(request, _("已从名单里取出，可以申请了。"))
                return redirect("desk:services")
            except KernelError as error:
                add_refusal(form, error)
    return render(request, "desk/earlier_out.html", {"form": form}, status=status)


@role_required(*KEEPERS)
@require_GET
def template(request: Request) -> HttpResponse:
    """The empty file."""
    return made_book(earlier.template(), "earlier.xlsx")
