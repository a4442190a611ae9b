"""The `gonghui` command as a person runs it: a process of its own, its output, its exit code. No mistake shows a
traceback."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from gonghui import cli
from scripts.services import free_port
from tests.support.processes import group_members
from tests.support.templates import put

GONGHUI = [sys.executable, "-m", "gonghui.cli"]
WORDS = "公司拖欠我三个月工资怎么办"
COMMANDS = [
    (), ("ask",), ("serve",), ("worker",), ("migrate",), ("demo",), ("run",), ("check",), ("flows",), ("import",),
    ("import", "appeals"), ("trail",), ("trail", "verify"), ("vault",), ("vault", "rotate"), ("vault", "reindex"),
    ("law",), ("law", "import"), ("law", "search"), ("law", "vectors"), ("law", "fit"),
    ("law", "check"), ("law", "review"), ("law", "answer"), ("brain",), ("brain", "build"),
    ("brain", "rank"),
    ("brain", "triage"), ("brain", "fit-triage"), ("brain", "fit-life"), ("brain", "fit-statutes"),
    ("brain", "fit-match"),
    ("brain", "match"), ("brain", "read"), ("brain", "evaluate"), ("topic",), ("calc",), ("paper",),
    ("offices",), ("offices", "import"), ("jobs",), ("jobs", "block"),
    ("exchange",), ("exchange", "key"), ("exchange", "publish"), ("exchange", "fetch"), ("exchange", "figures"),
    ("exchange", "partner"),
    *(("exchange", "partner", verb) for verb in ("add", "list", "preview", "refuse")),
    *(("exchange", "partner", verb) for verb in ("suspend", "resume", "remove")),
    ("services",), ("services", "list"), ("services", "check"), ("services", "show"), ("services", "try"),
    ("membership",), ("membership", "verify"), ("membership", "key"), ("dues",), ("dues", "verify"),
    ("token",), ("token", "create"), ("token", "list"),
    ("token", "revoke"), ("token", "scopes"),
    ("signon",), ("signon", "key"), ("signon", "client"), ("signon", "client", "add"), ("signon", "client", "list"),
    ("signon", "client", "secret"), ("signon", "client", "stop"), ("signon", "client", "resume"),
    ("signon", "partner"), ("signon", "partner", "add"), ("signon", "partner", "list"), ("signon", "partner", "stop"),
]  # fmt: skip


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Place:
    """A folder with an installation in it."""

    folder: Path

    def environment(self, **more: str) -> dict[str, str]:
        kept = {
            name: text
            for name, text in os.environ.items()
            if not name.startswith("GONGHUI_") and name != "DATABASE_URL"
        }
        return {
            **kept, "GONGHUI_ENV": "development", "GONGHUI_VAR": str(self.folder),
            "GONGHUI_SHARED": str(self.folder / "none"), **more,
        }  # fmt: skip

    def run(self, *words: str | bytes, stdin: bytes = b"", **more: str) -> Done:
        """The command's end; the rule that holds for all of them is checked here: no traceback."""
        done = subprocess.run(
            [*GONGHUI, *words], env=self.environment(**more), input=stdin, capture_output=True, timeout=250, check=False
        )
        found = Done(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in found.out + found.err, found.err
        return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Place:
    """The demonstration, loaded once for this file."""
    made = Place(tmp_path_factory.mktemp("cli"))
    put(migrated, made.folder)
    done = made.run("demo")
    assert done.code == 0, done.err
    return made


@pytest.fixture
def bare(tmp_path: Path) -> Place:
    """Nothing yet."""
    return Place(tmp_path)


def help_of(*words: str) -> str:
    """What a command says of itself, asked in this process: there are many of them."""
    done = CliRunner().invoke(cli.registered(), [*words, "--help"])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_in_both_languages(command: tuple[str, ...]) -> None:
    text = help_of(*command)
    assert re.search(r"[\u4e00-\u9fff]", text) and re.search(r"[A-Za-z]{4} ", text)
    assert "..." not in text.partition("Commands:")[2], "a summary is too long for the list"


def test_every_command_is_looked_at_here() -> None:
    # The staff commands have a file of their own: test_staff_command.py.
    assert {words for words in _listed() if words[0] != "staff"} == {words for words in COMMANDS if words}


def _listed(*above: str) -> Iterator[tuple[str, ...]]:
    for name in re.findall(r"^  ([a-z-]+)  +\S", help_of(*above).partition("Commands:")[2], re.M):
        yield (*above, name)
        yield from _listed(*above, name)


def test_help_needs_no_database(bare: Place) -> None:
    done = bare.run("token", "create", "--help")
    assert done.code == 0 and "--organisation" in done.out
    assert not list(bare.folder.iterdir())


@pytest.mark.parametrize("words", [("fly",), ("serve", "--port", "99999"), ("token", "create", "x")])
def test_asking_wrongly_is_2_and_says_what_is_right(bare: Place, words: tuple[str, ...]) -> None:
    done = bare.run(*words)
    assert done.code == 2
    assert "--help" in done.err


def test_ask_prints_what_was_understood_and_the_articles(bare: Place) -> None:
    done = bare.run("ask", f"{WORDS}，每月5千，三十多人")
    assert "每月 5000 元" in done.out
    assert "至少 30 人" in done.out
    assert done.code == 0, done.err
    assert "0101 拖欠工资" in done.out
    assert "三个月" in done.out and "时长" in done.out
    assert "《劳动合同法》第三十条" in done.out
    assert "不是法律意见" in done.out


def test_ask_answers_in_english_on_request(bare: Place) -> None:
    done = bare.run("ask", WORDS, "--lang", "en")
    assert done.code == 0, done.err
    assert "Likely categories" in done.out and "[Next steps]" in done.out and "下一步怎么做" not in done.out
    assert bare.run("ask", WORDS, "--lang", "fr").code == 2


def test_ask_needs_no_set_up_not_even_in_production(bare: Place) -> None:
    environment = bare.environment()
    del environment["GONGHUI_ENV"]
    done = subprocess.run([*GONGHUI, "ask", WORDS], env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_ask_gives_the_same_as_data_also_through_a_pipe(bare: Place) -> None:
    said = json.loads(bare.run("ask", WORDS, "--json").out)
    assert said["understood"] and said["text"] == WORDS
    assert said["understanding"]["categories"][0]["code"] == "0101"
    assert len(said["articles"]) == 3
    assert {"citation", "text", "notes", "review_status"} <= set(said["articles"][0])
    assert said["law_version"] and said["disclaimer"]
    assert json.loads(bare.run("ask", "-", "--json", stdin=WORDS.encode()).out) == said


def test_a_paper_is_written_as_the_file_that_its_name_says(bare: Place, tmp_path: Path) -> None:
    known = json.dumps({"person": {"name": "王小明"}, "facts": {"owed": "18000"}})
    assert "劳动人事争议仲裁申请书" in bare.run("paper").out
    for name, begins in (("a.docx", b"PK"), ("a.html", b"<!doctype"), ("a.pdf", b"%PDF")):
        done = bare.run("paper", "arbitration_application", "--json", known, "--out", str(tmp_path / name))
        assert (done.code, (tmp_path / name).read_bytes().startswith(begins)) == (0, True), done.err
        assert "身份证号码" in done.err
    assert "申请人：王小明" in bare.run("paper", "arbitration_application", "--json", known).out
    for words in (["x"], ["evidence_list", "--json", "{"], ["evidence_list", "--json", '{"who": 1}']):
        wrong = bare.run("paper", *words)
        assert wrong.code == 2 and wrong.err
    assert bare.run("paper", "evidence_list", "--out", "a.txt").code == 2
    assert bare.run("paper", "evidence_list", "--out", "/none/a.html").code == 3
    # Neither Chromium nor, on the path, LibreOffice.
    asked = ("paper", "evidence_list", "--out", str(tmp_path / "b.pdf"))
    no_printer = bare.run(*asked, GONGHUI_CHROMIUM="/none", PATH="/none")
    assert no_printer.code == 3 and "Chromium" in no_printer.err


@pytest.mark.parametrize("words", ["", "😀😀", "\u200b\u202e"])
def test_ask_says_when_it_understands_nothing(bare: Place, words: str) -> None:
    done = bare.run("ask", words)
    assert (done.code, "没有看懂" in done.out) == (1, True)


def test_ask_takes_any_bytes_and_any_length(bare: Place) -> None:
    assert bare.run("ask", b"\xff\xfe" + WORDS.encode()).code == 0
    assert bare.run("ask", "-", stdin=(WORDS * 40_000).encode()).code == 0


def test_a_reader_that_goes_away_is_no_error(bare: Place) -> None:
    script = f"{sys.executable} -m gonghui.cli law search 工资 --number 50 | head -c 10"
    done = subprocess.run(["bash", "-c", script], env=bare.environment(), capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in done.stderr and b"BrokenPipe" not in done.stderr, done.stderr.decode()
    assert done.returncode == 0


def test_flows_are_listed_and_drawn(bare: Place) -> None:
    assert "appeals.work_order" in bare.run("flows").out
    drawn = bare.run("flows", "--mermaid", "appeals.work_order")
    assert drawn.out.startswith("stateDiagram") and "办理" in drawn.out
    wrong = bare.run("flows", "--mermaid", "x")
    assert wrong.code == 2 and "appeals.work_order" in wrong.err


@pytest.mark.parametrize(
    "words",
    [("worker", "--once"), ("vault", "rotate"), ("serve", "--port", "0")],
)
def test_without_a_database_the_way_to_one_is_told(bare: Place, words: tuple[str, ...]) -> None:
    if words[0] == "serve":
        words = ("serve", "--port", str(free_port()))
    done = bare.run(*words)
    assert done.code == 3
    assert "gonghui migrate" in done.err


@pytest.mark.parametrize("url", ["postgres://nobody@127.0.0.1:1/none", "sqlite:////proc/none/x.sqlite3"])
def test_a_database_that_is_not_there_is_one_sentence(bare: Place, url: str) -> None:
    done = bare.run("token", "list", DATABASE_URL=url)
    assert done.code == 3
    assert "DATABASE_URL" in done.err and len(done.err.splitlines()) <= 3


def test_production_without_secrets_does_not_start(bare: Place) -> None:
    done = bare.run("check", GONGHUI_ENV="production")
    assert done.code == 2
    assert "GONGHUI_SECRET_KEY" in done.err
    assert bare.run("demo", GONGHUI_ENV="somewhere").code == 2


def test_check_tells_each_part_and_what_to_do(bare: Place) -> None:
    done = bare.run("check", "--json")
    found = {row["name"]: row for row in json.loads(done.out)}
    assert done.code == 1
    assert not found["database"]["ok"] and "gonghui migrate" in found["database"]["hint"]
    assert {"calendar", "trail", "vault", "outbox", "worker", "disk"} <= set(found)


@pytest.mark.slow
def test_the_worker_does_what_is_due_and_ends(place: Place) -> None:
    assert place.run("worker", "--once").code == 0
    found = {row["name"]: row for row in json.loads(place.run("check", "--json").out)}
    assert all(found[name]["ok"] for name in ("database", "trail", "vault", "outbox", "worker")), found


@pytest.mark.slow
def test_the_trail_is_verified_and_a_forgery_found(place: Place) -> None:
    clean = json.loads(place.run("trail", "verify", "--json").out)
    assert clean["ok"] and clean["checked"] > 100
    with sqlite3.connect(place.folder / "gonghui.sqlite3") as database:
        (name, guard) = database.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'kernel_trailentry' "
            "AND sql LIKE '%UPDATE%'"
        ).fetchone()
        database.execute(f"DROP TRIGGER {name}")
        (row, note) = database.execute("SELECT id, note FROM kernel_trailentry ORDER BY id LIMIT 1").fetchone()
        database.execute("UPDATE kernel_trailentry SET note = 'forged' WHERE id = ?", [row])
    try:
        done = place.run("trail", "verify")
        assert done.code == 1 and "已核对" in done.out
        assert place.run("check", "--full").code == 1
    finally:
        with sqlite3.connect(place.folder / "gonghui.sqlite3") as database:
            database.execute("UPDATE kernel_trailentry SET note = ? WHERE id = ?", [note, row])
            database.execute(guard)
    assert place.run("trail", "verify").code == 0


@pytest.mark.slow
def test_the_vault_moves_to_a_new_key(place: Place) -> None:
    from cryptography.fernet import Fernet

    from gonghui import settings

    old, new = settings.VAULT_KEYS[0], Fernet.generate_key().decode()
    assert "anew" in place.run("vault", "rotate", GONGHUI_VAULT_KEYS=f"{new},{old}").out
    alone = place.run("check", "--json", GONGHUI_VAULT_KEYS=new)
    assert next(row for row in json.loads(alone.out) if row["name"] == "vault")["ok"]
    lost = place.run("check", "--json")
    assert not next(row for row in json.loads(lost.out) if row["name"] == "vault")["ok"]
    assert place.run("vault", "rotate", GONGHUI_VAULT_KEYS=f"{old},{new}").code == 0
    assert place.run("vault", "reindex").code == 0


@pytest.mark.slow
def test_a_token_is_made_listed_and_ended(place: Place) -> None:
    made = place.run(
        "token",
        "create",
        "12345 热线",
        "--organisation",
        "cn.52",
        "--scope",
        "appeals:write",
        "--scope",
        "appeals:read",
    )
    assert made.code == 0, made.err
    secret = made.out.strip()
    assert re.fullmatch(r"gh_[0-9a-f]{8}_\S{40,}", secret)
    (row,) = json.loads(place.run("token", "list", "--json").out)
    assert (row["organisation"], row["scopes"], row["valid"]) == ("cn.52", ["appeals:write", "appeals:read"], True)
    assert secret not in place.run("token", "list").out
    assert place.run("token", "revoke", row["prefix"]).code == 0
    assert not json.loads(place.run("token", "list", "--json").out)[0]["valid"]
    assert place.run("token", "revoke", "gh_nothing").code == 2
    for words in (["--organisation", "cn.99", "--scope", "appeals:read"], ["--organisation", "cn.52", "--scope", "x"]):
        wrong = place.run("token", "create", "x", *words)
        assert wrong.code == 2 and len(wrong.err.splitlines()) == 1, wrong.err


@pytest.mark.slow
def test_offices_are_imported_whole_or_not_at_all_and_told_in_answers(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "offices.csv"
    head = "body,region,name,address,phone,source,checked_on"
    good = "B1,520121,测试监察大队,测试路 1 号,12333,测试,2026-03-01"
    path.write_text(f"{head}\n{good}\nB1,520121,,,,,\n", encoding="utf-8")
    wrong = place.run("offices", "import", str(path), "--json")
    assert wrong.code == 1
    report = json.loads(wrong.out)
    assert report["written"] is False and [row["row"] for row in report["rejected"]] == [3]
    path.write_text(f"{head}\n{good}\n", encoding="utf-8")
    assert "没有写入" in place.run("offices", "import", str(path), "--dry-run").out
    assert "新增 1" in place.run("offices", "import", str(path)).out
    assert "没有变化 1" in place.run("offices", "import", str(path)).out
    asked = json.loads(place.run("ask", WORDS, "--json", "--region", "520121").out)
    bodies = {row["code"]: [office["address"] for office in row["offices"]] for row in asked["bodies"]}
    assert bodies["B1"] == ["测试路 1 号"]
    assert place.run("offices", "import", str(tmp_path / "none.csv")).code == 2


@pytest.mark.slow
def test_appeals_are_imported_once_however_often_they_come(place: Place) -> None:
    rows = [
        {"title": "欠薪", "text": "老板拖欠我两个月工资。", "time": "2026-01-04 11:17:46", "id": "1", "source": "t"},
        {"title": "工伤", "text": "我受伤了，公司不给报工伤。", "time": "2026/1/5 8:00:00", "id": "2", "source": "t"},
        {"title": "空的", "text": ""},
    ]
    path = place.folder / "appeals.jsonl"
    path.write_text("\n".join([*(json.dumps(row, ensure_ascii=False) for row in rows), "not json"]), encoding="utf-8")
    first = place.run("import", "appeals", str(path), "--json")
    assert first.code == 1
    said = json.loads(first.out)
    assert (said["accepted"], said["repeated"], [row["row"] for row in said["rejected"]]) == (2, 0, [3, 4])
    assert all(row["reason"] for row in said["rejected"])
    again = place.run("import", "appeals", str(path))
    assert again.code == 1
    assert "收下 0，以前已有 2，退回 2" in again.out and "第 3 行" in again.out


@pytest.mark.slow
def test_a_spreadsheet_is_imported_and_other_files_refused(place: Place, tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["标题", "内容", "电话"])
    sheet.append(["社保", "公司入职两年没有给我交社保。", "13800138001"])
    book.save(tmp_path / "a.xlsx")
    done = place.run("import", "appeals", str(tmp_path / "a.xlsx"), "--channel", "letter")
    assert (done.code, "收下 1" in done.out) == (0, True), done.err + done.out
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04 broken")
    (tmp_path / "c.csv").write_text("text\nx")
    for name in ("b.xlsx", "c.csv", "none.jsonl"):
        wrong = place.run("import", "appeals", str(tmp_path / name))
        assert wrong.code == 2 and wrong.err.strip(), name
    assert place.run("import", "appeals", str(tmp_path / "a.xlsx"), "--channel", "smoke").code == 2


@pytest.mark.slow
def test_several_web_processes_need_a_real_server(place: Place) -> None:
    done = place.run("serve", "--workers", "2", "--port", str(free_port()))
    assert done.code == 2
    assert "PostgreSQL" in done.err


@pytest.mark.slow
def test_a_port_that_is_taken_is_said_at_once(place: Place) -> None:
    import socket

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        for command in ("serve", "run"):
            done = place.run(command, "--port", str(other.getsockname()[1]))
            assert done.code == 3 and "cannot listen" in done.err


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_run_starts_web_and_worker_and_ends_both(place: Place, number: signal.Signals) -> None:
    port = free_port()
    process = subprocess.Popen(
        [*GONGHUI, "run", "--port", str(port)], env=place.environment(), start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert _answers(f"http://127.0.0.1:{port}/api/v1/health", process)
        assert len(group_members(process.pid)) >= 3
        process.send_signal(number)
        output, _nothing = process.communicate(timeout=60)
        assert process.returncode == 0, output
        assert "Traceback" not in output
        assert group_members(process.pid) == []
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.slow
def test_run_ends_when_one_of_its_parts_dies(place: Place) -> None:
    port = free_port()
    process = subprocess.Popen(
        [*GONGHUI, "run", "--port", str(port)], env=place.environment(), start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert _answers(f"http://127.0.0.1:{port}/api/v1/health", process)
        worker = next(
            member
            for member in group_members(process.pid)
            if Path(f"/proc/{member}/cmdline").read_bytes().rstrip(b"\0").endswith(b"worker")
        )
        os.kill(worker, signal.SIGKILL)
        output, _nothing = process.communicate(timeout=60)
        assert process.returncode == 1 and "unexpectedly" in output
        assert group_members(process.pid) == []
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _answers(url: str, process: subprocess.Popen[str]) -> bool:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(httpx.TransportError):
            return httpx.get(url, timeout=10).status_code == 200
        time.sleep(0.3)
    return False
