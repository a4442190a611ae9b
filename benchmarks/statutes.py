"""Articles found for lay questions, beside plain BM25 over the same corpus in the same run (法条检索).

    python -m benchmarks.statutes [DATA_FOLDER] [--split dev|train] [--worst 30]

Questions of STARD (MIT licence) and the corpus of 58,627 articles. Everything was fitted on `train` and chosen by
cross-validation inside it (`artefacts/statutes/manifest.json`); `dev` is for the report. `--split train` shows what the
ranker remembers, not how good it is. Gold articles that a training question also cites are counted apart from the
others (`seen`, `unseen`); labour questions too. Prints JSON: recall, MRR, seconds to build, milliseconds a question.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import DATA, machine, percentile
from gonghui.brain.statutes import Question, Ranker, build_index, read_corpus, read_questions
from gonghui.brain.statutes.corpus import read_rows
from gonghui.brain.statutes.evidence import Index
from gonghui.brain.statutes.fit import measure
from gonghui.brain.statutes.index import ARTEFACTS
from gonghui.brain.statutes.postings import pairs, runs
from gonghui.brain.statutes.situations import situation_questions


def bm25(index: Index, text: str) -> list[str]:
    """Words and character pairs, both as shares of the best."""
    words = index.words.score(index.words.find(runs(text))[0])
    two = index.pairs.score(index.pairs.find(pairs(text))[0])
    score = words / (words.max() or 1) + two / (two.max() or 1)
    return [index.ids[at] for at in np.argsort(-score, kind="stable")[:100]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=DATA)
    parser.add_argument("--split", choices=("dev", "train"), default="dev")
    parser.add_argument("--worst", type=int, default=0)
    options = parser.parse_args()
    articles = read_corpus(options.data / "stard" / "corpus.jsonl.gz")
    learnt = read_questions(ARTEFACTS / "questions.jsonl.gz")
    path = options.data / "stard" / "queries.jsonl"
    asked = {str(row["query_id"]) for _, row in read_rows(path) if row["split"] == options.split}
    questions = [question for question in read_questions(path) if question.id in asked]
    seen = {article for q in learnt for article in q.gold}
    with tempfile.TemporaryDirectory() as name:
        start = time.perf_counter()
        # As shipped: the situations are remembered too. Seen stays what STARD's train split cites.
        build_index(articles, [*learnt, *situation_questions(articles)], Path(name))
        built = time.perf_counter() - start
        start = time.perf_counter()
        ranker = Ranker.load(Path(name))
        ranker.rank("公司拖欠工资")
        loaded = time.perf_counter() - start
        ours, plain, times = [], [], []
        for question in questions:
            start = time.perf_counter()
            found = ranker.rank(question.text)
            times.append(1000 * (time.perf_counter() - start))
            ours.append((question, [article.id for article in found]))
            plain.append((question, bm25(ranker.index, question.text)))
    result: dict[str, Any] = {
        "split": options.split,
        "articles": len(articles),
        "build_seconds": round(built, 1),
        "load_and_first_seconds": round(loaded, 2),
        "milliseconds": {"p50": round(percentile(times, 0.5), 1), "p99": round(percentile(times, 0.99), 1)},
        "ours": asdict(measure(ours, seen.__contains__)),
        "bm25": asdict(measure(plain, seen.__contains__)),
        "labour": {
            "ours": asdict(measure([r for r in ours if r[0].labour], seen.__contains__)),
            "bm25": asdict(measure([r for r in plain if r[0].labour], seen.__contains__)),
        },
        "machine": machine(),
    }
    print(json.dumps(result, ensure_ascii=False, indent=1))
    names = {article.id: article.name for article in articles}
    for question, ids in sorted(ours, key=lambda r: _first(r))[: options.worst]:
        gold = "、".join(f"{names.get(a, a)}({ids.index(a) + 1 if a in ids else '-'})" for a in question.gold)
        print(f"{question.text[:60]}\n  应为 {gold}\n  得到 {'、'.join(names[i] for i in ids[:3])}")


def _first(row: tuple[Question, list[str]]) -> float:
    """Minus the mean rank of the gold, so that the worst come first."""
    question, ids = row
    return -float(np.mean([ids.index(a) if a in ids else 200 for a in question.gold]))


if __name__ == "__main__":
    main()
