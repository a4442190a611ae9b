"""Learning the order of articles from questions with known answers (学习排序). Needs the dependency group `brain`.

Nothing of the questions that are kept for the report is used: `fit` is given the training questions only. Each of them
is described by a memory that lacks it (folds), so that the order cannot lean on having seen the answer.
"""

from __future__ import annotations

import gzip
import json
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from gonghui.brain.encoder import Encoder
from gonghui.brain.statutes.corpus import Article, Question, read_corpus, read_rows
from gonghui.brain.statutes.evidence import FEATURES, Evidence, Index, gather
from gonghui.brain.statutes.index import (
    ARTEFACTS,
    Reduction,
    _question_part,
    build_index,
    corpus_version,
    passage,
    text_key,
)
from gonghui.brain.statutes.postings import Floats
from gonghui.brain.statutes.ranker import ROUGH_SHARE
from gonghui.brain.statutes.situations import situation_of, situation_questions

# Candidates a question lends to learning: the best of the rough order, and some at random.
_HARD, _RANDOM = 150, 40
PARAMETERS: dict[str, Any] = {
    "n_estimators": 250,
    "num_leaves": 15,
    "learning_rate": 0.05,
    "min_child_samples": 30,
    "subsample": 0.8,
    "subsample_freq": 1,
    "colsample_bytree": 0.6,
    "reg_lambda": 5.0,
    "lambdarank_truncation_level": 20,
}
_SEEDS = 1
# Shares of the rough order that cross-validation compares; the ranker's own is one of them.
SHARES = (0.0, 0.5, 1.0, 1.5, 2.5, 4.0)


@dataclass(frozen=True, slots=True)
class Described:
    """A question with the evidence for its candidates and which of them are right; and as the ranker would see it."""

    question: Question
    evidence: Evidence
    right: np.ndarray
    natural: Evidence


@dataclass(frozen=True, slots=True)
class Halves:
    """Vectors by encoders that had not seen a question's half in training (`scripts.tune_encoder`).

    Question n of the training questions belongs to half n % 2; the handbook's situations, which no half learnt from,
    follow them. articles: places in the corpus whose vectors are there; passages, questions: a pair each of
    (articles, 384) and (questions, 384).
    """

    articles: np.ndarray
    passages: tuple[Floats, Floats]
    questions: tuple[Floats, Floats]

    @classmethod
    def load(cls, path: Path) -> Halves:
        with np.load(path) as kept:
            return cls(
                kept["articles"],
                (kept["passages0"].astype(np.float32), kept["passages1"].astype(np.float32)),
                (kept["questions0"].astype(np.float32), kept["questions1"].astype(np.float32)),
            )


def describe(
    articles: Sequence[Article],
    questions: Sequence[Question],
    folder: Path,
    halves: Halves,
    *,
    artefacts: Path,
    encoder: Encoder,
    folds: int = 8,
) -> list[Described]:
    """Evidence of each question from a memory without its fold, and vectors of an encoder that had not seen it.

    `folds` must be even, so that a fold lies in one half. The questions of one situation lie in one fold.
    """
    codes = list(dict.fromkeys(situation_of(q) for q in questions if situation_of(q)))
    fold_of = [(codes.index(c) if (c := situation_of(q)) else n) % folds for n, q in enumerate(questions)]
    place = {article.id: at for at, article in enumerate(articles)}
    reduction = Reduction.load(artefacts)
    plain = np.load(folder / "vectors.npy")
    found = []
    for fold in range(folds):
        half = fold % 2
        rest = [n for n in range(len(questions)) if fold_of[n] != fold]
        with tempfile.TemporaryDirectory() as name:
            part = Path(name)
            for path in folder.iterdir():
                if not path.name.startswith(("asked", "answer", "asking", "gold", "questions")):
                    (part / path.name).symlink_to(path)
            _question_part(articles, [questions[n] for n in rest], part, encoder, artefacts)
            index = Index(part)
            asked = reduction(halves.questions[half])
            index.asked_vectors = asked[[n for n in rest if any(a in place for a in questions[n].gold)]]
            index.vectors = plain.copy()
            index.vectors[halves.articles] = reduction(halves.passages[half])
            for n in [n for n in range(len(questions)) if fold_of[n] == fold]:
                gold = np.array([place[a] for a in questions[n].gold if a in place], dtype=np.int64)
                evidence = gather(index, questions[n].text, asked[n], gold)
                natural = gather(index, questions[n].text, asked[n])
                found.append(Described(questions[n], evidence, np.isin(evidence.candidates, gold), natural))
    return found


def cross_validate(
    described: Sequence[Described], ids: Sequence[str], shares: Sequence[float], folds: int = 5
) -> dict[float, tuple[Figures, Figures]]:
    """Figures of the learnt order on questions it was not learnt from, for each share of the rough order.

    The public questions and the handbook's situations apart.
    """
    ranked: dict[float, list[tuple[Question, list[str]]]] = {share: [] for share in shares}
    codes = [situation_of(d.question) for d in described]
    order_of = {code: n for n, code in enumerate(dict.fromkeys(filter(None, codes)))}
    fold_of = [(order_of[code] if code else n) % folds for n, code in enumerate(codes)]
    for fold in range(folds):
        models = fit_order([d for n, d in enumerate(described) if fold_of[n] != fold])
        for item in [d for n, d in enumerate(described) if fold_of[n] == fold]:
            learnt = predict(models, item.natural.table)
            for share in shares:
                order = np.argsort(-blend(learnt, item.natural.rough, share), kind="stable")[:100]
                ranked[share].append((item.question, [ids[at] for at in item.natural.candidates[order]]))
    counts = Counter(a for d in described for a in d.question.gold)

    def figures(rows: list[tuple[Question, list[str]]], situations: bool) -> Figures:
        kept = [row for row in rows if bool(situation_of(row[0])) == situations]
        return measure(kept, lambda a: counts[a] > 1)

    return {share: (figures(rows, False), figures(rows, True)) for share, rows in ranked.items()}


def make_vectors(articles: Sequence[Article], vectors: Floats, target: Path, kept: int = 128) -> None:
    """Write the reduction and the reduced vectors of the packaged corpus. `vectors`: (articles, 384)."""
    mean = vectors.mean(axis=0)
    _, axes = np.linalg.eigh(np.cov((vectors - mean).T))
    reduction = Reduction(mean.astype(np.float32), axes[:, ::-1][:, :kept].astype(np.float32))
    np.savez(target / "reduction.npz", mean=reduction.mean, axes=reduction.axes)
    reduced = reduction(vectors)
    scale = np.abs(reduced).max(axis=0) / 127
    keys = np.array([text_key(passage(article)) for article in articles], dtype=np.uint64)
    keys, first = np.unique(keys, return_index=True)
    whole = np.clip(np.round(reduced[first] / scale), -127, 127).astype(np.int8)
    np.savez(target / "vectors.npz", keys=keys, vectors=whole, scale=scale.astype(np.float32))


def fit(
    data: Path,
    halves: Halves,
    target: Path = ARTEFACTS,
    *,
    vectors: Floats | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Make every artefact of this package from `stard/` and `consult/` of the shared folder; returns the manifest."""
    articles = read_corpus(data / "stard" / "corpus.jsonl.gz")
    answers = {str(row["query_id"]): row for _, row in read_rows(data / "consult" / "lecoqa.jsonl")}
    rows = [row for _, row in read_rows(data / "stard" / "queries.jsonl")]
    questions = {
        split: [_question(row, answers.get(str(row["query_id"]), {})) for row in rows if row["split"] == split]
        for split in ("train", "dev")
    }
    target.mkdir(parents=True, exist_ok=True)
    write_rows(target / "corpus.jsonl.gz", [{"id": a.id, "name": a.name, "text": a.text} for a in articles])
    write_rows(
        target / "questions.jsonl.gz",
        [
            {"query_id": q.id, "text": q.text, "gold": q.gold, "answer": q.answer, "labour": q.labour}
            for q in questions["train"]
        ],
    )
    encoder = Encoder.default()
    if vectors is None:
        say("encoding the corpus; some twenty minutes on one core")
        vectors = encoder.encode([passage(article) for article in articles], "passage")
    make_vectors(articles, vectors, target)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        say("index")
        learnt = [*questions["train"], *situation_questions(articles)]
        build_index(articles, learnt, folder, encoder=encoder, artefacts=target)
        say("evidence of the training questions")
        described = describe(articles, learnt, folder, halves, artefacts=target, encoder=encoder)
        say("cross-validation")
        ids = [article.id for article in articles]
        validated = cross_validate(described, ids, SHARES)
        for share, figures in validated.items():
            say(f"rough share {share}: {figures}")
        models = fit_order(described)
        (target / "order.onnx").write_bytes(order_graph(models))
    manifest = {
        "name": "statutes",
        "version": corpus_version(articles),
        "made": datetime.now(UTC).date().isoformat(),
        "source": "STARD and LeCoQA (MIT licence); statutes from the national database of laws, April 2025",
        "fitted_on": f"{len(questions['train'])} questions of the train split, {len(learnt) - len(questions['train'])}"
        " of the handbook's situations",
        "cross_validation": asdict(validated[ROUGH_SHARE][0]),
        "cross_validation_situations": asdict(validated[ROUGH_SHARE][1]),
        "command": "gonghui brain fit-statutes",
    }
    (target / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return manifest


def _question(row: dict[str, Any], answer: dict[str, Any]) -> Question:
    said = "。".join(str(answer[name]) for name in ("关键词", "答案文本") if isinstance(answer.get(name), str))
    return Question(str(row["query_id"]), row["text"], tuple(row["gold"]), said[:600], bool(row["labour"]))


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """JSON Lines, gzip; the same rows give the same bytes."""
    body = "".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows)
    path.write_bytes(gzip.compress(body.encode(), mtime=0))


def fit_order(described: Sequence[Described]) -> list[Any]:
    """LambdaMART (Burges 2010) over the evidence, some seeds of it."""
    import lightgbm

    random = np.random.default_rng(0)
    tables, rights, sizes = [], [], []
    for item in described:
        kept = item.right.copy()
        kept[np.argsort(-item.evidence.rough, kind="stable")[:_HARD]] = True
        kept[random.choice(len(kept), min(len(kept), _RANDOM), replace=False)] = True
        tables.append(item.evidence.table[kept])
        rights.append(item.right[kept].astype(int))
        sizes.append(int(kept.sum()))
    table, right = np.concatenate(tables), np.concatenate(rights)
    return [
        lightgbm.LGBMRanker(**PARAMETERS, random_state=seed + 1, n_jobs=2, verbose=-1).fit(table, right, group=sizes)
        for seed in range(_SEEDS)
    ]


def predict(models: Sequence[Any], table: Floats) -> Floats:
    """Mean score of the models."""
    return np.mean([model.booster_.predict(table) for model in models], axis=0).astype(np.float32)


def order_graph(models: Sequence[Any]) -> bytes:
    """All trees of all models as one ONNX graph: `table` (candidates, features) → `score`."""
    import onnx
    from onnx import TensorProto, helper

    nodes: dict[str, list[Any]] = {name: [] for name in ("tree", "id", "feature", "value", "mode", "yes", "no")}
    leaves: dict[str, list[Any]] = {name: [] for name in ("tree", "id", "weight")}
    tree_number = 0

    def walk(node: dict[str, Any], number: int, count: list[int]) -> int:
        own = count[0]
        count[0] += 1
        at = len(nodes["tree"])
        leaf = "leaf_value" in node
        for name, value in {
            "tree": number,
            "id": own,
            "feature": 0 if leaf else node["split_feature"],
            "value": 0.0 if leaf else node["threshold"],
            "mode": "LEAF" if leaf else "BRANCH_LEQ",
            "yes": 0,
            "no": 0,
        }.items():
            nodes[name].append(value)
        if leaf:
            for name, value in (("tree", number), ("id", own), ("weight", node["leaf_value"] / len(models))):
                leaves[name].append(value)
        else:
            nodes["yes"][at] = walk(node["left_child"], number, count)
            nodes["no"][at] = walk(node["right_child"], number, count)
        return own

    for model in models:
        for tree in model.booster_.dump_model()["tree_info"]:
            walk(tree["tree_structure"], tree_number, [0])
            tree_number += 1
    operator = helper.make_node(
        "TreeEnsembleRegressor",
        ["table"],
        ["score"],
        domain="ai.onnx.ml",
        n_targets=1,
        nodes_treeids=nodes["tree"],
        nodes_nodeids=nodes["id"],
        nodes_featureids=nodes["feature"],
        # float32 tables meet float32 thresholds: round down so that "at most" stays true.
        nodes_values=[float(np.float32(v)) for v in nodes["value"]],
        nodes_modes=nodes["mode"],
        nodes_truenodeids=nodes["yes"],
        nodes_falsenodeids=nodes["no"],
        nodes_missing_value_tracks_true=[0] * len(nodes["tree"]),
        target_treeids=leaves["tree"],
        target_nodeids=leaves["id"],
        target_ids=[0] * len(leaves["tree"]),
        target_weights=[float(w) for w in leaves["weight"]],
    )
    graph = helper.make_graph(
        [operator],
        "order",
        [helper.make_tensor_value_info("table", TensorProto.FLOAT, ["candidates", len(FEATURES)])],
        [helper.make_tensor_value_info("score", TensorProto.FLOAT, ["candidates", 1])],
    )
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", 20), helper.make_opsetid("ai.onnx.ml", 3)],
        ir_version=9,
    )
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def blend(learnt: Floats, rough: Floats, share: float) -> Floats:
    """The learnt order with some of the rough one, as the ranker does."""
    mixed: Floats = learnt / (float(learnt.std()) or 1.0) + np.float32(share) * rough / (float(rough.max()) or 1.0)
    return mixed


@dataclass(frozen=True, slots=True)
class Figures:
    """Recall and rank over questions; `seen` apart: gold articles that a training question also cites."""

    recall_10: float
    recall_100: float
    mrr_10: float
    recall_10_seen: float
    recall_10_unseen: float
    recall_100_seen: float
    recall_100_unseen: float
    questions: int


def measure(ranked: Sequence[tuple[Question, Sequence[str]]], seen: Callable[[str], bool]) -> Figures:
    """Figures of ranked article ids against each question's gold."""
    r10, r100, mrr = [], [], []
    hits: dict[tuple[int, bool], list[bool]] = {(k, s): [] for k in (10, 100) for s in (True, False)}
    for question, ids in ranked:
        ten, hundred = set(ids[:10]), set(ids[:100])
        r10.append(np.mean([a in ten for a in question.gold]))
        r100.append(np.mean([a in hundred for a in question.gold]))
        mrr.append(next((1 / (n + 1) for n, a in enumerate(ids[:10]) if a in question.gold), 0.0))
        for article in question.gold:
            hits[10, seen(article)].append(article in ten)
            hits[100, seen(article)].append(article in hundred)

    def mean(values: Sequence[Any]) -> float:
        return round(float(np.mean(values)), 3) if len(values) else 0.0

    return Figures(
        mean(r10),
        mean(r100),
        mean(mrr),
        mean(hits[10, True]),
        mean(hits[10, False]),
        mean(hits[100, True]),
        mean(hits[100, False]),
        len(ranked),
    )
