"""The numbers and the scopes of single sign-on, read once from their files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from gonghui import yamls
from gonghui.kernel.language import in_english

HERE = Path(__file__).parent
EVERYBODY = ("worker", "staff")


@dataclass(frozen=True)
class Scope:
    """范围: something an app may be told; `explicit`: only when the person ticks it."""

    name: str
    zh: str
    en: str
    explicit: bool
    accounts: tuple[str, ...]

    @property
    def label(self) -> str:
        return self.en if in_english() else self.zh


@lru_cache(maxsize=1)
def numbers() -> dict[str, Any]:
    """`numbers.yaml`."""
    return yamls.read((HERE / "numbers.yaml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def scopes() -> dict[str, Scope]:
    """All scopes by name, in the file's order."""
    rows = yamls.read((HERE / "scopes.yaml").read_text(encoding="utf-8"))
    return {
        name: Scope(name, row["zh"], row["en"], bool(row.get("explicit", False)), tuple(row.get("accounts", EVERYBODY)))
        for name, row in rows.items()
    }
