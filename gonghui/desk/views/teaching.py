"""授课登记 at the desk: who taught a session, by title and hours, from which the honorarium is reckoned."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.desk.forms import add_kernel_errors
from gonghui.desk.views.offers import ROLES, own_offer
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.learning import honoraria, tables
from gonghui.people.decorators import role_required
from gonghui.people.http import Request


class TeachingForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("讲师姓名"), max_length=40)
    phone = forms.CharField(
        label=gettext_lazy("讲师的手机号"),
        max_length=20,
        help_text=gettext_lazy("讲师用它登录本平台，自己申领课酬、看发放情况。"),
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}),
    )
    title = forms.ChoiceField(label=gettext_lazy("职称或身份"), widget=forms.RadioSelect)
    title_proof = forms.CharField(
        label=gettext_lazy("凭据"), max_length=200, help_text=gettext_lazy("例如：高级技师证书编号、劳模证书编号。")
    )
    hours = forms.DecimalField(label=gettext_lazy("实际学时"), min_value=0, max_digits=4, decimal_places=1)

    def __init__(self, *args: Any, titles: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        title: Any = self.fields["title"]
        title.choices = titles


def _rated(title: tables.Title) -> str:
    """The title with its rate, and whether that was checked against its text."""
    text = _("%(title)s（每学时最多 %(most)s 元）") % {"title": title, "most": title.most}
    return text if title.mark in ("V", "P") else f"{text} {_('未核实')}"


@role_required(*ROLES)
@never_cache
@require_http_methods(["GET", "POST"])
def teaching(request: Request, offer_id: int) -> HttpResponse:
    """Note who taught; after that the lecturer claims the honorarium."""
    _service, offer = own_offer(request, offer_id)
    row = honoraria.of_offer(offer)
    rule = tables.honoraria().rule_on(honoraria.day_of(offer)) if offer.starts is not None else None
    titles = [(one.code, _rated(one)) for one in (rule.titles if rule is not None else ())]
    most = honoraria.most_hours(offer)
    initial = (
        {"name": row.lecturer_name, "title": row.title, "title_proof": row.title_proof, "hours": row.hours}
        if row is not None
        else {"hours": most}
    )
    form = TeachingForm(request.POST or None, titles=titles, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                honoraria.register(request.actor, offer, **form.cleaned_data)
                messages.success(request, _("已登记，讲师会收到申领课酬的通知。"))
                return redirect("desk:lecture_teaching", offer.pk)
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
            except GuardRefused as error:
                form.add_error(None, error.reasons[0])
                status = 409
    context = {
        "offer": offer,
        "form": form,
        "row": row,
        "reckoned": honoraria.reckon(row) if row is not None else None,
        "claimed": row is not None and honoraria.claimed(offer),
        "rule": rule,
        "most": most,
    }
    return render(request, "desk/lecture_teaching.html", context, status=status)
