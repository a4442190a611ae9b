"""Taking a step of a flow: its form, the step itself, and taking a proposal over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from gonghui.desk import panels
from gonghui.desk.forms import add_kernel_errors, submitted, transition_form
from gonghui.desk.trail_words import entry_rows
from gonghui.desk.views.matter import seen
from gonghui.desk.widgets import OPTIONS_ID, chosen_paths
from gonghui.kernel.errors import Conflict, GuardRefused, InvalidData, KernelError, NotFound
from gonghui.kernel.flow import flow_of
from gonghui.kernel.flow.schema import Transition
from gonghui.kernel.matters import act, allowed
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import visible_to
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request

Verb = Callable[[dict[str, Any], int], object]


@staff_required
@require_http_methods(["GET", "POST"])
def transition(request: Request, matter_id: int, name: str) -> HttpResponse:
    """The form of one step and, on POST, the step itself. Whatever goes wrong, what was typed stays.

    Asked by htmx it is a fragment for the matter's page; otherwise a page of its own.
    """
    matter = seen(request, matter_id)
    spec = flow_of(matter).by_name.get(name)
    if spec is None or spec.hidden:
        raise Http404
    offer = next((offer for offer in allowed(matter, request.actor) if offer.name == name), None)
    help = panels.for_step(request, matter, spec)
    context: dict[str, Any] = {"matter": matter, "step": spec, "offer": offer, "options_id": OPTIONS_ID}
    status = 200
    if request.method == "POST":
        form, status, found = take(request, matter, spec, help)
        if status == 200:
            messages.success(request, _("“%(step)s”已完成。") % {"step": spec.label})
            return _after(request, matter_id)
        context.update(found)
    else:
        form = transition_form(spec, matter, request.actor, help=help)
        if offer is None:
            status, context["refused"] = 403, [_("现在不能进行这一步：状态或岗位不符。请返回查看可以做的操作。")]
        else:
            context["refused"] = offer.refused
    context["form"] = form
    template = "desk/_step.html" if request.headers.get("HX-Request") else "desk/transition.html"
    return render(request, template, context, status=status)


def take(
    request: Request, matter: Matter, spec: Transition, help: panels.Help, verb: Verb | None = None
) -> tuple[forms.Form, int, dict[str, Any]]:
    """Take a step with what was posted: (form, status, what to show). Status 200 means it was taken.

    `verb` does it by another way than the flow's transition of that name (a callback, a quality check).
    """
    version = request.POST.get("version", "")
    form = transition_form(spec, matter, request.actor, request.POST, help)
    data = submitted(spec, request.POST)
    seen_version = int(version) if version.isdigit() else matter.version
    try:
        if verb is not None:
            verb(data, seen_version)
        else:
            act(matter.pk, spec.name, request.actor, data, seen_version)
    except NotFound as error:
        raise Http404 from error
    except Conflict as error:
        # What was typed stays, with the newest version: whoever has read what changed may send it again.
        again = request.POST.copy()
        again["version"] = str(Matter.objects.values_list("version", flat=True).get(pk=matter.pk))
        form = transition_form(spec, matter, request.actor, again, help)
        return form, 409, {"conflict": {"text": str(error), "rows": entry_rows(matter, error.changes)}}
    except InvalidData as error:
        add_kernel_errors(form, error.errors)
        return form, 422, {}
    except GuardRefused as error:
        return form, 422, {"refused": error.reasons}
    except KernelError as error:
        return form, 403, {"refused": [str(error)]}
    return form, 200, {}


def _after(request: Request, matter_id: int) -> HttpResponse:
    """Back to the matter, or to the list when it is out of this person's sight now."""
    still = visible_to(request.actor).filter(pk=matter_id).exists()
    url = reverse("desk:matter", args=[matter_id]) if still else reverse("desk:worklist")
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": url})
    return redirect(url)


@staff_required
@require_POST
def adopt(request: Request, matter_id: int, name: str) -> HttpResponse:
    """Take the machine's proposal over as it was shown, with one click. It becomes this person's decision."""
    matter = seen(request, matter_id)
    spec = flow_of(matter).by_name.get(name)
    if spec is None or spec.hidden:
        raise Http404
    help = panels.for_step(request, matter, spec)
    form_page = reverse("desk:transition", args=[matter_id, name])
    if not help.proposal or str(help.proposal) != request.POST.get("proposal", ""):
        messages.error(request, _("建议已经更新，请看过新的建议再决定。"))
        return redirect("desk:matter", matter_id)
    data = {
        item.name: chosen_paths([value])[0] if item.type == "appeals.organisation" else value
        for item in spec.fields
        if (value := help.initial.get(item.name))
    }
    version = request.POST.get("version", "")
    try:
        act(matter_id, name, request.actor, data, int(version) if version.isdigit() else None)
    except NotFound as error:
        raise Http404 from error
    except KernelError as error:
        messages.error(request, str(error))
        return redirect("desk:matter", matter_id) if isinstance(error, Conflict) else redirect(form_page)
    messages.success(request, _("已采纳建议：“%(step)s”。") % {"step": spec.label})
    return _after(request, matter_id)
