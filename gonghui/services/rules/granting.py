"""Money: the sum, the public notice, the fund it is set aside from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.calendar import default_calendar
from gonghui.kernel.flow import choices, effect, guard
from gonghui.kernel.matters import Context
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, day_of, today
from gonghui.kernel.vault import mask_name
from gonghui.organisations.models import Organisation
from gonghui.services import amounts, funds, hooks
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application, Objection, Payment, PublicNotice
from gonghui.services.rules.common import application_of, values_of
from gonghui.services.spec import Service

# In the matter's data: the objections that were right against an earlier notice than the present one.
CORRECTED = "corrected_objections"


def reckoned(service: Service, application: Application) -> amounts.Amount | None:
    """What the rules of the day of the application come to, or the room that reckons it."""
    if service.reckoned:
        return hooks.reckoned(service, application)
    day = day_of(application.applied_at)
    return amounts.amount(service.amounts, load(service, application.values_json), day)


def sum_of(matter: Matter) -> Decimal:
    """The sum that the first check confirmed."""
    return Decimal(matter.data["amount"])


@guard("services.amount_fits")
def amount_fits(ctx: Context, args: Any) -> str | None:
    """More than the rule gives is never granted; less needs its reason in the note, which is asked for anyway."""
    if ctx.preview:
        return None
    value = ctx.data["amount"]
    if value <= 0:
        return _("金额要大于零；不该发的请选“不通过”。")
    found = reckoned(service_of(ctx.matter), application_of(ctx))
    if found is not None and value > found.value:
        return _("按标准最多 %(most)s 元：%(working)s。") % {"most": f"{found.value:,.2f}", "working": found.working}
    return None


@effect("services.set_amount")
def set_amount(ctx: Context, args: Any) -> None:
    ctx.matter.data["amount"] = str(ctx.data["amount"])


@effect("services.publish")
def publish(ctx: Context, args: Any) -> None:
    """The notice of the sum that the first check confirmed."""
    post_notice(ctx, sum_of(ctx.matter))


def post_notice(ctx: Context, value: Decimal) -> None:
    """The notice: a masked name, the unit, the sum (none where nothing is granted yet), from today for the working
    days of the clock."""
    application, service = application_of(ctx), service_of(ctx.matter)
    values = values_of(ctx)
    opens = day_of(ctx.now)
    limit = ctx.flow.clocks["notice"].limit
    days = int(limit.amount) if limit is not None else 5
    closes = day_of(default_calendar().add_working_days(ctx.now, days).at)
    unit = values.get(service.result.unit) if service.result.unit else ""
    notice, _made = PublicNotice.objects.update_or_create(
        application=application,
        defaults={
            "organisation": Organisation.objects.get(path=ctx.matter.holder_path),
            "masked_name": mask_name(str(values[service.result.payee])),
            "unit": str(unit or "")[:80],
            "amount": value,
            "opens": opens,
            "closes": closes,
            "withdrawn": False,
        },
    )
    # What was right against an earlier notice has been corrected before this one.
    corrected = notice.objections.filter(upheld=True).values_list("pk", flat=True)
    ctx.matter.data = {**ctx.matter.data, CORRECTED: list(corrected)}


@effect("services.end_notice")
def end_notice(ctx: Context, args: Any) -> None:
    """Off the public page: the time is over, or the application went another way."""
    PublicNotice.objects.filter(application=application_of(ctx)).update(withdrawn=True)


@guard("services.no_open_objection")
def no_open_objection(ctx: Context, args: Any) -> str | None:
    named = [one for one in Objection.objects.filter(notice__application=application_of(ctx), upheld=None) if one.named]
    if named:
        return _("还有没核查完的异议，核查清楚才能批准。")
    upheld = Objection.objects.filter(notice__application=application_of(ctx), upheld=True)
    if upheld.exclude(pk__in=ctx.matter.data.get(CORRECTED, ())).exists():
        return _("有异议成立，不能批准。")
    # A text of before went on to the decision as soon as an objection was settled.
    stands = PublicNotice.objects.filter(application=application_of(ctx), withdrawn=False, closes__gte=day_of(ctx.now))
    if (notice := stands.first()) is not None:
        return _("公示到 %(day)s 才满，期满以后才能办这一步。") % {"day": notice.closes.isoformat()}
    return None


@effect("services.settle")
def settle(ctx: Context, args: Any) -> None:
    for one in Objection.objects.filter(notice__application=application_of(ctx), upheld=None):
        one.settle(ctx.data["finding"], ctx.data["upheld"] == "yes", ctx.actor.account_id, ctx.now)


@choices("services.funds_with_room")
def funds_with_room(matter: Matter, actor: Actor) -> list[tuple[str, str]]:
    """From what this sum can be paid: source, union and what is left there."""
    value = Decimal(matter.data.get("amount", 0))
    with as_system("whoever grants sees which funds there are"):
        rows = funds.with_room(service_of(matter).id, matter.holder_path, today().year, value)
    return [(str(row.pk), funds.label(row)) for row in rows]


@effect("services.promise_money")
def promise_money(ctx: Context, args: Any) -> None:
    application, service = application_of(ctx), service_of(ctx.matter)
    value, year = sum_of(ctx.matter), ctx.now.astimezone(SHANGHAI).year
    if "fund" in ctx.data:
        fund = funds.promise_chosen(service.id, ctx.matter.holder_path, year, value, ctx.data["fund"])
    else:
        # Begun when nobody chose it.
        fund = funds.promise(service.id, ctx.matter.holder_path, year, value)
    found = reckoned(service, application)
    set_aside(ctx, fund.pk, value, found.working if found is not None else "")


def set_aside(ctx: Context, fund_id: int, value: Decimal, working: str) -> Payment:
    """The payment of a grant. One that was revoked, and whose revocation was overturned, is granted anew in its row."""
    application, service, values = application_of(ctx), service_of(ctx.matter), values_of(ctx)
    ctx.record(fund=fund_id)
    # A card that was corrected meanwhile is right, not the form's.
    corrected = Payment.objects.filter(application=application).exclude(card_changed_at=None).first()
    payment, _made = Payment.objects.update_or_create(
        application=application,
        defaults={
            "fund_id": fund_id,
            "holder_path": ctx.matter.holder_path,
            "amount": value,
            "working": working,
            "payee": str(values[service.result.payee]),
            "bank_card": corrected.bank_card if corrected else str(values[service.result.card]),
            "granted_by_id": ctx.actor.account_id,
            "status": Payment.Status.PROMISED,
            "reason": "",
            "new_card": "",
            "card_changed_at": corrected.card_changed_at if corrected else None,
            "batch": None,
            "at": ctx.now,
        },
    )
    return payment
