"""Triage against texts labelled twice by hand, beside TF-IDF with a linear SVM in the same run (研判).

    uv run --group brain python -m benchmarks.triage [DATA_FOLDER] [--keep | --speed]

The model is learnt anew from the tuning half of `benchmarks/data/triage_labels.jsonl` (and the board's labels, the
word lists and the written messages, without copies of what is measured) and measured on the other half; the shipped
model is learnt from both halves. Prints JSON: agreement of the two labellings, level 1 and 2, nature, urgency with
every missed P0/P1, worker type, labour or not, calibration (ECE, ten bins), speed; and the board's own seven classes by
five-fold cross-validation over its full texts. `--keep` writes the figures into the shipped model's manifest;
`--speed` prints texts a second alone.
"""

from __future__ import annotations

import gc
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import DATA, f1, machine
from gonghui.brain import Message, learn, linear, teaching, understand, understand_many
from gonghui.brain.moments import read_time
from gonghui.brain.statutes.corpus import read_rows

LABELS = Path(__file__).resolve().parent / "data" / "triage_labels.jsonl"


def kappa(first: Sequence[Any], second: Sequence[Any]) -> dict[str, float]:
    """Share of equal labels and Cohen's kappa."""
    size = len(first)
    same = sum(a == b for a, b in zip(first, second, strict=True)) / size
    left, right = Counter(first), Counter(second)
    chance = sum(left[label] * right[label] for label in left) / size**2
    return {"equal": round(same, 3), "kappa": round((same - chance) / (1 - chance), 3)}


def macro_f1(truth: Sequence[str], said: Sequence[str], least: int = 1) -> float:
    """Mean F1 over the classes that occur at least so often."""
    classes = [c for c, n in Counter(truth).items() if n >= least]
    return round(float(np.mean([f1([t == c for t in truth], [s == c for s in said])["f1"] for c in classes])), 3)


def readers(rows: Sequence[dict[str, Any]]) -> dict[str, float]:
    """What one of the two readers of the labels would be given by the other, by the measures above: nobody who learns
    from such labels can be shown to do better. Urgent: P0 or P1; labour: the first label's category is no 99."""
    first, second = [row["first"] for row in rows], [row["second"] for row in rows]
    levels, again = [a[0][:2] for a in first], [b[0][:2] for b in second]
    urgent = f1([a[2] in ("P0", "P1") for a in first], [b[2] in ("P0", "P1") for b in second])
    return {
        "level_1": round(sum(a == b for a, b in zip(levels, again, strict=True)) / len(rows), 3),
        "level_1_macro_f1": macro_f1(levels, again),
        "urgent_recall": urgent["recall"],
        "urgent_precision": urgent["precision"],
        "labour_f1": f1([level != "99" for level in levels], [level != "99" for level in again])["f1"],
    }


def calibration(scores: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error."""
    edges = np.minimum((np.array(scores) * bins).astype(int), bins - 1)
    hits = np.array(right, dtype=float)
    total = sum(
        abs(hits[edges == b].mean() - np.array(scores)[edges == b].mean()) * (edges == b).sum()
        for b in range(bins)
        if (edges == b).any()
    )
    return round(float(total / len(scores)), 3)


def measure(
    rows: list[dict[str, Any]], texts: dict[str, dict[str, Any]], learnt: linear.Model, *, closely: bool
) -> dict[str, Any]:
    """Figures of `understand` on labelled rows."""
    found = [texts[r["key"]] for r in rows]
    messages = (Message(t["text"], t["title"], read_time(t["time"])) for t in found)
    said = list(understand_many(messages, learnt=learnt, closely=closely))
    work = [i for i, r in enumerate(rows) if r["category"][:2] != "99"]
    truth = [r["category"][:2] for r in rows]
    first = [u.categories[0].code[:2] if u.categories else "--" for u in said]
    three = [any(c.code[:2] == t for c in u.categories[:3]) for u, t in zip(said, truth, strict=True)]
    grave = [r["urgency"] in ("P0", "P1") for r in rows]
    called = [u.urgency.level in ("P0", "P1") for u in said]
    top = [u.categories[0].score if u.categories else 0.0 for u in said]
    return {
        "texts": len(rows),
        "labour": f1([r["labour"] for r in rows], [u.is_labour.code == "labour" for u in said]),
        "labour_ece": calibration(
            [max(u.is_labour.score, 1 - u.is_labour.score) for u in said],
            [(u.is_labour.score >= 0.5) == r["labour"] for u, r in zip(said, rows, strict=True)],
        ),
        "level_1": {
            "accuracy": round(float(np.mean([a == b for a, b in zip(first, truth, strict=True)])), 3),
            "macro_f1": macro_f1(truth, first),
            "macro_f1_classes_of_5": macro_f1(truth, first, 5),
            "top_3": round(float(np.mean(three)), 3),
            "top_3_of_work": round(float(np.mean([three[i] for i in work])), 3),
        },
        "category_ece": calibration(
            top,
            [bool(u.categories) and u.categories[0].code == r["category"] for u, r in zip(said, rows, strict=True)],
        ),
        "level_2_of_work": round(
            float(
                np.mean([bool(said[i].categories) and said[i].categories[0].code == rows[i]["category"] for i in work])
            ),
            3,
        ),
        "nature": round(float(np.mean([u.nature.code == r["nature"] for u, r in zip(said, rows, strict=True)])), 3),
        "worker_type": round(
            float(
                np.mean(
                    [
                        (u.worker_type.code if u.worker_type else None) == r["worker_type"]
                        for u, r in zip(said, rows, strict=True)
                    ]
                )
            ),
            3,
        ),
        "urgent": f1(grave, called),
        "urgent_missed": [
            {"key": r["key"], "label": r["urgency"], "said": u.urgency.level}
            for r, u, g, c in zip(rows, said, grave, called, strict=True)
            if g and not c
        ],
    }


def predicted(table: Any, labels: Any, other: Any, strength: float = 0.5) -> Any:
    """What a linear SVM that learnt these rows says of others."""
    from sklearn.svm import LinearSVC

    return LinearSVC(C=strength, random_state=0).fit(table, labels).predict(other)


def svm_baseline(data: Path) -> dict[str, Any]:
    """TF-IDF of characters and a linear SVM, learnt from the same halves."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    tune, tune_texts = teaching.labelled_texts(data, LABELS, "tune")
    test, test_texts = teaching.labelled_texts(data, LABELS, "test")
    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    table = grams.fit_transform([t.full for t in tune_texts])
    other = grams.transform([t.full for t in test_texts])
    level = predicted(table, [r["category"][:2] for r in tune], other, 1.0)
    nature = predicted(table, [r["nature"] for r in tune], other, 1.0)
    labour = predicted(table, [r["labour"] for r in tune], other, 1.0)
    truth = [r["category"][:2] for r in test]
    return {
        "labour": f1([r["labour"] for r in test], [bool(v) for v in labour]),
        "level_1": {
            "accuracy": round(float(np.mean(np.array(truth) == level)), 3),
            "macro_f1": macro_f1(truth, list(level)),
            "macro_f1_classes_of_5": macro_f1(truth, list(level), 5),
        },
        "nature": round(float(np.mean(np.array([r["nature"] for r in test]) == nature)), 3),
    }


def board(data: Path) -> dict[str, Any]:
    """Seven classes of the board's full texts, five folds; ours learns from both files, the baselines as named."""
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [row for _, row in read_rows(data / "appeals" / "labelled.jsonl")]
    lists = [row for _, row in read_rows(data / "appeals" / "labelled_tokens.jsonl")]
    full = [teaching.text_of(r["title"], r["text"]).full for r in texts]
    terms = linear.Terms(*teaching.known_words([row["tokens"].split() for row in lists]), [], np.zeros(0))
    by_text, by_list = teaching.matrix(terms, full), teaching.matrix(terms, teaching.list_texts(lists))
    copies = teaching.list_copies(by_text, by_list, lists)
    # Characters of the words that a list knows, for lists and texts alike.
    joined = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=3, sublinear_tf=True)
    more_list = joined.fit_transform(["".join(r["tokens"].split()) for r in lists])
    more_text = joined.transform(["".join(character for character in text if character.isalnum()) for text in full])
    wide_list, wide_text = (
        sparse.hstack([words * 0.7, letters * 0.7]).tocsr()
        for words, letters in ((by_list, more_list), (by_text, more_text))
    )
    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    characters = grams.fit_transform([r["title"] + r["text"] for r in texts])
    truth, listed = np.array([r["label"] for r in texts]), np.array([r["label"] for r in lists])
    ours, wide, plain, copied = (truth.copy() for _ in range(4))
    for held, other, rest in teaching.board_folds(texts, lists, seed=1, copies=copies):
        labels = np.concatenate([listed[rest], truth[other]])
        ours[held] = predicted(sparse.vstack([by_list[rest], by_text[other]]), labels, by_text[held])
        wide[held] = predicted(sparse.vstack([wide_list[rest], wide_text[other]]), labels, wide_text[held])
        plain[held] = predicted(characters[other], truth[other], characters[held], 1.0)
    for held, other, rest in teaching.board_folds(texts, lists, seed=1):
        labels = np.concatenate([listed[rest], truth[other]])
        copied[held] = predicted(sparse.vstack([by_list[rest], by_text[other]]), labels, by_text[held])

    def figures(said: Any) -> dict[str, Any]:
        label = learn.BOARD_LABEL
        return {
            "macro_f1": macro_f1(list(truth), list(said)),
            "labour_f1": f1([t == label for t in truth], [s == label for s in said])["f1"],
        }

    return {
        "lists_that_are_copies": len(set().union(*copies)),
        "ours_both_files": figures(ours),
        "ours_words_and_characters": figures(wide),
        "ours_copies_kept": figures(copied),
        "svm_characters_full_texts": figures(plain),
    }


def speed(texts: list[dict[str, Any]]) -> dict[str, float]:
    """Texts a second of processor time: everything, and without facts, one by one and many at once."""
    # As the command `gonghui brain triage` does.
    linear.model()
    gc.freeze()

    messages = [Message(text["text"], text["title"]) for text in texts]

    def rate(call: Callable[[], Any], times: int = 3) -> float:
        best = 0.0
        for _ in range(times):
            start = time.process_time()
            call()
            best = max(best, len(texts) / (time.process_time() - start))
        return round(best, 1)

    return {
        "everything": rate(lambda: list(understand_many(messages))),
        "triage_only": rate(lambda: [understand(text, title, facts=False) for text, title, _ in messages]),
        "triage_only_many": rate(lambda: list(understand_many(messages, facts=False)), 20),
        "triage_only_many_closely": rate(lambda: list(understand_many(messages, facts=False, closely=True))),
        "mean_characters": round(float(np.mean([len(t["text"]) + len(t["title"]) for t in texts])), 1),
    }


def main() -> None:
    data = next((Path(argument) for argument in sys.argv[1:] if not argument.startswith("-")), DATA)
    rows = [row for _, row in read_rows(LABELS)]
    test = [row for row in rows if row["split"] == "test"]
    texts = teaching.originals(data, [row["key"] for row in rows])
    sample = [texts[row["key"]] for row in rows if row["key"].startswith("labelled:")]
    if "--speed" in sys.argv:
        print(json.dumps({"texts_a_second": speed(sample), "machine": machine()}, indent=1))
        return
    agreement = {
        name: kappa([part(r["first"]) for r in rows], [part(r["second"]) for r in rows])
        for name, part in {
            "level_1": lambda v: v[0][:2],
            "level_2": lambda v: v[0],
            "nature": lambda v: v[1],
            "urgency": lambda v: v[2],
            "worker_type": lambda v: v[3],
        }.items()
    }
    with tempfile.TemporaryDirectory() as name:
        learn.fit(data, LABELS, Path(name), splits=("tune",))
        half = linear.Model(Path(name))
        figures, quickly = (measure(test, texts, half, closely=closely) for closely in (True, False))
    report = {
        "split": {"tune": len(rows) - len(test), "test": len(test), "by": "hash of the key"},
        "learnt_from": half.manifest["learnt_from"],
        "words": half.manifest["words"],
        "pieces": half.manifest["pieces"],
        "agreement": agreement,
        "readers": readers(test),
        "ours": figures,
        "ours_by_words_alone": {name: quickly[name] for name in ("level_1", "category_ece", "level_2_of_work")},
        "svm": svm_baseline(data),
        "board": board(data),
        "texts_a_second": speed(sample),
        "machine": machine(),
    }
    print(json.dumps(report, ensure_ascii=False, indent=1))
    if "--keep" in sys.argv:
        path = linear.DEFAULT / "manifest.json"
        kept = json.loads(path.read_text(encoding="utf-8"))
        kept["measured"] = {
            "on": f"{len(test)} texts of the half that this fit's trial had not seen",
            "learnt_from": half.manifest["learnt_from"],
            **{
                name: figures[name]
                for name in ("labour", "labour_ece", "level_1", "category_ece", "nature", "worker_type")
            },
            "urgent": figures["urgent"],
        }
        path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
