"""Learns what a threat to life sounds like (`life`): a logit over pieces of characters (dependency group `brain`).

It learns from invented messages (`data/life.yaml`: threats, and what sounds like them and is none), from the invented
messages of the situations that are no emergency, from the learning half of the labelled letters that nobody called one,
and from two thirds of the letters that nobody labelled, where the rules do not ring. A threat counts where it is told
most plainly: after a first round the part that speaks most stands for the whole.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from gonghui.brain.alarms import LIFE, alarm_rules, find_alarms
from gonghui.brain.lexicon import load_yaml
from gonghui.brain.life import DEFAULT, FILE, Keys, Spans, keys_of, slots_of, sums, windows
from gonghui.brain.statutes.corpus import read_rows
from gonghui.brain.teaching import labelled_texts, letters, text_of, written
from gonghui.brain.text import lowered, normalise

# A piece stands in so many messages; one that stands in letters only, in so many.
_IN_MESSAGES = 2
_IN_LETTERS = 20
# A message of so many characters is read as a whole too.
_WHOLE = 200
_C = 30.0
# In each round the parts of a letter that sound most like a threat are told to be none.
_ROUNDS, _MISTAKEN = 4, 3


def texts_of(rows: dict[str, list[str]]) -> tuple[list[str], list[bool]]:
    """Texts of a file with `threat` and `harmless`, as they are read, and whether each is a threat."""
    texts = [lowered(normalise(text)) for kind in ("threat", "harmless") for text in rows[kind]]
    return texts, [True] * len(rows["threat"]) + [False] * len(rows["harmless"])


def calm_letters(data: Path, labels: Path, split: str | None = "tune") -> list[str]:
    """Letters that were labelled and are no emergency, and the messages written for the situations."""
    found = []
    for rows, texts in (labelled_texts(data, labels, split), written()):
        found += [
            lowered(text.full)
            for row, text in zip(rows, texts, strict=True)
            if "urgency" in row and row["urgency"] not in ("P0", "P1")
        ]
    return found


def unlabelled_letters(data: Path, labels: Path, *, held: bool) -> list[str]:
    """Real letters that nobody labelled, each once: two thirds teach, the third that is `held` measures."""
    known = {row["key"] for _, row in read_rows(labels)}
    texts = (text_of(row["title"], row["text"]) for key, row in letters(data) if key not in known)
    found = dict.fromkeys(lowered(text.full) for text in texts)
    return [text for text in found if (zlib.crc32(text.encode()) % 3 == 0) == held]


def fit(data: Path, labels: Path, target: Path = DEFAULT) -> dict[str, Any]:
    """Learn from everything and write the reader; returns its manifest. Raises CorpusError for missing files."""
    rows = load_yaml("life.yaml")
    # Words that hold an alarm word and mean something harmless.
    rows["harmless"] += dict.fromkeys(
        word for entry in alarm_rules().entries if entry.kind == LIFE for word in entry.exceptions
    )
    invented, threats = texts_of(rows)
    calm = calm_letters(data, labels)
    # What the rules ring at is not told to be harmless.
    calm += [
        text
        for text in unlabelled_letters(data, labels, held=False)
        if not any(alarm.kind == LIFE and not alarm.negated for alarm in find_alarms(text, heard=False))
    ]
    learnt = learn(invented, threats, calm)
    target.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        target / FILE,
        keys=learnt["keys"],
        rarity=learnt["rarity"].astype(np.float16),
        weights=learnt["weights"].astype(np.float16),
        bias=np.float32(learnt["bias"]),
    )
    manifest = {
        "name": "life",
        "made": datetime.now(UTC).date().isoformat(),
        "learnt_from": {"threats": sum(threats), "harmless": len(threats) - sum(threats), "letters": len(calm)},
        "pieces": len(learnt["keys"]),
    }
    (target / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return manifest


def learn(invented: Sequence[str], threats: Sequence[bool], calm: Sequence[str]) -> dict[str, Any]:
    """Keys, rarity, weights and bias of the reader."""
    from sklearn.linear_model import LogisticRegression

    texts = [*invented, *calm]
    keys, rarity = _known(texts, len(invented))
    spans = [np.vstack([[0, len(text)], windows(text)]) if len(text) <= _WHOLE else windows(text) for text in texts]
    rows = _matrix(texts, spans, keys, rarity)
    owner = np.repeat(np.arange(len(texts)), [len(one) for one in spans])
    threat = np.array([*threats, *([False] * len(calm))])
    whole = np.append(True, owner[1:] != owner[:-1])
    bounds = np.append(np.flatnonzero(whole), len(owner))
    told, letter = threat[owner], owner >= len(invented)
    chosen = whole | (~told & ~letter)
    for _ in range(_ROUNDS):
        model = LogisticRegression(C=_C, max_iter=3000)
        model.fit(rows[chosen], told[chosen])
        said = model.decision_function(rows)
        for at, (first, last) in enumerate(pairwise(bounds)):
            order = first + np.argsort(-said[first:last])
            if threat[at]:
                chosen[order[:1]] = True
            elif at >= len(invented):
                chosen[order[:_MISTAKEN]] = True
    return {"keys": keys, "rarity": rarity, "weights": model.coef_[0], "bias": float(model.intercept_[0])}


def _known(texts: Sequence[str], invented: int) -> tuple[Keys, Any]:
    """The pieces that stand in enough of the texts, or for letters alone in many, in order, and how rare each is."""
    # 0 is no piece.
    own = [np.setdiff1d(keys_of(text), np.zeros(1, dtype=np.uint64)) for text in texts]
    keys, often = np.unique(np.concatenate(own), return_counts=True)
    telling = np.isin(keys, np.concatenate(own[:invented]))
    places = np.flatnonzero(np.where(telling, often >= _IN_MESSAGES, often >= _IN_LETTERS))
    # Of those that share a slot the one that is met most.
    places = places[np.argsort(-often[places], kind="stable")]
    _, first = np.unique(slots_of(keys[places]), return_index=True)
    kept = np.sort(places[first])
    return keys[kept], np.log((1 + len(texts)) / (1 + often[kept])) + 1


def _matrix(texts: Sequence[str], spans: Sequence[Spans], keys: Keys, rarity: Any) -> Any:
    """One row a window: each piece's rarity as often as it stands there, by the root of all squares as `Life` does."""
    from scipy import sparse

    data, places, ends = [], [], [0]
    for text, own in zip(texts, spans, strict=True):
        piece = keys_of(text)
        at = np.minimum(np.searchsorted(keys, piece), len(keys) - 1)
        known = keys[at] == piece
        value = np.where(known, rarity[at], 0.0)
        length = np.sqrt(np.maximum(sums(value * value, own), 1e-9))
        for number, (start, stop) in enumerate(own.tolist()):
            inside = np.concatenate(
                [at[row, start : stop - row][known[row, start : stop - row]] for row in range(len(piece))]
            )
            places.append(inside)
            data.append(rarity[inside] / length[number])
            ends.append(ends[-1] + len(inside))
    made = sparse.csr_matrix((np.concatenate(data), np.concatenate(places), ends), (len(ends) - 1, len(keys)))
    made.sum_duplicates()
    return made
