"""办事机构 at the desk: the offices of the competent bodies in one's own region and below."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gonghui.desk.forms import add_kernel_errors
from gonghui.kernel.errors import InvalidData, KernelError, NotAllowed
from gonghui.kernel.times import today
from gonghui.organisations import actions
from gonghui.organisations.bodies import UNION, bodies
from gonghui.organisations.hours import written
from gonghui.organisations.models import Office
from gonghui.organisations.offices import KEEPERS, in_force, is_old, kept, kept_regions, kept_stems
from gonghui.people.decorators import role_required
from gonghui.people.http import Request

A_PAGE = 50
# So many regions are offered while a code is typed; of more, the code is typed whole.
OFFERED = 400


def body_choices() -> list[tuple[str, str]]:
    """The bodies that have offices, by code, in the reader's language."""
    return [(code, f"{code} {row.label}") for code, row in bodies().items() if code != UNION]


class OfficeForm(forms.Form):
    """What the action judges; here only the fields."""

    body = forms.ChoiceField(label=gettext_lazy("部门"))
    region = forms.CharField(
        label=gettext_lazy("服务的地区"),
        help_text=gettext_lazy("行政区划代码（6 位，乡镇 9 位），例如 520102。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "list": "regions", "autocomplete": "off"}),
    )
    name = forms.CharField(label=gettext_lazy("名称"))
    address = forms.CharField(label=gettext_lazy("地址"), required=False)
    phone = forms.CharField(
        label=gettext_lazy("电话"), required=False, help_text=gettext_lazy("几个号码之间用顿号隔开。")
    )
    hours = forms.CharField(
        label=gettext_lazy("开门时间"),
        required=False,
        help_text=gettext_lazy("每行一种，例如 1-5 9:00-12:00,14:00-17:30（1 为周一，7 为周日）。节假日自动算作不开。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    working_hours = forms.CharField(
        label=gettext_lazy("办公时间（给职工看的话）"),
        required=False,
        help_text=gettext_lazy("空着就按开门时间写。"),
    )
    latitude = forms.CharField(
        label=gettext_lazy("纬度"), required=False, help_text=gettext_lazy("WGS 84 坐标，例如 26.57")
    )
    longitude = forms.CharField(label=gettext_lazy("经度"), required=False, help_text=gettext_lazy("例如 106.71"))
    online = forms.CharField(label=gettext_lazy("网址"), required=False, help_text=gettext_lazy("以 https:// 开头。"))
    source = forms.CharField(
        label=gettext_lazy("来源"), help_text=gettext_lazy("从哪里看到的，例如当地政府网站的页面。")
    )
    checked_on = forms.CharField(
        label=gettext_lazy("核对日期"),
        help_text=gettext_lazy("哪天看到确实如此；满一年会提醒职工先打电话。"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    valid_from = forms.CharField(
        label=gettext_lazy("启用日期"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    valid_to = forms.CharField(
        label=gettext_lazy("停用日期"),
        required=False,
        help_text=gettext_lazy("最后一天。搬家时填在旧的一条，再加新的。"),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].choices = [("", _("请选择")), *body_choices()]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=500)


@role_required(*KEEPERS)
@never_cache
@require_safe
def listing(request: Request) -> HttpResponse:
    """`?q=&body=&state=`: one's own offices by name, address or place; `state`: in use, `ended` or `withdrawn`."""
    words, body = request.GET.get("q", "").strip()[:60], request.GET.get("body", "")
    state = request.GET.get("state", "")
    rows: QuerySet[Office] = kept(request.actor)
    if words:
        rows = rows.filter(
            Q(name__icontains=words) | Q(address__icontains=words) | Q(region__full_name__icontains=words)
        )
    if body in bodies():
        rows = rows.filter(body=body)
    ended = Q(valid_to__lt=today())
    if state == "withdrawn":
        rows = rows.filter(active=False)
    elif state == "ended":
        rows = rows.filter(ended, active=True)
    else:
        rows = rows.filter(active=True).exclude(ended)
    pages = Paginator(rows, A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "q": words,
        "body": body,
        "state": state,
        "bodies": body_choices(),
        "page": page,
        "query": query.urlencode(),
        "rows": [_row(office) for office in page],
        "keeps_any": bool(kept_stems(request.actor)),
    }
    return render(request, "desk/offices.html", context)


def _row(office: Office) -> dict[str, Any]:
    body, day = bodies().get(office.body), today()
    coming = office.active and office.valid_from is not None and office.valid_from > day
    return {
        "office": office,
        "body": body.label if body else office.body,
        "old": is_old(office, day) and in_force(office, day),
        "coming": coming,
        "ended": office.valid_to is not None and office.valid_to < day,
    }


@role_required(*KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def office_page(request: Request, office_id: int = 0) -> HttpResponse:
    """Enter an office, change its entry; `step=withdraw|restore` with a reason."""
    office = kept(request.actor).filter(pk=office_id).first() if office_id else None
    if office_id and office is None:
        raise Http404
    step = request.POST.get("step", "")
    form, reason, status = OfficeForm(initial=_initial(office)), ReasonForm(), 200
    if request.method == "POST" and office is not None and step in ("withdraw", "restore"):
        reason = ReasonForm(request.POST)
        if reason.is_valid() and _switched(request, office, step == "restore", reason):
            return redirect("desk:offices")
        status = 422
    elif request.method == "POST":
        form = OfficeForm(request.POST)
        if _saved(request, office, form):
            return redirect("desk:offices")
        status = 422
    context = {
        "form": form,
        "reason": reason,
        "office": office,
        "regions": _offered(request),
    }
    return render(request, "desk/office.html", context, status=status)


def _initial(office: Office | None) -> dict[str, Any]:
    if office is None:
        return {"checked_on": today().isoformat()}
    return {
        "body": office.body,
        "region": office.region_id,
        "hours": written(office.hours),
        **{name: getattr(office, name) for name in ("name", "address", "phone", "working_hours", "online", "source")},
        **{
            name: day.isoformat() if (day := getattr(office, name)) else ""
            for name in ("checked_on", "valid_from", "valid_to")
        },
        **{name: "" if (value := getattr(office, name)) is None else str(value) for name in ("latitude", "longitude")},
    }


def _saved(request: Request, office: Office | None, form: OfficeForm) -> bool:
    try:
        fields = actions.read_office({name: request.POST.get(name, "") for name in form.fields})
        if office is None:
            actions.add_office(request.actor, fields)
        else:
            actions.change_office(request.actor, office, fields)
    except InvalidData as error:
        add_kernel_errors(form, error.errors)
        return False
    except NotAllowed as error:
        add_kernel_errors(form, {"region": [str(error)]})
        return False
    messages.success(request, _("已保存，职工马上能看到。"))
    return True


def _switched(request: Request, office: Office, active: bool, form: ReasonForm) -> bool:
    try:
        actions.set_office_active(request.actor, office, active, form.cleaned_data["reason"])
    except KernelError as error:
        form.add_error("reason", "；".join(error.texts))
        return False
    messages.success(request, _("已恢复，职工马上能看到。") if active else _("已撤下，不再给职工看。"))
    return True


def _offered(request: Request) -> list[tuple[str, str]]:
    """Regions to choose from while a code is typed."""
    return list(kept_regions(request.actor).filter(level__lte=3).values_list("code", "full_name")[:OFFERED])
