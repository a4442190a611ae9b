"""Which services fit: the need told in words, the rules, the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from gonghui.brain.lexicon import load_yaml
from gonghui.brain.match.retrieval import Floats, Sentences, clean, keep_vectors, kept_vectors
from gonghui.brain.match.rules import FACTS, Facts, Outcome, Status, Value, decide
from gonghui.brain.match.services import Service
from gonghui.brain.types import Understanding

ARTEFACT = Path(__file__).resolve().parents[1] / "artefacts" / "match" / "needs.npz"


@dataclass(frozen=True, slots=True)
class Fit:
    """One service for this person. score 0..1 how well it answers the need; why: reasons of a refusal; ask: questions
    whose answers decide, at most five, each (fact, Chinese, English); instead: ids of what one may have otherwise."""

    id: str
    kind: str
    zh: str
    en: str
    purpose_zh: str
    purpose_en: str
    score: float
    status: Status
    sure: bool
    why: tuple[tuple[str, str], ...] = ()
    ask: tuple[tuple[str, str, str], ...] = ()
    instead: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-able form."""
        return {
            "id": self.id,
            "kind": self.kind,
            "name": {"zh": self.zh, "en": self.en},
            "purpose": {"zh": self.purpose_zh, "en": self.purpose_en},
            "score": round(self.score, 3),
            "status": self.status,
            "sure": self.sure,
            "why": [{"zh": zh, "en": en} for zh, en in self.why],
            "ask": [{"fact": fact, "zh": zh, "en": en} for fact, zh, en in self.ask],
            "instead": list(self.instead),
        }


class Catalogue:
    """Services with their ways of being asked for, ready to be searched."""

    def __init__(self, services: Sequence[Service], vectors: Floats | None = None) -> None:
        self.services = tuple(services)
        self.owner = np.array([n for n, service in enumerate(services) for _ in service.needs])
        self.sentences = Sentences(sentences_of(services), vectors)
        self.rules = load_yaml("match.yaml")["services"]

    @staticmethod
    def of(services: Sequence[Service]) -> Catalogue:
        """A catalogue whose vectors come from the artefact, as far as that was made of these sentences."""
        return Catalogue(services, kept_vectors(sentences_of(services), ARTEFACT))

    def scores(self, text: str, categories: Sequence[str] = ()) -> Floats:
        """How well each service answers a need, 0..1, shape (services,). Nothing for a text without a letter."""
        asked = clean(text)
        if not any(letter.isalnum() for letter in asked):
            return np.zeros(len(self.services), dtype=np.float32)
        words = self._best(self.sentences.by_words(asked))
        meaning = self._best(self.sentences.by_meaning(asked))
        # All sentences of one language are alike to some degree: only what is above the middle tells.
        meaning = np.maximum(0.0, meaning - float(np.median(meaning))) / self.rules["meaning_span"]
        helped = np.array([any(code.startswith(s.categories) for code in categories) for s in self.services])
        total = (
            self.rules["words"] * words
            + self.rules["meaning"] * np.minimum(meaning, 1.0)
            + self.rules["category"] * helped
        )
        scores: Floats = np.clip(total, 0.0, 1.0).astype(np.float32)
        return scores

    def _best(self, scores: Floats) -> Floats:
        best = np.full(len(self.services), -1.0, dtype=np.float32)
        np.maximum.at(best, self.owner, scores)
        return best


def match(
    text: str,
    catalogue: Catalogue,
    facts: Facts | None = None,
    day: date | None = None,
    *,
    categories: Sequence[str] = (),
    k: int = 5,
) -> list[Fit]:
    """Services for a need told in lay words, best first; those that fit or may fit before those that do not.

    facts: what is known (`rules.FACTS`); day: when (today's, if a caller has none); categories: of the triage, if done.
    An empty or unreadable text gives []. What scores below the floor of `data/match.yaml` is left out.
    """
    facts = facts or {}
    scores = catalogue.scores(text, categories)
    found = []
    for service, score in zip(catalogue.services, scores.tolist(), strict=True):
        if day is not None and not service.valid(day):
            continue
        if day is not None and day.month in service.months and score > 0:
            score = min(1.0, score + catalogue.rules["season"])
        if score >= catalogue.rules["floor"]:
            found.append(_fit(service, float(score), decide(service.eligibility, facts)))
    return sorted(found, key=lambda fit: (fit.status == "no", -fit.score, fit.id))[:k]


def offers(
    meaning: Understanding,
    catalogue: Catalogue,
    day: date,
    facts: Facts | None = None,
    *,
    without: Sequence[str] = (),
    most: int = 3,
) -> list[Fit]:
    """What may be shown unasked beside a message: at most three that answer it well and are not refused.

    In danger (P0, P1) only what is there for danger is shown.
    """
    found = match(
        meaning.text,
        catalogue,
        {**facts_of(meaning), **(facts or {})},
        day,
        categories=[scored.code for scored in meaning.categories[:2]],
        k=len(catalogue.services),
    )
    grave = meaning.urgency.level in ("P0", "P1")
    crisis = {service.id for service in catalogue.services if service.crisis}
    shown = [
        fit
        for fit in found
        if fit.score >= catalogue.rules["tell"]
        and fit.status != "no"
        and fit.id not in without
        and (not grave or fit.id in crisis)
    ]
    return shown[:most]


def _fit(service: Service, score: float, outcome: Outcome) -> Fit:
    return Fit(
        service.id,
        service.kind,
        service.zh,
        service.en,
        service.purpose.zh,
        service.purpose.en,
        score,
        outcome.status,
        service.sure,
        tuple((condition.zh, condition.en) for condition in outcome.against),
        tuple((fact, *FACTS[fact][1:]) for fact in outcome.ask[:5]),
        tuple(dict.fromkeys(condition.instead for condition in outcome.against if condition.instead)),
    )


def facts_of(meaning: Understanding) -> dict[str, Value]:
    """What a message itself tells of the facts: age, kind of worker. Only what was read with confidence."""
    facts: dict[str, Value] = {}
    ages = [entity for entity in meaning.entities_of("age") if entity.confidence >= 0.8]
    if len(ages) == 1 and ages[0].value is not None:
        facts["age"] = int(float(str(ages[0].value)))
    if meaning.worker_type is not None and meaning.worker_type.score >= 0.6:
        facts["worker_type"] = meaning.worker_type.code
    return facts


def sentences_of(services: Sequence[Service]) -> list[str]:
    """How people say the needs, in the artefact's order."""
    return [need for service in services for need in service.needs]


def make_vectors(services: Sequence[Service]) -> None:
    """Write the artefact of a catalogue."""
    keep_vectors(sentences_of(services), ARTEFACT)
