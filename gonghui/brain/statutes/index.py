"""The folder that a ranker works on: built from a corpus and learnt questions, then mapped by every process."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gonghui.brain.encoder import Encoder
from gonghui.brain.statutes.corpus import Article, CorpusError, Question
from gonghui.brain.statutes.postings import Floats, Postings, cutter, key, pairs

FORMAT = 2
ARTEFACTS = Path(__file__).resolve().parents[1] / "artefacts" / "statutes"
_PASSAGE = 300
_INTERPRETATION = re.compile(r"最高人民(?:法院|检察院)|解释|批复")
_RULE = re.compile(r"(?:条例|规定|办法|细则|决定)(?:（.*）)?$")
# Answers are read for the words of the law that they use; the first ones carry them.
_ANSWER_WORDS = 80


def passage(article: Article) -> str:
    """What of an article the encoder reads."""
    return f"{article.name} {article.text}"[:_PASSAGE]


def text_key(text: str) -> int:
    """64-bit key of a text, by which its vector is kept."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


class Reduction:
    """From 384 numbers to fewer, so that a question meets every article in a millisecond (主成分降维).

    mean: (384,); axes: (384, kept); fitted on the vectors of the packaged corpus.
    """

    def __init__(self, mean: Floats, axes: Floats) -> None:
        self.mean, self.axes = mean, axes

    def __call__(self, vectors: Floats) -> Floats:
        reduced = (vectors - self.mean) @ self.axes
        return (reduced / (np.linalg.norm(reduced, axis=1, keepdims=True) + 1e-9)).astype(np.float32)

    @classmethod
    def load(cls, folder: Path) -> Reduction:
        with np.load(folder / "reduction.npz") as kept:
            return cls(kept["mean"], kept["axes"])


class KnownVectors:
    """Vectors of the packaged corpus by the key of their text, one byte a number."""

    def __init__(self, keys: npt.NDArray[np.uint64], vectors: npt.NDArray[np.int8], scale: Floats) -> None:
        self.keys, self.vectors, self.scale = keys, vectors, scale

    @classmethod
    def load(cls, folder: Path) -> KnownVectors:
        with np.load(folder / "vectors.npz") as kept:
            return cls(kept["keys"], kept["vectors"], kept["scale"])

    def find(self, wanted: npt.NDArray[np.uint64]) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Vectors in the order of the wanted keys (zeros where unknown), and which are known."""
        place = np.minimum(np.searchsorted(self.keys, wanted), len(self.keys) - 1)
        known = self.keys[place] == wanted
        vectors = self.vectors[place].astype(np.float32) * self.scale
        vectors[~known] = 0
        norm = np.linalg.norm(vectors, axis=1, keepdims=True)
        return (vectors / np.maximum(norm, 1e-9)).astype(np.float32), known


def law_kind(title: str) -> int:
    """0 law, 1 judicial interpretation, 2 regulation or rule."""
    if _INTERPRETATION.search(title):
        return 1
    return 2 if _RULE.search(title) else 0


def build_index(
    articles: Sequence[Article],
    questions: Sequence[Question],
    folder: Path,
    *,
    encoder: Encoder | None = None,
    artefacts: Path = ARTEFACTS,
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Write the index of a corpus into `folder`, complete or not at all.

    questions: those whose gold articles the ranker may remember; gold that the corpus lacks is left out.
    Articles whose text is not among the packaged vectors are encoded here, some sixty a second on one core.
    Raises CorpusError.
    """
    if not articles:
        raise CorpusError("no articles to index")
    encoder = encoder or Encoder.default()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.json").unlink(missing_ok=True)
    say(f"cutting {len(articles)} articles into words")
    _text_part(articles, folder)
    say("vectors of the articles")
    new = _vector_part(articles, folder, encoder, artefacts)
    say(f"{new} articles encoded anew; questions")
    _question_part(articles, questions, folder, encoder, artefacts)
    manifest = {
        "format": FORMAT,
        "articles": len(articles),
        "questions": len(questions),
        "corpus": corpus_version(articles),
        "encoded": new,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def corpus_version(articles: Sequence[Article]) -> str:
    """Name of a state of a corpus: 12 hex digits over ids and texts."""
    digest = blake2b(digest_size=6)
    for article in articles:
        digest.update(f"{article.id}\0{article.name}\0{article.text}\0".encode("utf-8", "replace"))
    return digest.hexdigest()


def _text_part(articles: Sequence[Article], folder: Path) -> None:
    cut = cutter()
    titles = [article.title for article in articles]
    texts = [f"{title}。{article.text}" for title, article in zip(titles, articles, strict=True)]
    Postings.build([cut(text) for text in texts]).save(folder, "words")
    Postings.build([pairs(text) for text in texts]).save(folder, "pairs")
    laws: dict[str, int] = {}
    law = np.array([laws.setdefault(article.law, len(laws)) for article in articles], dtype=np.int32)
    title_of: dict[int, str] = {}
    for number, title in zip(law.tolist(), titles, strict=True):
        title_of.setdefault(number, title)
    Postings.build([cut(title_of[number]) for number in range(len(laws))], b=0.3).save(folder, "titles")
    np.save(folder / "law.npy", law)
    np.save(folder / "kind.npy", np.array([law_kind(title) for title in titles], dtype=np.int8))
    np.save(folder / "length.npy", np.log1p([len(article.text) for article in articles]).astype(np.float32))
    names = {"ids": [article.id for article in articles], "names": [article.name for article in articles]}
    (folder / "articles.json").write_text(json.dumps(names, ensure_ascii=False), encoding="utf-8")


def _vector_part(articles: Sequence[Article], folder: Path, encoder: Encoder, artefacts: Path) -> int:
    reduction = Reduction.load(artefacts)
    passages = [passage(article) for article in articles]
    wanted = np.array([text_key(text) for text in passages], dtype=np.uint64)
    vectors, known = KnownVectors.load(artefacts).find(wanted)
    missing = np.flatnonzero(~known)
    if len(missing):
        vectors[missing] = reduction(encoder.encode([passages[at] for at in missing], "passage"))
    np.save(folder / "vectors.npy", vectors)
    return len(missing)


def _question_part(
    articles: Sequence[Article], questions: Sequence[Question], folder: Path, encoder: Encoder, artefacts: Path
) -> None:
    place = {article.id: at for at, article in enumerate(articles)}
    kept = [q for q in questions if any(article_id in place for article_id in q.gold)]
    (folder / "questions.json").write_text(json.dumps([q.text for q in kept], ensure_ascii=False), encoding="utf-8")
    cut = cutter()
    terms = [cut(q.text) + pairs(q.text) for q in kept]
    answers = [cut(q.answer) + pairs(q.answer) for q in kept]
    # An index over nothing still answers: one empty question stands in.
    Postings.build(terms or [[]], b=0.5).save(folder, "asked")
    Postings.build([t * 2 + a for t, a in zip(terms, answers, strict=True)] or [[]], 1.5, 0.7).save(folder, "answered")
    _ragged(folder, "gold", [[place[a] for a in q.gold if a in place] for q in kept])
    _ragged(folder, "answer_words", [[key(w) for w in dict.fromkeys(cut(q.answer))][:_ANSWER_WORDS] for q in kept])
    vectors = encoder.encode([q.text for q in kept]) if kept else np.zeros((0, 384), dtype=np.float32)
    np.save(folder / "asked_vectors.npy", Reduction.load(artefacts)(vectors))
    counts = Counter(term for document in terms for term in set(document))
    hashed = Counter[int]()
    for term, count in counts.items():
        hashed[key(term)] += count
    np.save(folder / "asking.keys.npy", np.array(sorted(hashed), dtype=np.uint32))
    np.save(folder / "asking.counts.npy", np.array([hashed[k] for k in sorted(hashed)], dtype=np.float32))


def _ragged(folder: Path, name: str, rows: list[list[int]]) -> None:
    np.save(folder / f"{name}.starts.npy", np.cumsum([0, *map(len, rows)]).astype(np.int64))
    np.save(folder / f"{name}.values.npy", np.array([v for row in rows for v in row], dtype=np.int64))
