"""Things kernel tests share: a small flow, made actors, a matter to act on."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from openpyxl import Workbook

from gonghui.kernel.actor import Actor, Duty
from gonghui.kernel.flow import load_flow, register_roles, registry, tick
from gonghui.kernel.matters import open_matter
from gonghui.kernel.models import Matter

FLOWS = Path(__file__).parent / "flows"
COUNTY, CITY, PROVINCE, ELSEWHERE = "cn.52.5201.520102", "cn.52.5201", "cn.52", "cn.62.6201.620102"
performed: list[tuple[str, str, Any]] = []


@tick("kernel_test.overdue")
def _note_overdue(matter: Matter, clock: Any, now: Any, args: Any) -> None:
    performed.append((matter.number, clock.name, args))


def errand_flow() -> None:
    """Make the kernel's own test flow known."""
    register_roles(["handler", "leader", "supervisor", "discipline"])
    registry.add_flow(load_flow(FLOWS / "errand.yaml"))


def staff(role: str, path: str, account_id: int = 1) -> Actor:
    """Somebody with one duty. The account row is there, because a matter may be assigned to them."""
    get_user_model().objects.get_or_create(pk=account_id, defaults={"username": f"u{account_id}"})
    return Actor(kind="staff", account_id=account_id, name=f"{role}{account_id}", duties=(Duty(role, path),))


def make_errand(number: str = "E-1", holder: str = COUNTY, **kwargs: Any) -> Matter:
    return open_matter(
        "kernel.errand", actor=staff("handler", holder), title="试办", holder_path=holder, number=number, **kwargs
    )


def xlsx(*rows: Sequence[Any]) -> bytes:
    """An Excel file of one sheet with these rows."""
    made, body = Workbook(), io.BytesIO()
    assert made.active is not None
    for row in rows:
        made.active.append(list(row))
    made.save(body)
    return body.getvalue()
