"""The learnt part of triage: linear scores over words and the lexicon's evidence (研判模型).

One scan (`scan`) finds the words of the cues, of the alarms and of the model, whatever their number. Of
many texts everything is summed at once; a text's figures are the same whether it is read alone or among others. What
was learnt from which data, and how well it does on other data: `artefacts/triage/manifest.json` and docs/brain.md.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from gonghui.brain.alarms import alarm_matcher
from gonghui.brain.cues import Found, deniers_near, find_many
from gonghui.brain.lexicon import Evidence, lexicon
from gonghui.brain.reader import Reader, is_doubtful, mixed
from gonghui.brain.scan import Ints, Joined, Scanner, count_han, join
from gonghui.brain.text import lowered
from gonghui.brain.triage import labour_numbers

DEFAULT = Path(__file__).resolve().parent / "artefacts" / "triage"
NATURES = ("consult", "help", "complaint", "dispute", "suggestion", "praise")
# 身份类别; the first stands for a text that does not tell.
NO_WORKER = ""
# What words and pieces of words weigh beside the lexicon's evidence, chosen in the tuning half.
WORD_WEIGHT = 4.0

Floats = npt.NDArray[np.float64]
# Texts looked at, and summed, at once.
BATCH = 64


class Terms:
    """Known words, and pieces of words (two or three characters that words lists lack), each with its rarity."""

    def __init__(self, words: Sequence[str], rarity: Floats, pieces: Sequence[str], piece_rarity: Floats) -> None:
        self.words, self.pieces = list(words), list(pieces)
        self.sizes = (len(self.words), len(self.pieces))
        # One more of each, of rarity 0, so that no text is without any.
        self.rarities = (np.append(rarity, 0.0), np.append(piece_rarity, 0.0))
        matchers = (lexicon().matcher, alarm_matcher())
        cues = sorted({word for matcher in matchers for word in matcher.words})
        self._cues = len(cues)
        self.all = cues + sorted({*self.words, *self.pieces}.difference(cues))
        self._views = tuple(matcher.view(cues) for matcher in matchers)
        self._places = tuple(np.append(_places(part, self.all), len(part)) for part in (self.words, self.pieces))
        self._scanner = Scanner(self.all)

    def counts(self, texts: Sequence[str]) -> list[Counts]:
        """How often each known word stands in lower-cased texts."""
        found = []
        for at in range(0, len(texts), BATCH):
            batch = texts[at : at + BATCH]
            _, of, _, numbers = self._find(batch)
            found += self._count(of, numbers, len(batch))
        return found

    def see(self, texts: Sequence[str], title_ends: Sequence[int]) -> list[Seen]:
        """What stands in normalised texts whose titles end there."""
        seen: list[Seen] = []
        for at in range(0, len(texts), BATCH):
            batch = texts[at : at + BATCH]
            lower = [lowered(text) for text in batch]
            side, of, starts, numbers = self._find(lower)
            counts, near = self._count(of, numbers, len(lower)), deniers_near(side)
            cues = np.flatnonzero(numbers < self._cues)
            of, starts, numbers = of[cues], starts[cues], numbers[cues]
            first, second = (find_many(view, lower, side.begins, near, of, starts, numbers) for view in self._views)
            seen += [
                Seen(text, end, lexicon().read(words, end), alarms, count, han)
                for text, end, words, alarms, count, han in zip(
                    batch, title_ends[at : at + BATCH], first, second, counts, count_han(side), strict=True
                )
            ]
        return seen

    def _find(self, texts: Sequence[str]) -> tuple[Joined, Ints, Ints, Ints]:
        """Texts side by side; of each word in them its text, where it begins in it, and its number among all."""
        side = join(texts, self._scanner.longest)
        places, numbers = self._scanner.find(side)
        of = np.searchsorted(side.begins, places, side="right") - 1
        return side, of, places - side.begins[of], numbers

    def _count(self, of: Ints, numbers: Ints, texts: int) -> list[Counts]:
        size = len(self.all)
        # Texts at once and words are few enough for 32 bits, which sort in half of the time.
        key = np.sort((of * size + numbers).astype(np.int32))
        first = np.flatnonzero(np.diff(key, prepend=-1))
        often, key = np.diff(first, append=len(key)), key[first]
        bounds = np.searchsorted(key, np.arange(texts + 1, dtype=np.int32) * size).tolist()
        number = (key % size).astype(np.int64)
        return [Counts(number[begin:end], often[begin:end]) for begin, end in pairwise(bounds)]

    def vectors(self, counts: Sequence[Counts]) -> tuple[Table, Table]:
        """Words and pieces of many texts, each text's of length one: (1 + log count) x rarity."""
        # Behind each text's words the one of rarity 0.
        ends = np.cumsum([len(row.numbers) + 1 for row in counts])
        numbers = np.full(ends[-1], len(self.all), dtype=np.int64)
        often = np.ones(ends[-1])
        words = np.ones(ends[-1], dtype=np.bool_)
        words[ends - 1] = False
        numbers[words] = np.concatenate([row.numbers for row in counts])
        often[words] += np.log(np.concatenate([row.often for row in counts]))
        rows = np.repeat(np.arange(len(counts)), np.diff(ends, prepend=0))
        tables = []
        for places, rarity in zip(self._places, self.rarities, strict=True):
            at = places[numbers]
            chosen = np.flatnonzero(at >= 0)
            at, of = at[chosen], rows[chosen]
            values = often[chosen] * rarity[at]
            length = np.sqrt(np.bincount(of, values**2, len(counts)))
            tables.append(Table(of, at, values / np.maximum(length, 1e-9)[of]))
        return tables[0], tables[1]


def _places(part: Sequence[str], union: Sequence[str]) -> Any:
    """For each word of the union its place in the part, or -1."""
    place = {word: at for at, word in enumerate(part)}
    return np.array([place.get(word, -1) for word in union], dtype=np.int64)


class Table(NamedTuple):
    """A sparse matrix by entries: row, column and value, rows ascending; each row has an entry."""

    row: Ints
    place: Ints
    value: Floats

    def times(self, weights: npt.NDArray[np.float32]) -> Floats:
        """The product with (columns, answers): (rows, answers)."""
        if not len(self.row):
            return np.zeros((0, weights.shape[1]))
        begins = np.flatnonzero(np.r_[True, self.row[1:] != self.row[:-1]])
        entries = weights[self.place]
        entries *= self.value.astype(np.float32)[:, None]
        return np.add.reduceat(entries, begins, axis=0).astype(np.float64)


class Counts(NamedTuple):
    """Which of the known words stand in a text, ascending, and how often each."""

    numbers: Ints
    often: Ints


class Seen(NamedTuple):
    """What is known of one text before anything learnt is asked; han: how many Chinese characters it has."""

    text: str
    title_end: int
    evidence: Evidence
    alarms: Found
    counts: Counts
    han: int


class Numbers(NamedTuple):
    """The lexicon's evidence of many texts as numbers: each answer's own (texts, answers, 3), and the whole text's."""

    own: Mapping[str, Floats]
    whole: Floats
    labour: Floats


def describe(texts: Sequence[Seen]) -> Numbers:
    """Of each level-1 code, nature and worker type: how much evidence, its share, whether it is the best."""
    known = lexicon()
    levels, natures, workers, rest, labour = [], [], [], [], []
    for text, title_end, evidence, *_ in texts:
        best: dict[str, float] = {}
        for code, value in evidence.of("category").items():
            level = code[:2]
            if value > best.get(level, 0.0):
                best[level] = value
        levels.append([best.get(code, 0.0) for code in known.levels])
        spoken = evidence.of("nature")
        natures.append([spoken.get(code, 0.0) for code in NATURES])
        kinds = evidence.of("worker")
        workers.append([0.0, *(kinds.get(code, 0.0) for code in known.workers)])
        said = evidence.of("labour")
        rest.append(
            (
                min(text.count("?"), 5),
                min(len(text) / 500, 4.0),
                math.log1p(said.get("for", 0.0)),
                math.log1p(said.get("against", 0.0)),
                title_end == 0,
            )
        )
        labour.append(labour_numbers(evidence, known))
    own = {
        name: _own(np.array(values, dtype=np.float64).reshape(len(texts), -1))
        for name, values in (("level", levels), ("nature", natures), ("worker", workers))
    }
    whole = np.hstack(
        [
            own["level"][:, :, 1],
            own["nature"][:, :, 0],
            own["worker"][:, :, 2],
            np.array(rest, dtype=np.float64).reshape(len(texts), -1),
        ]
    )
    return Numbers(own, whole, np.array(labour, dtype=np.float64).reshape(len(texts), -1))


def _own(amounts: Floats) -> Floats:
    total, best = amounts.sum(axis=1, keepdims=True), amounts.max(axis=1, keepdims=True)
    return np.stack(
        [np.log1p(amounts), amounts / np.where(total > 0, total, 1.0), (amounts == best) & (best > 0)], axis=2
    )


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
    whole: (numbers, answers); words, pieces: (terms, answers); bias: (answers,).
    """

    def __init__(self, kept: Mapping[str, Any], name: str) -> None:
        self.name = name
        self.codes = [str(code) for code in kept[f"{name}_codes"]]
        self.own, self.whole = kept[f"{name}_own"], kept[f"{name}_whole"]
        self.words, self.pieces = kept[f"{name}_words"], kept[f"{name}_pieces"]
        self.bias = kept[f"{name}_bias"]

    def scores(self, numbers: Numbers, by_terms: Floats) -> Floats:
        """Shares of each answer, (texts, answers); `by_terms`: what words and pieces say."""
        own = numbers.own[self.name]
        total = own[:, :, 0] * self.own[0] + own[:, :, 1] * self.own[1] + own[:, :, 2] * self.own[2]
        total += numbers.whole @ self.whole + self.bias + WORD_WEIGHT * by_terms
        shares = np.exp(total - total.max(axis=1, keepdims=True))
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))


class Learnt(NamedTuple):
    """What the model says of one text: shares by answer; belief in labour; what words say of danger.

    public: the words' share of category 99; belief: weights that say how true the shares of levels are.
    """

    levels: dict[str, float]
    natures: dict[str, float]
    workers: dict[str, float]
    labour: float
    danger: float
    public: float
    belief: Sequence[float]
    places: Ints
    values: Floats


class Model:
    """Weights of all heads. Immutable; safe to share between threads."""

    def __init__(self, folder: Path = DEFAULT) -> None:
        with np.load(folder / "model.npz") as file:
            kept = {name: file[name] for name in file.files}
        self.terms = Terms(
            _lines(kept["words"]),
            kept["rarity"].astype(float),
            _lines(kept["pieces"]),
            kept["piece_rarity"].astype(float),
        )
        self.heads = {name: Head(kept, name) for name in ("level", "nature", "worker")}
        # All answers of all questions side by side, with a last row of noughts; labour and danger are the last two.
        self._words, self._pieces = (
            np.pad(
                np.hstack(
                    [
                        *(getattr(head, part).astype(np.float32) for head in self.heads.values()),
                        kept[f"labour_{part}"].astype(np.float32)[:, None],
                        kept[f"danger_{part}"].astype(np.float32)[:, None],
                    ]
                ),
                ((0, 1), (0, 0)),
            )
            for part in ("words", "pieces")
        )
        self._folder = folder
        self._labour = kept["labour"].tolist()
        self._belief = kept["belief"].tolist()
        self._urgent = kept["urgent"].tolist()
        self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if self.manifest["codes"] != list(lexicon().categories):
            raise ValueError("the triage model was learnt for another category table: run `gonghui brain fit-triage`")
        self.usual: dict[str, str] = self.manifest["usual"]

    @cached_property
    def reader(self) -> Reader:
        """For a closer look; loaded at first use."""
        return Reader(self._folder)

    def ask(self, texts: Sequence[Seen]) -> list[Learnt]:
        """What was learnt says of each text."""
        if not texts:
            return []
        numbers = describe(texts)
        words, pieces = self.terms.vectors([text.counts for text in texts])
        by_terms = words.times(self._words) + pieces.times(self._pieces)
        answers, at = {}, 0
        for name, head in self.heads.items():
            answers[name] = head.scores(numbers, by_terms[:, at : at + len(head.codes)]).tolist()
            at += len(head.codes)
        labour, danger = by_terms[:, at].tolist(), by_terms[:, at + 1].tolist()
        lexical, ends = numbers.labour.tolist(), np.searchsorted(words.row, np.arange(len(texts) + 1)).tolist()
        place, value = words.place, words.value
        levels, natures, workers = (self.heads[name].codes for name in ("level", "nature", "worker"))
        told = []
        for row in range(len(texts)):
            shares = dict(zip(levels, answers["level"][row], strict=True))
            told.append(
                Learnt(
                    shares,
                    dict(zip(natures, answers["nature"][row], strict=True)),
                    dict(zip(workers, answers["worker"][row], strict=True)),
                    self._labour_share(labour[row], lexical[row], shares["99"]),
                    danger[row],
                    shares["99"],
                    self._belief,
                    place[ends[row] : ends[row + 1]],
                    value[ends[row] : ends[row + 1]],
                )
            )
        return told

    def telling_words(self, level: str, learnt: Learnt, most: int = 3) -> list[str]:
        """Words of the text that spoke most for a level-1 code."""
        # The last place is of no word.
        places, values = learnt.places[:-1], learnt.values[:-1]
        # Levels are the first question, so an answer's place among them is its column.
        said = self._words[places, self.heads["level"].codes.index(level)] * values
        return [self.terms.words[places[at]] for at in (-said).argsort()[:most].tolist() if said[at] > 0]

    def look_closer(self, texts: Sequence[Seen], told: Sequence[Learnt]) -> list[Learnt]:
        """The same with the levels of texts whose words leave doubt by the sentence encoder too."""
        if not texts:
            return []
        codes = self.heads["level"].codes
        words = np.array([list(learnt.levels.values()) for learnt in told])
        doubtful = np.flatnonzero(is_doubtful(words)).tolist()
        closer = list(told)
        if doubtful:
            shares = mixed(words[doubtful], self.reader.levels([texts[at].text for at in doubtful])).tolist()
            for at, share in zip(doubtful, shares, strict=True):
                levels = dict(zip(codes, share, strict=True))
                closer[at] = told[at]._replace(levels=levels, belief=self.reader.belief)
        return closer

    def _labour_share(self, learnt: float, lexical: Sequence[float], public: float) -> float:
        """Probability that the matter is one of work and social security; `lexical`: the lexicon's test."""
        numbers = (1.0, learnt, *lexical, public_odds(public))
        return sigmoid(sum(a * b for a, b in zip(self._labour, numbers, strict=True)))

    def urgent_share(self, numbers: Sequence[float]) -> float:
        """Probability that people would call it P0 or P1; `numbers`: `urgency.urgent_numbers`."""
        return sigmoid(sum(a * b for a, b in zip(self._urgent, numbers, strict=True)))


def belief(weights: Sequence[float], level: float, inside: float, code: str) -> float:
    """How often a code with such shares (of its level, inside its level) was right in messages not learnt from."""
    return sigmoid(sum([a * b for a, b in zip(weights, belief_numbers(level, inside, code), strict=True)]))


def public_odds(share: float) -> float:
    """Log odds of category 99, held within bounds."""
    return math.log(min(max(share, 1e-4), 1 - 1e-4) / (1 - min(max(share, 1e-4), 1 - 1e-4)))


def _lines(kept: Any) -> list[str]:
    text = bytes(kept).decode()
    return text.split("\n") if text else []


@cache
def model() -> Model:
    """The packaged model, loaded at first use and shared."""
    return Model()
