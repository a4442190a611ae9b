"""axe-core inside a page: which accessibility rules it breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
# Of WCAG 2.2 AA axe leaves the size of what is tapped out unless it is told.
RUN = "axe.run(document, {resultTypes: ['violations'], rules: {'target-size': {enabled: true}}})"


def axe(page: Page) -> list[str]:
    """The serious and critical violations on the page as it stands: rule, what is wrong, first elements."""
    if not AXE.exists():
        raise FileNotFoundError(f"{AXE} is missing: run `make setup`")
    # Evaluated by the browser's own debugger, so that the page's content policy need not be loosened for the test.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(RUN)
    return [
        f"{item['id']} ({item['impact']}): {item['help']}: "
        + "; ".join(node["html"][:160] for node in item["nodes"][:3])
        for item in found["violations"]
        if item["impact"] in SERIOUS
    ]
