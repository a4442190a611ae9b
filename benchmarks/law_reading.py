"""What reading the law costs: a process start, memory, opening a law, an article, a history, a search by name.

    python -m benchmarks.law_reading

Prints JSON. `start` is what every process pays (the searched articles); `index` is paid once by a process that opens a
page of the law. Laws are opened cold: the file is read and unpacked again each time.
"""

from __future__ import annotations

import json
import statistics
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.common import percentile, timed
from gonghui.law import history
from gonghui.law.build import DATA_DIR
from gonghui.law.shelf import Shelf
from gonghui.law.store import LawStore


def main() -> None:
    memory: dict[str, float] = {}
    store, start = _measured(LawStore, "start_mb", memory)
    shelf, index = _measured(Shelf, "index_mb", memory)
    civil = shelf.newest("民法典")
    assert civil is not None
    _measured(lambda: shelf._open(civil.slug), "civil_code_mb", memory)
    cold = sorted(_seconds(partial(shelf._open, volume.slug)) for volume in shelf.volumes)
    article = shelf.get("公司法-2023-12-29-16")
    volume = shelf.volume("公司法-2023-12-29")
    assert article is not None
    assert volume is not None
    result = {
        "benchmark": "law_reading",
        "texts": len(shelf.volumes),
        "articles": sum(v.articles for v in shelf.volumes),
        "file_mb": {
            name: round((DATA_DIR / name).stat().st_size / 1e6, 2)
            for name in ("labour.jsonl.gz", "national.jsonl.gz", "local.jsonl.gz", "shelf.json.gz")
        },
        "start_seconds": round(start, 3),
        "start_articles": len(store.articles),
        "index_seconds": round(index, 3),
        "memory_mb": memory,
        "open_law_ms": {
            "median": round(1000 * statistics.median(cold), 2),
            "p95": round(1000 * percentile(cold, 0.95), 2),
            "longest": round(1000 * cold[-1], 2),
        },
        "civil_code_cold_ms": round(1000 * _seconds(lambda: shelf._open(civil.slug)), 2),
        "article_by_id": timed(lambda: shelf.get("民法典-2020-05-28-577"), 200),
        "words_of_a_citation": timed(lambda: shelf.words_of("劳动合同法 38.1(3)"), 200),
        "history": timed(lambda: history.readings(shelf, volume, article), 50),
        "laws_by_name": timed(lambda: shelf.laws_named("民诉法"), 50),
    }
    print(json.dumps(result, ensure_ascii=False, indent=2))


def _measured(make: Callable[[], Any], name: str, memory: dict[str, float]) -> tuple[Any, float]:
    """What `make` gives and the seconds it took; the memory it keeps, measured on a second run, goes into `memory`."""
    seconds = _seconds(make)
    tracemalloc.start()
    made = make()
    memory[name] = round(tracemalloc.get_traced_memory()[0] / 1e6, 1)
    tracemalloc.stop()
    return made, seconds


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
