"""资金: a union's money for a service in a year. More is never promised than there is, however many decide at once; a
budget is proposed by one and confirmed by another."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed
from gonghui.kernel.scope import as_system, at_or_below
from gonghui.organisations.models import Organisation
from gonghui.services.models import Fund
from gonghui.services.stock import nearest_first

# Who proposes a budget; a leader, another person, confirms it.
PROPOSERS, CONFIRMERS = ("treasurer", "leader"), ("leader",)


def usable(service_id: str, holder_path: str, year: int) -> list[Fund]:
    """The holder's own funds, then those of the unions above that they allotted to the unions below them."""
    rows = nearest_first(Fund, service_id, holder_path, year)
    return [row for row in rows if row.for_below or row.organisation.path == holder_path]


def with_room(service_id: str, holder_path: str, year: int, value: Decimal) -> list[Fund]:
    """Those of the usable ones that have enough for this sum."""
    return [row for row in usable(service_id, holder_path, year) if row.left >= value]


def take(fund: Fund, value: Decimal) -> bool:
    """Set the sum aside; False where there is not enough any more."""
    enough = Fund.objects.filter(pk=fund.pk, total__gte=F("promised") + F("paid") + value)
    return bool(enough.update(promised=F("promised") + value))


def not_enough() -> GuardRefused:
    return GuardRefused([_("今年的资金不够这一笔，请先由领导追加预算。")])


def promise(service_id: str, holder_path: str, year: int, value: Decimal, *, own: bool = False) -> Fund:
    """Set the sum aside from the holder's fund, else from what the nearest union above allotted. GuardRefused when none
    has enough.

    `own`: from the holder's own funds and no other union's.
    """
    for row in usable(service_id, holder_path, year):
        if own and row.organisation.path != holder_path:
            continue
        if take(row, value):
            return row
    raise not_enough()


def promise_chosen(service_id: str, holder_path: str, year: int, value: Decimal, chosen: str | None) -> Fund:
    """Set the sum aside from the fund that was chosen: `chosen` is one of those with room. Without a choice from the
    only one there is; InvalidData beside `fund` where there are several (sources are kept apart, handbook 5.5)."""
    rows = with_room(service_id, holder_path, year, value)
    if chosen is None and len(rows) > 1:
        raise InvalidData({"fund": [_("有几笔资金都够，请选这一笔从哪里出。")]})
    found = [row for row in rows if chosen is None or str(row.pk) == chosen]
    if not found or not take(found[0], value):
        raise not_enough()
    return found[0]


def promise_like(earlier: Fund, holder_path: str, year: int, value: Decimal) -> Fund:
    """Set the sum aside from the same union's fund of the same source, in another year too."""
    for row in usable(earlier.service, holder_path, year):
        same = row.organisation_id == earlier.organisation_id and row.source == earlier.source
        if same and take(row, value):
            return row
    raise not_enough()


def give_back(fund_id: int, value: Decimal) -> None:
    """A promise that came to nothing."""
    Fund.objects.filter(pk=fund_id, promised__gte=value).update(promised=F("promised") - value)


def pay(fund_id: int, value: Decimal) -> None:
    """A promised sum has reached the worker."""
    Fund.objects.filter(pk=fund_id, promised__gte=value).update(promised=F("promised") - value, paid=F("paid") + value)


def label(fund: Fund) -> str:
    """Source, union and what is left, as one chooses it."""
    return _("%(source)s · %(union)s（还剩 %(left)s 元）") % {
        "source": fund.get_source_display(),
        "union": fund.organisation.name,
        "left": f"{fund.left:,.2f}",
    }


# A budget, proposed by one and confirmed by another


def _fits(fund: Fund, total: Decimal) -> None:
    used = fund.promised + fund.paid
    if total < used:
        raise InvalidData({"total": [_("已经答应和发放 %(used)s 元，预算不能少于它。") % {"used": f"{used:,.2f}"}]})


@transaction.atomic
def propose_new(
    actor: Actor, union: Organisation, service: str, source: str, year: int, total: Decimal, why: str, below: bool
) -> Fund:
    """A budget of nothing, with a total that another person is to confirm. InvalidData where there is one already."""
    row, made = Fund.objects.get_or_create(
        service=service, organisation=union, year=year, source=source, defaults={"total": Decimal(0)}
    )
    if not made:
        raise InvalidData({"source": [_("这项服务今年已有这个来源的预算，请在列表里改。")]})
    return propose(actor, row, total, why, below)


@transaction.atomic
def propose(actor: Actor, fund: Fund, total: Decimal, why: str, below: bool) -> Fund:
    """Nothing changes yet. A later proposal takes the place of one that nobody has confirmed."""
    if fund.organisation.path not in actor.paths_as(*PROPOSERS):
        raise NotAllowed
    if not why.strip():
        raise InvalidData({"why": [_("请写明依据（预算批复、会议纪要等）。")]})
    row = Fund.objects.select_for_update(of=("self",)).get(pk=fund.pk)
    _fits(row, total)
    row.proposed_total, row.proposed_why, row.proposed_below = total, why.strip()[:200], below
    row.proposed_by_id = actor.account_id
    row.save(update_fields=["proposed_total", "proposed_why", "proposed_below", "proposed_by"])
    after = {"service": row.service, "total": str(total), "for_below": below, "why": row.proposed_why}
    trail.record(f"fund:{row.pk}", "propose_budget", actor=actor, before={"total": str(row.total)}, after=after)
    return row


@transaction.atomic
def confirm(actor: Actor, fund: Fund, total: Decimal, below: bool) -> Fund:
    """By a leader who did not propose it; `total` and `below` are what they read. GuardRefused where another proposal
    stands by now."""
    if fund.organisation.path not in actor.paths_as(*CONFIRMERS):
        raise NotAllowed
    row = Fund.objects.select_for_update(of=("self",)).get(pk=fund.pk)
    if row.proposed_total is None or (row.proposed_total, row.proposed_below) != (total, below):
        raise GuardRefused([_("提请的内容已经变了，请刷新再看。")])
    if row.proposed_by_id is not None and row.proposed_by_id == actor.account_id:
        raise GuardRefused([_("预算要由提请以外的另一位领导确认。")])
    _fits(row, total)
    before = {"total": str(row.total), "for_below": row.for_below}
    # By one statement: what is promised meanwhile is not in the row read above.
    changed = Fund.objects.filter(pk=row.pk, promised__lte=total - F("paid")).update(
        total=total, for_below=row.proposed_below, proposed_total=None, proposed_why="", proposed_by=None
    )
    if not changed:
        row.refresh_from_db()
        _fits(row, total)
    after = {"service": row.service, "total": str(total), "for_below": row.proposed_below}
    trail.record(f"fund:{row.pk}", "confirm_budget", actor=actor, before=before, after=after)
    row.refresh_from_db()
    return row


def of_unions(own: tuple[str, ...], below: tuple[str, ...], year: int) -> list[Fund]:
    """The funds of a year of these unions, and of all at or below others."""
    asked = Q(organisation__path__in=own) | at_or_below("organisation__path", below)
    with as_system("sums, no names; the caller says whose unions"):
        rows = Fund.objects.select_related("organisation", "proposed_by").filter(asked, year=year)
        return list(rows.order_by("organisation__path", "service", "source"))
