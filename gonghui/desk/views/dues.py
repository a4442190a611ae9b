"""会费 at the desk: one's own union by month and by member, lists entered and posted, receipts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse as reverse_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from openpyxl import Workbook

from gonghui.desk.forms import add_kernel_errors
from gonghui.dues import exempting, importing, ledger, lists, queries, receipts, tables
from gonghui.dues.lists import Wanted
from gonghui.dues.models import Book, DuesList
from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import ImportFileError, safe_cell
from gonghui.kernel.times import today
from gonghui.kernel.vault import mask_name
from gonghui.law.documents.page import record_page
from gonghui.membership.models import Membership
from gonghui.membership.queries import KEEPERS as REGISTRARS
from gonghui.people.decorators import role_required
from gonghui.people.http import Request, made_book

CHART_MONTHS = 12
SHOWN_MOST = 500


class MonthField(forms.CharField):
    """A month as browsers send it, 2026-09; its first day."""

    widget = forms.TextInput(attrs={"type": "month", "placeholder": "2026-09"})

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            return date.fromisoformat(f"{text}-01")
        except ValueError:
            raise forms.ValidationError(_("月份写成 2026-09 这样。")) from None


class ImportForm(forms.Form):
    month = MonthField(label=gettext_lazy("哪个月的会费"))
    way = forms.ChoiceField(
        label=gettext_lazy("怎样缴的"), choices=DuesList.Way.choices, widget=forms.RadioSelect, initial="wages"
    )
    file = forms.FileField(
        label=gettext_lazy("Excel 文件"),
        help_text=gettext_lazy("有一行不对，就一行也不收，改好再传。应缴不填的，按计缴基数和会费比例算。"),
        widget=forms.FileInput(attrs={"accept": ".xlsx"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > 5 * 1024 * 1024:
            raise forms.ValidationError(_("文件太大。"))
        return file


class CounterForm(forms.Form):
    """One member at the counter."""

    month = MonthField(label=gettext_lazy("哪个月的会费"))
    due = forms.DecimalField(
        label=gettext_lazy("应缴（元）"), min_value=0, max_digits=9, decimal_places=2, required=False,
        help_text=gettext_lazy("已经记过应缴的可以不填。"),
    )  # fmt: skip
    paid = forms.DecimalField(label=gettext_lazy("实缴（元）"), min_value=0, max_digits=9, decimal_places=2)


class ExemptForm(forms.Form):
    code = forms.ChoiceField(label=gettext_lazy("免缴的原因"))
    since = MonthField(label=gettext_lazy("从哪个月起"))
    until = MonthField(label=gettext_lazy("到哪个月止"), required=False, help_text=gettext_lazy("不填就是一直免缴。"))
    note = forms.CharField(label=gettext_lazy("备注"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("请选择")), *((code, one.label) for code, one in tables.entered().items())]
        self.fields["code"].choices = choices  # type: ignore[attr-defined]


class EndForm(forms.Form):
    """The last month of an exemption."""

    exemption = forms.IntegerField(widget=forms.HiddenInput)
    until = MonthField(label=gettext_lazy("到哪个月止"))


def book_or_404(request: Request, ledger_id: int) -> Book:
    try:
        return ledger.kept(request.actor, ledger_id)
    except NotFound as error:
        raise Http404 from error


def month_or_404(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Http404 from error


@role_required(*queries.READERS)
@never_cache
@require_GET
def home(request: Request) -> HttpResponse:
    """The months of one's own unions, drawn and as a table; of the unions below, totals only."""
    books = queries.books(request.actor)
    wanted = request.GET.get("book", "")
    book = next((one for one in books if str(one.pk) == wanted), books[0] if books else None)
    months = queries.months(book) if book is not None else []
    drawn = list(reversed(months[:CHART_MONTHS]))
    charts = {
        "dues": {
            "labels": [f"{row.month:%Y-%m}" for row in drawn],
            "series": [
                {"label": _("应缴"), "values": [float(row.due) for row in drawn]},
                {"label": _("实缴"), "values": [float(row.paid) for row in drawn]},
            ],
        }
    }
    try:
        month = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        # The last whole month: lists of this one mostly come later.
        month = ledger.first_day(ledger.first_day(today()) - timedelta(days=1))
    below = queries.below(request.actor, month)
    context = {
        "books": books, "book": book, "months": months, "charts": charts, "month": month, "below": below,
        "registers": request.actor.has_role(*REGISTRARS),
        "below_total": queries.total(sums for _union, sums, _people in below),
    }  # fmt: skip
    return render(request, "desk/dues.html", context)


@role_required(*ledger.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def month_page(request: Request, ledger_id: int, dues_month: str) -> HttpResponse:
    """A month by member, its lists and vouchers. POST closes it."""
    book, month = book_or_404(request, ledger_id), month_or_404(dues_month)
    if request.method == "POST":
        try:
            ledger.close(request.actor, book.pk, month)
            messages.success(request, _("已结账。这个月以后只能冲销。"))
        except KernelError as error:
            messages.error(request, str(error))
        return redirect("desk:dues_month", book.pk, dues_month)
    rows = queries.members_of(book, month)
    total = queries.total(rows)
    # Who owes stands first; the file has everybody.
    rows.sort(key=lambda row: -row.owed)
    shown = [
        {"row": row, "name": mask_name(row.member.name), "exempt": tables.label(row.exempt)}
        for row in rows[:SHOWN_MOST]
        if row.member
    ]
    with as_system("the reader's own union"):
        closed = ledger.is_closed(book, month)
    context = {
        "book": book, "month": month, "rows": shown, "total": total, "most": SHOWN_MOST, "count": len(rows),
        "closed": closed,
        "lists": queries.lists(book, month), "postings": queries.postings(book, month),
        "over": ledger.next_month(month) <= today(),
    }  # fmt: skip
    return render(request, "desk/dues_month.html", context)


@role_required(*ledger.KEEPERS)
@never_cache
@require_GET
def export(request: Request, ledger_id: int, dues_month: str) -> HttpResponse:
    """The month by member as a spreadsheet."""
    book, month = book_or_404(request, ledger_id), month_or_404(dues_month)
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append([_("会员号"), _("姓名"), _("应缴"), _("实缴"), _("欠缴"), _("免缴"), _("收据号")])
    for row in queries.members_of(book, month):
        if row.member is not None:
            told = "、".join(number for _key, number in row.receipts)
            sheet.append(
                [
                    row.member.number,
                    safe_cell(row.member.name),
                    row.due,
                    row.paid,
                    row.owed,
                    tables.label(row.exempt),
                    told,
                ]
            )
    return made_book(made, f"dues-{month:%Y-%m}.xlsx")


@role_required(*ledger.KEEPERS)
@never_cache
@require_GET
def template(request: Request, ledger_id: int) -> HttpResponse:
    """A file with the union's members, to be filled in."""
    book = book_or_404(request, ledger_id)
    with as_system("the reader's own union"):
        rows = list(
            Membership.objects.filter(organisation=book.organisation, state__in=("active",)).order_by("pk")[:5000]
        )
    return made_book(importing.template(rows), "dues.xlsx")


@role_required(*ledger.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def list_new(request: Request, ledger_id: int) -> HttpResponse:
    """Bring in a list from a file: all of it, or the wrong rows beside their lines."""
    book = book_or_404(request, ledger_id)
    form = ImportForm(
        request.POST or None, request.FILES or None, initial={"month": f"{today():%Y-%m}", "way": "wages"}
    )
    wrong: list[tuple[int, str, str]] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            data = form.cleaned_data
            try:
                report = importing.import_list(request.actor, book, data["month"], data["way"], data["file"])
                wrong = report.wrong
                if report.kept is not None:
                    messages.success(request, _("清单已收下，请另一位同事复核入账。"))
                    return redirect("desk:dues_list", report.kept.pk)
            except ImportFileError as error:
                form.add_error("file", str(error))
            except InvalidData as error:
                add_kernel_errors(form, error.errors)
            except GuardRefused as error:
                form.add_error(None, str(error))
    return render(request, "desk/dues_import.html", {"book": book, "form": form, "wrong": wrong}, status=status)


@role_required(*ledger.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def list_page(request: Request, dues_list_id: int) -> HttpResponse:
    """One list; POST posts it (by another person) or withdraws it."""
    try:
        row = lists.one(request.actor, dues_list_id)
    except NotFound as error:
        raise Http404 from error
    if request.method == "POST":
        try:
            if request.POST.get("step") == "withdraw":
                lists.withdraw(request.actor, row.pk)
                messages.success(request, _("已撤回。"))
            else:
                posting = lists.post(request.actor, row.pk)
                messages.success(request, _("已入账，凭证号 %(number)s。") % {"number": posting.number})
        except KernelError as error:
            messages.error(request, str(error))
        return redirect("desk:dues_list", row.pk)
    with as_system("the reader's own union"):
        lines = list(row.rows.select_related("membership").order_by("pk"))
        rows = [
            {
                "row": one,
                "number": one.membership.number,
                "name": mask_name(one.membership.name),
                "exempt": tables.label(one.exempt),
            }
            for one in lines
        ]
    context = {
        "list": row, "rows": rows, "mine": row.entered_by_id == request.actor.account_id,
        "due": sum(one.due for one in lines), "paid": sum(one.paid for one in lines),
    }  # fmt: skip
    return render(request, "desk/dues_list.html", context)


@role_required(*ledger.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def member_page(request: Request, membership_id: int) -> HttpResponse:
    """One member's months; a payment at the counter and an exemption."""
    try:
        book, row = queries.member_of(request.actor, membership_id)
    except NotFound as error:
        raise Http404 from error
    step = request.POST.get("step", "")
    counter = CounterForm(request.POST if step == "counter" else None, initial={"month": f"{today():%Y-%m}"})
    exempt = ExemptForm(request.POST if step == "exempt" else None, initial={"since": f"{today():%Y-%m}"})
    status = 200
    ending = EndForm(request.POST if step == "end" else None)
    if request.method == "POST":
        status = 422
        form: forms.Form = {"counter": counter, "end": ending}.get(step, exempt)
        if step in ("counter", "exempt", "end") and form.is_valid():
            data = form.cleaned_data
            try:
                if step == "end":
                    exempting.end(request.actor, book, data["exemption"], data["until"])
                    messages.success(request, _("已保存。"))
                    return redirect("desk:dues_member", row.pk)
                if step == "exempt":
                    exempting.enter(request.actor, book, row, **data)
                    messages.success(request, _("已保存。"))
                    return redirect("desk:dues_member", row.pk)
                wanted = [Wanted(row, due=data["due"], paid=data["paid"])]
                kept = lists.enter(request.actor, book, data["month"], DuesList.Way.COUNTER, wanted)
                messages.success(request, _("清单已收下，请另一位同事复核入账。"))
                return redirect("desk:dues_list", kept.pk)
            except InvalidData as error:
                # What is wrong with the only row is wrong with what was paid.
                errors = {("paid" if name == "rows" else name): texts for name, texts in error.errors.items()}
                add_kernel_errors(form, errors)
            except (GuardRefused, NotFound) as error:
                form.add_error(None, str(error))
    free = [{"row": one, "label": tables.label(one.code)} for one in queries.exemptions_of(row, book.path)]
    months = queries.months_of(row, book.path)
    context = {
        "book": book, "member": row, "months": months, "total": queries.total(months), "counter": counter,
        "exempt": exempt, "ending": ending, "exemptions": free, "by_state": tables.label(tables.by_state(row.state)),
    }  # fmt: skip
    return render(request, "desk/dues_member.html", context, status=status)


@role_required(*ledger.KEEPERS)
@require_POST
def reverse(request: Request, voucher_id: int) -> HttpResponse:
    """冲销 of one voucher, with the reason."""
    try:
        back = ledger.place_of(request.actor, voucher_id)
    except NotFound as error:
        raise Http404 from error
    try:
        row = ledger.reverse(request.actor, voucher_id, request.POST.get("note", ""))
        messages.success(request, _("已冲销，凭证号 %(number)s。") % {"number": row.number})
        return redirect("desk:dues_month", row.book_id, f"{row.month:%Y-%m}")
    except KernelError as error:
        messages.error(request, "".join(error.texts))
    return redirect("desk:dues_month", back.book_id, f"{back.month:%Y-%m}")


@role_required(*ledger.KEEPERS)
@never_cache
@require_GET
def receipt(request: Request, receipt_id: int) -> HttpResponse:
    """A member's receipt, in the page, as Word or PDF."""
    try:
        line = queries.receipt_line(request.actor, receipt_id)
    except NotFound as error:
        raise Http404 from error
    context = {"back_url": reverse_url("desk:dues_member", args=[line.membership_id])}
    return record_page(request, receipts.DOCUMENT, receipts.fields_of(line), layout="desk/base.html", context=context)
