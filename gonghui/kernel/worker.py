"""The worker process: small duties in one loop, each by itself, none able to stop the others.

A room registers its duties in `<room>/duties.py`. Everything a duty needs to know is in the database, so a worker may
be killed at any moment and any number of workers may run.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.db import close_old_connections, connection

from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now

logger = logging.getLogger(__name__)
IDLE = 0.5
HEARTBEAT_EVERY = 5.0
DRAIN_MOST = 50


@dataclass
class WorkerDuty:
    """One thing to do again and again. `run` returns how much it did; it is called anew at once while that is not 0."""

    name: str
    run: Callable[[], int]
    every: timedelta
    next_run: float = 0.0


_duties: dict[str, WorkerDuty] = {}


def duty(name: str, every: timedelta) -> Callable[[Callable[[], int]], Callable[[], int]]:
    """Register a duty under a name; `every` is the least time between two empty-handed runs."""

    def keep(function: Callable[[], int]) -> Callable[[], int]:
        _duties[name] = WorkerDuty(name, function, every)
        return function

    return keep


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
        with as_system(f"worker: {item.name}"):
            return int(item.run() or 0)
    except Exception:
        logger.exception("duty %s failed", item.name)
        if connection.in_atomic_block:
            raise
        close_old_connections()
        return 0


def run(once: bool = False, stop: threading.Event | None = None) -> None:
    """Run until SIGTERM or SIGINT (finishing the present item), or, with `once`, until nothing is due."""
    if once:
        run_once()
        return
    stop = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
    duties, beat = discover(), 0.0
    while not stop.is_set():
        busy = False
        for item in duties:
            if stop.is_set():
                break
            if item.next_run <= time.monotonic():
                done = _run(item)
                busy = busy or done > 0
                item.next_run = time.monotonic() + (0 if done else item.every.total_seconds())
        if time.monotonic() - beat > HEARTBEAT_EVERY:
            heartbeat()
            beat = time.monotonic()
        if not busy:
            close_old_connections()
            stop.wait(IDLE)


def heartbeat() -> None:
    """Leave a sign of life for `gonghui check`."""
    path = settings.VAR_DIR / "worker.json"
    fresh = path.with_suffix(f".{os.getpid()}")
    try:
        fresh.write_text(json.dumps({"at": now().isoformat(), "pid": os.getpid(), "host": socket.gethostname()}))
        fresh.replace(path)
    except OSError:
        logger.exception("the worker's heartbeat could not be written")
