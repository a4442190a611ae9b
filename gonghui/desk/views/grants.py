"""资金与发放 at the desk: budgets of the year, what waits to be paid, the bank's file and its answer, objections."""

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
from django.views.decorators.http import require_GET, require_http_methods

from gonghui.desk.forms import add_kernel_errors
from gonghui.dues.rebates import BUDGET as REBATES
from gonghui.kernel import trail
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import ImportFileError, csv_rows
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.people.decorators import role_required
from gonghui.people.http import Request, made_file
from gonghui.services import banking, funds
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Fund, Payment, PaymentBatch

READERS = ("leader", "handler", "supervisor", "auditor")
FILE_MOST = 2 * 1024 * 1024


class FundForm(forms.Form):
    service = forms.ChoiceField(label=gettext_lazy("服务"))
    source = forms.ChoiceField(label=gettext_lazy("资金来源"), choices=Fund.Source.choices)
    total = forms.DecimalField(
        label=gettext_lazy("本年预算（元）"), min_value=Decimal(0), max_digits=14, decimal_places=2
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = catalogue()
        paid = [(one.id, str(one)) for one in known.giving("payment")]
        # What is returned to the unions below is no service of its own; its budget stands under the members' one.
        paid.append((REBATES, _("%(id)s 经费回拨") % {"id": REBATES}))
        self.fields["service"].choices = paid  # type: ignore[attr-defined]


class BankFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("银行回盘文件（CSV）"),
        help_text=gettext_lazy("三列：编号、金额、结果（成功或失败），失败的可在第四列写原因。"),
    )


@role_required(*READERS)
@never_cache
@require_http_methods(["GET", "POST"])
def home(request: Request) -> HttpResponse:
    """Budgets and payments of one's own unions. POST makes the file of all that wait."""
    paths = request.actor.paths_as(*READERS)
    own = Organisation.objects.filter(path__in=request.actor.paths_as(*banking.PAYERS)).first()
    if request.method == "POST":
        if own is None:
            raise Http404
        try:
            batch = banking.make_batch(request.actor, own)
            messages.success(request, _("已生成发放文件 %(number)s。") % {"number": batch.number})
            return redirect("desk:batch", batch.pk)
        except KernelError as error:
            messages.error(request, str(error))
            return redirect("desk:grants")
    with as_system("sums of one's own unions, no names"):
        waiting = list(
            Payment.objects.filter(holder_path__in=paths, status__in=("promised", "failed"))
            .select_related("application__matter")
            .order_by("status", "pk")[:200]
        )
        batches = list(PaymentBatch.objects.filter(organisation__path__in=paths).order_by("-pk")[:50])
    rows = Fund.objects.select_related("organisation").filter(organisation__path__in=paths, year=today().year)
    context = {
        "funds": rows.order_by("service"),
        "waiting": waiting,
        "batches": batches,
        "may_pay": own is not None,
        "year": today().year,
    }
    return render(request, "desk/grants.html", context)


@role_required("leader")
@never_cache
@require_http_methods(["GET", "POST"])
def fund(request: Request, fund_id: int = 0) -> HttpResponse:
    """Enter the year's budget of a service, or change it."""
    paths = request.actor.paths_as("leader")
    row = Fund.objects.filter(pk=fund_id, organisation__path__in=paths).first() if fund_id else None
    if fund_id and row is None:
        raise Http404
    form = FundForm(request.POST or None, initial={"total": row.total} if row else {})
    if row is not None:
        del form.fields["service"], form.fields["source"]
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _save(request, row, form.cleaned_data, paths[0])
                messages.success(request, _("已保存。"))
                return redirect("desk:grants")
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
    return render(request, "desk/service_stock.html", {"form": form, "row": None, "money": True}, status=status)


def _save(request: Request, row: Fund | None, data: dict[str, Any], path: str) -> None:
    if row is None:
        row, made = Fund.objects.get_or_create(
            service=data["service"],
            organisation=Organisation.objects.get(path=path),
            year=today().year,
            source=data["source"],
            defaults={"total": data["total"]},
        )
        if not made:
            raise InvalidData({"source": [_("这项服务今年已有这个来源的预算，请在列表里改。")]})
    before = row.total
    funds.set_total(row, data["total"])
    after = {"service": row.service, "total": str(data["total"])}
    trail.record(f"fund:{row.pk}", "fund", actor=request.actor, before={"total": str(before)}, after=after)


def _batch(request: Request, batch_id: int) -> PaymentBatch:
    paths = request.actor.paths_as(*banking.PAYERS)
    with as_system("one's own union's batch"):
        row = (
            PaymentBatch.objects.select_related("organisation")
            .filter(pk=batch_id, organisation__path__in=paths)
            .first()
        )
    if row is None:
        raise Http404
    return row


@role_required(*banking.PAYERS)
@never_cache
@require_http_methods(["GET", "POST"])
def batch(request: Request, batch_id: int) -> HttpResponse:
    """One batch: its file, and the bank's answer read back."""
    row = _batch(request, batch_id)
    form = BankFileForm(request.POST or None, request.FILES or None)
    problems: list[tuple[int, str]] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                answer = banking.reconcile(request.actor, row, _rows(form.cleaned_data["file"]))
                problems = answer.problems
                if not problems:
                    text = _("已对账：到账 %(paid)d 笔，退回 %(failed)d 笔。")
                    messages.success(request, text % {"paid": answer.paid, "failed": answer.failed})
                    return redirect("desk:batch", batch_id)
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
    with as_system("one's own union's batch"):
        payments = list(row.payments.select_related("application__matter").order_by("pk"))
    context = {"batch": row, "payments": payments, "form": form, "problems": problems}
    return render(request, "desk/batch.html", context, status=status)


def _rows(file: Any) -> list[list[str]]:
    if file.size > FILE_MOST:
        raise InvalidData({"file": [_("文件太大。")]})
    try:
        return [list(cells) for _line, cells in csv_rows(file.read())]
    except ImportFileError:
        raise InvalidData({"file": [_("读不出这个文件，请另存为 CSV（逗号分隔）再上传。")]}) from None


@role_required(*banking.PAYERS)
@never_cache
@require_GET
def batch_file(request: Request, batch_id: int) -> HttpResponse:
    """The bank's file. The download is written down."""
    row = _batch(request, batch_id)
    return made_file(banking.file_of(request.actor, row), f"{row.number}.csv")
