"""心理服务 at the desk: a counsellor's queue and hotline; for who keeps the rota, the rota and anonymous figures."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.desk.forms import add_kernel_errors
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.matters import state_text
from gonghui.kernel.times import today
from gonghui.people.decorators import role_required
from gonghui.people.http import Request
from gonghui.services.catalogue import catalogue
from gonghui.wellbeing.counselling import people, queries, rota
from gonghui.wellbeing.models import Counselling

DAYS = (
    gettext_lazy("周一"),
    gettext_lazy("周二"),
    gettext_lazy("周三"),
    gettext_lazy("周四"),
    gettext_lazy("周五"),
    gettext_lazy("周六"),
    gettext_lazy("周日"),
)
WEEKDAYS = tuple(zip("0123456", DAYS, strict=True))
DID = (
    ("talked", gettext_lazy("通话稳定情绪")),
    ("police", gettext_lazy("联系 110")),
    ("ambulance", gettext_lazy("联系 120")),
    ("kin", gettext_lazy("经本人同意联系亲友")),
    ("booked", gettext_lazy("约了面谈")),
)


def choices_of(name: str) -> list[tuple[str, str]]:
    return [(choice.code, str(choice)) for choice in catalogue().services["M23"].field(name).choices]


class CallForm(forms.Form):
    topic = forms.ChoiceField(label=gettext_lazy("谈的什么"))
    risk = forms.ChoiceField(
        label=gettext_lazy("风险"),
        choices=[row for row in Counselling.Risk.choices if row[0]],
        widget=forms.RadioSelect,
    )
    did = forms.MultipleChoiceField(
        label=gettext_lazy("做了什么"), choices=DID, required=False, widget=forms.CheckboxSelectMultiple
    )
    minutes = forms.IntegerField(label=gettext_lazy("通话几分钟"), min_value=1, max_value=300)
    note = forms.CharField(
        label=gettext_lazy("记录（只有您能看到）"), required=False, max_length=2000,
        help_text=gettext_lazy("匿名来电：不写姓名、电话和单位。"), widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["topic"]
        field.choices = choices_of("topic")


@role_required(people.ROLE)
@never_cache
@require_http_methods(["GET", "POST"])
def home(request: Request) -> HttpResponse:
    """The cases one takes part in, the times ahead, and an anonymous call to write down."""
    form = CallForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                queries.record_call(request.actor, form.cleaned_data)
                messages.success(request, _("已记录。"))
                return redirect("desk:counselling")
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
    names = dict(choices_of("topic"))
    rows = [(case, names.get(case.topic, case.topic), state_text(case.matter)) for case in queries.queue(request.actor)]
    context = {"rows": rows, "sessions": queries.sessions_ahead(request.actor), "form": form}
    return render(request, "desk/counselling.html", context, status=status)


class ShiftForm(forms.Form):
    counsellor = forms.ChoiceField(label=gettext_lazy("咨询师"))
    weekday = forms.ChoiceField(label=gettext_lazy("星期"), choices=WEEKDAYS)
    starts = forms.TimeField(label=gettext_lazy("从"), widget=forms.TimeInput(attrs={"type": "time"}))
    ends = forms.TimeField(label=gettext_lazy("到"), widget=forms.TimeInput(attrs={"type": "time"}))

    def __init__(self, *args: Any, rows: list[rota.Row], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["counsellor"]
        field.choices = [(str(row.account.pk), str(row.account)) for row in rows]


@role_required(*people.KEEPERS, "analyst")
@never_cache
@require_http_methods(["GET", "POST"])
def rota_page(request: Request) -> HttpResponse:
    """Who is on call when; and figures, without anybody's case and without small counts."""
    path = request.actor.paths_as(*people.KEEPERS, "analyst")[0]
    rows, may_keep = rota.rows(path), bool(request.actor.paths_as(*people.KEEPERS))
    form = ShiftForm(request.POST if request.POST.get("step") == "shift" else None, rows=rows)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if request.POST.get("step") == "drop":
                rota.drop_shift(request.actor, path, request.POST.get("shift", ""))
                return redirect("desk:counselling_rota")
            if request.POST.get("step") == "away":
                away = request.POST.get("away") == "yes"
                passed_on = rota.set_away(request.actor, path, request.POST.get("account", ""), away)
                messages.success(request, _("已保存。"))
                if passed_on:
                    messages.success(request, _("在办的 %(n)d 件已请别的咨询师接手。") % {"n": passed_on})
                return redirect("desk:counselling_rota")
            if form.is_valid():
                rota.add_shift(request.actor, path, **form.cleaned_data)
                messages.success(request, _("已保存。"))
                return redirect("desk:counselling_rota")
        except InvalidData as error:
            add_kernel_errors(form, error.errors)
        except NotAllowed as error:
            raise Http404 from error
    since = parse_date(request.GET.get("since", "")) or today() - timedelta(days=89)
    until = parse_date(request.GET.get("until", "")) or today()
    found = queries.figures(request.actor, path, since, until)
    topics, ways = dict(choices_of("topic")), dict(choices_of("way"))
    context = {
        "rows": rows,
        "form": form,
        "may_keep": may_keep,
        "figures": found,
        "by_topic": [(topics.get(name, name), count) for name, count in found.by_topic.items()],
        "by_way": [(ways.get(name, name), count) for name, count in found.by_way.items()],
        "weekdays": [label for _code, label in WEEKDAYS],
        "since": since,
        "until": until,
    }
    return render(request, "desk/counselling_rota.html", context, status=status)
