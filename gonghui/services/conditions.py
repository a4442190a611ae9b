"""Conditions over several fields of a form, in CEL (Common Expression Language).

CEL was taken before json-logic (no types, hard to read for who writes a service) and before a language of our own. Of
its two libraries the Rust one (`common-expression-language`) judges a compiled condition in 3.5 µs, cel-python in 172.
CEL has neither decimals nor days: money is told in whole 分, a day as `2026-01-31`, whose order is the days'.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

import cel

# Names in an expression, without what follows a dot (methods) and without text in quotes.
_QUOTED = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
_NAME = re.compile(r"(?<![\w.])[a-z_][a-z0-9_]*(?!\w|\s*\()")
# Each macro goes through a list for each element of the one around it.
_MACRO = re.compile(r"\.(?:all|exists|exists_one|map|filter)\s*\(")
LONGEST, MACROS_MOST = 600, 3
_WORDS = frozenset({"true", "false", "null", "in", "has", "size"})


@lru_cache(maxsize=4096)
def compiled(expression: str) -> Any:
    """The program. ValueError when it is no CEL, or too long or too much nested to be judged in no time."""
    if len(expression) > LONGEST or len(_MACRO.findall(expression)) > MACROS_MOST:
        most = f"{LONGEST} letters and {MACROS_MOST} of all, exists, map, filter"
        raise ValueError(f"{expression[:60]!r}… cannot be judged: a rule has {most} at most")
    try:
        return cel.compile(expression)
    except (ValueError, RuntimeError, TypeError) as error:
        raise ValueError(f"{expression!r} is no CEL expression: {error}") from error


@lru_cache(maxsize=4096)
def names_in(expression: str) -> frozenset[str]:
    """The fields that a condition names. One letter is the variable of a macro: `family.all(x, x.age > 0)`."""
    return frozenset(name for name in _NAME.findall(_QUOTED.sub("''", expression)) if len(name) > 1) - _WORDS


def plain(value: Any) -> Any:
    """A cleaned value as CEL takes it: money in 分, days as text."""
    if isinstance(value, Decimal):
        return int(value * 100)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        # What a row leaves open is nothing: 0 of a number would be a claim.
        return {name: plain(item) for name, item in value.items() if item is not None}
    return value


def holds(expression: str, values: Mapping[str, Any]) -> bool | None:
    """Whether it holds; None when a field it names is not answered. ValueError when it cannot be judged (types)."""
    known = {name: plain(values[name]) for name in names_in(expression) if values.get(name) is not None}
    if len(known) < len(names_in(expression)):
        return None
    try:
        found = compiled(expression).execute(known)
    except (ValueError, RuntimeError, TypeError) as error:
        raise ValueError(f"{expression!r} cannot be judged: {error}") from error
    if not isinstance(found, bool):
        raise ValueError(f"{expression!r} is no condition: it gives {found!r}")
    return found
