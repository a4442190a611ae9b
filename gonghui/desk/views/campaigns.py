"""四季送 at the desk: plan a campaign, bring a unit's list in, see who is on it, keep the signed sheets."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.aid import campaigns, listing, sheets, tables
from gonghui.aid.models import Campaign
from gonghui.desk.forms import UnionListForm, add_kernel_errors
from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotAllowed, NotFound
from gonghui.kernel.flow.step_forms import add_refusal
from gonghui.kernel.matters import state_text
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import ImportFileError
from gonghui.kernel.vault import mask_name
from gonghui.organisations.models import Organisation
from gonghui.people.decorators import role_required
from gonghui.people.http import Request, download, made_book
from gonghui.services import actions
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application, Fund

READERS = (*campaigns.PLANNERS, "supervisor")
LISTED_MOST = 300


class PlanForm(forms.Form):
    """计划 of a campaign."""

    title = forms.CharField(label=gettext_lazy("名称"), max_length=60)
    season = forms.ChoiceField(label=gettext_lazy("季节"), choices=Campaign.Season.choices)
    kind = forms.ChoiceField(label=gettext_lazy("送什么"), choices=Campaign.Kind.choices, widget=forms.RadioSelect)
    item = forms.CharField(
        label=gettext_lazy("物品"), max_length=60, required=False, help_text=gettext_lazy("送物品的写明是什么。")
    )
    source = forms.ChoiceField(
        label=gettext_lazy("资金来源"), choices=Fund.Source.choices, help_text=gettext_lazy("一次活动只用一个来源。")
    )
    budget = forms.DecimalField(
        label=gettext_lazy("预算（元）"), min_value=Decimal("0.01"), max_digits=12, decimal_places=2
    )
    each = forms.DecimalField(
        label=gettext_lazy("每份（元）"), min_value=Decimal("0.01"), max_digits=10, decimal_places=2
    )
    targets = forms.MultipleChoiceField(
        label=gettext_lazy("对象"),
        choices=lambda: [(one.code, str(one)) for one in tables.campaigns().targets],
        widget=forms.CheckboxSelectMultiple,
    )
    route = forms.ChoiceField(label=gettext_lazy("申领方式"), choices=Campaign.Route.choices, widget=forms.RadioSelect)
    place = forms.CharField(label=gettext_lazy("发放地点"), max_length=120, required=False)
    hours = forms.CharField(label=gettext_lazy("发放时间"), max_length=120, required=False)
    visits = forms.CharField(label=gettext_lazy("走访路线"), max_length=300, required=False)
    closes = forms.DateField(
        label=gettext_lazy("名单截止"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class SheetForm(forms.Form):
    sheet_no = forms.CharField(label=gettext_lazy("签领表编号"), max_length=40)
    photo = forms.FileField(
        label=gettext_lazy("签领表照片"),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,application/pdf"}),
    )


@role_required(*READERS)
@never_cache
@require_GET
def home(request: Request) -> HttpResponse:
    """The campaigns of one's own unions, and those above that take a unit's list now."""
    with as_system("one's own unions' campaigns"):
        rows = list(campaigns.own(request.actor)[:100])
    shown = [{"campaign": row, "state": state_text(row.matter)} for row in rows]
    may = request.actor.has_role(*campaigns.PLANNERS)
    return render(request, "desk/campaigns.html", {"rows": shown, "may_plan": may})


@role_required(*campaigns.PLANNERS)
@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: Request, campaign_id: int = 0) -> HttpResponse:
    """Plan one, or change a plan that nobody approved yet."""
    row = _one(request, campaign_id) if campaign_id else None
    paths = request.actor.paths_as(*campaigns.PLANNERS)
    if row is not None and row.organisation.path not in paths:
        raise Http404
    initial = {name: getattr(row, name) for name in campaigns.PLANNED} if row is not None else {"route": "both"}
    form = PlanForm(request.POST or None, initial=initial)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                if row is not None:
                    saved = campaigns.change(request.actor, row, form.cleaned_data)
                else:
                    union = Organisation.objects.get(path=paths[0])
                    saved = campaigns.plan(request.actor, union, form.cleaned_data)
                messages.success(request, _("已保存。接着提交预算审批。"))
                return redirect("desk:campaign", saved.pk)
            except KernelError as error:
                add_refusal(form, error)
    return render(request, "desk/campaign_edit.html", {"form": form, "row": row}, status=status)


def _one(request: Request, campaign_id: int) -> Campaign:
    try:
        return campaigns.one(request.actor, campaign_id)
    except NotFound as error:
        raise Http404 from error


@role_required(*READERS)
@never_cache
@require_http_methods(["GET", "POST"])
def page(request: Request, campaign_id: int) -> HttpResponse:
    """One campaign: the plan, the figures, the list. POST brings a unit's list in, or keeps a signed sheet."""
    row = _one(request, campaign_id)
    own = row.organisation.path in request.actor.paths_as(*READERS)
    units = tuple(
        path
        for path in request.actor.paths_as(*campaigns.PLANNERS)
        if path == row.organisation.path or path.startswith(f"{row.organisation.path}.")
    )
    verb = request.POST.get("verb", "") if request.method == "POST" else ""
    list_form = UnionListForm(
        *((request.POST, request.FILES) if verb == "list" else ()),
        paths=units, rows_most=tables.campaigns().list_most.value, bytes_most=listing.BYTES_MOST,
    )  # fmt: skip
    sheet_form = SheetForm(*((request.POST, request.FILES) if verb == "sheet" else ()))
    wrong: list[tuple[int, str]] = []
    status = 200
    if request.method == "POST":
        status = 422
        if verb == "list" and list_form.is_valid():
            wrong = _bring(request, row, list_form)
            if not wrong and not list_form.errors:
                return redirect("desk:campaign", row.pk)
        elif verb == "sheet" and own and sheet_form.is_valid():
            try:
                sheets.keep(request.actor, row, sheet_form.cleaned_data["sheet_no"], sheet_form.cleaned_data["photo"])
                messages.success(request, _("已保存。"))
                return redirect("desk:campaign", row.pk)
            except InvalidData as error:
                add_kernel_errors(sheet_form, error.errors)
            except NotAllowed as error:
                raise Http404 from error
        elif verb not in ("list", "sheet"):
            raise Http404
    return render(request, "desk/campaign.html", _shown(row, own, units, list_form, sheet_form, wrong), status=status)


def _bring(request: Request, row: Campaign, form: UnionListForm) -> list[tuple[int, str]]:
    try:
        report = listing.enter(request.actor, row, form.cleaned_data["organisation"], form.cleaned_data["file"])
    except ImportFileError as error:
        form.add_error("file", str(error))
        return []
    except GuardRefused as error:
        form.add_error(None, error.reasons[0])
        return []
    if not report.wrong:
        messages.success(request, _("已登记 %(n)d 人。") % {"n": report.made})
    return report.wrong


def _shown(row: Campaign, own: bool, units: tuple[str, ...], list_form: UnionListForm, sheet_form: SheetForm,
           wrong: list[tuple[int, str]]) -> dict[str, Any]:  # fmt: skip
    with as_system("the union's own campaign"):
        people = list(campaigns.applications(row).order_by("-pk")[:LISTED_MOST]) if own and row.offer_id else []
        photos = list(row.sheets.order_by("-pk")) if own else []
        looks = list(row.looks.select_related("application__matter")) if own else []
    takes = row.matter.state == "listing" and row.route != Campaign.Route.CLAIM and bool(units)
    return {
        "row": row, "own": own, "state": state_text(row.matter),
        "targets": campaigns.targets(row), "figures": campaigns.figures(row) if own else None,
        "people": [_person(one) for one in people], "sheets": photos, "looks": looks, "takes_list": takes,
        "list_form": list_form, "sheet_form": sheet_form, "wrong": wrong, "most": LISTED_MOST,
        "may_change": own and row.matter.state == "planned",
    }  # fmt: skip


def _person(application: Application) -> dict[str, Any]:
    service = service_of(application)
    values = actions.load(service, application.values_json)
    return {
        "matter": application.matter,
        "name": mask_name(str(values.get("name") or "")),
        "unit": values.get("unit"),
        "listed": bool(application.matter.data.get("listed")),
        "state": state_text(application.matter),
    }


@role_required(*campaigns.PLANNERS)
@require_GET
def template(request: Request, campaign_id: int) -> HttpResponse:
    """The empty list of this campaign."""
    return made_book(listing.template(_one(request, campaign_id)), "list.xlsx")


@role_required(*READERS)
@never_cache
@require_GET
def sheet(request: Request, sheet_id: int) -> HttpResponse:
    """A signed sheet, always as a download; the opening is written down."""
    try:
        row, content = sheets.open_sheet(request.actor, sheet_id)
    except NotFound as error:
        raise Http404 from error
    return download(content, row.original_name, row.mime)
