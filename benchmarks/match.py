"""Which service for a need told in lay words, and which craftsman for a company's need, beside plain BM25, in one run.

    python -m benchmarks.match [--split test]

`data/service_needs.jsonl`: 114 needs of 28 services; `data/craft_needs.jsonl`: 40 needs of 12 trades with the experts,
technologies and results that help, of 48 (`data/craft_candidates.jsonl`). One writer, a language model, wrote all of
them and the catalogue; so the figures flatter, and say only that the parts work together. Two halves: weights were set
on `tune`. `personas.jsonl`: 12 made persons and what the rules should say of them.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.common import machine, percentile
from gonghui.brain.match import Candidate, Candidates, Need, decide, match, match_need
from gonghui.brain.statutes.corpus import read_rows
from gonghui.brain.statutes.postings import pairs
from gonghui.commands.support import setup

FOLDER = Path(__file__).parent / "data"
DAY = date(2026, 7, 1)


class Bm25:
    """BM25 over pairs of characters (k1 1.2, b 0.75)."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.counts = [Counter(pairs(text)) for text in texts]
        self.sizes = [sum(count.values()) for count in self.counts]
        self.mean = sum(self.sizes) / len(self.sizes)
        self.documents = Counter(term for count in self.counts for term in count)

    def order(self, text: str) -> list[int]:
        def score(at: int) -> float:
            total = 0.0
            for term in set(pairs(text)):
                if times := self.counts[at].get(term, 0):
                    held = self.documents[term]
                    rare = math.log(1 + (len(self.counts) - held + 0.5) / (held + 0.5))
                    total += rare * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * self.sizes[at] / self.mean))
            return total

        return sorted(range(len(self.counts)), key=lambda at: (-score(at), at))


def figures(ranks: Sequence[int]) -> dict[str, float]:
    """Shares at the first and the first three places, and mean reciprocal rank; rank 1 is best, 0 not found."""
    return {
        "top_1": round(sum(rank == 1 for rank in ranks) / len(ranks), 3),
        "top_3": round(sum(0 < rank <= 3 for rank in ranks) / len(ranks), 3),
        "mrr": round(sum(1 / rank for rank in ranks if rank) / len(ranks), 3),
    }


def rank_of(ids: Sequence[str], wanted: Sequence[str]) -> int:
    return next((place for place, found in enumerate(ids, start=1) if found in wanted), 0)


def services(split: str) -> dict[str, Any]:
    rows = [row for _, row in read_rows(FOLDER / "service_needs.jsonl") if row["split"] == split]
    from gonghui.services.matching import matcher

    catalogue = matcher()
    names = [s.id for s in catalogue.services]
    plain = Bm25([f"{s.zh}。{s.purpose.zh}。{'。'.join(s.needs)}" for s in catalogue.services])
    ours, theirs, times = [], [], []
    for row in rows:
        began = time.perf_counter()
        found = match(row["text"], catalogue, {}, DAY, k=33)
        times.append(1000 * (time.perf_counter() - began))
        ours.append(rank_of([fit.id for fit in found], [row["service"]]))
        theirs.append(rank_of([names[at] for at in plain.order(row["text"])], [row["service"]]))
    return {
        "needs": len(rows),
        "ours": figures(ours),
        "bm25": figures(theirs),
        "milliseconds": {"p50": round(percentile(times, 0.5), 1), "p99": round(percentile(times, 0.99), 1)},
    }


def craft(split: str) -> dict[str, Any]:
    rows = [row for _, row in read_rows(FOLDER / "craft_needs.jsonl") if row["split"] == split]
    kept = [Candidate(**{**row, "tags": tuple(row["tags"])}) for _, row in read_rows(FOLDER / "craft_candidates.jsonl")]
    pool, plain = Candidates(kept), Bm25([f"{' '.join(c.tags)} {c.text}" for c in kept])
    ours, theirs = [], []
    for row in rows:
        found = match_need(Need(row["id"], row["text"], tuple(row["tags"])), pool, k=len(kept))
        ours.append(rank_of([m.candidate.id for m in found], row["relevant"]))
        theirs.append(rank_of([kept[at].id for at in plain.order(row["text"])], row["relevant"]))
    return {"needs": len(rows), "candidates": len(kept), "ours": figures(ours), "bm25": figures(theirs)}


def personas() -> dict[str, Any]:
    """Rules against what a reader of the handbook would say: (facts, service, status)."""
    rows = [row for _, row in read_rows(FOLDER / "personas.jsonl")]
    from gonghui.services.matching import matcher

    by_id = {s.id: s for s in matcher().services}
    right = [decide(by_id[row["service"]].eligibility, row["facts"]).status == row["status"] for row in rows]
    return {"cases": len(rows), "right": round(sum(right) / len(right), 3)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("tune", "test"), default="test")
    options = parser.parse_args()
    setup(reads_only_files=True)
    result = {
        "split": options.split,
        "services": services(options.split),
        "craft": craft(options.split),
        "eligibility": personas(),
        "machine": machine(),
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
