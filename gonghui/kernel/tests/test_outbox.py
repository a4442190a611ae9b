"""The outbox: everything queued happens, with its key, and a kill at any moment loses nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from gonghui.kernel import outbox
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData
from gonghui.kernel.models import Counter, OutboxMessage, TrailEntry
from gonghui.kernel.scope import as_system
from gonghui.kernel.tests import other_process
from gonghui.kernel.times import now, time_shifted

pytestmark = pytest.mark.django_db
CLERK = Actor(kind="staff", account_id=4, name="李文")
handled: list[str] = []


class Broken(Exception):
    """What a receiver that is down does."""


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    """Handlers of these tests only."""
    before = dict(outbox._handlers)
    handled.clear()

    @outbox.handler("try.sent")
    def send(message: OutboxMessage) -> None:
        handled.append(message.key)

    @outbox.handler("try.broken")
    def broken(message: OutboxMessage) -> None:
        handled.append(message.key)
        raise Broken("no answer")

    @outbox.handler("try.hopeless")
    def hopeless(message: OutboxMessage) -> None:
        raise outbox.Undeliverable("no such number")

    @outbox.handler("try.inside", transactional=True)
    def inside(message: OutboxMessage) -> None:
        Counter.objects.create(series=f"done:{message.key}", value=1)
        if message.payload.get("fail"):
            raise Broken("half way")

    yield
    outbox._handlers.clear()
    outbox._handlers.update(before)


def state(key: str) -> tuple[str, int]:
    return OutboxMessage.objects.values_list("status", "attempts").get(key=key)


def test_a_message_is_sent_once_and_crossed_off() -> None:
    outbox.enqueue("try.sent", "a", {})
    assert outbox.process_batch() == 1
    assert outbox.process_batch() == 0
    assert handled == ["a"]
    assert OutboxMessage.objects.get(key="a").done_at is not None


def test_the_same_key_again_is_the_first_message() -> None:
    first = outbox.enqueue("try.sent", "a", {"n": 1})
    second = outbox.enqueue("try.sent", "a", {"n": 2})
    assert (second.pk, second.payload) == (first.pk, {"n": 1})
    outbox.process_batch()
    outbox.enqueue("try.sent", "a", {"n": 3})
    outbox.process_batch()
    assert handled == ["a"]


@pytest.mark.django_db(transaction=True)
def test_a_message_of_a_transaction_that_failed_is_not_there() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        outbox.enqueue("try.sent", "a", {})
        raise RuntimeError
    assert outbox.process_batch() == 0
    assert not OutboxMessage.objects.exists()


def test_a_delayed_message_waits_for_its_time() -> None:
    outbox.enqueue("try.sent", "a", {}, delay=timedelta(hours=1))
    assert outbox.process_batch() == 0
    with time_shifted(timedelta(hours=1, seconds=1)):
        assert outbox.process_batch() == 1


def test_a_failure_is_tried_again_later_and_later_and_at_last_given_up() -> None:
    outbox.enqueue("try.broken", "a", {})
    waited = timedelta()
    for attempt in range(1, outbox.ATTEMPTS + 1):
        with time_shifted(waited):
            assert outbox.process_batch() == 1
            assert outbox.process_batch() == 0
        status, attempts = state("a")
        assert attempts == attempt
        assert status == ("dead" if attempt == outbox.ATTEMPTS else "waiting")
        waited += outbox.LONGEST_WAIT * 2
    assert handled == ["a"] * outbox.ATTEMPTS
    assert [message.key for message in outbox.dead_messages()] == ["a"]
    assert "Broken: no answer" in outbox.dead_messages()[0].last_error


def test_what_cannot_succeed_is_given_up_at_once() -> None:
    outbox.enqueue("try.hopeless", "a", {})
    outbox.enqueue("nobody.handles_this", "b", {})
    outbox.process_batch()
    assert state("a") == ("dead", 1)
    assert state("b")[0] == "dead"


def test_one_broken_message_does_not_hold_up_the_others() -> None:
    outbox.enqueue("try.broken", "a", {})
    outbox.enqueue("try.inside", "b", {"fail": True})
    outbox.enqueue("try.sent", "c", {})
    assert outbox.process_batch() == 3
    assert state("c") == ("done", 1)


@given(st.integers(1, 60))
def test_the_wait_never_shrinks_below_a_second_nor_grows_past_its_limit(attempts: int) -> None:
    wait = outbox.wait_after(attempts)
    assert timedelta(seconds=1) < wait <= outbox.LONGEST_WAIT * (1 + outbox.JITTER)


def test_a_task_inside_the_database_happens_with_its_crossing_off_or_not_at_all() -> None:
    outbox.enqueue("try.inside", "good", {})
    outbox.enqueue("try.inside", "bad", {"fail": True})
    outbox.process_batch()
    assert state("good") == ("done", 1)
    assert state("bad") == ("waiting", 1)
    assert list(Counter.objects.values_list("series", flat=True)) == ["done:good"]


def test_a_dead_message_is_tried_again_or_cancelled_on_record() -> None:
    for key in ("a", "b"):
        outbox.enqueue("try.hopeless", key, {})
    outbox.process_batch()
    first, second = OutboxMessage.objects.order_by("key")
    outbox.retry(first, CLERK)
    assert state("a") == ("waiting", 0)
    with pytest.raises(InvalidData):
        outbox.cancel(second, CLERK, " ")
    outbox.cancel(second, CLERK, "号码已停机")
    assert state("b")[0] == "cancelled"
    assert list(TrailEntry.objects.order_by("pk").values_list("verb", "actor_id", "note")) == [
        ("retry", 4, ""),
        ("cancel", 4, "号码已停机"),
    ]


def test_after_a_long_outage_all_dead_messages_of_a_topic_are_tried_again_together() -> None:
    for key in ("a", "b"):
        outbox.enqueue("try.hopeless", key, {})
    outbox.enqueue("nobody.handles_this", "c", {})
    outbox.process_batch()
    assert outbox.retry_dead("try.hopeless", CLERK) == 2
    assert outbox.retry_dead("try.other", CLERK) == 0
    assert [message.key for message in outbox.dead_messages()] == ["c"]
    assert TrailEntry.objects.get().after == {"topic": "try.hopeless", "messages": 2}


def test_a_message_that_was_sent_cannot_be_cancelled_or_sent_again() -> None:
    message = outbox.enqueue("try.sent", "a", {})
    outbox.process_batch()
    outbox.cancel(message, CLERK, "too late")
    outbox.retry(message, CLERK)
    assert state("a")[0] == "done"
    assert not TrailEntry.objects.exists()


def test_a_late_failure_does_not_undo_what_another_worker_sent() -> None:
    outbox.enqueue("try.sent", "a", {})
    claimed = outbox._claim(OutboxMessage.objects.get(key="a").pk)
    assert claimed is not None
    with time_shifted(outbox.LEASE + timedelta(seconds=1)):
        outbox.process_batch()
    outbox._failed(claimed[0], Broken("the first worker gave up much later"))
    assert state("a") == ("done", 2)


def test_a_message_that_kills_its_worker_every_time_is_given_up() -> None:
    for topic in ("try.sent", "try.inside"):
        outbox.enqueue(topic, topic, {})
    OutboxMessage.objects.update(attempts=outbox.ATTEMPTS)
    outbox.process_batch()
    assert {message.key for message in outbox.dead_messages()} == {"try.sent", "try.inside"}
    assert not handled


@pytest.mark.django_db(transaction=True)
def test_killed_while_sending_the_message_is_sent_again_with_the_same_key_after_the_lease() -> None:
    outbox.enqueue("try.sent", "a", {})
    status = other_process.run(
        """
        outbox.handler("try.sent")(die)
        outbox.process_batch()
        """
    )
    assert status == -9
    assert state("a") == ("waiting", 1)
    assert outbox.process_batch() == 0
    with time_shifted(outbox.LEASE + timedelta(seconds=1)):
        assert outbox.process_batch() == 1
    assert handled == ["a"]
    assert state("a") == ("done", 2)


@pytest.mark.django_db(transaction=True)
def test_killed_in_a_task_nothing_of_it_remains_and_it_is_done_once_at_once() -> None:
    outbox.enqueue("try.inside", "a", {})
    status = other_process.run(
        """
        @outbox.handler("try.inside", transactional=True)
        def half(message):
            Counter.objects.create(series="done:half", value=1)
            die()
        outbox.process_batch()
        """
    )
    assert status == -9
    assert not Counter.objects.exists()
    assert wait_until_free(lambda: outbox.process_batch() == 1)
    assert list(Counter.objects.values_list("series", flat=True)) == ["done:a"]
    assert state("a") == ("done", 2)


def wait_until_free(attempt: Any) -> bool:
    """A server notices a client's death a moment later and only then frees its locks."""
    for _ in range(100):
        if attempt():
            return True
        threading.Event().wait(0.1)
    return False


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_each_message_once() -> None:
    for number in range(20):
        outbox.enqueue("try.sent", f"s{number}", {})
        outbox.enqueue("try.inside", f"i{number}", {})

    def work() -> None:
        try:
            with as_system("test"):
                while outbox.process_batch(7):
                    pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work()
    assert sorted(handled) == sorted(f"s{number}" for number in range(20))
    assert Counter.objects.count() == 20
    assert not OutboxMessage.objects.exclude(status="done").exists()
    assert not OutboxMessage.objects.filter(next_at__gt=now() + outbox.LEASE).exists()


def test_what_was_sent_long_ago_is_deleted_and_what_waits_or_failed_is_kept() -> None:
    for key, topic in (("sent", "try.sent"), ("notice", "notice.app"), ("dead", "try.hopeless")):
        outbox.enqueue(topic, key, {}, account_id=None)
    outbox._handlers.setdefault("notice.app", outbox.Handler("notice.app", lambda message: None, False))
    assert outbox.process_batch() == 3
    outbox.enqueue("try.sent", "waiting", {}, delay=timedelta(days=900))

    def left() -> set[str]:
        return set(OutboxMessage.objects.values_list("key", flat=True))

    assert outbox.purge() == 0
    with time_shifted(outbox.KEEP_DONE + timedelta(days=1)):
        assert outbox.purge() == 1
        assert left() == {"notice", "dead", "waiting"}
    with time_shifted(outbox.KEEP_NOTICE + timedelta(days=1)):
        assert outbox.purge() == 1
    assert left() == {"dead", "waiting"}
