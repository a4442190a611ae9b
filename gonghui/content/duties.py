"""What the worker process does for published texts: it sends what two people decided to push, and
counts who has read it."""

from __future__ import annotations

from datetime import timedelta

from gonghui.content import pushing
from gonghui.kernel.worker import duty


@duty("content pushes", every=timedelta(seconds=10), alone=True)
def send_pushes() -> int:
    return pushing.send_some()


@duty("content pushes read", every=timedelta(minutes=2), alone=True)
def count_read() -> int:
    """Never said to have done something: it would be run again at once, as long as people read."""
    pushing.count_read()
    return 0
