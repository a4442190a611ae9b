"""The worker: duties run, fail and stop without harming each other."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from gonghui.kernel import outbox, worker
from gonghui.kernel.models import Counter, OutboxMessage
from gonghui.kernel.scope import current
from gonghui.kernel.tests import other_process
from gonghui.kernel.times import now

SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _own_duties(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Only the duties a test registers."""
    monkeypatch.setattr(worker, "_duties", {})
    monkeypatch.setattr(worker, "discover", lambda: [worker._duties[name] for name in sorted(worker._duties)])
    yield


def run_until(condition: Any) -> None:
    """Run the loop in a thread until the condition holds, then stop it as SIGTERM would."""
    stop = threading.Event()

    def work() -> None:
        try:
            worker.run(stop=stop)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(600):
            if condition():
                return
            threading.Event().wait(0.05)
        pytest.fail("it never happened")
    finally:
        stop.set()
        thread.join(30)
        assert not thread.is_alive()


@pytest.mark.django_db
def test_a_duty_is_run_again_at_once_while_it_finds_work_and_sees_everything() -> None:
    left, seen = [3], []

    @worker.duty("count", every=timedelta(hours=1))
    def count() -> int:
        seen.append(current().everything)
        left[0] = max(0, left[0] - 1)
        return 1 if left[0] else 0

    assert worker.run_once() == 2
    assert seen == [True, True, True]


@pytest.mark.django_db(transaction=True)
def test_a_duty_that_fails_is_logged_and_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []

    @worker.duty("a broken one", every=SECOND)
    def broken() -> int:
        raise RuntimeError("out of order")

    @worker.duty("b sound one", every=timedelta())
    def sound() -> int:
        done.append(1)
        return 0

    with caplog.at_level(logging.ERROR):
        run_until(lambda: len(done) > 2)
    assert "a broken one failed" in caplog.text


def test_a_duty_that_keeps_failing_pauses_longer_up_to_a_limit() -> None:
    item = worker.WorkerDuty("x", lambda: 0, SECOND)
    pauses = []
    for failures in range(12):
        item.failures = failures
        pauses.append(worker._pause(item))
    assert pauses == sorted(pauses)
    assert pauses[0] == 1
    assert pauses[-1] == worker.LONGEST_PAUSE


@pytest.mark.django_db(transaction=True)
def test_a_lonely_duty_does_not_run_while_another_worker_has_it() -> None:
    entered, leave, runs = threading.Event(), threading.Event(), []

    @worker.duty("lonely", every=SECOND, alone=True)
    def lonely() -> int:
        runs.append(1)
        entered.set()
        leave.wait(30)
        return 0

    def work() -> None:
        try:
            worker.run_once()
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    assert entered.wait(30)
    worker.run_once()
    assert len(runs) == 1
    leave.set()
    thread.join()
    worker.run_once()
    assert len(runs) == 2


@pytest.mark.django_db(transaction=True)
def test_told_to_stop_in_the_middle_of_a_batch_it_ends_after_the_present_item() -> None:
    before = dict(outbox._handlers)
    stop = threading.Event()

    @outbox.handler("try.stop")
    def stopping(message: OutboxMessage) -> None:
        stop.set()

    try:
        for number in range(5):
            outbox.enqueue("try.stop", f"m{number}", {})
        worker.duty("outbox", every=SECOND)(outbox.process_batch)
        worker.run(stop=stop)
    finally:
        outbox._handlers.clear()
        outbox._handlers.update(before)
    assert OutboxMessage.objects.filter(status="done").count() == 1
    assert not worker.stopping()


@pytest.mark.django_db(transaction=True)
def test_sigterm_ends_a_worker_process_in_order() -> None:
    process = other_process.start(
        """
        from datetime import timedelta

        @worker.duty("tell", every=timedelta(seconds=1))
        def tell():
            print("ready", flush=True)
            return 0

        worker.run()
        print("ended in order", flush=True)
        """
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    out, error = process.communicate(timeout=30)
    assert process.returncode == 0, error
    assert out.endswith("ended in order\n")


@pytest.mark.django_db
def test_a_sign_of_life_is_left_for_the_health_check() -> None:
    assert worker.last_beat() is None
    before = now()
    worker.run(once=True)
    last = worker.last_beat()
    assert last is not None
    assert abs(last - before) < timedelta(minutes=1)
    assert Counter.objects.filter(series=worker.BEAT_SERIES).count() == 1
