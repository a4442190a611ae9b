"""劳模工匠 at the desk: the three lists with their figures, the register of people, the talk about a need."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gonghui.craft import actions, experts, innovations, keeping, library, nominations, queries, tables, videos
from gonghui.craft.models import Craftsman, HelpResult
from gonghui.desk.forms import add_kernel_errors
from gonghui.desk.views.matter import seen
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.scope import as_system, within
from gonghui.kernel.times import today
from gonghui.organisations.region_field import RegionField
from gonghui.people.decorators import role_required
from gonghui.people.http import Request
from gonghui.people.identity import born_on

READERS = library.READERS
STATES = (("listed", gettext_lazy("在库")), ("paused", gettext_lazy("暂停接单")), ("gone", gettext_lazy("已出库")))
AREAS = (
    ("county", gettext_lazy("本区县")),
    ("city", gettext_lazy("本市")),
    ("province", gettext_lazy("本省")),
    ("national", gettext_lazy("全国")),
)
MOST = 300


class PersonForm(forms.Form):
    unit = forms.CharField(label=gettext_lazy("单位"), max_length=120)
    trade = forms.CharField(label=gettext_lazy("工种"), max_length=60)
    technology = forms.CharField(
        label=gettext_lazy("会什么、能解决什么"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    workshop = forms.CharField(label=gettext_lazy("工作室"), max_length=120, required=False)
    hours_month = forms.IntegerField(label=gettext_lazy("每月可用小时"), min_value=0, max_value=200)
    story = forms.CharField(
        label=gettext_lazy("事迹"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 6})
    )
    quote = forms.CharField(label=gettext_lazy("本人的话"), max_length=200, required=False)
    state = forms.ChoiceField(label=gettext_lazy("状态"), choices=STATES, widget=forms.RadioSelect)
    publish = forms.BooleanField(label=gettext_lazy("本人同意公开"), required=False)
    consent_proof = forms.CharField(
        label=gettext_lazy("本人怎样同意的"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("新勾选同意时必须写，例如：2026年3月1日书面同意。"),
    )


class EntryForm(forms.Form):
    """登记: somebody who holds an honour or offers a craft."""

    name = forms.CharField(label=gettext_lazy("姓名"), max_length=30)
    id_no = forms.CharField(
        label=gettext_lazy("身份证号"), max_length=18, required=False, help_text=gettext_lazy("用来防止重复登记。")
    )
    phone = forms.CharField(label=gettext_lazy("手机号"), max_length=20, required=False)
    region_id = RegionField(label=gettext_lazy("区县"), max_length=60)
    unit = forms.CharField(label=gettext_lazy("单位"), max_length=120)
    trade = forms.CharField(label=gettext_lazy("工种"), max_length=60)
    tags = forms.MultipleChoiceField(label=gettext_lazy("专业"), required=False, widget=forms.CheckboxSelectMultiple)
    skill_level = forms.ChoiceField(label=gettext_lazy("技能等级"))
    years = forms.IntegerField(label=gettext_lazy("从业年数"), min_value=0, max_value=70, required=False)
    technology = forms.CharField(
        label=gettext_lazy("会什么、能解决什么"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    hours_month = forms.IntegerField(
        label=gettext_lazy("每月可用小时"), min_value=0, max_value=200, required=False,
        help_text=gettext_lazy("填 0 就不再派单。"),
    )  # fmt: skip
    area = forms.ChoiceField(label=gettext_lazy("服务范围"), choices=AREAS)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tags: Any = self.fields["tags"]
        tags.choices = [(row.code, str(row)) for row in tables.trades()]
        level: Any = self.fields["skill_level"]
        level.choices = [(row.code, str(row)) for row in tables.levels()]

    def clean_id_no(self) -> str:
        number = str(self.cleaned_data["id_no"]).strip().upper()
        if number and born_on(number) is None:
            raise forms.ValidationError(_("身份证号不对：应是 18 位，最后一位可以是 X，请对照证件核对。"))
        return number


class HonourForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("荣誉"))
    year = forms.IntegerField(label=gettext_lazy("年份"), min_value=1949, max_value=2100)
    proof = forms.CharField(label=gettext_lazy("凭据"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [(row.code, str(row)) for row in tables.honours()]


class SurveyForm(forms.Form):
    life = forms.CharField(
        label=gettext_lazy("生活"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    work = forms.CharField(
        label=gettext_lazy("工作"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    health = forms.CharField(
        label=gettext_lazy("健康"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    wishes = forms.CharField(
        label=gettext_lazy("需求"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )


class AchievementForm(forms.Form):
    metric = forms.CharField(label=gettext_lazy("指标"), max_length=60)
    before = forms.CharField(label=gettext_lazy("以前"), max_length=40)
    after = forms.CharField(label=gettext_lazy("现在"), max_length=40)
    measure = forms.CharField(label=gettext_lazy("计量单位"), max_length=20, required=False)
    evidence = forms.CharField(label=gettext_lazy("凭据"), max_length=200, required=False)


class VideoForm(forms.Form):
    """A file or a link, and what is spoken in it."""

    title = forms.CharField(label=gettext_lazy("视频名称"), max_length=80)
    video = forms.FileField(
        label=gettext_lazy("视频文件（MP4 或 WebM）"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "video/mp4,video/webm"}),
    )
    link = forms.CharField(label=gettext_lazy("或者链接"), max_length=200, required=False)
    captions = forms.FileField(
        label=gettext_lazy("字幕文件（WebVTT，没有可不传）"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".vtt,text/vtt"}),
    )
    transcript = forms.CharField(
        label=gettext_lazy("文字稿"),
        max_length=10000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("写出视频里说了什么、演示了什么。"),
    )


@role_required(*READERS)
@never_cache
@require_GET
def home(request: Request) -> HttpResponse:
    """需求清单、成果清单 and the figures of a year."""
    year = _year(request)
    everything = request.GET.get("all") == "1"
    with as_system("results of needs that the actor's unions see"):
        rows = queries.needs(request.actor, open_only=not everything)
        found = HelpResult.objects.filter(matter__in=[row.matter for row in rows]).select_related("matter")
        results = {row.matter_id: row for row in found}
    context = {
        "needs": [(row, results.get(row.matter.pk)) for row in rows],
        "everything": everything,
        "figures": queries.figures(request.actor, date(year, 1, 1), date(year, 12, 31)),
        "innovations": innovations.year_sum(request.actor, year),
        "year": year,
    }
    return render(request, "desk/craft.html", context)


def _year(request: Request) -> int:
    asked = request.GET.get("year", "")
    return int(asked) if asked.isdecimal() and 2000 <= int(asked) <= 2100 else today().year


@role_required(*READERS)
@never_cache
@require_GET
def people(request: Request) -> HttpResponse:
    """劳模工匠库; `high=1`: the register of those honoured by a province or above."""
    high = request.GET.get("high") == "1"
    rows = list(library.register(request.actor, high=high)[:MOST])
    return render(
        request,
        "desk/craft_people.html",
        {"rows": library.cards(rows), "high": high, "may_enter": bool(request.actor.paths_as(*library.KEEPERS))},
    )


@role_required(*library.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def enter(request: Request) -> HttpResponse:
    """登记工匠."""
    form = EntryForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                row = keeping.enter(request.actor, form.cleaned_data)
                messages.success(request, _("已登记。"))
                return redirect("desk:craft_person", row.pk)
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
    return render(request, "desk/craft_enter.html", {"form": form}, status=status)


@role_required(*READERS)
@never_cache
@require_http_methods(["GET", "POST"])
def person(request: Request, craftsman_id: int) -> HttpResponse:
    """One entry: correct it, note the survey, add an achievement, take an honour back."""
    try:
        row = library.kept(request.actor, craftsman_id)
    except NotFound as error:
        raise Http404 from error
    verb = request.POST.get("verb", "")
    own = {name: getattr(row, name) for name in keeping.EDITED} | {"publish": row.consented_at is not None}
    forms_of: dict[str, forms.Form] = {
        "change": PersonForm(request.POST if verb == "change" else None, initial=own),
        "survey": SurveyForm(request.POST if verb == "survey" else None, initial=keeping.survey_of(row)),
        "achievement": AchievementForm(request.POST if verb == "achievement" else None, auto_id="achievement_%s"),
        "honour": HonourForm(request.POST if verb == "honour" else None, auto_id="honour_%s"),
        "video": VideoForm(
            request.POST if verb == "video" else None, request.FILES if verb == "video" else None, auto_id="video_%s"
        ),
    }
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if _done(request, row, verb, forms_of.get(verb)):
                messages.success(request, _("已保存。"))
                return redirect("desk:craft_person", row.pk)
        except NotAllowed as error:
            raise Http404 from error
        except NotFound as error:
            raise Http404 from error
    keeps = any(within(row.organisation.path, path) for path in request.actor.paths_as(*library.KEEPERS))
    context = {
        "card": library.cards([row])[0],
        "honours": [(one, library.words_of(one.kind)) for one in row.honours.order_by("-year", "pk")],
        "achievements": row.achievements.order_by("pk"),
        "videos": [(one, library.host_words(one.link)) for one in row.videos.order_by("pk")],
        "hosts": tables.media().hosts,
        "forms": forms_of,
        "keeps": keeps,
        "leads": keeps and request.actor.has_role("leader"),
        "survey": keeping.survey_of(row) if keeps else {},
    }
    return render(request, "desk/craft_person.html", context, status=status)


def _done(request: Request, row: Craftsman, verb: str, form: Any) -> bool:
    """Whether it was done; else the form, or a message, says why not."""
    try:
        if verb == "cancel":
            honour = request.POST.get("honour", "")
            keeping.cancel_honour(
                request.actor, row, int(honour) if honour.isdecimal() else 0, request.POST.get("reason", "")
            )
            return True
        if verb == "remove_video":
            number = request.POST.get("video", "")
            videos.remove(request.actor, row, int(number) if number.isdecimal() else 0)
            return True
        if form is None:
            raise NotFound
        if not form.is_valid():
            return False
        if verb == "video":
            videos.add(request.actor, row, **form.cleaned_data)
            return True
        act = {
            "change": keeping.change,
            "survey": keeping.note_survey,
            "achievement": keeping.add_achievement,
            "honour": keeping.add_honour,
        }[verb]
        act(request.actor, row, form.cleaned_data)
        return True
    except InvalidData as error:
        if form is not None:
            add_kernel_errors(form, error.errors)
        else:
            messages.error(request, "；".join(error.texts))
    except GuardRefused as error:
        messages.error(request, "；".join(error.reasons))
    return False


@role_required(*READERS)
@never_cache
@require_GET
def nominated(request: Request) -> HttpResponse:
    """评选: the nominations of an honour, the best total first, and the shares the round should reach."""
    known = {row.code for row in tables.honours()}
    honour = request.GET.get("honour", "")
    honour = honour if honour in known else ""
    rows, shares = nominations.listed(request.actor, actions.HANDS, honour)
    context = {"rows": rows, "shares": shares, "honour": honour, "honours": tables.honours()}
    context["keeps_experts"] = bool(request.actor.paths_as(*experts.KEEPERS))
    return render(request, "desk/craft_nominations.html", context)


@role_required(*READERS)
@require_POST
def say(request: Request, matter_id: int) -> HttpResponse:
    """A line of the union's in the talk about a need."""
    matter = seen(request, matter_id)
    try:
        actions.say(request.actor, matter.pk, request.POST.get("text", ""))
        messages.success(request, _("已发出。"))
    except NotFound as error:
        raise Http404 from error
    except InvalidData as error:
        messages.error(request, error.errors["text"][0])
    except GuardRefused as error:
        messages.error(request, error.reasons[0])
    return redirect("desk:matter", matter_id)
