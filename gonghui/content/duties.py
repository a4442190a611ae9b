"""What the worker process does for published texts: it sends what two people decided to push."""

from __future__ import annotations

from datetime import timedelta

from gonghui.content import pushing
from gonghui.kernel.worker import duty


@duty("content pushes", every=timedelta(seconds=10), alone=True)
def send_pushes() -> int:
    return pushing.send_some()
