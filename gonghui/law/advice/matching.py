"""Which situations a message speaks of (匹配情形): its ways of being said, by words and meaning, and the category."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, TypeAdapter

from gonghui import yamls
from gonghui.brain.encoder import Encoder
from gonghui.brain.match.retrieval import Floats, clean, encode, keep_vectors, kept_vectors
from gonghui.brain.neighbours.vectors import compose, sentences
from gonghui.brain.statutes.postings import pairs
from gonghui.brain.types import Understanding
from gonghui.law.advice.learnt import ARTEFACT as LEARNT
from gonghui.law.advice.learnt import Examples, Learnt, middle
from gonghui.law.lexicon import Phrase, fitting, read_phrases, sentences_of, strength
from gonghui.law.topics import Library, Topic, topics
from gonghui.law.topics.facts import When
from gonghui.law.topics.library import packaged

HERE = Path(__file__).resolve().parent
ARTEFACT = HERE / "data" / "phrasings.npz"
# Sentences of a long letter that are read: its beginning, where the matter is, and its end, where the demand is.
_FIRST, _LAST = 7, 2
# Sentences of like length that are encoded at once: in one batch of nine a quarter of the time went into padding.
_TOGETHER = 3
# code_1…3: the triage's codes, level: share of their group; first: the phrasing nearest to the first sentence; told,
# told_words: what the situation's file says, by meaning and by words; learnt: the linear scores of `learnt.py`; alike:
# the five nearest phrasings, invented messages and questions, by meaning of the whole text; part: the same for the
# sentence that is likest, so that in a long letter a sentence alone may speak; tell: the patterns of `data/tells.yaml`,
# which tell a situation from its neighbours.
FEATURES = (
    "code_1",
    "code_2",
    "code_3",
    "level",
    "first",
    "told",
    "told_words",
    "learnt",
    "alike",
    "part",
    "tell",
)


@dataclass(frozen=True, slots=True)
class Match:
    """A situation and its share of belief among all situations, 0..1."""

    topic: Topic
    score: float


class Beside(BaseModel):
    """A situation that is told whenever the facts say `when`, in the first place or in the last one, unless one of the
    same kind is told already: of a category that begins with one of `unless`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topic: str
    when: When
    first: bool = False
    unless: tuple[str, ...] = ()


@cache
def besides() -> tuple[Beside, ...]:
    """Rows of `beside` in `data/matching.yaml`."""
    return tuple(TypeAdapter(list[Beside]).validate_python(_numbers()["beside"]))


@cache
def who() -> frozenset[str]:
    """Situations of `data/matching.yaml` that tell who one is, not what happened."""
    return frozenset(_numbers()["who"])


@cache
def needs() -> dict[str, re.Pattern[str]]:
    """Words of `data/matching.yaml` without which a situation is not told."""
    return {name: re.compile(words) for name, words in _numbers()["needs"].items()}


@cache
def tells() -> dict[str, tuple[Phrase, ...]]:
    """Patterns of `data/tells.yaml` by situation."""
    rows = TypeAdapter(dict[str, list[str]]).validate_python(yamls.read((HERE / "data" / "tells.yaml").read_bytes()))
    return {name: read_phrases(lines) for name, lines in rows.items()}


@cache
def _numbers() -> dict[str, Any]:
    loaded: dict[str, Any] = yamls.read((HERE / "data" / "matching.yaml").read_bytes())
    return loaded


class Matcher:
    """The situations, ready to be searched by their ways of being said and by what their files say."""

    def __init__(self, known: Sequence[Topic], vectors: Floats | None = None, learnt: Path = LEARNT) -> None:
        self.topics = tuple(known)
        asked, told = [_texts(topic) for topic in known], [_told(topic) for topic in known]
        self._asked_by = np.array([n for n, texts in enumerate(asked) for _ in texts])
        # Where the sentences of each situation begin.
        self._asked_from, self._told_from = (np.cumsum([0, *map(len, texts)])[:-1] for texts in (asked, told))
        size = len(self._asked_by)
        self.vectors = encode(_all(known)) if vectors is None else vectors
        self._phrasings = [text for texts in asked for text in texts]
        self._asked, self._told = self.vectors[:size], self.vectors[size:]
        self._learnt = Learnt([topic.id for topic in known], learnt)
        by_phrasing = np.eye(len(known), dtype=bool)[self._asked_by]
        self._examples = Examples(
            np.vstack([middle(self._asked), self._learnt.examples]),
            np.vstack([by_phrasing, self._learnt.tells]),
        )
        self._words = DocumentWords([[*one, *two] for one, two in zip(asked, told, strict=True)])
        self._numbers = _numbers()
        self._weights = np.array([self._numbers["weights"][name] for name in FEATURES])
        self._place = {topic.id: n for n, topic in enumerate(known)}

    @property
    def phrasings(self) -> list[tuple[int, str]]:
        """Each way of being said, after the place of its situation."""
        return list(zip(self._asked_by.tolist(), self._phrasings, strict=True))

    @property
    def phrasing_vectors(self) -> Floats:
        """Of the phrasings, shape (phrasings, 384)."""
        return self._asked

    def find(self, meaning: Understanding, k: int = 3) -> list[Match]:
        """The `k` likeliest situations of a message, best first; [] where nothing comes near."""
        features = self.features(meaning)
        if features is None:
            return []
        total = features @ self._weights
        for name, words in needs().items():
            if name in self._place and not words.search(meaning.text.lower()):
                total[self._place[name]] = -np.inf
        shares = np.exp(total - total.max())
        shares /= shares.sum()
        labour = self._numbers["labour"] * (meaning.is_labour.score - 0.5)
        if total.max() + labour < self._numbers["near"]:
            return []
        order = np.argsort(-shares)[:k]
        return [Match(self.topics[n], round(float(shares[n]), 6)) for n in order]

    def features(self, meaning: Understanding) -> Floats | None:
        """What speaks for each situation, shape (situations, len(FEATURES)); None for a text without a word."""
        parts = read_parts(meaning.text)
        if not parts or not self.topics:
            return None
        vectors = Encoder.default().encode(parts, batch=_TOGETHER)
        whole = compose(None, vectors)
        first = np.maximum.reduceat(self._asked @ vectors[0], self._asked_from)
        told = np.maximum.reduceat((self._told @ vectors.T).max(axis=1), self._told_from)
        tell = np.zeros(len(self.topics))
        spoken = sentences_of(meaning.text)
        whole_text = "\n".join(spoken)
        for name, phrases in tells().items():
            if name in self._place and (fits := fitting(phrases, spoken, whole_text)):
                tell[self._place[name]] = strength(fits)
        codes = np.zeros((len(self.topics), 4))
        for rank, scored in enumerate(meaning.categories[:3]):
            for place, topic in enumerate(self.topics):
                codes[place, rank] = scored.code in topic.categories
                if any(scored.code[:2] == code[:2] for code in topic.categories):
                    codes[place, 3] = max(codes[place, 3], scored.score)
        columns = [
            *codes.T,
            _above(first),
            _above(told),
            self._words.scores(meaning.text),
            self._learnt.scores(meaning.text, whole),
            *self._alike(whole, vectors),
            tell,
        ]
        return np.stack(columns, axis=1)

    def _alike(self, whole: Floats, parts: Floats) -> tuple[Floats, Floats]:
        """Of the whole text, and of the sentence that is likest to each situation."""
        near = self._examples.nearest(np.vstack([whole, middle(parts)]))
        return near[0], near[1:].max(axis=0)


class DocumentWords:
    """BM25 (k1 1.2, b 0.75) over pairs of characters; a document is the texts it is given."""

    def __init__(self, documents: Sequence[Sequence[str]]) -> None:
        counts = [Counter(term for text in texts for term in pairs(text)) for texts in documents]
        held = Counter(term for count in counts for term in count)
        self._terms = {term: n for n, term in enumerate(held)}
        lengths = np.array([sum(count.values()) for count in counts])
        self._weights = np.zeros((len(self._terms), len(documents)), dtype=np.float32)
        for n, count in enumerate(counts):
            for term, times in count.items():
                rarity = np.log(1 + (len(documents) - held[term] + 0.5) / (held[term] + 0.5))
                long = 0.25 + 0.75 * lengths[n] / lengths.mean()
                self._weights[self._terms[term], n] = rarity * times * 2.2 / (times + 1.2 * long)

    def scores(self, text: str) -> Floats:
        """Sum over the text's terms, over their number, shape (documents,)."""
        asked = set(pairs(text))
        rows = [place for term in asked if (place := self._terms.get(term)) is not None]
        found: Floats = self._weights[rows].sum(axis=0) / max(1, len(asked))
        return found


def _above(scores: Floats) -> Floats:
    """All sentences of one language are alike to some degree: only what is above the middle tells."""
    return scores - np.float32(np.median(scores))


def _told(topic: Topic) -> list[str]:
    """What the file says of the situation, beside its ways of being said."""
    rights = [right.text for right in topic.rights]
    return [topic.definition, *topic.applies, *rights, *(branch.conclusion for branch in topic.branches)]


def _texts(topic: Topic) -> list[str]:
    return [topic.zh, *topic.phrasings]


def read_parts(text: str) -> list[str]:
    """The sentences of a text that are read, in order; [] for one without a word."""
    found = sentences(text) or [text]
    found = found if len(found) <= _FIRST + _LAST else found[:_FIRST] + found[-_LAST:]
    return [part for part in map(clean, found) if any(letter.isalnum() for letter in part)]


def _all(known: Sequence[Topic]) -> list[str]:
    """Every sentence that has a vector, in the artefact's order."""
    asked = [text for topic in known for text in _texts(topic)]
    return asked + [clean(text) for topic in known for text in _told(topic)]


def matcher() -> Matcher:
    """That of the situations that hold now."""
    return _matcher(topics())


@lru_cache(maxsize=4)
def _matcher(library: Library) -> Matcher:
    known = list(library.topics.values())
    if library is packaged():
        # Vectors come from the artefact if it was made of these sentences.
        return Matcher(known, kept_vectors(_all(known), ARTEFACT))
    # A published situation brings a few new sentences; the others are read from the package's matcher.
    first = _matcher(packaged())
    vectors = dict(zip(_all(first.topics), first.vectors, strict=True))
    texts = _all(known)
    new = [text for text in dict.fromkeys(texts) if text not in vectors]
    if new:
        vectors |= dict(zip(new, encode(new), strict=True))
    return Matcher(known, np.stack([vectors[text] for text in texts]))


def fresh() -> bool:
    """Whether the artefact was made of the packaged phrasings; without, a process reads them anew, some seconds."""
    return kept_vectors(_all(list(packaged().topics.values())), ARTEFACT) is not None


def make_vectors() -> int:
    """Write the artefact; how many sentences."""
    texts = _all(list(packaged().topics.values()))
    keep_vectors(texts, ARTEFACT)
    return len(texts)
