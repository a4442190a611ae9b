"""利益关系: a lawyer's own page of conflicts of interest; a mistake is taken out by who keeps the rota."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from gonghui.desk.forms import add_kernel_errors
from gonghui.desk.views.legal import InterestForm
from gonghui.kernel.errors import InvalidData, KernelError, NotFound
from gonghui.legal import actions, interests
from gonghui.people.decorators import role_required
from gonghui.people.http import Request


class OwnForm(InterestForm):
    """As on the rota, for oneself."""

    counsel = None  # type: ignore[assignment]


@role_required("lawyer")
@never_cache
@require_http_methods(["GET", "POST"])
def own(request: Request) -> HttpResponse:
    """What the lawyer declared: add one, or say that an engagement has ended (`end`)."""
    try:
        counsel = interests.own_counsel(request.actor)
        if ended := request.POST.get("end", ""):
            interests.end(request.actor, int(ended) if ended.isdecimal() and len(ended) < 16 else 0)
            messages.success(request, _("已登记结束。曾经代理过这家单位的，仍然不派对方是它的案件。"))
            return redirect("desk:legal_interests")
        form, status = OwnForm(request.POST or None), 200
        if request.method == "POST":
            status = 422
            if form.is_valid():
                try:
                    actions.declare_interest(request.actor, counsel, **form.cleaned_data)
                    messages.success(request, _("已登记。以后不会再把与这家单位有关的案件派给您。"))
                    return redirect("desk:legal_interests")
                except InvalidData as error:
                    add_kernel_errors(form, error.errors)
        page = interests.page(request.actor)
    except NotFound as error:
        raise Http404(_("您没有登记为法律服务人员。")) from error
    except KernelError as error:
        messages.error(request, str(error))
        return redirect("desk:legal_interests")
    return render(request, "desk/legal_interests.html", {"page": page, "form": form}, status=status)


@role_required(*actions.KEEPERS)
@require_POST
def drop(request: Request, interest_id: int) -> HttpResponse:
    """`reason`: why this one was a mistake."""
    try:
        interests.drop(request.actor, interest_id, request.POST.get("reason", ""))
        messages.success(request, _("已删除，理由留在记录里。"))
    except NotFound as error:
        raise Http404 from error
    except KernelError as error:
        messages.error(request, "；".join(error.texts))
    return redirect("desk:legal_rota")
