"""The cue data files, read once and compiled into one matcher (词库)."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from gonghui.brain.cues import Cue, Hit, Matcher, parse_cue
from gonghui.brain.text import clause_around, lowered

_STRENGTH = {"strong": 3.0, "medium": 1.2, "weak": 0.5, "topic": 0.5}
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def load_yaml(name: str) -> dict[str, Any]:
    """One packaged data file of this room as a dict."""
    text = files("gonghui.brain").joinpath("data", name).read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe loader, the C one where built
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


@dataclass
class Evidence:
    """What the scan of one text found, by target."""

    raw: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    why: dict[str, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))
    spans: list[tuple[float, int, int]] = field(default_factory=list)

    def reasons(self, target: str, limit: int = 5) -> list[str]:
        """The words that spoke for a target, strongest first, each once."""
        ordered = sorted(self.why.get(target, ()), key=lambda pair: -pair[0])
        return list(dict.fromkeys(word for _, word in ordered))[:limit]

    def of(self, prefix: str) -> dict[str, float]:
        """Raw evidence of all targets of one family, by code."""
        cut = len(prefix) + 1
        return {target[cut:]: raw for target, raw in self.raw.items() if target.startswith(prefix + ":")}


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
        # Level-1 codes in order.
        self.levels: list[str] = sorted({code[:2] for code in self.categories})
        for code, row in load_yaml("natures.yaml").items():
            self.labels[f"nature:{code}"] = (row["zh"], row["en"])
            entries += _entries("nature", code, row)
        for code, row in load_yaml("worker_types.yaml").items():
            self.labels[f"worker:{code}"] = (row["zh"], row["en"])
            if row.get("new_form"):
                self.new_form.add(code)
            entries += _entries("worker", code, row)
        self.labour: dict[str, Any] = load_yaml("labour.yaml")
        for code in ("for", "against"):
            entries += _entries("labour", code, self.labour[code])
        self._weighted = _weigh(entries, self.words)
        self._matcher = Matcher([weighted.cue for weighted in self._weighted])
        self._by_cue = {id(weighted.cue): weighted for weighted in self._weighted}

    def scan(self, text: str, *, title_end: int = 0) -> Evidence:
        """Evidence for every target in normalised text; what begins before `title_end` counts more."""
        text, evidence = lowered(text), Evidence()
        hits = [(hit, self._by_cue[id(hit.cue)]) for hit in self._matcher.hits(text)]
        # What is denied once must not come in by another cue on the same words: 没有拖欠工资,就是不给….
        denied = [
            (weighted.target, hit.start, min(hit.end, clause_around(text, hit.start, hit.start)[1]))
            for hit, weighted in hits
            if hit.negated
        ]
        for hit, weighted in hits:
            if hit.negated or (hit.cue.negatable and _is_inside(hit, weighted.target, denied)):
                continue
            weight = weighted.weight * _emphasis(hit, title_end)
            evidence.raw[weighted.target] += weight
            evidence.why[weighted.target].append((weight, hit.surface))
            if weighted.target.startswith("category:") and weighted.target[9:11] != "99":
                evidence.spans.append((weight, hit.start, hit.end))
        return evidence


def _is_inside(hit: Hit, target: str, denied: list[tuple[str, int, int]]) -> bool:
    """Whether a hit begins within denied words; 没签合同 begins before its own 签合同 and stands."""
    return any(target == other and start <= hit.start < end for other, start, end in denied)


def _emphasis(hit: Hit, title_end: int) -> float:
    repeated = 1.0 + 0.25 * math.log2(hit.count)
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
