"""What editors published over the packaged knowledge (已发布的修改), as the situations and parameters read it.

Plain Python without Django: whoever keeps the changes (`gonghui.knowledge`) gives a source with `use`; without one the
package stands as it is. `topics()` and `ParameterStore.default()` ask each time, so that every process answers with a
change from its day on; `pinned` holds one state for the length of an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Published:
    """One state: YAML of situations by code, YAML of parameter rows in the order of publishing, and the numbers of the
    changes they came with. Compared by identity: a source gives the same object while nothing changes."""

    situations: Mapping[str, str] = field(default_factory=dict)
    parameters: tuple[str, ...] = ()
    changes: tuple[int, ...] = ()


NOTHING = Published()
_source: Callable[[], Published] | None = None
_pinned: ContextVar[Published | None] = ContextVar("gonghui_published", default=None)


def use(source: Callable[[], Published] | None) -> None:
    """Ask this source from now on; None: the package alone."""
    global _source
    _source = source


def published() -> Published:
    """What holds now, or what is pinned here."""
    found = _pinned.get()
    if found is not None:
        return found
    return _source() if _source is not None else NOTHING


@contextmanager
def pinned(state: Published | None = None) -> Iterator[Published]:
    """One state for the work inside, so that an answer never mixes two; given one, a trial of it."""
    held = state or published()
    token = _pinned.set(held)
    try:
        yield held
    finally:
        _pinned.reset(token)
