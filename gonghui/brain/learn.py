"""Fits the triage model (needs the dependency group `brain`, and the shared messages to learn from).

The words and the labour test learn from the board's own label on both of its files. Level, nature, worker type and
urgency learn from three kinds of labelled messages: texts labelled twice (`benchmarks/data/triage_labels.jsonl`), word
lists labelled once (`token_labels.jsonl`), and messages that were written to teach (`data/messages`,
`data/triage_examples.yaml`). Messages are not shipped: the model keeps words that many of them share and their weights.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from gonghui.brain.amounts import find_people
from gonghui.brain.learn_reader import fit_reader, vectors_of
from gonghui.brain.lexicon import lexicon
from gonghui.brain.linear import (
    DEFAULT,
    NATURES,
    NO_WORKER,
    WORD_WEIGHT,
    Head,
    Numbers,
    Seen,
    Terms,
    belief_numbers,
    describe,
    public_odds,
    usual_columns,
)
from gonghui.brain.statutes.corpus import read_rows
from gonghui.brain.teaching import (
    as_matrix,
    board_folds,
    copies_of,
    known_pieces,
    known_words,
    list_copies,
    list_texts,
    matrix,
    originals,
    text_of,
    written,
)
from gonghui.brain.triage import rank_categories, score_labour, score_nature
from gonghui.brain.urgency import numbers_of

BOARD_LABEL = "劳动和社会保障"
# What was written to teach, and what is known by its words only, weigh less than what people wrote and was read twice;
# chosen by five folds of the tuning half.
_WRITTEN_WEIGHT = 0.3
_LIST_WEIGHT = 0.3
# Collections of questions hold nothing but questions: taken whole, every short text would be one.
_QUESTION_WEIGHT = 0.3
_URGENT_C = 1.0
# Insurance of residents: the board calls it labour, what was written to teach does not; it is left out.
_RESIDENTS = re.compile("医保|新农合|合作医疗|居民养老|养老保险|城乡居民|大病")


class _Known(NamedTuple):
    """Everything that teaches, texts first and word lists behind them.

    rows: labels; weight: how much each counts; twice: how many are texts labelled twice; texts: how many are texts.
    """

    rows: list[dict[str, Any]]
    weight: Any
    twice: int
    texts: int
    numbers: Numbers
    words: Any
    pieces: Any


def fit(
    data: Path, labels: Path, target: Path = DEFAULT, *, splits: Sequence[str] = ("tune", "test")
) -> dict[str, Any]:
    """Fit on the given splits of the labels and write the model; returns its manifest."""
    every = [row for _, row in read_rows(labels)]
    # What a half is measured on must not teach by its board label either, nor a copy of it.
    held = {row["key"] for row in every if row["split"] not in splits}
    board = [row for _, row in read_rows(data / "appeals" / "labelled.jsonl")]
    lists = [row for _, row in read_rows(data / "appeals" / "labelled_tokens.jsonl")]
    all_words, all_rarity = known_words([row["tokens"].split() for row in lists])
    plain = Terms(all_words, all_rarity, [], np.zeros(0))
    labelled = originals(data, {row["key"] for row in every})
    texts = {key: text_of(row["title"], row["text"]) for key, row in labelled.items()}
    copies = copies_of(plain, lists, texts, board)
    lists = [row for row in lists if not copies.get(row["n"], set()) & held]
    kept_board = [row for row in board if f"labelled:{row['id']}" not in held]
    words, rarity = known_words([row["tokens"].split() for row in lists])
    rows = [row for row in every if row["split"] in splits]
    own = [texts[row["key"]] for row in rows]
    taught_rows, taught = written()
    by_n = {f"tokens:{row['n']}": row for row in lists}
    told = [
        row
        for _, row in read_rows(labels.parent / "token_labels.jsonl")
        if row["key"] in by_n and not copies.get(by_n[row["key"]]["n"])
    ]
    pieces, piece_rarity = known_pieces([text.full for text in [*own, *taught]], words)
    terms = Terms(words, rarity, pieces, piece_rarity)
    looked = terms.see([text.full for text in [*own, *taught]], [text.title_end for text in [*own, *taught]])
    by_words, by_pieces = (
        as_matrix(table, size)
        for table, size in zip(terms.vectors([s.counts for s in looked]), terms.sizes, strict=True)
    )
    known = _known(
        [*rows, *taught_rows, *told],
        len(rows),
        len(looked),
        describe(looked),
        by_words,
        by_pieces,
        matrix(terms, list_texts([by_n[row["key"]] for row in told])),
    )
    usual: dict[str, str] = {}
    for code, _ in Counter(row["category"] for row in [*rows, *told]).most_common():
        usual.setdefault(code[:2], code)
    for code in lexicon().categories:
        usual.setdefault(code[:2], code)
    heads = {name: _head(known, name) for name in ("level", "nature", "worker")}
    shares = {name: _crossed(known, name) for name in ("level", "nature")}
    belief = _belief(known, looked, shares["level"], usual)
    labour, labour_words, labour_pieces, belief_in_labour = _labour(terms, kept_board, lists, known, shares["level"])
    danger_words, danger_pieces, danger = _danger(known)
    urgent = _urgent(known, looked, shares, belief_in_labour, danger)
    target.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        target / "model.npz",
        words=_joined_lines(words),
        rarity=rarity.astype(np.float32),
        pieces=_joined_lines(pieces),
        piece_rarity=piece_rarity.astype(np.float32),
        **{f"{name}_{part}": value for name, head in heads.items() for part, value in head.items()},
        labour=labour,
        labour_words=labour_words.astype(np.float16),
        labour_pieces=labour_pieces.astype(np.float16),
        danger_words=danger_words.astype(np.float16),
        danger_pieces=danger_pieces.astype(np.float16),
        belief=belief,
        urgent=urgent,
    )
    answer, weight = _answers(known, "level")
    looked_closer = fit_reader(
        vectors_of([text.full for text in [*own, *taught]]),
        answer[: known.texts],
        weight[: known.texts],
        _folds(known),
        shares["level"],
        lambda mixture, doubtful: _belief(known, looked, mixture, usual, doubtful),
        target,
    )
    manifest = {
        "name": "triage",
        "made": datetime.now(UTC).date().isoformat(),
        "codes": list(lexicon().categories),
        "usual": usual,
        "words": len(words),
        "pieces": len(pieces),
        "reader": looked_closer,
        "learnt_from": {
            "board": len(kept_board) + len(lists),
            "labelled": len(rows),
            "word_lists": len(told),
            "written": len(taught),
            "splits": list(splits),
            "copies_left_out": sum(bool(found & held) for found in copies.values()),
        },
        "command": "gonghui brain fit-triage",
    }
    (target / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return manifest


def _joined_lines(words: Sequence[str]) -> Any:
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def _known(
    rows: list[dict[str, Any]], count: int, texts: int, numbers: Numbers, words: Any, pieces: Any, by_list: Any
) -> _Known:
    """Texts and lists as one; of a list only its words are known, so its other numbers are nought."""
    from scipy import sparse

    more = len(rows) - texts

    def below(values: Any) -> Any:
        return np.concatenate([values, np.zeros((more, *values.shape[1:]))])

    # Two numbers that say which kind of message it is take up what only the kind explains; they are not kept.
    kind = np.zeros((len(rows), 2))
    kind[count:texts, 0] = 1.0
    kind[texts:, 1] = 1.0
    return _Known(
        rows,
        np.repeat([1.0, _WRITTEN_WEIGHT, _LIST_WEIGHT], [count, texts - count, more]),
        count,
        texts,
        Numbers(
            {name: below(values) for name, values in numbers.own.items()},
            np.hstack([below(numbers.whole), kind]),
            numbers.labour,
        ),
        sparse.vstack([words, by_list]).tocsr(),
        sparse.vstack([pieces, sparse.csr_matrix((more, pieces.shape[1]))]).tocsr(),
    )


def _codes(name: str) -> list[str]:
    return {"level": lexicon().levels, "nature": list(NATURES), "worker": [NO_WORKER, *lexicon().workers]}[name]


def _answers(known: _Known, name: str) -> tuple[Any, Any]:
    """The right answer's place in each row, -1 where it is not known, and each row's weight."""
    codes = _codes(name)
    weight = known.weight.copy()
    if name == "level":
        answer = [codes.index(row["category"][:2]) for row in known.rows]
    elif name == "nature":
        answer = [codes.index(row["nature"]) if row["nature"] else -1 for row in known.rows]
        for at, row in enumerate(known.rows):
            if row.get("key", "").startswith(("stard:", "exam:")):
                weight[at] = _QUESTION_WEIGHT
    else:
        answer = [codes.index(row["worker_type"] or NO_WORKER) if "worker_type" in row else -1 for row in known.rows]
    return np.array(answer), weight


def _head(known: _Known, name: str, chosen: Any = None) -> dict[str, Any]:
    """One question's weights, learnt from the chosen rows whose answer is known."""
    from scipy import sparse

    answer, weight = _answers(known, name)
    rows = np.flatnonzero(answer >= 0) if chosen is None else np.array([at for at in chosen if answer[at] >= 0])
    wide = sparse.hstack([known.words[rows], known.pieces[rows]]).tocsc()
    # A term that one message alone holds can teach nothing of others.
    used = np.flatnonzero(np.diff(wide.indptr) > 1)
    own, whole, bias, terms = _conditional(
        known.numbers.own[name][rows], known.numbers.whole[rows], wide[:, used].tocsr(), answer[rows], weight[rows]
    )
    every = np.zeros((wide.shape[1], len(_codes(name))), dtype=np.float16)
    every[used] = terms
    cut = known.words.shape[1]
    return {
        "codes": np.array(_codes(name)),
        "own": own.astype(np.float32),
        "whole": whole[:-2].astype(np.float32),
        "bias": bias.astype(np.float32),
        "words": every[:cut],
        "pieces": every[cut:],
    }


def _folds(known: _Known) -> Any:
    return np.random.default_rng(0).integers(0, 5, known.texts)


def _crossed(known: _Known, name: str) -> Any:
    """Shares of each text by models that had not seen it: (texts, answers)."""
    fold = _folds(known)
    shares = np.zeros((known.texts, len(_codes(name))))
    for number in range(5):
        out = np.flatnonzero(fold == number)
        learnt = _head(known, name, np.setdiff1d(np.arange(len(known.rows)), out))
        head = Head({f"{name}_{part}": value for part, value in learnt.items()}, name)
        by_terms = known.words[out] @ head.words.astype(float) + known.pieces[out] @ head.pieces.astype(float)
        numbers = Numbers(
            {name: known.numbers.own[name][out]}, known.numbers.whole[out, :-2], known.numbers.labour[out]
        )
        shares[out] = head.scores(numbers, by_terms)
    return shares


def _belief(known: _Known, looked: Sequence[Seen], shares: Any, usual: dict[str, str], chosen: Any = None) -> Any:
    """How often the first code is right, by the shares that put it first: a logit over texts labelled twice."""
    from sklearn.linear_model import LogisticRegression

    own = np.arange(known.twice) if chosen is None else np.flatnonzero(chosen[: known.twice])
    begin, end = lexicon().families["category"]
    raw = np.array([one.evidence.totals[begin:end] for one in looked])[own]
    codes = list(lexicon().categories)
    ranked = rank_categories(shares[own], raw, usual_columns(usual), lexicon())
    numbers = belief_numbers(ranked)[:, 0]
    right = [
        codes[column] == known.rows[at]["category"]
        for at, column in zip(own.tolist(), ranked.columns[:, 0].tolist(), strict=True)
    ]
    fitted = LogisticRegression(C=1.0, fit_intercept=False, max_iter=1000).fit(numbers, np.array(right))
    return fitted.coef_[0]


def _conditional(own: Any, whole: Any, terms: Any, answer: Any, weight: Any) -> tuple[Any, Any, Any, Any]:
    """Conditional logit (McFadden 1974) by L-BFGS: own evidence weighs the same for every answer.

    own: (texts, answers, 3); whole: (texts, numbers); terms: sparse (texts, terms); answer, weight: (texts,).
    """
    from scipy.optimize import minimize

    _, answers, kinds = own.shape
    numbers, size = whole.shape[1], terms.shape[1]
    wide = (WORD_WEIGHT * terms).tocsr()
    turned = wide.T.tocsr()
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
        by_own, by_whole, bias, by_term = parts(flat)
        scores = own @ by_own + whole @ by_whole + bias + wide @ by_term
        scores -= scores.max(axis=1, keepdims=True)
        log = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        rest = (np.exp(log) - truth) * weight[:, None]
        gradient = np.concatenate(
            [
                np.einsum("ta,tak->k", rest, own),
                (whole.T @ rest).ravel(),
                rest.sum(axis=0),
                np.asarray(turned @ rest).ravel(),
            ]
        )
        return float(
            -(log * truth * weight[:, None]).sum() + 0.5 * (strength * flat**2).sum()
        ), gradient + strength * flat

    found = minimize(loss, np.zeros(cuts[-1]), jac=True, method="L-BFGS-B", options={"maxiter": 150})
    return parts(found.x)


def _labour(
    terms: Terms, board: list[dict[str, Any]], lists: list[dict[str, Any]], known: _Known, levels: Any
) -> tuple[Any, Any, Any, Any]:
    """The labour test: words learn the board's label, words and pieces the guideline's; a second step weighs both.

    The second step, which calibrates too, sees beside them the lexicon and the odds of category 99, all by models that
    had not seen the message. Returns its weights, those of words and pieces, and each text's belief.
    """
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    rows = known.rows[: known.texts]
    by_list = matrix(terms, list_texts(lists))
    by_board = matrix(terms, [text_of(row["title"], row["text"]).full for row in board])
    is_list = np.array([row["label"] == BOARD_LABEL for row in lists])
    is_board = np.array([row["label"] == BOARD_LABEL for row in board])
    words, both = known.words[: known.texts], sparse.hstack([known.words, known.pieces]).tocsr()[: known.texts]
    is_own = np.array([bool(row["labour"]) for row in rows])
    clear = np.array([row["labour"] or "key" in row or not _RESIDENTS.search(row["text"]) for row in rows])
    at = {f"labelled:{row['id']}": place for place, row in enumerate(board)}
    places = np.array([at.get(row.get("key", ""), -1) for row in rows])
    weight = known.weight[: known.texts] * clear

    def boards(texts_of: Any, lists_of: Any) -> Any:
        return LinearSVC(C=0.5, random_state=0).fit(
            sparse.vstack([by_list[lists_of], by_board[texts_of]]),
            np.concatenate([is_list[lists_of], is_board[texts_of]]),
        )

    def guidelines(chosen: Any) -> Any:
        return LinearSVC(C=0.5, class_weight="balanced", random_state=0).fit(
            both[chosen], is_own[chosen], weight[chosen]
        )

    every = np.flatnonzero(clear)
    machines = (boards(np.arange(len(board)), np.arange(len(lists))), guidelines(every))
    margins = np.column_stack([machines[0].decision_function(words), machines[1].decision_function(both)])
    for out, other, rest in board_folds(board, lists, seed=0, copies=list_copies(by_board, by_list, lists)):
        mine = np.flatnonzero(np.isin(places, out))
        if len(mine):
            margins[mine, 0] = boards(other, rest).decision_function(words[mine])
    fold = _folds(known)
    for number in range(5):
        margins[fold == number, 1] = guidelines(every[fold[every] != number]).decision_function(both[fold == number])
    public = levels[:, _codes("level").index("99")]
    numbers = np.column_stack([margins, known.numbers.labour, public_odds(np.asarray(public))])
    # Where the border lies is learnt from what people wrote alone: what was written to teach stands far from it.
    mine = np.arange(known.twice)
    second = LogisticRegression(C=1.0, max_iter=1000).fit(numbers[mine], is_own[mine])
    # Two sums over the same words are one; their offsets go into the second step's.
    factors = second.coef_[0][:2]
    cut = words.shape[1]
    learnt = factors[1] * machines[1].coef_[0]
    learnt[:cut] += factors[0] * machines[0].coef_[0]
    offset = float(second.intercept_[0] + sum(f * m.intercept_[0] for f, m in zip(factors, machines, strict=True)))
    return (
        np.array([offset, 1.0, *second.coef_[0][2:]]),
        learnt[:cut],
        learnt[cut:],
        second.predict_proba(numbers)[:, 1],
    )


def _danger(known: _Known) -> tuple[Any, Any, Any]:
    """What words and pieces say of P0 and P1: their weights, and each text's sum by models that had not seen it."""
    from scipy import sparse
    from sklearn.linear_model import LogisticRegression

    chosen = np.flatnonzero([row.get("urgency") is not None for row in known.rows])
    grave = np.array([row.get("urgency") in ("P0", "P1") for row in known.rows])
    both = sparse.hstack([known.words, known.pieces]).tocsr()

    def learn(rows: Any) -> Any:
        return LogisticRegression(C=4.0, class_weight="balanced", max_iter=300).fit(
            both[rows], grave[rows], np.where(known.weight[rows] < 1, 0.5, 1.0)
        )

    fold = np.append(_folds(known), np.full(len(known.rows) - known.texts, -1))
    told = np.zeros(known.texts)
    for number in range(5):
        out = np.flatnonzero(fold == number)
        machine = learn(chosen[fold[chosen] != number])
        told[out] = both[out] @ machine.coef_[0]
    learnt = learn(chosen).coef_[0]
    cut = known.words.shape[1]
    return learnt[:cut], learnt[cut:], told


def _urgent(known: _Known, looked: Sequence[Seen], shares: dict[str, Any], labour: Any, danger: Any) -> Any:
    """The second opinion on urgency: a logit over what the rules saw and what words say."""
    from sklearn.linear_model import LogisticRegression

    numbers, weight = urgent_table(known, looked, shares, labour, danger)
    grave = np.array([row.get("urgency") in ("P0", "P1") for row in known.rows[: known.texts]])
    fitted = LogisticRegression(C=_URGENT_C, fit_intercept=False, max_iter=2000).fit(numbers, grave, weight)
    return fitted.coef_[0]


def urgent_table(
    known: _Known, looked: Sequence[Seen], shares: dict[str, Any], labour: Any, danger: Any
) -> tuple[Any, Any]:
    """The numbers of each text that the second opinion is learnt over, and its weight (0 where no level is known)."""
    public = shares["level"][:, _codes("level").index("99")]
    numbers = []
    for at, one in enumerate(looked):
        best = int(shares["nature"][at].argmax())
        nature = score_nature(one.evidence, NATURES[best], float(shares["nature"][at, best]))
        is_labour = score_labour(one.evidence, float(labour[at]))
        row = numbers_of(one.text, one.alarms, find_people(one.text, one.runs), nature, is_labour, float(public[at]))
        numbers.append([*row, float(danger[at])])
    weight = np.array([float(row.get("urgency") is not None) for row in known.rows[: known.texts]])
    return np.array(numbers), weight
