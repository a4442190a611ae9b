"""The learnt part of triage: linear scores over words and the lexicon's evidence (研判模型).

The words of a text are found in one scan (Aho and Corasick 1975) whatever their number; each adds its weights. What
was learnt from which data, and how well it does on other data: `artefacts/triage/manifest.json` and docs/brain.md.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ahocorasick_rs import AhoCorasick

from gonghui.brain.lexicon import Evidence, Lexicon, lexicon

DEFAULT = Path(__file__).resolve().parent / "artefacts" / "triage"
NATURES = ("consult", "help", "complaint", "dispute", "suggestion", "praise")
# What the words weigh beside the lexicon's evidence, chosen on the tuning half.
WORD_WEIGHT = 4.0

Floats = npt.NDArray[np.float32]


class Words:
    """Known words with their rarity; a text becomes places and weights of unit length."""

    def __init__(self, words: Sequence[str], rarity: Floats) -> None:
        self.words, self.rarity = list(words), rarity
        self._automaton = AhoCorasick(self.words)

    def vector(self, text: str) -> tuple[npt.NDArray[np.int64], Floats]:
        """Places of the words in the text and their weights: (1 + log count) x rarity, scaled to length one."""
        found = Counter(number for number, _, _ in self._automaton.find_matches_as_indexes(text, overlapping=True))
        if not found:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        places = np.fromiter(found.keys(), dtype=np.int64, count=len(found))
        counts = np.fromiter(found.values(), dtype=np.float32, count=len(found))
        weights = (1.0 + np.log(counts)) * self.rarity[places]
        return places, (weights / np.linalg.norm(weights)).astype(np.float32)


def _own(values: dict[str, float], codes: Sequence[str]) -> Floats:
    """Each code's own evidence: how much, its share, and whether it is the best. Shape (codes, 3)."""
    amounts = np.array([values.get(code, 0.0) for code in codes], dtype=np.float32)
    total, best = float(amounts.sum()), float(amounts.max(initial=0.0))
    share = amounts / total if total > 0 else amounts
    return np.stack([np.log1p(amounts), share, ((amounts == best) & (best > 0)).astype(np.float32)], axis=1)


def describe(evidence: Evidence, text: str, title_end: int, known: Lexicon) -> tuple[Floats, Floats, Floats]:
    """The lexicon's evidence as numbers: of each level-1 code (codes, 3), of each nature (6, 3), of the whole text."""
    raw, natures, labour = evidence.of("category"), evidence.of("nature"), evidence.of("labour")
    best: dict[str, float] = {}
    for code, value in raw.items():
        best[code[:2]] = max(best.get(code[:2], 0.0), value)
    of_levels = _own(best, known.levels)
    rest = [
        *(math.log1p(natures.get(name, 0.0)) for name in NATURES),
        float(min(text.count("?"), 5)),
        min(len(text) / 500, 4.0),
        math.log1p(labour.get("for", 0.0)),
        math.log1p(labour.get("against", 0.0)),
        float(title_end == 0),
    ]
    whole = np.concatenate([of_levels[:, 1], np.array(rest, dtype=np.float32)]).astype(np.float32)
    return of_levels, _own(natures, NATURES), whole


def sigmoid(value: float) -> float:
    """1 / (1 + e^-value), without overflow."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, value))))


def belief_numbers(level: float, inside: float, code: str) -> list[float]:
    """What the belief in a proposed code is reckoned from; `inside` is 0 where the lexicon saw none of the level."""
    odds = math.log(max(level, 1e-6) / max(1.0 - level, 1e-3))
    public = float(code.startswith("99"))
    return [1.0, odds, inside, float(inside == 0), public, public * odds]


class Head:
    """One question with several answers: what each answer's own evidence, the whole text and its words say.

    own: (3,), the same for every answer, so that an answer seldom met in learning still counts by its evidence;
    whole: (numbers, answers); words: (words, answers); bias: (answers,).
    """

    def __init__(self, kept: Any, name: str) -> None:
        self.codes = [str(code) for code in kept[f"{name}_codes"]]
        self.own, self.whole = kept[f"{name}_own"], kept[f"{name}_whole"]
        self.words, self.bias = kept[f"{name}_words"].astype(np.float32), kept[f"{name}_bias"]

    def shares(self, own: Floats, whole: Floats, places: Any, weights: Floats) -> dict[str, float]:
        """Probability of each answer."""
        total = own @ self.own + whole @ self.whole + self.bias
        if len(places):
            total = total + WORD_WEIGHT * (weights @ self.words[places])
        shares = np.exp(total - total.max())
        return dict(zip(self.codes, (shares / shares.sum()).tolist(), strict=True))


class Model:
    """Weights of all heads. Immutable; safe to share between threads."""

    def __init__(self, folder: Path = DEFAULT) -> None:
        with np.load(folder / "model.npz") as kept:
            self.words = Words(bytes(kept["words"]).decode().split("\n"), kept["rarity"])
            self.level, self.nature = Head(kept, "level"), Head(kept, "nature")
            self._labour_words, self._labour = kept["labour_words"], kept["labour"]
            self._belief = kept["belief"].tolist()
        self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if self.manifest["codes"] != list(lexicon().categories):
            raise ValueError("the triage model was learnt for another category table: run `gonghui brain fit-triage`")
        self.usual: dict[str, str] = self.manifest["usual"]

    def telling_words(self, level: str, places: Any, weights: Floats, most: int = 3) -> list[str]:
        """Words of the text that spoke most for a level-1 code."""
        if not len(places):
            return []
        said = weights * self.level.words[places, self.level.codes.index(level)]
        return [self.words.words[places[at]] for at in np.argsort(-said)[:most] if said[at] > 0]

    def belief(self, level: float, inside: float, code: str) -> float:
        """How often a code with such shares (of its level, inside its level) was right in messages not learnt from."""
        return sigmoid(float(np.dot(self._belief, belief_numbers(level, inside, code))))

    def labour_share(self, places: Any, weights: Floats, lexical: Sequence[float]) -> float:
        """Probability that the matter is one of work and social security; `lexical`: numbers of the lexicon's test."""
        learnt = float(self._labour_words[places] @ weights) if len(places) else 0.0
        total = float(self._labour[0] + self._labour[1] * learnt + np.dot(self._labour[2:], lexical))
        return sigmoid(total)


@cache
def model() -> Model:
    """The packaged model, loaded at first use and shared."""
    return Model()
