"""What the brain says: plain frozen records that turn into JSON.

All spans (`start`, `end`) are half-open character offsets into `Understanding.text`.
Scores lie in [0, 1]. Those of categories, nature and labour are probabilities (docs/brain.md says how true they are);
the others order and explain.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

VERSION = "brain-1.1.0"

EntityValue = str | int | float | None

# Handbook 0.5: personal fields are never shown in clear outside the vault.
PERSONAL_KINDS = frozenset({"phone", "id_no"})


@dataclass(frozen=True)
class Entity:
    """A fact found in the text (要素).

    kind: money | date | duration | people_count | phone | id_no | employer | place | age | hours_per_day |
    days_per_week | contract | insurance | trial | employment_end | job.
    value: money = Decimal yuan as text; date = ISO 8601, possibly reduced (`2024-03`); duration = months (float);
    people_count = int; phone, id_no = digits; employer = name; place = GB/T 2260 code, or None when ambiguous;
    age = years; hours_per_day, days_per_week = number; trial = months; job = the word;
    contract = `unsigned|signed|oral|blank|expired|none_given`; insurance = `none|arrears|low_base|waived`;
    employment_end = `dismissed|resigned|forced|expired|closed`.
    qualifier: money `per_month|per_day|per_hour|per_year|per_piece|approx`; date `day|month|year|approx`;
    duration `of_wages|approx`; people_count `at_least`; place = full name, or the candidate codes joined by `|`.
    """

    kind: str
    text: str
    start: int
    end: int
    value: EntityValue
    confidence: float
    qualifier: str | None = None

    def to_dict(self, *, masked: bool = False) -> dict[str, Any]:
        """JSON-able form; `masked` hides phones and identity numbers (handbook 0.5)."""
        hide = masked and self.kind in PERSONAL_KINDS
        return {
            "kind": self.kind,
            "text": _hide(self.text) if hide else self.text,
            "start": self.start,
            "end": self.end,
            "value": _hide(str(self.value)) if hide and self.value is not None else self.value,
            "confidence": self.confidence,
            "qualifier": self.qualifier,
        }


def _hide(text: str) -> str:
    if len(text) < 8:
        return "*" * len(text)
    return text[:3] + "*" * (len(text) - 5) + text[-2:]


@dataclass(frozen=True)
class Scored:
    """A code with its score and the words that spoke for it (得分与依据)."""

    code: str
    score: float
    why: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return {"code": self.code, "score": self.score, "why": list(self.why)}


@dataclass(frozen=True)
class Alarm:
    """An alarm word in its context (报警词).

    level: the level after context, "P0".."P3" ("P3" = noted, raises nothing).
    negated: said not to be so, or not wanted; then it never raises.
    kind: the entry of `alarms.yaml` that fired, for example `self_harm`.
    """

    word: str
    start: int
    end: int
    level: str
    negated: bool
    why: str
    kind: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {
            "word": self.word,
            "start": self.start,
            "end": self.end,
            "level": self.level,
            "negated": self.negated,
            "why": self.why,
            "kind": self.kind,
        }


@dataclass(frozen=True)
class Urgency:
    """紧急程度 P0 特急 … P3 一般 (handbook 1.4); `why` says each rule that fired."""

    level: str
    score: float
    alarms: list[Alarm] = field(default_factory=list)
    why: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        return {
            "level": self.level,
            "score": self.score,
            "alarms": [alarm.to_dict() for alarm in self.alarms],
            "why": list(self.why),
        }


@dataclass(frozen=True)
class Jurisdiction:
    """A proposal who should lead (管辖建议, handbook 1.7); a person decides.

    rule: legal_consult_only | restricted | elsewhere | industry_or_county | higher | work_place_county | unknown_place.
    region_code: 6-digit code of the place the rule points to, or None when the text does not say.
    """

    region_code: str | None
    rule: str
    reasons: list[str]
    confidence: float

    def to_dict(self) -> dict[str, Any]:
        return {
            "region_code": self.region_code,
            "rule": self.rule,
            "reasons": list(self.reasons),
            "confidence": self.confidence,
        }


@dataclass(frozen=True)
class Understanding:
    """Everything the brain proposes about one message (研判建议).

    understood: False for empty, picture-only or hardly Chinese text: ask the worker again.
    text: the normalised text that spans refer to (`title`, a line break, body); personal, hence not in `to_dict()`.
    body_start: offset of the body inside `text`.
    categories: the likeliest codes with their probabilities, which add up to at most 1.
    topics: what the words speak of, each by itself, 0..1: a text on wages and insurance has two high ones.
    truncated: True when the message was longer than the brain reads; the rest was not looked at.
    """

    version: str
    understood: bool
    entities: list[Entity]
    categories: list[Scored]
    topics: list[Scored]
    urgency: Urgency
    nature: Scored
    worker_type: Scored | None
    is_labour: Scored
    jurisdiction: Jurisdiction
    summary: str
    truncated: bool
    text: str
    body_start: int

    def entities_of(self, kind: str) -> list[Entity]:
        """The entities of one kind, in text order."""
        return [entity for entity in self.entities if entity.kind == kind]

    def to_dict(self, *, masked: bool = False) -> dict[str, Any]:
        """JSON-able form without the text itself; `masked` hides phones and identity numbers."""
        return {
            "version": self.version,
            "understood": self.understood,
            "entities": [entity.to_dict(masked=masked) for entity in self.entities],
            "categories": [scored.to_dict() for scored in self.categories],
            "topics": [scored.to_dict() for scored in self.topics],
            "urgency": self.urgency.to_dict(),
            "nature": self.nature.to_dict(),
            "worker_type": self.worker_type.to_dict() if self.worker_type else None,
            "is_labour": self.is_labour.to_dict(),
            "jurisdiction": self.jurisdiction.to_dict(),
            "summary": self.summary,
            "truncated": self.truncated,
        }
