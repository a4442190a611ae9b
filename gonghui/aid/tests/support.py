"""A family in need, and the steps that lead to its file; what a walk through the room's services needs beforehand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import connection

from gonghui.aid import campaigns
from gonghui.aid.models import Campaign
from gonghui.appeals.tests.support import CITY, COUNTY, House
from gonghui.kernel.actor import Actor
from gonghui.kernel.clocks import run_due
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now, time_shifted, today
from gonghui.organisations.models import Organisation
from gonghui.services import actions
from gonghui.services.models import Offer
from gonghui.services.tests.support import CARDS, ID_NUMBERS

FAMILY: dict[str, Any] = {
    "member": True,
    "unit": "无",
    "region": "520102",
    "household": "local",
    "members": [
        {"member_name": "李小红", "relation": "spouse", "member_id_no": ID_NUMBERS[1], "yearly": "0", "health": "ill"},
        {"member_name": "王小宝", "relation": "child", "yearly": "0", "health": "well", "school": "南明小学"},
    ],
    "income": "42000",
    "medical": "18000",
    "schooling": "0",
    "disability": "0",
    "rent": "0",
    "causes": ["low_pay"],
    "housing": "rented",
    "assets": ["none"],
    "name": "王小明",
    "id_no": ID_NUMBERS[0],
    "phone": "13800138000",
    "address": "河滨路 1 号",
    "bank_card": CARDS[0],
    "consent": True,
    "promise": True,
}
NEED: dict[str, Any] = {
    "region": "520102",
    "category": "living",
    "rhythm": "once",
    "asked": "2000",
    "why": "交房租",
    "name": "王小明",
    "id_no": ID_NUMBERS[0],
    "phone": "13800138000",
    "bank_card": CARDS[0],
    "promise": True,
}


def found(**changes: Any) -> dict[str, Any]:
    """What a visit enters."""
    return {
        "visited_on": today().isoformat(), "visitors": "张三、李四", "income": "42000", "rigid": "18000",
        "people": "3", "dibao": "700", "dibao_source": "市民政局 2026 年公布", "found_told": "一家三口租房住。",
        **changes,
    }  # fmt: skip


def noticed(matter: Matter, days: int = 15) -> None:
    """Let the days of a public notice pass, and what falls due in them be done."""
    with time_shifted(timedelta(days=days)):
        while run_due():
            pass
    matter.refresh_from_db()


def waits() -> bool:
    """Whether somebody waits for another's lock on PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE NOT granted")
        return cursor.fetchone() is not None


def filed(house: House, actor: Actor, **changes: Any) -> Matter:
    """An application on its way to a file, by everybody whose turn it is."""
    values = {**FAMILY, **changes}
    matter = actions.apply(actor, actions.service_for("M15", "520102"), values).matter
    act(matter.pk, "visit", house.person("handler", COUNTY), found())
    act(matter.pk, "publish", house.person("handler", COUNTY))
    noticed(matter)
    act(matter.pk, "pass_county", house.person("leader", COUNTY), {"level": "deep", "opinion_told": "属实"})
    act(matter.pk, "file", house.person("leader", CITY), {"plan": ["living", "medical"], "plan_told": "按月生活救助"})
    matter.refresh_from_db()
    return matter


CHILD: dict[str, Any] = {
    "name": "王小明",
    "id_no": ID_NUMBERS[0],
    "phone": "13800138000",
    "unit": "星河建筑",
    "child_name": "王小宝",
    "child_school": "南明小学二年级",
    "health": "花生过敏",
    "fetchers": [{"fetcher_name": "李奶奶", "fetcher_phone": "13800138009", "fetcher_is": "grandparent"}],
    "consent": True,
}
TRIP: dict[str, Any] = {
    "group": "front_line",
    "post": "钢筋工",
    "health": ["well"],
    "contact_name": "李小红",
    "contact_phone": "13800138008",
    "name": "王小明",
    "id_no": ID_NUMBERS[0],
    "phone": "13800138000",
    "promise": True,
}


def _offer(service: str, title: str, data: dict[str, Any], days: int, path: str) -> Offer:
    union = Organisation.objects.get(path=path)
    starts = now() + timedelta(days=days)
    return Offer.objects.create(
        service=service, organisation=union, region=union.region_id or "", title=title, data=data, starts=starts,
        ends=starts + timedelta(days=5), status="published", made_at=now(),
    )  # fmt: skip


def care_class(places: int = 20, path: str = COUNTY) -> Offer:
    """A class of care that one can sign up for."""
    return _offer("M26", "暑假托管班", {"places": places, "daily": "8:30—17:30", "fee": "免费"}, 10, path)


def trip_line(places: int = 20, path: str = COUNTY) -> Offer:
    """A line of a rest cure that one can sign up for; `trips.give` hands its places down."""
    data = {"places": places, "line": "梵净山五天", "cost": "工会承担", "family": "no"}
    return _offer("M21", "梵净山线", data, 10, path)


def opened(house: House, values: dict[str, Any]) -> Campaign:
    """A campaign whose budget was approved."""
    campaign = campaigns.plan(house.person("handler", COUNTY), Organisation.objects.get(path=COUNTY), values)
    act(campaign.matter_id, "submit", house.person("handler", COUNTY))
    act(campaign.matter_id, "approve", house.person("leader", COUNTY))
    return Campaign.objects.select_related("matter", "organisation", "offer").get(pk=campaign.pk)
