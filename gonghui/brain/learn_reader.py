"""Fits the closer look of triage (`reader`) on what `learn.fit` gathered (needs the dependency group `brain`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gonghui.brain.reader import FILE, SCALE, is_doubtful, mixed

# Codes met seldom weigh more, by the root of how much more seldom.
_BALANCE = 0.5
# No text is like a code that no text taught.
_NEVER = -30.0


def fit_reader(
    vectors: Any, answer: Any, weight: Any, fold: Any, words: Any, belief: Callable[[Any, Any], Any], target: Path
) -> dict[str, Any]:
    """Write the reader's weights; returns what the manifest says of it.

    vectors: of each text, (texts, 384); answer, weight, fold: its level's place, how much it counts, its fold;
    words: shares by linear models that had not seen it, (texts, codes).
    belief: from shares and the places of texts labelled twice that are looked at, how often the first code is right.
    """
    codes = words.shape[1]
    centre = vectors.mean(axis=0)
    moved = SCALE * (vectors - centre)
    often = np.bincount(answer, weight, codes)
    weight = weight * (often.mean() / np.maximum(often[answer], 1.0)) ** _BALANCE
    meaning = np.zeros_like(words)
    for number in np.unique(fold):
        known, out = np.flatnonzero(fold != number), np.flatnonzero(fold == number)
        weights, bias = _learn(moved[known], answer[known], weight[known], codes)
        scores = np.exp(moved[out] @ weights + bias)
        meaning[out] = scores / scores.sum(axis=1, keepdims=True)
    doubtful = is_doubtful(words)
    weights, bias = _learn(moved, answer, weight, codes)
    np.savez_compressed(
        target / FILE,
        centre=centre.astype(np.float16),
        weights=weights.astype(np.float16),
        bias=bias.astype(np.float32),
        belief=belief(np.where(doubtful[:, None], mixed(words, meaning), words), doubtful),
    )
    return {"texts": len(vectors), "doubtful": round(float(doubtful.mean()), 3)}


def _learn(vectors: Any, answer: Any, weight: Any, codes: int) -> tuple[Any, Any]:
    """Weights (384, codes) and bias of a logit over levels."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1.0, max_iter=300).fit(vectors, answer, weight)
    weights, bias = np.zeros((vectors.shape[1], codes)), np.full(codes, _NEVER)
    weights[:, fitted.classes_], bias[fitted.classes_] = fitted.coef_.T, fitted.intercept_
    return weights, bias


def vectors_of(texts: Sequence[str]) -> Any:
    """The encoder's vectors of normalised texts."""
    from gonghui.brain.encoder import Encoder

    return Encoder.default().encode(texts, "passage")
