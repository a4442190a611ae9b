"""axe-core inside a page: which accessibility rules it breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = ("serious", "critical")
# Of WCAG 2.2 AA axe leaves the size of what is tapped out unless it is told.
RUN = "axe.run(document, {resultTypes: ['violations'], rules: {'target-size': {enabled: true}}})"
# How often a page is asked again that was exchanged for the next one while axe read it.
TRIES = 5


def axe(page: Page) -> list[str]:
    """The serious and critical violations on the page as it stands: rule, what is wrong, first elements."""
    if not AXE.exists():
        raise FileNotFoundError(f"{AXE} is missing: run `make setup`")
    found = _run(page)
    return [
        f"{item['id']} ({item['impact']}): {item['help']}: "
        + "; ".join(node["html"][:160] for node in item["nodes"][:3])
        for item in found["violations"]
        if item["impact"] in SERIOUS
    ]


def _run(page: Page) -> dict[str, Any]:
    """What axe finds. A click returns before the page it leads to is there: axe may be put into the page that goes,
    and then finds no document. Such a failure says nothing of the page; one that stays does.
    """
    for _attempt in range(TRIES - 1):
        try:
            return _once(page)
        except Error:
            page.wait_for_timeout(200)
    return _once(page)


def _once(page: Page) -> dict[str, Any]:
    page.wait_for_load_state()
    # Evaluated by the browser's own debugger, so that the page's content policy need not be loosened for the test.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(RUN)
    return found
