"""What is recorded about the end of a text (效力状态): rows of `data/status.yaml` and `data/status_further.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from gonghui import yamls
from gonghui.law.articles import StatusRow
from gonghui.law.lexicon import LawDataError

StatusKey = tuple[str, date | None, int | None]
"""Title, day of adoption, article number (None: the whole text)."""


def read_status(name: str, body: bytes) -> dict[StatusKey, StatusRow]:
    """The rows of one file. Raises LawDataError, naming file and law."""
    found: dict[StatusKey, StatusRow] = {}
    for row in yamls.read(body) or ():
        if row["status"] not in ("repealed", "superseded", "partly_repealed", "doubtful"):
            raise LawDataError(f"{name}: {row['law']}: unknown status {row['status']!r}")
        if (row["status"] == "partly_repealed") != bool(row.get("paragraphs")):
            raise LawDataError(f"{name}: {row['law']}: partly_repealed and paragraphs go together")
        found[row["law"], row["adopted"], row.get("article")] = StatusRow(
            row["status"],
            row["from"],
            tuple(row.get("paragraphs") or ()),
            row["replaced_by"],
            row["source"],
            row["review_status"],
        )
    return found


def status_of(
    rows: Mapping[StatusKey, StatusRow], law: str, adopted: date | None, number: int | None = None
) -> StatusRow | None:
    """What is recorded about an article, or else about the whole text."""
    return rows.get((law, adopted, number)) or rows.get((law, adopted, None))


def check_used(name: str, rows: Mapping[StatusKey, StatusRow], known: Iterable[StatusKey]) -> None:
    """Raises LawDataError where a row speaks of a text that is not there."""
    there = set(known)
    if missing := [key for key in rows if key not in there]:
        raise LawDataError(f"{name}: no such text: {missing}")
