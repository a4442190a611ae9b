"""Making a base (底段): lists of neighbours by k-means over the principal axes, written whole or not at all."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from gonghui.brain.encoder import DIMENSIONS
from gonghui.brain.neighbours.scopes import Scopes
from gonghui.brain.neighbours.segment import AXES, Ids, write_array
from gonghui.brain.neighbours.vectors import Packed, Vectors, unpack

FORMAT = 1
POINTER = "CURRENT"
# Rows that the axes and centres are learnt from, rounds of k-means, and rows a list.
_SAMPLE, _ROUNDS, _PER_LIST = 60_000, 8, 300
_CHUNK = 50_000


def build_segment(
    folder: Path,
    ids: Ids,
    vectors: Packed,
    paths: Sequence[Sequence[str]],
    restricted: Sequence[bool],
    note: Mapping[str, int] | None = None,
) -> Path:
    """Write a new base under `folder` and point to it; older ones are removed. Returns its folder.

    ids: (n,), each once; vectors: (n, 384) packed; paths, restricted: scope of each row. note: numbers that the caller
    wants to find again beside the base, such as how far it had read (`Index.note`).
    A reader has the old base or the new one, never half of one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    number = 1 + max((int(p.name) for p in folder.iterdir() if p.name.isdigit()), default=0)
    target = folder / str(number)
    target.mkdir()
    scopes = Scopes()
    codes = np.array([scopes.code(p, r) for p, r in zip(paths, restricted, strict=True)], dtype=np.uint32)
    axes = _axes(vectors)
    small = np.zeros((len(ids), AXES), dtype=np.float32)
    for start in range(0, len(ids), _CHUNK):
        small[start : start + _CHUNK] = unpack(vectors[start : start + _CHUNK]) @ axes.T
    centres = _centres(small)
    lists = _assign(small, centres)
    # By list, and within a list by scope: what one asker sees lies close together.
    place = np.lexsort((codes, lists))
    ids, vectors, small, codes, lists = ids[place], vectors[place], small[place], codes[place], lists[place]
    scale = float(np.abs(small).max(initial=1e-9)) / 127
    by_scope = np.argsort(codes, kind="stable").astype(np.uint32)
    for name, array in {
        "ids": ids.astype(np.int64),
        "vectors": vectors,
        "small": np.rint(small / scale).astype(np.int8),
        "scope": codes,
        "by_scope": by_scope,
        "scope_starts": np.searchsorted(codes[by_scope], np.arange(len(scopes) + 1)).astype(np.int64),
        "order": np.argsort(ids).astype(np.uint32),
        "starts": np.searchsorted(lists, np.arange(len(centres) + 1)).astype(np.int64),
        "centres": centres,
        "axes": axes,
    }.items():
        write_array(target, name, array)
    manifest = {"format": FORMAT, "rows": len(ids), "lists": len(centres), "note": dict(note or {})}
    for name, body in (("scopes.json", scopes.rows()), ("manifest.json", manifest)):
        (target / name).write_text(json.dumps(body), encoding="utf-8")
    part = folder / f"{POINTER}.part"
    part.write_text(str(number))
    part.replace(folder / POINTER)
    for old in folder.iterdir():
        # The one before may still be mapped by a search that is going on; mapped files live on after their names.
        if old.name.isdigit() and int(old.name) < number:
            shutil.rmtree(old, ignore_errors=True)
    return target


def current(folder: Path) -> Path | None:
    """The folder of the base that is pointed to, if there is one."""
    try:
        number = (folder / POINTER).read_text().strip()
        manifest = json.loads((folder / number / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return folder / number if manifest["format"] == FORMAT else None


def _some(count: int) -> Ids:
    luck = np.random.default_rng(0)
    return np.sort(luck.choice(count, min(count, _SAMPLE), replace=False))


def _axes(vectors: Packed) -> Vectors:
    """The principal axes of the rows, shape (64, 384)."""
    if len(vectors) < 2:
        return np.eye(AXES, DIMENSIONS, dtype=np.float32)
    sample = unpack(vectors[_some(len(vectors))])
    # Of the second moment, not of the variance: cosines are kept, not distances to the mean.
    _, found = np.linalg.eigh(sample.T @ sample / len(sample))
    return np.ascontiguousarray(found[:, ::-1][:, :AXES].T.astype(np.float32))


def _centres(small: Vectors) -> Vectors:
    """Spherical k-means on a sample, shape (lists, 64)."""
    sample = small[_some(len(small))]
    count = int(np.clip(len(small) // _PER_LIST, 1, max(1, len(sample) // 8)))
    if not len(sample):
        return np.zeros((1, AXES), dtype=np.float32)
    luck = np.random.default_rng(1)
    centres = sample[luck.choice(len(sample), count, replace=False)].copy()
    for _ in range(_ROUNDS):
        owner = _assign(sample, centres)
        total = np.zeros_like(centres)
        np.add.at(total, owner, sample)
        filled = np.bincount(owner, minlength=count) > 0
        centres[filled] = total[filled]
        centres[~filled] = sample[luck.choice(len(sample), int((~filled).sum()))]
        centres /= np.linalg.norm(centres, axis=1, keepdims=True) + 1e-9
    return np.ascontiguousarray(centres, dtype=np.float32)


def _assign(small: Vectors, centres: Vectors) -> Ids:
    owner = np.zeros(len(small), dtype=np.int64)
    for start in range(0, len(small), _CHUNK):
        owner[start : start + _CHUNK] = np.argmax(small[start : start + _CHUNK] @ centres.T, axis=1)
    return owner
