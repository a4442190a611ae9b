"""资金与发放 at the desk: budgets of a year, what waits to be paid, the bank's files and answers, what was paid."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gonghui.desk.context import reads_cases
from gonghui.desk.forms import add_kernel_errors
from gonghui.dues.rebates import BUDGET as REBATES
from gonghui.kernel.errors import InvalidData, KernelError, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.people.decorators import role_required
from gonghui.people.http import Request, download, made_file
from gonghui.services import answers, banking, funds, paid
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Fund, Payment, PaymentBatch
from gonghui.wellbeing.rules.benefits import SERVICE as COUPONS

READERS = (*paid.READERS, "handler")
YEARS_BACK = 10


class BudgetForm(forms.Form):
    total = forms.DecimalField(
        label=gettext_lazy("本年预算（元）"), min_value=Decimal(0), max_digits=14, decimal_places=2
    )
    why = forms.CharField(
        label=gettext_lazy("依据"), max_length=200, help_text=gettext_lazy("预算批复、会议纪要等的名称和文号。")
    )
    below = forms.BooleanField(
        label=gettext_lazy("下级工会可以直接使用"),
        required=False,
        help_text=gettext_lazy("不选的，只有本级工会批准的才能从这里出。"),
    )


class FundForm(BudgetForm):
    service = forms.ChoiceField(label=gettext_lazy("服务"))
    source = forms.ChoiceField(label=gettext_lazy("资金来源"), choices=Fund.Source.choices)
    field_order = ("service", "source")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = catalogue()
        paid_for = [(one.id, str(one)) for one in known.giving("payment")]
        # 消费券: what a member has is a coupon, what it costs the union is money.
        paid_for.append((COUPONS, str(known.services[COUPONS])))
        # What is returned to the unions below is no service of its own; its budget stands under the members' one.
        paid_for.append((REBATES, _("%(id)s 经费回拨") % {"id": REBATES}))
        self.fields["service"].choices = paid_for  # type: ignore[attr-defined]


class BankFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("银行回盘文件（CSV）"),
        help_text=gettext_lazy("三列：编号、金额、结果（成功或失败），失败的可在第四列写原因。"),
    )


def _years() -> range:
    """The years one can look at, the newest first."""
    return range(today().year, today().year - YEARS_BACK - 1, -1)


def _year(request: Request) -> int:
    """The year asked for; this one where none is, or one that nobody has figures of."""
    asked = request.GET.get("year", "")
    return int(asked) if asked.isdecimal() and int(asked) in _years() else today().year


@role_required(*READERS)
@never_cache
@require_http_methods(["GET", "POST"])
def home(request: Request) -> HttpResponse:
    """Budgets and payments of one's own unions, and of those below for who oversees. POST makes the files of all that
    wait, one a fund."""
    actor, year = request.actor, _year(request)
    own = Organisation.objects.filter(path__in=actor.paths_as(*banking.PAYERS)).first()
    if request.method == "POST":
        if own is None:
            raise Http404
        try:
            made = banking.make_batches(actor, own)
            numbers = "、".join(str(one) for one in made)
            messages.success(request, _("已生成发放文件 %(number)s。") % {"number": numbers})
            return redirect("desk:batch", made[0].pk) if len(made) == 1 else redirect("desk:grants")
        except KernelError as error:
            messages.error(request, str(error))
            return redirect("desk:grants")
    paths = actor.paths_as(*READERS)
    with as_system("sums of one's own unions, no names"):
        waiting = list(
            Payment.objects.filter(holder_path__in=paths, status__in=("promised", "failed"))
            .select_related("application__matter", "fund")
            .order_by("status", "pk")[:200]
        )
    context = {
        "funds": funds.of_unions(paths, actor.paths_as(*paid.OVERSEERS), year),
        "waiting": waiting,
        "batches": paid.batches(actor, year),
        "may_pay": own is not None,
        "may_read": actor.has_role(*paid.READERS),
        "proposes": actor.paths_as(*funds.PROPOSERS),
        "confirms": actor.paths_as(*funds.CONFIRMERS),
        "links": reads_cases(actor),
        "year": year,
        "years": _years(),
    }
    return render(request, "desk/grants.html", context)


@role_required(*funds.PROPOSERS)
@never_cache
@require_http_methods(["GET", "POST"])
def fund(request: Request, fund_id: int = 0) -> HttpResponse:
    """Propose the year's budget of a service, or another total; a leader, another person, confirms it."""
    paths = request.actor.paths_as(*funds.PROPOSERS)
    row = Fund.objects.filter(pk=fund_id, organisation__path__in=paths).first() if fund_id else None
    if fund_id and row is None:
        raise Http404
    kind = FundForm if row is None else BudgetForm
    form = kind(request.POST or None, initial={"total": row.total, "below": row.for_below} if row else {})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            told = (data["total"], data["why"], data["below"])
            try:
                if row is None:
                    union = Organisation.objects.get(path=paths[0])
                    funds.propose_new(request.actor, union, data["service"], data["source"], today().year, *told)
                else:
                    funds.propose(request.actor, row, *told)
                messages.success(request, _("已提请，由另一位领导确认后生效。"))
                return redirect("desk:grants")
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
    return render(request, "desk/service_stock.html", {"form": form, "row": None, "money": True}, status=status)


@role_required(*funds.CONFIRMERS)
@require_POST
def fund_confirm(request: Request, fund_id: int) -> HttpResponse:
    """Confirm what was read on the page."""
    paths = request.actor.paths_as(*funds.CONFIRMERS)
    row = Fund.objects.select_related("organisation").filter(pk=fund_id, organisation__path__in=paths).first()
    if row is None:
        raise Http404
    try:
        total = forms.DecimalField(max_digits=14, decimal_places=2).clean(request.POST.get("total", ""))
        funds.confirm(request.actor, row, total, request.POST.get("below") == "yes")
        messages.success(request, _("预算已确认。"))
    except forms.ValidationError as error:
        messages.error(request, "；".join(error.messages))
    except KernelError as error:
        messages.error(request, str(error))
    return redirect("desk:grants")


def _batch(request: Request, batch_id: int) -> PaymentBatch:
    try:
        return paid.batch(request.actor, batch_id)
    except NotFound as error:
        raise Http404 from error


@role_required(*paid.READERS)
@never_cache
@require_http_methods(["GET", "POST"])
def batch(request: Request, batch_id: int) -> HttpResponse:
    """One batch: its file, its payments masked, and the bank's answer read back."""
    row = _batch(request, batch_id)
    pays = banking.may_pay(request.actor, row.organisation.path)
    form = BankFileForm(request.POST or None, request.FILES or None)
    problems: list[tuple[int, str]] = []
    status = 200
    if request.method == "POST":
        if not pays:
            raise Http404
        status = 422
        if form.is_valid():
            try:
                answer = answers.take(request.actor, row, form.cleaned_data["file"])
                problems = answer.problems
                if not problems:
                    text = _("已对账：到账 %(paid)d 笔，退回 %(failed)d 笔。")
                    messages.success(request, text % {"paid": answer.paid, "failed": answer.failed})
                    return redirect("desk:batch", batch_id)
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
            except KernelError as error:
                status = 409
                form.add_error(None, str(error))
    context = {
        "batch": row, "payments": paid.of_batch(row), "form": form, "problems": problems, "may_pay": pays,
        "answers": paid.answers(row), "links": reads_cases(request.actor),
    }  # fmt: skip
    return render(request, "desk/batch.html", context, status=status)


@role_required(*banking.PAYERS)
@never_cache
@require_GET
def batch_file(request: Request, batch_id: int) -> HttpResponse:
    """The bank's file. The download is written down."""
    row = _batch(request, batch_id)
    if not banking.may_pay(request.actor, row.organisation.path):
        raise Http404
    try:
        return made_file(banking.file_of(request.actor, row), f"{row.number}.csv")
    except KernelError as error:
        messages.error(request, str(error))
        return redirect("desk:batch", batch_id)


@role_required(*paid.READERS)
@never_cache
@require_GET
def bank_answer(request: Request, bank_answer_id: int) -> HttpResponse:
    """A bank's answer as it came in. The opening is written down."""
    try:
        row = paid.answer(request.actor, bank_answer_id)
    except NotFound as error:
        raise Http404 from error
    return download(answers.open_answer(request.actor, row), row.original_name, "text/csv")


@role_required(*paid.READERS)
@never_cache
@require_http_methods(["GET", "POST"])
def payments(request: Request) -> HttpResponse:
    """发放明细: a year's payments, masked. POST exports all of them, and asks what for."""
    year, error = _year(request), ""
    if request.method == "POST":
        try:
            return made_file(paid.export(request.actor, year, request.POST.get("reason", "")), f"payments-{year}.csv")
        except InvalidData as wrong:
            error = "；".join(wrong.texts)
    context = {
        "payments": paid.payments(request.actor, year), "most": paid.SHOWN_MOST, "year": year, "error": error,
        "years": _years(), "links": reads_cases(request.actor),
    }  # fmt: skip
    return render(request, "desk/payments.html", context, status=422 if error else 200)
