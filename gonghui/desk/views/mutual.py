"""互助参保 at the desk: who joined which plan, a unit's list, one entry, the plans with their sources."""

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

from gonghui.aid.models import MutualCover
from gonghui.aid.mutual import importing, plans, register, seen
from gonghui.desk.forms import OwnUnionForm, UnionListForm
from gonghui.desk.union_lists import entered
from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotFound
from gonghui.kernel.flow.step_forms import add_refusal
from gonghui.kernel.times import today
from gonghui.kernel.vault import mask_id, mask_name
from gonghui.organisations.models import Organisation
from gonghui.organisations.queries import employer_name
from gonghui.people.decorators import role_required
from gonghui.people.http import Request, made_book
from gonghui.people.identity import age_on


def _plans() -> list[tuple[str, str]]:
    return [(code, str(plan)) for code, plan in plans.book().codes().items()]


class CoversForm(UnionListForm):
    """单位集体参保: the list, for which union, for which plan."""

    plan = forms.ChoiceField(label=gettext_lazy("互助计划"))
    field_order = ("organisation", "plan", "file")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = _plans()  # type: ignore[attr-defined]


class EntryForm(OwnUnionForm):
    """One person; by certificate what a plan's office accepted before."""

    plan = forms.ChoiceField(label=gettext_lazy("互助计划"))
    way = forms.ChoiceField(
        label=gettext_lazy("怎样参保"),
        choices=MutualCover.Way.choices,
        help_text=gettext_lazy("集体、个人参保的要是本工会的在册会员；手里已有互助凭证的选“凭证补登”。"),
    )
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=importing.NAME_MOST)
    id_no = forms.CharField(label=gettext_lazy("身份证号"), max_length=24)
    since = forms.DateField(
        label=gettext_lazy("从哪天起保障"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    certificate = forms.CharField(
        label=gettext_lazy("互助凭证号"), max_length=importing.CERTIFICATE_MOST, required=False
    )
    paid_before = forms.DecimalField(
        label=gettext_lazy("本期已获赔付（元）"),
        min_value=Decimal(0),
        max_value=importing.PAID_MOST,
        decimal_places=2,
        required=False,
        help_text=gettext_lazy("在这里登记以前，这一期已经付过的；没有就空着。"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["plan"].choices = _plans()  # type: ignore[attr-defined]

    def clean_id_no(self) -> str:
        number = "".join(self.cleaned_data["id_no"].split()).upper()
        if age_on(number, today()) is None:
            raise forms.ValidationError(_("身份证号不对，请核对。"))
        return number


@role_required(*register.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def covers(request: Request) -> HttpResponse:
    """What one's own unions entered; found by identity number or certificate, posted and never in an address."""
    asked = request.POST.get("q", "").strip()[:60]
    known = _plans()
    plan = request.GET.get("plan", "")
    plan = plan if plan in dict(known) else ""
    rows = [
        {"cover": one, "name": mask_name(one.row.name), "id_no": mask_id(one.row.id_no)}
        for one in seen.listed(register.find(request.actor, asked, plan))
    ]
    context = {"rows": rows, "asked": asked, "plans": known, "plan": plan, "most": register.SHOWN_MOST}
    return render(request, "desk/mutual.html", context)


@role_required(*register.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def cover_import(request: Request) -> HttpResponse:
    """A unit's list: all of it, or none and the reasons."""
    form = CoversForm(
        request.POST or None, request.FILES or None, paths=request.actor.paths_as(*register.KEEPERS),
        rows_most=importing.ROWS_MOST, bytes_most=importing.BYTES_MOST,
    )  # fmt: skip

    def take(data: dict[str, Any]) -> importing.Report:
        union = data["organisation"]
        return importing.import_covers(request.actor, union, data["plan"], data["file"], employer_name(union))

    return entered(request, form, take, "desk/mutual_import.html", "desk:mutual")


@role_required(*register.KEEPERS)
@require_GET
def cover_template(request: Request) -> HttpResponse:
    """The empty file."""
    return made_book(importing.template(), "mutual.xlsx")


@role_required(*register.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def cover_new(request: Request) -> HttpResponse:
    """Enter one person."""
    form = EntryForm(request.POST or None, paths=request.actor.paths_as(*register.KEEPERS))
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            entry = register.Entry(
                data["name"].strip(), data["id_no"], data["since"], data["certificate"].strip(),
                data["paid_before"] or Decimal(0),
            )  # fmt: skip
            try:
                row = register.enter(request.actor, data["organisation"], data["plan"], entry, data["way"])
                messages.success(request, _("已登记。"))
                return redirect("desk:mutual_cover", row.pk)
            except KernelError as error:
                add_refusal(form, error)
    return render(request, "desk/mutual_new.html", {"form": form}, status=status)


@role_required(*register.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def cover(request: Request, cover_id: int) -> HttpResponse:
    """One entry: who, which plan, until when, what was paid. POST cancels what was entered wrongly."""
    wrong: list[str] = []
    reason = request.POST.get("reason", "")
    try:
        row = register.kept(request.actor, cover_id)
        if request.method == "POST":
            register.cancel(request.actor, cover_id, reason)
            messages.success(request, _("已撤销。"))
            return redirect("desk:mutual_cover", cover_id)
    except NotFound as error:
        raise Http404 from error
    except InvalidData as error:
        wrong = error.errors["reason"]
    except GuardRefused as error:
        wrong = error.reasons
    context = {
        "cover": seen.shown(row), "id_no": mask_id(row.id_no), "wrong": wrong, "reason": reason,
        "reason_most": register.REASON_MOST,
    }  # fmt: skip
    return render(request, "desk/mutual_cover.html", context, status=422 if wrong else 200)


@role_required(*register.KEEPERS)
@never_cache
@require_GET
def plans_page(request: Request) -> HttpResponse:
    """The plans of one's own place, every number with how sure it is and from where."""
    union = Organisation.objects.filter(path__in=request.actor.paths_as(*register.KEEPERS)).order_by("path").first()
    region = register.region_of(union) if union is not None else ""
    context = {"plans": seen.plans_here(region), "union": union}
    return render(request, "desk/mutual_plans.html", context)
