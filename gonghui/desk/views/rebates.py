"""拨缴经费与回拨 at the desk: what came in for the unions below and what is returned; both sides see the same."""

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

from gonghui.desk.views.dues import MonthField, book_or_404
from gonghui.desk.widgets import OrganisationInput, path_of
from gonghui.dues import ledger, queries, rebates, reckoning
from gonghui.kernel.errors import InvalidData, KernelError, NotFound
from gonghui.kernel.flow.step_forms import add_refusal
from gonghui.kernel.times import today
from gonghui.organisations.models import Organisation
from gonghui.people.decorators import role_required
from gonghui.people.http import Request


class UnionField(forms.CharField):
    """A union below one's own, picked or written."""

    def clean(self, value: Any) -> Any:
        text = path_of(super().clean(value))
        rows = Organisation.objects.filter(active=True)
        found = rows.filter(path=text).first() or rows.filter(name=text).first()
        if found is None:
            raise forms.ValidationError(_("没有这个工会，请从列表里选。"))
        return found


class AboutForm(forms.Form):
    """A form whose first field is a union."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["about"].widget = OrganisationInput()


class FundsForm(AboutForm):
    """What an employer paid in for a basic union."""

    about = UnionField(label=gettext_lazy("哪个基层工会的经费"))
    month = MonthField(label=gettext_lazy("哪个月的经费"))
    wages = forms.DecimalField(
        label=gettext_lazy("单位当月工资总额（元）"), min_value=0, max_digits=14, decimal_places=2, required=False,
        help_text=gettext_lazy("填了会算出应拨缴多少（工会法第四十三条：2%），方便核对。"),
    )  # fmt: skip
    value = forms.DecimalField(
        label=gettext_lazy("到账金额（元）"), min_value=Decimal("0.01"), max_digits=14, decimal_places=2
    )
    note = forms.CharField(label=gettext_lazy("备注（银行流水号等）"), max_length=100, required=False)


class ProposeForm(AboutForm):
    about = UnionField(label=gettext_lazy("回拨给哪个工会"))
    since = MonthField(label=gettext_lazy("从哪个月"))
    until = MonthField(label=gettext_lazy("到哪个月"))
    percent = forms.DecimalField(
        label=gettext_lazy("回拨比例（%）"), min_value=Decimal("0.01"), max_value=100, max_digits=6, decimal_places=3,
        required=False, help_text=gettext_lazy("不填就按系统里的分成表。"),
    )  # fmt: skip
    source = forms.CharField(
        label=gettext_lazy("依据的文件"), max_length=200, required=False,
        help_text=gettext_lazy("分成表没有核对过原文、或者另定比例的，要写文件名和文号。"),
    )  # fmt: skip


class AccountForm(forms.Form):
    bank_name = forms.CharField(label=gettext_lazy("开户银行"), max_length=60)
    bank_account = forms.CharField(
        label=gettext_lazy("账号"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


class DecideForm(forms.Form):
    remark = forms.CharField(label=gettext_lazy("不同意的理由"), max_length=200, required=False)


@role_required(*ledger.KEEPERS)
@never_cache
@require_GET
def home(request: Request) -> HttpResponse:
    """Rebates that one's own unions give or get, and what came in this year by union."""
    books = queries.books(request.actor)
    wanted = request.GET.get("book", "")
    book = next((one for one in books if str(one.pk) == wanted), books[0] if books else None)
    if book is None:
        raise Http404
    year = today().year
    by_union = queries.funds_by_union(book, year)
    charts = {
        "funds": {
            "labels": [one.name for one, _came, _back in by_union],
            "series": [
                {"label": _("到账"), "values": [float(came) for _one, came, _back in by_union]},
                {"label": _("已回拨"), "values": [float(back) for _one, _came, back in by_union]},
            ],
        }
    }
    own = {one.path for one in books}
    rows = [{"row": row, "gives": row.payer.path in own} for row in queries.rebates(request.actor)]
    context = {
        "books": books, "book": book, "rows": rows, "by_union": by_union, "charts": charts, "year": year,
        "has_below": bool(rebates.below(book)), "account": book.bank_account[-4:],
    }  # fmt: skip
    return render(request, "desk/rebates.html", context)


def _form_page(
    request: Request, ledger_id: int, kind: type[forms.Form], title: str, deed: Any, initial: Any = None
) -> HttpResponse:
    """A form of a book that is handed to `deed`; where it leads comes back from there."""
    book = book_or_404(request, ledger_id)
    form = kind(request.POST or None, initial=initial or {})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return redirect(*deed(book, form.cleaned_data))
            except KernelError as error:
                add_refusal(form, error)
    return render(request, "desk/dues_form.html", {"book": book, "form": form, "title": title}, status=status)


@role_required(*ledger.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def funds_new(request: Request, ledger_id: int) -> HttpResponse:
    """Enter funds that came in."""

    def deed(book: Any, data: dict[str, Any]) -> tuple[Any, ...]:
        note = data["note"]
        if data["wages"]:
            found = reckoning.funds(data["wages"], data["month"], book.organisation.region_id or "CN")
            if found is not None:
                note = f"{note} {found.working}".strip()
                if found.value != data["value"]:
                    messages.warning(
                        request,
                        _("按工资总额应拨缴 %(due)s 元，和到账的不一样，请核对。") % {"due": f"{found.value:,.2f}"},
                    )
        row = rebates.receive(request.actor, book, data["about"], data["month"], data["value"], note)
        messages.success(request, _("已入账，凭证号 %(number)s。") % {"number": row.number})
        return ("desk:rebates",)

    return _form_page(request, ledger_id, FundsForm, _("登记到账的经费"), deed, {"month": f"{today():%Y-%m}"})


@role_required(*ledger.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def propose(request: Request, ledger_id: int) -> HttpResponse:
    """Propose what is returned for a period."""

    def deed(book: Any, data: dict[str, Any]) -> tuple[Any, ...]:
        share = data["percent"] / 100 if data["percent"] is not None else None
        try:
            row = rebates.propose(
                request.actor, book, data["about"], data["since"], data["until"], share, data["source"]
            )
        except InvalidData as error:
            if "share" in error.errors:
                error.errors["percent"] = error.errors.pop("share")
            raise
        messages.success(request, _("已提出，请另一位同事复核。"))
        return ("desk:rebate", row.pk)

    return _form_page(request, ledger_id, ProposeForm, _("提出回拨"), deed)


@role_required(*ledger.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def account(request: Request, ledger_id: int) -> HttpResponse:
    """Where the union's rebates go."""

    def deed(book: Any, data: dict[str, Any]) -> tuple[Any, ...]:
        rebates.register_account(request.actor, book, data["bank_name"], data["bank_account"])
        messages.success(request, _("已保存。"))
        return ("desk:rebates",)

    return _form_page(request, ledger_id, AccountForm, _("本工会的收款账户"), deed)


@role_required(*ledger.KEEPERS)
@never_cache
@require_http_methods(["GET", "POST"])
def page(request: Request, rebate_id: int) -> HttpResponse:
    """One rebate, as both unions see it; POST checks, approves, refuses or sends it again."""
    try:
        row = rebates.one(request.actor, rebate_id)
    except NotFound as error:
        raise Http404 from error
    gives = ledger.may_keep(request.actor, row.payer.path)
    form = DecideForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        step = request.POST.get("step", "")
        try:
            if step == "again":
                rebates.send_again(request.actor, row.pk)
            elif form.is_valid():
                rebates.decide(request.actor, row.pk, step == "yes", form.cleaned_data["remark"])
            messages.success(request, _("已保存。"))
            return redirect("desk:rebate", row.pk)
        except KernelError as error:
            add_refusal(form, error)
    people = rebates.people_of(row)
    context = {
        "row": row, "gives": gives, "form": form, "people": people, "voucher": rebates.voucher_of(row),
        # Who decides sees whether the account is the one they know.
        "account": row.payee.bank_account[-4:],
    }  # fmt: skip
    return render(request, "desk/rebate.html", context, status=status)
