"""The kernel's own duties of the worker process."""

from __future__ import annotations

from datetime import timedelta

from gonghui.kernel import adapters, clocks, outbox, trail  # noqa: F401 - adapters register the handlers
from gonghui.kernel.worker import duty


@duty("clocks", every=timedelta(seconds=1))
def run_clocks() -> int:
    return clocks.run_due()


@duty("outbox", every=timedelta(seconds=0.5))
def run_outbox() -> int:
    return outbox.process_batch()


@duty("outbox purge", every=timedelta(hours=1), alone=True)
def purge_outbox() -> int:
    return outbox.purge()


@duty("trail checkpoint", every=timedelta(minutes=10))
def make_checkpoint() -> int:
    trail.checkpoint()
    # One a round is enough: returning 0 waits for the next one.
    return 0
