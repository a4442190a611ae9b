"""Learns how situations are told (needs the dependency group `brain`, and the shared messages to learn from).

First step, `learnt.npz`: a ridge regression on which situations a text tells of, over runs of letters and the text's
vector, from invented messages (`brain/data/messages`), invented questions (`data/asked.yaml`), the situations' ways of
being said, word lists of a board's letters and real texts (`tune` and `learn` of the label file). Second step, the
weights of `matching.yaml`: a conditional logit over all that speaks for a situation, from the real texts and the word
lists. It sees first-step scores of models that had not seen the text (leave one out, in closed form), so that they are
not trusted more than they deserve. No message is shipped: runs that at least five texts share, weights, and vectors of
the invented texts. `examine` learns both steps from four fifths of the real texts and measures on the fifth, in turn.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
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
ASKED = Path(__file__).resolve().parent / "data" / "asked.yaml"
# Splits of the label file that are learnt from.
SPLITS = ("tune", "learn")
_IN_TEXTS = 5
_RIDGE = 0.5
# A further situation of a text counts less than the first, which the labels call the main one.
_FURTHER = 0.6
# The second step has so much of its mind on the first situation alone, the rest on all that the text tells of.
_MAIN = 0.5
# Word lists have no order and no small words: they weigh less in the second step.
_LIST_WEIGHT = 0.3
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


@dataclass(frozen=True, slots=True)
class Material:
    """What is learnt from: texts with their vectors, shape (texts, 384). Splits are of the real ones."""

    invented: list[Told]
    lists: list[Told]
    phrasings: list[Told]
    real: list[Told]
    splits: list[str]
    vectors: Any
    ids: list[str]

    @property
    def texts(self) -> list[Told]:
        """In the order of `vectors`."""
        return [*self.invented, *self.lists, *self.phrasings, *self.real]

    def without(self, held: Sequence[int]) -> Material:
        """The same, without some of the real texts."""
        out = set(held)
        kept = [place for place in range(len(self.real)) if place not in out]
        begin = len(self.texts) - len(self.real)
        vectors = np.vstack([self.vectors[:begin], self.vectors[[begin + place for place in kept]]])
        real, splits = [self.real[place] for place in kept], [self.splits[place] for place in kept]
        return Material(self.invented, self.lists, self.phrasings, real, splits, vectors, self.ids)


def material(data: Path, labels: Path, lists: Path) -> Material:
    """Read and encode all that is learnt from; data: the shared folder's `data`."""
    every = [row for _, row in read_rows(labels)]
    found = originals(data, [row["key"] for row in every])
    wholes = ["".join((found[row["key"]]["title"] + found[row["key"]]["text"]).split()) for row in every]
    rows = [row for row in every if row["split"] in SPLITS]
    real = [_told(found[row["key"]]["title"], found[row["key"]]["text"], row["topics"]) for row in rows]
    invented, from_lists = _invented(), _lists(data, lists, wholes)
    known = matcher()
    ids = [topic.id for topic in known.topics]
    phrasings = [Told("", text, text, (ids[owner],)) for owner, text in known.phrasings]
    encoded = [_vector(told) for told in [*invented, *from_lists]]
    encoded += [*middle(known.phrasing_vectors), *(_vector(told) for told in real)]
    vectors = np.array(encoded, dtype=np.float32)
    return Material(invented, from_lists, phrasings, real, [row["split"] for row in rows], vectors, ids)


def fit(known: Material, target: Path = ARTEFACT) -> dict[str, float]:
    """Write the artefact; the weights of the second step, by feature."""
    texts = known.texts
    counted = Counter(run for told in texts for run in set(runs(told.letters)))
    kept = sorted(run for run, count in counted.items() if count >= _IN_TEXTS)
    rarity = np.array([np.log((len(texts) + 1) / (counted[run] + 1)) + 1 for run in kept], dtype=np.float32)
    words = Words(kept, rarity)
    by_letters = _matrix(words, [told.letters.lower() for told in texts])
    wanted = np.array([_shares(told, known.ids) for told in texts])
    likeness = (by_letters @ by_letters.T).toarray() + known.vectors @ known.vectors.T
    inverse = np.linalg.inv(likeness / 2 + _RIDGE * np.eye(len(texts)))
    dual = inverse @ wanted
    unseen = wanted - dual / np.diag(inverse)[:, None]
    by_word = np.asarray(by_letters.T @ dual)
    scale = np.abs(by_word).max(axis=0) / 127 + 1e-12
    size = len(known.invented)
    np.savez_compressed(
        target,
        ids=np.array(known.ids),
        words=np.frombuffer("\n".join(kept).encode(), dtype=np.uint8),
        rarity=words.rarity.astype(np.float16),
        by_word=np.rint(by_word / scale).astype(np.int8),
        scale=scale.astype(np.float32),
        by_meaning=(known.vectors.T @ dual).astype(np.float16),
        examples=pack(known.vectors[:size]),
        tells=wanted[:size] > 0,
    )
    fresh = _matcher(target)
    begin = len(texts) - len(known.real)
    places = [*range(begin, len(texts)), *range(size, size + len(known.lists))]
    tables = []
    for place in places:
        table = _table(fresh, texts[place])
        table[:, FEATURES.index("learnt")] = unseen[place]
        tables.append(table)
    truth = wanted[places] / wanted[places].sum(axis=1, keepdims=True)
    truth = (1 - _MAIN) * truth + _MAIN * np.array([_main(texts[place], known.ids) for place in places])
    weights = np.repeat([1.0, _LIST_WEIGHT], [len(known.real), len(known.lists)])
    return _logit(np.array(tables), truth, weights)


def examine(known: Material, folds: int = 5) -> dict[str, dict[str, float]]:
    """Both steps learnt anew without each fifth of the real texts, and measured on it: by split and kind of text the
    share whose first wanted situation is first, is among three, and of which any wanted one is among three."""
    fold = np.random.default_rng(7).permutation(np.arange(len(known.real)) % folds)
    hits = np.zeros((len(known.real), 3))
    with TemporaryDirectory() as folder:
        for number in range(folds):
            held = np.flatnonzero(fold == number).tolist()
            target = Path(folder) / f"{number}.npz"
            weights = np.array(list(fit(known.without(held), target).values()))
            fresh = _matcher(target)
            for place in held:
                told = known.real[place]
                order = np.argsort(-(_table(fresh, told) @ weights))[:3]
                best = [known.ids[n] for n in order]
                first = told.situations[0]
                hits[place] = first == best[0], first in best, bool(set(told.situations) & set(best))
    groups = {split: np.array([one == split for one in known.splits]) for split in SPLITS}
    groups["letters"] = np.array([bool(told.title) for told in known.real])
    groups["questions"] = ~groups["letters"]
    names = ("top_1", "top_3", "any_wanted_in_3")
    return {
        group: {"texts": int(chosen.sum())}
        | {name: round(float(share), 3) for name, share in zip(names, hits[chosen].mean(axis=0), strict=True)}
        for group, chosen in groups.items()
    }


def _matcher(artefact: Path) -> Matcher:
    """That of the packaged situations with another artefact."""
    known = matcher()
    return Matcher(known.topics, known.vectors, artefact)


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
    """Messages and questions of our own."""
    rows = [row for path in sorted(MESSAGES.glob("R*.yaml")) for row in yamls.read(path.read_bytes())]
    asked = yamls.read(ASKED.read_bytes())
    return [_told("", row["text"], row["topics"]) for row in rows if row["topics"]] + [
        _told("", text, [situation]) for situation, texts in asked.items() for text in texts
    ]


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


def _main(told: Told, ids: Sequence[str]) -> Any:
    """1 for the first situation, else 0; shape (situations,)."""
    return np.eye(len(ids))[ids.index(told.situations[0])]


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
