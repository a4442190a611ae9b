"""Phones, identity numbers and names of employers (电话、身份证号、用人单位)."""

from __future__ import annotations

import re
from datetime import date

from gonghui.brain.types import Entity

_MOBILE = re.compile(r"(?<![\d])(?:\+?86[ -]?)?(1[3-9]\d[ -]?\d{4}[ -]?\d{4})(?!\d)")
_LANDLINE = re.compile(r"(?<![\d-])(0\d{2,3}[ -]?\d{7,8}|400[ -]?\d{3}[ -]?\d{4})(?!\d)")
_ID_NO = re.compile(r"(?<![\dA-Za-z])(\d{17}[\dXx])(?![\dA-Za-z])")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def find_phones(text: str) -> list[Entity]:
    """Mobile, landline and 400 numbers; value = digits only."""
    found = []
    for pattern, confidence in ((_MOBILE, 0.95), (_LANDLINE, 0.85)):
        for match in pattern.finditer(text):
            digits = re.sub(r"\D", "", match.group(1))
            found.append(Entity("phone", match.group(0), *match.span(), digits, confidence))
    return sorted(found, key=lambda entity: entity.start)


def id_number_is_valid(number: str) -> bool:
    """Check digit (GB 11643) and a real birth date that is not in a coming century."""
    if not re.fullmatch(r"\d{17}[\dXx]", number, re.ASCII):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _WEIGHTS, strict=True))
    if "10X98765432"[total % 11] != number[17].upper():
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    return 1900 <= born.year <= 2099


def find_id_numbers(text: str) -> list[Entity]:
    """18-character identity numbers; confidence 0.98 when the check digit is right, else 0.2."""
    return [
        Entity(
            "id_no",
            match.group(0),
            *match.span(),
            match.group(1).upper(),
            0.98 if id_number_is_valid(match.group(1)) else 0.2,
        )
        for match in _ID_NO.finditer(text)
    ]


_ENDING = (
    r"(?:有限责任公司|股份有限公司|集团有限公司|有限公司|股份公司|分公司|总公司|集团公司|集团|公司|"
    r"(?:[\u4e00-\u9fff]{0,4})(?:工厂|制品厂|纺织厂|水泥厂|机械厂|电子厂|服装厂|化工厂|鞋厂|玩具厂|砖厂|钢厂|纸厂|药厂|酒厂|食品厂|家具厂|煤矿|矿业|厂)|"
    r"大酒店|酒店|宾馆|饭店|餐厅|超市|商行|商场|医院|学校|幼儿园|事务所|合作社|工程队|施工队|项目部|工作室|经营部|服务部|网点|站点)"
)
_NAME = r"[\u4e00-\u9fffA-Za-z0-9()·&]"
_ENDING_AT_END = re.compile(rf"{_ENDING}$")
_EMPLOYER = re.compile(rf"{_NAME}{{2,28}}?{_ENDING}")
# What stands before a name: the name begins after the last of these.
_BOUNDARY = re.compile(
    r"(?:我们是|我是|本人是|本人系|我系|他是|她是|在职于|就职于|任职于|入职于|受雇于|工作于|位于|属于|入职了?|进入|来到|去了|来了|去到|到了|"
    r"投诉举报|投诉|举报|反映|控告|起诉|状告|名叫|名为|叫做|叫|关于|请求|咨询|被告|原告|被申请人|被|因为|因|由于|"
    r"原系|原是|现在|现在在|一直在|曾在|都在|还在|仍在|自己在|原在|是在|在|是|从|给|让|跟着|跟|找到|找|向|为什么|请问|想问|"
    r"我们|我的|我和|我与|我在|我|本人|你们|他们|咱们|大家|的|了|于|由|对|把|将|至|到|去|和(?=[\u4e00-\u9fff]{2,6}(?:省|市|县|区))|(?:年|月|日|号|底|初|份))"
)
_CODED_PLACE = re.compile(r"[A-Z]\d{0,2}[省市县区]")
_GENERIC = re.compile(
    r"(?:我|我们|该|这|那|这家|那家|一家|某|某某|贵|本|原|现|老|新|大|小|每|各|几|多|家|个|全|其他|别的|别家|同|上市|国有|民营|私营|私人|外资|合资|"
    r"保险|物业|劳务|派遣|劳务派遣|建筑|用人|用工|总|分|子|母|外地|本地|当地|什么|哪|哪家|原来|以前|现在|电子|国营|集体|企业|单位|通过|要求|没有|以及|"
    r"一个|这个|那个|那些|这些|有的|所有|很多|许多|人民|附近|县|市|省|区|镇|乡|村|街道|公立|私立|中介|快递|外卖|平台|网络|科技|"
    r"招标|中标|施工|承包|总包|分包|建设|开发|装修|运输|物流|贸易|餐饮|服装|食品|工程|回|进|出|开|办|关|住)*"
)
_VERBAL = re.compile(
    r"(?:拖欠|没有?|不给|不让|告诉|要求|通知|辞退|开除|工资|上班|工作|打工|离职|辞职|员工|职工|工人|老板|领导|法律|规定|如果|可以|应该|怎么|因|说)"
)


def find_employers(text: str, places: list[Entity]) -> list[Entity]:
    """Names of firms, factories, schools and the like; generic words (我们公司, 劳务公司) are left out.

    `places` (of the same text) mark where a name may begin.
    Confidence: full legal form 0.85, with a place in it 0.7, else 0.5.
    """
    starts = [place.start for place in places] + [match.start() for match in _CODED_PLACE.finditer(text)]
    found = []
    for match in _EMPLOYER.finditer(text):
        ending = _ENDING_AT_END.search(match.group(0))
        if ending is None:
            continue
        start = _name_start(text, match.start(), match.start() + ending.start(), starts)
        name = text[start : match.end()].lstrip("()·&")
        start = match.end() - len(name)
        core = (
            text[start : max(start, match.start() + ending.start())]
            if start > match.start()
            else name[: ending.start()]
        )
        inner = core
        for place in places:
            if start <= place.start and place.end <= start + len(core):
                inner = inner.replace(place.text, "", 1)
        inner = _CODED_PLACE.sub("", inner)
        if len(inner) < 2 and not name.endswith(("医院", "学校", "煤矿")):
            continue
        if len(name) < 4 or _GENERIC.fullmatch(inner) or _VERBAL.search(core) or name.count("(") != name.count(")"):
            continue
        placed = any(start <= at < match.end() for at in starts)
        confidence = 0.85 if name.endswith("有限公司") or "有限责任" in name else 0.7 if placed else 0.5
        found.append(Entity("employer", name, start, match.end(), name, confidence))
    return found


def _name_start(text: str, start: int, core_end: int, places: list[int]) -> int:
    """Where the name begins: at a place inside the core, else after the last boundary word."""
    inside = [at for at in places if start <= at < core_end]
    cut = start
    for match in _BOUNDARY.finditer(text, start, core_end):
        if not any(at <= match.start() for at in inside):
            cut = match.end()
    return min((at for at in inside if at >= cut), default=cut)
