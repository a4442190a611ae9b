"""The search over services, situations and laws, beside the matching of services alone, in one run.

    python -m benchmarks.search [--split test] [--misses]

`data/search_queries.jsonl`: 133 queries in eight ways (lay words, pinyin, initials, mixed, homophones, wrong
characters, English, misspelt English), written by one writer before anything was tuned; every second of each way is
`test`, and the numbers of `finding/nearness.py` were set on `tune`. For a service the present matching
(`gonghui.brain.match`) answers beside it.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.common import drop_database, fresh_database, prepare, show, timed
from benchmarks.match import figures, rank_of
from gonghui.brain.statutes.corpus import read_rows

FOLDER = Path(__file__).parent / "data"
DAY = date(2026, 7, 1)
SERVICE = ("M", "P", "T")


def quality(split: str, misses: bool) -> dict[str, Any]:
    """Places of what was wanted: among all hits of the first page, and for services by the present matching too."""
    from gonghui.brain.match import match
    from gonghui.finding.search import search
    from gonghui.services.matching import matcher

    ways: dict[str, list[int]] = defaultdict(list)
    services: dict[str, list[int]] = {"search": [], "matching": []}
    for _, row in read_rows(FOLDER / "search_queries.jsonl"):
        if row["split"] != split:
            continue
        groups = search(row["q"], a_group=10).groups
        hits = sorted((hit for group in groups for hit in group.hits), key=lambda hit: -hit.score)
        rank = rank_of([hit.item.key for hit in hits], [row["wants"]])
        ways[row["way"]].append(rank)
        ways["all"].append(rank)
        if misses and rank != 1:
            print(row["way"], row["q"], row["wants"], rank, [(h.item.title, round(h.score, 2)) for h in hits[:4]])
        if row["wants"][0] in SERVICE and row["wants"][1:].isdigit():
            own = [hit.item.key for hit in hits if hit.source == "services"]
            services["search"].append(rank_of(own, [row["wants"]]))
            found = match(row["q"], matcher(), {}, DAY, k=40)
            services["matching"].append(rank_of([fit.id for fit in found], [row["wants"]]))
    return {
        "ways": {way: {"queries": len(ranks), **figures(ranks)} for way, ranks in sorted(ways.items())},
        "services": {name: {"queries": len(ranks), **figures(ranks)} for name, ranks in services.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", choices=("tune", "test"), default="test")
    parser.add_argument("--misses", action="store_true", help="print what was not at the first place")
    options = parser.parse_args()
    url = fresh_database("sqlite", "search")
    prepare(url)
    from gonghui.finding.search import search, suggest

    try:
        result = quality(options.split, options.misses)
        words = [row["q"] for _, row in read_rows(FOLDER / "search_queries.jsonl")]
        asked, begun = iter(words * 9), iter(words * 9)
        result["milliseconds"] = {
            "search": timed(lambda: search(next(asked)), 300),
            "suggest": timed(lambda: suggest(next(begun)), 300),
        }
        show({"split": options.split, **result})
    finally:
        drop_database(url)


if __name__ == "__main__":
    main()
