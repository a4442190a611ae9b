"""Fits the triage model (needs the dependency group `brain`, and the shared messages to learn from).

Words and the labour test learn from the board's own label on both of its files; levels and natures from the texts
labelled twice (`benchmarks/data/triage_labels.jsonl`). Messages are not shipped: the model keeps words that many of
them share and their weights.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gonghui.brain.lexicon import Evidence, lexicon, load_yaml
from gonghui.brain.linear import DEFAULT, NATURES, WORD_WEIGHT, Head, Words, belief_numbers, describe
from gonghui.brain.statutes.corpus import read_rows
from gonghui.brain.text import joined
from gonghui.brain.triage import labour_numbers, rank_categories

BOARD_LABEL = "劳动和社会保障"
# A word must stand in this many messages: rarer ones teach nothing, and no message can be told from them.
_IN_MESSAGES = 3
_LONGEST = 6
# What was written to teach weighs less than what people wrote; chosen by four folds of the tuning half.
_TAUGHT_WEIGHT = 0.3
# Collections of questions hold nothing but questions: taken whole, every short text would be one.
_QUESTION_WEIGHT = 0.05


@dataclass(frozen=True, slots=True)
class Text:
    """A text as triage reads it: normalised, title first; where the body begins."""

    full: str
    title_end: int


def text_of(title: str, body: str) -> Text:
    """As `understand` joins them."""
    full, title_end, _ = joined(title, body)
    return Text(full, title_end)


def evidence_of(text: Text) -> Evidence:
    """The lexicon's evidence."""
    return lexicon().scan(text.full, title_end=text.title_end)


def originals(data: Path, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """The messages behind keys `file:id` of the shared folder, as a caller would send them: title, text, time."""
    found: dict[str, dict[str, Any]] = {}
    for name in ("labelled", "replied", "stream"):
        for _, row in read_rows(data / "appeals" / f"{name}.jsonl"):
            found[f"{name}:{row['id']}"] = {"title": row["title"], "text": row["text"], "time": row["time"]}
    for _, row in read_rows(data / "stard" / "queries.jsonl"):
        found[f"stard:{row['query_id']}"] = {"title": "", "text": row["text"], "time": None}
    for _, row in read_rows(data / "consult" / "exam_labour.jsonl"):
        found[f"exam:{row['id']}"] = {"title": "", "text": row["question"], "time": None}
    return {key: found[key] for key in keys}


def labelled_texts(data: Path, labels: Path, split: str | None = None) -> tuple[list[dict[str, Any]], list[Text]]:
    """The rows of the label file (of one split, or all) and their texts from the shared folder."""
    rows = [row for _, row in read_rows(labels) if split is None or row["split"] == split]
    found = originals(data, {row["key"] for row in rows})
    return rows, [text_of(found[row["key"]]["title"], found[row["key"]]["text"]) for row in rows]


def examples() -> tuple[list[str], list[Text]]:
    """Codes and texts of the short messages that were written to teach."""
    pairs = [(code, text) for code, texts in load_yaml("triage_examples.yaml").items() for text in texts]
    return [code for code, _ in pairs], [text_of("", text) for _, text in pairs]


def fit(
    data: Path, labels: Path, target: Path = DEFAULT, *, splits: Sequence[str] = ("tune", "test")
) -> dict[str, Any]:
    """Fit on the given splits of the labels and write the model; returns its manifest."""
    # What a half is measured on must not teach by its board label either.
    held = {row["key"] for _, row in read_rows(labels) if row["split"] not in splits}
    every = [row for _, row in read_rows(data / "appeals" / "labelled.jsonl")]
    board = [row for row in every if f"labelled:{row['id']}" not in held]
    hidden = {row.get("n") for row in every if f"labelled:{row['id']}" in held}
    lists = [
        row
        for _, row in read_rows(data / "appeals" / "labelled_tokens.jsonl")
        if row["n"] not in hidden or not row["n"]
    ]
    words = known_words([row["tokens"].split() for row in lists])
    rows: list[dict[str, Any]] = []
    own: list[Text] = []
    for split in splits:
        more, found = labelled_texts(data, labels, split)
        rows += more
        own += found
    taught_codes, taught = examples()
    own = [*own, *taught]
    evidence = [evidence_of(t) for t in own]
    described = [describe(e, t.full, t.title_end, lexicon()) for e, t in zip(evidence, own, strict=True)]
    by_own = matrix(words, [t.full for t in own])
    whole = np.array([d[2] for d in described])
    tops = lexicon().levels
    codes = [row["category"] for row in rows] + taught_codes
    table = _Table(
        np.array([d[0] for d in described]),
        whole,
        by_own,
        np.array([tops.index(code[:2]) for code in codes]),
        np.repeat([1.0, _TAUGHT_WEIGHT], [len(rows), len(taught)]),
    )
    level = _conditional(*table)
    usual: dict[str, str] = {}
    for code, _ in Counter(row["category"] for row in rows).most_common():
        usual.setdefault(code[:2], code)
    for code in lexicon().categories:
        usual.setdefault(code[:2], code)
    belief = _belief(table, [row["category"] for row in rows], evidence, usual)
    # What was written to teach says nothing of natures.
    count = len(rows)
    nature = _conditional(
        np.array([d[1] for d in described[:count]]),
        whole[:count],
        by_own[:count],
        np.array([NATURES.index(row["nature"]) for row in rows]),
        np.array([_QUESTION_WEIGHT if row["key"].startswith(("stard:", "exam:")) else 1.0 for row in rows]),
    )
    labour_words, labour = _labour(words, board, lists, rows, own[:count], taught_codes, taught)
    target.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        target / "model.npz",
        words=np.frombuffer("\n".join(words.words).encode(), dtype=np.uint8),
        rarity=words.rarity,
        level_codes=np.array(tops),
        nature_codes=np.array(NATURES),
        **{f"level_{name}": value for name, value in level.items()},
        **{f"nature_{name}": value for name, value in nature.items()},
        labour_words=labour_words,
        labour=labour,
        belief=belief,
    )
    manifest = {
        "name": "triage",
        "made": datetime.now(UTC).date().isoformat(),
        "codes": list(lexicon().categories),
        "usual": usual,
        "words": len(words.words),
        "learnt_from": {
            "board": len(board) + len(lists),
            "labelled": len(rows),
            "written": len(taught),
            "splits": list(splits),
        },
        "command": "gonghui brain fit-triage",
    }
    (target / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return manifest


def matrix(words: Words, texts: Sequence[str]) -> Any:
    """Vectors of the texts' words as a sparse matrix (texts, words)."""
    from scipy import sparse

    vectors = [words.vector(text) for text in texts]
    at = np.repeat(np.arange(len(vectors)), [len(p) for p, _ in vectors])
    places = np.concatenate([p for p, _ in vectors])
    values = np.concatenate([w for _, w in vectors])
    return sparse.csr_matrix((values, (at, places)), (len(vectors), len(words.words)))


class _Table(NamedTuple):
    """What a head is learnt from: see `_conditional`."""

    own: Any
    whole: Any
    words: Any
    answer: Any
    weight: Any

    def of(self, chosen: Any) -> _Table:
        return _Table(*(part[chosen] for part in self))


def _belief(table: _Table, codes: Sequence[str], evidence: Sequence[Evidence], usual: dict[str, str]) -> Any:
    """How often the first code is right, by the shares that put it first: a logit over five folds of the labels."""
    from sklearn.linear_model import LogisticRegression

    tops = lexicon().levels
    fold = np.random.default_rng(0).integers(0, 5, len(table.answer))
    numbers, right = [], []
    for number in range(5):
        learnt = _conditional(*table.of(np.flatnonzero(fold != number)))
        head = Head({"fold_codes": tops, **{f"fold_{name}": value for name, value in learnt.items()}}, "fold")
        for at in np.flatnonzero(fold[: len(codes)] == number).tolist():
            words = table.words[at]
            levels = head.shares(table.own[at], table.whole[at], words.indices, words.data)
            seen: list[tuple[float, float, str]] = []

            def note(level: float, inside: float, code: str, seen: list[Any] = seen) -> float:
                seen.append((level, inside, code))
                return level

            rank_categories(evidence[at], levels, usual, note, lambda _: [], limit=1)
            numbers.append(belief_numbers(*seen[0]))
            right.append(seen[0][2] == codes[at])
    fitted = LogisticRegression(C=1.0, fit_intercept=False, max_iter=1000).fit(np.array(numbers), np.array(right))
    return fitted.coef_[0]


def _conditional(own: Any, whole: Any, words: Any, answer: Any, weight: Any) -> dict[str, Any]:
    """Conditional logit (McFadden 1974) by L-BFGS: own evidence weighs the same for every answer.

    own: (texts, answers, 3); whole: (texts, numbers); words: sparse (texts, words); answer, weight: (texts,).
    """
    from scipy.optimize import minimize

    _, answers, kinds = own.shape
    numbers, size = whole.shape[1], words.shape[1]
    wide = (WORD_WEIGHT * words).tocsr()
    truth = np.eye(answers)[answer]
    cuts = np.cumsum([kinds, numbers * answers, answers, size * answers])

    def parts(flat: Any) -> tuple[Any, Any, Any, Any]:
        return (
            flat[: cuts[0]],
            flat[cuts[0] : cuts[1]].reshape(numbers, answers),
            flat[cuts[1] : cuts[2]],
            flat[cuts[2] :].reshape(size, answers),
        )

    strength = np.concatenate(
        [np.full(kinds, 0.05), np.full(numbers * answers, 3.0), np.full(answers, 0.6), np.full(size * answers, 2.0)]
    )

    def loss(flat: Any) -> tuple[float, Any]:
        by_own, by_whole, bias, by_word = parts(flat)
        scores = own @ by_own + whole @ by_whole + bias + wide @ by_word
        scores -= scores.max(axis=1, keepdims=True)
        log = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        rest = (np.exp(log) - truth) * weight[:, None]
        gradient = np.concatenate(
            [
                np.einsum("ta,tak->k", rest, own),
                (whole.T @ rest).ravel(),
                rest.sum(axis=0),
                np.asarray(wide.T @ rest).ravel(),
            ]
        )
        return float(
            -(log * truth * weight[:, None]).sum() + 0.5 * (strength * flat**2).sum()
        ), gradient + strength * flat

    found = minimize(loss, np.zeros(cuts[-1]), jac=True, method="L-BFGS-B", options={"maxiter": 300})
    by_own, by_whole, bias, by_word = parts(found.x)
    return {
        "own": by_own.astype(np.float32),
        "whole": by_whole.astype(np.float32),
        "bias": bias.astype(np.float32),
        "words": by_word.astype(np.float16),
    }


def _labour(
    words: Words,
    board: list[dict[str, Any]],
    lists: list[dict[str, Any]],
    rows: list[dict[str, Any]],
    own: list[Text],
    taught_codes: list[str],
    taught: list[Text],
) -> tuple[Any, Any]:
    """The labour test: words learn the board's label, and the guideline's; a second step weighs both with the lexicon.

    The second step, which calibrates too, sees margins of models that had not seen the message.
    """
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    by_list = matrix(words, list_texts(lists))
    texts = [text_of(row["title"], row["text"]) for row in board]
    by_board = matrix(words, [t.full for t in texts])
    is_list = np.array([row["label"] == BOARD_LABEL for row in lists])
    is_board = np.array([row["label"] == BOARD_LABEL for row in board])
    by_own = matrix(words, [t.full for t in [*own, *taught]])
    is_own = np.array([*(bool(row["labour"]) for row in rows), *(not code.startswith("99") for code in taught_codes)])
    at = {f"labelled:{row['id']}": place for place, row in enumerate(board)}
    places = np.array([at.get(row["key"], -1) for row in rows] + [-1] * len(taught))

    def boards(texts_of: Any, lists_of: Any) -> Any:
        return LinearSVC(C=0.5).fit(
            sparse.vstack([by_list[lists_of], by_board[texts_of]]),
            np.concatenate([is_list[lists_of], is_board[texts_of]]),
        )

    def guidelines(chosen: Any) -> Any:
        return LinearSVC(C=0.5, class_weight="balanced").fit(by_own[chosen], is_own[chosen])

    by_board_label, by_guideline = (
        boards(np.arange(len(board)), np.arange(len(lists))),
        guidelines(np.arange(len(is_own))),
    )
    margins = np.column_stack([machine.decision_function(by_own) for machine in (by_board_label, by_guideline)])
    for held, other, rest in board_folds(board, lists, seed=0):
        seen = np.flatnonzero(np.isin(places, held))
        if len(seen):
            margins[seen, 0] = boards(other, rest).decision_function(by_own[seen])
    fold = np.random.default_rng(0).integers(0, 5, len(is_own))
    for number in range(5):
        margins[fold == number, 1] = guidelines(fold != number).decision_function(by_own[fold == number])
    numbers = np.array([labour_numbers(evidence_of(t), lexicon()) for t in [*own, *taught]])
    weight = np.repeat([1.0, _TAUGHT_WEIGHT], [len(rows), len(taught)])
    second = LogisticRegression(C=1.0, max_iter=1000).fit(np.column_stack([margins, numbers]), is_own, weight)
    # Two sums over the same words are one; their offsets go into the second step's.
    machines = (by_board_label, by_guideline)
    factors = second.coef_[0][:2]
    told = sum(float(f) * m.coef_[0] for f, m in zip(factors, machines, strict=True))
    offset = float(second.intercept_[0] + sum(f * m.intercept_[0] for f, m in zip(factors, machines, strict=True)))
    return told.astype(np.float32), np.array([offset, 1.0, *second.coef_[0][2:]])


def list_texts(lists: Sequence[dict[str, Any]]) -> list[str]:
    """The board's word lists as texts in which no word reaches into the next."""
    return ["|".join(row["tokens"].split()) for row in lists]


def board_folds(
    board: Sequence[dict[str, Any]], lists: Sequence[dict[str, Any]], seed: int, folds: int = 5
) -> Iterator[tuple[Any, Any, Any]]:
    """Places of the held texts, the other texts, and the word lists that are not of a held text, fold by fold."""
    fold = np.random.default_rng(seed).integers(0, folds, len(board))
    for number in range(folds):
        held = np.flatnonzero(fold == number)
        banned = {board[int(i)].get("n") for i in held}
        rest = np.array([i for i, row in enumerate(lists) if row["n"] not in banned])
        yield held, np.flatnonzero(fold != number), rest


def known_words(lists: Sequence[Sequence[str]]) -> Words:
    """Words of the lists that enough of them hold, and how rare each is."""
    frequency = Counter(word for row in lists for word in set(row) if 2 <= len(word) <= _LONGEST)
    kept = sorted(word for word, count in frequency.items() if count >= _IN_MESSAGES)
    plain = Words(kept, np.ones(len(kept), dtype=np.float32))
    # A word inside a longer one counts as found, so its rarity is reckoned the same way.
    held = np.zeros(len(kept))
    for row in lists:
        places, _ = plain.vector("|".join(row))
        held[places] += 1
    return Words(kept, (np.log((len(lists) + 1) / (held + 1)) + 1).astype(np.float32))
