"""收款 at the desk: what is owed at a place, taken, given back; the price list; the day closed by two; the export."""

from __future__ import annotations

from datetime import date, timedelta
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
from gonghui.kernel import trail
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.tickets import DIGITS
from gonghui.kernel.times import today
from gonghui.kernel.vault import mask_phone
from gonghui.people.decorators import role_required
from gonghui.people.http import Request, made_file
from gonghui.venues import bookings, closing, fees, queries, till
from gonghui.venues.models import Booking, Payment, Price, Venue
from gonghui.venues.queries import HANDS, KEEPERS

DAYS_MOST = 366
COUNTER = [(way.value, way.label) for way in till.AT_COUNTER]


class TakeForm(forms.Form):
    """By the code that the person shows, or by the number of a booking on the list."""

    code = forms.CharField(
        label=gettext_lazy("入场码"),
        max_length=20,
        help_text=gettext_lazy("扫职工手机上的二维码，或输入八位数字；下面名单里的可以直接写预约号。"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    way = forms.ChoiceField(label=gettext_lazy("怎么收的"), choices=COUNTER, widget=forms.RadioSelect)
    receipt_ref = forms.CharField(
        label=gettext_lazy("银行回单号"),
        max_length=till.RECEIPT_MOST,
        required=False,
        help_text=gettext_lazy("转账的必须填，到账后再收。"),
    )


class RefundForm(forms.Form):
    booking = forms.TypedChoiceField(label=gettext_lazy("退哪个预约"), coerce=int)
    way = forms.ChoiceField(label=gettext_lazy("怎么退的"), choices=Payment.Way.choices, widget=forms.RadioSelect)
    receipt_ref = forms.CharField(label=gettext_lazy("银行回单号"), max_length=till.RECEIPT_MOST, required=False)

    def __init__(self, *args: Any, due: list[Booking], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["booking"].choices = [  # type: ignore[attr-defined]
            (row.pk, f"{row.pk} · {row.slot.hall} · {row.refund}") for row in due
        ]


class PriceForm(forms.Form):
    hall = forms.CharField(
        label=gettext_lazy("场地或活动"), max_length=80, help_text=gettext_lazy("和开放场次时写的名称一致。")
    )
    per = forms.ChoiceField(label=gettext_lazy("怎么收费"), choices=Price.Per.choices, widget=forms.RadioSelect)
    member = forms.DecimalField(label=gettext_lazy("会员价（元）"), max_digits=8, decimal_places=2, min_value=0)
    public = forms.DecimalField(label=gettext_lazy("非会员价（元）"), max_digits=8, decimal_places=2, min_value=0)
    valid_from = forms.DateField(
        label=gettext_lazy("从哪天的场次起"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class CloseForm(forms.Form):
    cash_counted = forms.DecimalField(label=gettext_lazy("点出的现金（元）"), max_digits=10, decimal_places=2)
    difference_note = forms.CharField(
        label=gettext_lazy("不一致的原因"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("和账上一致的不用填。"),
    )


def _own(request: Request, venue_id: int) -> Venue:
    found = queries.own(request.actor).filter(pk=venue_id).first()
    if found is None:
        raise Http404
    return found


def _number(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 12 else 0


def _listed(venue: Venue) -> list[Booking]:
    return [*till.unpaid(venue), *till.late_transfers(venue)]


def _booking(request: Request, venue: Venue, text: str) -> int:
    """By the number of a booking, or by the code somebody shows at this place. InvalidData beside `code`."""
    typed = "".join(text.split())
    if len(typed) != DIGITS and (number := _number(typed)) in {row.pk for row in _listed(venue)}:
        return number
    try:
        found = bookings.by_code(request.actor, typed)
    except NotFound as error:
        raise InvalidData({"code": [str(error)]}) from error
    if found.slot.venue_id != venue.pk:
        raise InvalidData({"code": [_("这是别的场所的预约。")]})
    return found.pk


def _do(request: Request, venue: Venue, verb: str, form: forms.Form | None) -> str:
    """Do what was pressed; what to say of it. Raises what the page tells."""
    data = form.cleaned_data if form is not None else {}
    if verb == "take":
        entry = till.take(request.actor, _booking(request, venue, data["code"]), data["way"], data["receipt_ref"])
        return _("已收 %(amount)s 元，收据号 %(number)s。") % {"amount": entry.amount, "number": entry.number}
    if verb == "refund":
        entry = till.give_back(request.actor, data["booking"], data["way"], data["receipt_ref"])
        return _("已退 %(amount)s 元，收据号 %(number)s。") % {"amount": entry.amount, "number": entry.number}
    if verb == "not_arrived":
        till.not_arrived(request.actor, _number(request.POST.get("booking", "")))
        return _("已记下没有到账，还能付款的已通知职工。")
    if verb == "price":
        fees.set_price(request.actor, venue, **data)
        return _("已保存。")
    if verb == "close":
        closing.draw_up(request.actor, venue, data["cash_counted"], data["difference_note"])
        return _("日结已出，请另一个人复核。")
    if verb in ("check", "reject"):
        closing.check(request.actor, _number(request.POST.get("close", "")), verb == "check")
        return _("已复核。") if verb == "check" else _("已退回，请重新点款出日结。")
    raise Http404


@role_required(*HANDS)
@never_cache
@require_http_methods(["GET", "POST"])
def page(request: Request, venue_id: int) -> HttpResponse:
    """The till of one place."""
    venue = _own(request, venue_id)
    verb = request.POST.get("verb", "")
    due = till.to_give_back(venue)
    first = Price.Per.PERSON
    made: dict[str, forms.Form] = {
        "take": TakeForm(request.POST if verb == "take" else None, initial={"way": Payment.Way.CASH}),
        "refund": RefundForm(request.POST if verb == "refund" else None, due=due, initial={"way": Payment.Way.CASH}),
        "price": PriceForm(request.POST if verb == "price" else None, initial={"per": first, "valid_from": today()}),
        "close": CloseForm(request.POST if verb == "close" else None),
    }
    form, status, reasons = made.get(verb), 200, []
    if request.method == "POST":
        status = 422
        if form is None or form.is_valid():
            try:
                messages.success(request, _do(request, venue, verb, form))
                return redirect("desk:venue_money", venue.pk)
            except InvalidData as error:
                if form is not None:
                    add_kernel_errors(form, error.errors)
            except GuardRefused as error:
                status, reasons = 409, error.reasons
            except (NotFound, NotAllowed) as error:
                raise Http404 from error
    may_keep = queries.own(request.actor, *KEEPERS).filter(pk=venue.pk).exists()
    by_way = closing.open_totals(venue)
    context = {
        "venue": venue,
        "forms": made,
        "reasons": reasons,
        "unpaid": [_with_phone(row) for row in till.unpaid(venue)],
        "late": [_with_phone(row) for row in till.late_transfers(venue)],
        "due": due,
        "prices": fees.lines_of(venue),
        "may_keep": may_keep,
        "open": [(Payment.Way(way).label, total) for way, total in by_way.items()],
        "cash": by_way[Payment.Way.CASH],
        "closes": [(row, _ways(row.totals)) for row in closing.closes(venue)],
        "me": request.actor.account_id,
        "since": today() - timedelta(days=30),
        "until": today(),
    }
    return render(request, "desk/venue_money.html", context, status=status)


def _with_phone(row: Booking) -> tuple[Booking, str]:
    return row, mask_phone(row.account.phone) if row.account else ""


def _ways(totals: dict[str, str]) -> list[tuple[Any, Decimal]]:
    return [(Payment.Way(way).label, Decimal(total)) for way, total in totals.items()]


@role_required(*HANDS)
@never_cache
@require_GET
def export(request: Request, venue_id: int) -> HttpResponse:
    """The entries of a period as CSV. The download is written down."""
    venue = _own(request, venue_id)
    try:
        since, until = (date.fromisoformat(request.GET.get(name, "")) for name in ("since", "until"))
    except ValueError:
        since = until = today()
    if not timedelta(0) <= until - since <= timedelta(days=DAYS_MOST):
        messages.error(request, _("请选择一年以内、由早到晚的日期。"))
        return redirect("desk:venue_money", venue.pk)
    rows = closing.entries(venue, since, until)
    told = {"since": str(since), "until": str(until), "entries": len(rows)}
    trail.record(f"venue:{venue.pk}", "export", actor=request.actor, after=told, org_path=venue.organisation.path)
    return made_file(closing.export(rows), f"payments-{venue.pk}-{since}-{until}.csv")
