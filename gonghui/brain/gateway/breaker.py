"""A provider that keeps failing is left alone for a while (断路器)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Breaker:
    """Opens after some failures in a row; after a pause one call may try, and its result decides. Thread-safe."""

    def __init__(self, failures: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.failures, self.seconds, self.clock = failures, seconds, clock
        self._lock = threading.Lock()
        self._count = 0
        self._opened: float | None = None
        self._trying = False

    def allows(self) -> bool:
        """Whether a call may be made now."""
        with self._lock:
            if self._opened is None:
                return True
            if not self._trying and self.clock() - self._opened >= self.seconds:
                self._trying = True
                return True
            return False

    def succeeded(self) -> None:
        with self._lock:
            self._count, self._opened, self._trying = 0, None, False

    def untried(self) -> None:
        """The call that was allowed was not made after all: another may try."""
        with self._lock:
            self._trying = False

    def failed(self) -> None:
        with self._lock:
            self._count += 1
            if self._trying or self._count >= self.failures:
                self._opened, self._trying = self.clock(), False
