"""A granted sum on its way: arrived, returned by the bank, the card put right by two, revoked, got back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils.translation import gettext as _

from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.flow import choices, effect, guard
from gonghui.kernel.matters import Context
from gonghui.kernel.models import Matter, TrailEntry
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of
from gonghui.services import funds
from gonghui.services.fields import is_bank_card
from gonghui.services.models import Payment, Recovery
from gonghui.services.rules.applying import tell
from gonghui.services.rules.common import application_of

Status = Payment.Status


def payment_of(ctx: Context) -> Payment:
    return Payment.objects.get(application=application_of(ctx))


@effect("services.paid")
def paid(ctx: Context, args: Any) -> None:
    payment = payment_of(ctx)
    payment.status, payment.reason, payment.at = Status.PAID, "", ctx.now
    payment.save(update_fields=["status", "reason", "at"])
    funds.pay(payment.fund_id, payment.amount)


@effect("services.tell_handlers")
def tell_handlers(ctx: Context, args: Any) -> None:
    """银行退回: who handles it at the union is told at once, not when the clock has run."""
    key = f"payment_returned:{ctx.matter.pk}:{ctx.matter.version}"
    text = f"{ctx.matter.number} 的款项被银行退回，请与职工核对银行卡。"
    payload = {"path": ctx.matter.holder_path, "kind": "payment_returned", "number": ctx.matter.number, "text": text}
    outbox.enqueue("notice.staff", key, payload, matter=ctx.matter)


# The card: by its owner, or entered by one of the staff and confirmed by another


def _number(ctx: Context) -> str:
    return "".join((ctx.data["card"] or "").split())


@guard("services.card_is_right")
def card_is_right(ctx: Context, args: Any) -> str | None:
    if ctx.preview or is_bank_card(_number(ctx)):
        return None
    return _("银行卡号不对，请对照卡面核对。")


@effect("services.give_card")
def give_card(ctx: Context, args: Any) -> None:
    payment_of(ctx).send_again(_number(ctx), ctx.now)


@effect("services.send_again")
def send_again(ctx: Context, args: Any) -> None:
    payment = payment_of(ctx)
    payment.send_again(payment.bank_card, ctx.now)


@effect("services.propose_card")
def propose_card(ctx: Context, args: Any) -> None:
    """Nothing is sent yet. A later number takes the place of one that nobody has confirmed."""
    payment = payment_of(ctx)
    payment.new_card = _number(ctx)
    payment.save(update_fields=["new_card"])


@guard("services.card_proposed")
def card_proposed(ctx: Context, args: Any) -> str | None:
    return None if payment_of(ctx).new_card else _("还没有人登记新的银行卡。")


@choices("services.proposed_card")
def proposed_card(matter: Matter, actor: Actor) -> list[tuple[str, str]]:
    """The card that waits, by its end: so nobody confirms another one than they read."""
    with as_system("the actor sees this matter"):
        card = Payment.objects.get(application__matter=matter).new_card
    return [(card[-4:], _("尾号 %(tail)s") % {"tail": card[-4:]})] if card else []


@effect("services.confirm_card")
def confirm_card(ctx: Context, args: Any) -> None:
    payment = payment_of(ctx)
    payment.send_again(payment.new_card, ctx.now)


@guard("services.payment_failed")
def payment_failed(ctx: Context, args: Any) -> str | None:
    return None if payment_of(ctx).status == Status.FAILED else _("银行没有退回这一笔，不用更正。")


@effect("services.correct_card")
def correct_card(ctx: Context, args: Any) -> None:
    """In an application that began when one person could do it alone: two enter the same number, one after the
    other."""
    payment, card = payment_of(ctx), _number(ctx)
    if payment.new_card != card:
        propose_card(ctx, args)
        ctx.note(_("要由另一位同事再登记一次同一个卡号才生效。"))
        return
    last = TrailEntry.objects.filter(stream=f"matter:{ctx.matter.pk}", verb="correct_card").order_by("-seq").first()
    if last is not None and last.actor_id == ctx.actor.account_id:
        raise GuardRefused([_("要由另一位同事再登记一次同一个卡号才生效。")])
    payment.send_again(card, ctx.now)
    tell(ctx.matter, "card_changed", f"services:{ctx.matter.pk}:card_changed:{ctx.matter.version}")


# 撤销发放 and 追回


@guard("services.another_granted")
def another_granted(ctx: Context, args: Any) -> str | None:
    """Whoever granted does not revoke; for a month of a monthly aid that is who decided the whole of it."""
    granter = payment_of(ctx).granted_by_id
    if granter is not None and granter == ctx.actor.account_id:
        return _("这一步必须由另一位同事来做：这一笔是您批准的。")
    return None


def at_the_bank() -> str:
    return _("这一笔已经在送银行的文件里，撤不回来：等银行回盘，没有到账的再撤销，已经到账的登记追回。")


@guard("services.not_at_the_bank")
def not_at_the_bank(ctx: Context, args: Any) -> str | None:
    return at_the_bank() if payment_of(ctx).status == Status.SENT else None


@effect("services.give_back_money")
def give_back_money(ctx: Context, args: Any) -> None:
    """Not paid: what was set aside is free again. By one statement, so that a file made at the same instant has it or
    does not."""
    payment = payment_of(ctx)
    rows = Payment.objects.filter(pk=payment.pk, status__in=(Status.PROMISED, Status.FAILED))
    if not rows.update(status=Status.CANCELLED):
        raise GuardRefused([at_the_bank()])
    funds.give_back(payment.fund_id, payment.amount)
    ctx.record(given_back=str(payment.amount), fund=payment.fund_id)


@guard("services.recovery_fits")
def recovery_fits(ctx: Context, args: Any) -> str | None:
    """No more than was paid, and nothing before it was."""
    payment = payment_of(ctx)
    had = payment.recoveries.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)
    if had >= payment.amount:
        return _("这一笔已经全部追回。")
    if ctx.preview:
        return None
    value, day = ctx.data["recovered"], ctx.data["recovered_on"]
    if not 0 < value <= payment.amount - had:
        return _("追回金额要大于零，最多 %(most)s 元。") % {"most": f"{payment.amount - had:,.2f}"}
    if not day_of(payment.at) <= day <= day_of(ctx.now):
        return _("到账日期要在发放以后，不晚于今天。")
    return None


@effect("services.recover")
def recover(ctx: Context, args: Any) -> None:
    """A record: whether the money may be given out again is decided with the budget."""
    Recovery.objects.create(
        payment=payment_of(ctx),
        amount=ctx.data["recovered"],
        day=ctx.data["recovered_on"],
        reason_text=ctx.data["reason_told"],
        by_id=ctx.actor.account_id,
        at=ctx.now,
    )
