"""Handing over goods (领取): the code, how long they are kept, the piece that leaves the stock."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import choices, effect, guard, limit, tick
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.matters import Context
from gonghui.kernel.models import Clock, Matter
from gonghui.kernel.tickets import code_index, guessed_wrong, guessing, new_code, too_many_wrong
from gonghui.kernel.times import SHANGHAI, day_of
from gonghui.services import stock
from gonghui.services.catalogue import service_of
from gonghui.services.models import Voucher
from gonghui.services.rules.applying import tell
from gonghui.services.rules.common import application_of, values_of

CODE = "pickup"
# In a matter's data: the union has said that the parcel came.
FOUND = "parcel_found"


def voucher_of(ctx: Context) -> Voucher:
    return Voucher.objects.select_related("stock").get(application=application_of(ctx))


@choices("services.pickup_points")
def pickup_points(matter: Matter | None, actor: Actor | None) -> list[tuple[str, str]]:
    """By these words an answer is read; the form itself offers those of the union that hands over (`forms`)."""
    return stock.all_points()


@limit("services.limit_keep")
def limit_keep(matter: Matter) -> Limit:
    """How long goods are kept for who was told to fetch them."""
    return Limit.model_validate({"days": service_of(matter).result.keep_days})


@effect("services.issue_code")
def issue_code(ctx: Context, args: Any) -> None:
    """A code of eight digits that no other waiting piece has."""
    voucher = voucher_of(ctx)
    waiting = Voucher.objects.filter(handed_at=None, returned_at=None)
    voucher.pickup_code, voucher.code_hash = new_code(CODE, lambda index: waiting.filter(code_hash=index).exists())
    voucher.keep_until = (ctx.now.astimezone(SHANGHAI) + timedelta(days=service_of(ctx.matter).result.keep_days)).date()
    voucher.save(update_fields=["pickup_code", "code_hash", "keep_until"])


@guard("services.code_fits")
def code_fits(ctx: Context, args: Any) -> str | None:
    if ctx.preview:
        return None
    voucher = voucher_of(ctx)
    if voucher.handed_at is not None:
        return _("这份已经领走了。")
    if guessing(CODE, ctx.actor.account_id):
        return too_many_wrong()
    if not voucher.code_hash or not hmac.compare_digest(code_index(CODE, ctx.data["code"] or ""), voucher.code_hash):
        guessed_wrong(CODE, ctx.actor.account_id)
        return _("领取码不对，请让职工打开“我的”，核对八位数字。")
    return None


@guard("services.asked_by_post")
def asked_by_post(ctx: Context, args: Any) -> str | None:
    return None if values_of(ctx).get("how") == "post" else _("职工选的是自己来取，请备好以后通知领取。")


@effect("services.tell_parcel")
def tell_parcel(ctx: Context, args: Any) -> None:
    """What the worker reads while it is on its way."""
    application = application_of(ctx)
    application.told_text = _(
        "已寄出：%(carrier)s，单号 %(number)s。收到请点“确认收到”；没有收到请点“没有收到”，工会会查清。"
    ) % {
        "carrier": ctx.data["carrier"],
        "number": ctx.data["parcel_no"],
    }
    application.save(update_fields=["told_text"])
    ctx.matter.data = {name: value for name, value in ctx.matter.data.items() if name != FOUND}


@guard("services.may_be_missing")
def may_be_missing(ctx: Context, args: Any) -> str | None:
    """Only of what was sent, and once a parcel: what the union found out then stands."""
    if voucher_of(ctx).code_hash:
        return _("这份是核对领取码当面交付的。")
    if ctx.matter.data.get(FOUND):
        return _("工会已经查过这件快递，还有疑问请拨打 12351。")
    return None


@effect("services.take_back")
def take_back(ctx: Context, args: Any) -> None:
    """没有收到: what counted as signed for is promised again, for as long as the union looks for it."""
    voucher = voucher_of(ctx)
    if voucher.handed_at is None:
        return
    voucher.handed_at, voucher.handed_by_id = None, None
    voucher.save(update_fields=["handed_at", "handed_by"])
    stock.take_back(voucher.stock_id)


@effect("services.another_piece")
def another_piece(ctx: Context, args: Any) -> None:
    """The lost piece has left the stock and does not come back; another is promised, of the same size."""
    voucher, service = voucher_of(ctx), service_of(ctx.matter)
    lost = voucher.stock
    stock.hand_over(lost.pk)
    asked = stock.wanted_anywhere(service, values_of(ctx))
    with stock.without_the_form():
        voucher.stock = stock.promise(service.id, voucher.holder_path, day_of(ctx.now).year, asked, prefer=lost.pk)
    voucher.save(update_fields=["stock"])
    ctx.record(lost=lost.pk, stock=voucher.stock_id)


@effect("services.say_found")
def say_found(ctx: Context, args: Any) -> None:
    ctx.matter.data = {**ctx.matter.data, FOUND: True}


@tick("services.remind_parcel")
def remind_parcel(matter: Matter, clock: Clock, now: datetime, args: dict[str, Any]) -> None:
    tell(matter, "sent", f"services:{matter.pk}:parcel:{clock.pk}:{clock.step}")


@effect("services.hand_over")
def hand_over(ctx: Context, args: Any) -> None:
    voucher = voucher_of(ctx)
    voucher.handed_at, voucher.handed_by_id = ctx.now, ctx.actor.account_id
    voucher.save(update_fields=["handed_at", "handed_by"])
    stock.hand_over(voucher.stock_id)
