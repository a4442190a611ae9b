"""The worker's rounds for the search."""

from __future__ import annotations

from datetime import timedelta

from gonghui.finding import keeping
from gonghui.kernel.worker import duty


@duty("search index", every=timedelta(minutes=5), alone=True)
def refresh() -> int:
    keeping.refresh()
    # One round is enough: returning 0 waits for the next one.
    return 0
