"""评审专家 at the desk: the register, handing nominations out; and the expert's own page with the sheets to score."""

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

from gonghui.craft import experts, judging, tables
from gonghui.desk.craft_panels import kinds_of
from gonghui.desk.forms import add_kernel_errors
from gonghui.desk.views.matter import seen
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.people.decorators import role_required
from gonghui.people.http import Request


class ExpertForm(forms.Form):
    account = forms.ChoiceField(
        label=gettext_lazy("账号"), help_text=gettext_lazy("有“评审专家”岗位、还没有登记的；岗位由管理员添加。")
    )
    unit = forms.CharField(
        label=gettext_lazy("专家单位全称"), max_length=120, help_text=gettext_lazy("同单位的推荐不会分给这位专家。")
    )
    trades = forms.MultipleChoiceField(label=gettext_lazy("专业"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, accounts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account: Any = self.fields["account"]
        account.choices = [("", _("请选择")), *accounts]
        trades: Any = self.fields["trades"]
        trades.choices = [(row.code, str(row)) for row in tables.trades()]


class HandOutForm(forms.Form):
    experts = forms.MultipleChoiceField(label=gettext_lazy("分给谁"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["experts"]
        field.choices = choices


class ScoreForm(forms.Form):
    """The points by dimension, and the declaration."""

    no_conflict = forms.BooleanField(
        label=gettext_lazy("我和被推荐人没有同单位、亲属、师徒、合作等利害关系"), required=False
    )

    def __init__(self, *args: Any, dimensions: list[tuple[str, str, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label, most in dimensions:
            self.fields[name] = forms.DecimalField(
                label=label, min_value=0, max_value=most, max_digits=5, decimal_places=1
            )
        self.order_fields([name for name, _label, _most in dimensions])
        self.names = [name for name, _label, _most in dimensions]


class RecuseForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("有什么关系"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


@role_required(*experts.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def register(request: Request) -> HttpResponse:
    """The experts of one's own unions; enter one, stop or take up one again."""
    accounts = [(str(one.pk), one.display_name or one.username) for one in experts.candidates(request.actor)]
    entering = request.method == "POST" and request.POST.get("verb") == "register"
    form = ExpertForm(request.POST if entering else None, accounts=accounts)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if not entering:
                number = request.POST.get("expert", "")
                experts.turn(request.actor, int(number) if number.isdecimal() else 0)
                messages.success(request, _("已保存。"))
                return redirect("desk:experts")
            if form.is_valid():
                data = form.cleaned_data
                experts.register(request.actor, int(data["account"]), data["unit"], data["trades"])
                messages.success(request, _("已登记。"))
                return redirect("desk:experts")
        except InvalidData as error:
            add_kernel_errors(form, error.errors)
        except NotFound as error:
            raise Http404 from error
    rows = [(row, tables.names(tables.trades(), row.trades)) for row in experts.listed(request.actor)]
    return render(request, "desk/experts.html", {"rows": rows, "form": form}, status=status)


@role_required(*experts.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def hand_out(request: Request, matter_id: int) -> HttpResponse:
    """Who scores this nomination: hand it out, take it back."""
    matter = seen(request, matter_id)
    if matter.kind not in kinds_of("M13") or matter.holder_path not in request.actor.paths_as(*experts.KEEPERS):
        raise Http404
    free = experts.assignable(matter)
    choices = [(str(one.pk), f"{one.account.display_name}（{one.unit}）") for one in free]
    handing = request.method == "POST" and request.POST.get("verb") == "assign"
    form = HandOutForm(request.POST if handing else None, choices=choices)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if not handing:
                number = request.POST.get("task", "")
                experts.take_back(request.actor, matter, int(number) if number.isdecimal() else 0)
                messages.success(request, _("已收回。"))
                return redirect("desk:hand_out", matter.pk)
            if form.is_valid():
                count = experts.assign(request.actor, matter, [int(one) for one in form.cleaned_data["experts"]])
                messages.success(request, _("已分给 %(n)d 位专家。") % {"n": count})
                return redirect("desk:hand_out", matter.pk)
        except InvalidData as error:
            add_kernel_errors(form, error.errors)
        except GuardRefused as error:
            messages.error(request, error.reasons[0])
            return redirect("desk:hand_out", matter.pk)
        except (NotAllowed, NotFound) as error:
            raise Http404 from error
    context = {
        "matter": matter,
        "tasks": experts.tasks(matter),
        "form": form,
        "free": free,
        "scoring": matter.state == experts.SCORING,
        "blind": tables.numbers().blind_nominations,
    }
    return render(request, "desk/hand_out.html", context, status=status)


@role_required(experts.ROLE)
@never_cache
@require_GET
def mine(request: Request) -> HttpResponse:
    """The expert's own sheets of nominations, and the contests they judge."""
    context = {"rows": experts.own(request.actor), "judgings": judging.own(request.actor)}
    return render(request, "desk/review.html", context)


@role_required(experts.ROLE)
@never_cache
@require_http_methods(["GET", "POST"])
def sheet(request: Request, task_id: int) -> HttpResponse:
    """One sheet: what the rule lets the expert read, the points, or why they stay away."""
    try:
        task = experts.own_one(request.actor, task_id)
    except NotFound as error:
        raise Http404 from error
    page, verb = experts.dossier(task), request.POST.get("verb", "")
    form = ScoreForm(request.POST if verb == "score" else None, dimensions=page.dimensions)
    recuse = RecuseForm(request.POST if verb == "recuse" else None)
    status = 200
    if request.method == "POST":
        status = 422
        try:
            if verb == "recuse" and recuse.is_valid():
                experts.recuse(request.actor, task.pk, recuse.cleaned_data["reason"])
                messages.success(request, _("已申请回避，会另请专家评分。"))
                return redirect("desk:review")
            if verb == "score" and form.is_valid():
                points = {name: form.cleaned_data[name] for name in form.names}
                experts.score(request.actor, task.pk, points, form.cleaned_data["no_conflict"])
                messages.success(request, _("评分已提交，不能再改。"))
                return redirect("desk:review")
        except InvalidData as error:
            add_kernel_errors(form if verb == "score" else recuse, error.errors)
        except GuardRefused as error:
            messages.error(request, error.reasons[0])
            return redirect("desk:review")
    return render(request, "desk/review_sheet.html", {"page": page, "form": form, "recuse": recuse}, status=status)
