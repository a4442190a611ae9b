"""What every service's steps do: tell the worker, free what was kept for them, take a completed form, rate."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gonghui.kernel import outbox
from gonghui.kernel.flow import effect, notifier, tick
from gonghui.kernel.matters import Context
from gonghui.kernel.models import Clock, Matter
from gonghui.services import offers, stock
from gonghui.services.models import Voucher
from gonghui.services.rules.common import application_of, service_of

# What the worker is told where the service's file has no words of its own (at most 70 letters, handbook 1.14).
NOTICES = {
    "approved": "您申请的“{service}”已通过，编号{number}。",
    "returned": "您申请的“{service}”需要补充材料，请在15天内补正，编号{number}。",
    "refused": "您申请的“{service}”没有通过，理由请在“我的”里查看，编号{number}。",
    "contested": "您对“{service}”结果的复核申请已收到，十个工作日内答复，编号{number}。",
    "upheld": "您申请的“{service}”经复核维持原决定，理由请在“我的”里看，编号{number}。",
    "overturned": "您申请的“{service}”经复核撤销原决定，正在重新办理，编号{number}。",
    "ready": "您申请的“{service}”可以领取了，请出示“我的”里的领取码，编号{number}。",
    "sent": "您申请的“{service}”已寄出，单号在“我的”里看，收到请点确认，编号{number}。",
    "bounced": "寄给您的“{service}”被退回了，原因请在“我的”里看，编号{number}。",
    "signed": "您已领取“{service}”，欢迎评价，编号{number}。",
    "published": "您申请的“{service}”正在公示，编号{number}。",
    "granted": "您申请的“{service}”已批准，正在发放，编号{number}。",
    "confirmed": "您申请的“{service}”已确认，编号{number}。",
    "moved": "您的会籍已转到新工会，编号{number}。",
    "left": "您已退出工会，编号{number}。",
    "paid": "您申请的“{service}”已发放到银行卡，欢迎评价，编号{number}。",
    "expired": "您申请的“{service}”过期未领，已退回库存，编号{number}。",
    "seated": "您已报上“{offer}”，{when}{place}，请按时参加，编号{number}。",
    "moved_up": "您候补的“{offer}”有名额了，{when}，来不了请尽早退出，编号{number}。",
    "attended": "您参加的“{offer}”已登记到场，欢迎评价，编号{number}。",
    "reschedule": "您报名的“{offer}”改为{when}{place}，请留意，编号{number}。",
    "call_off": "很抱歉，您报名的“{offer}”已由主办方取消，编号{number}。",
    "offer_reminder": "提醒：您报名的“{offer}”{when}开始，{place}，编号{number}。",
    "reminder": "您申请的“{service}”还没有领取，请尽快，编号{number}。",
}


def tell(matter: Matter, name: str, key: str) -> None:
    """A message to the worker, in the service's words or the usual ones."""
    if matter.owner_id is None:
        return
    service = service_of(matter)
    words = service.messages[name].zh if name in service.messages else NOTICES[name]
    outbox.enqueue(
        "notice.app",
        key,
        {"text": words.format(service=service.zh, number=matter.number, **offers.words(matter))},
        matter=matter,
        account_id=matter.owner_id,
    )


@notifier("services.*")
def notify(ctx: Context, name: str) -> None:
    """The notifier of every service's flow."""
    tell(ctx.matter, name, f"services:{ctx.matter.pk}:{name}:{ctx.matter.version}")


@tick("services.remind_worker")
def remind_worker(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    tell(matter, "reminder", f"services:{matter.pk}:reminder:{clock.pk}:{clock.step}")


@effect("services.answer")
def answer(ctx: Context, args: Any) -> None:
    """What the worker reads: the reason, or what is missing."""
    application = application_of(ctx)
    application.told_text = ctx.data["text"]
    application.save(update_fields=["told_text"])


@effect("services.completed")
def completed(ctx: Context, args: Any) -> None:
    """The form was handed in again; `actions.complete` has checked and written it."""
    application = application_of(ctx)
    application.told_text = ""
    application.save(update_fields=["told_text"])


@effect("services.release")
def release(ctx: Context, args: Any) -> None:
    """What came to nothing is free again: what may be had once, the piece of the stock, the seat."""
    application = application_of(ctx)
    application.taken.all().delete()
    voucher = Voucher.objects.filter(application=application, handed_at=None, returned_at=None).first()
    if voucher is not None:
        voucher.returned_at = ctx.now
        voucher.save(update_fields=["returned_at"])
        stock.give_back(voucher.stock_id)
    offers.give_up(application)


@effect("services.rate")
def rate(ctx: Context, args: Any) -> None:
    application = application_of(ctx)
    application.rating = int(ctx.data["stars"])
    application.save(update_fields=["rating"])
