"""The cue data files, read once and compiled into one matcher (词库)."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import accumulate
from typing import Any

import numpy as np

from gonghui import yamls
from gonghui.brain.cues import Cue, parse_cue
from gonghui.brain.matcher import Matcher

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
    """A cue that speaks for one target (`category` and `0101`, `nature` and `consult`, …)."""

    target: tuple[str, str]
    weight: float
    cue: Cue


class Lexicon:
    """Every cue of categories, natures, worker types and the labour test, matched in one pass. Immutable."""

    def __init__(self) -> None:
        self.words: dict[str, list[str]] = load_yaml("words.yaml")
        self.categories: dict[str, Category] = {}
        self.new_form: set[str] = set()
        self.labels: dict[str, tuple[str, str]] = {}
        entries: list[tuple[tuple[str, str], str, str]] = []
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
        place = {code: at for at, code in enumerate(self.categories)}
        # Places of a special category and of the general one that it refines.
        self.refining = [(place[code], place[row.refines]) for code, row in self.categories.items() if row.refines]
        # Level-1 codes in order.
        self.levels: list[str] = sorted({code[:2] for code in self.categories})
        natures = load_yaml("natures.yaml")
        for code, row in natures.items():
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
        weighted = _weigh(entries, self.words)
        self.matcher = Matcher([one.cue for one in weighted])
        # What cues speak for, (family, code), in order of the cues, and where each family begins and ends.
        members = {
            "category": list(self.categories),
            "nature": list(natures),
            "worker": self.workers,
            "labour": ["for", "against"],
        }
        self.targets = [(family, code) for family, codes in members.items() for code in codes]
        self.number_of = {target: at for at, target in enumerate(self.targets)}
        ends = accumulate(len(codes) for codes in members.values())
        self.families = {
            family: (end - len(codes), end) for (family, codes), end in zip(members.items(), ends, strict=True)
        }
        parents = [code[:2] for code in self.categories]
        if parents != sorted(parents):
            raise ValueError("categories.yaml: categories in order of their codes")
        # Where the categories of each level begin, and of each category the place of its level.
        self.level_firsts = [parents.index(level) for level in self.levels]
        self.level_of = np.array([self.levels.index(parent) for parent in parents], dtype=np.int64)
        # Of each cue the number of its target, and its weight.
        self.target_of = np.array([self.number_of[one.target] for one in weighted], dtype=np.int64)
        self.weights = np.array([one.weight for one in weighted], dtype=np.float64)


def _entries(family: str, code: str, row: dict[str, Any]) -> list[tuple[tuple[str, str], str, str]]:
    return [((family, code), strength, cue) for strength in _STRENGTH for cue in row.get(strength, ())]


def _weigh(entries: list[tuple[tuple[str, str], str, str]], words: dict[str, list[str]]) -> list[Weighted]:
    """Give each cue its strength, less when several targets of one family share its words (IDF over targets)."""
    parsed = [
        (target, strength, parse_cue(source, words, negatable=strength != "topic"))
        for target, strength, source in entries
    ]
    holders: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    members: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for target, _, cue in parsed:
        family = target[0]
        members[family].add(target)
        for word in cue.parts[0].first:
            holders[family, _key(cue, word)].add(target)
    weighted = []
    for target, strength, cue in parsed:
        family = target[0]
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
