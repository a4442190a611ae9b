"""Which union handles an application: where it begins, and how it comes to another when the form is corrected or it had
gone to the wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import ancestors, set_scope
from gonghui.kernel.times import today
from gonghui.membership import queries as members
from gonghui.organisations.models import Organisation
from gonghui.organisations.queries import find_employer, organisation_for_region
from gonghui.people.models import Person
from gonghui.services import hooks, stock
from gonghui.services.models import Application, Offer, Voucher
from gonghui.services.spec import Service

# Below this a written name may mean another employer; then the county's union asks.
SURE_EMPLOYER = 0.9
# In the matter's data: the union that had it first, which takes it up again when it comes back down (`rules.handing`).
FIRST = "first_holder"


def first_holder(actor: Actor, service: Service, region: str, values: Mapping[str, Any]) -> Organisation:
    """Where the application begins. InvalidData or GuardRefused, with the reason, where that is not known."""
    chosen = values.get(service.offer_field) if service.offer_field else None
    if chosen and service.handled_by.first != "own":
        return Offer.objects.select_related("organisation").get(pk=chosen).organisation
    own = members.current_of(actor.account_id) if service.handled_by.first == "own" else None
    if service.handled_by.first == "own" and own is None:
        raise GuardRefused([_("登记里没有和您的账号关联的会籍。请先到“电子会员证”认领，或者申请入会。")])
    place = service.handled_by.place
    if own is not None and chosen:
        return own.organisation
    if own is not None and place not in {spec.name for spec in service.fields}:
        return own.organisation
    found = told_holder(service, region, values)
    if own is not None and own.organisation_id == found.pk:
        raise InvalidData({place: [_("您现在就在%(union)s，不用转。") % {"union": found.name}]})
    return own.organisation if own is not None else found


def told_holder(service: Service, region: str, values: Mapping[str, Any]) -> Organisation:
    """The union that the form leads to. InvalidData beside the place where that is not known."""
    told = hooks.holder(service, values)
    found = Organisation.objects.get(path=told) if told else holder_of(service, region, values)
    if found is None:
        raise InvalidData({service.handled_by.place: [_("请写明在哪个区县，我们才知道由哪里的工会办理。")]})
    return found


def holder_of(service: Service, region: str, values: Mapping[str, Any] | None = None) -> Organisation | None:
    """The union that handles it: of the named unit if it has one, else of the service's level, at or above the one
    responsible for the place."""
    unit = str((values or {}).get(service.handled_by.unit) or "") if service.handled_by.unit else ""
    if unit and (own := union_of_unit(unit, region)) is not None:
        return own
    if service.handled_by.level == "national":
        return Organisation.objects.filter(level=Organisation.Level.NATIONAL, active=True).first()
    local = organisation_for_region(region) if region else None
    if local is None or service.handled_by.level == local.level:
        return local
    above = Organisation.objects.filter(
        path__in=ancestors(local.path), level=service.handled_by.level, active=True
    ).first()
    return above or local


def union_of_unit(unit: str, region: str) -> Organisation | None:
    """The union of an employer written by name; None where it is not known for sure or has none."""
    found = find_employer(unit, region=region)
    union = found[0].employer.union if found and found[0].score >= SURE_EMPLOYER else None
    return union if union is not None and union.active else None


def region_of(person: Person | None, values: Mapping[str, Any], service: Service) -> str:
    told = values.get(service.handled_by.place)
    return str(told) if told else (person.region_id or "") if person is not None else ""


def moved_by_form(
    service: Service, person: Person | None, before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[str | None, Organisation | None]:
    """What a corrected form changes of the place and of the union: each None where it leads where the earlier one led.

    Both are reckoned today, so that what a union passed on stays where it is unless the worker says otherwise. A seat
    is its offer's, and who begins by the register of members is no matter of the form. InvalidData as `told_holder`.
    """
    was, told = region_of(person, before, service), region_of(person, after, service)
    region = told if told != was else None
    if service.offers is not None or service.handled_by.first == "own":
        return region, None
    old, new = hooks.holder(service, before), told_holder(service, told, after)
    earlier = old or getattr(holder_of(service, was, before), "path", "")
    return region, new if new.path != earlier else None


def give_over(
    service: Service,
    application: Application,
    matter: Matter,
    path: str,
    region: str | None,
    asked: stock.Wanted,
) -> None:
    """Another union has it from here on, and what was kept for the worker is kept there. The one that had it sees it no
    more: nothing was its to handle, and what a form tells may be what the worker wants to keep from it.

    The caller saves both rows. GuardRefused where the new union has nothing left of what is given out.
    """
    if region is not None:
        matter.region = application.region = region
    if path == matter.holder_path:
        return
    voucher = Voucher.objects.filter(application=application, handed_at=None, returned_at=None).first()
    if voucher is not None:
        stock.give_back(voucher.stock_id)
        voucher.stock, voucher.holder_path = stock.promise(service.id, path, today().year, asked), path
        voucher.save(update_fields=["stock", "holder_path"])
    matter.data = {name: value for name, value in matter.data.items() if name != FIRST}
    matter.assignee_id, matter.holder_path = None, path
    set_scope(matter, lead=path)
    hooks.moved(service, application, path)
