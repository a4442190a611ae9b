"""统计: the measures of handbook 1.8 with their denominators and the time they are cut at, and counts for charts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Substr, TruncDate
from django.utils.translation import gettext as _

from gonghui.appeals import tables
from gonghui.appeals.categories import tree
from gonghui.appeals.models import Appeal, WorkOrder
from gonghui.appeals.rules.common import LEAD_KIND
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import get_flow
from gonghui.kernel.models import Clock, MatterScope
from gonghui.kernel.scope import as_system, scope_rows, within
from gonghui.kernel.times import SHANGHAI
from gonghui.kernel.times import now as present
from gonghui.organisations.models import Organisation


@dataclass(frozen=True)
class Measure:
    """One figure. `value` is a share 0..1, or None when nothing was counted; `basis` says what is counted."""

    code: str
    label: str
    numerator: Decimal
    denominator: int
    basis: str

    @property
    def value(self) -> Decimal | None:
        return self.numerator / self.denominator if self.denominator else None

    @property
    def percent(self) -> str:
        return "—" if self.value is None else f"{self.value * 100:.1f}%"


def statistics(actor: Actor, since: datetime, until: datetime, path: str = "") -> dict[str, Any]:
    """Figures over lead orders received in [since, until) that the actor sees, for one organisation and below.

    Every rate comes with numerator and denominator; unreachable workers are left out of ratings and counted apart.
    """
    top = path if path and any(within(path, own) for own in actor.paths) else ""
    if not top:
        top = min(actor.paths, key=len) if actor.paths else "cn"
    with as_system("narrowed to the actor's scope; only sums leave this function"):
        return _figures(actor, top, since, until)


def _figures(actor: Actor, top: str, since: datetime, until: datetime) -> dict[str, Any]:
    seen = scope_rows(actor, [top]).filter(kind=LEAD_KIND, opened_at__gte=since, opened_at__lt=until)
    orders = WorkOrder.objects.filter(
        role=WorkOrder.Role.LEAD, matter__in=seen.values("matter_id"), matter__opened_at__gte=since
    )
    at = present()
    flow = get_flow(LEAD_KIND)
    by_state = dict(seen.values_list("state").annotate(n=Count("pk")).order_by())
    by_category = _by_category(seen)
    return {
        "path": top,
        "organisation": Organisation.objects.filter(path=top).values_list("name", flat=True).first() or top,
        "since": since,
        "until": until,
        "cut_at": at,
        "total": sum(by_state.values()),
        "open": seen.filter(is_open__in=[True]).count(),
        "overdue": seen.filter(is_open__in=[True], due_at__lt=at).count(),
        "by_state": [
            {"code": name, "label": state.label, "count": by_state[name]}
            for name, state in flow.states.items()
            if by_state.get(name)
        ],
        "by_category": by_category,
        "by_urgency": [
            {"code": f"P{row['priority']}", "count": row["n"]}
            for row in seen.values("priority").annotate(n=Count("pk")).order_by("priority")
        ],
        "by_channel": _by_channel(orders),
        "by_region": _by_region(top, seen, at),
        "by_day": [
            {"day": row["day"], "count": row["n"]}
            for row in seen.annotate(day=TruncDate("opened_at", tzinfo=SHANGHAI)).values("day").annotate(n=Count("pk"))
            .order_by("day")
        ],
        "measures": measures(orders),
        "money": orders.aggregate(total=Sum("money_recovered"))["total"] or Decimal(0),
        "unreachable": orders.filter(callback_at__isnull=False, satisfaction="").count(),
        "satisfaction": _ratings(orders),
    }  # fmt: skip


def _by_category(seen: QuerySet[MatterScope]) -> list[dict[str, Any]]:
    names = {row.parent: (row.parent_zh, row.parent_en) for row in tree().values()}
    rows = seen.exclude(category="").annotate(group=Substr("category", 1, 2)).values("group").annotate(n=Count("pk"))
    listed = [
        {"code": row["group"], "label": names.get(row["group"], (row["group"], ""))[0], "count": row["n"]}
        for row in rows.order_by("group")
    ]
    unknown = seen.filter(category="").count()
    return [*listed, {"code": "", "label": _("待研判"), "count": unknown}] if unknown else listed


def _by_channel(orders: QuerySet[WorkOrder]) -> list[dict[str, Any]]:
    rows = orders.values("appeal__channel").annotate(n=Count("pk")).order_by("-n")
    return [
        {
            "code": row["appeal__channel"],
            "label": tables.label(tables.intake().channels, row["appeal__channel"]),
            "count": row["n"],
        }
        for row in rows
    ]


def _by_region(top: str, seen: QuerySet[MatterScope], at: datetime) -> list[dict[str, Any]]:
    """The organisations one level below with their counts; those without any are listed with zero."""
    children = Organisation.objects.filter(parent__path=top, active=True).exclude(
        level__in=(Organisation.Level.GRASSROOTS, Organisation.Level.INDUSTRIAL)
    ).order_by("path")  # fmt: skip
    listed = list(children.values("path", "name", "region_id"))
    rows: dict[str, dict[str, Any]] = {
        row["path"]: dict(row)
        for row in MatterScope.objects.filter(
            path__in=[child["path"] for child in listed], matter__in=seen.values("matter_id")
        )
        .values("path")
        .annotate(
            n=Count("pk"),
            late=Count("pk", filter=Q(is_open=True, due_at__lt=at)),
            unfinished=Count("pk", filter=Q(is_open=True)),
        )
        .order_by()
    }
    return [
        {
            "path": child["path"],
            "name": child["name"],
            "region": child["region_id"] or "",
            "count": rows.get(child["path"], {}).get("n", 0),
            "open": rows.get(child["path"], {}).get("unfinished", 0),
            "overdue": rows.get(child["path"], {}).get("late", 0),
        }
        for child in listed
    ]


def _ratings(orders: QuerySet[WorkOrder]) -> list[dict[str, Any]]:
    found = dict(orders.exclude(satisfaction="").values_list("satisfaction").annotate(n=Count("pk")).order_by())
    return [
        {"code": item.code, "label": item.label, "count": found.get(item.code, 0)}
        for item in tables.handling().satisfaction
    ]


def _clock_counts(orders: QuerySet[WorkOrder], name: str) -> tuple[int, int]:
    """(kept, counted) of a limit: matters whose last clock of that name has stopped or run over."""
    late = Clock.objects.filter(matter=OuterRef("matter"), name=name, overdue=True)
    ended = Clock.objects.filter(matter=OuterRef("matter"), name=name, status=Clock.Status.STOPPED)
    counted = orders.filter(Q(Exists(ended)) | Q(Exists(late)))
    return counted.exclude(Exists(late)).count(), counted.count()


def measures(orders: QuerySet[WorkOrder]) -> list[Measure]:
    """The rates of handbook 1.8 over a set of lead orders."""
    handling = tables.handling()
    good = [item.code for item in handling.satisfaction if item.satisfied]
    fair = [item.code for item in handling.resolution if not item.unreasonable]
    sums = orders.aggregate(
        n_dispatched=Count("pk", filter=Q(dispatched_at__isnull=False)),
        n_on_time=Count("pk", filter=Q(on_time=True)),
        n_timed=Count("pk", filter=Q(on_time__isnull=False)),
        n_contacted=Count("pk", filter=Q(contacted_answer=True)),
        n_asked=Count("pk", filter=Q(contacted_answer__isnull=False)),
        n_satisfied=Count("pk", filter=Q(satisfaction__in=good)),
        n_rated=Count("pk", filter=~Q(satisfaction="")),
        n_reasonable=Count("pk", filter=Q(resolution__in=fair)),
        n_first=Count("pk", filter=Q(resolution="solved", reopen_count=0)),
        n_reopened=Count("pk", filter=Q(reopen_count__gt=0)),
        n_finished=Count("pk", filter=Q(submitted_at__isnull=False) | Q(reopen_count__gt=0)),
        n_returned=Count("pk", filter=Q(return_count__gt=0)),
        **{f"n_solved_{item.code}": Count("pk", filter=Q(resolution=item.code)) for item in handling.resolution},
    )
    solved = sum(
        ((item.share or Decimal(0)) * sums[f"n_solved_{item.code}"] for item in handling.resolution), Decimal(0)
    )
    calls = Appeal.objects.filter(orders__in=orders, channel="phone").aggregate(
        all=Count("pk", filter=Q(call__has_key="answered")),
        answered=Count("pk", filter=Q(call__answered=True)),
        quick=Count("pk", filter=Q(call__answered=True, call__wait_seconds__lte=15)),
    )
    dispatch, sign_off = _clock_counts(orders, "dispatch"), _clock_counts(orders, "sign_off")

    def rate(code: str, label: str, numerator: Decimal | int, denominator: int, basis: str) -> Measure:
        return Measure(code, label, Decimal(numerator), denominator, basis)

    return [
        rate("answered", _("接通率"), calls["answered"], calls["all"], _("来电")),
        rate("answered_15s", _("15秒接通率"), calls["quick"], calls["all"], _("来电")),
        rate("dispatch_in_time", _("及时派单率"), *dispatch, _("已派单或派单超时的工单")),
        rate("sign_off_in_time", _("按期签收率"), *sign_off, _("已签收的工单")),
        rate("result_in_time", _("按期办结率"), sums["n_on_time"], sums["n_timed"], _("已提交结果的工单")),
        rate("contact", _("联系率"), sums["n_contacted"], sums["n_asked"], _("回访中回答是否联系的职工")),
        rate("solved", _("解决率"), solved, sums["n_reasonable"], _("回访到的合理诉求（部分解决计一半）")),
        rate("satisfied", _("满意率"), sums["n_satisfied"], sums["n_rated"], _("有效评价")),
        rate("solved_first", _("一次解决率"), sums["n_first"], sums["n_reasonable"], _("回访到的合理诉求")),
        rate("reopened", _("重办率"), sums["n_reopened"], sums["n_finished"], _("已提交过结果的工单")),
        rate("returned", _("退单率"), sums["n_returned"], sums["n_dispatched"], _("已派单的工单")),
    ]
