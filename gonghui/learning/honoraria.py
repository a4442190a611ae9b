"""讲师课酬: reckoned from sessions really held, by title and hours; the lecturer claims it with their own card, and the
host's union proposes, reviews and approves it (handbook 5.15: honorarium rule)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import outbox, trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.kernel.vault import blind_index
from gonghui.law.calculators.money import cents, exact, yuan
from gonghui.learning import counting, tables
from gonghui.learning.models import Teaching
from gonghui.people.models import Account
from gonghui.services import facts
from gonghui.services.actions import load
from gonghui.services.amounts import Amount
from gonghui.services.catalogue import catalogue, service_of
from gonghui.services.models import Application, Offer

SERVICE = "L03"
HALF = Decimal("0.5")
NOON = 13


def day_of(offer: Offer) -> date:
    """The day of a session, by which rules are chosen. KeyError for one without a date."""
    if offer.starts is None:
        raise KeyError(offer.pk)
    return offer.starts.astimezone(SHANGHAI).date()


def most_hours(offer: Offer) -> Decimal:
    """学时 that a session lasted as it was announced, to half an hour downwards, and no more than its half days allow.
    0 where no rule is in force or the session has no end."""
    if offer.starts is None or offer.ends is None or (rule := tables.honoraria().rule_on(day_of(offer))) is None:
        return Decimal(0)
    minutes = Decimal(int((offer.ends - offer.starts).total_seconds() // 60))
    hours = (minutes / rule.hour_minutes / HALF).to_integral_value(ROUND_DOWN) * HALF
    return min(hours, Decimal(rule.half_day_hours * _half_days(offer.starts, offer.ends)))


def _half_days(starts: datetime, ends: datetime) -> int:
    """How many mornings and afternoons a session touches: the morning ends at one o'clock."""
    first, last = starts.astimezone(SHANGHAI), ends.astimezone(SHANGHAI)
    halves = 2 * (last.date() - first.date()).days + 1
    return max(1, halves - (first.hour >= NOON) + (last.hour >= NOON))


def of_offer(offer: Offer) -> Teaching | None:
    """Who taught a session. The caller has found that the offer is the actor's own."""
    with as_system("the host's own session"):
        return Teaching.objects.filter(offer=offer).first()


@transaction.atomic
def register(
    actor: Actor, offer: Offer, *, name: str, phone: str, title: str, title_proof: str, hours: Decimal
) -> Teaching:
    """授课登记 after the session; the lecturer is told that the honorarium can be claimed. The caller has found that
    the offer is of the actor's own union. InvalidData beside a field; GuardRefused before the session counts as held,
    or once the honorarium has been claimed."""
    held = counting.session(offer)
    if held is None:
        raise GuardRefused([_("还没有开始，不能登记授课。")])
    if held.missing:
        raise GuardRefused(
            [_("这一场还不算数：%(missing)s。补齐以后才能登记授课。") % {"missing": "、".join(held.missing)}]
        )
    with as_system("the host's own session"):
        account = _lecturer(offer, phone, title, hours)
        if claimed(offer):
            raise GuardRefused([_("讲师已经申领，不能再改；不对的请在申领里退回。")])
        row, _made = Teaching.objects.update_or_create(
            offer=offer,
            defaults={
                "account": account, "lecturer_name": name.strip(), "title": title, "title_proof": title_proof.strip(),
                "hours": hours, "by_id": actor.account_id, "at": now(),
            },
        )  # fmt: skip
    after = {"title": title, "hours": str(hours), "lecturer": account.pk}
    trail.record(f"offer:{offer.pk}", "teaching", actor=actor, after=after, org_path=offer.organisation.path)
    words = _("您讲的“%(title)s”可以申领课酬，请到“办服务”里办理“讲师课酬”。") % {"title": offer.title[:20]}
    outbox.enqueue(
        "notice.app", f"learning:teaching:{row.pk}:{row.at:%Y%m%d%H%M%S}", {"text": words}, account_id=account.pk
    )
    return row


def claimed(offer: Offer) -> bool:
    """Whether an application for the honorarium of this session is under way, or was paid."""
    keys = facts.once_keys(catalogue().services[SERVICE], {"session": str(offer.pk)}, None, today())
    return facts.already_taken(keys) is not None


def _lecturer(offer: Offer, phone: str, title: str, hours: Decimal) -> Account:
    """The lecturer's account, the rest being right. InvalidData beside what is not."""
    wrong: dict[str, list[str]] = {}
    rule, most = tables.honoraria().rule_on(day_of(offer)), most_hours(offer)
    if rule is None or title not in {one.code for one in rule.titles}:
        wrong["title"] = [_("这一天没有这个职称的标准。")]
    if not 0 < hours <= most or hours % HALF:
        wrong["hours"] = [_("按实际讲的写，半学时一档，这一场最多 %(most)s 学时。") % {"most": most}]
    account = Account.objects.filter(kind=Account.Kind.WORKER, phone_index=blind_index("phone", phone)).first()
    if account is None:
        wrong["phone"] = [_("这个手机号还没有登录过本平台，请讲师先用它登录一次。")]
    if wrong or account is None:
        raise InvalidData(wrong)
    return account


def claimable(account_id: int | None) -> list[Teaching]:
    """What somebody has taught, the newest first."""
    if account_id is None:
        return []
    with as_system("one's own teaching"):
        rows = Teaching.objects.select_related("offer__organisation").filter(account_id=account_id)
        return list(rows.order_by("-at", "-pk")[:100])


@dataclass(frozen=True)
class Reckoned:
    """What one session's teaching comes to. `mark`: how sure the rate is; `source`: where it is from."""

    teaching: Teaching
    title: str
    amount: Amount
    mark: str
    source: str


def reckon(teaching: Teaching) -> Reckoned | None:
    """By the rule of the day of the session: hours × the rate of the title. None where no rule covers it."""
    rule = tables.honoraria().rule_on(day_of(teaching.offer))
    title = next((one for one in rule.titles if one.code == teaching.title), None) if rule is not None else None
    if rule is None or title is None:
        return None
    value = exact(title.most) * exact(teaching.hours)
    working = _("%(title)s，%(rate)s × %(hours)s 学时 = %(sum)s") % {
        "title": str(title), "rate": yuan(exact(title.most)), "hours": teaching.hours.normalize(), "sum": yuan(value),
    }  # fmt: skip
    amount = Amount(cents(value), working, title.mark in ("V", "P"))
    return Reckoned(teaching, str(title), amount, title.mark, rule.source)


def of_session(offer_id: int) -> Teaching | None:
    with as_system("the caller may see the claim"):
        return Teaching.objects.select_related("offer__organisation").filter(offer_id=offer_id).first()


def of_application(application: Application) -> Reckoned | None:
    """What the claimed session comes to. The caller may see the application."""
    values = load(service_of(application), application.values_json)
    row = of_session(int(values["session"]))
    return reckon(row) if row is not None else None
