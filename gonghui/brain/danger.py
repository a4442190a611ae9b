"""What the gravest sentence of a text is like (险情): the sentence encoder beside the words of alarm.

Alarm words know what they list; people in distress seldom use listed words. A logit over sentence vectors says how
like each sentence is to situations written for the purpose (`data/urgent.yaml`), kind by kind. It is surest where a
message is short: a long letter holds many sentences, and one of them is always a little like something.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from gonghui.brain.encoder import Encoder
from gonghui.brain.text import SENTENCE_END

FILE = "danger.npz"
# Vectors of unit length are small numbers for a penalty on large weights.
SCALE = 8.0
# Characters: shorter sentences join the one before, longer ones are cut at commas.
_LEAST, _MOST = 8, 60
# Of a long letter its beginning and its end are read: the matter stands in one, the threat in the other.
EACH_END = 4
# The last code of the weights: no danger.
NONE = "none"

_BREAK = re.compile(f"[{SENTENCE_END}]")
_COMMA = re.compile("(?<=[,:])")


class Sign(NamedTuple):
    """How like the sentences of one text are to the situations; shares are probabilities, 0..1.

    urgent, grave, life, need: the highest share among the sentences of P0 and P1 together, of P0, of harm to oneself,
    of P2. kind: of the most urgent sentence the likeliest situation, as `kind:level`. sentence: that sentence.
    sentences: how many were read; whole: whether these are all.
    """

    urgent: float
    grave: float
    life: float
    need: float
    kind: str
    sentence: str
    sentences: int
    whole: bool


def sentences_of(text: str) -> list[str]:
    """Sentences of normalised text, as the encoder reads them: none very short, none very long."""
    cut: list[str] = []
    for sentence in _BREAK.split(text):
        cut += _pieces(sentence.strip())
    joined: list[str] = []
    for piece in cut:
        if joined and len(joined[-1]) < _LEAST:
            joined[-1] = f"{joined[-1]},{piece}"
        elif len(piece) >= _LEAST // 2 or not joined:
            joined.append(piece)
    return joined


def _pieces(sentence: str) -> list[str]:
    if len(sentence) <= _MOST:
        return [sentence] if sentence else []
    found, now = [], ""
    for clause in _COMMA.split(sentence):
        if now and len(now) + len(clause) > _MOST:
            found.append(now)
            now = ""
        now += clause
        while len(now) > _MOST + _MOST // 2:
            found.append(now[:_MOST])
            now = now[_MOST:]
    return [*found, now] if now else found


def read_sentences(text: str) -> tuple[list[str], bool]:
    """The sentences that are looked at, and whether these are all of the text."""
    every = sentences_of(text)
    if len(every) <= 2 * EACH_END:
        return every, True
    return every[:EACH_END] + every[-EACH_END:], False


class Danger:
    """Weights over sentence vectors. Immutable; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        with np.load(folder / FILE) as file:
            self._centre = file["centre"].astype(np.float32)
            self._weights = file["weights"].astype(np.float32)
            self._bias = file["bias"].astype(np.float32)
            self.codes = [str(code) for code in file["codes"]]
        level = [code.partition(":")[2] for code in self.codes]
        self._urgent = [at for at, one in enumerate(level) if one in ("P0", "P1")]
        self._grave = [at for at, one in enumerate(level) if one == "P0"]
        self._need = [at for at, one in enumerate(level) if one == "P2"]
        self._life = self.codes.index("self_harm:P0")

    def look(self, texts: Sequence[str]) -> list[Sign | None]:
        """A sign for each normalised text; None where nothing can be read."""
        read = [read_sentences(text) for text in texts]
        every = [sentence for sentences, _ in read for sentence in sentences]
        if not every:
            return [None] * len(texts)
        shares = self.shares(Encoder.default().encode(every, "query"))
        signs: list[Sign | None] = []
        at = 0
        for sentences, whole in read:
            mine = shares[at : at + len(sentences)]
            at += len(sentences)
            signs.append(self.sign(mine, sentences, whole=whole) if len(sentences) else None)
        return signs

    def shares(self, vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Of each sentence vector the share of each code: (sentences, codes)."""
        scores = (SCALE * (vectors - self._centre) @ self._weights + self._bias).astype(np.float64)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    def sign(self, shares: npt.NDArray[np.float64], sentences: Sequence[str], *, whole: bool) -> Sign:
        """What the shares of a text's sentences say together."""
        urgent = shares[:, self._urgent].sum(axis=1)
        first = int(urgent.argmax())
        kind = self.codes[max(self._urgent, key=lambda code: shares[first, code])]
        return Sign(
            float(urgent[first]),
            float(shares[:, self._grave].sum(axis=1).max()),
            float(shares[:, self._life].max()),
            float(shares[:, self._need].sum(axis=1).max()),
            kind,
            sentences[first],
            len(sentences),
            whole,
        )
