"""The law's answers on real labour questions: situations, articles, time, beside plain word search.

    uv run python -m benchmarks.answers [--split test] [--missed]

`benchmarks/data/topic_labels.jsonl`: 200 questions and messages with the situations a good answer must treat, read
once by one reader (a language model) who had not seen the situations' files, and those of `test` by a second one
(`second`); keys only, the texts are in the shared folder; split by a hash of the key. 322 more (`learn`, near copies of
the 200 left out) were read once, by other language models, and only teach. `gonghui law fit` learnt from `tune`,
`learn`, invented messages and questions, and the word lists of 469 other letters (`token_labels.jsonl`, labelled once
by a language model; those that are a labelled text are left out): figures on `tune` say nothing, `law fit --check` has
those of cross-validation. From the situations of `test` nothing was learnt; the triage learnt from the categories of
most of its texts, which helps the first place.

Prints JSON: the first wanted situation among the first one and three found; any wanted among three;
share of all wanted among those told (`told` of them); share of the gold labour articles that the answer cites
(questions of STARD); the first wanted among the best by BM25 over the situations' phrasings; articles that are not in
force; milliseconds of processor time for a whole plan, which other work on the machine changes least. `--missed` lists
what was not found.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import DATA, machine, percentile
from gonghui.brain.statutes.corpus import read_rows
from gonghui.commands.support import setup
from gonghui.law.advice.fit import originals

LABELS = Path(__file__).resolve().parent / "data" / "topic_labels.jsonl"


def by_words(rows: list[dict[str, Any]], texts: dict[str, Any]) -> dict[str, float]:
    """BM25 over pairs of characters of the phrasings: the baseline."""
    from gonghui.law.advice.matching import DocumentWords
    from gonghui.law.topics import topics

    known = list(topics().topics.values())
    phrasings = DocumentWords([[topic.zh, *topic.phrasings] for topic in known])
    hits = {1: 0, 3: 0}
    for row in rows:
        scores = phrasings.scores(texts[row["key"]]["title"] + texts[row["key"]]["text"])
        order = [known[n].id for n in np.argsort(-scores)[:3]]
        for k in hits:
            hits[k] += row["topics"][0] in order[:k]
    return {f"top_{k}": round(n / len(rows), 3) for k, n in hits.items()}


def second_reader(rows: list[dict[str, Any]]) -> dict[str, float] | None:
    """How another reader (a language model too, who saw texts and the list of situations only) does by these measures,
    with at most three situations a text: what the labels allow."""
    read = [(row["topics"], row["second"]) for row in rows if row.get("second")]
    if not read:
        return None
    return {
        "top_1": round(sum(first[0] == second[0] for first, second in read) / len(read), 3),
        "top_3": round(sum(first[0] in second for first, second in read) / len(read), 3),
        "any_wanted_in_3": round(sum(bool(set(first) & set(second)) for first, second in read) / len(read), 3),
        "told": round(float(np.mean([len(second) for _first, second in read])), 2),
    }


def measure(rows: list[dict[str, Any]], texts: dict[str, Any], show: bool) -> dict[str, Any]:
    from gonghui.brain import understand
    from gonghui.law.advice import advise
    from gonghui.law.advice.matching import matcher
    from gonghui.law.articles import today

    first, three, some, whole, cited, times, told, wrong = 0, 0, 0, [], [], [], [], 0
    missed = []
    advise("老板拖欠工资")
    for row in rows:
        text = texts[row["key"]]
        began = time.process_time()
        plan = advise(text["text"], title=text["title"])
        times.append(1000 * (time.process_time() - began))
        found = [section.topic.id for section in plan.sections]
        ranked = [m.topic.id for m in matcher().find(understand(text["text"], text["title"], facts=False))]
        first += row["topics"][0] in ranked[:1]
        three += row["topics"][0] in ranked
        some += bool(set(row["topics"]) & set(ranked))
        told.append(len(found))
        whole.append(len(set(row["topics"]) & set(found)) / len(row["topics"]))
        articles = {article.id for article in plan.articles}
        wrong += sum(not article.fit_for_worker(today()) for article in plan.articles)
        if row.get("articles"):
            cited.append(len(set(row["articles"]) & articles) / len(row["articles"]))
        if show and row["topics"][0] not in ranked:
            missed.append([row["key"], row["topics"], ranked, (text["title"] + "|" + text["text"])[:90]])
    result = {
        "texts": len(rows),
        "top_1": round(first / len(rows), 3),
        "top_3": round(three / len(rows), 3),
        "any_wanted_in_3": round(some / len(rows), 3),
        "told": round(float(np.mean(told)), 2),
        "of_all_wanted": round(float(np.mean(whole)), 3),
        "gold_articles_cited": round(float(np.mean(cited)), 3) if cited else None,
        "articles_not_in_force": wrong,
        "p50_cpu_ms": round(percentile(times, 0.5), 1),
        "p99_cpu_ms": round(percentile(times, 0.99), 1),
        "bm25": by_words(rows, texts),
        "second_reader": second_reader(rows),
    }
    return result | ({"missed": missed} if show else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", default="test", choices=["tune", "test"])
    parser.add_argument("--missed", action="store_true")
    options = parser.parse_args()
    setup(reads_only_files=True)
    rows = [row for _, row in read_rows(LABELS) if row["split"] == options.split]
    texts = originals(DATA, [row["key"] for row in rows])
    report = {"split": options.split, "all": measure(rows, texts, options.missed)}
    stard = [row for row in rows if row["key"].startswith(("stard:", "lecoqa:"))]
    sure = [row for row in rows if not row.get("note", "").startswith("weak")]
    report |= {"questions": measure(stard, texts, False), "without_weak_labels": measure(sure, texts, False)}
    print(json.dumps({**report, "machine": machine()}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
