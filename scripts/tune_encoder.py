"""Trains the encoder's top layers on questions and the articles that answer them (句向量模型微调).

    uv run --group brain python -m scripts.tune_encoder e5-small-q4.bin ../shared/data OUT_FOLDER

Training questions only (STARD's `train`, LeCoQA's answers; MIT licence). They are split in two halves by their place;
each half trains the last four layers from the public weights for itself (four passes, contrastive with negatives from
BM25), and the mean of both is the encoder: `OUT_FOLDER/top.npz` for `scripts.encoder --tuned`. `halves.npz` holds the
vectors of each half's encoder, so that the ranking can be learnt from vectors that had not seen a question
(`gonghui brain fit-statutes --halves`); those of the handbook's situations, which no half learns from, stand behind the
training questions. Some forty minutes on two cores.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import sentencepiece

from gonghui.brain.statutes.corpus import read_corpus, read_rows
from gonghui.brain.statutes.index import cutter, passage
from gonghui.brain.statutes.postings import Postings, pairs
from gonghui.brain.statutes.situations import situation_questions
from scripts.encoder import Weights, cutter_of

FROZEN, PASSES, RATE, TEMPERATURE = 8, 4, 4e-5, 0.03
QUESTIONS, NEGATIVES = 16, 3
_WIDTHS = (32, 64, 96, 144)
_POOL = 110

Texts = list[np.ndarray]


class Layers:
    """The transformer in JAX: the same sums as the graph of `scripts.encoder`."""

    def __init__(self, weights: Weights) -> None:
        self.weights, self.kept = weights, weights.kept()
        self.pieces = sentencepiece.SentencePieceProcessor(model_proto=cutter_of(weights, self.kept))
        h = weights.hidden
        self.word = weights.matrix("emb.word", weights.vocabulary, h)[self.kept]
        self.place = weights.vector("emb.pos").reshape(-1, h) + weights.vector("emb.type")[:h]
        self.first = {n: jax.tree.map(jnp.asarray, weights.layer(n)) for n in range(FROZEN)}
        self.norm = weights.vector("emb.ln.w"), weights.vector("emb.ln.b")
        self._low = jax.jit(partial(self._through, range(FROZEN)))
        self.vectors = jax.jit(self._vectors)

    def top(self) -> dict[int, Any]:
        """Fresh weights of the layers to train."""
        return {n: jax.tree.map(jnp.asarray, self.weights.layer(n)) for n in range(FROZEN, self.weights.layers)}

    def hidden(self, texts: Sequence[str], kind: str) -> Texts:
        """Each text after the frozen layers: (pieces, hidden) in half precision."""
        ids = [
            [self.pieces.bos_id(), *self.pieces.encode(f"{kind}: {' '.join(t.split())}")[:142], self.pieces.eos_id()]
            for t in texts
        ]
        found: Texts = [np.zeros(0)] * len(texts)
        for width, members in _by_width([len(i) for i in ids]):
            for start in range(0, len(members), 32):
                part = members[start : start + 32]
                x = np.zeros((32, width, self.weights.hidden), np.float32)
                mask = np.zeros((32, width), np.float32)
                for row, at in enumerate(part):
                    x[row, : len(ids[at])] = self.word[ids[at]] + self.place[: len(ids[at])]
                    mask[row, : len(ids[at])] = 1
                out = np.asarray(self._low(self.first, _normal(x, *self.norm), jnp.asarray(mask)))
                for row, at in enumerate(part):
                    found[at] = out[row, : len(ids[at])].astype(np.float16)
        return found

    def _vectors(self, top: dict[int, Any], x: Any, mask: Any) -> Any:
        x = self._through(range(FROZEN, self.weights.layers), top, x, mask)
        mean = (x * mask[..., None]).sum(1) / mask.sum(1, keepdims=True)
        return mean / jnp.linalg.norm(mean, axis=-1, keepdims=True)

    def _through(self, numbers: range, layers: dict[int, Any], x: Any, mask: Any) -> Any:
        bias = ((1 - mask) * -1e4)[:, None, None, :]
        for number in numbers:
            x = self._layer(layers[number], x, bias)
        return x

    def _layer(self, p: Any, x: Any, bias: Any) -> Any:
        texts, width, h = x.shape
        heads = self.weights.heads

        def apart(z: Any) -> Any:
            return z.reshape(texts, width, heads, h // heads).transpose(0, 2, 1, 3)

        q, k, v = jnp.split(x @ p["qkvw"] + p["qkvb"], 3, axis=-1)
        seen = jax.nn.softmax(apart(q) @ apart(k).transpose(0, 1, 3, 2) / np.sqrt(h // heads) + bias, axis=-1) @ apart(
            v
        )
        x = _normal(x + seen.transpose(0, 2, 1, 3).reshape(texts, width, h) @ p["aow"] + p["aob"], p["l1w"], p["l1b"])
        inner = jax.nn.gelu(x @ p["fiw"] + p["fib"], approximate=False)
        return _normal(x + inner @ p["fow"] + p["fob"], p["l2w"], p["l2b"])

    def encode(self, top: dict[int, Any], texts: Texts) -> np.ndarray:
        """Vectors of texts whose lower layers are done."""
        vectors = np.zeros((len(texts), self.weights.hidden), np.float32)
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        for start in range(0, len(order), 32):
            part = order[start : start + 32]
            filled = part + [part[0]] * (32 - len(part))
            vectors[part] = np.asarray(self.vectors(top, *_batch([texts[at] for at in filled])))[: len(part)]
        return vectors


def _normal(x: Any, weight: Any, bias: Any) -> Any:
    mean = x.mean(-1, keepdims=True)
    return (x - mean) / jnp.sqrt(((x - mean) ** 2).mean(-1, keepdims=True) + 1e-12) * weight + bias


def _width(length: int) -> int:
    return next(width for width in _WIDTHS if length <= width or width == _WIDTHS[-1])


def _by_width(lengths: Sequence[int]) -> list[tuple[int, list[int]]]:
    return [(width, [at for at, n in enumerate(lengths) if _width(n) == width]) for width in _WIDTHS]


def _batch(texts: Texts) -> tuple[Any, Any]:
    width = _width(max(map(len, texts)))
    x = np.zeros((len(texts), width, texts[0].shape[1]), np.float32)
    mask = np.zeros((len(texts), width), np.float32)
    for row, text in enumerate(texts):
        x[row, : len(text)], mask[row, : len(text)] = text, 1
    return jnp.asarray(x), jnp.asarray(mask)


def train(
    layers: Layers,
    members: list[int],
    asked: Texts,
    answers: Texts,
    passages: Texts,
    gold: list[list[int]],
    wrong: list[list[int]],
) -> dict[int, Any]:
    """The trained layers. `members`: questions to learn from; gold, wrong: places among `passages`."""
    top = layers.top()
    first, second = jax.tree.map(jnp.zeros_like, top), jax.tree.map(jnp.zeros_like, top)

    def loss(top: Any, qx: Any, qm: Any, px: Any, pm: Any, truth: Any, barred: Any) -> Any:
        likeness = layers.vectors(top, qx, qm) @ layers.vectors(top, px, pm).T / TEMPERATURE + barred
        return -(jax.nn.log_softmax(likeness, -1) * truth).sum(-1).mean()

    @jax.jit
    def step(top: Any, first: Any, second: Any, number: Any, rate: Any, *batch: Any) -> Any:
        value, slope = jax.value_and_grad(loss)(top, *batch)
        size = jnp.sqrt(sum((x**2).sum() for x in jax.tree.leaves(slope)))
        slope = jax.tree.map(lambda x: x * jnp.minimum(1, 1 / size), slope)
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, slope)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g**2, second, slope)
        top = jax.tree.map(
            lambda p, m, v: (
                p
                - rate * (m / (1 - 0.9**number) / (jnp.sqrt(v / (1 - 0.999**number)) + 1e-8) + 0.01 * p * (p.ndim > 1))
            ),
            top,
            first,
            second,
        )
        return top, first, second, value

    luck, number = random.Random(1), 0  # noqa: S311 - no secret
    steps = PASSES * (len(members) // QUESTIONS)
    for turn in range(PASSES):
        luck.shuffle(members)
        for start in range(0, len(members) - QUESTIONS + 1, QUESTIONS):
            part, chosen = members[start : start + QUESTIONS], []
            for n in part:
                near = [at for at in wrong[n][: 60 if turn == 0 else 30] if at not in gold[n]]
                chosen += [luck.choice(gold[n]), *luck.sample(near, NEGATIVES)]
            truth = np.zeros((QUESTIONS, len(chosen)), np.float32)
            barred = np.zeros((QUESTIONS, len(chosen)), np.float32)
            for row, n in enumerate(part):
                for column, at in enumerate(chosen):
                    if column == row * (NEGATIVES + 1):
                        truth[row, column] = 1
                    elif at in gold[n]:
                        barred[row, column] = -1e4
            number += 1
            rate = RATE * min(1, number / 20) * max(0.05, 1 - number / steps)
            questions = _batch([answers[n] if luck.random() < 0.25 else asked[n] for n in part])
            top, first, second, value = step(
                top,
                first,
                second,
                float(number),
                rate,
                *questions,
                *_batch([passages[at] for at in chosen]),
                truth,
                barred,
            )
            if number % 10 == 0:
                print(f"{number}/{steps} {float(value):.3f}", flush=True)
    return top


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("target", type=Path)
    options = parser.parse_args()
    articles = read_corpus(options.data / "stard" / "corpus.jsonl.gz")
    place = {article.id: at for at, article in enumerate(articles)}
    said = {row["query_id"]: row for _, row in read_rows(options.data / "consult" / "lecoqa.jsonl")}
    rows = [row for _, row in read_rows(options.data / "stard" / "queries.jsonl") if row["split"] == "train"]
    cut = cutter()
    texts = [f"{article.title}。{article.text}" for article in articles]
    words, two = Postings.build([cut(t) for t in texts]), Postings.build([pairs(t) for t in texts])
    near = []
    for row in rows:
        by_words, by_pairs = words.score(words.find(cut(row["text"]))[0]), two.score(two.find(pairs(row["text"]))[0])
        score = by_words / (by_words.max() or 1) + by_pairs / (by_pairs.max() or 1)
        near.append(np.argsort(-score, kind="stable")[:_POOL].tolist())
    situations = situation_questions(articles)
    cited = {a for row in rows for a in row["gold"]} | {a for question in situations for a in question.gold}
    chosen = sorted({at for n in near for at in n} | {place[a] for a in cited if a in place})
    local = {at: n for n, at in enumerate(chosen)}
    layers = Layers(Weights(options.weights))
    asked = layers.hidden([row["text"] for row in rows], "query")
    answers = layers.hidden([_answer(said.get(row["query_id"], {})) for row in rows], "query")
    extra = layers.hidden([question.text for question in situations], "query")
    passages = layers.hidden([passage(articles[at])[:240] for at in chosen], "passage")
    gold = [[local[place[a]] for a in row["gold"] if a in place] for row in rows]
    wrong = [[local[at] for at in n] for n in near]
    options.target.mkdir(parents=True, exist_ok=True)
    halves: dict[str, Any] = {"articles": np.array(chosen)}
    tops = []
    for half in (0, 1):
        members = [n for n in range(len(rows)) if n % 2 != half and gold[n]]
        tops.append(train(layers, members, asked, answers, passages, gold, wrong))
        halves[f"passages{half}"] = layers.encode(tops[-1], passages).astype(np.float16)
        halves[f"questions{half}"] = layers.encode(tops[-1], [*asked, *extra]).astype(np.float16)
    np.savez(options.target / "halves.npz", **halves)
    mean = jax.tree.map(lambda a, b: np.asarray((a + b) / 2), *tops)
    np.savez(options.target / "top.npz", **{f"{n}.{name}": v for n, part in mean.items() for name, v in part.items()})


def _answer(row: dict[str, Any]) -> str:
    return (
        "。".join(str(row[name]) for name in ("关键词", "答案文本") if isinstance(row.get(name), str))[:150]
        or "没有答案"
    )


if __name__ == "__main__":
    main()
