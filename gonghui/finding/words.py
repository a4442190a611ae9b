"""The terms of entries, where the database keeps them: FTS5 on SQLite, a `tsvector` with GIN on PostgreSQL.

Both find many entries by any of some terms. A term that half of them have costs as much as all rare ones together and
tells nothing, so a query is asked with its rarest terms only (`RARE`); 100,000 entries then answer in some 5 ms on both
(all terms: 70 ms and 210 ms at the 95th percentile), with nothing held in a process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection

from gonghui.finding.models import Frequency

RARE = 2500
_SAFE = str.maketrans("", "", '\\"')


def _lite() -> bool:
    return connection.vendor == "sqlite"


def write(entries: Mapping[int, tuple[Sequence[str], Sequence[str]]]) -> None:
    """Keep the terms of titles and of texts, by entry."""
    remove(entries) if _lite() else None
    with connection.cursor() as cursor:
        if _lite():
            cursor.executemany(
                "INSERT INTO finding_words (rowid, title, body) VALUES (%s, %s, %s)",
                [(pk, _spaced(title), _spaced(body)) for pk, (title, body) in entries.items()],
            )
            return
        for pk, (title, body) in entries.items():
            cursor.execute(
                "UPDATE finding_entry SET terms = %s::text::tsvector WHERE id = %s", (_vector(title, body), pk)
            )


def remove(entries: Iterable[int]) -> None:
    """Forget the terms; on PostgreSQL they go with their entries."""
    if _lite():
        with connection.cursor() as cursor:
            cursor.executemany("DELETE FROM finding_words WHERE rowid = %s", [(pk,) for pk in entries])


def nearest(terms: Sequence[str], most: int) -> list[int]:
    """Entries with some of the terms, those with the rarest and most of them first."""
    wanted = rarest([term.translate(_SAFE) for term in terms])
    if not wanted:
        return []
    with connection.cursor() as cursor:
        if _lite():
            cursor.execute(
                "SELECT rowid FROM finding_words WHERE finding_words MATCH %s"
                " ORDER BY bm25(finding_words, 4.0, 1.0) LIMIT %s",
                (" OR ".join(f'"{term}"' for term in wanted), most),
            )
        else:
            asked = " | ".join(_quoted(term) for term in wanted)
            cursor.execute(
                "SELECT id FROM finding_entry, (SELECT %s::text::tsquery AS asked) AS q WHERE terms @@ asked"
                " ORDER BY ts_rank(terms, asked) DESC, id LIMIT %s",
                (asked, most),
            )
        return [int(row[0]) for row in cursor.fetchall()]


def rarest(terms: Sequence[str]) -> list[str]:
    """The rarest of the terms, as many as together stand in `RARE` entries; always one that is known at all."""
    known = dict(Frequency.objects.filter(term__in=terms).values_list("term", "entries"))
    chosen: list[str] = []
    total = 0
    # What no count knows yet may have come since the last round.
    for term in sorted(dict.fromkeys(terms), key=lambda one: (known.get(one, 0), one)):
        number = known.get(term, 0)
        if total and total + number > RARE:
            break
        chosen.append(term)
        total += number
    return chosen


def count() -> None:
    """Count all terms anew."""
    counted = (
        "SELECT term, doc FROM finding_vocabulary WHERE length(term) <= 64"
        if _lite()
        else "SELECT word, ndoc FROM ts_stat('SELECT terms FROM finding_entry WHERE terms IS NOT NULL')"
        " WHERE length(word) <= 64"
    )
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM finding_frequency")
        cursor.execute(f"INSERT INTO finding_frequency (term, entries) {counted}")


def _spaced(terms: Sequence[str]) -> str:
    return " ".join(term.translate(_SAFE) for term in terms)


def _quoted(term: str) -> str:
    return "'" + term.translate(_SAFE).replace("'", "''") + "'"


def _vector(title: Sequence[str], body: Sequence[str]) -> str:
    named = set(title)
    heavy = [f"{_quoted(term)}:1A" for term in title]
    return " ".join([*heavy, *(f"{_quoted(term)}:2" for term in body if term not in named)])
