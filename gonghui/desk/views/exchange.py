"""目录交换 at the desk: our own key and edition, the partners, what waits for a second person, what was wrong."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from gonghui.desk.forms import add_kernel_errors
from gonghui.exchange import keys, partners, publishing, queries, reporting, sums, taking
from gonghui.exchange.document import Document
from gonghui.exchange.models import Partner
from gonghui.exchange.partners import KEEPERS
from gonghui.exchange.rules import rules
from gonghui.exchange.trouble import advice, said
from gonghui.kernel.errors import InvalidData, KernelError, NotAllowed, NotFound
from gonghui.kernel.models import TrailEntry
from gonghui.kernel.scope import as_system
from gonghui.organisations.queries import by_path
from gonghui.people.decorators import role_required
from gonghui.people.http import Request

VERBS: dict[str, Any] = {
    "propose": gettext_lazy("登记"),
    "ask": gettext_lazy("申请更改"),
    "refuse": gettext_lazy("不同意或撤回"),
    "confirm": gettext_lazy("第二人确认"),
    "take_in": gettext_lazy("收下新一期目录"),
    "key": gettext_lazy("按原密钥的担保换了密钥"),
    "wrong": gettext_lazy("目录没有收下"),
    "figures": gettext_lazy("收下每日统计"),
    "figures_sent": gettext_lazy("上报每日统计"),
}
SHOWN = 30


class KeyForm(forms.Form):
    """What the action judges; here only the fields."""

    fingerprint = forms.CharField(
        label=gettext_lazy("密钥指纹"),
        max_length=200,
        help_text=gettext_lazy("请对方在电话里逐组念，共十六组、每组四位；不要从网页或邮件里复制。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("怎样核对的"),
        max_length=300,
        help_text=gettext_lazy("什么时候、用什么电话、向谁核对了指纹。会留在留痕里。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class ProposeForm(KeyForm):
    address = forms.CharField(
        label=gettext_lazy("对方的网址"),
        max_length=200,
        help_text=gettext_lazy("例如 https://gonghui.example.org"),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("address", "fingerprint", "reason")


class AskForm(forms.Form):
    wanted = forms.ChoiceField(label=gettext_lazy("要做什么"))
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))


def _choices(partner: Partner) -> list[tuple[str, str]]:
    suspend, resume = ("suspended", _("暂停：不再显示，不再取目录")), ("active", _("恢复交换"))
    remove = ("removed", _("移除：不再交换"))
    return {"active": [suspend, remove], "suspended": [resume, remove]}.get(partner.state, [])


@role_required(*KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def home(request: Request) -> HttpResponse:
    """Our own side, all partners, and the form that registers one."""
    if not partners.keeps(request.actor):
        top = by_path(settings.ORGANISATION)
        return render(request, "desk/exchange.html", {"keeps": False, "top": top})
    form, status = ProposeForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and (made := _proposed(request, form)):
            return redirect("desk:exchange_partner", made.pk)
    rows = partners.listed(request.actor)
    with as_system("the actor keeps the partners"):
        counts = {row.pk: row.services.count() for row in rows}
        edition = publishing.newest()
    context = {
        "keeps": True,
        "form": form,
        "own_key": keys.current(),
        "issuer": settings.PUBLIC_URL,
        "edition": edition,
        "rows": [_row(row, counts[row.pk]) for row in rows],
    }
    return render(request, "desk/exchange.html", context, status=status)


def _proposed(request: Request, form: forms.Form) -> Partner | None:
    given = form.cleaned_data
    try:
        made = partners.propose(request.actor, given["address"], given["fingerprint"], given["reason"])
    except InvalidData as error:
        add_kernel_errors(form, error.errors)
        return None
    messages.success(request, _("已登记，几分钟内会去取对方的目录。请另一个人看过目录后确认。"))
    return made


def _row(partner: Partner, services: int) -> dict[str, Any]:
    return {
        "partner": partner,
        "services": services,
        "trouble": said(partner.problem) if partner.problem else "",
        "advice": advice(partner.problem) if partner.problem else "",
    }


@role_required(*sums.READERS)
@never_cache
@require_safe
def figures_page(request: Request) -> HttpResponse:
    """每日统计 of all installations: `?from=` one of them by its address, `?service=` one service by place."""
    issuer, service = request.GET.get("from", "")[:200], request.GET.get("service", "")[:32]
    try:
        found = sums.sums(request.actor, issuer, service)
    except NotAllowed as error:
        # As with the partners: the page says whose it is.
        return render(request, "desk/exchange_figures.html", {"refused": str(error)})
    chosen = next((row for row in found.by if row.key == issuer), None)
    context = {"found": found, "chosen": chosen, "service": service, "least": rules().figures.least_shown}
    return render(request, "desk/exchange_figures.html", context)


@role_required(*KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def partner_page(request: Request, partner_id: int) -> HttpResponse:
    """One partner: `step=confirm|refuse|ask|key|fetch`."""
    try:
        partner = partners.partner_of(request.actor, partner_id)
    except NotFound as error:
        raise Http404 from error
    step = request.POST.get("step", "")
    ask = AskForm(request.POST if step == "ask" else None)
    ask.fields["wanted"].choices = _choices(partner)  # type: ignore[attr-defined]
    key = KeyForm(request.POST if step == "key" else None)
    status, trouble = 200, ""
    if request.method == "POST":
        status = 422
        try:
            if _done(request, partner, step, ask, key):
                return redirect("desk:exchange_partner", partner.pk)
        except InvalidData as error:
            add_kernel_errors(key if step == "key" else ask, error.errors)
        except KernelError as error:
            status, trouble = 409, str(error)
            partner = partners.partner_of(request.actor, partner_id)
    with as_system("the actor keeps the partners"):
        services = queries.shown(partner.services.select_related("partner").order_by("place"))
        waiting = Document.model_validate(partner.pending["document"]) if partner.pending else None
        context = {
            **_row(partner, len(services)),
            "listed": services,
            "pending": waiting,
            "change": taking.change(partner, waiting) if waiting is not None else None,
            "place": queries.place_name(waiting.organisation.region) if waiting is not None else "",
            "level": queries.level_label(waiting.organisation.level) if waiting is not None else "",
            "own": partner.wanted_by_id is not None and partner.wanted_by_id == request.actor.account_id,
            "entries": [
                {"entry": entry, "label": VERBS.get(entry.verb, entry.verb)}
                for entry in TrailEntry.objects.filter(stream=partners.stream(partner)).order_by("-seq")[:SHOWN]
            ],
        }
    context["figures"] = {"above": reporting.above_us(partner), "trouble": said("figures"), "advice": advice("figures")}
    context |= {"ask": ask, "key": key, "refused": trouble, "may_ask": bool(_choices(partner))}
    return render(request, "desk/exchange_partner.html", context, status=status)


def _done(request: Request, partner: Partner, step: str, ask: forms.Form, key: forms.Form) -> bool:
    """Whether the step was taken. KernelError where it may not be."""
    actor = request.actor
    if step == "fetch":
        partners.soon(partner)
        messages.success(request, _("后台进程马上去取，请过一会儿刷新。"))
        return True
    if step == "confirm":
        seen = request.POST.get("serial", "")
        serial = int(seen) if seen.isdecimal() and len(seen) < 17 else 0
        partners.confirm(actor, partner, seen=serial, asked=request.POST.get("asked", "-"))
        messages.success(request, _("已确认。"))
        return True
    if step == "refuse":
        partners.withdraw(actor, partner, request.POST.get("reason", "")[:300])
        messages.success(request, _("已记下，没有更改。"))
        return True
    if step == "key" and key.is_valid():
        given = key.cleaned_data
        partners.propose(actor, partner.issuer, given["fingerprint"], given["reason"])
    elif step == "ask" and ask.is_valid():
        partners.ask(actor, partner, ask.cleaned_data["wanted"], ask.cleaned_data["reason"])
    else:
        return False
    messages.success(request, _("已提出，请另一个人确认。"))
    return True
