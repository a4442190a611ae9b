"""The account of the models as tables: the same as the file's, and one share over all machines."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection, transaction

from gonghui.appeals.ledger import PlatformLedger
from gonghui.appeals.models import ModelCall, ModelHold
from gonghui.appeals.tests.support import ABROAD, COUNTY, OTHER_COUNTY, PROVINCE, House
from gonghui.appeals.tests.test_row_security import app_role, count
from gonghui.brain.gateway import Books, Gateway, Ledger, Message, QuotaExceeded, Reply, load_config
from gonghui.brain.gateway.types import Usage
from gonghui.brain.tests.model_server import Server
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, time_shifted

ONE = Decimal(1)
Maker = Callable[[], Books]


def reply(yuan: str, **more: Any) -> Reply:
    plain = Reply("", "far", "m", "summarise", "12345678", Usage(100, 20), Decimal(yuan))
    return replace(plain, **more)


@pytest.fixture(params=["file", "tables"])
def books(request: pytest.FixtureRequest, tmp_path: Path, db: None) -> Books:
    file = Ledger(tmp_path / "ledger.sqlite3", clock=now)
    return file if request.param == "file" else PlatformLedger(file)


def test_both_accounts_hold_settle_and_release_alike(books: Books) -> None:
    first = books.hold("cn.52", Decimal("0.6"), ONE)
    assert first
    assert books.hold("cn.52", Decimal("0.6"), ONE) is None
    assert books.hold("cn.62", Decimal("0.6"), ONE)
    books.settle(first, "cn.52", "summarise", reply("0.25"))
    assert books.spent("cn.52") == Decimal("0.25")
    second = books.hold("cn.52", Decimal("0.75"), ONE)
    assert second
    assert books.hold("cn.52", Decimal("0.000001"), ONE) is None
    books.release(second)
    assert books.hold("cn.52", Decimal("0.75"), ONE)
    assert books.hold("cn.52", Decimal(0), Decimal(0)) == 0
    books.settle(0, "cn.52", "summarise", reply("0", provider="local"), "no_citation")
    rows = books.rows("cn.52")
    assert [(row["organisation"], row["provider"], row["microyuan"], row["outcome"]) for row in rows] == [
        ("cn.52", "far", 250_000, "ok"),
        ("cn.52", "local", 0, "no_citation"),
    ]
    assert {"at", "day", "task", "model", "prompt", "prompt_version", "tokens_in", "tokens_out"} <= set(rows[0])


def test_both_accounts_let_a_dead_process_s_money_lapse_and_begin_each_day_anew(books: Books) -> None:
    assert books.hold("cn.52", ONE, ONE)
    with time_shifted(timedelta(seconds=899)):
        still_today = books.hold("cn.52", ONE, Decimal(2))
        assert still_today
        books.release(still_today)
    with time_shifted(timedelta(seconds=901)):
        held = books.hold("cn.52", ONE, ONE)
        assert held
        books.settle(held, "cn.52", "summarise", reply("1"))
        assert books.hold("cn.52", ONE, ONE) is None
    with time_shifted(timedelta(days=1, seconds=901)):
        assert books.hold("cn.52", ONE, ONE)


def test_a_name_that_is_too_long_loses_no_money(db: None, tmp_path: Path) -> None:
    books = PlatformLedger(Ledger(tmp_path / "l.sqlite3"))
    long = "长" * 300
    books.settle(0, "cn", long, reply("0.5", provider=long, model=long, prompt=long), long)
    assert books.spent("cn") == Decimal("0.5")


@pytest.mark.django_db(transaction=True)
def test_money_is_set_aside_for_all_to_see_or_not_at_all(tmp_path: Path) -> None:
    """Within somebody's transaction it would be seen by nobody else, and hold its lock while a model thinks."""
    books = PlatformLedger(Ledger(tmp_path / "l.sqlite3"))
    with pytest.raises(RuntimeError), transaction.atomic():
        books.hold("cn", ONE, ONE)


def at_once(*work: Callable[[], None]) -> None:
    """Each in a thread with a connection of its own, as on machines of their own."""

    def run(one: Callable[[], None]) -> None:
        try:
            with as_system("test"):
                one()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(one,)) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_many_machines_at_once_hold_no_more_than_the_share(tmp_path: Path) -> None:
    held: list[int | None] = []

    def ask(number: int) -> Callable[[], None]:
        def work() -> None:
            books = PlatformLedger(Ledger(tmp_path / f"{number}.sqlite3"))
            for _ in range(3):
                mine = books.hold("cn.52", Decimal("0.1"), ONE)
                held.append(mine)
                if mine and number % 2:
                    books.settle(mine, "cn.52", "summarise", reply("0.1"))

        return work

    at_once(*(ask(number) for number in range(8)))
    assert len(held) == 24
    assert sum(one is not None for one in held) == 10
    spent = sum(ModelCall.objects.values_list("microyuan", flat=True))
    assert spent + sum(ModelHold.objects.values_list("microyuan", flat=True)) == 1_000_000


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    yield made
    made.http.shutdown()
    made.http.server_close()


@pytest.mark.django_db(transaction=True)
def test_a_share_holds_over_the_gateways_of_two_machines(server: Server, tmp_path: Path) -> None:
    file = tmp_path / "gateway.yaml"
    raw = {
        "providers": {"far": {"form": "openai", "url": server.url, "timeout": 20, "retries": 0,
                              "models": {"m": {"kind": "chat", "in": 0.01, "out": 0.02}}}},
        "quotas": {"daily_yuan": 0.1},
        "tasks": {"summarise": {"kind": "chat", "route": ["far/m"], "prompt": "summarise"}},
    }  # fmt: skip
    file.write_text(yaml.safe_dump(raw), encoding="utf-8")
    server.scripts = [lambda answer: answer.text("好", used=(100, 800))]
    doors = [Gateway(load_config(file), PlatformLedger(Ledger(tmp_path / f"{n}.sqlite3"))) for n in range(2)]
    results: list[str] = []

    def ask(number: int) -> Callable[[], None]:
        def work() -> None:
            try:
                doors[number % 2].chat("summarise", [Message("user", f"拖欠工资{number}")], organisation=COUNTY)
                results.append("ok")
            except QuotaExceeded:
                results.append("over")

        return work

    at_once(*(ask(number) for number in range(10)))
    assert set(results) == {"ok", "over"}
    assert doors[0].ledger.spent(COUNTY) == doors[1].ledger.spent(COUNTY) <= Decimal("0.1")
    assert results.count("ok") == ModelCall.objects.filter(outcome="ok").count() <= 5
    assert not ModelHold.objects.exists()


@pytest.mark.postgres
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no row-level security")
def test_raw_sql_shows_an_organisation_its_own_account_and_those_below(house: House, tmp_path: Path) -> None:
    books = PlatformLedger(Ledger(tmp_path / "l.sqlite3"))
    for path in (COUNTY, OTHER_COUNTY, PROVINCE):
        held = books.hold(path, ONE, ONE)
        books.settle(held or 0, path, "summarise", reply("0.5"))
    for role, path, seen in (
        ("admin", COUNTY, 1), ("supervisor", PROVINCE, 3), ("admin", ABROAD, 0),
    ):  # fmt: skip
        person = house.person(role, path)
        with app_role(person):
            assert count("appeals_modelcall") == seen
            assert count("appeals_modelpurse") == 0
            # The account itself goes on for whoever asks.
            assert books.hold(path, Decimal("0.25"), ONE)
