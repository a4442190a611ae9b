"""裁判 with accounts at the desk: the organiser's board of who has what, the judge's own pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.craft import contests, experts, judging, rounds, tables
from gonghui.craft.models import Contest
from gonghui.desk.forms import add_kernel_errors
from gonghui.desk.views.contests import ItemsForm
from gonghui.desk.views.experts import RecuseForm
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.scope import as_system
from gonghui.people.decorators import role_required
from gonghui.people.http import Request

Choices = list[tuple[str, str]]


class NameForm(forms.Form):
    """聘为裁判."""

    expert = forms.ChoiceField(
        label=gettext_lazy("评审专家"),
        help_text=gettext_lazy("同单位有选手的、经办这次竞赛的、自己报了名的不在里面。"),
    )
    rounds = forms.MultipleChoiceField(
        label=gettext_lazy("评哪几轮"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("一个都不选就是每一轮都评。"),
    )  # fmt: skip

    def __init__(self, *args: Any, people: Choices, held: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        expert: Any = self.fields["expert"]
        expert.choices = [("", _("请选择")), *people]
        own: Any = self.fields["rounds"]
        own.choices = held
        if not held:
            del self.fields["rounds"]


class GiveForm(forms.Form):
    """另请裁判 for one number."""

    number = forms.IntegerField(label=gettext_lazy("编号"), min_value=1)
    expert = forms.ChoiceField(label=gettext_lazy("请谁评"))

    def __init__(self, *args: Any, people: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        expert: Any = self.fields["expert"]
        expert.choices = [("", _("请选择")), *people]


class ReopenForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("为什么退回"), max_length=judging.REASON_MOST)


@role_required(*contests.READERS)
@never_cache
@require_http_methods(["GET", "POST"])
def board(request: Request, contest_id: int) -> HttpResponse:
    """Who judges with an account, and how far each number is; name a judge, ask another, take back, open again."""
    try:
        contest = contests.seen(request.actor, contest_id)
    except NotFound as error:
        raise Http404 from error
    verb, status = request.POST.get("verb", ""), 200
    own = _board_forms(request, contest, verb)
    if request.method == "POST":
        status = 422
        try:
            if _done(request, contest, verb, own):
                return redirect("desk:contest_judging", contest.pk)
        except InvalidData as error:
            add_kernel_errors(own[verb], error.errors)
        except GuardRefused as error:
            own.get(verb, own["name"]).add_error(None, error.reasons[0])
            status = 409
        except (NotAllowed, NotFound) as error:
            raise Http404 from error
    with as_system("the actor sees this contest"):
        judges = list(contest.judges.select_related("expert").order_by("pk"))
        waiting = set(judging.open_tasks(contest).filter(state="assigned").values_list("judge_id", flat=True))
    held = contest.matter.holder_path in request.actor.paths_as(*contests.HANDS)
    task = request.POST.get("task", "")
    context = {
        "contest": contest,
        "judges": [(row, row.pk in waiting, _held_words(contest, row.rounds)) for row in judges],
        "lines": judging.board(contest),
        "round": rounds.name_of(contest, contest.round),
        "forms": own,
        "holds": held,
        "may": held and contest.matter.state in ("open", "drawn") and not contest.lock_hash,
        "scoring": contest.matter.state == judging.SCORING and not contest.lock_hash,
        "reopening": int(task) if verb == "reopen" and task.isdecimal() else 0,
        "reopen_wrong": next((texts[0] for texts in own["reopen"].errors.values()), ""),
        "least": tables.numbers().judges_least,
    }
    return render(request, "desk/contest_judging.html", context, status=status)


def _held_words(contest: Contest, numbers: list[int] | None) -> str:
    if numbers is None:
        return ""
    return "、".join(rounds.name_of(contest, number) for number in numbers) or _("替补：只评分给的编号")


def _board_forms(request: Request, contest: Contest, verb: str) -> dict[str, Any]:
    free = [(str(one.pk), f"{one.account.display_name}（{one.unit}）") for one in judging.candidates(contest)]
    with as_system("the actor sees this contest"):
        named = contest.judges.exclude(expert=None).order_by("pk")
        people = [(str(row.expert_id), f"{row.name}（{row.unit}）") for row in named]
    held = [(str(place), plan.name) for place, plan in enumerate(rounds.plans(contest))]

    def sent(name: str) -> Any:
        return request.POST if verb == name else None

    return {
        "name": NameForm(sent("name"), people=free, held=held, auto_id="name_%s"),
        "give": GiveForm(sent("give"), people=[*people, *free], auto_id="give_%s"),
        "reopen": ReopenForm(sent("reopen"), auto_id="reopen_%s"),
    }


def _done(request: Request, contest: Contest, verb: str, own: dict[str, Any]) -> bool:
    actor = request.actor

    def number(name: str) -> int:
        asked = request.POST.get(name, "")
        return int(asked) if asked.isdecimal() else 0

    if verb == "take_back":
        count = judging.take_back(actor, contest, number("judge"))
        messages.success(request, _("已收回 %(n)d 份没有交的评分表。") % {"n": count})
        return True
    if verb not in own:
        raise NotFound
    if not own[verb].is_valid():
        return False
    data = own[verb].cleaned_data
    if verb == "name":
        judging.name_judge(actor, contest, int(data["expert"]), [int(one) for one in data.get("rounds") or ()])
        messages.success(request, _("已聘为裁判。"))
    elif verb == "give":
        judging.give(actor, contest, data["number"], int(data["expert"]))
        messages.success(request, _("已分给这位裁判，会通知本人。"))
    else:
        judging.reopen(actor, contest, number("task"), data["reason"])
        messages.success(request, _("已退回，裁判可以改了再交；原因已经留痕。"))
    return True


@role_required(experts.ROLE)
@never_cache
@require_http_methods(["GET", "POST"])
def judge(request: Request, judge_id: int) -> HttpResponse:
    """A contest one judges: the promise, then one's own numbers."""
    try:
        found = judging.own_one(request.actor, judge_id)
        if request.method == "POST":
            judging.declare(request.actor, judge_id)
            messages.success(request, _("已记下您的回避承诺。"))
            return redirect("desk:judging", judge_id)
    except NotFound as error:
        raise Http404 from error
    return render(request, "desk/judging.html", {"page": found})


@role_required(experts.ROLE)
@never_cache
@require_http_methods(["GET", "POST"])
def sheet(request: Request, judge_sheet_id: int) -> HttpResponse:
    """One's own sheet for one number: keep it, hand it in, or stay away. What was typed is kept, also when wrong."""
    try:
        page, task = judging.own_sheet(request.actor, judge_sheet_id)
    except NotFound as error:
        raise Http404 from error
    if page.judge.declared_at is None:
        return redirect("desk:judging", page.judge.pk)
    verb, status = request.POST.get("verb", ""), 200
    points = task.sheet.points if task.sheet is not None else task.draft
    typed = {code: pair[0] for code, pair in points.items()}
    typed |= {f"{code}_reason": pair[1] for code, pair in points.items()}
    form = ItemsForm(request.POST if verb == "hand_in" else None, contest=page.contest, initial=typed)
    recuse = RecuseForm(request.POST if verb == "recuse" else None, auto_id="recuse_%s")
    if request.method == "POST":
        status = 422
        back = redirect("desk:judging", page.judge.pk)
        try:
            if verb in ("draft", "hand_in"):
                judging.keep_draft(request.actor, task.pk, form.points(request.POST))
            if verb == "draft":
                messages.success(request, _("草稿已保存，只有您能看到。"))
                return redirect("desk:judging_sheet", task.pk)
            if verb == "hand_in" and form.is_valid():
                judging.hand_in(request.actor, task.pk, form.points(form.cleaned_data))
                messages.success(request, _("评分表已交，不能再改。"))
                return back
            if verb == "recuse" and recuse.is_valid():
                judging.recuse(request.actor, task.pk, recuse.cleaned_data["reason"])
                messages.success(request, _("已申请回避，会另请裁判评分。"))
                return back
        except InvalidData as error:
            add_kernel_errors(recuse if verb == "recuse" else form, error.errors)
        except GuardRefused as error:
            messages.error(request, error.reasons[0])
            return back
    scores = [(item["zh"], item["weight"], *points.get(item["code"], ("", ""))) for item in page.contest.items]
    context = {
        "page": page,
        "task": task,
        "form": form,
        "recuse": recuse,
        "open": page.open and task.state == judging.State.ASSIGNED,
        "scores": scores if task.sheet is not None else [],
        "on_paper": task.sheet is not None and task.sheet.by_id != request.actor.account_id,
    }
    return render(request, "desk/judging_sheet.html", context, status=status)
