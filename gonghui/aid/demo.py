"""演示: families in hardship at several steps, a campaign of a season, a class for children, a line of a rest cure; all
made up (for `make run`). Safe to repeat."""

from __future__ import annotations

import io
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from PIL import Image

from gonghui.aid import campaigns, lines, trips
from gonghui.aid.models import Campaign, HardshipFile
from gonghui.aid.mutual import plans
from gonghui.aid.mutual import register as covers
from gonghui.kernel.actor import SYSTEM, Actor, Duty
from gonghui.kernel.matters import act
from gonghui.kernel.times import SHANGHAI, now, time_shifted, today
from gonghui.membership import actions as register
from gonghui.membership import queries as members
from gonghui.membership.models import Membership
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.identity import with_check
from gonghui.people.models import Account
from gonghui.services import actions, offers
from gonghui.services.catalogue import catalogue
from gonghui.services.files import keep_file
from gonghui.services.models import Application, Fund, Offer

COUNTY, CITY, PLACE = "cn.52.5201.520102", "cn.52.5201", "520102"
SOURCE = "演示数据，不是真的低保标准"
# Name, identity number (made up; the check digit is right), income, medical costs, causes, how far it came.
FAMILIES = (
    ("田大山", "52010219850612001", "38000", "21000", ["illness"], "filed"),
    ("何秀英", "52010219790203002", "52000", "9000", ["single", "low_pay"], "filed"),
    ("龙小军", "52010219910827003", "46000", "12000", ["accident"], "published"),
    ("杨桂花", "52010219880115004", "40000", "15000", ["disability"], "applied"),
)
CARD = "6222020000000000018"


def _actor(role: str, path: str, place: int) -> Actor:
    """Somebody of the demonstration's staff in whose name the past of the demonstration was made."""
    account = Account.objects.filter(duties__role=role, duties__organisation__path=path).order_by("pk").first()
    return Actor("staff", account.pk if account is not None else None, f"{role} {place}", (Duty(role, path),))


def load_demo() -> int:
    """How many applications were made now."""
    county = Organisation.objects.filter(path=COUNTY).first()
    if county is None or HardshipFile.objects.exists():
        return 0
    before = Application.objects.count()
    line = lines.enter(_actor("handler", COUNTY, 1), county, today() - timedelta(days=200), Decimal(720), SOURCE)
    lines.confirm(_actor("leader", COUNTY, 2), line.pk)
    for service in ("A01", "A03"):
        Fund.objects.get_or_create(
            service=service, organisation=county, year=today().year, source="union", defaults={"total": 200000}
        )
    for place, row in enumerate(FAMILIES):
        _family(place, *row)
    _campaign(county)
    _care(county)
    _trip(county)
    _mutual(county)
    return Application.objects.count() - before


def _worker(place: int, name: str = "", id_no: str = "", path: str = COUNTY) -> Actor:
    phone = f"139000030{place:02d}"
    account = Account.objects.create_worker(phone)
    union = Organisation.objects.get(path=path)
    if id_no and members.current_by_id(id_no) is None:
        register.join(SYSTEM, union, register.Member(name=name, id_no=id_no, phone=phone, account_id=account.pk))
    return actor_for(account)


def _family(place: int, name: str, number: str, income: str, medical: str, causes: list[str], far: str) -> None:
    handler, leader, id_no = _actor("handler", COUNTY, 1), _actor("leader", COUNTY, 2), with_check(number)
    worker = _worker(place, name, id_no)
    values: dict[str, Any] = {
        "member": True, "unit": "黔灵纺织（演示）", "region": PLACE, "household": "local", "income": income,
        "medical": medical, "schooling": "2000", "disability": "0", "rent": "3600", "causes": causes,
        "sudden_cost": "8000", "housing": "rented", "assets": ["none"], "name": name, "id_no": id_no,
        "phone": f"139000030{place:02d}", "address": "演示路 7 号", "bank_card": CARD, "consent": True, "promise": True,
        "members": [
            {"member_name": "家人甲", "relation": "spouse", "yearly": "0", "health": "ill"},
            {"member_name": "家人乙", "relation": "child", "yearly": "0", "health": "well", "school": "演示小学"},
        ],
    }  # fmt: skip
    found = {
        "visited_on": (today() - timedelta(days=38)).isoformat(), "visitors": "张三、李四", "income": income,
        "rigid": str(Decimal(medical) + 5600), "people": "3", "sudden_cost": "8000", "dibao": "720",
        "dibao_source": SOURCE, "found_told": "一家三口租房住，票据齐全。",
    }  # fmt: skip
    with time_shifted(-timedelta(days=40)):
        matter = actions.apply(worker, actions.service_for("M15", PLACE), values).matter
    at = now() - timedelta(days=38)
    if far == "applied":
        return
    act(matter.pk, "visit", handler, found, at=at)
    if far == "published":
        with time_shifted(-timedelta(days=1)):
            act(matter.pk, "publish", handler)
        return
    with time_shifted(-timedelta(days=37)):
        act(matter.pk, "publish", handler)
    with time_shifted(-timedelta(days=20)):
        act(matter.pk, "end_notice", SYSTEM)
        act(matter.pk, "pass_county", leader, {"level": "deep" if place == 0 else "relative", "opinion_told": "属实"})
        plan = {"plan": ["living", "medical"], "plan_told": "按月生活救助，协助办理医保报销。"}
        act(matter.pk, "file", _actor("leader", CITY, 3), plan)
    if place == 0:
        need = {
            "region": PLACE, "category": "living", "rhythm": "monthly", "months": 6, "asked": "400", "why": "房租",
            "name": name, "id_no": id_no, "phone": "13900003000", "bank_card": CARD, "promise": True,
        }  # fmt: skip
        with time_shifted(-timedelta(days=12)):
            aid = actions.apply(worker, actions.service_for("A01", PLACE), need).matter
            act(aid.pk, "check", handler, {"amount": "400", "note": "档案在档，计划内。"})
            act(aid.pk, "grant", leader)


def _campaign(county: Organisation) -> None:
    handler, leader = _actor("handler", COUNTY, 1), _actor("leader", COUNTY, 2)
    campaign = campaigns.plan(handler, county, {
        "title": "冬送温暖（演示）", "season": "winter", "kind": "goods", "item": "棉被和米油", "source": "union",
        "budget": Decimal(20000), "each": Decimal(200), "targets": ["hardship", "front_line", "new_form"],
        "route": "both", "place": "河滨路演示 1 号", "hours": "工作日 9:00—17:00", "visits": "河滨、花果园两条线",
        "closes": today() + timedelta(days=25),
    })  # fmt: skip
    act(campaign.matter_id, "submit", handler)
    act(campaign.matter_id, "approve", leader)
    campaign = Campaign.objects.get(pk=campaign.pk)
    for place, (name, number) in enumerate((("罗快跑", "52010219930509005"), ("潘师傅", "52010219860718006"))):
        raw = {
            "offer": campaign.offer_id, "target": "new_form", "unit": "飞鸽外卖（演示）", "region": PLACE, "name": name,
            "id_no": with_check(number), "phone": f"139000030{10 + place:02d}", "promise": True,
        }  # fmt: skip
        matter = actions.apply(_worker(10 + place), actions.service_for("M16", PLACE), raw).matter
        if not place:
            act(matter.pk, "verify", handler)


def _offer(county: Organisation, service: str, title: str, data: dict[str, Any], ahead: int, length: int) -> Offer:
    leader = _actor("leader", COUNTY, 2)
    starts = datetime.combine(today() + timedelta(days=ahead), time(8, 30), SHANGHAI)
    ends = datetime.combine(today() + timedelta(days=ahead + length), time(17, 30), SHANGHAI)
    known = catalogue().services[service]
    values = {"title": title, "starts": starts, "ends": ends, "place": "河滨路演示 1 号", "data": data}
    row = offers.save(leader, known, Offer(organisation=county, region=PLACE), values)
    return offers.turn(leader, known, row, "publish")


def _care(county: Organisation) -> None:
    told = {"places": 2, "daily": "8:30—17:30", "fee": "免费", "about": "作业辅导、绘画、体育"}
    offer = _offer(county, "M26", "寒假托管班（演示）", told, 30, 20)
    for place, number in enumerate(("520102201703070", "520102201804080", "520102201905090")):
        raw = {
            "offer": offer.pk, "name": f"家长{place + 1}", "id_no": with_check(f"5201021988060{place + 1}012"),
            "phone": f"139000030{20 + place:02d}", "unit": "黔灵纺织（演示）", "child_name": f"孩子{place + 1}",
            "child_id_no": with_check(f"{number}01"), "child_birth": f"{number[6:10]}-{number[10:12]}-{number[12:14]}",
            "child_school": "演示小学", "health": "无", "consent": True,
            "fetchers": [{"fetcher_name": "奶奶", "fetcher_phone": "13900003099", "fetcher_is": "grandparent"}],
        }  # fmt: skip
        actions.apply(_worker(20 + place), actions.service_for("M26", PLACE), raw)


def _trip(county: Organisation) -> None:
    told = {"places": 10, "line": "梵净山、荔波，五天", "cost": "工会承担食宿，交通自付 300 元", "family": "no"}
    offer = _offer(county, "M21", "梵净山线（演示）", told, 40, 5)
    trips.give(_actor("leader", COUNTY, 2), offer, county, 3)
    for place, group in enumerate(("ordinary", "front_line")):
        id_no = with_check(f"5201021984051{place + 1}013")
        raw = {
            "offer": offer.pk, "group": group, "post": "挡车工", "health": ["well"], "contact_name": "家人甲",
            "contact_phone": "13900003098", "name": f"职工{place + 1}", "id_no": id_no,
            "phone": f"139000030{30 + place:02d}", "promise": True,
        }  # fmt: skip
        actions.apply(_worker(30 + place, f"职工{place + 1}", id_no), actions.service_for("M21", PLACE), raw)


def _mutual(county: Organisation) -> None:
    """A company's members and two of the county's in a plan, one of them in the waiting days; a claim on its way."""
    plan = plans.book().codes()["inpatient"]
    people = {row.name: row for row in Membership.objects.select_related("organisation")}
    for name, ago in (("孙大建", 200), ("钱焊工", 200), ("演示职工", 60), ("蒋货车", 10)):
        row = people.get(name)
        if row is not None:
            since = max(today() - timedelta(days=ago), row.since)
            entry = covers.Entry(name, row.id_no, since, f"演示-{since:%Y}-{row.pk:04d}", unit=row.unit)
            covers.write(_actor("handler", row.path, 1), row.organisation, plan, entry, "collective")
    city = Organisation.objects.filter(path=CITY).first()
    demo = people.get("演示职工")
    if city is None or demo is None or demo.account is None:
        return
    Fund.objects.get_or_create(
        service="M17", organisation=city, year=today().year, source="union", defaults={"total": 100000}
    )
    admitted = today() - timedelta(days=12)
    raw: dict[str, Any] = {
        "joined": True, "unit": demo.unit or "飞鸽外卖（演示）", "region": PLACE, "first_by": "county",
        "hospital": "演示人民医院", "hospital_level": "2", "admitted": admitted.isoformat(),
        "discharged": (admitted + timedelta(days=5)).isoformat(), "disease": "阑尾炎", "settlement_no": "演示-0001",
        "own_paid": "1733.84", "name": demo.name, "id_no": demo.id_no, "phone": demo.phone, "bank_card": CARD,
        "promise": True,
    }  # fmt: skip
    worker, service = actor_for(demo.account), actions.service_for("M17", PLACE)
    sheet = io.BytesIO()
    Image.new("RGB", (320, 200), "#e8e4da").save(sheet, "PNG")
    raw["papers"] = [keep_file(worker.account_id, "M17", ContentFile(sheet.getvalue(), "医保结算单（演示）.png")).pk]
    actions.apply(worker, service, raw)
