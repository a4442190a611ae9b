"""推送 of a published text: propose it, read whom it goes to, approve or refuse it, stop it, and see how it went."""

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

from gonghui.appeals import tables as appeals
from gonghui.content import actions, pushing, queries, tables
from gonghui.content.models import Item, Push
from gonghui.desk.views.matter import seen
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.flow.step_forms import add_refusal
from gonghui.kernel.scope import as_system, within
from gonghui.organisations.models import Organisation
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request

PLACES_MOST = 400


class PushForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("推送的话"), max_length=60)
    audience_path = forms.ChoiceField(label=gettext_lazy("推给哪里的职工"))
    worker_types = forms.MultipleChoiceField(
        label=gettext_lazy("只推给这些人（都不选，就是这篇稿写给的所有人）"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    members_only = forms.BooleanField(label=gettext_lazy("只推给会员"), required=False)
    sms = forms.BooleanField(label=gettext_lazy("同意收短信的人再发一条短信"), required=False)

    def __init__(self, item: Item, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].help_text = _("最多 %(n)d 个字，不写姓名、号码。") % {"n": tables.push_rules().words_most}
        shown = item.live if item.live is not None else item
        read_in, meant = shown.audience_path, tables.kinds_of(shown.worker_types)
        narrow = max(item.matter.holder_path, read_in, key=len)
        rows = Organisation.objects.filter(path__startswith=narrow, active=True).order_by("path")
        places = [(row.path, row.name) for row in rows[:PLACES_MOST] if within(row.path, narrow)]
        kinds = [(one.code, str(one)) for one in appeals.intake().worker_types if not meant or one.code in meant]
        self.fields["audience_path"].choices = places  # type: ignore[attr-defined]
        self.fields["worker_types"].choices = kinds  # type: ignore[attr-defined]

    def values(self) -> dict[str, Any]:
        return {**self.cleaned_data, "worker_types": tables.kinds_text(self.cleaned_data["worker_types"])}


@staff_required
@never_cache
@require_http_methods(["GET", "POST"])
def push(request: Request, matter_id: int) -> HttpResponse:
    """`step=propose|approve|refuse|stop`. What was typed stays, whatever goes wrong."""
    matter = seen(request, matter_id)
    if matter.kind != actions.KIND:
        raise Http404
    item = queries.item_of_matter(matter.pk)
    step = request.POST.get("step", "") if request.method == "POST" else ""
    bound = request.POST if step == "propose" else None
    form = PushForm(item, bound, initial={"text": item.title, "audience_path": item.audience_path})
    wrong: list[str] = []
    try:
        if step == "propose":
            if form.is_valid():
                pushing.propose(request.actor, item, form.values())
                messages.success(request, _("已提出，由另一个人批准以后推送。"))
                return redirect("desk:content_push", matter.pk)
        elif step:
            _decide(request, item, step)
            messages.success(request, _("已保存。"))
            return redirect("desk:content_push", matter.pk)
    except KernelError as error:
        if step == "propose":
            add_refusal(form, error)
        else:
            wrong = error.texts if isinstance(error, InvalidData) else [str(error)]
    own = item.matter.holder_path
    context = {
        "matter": matter,
        "item": item,
        "form": form,
        "wrong": wrong,
        "typed": request.POST,
        "rows": [(row, _audience(row), _size(row), _misfit(row)) for row in pushing.of_item(item)],
        "may_push": pushing.may_push(request.actor, item),
        "may_decide": own in request.actor.paths_as(*pushing.APPROVERS),
        "rules": tables.push_rules(),
    }
    return render(request, "desk/content_push.html", context, status=422 if step else 200)


def _decide(request: Request, item: Item, step: str) -> None:
    number = request.POST.get("push", "")
    with as_system("the actor sees this text"):
        known = number.isdigit() and len(number) < 15 and item.pushes.filter(pk=int(number)).exists()
    if not known or step not in ("approve", "refuse", "stop"):
        raise Http404
    if step == "stop":
        pushing.stop(request.actor, int(number))
    else:
        pushing.decide(request.actor, int(number), step == "approve", request.POST.get("reason", ""))


def _size(row: Push) -> int | None:
    """How many people it would go to, for who decides; None once it is decided."""
    if row.state != Push.State.PROPOSED:
        return None
    with as_system("counted, nobody is named"):
        return pushing.audience(row.audience_path, row.worker_types, row.members_only).count()


def _misfit(row: Push) -> str:
    """Why it may not be approved, for who decides; empty where it may or is decided."""
    return pushing.misfit(row) if row.state == Push.State.PROPOSED else ""


def _audience(row: Push) -> str:
    """Whom it goes to, in words."""
    place = Organisation.objects.filter(path=row.audience_path).first()
    names = {one.code: str(one) for one in appeals.intake().worker_types}
    kinds = [names.get(code, code) for code in tables.kinds_of(row.worker_types)]
    parts = [place.name if place is not None else row.audience_path, "、".join(kinds) or _("所有人")]
    return " · ".join([*parts, *([_("只推给会员")] if row.members_only else [])])
