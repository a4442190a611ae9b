"""交友联谊 for workers: choose after an event, what is mutual, whom never to meet, report, leave."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.people.http import Request, download
from gonghui.wellbeing.meeting import choosing, feedback

YES_NO = (("yes", gettext_lazy("是")), ("no", gettext_lazy("否")))
STARS = (
    ("5", gettext_lazy("非常满意")),
    ("4", gettext_lazy("满意")),
    ("3", gettext_lazy("一般")),
    ("2", gettext_lazy("不满意")),
    ("1", gettext_lazy("非常不满意")),
)


def _numbers(values: list[str]) -> list[int]:
    return [int(value) for value in values if value.isdigit() and len(value) < 12]


@never_cache
@require_http_methods(["GET", "POST"])
def meeting(request: Request) -> HttpResponse:
    if request.actor.kind != "worker":
        return redirect_to_login(request.path, login_url=resolve_url("people:worker_sign_in"))
    status, wrong = 200, ""
    if request.method == "POST":
        step = request.POST.get("step", "")
        try:
            if step == "choose":
                offer = _numbers([request.POST.get("offer", "")])
                count = choosing.choose(
                    request.actor, offer[0] if offer else 0, _numbers(request.POST.getlist("chosen"))
                )
                messages.success(
                    request, _("已保存，选了 %(n)d 位。截止前可以改；只有互相选中才会告诉双方。") % {"n": count}
                )
            elif step == "apart":
                choosing.set_apart(request.actor, request.POST.get("never_shown", ""))
                messages.success(request, _("已保存。"))
            elif step == "report":
                about = _numbers([request.POST.get("about", "")])
                choosing.report(request.actor, about[0] if about else 0, request.POST.get("told", ""))
                messages.success(request, _("已收到举报，工会会核查，不会告诉对方是谁举报的。"))
            elif step == "feedback":
                offer = _numbers([request.POST.get("offer", "")])
                told = [request.POST.get(name, "") for name in ("stars", "respected", "again", "feedback_text")]
                feedback.give(request.actor, offer[0] if offer else 0, *told)
                messages.success(request, _("谢谢您的反馈，主办方看不到是谁写的。"))
            else:
                raise Http404
            return redirect("portal:meeting")
        except NotFound as error:
            raise Http404 from error
        except InvalidData as error:
            status, wrong = 422, next(iter(error.errors.values()))[0]
        except GuardRefused as error:
            status, wrong = 409, error.reasons[0]
    me = choosing.own(request.actor)
    evenings = choosing.evenings(me) if me is not None else []
    said = feedback.given(me, [one.offer.pk for one in evenings]) if me is not None else {}
    rows = [(one, said.get(one.offer.pk), feedback.open_for(one.offer)) for one in evenings]
    typed = request.POST if request.POST.get("step") == "feedback" and wrong else {}
    context = {"me": me, "evenings": rows, "wrong": wrong, "typed": typed, "yes_no": YES_NO, "stars": STARS}
    return render(request, "portal/meeting.html", context, status=status)


@never_cache
@require_GET
def photo(request: Request, profile_id: int) -> HttpResponse:
    """The photo of somebody one met."""
    me = choosing.own(request.actor)
    if me is None:
        raise Http404
    try:
        row, content = choosing.photo_of(choosing.may_see(me, profile_id))
    except NotFound as error:
        raise Http404 from error
    return download(content, row.original_name, row.mime)
