"""What the worker process does for the API."""

from datetime import timedelta

from gonghui.api import hooks  # noqa: F401 - registers the web hook handler and the fan-out
from gonghui.api.door import forget_old_answers
from gonghui.kernel.worker import duty


@duty("api answers", every=timedelta(hours=1))
def forget() -> int:
    forget_old_answers()
    # Once an hour is enough: 0 waits for the next time.
    return 0
