"""Putting laws on the shelf: from small made-up sources."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gonghui.law.build import DATA_DIR, ImportReport, LawImportError, import_laws
from gonghui.law.shelf import Shelf
from gonghui.law.shelving import write_unresolved
from gonghui.law.tests.test_build import ROW, write

SHARED = Path(os.environ.get("GONGHUI_SHARED", Path(__file__).resolve().parents[4] / "shared"))
FILES = ("national.jsonl.gz", "local.jsonl.gz", "shelf.json.gz")


def row(law: str, adopted: str | None, number: int, text: str, **more: Any) -> dict[str, Any]:
    base = {**ROW, "law": law, "adopted": adopted, "number": number, "article": f"第{'零一二三四五六七八九'[number]}条"}
    slug = f"{law.removeprefix('中华人民共和国')[:8]}-{adopted or 'undated'}"
    return {**base, "id": f"{slug}-{number}{more.get('suffix', '')}", "text": text, **more}


NATIONAL = [
    row("试验法", "2010-01-01", 1, "一。", current=False),
    row("试验法", "2010-01-01", 2, "依照本法第一条。", current=False),
    row("试验法", "2020-01-01", 2, "工资应当按月支付。\n（一）全额；"),
    row("试验法", "2020-01-01", 1, "为了试验。"),
    row("试验法", "2020-01-01", 4, "依照《旧办法》第一条和第九条。"),
    row("旧办法", "2000-01-01", 1, "旧。"),
    row("新办法", "2015-05-05", 1, "《试验法》第二条第一款第（一）项、第五款适用。"),
    row("新办法", "2015-05-05", 2, "本办法自2015年6月1日起施行。2000年发布的《旧办法》同时废止。"),
]
LOCAL = [
    {
        "law": "甲市试验条例",
        "adopted": "2021-01-01",
        "source_file": "x/甲省地方法规/地方性法规/甲/甲市试验条例.md",
        "number": 1,
        "suffix": "",
        "article": "第一条",
        "chapter": "",
        "section": "",
        "text": "根据《试验法》第一条制定。",
    }
]


def source(folder: Path, national: list[Any] = NATIONAL, local: list[Any] = LOCAL) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "labour.jsonl", *[r for r in national if r["law"] == "试验法" and r["current"]])
    lines = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in national)
    (folder / "national.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    write(folder / "local.jsonl", *local)
    return folder


def shelf_of(folder: Path) -> tuple[Shelf, ImportReport]:
    report = import_laws(source(folder / "in"), folder / "out")
    return Shelf(folder / "out"), report


def test_same_rows_give_the_same_shelf(tmp_path: Path) -> None:
    for name in ("a", "b"):
        import_laws(source(tmp_path / "in"), tmp_path / name)
    for name in FILES:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.slow
def test_the_package_is_what_its_source_gives(tmp_path: Path) -> None:
    shared = SHARED / "data" / "laws"
    if not shared.exists():
        pytest.skip("the shared collection is not at hand")
    import_laws(shared, tmp_path)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (DATA_DIR / path.name).read_bytes(), path.name


def test_versions_dates_places_and_gaps(tmp_path: Path) -> None:
    shelf, report = shelf_of(tmp_path)
    assert (report.shelf.volumes, report.shelf.articles, report.shelf.local) == (5, 9, 1)
    assert [v.slug for v in shelf.versions("试验法")] == ["试验法-2010-01-01", "试验法-2020-01-01"]
    newest = shelf.newest("试验法")
    assert newest is not None
    assert newest.gaps == (3,)
    assert report.shelf.irregular == ("试验法-2020-01-01: lacks 3",)
    assert [a.number for a in shelf.open(newest).articles] == [1, 2, 4]
    local = shelf.newest("甲市试验条例")
    assert local is not None
    assert (local.place, shelf.open(local).articles[0].id) == ("甲", "甲市试验条例-2021-01-01-1")


def test_links_go_to_the_version_that_was_known(tmp_path: Path) -> None:
    shelf, report = shelf_of(tmp_path)
    assert [c.id for c in shelf.cites("新办法-2015-05-05-1")] == ["试验法-2010-01-01-2"]
    assert [c.lost for c in shelf.cites("新办法-2015-05-05-1")] == [True]
    assert [c.id for c in shelf.cites("试验法-2010-01-01-2")] == ["试验法-2010-01-01-1"]
    assert shelf.cited_by("试验法-2020-01-01-1") == ("甲市试验条例-2021-01-01-1",)
    assert {(u.spelled, u.cause) for u in report.shelf.unresolved} == {
        ("旧办法 9", "no_such_article"),
        ("试验法 2.1(1)", "no_such_part"),
    }
    write_unresolved(tmp_path / "list.jsonl", report.shelf)
    assert len((tmp_path / "list.jsonl").read_text(encoding="utf-8").splitlines()) == 2


def test_what_a_later_law_ends_is_marked_from_its_day(tmp_path: Path) -> None:
    shelf, report = shelf_of(tmp_path)
    old = shelf.newest("旧办法")
    assert old is not None
    assert old.ended is not None
    assert (old.ended.status, old.ended.since, old.ended_by) == ("repealed", date(2015, 6, 1), "新办法-2015-05-05-2")
    assert report.shelf.ended == 1


def test_laws_whose_ids_begin_alike_keep_their_ids_and_get_names_of_their_own(tmp_path: Path) -> None:
    one = [
        row("关于试验若干问题的规定（一）", "2016-01-01", 1, "一。"),
        row("关于试验若干问题的规定（二）", "2016-01-01", 2, "二。"),
    ]
    report = import_laws(source(tmp_path / "in", [*NATIONAL, *one]), tmp_path / "out")
    shelf = Shelf(tmp_path / "out")
    assert report.shelf.volumes == 7
    for r in one:
        found = shelf.get(r["id"])
        assert found is not None
        assert found.article.law == r["law"]
    assert {v.slug for v in shelf.volumes if "若干" in v.law} == {
        "关于试验若干问题-2016-01-01",
        "关于试验若干问题的规定（二）-2016-01-01",
    }


def test_doubled_numbers_are_kept_and_marked(tmp_path: Path) -> None:
    doubled = row("试验法", "2020-01-01", 2, "又一个第二条。", id="试验法-2020-01-01-2乙")
    import_laws(source(tmp_path / "in", [*NATIONAL, doubled]), tmp_path / "out")
    volume = Shelf(tmp_path / "out").newest("试验法")
    assert volume is not None
    assert (volume.articles, volume.doubled) == (4, ("2",))


@pytest.mark.parametrize(
    ("national", "local", "cause"),
    [
        ([*NATIONAL, {**NATIONAL[0], "text": " "}], LOCAL, r"national\.jsonl\.gz:9: text is missing"),
        (NATIONAL, [*LOCAL, {**LOCAL[0], "source_file": "x"}], r"local\.jsonl:2: source_file names no place"),
        (NATIONAL, [{**LOCAL[0], "number": 0}], r"local\.jsonl:1: number 0"),
        ([*NATIONAL, NATIONAL[0]], LOCAL, "试验法-2010-01-01-1 occurs 2 times"),
    ],
)
def test_bad_rows_are_named_and_nothing_is_written(tmp_path: Path, national: Any, local: Any, cause: str) -> None:
    with pytest.raises(LawImportError, match=cause):
        import_laws(source(tmp_path / "in", national, local), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_broken_archive_is_named(tmp_path: Path) -> None:
    folder = source(tmp_path / "in")
    path = folder / "national.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(LawImportError, match=r"national\.jsonl\.gz:\d+: cannot be read"):
        import_laws(folder, tmp_path / "out")


def test_labour_articles_alone_need_no_shelf(tmp_path: Path) -> None:
    folder = source(tmp_path / "in")
    shutil.rmtree(tmp_path / "out", ignore_errors=True)
    report = import_laws(folder / "labour.jsonl", tmp_path / "out")
    assert report.shelf.volumes == 0
    assert not (tmp_path / "out" / "shelf.json.gz").exists()
