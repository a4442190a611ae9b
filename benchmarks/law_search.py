"""Articles found for lay questions, beside plain BM25 over the same articles in the same run.

    python benchmarks/law_search.py [--split train|dev] [--queries FILE]

Prints JSON: recall of the gold articles among the first 3 and 10 (R@k, mean over questions), the share of questions
with a gold article among the first 3 (hit@3), and times. Questions: the labour ones of STARD (MIT licence). `bm25` is
words and character pairs without weights of laws, lexicon or status; it may return repealed texts, which the gold
answers of old questions sometimes cite and a worker's answer must not (`gold_not_in_force` counts them).
Weights and lexicon were tuned on `train`; `dev` is for the report. The questions carry no appeal category, so what a
category adds is not measured here.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gonghui.law.articles import today
from gonghui.law.store import LawStore

DEFAULT = Path(__file__).resolve().parents[2] / "shared" / "data" / "stard" / "queries.jsonl"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=Path, default=DEFAULT)
    parser.add_argument("--split", choices=("train", "dev"), default="train")
    options = parser.parse_args()
    questions = [
        q
        for q in map(json.loads, options.queries.read_text(encoding="utf-8").splitlines())
        if q["labour"] and q["split"] == options.split
    ]
    start = time.perf_counter()
    store = LawStore()
    loaded = time.perf_counter()
    store.index  # noqa: B018 - made on first use; timed here
    indexed = time.perf_counter()

    def bm25(text: str) -> list[str]:
        scores = store.base_scores(text)
        best = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:10]
        return [store.articles[i].id for i in best]

    def ours(text: str) -> list[str]:
        return [hit.article.id for hit in store.search(text, 10)]

    gold = [article_id for q in questions for article_id in q["gold"]]
    at_hand = [a for g in gold if (a := store.get(g))]
    result = {
        "benchmark": "law_search",
        "split": options.split,
        "questions": len(questions),
        "gold": len(gold),
        "gold_at_hand": len(at_hand),
        "gold_not_in_force": sum(not a.fit_for_worker(today()) for a in at_hand),
        "articles": len(store.articles),
        "load_seconds": round(loaded - start, 3),
        "index_seconds": round(indexed - loaded, 3),
        "bm25": measure(questions, bm25),
        "gonghui": measure(questions, ours),
    }
    print(json.dumps(result, ensure_ascii=False, indent=2))


def measure(questions: list[dict[str, Any]], find: Callable[[str], list[str]]) -> dict[str, float]:
    """R@3, R@10 and hit@3 of a search, and milliseconds a question."""
    found, times = [], []
    for question in questions:
        start = time.perf_counter()
        found.append(find(question["text"]))
        times.append(1000 * (time.perf_counter() - start))
    golds = [set(q["gold"]) for q in questions]

    def recall(k: int) -> float:
        return round(statistics.mean(len(g & set(f[:k])) / len(g) for g, f in zip(golds, found, strict=True)), 3)

    return {
        "R@3": recall(3),
        "R@10": recall(10),
        "hit@3": round(statistics.mean(bool(g & set(f[:3])) for g, f in zip(golds, found, strict=True)), 3),
        "ms_median": round(statistics.median(times), 2),
        "ms_max": round(max(times), 2),
    }


if __name__ == "__main__":
    main()
