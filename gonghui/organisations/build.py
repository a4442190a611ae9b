"""Make the packaged region list from a CSV file (code, name, level, parent).

python -m gonghui.organisations.build SOURCE.csv
"""

from __future__ import annotations

import csv
import gzip
import io
import sys
from pathlib import Path

# Beside the rooms, not in one: the brain reads the same list and must not reach into a room.
TARGET = Path(__file__).parent.parent / "data" / "regions.csv.gz"
FIELDS = ("code", "name", "level", "parent")


def build(source: Path, target: Path = TARGET) -> int:
    """Check and compress the list; the same input gives the same bytes. Return the number of rows.

    Raises ValueError for a doubled code, an unknown parent or a level that is not 1–4.
    """
    with source.open(encoding="utf-8", newline="") as file:
        rows = [{name: row[name].strip() for name in FIELDS} for row in csv.DictReader(file)]
    codes = {row["code"] for row in rows}
    if len(codes) != len(rows):
        raise ValueError("a region code stands twice")
    for row in rows:
        if row["level"] not in ("1", "2", "3", "4"):
            raise ValueError(f"{row['code']}: level {row['level']!r}")
        if row["parent"] and row["parent"] not in codes:
            raise ValueError(f"{row['code']}: unknown parent {row['parent']!r}")
    text = io.StringIO()
    writer = csv.DictWriter(text, FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(sorted(rows, key=lambda row: (row["level"], row["code"])))
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as packed:
        packed.write(text.getvalue().encode())
    return len(rows)


def read(source: Path = TARGET) -> list[dict[str, str]]:
    """The packaged rows, parents before children."""
    with gzip.open(source, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


if __name__ == "__main__":
    sys.stdout.write(f"{build(Path(sys.argv[1]))}\n")
