"""The learnt part of triage: linear scores over words and the lexicon's evidence (研判模型).

One scan (`scan`) finds the words of the cues, of the alarms and of the model, whatever their number. Of
many texts everything is summed at once; a text's figures are the same whether it is read alone or among others. What
was learnt from which data, and how well it does on other data: `artefacts/triage/manifest.json` and docs/brain.md.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, cached_property
from itertools import pairwise
from operator import mul
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from gonghui.brain.alarms import alarm_matcher
from gonghui.brain.amounts import find_runs
from gonghui.brain.evidence import Evidence, gather
from gonghui.brain.found import Found, View
from gonghui.brain.lexicon import lexicon
from gonghui.brain.reader import Reader, is_doubtful, mixed
from gonghui.brain.scan import Floats, Ints, Joined, Scanner, count_han, join
from gonghui.brain.text import lowered
from gonghui.brain.triage import SILENCE, Ranked, labour_numbers

DEFAULT = Path(__file__).resolve().parent / "artefacts" / "triage"
NATURES = ("consult", "help", "complaint", "dispute", "suggestion", "praise")
# 身份类别; the first stands for a text that does not tell.
NO_WORKER = ""
# What words and pieces of words weigh beside the lexicon's evidence, chosen in the tuning half.
WORD_WEIGHT = 4.0

# Texts looked at, and summed, at once: more are no quicker, and long ones would take much memory.
_MOST_TEXTS = 256
_MOST_CHARACTERS = 150_000
T = TypeVar("T")


def batches(items: Iterable[T], size: Callable[[T], int]) -> Iterator[list[T]]:
    """Items to look at together, in order; size: how many characters one has."""
    batch: list[T] = []
    total = 0
    for item in items:
        characters = size(item)
        if batch and (len(batch) == _MOST_TEXTS or total + characters > _MOST_CHARACTERS):
            yield batch
            batch, total = [], 0
        batch.append(item)
        total += characters
    if batch:
        yield batch


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
        self._view = View(matchers, cues)
        self._places = tuple(np.append(_places(part, self.all), len(part)) for part in (self.words, self.pieces))
        self._scanner = Scanner(self.all)

    def counts(self, texts: Sequence[str]) -> list[Counts]:
        """How often each known word stands in lower-cased texts."""
        found = []
        for batch in batches(texts, len):
            _, of, _, numbers = self._find(batch)
            found += self._count(of, numbers, len(batch))
        return found

    def see(self, texts: Sequence[str], title_ends: Sequence[int]) -> list[Seen]:
        """What stands in normalised texts whose titles end there."""
        seen: list[Seen] = []
        for batch in batches(texts, len):
            lower = [lowered(text) for text in batch]
            side, of, starts, numbers = self._find(lower)
            counts = self._count(of, numbers, len(lower))
            cues, ends = np.flatnonzero(numbers < self._cues), title_ends[len(seen) : len(seen) + len(batch)]
            words, alarms = self._view.find(lower, side, of[cues], starts[cues], numbers[cues])
            looked = (gather(words, ends), alarms.founds, counts, count_han(side), find_runs(side))
            seen += map(Seen, batch, ends, *looked)
        return seen

    def _find(self, texts: Sequence[str]) -> tuple[Joined, Ints, Ints, Ints]:
        """Texts side by side; of each word in them its text, where it begins in it, and its number among all."""
        side = join(texts, self._scanner.longest)
        places, numbers = self._scanner.find(side)
        of = np.repeat(np.arange(len(texts)), np.diff(side.begins))[places]
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

    def bounds(self, rows: int) -> list[int]:
        """Where the entries of each row begin, and one more."""
        begins: list[int] = np.searchsorted(self.row, np.arange(rows + 1)).tolist()
        return begins

    def times(self, weights: npt.NDArray[np.float32], rows: int) -> Floats:
        """The product with (columns, answers): (rows, answers)."""
        place, value = self.place, self.value.astype(np.float32)
        product = np.zeros((rows, weights.shape[1]), dtype=np.float32)
        # Row by row: the weights of one stay in the processor's cache, those of all do not.
        for row, (begin, end) in enumerate(pairwise(self.bounds(rows))):
            np.dot(value[begin:end], weights.take(place[begin:end], axis=0), out=product[row])
        return product.astype(np.float64)


class Counts(NamedTuple):
    """Which of the known words stand in a text, ascending, and how often each."""

    numbers: Ints
    often: Ints


class Seen(NamedTuple):
    """What is known of one text before anything learnt is asked.

    han: how many Chinese characters it has; runs: where numbers of people can begin (`amounts.find_runs`).
    """

    text: str
    title_end: int
    evidence: Evidence
    alarms: Found
    counts: Counts
    han: int
    runs: list[int]


class Numbers(NamedTuple):
    """The lexicon's evidence of many texts as numbers: each answer's own (texts, answers, 3), and the whole text's."""

    own: Mapping[str, Floats]
    whole: Floats
    labour: Floats


def describe(texts: Sequence[Seen]) -> Numbers:
    """Of each level-1 code, nature and worker type: how much evidence, its share, whether it is the best."""
    known = lexicon()
    totals = np.array([text.evidence.totals for text in texts]).reshape(len(texts), len(known.targets))
    by_family = {family: totals[:, begin:end] for family, (begin, end) in known.families.items()}
    levels = np.maximum.reduceat(by_family["category"], known.level_firsts, axis=1)
    natures = totals[:, [known.number_of["nature", code] for code in NATURES]]
    workers = np.pad(by_family["worker"], ((0, 0), (1, 0)))
    own = {name: _own(values) for name, values in (("level", levels), ("nature", natures), ("worker", workers))}
    said = np.log1p(totals[:, [known.number_of["labour", code] for code in ("for", "against")]])
    rest = [(min(text.text.count("?"), 5), min(len(text.text) / 500, 4.0)) for text in texts]
    untitled = np.array([text.title_end == 0 for text in texts], dtype=np.float64)
    whole = np.hstack(
        [
            own["level"][:, :, 1],
            own["nature"][:, :, 0],
            own["worker"][:, :, 2],
            np.array(rest, dtype=np.float64).reshape(len(texts), 2),
            said,
            untitled[:, None],
        ]
    )
    return Numbers(own, whole, labour_numbers(totals, known))


def _own(amounts: Floats) -> Floats:
    total, best = amounts.sum(axis=1, keepdims=True), amounts.max(axis=1, keepdims=True)
    return np.stack(
        [np.log1p(amounts), amounts / np.where(total > 0, total, 1.0), (amounts == best) & (best > 0)], axis=2
    )


def sigmoid(value: float) -> float:
    """1 / (1 + e^-value), without overflow."""
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, value))))


def _sigmoids(values: Floats) -> Floats:
    """As `sigmoid`, of many at once."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -30.0, 30.0))))


def usual_columns(usual: Mapping[str, str]) -> Ints:
    """Of each level the column of the code that stands for it where no cue was seen; `usual`: that code by level."""
    codes = list(lexicon().categories)
    return np.array([codes.index(usual[level]) for level in lexicon().levels])


def belief_numbers(ranked: Ranked) -> Floats:
    """What the belief in proposed codes is reckoned from: (texts, codes, 6)."""
    odds = np.log(np.maximum(ranked.levels, 1e-6) / np.maximum(1.0 - ranked.levels, 1e-3))
    silent = (ranked.inside == 0).astype(np.float64)
    return np.stack([np.ones_like(odds), odds, ranked.inside, silent, ranked.public, ranked.public * odds], axis=2)


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

    def likeliest(self, shares: Floats, weighed: Floats) -> list[tuple[str, float]]:
        """The answer of each text that weighs most, with its share."""
        best = weighed.argmax(axis=1)
        values = np.take_along_axis(shares, best[:, None], axis=1)[:, 0].tolist()
        return [(self.codes[at], value) for at, value in zip(best.tolist(), values, strict=True)]


class Learnt(NamedTuple):
    """What the model says of one text: shares of the levels; the likeliest nature and kind of worker, with its share;
    belief in labour; what words say of danger.

    public: the words' share of category 99; belief: weights that say how true the shares of levels are.
    places, values: the model's words in it, and how much of it each is.
    """

    levels: Floats
    nature: tuple[str, float]
    worker: tuple[str, float]
    labour: float
    danger: float
    public: float
    belief: Floats
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
        self._labour = kept["labour"].astype(np.float64)
        self._belief = kept["belief"].astype(np.float64)
        self._urgent = kept["urgent"].tolist()
        self.manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if self.manifest["codes"] != list(lexicon().categories):
            raise ValueError("the triage model was learnt for another category table: run `gonghui brain fit-triage`")
        self.usual = usual_columns(self.manifest["usual"])

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
        by_terms = words.times(self._words, len(texts)) + pieces.times(self._pieces, len(texts))
        answers, at = {}, 0
        for name, head in self.heads.items():
            answers[name] = head.scores(numbers, by_terms[:, at : at + len(head.codes)])
            at += len(head.codes)
        levels, natures, workers = (answers[name] for name in ("level", "nature", "worker"))
        public = levels[:, self.heads["level"].codes.index("99")]
        labour = self._labour_shares(by_terms[:, at], numbers.labour, public).tolist()
        danger, bounds = by_terms[:, at + 1].tolist(), words.bounds(len(texts))
        nature = self.heads["nature"].likeliest(natures, natures)
        kinds = self.heads["worker"]
        silence = np.array([1.0 if code else SILENCE for code in kinds.codes])
        worker = kinds.likeliest(workers, workers * silence)
        return [
            # The last place is of no word.
            Learnt(
                levels[row],
                nature[row],
                worker[row],
                labour[row],
                danger[row],
                share,
                self._belief,
                words.place[begin : end - 1],
                words.value[begin : end - 1],
            )
            for row, (share, (begin, end)) in enumerate(zip(public.tolist(), pairwise(bounds), strict=True))
        ]

    def beliefs(self, told: Sequence[Learnt], ranked: Ranked) -> Floats:
        """How often codes with such shares were right in messages not learnt from, (texts, codes)."""
        weights = np.array([learnt.belief for learnt in told])
        logits = (belief_numbers(ranked) * weights[:, None, :]).sum(axis=2)
        return _sigmoids(logits)

    def telling_words(self, level: int, learnt: Learnt, most: int = 3) -> list[str]:
        """Words of the text that spoke most for a level-1 code, given by its place among the levels."""
        # Levels are the first question, so an answer's place among them is its column.
        said = self._words[learnt.places, level] * learnt.values
        best = (-said).argsort()[:most]
        words = self.terms.words
        return [
            words[place]
            for place, value in zip(learnt.places[best].tolist(), said[best].tolist(), strict=True)
            if value > 0
        ]

    def look_closer(self, texts: Sequence[Seen], told: Sequence[Learnt]) -> list[Learnt]:
        """The same with the levels of texts whose words leave doubt by the sentence encoder too."""
        if not texts:
            return []
        words = np.array([learnt.levels for learnt in told])
        doubtful = np.flatnonzero(is_doubtful(words)).tolist()
        closer = list(told)
        if doubtful:
            shares = mixed(words[doubtful], self.reader.levels([texts[at].text for at in doubtful]))
            for at, share in zip(doubtful, shares, strict=True):
                closer[at] = told[at]._replace(levels=share, belief=self.reader.belief)
        return closer

    def _labour_shares(self, learnt: Floats, lexical: Floats, public: Floats) -> Floats:
        """Probability that matters are ones of work and social security; `lexical`: the lexicon's test."""
        numbers = np.column_stack([np.ones(len(learnt)), learnt, lexical, public_odds(public)])
        return _sigmoids((numbers * self._labour).sum(axis=1))

    def urgent_share(self, numbers: Sequence[float]) -> float:
        """Probability that people would call it P0 or P1; `numbers`: `urgency.urgent_numbers`."""
        return sigmoid(sum(map(mul, self._urgent, numbers)))


def public_odds(share: Floats) -> Floats:
    """Log odds of category 99, held within bounds."""
    held = np.clip(share, 1e-4, 1 - 1e-4)
    return np.asarray(np.log(held / (1 - held)))


def _lines(kept: Any) -> list[str]:
    text = bytes(kept).decode()
    return text.split("\n") if text else []


@cache
def model() -> Model:
    """The packaged model, loaded at first use and shared."""
    return Model()
