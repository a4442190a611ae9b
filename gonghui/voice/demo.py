"""演示: a unit with a congress, proposals, what it publishes, agreements and topics. Safe to repeat."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from gonghui.kernel.actor import SYSTEM, Actor, Duty
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, time_shifted, today
from gonghui.kernel.vault import blind_index
from gonghui.organisations.models import Employer, Organisation
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.services import actions
from gonghui.services.models import Fund
from gonghui.voice import bargaining, congresses, openness, rounds, seconding, tables, units
from gonghui.voice.models import Bargaining, Congress, Nomination, Proposal

UNIT = "cn.52.5201.520102.e001"
NAME = "贵阳星河建筑工程有限公司"
COUNTY, CITY, PROVINCE = "cn.52.5201.520102", "cn.52.5201", "cn.52"
# The worker with whom the demonstration is tried, and members of this unit in the register.
PEOPLE = (("演示职工", "13800012351"), ("孙大建", "13900002001"), ("钱焊工", "13900002002"), ("冯架子", "13900002003"))
SIDES = {"workers": "孙大建\n钱焊工\n冯架子", "employer": "周经理\n吴经理\n郑主任"}
AGREEMENT = "\n".join(
    ("第一条 职工工资每年增长百分之四。", "第二条 高温津贴按省里的标准发放。", "第三条 双方半年检查一次履行情况。")
)
PLATFORM_AGREEMENT = "\n".join(
    (
        "第一条 恶劣天气每单延长十分钟。",
        "第二条 连续接单四小时后系统提示休息二十分钟。",
        "第三条 扣罚前先告知理由，可以申诉。",
    )
)
PUBLISHED = (
    ("pay", "二〇二六年高温津贴发放办法", "六月至九月，按出勤天数发放，标准按省里的规定执行。班组长不得代领。", 40),
    ("insurance", "三季度社会保险费缴纳情况", "应缴 320 人，实缴 318 人，两人为当月新入职，已补缴。", 20),
    ("congress", "第三届第一次职代会决议", "通过了劳动安全卫生专项集体合同，提案 6 件，已答复 6 件。", 5),
)
PROPOSALS = (
    (
        "给高处作业配新的安全带",
        "protection",
        "工地安全带用了三年。",
        ("submit", "file", "assign", "reply", "satisfied", "carried_out"),
    ),
    ("工棚装空调", "welfare", "夏天宿舍三十五度以上。", ("submit",)),
    ("开焊工技师班", "skills", "焊工考证要跑到省城。", ()),
)
OTHERS = ("cn.52.5201.520103.e002", "cn.52.5201.520111.e003", "cn.52.5203.520302.e007")


def load_demo() -> int:
    """How many proposals and bargainings were made; 0 where there were some, or no such unit."""
    unit = Organisation.objects.filter(path=UNIT).first()
    if Congress.objects.exists() or unit is None:
        return 0
    people = [_worker(phone) for _name, phone in PEOPLE]
    for person in people:
        units.confirm(unit, person.account_id, None)
    cadre = _staff("handler", UNIT)
    for category, title, body, days in PUBLISHED:
        with time_shifted(-timedelta(days=days)):
            row = openness.publish(cadre, unit, category, title, body)
        openness.confirm_read(people[1], row.pk)
    congress = _congress(cadre, unit)
    _rounds()
    for number, one in enumerate(PROPOSALS):
        _proposal(cadre, people, number, *one)
    _suggestion(people[1], cadre)
    _agreement(cadre, unit, Bargaining.Kind.WAGE, NAME, 230)
    for place, path in enumerate(OTHERS):
        other = Organisation.objects.filter(path=path).first()
        employer = Employer.objects.filter(union__path=path).first()
        if other is not None and employer is not None:
            _agreement(_staff("handler", path), other, Bargaining.Kind.GENERAL, employer.name, 60 + 90 * place)
    _topic(people[2])
    _platform(people[0])
    Fund.objects.get_or_create(
        service="V04",
        organisation=Organisation.objects.get(path=COUNTY),
        year=today().year,
        source="union",
        defaults={"total": 60000},
    )
    return Proposal.objects.filter(congress=congress).count() + Bargaining.objects.count()


def _worker(phone: str) -> Actor:
    known = Account.objects.filter(kind="worker", phone_index=blind_index("phone", phone)).first()
    return actor_for(known or Account.objects.create_worker(phone))


def _staff(role: str, path: str) -> Actor:
    account = Account.objects.filter(duties__role=role, duties__organisation__path=path).first()
    return Actor(
        "staff", account.pk if account else None, account.display_name if account else role, (Duty(role, path),)
    )


def _congress(cadre: Actor, unit: Organisation) -> Congress:
    day = today()
    row = congresses.save(
        cadre,
        unit,
        {
            "name": "第三届职工代表大会第二次会议",
            "meets": day + timedelta(days=30),
            "opens": day - timedelta(days=60),
            "closes": day + timedelta(days=20),
            "workers": 320,
        },
    )
    for place, (name, phone) in enumerate(PEOPLE):
        congresses.add(cadre, row, congresses.Row(name, phone, f"{'一' if place < 2 else '二'}工区"))
    return row


def _rounds() -> None:
    for path, quota in ((CITY, 20), (PROVINCE, 12)):
        union = Organisation.objects.get(path=path)
        window = {"opens": today() - timedelta(days=30), "closes": today() + timedelta(days=60)}
        data = {"year": today().year, "quota_in": quota, "quota_out": quota // 2, "publicity_days": 5, **window}
        rounds.open_round(SYSTEM, union, data)


def _proposal(
    cadre: Actor, people: list[Actor], number: int, subject: str, category: str, cause: str, steps: tuple[str, ...]
) -> None:
    """One of the first delegate's, seconded by two others, as far as it came."""
    values = {
        "employer": NAME,
        "region": "520102",
        "ownership": "private",
        "subject": subject,
        "category": category,
        "cause": cause,
        "analysis": "问了三个班组，意见一致。",
        "measures": "由公司安排预算，年内办完。",
        "effect": "工友干活更安心。",
        "seconders": "钱焊工、冯架子",
        "name": "孙大建",
        "phone": PEOPLE[1][1],
        "promise": True,
    }
    owner = people[1]
    with time_shifted(-timedelta(days=25 - 8 * number)):
        matter = actions.apply(owner, actions.service_for("V01", "520102"), values).matter
    proposal = Proposal.objects.get(matter=matter)
    if steps:
        for person in people[2:4]:
            seconding.say(person, proposal.pk, True)
    data: dict[str, Any] = {
        "department": "安全部（演示）",
        "text": "已列入采购计划，下月发到每个班组。",
        "degree": "good",
    }
    for step in steps:
        act(matter.pk, step, owner if step in ("submit", "satisfied") else cadre, data)
    if "carried_out" in steps:
        _recommend(cadre, matter)


def _recommend(cadre: Actor, matter: Matter) -> None:
    """Judged by three, sent to the city, chosen there, and under public notice."""
    for less, judge in enumerate((cadre, _staff("leader", COUNTY), _staff("supervisor", CITY))):
        act(matter.pk, "judge", judge, {item.code: str(item.most - less) for item in tables.scoring().items})
    act(matter.pk, "conclude", cadre)
    act(matter.pk, "recommend", cadre)
    entry = Nomination.objects.select_related("round").get(proposal__matter=matter)
    rounds.choose(_staff("dispatcher", CITY), entry.round, {entry.pk})


def _suggestion(person: Actor, cadre: Actor) -> None:
    values = {
        "employer": NAME,
        "region": "520102",
        "subject": "钢筋余料再用",
        "area": "saving",
        "problem": "短料都当废品卖了。",
        "idea": "按长度分堆，做马凳和拉钩。",
        "effect": "一个月省两吨。",
        "name": "孙大建",
        "phone": PEOPLE[1][1],
        "promise": True,
    }
    with time_shifted(-timedelta(days=9)):
        matter = actions.apply(person, actions.service_for("M27", "520102"), values).matter
        act(matter.pk, "take_in", cadre, {"department": "项目部"}, at=now() + timedelta(days=1))
        act(
            matter.pk,
            "adopt",
            cadre,
            {"level": "first", "text": "马上照办，由材料组落实。"},
            at=now() + timedelta(days=4),
        )


def _agreement(cadre: Actor, unit: Organisation, kind: str, party: str, days: int) -> None:
    """An agreement in force, of which `days` are left; made some time ago step by step."""
    begins = today() + timedelta(days=days) - timedelta(days=364)
    with time_shifted(timedelta(days=(begins - today()).days - 30)):
        row = bargaining.begin(cadre, unit, kind, party, employer=unit.employers.first())
        matter = row.matter
        _talk(cadre, matter, "工资三年没有涨，要求按工龄和岗位调整。", "每年增长百分之四。")
        vote = {"total": "60", "present": "55", "favour": "51", "voted_on": today().isoformat()}
        terms = {
            "agreement": AGREEMENT,
            "raise_percent": "4",
            "covered": "320",
            "valid_from": begins.isoformat(),
            "valid_to": (begins + timedelta(days=364)).isoformat(),
        }
        act(matter.pk, "draft", cadre, terms)
        act(matter.pk, "pass_vote", cadre, vote)
        act(matter.pk, "sign", cadre, {"signed_on": today().isoformat()})
        act(matter.pk, "file", cadre, {"filed_on": today().isoformat(), "authority": "人社局（演示）"})
        with as_system("the fifteen days of the demonstration are over"):
            act(matter.pk, "take_effect", SYSTEM, at=now() + timedelta(days=16))
        act(matter.pk, "publish", cadre, {"way": "公告栏"}, at=now() + timedelta(days=17))
    if days < 200:
        act(matter.pk, "check", cadre, {"kept": "all", "found": "工资按时调整，津贴足额发放。"})


def _talk(cadre: Actor, matter: Matter, says: str, agreed: str) -> None:
    """From the offer to what is agreed."""
    day, topic = today().isoformat(), {"subject": "pay", "workers_say": says, "figures": "去年利润增长百分之八（演示）"}
    act(matter.pk, "add_topic", cadre, topic)
    act(matter.pk, "invite", cadre, {"meet_on": (today() + timedelta(days=14)).isoformat(), "place": "公司会议室"})
    act(matter.pk, "accept", cadre, {"answered_on": day, **SIDES})
    if matter.kind == bargaining.TALKS:
        act(matter.pk, "name_delegates", cadre, SIDES)
        early = (today() - timedelta(days=8)).isoformat()
        act(matter.pk, "exchange", cadre, {"exchanged_on": early, "meet_on": day, "note": "利润表、工资台账"})
    held = {"held_on": day, "place": "公司会议室", "minutes": "双方就工资各自说明了理由，达成一致。", "signed": "on"}
    act(matter.pk, "hold_round", cadre, held)
    with as_system("the topic just added"):
        row = Bargaining.objects.get(matter=matter).topics.get()
    act(matter.pk, "settle_topic", cadre, {"topic": str(row.pk), "employer_says": "可以分步调整。", "agreed": agreed})


def _topic(person: Actor) -> None:
    """A topic that waits at the unit's union."""
    values = {
        "wish": "start",
        "employer": NAME,
        "region": "520102",
        "subject": "hours",
        "problem": "赶工期连着上十天班。",
        "aim": "每周至少休一天。",
        "name": "钱焊工",
        "phone": PEOPLE[2][1],
    }
    with time_shifted(-timedelta(days=2)):
        actions.apply(person, actions.service_for("M28", "520102"), values)


def _platform(person: Actor) -> None:
    """Talks of the city's union with a platform, agreed and published; and a new topic for the next."""
    city, union = _staff("dispatcher", CITY), Organisation.objects.get(path=CITY)
    with time_shifted(-timedelta(days=50)):
        matter = bargaining.begin(city, union, Bargaining.Kind.PLATFORM, "飞鸽外卖").matter
        _talk(city, matter, "下雨下雪配送时限太短。", "恶劣天气每单延长十分钟，不算超时。")
        terms = {
            "agreement": PLATFORM_AGREEMENT,
            "covered": "5200",
            "valid_from": today().isoformat(),
            "valid_to": (today() + timedelta(days=364)).isoformat(),
        }
        act(matter.pk, "draft", city, terms)
        act(matter.pk, "sign", city, {"signed_on": today().isoformat()})
        act(matter.pk, "publish", city, {"way": "App 推送"})
    values = {
        "worker_type": "rider",
        "platform": "飞鸽外卖",
        "region": "520102",
        "subject": "penalties",
        "problem": "差评就扣五十元，没有地方说理。",
        "wish": "扣钱前先听骑手说。",
        "name": "演示职工",
        "phone": PEOPLE[0][1],
    }
    actions.apply(person, actions.service_for("V03", "520102"), values)
