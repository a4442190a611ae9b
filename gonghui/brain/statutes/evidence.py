"""What speaks for an article given a question: one row of numbers a candidate (特征)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gonghui.brain.statutes.postings import Floats, Postings, key, pairs, runs

Ints = npt.NDArray[np.int64]

# How many articles are looked at closely, by the rough order and by words alone.
_CANDIDATES = 300
_BY_WORDS = 120
_BY_MEANING = 120
# Terms of a question that count, rarest first: a very long text costs no more than a long one.
_MOST_TERMS = 150
# Remembered questions: how many vote, give their neighbours a chance, and lend the words of their answers.
_VOTERS, _NEIGHBOURS_OF, _LENDERS = 60, 20, 10
_REACH = 8
# Of so many values one stands for all where the best are looked for.
_SAMPLED = 16
# A word that one in some hundred questions uses only asks, and says little.
_COMMON = 8.0

FEATURES = (
    "words",
    "words_share",
    "pairs",
    "pairs_share",
    "told_words",
    "told_words_share",
    "told_pairs",
    "told_pairs_share",
    "title",
    "title_share",
    "meaning",
    "meaning_gap",
    "context",
    "law_words",
    "law_words_share",
    "votes",
    "like_question",
    "like_answer",
    "like_meaning",
    "law_votes",
    "beside",
    "lent",
    "lent_share",
    "cited",
    "law_cited",
    "kind",
    "length",
    "question_length",
    "law_meaning",
)


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of different length in one array."""

    starts: Ints
    values: Ints

    @classmethod
    def load(cls, folder: Path, name: str) -> Ragged:
        return cls(np.load(folder / f"{name}.starts.npy"), np.load(folder / f"{name}.values.npy"))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, row: int) -> Ints:
        return self.values[self.starts[row] : self.starts[row + 1]]

    def rows(self, chosen: Ints) -> tuple[Ints, Ints]:
        """The values of the chosen rows one after another, and of each value which of the chosen rows it is in."""
        starts = self.starts[chosen]
        lengths = self.starts[chosen + 1] - starts
        row = np.repeat(np.arange(len(chosen)), lengths)
        first = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        return self.values[starts[row] + np.arange(len(row)) - first[row]], row


class Index:
    """The mapped files of one corpus and its remembered questions."""

    def __init__(self, folder: Path) -> None:
        names = json.loads((folder / "articles.json").read_text(encoding="utf-8"))
        self.ids: list[str] = names["ids"]
        self.names: list[str] = names["names"]
        size = len(self.ids)
        self.words = Postings.load(folder, "words", size)
        self.pairs = Postings.load(folder, "pairs", size)
        self.law = np.load(folder / "law.npy")
        self.laws = int(self.law.max()) + 1
        self.titles = Postings.load(folder, "titles", self.laws)
        self.kind = np.load(folder / "kind.npy").astype(np.float32)
        self.length = np.load(folder / "length.npy")
        self.vectors: Floats = np.asarray(np.load(folder / "vectors.npy", mmap_mode="r"))
        self.gold = Ragged.load(folder, "gold")
        self.questions: list[str] = json.loads((folder / "questions.json").read_text(encoding="utf-8"))
        remembered = max(len(self.gold), 1)
        self.asked = Postings.load(folder, "asked", remembered)
        self.answered = Postings.load(folder, "answered", remembered)
        self.answer_words = Ragged.load(folder, "answer_words")
        self.asked_vectors: Floats = np.load(folder / "asked_vectors.npy")
        self._asking_keys = np.load(folder / "asking.keys.npy")
        self._asking_counts = np.load(folder / "asking.counts.npy")
        self.cited = np.bincount(self.gold.values, minlength=size).astype(np.float32)
        share = np.repeat(1.0 / np.maximum(np.diff(self.gold.starts), 1), np.diff(self.gold.starts))
        self.law_cited = np.log1p(
            np.bincount(self.law[self.gold.values], weights=share, minlength=self.laws).astype(np.float32)
        )

    def telling(self, terms: list[str]) -> Floats:
        """Weight of each term by how seldom questions use it: words that only ask tell little."""
        if not len(self._asking_keys):
            return np.ones(len(terms), dtype=np.float32)
        wanted = np.fromiter(map(key, terms), dtype=np.uint32, count=len(terms))
        place = np.minimum(np.searchsorted(self._asking_keys, wanted), len(self._asking_keys) - 1)
        count = np.where(self._asking_keys[place] == wanted, self._asking_counts[place], 0.0)
        return (1.0 / (1.0 + count / _COMMON)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Candidates (places in the corpus), their numbers in the order of FEATURES, and the rough order's score.

    voters: places of remembered questions that spoke, most like first; words: terms of the question that count.
    """

    candidates: Ints
    table: Floats
    rough: Floats
    voters: list[int]
    words: list[str]


def share(values: Floats) -> Floats:
    """Values as shares of the highest, 0..1."""
    top = float(values.max(initial=0.0))
    return values / top if top > 0 else np.zeros_like(values)


def _best(values: Floats, count: int) -> Ints:
    """Places of the `count` highest values, highest first."""
    if count >= len(values):
        return np.argsort(-values, kind="stable")
    # Few stand near the top: look for the best among those that do, where a sample says that there are enough of them.
    sample = np.sort(values[::_SAMPLED])[::-1]
    for guess in (3 * count, 6 * count):
        least = sample[min(guess // _SAMPLED, len(sample) - 1)]
        if least > 0 and len(near := np.flatnonzero(values >= least)) >= count:
            return near[np.argsort(-values[near], kind="stable")[:count]]
    part = np.argpartition(-values, count)[:count]
    return part[np.argsort(-values[part], kind="stable")]


def gather(index: Index, text: str, vector: Floats, extra: Ints | None = None) -> Evidence:
    """Everything that is known about the question's candidates.

    vector: the question's reduced vector, shape (kept,); extra: places to look at whatever the rough order says.
    """
    word_places, words = _rarest(index.words, runs(text))
    pair_places, two = _rarest(index.pairs, pairs(text))
    by_words, told_words = _both(index.words, word_places, index.telling(words))
    by_pairs, told_pairs = _both(index.pairs, pair_places, index.telling(two))
    by_title = index.titles.score(index.titles.find(words)[0])[index.law]
    meaning = index.vectors @ vector
    nearest = _best(meaning, _BY_MEANING)
    gap = meaning - float(meaning[nearest[:10]].mean())
    lexical = share(by_words) + share(by_pairs)
    told = share(told_words) + share(told_pairs)

    memory = _Memory(index, words + two, vector)
    law_words = _by_law(index, told)
    law_meaning = _by_law(index, np.maximum(0.0, 1.0 + gap * 4.0).astype(np.float32))
    lent = _lent(index, memory)
    rough = (
        0.5 * lexical
        + 0.5 * told
        + 1.2 * np.maximum(0.0, 1.0 + gap * 5.0)
        + 2.0 * share(memory.votes)
        + 2.0 * share(memory.law_votes)[index.law] * share(told)
        + share(lent)
        + 0.3 * share(memory.beside)
    ).astype(np.float32)
    chosen = [_best(rough, _CANDIDATES), _best(lexical, _BY_WORDS), nearest, memory.voted]
    candidates = np.unique(np.concatenate([*chosen, extra] if extra is not None else chosen)).astype(np.int64)
    law = index.law[candidates]
    around = _around(lexical, candidates, index.law)
    columns = {
        "words": by_words[candidates],
        "words_share": share(by_words)[candidates],
        "pairs": by_pairs[candidates],
        "pairs_share": share(by_pairs)[candidates],
        "told_words": told_words[candidates],
        "told_words_share": share(told_words)[candidates],
        "told_pairs": told_pairs[candidates],
        "told_pairs_share": share(told_pairs)[candidates],
        "title": by_title[candidates],
        "title_share": share(by_title)[candidates],
        "meaning": meaning[candidates],
        "meaning_gap": gap[candidates],
        "context": around,
        "law_words": law_words[law],
        "law_words_share": share(law_words)[law],
        "votes": memory.votes[candidates],
        "like_question": memory.like_question[candidates],
        "like_answer": memory.like_answer[candidates],
        "like_meaning": memory.like_meaning[candidates],
        "law_votes": memory.law_votes[law],
        "beside": memory.beside[candidates],
        "lent": lent[candidates],
        "lent_share": share(lent)[candidates],
        "cited": index.cited[candidates],
        "law_cited": index.law_cited[law],
        "kind": index.kind[candidates],
        "length": index.length[candidates],
        "question_length": np.full(len(candidates), min(len(text), 400), dtype=np.float32),
        "law_meaning": law_meaning[law],
    }
    table = np.stack([columns[name] for name in FEATURES], axis=1).astype(np.float32)
    return Evidence(candidates, table, rough[candidates], memory.voters, words)


def _rarest(postings: Postings, terms: list[str]) -> tuple[Ints, list[str]]:
    places, known = postings.find(terms)
    if len(known) > _MOST_TERMS:
        held = postings.starts[places + 1] - postings.starts[places]
        kept = np.sort(np.argsort(held, kind="stable")[:_MOST_TERMS])
        return places[kept], [known[at] for at in kept]
    return places, known


def _both(postings: Postings, places: Ints, telling: Floats) -> tuple[Floats, Floats]:
    plain, told = postings.scores(places, np.stack([np.ones(len(places), dtype=np.float32), telling]))
    return plain, told


def _around(scores: Floats, candidates: Ints, law: npt.NDArray[np.int32]) -> Floats:
    """What the neighbours of an article in the same law say, half the weight at one step, a quarter at two."""
    total = np.zeros(len(candidates), dtype=np.float32)
    for step, weight in ((1, 0.5), (-1, 0.5), (2, 0.25), (-2, 0.25)):
        at = np.clip(candidates + step, 0, len(scores) - 1)
        total += np.where(law[at] == law[candidates], scores[at], 0.0) * np.float32(weight)
    return total


def _by_law(index: Index, scores: Floats, best: int = 400, each: int = 3) -> Floats:
    """Per law, the sum of its `each` best articles among the best of all."""
    totals = np.zeros(index.laws, dtype=np.float32)
    top = _best(scores, best)
    law = index.law[top]
    # How many better ones of the same law stand before each.
    grouped = np.argsort(law, kind="stable")
    firsts = np.flatnonzero(np.diff(law[grouped], prepend=-1))
    before = np.empty(len(top), dtype=np.int64)
    before[grouped] = np.arange(len(top)) - np.repeat(firsts, np.diff(firsts, append=len(top)))
    kept = before < each
    np.add.at(totals, law[kept], scores[top[kept]])
    return totals


def _lent(index: Index, memory: _Memory) -> Floats:
    """Articles by the words of the answers that like questions got: the lawyers' words stand in for the lay ones."""
    words, row = index.answer_words.rows(np.array(memory.voters[:_LENDERS], dtype=np.int64))
    if not len(words):
        return np.zeros(index.words.size, dtype=np.float32)
    wanted, first, which = np.unique(words, return_index=True, return_inverse=True)
    weights = np.zeros(len(wanted), dtype=np.float32)
    np.add.at(weights, which, memory.weight[memory.voters[:_LENDERS]][row])
    # Of equals the one that the more alike question's answer says, and says earlier.
    chosen = np.lexsort((first, -weights))[:60]
    wanted, weights = wanted[chosen].astype(np.uint32), weights[chosen]
    place = np.minimum(np.searchsorted(index.words.keys, wanted), len(index.words.keys) - 1)
    known = index.words.keys[place] == wanted
    return index.words.scores(place[known], weights[known][np.newaxis])[0]


class _Memory:
    """What remembered questions say of the articles that answered them (问题近邻)."""

    def __init__(self, index: Index, terms: list[str], vector: Floats) -> None:
        size = len(index.ids)
        self.votes, self.like_question, self.like_answer, self.like_meaning, self.beside = (
            np.zeros(size, dtype=np.float32) for _ in range(5)
        )
        self.law_votes = np.zeros(index.laws, dtype=np.float32)
        self.voters: list[int] = []
        self.weight = np.zeros(max(len(index.gold), 1), dtype=np.float32)
        self.voted = np.zeros(0, dtype=np.int64)
        if not len(index.gold):
            return
        by_question = share(index.asked.score(index.asked.find(terms)[0]))
        by_answer = share(index.answered.score(index.answered.find(terms)[0]))
        likeness = index.asked_vectors @ vector
        by_meaning = share(np.maximum(0.0, likeness - float(np.median(likeness))).astype(np.float32))
        mixed = share(by_question + by_answer + by_meaning)
        order = _best(mixed, 100)
        self.voters = order[:_VOTERS][mixed[order[:_VOTERS]] > 0].tolist()
        self.weight[self.voters] = mixed[self.voters] ** 3
        gold, row = index.gold.rows(order)
        for kept, values in (
            (self.like_question, by_question),
            (self.like_answer, by_answer),
            (self.like_meaning, likeness),
        ):
            np.maximum.at(kept, gold, values[order][row])
        for place in self.voters:
            self.votes[index.gold[place]] += self.weight[place]
        weight = self.weight[order]
        each = weight / np.bincount(row, minlength=len(order)).astype(np.float32)
        np.add.at(self.law_votes, index.law[gold], each[row])
        self._speak_for_neighbours(index, gold[row < _NEIGHBOURS_OF], weight[row[row < _NEIGHBOURS_OF]])
        self.law_votes /= self.law_votes.sum() or 1.0
        self.voted = np.flatnonzero(self.votes)

    def _speak_for_neighbours(self, index: Index, gold: Ints, weight: Floats) -> None:
        """The articles beside those of like questions, the less the farther, within their law."""
        steps = np.array([step for step in range(-_REACH, _REACH + 1) if step])
        near = np.clip(gold[:, np.newaxis] + steps, 0, len(index.ids) - 1)
        inside = (near == gold[:, np.newaxis] + steps) & (index.law[near] == index.law[gold][:, np.newaxis])
        said = weight[:, np.newaxis] * np.exp(-np.abs(steps) / 3.0).astype(np.float32)
        np.add.at(self.beside, near[inside], said[inside])
