"""The worker process: small duties in one loop, each by itself, none able to stop the others.

A room registers its duties in `<room>/duties.py`. Everything a duty needs to know is in the database, so a worker may
be killed at any moment and any number of workers may run.
"""

from __future__ import annotations

import fcntl
import importlib
import importlib.util
import json
import logging
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.apps import apps
from django.conf import settings
from django.db import Error, close_old_connections, connection

from gonghui.kernel.models import Counter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now

logger = logging.getLogger(__name__)
IDLE = 0.5
HEARTBEAT_EVERY = 15.0
DRAIN_MOST = 50
LONGEST_PAUSE = 60.0
BEAT_SERIES = "worker.heartbeat"
# A counter holds 31 bits: seconds since this moment fit until 2094.
BEAT_EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
_stop = threading.Event()


@dataclass
class WorkerDuty:
    """One thing to do again and again. `run` returns how much it did; it is called anew at once while that is not 0.

    `alone` duties never run in two workers at once. `failures` counts those in a row, to pause longer each time.
    """

    name: str
    run: Callable[[], int]
    every: timedelta
    alone: bool = False
    next_run: float = 0.0
    failures: int = 0


_duties: dict[str, WorkerDuty] = {}


def duty(name: str, every: timedelta, *, alone: bool = False) -> Callable[[Callable[[], int]], Callable[[], int]]:
    """Register a duty under a name; `every` is the least time between two empty-handed runs."""

    def keep(function: Callable[[], int]) -> Callable[[], int]:
        _duties[name] = WorkerDuty(name, function, every, alone)
        return function

    return keep


def stopping() -> bool:
    """True once the worker was told to end: a duty with many items looks between two of them."""
    return _stop.is_set()


def discover() -> list[WorkerDuty]:
    """Import every room's `duties` and `tasks`; return the duties in order of name."""
    for config in apps.get_app_configs():
        if config.name.startswith("gonghui."):
            for module in ("duties", "tasks", "notices"):
                if importlib.util.find_spec(f"{config.name}.{module}") is not None:
                    importlib.import_module(f"{config.name}.{module}")
    return [_duties[name] for name in sorted(_duties)]


def run_once() -> int:
    """Do everything that is due, again until nothing is left (or a bound is reached); return how much was done."""
    total = 0
    for _round in range(DRAIN_MOST):
        done = sum(_run(item) for item in discover())
        total += done
        if not done:
            break
    return total


def _run(item: WorkerDuty) -> int:
    try:
        with as_system(f"worker: {item.name}"), _alone(item) as mine:
            done = int(item.run() or 0) if mine else 0
    except Exception:
        item.failures += 1
        logger.exception("duty %s failed (%s in a row)", item.name, item.failures)
        if connection.in_atomic_block:
            raise
        close_old_connections()
        return 0
    item.failures = 0
    return done


@contextmanager
def _alone(item: WorkerDuty) -> Iterator[bool]:
    """Whether this worker may do the duty now; for `alone` duties no other one can until the body ends.

    The lock belongs to the connection or the open file, so a killed worker leaves none behind.
    """
    if not item.alone:
        yield True
    elif connection.vendor == "postgresql":
        key = f"gonghui.duty.{item.name}"
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [key])
            got = bool(cursor.fetchone()[0])
        try:
            yield got
        finally:
            if got:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [key])
    else:
        name = re.sub(r"\W+", "_", item.name)
        with (settings.VAR_DIR / f"duty-{name}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


def run(once: bool = False, stop: threading.Event | None = None) -> None:
    """Run until SIGTERM or SIGINT (finishing the present item), or, with `once`, until nothing is due."""
    if once:
        beat()
        run_once()
        return
    global _stop
    _stop = stop or threading.Event()
    event = _stop
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: event.set())
    try:
        _loop(discover(), event)
    finally:
        _stop = threading.Event()


def _loop(duties: list[WorkerDuty], stop: threading.Event) -> None:
    last_beat: float | None = None
    while not stop.is_set():
        busy = False
        for item in duties:
            if stop.is_set():
                break
            if last_beat is None or time.monotonic() - last_beat > HEARTBEAT_EVERY:
                beat()
                last_beat = time.monotonic()
            if item.next_run <= time.monotonic():
                done = _run(item)
                busy = busy or done > 0
                item.next_run = time.monotonic() + (0 if done else _pause(item))
        if not busy:
            close_old_connections()
            stop.wait(IDLE)


def _pause(item: WorkerDuty) -> float:
    """Seconds until the next run: the duty's own rhythm, or longer and longer while it keeps failing."""
    usual = item.every.total_seconds()
    if not item.failures:
        return usual
    return max(usual, min(LONGEST_PAUSE, 2.0 ** min(item.failures, 10)))


def beat() -> None:
    """Leave a sign of life: a file for whoever looks at this machine, a row for `gonghui check` on any machine."""
    path = settings.VAR_DIR / "worker.json"
    fresh = path.with_suffix(f".{os.getpid()}")
    try:
        fresh.write_text(json.dumps({"at": now().isoformat(), "pid": os.getpid(), "host": socket.gethostname()}))
        fresh.replace(path)
    except OSError:
        logger.exception("the worker's heartbeat file could not be written")
    try:
        seconds = max(0, int((now() - BEAT_EPOCH).total_seconds()))
        Counter.objects.update_or_create(series=BEAT_SERIES, defaults={"value": seconds})
    except Error:
        logger.exception("the worker's heartbeat row could not be written")
        close_old_connections()


def last_beat() -> datetime | None:
    """When any worker last gave a sign of life, to the second; None when none ever did."""
    value = Counter.objects.filter(series=BEAT_SERIES).values_list("value", flat=True).first()
    return None if value is None else BEAT_EPOCH + timedelta(seconds=value)
