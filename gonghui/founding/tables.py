"""The numbers of 建会, each with its source and mark (`data.yaml`)."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from gonghui import yamls


@cache
def _rows() -> dict[str, Any]:
    found: dict[str, Any] = yamls.read((Path(__file__).parent / "data.yaml").read_text(encoding="utf-8"))
    return found


def number(name: str) -> int:
    return int(_rows()[name]["value"])


def share(name: str) -> Fraction:
    row = _rows()[name]
    return Fraction(row["numerator"], row["denominator"])


def election_wrong(entitled: int, present: int, votes: int) -> str:
    """What is wrong with the numbers of an election: `absent`, `present`, `votes`; empty when it stands."""
    if present > entitled or votes > present or entitled < 1:
        return "numbers"
    if Fraction(present, entitled) < share("present_share"):
        return "present"
    return "" if Fraction(votes, entitled) > share("elected_share") else "votes"
