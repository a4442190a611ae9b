"""The trail: what was done stays as it was written, and any change to it shows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.transaction import TransactionManagementError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.models import Matter, TrailCheckpoint, TrailEntry
from gonghui.kernel.tests.support import errand_flow, make_errand
from gonghui.kernel.times import now

pytestmark = pytest.mark.django_db
CLERK = Actor(kind="staff", account_id=4, name="李文")


def write(stream: str = "organisation:cn.52", verb: str = "rename", **kwargs: Any) -> TrailEntry:
    with transaction.atomic():
        return trail.record(stream, verb, actor=CLERK, **kwargs)


@contextmanager
def no_guard() -> Iterator[None]:
    """Somebody with the rights of the database's owner: lift the triggers, as only a thief with those rights could."""
    tables = ("kernel_trailentry", "kernel_trailcheckpoint")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One transaction holds the test; deferred foreign keys would forbid altering the table.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            yield
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'kernel_trail%'")
        triggers = cursor.fetchall()
        for name, _sql in triggers:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for _name, sql in triggers:
            cursor.execute(sql)


def test_entries_of_a_stream_are_numbered_and_chained_from_the_first() -> None:
    first, second = write(after={"title": "甲"}), write(before={"title": "甲"}, after={"title": "乙"}, note="改名")
    other = write("account:9", "sign_in")
    assert (first.seq, first.previous_hash) == (1, "")
    assert (second.seq, second.previous_hash) == (2, first.hash)
    assert (other.seq, other.previous_hash) == (1, "")
    report = trail.verify()
    assert report.ok
    assert report.checked == 3


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    after=st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8).map(lambda k: f"k{k}"),
        st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(
            st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20
        ) | st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-10**9, max_value=10**9)
        | st.datetimes(timezones=st.just(UTC)),
        max_size=5,
    ),
    note=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=40),
)  # fmt: skip
def test_whatever_is_recorded_verifies_when_read_back(after: dict[str, Any], note: str) -> None:
    entry = write("any:1", "x", after=after, note=note)
    assert trail.digest(TrailEntry.objects.get(pk=entry.pk)) == entry.hash


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kernel_trailentry SET note = 'x'",
        "DELETE FROM kernel_trailentry",
        "UPDATE kernel_trailcheckpoint SET digest = 'x'",
        "DELETE FROM kernel_trailcheckpoint",
    ],
)
def test_the_database_refuses_to_change_or_delete_what_is_recorded(statement: str) -> None:
    write()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO kernel_trailcheckpoint (at, first_entry, last_entry, entries, digest, previous_hash, hash) "
            "VALUES (%s, 1, 1, 1, 'd', '', 'h')",
            [now()],
        )
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert TrailEntry.objects.count() == 1
    assert TrailCheckpoint.objects.count() == 1


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL knows no REPLACE")
@pytest.mark.parametrize("seq", [1, 99])
def test_sqlite_refuses_to_put_a_new_entry_in_the_place_of_an_old_one(seq: int) -> None:
    entry = write(note="as it was")
    columns = [str(field.column) for field in TrailEntry._meta.concrete_fields if field.column not in ("seq", "note")]
    copied = ", ".join(columns)
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT OR REPLACE INTO kernel_trailentry ({copied}, seq, note) "
            f"SELECT {copied}, {seq}, 'as somebody wants it' FROM kernel_trailentry"
        )
    assert TrailEntry.objects.get(pk=entry.pk).note == "as it was"


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no TRUNCATE")
def test_the_database_refuses_to_truncate_the_trail() -> None:
    write()
    with pytest.raises(DatabaseError, match="append only"), transaction.atomic(), connection.cursor() as cursor:
        # Its deferred foreign keys are looked at first, or that alone would refuse.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("TRUNCATE kernel_trailentry")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE kernel_trailentry SET note = 'nothing happened' WHERE seq = 2",
        "UPDATE kernel_trailentry SET actor_name = 'somebody else' WHERE seq = 2",
        "UPDATE kernel_trailentry SET hash = previous_hash WHERE seq = 2",
        "DELETE FROM kernel_trailentry WHERE seq = 2",
        "DELETE FROM kernel_trailentry WHERE seq = 1",
    ],
)
def test_a_change_made_behind_the_triggers_is_found(change: str) -> None:
    for number in range(3):
        write(after={"n": number})
    with no_guard(), connection.cursor() as cursor:
        cursor.execute(change)
    assert not trail.verify("organisation:cn.52").ok
    assert not trail.verify().ok
    assert not trail.verify(last=10).ok


def test_a_tail_cut_off_a_matter_is_found_by_the_matters_own_head() -> None:
    errand_flow()
    matter = make_errand()
    with transaction.atomic():
        trail.record(f"matter:{matter.pk}", "look", actor=CLERK, matter=matter)
    assert trail.verify(f"matter:{matter.pk}").ok
    with no_guard(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_trailentry WHERE verb = 'look'")
    problems = trail.verify(f"matter:{matter.pk}").problems
    assert len(problems) == 1
    assert matter.number in problems[0]
    assert trail.verify().problems == problems


def test_an_entry_added_to_a_matter_behind_its_back_is_found() -> None:
    errand_flow()
    matter = make_errand()
    count, head = matter.trail_count, matter.trail_head
    with transaction.atomic():
        trail.record(f"matter:{matter.pk}", "look", actor=CLERK, matter=matter)
    Matter.objects.filter(pk=matter.pk).update(trail_count=count, trail_head=head)
    assert not trail.verify().ok


def test_a_stream_that_vanished_whole_is_found_by_the_checkpoint() -> None:
    write("account:1", "sign_in")
    write("account:2", "sign_in")
    point = make_checkpoint()
    assert point.entries == 2
    assert trail.verify().ok
    with no_guard(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_trailentry WHERE stream = 'account:2'")
    problems = trail.verify().problems
    assert len(problems) == 1
    assert str(point.pk) in problems[0]


def test_checkpoints_are_chained_and_one_left_out_is_found() -> None:
    points = []
    for number in range(3):
        write("account:1", "sign_in", after={"n": number})
        points.append(make_checkpoint())
    assert [point.first_entry for point in points[1:]] == [point.last_entry + 1 for point in points[:-1]]
    assert trail.verify().ok
    with no_guard(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM kernel_trailcheckpoint WHERE id = %s", [points[1].pk])
    assert not trail.verify().ok


def make_checkpoint() -> TrailCheckpoint:
    """A checkpoint over everything, as if it had settled long ago."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trail, "_settled_before", now)
        point = trail.checkpoint()
    assert point is not None
    return point


def test_there_is_no_checkpoint_without_new_entries() -> None:
    assert trail.checkpoint() is None
    write()
    make_checkpoint()
    assert trail.checkpoint() is None


@pytest.mark.parametrize("after", [{"phone": "13800138000"}, {"person": {"id_no": "x"}}, {"rows": [{"phone": "1"}]}])
def test_a_personal_field_in_clear_is_refused_at_any_depth(after: dict[str, Any]) -> None:
    with pytest.raises(trail.PersonalDataInTrail):
        write(after=after)
    assert not TrailEntry.objects.exists()


def test_a_fingerprint_of_a_personal_field_is_accepted_and_does_not_tell_it() -> None:
    entry = write(after={"phone": trail.fingerprint("13800138000"), "id_no": trail.fingerprint("")})
    assert "13800138000" not in str(entry.after)
    assert entry.after["id_no"] == ""


@pytest.mark.django_db(transaction=True)
def test_the_trail_is_written_only_inside_the_transaction_of_its_deed() -> None:
    with pytest.raises(TransactionManagementError):
        trail.record("account:1", "sign_in", actor=SYSTEM)
    with pytest.raises(RuntimeError), transaction.atomic():
        trail.record("account:1", "sign_in", actor=SYSTEM)
        raise RuntimeError
    assert not TrailEntry.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_writers_of_one_stream_at_once_all_get_their_place() -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(5):
                write("account:1", "sign_in")
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert list(TrailEntry.objects.order_by("seq").values_list("seq", flat=True)) == list(range(1, 21))
    assert trail.verify().ok


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
def test_a_checkpoint_leaves_out_what_an_open_transaction_may_still_bring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trail, "CLOCK_DRIFT", timedelta())
    opened, finish = threading.Event(), threading.Event()

    def slow() -> None:
        from gonghui.kernel.scope import as_system

        try:
            with as_system("test"), transaction.atomic():
                write("account:1", "slow")
                opened.set()
                finish.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert opened.wait(30)
    write("account:2", "quick")
    try:
        assert trail.checkpoint() is None
    finally:
        finish.set()
        thread.join()
    point = trail.checkpoint()
    assert point is not None
    assert point.entries == 2
    assert trail.verify().ok


def test_the_time_of_an_entry_is_the_moment_it_was_made() -> None:
    before = datetime.now(UTC)
    entry = write()
    assert before <= entry.at <= datetime.now(UTC)
