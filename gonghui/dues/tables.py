"""Who owes no dues, as data (`data/exemptions.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from gonghui import yamls
from gonghui.kernel.language import in_english
from gonghui.kernel.tables import Row


class Reason(Row):
    """Why nothing is due. `state`: the state of a membership from which it follows; empty: it is entered."""

    zh: str = Field(min_length=2)
    en: str = Field(min_length=2)
    state: str = ""
    mark: Literal["V", "P", "S", "U"]

    @property
    def label(self) -> str:
        return self.en if in_english() else self.zh


@cache
def reasons() -> dict[str, Reason]:
    """All reasons by code, in the file's order."""
    rows = yamls.read((Path(__file__).parent / "data" / "exemptions.yaml").read_text(encoding="utf-8"))
    return {code: Reason.model_validate(row) for code, row in rows.items()}


def entered() -> dict[str, Reason]:
    """Those that a person enters."""
    return {code: reason for code, reason in reasons().items() if not reason.state}


def by_state(state: str) -> str:
    """The code that follows from the state of a membership; empty where dues are owed."""
    return next((code for code, reason in reasons().items() if reason.state == state), "")


def label(code: str) -> str:
    found = reasons().get(code)
    return found.label if found is not None else code
