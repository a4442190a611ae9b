"""Workers who apply, and what they fill in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connections

from gonghui.appeals.tests.support import CITY, COUNTY, PROVINCE, House
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.calendar import months_later
from gonghui.kernel.errors import GuardRefused
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import SHANGHAI, now, today
from gonghui.membership import actions as register
from gonghui.membership.models import Membership
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.services import actions
from gonghui.services.models import FormFile, Fund, Offer, Stock
from gonghui.services.trial.filling import CARDS as CARDS

# Numbers with a right check digit and made-up people.
ID_NUMBERS = ("11010519491231002X", "530102199205080116", "33010619900101123X")

KIT: dict[str, Any] = {
    "worker_type": "rider",
    "platform": "飞鸽外卖",
    "region": "520102",
    "name": "王小明",
    "id_no": ID_NUMBERS[0],
    "phone": "13800138000",
    "member": "yes",
    "member_months": 3,
    "how": "fetch",
    "size": "L",
    "promise": True,
}


def worker(number: int = 0) -> Actor:
    account = Account.objects.create_worker(f"138{number:08d}")
    return actor_for(account)


# What a handler writes where the register of members has nothing.
SEEN = {"member_seen": "看了本人的会员证，登记还没有导入。"}


def joined(actor: Actor, which: int = 0, path: str = COUNTY, months: int = 3) -> Membership:
    """The register has this worker, under their account and that identity number."""
    who = register.Member("王小明", ID_NUMBERS[which], account_id=actor.account_id)
    day = months_later(today(), -months)
    since = datetime.combine(day, time(), tzinfo=SHANGHAI)
    return register.join(SYSTEM, Organisation.objects.get(path=path), who, since=since)


def goods(total: int, path: str = COUNTY) -> Stock:
    return goods_of("M04", total, path)


def goods_of(service: str, total: int, path: str = COUNTY) -> Stock:
    return Stock.objects.create(
        service=service,
        organisation=Organisation.objects.get(path=path),
        item="头盔、雨衣",
        year=today().year,
        total=total,
        place="南明区工会驿站",
    )


STUDY: dict[str, Any] = {
    "worker_group": "migrant",
    "unit": "星河建筑",
    "region": "520102",
    "contract": "year",
    "front_line": "yes",
    # Of the earlier versions of the form.
    "contract_years": 2,
    "level": "college",
    "school": "国家开放大学",
    "major": "行政管理",
    "diploma_no": "511612025061234567",
    "diploma_day": f"{today().year - 1}-06-30",
    "tuition": "6800.00",
    "name": "王小明",
    "id_no": ID_NUMBERS[0],
    "phone": "13800138000",
    "member_no": "M-1",
    "bank_card": CARDS[0],
    "promise": True,
}

CLAIM: dict[str, Any] = {
    "joined": True,
    "unit": "星河建筑",
    "region": "520102",
    "first_by": "county",
    "plan_no": "H-2026-1",
    "covered_from": "2025-06-01",
    "hospital": "市第一人民医院",
    "hospital_level": "3",
    "admitted": "2026-01-05",
    "discharged": "2026-01-20",
    "disease": "阑尾炎",
    "settlement_no": "JS-1",
    "own_paid": "1733.84",
    "late_why": "出院后一直在老家休养。",
    "name": "王小明",
    "id_no": ID_NUMBERS[0],
    "phone": "13800138000",
    "bank_card": CARDS[0],
    "promise": True,
}


def with_papers(actor: Actor, service: str, raw: dict[str, Any], *names: str) -> dict[str, Any]:
    """The form with a file in each of these fields: its row alone, nothing on the disk."""
    files = {
        name: [
            FormFile.objects.create(
                account_id=actor.account_id, service=service, stored_name=f"none-{FormFile.objects.count()}-{name}",
                original_name=f"{name}.jpg",
                mime="image/jpeg", size=1, at=now(),
            ).pk
        ]
        for name in names
    }  # fmt: skip
    return {**raw, **files}


def study(actor: Actor, **changes: Any) -> dict[str, Any]:
    """The form of M10 with its papers."""
    return with_papers(actor, "M10", {**STUDY, **changes}, "diploma_papers", "receipts", "unit_papers")


LOOKUP: dict[str, Any] = {"looked_on": "2026-01-05", "report_no": "AX7K-93PQ-2201", "found": "same"}


def verified(house: House, matter: Matter) -> Matter:
    """An application of M10 that county and province have checked, with the diploma looked up."""
    act(matter.pk, "pass_county", house.person("handler", COUNTY), {"opinion": "合同、票据齐全。", **SEEN})
    act(matter.pk, "look_up", house.person("handler", PROVINCE), LOOKUP)
    return act(matter.pk, "check", house.person("handler", PROVINCE), {"amount": "1000", "note": "学历一致。"})


def fund(service: str, total: str, path: str = COUNTY) -> Fund:
    return Fund.objects.create(
        service=service,
        organisation=Organisation.objects.get(path=path),
        year=today().year,
        source="union",
        total=Decimal(total),
    )


def offer(service: str, path: str = COUNTY, *, capacity: int | None = 10, hours: float = 48, **changes: Any) -> Offer:
    """A published offer that begins in so many hours and lasts two."""
    union = Organisation.objects.get(path=path)
    starts = now() + timedelta(hours=hours)
    values: dict[str, Any] = {
        "service": service, "organisation": union, "region": union.region_id or "", "title": "劳模讲工匠精神",
        "starts": starts, "ends": starts + timedelta(hours=2), "place": "南明区工人文化宫三楼", "capacity": capacity,
        "status": "published", "made_at": now(),
    }  # fmt: skip
    return Offer.objects.create(**{**values, **changes})


def contested(house: House, service: str, forms: list[dict[str, Any]]) -> list[int]:
    """The matters of as many workers, each refused and under review."""
    found, handler = [], house.person("handler", COUNTY)
    house.person("leader", CITY)
    for count, form in enumerate(forms):
        person = worker(count)
        matter = actions.apply(person, actions.service_for(service, "520102"), form).matter
        act(matter.pk, "refuse", handler, {"text": "不符合条件。"})
        act(matter.pk, "contest", person, {"contest_told": "我符合条件。"})
        found.append(matter.pk)
    return found


def win_at_once(house: House, matters: list[int]) -> int:
    """All these reviews are won in the same instant; how many could be. On PostgreSQL."""
    leader = house.person("leader", CITY)

    def win(pk: int) -> bool:
        try:
            act(pk, "overturn", leader, {"text": "符合条件。"})
        except GuardRefused:
            return False
        finally:
            connections.close_all()
        return True

    with ThreadPoolExecutor(10) as pool:
        return sum(pool.map(win, matters))
