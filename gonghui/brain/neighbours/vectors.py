"""The vector of a whole message (文本向量): the mean of its sentences' vectors, moved to the middle of all messages.

A sentence encoder reads the first pieces of a text only; most letters say what they want at the end. The mean over all
sentences sees both, and what every letter says (greetings, thanks) is taken out by the centre. How this was chosen
against other ways: `docs/brain-figures.md`, `benchmarks.similar`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from gonghui.brain.encoder import DIMENSIONS, Encoder
from gonghui.brain.text import mask_personal

Vectors = npt.NDArray[np.float32]
Packed = npt.NDArray[np.int8]

# Stored beside each vector: vectors of different versions are never compared.
VERSION = "mean-1"
ARTEFACTS = Path(__file__).resolve().parents[1] / "artefacts" / "neighbours"
# Of a long letter the beginning and the end are read.
FIRST, LAST = 24, 8
# The title counts as much as half of the text.
TITLE_SHARE = 0.5
_SENTENCE_END = re.compile(r"(?<=[。！？!?；;\n])")
_NOT_WORD = re.compile(r"[\W_]+")
_LEAST_LETTERS = 4
_LONGEST = 200
_CUT = 100


def sentences(text: str) -> list[str]:
    """The sentences of a text with four letters or more, in order; one without full stops is cut every 100."""
    found = []
    for sentence in _SENTENCE_END.split(text):
        plain = " ".join(sentence.split())
        if len(plain) > _LONGEST:
            found += [plain[at : at + _CUT] for at in range(0, len(plain), _CUT)]
        else:
            found.append(plain)
    return [sentence for sentence in found if len(_NOT_WORD.sub("", sentence)) >= _LEAST_LETTERS]


@cache
def centre() -> Vectors:
    """The mean of the sentences of real messages, shape (384,)."""
    return np.asarray(np.load(ARTEFACTS / "centre.npy"), dtype=np.float32)


def compose(title: Vectors | None, body: Vectors) -> Vectors:
    """The vector of a message from the encoder's vectors of its title and of its sentences, shape (n, 384).

    Of unit length; zeros where there is nothing to read.
    """
    total = np.zeros(DIMENSIONS, dtype=np.float32)
    if len(body):
        total += (body - centre()).sum(axis=0)
    if title is not None:
        total += TITLE_SHARE * max(1, len(body)) * (title - centre())
    length = float(np.linalg.norm(total))
    return total / length if length > 0 else total


def vector_of(title: str, text: str, encoder: Encoder | None = None) -> Vectors:
    """The vector of one message, float32 of unit length, shape (384,); zeros for a text without letters.

    Numbers that point to a person are masked before anything is read.
    """
    body = sentences(mask_personal(text))
    if len(body) > FIRST + LAST:
        body = body[:FIRST] + body[-LAST:]
    head = sentences(mask_personal(title))[:1]
    if not head and not body:
        return np.zeros(DIMENSIONS, dtype=np.float32)
    found = (encoder or Encoder.default()).encode([*head, *body])
    return compose(found[0] if head else None, found[len(head) :])


def pack(vectors: Vectors) -> Packed:
    """The same directions in 8 bits: each row is stretched so that its largest number is 127. Any shape (…, 384)."""
    largest = np.abs(vectors).max(axis=-1, keepdims=True)
    return np.rint(vectors * (127.0 / np.maximum(largest, 1e-12))).astype(np.int8)


def unpack(packed: Packed) -> Vectors:
    """float32 of unit length from `pack`; zeros stay zeros."""
    wide = packed.astype(np.float32)
    lengths = np.linalg.norm(wide, axis=-1, keepdims=True)
    return np.asarray(wide / np.maximum(lengths, 1e-12), dtype=np.float32)


def to_bytes(vector: Vectors) -> bytes:
    """384 bytes for a table."""
    return pack(vector).tobytes()


def from_bytes(rows: Sequence[bytes]) -> Packed:
    """Rows of `to_bytes` again, shape (n, 384). Raises ValueError for a row of another length."""
    if any(len(row) != DIMENSIONS for row in rows):
        raise ValueError(f"a stored vector has {DIMENSIONS} bytes")
    return np.frombuffer(b"".join(rows), dtype=np.int8).reshape(len(rows), DIMENSIONS)
