"""`gonghui brain` as anybody would run it to build, rank and score."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ARTICLES = [
    (
        "劳动合同法-2012-12-28-82",
        "中华人民共和国劳动合同法第八十二条",
        "未与劳动者订立书面劳动合同的，应当每月支付二倍的工资。",
    ),
    ("工伤保险条例-2010-12-20-14", "工伤保险条例第十四条", "因工作原因受到事故伤害的，应当认定为工伤。"),
    ("物业管理条例-2018-03-19-41", "物业管理条例第四十一条", "业主应当交纳物业服务费用。"),
]


def gonghui(var: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("gonghui")), "brain", *map(str, arguments)]
    environment = {**os.environ, "GONGHUI_VAR": str(var), "GONGHUI_ENV": "development"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120, check=False)


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.jsonl"
    rows = [{"id": i, "name": n, "text": t} for i, n, t in ARTICLES]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_rank_prints_a_line_a_question_and_explains(tmp_path: Path, corpus: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text(
        '{"query_id": 5, "text": "没签合同能要双倍工资吗"}\n{"query_id": "b", "text": "上班受伤算工伤吗"}',
        encoding="utf-8",
    )
    result = gonghui(tmp_path, "rank", "--queries", queries, "--corpus", corpus, "--k", "2", "--explain")
    assert result.returncode == 0, result.stderr
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert (first["query_id"], second["query_id"]) == (5, "b")
    assert first["ids"][0] == "劳动合同法-2012-12-28-82"
    assert second["ids"][0] == "工伤保险条例-2010-12-20-14"
    assert len(first["ids"]) == len(first["scores"]) == len(first["why"]) == 2


def test_build_makes_an_index_once(tmp_path: Path, corpus: Path) -> None:
    assert "built" in gonghui(tmp_path, "build", "--corpus", corpus).stdout
    assert "up to date" in gonghui(tmp_path, "build", "--corpus", corpus).stdout


def test_a_wrong_file_ends_with_a_sentence(tmp_path: Path, corpus: Path) -> None:
    result = gonghui(tmp_path, "rank", "--queries", tmp_path / "none.jsonl", "--corpus", corpus)
    assert result.returncode == 2
    assert "cannot be read" in result.stderr
    assert "Traceback" not in result.stderr


def test_triage_prints_a_line_a_message_whatever_it_is(tmp_path: Path) -> None:
    messages = tmp_path / "messages.jsonl"
    rows = [
        {
            "id": 1,
            "title": "欠薪",
            "text": "公司拖欠我们三十多个工人三个月工资，老板跑路了",
            "time": "2020/1/4 11:17:46",
        },
        {"id": 2, "text": ""},
        {"id": 3, "text": "😀"},
        {"id": 4, "text": "please help me with my wages"},
        {"id": 5, "text": "老闆拖欠薪資,沒簽合同"},
        {"id": 6, "text": "小区停水了"},
    ]
    messages.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    result = gonghui(tmp_path, "triage", "--input", messages)
    assert result.returncode == 0, result.stderr
    found = {row["id"]: row for row in map(json.loads, result.stdout.splitlines())}
    assert set(found) == {1, 2, 3, 4, 5, 6}
    assert found[1]["labour"]["value"]
    assert found[1]["categories"][0]["code"].startswith("01")
    assert found[1]["urgency"] in ("P0", "P1")
    assert not found[2]["understood"]
    assert not found[3]["understood"]
    assert not found[6]["labour"]["value"]


def test_every_fact_that_ask_tells_is_told_in_chinese(tmp_path: Path) -> None:
    command = [str(Path(sys.executable).with_name("gonghui")), "ask"]
    text = "我今年53岁，公司没签合同也没交社保，每天工作12小时，每周上6天班，试用期三个月，上个月被无故辞退了"
    environment = {**os.environ, "GONGHUI_VAR": str(tmp_path), "GONGHUI_ENV": "development"}
    result = subprocess.run([*command, text], capture_output=True, text=True, env=environment, timeout=120, check=False)
    assert result.returncode == 0, result.stderr
    for words in (
        "年龄：53岁 → 53 岁",
        "劳动合同：没签合同 → 没签",
        "社会保险：没交社保 → 没有参保",
        "离开单位",
        "→ 被辞退",
    ):
        assert words in result.stdout


def test_services_that_fit_a_need_are_printed(tmp_path: Path) -> None:
    told = gonghui(tmp_path, "match", "--text", "没钱看病", "--facts", '{"member": true}', "--k", "2")
    rows = [json.loads(line) for line in told.stdout.splitlines()]
    assert {row["id"] for row in rows} == {"M15", "M17"}
    assert next(row for row in rows if row["id"] == "M17")["ask"][0]["fact"] == "joined_mutual"
    wrong = gonghui(tmp_path, "match", "--text", "x", "--facts", '{"foo": 1}')
    assert wrong.returncode != 0
    assert "joined_mutual" in wrong.stderr
    assert gonghui(tmp_path, "match", "--text", "x", "--facts", "[").returncode != 0
