"""What a calculator or an officer asks first (事实要素, handbook 2.11): contract, insurance, end, age, hours, job.

A fact is taken only from plain words that say it: a question (有没有签) or a general rule (未签订的,应当…) is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from gonghui.brain.numerals import parse_number
from gonghui.brain.types import Entity

_N = r"(?:\d{1,3}(?:\.\d)?|[一二两三四五六七八九十]{1,4})"
_NOT = r"(?:从来没有?|一直没有?|一直未|从未|没有?给?|未能?|拒不|拒绝|不予|不肯|不给?|没能)"
_WHOM = (
    r"(?:与|和|跟|给|为|帮|替)?(?:任何)?(?:我们?|本人|原告|被告|员工|职工|工人|劳动者|大家|咱们|其|"
    r"他们?|她们?|我们员工|我们职工|我爸|我妈|父亲)?(?:们)?"
)
_PAPER = r"(?:任何|书面|正式|固定)?(?:的)?(?:劳动|书面|聘用|用工|劳务)?(?:合同|协议)"
_INSURANCE = (
    r"(?:任何)?(?:的)?(?:社保|社会保险费?|社会养老保险|养老保险金?|养老、?医疗保险|医疗、?养老保险|五险一金|五险|三险|"
    r"医疗保险|医保|工伤保险|失业保险|保险)"
)
# Said of nobody in particular, or asked.
_ASKED = re.compile(r"(?:有没有?|是否|是不是|会不会|能不能|可不可以|如果|若|假如|倘若|要是)[^,。;!?]{0,8}$")
_PAPER_NEAR = re.compile("合同|协议")
_NOT_HAPPENED = re.compile(r"[\"”》]?(?:的)?(?:赔偿金|通知书?|的?函|证明|协议书)")
_RULE_AFTER = re.compile(r"的[,,]|的(?:应当|应|可以|法律|责任|后果)")

_CONTRACT: list[tuple[str, str]] = [
    (
        "none_given",
        r"(?:劳动)?合同(?:文本|书)?(?:也|都)?(?:从来|一直)?(?:不会?|没有?|未)(?:交付?|发|给)(?:给)?(?:我们?|员工|劳动者|本人|一份)",
    ),
    ("none_given", r"(?:劳动)?合同[^。;!?]{0,14}?(?:收走|收上去|拿走|收回)(?:再无消息|了|后)?"),
    ("blank", r"空白(?:劳动)?合同"),
    ("oral", r"口头(?:约定|协议|合同|说好|承诺)"),
    ("unsigned", rf"(?:不签和不续签|{_NOT})(?:再)?{_WHOM}(?:正式)?(?:签订?|签署|订立|续签|补签)(?:过|下)?{_PAPER}"),
    ("unsigned", rf"{_NOT}{_WHOM}(?:补|续)?签(?:订)?(?=[,。;!?)、想]|$)"),
    ("unsigned", r"(?:劳动|书面)合同(?:也|都)?(?:一直)?(?:没有?|未|不)(?:给)?(?:我们?|员工)?(?:签|订立)"),
    ("unsigned", r"(?:没有?|无)(?:书面|正式)?(?:劳动)?合同(?!到期|约定|关系)"),
    ("expired", r"合同(?:已经?|刚)到期|合同到期(?:了|后)"),
    ("signed", rf"(?:签订?|签署|订立|补签|续签)(?:了|过){_PAPER}"),
    ("signed", r"(?:补签|签)了?(?:书面|正式)?(?:劳动)?合同(?=[,。])"),
]
_INSURED: list[tuple[str, str]] = [
    ("waived", rf"自愿(?:放弃|不)(?:购买|缴纳|交|买)?{_INSURANCE}"),
    ("low_base", r"(?:社保|保险|五险)[^。;!?,]{0,8}最低[^。;!?,]{0,6}(?:基数|标准|档)"),
    ("low_base", rf"按最低(?:缴费)?(?:基数|标准|档)(?:交|缴纳?|买){_INSURANCE}"),
    (
        "arrears",
        rf"(?:欠缴|拖欠|断缴|少缴|停缴|停交|欠交)(?:了)?(?:我们?|员工|职工|本人)?[^。;!?,]{{0,6}}?{_INSURANCE}",
    ),
    ("arrears", rf"(?:没有|未)缴纳的[^。;!?,]{{0,6}}?{_INSURANCE}"),
    ("arrears", rf"{_INSURANCE}[^。;!?,]{{0,4}}(?:欠缴|断缴|停缴|停交|断交)"),
    (
        "none",
        rf"(?<![交缴买]){_NOT}{_WHOM}(?:依法|按时|足额)?(?:购买|买|缴纳|缴|交给?|参加|参|办理|上|投)(?:过|齐|了)?{_INSURANCE}",
    ),
    (
        "none",
        rf"{_INSURANCE}(?:也|都|一直|从来)?(?:没有?|未)(?:人)?(?:给)?(?:我们?|员工)?(?:购买|买|缴纳|缴|交|参保|投保)",
    ),
    ("none", r"从未投保|(?:没有?|无)(?:社保|医保|五险一金|五险)(?!卡|局|号)"),
]
_END: list[tuple[str, str]] = [
    (
        "forced",
        r"(?:被迫|逼迫?(?:着)?(?:我们?|员工|职工)?|强迫(?:我们?|员工)?|迫使(?:我们?|员工)?)(?:自己)?(?:主动)?(?:辞职|离职|辞工|写辞职|签离职)",
    ),
    (
        "dismissed",
        r"(?:被(?!告|申请)|将我们?|把我们?|遭到?|遭受)[^。;!?,、]{0,14}?(?:辞退|开除|解雇|解聘|除名|炒(?:了)?鱿鱼|裁员|裁掉|劝退"
        r"|解除(?:了)?(?:我们?的?)?劳动(?:关系|合同))",
    ),
    (
        "dismissed",
        r"(?:无故|无任何理由|无理由|突然|强行|强制|口头|因病|单方面?|违法|要求老板)(?:将|把|对)?(?:我们?|原告|员工|职工)?(?:辞退|开除|解雇|解聘|除名|解除劳动(?:关系|合同))",
    ),
    ("dismissed", r"(?:将|把)(?:我们?|其|他|她|原告|本人)(?:辞退|开除|解雇|解聘|除名)"),
    ("dismissed", r"(?:公司|单位|厂里|厂方|老板)[^。;!?,]{0,6}与(?:我们?|本人|原告)解除(?:了)?劳动(?:关系|合同)"),
    ("expired", r"合同(?:已经?)?(?:到期|期满)(?:了)?[^。;!?,]{0,4}?(?:不再?续签|不续|终止)"),
    ("resigned", r"(?:我|本人|她|他)?(?:已经?|就)?(?:辞职|离职|辞工)了"),
    ("resigned", r"(?:我|本人)(?:于|在)?[^。;!?,]{0,12}?(?:办理完?离职|提出(?:了)?辞职|已经?(?:辞职|离职))"),
    ("closed", r"(?:公司|工厂|厂子?|单位|企业|酒店|学校|医院)(?:已经?|突然|现在)?(?:倒闭|破产|关闭|注销|关门)(?:了)?"),
]
_JOBS = (
    "保安|保洁员?|清洁工|环卫工人?|公交车司机|货车司机|出租车司机|司机|驾驶员|厨师|服务员|收银员|营业员|导购|教练员?|教师|老师|护士|医生|"
    "电工|焊工|钢筋工|木工|泥工|瓦工|架子工|油漆工|搬运工|普工|操作工|技术员|施工员|安全员|会计|出纳|文员|前台|仓管员?|质检员|收费员|"
    "辅警|协管员|安检员|快递员|外卖员|骑手|保姆|月嫂|行政专员|矿工|放映员|兽医|业务员|客服|程序员|工程师"
)
_JOB = re.compile(
    rf"(?:我是|是一名|是一个|是名|身为|担任|从事|做|当|岗位[为是]|任)(?:一名|个"
    rf"|了)?(?:[^。;!?,是]{{0,8}}?的?)?(?P<job>{_JOBS})(?=工作|岗位|[,。;!?、]|$|一职|的|上班)"
)
_AGE = re.compile(rf"(?<![\d.])(?P<age>{_N})(?:多|余|来)?\s?(?:周)?岁(?!月)")
_HOURS = re.compile(
    rf"(?:每天|一天|天天|每日|日均|每班|一个?班)[^。;!?\d]{{0,12}}?(?P<hours>{_N})(?:多|来)?个?(?P<half>半)?(?:多)?(?:小时|钟头)"
    rf"|(?<![\d.])(?P<straight>\d{{1,2}})小时(?:工作制|上班|值班|倒班|轮班)"
)
_DAYS = re.compile(
    r"(?:每周|一周|每星期|一个?星期)(?:要|都|需要?)?(?:上|工作|干|做)(?:班)?(?P<days>[1-7一二三四五六七])天|上(?P<on>[五六])休[一二]|做(?P<on2>[五六])休[一二]"
)
_TRIAL = re.compile(
    rf"试用期(?:限)?(?:为|是|约定为?|定为|不得超过|最长|满)?(?P<after>{_N})个月|(?P<before>{_N})个?月(?:的)?试用期(?:满)?"
)


def find_facts(text: str) -> list[Entity]:
    """Facts of normalised text, in text order; kinds and values as `brain.types.Entity` lists them."""
    found = [*_ages(text), *_hours(text), *_days(text), *_trials(text), *_jobs(text)]
    for kind, rules in _STATES.items():
        found += _states(text, kind, rules)
    return sorted(found, key=lambda entity: entity.start)


def _compile(rules: list[tuple[str, str]]) -> list[tuple[str, re.Pattern[str]]]:
    return [(value, re.compile(pattern)) for value, pattern in rules]


_STATES = {"contract": _compile(_CONTRACT), "insurance": _compile(_INSURED), "employment_end": _compile(_END)}


def _states(text: str, kind: str, rules: list[tuple[str, re.Pattern[str]]]) -> list[Entity]:
    """The first rule that claims a span keeps it."""
    found: list[Entity] = []
    for value, pattern in rules:
        for match in pattern.finditer(text):
            start, end = match.span()
            if any(start < other.end and other.start < end for other in found):
                continue
            # 不签 alone may be any paper: the sentence must speak of a contract.
            if "签" in match.group(0)[-2:] and not _PAPER_NEAR.search(text, max(0, start - 40), end + 20):
                continue
            if match.group(0).startswith("没") and text[:start].endswith("有"):
                continue
            if (
                _NOT_HAPPENED.match(text, end)
                or _ASKED.search(text, max(0, start - 14), start)
                or _RULE_AFTER.match(text, end)
            ):
                continue
            found.append(Entity(kind, match.group(0), start, end, value, 0.8))
    return found


def _whole(text: str | None, low: int, high: int) -> int | None:
    value = parse_number(text) if text else None
    if value is None or value != value.to_integral_value() or not low <= value <= high:
        return None
    return int(value)


def _ages(text: str) -> Iterator[Entity]:
    for match in _AGE.finditer(text):
        age = _whole(match["age"], 1, 120)
        if age is not None:
            yield Entity("age", match.group(0), *match.span(), age, 0.9)


def _hours(text: str) -> Iterator[Entity]:
    for match in _HOURS.finditer(text):
        value = parse_number(match["hours"] or match["straight"])
        if value is not None and 0 < value <= 24:
            hours = float(value + (Decimal("0.5") if match["half"] else 0))
            yield Entity("hours_per_day", match.group(0), *match.span(), hours, 0.8)


def _days(text: str) -> Iterator[Entity]:
    for match in _DAYS.finditer(text):
        days = _whole(match["days"] or match["on"] or match["on2"], 1, 7)
        if days is not None:
            yield Entity("days_per_week", match.group(0), *match.span(), days, 0.85)


def _trials(text: str) -> Iterator[Entity]:
    for match in _TRIAL.finditer(text):
        months = _whole(match["after"] or match["before"], 1, 24)
        if months is not None:
            yield Entity("trial", match.group(0), *match.span(), months, 0.85)


def _jobs(text: str) -> Iterator[Entity]:
    for match in _JOB.finditer(text):
        yield Entity("job", match["job"], match.start("job"), match.end("job"), match["job"], 0.7)
