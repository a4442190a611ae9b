"""日结: what a place took and gave back since the last report, counted by one and checked by another; the export."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import safe_cell
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.venues.models import DayClose, Payment, Venue
from gonghui.venues.till import kept

Kind, Way = Payment.Kind, Payment.Way


def entries(venue: Venue, since: date, until: date) -> list[Payment]:
    """What was taken and given back from a day to a day, both included."""
    begin = datetime.combine(since, time.min, SHANGHAI)
    end = datetime.combine(until + timedelta(days=1), time.min, SHANGHAI)
    with as_system("the place's own staff"):
        rows = Payment.objects.select_related("booking__slot", "by", "close").filter(venue=venue)
        return list(rows.filter(at__gte=begin, at__lt=end).order_by("at", "pk"))


def totals(rows: Iterable[Payment]) -> dict[str, Decimal]:
    """Yuan by way: taken less given back. Every way has its line."""
    found = {str(way): Decimal(0) for way in Way.values}
    for row in rows:
        found[row.way] += row.amount if row.kind == Kind.PAYMENT else -row.amount
    return found


def _open(venue: Venue) -> QuerySet[Payment]:
    return Payment.objects.filter(venue=venue, close=None)


def open_totals(venue: Venue) -> dict[str, Decimal]:
    """What no report has yet."""
    with as_system("the place's own staff"):
        return totals(_open(venue))


def draw_up(actor: Actor, venue: Venue, cash_counted: Decimal, note: str = "") -> DayClose:
    """日结: everything since the last report, with the cash counted by hand. What comes after it is the next one's.

    InvalidData beside `cash_counted` and `difference_note`; GuardRefused when today's is there already.
    """
    kept(actor, venue)
    note = note.strip()
    with as_system("the place's own staff"), transaction.atomic():
        venue = Venue.objects.select_related("organisation").select_for_update(of=("self",)).get(pk=venue.pk)
        if DayClose.objects.filter(venue=venue, state=DayClose.State.DRAFT).exists():
            raise GuardRefused([_("上一份日结还没有复核。")])
        if DayClose.objects.filter(venue=venue, day=today()).exists():
            raise GuardRefused([_("今天已经结过账，之后的收款进明天的日结。")])
        rows = list(_open(venue).select_for_update(of=("self",)))
        if not rows:
            raise GuardRefused([_("没有要结的收款。")])
        by_way = totals(rows)
        if cash_counted != by_way[Way.CASH] and not note:
            said = _("和账上的现金 %(sum)s 元不一致，请写明原因。") % {"sum": by_way[Way.CASH]}
            raise InvalidData({"difference_note": [said]})
        close = DayClose.objects.create(
            venue=venue, day=today(), totals={way: str(total) for way, total in by_way.items()},
            cash_counted=cash_counted, difference_note=note[:200], made_by_id=actor.account_id, made_at=now(),
        )  # fmt: skip
        Payment.objects.filter(pk__in=[row.pk for row in rows], close=None).update(close=close)
        _record(actor, venue, "close_made", close)
    return close


def check(actor: Actor, close_id: int, right: bool) -> None:
    """复核 by a second person. Not right: the report is taken apart and drawn up anew."""
    with as_system("the place's own staff"), transaction.atomic():
        rows = DayClose.objects.select_related("venue__organisation").select_for_update(of=("self",))
        close = rows.filter(pk=close_id).first()
        if close is None:
            raise NotFound
        kept(actor, close.venue)
        if close.state != DayClose.State.DRAFT:
            raise GuardRefused([_("这份日结已经复核过。")])
        if close.made_by_id == actor.account_id:
            raise GuardRefused([_("制单和复核必须是两个人。")])
        _record(actor, close.venue, "close_checked" if right else "close_rejected", close)
        if not right:
            close.entries.update(close=None)
            close.delete()
            return
        close.state, close.checked_by_id, close.checked_at = DayClose.State.CLOSED, actor.account_id, now()
        close.save(update_fields=["state", "checked_by", "checked_at"])


def _record(actor: Actor, venue: Venue, verb: str, close: DayClose) -> None:
    told = {"day": str(close.day), "totals": close.totals, "cash": str(close.cash_counted)}
    trail.record(f"venue:{venue.pk}", verb, actor=actor, after=told, org_path=venue.organisation.path)


def closes(venue: Venue, most: int = 31) -> list[DayClose]:
    with as_system("the place's own staff"):
        rows = DayClose.objects.select_related("made_by", "checked_by").filter(venue=venue)
        return list(rows.order_by("-day")[:most])


def export(rows: Iterable[Payment]) -> str:
    """CSV that a spreadsheet opens: one line an entry, refunds below zero; no text is taken for a formula."""
    out = io.StringIO()
    out.write("\ufeff")
    table = csv.writer(out)
    table.writerow(
        ["收据号", "时间", "类别", "方式", "金额（元）", "回单号", "场地或活动", "场次", "预约号", "经手", "日结"]
    )
    for row in rows:
        slot = row.booking.slot
        cells = [
            row.number, f"{row.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", row.get_kind_display(), row.get_way_display(),
            str(row.amount if row.kind == Kind.PAYMENT else -row.amount),
            safe_cell(row.receipt_ref), safe_cell(slot.hall),
            f"{slot.starts.astimezone(SHANGHAI):%Y-%m-%d %H:%M}", str(row.booking_id),
            safe_cell(str(row.by) if row.by else ""), str(row.close.day) if row.close else "",
        ]  # fmt: skip
        table.writerow(cells)
    return out.getvalue()
