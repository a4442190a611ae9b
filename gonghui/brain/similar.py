"""Near-duplicates (相似与重复): exact similarity, a MinHash signature, and band keys for look-up by equality.

A caller stores `bands(fingerprint(text))` in an indexed table; two texts that share a band are candidates, and
`similarity` settles them. That works in any SQL database. With 16 bands of 4 a pair of similarity 0.85 is missed
less than once in 10,000, one of 0.5 is a candidate in 64 of 100 cases, one of 0.2 in 3 (for long texts; short ones
vary more, since their signature repeats values).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import TypeVar

from gonghui.brain.text import cut

SIGNATURE_SIZE = 64
BAND_ROWS = 4
_GRAM = 3
_MASK = (1 << 64) - 1
_NOT_WORD = re.compile(r"[\W_]+")

Id = TypeVar("Id")


def shingles(text: str) -> frozenset[str]:
    """Character 3-grams of the letters and digits of normalised text; a shorter text is its own only gram."""
    letters = _NOT_WORD.sub("", cut(text)[0].lower())
    if not letters:
        return frozenset()
    if len(letters) <= _GRAM:
        return frozenset({letters})
    return frozenset(letters[at : at + _GRAM] for at in range(len(letters) - _GRAM + 1))


def similarity(a: str, b: str) -> float:
    """Jaccard similarity of the two texts' 3-grams, 0..1. Symmetric; 0 where there is no letter."""
    return _jaccard(shingles(a), shingles(b))


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    if not left or not right:
        return 0.0
    common = len(left & right)
    return common / (len(left) + len(right) - common)


def fingerprint(text: str) -> list[int]:
    """MinHash signature: 64 integers below 2**63, the same on every machine; [] for a text without letters.

    One hash a gram decides both the bin and the value (one-permutation hashing); an empty bin borrows from the
    next filled one, mixed with the distance.
    """
    bins: list[int | None] = [None] * SIGNATURE_SIZE
    for gram in shingles(text):
        value = int.from_bytes(blake2b(gram.encode("utf-8"), digest_size=8).digest(), "big")
        bin_number, rest = value % SIGNATURE_SIZE, value >> 6
        kept = bins[bin_number]
        if kept is None or rest < kept:
            bins[bin_number] = rest
    if all(kept is None for kept in bins):
        return []
    signature = []
    for number in range(SIGNATURE_SIZE):
        distance = 0
        while (kept := bins[(number + distance) % SIGNATURE_SIZE]) is None:
            distance += 1
        signature.append(((kept + distance * 0x9E3779B97F4A7C15) & _MASK) >> 1)
    return signature


def estimated_similarity(left: list[int], right: list[int]) -> float:
    """Share of equal places of two signatures: an estimate of the Jaccard similarity with error near 0.06."""
    if not left or not right:
        return 0.0
    return sum(a == b for a, b in zip(left, right, strict=True)) / len(left)


def bands(signature: list[int]) -> list[str]:
    """16 keys of 19 characters; texts of similarity 0.85 and more share one almost surely. [] for []."""
    keys = []
    for at in range(0, len(signature), BAND_ROWS):
        packed = b"".join(value.to_bytes(8, "big") for value in signature[at : at + BAND_ROWS])
        keys.append(f"{at // BAND_ROWS:02d}:{blake2b(packed, digest_size=8).hexdigest()}")
    return keys


def near_duplicates(text: str, candidates: Iterable[tuple[Id, str]], threshold: float = 0.85) -> list[tuple[Id, float]]:
    """Candidates at least `threshold` similar (handbook 1.9), most similar first; ties keep the given order."""
    own = shingles(text)
    scored = [(key, _jaccard(own, shingles(other))) for key, other in candidates]
    return sorted((pair for pair in scored if pair[1] >= threshold), key=lambda pair: -pair[1])
