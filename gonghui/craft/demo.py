"""演示: made-up craftsmen with their pages, needs, nominations, innovations and contests in every part of their life
(for `make run`). Safe to repeat: where the library has somebody nothing is done."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction

from gonghui.appeals.demo import let_clocks_run
from gonghui.craft import actions, contests, judging
from gonghui.craft.models import Achievement, Ask, Contest, Craftsman, Expert, Honour
from gonghui.kernel.actor import Actor, Duty
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.times import now, time_shifted, today
from gonghui.kernel.vault import blind_index
from gonghui.organisations.models import Organisation
from gonghui.people.actors import actor_for
from gonghui.people.identity import with_check
from gonghui.people.models import Account
from gonghui.services import actions as services

CITY, COUNTY, YUNYAN = "cn.52.5201", "cn.52.5201.520102", "cn.52.5201.520103"
USCC = "91520102MA0000003U"
# Name, union, county, unit, trade, tags, level, years, hours, honours, technology, story, quote, what changed.
PEOPLE: tuple[tuple[Any, ...], ...] = (
    ("周焊（演示）", COUNTY, "520102", "演示重工", "电焊工", ["welding"], "chief_technician", 26, 40,
     [("great_craftsman", 2025), ("province_craftsman", 2021)], "厚板、薄壁管焊接变形控制，焊接机器人示教。",
     "从学徒做起，二十六年只做焊接一件事，带出四十多名徒弟。", "焊缝里看得见人品。",
     [("一次合格率", "80", "100", "%"), ("日产量", "5", "50", "件")]),
    ("吴数（演示）", COUNTY, "520102", "演示精密", "数控铣工", ["cnc", "machining"], "senior_technician", 18, 24,
     [("technical_expert", 2024)], "五轴加工、薄壁件防振、刀具寿命。", "把叶片加工精度做到头发丝的十分之一。",
     "差一丝也是差。", [("加工时间", "9", "3.5", "小时")]),
    ("郑电（演示）", YUNYAN, "520103", "演示自动化", "维修电工", ["electrical"], "technician", 15, 16,
     [("city_craftsman", 2025)], "产线电气改造、PLC 程序、变频器故障。", "让停了三年的老线又转了起来。",
     "先听机器说话。", [("故障停机", "40", "6", "小时/月")]),
    ("杨酿（演示）", COUNTY, "520102", "演示酒业", "酿酒工", ["liquor"], "special_technician", 30, 8,
     [("province_model", 2020)], "制曲、窖池养护、摘酒。", "三十年守着一口窖。", "急不得。",
     [("优质品率", "35", "52", "%")]),
    ("石绣（演示）", YUNYAN, "520103", "演示苗绣坊", "刺绣工", ["textile"], "none", 20, 12,
     [("finest_worker", 2025)], "苗绣针法、图案设计、带徒。", "教会两百多名姐妹一门手艺。", "一针一线都算数。",
     [("带动就业", "12", "210", "人")]),
    ("龙车（演示）", COUNTY, "520102", "演示轨道", "车辆钳工", ["vehicle", "assembly"], "technician", 12, 20,
     [], "转向架检修、异响排查。", "", "", []),
)  # fmt: skip
# Topic, trades, problem, days ago, how far it goes.
NEEDS = (
    ("钢梁焊后变形", ["welding"], "两米以上的钢梁焊完弯八毫米。", 40, "closed"),
    ("铣床加工薄壁件振刀", ["cnc"], "壁厚三毫米以下有振纹。", 12, "working"),
    ("包装线时停时走", ["electrical"], "光电开关附近频繁停机。", 3, "asked"),
    ("不锈钢薄板焊穿", ["welding"], "一毫米板经常焊穿。", 0, "to_me"),
    ("窖池温度不均", ["liquor"], "同一排窖池温差大。", 0, "applied"),
)


@transaction.atomic
def load_demo() -> int:
    """How many craftsmen were made now."""
    if Craftsman.objects.exists() or not Organisation.objects.filter(path=COUNTY).exists():
        return 0
    people = [_person(place, *row) for place, row in enumerate(PEOPLE)]
    for place, need in enumerate(NEEDS):
        _need(place, *need)
    _nominations()
    _innovations()
    _contests()
    let_clocks_run()
    return len(people)


def _staff(role: str, path: str, username: str) -> Actor:
    account = Account.objects.filter(username=username).first()
    return Actor("staff", account.pk if account else None, username, (Duty(role, path),))


def _handler() -> Actor:
    return _staff("handler", COUNTY, "handler_nm")


def _leader() -> Actor:
    return _staff("leader", COUNTY, "leader_nm")


def _worker(place: int) -> Actor:
    phone = f"139000040{place:02d}"
    found = Account.objects.filter(kind="worker", phone_index=blind_index("phone", phone)).first()
    return actor_for(found or Account.objects.create_worker(phone))


def _person(
    place: int, name: str, path: str, region: str, unit: str, trade: str, tags: list[str], level: str, years: int,
    hours: int, honours: list[tuple[str, int]], technology: str, story: str, quote: str,
    numbers: list[tuple[str, str, str, str]],
) -> Craftsman:  # fmt: skip
    mine = Account.objects.filter(username="w-demo").first() if place == 0 else None
    row = Craftsman.objects.create(
        account=mine, organisation=Organisation.objects.get(path=path), region_id=region, name=name,
        phone=f"139000041{place:02d}", unit=unit, trade=trade, tags=tags, skill_level=level, years=years,
        technology=technology, hours_month=hours, area="province", story=story, quote=quote, consented_at=now(),
        listed_at=now(), workshop=f"{trade}创新工作室（演示）" if honours else "",
    )  # fmt: skip
    Honour.objects.bulk_create(Honour(craftsman=row, kind=kind, year=year) for kind, year in honours)
    Achievement.objects.bulk_create(
        Achievement(craftsman=row, metric=metric, before=before, after=after, measure=unit_of, evidence="生产台账")
        for metric, before, after, unit_of in numbers
    )
    return row


def _need(place: int, topic: str, trades: list[str], problem: str, days: int, way: str) -> None:
    values = {
        "for_company": True, "company": f"演示制造{place + 1}厂", "uscc": USCC, "size": "special", "region": "520102",
        "contact": "赵经理", "phone": f"139000040{place:02d}", "topic": topic, "trades": trades,
        "equipment": "生产线一号机",
        "problem": problem, "symptom": "每天都有。", "expected": "稳定生产", "urgency": "urgent", "mode": "either",
        "hours": 6, "deadline": str(today() + timedelta(days=60)), "confidential": "yes" if way == "to_me" else "no",
        "promise": True,
    }  # fmt: skip
    company, handler = _worker(place), _handler()
    with time_shifted(-timedelta(days=days)):
        matter = services.apply(company, services.service_for("M12", "520102"), values).matter
        if way == "applied":
            return
        at = now() + timedelta(hours=2 if days else 0)
        act(matter.pk, "audit", handler, at=at)
        proposed = Ask.objects.filter(matter=matter, state=Ask.State.PROPOSED).order_by("place")
        # The demonstration's own worker is a craftsman: what waits for their answer is theirs.
        mine = proposed.filter(craftsman__account__username="w-demo").first() if way == "to_me" else None
        best = mine or proposed.first()
        if best is None:
            return
        act(matter.pk, "dispatch", handler, {"craftsman": str(best.craftsman_id)}, at=at)
        if way in ("asked", "to_me"):
            return
        act(matter.pk, "accept", handler, {"promise": "on"}, at=at)
        act(matter.pk, "diagnose", handler, {"minutes": "热输入集中，没有反变形。"}, at=at + timedelta(hours=20))
        act(matter.pk, "plan", handler, {"minutes": "反变形三毫米，对称施焊，分三段。"}, at=at + timedelta(hours=30))
        actions.say(company, matter.pk, "明天把料备好，请师傅到现场。")
        if way == "working":
            return
        _finish(matter, company, handler)


def _finish(matter: Matter, company: Actor, handler: Actor) -> None:
    at = now() + timedelta(days=6)
    visit = {"day": str(at.date()), "insurance": "工会团体意外险", "expense": "120", "paid_by": "union", "trained": "5"}
    act(matter.pk, "visit", handler, visit, at=at)
    act(matter.pk, "finish", handler, {"minutes": "试焊十根，弯曲都在两毫米以内。"}, at=at)
    act(matter.pk, "approve", company, {"stars": "5"}, at=at + timedelta(days=1))
    result = {
        "result_name": "钢梁反变形焊接法（演示）", "metric": "焊后弯曲", "before": "8", "after": "1.5",
        "measure": "毫米", "benefit": "180000", "trained": "3", "owner": "shared", "split": "各一半",
        "adoptable_by": "同类钢结构企业",
        "open_to_all": "on",
    }  # fmt: skip
    act(matter.pk, "register", handler, result, at=at + timedelta(days=2))
    act(matter.pk, "call_back", handler, {"solved": "yes", "minutes": "一个月没有再弯。"}, at=at + timedelta(days=30))


def _nominations() -> None:
    rows = (("孙铸（演示）", "520102197803070010", "male", 20), ("何精（演示）", "520102198205170020", "female", 14),
            ("田修（演示）", "520102198811230030", "male", 1))  # fmt: skip
    for place, (name, number, gender, days) in enumerate(rows):
        values = {
            "honour": "city_craftsman", "name": name, "gender": gender, "id_no": with_check(number),
            "phone": f"139000042{place:02d}", "unit": f"演示机械{place + 1}厂", "ownership": "private",
            "region": "520102", "post": "班长", "standing": "front_line", "trade": "钳工", "trades": ["assembly"],
            "skill_level": "senior_technician", "years": 16 + place, "deeds": "十多年如一日，攻关二十多项。（演示）",
            "achievements": [
                {"metric": "返修率", "before": "6", "after": "0.5", "measure": "%", "evidence": "质检月报"}
            ],
            "students": 9, "way": "colleague", "publish": True, "promise": True,
        }  # fmt: skip
        with time_shifted(-timedelta(days=days)):
            matter = services.apply(_worker(20 + place), services.service_for("M13", "520102"), values).matter
            if place == 2:
                continue
            vote = {
                "day": str(today()), "present": "60", "votes": "52", "minutes": "经职工大会推荐。",
                "checks": ["honest", "lawful", "safe", "green", "tax"],
            }  # fmt: skip
            act(matter.pk, "recommend", _handler(), vote)
        let_clocks_run()
        matter.refresh_from_db()
        if matter.state == "county" and place == 0:
            _scored(matter)


def _scored(matter: Matter) -> None:
    act(matter.pk, "county_pass", _leader(), {"minutes": "材料属实，同意上报。"})
    city = _staff("handler", CITY, "dispatcher_gy")
    act(matter.pk, "city_pass", city, {"minutes": "进入专家评分。"})
    names = ("skill", "contribution", "teaching", "conduct", "people")
    for judge, points in (
        ("甲专家", (27, 26, 17, 9, 9)),
        ("乙专家", (28, 25, 18, 9, 8)),
        ("丙专家", (26, 27, 18, 10, 9)),
    ):
        sheet = {f"point_{name}": str(value) for name, value in zip(names, points, strict=True)}
        act(matter.pk, "score", city, {"judge": judge, "judge_unit": "演示技师学院", **sheet})


def _innovations() -> None:
    rows = (("快换夹具（演示）", "invention", 45, True), ("焊枪冷却改进（演示）", "improvement", 1, False))
    for place, (project, kind, days, done) in enumerate(rows):
        values = {
            "project": project, "kind": kind, "problem": "换一次要四十分钟。", "solution": "做了定位销快换座。",
            "novelty": "不用重新对刀。", "benefit": "86000", "finance": "no", "used_since": "2026-01-05",
            "team": [{"name": "林一", "post": "车工", "part": "设计"}], "unit": f"演示机械{place + 4}厂",
            "region": "520102", "phone": f"139000043{place:02d}", "promise": True,
        }  # fmt: skip
        with time_shifted(-timedelta(days=days)):
            matter = services.apply(_worker(30 + place), services.service_for("M14", "520102"), values).matter
            if not done:
                continue
            graded = {"unit_grade": "first", "benefit": "80000", "minutes": "已用半年。"}
            act(matter.pk, "unit_grade", _handler(), graded)
            city = _staff("handler", CITY, "dispatcher_gy")
            act(matter.pk, "grade", city, {"grade": "second", "minutes": "可以推广。"})
            shown = {"reward": "证书和奖金", "open_to_all": "on", "summary": "换夹具由四十分钟减到三分钟。"}
            act(matter.pk, "reward", city, shown)


def _contests() -> None:
    _contest("焊工技能比武（演示）", "welding", 0)
    closed = _contest("数控技能大赛（演示）", "cnc", 30)
    _held(closed)
    _being_judged(_contest("电工技能比武（演示）", "electrical", 6))


def _contest(name: str, trade: str, days: int) -> Contest:
    with time_shifted(-timedelta(days=days)):
        at = now()
        matter = contests.propose(_handler(), COUNTY, {
            "name": name, "brand": "匠心筑梦 技能黔行", "trade": trade, "level": "county", "organiser": "演示技师学院",
            "budget": Decimal(50000), "plan": "理论加实操；前三名表彰，符合条件的晋升技能等级。（演示）",
            "items": "操作规范 30\n质量 40\n用时 15\n安全文明 15", "capacity": 40, "place": "演示技师学院实训楼",
            "closes": at + timedelta(days=10), "starts": at + timedelta(days=14), "ends": at + timedelta(days=15),
        })  # fmt: skip
        act(matter.pk, "approve", _leader())
    contest = Contest.objects.select_related("matter").get(matter=matter)
    with time_shifted(-timedelta(days=days)):
        for place in range(4 if days else 2):
            number = f"52010219{85 + place}0307{100 + place + days:03d}0"
            values = {
                "contest": str(contest.offer_id), "name": "甲乙丙丁"[place] + "选手", "id_no": with_check(number),
                "phone": f"139000044{place:02d}", "unit": f"演示机械{place + 1}厂", "skill_level": "senior", "years": 8,
                "insured": "unit", "promise": True,
            }  # fmt: skip
            signed = services.apply(_worker(40 + place), services.service_for("M11", "520102"), values).matter
            if days or place == 0:
                act(signed.pk, "qualify", _handler())
    return contest


def _held(contest: Contest) -> None:
    """Drawn, scored, ranked, awarded."""
    handler, leader, matter_id = _handler(), _leader(), contest.matter_id
    with time_shifted(-timedelta(days=14)):
        judges = [contests.add_judge(handler, contest, f"{one}裁判", "演示职业学院").pk for one in "甲乙丙"]
        act(matter_id, "draw", handler)
        for row in contest.contestants.order_by("blind_number"):
            number = row.blind_number or 1
            contests.enter_paper(handler, contest, number, Decimal(92 - 3 * number), 3000 + 60 * number)
            for judge in judges:
                points = {item["code"]: (str(item["weight"] - number), "细节扣分") for item in contest.items}
                contests.enter_sheet(handler, contest, number, judge, points)
        act(matter_id, "lock", handler)
        act(matter_id, "publish_ranking", leader)
    let_clocks_run()
    with time_shifted(-timedelta(days=13)):
        act(matter_id, "notice", handler)
    let_clocks_run()
    act(matter_id, "award", leader, {"first": "1", "second": "1", "third": "1"})


def _being_judged(contest: Contest) -> None:
    """Drawn; a judge with an account has handed in one sheet and keeps a draft, two others judge on paper."""
    handler = _handler()
    account = Account.objects.filter(username="expert_nm").first()
    judges = [contests.add_judge(handler, contest, f"{one}裁判", "演示职业学院").pk for one in "丁戊"]
    if account is not None:
        expert, _made = Expert.objects.get_or_create(
            account=account,
            defaults={"organisation": contest.organisation, "unit": "演示轻工学院", "trades": ["electrical"]},
        )
        judging.name_judge(handler, contest, expert.pk)
    act(contest.matter_id, "draw", handler)
    points = {item["code"]: (str(item["weight"] - 2), "接线有一处不规范") for item in contest.items}
    for judge in judges:
        contests.enter_sheet(handler, contest, 1, judge, points)
    if account is None:
        return
    actor = actor_for(account)
    mine = judging.own(actor)[0]
    judging.declare(actor, mine.judge.pk)
    judging.hand_in(actor, mine.tasks[0].pk, points)
    judging.keep_draft(actor, mine.tasks[1].pk, points)
