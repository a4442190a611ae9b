"""What a process reads at its first use and keeps."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

_Class = TypeVar("_Class")
_Made = TypeVar("_Made")


def once(make: Callable[[_Class], _Made]) -> Callable[[_Class], _Made]:
    """For a class method that makes the process's own one: it is made once, however many threads ask at the start.

    `functools.cache` would let each of them read the files.
    """
    kept: list[_Made] = []
    lock = threading.Lock()

    @wraps(make)
    def get(cls: _Class) -> _Made:
        if not kept:
            with lock:
                if not kept:
                    kept.append(make(cls))
        return kept[0]

    return get
