"""Articles for the handbook's situations: labour questions of our own words, in one run with BM25.

    python -m benchmarks.situations [DATA_FOLDER]

`gonghui/brain/data/situations.yaml` has two lay questions a situation with the verified articles. In two turns the
ranker remembers the first question of every other situation: `known` are the second questions of those remembered,
`new` both questions of the others, `without` all questions when none is remembered. One writer wrote all of them, so
`known` flatters; `new` says what the memory does for situations that it lacks.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.common import DATA, machine
from benchmarks.statutes import bm25
from gonghui.brain.statutes import Question, Ranker, build_index, read_corpus, read_questions
from gonghui.brain.statutes.fit import measure
from gonghui.brain.statutes.index import ARTEFACTS
from gonghui.brain.statutes.situations import situation_of, situation_questions

Ranked = list[tuple[Question, list[str]]]


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else DATA
    articles = read_corpus(data / "stard" / "corpus.jsonl.gz")
    learnt = read_questions(ARTEFACTS / "questions.jsonl.gz")
    asked = {str(row.id) for row in learnt}
    dev = [q for q in read_questions(data / "stard" / "queries.jsonl") if q.labour and q.id not in asked]
    situations = situation_questions(articles)
    codes = list(dict.fromkeys(situation_of(q) for q in situations))
    ranked: dict[str, Ranked] = {name: [] for name in ("without", "known", "new", "bm25")}
    labour: dict[str, Ranked] = {"dev_without": [], "dev_with": []}

    def folder_of(memory: list[Question], name: str) -> Ranker:
        build_index(articles, memory, Path(name))
        return Ranker.load(Path(name))

    def ask(ranker: Ranker, question: Question) -> tuple[Question, list[str]]:
        return question, [article.id for article in ranker.rank(question.text)]

    for turn in (None, 0, 1):
        held = set(codes[turn::2]) if turn is not None else set()
        memory = [q for q in situations if situation_of(q) in held and q.id.endswith(":1")]
        with tempfile.TemporaryDirectory() as name:
            ranker = folder_of([*learnt, *memory], name)
            for question in situations:
                if turn is None:
                    ranked["without"].append(ask(ranker, question))
                    ranked["bm25"].append((question, bm25(ranker.index, question.text)))
                elif situation_of(question) not in held:
                    ranked["new"].append(ask(ranker, question))
                elif question.id.endswith(":2"):
                    ranked["known"].append(ask(ranker, question))
            if turn is None:
                labour["dev_without"] = [ask(ranker, q) for q in dev]
    with tempfile.TemporaryDirectory() as name:
        ranker = folder_of([*learnt, *situations], name)
        labour["dev_with"] = [ask(ranker, q) for q in dev]
    seen = {article for q in learnt for article in q.gold}
    figures: dict[str, Any] = {
        name: asdict(measure(rows, seen.__contains__)) for name, rows in (ranked | labour).items()
    }
    print(json.dumps({"situations": len(codes), **figures, "machine": machine()}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
