"""A closer look at messages whose words leave doubt (细读): what the sentence encoder says beside the linear model.

The linear model knows words, the encoder what a whole text means; but it takes some 25 ms a text, and the linear model
a third of one. So it is asked only where no level-1 category has most of the share. Labour or not, and urgency, stay
with the linear model: there the encoder adds nothing (docs/brain.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gonghui.brain.encoder import Encoder

FILE = "reader.npz"
# Both chosen by five folds of the tuning half: a level with this share is right as often without a closer look.
DOUBT = 0.8
MEANING_SHARE = 0.4
# A code that the encoder met too seldom is not ruled out by it.
_FLOOR = {"words": 1e-4, "meaning": 0.03}
# Vectors of unit length are small numbers for a penalty on large weights.
SCALE = 8.0

Floats = npt.NDArray[np.float64]


def mixed(words: Floats, meaning: Floats) -> Floats:
    """Shares of level-1 codes by both, (texts, codes)."""
    log = (1 - MEANING_SHARE) * np.log(words + _FLOOR["words"]) + MEANING_SHARE * np.log(meaning + _FLOOR["meaning"])
    shares = np.exp(log - log.max(axis=1, keepdims=True))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def is_doubtful(shares: Floats) -> npt.NDArray[np.bool_]:
    """Of each row of shares by the words whether no code has most."""
    return np.asarray(shares.max(axis=1) < DOUBT)


class Reader:
    """Weights over sentence vectors. Immutable; safe to share between threads.

    belief: as the linear model's, for texts looked at closely.
    """

    def __init__(self, folder: Path) -> None:
        with np.load(folder / FILE) as file:
            self._centre = file["centre"].astype(np.float32)
            self._weights = file["weights"].astype(np.float32)
            self._bias = file["bias"].astype(np.float32)
            self.belief: Floats = file["belief"].astype(np.float64)

    def levels(self, texts: Sequence[str]) -> Floats:
        """Shares of level-1 codes by the meaning of normalised texts: (texts, codes), codes in order."""
        vectors = Encoder.default().encode(texts, "passage")
        scores = (SCALE * (vectors - self._centre) @ self._weights + self._bias).astype(np.float64)
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))
