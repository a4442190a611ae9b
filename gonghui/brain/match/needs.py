"""助企行: which craftsman, technology or result helps with a company's need (handbook 5.11).

The later `craft` room keeps the three lists; here is how they are held against a need. A person picks among the first
five. Hard limits (hours left, area, confidentiality) put a candidate aside with the reason; the rest is weighed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from gonghui.brain.lexicon import load_yaml
from gonghui.brain.match.retrieval import Sentences, clean


@dataclass(frozen=True, slots=True)
class Need:
    """需求单: what a company needs. tags: trades and processes; place: path `52/5201/520103`; hours: needed on site;
    secret: a promise of secrecy is asked for."""

    id: str
    text: str
    tags: tuple[str, ...] = ()
    place: str = ""
    remote: bool = True
    hours: int = 0
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """An expert, a technology or a result. hours_left: this month (experts); solved, asked: needs of before; open: work
    in hand; signs: promises secrecy."""

    id: str
    kind: Literal["expert", "technology", "result"]
    text: str
    tags: tuple[str, ...] = ()
    place: str = ""
    hours_left: int | None = None
    solved: int = 0
    asked: int = 0
    open: int = 0
    signs: bool = True


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate for a need: score 0..1, what speaks for it; `against` names the limit that puts it aside."""

    candidate: Candidate
    score: float
    why: tuple[str, ...]
    against: tuple[str, ...] = ()


class Candidates:
    """The three lists, ready to be searched."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = tuple(candidates)
        self.sentences = Sentences([clean(f"{' '.join(c.tags)} {c.text}") for c in candidates]) if candidates else None


def match_need(need: Need, candidates: Candidates, k: int = 5) -> list[Match]:
    """The best candidates, those put aside last with their reasons. An empty need or list gives []."""
    asked = clean(f"{' '.join(need.tags)} {need.text}")
    if candidates.sentences is None or not any(letter.isalnum() for letter in asked):
        return []
    rules = load_yaml("match.yaml")["needs"]
    words = candidates.sentences.by_words(asked)
    meaning = candidates.sentences.by_meaning(asked)
    near = np.clip((meaning - float(np.median(meaning))) / rules["meaning_span"], 0.0, 1.0)
    found = []
    for at, candidate in enumerate(candidates.candidates):
        shared = [tag for tag in need.tags if tag in candidate.tags]
        record = (candidate.solved + 1) / (candidate.asked + 2)
        close = _closeness(need.place, candidate.place)
        score = (
            rules["words"] * float(words[at])
            + rules["meaning"] * float(near[at])
            + rules["tags"] * (len(shared) / len(need.tags) if need.tags else 0.0)
            + rules["record"] * record
            + rules["close"] * close
            - rules["load"] * min(candidate.open, 5) / 5
        )
        why = [f"同类：{'、'.join(shared)}"] if shared else []
        if candidate.solved:
            why.append(f"解决过{candidate.solved}件（共{candidate.asked}件）")
        if close == 1.0:
            why.append("就在本地")
        found.append(Match(candidate, max(0.0, min(1.0, score)), tuple(why), _against(need, candidate)))
    return sorted(found, key=lambda match: (bool(match.against), -match.score, match.candidate.id))[:k]


def _closeness(one: str, other: str) -> float:
    """1 in the same county, less the farther; 0.5 where a place is not known."""
    if not one or not other:
        return 0.5
    shared = 0
    for a, b in zip(one.split("/"), other.split("/"), strict=False):
        if a != b:
            break
        shared += 1
    return min(1.0, shared / 3)


def _against(need: Need, candidate: Candidate) -> tuple[str, ...]:
    found = []
    if candidate.kind == "expert":
        if candidate.hours_left is not None and candidate.hours_left < max(need.hours, 1):
            found.append("本月可用时间不够")
        if not need.remote and need.place and candidate.place and need.place[:2] != candidate.place[:2]:
            found.append("要到现场，不在同省")
    if need.secret and not candidate.signs:
        found.append("不签保密承诺")
    return tuple(found)
