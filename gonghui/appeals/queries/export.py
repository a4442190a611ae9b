"""导出: rows of the worklist for a table, personal fields masked, every export in the trail (handbook 1.12)."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from openpyxl import Workbook

from gonghui import brain
from gonghui.appeals import categories, tables
from gonghui.appeals.models import WorkOrder
from gonghui.kernel import trail
from gonghui.kernel import worklist as kernel_worklist
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.matters import state_text
from gonghui.kernel.scope import as_system
from gonghui.kernel.sheets import safe_cell
from gonghui.kernel.times import SHANGHAI
from gonghui.kernel.vault import mask
from gonghui.kernel.worklist import Filters
from gonghui.people.roles import can

MOST = 20_000
CHUNK = 500


def export_rows(actor: Actor, filters: Filters, reason: str = "", most: int = MOST) -> Iterator[dict[str, Any]]:
    """The orders that match, as `{column: value}` in the list's order. NotAllowed without a duty that may export;
    an auditor must say why. The export is written down before the first row goes out."""
    if not can(actor, "export"):
        raise NotAllowed(_("您的岗位不能导出。"))
    if actor.has_role("auditor") and not actor.has_role("leader", "supervisor") and len(reason.strip()) < 2:
        raise InvalidData({"reason": [_("请写明导出的理由，会记入留痕。")]})
    ids = list(
        kernel_worklist.rows(actor, filters)
        .order_by("-opened_at", "-matter_id")
        .values_list("matter_id", flat=True)[:most]
    )
    with transaction.atomic():
        trail.record(f"export:{actor.account_id}", "export", actor=actor, after={"rows": len(ids)}, note=reason[:300])
    return _rows(list(dict.fromkeys(ids)))


def _rows(ids: list[int]) -> Iterator[dict[str, Any]]:
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        with as_system("the ids come from the actor's own scope"):
            orders = {
                order.matter_id: order
                for order in WorkOrder.objects.filter(matter_id__in=chunk).select_related("appeal", "matter")
            }
        for pk in chunk:
            if pk in orders:
                yield _row(orders[pk])


def _row(order: WorkOrder) -> dict[str, Any]:
    matter, appeal = order.matter, order.appeal
    return {
        _("诉求编号"): appeal.number,
        _("工单编号"): matter.number,
        _("标题"): matter.title,
        _("内容（已脱敏）"): brain.mask_personal(appeal.description)[:1000],
        _("姓名"): mask(appeal.reporter_name, "name"),
        _("电话"): mask(appeal.phone, "phone"),
        _("渠道"): tables.label(tables.intake().channels, appeal.channel),
        _("分类"): categories.label(matter.category),
        _("紧急程度"): f"P{min(3, matter.priority)}",
        _("状态"): state_text(matter),
        _("承办单位"): order.organisation_path or matter.holder_path,
        _("用人单位"): appeal.employer_name,
        _("涉及人数"): appeal.people_count,
        _("受理时间"): f"{appeal.received_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}",
        _("期限"): f"{matter.due_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if matter.due_at else "",
        _("结果"): tables.label(tables.handling().result_codes, order.result_code),
        _("追回金额"): str(order.money_recovered) if order.money_recovered is not None else "",
        _("满意度"): tables.label(tables.handling().satisfaction, order.satisfaction),
    }


def export_xlsx(actor: Actor, filters: Filters, reason: str = "") -> bytes:
    """The same rows as an Excel file."""
    rows = export_rows(actor, filters, reason)
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("诉求"))
    head: list[str] = []
    for row in rows:
        if not head:
            head = list(row)
            sheet.append(head)
        sheet.append([safe_cell(value) for value in row.values()])
    if not head:
        sheet.append([_("没有符合条件的诉求")])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
