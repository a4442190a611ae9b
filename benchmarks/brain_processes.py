"""Memory and speed of the brain in one and in four processes.

    python -m benchmarks.brain_processes [QUESTIONS_FILE]

Each process loads the triage model, the encoder and the ranker of the packaged corpus (`gonghui brain build` first) and
reads questions for some seconds. `pss` is the process's own share of memory, with what is mapped from files shared out
among those that map it; `rss` counts it whole. Prints JSON.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.common import DATA, machine

SECONDS = 5.0


def memory() -> dict[str, float]:
    """Megabytes of this process, from the kernel."""
    rows = Path("/proc/self/smaps_rollup").read_text().splitlines()[1:]
    sizes = {row.split(":")[0]: int(row.split()[1]) / 1024 for row in rows}
    return {"rss_mb": round(sizes["Rss"], 1), "pss_mb": round(sizes["Pss"], 1)}


def work(folder: str, texts: list[str], together: Any, results: Any) -> None:
    before = memory()
    start = time.perf_counter()
    from gonghui.brain import understand
    from gonghui.brain.statutes import Ranker

    ranker = Ranker.load(Path(folder))
    ranker.rank(texts[0])
    understand(texts[0])
    loaded = time.perf_counter() - start
    together.wait()
    counts = []
    for call in (ranker.rank, understand):
        done, until = 0, time.perf_counter() + SECONDS
        while time.perf_counter() < until:
            call(texts[done % len(texts)])
            done += 1
        counts.append(round(done / SECONDS, 1))
    together.wait()
    after = memory()
    together.wait()
    results.put(
        {"load_seconds": round(loaded, 2), "before": before, "after": after, "ranked": counts[0], "read": counts[1]}
    )


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA / "stard" / "queries.jsonl"
    texts = [json.loads(line)["text"] for line in path.open(encoding="utf-8")][:200]
    folder = str(Path(os.environ.get("GONGHUI_VAR", "var")) / "brain" / "statutes")
    context = multiprocessing.get_context("spawn")
    report: dict[str, Any] = {"machine": machine()}
    for processes in (1, 4):
        together, results = context.Barrier(processes), context.Queue()
        workers = [context.Process(target=work, args=(folder, texts, together, results)) for _ in range(processes)]
        for worker in workers:
            worker.start()
        rows = [results.get() for _ in workers]
        for worker in workers:
            worker.join()
        report[f"{processes}_processes"] = {
            "load_seconds": max(row["load_seconds"] for row in rows),
            "rss_mb_each": max(row["after"]["rss_mb"] for row in rows),
            "pss_mb_each": max(row["after"]["pss_mb"] for row in rows),
            "pss_mb_before": max(row["before"]["pss_mb"] for row in rows),
            "questions_ranked_a_second": round(sum(row["ranked"] for row in rows), 1),
            "texts_read_a_second": round(sum(row["read"] for row in rows), 1),
        }
    print(json.dumps(report, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
