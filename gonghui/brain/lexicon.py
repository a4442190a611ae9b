"""The cue data files, read once and compiled into one matcher (词库)."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from gonghui import yamls
from gonghui.brain.cues import Cue, Found, Hit, Matcher, parse_cue
from gonghui.brain.text import clause_around

_STRENGTH = {"strong": 3.0, "medium": 1.2, "weak": 0.5, "topic": 0.5}


def load_yaml(name: str) -> dict[str, Any]:
    """One packaged data file of this room as a dict."""
    text = files("gonghui.brain").joinpath("data", name).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yamls.read(text)
    return loaded


@dataclass(frozen=True)
class Category:
    """One level-2 category (诉求分类) of handbook 1.3."""

    code: str
    zh: str
    en: str
    parent: str
    parent_zh: str
    parent_en: str
    topics: tuple[str, ...]
    refines: str | None


@dataclass(frozen=True)
class Weighted:
    """A cue that speaks for one target (`category:0101`, `nature:consult`, …)."""

    target: str
    weight: float
    cue: Cue


class Evidence:
    """What the scan of one text found, by family (`category`, `nature`, `worker`, `labour`) and code."""

    __slots__ = ("_why", "raw", "spans")

    def __init__(self) -> None:
        self.raw: dict[str, dict[str, float]] = {"category": {}, "nature": {}, "worker": {}, "labour": {}}
        self._why: dict[tuple[str, str], list[tuple[float, str]]] = {}
        self.spans: list[tuple[float, int, int]] = []

    def add(self, family: str, code: str, weight: float, surface: str) -> None:
        """One more word that speaks for a code."""
        raw = self.raw[family]
        raw[code] = raw.get(code, 0.0) + weight
        self._why.setdefault((family, code), []).append((weight, surface))

    def __bool__(self) -> bool:
        return bool(self._why)

    def reasons(self, family: str, code: str, limit: int = 5) -> list[str]:
        """The words that spoke for a code, strongest first, each once."""
        said = self._why.get((family, code))
        if said is None:
            return []
        if len(said) > 1:
            said = sorted(said, key=_heaviest)
        return list(dict.fromkeys([word for _, word in said]))[:limit]

    def of(self, family: str) -> dict[str, float]:
        """Raw evidence of one family by code; not to be changed."""
        return self.raw[family]


def _heaviest(pair: tuple[float, str]) -> float:
    return -pair[0]


class Lexicon:
    """Every cue of categories, natures, worker types and the labour test, matched in one pass. Immutable."""

    def __init__(self) -> None:
        self.words: dict[str, list[str]] = load_yaml("words.yaml")
        self.categories: dict[str, Category] = {}
        self.new_form: set[str] = set()
        self.labels: dict[str, tuple[str, str]] = {}
        entries: list[tuple[str, str, str]] = []
        for parent, group in load_yaml("categories.yaml").items():
            for code, row in group["children"].items():
                self.categories[code] = Category(
                    code,
                    row["zh"],
                    row["en"],
                    parent,
                    group["zh"],
                    group["en"],
                    tuple(row["topics"]),
                    row.get("refines"),
                )
                entries += _entries("category", code, row)
        self.refining = [(code, row.refines) for code, row in self.categories.items() if row.refines]
        # Level-1 codes in order.
        self.levels: list[str] = sorted({code[:2] for code in self.categories})
        for code, row in load_yaml("natures.yaml").items():
            self.labels[f"nature:{code}"] = (row["zh"], row["en"])
            entries += _entries("nature", code, row)
        workers = load_yaml("worker_types.yaml")
        self.workers: list[str] = list(workers)
        for code, row in workers.items():
            self.labels[f"worker:{code}"] = (row["zh"], row["en"])
            if row.get("new_form"):
                self.new_form.add(code)
            entries += _entries("worker", code, row)
        self.labour: dict[str, Any] = load_yaml("labour.yaml")
        for code in ("for", "against"):
            entries += _entries("labour", code, self.labour[code])
        self._weighted = _weigh(entries, self.words)
        self.matcher = Matcher([weighted.cue for weighted in self._weighted])
        self._targets = [
            (family, code, weighted.weight)
            for weighted in self._weighted
            for family, code in [weighted.target.split(":")]
        ]

    def read(self, found: Found, title_end: int = 0) -> Evidence:
        """Evidence for every target from a scan for the matcher's words; what begins before `title_end` counts more."""
        evidence = Evidence()
        hits = self.matcher.hits(found)
        # What is denied once must not come in by another cue on the same words: 没有拖欠工资,就是不给….
        denied = [
            (
                self._weighted[hit.number].target,
                hit.start,
                min(hit.end, clause_around(found.text, hit.start, hit.start)[1]),
            )
            for hit in hits
            if hit.negated
        ]
        for hit in hits:
            if hit.negated or (denied and hit.negatable and _is_inside(hit, self._weighted[hit.number].target, denied)):
                continue
            family, code, weight = self._targets[hit.number]
            weight *= _emphasis(hit, title_end)
            evidence.add(family, code, weight, hit.surface)
            if family == "category" and not code.startswith("99"):
                evidence.spans.append((weight, hit.start, hit.end))
        return evidence


def _is_inside(hit: Hit, target: str, denied: list[tuple[str, int, int]]) -> bool:
    """Whether a hit begins within denied words; 没签合同 begins before its own 签合同 and stands."""
    return any(target == other and start <= hit.start < end for other, start, end in denied)


def _emphasis(hit: Hit, title_end: int) -> float:
    repeated = 1.0 + 0.25 * math.log2(hit.often) if hit.often > 1 else 1.0
    return repeated * (1.6 if hit.start < title_end else 1.0)


def _entries(family: str, code: str, row: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(f"{family}:{code}", strength, cue) for strength in _STRENGTH for cue in row.get(strength, ())]


def _weigh(entries: list[tuple[str, str, str]], words: dict[str, list[str]]) -> list[Weighted]:
    """Give each cue its strength, less when several targets of one family share its words (IDF over targets)."""
    parsed = [
        (target, strength, parse_cue(source, words, negatable=strength != "topic"))
        for target, strength, source in entries
    ]
    holders: dict[tuple[str, str], set[str]] = defaultdict(set)
    members: dict[str, set[str]] = defaultdict(set)
    for target, _, cue in parsed:
        family = target.split(":")[0]
        members[family].add(target)
        for word in cue.parts[0].first:
            holders[family, _key(cue, word)].add(target)
    weighted = []
    for target, strength, cue in parsed:
        family = target.split(":")[0]
        size = len(members[family])
        shared = min(len(holders[family, _key(cue, word)]) for word in cue.parts[0].first)
        idf = math.log(1 + size / shared) / math.log(1 + size)
        weighted.append(Weighted(target, _STRENGTH[strength] * idf, cue))
    return weighted


def _key(cue: Cue, word: str) -> str:
    """Words alone compete with the same words alone; pairs with pairs of the same second list."""
    second = cue.parts[0].second
    return word if not second else f"{word}~{second[0]}"


@cache
def lexicon() -> Lexicon:
    """The packaged lexicon, built at first use (some 0.1 s) and shared."""
    return Lexicon()
