"""Facts found in real sentences, by field: precision and recall (要素抽取).

    python -m benchmarks.facts [--split tune|test] [--errors]

360 sentences of real messages and judgments were marked by hand (`benchmarks/data/fact_marks.jsonl`, offsets and normal
forms only; docs/labelling.md says how). `tune` was looked at while the rules were written, `test` was not. A fact is
right when it overlaps the mark and has the mark's normal form (money to the cent, dates to the grain, months to 2 %);
`span` counts those found whatever their form.
"""

from __future__ import annotations

import argparse
import json
import unicodedata
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from benchmarks.common import DATA
from gonghui.brain.moments import read_time
from gonghui.brain.statutes.corpus import read_rows
from gonghui.brain.teaching import originals
from gonghui.brain.types import Entity
from gonghui.brain.understand import extract

MARKS = Path(__file__).resolve().parent / "data" / "fact_marks.jsonl"
Mark = tuple[str, int, int, str | None, str | None]


def sentences(folder: Path, keys: set[str]) -> dict[str, str]:
    """The marked sentences, read from where they are kept: `file:id:start:end` or `judgments:document:number`."""
    part = {key: key.split(":") for key in keys}
    messages = originals(folder, {f"{file}:{number}" for file, number, *_ in part.values() if file != "judgments"})
    judgments = {str(row["doc"]): row for _, row in read_rows(folder / "judgments" / "labour_elements.jsonl")}
    found: dict[str, str] = {}
    for key, (file, number, *where) in part.items():
        if file == "judgments":
            found[key] = judgments[number]["sentences"][int(where[0])]["text"]
        else:
            start, end = map(int, where)
            found[key] = messages[f"{file}:{number}"]["text"][start:end]
    return found


def plain(text: str) -> str:
    """Full-width forms as the brain reads them, offsets kept."""
    return "".join(n if len(n := unicodedata.normalize("NFKC", c)) == 1 else c for c in text)


def same(kind: str, mark: str | None, value: Any) -> bool:
    """Whether a found normal form is the marked one."""
    if mark is None or value is None:
        return mark is None and value is None
    if kind in ("money", "people_count", "age", "hours_per_day", "days_per_week"):
        try:
            return Decimal(str(value)) == Decimal(mark)
        except InvalidOperation:
            return False
    if kind in ("duration", "trial"):
        try:
            return abs(float(value) - float(mark)) <= max(0.02 * float(mark), 0.01)
        except ValueError:
            return False
    return plain(str(value)) == plain(mark)


def score(
    marked: list[tuple[str, list[Mark], list[Entity]]], errors: Callable[[str], None] = lambda _: None
) -> dict[str, dict[str, float | int]]:
    """Per field: marks, found, precision and recall of right facts, and of spans."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for text, marks, entities in marked:
        used: set[int] = set()
        for kind, start, end, value, _ in marks:
            if value is None and kind in ("money", "duration"):
                continue
            counts[kind]["marks"] += 1
            match = [
                (n, e)
                for n, e in enumerate(entities)
                if e.kind == kind and n not in used and e.start < end and start < e.end
            ]
            match.sort(key=lambda pair: not same(kind, value, pair[1].value))
            if match:
                number, entity = match[0]
                used.add(number)
                counts[kind]["spans"] += 1
                if same(kind, value, entity.value):
                    counts[kind]["right"] += 1
                else:
                    errors(f"{kind}: {text[start:end]!r} is {value}, said {entity.value} | {text}")
            else:
                errors(f"{kind}: {text[start:end]!r} ({value}) missed | {text}")
        for number, entity in enumerate(entities):
            counts[entity.kind]["found"] += 1
            # The length of a trial is marked once, as the trial; imprecise sums (几十万) are not measured.
            inside = any(k == "trial" and entity.start < e and s < entity.end for k, s, e, *_ in marks)
            if entity.kind == "duration" and inside and number not in used:
                counts["duration"]["found"] -= 1
            elif number not in used:
                errors(f"{entity.kind}: {entity.text!r} ({entity.value}) is none | {text}")
    return {kind: figures(c) for kind, c in sorted(counts.items()) if c["marks"]}


def figures(c: dict[str, int]) -> dict[str, float | int]:
    return {
        "marks": c["marks"],
        "found": c["found"],
        "precision": round(c["right"] / c["found"], 3) if c["found"] else 0.0,
        "recall": round(c["right"] / c["marks"], 3),
        "span_precision": round(c["spans"] / c["found"], 3) if c["found"] else 0.0,
        "span_recall": round(c["spans"] / c["marks"], 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("tune", "test"), default="test")
    parser.add_argument("--errors", action="store_true", help="print each wrong, missed and needless fact")
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    kept = [row for _, row in read_rows(MARKS) if row["split"] == options.split]
    texts = sentences(options.data, {row["key"] for row in kept})
    marked = []
    for row in kept:
        text = texts[row["key"]]
        marks: list[Mark] = [tuple(mark) for mark in row["marks"]]
        marked.append((text, marks, extract(plain(text), read_time(row["time"]))))
    say: Callable[[str], None] = print if options.errors else lambda _: None
    result = score(marked, say)
    print(json.dumps({"split": options.split, "sentences": len(kept), "fields": result}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
