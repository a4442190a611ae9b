"""A trial in words: who, where, when, what was written and sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from gonghui.kernel.clocks import tick_moment
from gonghui.kernel.flow.schema import Flow, Transition
from gonghui.kernel.models import Clock, Matter, OutboxMessage
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now
from gonghui.kernel.vault import mask_name
from gonghui.organisations.models import Organisation
from gonghui.people.roles import roles
from gonghui.services.models import Application, Fund, Payment, PublicNotice, Seat, Stock, Voucher
from gonghui.services.spec import Service
from gonghui.services.trial import report as words
from gonghui.services.trial.report import Report
from gonghui.services.trial.world import Shelf

PROVIDED = {
    "goods": gettext_lazy("这里今年没有登记这种物品，试办时当作有 5 份。"),
    "money": gettext_lazy("这里今年的预算不够，试办时当作另有 100 万元。"),
    "offer": gettext_lazy("试办时由承办的工会放出一场，两天后开始。"),
}
UNITS = {
    "working_days": gettext_lazy("个工作日"),
    "days": gettext_lazy("天"),
    "months": gettext_lazy("个月"),
    "minutes": gettext_lazy("分钟"),
}
TICKS = {
    "warn": gettext_lazy("预警"),
    "staff.remind": gettext_lazy("提醒承办人"),
    "staff.overdue": gettext_lazy("超时"),
    "staff.notify_higher": gettext_lazy("报告上级工会"),
    "services.remind_worker": gettext_lazy("提醒职工"),
}
LEVELS = {
    "national": gettext_lazy("全国总工会"),
    "province": gettext_lazy("省级工会"),
    "city": gettext_lazy("市级工会"),
    "county": gettext_lazy("县级工会"),
    "town": gettext_lazy("乡镇（街道、园区）工会"),
    "grassroots": gettext_lazy("基层工会"),
    "industrial": gettext_lazy("产业工会"),
}
TEXT_MOST = 200


def moment(at: datetime) -> str:
    """A day and hour of the trial."""
    return f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"


def union(path: str) -> tuple[str, str]:
    """(name, level) of a union, in words."""
    row = Organisation.objects.filter(path=path).first()
    return (row.name, str(LEVELS[row.level])) if row is not None else (path, "")


def role_label(role: str) -> str:
    known = {"owner": _("职工本人"), "system": _("系统")}
    return known.get(role) or (roles()[role].label if role in roles() else role)


def fault(error: Exception) -> str:
    """A mistake that no condition of the flow foresees, without what it holds."""
    return _("程序不认这样的组合（%(kind)s），请核对流程里写的条件和效果。") % {"kind": type(error).__name__}


def provided(shelf: Shelf) -> list[str]:
    return [str(PROVIDED[note]) for note in shelf.notes]


def level_remark(service: Service, path: str) -> list[str]:
    """Said where another level handles it than the file asks for."""
    row = Organisation.objects.filter(path=path).first()
    wanted = service.handled_by.level
    if row is None or row.level == wanted or service.handled_by.first or service.handled_by.unit or service.offers:
        return []
    level = str(LEVELS[wanted])
    return [_("文件要求由%(level)s办理，这里没有，由“%(name)s”办理。") % {"level": level, "name": row.name}]


def filled(step: Transition, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(label, value) of what was entered with a step."""
    return [
        (spec.label, str(values[spec.name])[:TEXT_MOST])
        for spec in step.fields
        if spec.name in values and not spec.sensitive
    ]


def step(
    report: Report,
    flow: Flow,
    matter: Matter,
    name: str,
    by: str,
    path: str,
    told: list[tuple[str, str]],
    note: str = "",
) -> None:
    """Write one step down with the state it led to and the clocks that run there."""
    where, level = union(path) if path else ("", "")
    state = flow.states[matter.state]
    with as_system("the trial's own matter"):
        running = list(Clock.objects.filter(matter=matter, status=Clock.Status.RUNNING).order_by("due_at"))
    others = [
        f"{one.label}（{'、'.join(dict.fromkeys(role_label(grant.role) for grant in one.roles))}）"
        for one in flow.leaving(matter.state)
    ]
    report.steps.append(
        words.Step(
            moment(now()), name, by, where, level, told, state.label, state.worker_text,
            [_clock(flow, row) for row in running], others, note,
        )
    )  # fmt: skip


def _clock(flow: Flow, row: Clock) -> words.Clock:
    spec = flow.clocks[row.name]
    amount = f"{Decimal(row.amount).normalize():f}"
    ticks = [(_tick(flow, tick.do), moment(tick_moment(row, tick))) for tick in spec.ticks]
    return words.Clock(str(spec.title), f"{amount}{UNITS.get(row.unit, row.unit)}", moment(row.due_at), ticks)


def _tick(flow: Flow, do: str) -> str:
    kind, _sep, target = do.partition(":")
    if kind == "transition" and target in flow.by_name:
        return flow.by_name[target].label
    return str(TICKS.get(do, do))


def shelf_of(shelf: Shelf) -> dict[str, dict[str, str]]:
    """What stands of goods and money, by row."""
    found: dict[str, dict[str, str]] = {}
    for row in Stock.objects.select_related("organisation").filter(pk__in=shelf.stocks):
        told = {_("已答应"): str(row.promised), _("已发"): str(row.handed), _("还剩"): str(row.left)}
        found[_("库存：%(item)s（%(union)s）") % {"item": row.item, "union": row.organisation.name}] = told
    for fund in Fund.objects.select_related("organisation").filter(pk__in=shelf.funds):
        sums = {_("已答应"): f"{fund.promised:,.2f}", _("已发放"): f"{fund.paid:,.2f}"}
        found[_("资金：%(union)s") % {"union": fund.organisation.name} + f" {fund.get_source_display()}"] = sums
    return found


def finish(report: Report, service: Service, matter: Matter, shelf: Shelf, before: dict[str, dict[str, str]]) -> None:
    """Messages, what came of it, and what it changed in goods and money."""
    messages = OutboxMessage.objects.filter(matter=matter).exclude(topic="event").order_by("created_at", "pk")
    report.messages = [_message(row, matter) for row in messages if row.topic.startswith("notice")]
    application = Application.objects.get(matter=matter)
    report.results = _results(service, application)
    after = shelf_of(shelf)
    report.effects = [
        {"what": what, "name": name, "before": value, "after": after.get(what, {}).get(name, "")}
        for what, rows in before.items()
        for name, value in rows.items()
        if after.get(what, {}).get(name, "") != value
    ]


def _message(row: OutboxMessage, matter: Matter) -> dict[str, str]:
    to = _("职工本人") if row.account_id == matter.owner_id else _("工作人员")
    text = str(row.payload.get("text") or row.payload.get("notice") or row.topic)
    return {"at": moment(row.created_at), "to": to, "by": row.topic, "text": text[:TEXT_MOST]}


def _results(service: Service, application: Application) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if (voucher := Voucher.objects.select_related("stock").filter(application=application).first()) is not None:
        kept = voucher.keep_until.isoformat() if voucher.keep_until else "—"
        found.append(
            (_("领取"), _("%(item)s，领取码 8 位，保留到 %(day)s") % {"item": voucher.stock.item, "day": kept})
        )
    if (payment := Payment.objects.filter(application=application).first()) is not None:
        card, status = payment.bank_card[-4:], payment.get_status_display()
        line = f"{mask_name(payment.payee)} *{card} ¥{payment.amount:,.2f} {status}"
        found += [(_("付款"), line), (_("怎样算出"), payment.working)]
    if (notice := PublicNotice.objects.filter(application=application).first()) is not None:
        days = f"{notice.opens.isoformat()}–{notice.closes.isoformat()}"
        found.append((_("公示"), f"{notice.masked_name} {notice.unit} ¥{notice.amount:,.2f} {days}"))
    if (seat := Seat.objects.select_related("offer").filter(application=application).first()) is not None:
        found.append((_("名额"), f"{seat.offer.title} · {seat.get_state_display()}"))
    if service.result.zh or service.result.en:
        result = service.result.zh
        found.append((_("结果"), result))
    found += _rows_of_rooms(application)
    return found


def _rows_of_rooms(application: Application) -> list[tuple[str, str]]:
    """Rows of other rooms that hang on the application or its matter (a certificate, a membership), by kind."""
    own = {"services", "kernel", "appeals"}
    found = []
    for holder in (application, application.matter):
        for relation in holder._meta.related_objects:
            model = relation.related_model
            if isinstance(model, str) or model._meta.app_label in own:
                continue
            count = model._default_manager.filter(**{relation.field.name: holder}).count()
            if count:
                found.append((str(model._meta.verbose_name), _("%(n)d 条") % {"n": count}))
    return found
