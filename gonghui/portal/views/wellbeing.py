"""自测: four questions, reckoned in this answer and kept nowhere; the worker may hand the result on to a counsellor."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from gonghui.kernel.actor import Actor
from gonghui.kernel.times import now
from gonghui.people.http import Request
from gonghui.portal.beside import beside
from gonghui.services import actions
from gonghui.services.queries import Own
from gonghui.wellbeing.counselling import meetings, queries, risk
from gonghui.wellbeing.counselling.tables import scale


class ScaleForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pairs = [(str(points), str(text)) for points, text in enumerate(scale().answers)]
        for place, question in enumerate(scale().questions):
            self.fields[f"q{place}"] = forms.ChoiceField(
                label=str(question), choices=pairs, widget=forms.RadioSelect,
                error_messages={"required": gettext_lazy("请选一个最接近的。")},
            )  # fmt: skip

    def points(self) -> list[int]:
        return [int(self.cleaned_data[f"q{place}"]) for place in range(len(scale().questions))]


@never_cache
@require_http_methods(["GET", "POST"])
def self_check(request: Request) -> HttpResponse:
    """Nothing is stored here. `tell`: `band` or `answers` go into the worker's own begun form, when they say so."""
    form = ScaleForm(request.POST or None)
    status, context = 200, dict[str, Any](form=form)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            status, points = 200, form.points()
            band, tell = scale().band(points), request.POST.get("tell", "")
            if tell in ("band", "answers"):
                if request.actor.kind != "worker":
                    return redirect_to_login(resolve_url("portal:self_check"), resolve_url("people:worker_sign_in"))
                service = actions.service_for("M23")
                handed = ",".join(map(str, points)) if tell == "answers" else ""
                actions.keep(request.actor, service, {"scale": band.code, "scale_points": handed})
                messages.success(request, _("结果已放进您的预约，请接着填。"))
                return redirect("portal:service_step", "M23", service.form[0].id)
            context |= {
                "band": band,
                "total": sum(points),
                "most": 3 * len(points),
                "emergency": scale().is_high(band.code),
                "worker": request.actor.kind == "worker",
                "sent": [(f"q{place}", value) for place, value in enumerate(points)],
            }
    return render(request, "portal/self_check.html", context, status=status)


def emergency(values: dict[str, Any]) -> bool:
    """Whether what was filled in so far speaks of a life in danger."""
    return bool(risk.alarms_of(values))


@beside("M23")
def counselling(request: Request, page: Own) -> list[tuple[str, dict[str, Any]]]:
    owner = Actor(kind="worker", account_id=page.matter.owner_id)
    sessions = queries.own_sessions(owner, page.matter.pk)
    own = request.actor.account_id == page.matter.owner_id
    rows = [
        (row, meetings.for_owner(row) if own else "", meetings.shown_from(row) if meetings.waits(row) else None)
        for row in sessions
    ]
    context = {"sessions": rows, "now": now(), "emergency": page.matter.priority == 0 and page.matter.is_open}
    return [("portal/beside/counselling.html", context)]
