"""The numbers of the worker's front, read once from `numbers.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gonghui import yamls

_numbers: dict[str, Any] = yamls.read((Path(__file__).parent / "numbers.yaml").read_text("utf-8"))

DRAFT_RATE = str(_numbers["rates"]["drafts"])
RIGHTS_RATE = str(_numbers["rates"]["rights"])
PAPER_RATE = str(_numbers["rates"]["papers"])
OBJECTION_RATE = str(_numbers["rates"]["objections"])
SEARCH_RATE = str(_numbers["rates"]["searches"])
CODE_RATE = str(_numbers["rates"]["codes"])
SURE = float(_numbers["understanding"]["sure"])
LIKELY = float(_numbers["understanding"]["likely"])
CATEGORY = float(_numbers["understanding"]["category"])
CATEGORIES = int(_numbers["understanding"]["categories"])
OPENED_MOST = int(_numbers["session_cases"])
