"""What a walk through a founding needs beside its pages: colleagues who sign."""

from __future__ import annotations

from typing import Any

from gonghui.founding import signing
from gonghui.founding.models import Founding
from gonghui.kernel.flow import get_flow
from gonghui.kernel.models import Matter
from gonghui.people.identity import with_check


def sign_up(matter: Matter, count: int, first: int = 0) -> None:
    token = Founding.objects.get(matter=matter).token
    for place in range(first, first + count):
        signing.sign(token, f"工友{place}", number_of(place), "13900009417")


def number_of(place: int) -> str:
    """A made-up identity number; the check digit is right."""
    return with_check(f"520102198{place // 28 % 10}01{place % 28 + 1:02d}{place:03d}"[:17])


def ready_for(service_id: str, path: str) -> dict[str, Any]:
    return {}


def _elect(walker: Any, matter: Matter) -> None:
    """Enough colleagues sign, then the election is entered at the desk."""
    if not Founding.objects.get(matter=matter).signatures.exists():
        sign_up(matter, 30)
    walker.by_staff(matter, get_flow(matter.kind).by_name["elect"], {"entitled": "30", "present": "25", "votes": "20"})


BESIDE = {"M03": {"elect": _elect}}
