"""签名入会: colleagues sign, by the address that the founders pass on, to be members of the union to be founded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from gonghui.founding import tables
from gonghui.founding.models import Founding, Signature
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotFound
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.people.identity import age_on
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of

YOUNGEST = 16


@dataclass(frozen=True)
class Open:
    """A founding that takes signatures: the workplace's name, and how many have signed."""

    founding: Founding
    unit: str
    signed: int


def open_one(token: str) -> Open:
    """NotFound where the address leads to no founding that takes signatures now."""
    with as_system("whoever has the address may sign"):
        row = Founding.objects.select_related("matter__application").filter(token=token).exclude(token="").first()
        if row is None or row.matter.state != "preparing" or _over(row):
            raise NotFound
        application = row.matter.application
        values = load(service_of(application), application.values_json)
        return Open(row, str(values["unit"]), row.signatures.count())


def _over(row: Founding) -> bool:
    days = timedelta(days=tables.number("sign_open_days"))
    return row.opened_at is not None and now() > row.opened_at + days


def sign(token: str, name: str, id_no: str, phone: str) -> Signature:
    """One signature. InvalidData beside a field; GuardRefused for who has signed already."""
    found = open_one(token)
    age = age_on(id_no, today())
    if age is None or age < YOUNGEST:
        raise InvalidData({"id_no": [_("要满十六周岁才能入会。")]})
    try:
        with as_system("whoever has the address may sign"), transaction.atomic():
            return Signature.objects.create(
                founding=found.founding, name=name.strip(), id_no=id_no, phone=phone, at=now()
            )
    except IntegrityError:
        raise GuardRefused([_("您已经签过名了。")]) from None


def unit_of(matter: Matter) -> str:
    """The workplace's name. The caller has found that its reader may see the matter."""
    with as_system("the caller may see the matter"):
        application = matter.application
        return str(load(service_of(application), application.values_json)["unit"])


@dataclass(frozen=True)
class Page:
    """What a founding's pages show. `names`: who signed, for who handles it only."""

    row: Founding
    signed: int
    least: int
    names: tuple[tuple[str, str], ...] = ()


def page_of(matter: Matter, names: bool = False) -> Page | None:
    """None before the petition was approved. The caller has found that its reader may see the matter."""
    with as_system("the caller may see the matter"):
        row = Founding.objects.select_related("union").filter(matter=matter).first()
        if row is None or row.opened_at is None:
            return None
        rows = list(row.signatures.order_by("pk")) if names else []
        told = tuple((one.name, one.outcome) for one in rows)
        return Page(row, row.signatures.count(), tables.number("members_for_own_committee"), told)


def notice_of(actor: Actor, matter: Matter) -> Founding:
    """The notice of establishment, for who sees the matter. NotFound until the union is there."""
    with as_system("the caller may see the matter"):
        row = Founding.objects.select_related("union__parent", "union__region").filter(matter=matter).first()
    if row is None or row.union is None:
        raise NotFound
    return row
