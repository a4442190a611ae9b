"""民主管理与集体协商 at the desk: delegates, what the unit publishes, bargaining, recommended proposals."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.desk.forms import OwnUnionForm, add_kernel_errors
from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotFound
from gonghui.kernel.matters import state_text
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import ImportFileError
from gonghui.kernel.times import today
from gonghui.kernel.vault import mask_phone
from gonghui.organisations.queries import find_employer
from gonghui.people.decorators import role_required
from gonghui.people.http import Request, made_book
from gonghui.services.holding import SURE_EMPLOYER
from gonghui.voice import bargaining, congresses, figures, openness, proposals, rounds
from gonghui.voice.models import Bargaining, Congress, NominationObjection, Round

KEEPERS = congresses.KEEPERS
SHOWN = 20


def _date(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class CongressForm(OwnUnionForm):
    name = forms.CharField(
        label=gettext_lazy("届次"), max_length=80, help_text=gettext_lazy("例如：第三届职工代表大会第二次会议")
    )
    meets = _date(gettext_lazy("开会日期"))
    opens = _date(gettext_lazy("征集提案从"))
    closes = _date(gettext_lazy("征集提案到"))
    workers = forms.IntegerField(label=gettext_lazy("职工人数"), min_value=1, max_value=1_000_000, required=False)


class DelegateForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=60)
    phone = forms.CharField(
        label=gettext_lazy("手机号"),
        max_length=20,
        help_text=gettext_lazy("代表用这个号码登录，才能提案和附议。"),
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    group = forms.CharField(label=gettext_lazy("代表团（组）"), max_length=60, required=False)
    manager = forms.BooleanField(label=gettext_lazy("中、高层管理人员"), required=False)


class FileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Excel 文件"),
        help_text=gettext_lazy("有一行不对，就一个也不登记，改好再传。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > congresses.BYTES_MOST:
            raise forms.ValidationError(_("文件太大。"))
        return file


class DisclosureForm(OwnUnionForm):
    category = forms.ChoiceField(label=gettext_lazy("类别"), choices=openness.CATEGORIES)
    title = forms.CharField(label=gettext_lazy("标题"), max_length=openness.TITLE_MOST)
    body = forms.CharField(
        label=gettext_lazy("内容"), max_length=openness.BODY_MOST, widget=forms.Textarea(attrs={"rows": 10})
    )


class BargainingForm(OwnUnionForm):
    kind = forms.ChoiceField(label=gettext_lazy("协商什么"), choices=Bargaining.Kind.choices)
    party = forms.CharField(
        label=gettext_lazy("和谁协商"), max_length=120, help_text=gettext_lazy("用人单位、行业组织或头部平台的全称。")
    )


class RoundForm(OwnUnionForm):
    year = forms.IntegerField(label=gettext_lazy("年度"), min_value=2020, max_value=2100)
    quota_in = forms.IntegerField(label=gettext_lazy("接收名额"), min_value=1, max_value=10_000)
    quota_out = forms.IntegerField(label=gettext_lazy("推荐名额"), min_value=1, max_value=10_000)
    opens = _date(gettext_lazy("征集从"))
    closes = _date(gettext_lazy("征集到"))
    publicity_days = forms.IntegerField(label=gettext_lazy("公示天数"), min_value=1, max_value=60, initial=5)


@role_required(*bargaining.READERS)
@never_cache
@require_GET
def home(request: Request) -> HttpResponse:
    """Sessions, what is published, bargaining and how far agreements reach."""
    paths = request.actor.paths_as(*bargaining.READERS)
    with as_system("the unions' own lists"):
        published = list(openness.own(request.actor)[:SHOWN])
    talks = bargaining.listed(request.actor)
    context = {
        "congresses": list(congresses.own(request.actor)[:SHOWN]),
        "published": [(row, openness.category_name(row.category)) for row in published],
        "talks": [(row, state_text(row.matter), bargaining.days_left(row, today())) for row in talks],
        "rounds": list(rounds.own(request.actor)[:SHOWN]),
        "figures": figures.of(paths),
        "coverage": [bargaining.coverage(path, today()) for path in paths[:3]],
        "may_keep": request.actor.has_role(*KEEPERS),
        "may_round": request.actor.has_role(*rounds.KEEPERS),
    }
    return render(request, "desk/voice.html", context)


@role_required(*KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def congress_new(request: Request) -> HttpResponse:
    """Enter a session of a congress."""
    form = CongressForm(request.POST or None, paths=request.actor.paths_as(*KEEPERS))
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            row = congresses.save(request.actor, data.pop("organisation"), data)
            messages.success(request, _("已登记，接着登记代表名单。"))
            return redirect("desk:congress", row.pk)
        except InvalidData as error:
            add_kernel_errors(form, error.errors)
    return _form(request, form, _("登记职代会"))


def _form(request: Request, form: forms.Form, title: str, lead: str = "") -> HttpResponse:
    context = {"form": form, "title": title, "lead": lead}
    return render(request, "desk/voice_form.html", context, status=422 if request.method == "POST" else 200)


def _congress(request: Request, congress_id: int) -> Congress:
    try:
        return congresses.kept(request.actor, congress_id)
    except NotFound as error:
        raise Http404 from error


@role_required(*KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def congress(request: Request, congress_id: int) -> HttpResponse:
    """One session: its delegates (by hand or from a file) and its proposals."""
    row = _congress(request, congress_id)
    verb = request.POST.get("verb", "")
    form = DelegateForm(request.POST if verb == "add" else None)
    file = FileForm(*((request.POST, request.FILES) if verb == "import" else ()))
    wrong: list[tuple[int, str]] = []
    status = 200
    if request.method == "POST":
        status = 422
        with as_system("the union's own list"):
            done, wrong = _change(request, row, verb, form, file)
        if done:
            messages.success(request, done)
            return redirect("desk:congress", row.pk)
    with as_system("the union's own list"):
        delegates = list(row.delegates.order_by("group", "pk"))
        too_many = congresses.managers_too_many(row)
    context = {
        "row": row,
        "delegates": [(one, mask_phone(one.phone)) for one in delegates],
        "too_many": too_many,
        "proposals": proposals.of_congress(row),
        "form": form,
        "file": file,
        "wrong": wrong,
    }
    return render(request, "desk/voice_congress.html", context, status=status)


def _change(
    request: Request, row: Congress, verb: str, form: DelegateForm, file: FileForm
) -> tuple[str, list[tuple[int, str]]]:
    """What was done, in words; empty when something is wrong, with the lines of a file that are."""
    if verb == "add" and form.is_valid():
        try:
            data = form.cleaned_data
            phone = "".join(letter for letter in data["phone"] if letter.isdigit())
            congresses.add(request.actor, row, congresses.Row(data["name"], phone, data["group"], data["manager"]))
            return _("已加入名单。"), []
        except InvalidData as error:
            add_kernel_errors(form, error.errors)
    elif verb == "remove":
        try:
            congresses.remove(request.actor, row, int(request.POST.get("delegate", "0") or 0))
            return _("已移出名单。"), []
        except (NotFound, ValueError) as error:
            raise Http404 from error
    elif verb == "import" and file.is_valid():
        try:
            report = congresses.import_delegates(request.actor, row, file.cleaned_data["file"])
            text = _("已登记 %(made)d 名代表，另有 %(there)d 名原来就在名单里。")
            done = "" if report.wrong else text % {"made": report.made, "there": report.there}
            return done, report.wrong
        except ImportFileError as error:
            file.add_error("file", str(error))
    return "", []


@role_required(*KEEPERS)
@require_GET
def delegate_template(request: Request) -> HttpResponse:
    """The empty file for delegates."""
    return made_book(congresses.template(), "delegates.xlsx")


@role_required(*KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def disclosure_new(request: Request) -> HttpResponse:
    """厂务公开: publish something to the unit's workers."""
    form = DisclosureForm(request.POST or None, paths=request.actor.paths_as(*KEEPERS))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            row = openness.publish(request.actor, data["organisation"], data["category"], data["title"], data["body"])
            messages.success(request, _("已公开。"))
            return redirect("desk:disclosure", row.pk)
        except InvalidData as error:
            add_kernel_errors(form, error.errors)
    return _form(request, form, _("公开一项"), _("本单位职工登录后能看到。不要写个人信息和商业秘密。"))


@role_required(*KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def disclosure(request: Request, disclosure_id: int) -> HttpResponse:
    """One thing published: how many have read it, what was asked; take it down."""
    with as_system("the union's own, or nothing"):
        try:
            row = openness.kept(request.actor, disclosure_id)
        except NotFound as error:
            raise Http404 from error
        replies = list(row.replies.order_by("at"))
    if request.method == "POST":
        openness.withdraw(request.actor, row)
        messages.success(request, _("已撤下。"))
        return redirect("desk:disclosure", row.pk)
    context = {"row": row, "category": openness.category_name(row.category), "replies": replies}
    return render(request, "desk/voice_disclosure.html", context)


@role_required(*KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def bargaining_new(request: Request) -> HttpResponse:
    """Begin a bargaining of the union's own accord."""
    form = BargainingForm(request.POST or None, paths=request.actor.paths_as(*KEEPERS))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        union = data["organisation"]
        found = find_employer(data["party"], region=union.region_id or "")
        employer = found[0].employer if found and found[0].score >= SURE_EMPLOYER else None
        try:
            row = bargaining.begin(request.actor, union, data["kind"], data["party"], employer=employer)
            messages.success(request, _("已开始，先加议题，再发要约。"))
            return redirect("desk:matter", row.matter_id)
        except InvalidData as error:
            add_kernel_errors(form, error.errors)
    return _form(request, form, _("发起协商"))


@role_required(*rounds.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def round_new(request: Request) -> HttpResponse:
    """Open the year's round of recommended proposals."""
    paths = request.actor.paths_as(*rounds.KEEPERS)
    form = RoundForm(request.POST or None, paths=paths, initial={"year": today().year})
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        try:
            row = rounds.open_round(request.actor, data.pop("organisation"), data)
            messages.success(request, _("已开始征集。"))
            return redirect("desk:round", row.pk)
        except InvalidData as error:
            add_kernel_errors(form, error.errors)
    return _form(request, form, _("开推荐轮次"), _("下级报送的优秀提案，按名额择优、公示、向上推荐。"))


@role_required(*rounds.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def round_page(request: Request, round_id: int) -> HttpResponse:
    """One round: choose within the quota, publish, settle objections, send up."""
    try:
        row = rounds.kept(request.actor, round_id)
    except NotFound as error:
        raise Http404 from error
    errors: list[str] = []
    status = 200
    if request.method == "POST":
        try:
            messages.success(request, _round_step(request, row))
            return redirect("desk:round", row.pk)
        except InvalidData as error:
            status, errors = 422, error.texts
        except GuardRefused as error:
            status, errors = 409, error.reasons
        except (NotFound, ValueError) as error:
            raise Http404 from error
        except KernelError as error:
            status, errors = 409, [str(error)]
    with as_system("the union's own round"):
        entries = list(row.nominations.select_related("proposal__matter").order_by("-proposal__mark", "pk"))
        objections = list(
            NominationObjection.objects.select_related("nomination__proposal")
            .filter(nomination__round=row)
            .order_by("at")
        )
    context = {
        "row": row,
        "entries": entries,
        "objections": objections,
        "errors": errors,
        "open": row.state == Round.State.OPEN,
        "publicity": row.state == Round.State.PUBLICITY,
        "chosen": request.POST.getlist("chosen"),
    }
    return render(request, "desk/voice_round.html", context, status=status)


def _round_step(request: Request, row: Round) -> str:
    verb = request.POST.get("verb", "")
    if verb == "choose":
        rounds.choose(request.actor, row, {int(one) for one in request.POST.getlist("chosen")})
        return _("已公示。")
    if verb == "send":
        return _("已推荐 %(n)d 件。") % {"n": rounds.send_up(request.actor, row)}
    if verb == "settle":
        upheld = request.POST.get("upheld") == "yes"
        rounds.settle(
            request.actor, row, int(request.POST.get("objection", "0")), upheld, request.POST.get("finding", "")
        )
        return _("已记录核查结果。")
    raise NotFound
