"""统计总览: counts and rates of an organisation and those below, with charts, tables and the export."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from openpyxl import Workbook

from gonghui.appeals import queries
from gonghui.desk.context import reads_cases
from gonghui.desk.views.worklist import filters_from
from gonghui.kernel.errors import InvalidData, KernelError
from gonghui.kernel.scope import ancestors, within
from gonghui.kernel.sheets import csv_text, safe_cell
from gonghui.kernel.times import SHANGHAI, today
from gonghui.organisations.queries import names_of
from gonghui.people.decorators import role_required
from gonghui.people.http import Request, made_book, made_file
from gonghui.people.roles import ROLES as ALL_ROLES
from gonghui.people.roles import role_permissions
from gonghui.services.figures import READERS as SERVICE_READERS

# Roles that may export (handbook 1.12); the permission itself is checked where the rows are made.
EXPORTERS = tuple(role for role in ALL_ROLES if "export" in role_permissions(role))
ROLES = ("supervisor", "analyst", "leader", "dispatcher", "auditor")
PERIODS = (7, 30, 90, 365)
HEATS = 5


def _day(text: str) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) if day else None


def _figures(request: Request) -> tuple[dict[str, Any], int]:
    """The figures of the organisation and period in the address, and the period's length when it is a usual one."""
    days = request.GET.get("days", "")
    length = int(days) if days.isdigit() and int(days) in PERIODS else PERIODS[-2]
    day = today()
    end = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(days=1)
    last, first = _day(request.GET.get("until", "")), _day(request.GET.get("since", ""))
    # People name the last day they want to see; the figures end before a moment.
    until = last + timedelta(days=1) if last else end
    since = first or until - timedelta(days=length)
    if since >= until:
        since = until - timedelta(days=1)
    figures = queries.statistics(request.actor, since, until, request.GET.get("path", "")[:120])
    for name in ("count", "overdue"):
        most = max((row[name] for row in figures["by_region"]), default=0)
        for row in figures["by_region"]:
            row[f"{name}_heat"] = min(HEATS, 1 + row[name] * HEATS // (most + 1)) if row[name] else 0
    return figures, 0 if first or last else length


@role_required(*ROLES)
@require_GET
def overview(request: Request) -> HttpResponse:
    """One organisation's figures over a period."""
    figures, length = _figures(request)
    above = [path for path in ancestors(figures["path"])[:-1] if any(within(path, own) for own in request.actor.paths)]
    names = names_of(above)
    query = request.GET.copy()
    query.pop("path", None)
    return render(
        request,
        "desk/overview.html",
        {
            "figures": figures,
            "above": [(path, names.get(path, path)) for path in above],
            "periods": PERIODS,
            "length": length,
            "last_day": figures["until"] - timedelta(days=1),
            "money": figures["money"] / 10000,
            "charts": _charts(figures),
            "query": query.urlencode(),
            "whole_query": request.GET.urlencode(),
            "may_open": reads_cases(request.actor),
            "counts_services": request.actor.has_role(*SERVICE_READERS),
        },
    )


def _tables(figures: dict[str, Any]) -> Iterator[tuple[str, list[list[Any]]]]:
    """(title, rows with their heading) of everything on the page, for a file."""
    yield (
        _("说明"),
        [
            [_("单位"), figures["organisation"]],
            [_("受理时间从"), f"{figures['since'].astimezone(SHANGHAI):%Y-%m-%d}"],
            [_("到（不含）"), f"{figures['until'].astimezone(SHANGHAI):%Y-%m-%d}"],
            [_("统计截止"), f"{figures['cut_at'].astimezone(SHANGHAI):%Y-%m-%d %H:%M}"],
            [_("受理"), figures["total"]],
            [_("在办"), figures["open"]],
            [_("超期"), figures["overdue"]],
            [_("追回金额（元）"), str(figures["money"])],
        ],
    )
    measures = [[str(m.label), m.percent, str(m.numerator), m.denominator, str(m.basis)] for m in figures["measures"]]
    yield _("指标"), [[_("指标"), _("数值"), _("分子"), _("分母"), _("分母是什么")], *measures]
    for title, name in ((_("状态"), "by_state"), (_("类别"), "by_category"), (_("满意度"), "satisfaction")):
        yield title, [[title, _("件数")], *([str(row["label"]), row["count"]] for row in figures[name])]
    regions = [[row["name"], row["count"], row["open"], row["overdue"]] for row in figures["by_region"]]
    yield _("各地"), [[_("单位"), _("受理"), _("在办"), _("超期")], *regions]
    days = [[f"{row['day']:%Y-%m-%d}", row["count"]] for row in figures["by_day"]]
    yield _("每天受理"), [[_("日期"), _("件数")], *days]


@role_required(*ROLES)
@require_GET
def download(request: Request, kind: str) -> HttpResponse:
    """The page's figures as a file: sums only, so no masking and no reason is asked."""
    figures, _length = _figures(request)
    name = f"overview-{figures['path']}-{today():%Y%m%d}.{kind}"
    if kind == "xlsx":
        book = Workbook(write_only=True)
        for title, rows in _tables(figures):
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append([safe_cell(value) for value in row])
        return made_book(book, name)
    return made_file(csv_text(row for title, rows in _tables(figures) for row in ([title], *rows, [])), name)


def _charts(figures: dict[str, Any]) -> dict[str, Any]:
    """The data of the charts; the tables beside them hold the same numbers."""
    return {
        "states": {
            "labels": [str(row["label"]) for row in figures["by_state"]],
            "values": [row["count"] for row in figures["by_state"]],
        },
        "days": {
            "labels": [f"{row['day']:%m-%d}" for row in figures["by_day"]],
            "values": [row["count"] for row in figures["by_day"]],
        },
        "categories": {
            "labels": [str(row["label"]) for row in figures["by_category"][:12]],
            "values": [row["count"] for row in figures["by_category"][:12]],
        },
        "satisfaction": {
            "labels": [str(row["label"]) for row in figures["satisfaction"]],
            "values": [row["count"] for row in figures["satisfaction"]],
        },
    }


@role_required(*EXPORTERS)
@require_http_methods(["GET", "POST"])
def export(request: Request) -> HttpResponse:
    """The worklist as Excel, personal fields masked; asks what for, and is in the trail."""
    filters = filters_from(request.GET)
    words = request.GET.get("q", "").strip()[:60]
    if words:
        filters = replace(filters, matter_ids=tuple(queries.search_ids(request.actor, words)))
    error = ""
    if request.method == "POST":
        try:
            content = queries.export_xlsx(request.actor, filters, request.POST.get("reason", ""))
        except InvalidData as wrong:
            error = "；".join(wrong.texts)
        except KernelError as refusal:
            messages.error(request, str(refusal))
            return redirect("desk:worklist")
        else:
            return made_file(content, f"worklist-{today():%Y%m%d}.xlsx")
    context = {"error": error, "query": request.GET.urlencode(), "title": _("导出 Excel")}
    return render(request, "desk/export.html", context, status=422 if error else 200)
