"""技能竞赛 in the worker's front: the contests and their published rounds, teams, objections of anybody."""

from __future__ import annotations

from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.craft import contests, objecting, rounds, tables, teams
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.flow.step_forms import add_kernel_errors
from gonghui.kernel.matters import state_text
from gonghui.kernel.scope import as_system
from gonghui.people.http import Request
from gonghui.portal import objections
from gonghui.portal.beside import beside
from gonghui.portal.views.notices import ObjectionForm
from gonghui.services.actions import application_of
from gonghui.services.queries import Own

MOST = 200
CONSENT = gettext_lazy("我同意代表这支队伍参赛，我的成绩计入团体")


class TeamForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("队名"), max_length=30, help_text=gettext_lazy("会和成绩一起公布。"))
    consent = forms.BooleanField(label=CONSENT, required=False)


class JoinForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("队码"), max_length=12, help_text=gettext_lazy("八位，队友在自己的报名页面能看到。")
    )
    consent = forms.BooleanField(label=CONSENT, required=False)


@require_GET
def contest_list(request: Request) -> HttpResponse:
    """The contests: for which one can sign up, which have been decided."""
    with as_system("approved contests are open to all"):
        found = list(contests.public()[:MOST])
    rows = [(row, state_text(row.matter)) for row in found]
    return render(request, "portal/contests.html", {"rows": rows})


@require_GET
def contest(request: Request, contest_id: int) -> HttpResponse:
    """One contest: what it is about, its rounds, and the ranking once it is published; names as far as a list needs
    them."""
    with as_system("approved contests are open to all"):
        found = contests.public().select_related("offer").filter(pk=contest_id).first()
        if found is None:
            raise Http404
        ranking = contests.ranking(found)
        settled = list(found.objections.exclude(upheld=None))
    context = {
        "contest": found,
        "state": state_text(found.matter),
        "open": found.matter.state == "open",
        "ranking": ranking,
        "plans": rounds.plans(found),
        "team_rule": str(tables.rounds().rule(found.team_rule)) if found.team_rule else "",
        "team_size": tables.rounds().team,
        "noticed": found.matter.state in objecting.OPEN_STATES,
        "settled": len(settled),
        "upheld": sum(bool(one.upheld) for one in settled),
        "trade": "".join(tables.names(tables.trades(), [found.trade])),
    }
    return render(request, "portal/contest.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def objection(request: Request, contest_id: int) -> HttpResponse:
    """Object to a ranking under public notice, without an account."""
    with as_system("published for everybody"):
        row = objecting.under_notice().filter(pk=contest_id).first()
    if row is None:
        raise Http404
    form = ObjectionForm(request.POST or None)
    deed = partial(objecting.object_to, row.pk)
    answer, status = objections.taken(request, form, deed, _("已收到您的异议。"), "portal:contest", row.pk)
    if answer is not None:
        return answer
    return render(request, "portal/contest_objection.html", {"contest": row, "form": form}, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def team(request: Request, matter_id: int) -> HttpResponse:
    """组队: make a team, join one by its code, leave it; until the draw."""
    if request.actor.kind != "worker":
        return redirect_to_login(request.get_full_path(), login_url=resolve_url("people:worker_sign_in"))
    try:
        application, _service = application_of(request.actor, matter_id)
    except NotFound as error:
        raise Http404 from error
    if teams.own(application) is None:
        raise Http404
    verb, status = request.POST.get("verb", ""), 200
    own: dict[str, Any] = {
        "make": TeamForm(request.POST if verb == "make" else None, auto_id="make_%s"),
        "join": JoinForm(request.POST if verb == "join" else None, auto_id="join_%s"),
    }
    if request.method == "POST":
        status = 422
        try:
            if verb == "leave":
                teams.leave(request.actor, matter_id)
                messages.success(request, _("已退出队伍。"))
                return redirect("portal:team", matter_id)
            if verb not in own:
                raise Http404
            if own[verb].is_valid():
                done = {"make": teams.make, "join": teams.join}[verb]
                row = done(request.actor, matter_id, *own[verb].cleaned_data.values())
                messages.success(request, _("您已在“%(team)s”队。") % {"team": row.name})
                return redirect("portal:team", matter_id)
        except InvalidData as error:
            add_kernel_errors(own[verb], error.errors)
        except GuardRefused as error:
            messages.error(request, error.reasons[0])
            return redirect("portal:team", matter_id)
    context = {
        "own": teams.own(application),
        "forms": own,
        "matter_id": matter_id,
        "rule": _rule(teams.own(application)),
    }
    return render(request, "portal/team.html", context, status=status)


def _rule(own: teams.Own | None) -> str:
    return str(tables.rounds().rule(own.contest.team_rule)) if own is not None else ""


@beside(contests.SERVICE)
def contest_result(request: Request, page: Own) -> list[tuple[str, dict[str, Any]]]:
    """The team, and how the contestant did, when it is published."""
    found: list[tuple[str, dict[str, Any]]] = []
    if (own := teams.own(page.application)) is not None:
        found.append(("portal/beside/team.html", {"own": own, "matter_id": page.matter.pk}))
    if (result := contests.own_result(page.matter.pk)) is not None:
        found.append(("portal/beside/contest.html", {"result": result}))
    return found
