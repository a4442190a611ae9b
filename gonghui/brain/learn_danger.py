"""Fits the reader of danger (`danger`) on written situations and calm texts (needs the dependency group `brain`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gonghui.brain.danger import FILE, NONE, SCALE, read_sentences
from gonghui.brain.encoder import Encoder
from gonghui.brain.teaching import Situation

# Chosen by five folds of the teaching half: how much a sentence of a calm letter, and of a calm message of one or two
# sentences, counts beside a written situation, and how far kinds with few sentences weigh more (by the root of how
# much fewer). A letter labelled calm may hold a sentence that is not.
_CALM_WEIGHT = {"letter": 0.03, "message": 0.1}
_MESSAGE_SENTENCES = 2
_BALANCE = 0.5


def fit_danger(situations: Sequence[Situation], calm: Sequence[str], target: Path) -> dict[str, Any]:
    """Write the weights; returns what the manifest says of them.

    situations: what teaches, dangers and near misses. calm: normalised texts labelled P3; none of their sentences is
    a danger.
    """
    read = [read_sentences(text)[0] for text in calm]
    sentences = [sentence for found in read for sentence in found]
    weight = [
        _CALM_WEIGHT["message" if len(found) <= _MESSAGE_SENTENCES else "letter"] for found in read for _ in found
    ]
    encoder = Encoder.default()
    kept = learn_danger(
        encoder.encode([one.text for one in situations], "query"),
        [one.code for one in situations],
        encoder.encode(sentences, "query"),
        weight,
    )
    np.savez_compressed(target / FILE, **kept)
    return {"situations": len(situations), "calm_sentences": len(sentences)}


def learn_danger(written: Any, codes: Sequence[str], calm: Any, calm_weight: Sequence[float]) -> dict[str, Any]:
    """The weights from vectors of situations with their codes, and of calm sentences with how much each counts."""
    from sklearn.linear_model import LogisticRegression

    names = [*sorted(set(codes) - {NONE}), NONE]
    answer = np.array([*(names.index(code) for code in codes), *[len(names) - 1] * len(calm)])
    weight = np.concatenate([np.ones(len(written)), calm_weight])
    often = np.bincount(answer, weight, len(names))
    weight = weight * (often.mean() / often[answer]) ** _BALANCE
    vectors = np.vstack([written, calm])
    centre = calm.mean(axis=0)
    fitted = LogisticRegression(C=1.0, max_iter=1000).fit(SCALE * (vectors - centre), answer, weight)
    return {
        "centre": centre.astype(np.float16),
        "weights": fitted.coef_.T.astype(np.float16),
        "bias": fitted.intercept_.astype(np.float32),
        "codes": np.array(names),
    }
