"""签名入会: colleagues sign, by the address that the founders pass on, to be members of the union to be founded.

One signs for oneself: signed in, with the phone of the account, which a code has proved. Who has no phone signs on
paper, and a handler enters it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from gonghui.founding import tables
from gonghui.founding.models import Founding, Signature
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, today
from gonghui.membership import queries as members
from gonghui.membership.models import Membership
from gonghui.people.identity import age_on
from gonghui.people.models import Account
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of

YOUNGEST = 16


@dataclass(frozen=True)
class Open:
    """A founding that takes signatures: the workplace's name, and how many have signed who count."""

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
        return Open(row, str(values["unit"]), counting(row))


def _over(row: Founding) -> bool:
    days = timedelta(days=tables.number("sign_open_days"))
    return row.opened_at is not None and now() > row.opened_at + days


def elsewhere(row: Founding) -> set[int]:
    """The signatures of those who are members of some union already: they move there later and do not count."""
    with as_system("nobody is a member twice in the country"):
        signed = list(row.signatures.values_list("pk", "id_index", "account_id"))
        current = Membership.objects.filter(state__in=Membership.CURRENT).filter(
            Q(person_index__in=[index for _pk, index, _account in signed])
            | Q(account_id__in=[account for _pk, _index, account in signed if account])
        )
        known = set(current.values_list("person_index", flat=True))
        accounts = set(current.exclude(account=None).values_list("account_id", flat=True))
    return {pk for pk, index, account in signed if index in known or account in accounts}


def counting(row: Founding) -> int:
    """How many have signed who will be members by the founding."""
    return row.signatures.count() - len(elsewhere(row))


@dataclass(frozen=True)
class Signed:
    """What became of it. `member`: who signed is a member by the register, and is to move once the union is there."""

    signature: Signature
    member: Membership | None


def sign(actor: Actor, token: str, name: str, id_no: str) -> Signed:
    """One's own signature, under the phone of one's account. NotAllowed for who is not signed in as a worker;
    InvalidData beside a field; GuardRefused for who has signed already."""
    if actor.kind != "worker" or actor.account_id is None:
        raise NotAllowed(_("请先登录。"))
    found = open_one(token)
    with as_system("one's own account"):
        phone = Account.objects.get(pk=actor.account_id).phone
    made = _keep(found.founding, name, id_no, phone, actor.account_id)
    return Signed(made, members.own(actor.account_id, id_no))


def enter(row: Founding, name: str, id_no: str, phone: str) -> Signature:
    """登记纸面签名, of who cannot sign by phone. The flow's step has asked who may. As `sign`."""
    return _keep(row, name, "".join(id_no.split()).upper(), phone, None)


def _keep(row: Founding, name: str, id_no: str, phone: str, account_id: int | None) -> Signature:
    age = age_on(id_no, today())
    if age is None:
        raise InvalidData({"id_no": [_("身份证号不对：应是 18 位，最后一位可以是 X，请对照证件核对。")]})
    if age < YOUNGEST:
        raise InvalidData({"id_no": [_("要满十六周岁才能入会。")]})
    try:
        with as_system("whoever has the address may sign"), transaction.atomic():
            return Signature.objects.create(
                founding=row, name=name.strip(), id_no=id_no, phone=phone, at=now(), account_id=account_id
            )
    except IntegrityError:
        raise GuardRefused([_("您已经签过名了。") if account_id else _("这个人已经签过名了。")]) from None


def unit_of(matter: Matter) -> str:
    """The workplace's name. The caller has found that its reader may see the matter."""
    with as_system("the caller may see the matter"):
        application = matter.application
        return str(load(service_of(application), application.values_json)["unit"])


@dataclass(frozen=True)
class Page:
    """What a founding's pages show. `signed`: who counts, and after the founding became a member; `elsewhere`: who is a
    member of another union. `names`: who signed, for who handles it only."""

    row: Founding
    signed: int
    elsewhere: int
    least: int
    names: tuple[tuple[str, str], ...] = ()


def page_of(matter: Matter, names: bool = False) -> Page | None:
    """None before the petition was approved. The caller has found that its reader may see the matter."""
    with as_system("the caller may see the matter"):
        row = Founding.objects.select_related("union").filter(matter=matter).first()
        if row is None or row.opened_at is None:
            return None
        # Once the union is there, they are its members; what became of each was written down then.
        others = (
            elsewhere(row)
            if row.union_id is None
            else set(row.signatures.filter(outcome="elsewhere").values_list("pk", flat=True))
        )
        rows = list(row.signatures.order_by("pk")) if names else []
        told = tuple((one.name, one.outcome or ("elsewhere" if one.pk in others else "")) for one in rows)
        count = row.signatures.count() - len(others)
        return Page(row, count, len(others), tables.number("members_for_own_committee"), told)


def notice_of(actor: Actor, matter: Matter) -> Founding:
    """The notice of establishment, for who sees the matter. NotFound until the union is there."""
    with as_system("the caller may see the matter"):
        row = Founding.objects.select_related("union__parent", "union__region").filter(matter=matter).first()
    if row is None or row.union is None:
        raise NotFound
    return row
