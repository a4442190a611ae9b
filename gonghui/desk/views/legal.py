"""法务云 at the desk: begin a case from an appeal, a lawyer's own list, the rota, the figures, papers of a file."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gonghui.appeals import categories
from gonghui.desk.rows import described
from gonghui.desk.views.matter import seen
from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotAllowed, NotFound
from gonghui.kernel.flow.step_forms import add_refusal
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now
from gonghui.legal import actions, drafts, eligibility, lines, queries, rota, tables
from gonghui.legal import drafting as drafting_room
from gonghui.legal.forms import SHAPES, UnionBookForm
from gonghui.legal.models import Counsel, CounselShift, Interest, LegalCase, MeansLine
from gonghui.legal.papers import download
from gonghui.organisations.models import Organisation, Region
from gonghui.people.decorators import role_required, staff_required
from gonghui.people.http import Request

READERS = ("lawyer", "dispatcher", "handler", "supervisor", "leader")
FIGURES_FROM = timedelta(days=365)
WEEKDAYS = (
    gettext_lazy("星期一"),
    gettext_lazy("星期二"),
    gettext_lazy("星期三"),
    gettext_lazy("星期四"),
    gettext_lazy("星期五"),
    gettext_lazy("星期六"),
    gettext_lazy("星期日"),
)


@staff_required
@never_cache
@require_http_methods(["GET", "POST"])
def start(request: Request, matter_id: int, kind: str) -> HttpResponse:
    """Begin a consultation or legal aid for the worker of this appeal, who must agree to it."""
    matter = seen(request, matter_id)
    if kind not in SHAPES or not actions.may_start(request.actor, matter):
        raise Http404
    form = SHAPES[kind](request.POST or None, initial={"key": secrets.token_hex(12)}, for_worker=False)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = form.begin(request.actor, matter)
                messages.success(request, _("已发起，编号 %(number)s。") % {"number": made.number})
                return redirect("desk:matter", made.pk if queries.opens(request.actor, made) else matter.pk)
            except KernelError as error:
                add_refusal(form, error)
    return render(request, "desk/legal_start.html", {"matter": matter, "form": form, "kind": kind}, status=status)


@role_required(*READERS)
@require_GET
def home(request: Request) -> HttpResponse:
    """A lawyer's own cases; for who dispatches, the open cases of the organisation and who is on duty."""
    at = now()
    cases = queries.own_cases(request.actor)
    own = described([case.matter for case in cases], at)
    for row, case in zip(own, cases, strict=True):
        row["tags"] = [case.employer_name] if case.employer_name else []
    open_rows = described(queries.open_cases(request.actor), at)
    context = {
        "own": own,
        "rows": open_rows,
        "keeps": request.actor.has_role(*actions.KEEPERS),
        "lists": request.actor.has_role("handler", *actions.KEEPERS),
        "lawyer": request.actor.has_role("lawyer"),
        "books": request.actor.has_role(*actions.STARTERS),
    }
    return render(request, "desk/legal.html", context)


@role_required(*actions.STARTERS)
@never_cache
@require_http_methods(["GET", "POST"])
def book(request: Request) -> HttpResponse:
    """预约 a lesson, a check-up or a review for an own union or an employer."""
    own = Organisation.objects.filter(path__in=request.actor.paths_as(*actions.STARTERS), active=True)
    form = UnionBookForm(
        request.POST or None,
        initial={"key": secrets.token_hex(12)},
        organisations=list(own.order_by("path").values_list("path", "name")),
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = form.book(request.actor)
                messages.success(request, _("已预约，编号 %(number)s。") % {"number": made.number})
                return redirect(*(("desk:matter", made.pk) if queries.opens(request.actor, made) else ("desk:home",)))
            except KernelError as error:
                add_refusal(form, error)
    return render(request, "desk/legal_book.html", {"form": form}, status=status)


@staff_required
@never_cache
@require_http_methods(["GET", "POST"])
def drafting(request: Request, matter_id: int, document: str) -> HttpResponse:
    """代拟文书: the newest text to go on from, and the versions there were. For the lawyer who has the case."""
    try:
        matter, versions = drafting_room.for_lawyer(request.actor, matter_id, document)
        words = versions[0].text if versions else drafting_room.beginning(matter, document)
        errors: list[str] = []
        if request.method == "POST":
            words = request.POST.get("text", "")
            try:
                paper = drafting_room.save(request.actor, matter_id, document, words)
                messages.success(request, _("已保存为第 %(n)d 版，等职工核对。") % {"n": paper.version})
                return redirect("desk:matter", matter_id)
            except InvalidData as error:
                errors = error.texts
            except GuardRefused as error:
                errors = error.reasons
    except NotFound as error:
        raise Http404 from error
    context = {
        "matter": matter,
        "document": document,
        "title": drafting_room.documents()[document],
        "versions": versions,
        "words": words,
        "errors": errors,
        "longest": drafting_room.LONGEST,
    }
    return render(request, "desk/legal_drafting.html", context, status=422 if errors else 200)


class CounselForm(forms.Form):
    """Who may be asked, for what, and how much at once."""

    username = forms.CharField(label=gettext_lazy("用户名（已有“律师/调解员”岗位）"), max_length=60)
    organisation = forms.ChoiceField(label=gettext_lazy("服务的工会"))
    kind = forms.ChoiceField(label=gettext_lazy("身份"), choices=Counsel.Kind.choices)
    firm_name = forms.CharField(label=gettext_lazy("所在律所或单位"), max_length=120, required=False)
    firm_uscc = forms.CharField(label=gettext_lazy("律所统一社会信用代码"), max_length=18, required=False)
    licence_no = forms.CharField(label=gettext_lazy("执业证号"), max_length=40, required=False)
    fields_ = forms.MultipleChoiceField(
        label=gettext_lazy("专长（不选为都可以）"), required=False, widget=forms.CheckboxSelectMultiple
    )
    languages = forms.MultipleChoiceField(
        label=gettext_lazy("语言"), required=False, widget=forms.CheckboxSelectMultiple
    )
    gender = forms.ChoiceField(
        label=gettext_lazy("性别"),
        required=False,
        choices=[("", "—"), ("F", gettext_lazy("女")), ("M", gettext_lazy("男"))],
    )
    max_open = forms.IntegerField(label=gettext_lazy("最多同时在办"), min_value=1, max_value=100, initial=5)
    active = forms.BooleanField(label=gettext_lazy("接受派单"), required=False, initial=True)

    def __init__(self, *args: Any, organisations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = organisations  # type: ignore[attr-defined]
        groups = sorted({code[:2] for code in categories.tree()})
        named = [(group, f"{group} {_group_name(group)}") for group in groups]
        self.fields["fields_"].choices = named  # type: ignore[attr-defined]
        self.fields["languages"].choices = tables.pairs(tables.words().languages)  # type: ignore[attr-defined]


def _group_name(group: str) -> str:
    return "、".join([categories.label(code) for code in categories.tree() if code[:2] == group][:2])


class ShiftForm(forms.Form):
    counsel = forms.ChoiceField(label=gettext_lazy("法律服务人员"))
    weekday = forms.ChoiceField(
        label=gettext_lazy("每周"),
        required=False,
        choices=[("", "—"), *((str(n), day) for n, day in enumerate(WEEKDAYS))],
    )
    day = forms.DateField(
        label=gettext_lazy("或者某一天"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    starts = forms.TimeField(label=gettext_lazy("从"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    ends = forms.TimeField(label=gettext_lazy("到"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    away = forms.BooleanField(label=gettext_lazy("这一天不在岗"), required=False)


class InterestForm(forms.Form):
    counsel = forms.ChoiceField(label=gettext_lazy("法律服务人员"))
    kind = forms.ChoiceField(label=gettext_lazy("关系"), choices=Interest.Kind.choices)
    party_name = forms.CharField(label=gettext_lazy("单位名称"), max_length=160)
    party_uscc = forms.CharField(label=gettext_lazy("统一社会信用代码"), max_length=18, required=False)
    note = forms.CharField(label=gettext_lazy("说明"), max_length=300, required=False)


@role_required(*actions.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def rota_page(request: Request) -> HttpResponse:
    """值班表: who may be asked, when, how much they have; register somebody, enter hours, declare an interest."""
    counsels = _kept(request)
    pairs = [(str(counsel.pk), str(counsel)) for counsel in counsels]
    organisations = list(
        Organisation.objects.filter(path__in=request.actor.paths_as(*actions.KEEPERS)).values_list("path", "name")
    )
    what = request.POST.get("what", "")
    shapes: dict[str, forms.Form] = {
        "counsel": CounselForm(request.POST if what == "counsel" else None, organisations=organisations),
        "shift": ShiftForm(request.POST if what == "shift" else None),
        "interest": InterestForm(request.POST if what == "interest" else None),
    }
    for name in ("shift", "interest"):
        shapes[name].fields["counsel"].choices = pairs  # type: ignore[attr-defined]
    status = 200
    if request.method == "POST":
        if what == "drop":
            _drop(request, counsels)
            return redirect("desk:legal_rota")
        form = shapes.get(what)
        if form is None:
            raise Http404
        status = 422
        if form.is_valid():
            try:
                _keep(request, what, dict(form.cleaned_data), counsels)
                messages.success(request, _("已保存。"))
                return redirect("desk:legal_rota")
            except KernelError as error:
                add_refusal(form, error)
    at = now()
    with as_system("counsels of the actor's own organisations"):
        load = rota.loads(counsel.account_id for counsel in counsels)
        languages = tables.words().languages
        rows = [
            {
                "counsel": counsel,
                "skills": "；".join(_group_name(group) for group in counsel.fields),
                "languages": "、".join(tables.label(languages, code) for code in counsel.languages),
                "load": load.get(counsel.account_id, 0),
                "next": rota.next_shift(counsel.shifts.all(), at),
                "shifts": [
                    {"shift": shift, "day": shift.date or WEEKDAYS[shift.weekday or 0]}
                    for shift in counsel.shifts.all()
                ],
                "interests": list(counsel.interests.order_by("-at")[:20]),
            }
            for counsel in counsels
        ]
    return render(request, "desk/legal_rota.html", {"rows": rows, "shapes": shapes, "at": at}, status=status)


def _kept(request: Request) -> list[Counsel]:
    with as_system("narrowed to the organisations whose rota the actor keeps"):
        found = Counsel.objects.select_related("account", "organisation").prefetch_related("shifts")
        rows = list(found.order_by("organisation__path", "pk"))
    return [counsel for counsel in rows if actions.keeps(request.actor, counsel.organisation.path)]


def _keep(request: Request, what: str, data: dict[str, Any], counsels: list[Counsel]) -> None:
    if what == "counsel":
        organisation = Organisation.objects.get(path=data.pop("organisation"))
        data["fields"] = data.pop("fields_")
        actions.register_counsel(request.actor, data.pop("username"), organisation, **data)
        return
    wanted = data.pop("counsel")
    counsel = next(one for one in counsels if str(one.pk) == wanted)
    if what == "interest":
        actions.declare_interest(request.actor, counsel, **data)
    else:
        weekday = data.pop("weekday")
        actions.add_shift(request.actor, counsel, weekday=int(weekday) if weekday else None, **data)


def _drop(request: Request, counsels: list[Counsel]) -> None:
    wanted = request.POST.get("shift", "")
    shift = next((one for counsel in counsels for one in counsel.shifts.all() if str(one.pk) == wanted), None)
    if shift is None:
        raise Http404
    with as_system("counsels of the actor's own organisations"):
        actions.drop_shift(request.actor, CounselShift.objects.select_related("counsel__organisation").get(pk=shift.pk))


class LineForm(forms.Form):
    """One line, with the paper it stands in."""

    region = forms.ChoiceField(label=gettext_lazy("适用地区"))
    monthly = forms.DecimalField(
        label=gettext_lazy("经济困难标准（元/人·月）"), min_value=Decimal("0.01"), max_digits=10, decimal_places=2
    )
    valid_from = forms.DateField(label=gettext_lazy("从哪天起执行"), widget=forms.DateInput(attrs={"type": "date"}))
    valid_to = forms.DateField(
        label=gettext_lazy("到哪天为止（没有规定的不填）"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    source = forms.CharField(label=gettext_lazy("文件名称和文号"), max_length=200)
    confirmed = forms.BooleanField(
        label=gettext_lazy("我看过这份文件，标准和日期与文件一致"),
        required=False,
        help_text=gettext_lazy("没有勾选的只作参考，不能作为给予或不予援助的依据。"),
    )


@role_required(*actions.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def lines_page(request: Request) -> HttpResponse:
    """经济困难标准: what is known for which place; who may, enters the one of the own region."""
    places = lines.places(request.actor)
    posted = request.POST if request.POST.get("what") == "set" else None
    form = LineForm(posted)
    form.fields["region"].choices = list(places.items())  # type: ignore[attr-defined]
    status = 200
    if request.method == "POST":
        if request.POST.get("what") == "drop":
            number = request.POST.get("line", "")
            line = MeansLine.objects.filter(pk=number).first() if number.isdigit() else None
            if line is None or not lines.may_change(request.actor, line.region):
                raise Http404
            lines.drop_line(request.actor, line)
            messages.success(request, _("已删除。"))
            return redirect("desk:legal_lines")
        status = 422
        if form.is_valid():
            try:
                lines.set_line(request.actor, **form.cleaned_data)
                messages.success(request, _("已保存。"))
                return redirect("desk:legal_lines")
            except KernelError as error:
                add_refusal(form, error)
    named = dict(Region.objects.values_list("code", "full_name"))
    rows = [
        {
            "line": line,
            "place": named.get(line.region.ljust(6, "0"), line.region),
            "may_drop": any(line.region.startswith(own) for own in places),
        }
        for line in MeansLine.objects.select_related("by")
    ]
    context = {"rows": rows, "form": form, "places": places, "table": eligibility.table().means.lines}
    return render(request, "desk/legal_lines.html", context, status=status)


@staff_required
@require_POST
def draft_answer(request: Request, matter_id: int) -> HttpResponse:
    """起草答复: for the lawyer who has the case; the draft opens in the answer's form, where it is checked."""
    matter = seen(request, matter_id)
    try:
        drafts.make_draft(request.actor, matter)
    except (NotFound, NotAllowed) as error:
        raise Http404 from error
    except KernelError as error:
        for text in error.texts:
            messages.error(request, text)
        return redirect("desk:matter", matter_id)
    return redirect("desk:transition", matter_id, "answer")


@role_required("dispatcher", "supervisor", "leader", "analyst")
@require_GET
def figures(request: Request) -> HttpResponse:
    def moment(name: str, usual: datetime) -> datetime:
        try:
            day = parse_date(request.GET.get(name, ""))
        except ValueError:
            day = None
        return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) if day else usual

    until = moment("until", now()) + timedelta(days=1)
    since = moment("since", now() - FIGURES_FROM)
    found = queries.statistics(request.actor, since, until)
    outcomes = [(str(label), found["outcomes"][code]) for code, label in LegalCase.Outcome.choices]
    booked = [(str(item), found["bookings"].get(item.code, 0)) for item in tables.words().services]
    context = {
        "figures": found,
        "booked": booked,
        "outcomes": outcomes,
        "since": since,
        "until": until - timedelta(days=1),
    }
    return render(request, "desk/legal_figures.html", context)


@staff_required
@never_cache
@require_GET
def paper(request: Request, paper_id: int) -> HttpResponse:
    """A paper for those who read the file; always as a download, never run by the browser."""
    try:
        return download(request.actor, paper_id)
    except NotFound as error:
        raise Http404 from error


@staff_required
@require_POST
def add_papers(request: Request, matter_id: int) -> HttpResponse:
    matter = seen(request, matter_id)
    try:
        actions.add_paper(request.actor, matter, request.FILES.getlist("files"))
        messages.success(request, _("材料已保存。"))
    except NotFound as error:
        raise Http404 from error
    except KernelError as error:
        for text in error.texts:
            messages.error(request, text)
    return redirect("desk:matter", matter_id)
