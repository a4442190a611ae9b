"""What passes between the worker and the staff on an open appeal. No state moves, except where the flow says so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.appeals import tables
from gonghui.appeals.actions.attachments import attach
from gonghui.appeals.actions.handling import typed
from gonghui.appeals.intake import clean_text, limit
from gonghui.appeals.models import Appeal, Attachment, Message, WorkOrder
from gonghui.appeals.rules.closing import unhappy
from gonghui.appeals.rules.notices import queue
from gonghui.kernel import outbox
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.matters import act, locked, touch
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now as present

STAFF_SPEAKERS = ("agent", "dispatcher", "handler", "leader", "lawyer", "supervisor", "discipline", "callback")


def is_owner(actor: Actor, matter: Matter) -> bool:
    """The worker: signed in as the owner, or holding the query code."""
    owns = actor.kind == "worker" and actor.account_id is not None and matter.owner_id == actor.account_id
    return owns or matter.pk in actor.matter_ids


@contextmanager
def _speaking(actor: Actor, matter: Matter, *, worker: bool, even_closed: bool = False) -> Iterator[WorkOrder]:
    """The locked matter's order for a message of the worker, or of staff."""
    with transaction.atomic():
        seen = locked(matter.pk, actor)
        if worker and not is_owner(actor, seen):
            raise NotAllowed(_("只有诉求人可以这样做。"))
        if not worker and not actor.has_role(*STAFF_SPEAKERS):
            raise NotAllowed
        if not seen.is_open and not even_closed:
            raise GuardRefused([_("这件诉求已经办结，不能再补充。有新情况请提出异议或重新提交。")])
        with as_system("the actor sees this matter"):
            order = WorkOrder.objects.select_related("appeal").get(matter_id=seen.pk)
            order.matter = seen
            yield order


def _text(raw: Any, *, field: str = "text", most: int | None = None) -> str:
    try:
        text = clean_text(raw)
    except ValueError as error:
        raise InvalidData({field: [str(error)]}) from None
    most = most or limit("short_text_max")
    if not text:
        raise InvalidData({field: [_("请写下内容。")]})
    if len(text) > most:
        raise InvalidData({field: [_("最多%(most)d个字，现在有%(count)d个。") % {"most": most, "count": len(text)}]})
    return text


def _say(order: WorkOrder, actor: Actor, kind: str, text: str, *, internal: bool = False, **more: Any) -> Message:
    return Message.objects.create(
        appeal_id=order.appeal_id,
        matter=order.matter,
        kind=kind,
        text=text,
        from_worker=is_owner(actor, order.matter),
        account_id=actor.account_id,
        org_path=actor.paths[0] if actor.paths else "",
        at=present(),
        internal=internal,
        **more,
    )


def _files(order: WorkOrder, actor: Actor, files: Sequence[File]) -> list[Attachment]:
    return [attach(order.appeal, order.matter, file, actor, present()) for file in files]


def _tell_staff(order: WorkOrder, kind: str, key: str) -> None:
    outbox.enqueue(
        "notice.staff",
        f"staff:{order.matter_id}:{key}",
        {"path": order.matter.holder_path, "kind": kind, "number": order.matter.number},
        matter=order.matter,
    )


def _go_on(order: WorkOrder) -> None:
    """A pause that waited for the worker ends when the worker has spoken (1.6)."""
    waiting = order.suspensions.filter(started_at__isnull=False, ended_at__isnull=True).first()
    if order.matter.state == "suspended" and waiting is not None and waiting.reason == "worker_material":
        act(order.matter_id, "auto_resume", SYSTEM, {"reason": "worker"})


def add_material(actor: Actor, matter: Matter, text: str = "", files: Sequence[File] = ()) -> Message:
    """补充材料 by the worker or, on their behalf, by staff: text, files, or both."""
    worker = is_owner(actor, matter)
    with _speaking(actor, matter, worker=worker) as order:
        if not files or text:
            text = _text(text)
        stored = _files(order, actor, files)
        message = _say(order, actor, Message.Kind.MATERIAL, text)
        touch(order.matter, "material", actor, after={"files": [row.sha256 for row in stored], "chars": len(text)})
        if worker:
            _tell_staff(order, "material", f"material:{message.pk}")
            _go_on(order)
        return message


def ask_worker(actor: Actor, matter: Matter, text: str) -> Message:
    """提问: staff ask the worker something; the worker is told that a question waits."""
    with _speaking(actor, matter, worker=False) as order:
        message = _say(order, actor, Message.Kind.QUESTION, _text(text))
        touch(order.matter, "ask", actor)
        queue(order, order.matter, "ask", str(message.pk), {})
        return message


def answer_question(actor: Actor, matter: Matter, question: int, text: str, files: Sequence[File] = ()) -> Message:
    """回答 by the worker to an open question of this matter."""
    with _speaking(actor, matter, worker=True) as order:
        asked = order.matter.conversation.filter(pk=question, kind=Message.Kind.QUESTION).first()
        if asked is None:
            raise InvalidData({"question": [_("没有找到这个问题，请刷新页面。")]})
        if asked.answered_by.exists():
            raise GuardRefused([_("这个问题已经回答过。要补充请用“补充材料”。")])
        stored = _files(order, actor, files)
        message = _say(order, actor, Message.Kind.ANSWER, _text(text), answers=asked)
        touch(order.matter, "answer", actor, after={"question": asked.pk, "files": len(stored)})
        _tell_staff(order, "answer", f"answer:{message.pk}")
        _go_on(order)
        return message


def request_speed_up(actor: Actor, matter: Matter) -> Message:
    """请求加快: once every some days (data); the holder is told and sees it on the order."""
    days = limit("speed_up_every_days")
    with _speaking(actor, matter, worker=True) as order:
        earlier = order.matter.conversation.filter(
            kind=Message.Kind.SPEED_UP, at__gt=present() - timedelta(days=days)
        ).exists()
        if earlier:
            raise GuardRefused([_("您已经请求过，%(days)d天内只能请求一次。我们已提醒承办单位。") % {"days": days}])
        message = _say(order, actor, Message.Kind.SPEED_UP, "")
        touch(order.matter, "speed_up", actor)
        _tell_staff(order, "speed_up", f"speed_up:{message.pk}")
        return message


def note(actor: Actor, matter: Matter, text: str) -> Message:
    """内部备注 of staff; the worker does not see it."""
    with _speaking(actor, matter, worker=False, even_closed=True) as order:
        message = _say(order, actor, Message.Kind.NOTE, _text(text), internal=True)
        touch(order.matter, "note", actor)
        return message


def rate(actor: Actor, matter: Matter, answers: dict[str, Any], version: int | None = None) -> Matter:
    """评价 by the worker (Q1–Q5). An unhappy answer stays in callback for a person to look at."""
    answers = typed(answers)
    bad = unhappy(answers)
    return act(matter.pk, "rate_unhappy" if bad else "rate", actor, answers, version)


def withdraw(actor: Actor, matter: Matter, reason: str = "", version: int | None = None) -> Matter:
    return act(matter.pk, "withdraw", actor, {"reason": reason}, version)


def dispute(actor: Actor, matter: Matter, text: str, version: int | None = None) -> Matter:
    """对结果有异议, within the days after closing that the data says."""
    return act(matter.pk, "dispute", actor, {"text": text}, version)


def add_repeat(appeal: Appeal, matter: Matter, again: Appeal, *, words: bool = True) -> Message:
    """追诉: the same worker wrote again while the first appeal is open (1.9). Called by the understanding task, with
    the matter locked. Without `words` only the fact is noted: those who read this matter may not read the new one."""
    message = Message.objects.create(
        appeal=appeal,
        matter=matter,
        kind=Message.Kind.REPEAT,
        text=again.description[: limit("short_text_max")] if words else "",
        from_worker=True,
        at=present(),
    )
    after = tables.number(tables.sla().duplicates, "raise_after")
    count = matter.conversation.filter(kind=Message.Kind.REPEAT).count()
    before = matter.priority
    if count >= after and matter.priority > 0 and not matter.data.get("raised_for_repeat"):
        from gonghui.appeals.rules.common import retime
        from gonghui.kernel.clocks import refresh_due

        # From the second repeat on the appeal is one step more urgent; once, not for every further one.
        matter.priority -= 1
        matter.data["raised_for_repeat"] = True
        retime(matter, before, present())
        refresh_due(matter)
    touch(matter, "repeat", SYSTEM, after={"again": again.number, "priority": matter.priority})
    return message
