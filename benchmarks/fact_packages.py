"""Facts read by well-kept packages and by the brain, on the same marked sentences, in one run.

    uv run --group bench python -m benchmarks.fact_packages [--split test]

Marked sentences and their normal forms as in `benchmarks.facts`. Dates: jionlp, dateparser; sums: jionlp, cn2an with a
pattern for its sums; durations: jionlp; employers: jieba's part of speech `nt`, jionlp has none; places: cpca, on
`data/place_sentences.jsonl` (66 sentences of our own with the code that a reader would give, null where no place can be
told). A package's date is right when it begins with the marked one, so its finer grain costs it nothing.
recognizers-text, the other known package, cannot be imported beside a present `emoji` and is left out.
"""

from __future__ import annotations

import argparse
import json
import logging
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.common import DATA, machine
from benchmarks.facts import MARKS, Mark, plain, same, sentences
from gonghui.brain.moments import read_time
from gonghui.brain.statutes.corpus import read_rows
from gonghui.brain.understand import extract

# What a reader finds: kind, start, end, normal form.
Found = tuple[str, int, int, str]
Reader = Callable[[str, datetime | None], Iterable[Found]]
PLACES = Path(__file__).parent / "data" / "place_sentences.jsonl"
_SUM = re.compile(r"[0-9零〇一二三四五六七八九十百千万亿两.]+(?=\s*(?:元|块|万元))")


def ours(text: str, at: datetime | None) -> Iterable[Found]:
    for entity in extract(text, at):
        if entity.kind in ("date", "money", "duration", "employer") and entity.value is not None:
            yield entity.kind, entity.start, entity.end, str(entity.value)


def jionlp(text: str, at: datetime | None) -> Iterable[Found]:
    import jionlp as jio

    for row in jio.ner.extract_money(text, with_parsing=True) or ():
        amount = row["detail"].get("num")
        if isinstance(amount, str):
            yield "money", *row["offset"], amount
    base = at or datetime.now().astimezone()
    for row in jio.ner.extract_time(text, time_base=base.timestamp(), with_parsing=True) or ():
        detail = row["detail"]
        if detail["type"] == "time_point":
            yield "date", *row["offset"], _grain(*detail["time"])
        elif detail["type"] == "time_delta" and isinstance(detail["time"], dict):
            yield "duration", *row["offset"], str(_months(detail["time"]))


def _grain(first: str, last: str) -> str:
    """The span of a point in time as the shortest date that names it."""
    if first[:10] == last[:10]:
        return first[:10]
    return first[:7] if first[:7] == last[:7] else first[:4]


def _months(parts: dict[str, Any]) -> float:
    each = {"year": 12.0, "season": 3.0, "month": 1.0, "week": 7 / 30, "day": 1 / 30}
    return sum(each.get(name, 0.0) * float(value) for name, value in parts.items() if not isinstance(value, list))


def dateparser(text: str, at: datetime | None) -> Iterable[Found]:
    from dateparser.search import search_dates

    settings = {"RELATIVE_BASE": at.replace(tzinfo=None)} if at else {}
    start = 0
    for words, day in search_dates(text, languages=["zh"], settings=settings) or ():
        place = text.find(words, start)
        if place >= 0:
            yield "date", place, place + len(words), day.date().isoformat()
            start = place + len(words)


def cn2an(text: str, _: datetime | None) -> Iterable[Found]:
    import cn2an as package

    for match in _SUM.finditer(text):
        try:
            yield "money", *match.span(), str(package.cn2an(match.group(0), "smart"))
        except ValueError:
            continue


def jieba(text: str, _: datetime | None) -> Iterable[Found]:
    import jieba.posseg

    place = 0
    for word, flag in jieba.posseg.cut(text):
        if flag == "nt":
            yield "employer", place, place + len(word), word
        place += len(word)


READERS: dict[str, tuple[Reader, Sequence[str]]] = {
    "brain": (ours, ("money", "date", "duration", "employer")),
    "jionlp": (jionlp, ("money", "date", "duration")),
    "dateparser": (dateparser, ("date",)),
    "cn2an": (cn2an, ("money",)),
    "jieba": (jieba, ("employer",)),
}


def _same(kind: str, mark: str | None, value: str) -> bool:
    if kind == "date" and mark is not None:
        return value.startswith(mark)
    return same(kind, mark, value)


def measured(rows: Sequence[tuple[str, list[Mark], datetime | None]], reader: Reader, kinds: Sequence[str]) -> Any:
    """Precision, recall and milliseconds a sentence, per kind."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    began = time.perf_counter()
    read = [[found for found in reader(text, at) if found[0] in kinds] for text, _, at in rows]
    took = 1000 * (time.perf_counter() - began) / len(rows)
    for (_, marks, _), found in zip(rows, read, strict=True):
        for kind, start, end, value, *_ in marks:
            # A sum without a certain value (几十万) is not measured.
            if kind not in kinds or (value is None and kind != "employer"):
                continue
            counts[kind]["marks"] += 1
            near = [f for f in found if f[0] == kind and f[1] < end and start < f[2]]
            counts[kind]["right"] += any(_same(kind, value, f[3]) for f in near)
        for kind, *_ in found:
            counts[kind]["found"] += 1
    figures: dict[str, Any] = {
        kind: {
            "precision": round(counts[kind]["right"] / max(counts[kind]["found"], 1), 3),
            "recall": round(counts[kind]["right"] / max(counts[kind]["marks"], 1), 3),
        }
        for kind in kinds
    }
    return {**figures, "milliseconds": round(took, 2)}


def places() -> dict[str, Any]:
    """Share of sentences whose deepest place has the right code, and of those without a place that stay without."""
    rows = [row for _, row in read_rows(PLACES)]

    def brain(text: str) -> str | None:
        codes = [str(e.value) for e in extract(text, None) if e.kind == "place" and e.value]
        return max(codes, key=lambda code: len(code.rstrip("0"))) if codes else None

    def packaged(text: str) -> str | None:
        import cpca

        code = cpca.transform([text])["adcode"].iloc[0]
        return str(code) if isinstance(code, str) else None

    result = {}
    for name, reader in (("brain", brain), ("cpca", packaged)):
        said = [reader(row["text"]) for row in rows]
        told = [(s, r["code"]) for s, r in zip(said, rows, strict=True) if r["code"]]
        none = [s for s, r in zip(said, rows, strict=True) if r["code"] is None]
        result[name] = {
            "right": round(sum(s == code for s, code in told) / len(told), 3),
            "wrong": round(sum(s is not None and s != code for s, code in told) / len(told), 3),
            "silent_where_untold": round(sum(s is None for s in none) / len(none), 3),
        }
    return {"sentences": len(rows), **result}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("tune", "test"), default="test")
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    logging.disable(logging.ERROR)
    kept = [row for _, row in read_rows(MARKS) if row["split"] == options.split]
    texts = sentences(options.data, {row["key"] for row in kept})
    rows = [(plain(texts[r["key"]]), [tuple(mark) for mark in r["marks"]], read_time(r["time"])) for r in kept]
    result = {name: measured(rows, reader, kinds) for name, (reader, kinds) in READERS.items()}
    print(json.dumps({"split": options.split, **result, "places": places(), "machine": machine()}, indent=1))


if __name__ == "__main__":
    main()
