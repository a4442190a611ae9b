"""Learns how situations are told (needs the dependency group `brain`, and the shared messages to learn from).

First step, `learnt.npz`: a ridge regression on which situations a text tells of, over runs of letters and the text's
vector, from invented messages (`brain/data/messages`), the situations' ways of being said, and word lists of a board's
letters. Second step, the weights of `matching.yaml`: a conditional logit over all that speaks for a situation, from
word lists and the tuning half of the labelled texts. It sees first-step scores of models that had not seen the text
(leave one out, in closed form), so that they are not trusted more than they deserve. No message is shipped: runs that
at least five texts share, weights, and vectors of the invented messages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gonghui import yamls
from gonghui.brain import teaching, understand
from gonghui.brain.neighbours.vectors import compose, pack
from gonghui.brain.statutes.corpus import read_rows
from gonghui.brain.text import normalise
from gonghui.law.advice.learnt import ARTEFACT, Words, middle, runs
from gonghui.law.advice.matching import FEATURES, Matcher, matcher, read_parts

MESSAGES = Path(teaching.__file__).resolve().parent / "data" / "messages"
_IN_TEXTS = 5
_RIDGE = 0.5
# A further situation of a text counts less than the first, which the labels call the main one.
_FURTHER = 0.6
# Word lists have no order and no small words: they weigh half in the second step.
_LIST_WEIGHT = 0.5
_PENALTY = 10.0
# A word list that has so many of its words in a labelled text is that text.
_SAME = 0.6


@dataclass(frozen=True, slots=True)
class Told:
    """A text and the situations it tells of, the main one first. `letters`: what runs are taken from."""

    title: str
    text: str
    letters: str
    situations: tuple[str, ...]


def fit(data: Path, labels: Path, lists: Path, target: Path = ARTEFACT) -> dict[str, float]:
    """Write the artefact; the weights of the second step, by feature. data: the shared folder's `data`."""
    every = [row for _, row in read_rows(labels)]
    found = originals(data, [row["key"] for row in every])
    wholes = ["".join((found[row["key"]]["title"] + found[row["key"]]["text"]).split()) for row in every]
    tune = [
        _told(found[row["key"]]["title"], found[row["key"]]["text"], row["topics"])
        for row in every
        if row["split"] == "tune"
    ]
    invented, from_lists = _invented(), _lists(data, lists, wholes)
    known = matcher()
    ids = [topic.id for topic in known.topics]
    phrasings = [Told("", text, text, (ids[owner],)) for owner, text in known.phrasings]
    base = [*invented, *from_lists, *phrasings]
    counted = Counter(run for told in [*base, *tune] for run in set(runs(told.letters)))
    kept = sorted(run for run, count in counted.items() if count >= _IN_TEXTS)
    size = len(base) + len(tune)
    words = Words(kept, np.array([np.log((size + 1) / (counted[run] + 1)) + 1 for run in kept], dtype=np.float32))
    by_letters = _matrix(words, [told.letters.lower() for told in base])
    vectors = np.array(
        [*(_vector(told) for told in [*invented, *from_lists]), *middle(known.phrasing_vectors)], dtype=np.float32
    )
    wanted = np.array([_shares(told, ids) for told in base])
    inverse = np.linalg.inv(
        ((by_letters @ by_letters.T).toarray() + vectors @ vectors.T) / 2 + _RIDGE * np.eye(len(base))
    )
    dual = inverse @ wanted
    unseen = wanted - dual / np.diag(inverse)[:, None]
    by_word = np.asarray(by_letters.T @ dual)
    scale = np.abs(by_word).max(axis=0) / 127 + 1e-12
    np.savez_compressed(
        target,
        ids=np.array(ids),
        words=np.frombuffer("\n".join(kept).encode(), dtype=np.uint8),
        rarity=words.rarity.astype(np.float16),
        by_word=np.rint(by_word / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        by_meaning=(vectors.T @ dual).astype(np.float16),
        examples=pack(vectors[: len(invented)]),
        tells=wanted[: len(invented)] > 0,
    )
    fresh = Matcher(known.topics, known.vectors)
    tables = [_table(fresh, told) for told in tune]
    for place, told in enumerate(from_lists):
        table = _table(fresh, told)
        table[:, FEATURES.index("learnt")] = unseen[len(invented) + place]
        tables.append(table)
    truth = np.array([_shares(told, ids) for told in [*tune, *from_lists]])
    weights = np.repeat([1.0, _LIST_WEIGHT], [len(tune), len(from_lists)])
    return _logit(np.array(tables), truth / truth.sum(axis=1, keepdims=True), weights)


def _matrix(words: Words, texts: Sequence[str]) -> Any:
    """Vectors of the texts' runs as a sparse matrix (texts, runs)."""
    from scipy import sparse

    vectors = [words.vector(text) for text in texts]
    at = np.repeat(np.arange(len(vectors)), [len(places) for places, _ in vectors])
    places = np.concatenate([places for places, _ in vectors])
    values = np.concatenate([weights for _, weights in vectors])
    return sparse.csr_matrix((values, (at, places)), (len(vectors), len(words.words)))


def originals(data: Path, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The texts behind the keys; `lecoqa` has the questions of STARD under the same numbers."""
    plain = {key: key.replace("lecoqa:", "stard:") for key in keys}
    found = teaching.originals(data, set(plain.values()))
    return {key: found[name] for key, name in plain.items()}


def _told(title: str, text: str, situations: Sequence[str]) -> Told:
    return Told(title, text, normalise(f"{title}\n{text}"), tuple(situations))


def _invented() -> list[Told]:
    rows = [row for path in sorted(MESSAGES.glob("R*.yaml")) for row in yamls.read(path.read_bytes())]
    return [_told("", row["text"], row["topics"]) for row in rows if row["topics"]]


def _lists(data: Path, labels: Path, wholes: Sequence[str]) -> list[Told]:
    """Word lists that tell of a situation and are no labelled text."""
    tokens = {row["n"]: row["tokens"].split() for _, row in read_rows(data / "appeals" / "labelled_tokens.jsonl")}
    found = []
    for _, row in read_rows(labels):
        words = tokens[int(row["key"].split(":")[1])]
        own = {word for word in words if len(word) > 1}
        if not row["situations"] or any(sum(w in whole for w in own) >= _SAME * len(own) for whole in wholes):
            continue
        found.append(Told("", "".join(words), "|".join(words), tuple(row["situations"])))
    return found


def _shares(told: Told, ids: Sequence[str]) -> Any:
    shares = np.zeros(len(ids))
    for rank, name in enumerate(told.situations):
        shares[ids.index(name)] = _FURTHER if rank else 1.0
    return shares


def _vector(told: Told) -> Any:
    from gonghui.brain.match.retrieval import encode

    return compose(None, encode(read_parts(understand(told.text, told.title, facts=False).text)))


def _table(known: Matcher, told: Told) -> Any:
    table = known.features(understand(told.text, told.title, facts=False))
    assert table is not None, "every labelled text has words"
    return table


def _logit(table: Any, truth: Any, weight: Any) -> dict[str, float]:
    """Conditional logit (McFadden 1974), a ridge on features of unit spread; table: (texts, situations, numbers)."""
    from scipy.optimize import minimize

    spread = table.std(axis=(0, 1)) + 1e-6
    table = table / spread
    weight = weight[:, None]

    def loss(weights: Any) -> tuple[float, Any]:
        scores = table @ weights
        scores -= scores.max(axis=1, keepdims=True)
        log = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        gradient = -np.einsum("nt,ntk->k", weight * (truth - np.exp(log)), table) + _PENALTY * weights
        return float(-(weight * truth * log).sum() + _PENALTY / 2 * weights @ weights), gradient

    # What speaks for a situation never counts against it.
    bounds = [(0.0, None)] * len(FEATURES)
    found = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B", bounds=bounds).x / spread
    return {name: round(float(value), 3) for name, value in zip(FEATURES, found, strict=True)}
