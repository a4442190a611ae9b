"""Similar cases: the index finds what exact search finds, within scope, however rows come and go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gonghui.brain.neighbours import Asker, Index, Row, build_segment, from_bytes, to_bytes, vector_of
from gonghui.brain.neighbours.build import POINTER
from gonghui.brain.neighbours.vectors import pack, unpack

PATHS = ("cn.52.5201.520102", "cn.52.5201.520103", "cn.52.5202.520201", "cn.62.6201.620102")
NATION = Asker(("cn",))


def vectors(count: int, seed: int = 0) -> Any:
    luck = np.random.default_rng(seed)
    return pack(luck.standard_normal((count, 384)).astype(np.float32))


def rows(count: int, seed: int = 0, first: int = 0) -> list[Row]:
    return [Row(first + n, v, (PATHS[n % 4],), n % 7 == 0) for n, v in enumerate(vectors(count, seed))]


def built(folder: Path, kept: list[Row], **note: int) -> None:
    build_segment(
        folder,
        np.array([r.id for r in kept], dtype=np.int64),
        np.array([r.vector for r in kept], dtype=np.int8).reshape(len(kept), 384),
        [r.paths for r in kept],
        [r.restricted for r in kept],
        note,
    )


def exact(kept: list[Row], query: Any, paths: tuple[str, ...], special: tuple[str, ...], k: int) -> list[int]:
    def sees(row: Row) -> bool:
        under = [any(p == q or p.startswith(f"{q}.") for p in row.paths for q in wanted) for wanted in (paths, special)]
        return under[1] or (under[0] and not row.restricted)

    seen = [row for row in kept if sees(row)]
    scored = [(-float(unpack(row.vector) @ query), -row.id) for row in seen]
    return [-number for _, number in sorted(scored)[:k]]


@settings(max_examples=25, deadline=None)
@given(
    st.integers(0, 300),
    st.integers(0, 40),
    st.lists(st.integers(0, 339), max_size=12),
    st.sampled_from([(), ("cn",), ("cn.52",), ("cn.52.5201",), (PATHS[0],), (PATHS[1], PATHS[3]), ("cn.5",)]),
    st.sampled_from([(), ("cn.52",), (PATHS[0],)]),
    st.integers(1, 12),
)
def test_what_exact_search_finds_within_scope(
    tmp_path_factory: pytest.TempPathFactory,
    base: int,
    new: int,
    gone: list[int],
    paths: tuple[str, ...],
    special: tuple[str, ...],
    k: int,
) -> None:
    folder = tmp_path_factory.mktemp("n")
    kept = rows(base)
    if base:
        built(folder, kept)
    index = Index(folder)
    later = rows(new, seed=9, first=300)
    # Others take the place of old rows, at another organisation (with vectors of their own: no two are equally near).
    later += [Row(r.id % base, r.vector, (PATHS[3],)) for r in rows(new, seed=11, first=300)[::3] if base]
    index.add(later)
    held = {row.id: row for row in [*kept, *later]}
    for number in gone:
        index.remove(number)
        held.pop(number, None)
    query = unpack(vectors(1, seed=5))[0]
    found = [number for number, _ in index.search(query, Asker(paths, special), k)]
    assert found == exact(list(held.values()), query, paths, special, k)


def test_a_large_base_finds_nearly_all(tmp_path: Path) -> None:
    luck = np.random.default_rng(2)
    middles = luck.standard_normal((400, 384)).astype(np.float32)
    many = pack(middles[luck.integers(0, 400, 130_000)] + 0.6 * luck.standard_normal((130_000, 384)).astype(np.float32))
    build_segment(
        tmp_path, np.arange(len(many)), many, [(PATHS[n % 4],) for n in range(len(many))], [False] * len(many)
    )
    index, wide = Index(tmp_path), unpack(many)
    hits = 0
    for at in range(0, 40_000, 1000):
        wanted = set(np.argsort(-(wide @ wide[at]))[:10].tolist())
        hits += len(wanted & {number for number, _ in index.search(wide[at], NATION, 10)})
    assert hits >= 0.95 * 400


def test_another_process_takes_up_a_new_base_and_a_half_one_is_not_seen(tmp_path: Path) -> None:
    kept = rows(30)
    built(tmp_path, kept[:10], vectors=10)
    index = Index(tmp_path)
    index.add(kept[10:])
    assert (index.base_rows, index.tail_rows, index.note) == (10, 20, {"vectors": 10})
    assert not index.refresh()
    # A build that died has a folder and no pointer to it.
    (tmp_path / "2").mkdir()
    assert not index.refresh()
    built(tmp_path, kept, vectors=30)
    assert index.refresh()
    assert (index.base_rows, index.tail_rows, index.note) == (30, 0, {"vectors": 30})
    (tmp_path / POINTER).write_text("99")
    assert Index(tmp_path).base_rows == 0


def test_erased_vectors_are_gone_from_the_files_for_every_process(tmp_path: Path) -> None:
    kept = rows(20)
    built(tmp_path, kept)
    first, second = Index(tmp_path), Index(tmp_path)
    query = unpack(kept[5].vector)
    assert second.search(query, Asker(everything=True), 1)[0][0] == 5
    first.remove(5, erase=True)
    assert not first.has(5)
    assert Index(tmp_path).search(query, Asker(everything=True), 20) == [
        pair for pair in first.search(query, Asker(everything=True), 20) if pair[0] != 5
    ]
    assert kept[5].vector.tobytes() not in next(tmp_path.glob("1/vectors.npy")).read_bytes()


def test_named_rows_are_seen_beyond_the_paths(tmp_path: Path) -> None:
    kept = rows(20)
    built(tmp_path, kept[:10])
    index = Index(tmp_path)
    index.add(kept[10:])
    asker = Asker((), ids=(3, 15, 999))
    assert {number for number, _ in index.search(unpack(vectors(1))[0], asker, 10)} == {3, 15}


def test_nothing_is_like_nothing(tmp_path: Path) -> None:
    index = Index(tmp_path)
    assert index.search(np.zeros(384, dtype=np.float32), NATION) == []
    assert index.search(unpack(vectors(1))[0], NATION) == []


def test_a_message_is_like_one_that_means_the_same() -> None:
    owed, again = vector_of("讨薪", "老板拖欠我们三个月工资不给。"), vector_of("", "公司三个月没有发工资了。")
    other = vector_of("", "孩子上学报名需要什么材料？")
    assert float(owed @ again) > float(owed @ other) + 0.2
    assert np.allclose(unpack(from_bytes([to_bytes(owed)]))[0], owed, atol=0.02)


@pytest.mark.parametrize("text", ["", "😀", "!!!", "\ud800", "a" * 200_000, "欠薪。" * 3000])
def test_odd_texts_have_a_vector(text: str) -> None:
    found = vector_of("", text)
    assert found.shape == (384,)
    assert np.isfinite(found).all()


def test_a_row_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="384 bytes"):
        from_bytes([b"short"])
