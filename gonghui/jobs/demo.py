"""演示: made-up employers, jobs in Guiyang, people who look for work, a fair (for `make run`). Safe to repeat."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction

from gonghui.jobs import applying, blocked, fairs, postings
from gonghui.jobs.models import Posting, PostingReport
from gonghui.kernel.actor import SYSTEM, Actor, Duty
from gonghui.kernel.matters import act
from gonghui.kernel.times import SHANGHAI, now, time_shifted, today
from gonghui.organisations.models import Organisation, Region
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.services import actions, offers
from gonghui.services.catalogue import catalogue
from gonghui.services.models import Offer

NANMING, YUNYAN = "cn.52.5201.520102", "cn.52.5201.520103"
# Made-up employers; the codes have a right check digit.
FOOD, HOTEL, GOODS, CARE = (
    ("星河食品有限公司（演示）", "91520100780000001M"), ("黔灵酒店管理有限公司（演示）", "91520102780000002M"),
    ("捷达物流有限公司（演示）", "915201037800000037"), ("安心家政服务有限公司（演示）", "91520102780000004U"),
)  # fmt: skip
DEFAULTER = ("拖薪建筑劳务有限公司（演示）", "91520102780000005Y")
# Employer, title, trade, number, form, pay by, from, to, shift, hours, board, certificates, county, campaign, days ago,
# text.
JOBS: tuple[tuple[Any, ...], ...] = (
    (FOOD, "包装工", "factory", 6, "full", "month", 4200, 5600, "day", "8:00—17:00，每周休两天", "both", "健康证",
     "520102", "spring", 20, "在车间装箱、贴标签，坐着干活，不用经验，会教。五险一金，满一年有年休假。"),
    (FOOD, "叉车司机", "storage", 2, "full", "month", 5500, 7000, "rotating", "两班倒，每班八小时", "meals", "叉车证",
     "520102", "none", 18, "仓库里开叉车装卸货，要有叉车证，注意安全，会看单子。"),
    (HOTEL, "餐厅服务员", "catering", 4, "full", "month", 3800, 4800, "weekend", "10:00—19:00，周末轮休", "both",
     "健康证", "520103", "none", 15, "迎客、点单、传菜、收桌。男女不限，有没有经验都可以，带薪培训。"),
    (HOTEL, "客房保洁", "cleaning", 3, "part", "hour", 20, 24, "day", "每天上午四小时", "meals", "", "520103",
     "migrants", 12, "打扫客房、换床单，做完可以走，适合带孩子的人。"),
    (GOODS, "快递派件员", "delivery", 10, "full", "month", 5000, 8500, "day", "7:30—16:30", "none", "", "520103",
     "spring", 10, "在云岩片区送快递、收件，公司配电动车，缴社会保险，多劳多得。"),
    (GOODS, "分拣员（夜班）", "storage", 8, "full", "month", 5200, 6200, "night", "22:00—次日6:00", "both", "",
     "520102", "none", 9, "夜里分拣包裹，站着干活，有夜班补贴，宿舍四人间。"),
    (CARE, "养老护理员", "domestic", 5, "full", "month", 4500, 6500, "rotating", "三班倒", "both", "养老护理员",
     "520102", "none", 7, "照顾老人起居、喂饭、翻身、陪聊天，没有证的可以先来，单位送去培训，培训费单位出。"),
    (CARE, "育儿嫂", "domestic", 3, "full", "month", 6000, 9000, "day", "8:00—17:00", "meals", "育婴员", "520103",
     "none", 5, "上门带孩子、做辅食，要有耐心。单位统一签劳动合同。"),
    (HOTEL, "电工", "technical", 1, "full", "month", 5000, 6500, "rotating", "做二休一", "meals", "电工证", "520103",
     "none", 4, "酒店水电维修、巡检，要有低压电工证。"),
    (FOOD, "文员", "office", 1, "full", "month", 4000, 5000, "day", "9:00—17:30，双休", "meals", "", "520102",
     "graduates", 3, "做表格、接电话、整理合同，会用电脑。应届毕业生可以来。"),
)  # fmt: skip
# Two that wait for the union: one clean, one that should not pass.
WAITING: tuple[tuple[Any, ...], ...] = (
    (GOODS, "仓库保管员", "storage", 1, "full", "month", 4300, 5200, "day", "8:30—17:30", "meals", "", "520102",
     "none", 0, "管进出库、对账、盘点，会用电脑。"),
    (("飞天电子厂（演示）", "91520102780000004U"), "日结普工", "factory", 50, "full", "month", 9000, 30000, "day",
     "每天12小时，月休1天", "both", "", "520102", "none", 0,
     "限男，18-35岁，入职交500元服装费，身份证由公司统一保管，月入过万，加微信 feitian888 详谈。"),
)  # fmt: skip
# Name, what for, trades, county, reach, least pay, shifts not worked, certificates, told, groups, found without name.
PEOPLE: tuple[tuple[Any, ...], ...] = (
    ("罗大姐", "进厂做普工", ["factory", "cleaning"], "520102", "city", 3800, ["night"], [("health", "none")],
     "干过两年流水线", ["migrant"], True),
    ("田师傅", "开叉车", ["storage"], "520102", "city", 5000, [], [("forklift", "4")], "仓库干了五年", [], True),
    ("杨小妹", "办公室文员", ["office", "calling"], "520103", "city", 3500, ["night", "weekend"], [], "会计专业毕业",
     ["graduate"], True),
    ("周老兵", "保安或者司机", ["guarding", "driving"], "520102", "province", 4500, [], [("driver_ab", "none")],
     "退役，会开大车", ["veteran"], True),
    ("吴婶", "照顾老人", ["domestic"], "520103", "city", 4000, [], [("carer", "5")], "护理过病人",
     ["hardship", "migrant"], False),
)  # fmt: skip


@transaction.atomic
def load_demo() -> int:
    """Jobs, people, applications at several stages, a fair; how many jobs were made now."""
    if Posting.objects.exists() or not Organisation.objects.filter(path=NANMING).exists():
        return 0
    if not Region.objects.filter(pk="520103").exists():
        return 0
    bosses: dict[str, Actor] = {}
    made = [_post(bosses, *row) for row in JOBS]
    for row in made:
        with time_shifted(row.handed_in_at - now() + timedelta(hours=3)):
            act(row.matter_id, "publish", _handler(row.matter.holder_path), {"note": "已核对营业执照，电话核实"})
    waiting = [_post(bosses, *row) for row in WAITING]
    people = [_seek(place, *row) for place, row in enumerate(PEOPLE)]
    _applications(made, people)
    _fair(made, people)
    blocked.enter(
        SYSTEM,
        blocked.read({
            "employer": DEFAULTER[0], "uscc": DEFAULTER[1], "source": "演示名单：拖欠农民工工资失信联合惩戒对象",
            "listed_on": (today() - timedelta(days=90)).isoformat(),
        }),
    )  # fmt: skip
    PostingReport.objects.create(
        posting=made[5],
        account_id=people[0].account_id,
        reason="false",
        report_text="说好包住，去了要交房租。",
        at=now(),
    )
    return len(made) + len(waiting)


def _handler(path: str) -> Actor:
    staff = Account.objects.filter(username="handler_nm").first()
    return Actor("staff", staff.pk if staff else None, "承办人（演示）", (Duty("handler", path),))


def _post(
    bosses: dict[str, Actor], employer: tuple[str, str], title: str, trade: str, number: int, form: str, pay_by: str,
    low: int, high: int, shift: str, hours: str, board: str, certificates: str, region: str, campaign: str, days: int,
    text: str,
) -> Posting:  # fmt: skip
    name, code = employer
    if name not in bosses:
        bosses[name] = actor_for(Account.objects.create_worker(f"139000070{len(bosses):02d}"))
    boss = bosses[name]
    values = {
        "employer": name, "uscc": code, "acting": "staff", "title": title, "trade": trade, "number": number,
        "form": form, "pay_by": pay_by, "pay_min": low, "pay_max": high, "insured": "yes" if form == "full" else "no",
        "shift": shift, "hours": hours, "board": board, "certificates": certificates, "text": text, "region": region,
        "address": "演示路 8 号", "campaign": campaign, "hr_name": "人事（演示）", "hr_phone": "13900007000",
        "promise": True,
    }  # fmt: skip
    with time_shifted(-timedelta(days=days)):
        values["closes"] = today() + timedelta(days=60)
        matter = actions.apply(boss, actions.service_for(postings.SERVICE, region), values).matter
    return Posting.objects.select_related("matter").get(matter=matter)


def _seek(place: int, *row: Any) -> Actor:
    name, post, trades, region, commute, least, no_shifts, certificates, told, groups, findable = row
    person = actor_for(Account.objects.create_worker(f"139000071{place:02d}"))
    values = {
        "post": post, "trades": trades, "region": region, "commute": commute, "pay_least": least, "start": today(),
        "no_shifts": no_shifts, "certificates": [{"kind": kind, "level": level} for kind, level in certificates],
        "skills_told": told, "name": name, "age": 30 + place * 4, "phone": f"139000071{place:02d}", "groups": groups,
        "reveal": "invite", "findable": findable, "promise": True,
    }  # fmt: skip
    actions.apply(person, actions.service_for("M07", region), values)
    return person


def _applications(made: list[Posting], people: list[Actor]) -> None:
    """Applications at several stages, the oldest some weeks ago."""
    first = applying.apply(people[0], made[0].pk, "住得近，随时可以上班。")
    boss = actor_for(Account.objects.get(pk=made[0].account_id or 0))
    at = (now() + timedelta(days=2)).strftime("%Y-%m-%dT10:00")
    applying.step(boss, first.matter_id, "invite", {"at": at, "place": "演示路 8 号一楼人事", "text": "带身份证就行。"})
    driver = actor_for(Account.objects.get(pk=made[1].account_id or 0))
    with time_shifted(-timedelta(days=16)):
        second = applying.apply(people[1], made[1].pk)
        start = today() + timedelta(days=1)
        told = {"start": start, "text": "5800 元，试用期一个月"}
        applying.step(driver, second.matter_id, "hire", told)
    with time_shifted(-timedelta(days=15)):
        act(second.matter_id, "arrive", people[1])
    third = applying.apply(people[2], made[9].pk)
    office = actor_for(Account.objects.get(pk=made[9].account_id or 0))
    applying.applicant(office, third.matter_id)


def _fair(made: list[Posting], people: list[Actor]) -> None:
    """A fair next week with booths and somebody who signed up."""
    union = Organisation.objects.get(path=NANMING)
    service = catalogue().services[fairs.SERVICE]
    day = today() + timedelta(days=6)
    starts = datetime.combine(day, time(9), SHANGHAI)
    leader = Actor("staff", None, "南明区总工会（演示）", (Duty("leader", NANMING),))
    offer = Offer(organisation=union, service=service.id)
    offer = offers.save(
        leader,
        service,
        offer,
        {
            "title": "春风行动专场招聘会（演示）", "place": "南明工人文化宫一楼（演示）", "region": "520102",
            "starts": starts, "ends": starts + timedelta(hours=4), "capacity": 200,
            "data": {"campaign": "spring", "booths": "20", "told": "坐地铁到河滨站，带简历和证书。"},
        },
    )  # fmt: skip
    offers.turn(leader, service, offer, "publish")
    for row in (made[0], made[4], made[5], made[6]):
        fairs.bring(actor_for(Account.objects.get(pk=row.account_id or 0)), row.pk, offer.pk)
    values = {"offer": offer.pk, "name": "罗大姐", "phone": "13900007100", "post": "普工", "groups": ["migrant"]}
    actions.apply(people[0], service, values)
