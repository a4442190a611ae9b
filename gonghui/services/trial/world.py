"""What a trial walks in: a transaction that comes to nothing, a made-up worker, goods, money and an offer.

Identity numbers begin with a place's code that was never given out, so that they are nobody's. Nothing is looked up by
what the author types into a secret field: those are always made up, and tell nothing of real people.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import connection, transaction

from gonghui.kernel.actor import ANONYMOUS, Actor
from gonghui.kernel.calendar import months_later
from gonghui.kernel.flow import get_flow
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.membership.models import Membership
from gonghui.organisations.models import Organisation
from gonghui.organisations.queries import organisation_for_region
from gonghui.people.actors import actor_for
from gonghui.people.models import Account, DutyAssignment, Person
from gonghui.services import funds, stock
from gonghui.services.models import Fund, Offer, Stock
from gonghui.services.rules.handing import above
from gonghui.services.spec import FormField, Service
from gonghui.services.trial.filling import Filler, people

NOBODY = "529999"
NAME = "王小明"
STATEMENT_MOST, LOCK_MOST = "8s", "2s"


@contextmanager
def rolled_back() -> Iterator[None]:
    """Whatever the body writes is undone at its end; on PostgreSQL it waits for nobody for long."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_MOST}'")
                cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_MOST}'")
        try:
            yield
        finally:
            transaction.set_rollback(True)


@dataclass(frozen=True)
class Worker:
    """Somebody made up, in a place, with a profile."""

    account: Account
    actor: Actor
    number: str


def made_up(spec: FormField) -> bool:
    """Whether a trial always makes the value up: what tells of a person, and what only the platform knows."""
    return spec.secret or spec.type in ("id_no", "bank_card", "phone", "uscc", "file", "rows", "offer", "promise")


def a_worker(service: Service, region: str, phone: str, home: str = "") -> Worker:
    """A member of the union there (or at `home`), unless the service is for who is not a member yet."""
    number = people(NOBODY)[0]
    account = Account.objects.create_worker(phone)
    with as_system("somebody made up"):
        Person.objects.update_or_create(
            account=account, defaults={"name": NAME, "id_no": number, "region_id": region or None}
        )
        union = organisation_for_region(home or region)
        joins = not any(condition.fact == "member" and condition.is_ is False for condition in service.eligibility)
        if joins and union is not None:
            Membership.objects.create(
                account=account, name=NAME, id_no=number, phone=phone, organisation=union, path=union.path,
                number=f"T-{secrets.token_hex(8)}", since=months_later(today(), -_months(service)),
            )  # fmt: skip
    return Worker(account, actor_for(account), number)


def _months(service: Service) -> int:
    """For how many months somebody whom the service is for has been a member."""
    asked = [one for one in service.eligibility if one.fact == "member_months"]
    least = max((one.at_least for one in asked if one.at_least is not None), default=0)
    most = min((one.at_most for one in asked if one.at_most is not None), default=12)
    return min(max(least, 6), most)


def free_phone() -> str:
    """A number that no account here has."""
    from gonghui.kernel.vault import blind_index

    while True:
        phone = f"199{secrets.randbelow(10**8):08d}"
        if not Account.objects.filter(phone_index=blind_index("phone", phone)).exists():
            return phone


def a_clerk(role: str, path: str, label: str) -> Actor:
    """Somebody with one duty, new for every step: no step is refused because the same person took another one."""
    account = Account.objects.create(username=f"trial-{secrets.token_hex(8)}", display_name=label[:40])
    DutyAssignment.objects.create(
        account=account,
        role=role,
        organisation=Organisation.objects.get(path=path),
        valid_from=today() - timedelta(days=1),
    )
    return actor_for(account)


@dataclass(frozen=True)
class Shelf:
    """What the union has for the service, as the trial found or made it."""

    stocks: tuple[int, ...]
    funds: tuple[int, ...]
    offers: tuple[int, ...]
    notes: tuple[str, ...]


def provide(service: Service, holder: Organisation, day: date, actor: Actor | None = None) -> Shelf:
    """Goods, money and an offer where the union has none: the trial's own, gone with it."""
    notes: list[str] = []
    if service.result.kind == "goods" and stock.left(service.id, holder.path, day.year) < 1:
        Stock.objects.create(
            service=service.id, organisation=holder, item="试办物品", year=day.year, total=5, place=holder.name
        )
        notes.append("goods")
    payer = payer_of(service, holder) if service.result.kind == "payment" else holder
    money = funds.usable(service.id, payer.path, day.year)
    if service.result.kind == "payment" and not any(fund.left >= 100_000 for fund in money):
        source = next(one for one in Fund.Source.values if all(fund.source != one for fund in money))
        Fund.objects.create(
            service=service.id, organisation=payer, year=day.year, source=source, total=Decimal(1_000_000)
        )
        notes.append("money")
    offers: list[int] = []
    if service.offers is not None:
        offers.append(an_offer(service, holder, actor).pk)
        notes.append("offer")
    stocks = stock.nearest_first(Stock, service.id, holder.path, day.year)
    money = funds.usable(service.id, payer.path, day.year)
    return Shelf(tuple(row.pk for row in stocks), tuple(row.pk for row in money), tuple(offers), tuple(notes))


def payer_of(service: Service, holder: Organisation) -> Organisation:
    """The union that pays: the one above to which the flow hands an application up, else the one that has it."""
    flow = get_flow(service.kind_of_matter)
    calls = [call for step in flow.transitions for call in step.effects if call.name == "services.hand_up"]
    found = (above(holder.path, call.args["level"]) for call in calls)
    return next((one for one in found if one is not None), holder)


def an_offer(service: Service, holder: Organisation, actor: Actor | None = None) -> Offer:
    """One that begins in two days and lasts two hours, with something told in each of its fields."""
    filler = Filler(service, actor or ANONYMOUS, regions=(holder.region_id or "",))
    asked = service.offers.fields if service.offers is not None else ()
    told = {spec.name: values[0] for spec in asked if spec.type != "file" and (values := filler.values(spec))}
    starts = now() + timedelta(hours=48)
    dated = service.offers is None or service.offers.dated
    return Offer.objects.create(
        service=service.id,
        organisation=holder,
        region=holder.region_id or "",
        title="试办的一场",
        data=told,
        starts=starts if dated else None,
        ends=starts + timedelta(hours=2) if dated else None,
        place=holder.name[:60],
        capacity=None if service.offers is not None and service.offers.capacity == "none" else 10,
        status=Offer.Status.PUBLISHED,
        made_at=now(),
    )
