"""Sums of money, lengths of time, numbers of people (金额、时长、人数). Wrong is worse than none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import Decimal
from functools import cache

import numpy as np
import numpy.typing as npt

from gonghui.brain.numerals import HAN_NUMBER, NUMBER, parse_number
from gonghui.brain.scan import Joined, join
from gonghui.brain.types import Entity

_MONEY = re.compile(
    rf"(?P<sign>[¥￥$]|人民币)?\s?(?<![\dA-Za-z.])(?P<number>{NUMBER})(?P<many>[多余来几](?P<scale>[万千百亿])?)?\s?"
    r"(?P<unit>万元|千元|百元|亿元|元钱|块钱|毛钱?(?!巾|衣|笔|病)|角钱?(?=[,。;!?)]|$)|元(?!旦|素|件|月|宵|宝|首|老|帅|气|凶)|块(?!地|儿|牌|土|田|砖|石|区)|圆整?|rmb|人民币)?"
    r"(?P<per>\s?(?:/|每|一)\s?(?:个)?(?:月|天|日|小时|年|件|单|人))?"
)
_MONEY_CONTEXT = re.compile(
    r"(?:工资|工钱|薪水|月薪|底薪|年薪|日薪|时薪|薪资|收入|赔|补偿|赔偿|欠|借|押金|罚款|罚了?|扣了?|扣除|垫付|垫了|花了|到手|提成|奖金|"
    r"生活费|加班费|退休金|养老金|补贴|津贴|低保|欠款|借款|损失|差额|报酬|交了|收了?|达|约|近|大约|差不多|工程款|货款|运费|费用|金额|每月|一个月|月入|共计?|合计|总共|定金|支付|付了|给了|发了|只发|拿到?|医药费|医疗费)"
    r"[^\d。!?;\n]{0,6}$"
)
# A bare number stands for yuan right after the word for pay.
_PAY_BEFORE = re.compile(
    r"(?:工资|月薪|底薪|薪水|薪资|收入|退休金|养老金|生活费|加班费|试用期|奖金|提成|补贴|只付了|只发了?|只给了?|发工资时只有)"
    r"(?:每月|一个月|是|为|才|只|有|只有|就|大概|平均|在|到手|标准|\s){0,3}$"
)
_HOURLY_BEFORE = re.compile(r"(?:一个?小时|每个?小时|时薪)(?:才|只|是|给)?$")
# 首付, 工资 and the like after a bare 20万 say that it is money.
_MONEY_AFTER = re.compile(
    r"(?:的)?(?:首付|工资|工钱|补贴|补偿|赔偿|欠款|血汗钱|工程款|货款|押金|保证金|年薪|左右的?工资)"
)
_PER = {"月": "per_month", "天": "per_day", "日": "per_day", "小时": "per_hour", "年": "per_year"}
_PER |= {"件": "per_piece", "单": "per_piece"}
_BEFORE_PER = re.compile(
    r"(?:(?P<per_month>每个?月|一个月|月薪|(?<!个)月工资|底薪|月入|月基本工资|月收入|基本工资|平均工资|每月工资|月平均工资|月均工资)|(?P<per_day>每天|一天|日薪|日工资|工作日工资)|"
    r"(?P<per_hour>时薪|每小时|一小时|一个小时|每个小时|小时工资)|(?P<per_year>年薪|每年|一年)|(?P<per_piece>每单|一单|每件|一件))"
    r"[^\d,。!?;:\n]{0,6}$"
)
_NOT_MONEY_AFTER = re.compile(
    r"(?:个|名|位|人|平|公里|字|次|年|月|天|户|辆|吨|件|票|步|多人|余人|度|斤|岁|号|亩|米|里|家|条|份|%|％|倍|分之|班|职工|员工|工人|群众)"
)
_RANGE_BEFORE = re.compile(r"[\d万千百元块](?:-|~|—|至|到)\s?$")
_RANGE_AFTER = re.compile(rf"\s?(?:-|~|—|至|到)\s?[\d{HAN_NUMBER}]")
_CN_RANGE = re.compile(r"[一二三四五六七八九两][一二三四五六七八九][十百千万]")
_VAGUE_BEFORE = re.compile(r"(?:数|好几|几|上|成)$")
_ROUGH_BEFORE = re.compile(r"(?:约|大约|近|将近|差不多|大概)$")
_SCALES = {"万": 10_000, "千": 1_000, "百": 100, "亿": 100_000_000}


def find_money(text: str) -> list[Entity]:
    """Sums in yuan as Decimal text: 1万2, 8千, 5k, 一万二千元, 5200元/月. 三个月工资 is no sum. Ranges are left out."""
    found = []
    for match in _MONEY.finditer(text):
        entity = _money(text, match)
        if entity is not None:
            found.append(entity)
    return found


def _money(text: str, match: re.Match[str]) -> Entity | None:
    number, unit, sign = match["number"], match["unit"], match["sign"]
    start, end = match.span()
    before, after = text[max(0, start - 16) : start], text[end : end + 6]
    # 数十万, 好几千 and 上百万 are no sums.
    if _VAGUE_BEFORE.search(before) and number[0] in "十百千万亿":
        return None
    if sign == "$" or _RANGE_BEFORE.search(before) or _RANGE_AFTER.match(after) or _CN_RANGE.search(number):
        return None
    # 改为500,400元 lists two sums; 12,000元 and 248,207元 are one.
    if re.fullmatch(r"[1-9]00,[1-9]00", number):
        return None
    value = parse_number(number)
    if value is None and number[0] in "百千万" and before.endswith("近"):
        value = parse_number(f"一{number}")
    if value is None or value <= 0 or value >= Decimal(10) ** 12:
        return None
    lay_unit = bool(re.search(r"[万千kKwW]|[一二两三四五六七八九]百", number)) or bool(match["scale"])
    if unit is None and sign is None:
        # A bare number is a sum only with a lay unit, in a money context, and not before a counted noun.
        if _NOT_MONEY_AFTER.match(after):
            return None
        said = lay_unit and (_MONEY_CONTEXT.search(before) or _MONEY_AFTER.match(after))
        paid = value >= 100 and _PAY_BEFORE.search(before) and not re.fullmatch(r"(?:19|20)\d\d", number)
        if not (said or paid or (1 <= value <= 500 and _HOURLY_BEFORE.search(before))):
            return None
        if match["per"] and not any(key in match["per"] for key in _PER):
            return None
    if unit == "块" and (value < 10 or (number[0] not in "0123456789" and len(number) < 2)):
        return None
    if match["scale"]:
        value *= _SCALES[match["scale"]]
    if unit is not None and unit[0] in "毛角":
        value /= 10
    if unit in ("万元", "千元", "百元", "亿元"):
        value *= _SCALES[unit[0]]
    confidence = 0.95 if unit or sign else 0.75
    qualifier = _period(before, match["per"])
    if match["many"] or _ROUGH_BEFORE.search(before) or after.startswith(("左右", "上下", "多")):
        confidence -= 0.2
        qualifier = qualifier or "approx"
    raw = match.group(0)
    lead = len(raw) - len(raw.lstrip())
    return Entity(
        "money", raw.strip(), start + lead, start + lead + len(raw.strip()), _yuan(value), confidence, qualifier
    )


def _yuan(value: Decimal) -> str:
    whole = value.quantize(Decimal("0.01"))
    return str(whole.quantize(Decimal(1))) if whole == whole.to_integral_value() else str(whole)


def _period(before: str, per: str | None) -> str | None:
    if per:
        return next((name for key, name in _PER.items() if key in per), None)
    match = _BEFORE_PER.search(before)
    return match.lastgroup if match else None


_DURATION = re.compile(
    rf"(?<![\d.年几数每第{HAN_NUMBER}])(?=[\d一二两三四五六七八九十])(?:(?P<years>\d{{1,2}}(?:\.\d)?|[一二两三四五六七八九十]{{1,3}})(?P<years_more>多|余|来)?(?:个)?年(?P<year_half>半)?(?P<year_more>多)?"
    rf"(?:零|又|加|,)?)?"
    rf"(?:(?P<months>\d{{1,3}}|[一二两三四五六七八九十]{{1,3}})个(?P<month_half>半)?(?P<month_more>多)?月(?P<month_half2>半)?(?P<more2>多)?)?"
    rf"(?:零?(?P<days>\d{{1,3}}|[一二两三四五六七八九十]{{1,3}})(?P<unit>天|个?星期|周(?![一二三四五六日末岁])|个工作日|日(?=内|以内|之内)))?"
)
_VAGUE = re.compile(r"[一二两三四五六七八九]{2}(?:个|年|天|周)")
_HALF = re.compile(r"(?P<big>大)?半(?P<unit>年|个月)(?P<more>多)?")
_WAGES_AFTER = re.compile(r"(?:的)?(?:时间)?(?:的)?(?:基本)?(?:工资|薪水|工钱|薪|血汗钱)")
_JOINED = re.compile(r"年(?:零|又|加|半)")
_YEAR_IS_DATE = re.compile(r"(?:前(?!后)|级|底|初|末|份|度|代|的?\d{1,2}月)")
_DURATION_CUE = re.compile(
    r"(?:干了?|工作了?|做了?|上班了?|工龄|拖欠|连续|共|已经?|满|近|等了?|长达|拖了?|欠了?|有了?|快|将近|来了?|上了?|待了?|交|缴|缴纳|交满|缴满|年限为?|服务期为?|期限为?|不足|不满|未满|超过|达到?|至今)$"
)
_DURATION_TAIL = re.compile(r"(?:多|来|了|以来|的?时间|工龄|以上|合同|没|未|不|之久|有余|期|,|。)")


def find_durations(text: str) -> list[Entity]:
    """Lengths in months (float): 三年零四个月 = 40, 半年 = 6. 三个月工资 has qualifier `of_wages`. 三年前 is a date."""
    found = []
    for match in _DURATION.finditer(text):
        if match.end() > match.start():
            entity = _duration(text, match)
            if entity is not None:
                found.append(entity)
    for match in _HALF.finditer(text):
        start, end = match.span()
        if text[max(0, start - 1) : start] in set("年个上下前后多一两二三四五六七八九十") or text.startswith("前", end):
            continue
        months = 6.0 if match["unit"] == "年" else 0.5
        rough = bool(match["big"] or match["more"])
        found.append(_span("duration", text, start, end, months, 0.6 if rough else 0.9, "approx" if rough else None))
    return sorted(found, key=lambda entity: entity.start)


def _duration(text: str, match: re.Match[str]) -> Entity | None:
    start, end = match.span()
    raw = match.group(0).rstrip("零又加,")
    end = start + len(raw)
    before, after = text[max(0, start - 6) : start], text[end : end + 5]
    # 一两年, 三五天 are vague; 一年一度 is an idiom.
    if _VAGUE.search(raw) or after.startswith("一度"):
        return None
    months = Decimal(0)
    if match["years"]:
        value = parse_number(match["years"])
        if value is None or value > 60 or (_YEAR_IS_DATE.match(after) and not match["months"]):
            return None
        bare = match["years"].isdigit() and len(match["years"]) == 2 and not match["months"]
        # 19年 is a year as often as a length: only with a word that says so.
        if bare and not (_DURATION_CUE.search(before) or _DURATION_TAIL.match(after)):
            return None
        if re.match(r"\s?\d{1,2}月", after):
            return None
        months += value * 12 + (6 if match["year_half"] else 0)
    if match["months"]:
        value = parse_number(match["months"])
        if value is None or value > 600 or (after.startswith("前") and not after.startswith("前后")):
            return None
        months += value + (Decimal("0.5") if match["month_half"] or match["month_half2"] else 0)
    if match["days"]:
        value = parse_number(match["days"])
        # 一天 alone is a rate (一天十二个小时), hardly ever a length.
        if value == 1 and not match["years"] and not match["months"]:
            return None
        if value is None or (after.startswith(("前", "后")) and not match["months"] and not match["years"]):
            return None
        per_month = Decimal(30)
        unit_days = 7 if "周" in match["unit"] or "星期" in match["unit"] else 1
        months += (value * unit_days / per_month).quantize(Decimal("0.01"))
    if months <= 0:
        return None
    if match["years"] and match["months"] and _WAGES_AFTER.match(after) and not _JOINED.search(raw):
        # 一年一个月的工资: for each year one month's pay, not thirteen months.
        at = raw.index("年") + 1
        return _span("duration", text, start + at, end, float(parse_number(match["months"]) or 0), 0.7, "of_wages")
    rough = bool(match["years_more"] or match["year_more"] or match["month_more"] or match["more2"])
    qualifier = "of_wages" if _WAGES_AFTER.match(after) else "approx" if rough else None
    return _span("duration", text, start, end, float(months), 0.7 if rough else 0.9, qualifier)


PEOPLE_NOUN = (
    r"工友|工人|员工|职工|农民工|民工|同事|老乡|司机|骑手|快递员|劳动者|受害者|受害人|师傅|同志|教师|老师|打工者|务工人员|工作人员|"
    r"技工|学生|实习生|保安|保洁员|女工|伙计|兄弟|弟兄|代表|护士|大姐|姐妹|阿姨|宿管|小时工|业主|股民|家庭|家长|直销员|驾驶员|劝导员|"
    r"木工|瓦工|焊工|油漆工|钢筋工|架子工|队员|环卫工|合同工|临时工|编外人员|退休人员|退休职工|下岗职工|村医|辅警|收费员|"
    r"业务员|店员|服务员|厨师|安检员|女职工|教练|技师|学徒|收银员|促销员|导购|船员|矿工|主播|演员|辅导员"
)
_PEOPLE = re.compile(
    rf"(?<![\d第.A-Za-z{HAN_NUMBER}])(?P<vague>几|数|上|近|好几)?(?P<number>\d{{1,6}}|[{HAN_NUMBER}]{{1,6}})"
    rf"(?P<more>多|余|来|几)? ?"
    rf"(?:(?P<classifier>个|名|位|号)(?P<noun>人(?!事|社|力)|{PEOPLE_NOUN}|农民)|(?P<bare>人(?!民|大|次|均|口|才|力|工(?!资|钱)|间|份|房|座|组|以下|行|世|家|格|道|事|士|为|生|心|体))|"
    rf"(?P<bare_noun>{PEOPLE_NOUN})|(?<!前[\d{HAN_NUMBER}])(?P<title>名|位)(?=[\u4e00-\u9fff]))(?:以上)?"
)


_ONE_OR_TWO = re.compile("[一二两三四五六七八九]{2}")
_SOME_BEFORE = ("好几", "几", "数", "上", "近")
# What a character can be in a number of people.
_NUMERAL, _MORE, _SPACE, _NOUN = 1, 2, 4, 8
_PLANE = 0x10000


@cache
def _kinds() -> npt.NDArray[np.uint8]:
    """Of each character of the first plane, and last of all others, what it can be."""
    kinds = np.zeros(_PLANE + 1, dtype=np.uint8)
    digits = re.findall(r"\d", "".join(map(chr, range(_PLANE))))
    nouns = {noun[0] for noun in PEOPLE_NOUN.split("|")}
    for kind, characters in ((_NUMERAL, [*digits, *HAN_NUMBER]), (_MORE, "多余来几"), (_SPACE, " "), (_NOUN, nouns)):
        kinds[[ord(character) for character in characters]] |= kind
    kinds[[ord(character) for character in "人个名位号"]] |= _NOUN
    return kinds


def find_runs(texts: Joined) -> list[list[int]]:
    """Where a number of people can begin in each of texts side by side: runs of digits with a fitting word behind."""
    kinds = _kinds()[np.minimum(texts.points, _PLANE)]
    is_numeral, is_noun = kinds & _NUMERAL > 0, kinds & _NOUN > 0
    edges = np.diff(is_numeral, prepend=False, append=False)
    begins, ends = np.flatnonzero(edges).reshape(-1, 2).T
    # A word may stand behind 多 and a space.
    after = ends + (kinds.take(ends, mode="clip") & _MORE > 0)
    after, plain = (place + (kinds.take(place, mode="clip") & _SPACE > 0) for place in (after, ends))
    begins = begins[is_noun.take(after, mode="clip") | is_noun.take(plain, mode="clip")]
    bounds = np.searchsorted(begins, texts.begins).tolist()
    return [
        (begins[first:stop] - begin).tolist() if first < stop else []
        for first, stop, begin in zip(bounds, bounds[1:], texts.begins.tolist(), strict=False)
    ]


def _people(text: str, runs: Iterable[int]) -> Iterator[re.Match[str]]:
    """All matches of `_PEOPLE`, in text order."""
    after = 0
    for number in runs:
        # After 好几 or 数 the number itself is tried too: the word may belong to what stands before.
        begin = number - next((len(word) for word in _SOME_BEFORE if text.endswith(word, 0, number)), 0)
        tries = range(max(after, begin), number + 1)
        match = next((found for at in tries if (found := _PEOPLE.match(text, at))), None)
        if match is not None:
            after = match.end()
            yield match


def find_people(text: str, runs: Iterable[int] | None = None) -> list[Entity]:
    """Numbers of people (int): 三十多人 = 30 `at_least`, 几十人 = 20. 一个人 is an idiom, left out.

    runs: those of `find_runs`, where they are known.
    """
    found = []
    for match in _people(text, find_runs(join([text]))[0] if runs is None else runs):
        value = parse_number(match["number"])
        if value is None or value != value.to_integral_value():
            continue
        count = int(value)
        # 五六个人 are five or six.
        if _ONE_OR_TWO.fullmatch(match["number"]):
            continue
        vague = match["vague"]
        if vague in ("几", "数", "好几"):
            if match["number"] not in "十百千万":
                continue
            count *= 2
        if count < 2 or count > 1_000_000 or (vague in ("上", "近") and count < 10):
            continue
        # 两人 counts, 二人转 and 二人世界 do not.
        if match["bare"] and match["number"] == "二" and not vague:
            continue
        rough = bool(vague or match["more"] or match.group(0).endswith("以上"))
        confidence = 0.5 if vague in ("几", "数", "好几") else 0.8 if rough else 0.9
        qualifier = "approx" if vague == "近" else "at_least" if rough else None
        found.append(_span("people_count", text, *match.span(), count, confidence, qualifier))
    return found


def _span(
    kind: str, text: str, start: int, end: int, value: str | int | float, confidence: float, qualifier: str | None
) -> Entity:
    return Entity(kind, text[start:end], start, end, value, confidence, qualifier)
