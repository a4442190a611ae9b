"""技能竞赛 at the desk: propose one, judges, theory papers and score sheets by blind number, the ranking."""

from __future__ import annotations

from collections.abc import Mapping
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

from gonghui.craft import contests, rounds, sheets, tables, teams
from gonghui.craft.models import Contest
from gonghui.desk.forms import add_kernel_errors
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.matters import state_text
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI
from gonghui.people.decorators import role_required
from gonghui.people.http import Request

LEVELS = (
    ("unit", gettext_lazy("企业级")),
    ("county", gettext_lazy("县级")),
    ("city", gettext_lazy("市级")),
    ("province", gettext_lazy("省级")),
    ("national", gettext_lazy("国家级")),
)
EXAMPLE = "操作规范 30\n质量 40\n用时 15\n安全文明 15"


def _moment(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
    return forms.DateTimeField(label=label, widget=widget)


class ContestForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("竞赛名称"), max_length=80)
    brand = forms.CharField(label=gettext_lazy("竞赛品牌或系列"), max_length=60, required=False)
    trade = forms.ChoiceField(label=gettext_lazy("专业"))
    level = forms.ChoiceField(label=gettext_lazy("级别"), choices=LEVELS)
    organiser = forms.CharField(label=gettext_lazy("承办单位"), max_length=120, required=False)
    budget = forms.DecimalField(
        label=gettext_lazy("经费预算（元）"), min_value=Decimal(0), max_digits=12, decimal_places=2, required=False
    )
    plan = forms.CharField(
        label=gettext_lazy("方案：比什么、怎样比、怎样奖励"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("报名的人能看到。"),
    )
    items = forms.CharField(
        label=gettext_lazy("评分表"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("一行一项：项目名称、空格、分值；加起来 100 分。名称里有“安全”的那项用来比较同分。"),
    )
    team_rule = forms.ChoiceField(
        label=gettext_lazy("个人赛还是团体赛，团体怎样计分"),
        required=False,
        help_text=gettext_lazy("团体赛由选手报名后自己组队，每名队员都要本人同意。"),
    )
    capacity = forms.IntegerField(label=gettext_lazy("名额"), min_value=1, max_value=10_000, required=False)
    closes = _moment(gettext_lazy("报名截止"))
    starts = _moment(gettext_lazy("比赛开始"))
    ends = _moment(gettext_lazy("比赛结束"))
    place = forms.CharField(label=gettext_lazy("比赛地点"), max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        trade: Any = self.fields["trade"]
        trade.choices = [(row.code, str(row)) for row in tables.trades()]
        rule: Any = self.fields["team_rule"]
        rule.choices = [("", _("个人赛")), *((row.code, str(row)) for row in tables.rounds().team.rules)]
        for item in tables.rounds().rounds:
            self._add_round(item.code, str(item))

    def _add_round(self, code: str, name: str) -> None:
        labels = {
            "places": (_("%(round)s晋级名额"), _("没有这一轮就空着；团体赛是几支队伍。"), 10_000),
            "most": (_("%(round)s每个地区最多晋级"), _("不限就空着；县、市级竞赛按区县，省级以上按市州。"), 10_000),
            "least": (_("%(round)s每个地区至少晋级"), _("没有保底就空着。"), 10_000),
            "theory": (_("%(round)s理论占多少分"), _("空着和决赛一样；100 就是只考理论。"), 100),
        }
        for kind, (label, told, most) in labels.items():
            self.fields[f"{code}_{kind}"] = forms.IntegerField(
                label=label % {"round": name}, help_text=told, required=False, max_value=most,
                min_value=0 if kind == "theory" else 1,
            )  # fmt: skip

    @property
    def plain(self) -> list[forms.BoundField]:
        """What every contest tells."""
        return [field for field in self if field.name not in self._round_names()]

    @property
    def rounds(self) -> list[forms.BoundField]:
        """What a contest of several rounds tells besides."""
        return [field for field in self if field.name in self._round_names()]

    @property
    def rounds_open(self) -> bool:
        """Whether something of the rounds was filled in or is wrong."""
        return any(field.errors or field.value() not in (None, "") for field in self.rounds)

    def _round_names(self) -> frozenset[str]:
        kinds = ("places", "most", "least", "theory")
        return frozenset(f"{item.code}_{kind}" for item in tables.rounds().rounds for kind in kinds)


class JudgeForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("裁判姓名"), max_length=30)
    unit = forms.CharField(
        label=gettext_lazy("裁判单位"), max_length=120, help_text=gettext_lazy("和选手同单位的要回避。")
    )
    trade = forms.CharField(label=gettext_lazy("专业"), max_length=60, required=False)


class PaperForm(forms.Form):
    number = forms.IntegerField(label=gettext_lazy("编号"), min_value=1)
    theory = forms.DecimalField(label=gettext_lazy("理论成绩"), min_value=0, max_value=100, decimal_places=2)
    seconds = forms.IntegerField(label=gettext_lazy("实操用时（秒）"), min_value=0, max_value=1_000_000, required=False)


class AbsentForm(forms.Form):
    number = forms.IntegerField(label=gettext_lazy("编号"), min_value=1)


class ItemsForm(forms.Form):
    """A score sheet: the fields are the contest's own items, each with its score and the reason of the deduction."""

    def __init__(self, *args: Any, contest: Contest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = [str(item["code"]) for item in contest.items]
        for item in contest.items:
            label = _("%(name)s（满分 %(most)d）") % {"name": item["zh"], "most": item["weight"]}
            attrs = {"inputmode": "decimal"}
            self.fields[item["code"]] = forms.CharField(label=label, max_length=8, widget=forms.TextInput(attrs=attrs))
            reason = _("%(name)s：扣分原因") % {"name": item["zh"]}
            self.fields[f"{item['code']}_reason"] = forms.CharField(
                label=reason, max_length=sheets.REASON_MOST, required=False
            )

    def points(self, data: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
        """By item code: (score, reason), as `data` has them."""
        return {code: (str(data.get(code) or ""), str(data.get(f"{code}_reason") or "")) for code in self.codes}


class SheetForm(ItemsForm):
    """One judge's sheet on paper."""

    number = forms.IntegerField(label=gettext_lazy("编号"), min_value=1)
    judge = forms.ChoiceField(label=gettext_lazy("裁判"))

    def __init__(self, *args: Any, contest: Contest, **kwargs: Any) -> None:
        super().__init__(*args, contest=contest, **kwargs)
        judge: Any = self.fields["judge"]
        judge.choices = [(str(row.pk), f"{row.name}（{row.unit}）") for row in contest.judges.order_by("pk")]


@role_required(*contests.READERS)
@never_cache
@require_GET
def home(request: Request) -> HttpResponse:
    """The contests that one's unions see."""
    rows = [(row, state_text(row.matter)) for row in contests.listed(request.actor)]
    may = bool(request.actor.paths_as(*contests.HANDS))
    return render(request, "desk/contests.html", {"rows": rows, "may_propose": may})


@role_required(*contests.HANDS)
@never_cache
@require_http_methods(["GET", "POST"])
def new(request: Request) -> HttpResponse:
    """立项."""
    form = ContestForm(request.POST or None, initial={"items": EXAMPLE})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            values = dict(form.cleaned_data)
            for name in ("closes", "starts", "ends"):
                values[name] = values[name].replace(tzinfo=SHANGHAI) if not values[name].tzinfo else values[name]
            try:
                matter = contests.propose(request.actor, request.actor.paths_as(*contests.HANDS)[0], values)
                messages.success(request, _("已立项，等待批准。"))
                return redirect("desk:matter", matter.pk)
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
    return render(request, "desk/contest_new.html", {"form": form}, status=status)


@role_required(*contests.READERS)
@never_cache
@require_http_methods(["GET", "POST"])
def page(request: Request, contest_id: int) -> HttpResponse:
    """One contest: judges, numbers, papers, sheets; the ranking once it is locked."""
    try:
        contest = contests.seen(request.actor, contest_id)
    except NotFound as error:
        raise Http404 from error
    verb, status = request.POST.get("verb", ""), 200
    with as_system("the actor sees this contest"):
        sent = {name: request.POST if verb == name else None for name in ("judge", "paper", "sheet", "absent")}
        own: dict[str, forms.Form] = {
            "judge": JudgeForm(sent["judge"], prefix=None, auto_id="judge_%s"),
            "paper": PaperForm(sent["paper"], auto_id="paper_%s"),
            "sheet": SheetForm(sent["sheet"], contest=contest, auto_id="sheet_%s"),
            "absent": AbsentForm(sent["absent"], auto_id="absent_%s"),
        }
    if request.method == "POST":
        status = 422
        if verb == "dissolve":
            return _dissolve(request, contest)
        if verb not in own:
            raise Http404
        try:
            if own[verb].is_valid():
                _enter(request, contest, verb, own[verb])
                messages.success(request, _("已保存。"))
                return redirect("desk:contest", contest.pk)
        except InvalidData as error:
            add_kernel_errors(own[verb], error.errors)
        except GuardRefused as error:
            own[verb].add_error(None, error.reasons[0])
            status = 409
        except NotAllowed as error:
            raise Http404 from error
    with as_system("the actor sees this contest"):
        rows = list(rounds.active(contest).prefetch_related("sheets__judge").order_by("rank", "blind_number", "pk"))
        mine = contest.matter.holder_path in request.actor.paths_as(*contests.READERS)
        context = {
            "contest": contest,
            "state": state_text(contest.matter),
            "judges": list(contest.judges.order_by("pk")),
            "rows": [(row, contests.sheets_of(contest, row)) for row in rows],
            "round": rounds.name_of(contest, contest.round),
            "plans": rounds.plans(contest),
            "weights": rounds.weights(contest),
            "teams": [
                (row, teams.contestants(row).count(), row.members.count()) for row in contest.teams.order_by("pk")
            ],
            "team_rule": str(tables.rounds().rule(contest.team_rule)) if contest.team_rule else "",
            "objections": list(contest.objections.order_by("at")) if mine else [],
            "forms": own,
            "may_enter": contest.matter.holder_path in request.actor.paths_as(*contests.HANDS)
            and contest.matter.state in ("open", "drawn"),
            "scoring": contest.matter.state == "drawn",
            "intact": contests.intact(contest),
        }
    return render(request, "desk/contest.html", context, status=status)


def _dissolve(request: Request, contest: Contest) -> HttpResponse:
    team = request.POST.get("team", "")
    try:
        teams.dissolve(request.actor, contest, int(team) if team.isdecimal() else 0, contests.HANDS)
        messages.success(request, _("已解散，队员可以重新组队。"))
    except GuardRefused as error:
        messages.error(request, error.reasons[0])
    except (NotAllowed, NotFound) as error:
        raise Http404 from error
    return redirect("desk:contest", contest.pk)


def _enter(request: Request, contest: Contest, verb: str, form: Any) -> None:
    data = form.cleaned_data
    if verb == "judge":
        contests.add_judge(request.actor, contest, **data)
    elif verb == "paper":
        contests.enter_paper(request.actor, contest, **data)
    elif verb == "absent":
        contests.absent(request.actor, contest, data["number"])
    else:
        contests.enter_sheet(request.actor, contest, data["number"], int(data["judge"]), form.points(data))
