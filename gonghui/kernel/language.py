"""Which of the two languages of pages and data the reader has chosen."""

from __future__ import annotations

from django.utils.translation import get_language


def in_english() -> bool:
    """Whether the active language is English; without one it is Chinese."""
    return (get_language() or "").startswith("en")
