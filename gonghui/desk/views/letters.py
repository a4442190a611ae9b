"""一函两书 at the desk: write to the employer from a case, text, paper, uploads, list, register, figures."""

from __future__ import annotations

import secrets
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gonghui.appeals import queries as appeals
from gonghui.desk.forms import add_kernel_errors
from gonghui.desk.rows import time_left
from gonghui.desk.views.drafts import plan_of
from gonghui.desk.views.matter import seen
from gonghui.kernel.errors import InvalidData, KernelError, NotFound
from gonghui.kernel.flow import get_flow
from gonghui.kernel.flow.step_forms import add_refusal
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system, within
from gonghui.kernel.times import now, today
from gonghui.law.documents import body_html, from_plan, missing, style
from gonghui.law.documents.page import paper_file
from gonghui.law.documents.slots import filled_rows
from gonghui.law.documents.source import source as paper_source
from gonghui.organisations.models import Organisation
from gonghui.people.decorators import role_required, staff_required
from gonghui.people.http import Request, download
from gonghui.resolution import answering, letters, paper, queries, tables
from gonghui.resolution.letters import Content
from gonghui.resolution.models import Committee, Letter, Member
from gonghui.resolution.rules.common import KIND

READERS = ("handler", "dispatcher", "supervisor", "leader", "auditor")
COUNTERS = ("supervisor", "analyst", "leader", "dispatcher", "auditor")
# States whose open letters are counted at the head of the list.
TILES = ("draft", "legal_review", "to_sign", "signed", "sent", "delivered", "overdue", "replied", "verified")
DAY = {"type": "date"}
OFFICES_ID = "letter-offices"


def _lines(label: Any, help_text: Any = "", rows: int = 5) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows, "maxlength": letters.TEXT_MOST})
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text)


def _scope() -> list[tuple[str, str]]:
    return tables.pairs(tables.words().scope)


class StartForm(forms.Form):
    """向用人单位发函: which letter, and whether the union may take it up. `key`: sent twice it is one."""

    key = forms.CharField(max_length=60, widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=gettext_lazy("文书"), widget=forms.RadioSelect)
    scope = forms.MultipleChoiceField(
        label=gettext_lazy("监督事项"),
        choices=_scope,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("都不属于的不勾选：不受理的，五个工作日内书面告知。"),
    )
    elsewhere = forms.BooleanField(label=gettext_lazy("行政机关、仲裁机构或者人民法院已经受理"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(one.code, one.full) for one in tables.kinds() if not one.after]
        self.fields["kind"].choices = offered  # type: ignore[attr-defined]


class TextForm(forms.Form):
    """正文: what the letter says. Everything may stay empty while it is a draft; what is missing is a blank."""

    scope = forms.MultipleChoiceField(
        label=gettext_lazy("监督事项"), choices=_scope, required=False, widget=forms.CheckboxSelectMultiple
    )
    elsewhere = forms.BooleanField(label=gettext_lazy("行政机关、仲裁机构或者人民法院已经受理"), required=False)
    addressee = forms.CharField(label=gettext_lazy("主送机关（全称，同级）"), max_length=120, required=False)
    employer_name = forms.CharField(label=gettext_lazy("用人单位全称"), max_length=160, required=False)
    employer_uscc = forms.CharField(label=gettext_lazy("统一社会信用代码"), max_length=18, required=False)
    employer_address = forms.CharField(label=gettext_lazy("单位地址"), max_length=200, required=False)
    people = forms.IntegerField(label=gettext_lazy("涉及人数"), min_value=1, max_value=10**6, required=False)
    amount = forms.DecimalField(
        label=gettext_lazy("涉及金额（元）"), min_value=Decimal(0), max_digits=14, decimal_places=2, required=False
    )
    findings = _lines(gettext_lazy("查明的事实（一行一项）"), gettext_lazy("写日期和事实，不写职工姓名、电话。"), 7)
    breaches = _lines(gettext_lazy("违反的规定（一行一项）"), gettext_lazy("例如：《劳动法》第五十条。"))
    asks = _lines(gettext_lazy("提示、意见或者建议的内容（一行一项）"), gettext_lazy("每一项都要能够核对是否做到。"))
    rectify_by = forms.DateField(
        label=gettext_lazy("整改期限"), required=False, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d")
    )
    reply_days = forms.IntegerField(label=gettext_lazy("答复期限"), min_value=1, max_value=120)
    reply_unit = forms.ChoiceField(
        label=gettext_lazy("答复期限按什么算"), choices=Letter.Unit.choices, widget=forms.RadioSelect
    )
    contact = forms.CharField(label=gettext_lazy("联系人"), max_length=60, required=False)
    phone = forms.CharField(label=gettext_lazy("联系电话"), max_length=30, required=False)
    attachments = _lines(gettext_lazy("附件（证据目录，一行一项）"))

    offices: tuple[str, ...] = ()

    def __init__(self, letter: Letter, data: Any = None) -> None:
        initial = {name: getattr(letter, name) for name in self.base_fields}
        super().__init__(data, initial=initial)
        rules = tables.kind(letter.kind)
        if rules.to_authority:
            del self.fields["rectify_by"]
            self.offices = letters.authorities(letter.committee.organisation)
            self.fields["addressee"].widget.attrs["list"] = OFFICES_ID
            self.fields["addressee"].help_text = _("例如：%(name)s") % {"name": self.offices[0]}
        else:
            del self.fields["addressee"]
        step = tables.reply_days(letter.kind, letter.committee.organisation.path)
        unit = Letter.Unit(step.limit.unit).label
        self.fields["reply_days"].help_text = _("常用 %(n)s%(unit)s，依据：%(source)s。请按当地规定填写。") % {
            "n": int(step.limit.amount),
            "unit": unit,
            "source": sourced(step.source),
        }


def sourced(source: str) -> str:
    """A source mark in words: what no statute was read for is not shown as certain."""
    words = {"V": "", "S": _("（据其他资料，未见原文）"), "P": _("（平台默认，不是法定）")}
    mark, text = source[1:2], source[3:].strip(" ；")
    return f"{text}{words.get(mark, '')}" if text else words.get(mark, "").strip("（）")


@staff_required
@never_cache
@require_http_methods(["GET", "POST"])
def start(request: Request, matter_id: int) -> HttpResponse:
    """Begin a letter from this case: who issues it, in scope or not; the text is drafted from the law's answer."""
    matter = seen(request, matter_id)
    if not letters.may_start(request.actor, matter):
        raise PermissionDenied
    form = StartForm(request.POST or None, initial={"key": secrets.token_hex(12), "kind": "reminder"})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                written = _prefilled(request, matter, data["kind"])
                content = Content(**{**written, "scope": data["scope"], "elsewhere": data["elsewhere"]})
                made = letters.start(request.actor, matter, data["kind"], content, key=data["key"])
                messages.success(request, _("已拟稿，编号 %(number)s。请核对正文。") % {"number": made.number})
                return redirect("desk:letter_text", made.pk)
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
            except KernelError as error:
                for reason in getattr(error, "reasons", [str(error)]):
                    form.add_error(None, reason)
    context = {"matter": matter, "form": form, "existing": queries.letters_of(request.actor, matter)}
    return render(request, "desk/letter_start.html", context, status=status)


def _prefilled(request: Request, matter: Matter, kind: str) -> dict[str, Any]:
    """Facts, articles and asks as the law's answer to the case gives them. The worker's own words stay out: they may
    tell who complained."""
    case = appeals.matter_page(request.actor, matter.pk)
    contact = request.actor.name
    if case.limited or not case.description:
        return {"contact": contact}
    source = paper_source(tables.kind(kind).document)
    fields = from_plan(plan_of(case, request.GET))

    def rows(name: str) -> str:
        if not source.lists or name not in source.lists:
            return ""
        found = [row["text"] for row in filled_rows(name, fields, source.words)]
        return "\n".join(line for line in found if "＿" not in line or name == "asks")

    sums = [claim.amount for claim in fields.claims]
    asks = rows("asks") if fields.claims else ""
    return {
        "contact": contact,
        "findings": rows("findings"),
        "breaches": rows("breaches"),
        "asks": asks,
        "amount": sum((one for one in sums if one is not None), Decimal(0)) if sums and all(sums) else None,
        "attachments": "",
    }


def _letter(request: Request, matter_id: int) -> Letter:
    seen(request, matter_id)
    try:
        return queries.visible_letter(request.actor, matter_id)
    except NotFound as error:
        raise Http404 from error


@staff_required
@never_cache
@require_http_methods(["GET", "POST"])
def text(request: Request, matter_id: int) -> HttpResponse:
    """The text of a draft."""
    letter = _letter(request, matter_id)
    if not letters.writes(request.actor, letter.matter):
        raise PermissionDenied
    form = TextForm(letter, request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = dict(form.cleaned_data)
            empty = [name for name in ("people", "amount", "rectify_by") if name in data and data[name] is None]
            try:
                letters.write(request.actor, letter.matter, Content(**data), clear=empty)
                messages.success(request, _("正文已保存。"))
                return redirect("desk:matter", matter_id)
            except NotFound as error:
                raise Http404 from error
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
            except KernelError as error:
                for reason in getattr(error, "reasons", [str(error)]):
                    form.add_error(None, reason)
    context = {
        "matter": letter.matter,
        "letter": letter,
        "title": tables.kind(letter.kind).full,
        "form": form,
        "may_change": letter.matter.state == "draft",
        "offices_id": OFFICES_ID,
    }
    return render(request, "desk/letter_text.html", context, status=status)


@staff_required
@never_cache
@require_GET
def document(request: Request, matter_id: int) -> HttpResponse:
    """The paper: in the page, as Word (`as=word`) or PDF (`as=pdf`). What is not known is a blank."""
    letter = _letter(request, matter_id)
    with as_system("the actor sees this letter"):
        fields, name = paper.fields_of(letter), paper.document(letter)
    title = tables.kind(letter.kind).full
    made, trouble = paper_file(request.GET.get("as", ""), name, fields, title)
    if made is not None:
        return made
    context = {
        "matter": letter.matter,
        "letter": letter,
        "title": title,
        "preview": body_html(name, fields),
        "missing": missing(name, fields),
        "style": style(),
        "trouble": trouble,
    }
    return render(request, "desk/letter_paper.html", context, status=503 if trouble else 200)


@staff_required
@require_POST
def add_papers(request: Request, matter_id: int) -> HttpResponse:
    """Upload the receipt, the answer or evidence."""
    letter = _letter(request, matter_id)
    try:
        letters.add_papers(request.actor, letter.matter, request.POST.get("kind", ""), request.FILES.getlist("files"))
        messages.success(request, _("材料已保存。"))
    except NotFound as error:
        raise Http404 from error
    except KernelError as error:
        for text in error.texts:
            messages.error(request, text)
    return redirect("desk:matter", matter_id)


@staff_required
@require_POST
def answer_link(request: Request, matter_id: int) -> HttpResponse:
    """`verb`: hand_out makes the link for an answer (and ends the one before), withdraw ends it."""
    letter = _letter(request, matter_id)
    try:
        if request.POST.get("verb") == "withdraw":
            answering.withdraw(request.actor, letter.matter)
            messages.success(request, _("链接已作废。"))
        else:
            answering.hand_out(request.actor, letter.matter)
            messages.success(request, _("链接已生成，请随文书交给对方。"))
    except NotFound as error:
        raise Http404 from error
    except KernelError as error:
        for reason in getattr(error, "reasons", [str(error)]):
            messages.error(request, reason)
    return redirect("desk:matter", matter_id)


@staff_required
@never_cache
@require_GET
def uploaded(request: Request, letter_paper_id: int) -> HttpResponse:
    """An uploaded paper, always as a download."""
    try:
        found, content = queries.open_paper(request.actor, letter_paper_id)
    except NotFound as error:
        raise Http404 from error
    return download(content, found.original_name, found.mime)


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


@role_required(*READERS)
@require_GET
def index(request: Request) -> HttpResponse:
    """The letters of the organisations the actor sees, with filters; tiles count what waits in each state."""
    flow = get_flow(KIND)
    state, kind = request.GET.get("state", "open"), request.GET.get("kind", "")
    filters = queries.Filters(
        kind=kind if kind in Letter.Kind.values else "",
        state=state if state in (*flow.states, "open") else "",
        path=request.GET.get("path", "")[:120],
        words=request.GET.get("q", "").strip()[:60],
        since=_day(request.GET.get("since", "")),
        until=_day(request.GET.get("until", "")),
    )
    number = request.GET.get("page", "1")
    page = min(int(number), 1000) if number.isdigit() and int(number) else 1
    rows, more = queries.letters(request.actor, filters, page)
    query = request.GET.copy()
    query.pop("page", None)
    at, counted = now(), queries.counts(request.actor)
    own = Organisation.objects.filter(supervision_committee__active=True)
    places = [
        (path, name)
        for path, name in own.order_by("path").values_list("path", "name")
        if any(within(path, one) for one in request.actor.paths)
    ]
    context = {
        "rows": [{"line": row, "left": time_left(row.matter.due_at, at) if row.matter.is_open else ""} for row in rows],
        "more": more,
        "page": page,
        "query": query.urlencode(),
        "filters": filters,
        "kinds": [(one.code, one.label) for one in tables.kinds()],
        "states": [(name, one.label) for name, one in flow.states.items()],
        "places": places,
        "tiles": [{"state": name, "label": flow.states[name].label, "count": counted.get(name, 0)} for name in TILES],
        "keeps": request.actor.has_role(*letters.KEEPERS),
        "counts": request.actor.has_role(*COUNTERS),
    }
    return render(request, "desk/letters.html", context)


class CommitteeForm(forms.Form):
    organisation = forms.ChoiceField(label=gettext_lazy("工会"))
    code = forms.CharField(
        label=gettext_lazy("文号代字"), max_length=8, help_text=gettext_lazy("“×工监提〔2026〕1号”里的“×”，例如“南”。")
    )
    since = forms.DateField(label=gettext_lazy("成立日期"), widget=forms.DateInput(attrs=DAY))


class MemberForm(forms.Form):
    committee = forms.ChoiceField(label=gettext_lazy("监督委员会"))
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=40)
    post = forms.ChoiceField(label=gettext_lazy("职务"), choices=Member.Post.choices, widget=forms.RadioSelect)
    certificate_no = forms.CharField(label=gettext_lazy("监督员证号"), max_length=40, required=False)
    valid_until = forms.DateField(
        label=gettext_lazy("监督员证有效期至"), required=False, widget=forms.DateInput(attrs=DAY)
    )
    username = forms.CharField(
        label=gettext_lazy("用户名"),
        max_length=60,
        required=False,
        help_text=gettext_lazy("主席、副主席签发意见书要用本人的账号。"),
    )


@role_required(*letters.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def committees(request: Request) -> HttpResponse:
    """监督委员会: which unions have one, who signs, who inquires."""
    kept = _kept(request)
    own = request.actor.paths_as(*letters.KEEPERS)
    organisations = list(
        Organisation.objects.filter(path__in=own, active=True).order_by("path").values_list("path", "name")
    )
    what = request.POST.get("what", "")
    shapes: dict[str, forms.Form] = {
        "committee": CommitteeForm(request.POST if what == "committee" else None),
        "member": MemberForm(request.POST if what == "member" else None),
    }
    shapes["committee"].fields["organisation"].choices = organisations  # type: ignore[attr-defined]
    shapes["member"].fields["committee"].choices = [(str(one.pk), str(one)) for one in kept]  # type: ignore[attr-defined]
    status = 200
    if request.method == "POST":
        if what == "drop":
            member = next(
                (one for row in kept for one in row.members.all() if str(one.pk) == request.POST.get("member")), None
            )
            if member is None:
                raise Http404
            letters.drop_member(request.actor, member)
            messages.success(request, _("已保存。"))
            return redirect("desk:letter_committees")
        form = shapes.get(what)
        if form is None:
            raise Http404
        status = 422
        if form.is_valid():
            try:
                _keep(request, what, dict(form.cleaned_data), kept)
                messages.success(request, _("已保存。"))
                return redirect("desk:letter_committees")
            except KernelError as error:
                add_refusal(form, error)
    rows = [{"committee": one, "members": [row for row in one.members.all() if row.active]} for one in kept]
    context = {"rows": rows, "shapes": shapes, "today": today(), "may_add": bool(organisations)}
    return render(request, "desk/letter_committees.html", context, status=status)


def _kept(request: Request) -> list[Committee]:
    found = Committee.objects.filter(active=True).select_related("organisation").prefetch_related("members")
    rows = found.order_by("organisation__path")
    return [one for one in rows if letters.keeps(request.actor, one.organisation.path)]


def _keep(request: Request, what: str, data: dict[str, Any], kept: list[Committee]) -> None:
    if what == "committee":
        organisation = Organisation.objects.get(path=data["organisation"])
        letters.keep_committee(request.actor, organisation, data["code"], data["since"])
        return
    wanted = data.pop("committee")
    letters.add_member(request.actor, next(one for one in kept if str(one.pk) == wanted), **data)


@role_required(*COUNTERS)
@require_GET
def figures(request: Request) -> HttpResponse:
    """发函数、送达率、按期回复率、整改率、追回金额, by organisation and period."""
    usual_since, usual_until = queries.default_period(now())
    since = _day(request.GET.get("since", "")) or usual_since
    until = _day(request.GET.get("until", "")) or usual_until
    found = queries.statistics(request.actor, min(since, until), until, request.GET.get("path", "")[:120])
    charts = {
        "months": {
            "labels": [row["month"] for row in found["by_month"]],
            "values": [row["count"] for row in found["by_month"]],
        },
        "kinds": {
            "labels": [str(row["label"]) for row in found["by_kind"]],
            "values": [row["count"] for row in found["by_kind"]],
        },
    }
    context = {"figures": found, "charts": charts, "reads": request.actor.has_role(*READERS)}
    return render(request, "desk/letter_figures.html", context)
