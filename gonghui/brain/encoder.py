"""Sentence vectors on one CPU core (句向量): texts of like meaning lie close together.

A small multilingual encoder (12 layers, 384 numbers), cut to the pieces that Chinese text uses and stored in 8 bits.
Where it comes from, and how it was made: `artefacts/encoder/manifest.json`. One process needs some 60 MB for it.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

DIMENSIONS = 384
DEFAULT = Path(__file__).resolve().parent / "artefacts" / "encoder"
# What the encoder was trained to see before a question and before a passage.
_PREFIX = {"query": "query: ", "passage": "passage: "}
# Longer texts are cut: the meaning of a question or an article shows in its first pieces.
MAX_PIECES = {"query": 48, "passage": 160}
_MAX_CHARS = {"query": 400, "passage": 600}

Vectors = npt.NDArray[np.float32]


class Encoder:
    """Loads the model once (0.1 s); `encode` may be called from several threads."""

    def __init__(self, folder: Path = DEFAULT, threads: int = 1) -> None:
        # Both are loaded only where a vector is asked for: a web process that never does keeps its memory.
        import onnxruntime
        import sentencepiece

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session: Any = onnxruntime.InferenceSession(
            os.fspath(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
        self._pieces: Any = sentencepiece.SentencePieceProcessor(model_file=os.fspath(folder / "pieces.model"))

    @classmethod
    def default(cls) -> Encoder:
        """The packaged encoder, loaded at first use and shared by the process."""
        return _default()

    def encode(self, texts: Sequence[str], kind: str = "query", batch: int = 16) -> Vectors:
        """Vectors of unit length, shape (texts, 384), float32; their dot product is the likeness, -1..1.

        kind: `query` for what is asked, `passage` for what is found; of two equals use `query` for both.
        """
        pieces = [self._cut(text, kind) for text in texts]
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        # Texts of like length together, so that little padding is computed.
        order = sorted(range(len(texts)), key=lambda at: len(pieces[at]))
        for start in range(0, len(order), batch):
            members = order[start : start + batch]
            width = max(len(pieces[at]) for at in members)
            ids = np.full((len(members), width), self._pieces.pad_id(), dtype=np.int64)
            mask = np.zeros((len(members), width), dtype=np.int64)
            for row, at in enumerate(members):
                ids[row, : len(pieces[at])] = pieces[at]
                mask[row, : len(pieces[at])] = 1
            places = np.arange(width, dtype=np.int64)
            (found,) = self._session.run(None, {"ids": ids, "mask": mask, "pos": places})
            vectors[members] = found / np.linalg.norm(found, axis=1, keepdims=True)
        return vectors

    def _cut(self, text: str, kind: str) -> list[int]:
        # A lone surrogate cannot be encoded as UTF-8, which the cutter needs.
        plain = " ".join(unicodedata.normalize("NFKC", text[: _MAX_CHARS[kind]]).split())
        clean = plain.encode("utf-8", "ignore").decode()
        ids = self._pieces.encode(_PREFIX[kind] + clean)[: MAX_PIECES[kind]]
        return [self._pieces.bos_id(), *ids, self._pieces.eos_id()]


@cache
def _default() -> Encoder:
    return Encoder()
