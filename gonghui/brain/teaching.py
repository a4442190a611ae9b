"""The messages that triage learns from, and their words as numbers (needs the dependency group `brain`).

Labelled texts and the board's word lists come from the shared folder, written messages from `data`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from gonghui import yamls
from gonghui.brain.lexicon import load_yaml
from gonghui.brain.linear import Table, Terms
from gonghui.brain.statutes.corpus import read_rows
from gonghui.brain.text import joined, lowered

# A word must stand in this many messages: rarer ones teach nothing, and no message can be told from them.
_IN_MESSAGES = 3
_LONGEST = 6
# Pieces of two and three characters must stand in this many of the texts that teach.
_PIECE_IN_TEXTS = 8
# A word list so like a labelled text (cosine of their words) is a copy of it, and teaches nothing that is measured.
_COPY_FROM = 0.75


@dataclass(frozen=True, slots=True)
class Text:
    """A text as triage reads it: normalised, title first; where the body begins."""

    full: str
    title_end: int


def text_of(title: str, body: str) -> Text:
    """As `understand` joins them."""
    full, title_end, _ = joined(title, body)
    return Text(full, title_end)


def letters(data: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every real letter of the shared folder with its key `file:id`."""
    for name in ("labelled", "replied", "stream"):
        for _, row in read_rows(data / "appeals" / f"{name}.jsonl"):
            yield f"{name}:{row['id']}", row


def originals(data: Path, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """The messages behind keys `file:id` of the shared folder, as a caller would send them: title, text, time."""
    found: dict[str, dict[str, Any]] = {
        key: {"title": row["title"], "text": row["text"], "time": row["time"]} for key, row in letters(data)
    }
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


def written() -> tuple[list[dict[str, Any]], list[Text]]:
    """Labels and texts of the messages that were written to teach; a nature of None is not known."""
    rows: list[dict[str, Any]] = []
    for code, texts in load_yaml("triage_examples.yaml").items():
        rows += [{"text": text, "category": code, "nature": None, "labour": code[:2] != "99"} for text in texts]
    folder = files("gonghui.brain").joinpath("data", "messages")
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        rows += [{"labour": True, **row} for row in yamls.read(path.read_text(encoding="utf-8"))]
    return rows, [text_of(row.get("title") or "", row["text"]) for row in rows]


def list_texts(lists: Sequence[dict[str, Any]]) -> list[str]:
    """The board's word lists as texts in which no word reaches into the next."""
    return ["|".join(row["tokens"].split()) for row in lists]


def as_matrix(table: Table, size: int) -> Any:
    """A table as a sparse matrix (rows, size), without its last column, which is of no word."""
    from scipy import sparse

    rows = int(table.row[-1]) + 1 if len(table.row) else 0
    return sparse.csr_matrix((table.value, (table.row, table.place)), (rows, size + 1))[:, :size]


def matrix(terms: Terms, texts: Sequence[str]) -> Any:
    """Vectors of the texts' words as a sparse matrix (texts, words)."""
    return as_matrix(terms.vectors(terms.counts([lowered(text) for text in texts]))[0], terms.sizes[0])


def list_copies(by_text: Any, by_list: Any, lists: Sequence[dict[str, Any]]) -> list[set[Any]]:
    """For each text (a row of words as `matrix` makes it) the numbers of the word lists that are copies of it."""
    likeness = (by_text @ by_list.T).tocoo()
    found: list[set[Any]] = [set() for _ in range(by_text.shape[0])]
    for at, place, value in zip(likeness.row, likeness.col, likeness.data, strict=True):
        if value >= _COPY_FROM:
            found[at].add(lists[place]["n"])
    return found


def copies_of(
    plain: Terms, lists: Sequence[dict[str, Any]], texts: dict[str, Text], board: Sequence[dict[str, Any]]
) -> dict[Any, set[str]]:
    """For each number of a word list the keys of the labelled texts that it is a copy of."""
    keys = list(texts)
    by_text, by_list = matrix(plain, [texts[key].full for key in keys]), matrix(plain, list_texts(lists))
    found: dict[Any, set[str]] = {}
    for key, numbers in zip(keys, list_copies(by_text, by_list, lists), strict=True):
        for number in numbers:
            found.setdefault(number, set()).add(key)
    for row in board:
        key = f"labelled:{row['id']}"
        if key in texts and row.get("n"):
            found.setdefault(row["n"], set()).add(key)
    return found


def board_folds(
    board: Sequence[dict[str, Any]],
    lists: Sequence[dict[str, Any]],
    seed: int,
    folds: int = 5,
    copies: Sequence[set[Any]] | None = None,
) -> Iterator[tuple[Any, Any, Any]]:
    """Places of the held texts, the other texts, and the word lists that are neither of a held text nor copies."""
    fold = np.random.default_rng(seed).integers(0, folds, len(board))
    for number in range(folds):
        held = np.flatnonzero(fold == number)
        banned = {board[int(i)].get("n") for i in held}
        if copies is not None:
            banned = banned.union(*(copies[int(i)] for i in held))
        rest = np.array([i for i, row in enumerate(lists) if row["n"] not in banned])
        yield held, np.flatnonzero(fold != number), rest


def known_words(lists: Sequence[Sequence[str]]) -> tuple[list[str], Any]:
    """Words of the lists that enough of them hold, and how rare each is."""
    frequency = Counter(word for row in lists for word in {word.lower() for word in row} if 2 <= len(word) <= _LONGEST)
    kept = sorted(word for word, count in frequency.items() if count >= _IN_MESSAGES)
    # A word inside a longer one counts as found, so its rarity is reckoned the same way.
    plain = Terms(kept, np.ones(len(kept)), [], np.zeros(0))
    held = np.diff(matrix(plain, ["|".join(row) for row in lists]).tocsc().indptr)
    return kept, np.log((len(lists) + 1) / (held + 1)) + 1


def known_pieces(texts: Sequence[str], words: Collection[str]) -> tuple[list[str], Any]:
    """Pieces of two and three characters that enough of the texts hold and that are no words, and how rare each is."""
    known, frequency = set(words), Counter[str]()
    for text in texts:
        low = lowered(text)
        frequency.update({low[at : at + size] for size in (2, 3) for at in range(len(low) - size + 1)})
    kept = sorted(
        piece
        for piece, count in frequency.items()
        if count >= _PIECE_IN_TEXTS and piece not in known and not re.search(r"[\s0-9a-z*]", piece)
    )
    return kept, np.log((len(texts) + 1) / (np.array([frequency[piece] for piece in kept]) + 1)) + 1
