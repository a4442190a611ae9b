"""Regions that a written place may mean, for forms without a map."""

from __future__ import annotations

from django.db.models import Q

from gonghui import brain
from gonghui.organisations.models import Region

CANDIDATES = 12


def find_regions(text: str) -> list[Region]:
    """Regions a written place may mean: exact names first, then what the brain reads; at most a dozen."""
    text = "".join((text or "").split())[:60]
    if not text:
        return []
    exact = Region.objects.filter(Q(name=text) | Q(full_name=text) | Q(short_name=text), level__gte=2)
    found = [row for row in exact.order_by("-level", "code")[: CANDIDATES + 1] if "辖" not in row.name]
    if not found:
        found = list(Region.objects.filter(full_name__endswith=text, level__gte=2).order_by("code")[:CANDIDATES])
    if not found:
        codes: list[str] = []
        for entity in brain.understand(f"我在{text}上班").entities:
            if entity.kind == "place":
                codes += [str(entity.value)] if entity.value else (entity.qualifier or "").split("|")
        found = list(Region.objects.filter(pk__in=codes, level__gte=2).order_by("code"))
    return found[:CANDIDATES]
