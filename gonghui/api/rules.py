"""The API's numbers and token scopes, read once from their files."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from gonghui import yamls

HERE = Path(__file__).parent


@lru_cache(maxsize=1)
def rules() -> dict[str, Any]:
    """`rules.yaml`."""
    return yamls.read((HERE / "rules.yaml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def scopes() -> dict[str, dict[str, str]]:
    """All token scopes by name: what each is called and the duty (role) it stands for."""
    return yamls.read((HERE / "scopes.yaml").read_text(encoding="utf-8"))
