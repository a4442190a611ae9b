"""服务 at the desk: the catalogue with its state, goods to hand over by code, the stock."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.desk.forms import add_kernel_errors
from gonghui.desk.views import earlier
from gonghui.founding import planning
from gonghui.kernel import trail
from gonghui.kernel.errors import InvalidData, NotFound
from gonghui.kernel.sheets import csv_text
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.people.decorators import role_required, staff_required
from gonghui.people.http import Request, download, made_file
from gonghui.services import figures, files, queries, stock
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Stock
from gonghui.services.stock import variant_names
from gonghui.venues import queries as venue_queries
from gonghui.venues.models import Venue

KEEPERS = ("handler", "dispatcher", "leader", "supervisor")
STOCK_KEEPERS = ("leader", "dispatcher")


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("领取码"),
        max_length=20,
        help_text=gettext_lazy("扫职工手机上的二维码，或输入八位数字。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )


class StockForm(forms.Form):
    service = forms.ChoiceField(label=gettext_lazy("服务"))
    item = forms.CharField(label=gettext_lazy("物品"), max_length=80)
    venue = forms.ModelChoiceField(
        label=gettext_lazy("领取点"),
        queryset=Venue.objects.none(),
        required=False,
        empty_label=gettext_lazy("工会自己发，地点写在下面"),
        help_text=gettext_lazy("选了场所，职工申请时可以选到那里取；一个场所、一个尺码登记一行。"),
    )
    variant = forms.ChoiceField(label=gettext_lazy("尺码"), required=False)
    total = forms.IntegerField(label=gettext_lazy("总数"), min_value=0, max_value=10_000_000)
    place = forms.CharField(
        label=gettext_lazy("领取地点"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("选了领取点的可以不填，就写场所的名称和地址。"),
    )
    hours = forms.CharField(label=gettext_lazy("领取时间"), max_length=120, required=False)

    def __init__(self, *args: Any, venues: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        goods = catalogue().giving("goods")
        asked: Any = self.fields
        asked["service"].choices = [(s.id, str(s)) for s in goods]
        asked["venue"].queryset = venues
        sizes = {code: name for service in goods for code, name in variant_names(service).items()}
        asked["variant"].choices = [("", _("不分尺码")), *sizes.items()]


@staff_required
@never_cache
@require_GET
def form_file(request: Request, form_file_id: int) -> HttpResponse:
    """A file of an application's form, for who handles it."""
    try:
        row, content = files.open_file(request.actor, form_file_id)
    except NotFound as error:
        raise Http404 from error
    return download(content, row.original_name, row.mime)


@role_required(*KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def home(request: Request) -> HttpResponse:
    """Hand over by code; what is on the shelf of one's own unions this year; which services there are."""
    form = CodeForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                matter = queries.by_code(request.actor, form.cleaned_data["code"])
                return redirect("desk:transition", matter.pk, "hand_over")
            except NotFound as error:
                form.add_error("code", str(error))
    paths = request.actor.paths_as(*KEEPERS)
    rows = Stock.objects.select_related("organisation").filter(organisation__path__in=paths, year=today().year)
    stocks = rows.order_by("service", "item", "venue_number", "variant")
    services = [s for s in catalogue().services.values() if s.kind == "service"]
    may_keep = request.actor.has_role(*STOCK_KEEPERS)
    may_bring = request.actor.has_role(*earlier.KEEPERS)
    context = {
        "may_plan": bool(planning.planners(request.actor)),
        "may_keep": may_keep,
        "may_bring": may_bring,
        "form": form,
        "stocks": stocks,
        "services": services,
        "year": today().year,
    }
    return render(request, "desk/services.html", context, status=status)


@role_required(*STOCK_KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def stock_page(request: Request, stock_id: int = 0) -> HttpResponse:
    """Enter goods for the year, or change how many there are."""
    paths = request.actor.paths_as(*STOCK_KEEPERS)
    row = Stock.objects.filter(pk=stock_id, organisation__path__in=paths).first() if stock_id else None
    if stock_id and row is None:
        raise Http404
    initial = {name: getattr(row, name) for name in ("service", "item", "total", "place", "hours")} if row else {}
    venues = venue_queries.own_in_use(request.actor, *STOCK_KEEPERS)
    form = StockForm(request.POST or None, initial=initial, venues=venues)
    if row is not None:
        for name in ("service", "item", "venue", "variant"):
            del form.fields[name]
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _save_stock(request, row, form.cleaned_data, paths)
                messages.success(request, _("已保存。"))
                return redirect("desk:services")
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
    return render(request, "desk/service_stock.html", {"form": form, "row": row}, status=status)


def _period(request: Request) -> tuple[date, date]:
    """The period in the address; this year so far where it names none, or one that runs backwards."""

    def day(name: str) -> date | None:
        try:
            return parse_date(request.GET.get(name, ""))
        except ValueError:
            return None

    until = day("until") or today()
    since = day("since") or date(until.year, 1, 1)
    return min(since, until), until


@role_required(*figures.READERS)
@never_cache
@require_GET
def figures_page(request: Request) -> HttpResponse:
    """服务统计: what came of the applications; `service` in the address shows one more closely."""
    since, until = _period(request)
    wanted = request.GET.get("service", "")
    context: dict[str, Any] = {"since": since, "until": until}
    if wanted:
        try:
            context["detail"] = figures.detail(request.actor, wanted, since, until)
        except NotFound as error:
            raise Http404 from error
        return render(request, "desk/service_figures_one.html", context)
    context["rows"] = figures.overview(request.actor, since, until)
    return render(request, "desk/service_figures.html", context)


@role_required(*figures.READERS)
@never_cache
@require_GET
def figures_file(request: Request) -> HttpResponse:
    """The same as a table for Excel: sums only, so no masking and no reason is asked."""
    since, until = _period(request)
    rows: list[list[Any]] = [[_("服务"), _("从"), _("到"), *_heads()]]
    for row in figures.overview(request.actor, since, until):
        cells = (
            row.applied, row.open, row.done, row.refused, row.contested, row.given_up, row.days, row.stars, row.rated,
            row.paid, row.blocked,
        )  # fmt: skip
        rows.append([f"{row.service.id} {row.service}", since, until, *cells])
    return made_file(csv_text(rows), f"services-{since:%Y%m%d}-{until:%Y%m%d}.csv")


def _heads() -> list[str]:
    return [
        _("申请"), _("在办"), _("办成"), _("不通过"), _("申请复核"), _("撤销或过期"), _("平均天数"),
        _("满意度（5分）"), _("评价"), _("发放（元）"), _("拦下重复申请"),
    ]  # fmt: skip


def _save_stock(request: Request, row: Stock | None, data: dict[str, Any], paths: tuple[str, ...]) -> None:
    if row is None:
        venue = data["venue"]
        organisation = venue.organisation if venue is not None else Organisation.objects.get(path=paths[0])
        row, made = Stock.objects.get_or_create(
            service=data["service"], organisation=organisation, item=data["item"], year=today().year,
            venue_number=venue.pk if venue is not None else 0, variant=data["variant"],
            defaults={"total": data["total"]},
        )  # fmt: skip
        if not made:
            raise InvalidData({"item": [_("今年已经有这种物品，请在列表里改数量。")]})
        if venue is not None:
            data["place"] = data["place"] or f"{venue.name}（{venue.address}）"[:200]
    before = row.total
    stock.set_total(row, data["total"])
    Stock.objects.filter(pk=row.pk).update(place=data["place"], hours=data["hours"])
    trail.record(
        f"stock:{row.pk}", "stock", actor=request.actor, before={"total": before}, after={"total": data["total"]}
    )
