"""Nearest sentences by words and meaning: shared by services and by the needs of companies."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from gonghui.brain.encoder import Encoder
from gonghui.brain.statutes.postings import pairs
from gonghui.brain.text import normalise

Floats = npt.NDArray[np.float32]
# Of a long text the beginning tells the need; the encoder reads no more.
_LONGEST = 200


def clean(text: str) -> str:
    """Normalised, on one line, at most 200 characters."""
    return " ".join(normalise(text[: 4 * _LONGEST]).split())[:_LONGEST]


class Sentences:
    """Sentences to be found again: pairs of characters weighed by rarity, and vectors. Shapes (n, …)."""

    def __init__(self, texts: Sequence[str], vectors: Floats | None = None) -> None:
        self.texts = list(texts)
        counts = [Counter(pairs(text)) for text in self.texts]
        document = Counter(term for count in counts for term in count)
        self.rarity = {term: math.log(1 + len(self.texts) / (0.5 + n)) for term, n in document.items()}
        self.terms = {term: at for at, term in enumerate(self.rarity)}
        self.lexical = np.zeros((len(self.texts), len(self.terms)), dtype=np.float32)
        for row, count in enumerate(counts):
            for term, times in count.items():
                self.lexical[row, self.terms[term]] = (1 + math.log(times)) * self.rarity[term]
        self.lexical /= np.linalg.norm(self.lexical, axis=1, keepdims=True) + 1e-9
        self.vectors = vectors if vectors is not None else encode(self.texts)

    def by_words(self, text: str) -> Floats:
        """Cosine of rare pairs of characters, 0..1."""
        count = Counter(pairs(text))
        row = np.zeros(len(self.terms), dtype=np.float32)
        # What no sentence knows still counts towards the length of the question.
        unknown = 0.0
        for term, times in count.items():
            if (at := self.terms.get(term)) is not None:
                row[at] = (1 + math.log(times)) * self.rarity[term]
            else:
                unknown += 1.0
        scores: Floats = self.lexical @ (row / math.sqrt(float(row @ row) + unknown + 1e-9))
        return scores

    def by_meaning(self, text: str) -> Floats:
        """Cosine of sentence vectors, -1..1, centred on what any sentence has."""
        scores: Floats = self.vectors @ encode([text])[0]
        return scores


def encode(texts: Sequence[str]) -> Floats:
    """Sentence vectors, shape (texts, 384)."""
    vectors: Any = Encoder.default().encode(list(texts))
    return np.asarray(vectors, dtype=np.float32)


def digest(texts: Sequence[str]) -> str:
    """Name of a state of the sentences."""
    return blake2b("\n".join(texts).encode(), digest_size=8).hexdigest()


def kept_vectors(texts: Sequence[str], path: Path) -> Floats | None:
    """Vectors of the sentences from an artefact, of unit length; None where it is not of these sentences."""
    if not path.exists():
        return None
    with np.load(path) as kept:
        if str(kept["digest"]) != digest(texts):
            return None
        vectors = kept["vectors"].astype(np.float32)
    result: Floats = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return result


def keep_vectors(texts: Sequence[str], path: Path) -> None:
    """Write the artefact that `kept_vectors` reads: one byte a number."""
    vectors = encode(texts)
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = np.clip(np.round(vectors / np.abs(vectors).max() * 127), -127, 127).astype(np.int8)
    np.savez(path, digest=digest(texts), vectors=whole)
