"""What a message itself tells of the facts (从来信读出事实), and by which words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from gonghui.brain.types import Entity, Understanding
from gonghui.law.topics import FactValue

_SURE = 0.7
_CONTRACT: dict[str, dict[str, FactValue]] = {
    "unsigned": {"contract_signed": False, "relation": "nothing"},
    "oral": {"contract_signed": False, "relation": "nothing"},
    "signed": {"contract_signed": True, "relation": "contract"},
    "expired": {"contract_signed": True, "relation": "contract"},
    "blank": {"signed_paper": "blank"},
}
_INSURANCE: dict[str, dict[str, FactValue]] = {
    "none": {"insured": "none"},
    "arrears": {"insured": "partly"},
    "low_base": {"insured": "low"},
    "waived": {"signed_paper": "waiver"},
}
_END: dict[str, dict[str, FactValue]] = {
    "dismissed": {"ended_by": "employer", "employed": False},
    "resigned": {"ended_by": "worker", "employed": False},
    "forced": {"ended_by": "worker", "employed": False},
    "expired": {"ended_by": "expired"},
    "closed": {"ended_by": "closed", "employed": False},
}
_WORKER: dict[str, dict[str, FactValue]] = {
    "rider": {"employer_kind": "platform"},
    "courier": {"employer_kind": "platform"},
    "ride_hailing": {"employer_kind": "platform"},
    "domestic": {"employer_kind": "household"},
    "dispatched": {"relation": "dispatch"},
    "intern": {"worker_kind": "student"},
    "foreign": {"worker_kind": "foreigner"},
    "institution": {"worker_kind": "institution"},
}
_SITE = ("工地", "包工头", "总包", "建筑", "装修队", "项目部", "施工", "农民工")
_SITE_CATEGORY = "0108"
_IOU = ("欠条", "结算单", "打了条")


@dataclass(frozen=True, slots=True)
class Read:
    """A fact that was read, and the words it was read from."""

    fact: str
    value: FactValue
    words: str


def read_facts(meaning: Understanding) -> list[Read]:
    """Facts of the message that were read with confidence, each once; the worker is shown them and can change them."""
    found: dict[str, Read] = {}
    for fact, value, words in _all(meaning):
        # What is said twice and differently is asked.
        if fact in found and found[fact].value != value:
            found[fact] = Read(fact, value, "")
        found.setdefault(fact, Read(fact, value, words))
    return [read for read in found.values() if read.words]


def _all(meaning: Understanding) -> Iterator[tuple[str, FactValue, str]]:
    for kind, table in (("contract", _CONTRACT), ("insurance", _INSURANCE), ("employment_end", _END)):
        for entity in _sure(meaning, kind):
            for fact, value in table.get(str(entity.value), {}).items():
                yield fact, value, entity.text
    if meaning.worker_type is not None and meaning.worker_type.score >= _SURE:
        for fact, value in _WORKER.get(meaning.worker_type.code, {}).items():
            yield fact, value, "、".join(meaning.worker_type.why[:1])
    site = next((word for word in _SITE if word in meaning.text), None)
    if site and any(scored.code == _SITE_CATEGORY for scored in meaning.categories[:1]):
        yield "employer_kind", "site", site
    if iou := next((word for word in _IOU if word in meaning.text), None):
        yield "iou", True, iou
    for alarm in meaning.urgency.alarms:
        if alarm.kind == "employer_gone" and not alarm.negated and alarm.level == "P1":
            yield "reachable", False, alarm.word
        if alarm.kind == "maternity_dismissal" and not alarm.negated:
            yield "protected", "maternity", alarm.word
    for entity in _sure(meaning, "age"):
        yield "age", int(float(str(entity.value))), entity.text
    for entity in _sure(meaning, "people_count"):
        yield "coworkers", int(str(entity.value)), entity.text
    for entity in _sure(meaning, "money"):
        if entity.qualifier == "per_month":
            yield "monthly_wage", _money(entity), entity.text
        elif entity.qualifier is None and any(
            word in _before(meaning, entity) for word in ("欠", "拖", "少发", "没发")
        ):
            yield "owed", _money(entity), entity.text
    for entity in _sure(meaning, "date"):
        if entity.qualifier == "day" and any(
            word in _before(meaning, entity) + _after(meaning, entity) for word in ("受伤", "摔", "砸")
        ):
            yield "injured_on", date.fromisoformat(str(entity.value)), entity.text


def _sure(meaning: Understanding, kind: str) -> list[Entity]:
    return [entity for entity in meaning.entities_of(kind) if entity.confidence >= _SURE and entity.value is not None]


def _before(meaning: Understanding, entity: Entity) -> str:
    return meaning.text[max(0, entity.start - 8) : entity.start]


def _after(meaning: Understanding, entity: Entity) -> str:
    return meaning.text[entity.end : entity.end + 12]


def _money(entity: Entity) -> Decimal:
    try:
        return Decimal(str(entity.value))
    except InvalidOperation as error:  # pragma: no cover - the brain gives decimal texts
        raise ValueError(f"no sum: {entity.value}") from error
