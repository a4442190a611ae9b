from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from gonghui.law.build import ARTICLES_FILE, WORDS_FILE, LawImportError, import_laws

ROW: dict[str, Any] = {
    "id": "试验法-2020-01-01-1",
    "law": "试验法",
    "category": "社会法",
    "adopted": "2020-01-01",
    "current": True,
    "number": 1,
    "suffix": "",
    "article": "第一条",
    "chapter": "第一章\u3000总则",
    "section": "",
    "text": "劳动者有取得劳动报酬的权利。\n\n（一）按月\u3000支付；",
}


def write(path: Path, *rows: Any) -> Path:
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    return path


def test_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    source = write(tmp_path / "labour.jsonl", ROW, {**ROW, "id": "试验法-2020-01-01-2", "number": 2})
    first, second = import_laws(source, tmp_path / "a"), import_laws(source, tmp_path / "b")
    assert first.version == second.version
    for name in (ARTICLES_FILE, WORDS_FILE):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_extra_texts_stay_unverified_and_keep_their_ids(tmp_path: Path) -> None:
    write(tmp_path / "labour.jsonl", ROW)
    write(
        tmp_path / "extra.jsonl", {**ROW, "id": "补充办法-2024-01-01-1", "law": "补充办法", "effective": "2025-01-01"}
    )
    report = import_laws(tmp_path, tmp_path / "out")
    rows = [json.loads(line) for line in gzip.decompress((tmp_path / "out" / ARTICLES_FILE).read_bytes()).splitlines()]
    assert (report.articles, report.laws, report.unverified) == (2, 2, 1)
    assert [(r["id"], r["review_status"]) for r in rows] == [
        ("试验法-2020-01-01-1", "verified"),
        ("补充办法-2024-01-01-1", "unverified"),
    ]
    assert rows[1]["effective"] == "2025-01-01"


def test_white_space_is_made_plain(tmp_path: Path) -> None:
    import_laws(write(tmp_path / "labour.jsonl", ROW), tmp_path / "out")
    row = json.loads(gzip.decompress((tmp_path / "out" / ARTICLES_FILE).read_bytes()))
    assert row["chapter"] == "第一章 总则"
    assert row["text"] == "劳动者有取得劳动报酬的权利。\n（一）按月 支付；"


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"text": " "}, "text is missing"),
        ({"id": None}, "id is missing"),
        ({"id": "a/b-1"}, "no slash"),
        ({"id": "试验法"}, "must end in -NUMBER"),
        ({"number": "1"}, "whole number"),
        ({"number": True}, "whole number"),
        ({"adopted": "2020-13-01"}, "month"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_written(tmp_path: Path, change: dict[str, Any], cause: str) -> None:
    source = write(tmp_path / "labour.jsonl", ROW, {**ROW, "id": "试验法-2020-01-01-2", **change})
    with pytest.raises(LawImportError, match=f"labour.jsonl:2: .*{cause}"):
        import_laws(source, tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("body", [b"\xff\xfe{}\n", b"{\n", b"[]\n", b"17\n"])
def test_lines_that_are_no_rows_are_named(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "labour.jsonl").write_bytes(body)
    with pytest.raises(LawImportError, match=r"labour\.jsonl:1: not a JSON object"):
        import_laws(tmp_path / "labour.jsonl", tmp_path / "out")


def test_doubled_ids_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LawImportError, match="occurs 2 times"):
        import_laws(write(tmp_path / "labour.jsonl", ROW, ROW), tmp_path / "out")


def test_an_empty_or_missing_source_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labour.jsonl").touch()
    for source in (tmp_path / "labour.jsonl", tmp_path / "nothing.jsonl"):
        with pytest.raises(LawImportError):
            import_laws(source, tmp_path / "out")
    (tmp_path / "labour.jsonl").unlink()
    with pytest.raises(LawImportError, match=r"labour\.jsonl is not there"):
        import_laws(tmp_path, tmp_path / "out")
