"""Which situations a message speaks of (匹配情形): its ways of being said, by words and meaning, and the category."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gonghui.brain.match.retrieval import Floats, Sentences, clean, encode, keep_vectors, kept_vectors
from gonghui.brain.neighbours.vectors import sentences
from gonghui.brain.statutes.postings import pairs
from gonghui.brain.types import Understanding
from gonghui.law.lexicon import read_yaml
from gonghui.law.store import LawStore
from gonghui.law.topics import Topic, topics

HERE = Path(__file__).resolve().parent
ARTEFACT = HERE / "data" / "phrasings.npz"
# Sentences of a long letter that are read: its beginning, where the matter is, and its end, where the demand is.
_FIRST, _LAST = 7, 2
# words: rare pairs shared with a phrasing; meaning: the nearest phrasing, _mean over the text's sentences, _first of
# its first; phrase: patterns of lay_terms.yaml; code_1…3: the triage's codes, level: share of their group; told,
# told_words: what the situation's file says, by meaning and by words.
FEATURES = (
    "words", "meaning", "phrase", "code_1", "code_2", "code_3", "level", "meaning_mean", "meaning_first", "told",
    "told_words",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Match:
    """A situation and its share of belief among all situations, 0..1."""

    topic: Topic
    score: float


class Matcher:
    """The situations, ready to be searched by their ways of being said and by what their files say."""

    def __init__(self, known: Sequence[Topic], vectors: Floats | None = None) -> None:
        self.topics = tuple(known)
        asked, told = [_texts(topic) for topic in known], [_told(topic) for topic in known]
        self._asked_by = np.array([n for n, texts in enumerate(asked) for _ in texts])
        self._told_by = np.array([n for n, texts in enumerate(told) for _ in texts])
        size = len(self._asked_by)
        phrasings = [text for texts in asked for text in texts]
        self._sentences = Sentences(phrasings, vectors[:size] if vectors is not None else None)
        self._told = (
            vectors[size:] if vectors is not None else encode([clean(text) for texts in told for text in texts])
        )
        self._words = DocumentWords([[*one, *two] for one, two in zip(asked, told, strict=True)])
        self._numbers = read_yaml((HERE / "data" / "matching.yaml").read_bytes())
        self._weights = np.array([self._numbers["weights"][name] for name in FEATURES])
        self._place = {topic.id: n for n, topic in enumerate(known)}

    def find(self, meaning: Understanding, k: int = 3) -> list[Match]:
        """The `k` likeliest situations of a message, best first; [] where nothing comes near."""
        features = self.features(meaning)
        if features is None:
            return []
        total = features @ self._weights
        shares = np.exp(total - total.max())
        shares /= shares.sum()
        near = features[:, FEATURES.index("words")] + features[:, FEATURES.index("meaning")] + features[:, 2]
        order = np.argsort(-shares)[:k]
        if near[order].max() < self._numbers["near"]:
            return []
        return [Match(self.topics[n], round(float(shares[n]), 3)) for n in order]

    def features(self, meaning: Understanding) -> Floats | None:
        """What speaks for each situation, shape (situations, len(FEATURES)); None for a text without a word."""
        parts = [part for part in map(clean, _parts(meaning.text)) if any(letter.isalnum() for letter in part)]
        if not parts or not self.topics:
            return None
        read = encode(parts).T
        asked = self._best(self._sentences.vectors @ read, self._asked_by)
        told = self._best(self._told @ read, self._told_by)
        words = np.max([self._best(self._sentences.by_words(part)[:, None], self._asked_by) for part in parts], axis=0)
        phrase = np.zeros(len(self.topics))
        for situation, strength in LawStore.default().lexicon.match(meaning.text):
            if (place := self._place.get(situation.topic)) is not None:
                phrase[place] += strength
        codes = np.zeros((len(self.topics), 4))
        for rank, scored in enumerate(meaning.categories[:3]):
            for place, topic in enumerate(self.topics):
                codes[place, rank] = scored.code in topic.categories
                if any(scored.code[:2] == code[:2] for code in topic.categories):
                    codes[place, 3] = max(codes[place, 3], scored.score)
        columns = [
            words[:, 0],
            _above(asked.max(axis=1)),
            phrase,
            *codes.T,
            _above(asked.mean(axis=1)),
            _above(asked[:, 0]),
            _above(told.max(axis=1)),
            self._words.scores(meaning.text),
        ]
        return np.stack(columns, axis=1)

    def _best(self, scores: Floats, owner: npt.NDArray[np.int64]) -> Floats:
        """Of each situation the best sentence for each part of the text, shape (situations, parts)."""
        best = np.full((len(self.topics), scores.shape[1]), -1.0, dtype=np.float32)
        np.maximum.at(best, owner, scores)
        return best


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


def _parts(text: str) -> list[str]:
    found = sentences(text) or [text]
    return found if len(found) <= _FIRST + _LAST else found[:_FIRST] + found[-_LAST:]


def _all(known: Sequence[Topic]) -> list[str]:
    """Every sentence that has a vector, in the artefact's order."""
    asked = [text for topic in known for text in _texts(topic)]
    return asked + [clean(text) for topic in known for text in _told(topic)]


@cache
def matcher() -> Matcher:
    """That of the packaged situations; vectors come from the artefact if it was made of these sentences."""
    known = list(topics().topics.values())
    return Matcher(known, kept_vectors(_all(known), ARTEFACT))


def fresh() -> bool:
    """Whether the artefact was made of the packaged phrasings; without, a process reads them anew, some seconds."""
    return kept_vectors(_all(list(topics().topics.values())), ARTEFACT) is not None


def make_vectors() -> int:
    """Write the artefact; how many sentences."""
    texts = _all(list(topics().topics.values()))
    keep_vectors(texts, ARTEFACT)
    return len(texts)
