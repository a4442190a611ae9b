"""Speed of reading and quality of the labour-or-not test, beside the best single keyword, in one run.

    python -m benchmarks.understand [DATA_FOLDER]

Data: `appeals/labelled.jsonl`, 934 real messages of a provincial board with one of 7 labels; the folder is the
argument, or `$GONGHUI_SHARED/data` (default ../shared/data). Rows with an even id were looked at while the cues were
written; only rows with an odd id are measured. The keyword of the baseline is chosen on the even rows too.
Prints one JSON object.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from benchmarks.common import DATA, f1
from gonghui.brain import VERSION, understand

LABEL = "劳动和社会保障"
KEYWORDS = ["工资", "社保", "职工", "退休", "员工", "公司", "养老", "保险", "劳动", "上班", "工人", "单位"]
ROUNDS = 3

Row = dict[str, str]


def load(folder: Path) -> list[Row]:
    with (folder / "appeals" / "labelled.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def quality(rows: list[Row], says: Callable[[Row], bool]) -> dict[str, float | int]:
    """Precision, recall and F1 of a test for the labour label."""
    return {**f1([row["label"] == LABEL for row in rows], [says(row) for row in rows]), "rows": len(rows)}


def is_labour(row: Row) -> bool:
    return understand(row["text"], row["title"]).is_labour.code == "labour"


def keyword_test(word: str) -> Callable[[Row], bool]:
    return lambda row: word in row["title"] + row["text"]


def speed(rows: list[Row]) -> dict[str, float]:
    """Full reading (all entities, codes, urgency) by one process; the best of some rounds, and the spread of texts."""
    written = datetime.fromisoformat("2020-01-01T12:00:00+08:00")
    best: list[float] = []
    for _ in range(ROUNDS):
        took = []
        for row in rows:
            begin = time.perf_counter()
            understand(row["text"], row["title"], written)
            took.append(time.perf_counter() - begin)
        if not best or sum(took) < sum(best):
            best = took
    cuts = statistics.quantiles(best, n=100)
    return {
        "texts_per_second": round(len(best) / sum(best), 1),
        "mean_characters": round(statistics.mean(len(row["title"]) + len(row["text"]) for row in rows), 1),
        "p50_ms": round(cuts[49] * 1000, 3),
        "p99_ms": round(cuts[98] * 1000, 3),
    }


def main() -> int:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    begin = time.perf_counter()
    understand("公司拖欠工资")
    load_seconds = time.perf_counter() - begin
    rows = load(folder)
    seen = [row for row in rows if int(row["id"]) % 2 == 0]
    held_out = [row for row in rows if int(row["id"]) % 2 == 1]
    word = max(KEYWORDS, key=lambda keyword: quality(seen, keyword_test(keyword))["f1"])
    report = {
        "version": VERSION,
        "first_call_seconds": round(load_seconds, 3),
        "speed": speed(held_out),
        "labour_or_not": {
            "split": "odd ids measured, even ids looked at",
            "brain": quality(held_out, is_labour),
            "baseline_one_keyword": {"word": word, **quality(held_out, keyword_test(word))},
        },
    }
    print(json.dumps(report, ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
