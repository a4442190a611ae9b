"""登记: an agent takes down a call, a visit or a letter; quick, with the earlier cases of the caller beside it."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from gonghui import brain
from gonghui.appeals import actions, categories, queries, tables
from gonghui.appeals.intake import IntakeData
from gonghui.appeals.queries.places import find_regions
from gonghui.desk.rows import described
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.scope import visible_to
from gonghui.kernel.times import now
from gonghui.kernel.vault import mask_phone
from gonghui.people.decorators import role_required
from gonghui.people.forms import with_errors
from gonghui.people.http import Request

ROLES = ("agent", "dispatcher", "supervisor")
CHANNELS = ("phone", "visit", "letter", "onsite", "wechat", "leader")


def _channels() -> list[tuple[str, str]]:
    return [(item.code, item.label) for item in tables.intake().channels if item.code in CHANNELS]


def _optional(items: Any) -> list[tuple[str, str]]:
    return [("", str(gettext_lazy("请选择"))), *((item.code, item.label) for item in items)]


class RegisterForm(forms.Form):
    channel = forms.ChoiceField(label=gettext_lazy("渠道"), choices=_channels)
    phone = forms.CharField(
        label=gettext_lazy("来电号码"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autofocus": True, "autocomplete": "off"}),
    )
    reporter_name = forms.CharField(label=gettext_lazy("姓名"), required=False, max_length=60)
    anonymous = forms.BooleanField(label=gettext_lazy("匿名"), required=False)
    disclose_ok = forms.BooleanField(label=gettext_lazy("同意向单位披露身份"), required=False)
    description = forms.CharField(
        label=gettext_lazy("诉求内容"),
        help_text=gettext_lazy("何时、何地、何单位、何事、多少人、要求什么。"),
        widget=forms.Textarea(attrs={"rows": 8, "maxlength": 4000}),
        required=False,
        strip=False,
    )
    place = forms.CharField(
        label=gettext_lazy("工作地"), help_text=gettext_lazy("市、区县名称"), required=False, max_length=60
    )
    employer_name = forms.CharField(label=gettext_lazy("用人单位"), required=False, max_length=160)
    worker_type = forms.ChoiceField(
        label=gettext_lazy("身份类别"), required=False, choices=lambda: _optional(tables.intake().worker_types)
    )
    people_count = forms.CharField(
        label=gettext_lazy("涉及人数"),
        required=False,
        initial="1",
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )
    nature = forms.ChoiceField(
        label=gettext_lazy("性质"), required=False, choices=lambda: _optional(tables.intake().natures)
    )
    demand = forms.CharField(
        label=gettext_lazy("具体请求"), required=False, widget=forms.Textarea(attrs={"rows": 2, "maxlength": 2000})
    )
    tried = forms.MultipleChoiceField(
        label=gettext_lazy("已采取措施"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(item.code, item.label) for item in tables.intake().tried],
    )
    consent = forms.BooleanField(label=gettext_lazy("已告知并取得本人同意使用信息"), required=False)
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)


@role_required(*ROLES)
@require_http_methods(["GET", "POST"])
def register(request: Request) -> HttpResponse:
    """The intake form. Submitted twice it makes one appeal; refused it keeps everything that was typed."""
    if request.method == "GET":
        phone = request.GET.get("phone", "")[:20]
        form = RegisterForm(initial={"phone": phone, "channel": "phone", "once": secrets.token_urlsafe(16)})
        return _page(request, form, phone)
    form = RegisterForm(request.POST)
    phone = request.POST.get("phone", "")
    if not form.is_valid():
        return _page(request, form, phone, 422)
    data = dict(form.cleaned_data)
    errors: dict[str, list[str]] = {}
    place, once, channel = data.pop("place").strip(), data.pop("once"), data.pop("channel")
    if place:
        found = find_regions(place)
        if len(found) == 1:
            data["work_region"] = found[0].code
        elif found:
            names = "、".join(row.full_name for row in found)
            errors["place"] = [_("有几个地方叫这个名字，请写全：%(names)s") % {"names": names}]
        else:
            errors["place"] = [_("没有找到这个地方，请写市或区县的名称。")]
    if not data["phone"]:
        data["anonymous"] = True
    try:
        intake = IntakeData.parse(data)
        if errors:
            raise InvalidData(errors)
        key = f"desk:{request.actor.account_id}:{once}" if once else None
        received = actions.receive(request.actor, intake, channel=channel, idempotency_key=key)
    except InvalidData as error:
        return _page(request, with_errors(form, {**error.errors, **errors}), phone, 422)
    messages.success(
        request,
        _("已登记 %(number)s，查询码 %(code)s，请告诉来电人。")
        % {"number": received.appeal.number, "code": received.query_code},
    )
    return redirect("desk:matter", received.matter.pk)


def _page(request: Request, form: RegisterForm, phone: str, status: int = 200) -> HttpResponse:
    earlier = []
    if sum(letter.isdigit() for letter in phone) >= 7:
        ids = queries.search_ids(request.actor, phone, 10)
        matters = visible_to(request.actor).filter(pk__in=ids).select_related("assignee").order_by("-opened_at")
        earlier = described(matters, now())
    context = {"form": form, "earlier": earlier, "phone": mask_phone(phone) if phone else ""}
    return render(request, "desk/register.html", context, status=status)


@role_required(*ROLES)
@require_POST
def suggest(request: Request) -> HttpResponse:
    """What the brain makes of the text so far: a fragment for beside the form."""
    meaning = brain.understand(request.POST.get("description", "")[:6000], time=now())
    return render(
        request,
        "desk/_suggest.html",
        {
            "meaning": meaning,
            "categories": [(categories.label(row.code), row.score, row.why[:4]) for row in meaning.categories],
            "alarms": [alarm for alarm in meaning.urgency.alarms if not alarm.negated],
        },
    )
