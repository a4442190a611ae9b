"""Who should lead (管辖建议): the rule order of handbook 1.7, as a proposal that a person confirms."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gonghui.brain.cues import is_negated
from gonghui.brain.lexicon import lexicon
from gonghui.brain.text import clause_around
from gonghui.brain.types import Entity, Jurisdiction, Scored, Urgency

# Accepted by arbitration or court: then the union gives legal service only.
_ACCEPTED = re.compile(
    r"(?:法院|法庭|仲裁委|仲裁院|仲裁委员会|劳动仲裁|仲裁)[^。!?;\n]{0,8}(?:已经?受理|受理了|开庭|正在审理|判决|裁决|裁定|立案了|已立案)|"
    r"(?:判决书|裁决书|仲裁裁决|一审判决|二审|强制执行申请)"
)
# Every match holds one of these; most texts hold none.
_ACCEPTED_WORDS = ("法院", "法庭", "仲裁", "判决", "裁决书", "二审", "强制执行")
_REFUSED = re.compile(r"(?:不予受理|不受理|没有受理|没受理|未受理|不立案|怎么|如何|是否|能不能|可以)")
_WORK_NEAR = re.compile(
    r"(?:上班|工作|打工|干活|做事|务工|工地|项目|公司|工厂|厂|酒店|店|企业|施工|入职|用人单位|单位|站点|网点|跑单)"
)
_ORIGIN_NEAR = re.compile(r"(?:人(?!民|社|力|员)|老家|户籍|户口|籍贯|出生|家住|住址|身份证)")
_SEVERAL = re.compile(r"(?:各地|多地|多个城市|几个城市|跨省|跨市|全国各地|几个项目|多个项目|分公司都)")


@dataclass(frozen=True)
class _Place:
    code: str
    weight: float
    name: str


def propose(
    text: str,
    entities: list[Entity],
    categories: list[Scored],
    is_labour: Scored,
    worker_type: Scored | None,
    urgency: Urgency,
    region_hint: str | None,
) -> Jurisdiction:
    """The first rule of handbook 1.7 that fits the normalised text, with its reasons."""
    places = _work_places(text, entities)
    region = places[0].code if places else _hint_code(region_hint)
    reasons = [f"工作地:{places[0].name}"] if places else [f"来源地区:{region}"] if region else []
    top = categories[0] if categories else None

    accepted = None
    if any(word in text for word in _ACCEPTED_WORDS):
        accepted = next((match for match in _ACCEPTED.finditer(text) if _is_accepted(text, match)), None)
    if accepted is not None:
        return Jurisdiction(region, "legal_consult_only", [*reasons, f"已进入法律程序:{accepted.group(0)}"], 0.6)
    if top and top.code == "1603":
        return Jurisdiction(region, "restricted", [*reasons, "涉及工会干部违纪,限纪检查看", *top.why], 0.7)
    # Who writes that life is in danger is never sent elsewhere by a machine.
    if urgency.level not in ("P0", "P1") and _not_union(categories, is_labour):
        why = top.why if top and top.code.startswith("99") else is_labour.why
        return Jurisdiction(None, "elsewhere", ["不属工会职责", *why[:3]], round(max(0.5, 1 - is_labour.score), 2))
    if worker_type is not None and worker_type.code in lexicon().new_form and worker_type.score >= 0.5:
        return Jurisdiction(region, "industry_or_county", [*reasons, "新就业形态劳动者", *worker_type.why[:2]], 0.7)
    several = _SEVERAL.search(text)
    work_only = [place for place in places if place.weight >= 1.0]
    cities = {place.code[:4] for place in work_only}
    if several or len(cities) >= 2:
        common = _common(sorted({place.code for place in work_only}))
        named = several.group(0) if several else "、".join(place.name for place in work_only[:3])
        return Jurisdiction(common or region, "higher", [f"涉及多个地方:{named}"], 0.5)
    if region is None:
        return Jurisdiction(None, "unknown_place", ["没有写明工作地,需要询问"], 0.3)
    precise = not region.endswith("00")
    return Jurisdiction(region, "work_place_county", reasons, 0.8 if places and precise else 0.55)


def _is_accepted(text: str, match: re.Match[str]) -> bool:
    left, right = clause_around(text, match.start(), match.end(), sentence=True)
    return not _REFUSED.search(text, left, right) and not is_negated(text, match.start())


def _not_union(categories: list[Scored], is_labour: Scored) -> bool:
    if not categories:
        return is_labour.score < 0.3 and bool(is_labour.why)
    top = categories[0]
    if top.code == "9902":
        # A labour matter that also speaks of a village or a hospital stays with the union.
        rivals = [scored for scored in categories[1:] if scored.score >= 0.5]
        return is_labour.score < 0.5 or not rivals
    if top.code.startswith("99"):
        return is_labour.score < 0.4
    service = top.code[:2] in {"11", "12", "14", "15", "16", "17"}
    return is_labour.score < 0.15 and not service


def _hint_code(region_hint: str | None) -> str | None:
    return region_hint if region_hint and re.fullmatch(r"\d{6}", region_hint, re.ASCII) else None


def _work_places(text: str, entities: list[Entity]) -> list[_Place]:
    """Places by how likely somebody works there: words of work near raise, words of origin lower."""
    employers = [entity for entity in entities if entity.kind == "employer"]
    best: dict[str, _Place] = {}
    for entity in entities:
        if entity.kind != "place" or entity.value is None:
            continue
        left, right = clause_around(text, entity.start, entity.end)
        weight = entity.confidence
        if _WORK_NEAR.search(text, entity.end, right):
            weight += 0.5
        if text[max(left, entity.start - 1) : entity.start] in ("在", "到"):
            weight += 0.3
        if _ORIGIN_NEAR.match(text, entity.end, min(right, entity.end + 4)) or _ORIGIN_NEAR.search(
            text, left, entity.start
        ):
            weight -= 1.0
        if any(employer.start <= entity.start < employer.end for employer in employers):
            weight += 0.1
        code = str(entity.value)
        # A county says more than its province.
        weight += 0.2 * (2 - code.count("00", 2)) if len(code) == 6 else 0
        place = _Place(code, round(weight, 2), entity.qualifier or entity.text)
        if code not in best or best[code].weight < weight:
            best[code] = place
    return sorted(best.values(), key=lambda place: -place.weight)


def _common(codes: list[str]) -> str | None:
    """The lowest region above all codes: the city, the province, or None for several provinces."""
    if not codes:
        return None
    if len({code[:4] for code in codes}) == 1:
        return codes[0][:4] + "00"
    if len({code[:2] for code in codes}) == 1:
        return codes[0][:2] + "0000"
    return None
