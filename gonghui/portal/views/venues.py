"""阵地 for workers: rest stations, halls and nursing rooms near me; check in, rate, report a fault, book a slot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import segno
from django import forms
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from gonghui.kernel.errors import GuardRefused, InvalidData, KernelError, NotFound
from gonghui.kernel.matters import act
from gonghui.kernel.times import now, today
from gonghui.people.http import Request
from gonghui.portal import limits
from gonghui.services.facts import profile_of
from gonghui.venues import bookings, doors, faults, fees, hours, pictures, queries, ratings, tables, till, visits
from gonghui.venues.models import HygieneEntry, Inspection, Slot, Venue
from gonghui.venues.online import online

SLOTS_MOST = 60
FEWEST_RATINGS = 5


@dataclass(frozen=True)
class Row:
    venue: Venue
    open: bool | None
    today: str
    equipment: list[str]


def _row(venue: Venue) -> Row:
    codes = set(venue.equipment)
    spans = hours.spans_on(venue, today())
    known = bool(venue.hours) or today().isoformat() in venue.exceptions
    return Row(
        venue,
        hours.open_at(venue, now()),
        hours.words(spans) if known else "",
        [str(row) for row in tables.equipment() if row.code in codes],
    )


def _region(request: Request) -> str:
    """The city of the profile's region: what is near before anything was asked."""
    person = profile_of(request.actor) if request.actor.kind == "worker" else None
    return f"{person.region_id[:4]}00" if person is not None and person.region_id else ""


@require_GET
def index(request: Request, kind: str) -> HttpResponse:
    """The places of a kind in a region, with a map. How far they are the phone itself reckons: it tells nobody where
    it is."""
    regions = queries.regions_with(kind)
    codes = [region.pk for region in regions]
    asked = request.GET.get("region", _region(request))
    chosen = asked if asked in codes else ""
    rows = [_row(venue) for venue in queries.listed(kind, chosen)[: queries.MOST]]
    context = {
        "kind": tables.kind(kind),
        "kinds": tables.kinds(),
        "rows": rows,
        "plan": queries.plan([(row.venue, row.open) for row in rows]),
        "regions": regions,
        "chosen": chosen,
        "most": len(rows) == queries.MOST,
    }
    return render(request, "portal/venues.html", context)


def _venue(venue_id: int) -> Venue:
    try:
        return queries.venue(venue_id)
    except NotFound as error:
        raise Http404 from error


@never_cache
@require_GET
def page(request: Request, venue_id: int) -> HttpResponse:
    """One place: when, where, what is there; the slots one can book; the last cleaning."""
    venue = _venue(venue_id)
    shown = venue.state == Venue.State.OPEN
    coming = Slot.objects.filter(venue=venue, cancelled=False, starts__gt=now()).order_by("starts", "hall")
    slots = coming[:SLOTS_MOST] if shown else ()
    figures = queries.figures(venue)
    context = {
        "row": _row(venue),
        "venue": venue,
        "kind": tables.kind(venue.kind),
        "photos": pictures.shown(venue),
        "inspected": Inspection.objects.filter(venue=venue).order_by("-at").first(),
        "week": hours.week_rows(venue) if venue.hours else [],
        "exceptions": hours.exception_rows(venue, today())[:10],
        "slots": [(slot, slot.places - slot.taken) for slot in slots],
        "figures": figures,
        # Fewer tell more of those who rated than of the place.
        "rated": figures.rated >= FEWEST_RATINGS,
        "hygiene": HygieneEntry.objects.filter(venue=venue).order_by("-at").first(),
    }
    return render(request, "portal/venue.html", context)


@require_GET
@cache_control(public=True, max_age=3600)
def photo(request: Request, venue_photo_id: int) -> HttpResponse:
    """A picture of a place that was looked at and is shown."""
    try:
        return HttpResponse(pictures.content(venue_photo_id), content_type="image/jpeg")
    except NotFound as error:
        raise Http404 from error


def _to_sign_in(request: Request, wanted: str = "") -> HttpResponse:
    return redirect_to_login(wanted or request.get_full_path(), login_url=resolve_url("people:worker_sign_in"))


@never_cache
@require_http_methods(["GET", "POST"])
def here(request: Request, venue_id: int, poster: str) -> HttpResponse:
    """What the poster's QR code opens: 签到, then the rating."""
    venue = _venue(venue_id)
    if not visits.code_fits(venue, poster):
        raise Http404
    if not visits.nameless(venue) and request.actor.kind != "worker":
        return _to_sign_in(request)
    cookie = f"here-{venue.pk}"
    ticket, error, status, opened = "", "", 200, False
    if request.method == "POST":
        try:
            if not limits.allowed(request, "visit", tables.numbers().rates.visits):
                error, status = _("提交得太频繁了，请过一会儿再试。"), 429
            else:
                # Also of who was here today: the room may have been shut since.
                visits.sure_open(venue)
                # A nursing room knows no name: that this phone was here today stands on the phone alone.
                kept = request.get_signed_cookie(cookie, default="", salt=visits.SALT)
                same_day, _space, earlier = kept.partition(" ") if isinstance(kept, str) else ("", "", "")
                if visits.nameless(venue) and same_day == today().isoformat():
                    ticket = earlier
                else:
                    ticket = visits.ticket_of(visits.check_in(request.actor, venue))
                opened = visits.nameless(venue) and doors.let_in(venue)
        except GuardRefused as refused:
            error, status = refused.reasons[0], 409
        except KernelError as refused:
            error, status = str(refused), 409
    context = {"venue": venue, "row": _row(venue), "ticket": ticket, "error": error, "nameless": visits.nameless(venue)}
    context |= {"opened": opened, "at": now()}
    answer = render(request, "portal/venue_here.html", context, status=status)
    if ticket and visits.nameless(venue):
        answer.set_signed_cookie(
            cookie,
            f"{today().isoformat()} {ticket}",
            salt=visits.SALT,
            max_age=86400,
            httponly=True,
            samesite="Lax",
            secure=request.is_secure(),
            path=request.path,
        )
    return answer


@require_POST
def rate(request: Request, venue_id: int) -> HttpResponse:
    """The rating of one's own visit, by the ticket that the check-in gave."""
    venue = _venue(venue_id)
    ticket = request.POST.get("visit", "")
    try:
        told = visits.rate(venue, ticket, request.POST.get("stars", ""))
    except InvalidData as error:
        context = {"venue": venue, "row": _row(venue), "ticket": ticket, "wrong": error.errors["stars"][0]}
        return render(request, "portal/venue_here.html", context, status=422)
    except GuardRefused as error:
        context = {"venue": venue, "row": _row(venue), "ticket": "", "error": error.reasons[0], "spent": True}
        return render(request, "portal/venue_here.html", context, status=409)
    if visits.low(told.stars or 0):
        messages.success(request, _("谢谢。请写下哪里不好，三个工作日内处理；没有坏的可以不写。"))
        return redirect("portal:venue_fault", venue.pk)
    messages.success(request, _("谢谢您的评价。"))
    return redirect("portal:venue", venue.pk)


class FaultForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("哪里坏了"),
        help_text=gettext_lazy("例如：微波炉不热了。"),
        max_length=faults.TEXT_MOST,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": faults.TEXT_MOST}),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def report(request: Request, venue_id: int) -> HttpResponse:
    """报修. Without signing in too; signed in one can follow it."""
    venue = _venue(venue_id)
    form = FaultForm(request.POST or None)
    status = 200
    if request.method == "POST":
        status = 422
        if not limits.allowed(request, "fault", tables.numbers().rates.faults):
            status = 429
            form.add_error(None, _("提交得太频繁了，请过一会儿再试。"))
        elif form.is_valid():
            try:
                matter = faults.report(request.actor, venue, form.cleaned_data["text"])
                if matter.owner_id is not None:
                    messages.success(request, _("已收到，编号 %(number)s。") % {"number": matter.number})
                    return redirect("portal:fault", matter.pk)
                messages.success(request, _("已收到，三个工作日内修好。编号 %(number)s。") % {"number": matter.number})
                return redirect("portal:venue", venue.pk)
            except InvalidData as error:
                form.add_error("text", error.errors["text"][0])
    return render(request, "portal/venue_fault.html", {"venue": venue, "form": form}, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def fault(request: Request, matter_id: int) -> HttpResponse:
    """A fault one reported: where it stands; confirm that it is repaired, or say that it is not."""
    try:
        found = faults.own_page(request.actor, matter_id)
    except NotFound as error:
        if request.actor.kind == "anonymous":
            return _to_sign_in(request)
        raise Http404 from error
    error_text, status = "", 200
    if request.method == "POST":
        step = request.POST.get("step", "")
        if step not in ("confirm", "still_broken"):
            raise Http404
        try:
            act(matter_id, step, request.actor)
            messages.success(request, _("已确认，谢谢。") if step == "confirm" else _("已告诉工会，会再派人修。"))
            return redirect("portal:fault", matter_id)
        except KernelError as error:
            error_text, status = str(error), 409
    return render(request, "portal/fault.html", {"page": found, "error": error_text}, status=status)


class BookForm(forms.Form):
    people = forms.IntegerField(label=gettext_lazy("几个人来"), min_value=1, initial=1)
    seen = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    fit = forms.BooleanField(
        label=gettext_lazy("我确认：我和同来的人身体状况适合这项运动；有心脏病、高血压等不适合剧烈运动的，已问过医生"),
        required=False,
    )

    def __init__(self, *args: Any, most: int, price: fees.Quote | None, sport: bool, **kwargs: Any) -> None:
        """With a price every number of people is a choice with its amount; of a sport the promise is asked for."""
        super().__init__(*args, **kwargs)
        if sport:
            said = _(
                "健康承诺，为了运动安全单独问。只记勾选的时间，不问、不存病情，%(n)d 天后删除；不勾选不能约这一场。"
            )
            self.fields["fit"].help_text = said % {"n": tables.numbers().fitness_days}
        else:
            del self.fields["fit"]
        field: Any = self.fields["people"]
        field.max_value = most
        self.fields["seen"].initial = price.key if price is not None else fees.FREE
        if price is None:
            field.widget.attrs.update({"max": most, "inputmode": "numeric"})
            field.help_text = _("最多 %(n)d 人。") % {"n": most}
        else:
            said = _("%(n)d 人，共 %(amount)s 元")
            amounts = [(n, said % {"n": n, "amount": price.amount(n)}) for n in range(1, most + 1)]
            field.widget = forms.Select(choices=amounts)
            field.widget.is_required = True


@never_cache
@require_http_methods(["GET", "POST"])
def slot(request: Request, slot_id: int) -> HttpResponse:
    """One slot: how many places are left; book or wait."""
    row = Slot.objects.select_related("venue").filter(pk=slot_id).exclude(venue__state=Venue.State.GONE).first()
    if row is None:
        raise Http404
    numbers = tables.numbers()
    price = fees.quote(row, request.actor.account_id if request.actor.kind == "worker" else None)
    most = max(1, min(numbers.people_most, row.places))
    form = BookForm(request.POST or None, most=most, price=price, sport=row.asks_fitness)
    status, reasons = 200, []
    if request.method == "POST":
        if request.actor.kind != "worker":
            return _to_sign_in(request, resolve_url("portal:slot", slot_id))
        status = 422
        if form.is_valid():
            try:
                data = form.cleaned_data
                done = bookings.book(
                    request.actor, slot_id, data["people"], data["seen"] or None, fit=bool(data.get("fit"))
                )
                booked = done.state == done.State.BOOKED
                owed = booked and done.pay_state == done.Pay.UNPAID
                said = _("约好了，请按时付款。") if owed else _("约好了。")
                messages.success(request, said if booked else _("已排上候补，有空位会通知您。"))
                return redirect("portal:booking", done.pk)
            except InvalidData as error:
                for name, texts in error.errors.items():
                    form.add_error(name, texts[0])
                # What is shown again is the price of now.
                form.data = {**request.POST.dict(), "seen": price.key if price is not None else fees.FREE}
            except GuardRefused as error:
                status, reasons = 409, error.reasons
            except KernelError as error:
                status, reasons = 409, [str(error)]
    context = {
        "slot": row,
        "left": row.places - row.taken,
        "form": form,
        "reasons": reasons,
        "numbers": numbers,
        "opens": bookings.members_first(row, request.actor.account_id if request.actor.kind == "worker" else None),
        "price": price,
        "member": price is not None and price.tariff == fees.Tariff.MEMBER,
        "gone": row.cancelled or row.starts <= now() or row.venue.state != Venue.State.OPEN,
    }
    return render(request, "portal/slot.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def booking(request: Request, booking_id: int) -> HttpResponse:
    """The ticket (QR code and eight digits), or the place on the waiting list; give it back; rate it after coming."""
    try:
        found = bookings.own(request.actor, booking_id)
    except NotFound as error:
        if request.actor.kind == "anonymous":
            return _to_sign_in(request)
        raise Http404 from error
    reasons: list[str] = []
    wrong: dict[str, str] = {}
    status, address = 200, ""
    step = request.POST.get("step", "")
    if request.method == "POST":
        try:
            if step == "pay":
                address = till.pay_online(request.actor, booking_id)
            elif step == "look":
                paid = till.look_online(found) is not None
                messages.info(request, _("已收到您的付款。") if paid else _("还没有收到付款，付过的请稍后再看。"))
                return redirect("portal:booking", booking_id)
            elif step == "receipt":
                till.tell_receipt(request.actor, booking_id, request.POST.get("receipt_ref", ""))
                messages.success(request, _("已收到回单号，到账后会通知您。"))
                return redirect("portal:booking", booking_id)
            elif step == "rate":
                done = ratings.rate(
                    request.actor, booking_id, request.POST.get("stars", ""), request.POST.get("words", "")
                )
                low = done.fault_id is not None
                said = _("谢谢。您写的已转给场馆，三个工作日内答复您。") if low else _("谢谢您的评价。")
                messages.success(request, said)
                return redirect("portal:booking", booking_id)
            else:
                bookings.cancel(request.actor, booking_id)
                messages.success(request, _("已取消。"))
                return redirect("portal:booking", booking_id)
        except InvalidData as error:
            wrong, status = {name: texts[0] for name, texts in error.errors.items()}, 422
        except GuardRefused as error:
            reasons, status = error.reasons, 409
    missed = bookings.missed(found)
    code = found.entry_code if found.state == found.State.BOOKED and not missed else ""
    context = {
        "booking": found,
        "missed": missed,
        "code": code,
        "qr": segno.make(code, error="m").svg_inline(scale=6, border=2) if code else "",
        "may_cancel": bookings.may_cancel(found),
        "reasons": reasons,
        "numbers": tables.numbers(),
        "refund": fees.would_refund(found),
        "receipts": till.receipts(found),
        "owed": found.pay_state == found.Pay.UNPAID and found.state == found.State.BOOKED and not missed,
        "online": online().offered,
        "address": address,
        "wrong": wrong,
        "receipt_ref": request.POST.get("receipt_ref", ""),
        "rating": (rating := ratings.of(found)),
        "rate_until": ratings.until(found) if rating is None else None,
        "stars": request.POST.get("stars", ""),
        "words": request.POST.get("words", ""),
        "words_most": faults.TEXT_MOST,
    }
    return render(request, "portal/booking.html", context, status=status)


@never_cache
@require_GET
def receipt(request: Request, booking_id: int) -> HttpResponse:
    """收据: what was paid and given back, to print."""
    try:
        found = bookings.own(request.actor, booking_id)
    except NotFound as error:
        if request.actor.kind == "anonymous":
            return _to_sign_in(request)
        raise Http404 from error
    entries = till.receipts(found)
    if not entries:
        raise Http404
    return render(request, "portal/booking_receipt.html", {"booking": found, "entries": entries})
