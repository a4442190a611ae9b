"""What staff say and look up on a matter beside its steps: ask the worker, note, material, reveal, links."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from gonghui.appeals import actions
from gonghui.appeals.actions.handling import REVEALABLE
from gonghui.desk.appeal_panels import LABELS
from gonghui.desk.views.matter import seen
from gonghui.kernel.errors import InvalidData, KernelError, NotFound
from gonghui.people.decorators import staff_required
from gonghui.people.http import Request

VERBS = {"ask": "问题已发给职工。", "note": "备注已保存。", "material": "材料已保存。", "link": "已处理。"}


@staff_required
@require_POST
def say(request: Request, matter_id: int, verb: str) -> HttpResponse:
    """Ask the worker, add an internal note, or add material in the worker's name."""
    matter = seen(request, matter_id)
    if verb not in ("ask", "note", "material"):
        raise Http404
    text = request.POST.get("text", "")
    try:
        if verb == "ask":
            actions.ask_worker(request.actor, matter, text)
        elif verb == "note":
            actions.note(request.actor, matter, text)
        else:
            actions.add_material(request.actor, matter, text, request.FILES.getlist("files"))
    except NotFound as error:
        raise Http404 from error
    except KernelError as error:
        said = error.errors if isinstance(error, InvalidData) else {"text": [str(error)]}
        context = {"matter": matter, "verb": verb, "text": text, "errors": said}
        return render(request, "desk/say.html", context, status=422)
    messages.success(request, _(VERBS[verb]))
    return redirect("desk:matter", matter_id)


@staff_required
@require_POST
def brain(request: Request, matter_id: int) -> HttpResponse:
    """Have the words summed up or an answer drafted; take it over, changed or not, or drop it."""
    matter = seen(request, matter_id)
    post = request.POST
    try:
        if output := post.get("output", ""):
            if not output.isdecimal():
                raise Http404
            actions.judge_output(request.actor, matter, int(output), post.get("verdict", ""), post.get("text", ""))
            messages.success(request, _("已记录。"))
        else:
            actions.ask_brain(request.actor, matter, post.get("task", ""))
            messages.success(request, _("已生成，请核对后再用。"))
    except NotFound as error:
        raise Http404 from error
    except KernelError as error:
        messages.error(request, " ".join(error.texts))
    return redirect("desk:matter", matter_id)


@staff_required
@require_POST
def link(request: Request, matter_id: int, link_id: int) -> HttpResponse:
    """Confirm or reject a proposed duplicate."""
    matter = seen(request, matter_id)
    try:
        actions.confirm_duplicate(request.actor, matter, link_id, request.POST.get("confirmed") == "yes")
    except NotFound as error:
        raise Http404 from error
    except KernelError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _(VERBS["link"]))
    return redirect("desk:matter", matter_id)


@never_cache
@staff_required
@require_http_methods(["GET", "POST"])
def reveal(request: Request, matter_id: int, field: str) -> HttpResponse:
    """Show one personal field in clear: asks for a reason first and writes the look into the trail."""
    matter = seen(request, matter_id)
    if field not in REVEALABLE:
        raise Http404
    reason = request.POST.get("reason", "")
    context: dict[str, Any] = {"matter": matter, "field": field, "label": LABELS[field], "reason": reason}
    status = 200
    if request.method == "POST":
        try:
            context["value"] = actions.reveal(request.actor, matter, field, reason)
        except NotFound as error:
            raise Http404 from error
        except InvalidData as error:
            status, context["errors"] = 422, error.texts
        except KernelError as error:
            status, context["errors"] = 403, [str(error)]
    return render(request, "desk/reveal.html", context, status=status)
