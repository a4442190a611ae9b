"""站点: the pick-up points of a union, who keeps them, and handing over at one's own by the worker's code.

A keeper has the duty `station` at the union and is named for single points. They see no application: the code that the
worker shows opens one step of one, at this point alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor, Duty
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.tickets import looked_up
from gonghui.kernel.times import today
from gonghui.kernel.vault import mask_name
from gonghui.organisations.models import Organisation
from gonghui.people.models import Account, DutyAssignment
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of
from gonghui.services.models import PointKeeper, Stock, Voucher
from gonghui.services.rules.goods import CODE
from gonghui.services.stock import variant_names

ROLE = "station"
# Who names the keepers and fills the shelves.
NAMERS = ("leader", "dispatcher")
STEP = "hand_over"


@dataclass(frozen=True)
class Waiting:
    """What the keeper reads of goods under a code: no more than it takes to hand over the right ones."""

    voucher: Voucher
    item: str
    variant: str
    name: str


def _kept(actor: Actor) -> list[tuple[int, int]]:
    """(union, point) of what this actor keeps today: named for it, and still on duty there."""
    if actor.account_id is None:
        return []
    rows = PointKeeper.objects.filter(account_id=actor.account_id, organisation__path__in=actor.paths_as(ROLE))
    return list(rows.values_list("organisation_id", "venue_number"))


def _there(actor: Actor, prefix: str = "") -> Q:
    """Which stock lies at the actor's own points."""
    found = Q(pk__in=[])
    for union, number in _kept(actor):
        found |= Q(**{f"{prefix}organisation": union, f"{prefix}venue_number": number})
    return found


def shelves(actor: Actor) -> list[Stock]:
    """What lies at the actor's points this year."""
    return list(Stock.objects.filter(_there(actor), year=today().year).order_by("place", "item", "variant"))


def find(actor: Actor, code: str) -> Waiting:
    """What waits under this code at one of the actor's own points. NotFound otherwise."""

    def look(index: str) -> Voucher | None:
        with as_system("the code is asked for, at the keeper's own points"):
            rows = Voucher.objects.select_related("stock", "application__matter")
            rows = rows.filter(_there(actor, "stock__"), code_hash=index, handed_at=None, returned_at=None)
            return rows.first()

    said = _("您的站点没有等待领取的这个码，请核对八位数字，并看职工手机上写的领取地点。")
    voucher = looked_up(CODE, code, actor.account_id, look, said)
    service = service_of(voucher.application.matter)
    values = load(service, voucher.application.values_json)
    # The size of the piece that is kept, which is what lies on the shelf; where none are told apart, the form's.
    size = voucher.stock.variant or str(values.get(service.result.variant) or "")
    size = variant_names(service).get(size, size)
    return Waiting(voucher, voucher.stock.item, size, mask_name(str(values.get("name") or "")))


def hand_over(actor: Actor, code: str) -> Matter:
    """The worker stands at the actor's own point with this code. NotFound, or what the step itself refuses."""
    matter = find(actor, code).voucher.application.matter
    duty = Duty(ROLE, matter.holder_path, assigned_only=True)
    return act(matter.pk, STEP, replace(actor, duties=(duty,), assigned_ids=(matter.pk,)), {"code": code})


def candidates(actor: Actor) -> list[Account]:
    """Who has the duty of a station keeper at the actor's own unions today."""
    day = today()
    duties = DutyAssignment.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=day),
        role=ROLE, organisation__path__in=actor.paths_as(*NAMERS), valid_from__lte=day, account__is_active=True,
    )  # fmt: skip
    return list(Account.objects.filter(pk__in=duties.values("account")).order_by("display_name", "pk"))


def keepers(actor: Actor) -> list[PointKeeper]:
    """Who keeps which point of the actor's own unions."""
    rows = PointKeeper.objects.select_related("account", "organisation")
    return list(rows.filter(organisation__path__in=actor.paths_as(*NAMERS)).order_by("venue_number", "pk"))


@transaction.atomic
def name(actor: Actor, organisation: Organisation, account_id: int, venue_number: int) -> PointKeeper:
    """Somebody keeps a point from now on. InvalidData for who has not the duty there."""
    if organisation.path not in actor.paths_as(*NAMERS):
        raise NotAllowed(_("只有管理这个站点的工会可以指定。"))
    on_duty = DutyAssignment.objects.filter(account_id=account_id, role=ROLE, organisation=organisation)
    if account_id not in {one.pk for one in candidates(actor)} or not on_duty.exists():
        raise InvalidData({"account": [_("请先在“人员”里给这个人加上本单位的“站点管理员”岗位。")]})
    row, made = PointKeeper.objects.get_or_create(
        account_id=account_id, organisation=organisation, venue_number=venue_number
    )
    if made:
        _record(actor, row, "name_keeper")
    return row


@transaction.atomic
def release(actor: Actor, keeper_id: int) -> None:
    """Somebody keeps a point no longer."""
    row = PointKeeper.objects.select_related("organisation").filter(pk=keeper_id).first()
    if row is None or row.organisation.path not in actor.paths_as(*NAMERS):
        raise NotAllowed(_("只有管理这个站点的工会可以指定。"))
    _record(actor, row, "release_keeper")
    row.delete()


def _record(actor: Actor, row: PointKeeper, verb: str) -> None:
    trail.record(
        f"venue:{row.venue_number}",
        verb,
        actor=actor,
        after={"account": row.account_id},
        org_path=row.organisation.path,
    )
