"""What the worker does after an appeal came in or moved: understand it, tell people, let it go on (outbox handlers).

Tasks that only write our own database are transactional: they and their crossing-off happen together, exactly once.
"""

from __future__ import annotations

from django.conf import settings

from gonghui.appeals.models import Appeal, WorkOrder
from gonghui.appeals.papers import read_attachment
from gonghui.appeals.rules.notices import sms_text
from gonghui.appeals.sampling import sample
from gonghui.appeals.staff import on_duty
from gonghui.appeals.understanding import understand_appeal
from gonghui.kernel import adapters, outbox
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.errors import GuardRefused, NotAllowed
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter, OutboxMessage

# Who at an organisation hears of what (handbook 1.6, 1.9).
LISTENERS = {
    "reminder": ("handler", "leader", "dispatcher"),
    "supervision": ("handler", "leader", "dispatcher", "supervisor"),
    "notice_higher": ("dispatcher", "supervisor"),
    "notice_leader": ("leader", "supervisor"),
    "emergency": ("dispatcher", "supervisor", "leader", "agent"),
    "mass": ("dispatcher", "supervisor", "leader"),
    "letter_answered": ("handler", "dispatcher", "supervisor"),
}


@outbox.handler("task.understand", transactional=True)
def understand_task(message: OutboxMessage) -> None:
    understand_appeal(Appeal.objects.get(pk=message.payload["appeal"]))


@outbox.handler("task.read_paper")
def read_paper_task(message: OutboxMessage) -> None:
    """Seconds of work: outside the transaction that crosses the message off, and safe to repeat."""
    read_attachment(message.payload["attachment"])


@outbox.handler("task.quality_gate", transactional=True)
def quality_gate(message: OutboxMessage) -> None:
    """A finished order that was not drawn for quality is closed; one that was drawn waits for a person (1.8)."""
    matter = Matter.objects.filter(pk=message.payload["matter"]).first()
    if matter is None or matter.state not in ("quality", "answered_directly"):
        return
    order = WorkOrder.objects.select_related("appeal").get(matter=matter)
    chosen, reason = sample(order, matter)
    if chosen:
        order.sampled, order.sample_reason = True, reason
        order.save(update_fields=["sampled", "sample_reason"])
        return
    try:
        act(matter.pk, "skip_quality", SYSTEM, {"reason": "not sampled"})
    except (GuardRefused, NotAllowed):
        # Something is still missing or somebody was quicker: it stays with the quality officer.
        return


@outbox.handler("task.merged_results", transactional=True)
def merged_results(message: OutboxMessage) -> None:
    """Orders merged into this one get its result and go to their own callback (1.5)."""
    main = WorkOrder.objects.get(matter_id=message.payload["matter"])
    for order in main.merged.filter(matter__state="merged"):
        try:
            act(order.matter_id, "merged_result", SYSTEM, {"reason": "result of the main order"})
        except GuardRefused:
            continue


@outbox.handler("task.supervise_dispute", transactional=True)
def supervise_dispute(message: OutboxMessage) -> None:
    """A worker still disputes the result after the last reopening: the higher union supervises it (1.5)."""
    try:
        act(
            message.payload["matter"],
            "supervise_dispute",
            SYSTEM,
            {"reason": "disputed", "note": "重办次数已用完，职工仍有异议，自动转督办。"},
        )
    except (GuardRefused, NotAllowed):
        # Somebody was quicker.
        return


@outbox.handler("task.release_merged", transactional=True)
def release_merged(message: OutboxMessage) -> None:
    """The main order ended without a result: those merged into it are triaged and handled by themselves again."""
    main = WorkOrder.objects.get(matter_id=message.payload["matter"])
    for order in main.merged.filter(matter__state="merged"):
        act(order.matter_id, "unmerge", SYSTEM, {"reason": "主件已结束"})


@outbox.handler("notice.appeal_sms")
def appeal_sms(message: OutboxMessage) -> None:
    """An SMS to the worker. The phone and the query code are looked up now; the outbox never held them."""
    appeal = Appeal.objects.get(pk=message.payload["appeal"])
    if not appeal.phone:
        raise outbox.Undeliverable("the appeal has no phone any more")
    name = settings.OUTBOX_ADAPTERS.get("sms", "")
    if name not in adapters.ADAPTERS:
        raise outbox.Undeliverable(f"no adapter {name!r} for the channel 'sms'")
    text = sms_text(message.payload["template"], {**message.payload["values"], "code": appeal.query_code})
    adapters.ADAPTERS[name]("sms", appeal.phone, text, message.key, "")


@outbox.handler("notice.staff", transactional=True)
def staff_notice(message: OutboxMessage) -> None:
    """Fan a notice to an organisation out to the people on duty there, as in-app notices."""
    roles = LISTENERS.get(message.payload["kind"], ("handler", "leader", "dispatcher"))
    assigned = message.matter.assignee_id if message.matter is not None else None
    for account in on_duty(message.payload["path"], roles):
        account_id = account.pk
        if assigned is not None and message.payload["kind"] in ("material", "answer") and account_id != assigned:
            continue
        outbox.enqueue(
            "notice.app",
            f"{message.key}:{account_id}"[:120],
            message.payload,
            matter=message.matter,
            account_id=account_id,
        )
