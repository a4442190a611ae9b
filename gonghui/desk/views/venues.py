"""阵地 at the desk: the union's own places, their hours, slots, hygiene log and posters; let in by code."""

from __future__ import annotations

from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.desk.forms import add_kernel_errors
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now
from gonghui.organisations.models import Organisation, Region
from gonghui.people.decorators import role_required
from gonghui.people.http import Request
from gonghui.venues import bookings, card_scans, hours, inspections, keeping, queries, ratings, tables, visits
from gonghui.venues.models import HygieneEntry, Slot, Venue
from gonghui.venues.queries import HANDS, KEEPERS

DAYS = tuple(f"day{day}" for day in range(7))
TRAIL_MOST, SLOTS_MOST, HYGIENE_MOST, WEEKS_MOST = 20, 100, 14, 8
WHAT = (("cleaned", gettext_lazy("清洁")), ("disinfected", gettext_lazy("消毒")))
STATES = (("open", gettext_lazy("开放")), ("paused", gettext_lazy("临时关闭")), ("gone", gettext_lazy("停用")))
VERBS = {
    "create": gettext_lazy("登记"),
    "change": gettext_lazy("修改"),
    "open_slots": gettext_lazy("开放场次"),
    "cancel_slot": gettext_lazy("停开场次"),
    "call_off": gettext_lazy("因关闭停开已约的场次"),
    "cancel_for": gettext_lazy("代为取消预约"),
    "excuse": gettext_lazy("免计未到"),
    "set_price": gettext_lazy("改价格"),
    "payment": gettext_lazy("收款"),
    "refund": gettext_lazy("退款"),
    "close_made": gettext_lazy("出日结"),
    "close_checked": gettext_lazy("复核日结"),
    "close_rejected": gettext_lazy("退回日结"),
    "export": gettext_lazy("导出收退款"),
    "photo": gettext_lazy("审核照片"),
    "name_keeper": gettext_lazy("指定站点管理员"),
    "new_code": gettext_lazy("换签到码"),
    "release_keeper": gettext_lazy("取消站点管理员"),
}


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("入场码"),
        max_length=20,
        help_text=gettext_lazy("扫职工手机上的二维码，或输入八位数字。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class VenueForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("类型"))
    name = forms.CharField(label=gettext_lazy("名称"), max_length=80)
    region_id = forms.ChoiceField(label=gettext_lazy("区县"))
    address = forms.CharField(label=gettext_lazy("地址"), max_length=200)
    latitude = forms.DecimalField(
        label=gettext_lazy("纬度（WGS 84）"),
        min_value=-90,
        max_value=90,
        max_digits=8,
        decimal_places=5,
        required=False,
        help_text=gettext_lazy("例如 26.57001。手机 GPS 显示的就是 WGS 84；国内地图软件的坐标有偏移，不要直接抄。"),
    )
    longitude = forms.DecimalField(
        label=gettext_lazy("经度（WGS 84）"),
        min_value=-180,
        max_value=180,
        max_digits=8,
        decimal_places=5,
        required=False,
    )
    day0 = forms.CharField(
        label=gettext_lazy("周一开放时间"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("例如 09:00-12:00,14:00-18:00；不开放的留空。"),
    )
    day1 = forms.CharField(label=gettext_lazy("周二开放时间"), max_length=80, required=False)
    day2 = forms.CharField(label=gettext_lazy("周三开放时间"), max_length=80, required=False)
    day3 = forms.CharField(label=gettext_lazy("周四开放时间"), max_length=80, required=False)
    day4 = forms.CharField(label=gettext_lazy("周五开放时间"), max_length=80, required=False)
    day5 = forms.CharField(label=gettext_lazy("周六开放时间"), max_length=80, required=False)
    day6 = forms.CharField(label=gettext_lazy("周日开放时间"), max_length=80, required=False)
    exceptions = forms.CharField(
        label=gettext_lazy("特别日子"),
        max_length=2000,
        required=False,
        help_text=gettext_lazy("一行一天：2026-10-01 休息，或 2026-10-02 09:00-12:00。"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    equipment = forms.MultipleChoiceField(
        label=gettext_lazy("设施"), required=False, widget=forms.CheckboxSelectMultiple
    )
    capacity = forms.IntegerField(label=gettext_lazy("可容纳人数"), min_value=1, max_value=100_000, required=False)
    contact = forms.CharField(
        label=gettext_lazy("联系电话"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("所有人都能看到，写场所的电话。"),
    )
    note = forms.CharField(label=gettext_lazy("怎样进去、注意什么"), max_length=300, required=False)
    certified = forms.IntegerField(label=gettext_lazy("认定年份"), min_value=1950, max_value=2100, required=False)
    state = forms.ChoiceField(label=gettext_lazy("状态"), choices=STATES, widget=forms.RadioSelect)
    paused_until = forms.DateField(
        label=gettext_lazy("临时关闭到哪天（含这一天）"),
        required=False,
        help_text=gettext_lazy("到这一天为止约好的场次全部停开，以后的先留着；到时要改回开放。不填的全部停开。"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    # Asked for only once there is something to be sure of.
    sure = forms.BooleanField(label=gettext_lazy("确认停开，并通知已经预约的人"), required=False)

    def __init__(self, *args: Any, regions: list[Region], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["region_id"]
        place.choices = [(region.pk, region.full_name) for region in regions]
        kind: Any = self.fields["kind"]
        kind.choices = [(row.code, str(row)) for row in tables.kinds()]
        equipment: Any = self.fields["equipment"]
        equipment.choices = [(row.code, str(row)) for row in tables.equipment()]


class SlotForm(forms.Form):
    hall = forms.CharField(label=gettext_lazy("场地或活动"), max_length=80)
    day = forms.DateField(label=gettext_lazy("日期"), widget=forms.DateInput(attrs={"type": "date"}))
    begins = forms.TimeField(label=gettext_lazy("开始"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(label=gettext_lazy("结束"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    places = forms.IntegerField(label=gettext_lazy("名额"), min_value=1, max_value=100_000)
    weeks = forms.IntegerField(label=gettext_lazy("每周一次，连续几周"), min_value=1, max_value=WEEKS_MOST, initial=1)
    price = forms.CharField(
        label=gettext_lazy("费用说明"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("例如：会员 5 元，其他人 20 元。"),
    )
    asks_fitness = forms.BooleanField(
        label=gettext_lazy("运动项目：预约的人要作健康承诺"),
        required=False,
        help_text=gettext_lazy("只记下承诺的时间，不问病情；场馆看不到任何健康信息。"),
    )


@role_required(*HANDS)
@never_cache
@require_http_methods(["GET", "POST"])
def home(request: Request) -> HttpResponse:
    """The places of one's own unions; let somebody in by the code of their booking."""
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                done = bookings.let_in(request.actor, form.cleaned_data["code"])
                said = _("请进：%(hall)s，%(n)d 人。") % {"hall": done.slot.hall, "n": done.people}
                messages.success(request, said)
                return redirect("desk:venues")
            except NotFound as error:
                form.add_error("code", str(error))
            except GuardRefused as error:
                form.add_error("code", error.reasons[0])
    venues = list(queries.own(request.actor).order_by("kind", "name"))
    figures = queries.figures_of(venues)
    rows = [
        {
            "venue": venue,
            "kind": tables.kind(venue.kind),
            "open": hours.open_at(venue, now()),
            "figures": figures[venue.pk],
        }
        for venue in venues
    ]
    context = {"form": form, "rows": rows, "due": inspections.due(venues), "may_keep": request.actor.has_role(*KEEPERS)}
    return render(request, "desk/venues.html", context, status=status)


def _own(request: Request, venue_id: int, *roles: str) -> Venue:
    found = queries.own(request.actor, *roles).filter(pk=venue_id).first()
    if found is None:
        raise Http404
    return found


@role_required(*HANDS)
@never_cache
@require_http_methods(["GET", "POST"])
def page(request: Request, venue_id: int) -> HttpResponse:
    """One place: its slots, its hygiene log, what was changed. Forms to open slots and to log a cleaning."""
    venue = _own(request, venue_id)
    may_keep = queries.own(request.actor, *KEEPERS).filter(pk=venue.pk).exists()
    verb = request.POST.get("verb", "")
    form = SlotForm(request.POST if verb == "slots" else None)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if verb == "hygiene":
                keeping.log_hygiene(request.actor, venue, request.POST.get("what", ""))
                messages.success(request, _("已记录。"))
                return redirect("desk:venue", venue.pk)
            if verb != "slots" or not may_keep:
                raise Http404
            if form.is_valid():
                made = keeping.open_slots(request.actor, venue, **form.cleaned_data)
                messages.success(request, _("已开放 %(n)d 个场次。") % {"n": len(made)})
                return redirect("desk:venue", venue.pk)
        except InvalidData as error:
            if verb == "slots":
                add_kernel_errors(form, error.errors)
            else:
                messages.error(request, "；".join(error.texts))
        except NotAllowed as error:
            raise Http404 from error
    with as_system("numbers of the place's own bookings"):
        coming = Slot.objects.filter(venue=venue, ends__gt=now()).order_by("starts", "hall")
        slots = list(coming.annotate(waiting=Count("bookings", filter=Q(bookings__state="waiting")))[:SLOTS_MOST])
        # Of no matter, and so behind row-level security: whoever keeps the place reads what was done with it.
        trail = list(TrailEntry.objects.filter(stream=f"venue:{venue.pk}").order_by("-seq")[:TRAIL_MOST])
    scans = card_scans.figures(venue)
    context = {
        "scans": scans,
        "charts": {
            "days": {
                "labels": [f"{day:%m-%d}" for day, _n in scans.days],
                "values": [count for _d, count in scans.days],
            }
        },
        "venue": venue,
        "kind": tables.kind(venue.kind),
        "form": form,
        "may_keep": may_keep,
        "slots": slots,
        "hygiene": HygieneEntry.objects.select_related("by").filter(venue=venue).order_by("-at")[:HYGIENE_MOST],
        "what": WHAT,
        "week": hours.week_rows(venue) if venue.hours else [],
        "figures": queries.figures(venue),
        "words": ratings.recent(venue),
        "trail": [(entry, VERBS.get(entry.verb, entry.verb)) for entry in trail],
    }
    return render(request, "desk/venue.html", context, status=status)


@role_required(*KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: Request, venue_id: int = 0) -> HttpResponse:
    """Enter a place, or change it."""
    if venue_id:
        venue = _own(request, venue_id, *KEEPERS)
    else:
        organisation = Organisation.objects.select_related("region").get(path=request.actor.paths_as(*KEEPERS)[0])
        venue = Venue(organisation=organisation, region_id=organisation.region_id or "")
    form = VenueForm(request.POST or None, regions=_regions(venue), initial=_typed(venue))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = dict(form.cleaned_data)
            sure = data.pop("sure")
            try:
                data["hours"] = hours.week_of({name[3:]: data.pop(name) for name in DAYS})
                data["exceptions"] = hours.exceptions_of(data["exceptions"])
                saved = keeping.save(request.actor, venue, data, sure)
                messages.success(request, _("已保存，约好的都已停开并通知。") if sure else _("已保存。"))
                return redirect("desk:venue", saved.pk)
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
    return render(request, "desk/venue_edit.html", {"form": form, "venue": venue}, status=status)


def _regions(venue: Venue) -> list[Region]:
    """The counties within the region of the union that keeps it (all of them for a union without a region)."""
    own = venue.organisation.region
    found = Region.objects.filter(level=3)
    if own is not None:
        prefix = own.pk[: 2 * own.level] if own.level < 4 else own.pk[:6]
        found = found.filter(pk__startswith=prefix)
    return list(found.order_by("pk"))


def _typed(venue: Venue) -> dict[str, Any]:
    """The place as the form has it."""
    values = {name: getattr(venue, name) for name in keeping.FIELDS if name not in ("hours", "exceptions")}
    for name in DAYS:
        values[name] = ",".join(f"{a}-{b}" for a, b in venue.hours.get(name[3:], []))
    lines = [
        f"{day} " + (",".join(f"{a}-{b}" for a, b in spans) or hours.CLOSED[0])
        for day, spans in sorted(venue.exceptions.items())
    ]
    return {**values, "exceptions": "\n".join(lines)}


@role_required(*HANDS)
@never_cache
@require_http_methods(["GET", "POST"])
def poster(request: Request, venue_id: int) -> HttpResponse:
    """The poster to print and hang up: its code leads to the check-in. Its keeper has the code made anew."""
    venue = _own(request, venue_id)
    if request.method == "POST":
        try:
            keeping.new_code(request.actor, venue)
        except NotAllowed as error:
            raise Http404 from error
        messages.success(request, _("已换新码，旧的海报都不能用了，请打印这一张换上。"))
        return redirect("desk:venue_poster", venue.pk)
    address = request.build_absolute_uri(reverse("portal:venue_here", args=[venue.pk, visits.code_of(venue)]))
    picture = segno.make(address, error="m").svg_inline(scale=8, border=4)
    may_keep = queries.own(request.actor, *KEEPERS).filter(pk=venue.pk).exists()
    context = {"venue": venue, "qr": picture, "nameless": visits.nameless(venue), "may_keep": may_keep}
    return render(request, "desk/venue_poster.html", context)


@role_required(*KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def cancel_slot(request: Request, slot_id: int) -> HttpResponse:
    """停开: ask first, then tell everybody who booked."""
    slot = Slot.objects.select_related("venue__organisation").filter(pk=slot_id).first()
    if slot is None or slot.venue.organisation.path not in request.actor.paths_as(*KEEPERS):
        raise Http404
    if request.method == "POST":
        try:
            count = keeping.cancel_slot(request.actor, slot)
            messages.success(request, _("已停开，通知了 %(n)d 个预约。") % {"n": count})
        except GuardRefused as error:
            messages.error(request, error.reasons[0])
        return redirect("desk:venue", slot.venue_id)
    return render(request, "desk/slot_cancel.html", {"slot": slot})
