"""The law's answers on real labour questions: situations, articles, time, beside plain word search.

    uv run python -m benchmarks.answers [--split test] [--missed]

`benchmarks/data/topic_labels.jsonl`: 200 questions and messages with the situations a good answer must treat, read
once by one reader (a language model) who had not seen the situations' files; keys only, the texts are in the shared
folder; split by a hash of the key. Weights in `law/advice/data/matching.yaml` were learnt on `tune` (`--fit` prints
them). Prints JSON: the first wanted situation among the first one and three found; any wanted among three; share of all
wanted among those told (`told` of them); share of the gold labour articles that the answer cites (questions of STARD);
the first wanted among the best by BM25 over the situations' phrasings; articles that are not in force; milliseconds for
a whole plan. `--missed` lists what was not found.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import DATA, machine, percentile
from gonghui.brain import learn
from gonghui.brain.statutes.corpus import read_rows
from gonghui.commands.support import setup

LABELS = Path(__file__).resolve().parent / "data" / "topic_labels.jsonl"


def texts_of(keys: list[str]) -> dict[str, dict[str, Any]]:
    """The texts behind the keys; `lecoqa` has the questions of STARD under the same numbers."""
    plain = {key: key.replace("lecoqa:", "stard:") for key in keys}
    found = learn.originals(DATA, set(plain.values()))
    return {key: found[name] for key, name in plain.items()}


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


def fit(rows: list[dict[str, Any]], texts: dict[str, Any]) -> dict[str, float]:
    """Weights by a conditional logit with a small ridge (strength 10 on features of unit spread) on these rows."""
    from scipy.optimize import minimize

    from gonghui.brain import understand
    from gonghui.law.advice.matching import FEATURES, matcher

    found = matcher()
    place = {topic.id: n for n, topic in enumerate(found.topics)}
    tables, wanted = [], []
    for row in rows:
        text = texts[row["key"]]
        features = found.features(understand(text["text"], text["title"], facts=False))
        assert features is not None
        tables.append(features)
        share = np.zeros(len(place))
        for rank, code in enumerate(row["topics"]):
            share[place[code]] = 0.6 if rank else 1.0
        wanted.append(share / share.sum())
    table, truth = np.array(tables), np.array(wanted)
    spread = table.std(axis=(0, 1)) + 1e-6
    table = table / spread

    def loss(weights: Any) -> tuple[float, Any]:
        scores = table @ weights
        scores -= scores.max(axis=1, keepdims=True)
        log = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
        gradient = -np.einsum("nt,ntk->k", truth - np.exp(log), table) + 10 * weights
        return float(-(truth * log).sum() + 5 * weights @ weights), gradient

    weights = minimize(loss, np.zeros(len(FEATURES)), jac=True, method="L-BFGS-B").x / spread
    return {name: round(float(weight), 3) for name, weight in zip(FEATURES, weights, strict=True)}


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
        began = time.perf_counter()
        plan = advise(text["text"], title=text["title"])
        times.append(1000 * (time.perf_counter() - began))
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
        "p50_ms": round(percentile(times, 0.5), 1),
        "p99_ms": round(percentile(times, 0.99), 1),
        "bm25": by_words(rows, texts),
    }
    return result | ({"missed": missed} if show else {})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--split", default="test", choices=["tune", "test"])
    parser.add_argument("--missed", action="store_true")
    parser.add_argument("--fit", action="store_true", help="print the weights learnt from this split")
    options = parser.parse_args()
    setup(reads_only_files=True)
    rows = [row for _, row in read_rows(LABELS) if row["split"] == options.split]
    texts = texts_of([row["key"] for row in rows])
    if options.fit:
        print(json.dumps(fit(rows, texts)))
        return
    report = {"split": options.split, "all": measure(rows, texts, options.missed)}
    stard = [row for row in rows if row["key"].startswith(("stard:", "lecoqa:"))]
    sure = [row for row in rows if not row.get("note", "").startswith("weak")]
    report |= {"questions": measure(stard, texts, False), "without_weak_labels": measure(sure, texts, False)}
    print(json.dumps({**report, "machine": machine()}, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
