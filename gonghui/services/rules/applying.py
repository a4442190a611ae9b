"""What every service's steps do: tell the worker, free what was kept for them, take a completed form, rate."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from gonghui.kernel import outbox
from gonghui.kernel.flow import effect, flow_of, guard, notifier, tick
from gonghui.kernel.flow.schema import Text
from gonghui.kernel.matters import Context
from gonghui.kernel.models import Clock, Matter
from gonghui.services import earlier, offers, stock
from gonghui.services.catalogue import service_of
from gonghui.services.models import Payment, Voucher
from gonghui.services.rules.common import application_of, in_a_list

# What the worker is told where the service's file has no words of its own (at most 70 letters, handbook 1.14).
NOTICES: dict[str, Text] = {
    "approved": Text(
        zh="您申请的“{service}”已通过，编号{number}。", en="Your application for “{service}” was approved, {number}."
    ),
    "returned": Text(
        zh="您申请的“{service}”需要补充材料，请在{days}天内补正，编号{number}。",
        en="“{service}” needs to be completed within {days} days, {number}.",
    ),
    "not_completed": Text(
        zh="您申请的“{service}”没有按时补正，已结束；需要的可以重新申请，编号{number}。",
        en="“{service}” was not completed in time and has ended; you may apply anew, {number}.",
    ),
    "not_confirmed": Text(
        zh="您没有按时确认“{service}”，名额已放出，编号{number}。",
        en="You did not confirm “{service}” in time; the place went to another, {number}.",
    ),
    "unseated": Text(
        zh="您候补的“{offer}”没有等到名额，这次不能参加，编号{number}。",
        en="No place came free in “{offer}”, {number}.",
    ),
    "unfinished": Text(
        zh="“{offer}”没有按时学完，已结束；可以重新报名，编号{number}。",
        en="“{offer}” was not finished in time; you may sign up again, {number}.",
    ),
    "no_credit": Text(
        zh="“{offer}”的测验没有通过或没有按时做，这次不记学时，编号{number}。",
        en="The test of “{offer}” was not passed, or not done in time; no hours are credited, {number}.",
    ),
    "absent": Text(
        zh="“{offer}”没有登记您到场；来过的请联系举办的工会更正，编号{number}。",
        en="You were not noted as present at “{offer}”; if you were, ask its host to correct this, {number}.",
    ),
    "redirected": Text(
        zh="您申请的“{service}”已转给负责的工会办理，理由请在“我的”里看，编号{number}。",
        en="“{service}” was passed on to the union responsible; see My page for why, {number}.",
    ),
    "refused": Text(
        zh="您申请的“{service}”没有通过，理由请在“我的”里查看，编号{number}。",
        en="Your application for “{service}” was not approved; see My page for why, {number}.",
    ),
    "contested": Text(
        zh="您对“{service}”结果的复核申请已收到，十个工作日内答复，编号{number}。",
        en="Your request for a review of “{service}” has come in and is answered within ten working days, {number}.",
    ),
    "upheld": Text(
        zh="您申请的“{service}”经复核维持原决定，理由请在“我的”里看，编号{number}。",
        en="The refusal of “{service}” was upheld; see My page for why, {number}.",
    ),
    "overturned": Text(
        zh="您申请的“{service}”经复核撤销原决定，正在重新办理，编号{number}。",
        en="The refusal of “{service}” was overturned; it is being handled anew, {number}.",
    ),
    "contested_seat": Text(
        zh="您对“{service}”结果的复核申请已收到，十个工作日内、活动开始前答复，编号{number}。",
        en="Your request for a review of “{service}” has come in; the answer comes before it begins, {number}.",
    ),
    "overturned_first": Text(
        zh="您申请的“{service}”经复核撤销原决定，您排在候补最前面，编号{number}。",
        en="The refusal of “{service}” was overturned; you are first on the waiting list, {number}.",
    ),
    "acknowledged": Text(
        zh="您申请的“{service}”经复核，原决定不对，但已没有名额，怎样补救请在“我的”里看，编号{number}。",
        en="The refusal of “{service}” was wrong, but nothing is left; see My page for what is offered, {number}.",
    ),
    "ready": Text(
        zh="您申请的“{service}”可以领取了，请出示“我的”里的领取码，编号{number}。",
        en="“{service}” is ready to fetch; show the code on My page, {number}.",
    ),
    "sent": Text(
        zh="您申请的“{service}”已寄出，单号在“我的”里看，收到请点确认，编号{number}。",
        en="“{service}” is on its way; see My page for the parcel number and say when it has come, {number}.",
    ),
    "bounced": Text(
        zh="寄给您的“{service}”被退回了，原因请在“我的”里看，编号{number}。",
        en="The parcel of “{service}” came back; see My page for why, {number}.",
    ),
    "delivered": Text(
        zh="寄给您的“{service}”按已收到处理；没有收到的，15天内请在“我的”里点“没有收到”，编号{number}。",
        en="“{service}” is taken as delivered; if it has not come, say so on My page within 15 days, {number}.",
    ),
    "missing": Text(
        zh="已记下您没有收到“{service}”，工会五个工作日内查清后告诉您，编号{number}。",
        en="Noted that “{service}” has not come; the union looks for it within five working days, {number}.",
    ),
    "another": Text(
        zh="寄给您的“{service}”没有找到，工会给您另备一份，编号{number}。",
        en="“{service}” was not found; the union prepares another for you, {number}.",
    ),
    "found": Text(
        zh="查到“{service}”已经送达，详情请在“我的”里看，有疑问请打12351，编号{number}。",
        en="“{service}” was found to have come; see My page, or ring 12351, {number}.",
    ),
    "signed": Text(
        zh="您已领取“{service}”，欢迎评价，编号{number}。", en="You have “{service}”; please rate it, {number}."
    ),
    "published": Text(
        zh="您申请的“{service}”正在公示，编号{number}。",
        en="Your application for “{service}” is under public notice, {number}.",
    ),
    "granted": Text(
        zh="您申请的“{service}”已批准，正在发放，编号{number}。",
        en="Your application for “{service}” was granted and is being paid, {number}.",
    ),
    "confirmed": Text(
        zh="您申请的“{service}”已确认，编号{number}。", en="Your application for “{service}” was confirmed, {number}."
    ),
    "moved": Text(zh="您的会籍已转到新工会，编号{number}。", en="Your membership is with the new union now, {number}."),
    "left": Text(zh="您已退出工会，编号{number}。", en="You have left the union, {number}."),
    "paid": Text(
        zh="您申请的“{service}”已发放到银行卡，欢迎评价，编号{number}。",
        en="“{service}” was paid to your card; please rate it, {number}.",
    ),
    "unpaid": Text(
        zh="您申请的“{service}”被银行退回，没有到账，请到“我的”里核对银行卡，编号{number}。",
        en="The bank returned the money of “{service}”; please check your card on My page, {number}.",
    ),
    "card_changed": Text(
        zh="“{service}”改发到尾号{card}的银行卡，不是您的卡请马上联系工会，编号{number}。",
        en="“{service}” is now sent to the card ending in {card}; tell the union at once if it is not yours, {number}.",
    ),
    "revoked": Text(
        zh="您申请的“{service}”已撤销发放，理由请在“我的”里看，不同意可申请复核，编号{number}。",
        en="The grant of “{service}” was revoked; see My page for why. You may ask for a review, {number}.",
    ),
    "recovered": Text(
        zh="您退回的“{service}”款项已登记到账，编号{number}。",
        en="What you paid back of “{service}” has come in, {number}.",
    ),
    "expired": Text(
        zh="您申请的“{service}”过期未领，已退回库存，编号{number}。",
        en="“{service}” was not fetched in time and went back to the stock, {number}.",
    ),
    "seated": Text(
        zh="您已报上“{offer}”，{when}{place}，请按时参加，编号{number}。",
        en="You are signed up for “{offer}”, {when} {place}, {number}.",
    ),
    "moved_up": Text(
        zh="您候补的“{offer}”有名额了，{when}，来不了请尽早退出，编号{number}。",
        en="A place in “{offer}” came free for you, {when}; if you cannot come, please withdraw soon, {number}.",
    ),
    "attended": Text(
        zh="您参加的“{offer}”已登记到场，欢迎评价，编号{number}。",
        en="You were noted as present at “{offer}”; please rate it, {number}.",
    ),
    "reschedule": Text(
        zh="您报名的“{offer}”改为{when}{place}，请留意，编号{number}。",
        en="“{offer}” was moved to {when} {place}, {number}.",
    ),
    "call_off": Text(
        zh="很抱歉，您报名的“{offer}”已由主办方取消，编号{number}。",
        en="“{offer}” was called off by the host, {number}.",
    ),
    "offer_reminder": Text(
        zh="提醒：您报名的“{offer}”{when}开始，{place}，编号{number}。",
        en="Reminder: “{offer}” begins {when}, {place}, {number}.",
    ),
    "reminder": Text(
        zh="您申请的“{service}”还没有领取，请尽快，编号{number}。",
        en="“{service}” has not been fetched yet; please do so soon, {number}.",
    ),
}


def _days(matter: Matter) -> str:
    """How many days an application that was sent back has."""
    clock = flow_of(matter).clocks.get("complete")
    return f"{clock.limit.amount:f}" if clock is not None and clock.limit is not None else ""


def tell(matter: Matter, name: str, key: str) -> None:
    """A message to the worker, in the service's words or the usual ones."""
    if matter.owner_id is None:
        return
    service = service_of(matter)
    words = service.messages.get(name) or NOTICES[name]
    told = {"number": matter.number, "days": _days(matter), **offers.words(matter), **matter.data.get("told", {})}
    if "{card}" in words.zh:
        told["card"] = Payment.objects.get(application__matter=matter).bank_card[-4:]
    payload = {"text": words.zh.format(service=service.zh, **told)}
    if words.en:
        payload["text_en"] = words.en.format(service=service.en or service.zh, **told)
    outbox.enqueue("notice.app", key, payload, matter=matter, account_id=matter.owner_id)


@notifier("services.*")
def notify(ctx: Context, name: str) -> None:
    """The notifier of every service's flow."""
    tell(ctx.matter, name, f"services:{ctx.matter.pk}:{name}:{ctx.matter.version}")


@tick("services.remind_worker")
def remind_worker(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    tell(matter, "reminder", f"services:{matter.pk}:reminder:{clock.pk}:{clock.step}")


@tick("services.remind_complete")
def remind_complete(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    """What is missing is asked for once more before the time is over."""
    tell(matter, "returned", f"services:{matter.pk}:returned:{clock.pk}:{clock.step}")


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


@guard("services.in_no_list")
def in_no_list(ctx: Context, args: Any) -> str | None:
    """A list of who had it before may come after the application: nobody is given it twice for that."""
    row = earlier.listed(service_of(ctx.matter), application_of(ctx).id_no)
    return in_a_list(row) if row is not None else None


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
