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


_ENDING = re.compile(
    r"[(]集团[)](?:股份)?有限(?:责任)?公司|集团[\u4e00-\u9fff]{2,10}?(?:股份)?有限(?:责任)?公司|(?:集团|股份)?有限(?:责任)?公司(?:[\u4e00-\u9fff]{2,6}分公司)?|"
    r"(?:股份|集团|总|分)?公司(?!法|章程)|集团|"
    r"(?:工|制品|纺织|水泥|机械|电子|服装|化工|鞋|玩具|砖|钢|纸|药|酒|食品|家具|加工|水|电|氮肥|化肥)?厂(?![家里方长区房规外内商子])|"
    r"(?:煤|铁|金|锡|石)?矿业?(?![山井工难区长产石泉场])|大?酒店|宾馆|饭店|餐厅|超市|(?<!工)商行|商场|"
    r"医院|卫生院|学校|幼儿园|(?:财政|教育|城管|畜牧|水利|粮食|卫计|市场监督管理)局(?![长里面])|(?:街道办事处|街道办|镇政府|乡政府)(?!工作人员)|服务中心|(?:支|分)行|事务所|合作社|(?:工程|施工)队|项目部|工作室|经营部|服务部|快递网点|外卖站点"
)
_NAME_CHARACTER = re.compile(r"[\u4e00-\u9fffA-Za-z0-9()·&]+$")
_NAME_MAX = 28
# What stands before a name: the name begins after the last of these.
_BOUNDARY = re.compile(
    r"(?:我们是|我是|本人是|本人系|我系|他是|她是|在职于|就职于|任职于|入职于|受雇于|工作于|位于|属于|入职了?|进入|来到|去了|来了|去到|到了|"
    r"投诉举报|投诉|举报|反映|控告|起诉|状告|名叫|名为|叫做|叫|关于|请求|咨询|被告|原告|被申请人|被|因为|因|由于|"
    r"原系|原是|按照|依照|根据|通过|成立|更名为|承建商|开发商|业主|可业主|查询|与|及|但|而|现(?![代金])|现在|现在在|一直在|曾在|都在|还在|仍在|自己在|原在|是在|在|是|从|给|让|跟着|跟|找到|找|向|为什么|请问|想问|"
    r"我们|我的|我和|我与|我在|我|本人|你们|他们|咱们|大家|的|了|于|由|对|把|将|至|到|去|和(?=[\u4e00-\u9fff]{2,6}(?:省|市|县|区))|(?:年|月|日|号|底|初|份))"
)
_CODED_PLACE = re.compile(r"[A-Z]\d{0,2}[省市县区]")
_GENERIC = re.compile(
    r"(?:我|我们|该|这|那|这家|那家|一家|某|某某|贵|本|原|现|老|新|大|小|每|各|几|多|家|个|全|其他|别的|别家|同|上市|国有|民营|私营|私人|外资|合资|"
    r"保险|物业|劳务|派遣|劳务派遣|建筑|用人|用工|总|分|子|母|外地|本地|当地|什么|哪|哪家|原来|以前|现在|电子|国营|集体|企业|单位|通过|要求|没有|以及|"
    r"一个|这个|那个|那些|这些|有的|所有|很多|许多|人民|附近|县|市|省|区|镇|乡|村|街道|公立|私立|中介|快递|外卖|平台|网络|科技|"
    r"招标|中标|施工|承包|总包|分包|建设|开发|装修|运输|物流|贸易|餐饮|服装|食品|工程|回|进|出|开|办|关|住)*"
)
# Words that no name holds: they show that the cut went wrong.
_VERBAL = re.compile(
    r"拖欠|必须|报名|参加|否则|实际上|极少数|极个别|工作前|家族|类型|加班|催问|乡镇学校|没|不|告诉|要求|通知|辞退|开除|工资|上班|打工|离职|辞职|员工|职工|工人|老板|领导|法律|规定|如果|可以|应该|怎么|导致|左右|然而|"
    r"只好|退还|觉得|获知|据悉|简称|开设|楼下|前面|代理|调取|告知|谈话|出院|期间|陆续|开始|接收|投产|的|了|我|你|他|她|这|那|哪|谁|但|并|就|都|还|"
    r"又|也|后|时|其|要|会|能|如|而|且|个|等|里|之|或|们|说|再|才|只|着|把|被|让|给|跟|从|因|为什|是|有的|些|每|次|某|整|所|务工|起受|及|以来|政府|局与|负责|处理|得知|希望|注册|担任|追回|违犯|带领|想和|^全|^以上|^[一二三]级|依法|商谈|组建|^原系"
)
_PUBLIC = re.compile(r"局$|街道办|政府|服务中心|[支分]行$")
# Endings that are ordinary words too need a place before them or a clean start.
_FULL_FORM = re.compile(r"有限(?:责任)?公司")


def find_employers(text: str, places: list[Entity]) -> list[Entity]:
    """Names of firms, factories, schools and the like; generic words (我们公司, 劳务公司) are left out.

    `places` (of the same text) mark where a name may begin.
    Confidence: full legal form 0.85, with a place in it 0.7, else 0.5.
    """
    spans = [(place.start, place.end) for place in places] + [match.span() for match in _CODED_PLACE.finditer(text)]
    starts = _group_starts(sorted(spans))
    found: list[Entity] = []
    floor = 0
    for match in _ENDING.finditer(text):
        entity = _employer(text, match, floor, starts, places)
        if entity is not None:
            found.append(entity)
            floor = match.end()
    return found


def _group_starts(spans: list[tuple[int, int]]) -> list[int]:
    """Starts of runs of adjoining places: 贵州省贵阳市南明区 begins one name, not three."""
    starts = []
    last_end = -1
    for start, end in spans:
        if start > last_end:
            starts.append(start)
        last_end = max(last_end, end)
    return starts


def _employer(text: str, match: re.Match[str], floor: int, starts: list[int], places: list[Entity]) -> Entity | None:
    ending_start, end = match.span()
    window = _NAME_CHARACTER.search(text, max(floor, ending_start - _NAME_MAX), ending_start)
    if window is None:
        return None
    start = window.start()
    inside = [at for at in starts if start <= at < ending_start]
    if inside:
        start = inside[-1]
    else:
        for boundary in _BOUNDARY.finditer(text, start, ending_start):
            start = boundary.end()
    while start < ending_start and text[start] in "()·&":
        start += 1
    core, name = text[start:ending_start], text[start:end]
    inner = _CODED_PLACE.sub("", core)
    for place in places:
        if start <= place.start and place.end <= ending_start:
            inner = inner.replace(place.text, "", 1)
    kind = match.group(0)
    if len(name) < 4 or (
        len(inner) < 2
        and not (inside and kind in ("医院", "学校", "煤矿", "商场", "卫生院", "财政局", "教育局", "镇政府", "乡政府"))
    ):
        return None
    if _GENERIC.fullmatch(inner) or _VERBAL.search(inner) or name.count("(") != name.count(")"):
        return None
    # A body of the state is an employer by name only, never by its kind alone.
    if _PUBLIC.search(kind) and not inside:
        return None
    confidence = 0.85 if _FULL_FORM.search(kind) else 0.7 if inside else 0.5
    return Entity("employer", name, start, end, name, confidence)
