"""What a worker may ask: the case behind a query code or an account, its files and its notices."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from gonghui.appeals import categories, tables
from gonghui.appeals.actions.conversation import is_owner
from gonghui.appeals.models import Appeal, Attachment, Message, WorkOrder
from gonghui.appeals.models.appeal import CODE_ALPHABET, CODE_LENGTH
from gonghui.appeals.rules.common import LEAD_KIND, organisation
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotFound
from gonghui.kernel.flow import flow_of
from gonghui.kernel.matters import state_text
from gonghui.kernel.models import Matter, OutboxMessage, TrailEntry
from gonghui.kernel.outbox import text_of
from gonghui.kernel.scope import as_system, visible_to
from gonghui.kernel.times import now as present
from gonghui.kernel.vault import blind_index

# What happened, in a worker's words. Steps that are not here are inside matters of the unions.
STEPS = {
    "open": "我们收到了您的诉求",
    "register": "您的诉求已登记",
    "answer_directly": "您的问题已答复",
    "dispatch": "已转给办理单位",
    "transfer": "已转给另一办理单位",
    "accept": "办理单位已签收",
    "auto_accept": "办理单位已签收",
    "start": "开始办理",
    "approve_extension": "办理期限已延长",
    "extend_petition": "办理期限已延长",
    "approve_suspension": "暂停计时",
    "resume": "恢复办理",
    "auto_resume": "恢复办理",
    "return_order": "正在重新确定由谁办理",
    "escalate": "已报上级工会处理",
    "submit": "办理单位已提交结果，正在审核",
    "pass_review": "结果已审核，请您评价",
    "merged_result": "结果已审核，请您评价",
    "merge": "与同类诉求一并办理",
    "reopen": "重新办理",
    "reopen_supervised": "上级工会督办",
    "reopen_closed": "重新办理",
    "fail_quality": "重新办理",
    "fail_answer": "重新办理",
    "supervise_dispute": "由上级工会督办",
    "pass_quality": "已结案",
    "skip_quality": "已结案",
    "withdraw": "您撤回了诉求",
    "terminate": "已答复并告知去处",
    "mark_invalid": "没有可办理的内容，已结束",
    "material": "您补充了材料",
    "ask": "承办单位向您提问",
    "answer": "您回答了提问",
    "speed_up": "您请求加快办理",
    "dispute": "您对结果提出异议",
    "petition_tell": "已告知受理情况",
}


@dataclass(frozen=True)
class Step:
    at: datetime
    text: str


@dataclass(frozen=True)
class WorkerCase:
    """A case as its worker sees it. `may` names what they can do now: add, answer, speed_up, rate, withdraw, dispute,
    review."""

    appeal: Appeal
    matter: Matter
    state: str
    category: str
    handler: str
    handler_phone: str
    expected: datetime | None
    steps: list[Step]
    messages: list[Message]
    questions: list[Message]
    attachments: list[Attachment]
    result: str
    may: frozenset[str]


def appeal_by_code(code: str) -> tuple[Appeal, Matter] | None:
    """The appeal behind a query code, in any spelling people use (spaces, lower case). The caller limits the rate."""
    text = re.sub(r"[\s-]", "", code or "").upper()
    if len(text) != CODE_LENGTH or set(text) - set(CODE_ALPHABET):
        return None
    with as_system("the query code is the key"):
        appeal = Appeal.objects.filter(query_code_index=blind_index("code", text)).first()
        if appeal is None:
            return None
        order = appeal.orders.select_related("matter").get(role=WorkOrder.Role.LEAD)
        return appeal, order.matter


def my_cases(actor: Actor, most: int = 100) -> list[tuple[Appeal, Matter, str]]:
    """(appeal, matter, state in plain words) of a signed-in worker, newest first."""
    if actor.account_id is None:
        return []
    orders = (
        WorkOrder.objects.filter(role=WorkOrder.Role.LEAD, appeal__owner_id=actor.account_id)
        .filter(matter__in=visible_to(actor))
        .select_related("appeal", "matter")
        .order_by("-appeal__received_at")[:most]
    )
    return [(order.appeal, order.matter, state_text(order.matter, for_worker=True)) for order in orders]


def worker_case(actor: Actor, matter_id: int) -> WorkerCase:
    """The case page of a worker. NotFound for everybody who is neither the owner nor holds the code."""
    matter = visible_to(actor).filter(pk=matter_id, kind=LEAD_KIND).first()
    if matter is None or not is_owner(actor, matter):
        raise NotFound
    with as_system("the worker owns this case"):
        order = WorkOrder.objects.select_related("appeal", "merged_into").get(matter=matter)
        appeal = order.appeal
        messages = list(matter.conversation.filter(internal=False).order_by("at", "pk"))
        answered = {message.answers_id for message in messages if message.answers_id}
        handler = organisation(order.organisation_path or matter.holder_path)
        shown = order.reviewed_at is not None or matter.state in ("answered_directly", "terminated")
        entries = list(TrailEntry.objects.filter(matter=matter, verb__in=STEPS).order_by("seq"))
        return WorkerCase(
            appeal=appeal,
            matter=matter,
            state=state_text(matter, for_worker=True),
            category=categories.label(matter.category) if matter.category else "",
            handler=handler.name if handler else "",
            handler_phone=handler.phone if handler else "",
            expected=_expected(matter),
            steps=[Step(entry.at, _(STEPS[entry.verb])) for entry in entries],
            messages=messages,
            questions=[
                message for message in messages if message.kind == Message.Kind.QUESTION and message.pk not in answered
            ],
            attachments=list(appeal.attachments.filter(for_worker=True).order_by("added_at")),
            result=order.result_text if shown or matter.state in ("quality", "callback", "closed") else "",
            may=frozenset(_may(matter, order, bool(answered))),
        )


def _expected(matter: Matter) -> datetime | None:
    """When a result is due: the running result clock, or the matter's next due moment."""
    clock = matter.clocks.filter(name="result", status="running").first()
    return clock.due_at if clock is not None else (matter.due_at if matter.is_open else None)


def _may(matter: Matter, order: WorkOrder, answered: bool) -> list[str]:
    flow, may = flow_of(matter), []
    names = {transition.name for transition in flow.leaving(matter.state)}
    if matter.is_open and matter.state not in ("quality",):
        may += ["add", "answer", "speed_up"]
    if "rate" in names and not order.callbacks.filter(round=order.callback_round, by_worker=True).exists():
        may.append("rate")
    may += [name for name in ("withdraw", "dispute") if name in names]
    if "dispute" in may and matter.closed_at is not None:
        days = tables.number(tables.sla().reopen, "dispute_days")
        if (present() - matter.closed_at).days >= days or matter.data.get("disputed"):
            may.remove("dispute")
    if matter.data.get("petition") and order.reviewed_at is not None and not matter.data.get("review"):
        may.append("review")
    return may


def notices_of(account_id: int, most: int = 50) -> list[dict[str, Any]]:
    """In-app notices of an account, newest first: `{id, at, text, matter, read}`."""
    rows = OutboxMessage.objects.filter(topic="notice.app", account_id=account_id).order_by("-created_at")[:most]
    return [
        {
            "id": row.pk,
            "at": row.created_at,
            "text": text_of(row) or staff_text(row.payload),
            "matter": row.matter_id,
            "read": row.read_at is not None,
        }
        for row in rows
    ]


def staff_text(payload: dict[str, Any]) -> str:
    """A staff notice in words."""
    texts = {
        "reminder": _("催办：%(number)s"),
        "supervision": _("督办：%(number)s 已超时限"),
        "notice_higher": _("下级超时限：%(number)s"),
        "notice_leader": _("请负责人处理：%(number)s 严重超时限"),
        "emergency": _("特急：%(number)s，请立即处置"),
        "mass": _("风险预警：第 %(number)s 号卡片"),
        "material": _("职工补充了材料：%(number)s"),
        "answer": _("职工回答了提问：%(number)s"),
        "speed_up": _("职工请求加快：%(number)s"),
        "assigned": _("指派给您：%(number)s"),
        "letter_answered": _("监督文书已有在线答复：%(number)s"),
    }
    return str(texts.get(str(payload.get("kind")), "%(number)s")) % {"number": payload.get("number", "")}
