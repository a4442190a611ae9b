"""Made-up unions, employers and rosters for the demonstration (贵州, and less of 甘肃). No real company is meant."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from gonghui.kernel.actor import SYSTEM
from gonghui.organisations.actions.duty import add_shift
from gonghui.organisations.actions.employers import create_employer
from gonghui.organisations.actions.tree import create_organisation
from gonghui.organisations.models import DutyShift, Employer, Organisation

FILE = Path(__file__).parent.parent / "data" / "demo.yaml"


@transaction.atomic
def seed_demo() -> dict[str, int]:
    """Add the demonstration's organisations; safe to repeat. Needs `seed()` first."""
    data: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    for row in data["unions"]:
        path = f"{row['under']}.{row['segment']}"
        if not Organisation.objects.filter(path=path).exists():
            create_organisation(
                SYSTEM,
                Organisation.objects.get(path=row["under"]),
                row["segment"],
                row["name"],
                row["level"],
                overlay_parents=Organisation.objects.filter(path__in=row.get("overlay", [])),
                phone=row.get("phone", ""),
                worker_types=row.get("worker_types", []),
            )
    for row in data["employers"]:
        if not Employer.objects.filter(name=row["name"]).exists():
            create_employer(
                SYSTEM,
                row["name"],
                aliases=tuple(row.get("aliases", ())),
                region_id=row["region"],
                industry=row.get("industry", ""),
                ownership=row.get("ownership", ""),
                size=row.get("size", ""),
                union=Organisation.objects.filter(path=row["union"]).first() if row.get("union") else None,
                group_level=row.get("group_level", ""),
            )
    for row in data["offices"]:
        Organisation.objects.filter(path=row["path"], phone="").update(phone=row["phone"], address=row["address"])
    for row in data["rosters"]:
        organisation = Organisation.objects.get(path=row["path"])
        if not organisation.shifts.exists():
            _roster(organisation, row["phone"], row["people"])
    return {"organisations": Organisation.objects.count(), "employers": Employer.objects.count()}


def _roster(organisation: Organisation, phone: str, people: list[str]) -> None:
    """Day and night, every weekday; the people take turns, so that no two days look alike."""
    turn = 0
    for weekday in range(7):
        for starts, ends in ((time(9), time(18)), (time(18), time(9))):
            for place in DutyShift.Place.values:
                add_shift(
                    SYSTEM,
                    organisation,
                    place,
                    weekday=weekday,
                    starts=starts,
                    ends=ends,
                    contact_name=people[turn % len(people)],
                    contact_phone=phone,
                )
                turn += 1
