"""The category tree (诉求分类, handbook 1.3), which the brain keeps; here are only the lookups this room needs."""

from __future__ import annotations

from functools import cache

from gonghui import brain
from gonghui.kernel.language import in_english


@cache
def tree() -> dict[str, brain.Category]:
    """Level-2 code → the brain's category row."""
    return brain.categories()


def label(code: str) -> str:
    """The words for a code in the active language; the code itself when unknown."""
    row = tree().get(code)
    if row is None:
        return code
    return row.en if row.en and in_english() else row.zh


def known(code: str) -> bool:
    return code in tree()


def pairs() -> list[tuple[str, str]]:
    """`(code, "0101 拖欠工资")` pairs for choosing, in the tree's order."""
    return [(code, f"{code} {label(code)}") for code in tree()]
