"""Which situations a message speaks of (匹配情形): its ways of being said, by words and meaning, and the category."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path

import numpy as np

from gonghui.brain.match.retrieval import Floats, Sentences, clean, encode
from gonghui.brain.neighbours.vectors import sentences
from gonghui.law.lexicon import read_yaml
from gonghui.law.store import LawStore
from gonghui.law.topics import Topic, topics

HERE = Path(__file__).resolve().parent
ARTEFACT = HERE / "data" / "phrasings.npz"
# Sentences of a long letter that are read: its beginning, where the matter is, and its end, where the demand is.
_FIRST, _LAST = 9, 3


@dataclass(frozen=True, slots=True)
class Match:
    """A situation and how well it fits, 0..1 (an order, no probability)."""

    topic: Topic
    score: float


class Matcher:
    """The ways of saying each situation, ready to be searched."""

    def __init__(self, known: Sequence[Topic], vectors: Floats | None = None) -> None:
        self.topics = tuple(known)
        self._owner = np.array([n for n, topic in enumerate(known) for _ in _texts(topic)])
        self._sentences = Sentences([text for topic in known for text in _texts(topic)], vectors)
        self._weights = read_yaml((HERE / "data" / "matching.yaml").read_bytes())
        self._place = {topic.id: n for n, topic in enumerate(known)}

    def find(self, text: str, categories: Sequence[str] = (), k: int = 3) -> list[Match]:
        """The `k` likeliest situations, best first; [] where nothing comes near.

        categories: codes of the triage, likeliest first.
        """
        parts = [part for part in map(clean, _parts(text)) if any(letter.isalnum() for letter in part)]
        if not parts or not self.topics:
            return []
        weights = self._weights
        words = self._best(np.max([self._sentences.by_words(part) for part in parts], axis=0))
        meaning = self._best((self._sentences.vectors @ encode(parts).T).max(axis=1))
        # All sentences of one language are alike to some degree: only what is above the middle tells.
        meaning = np.clip((meaning - float(np.median(meaning))) / weights["meaning_span"], 0.0, 1.0)
        total = weights["words"] * words + weights["meaning"] * meaning
        for situation, strength in LawStore.default().lexicon.match(text):
            if (place := self._place.get(situation.topic)) is not None:
                total[place] += weights["phrase"] * strength
        for rank, code in enumerate(categories[: len(weights["category"])]):
            for place, topic in enumerate(self.topics):
                if code in topic.categories:
                    total[place] += weights["category"][rank]
        order = np.argsort(-total)[:k]
        return [Match(self.topics[n], round(float(total[n]), 3)) for n in order if total[n] >= weights["floor"]]

    def _best(self, scores: Floats) -> Floats:
        best = np.zeros(len(self.topics), dtype=np.float32)
        np.maximum.at(best, self._owner, scores)
        return best


def _texts(topic: Topic) -> list[str]:
    return [topic.zh, *topic.phrasings]


def _parts(text: str) -> list[str]:
    found = sentences(text) or [text]
    return found if len(found) <= _FIRST + _LAST else found[:_FIRST] + found[-_LAST:]


def _digest(known: Sequence[Topic]) -> str:
    texts = "\n".join(text for topic in known for text in _texts(topic))
    return blake2b(texts.encode(), digest_size=8).hexdigest()


@cache
def matcher() -> Matcher:
    """That of the packaged situations; vectors come from the artefact if it was made of these sentences."""
    known = list(topics().topics.values())
    vectors = None
    if fresh():
        with np.load(ARTEFACT) as kept:
            vectors = kept["vectors"].astype(np.float32)
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return Matcher(known, vectors)


def fresh(path: Path = ARTEFACT) -> bool:
    """Whether the artefact was made of the packaged phrasings; without, a process reads them anew, some seconds."""
    if not path.exists():
        return False
    with np.load(path) as kept:
        return str(kept["digest"]) == _digest(list(topics().topics.values()))


def make_vectors(path: Path = ARTEFACT) -> int:
    """Write the artefact, one byte a number; how many sentences."""
    known = list(topics().topics.values())
    vectors = encode([text for topic in known for text in _texts(topic)])
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = np.clip(np.round(vectors / np.abs(vectors).max() * 127), -127, 127).astype(np.int8)
    np.savez(path, digest=_digest(known), vectors=whole)
    return len(vectors)
