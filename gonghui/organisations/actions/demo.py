"""Made-up unions, employers and rosters for the demonstration (贵州, and less of 甘肃). No real company is meant."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

from gonghui.kernel.actor import SYSTEM
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
    for path in data["rosters"]:
        organisation = Organisation.objects.get(path=path)
        if not organisation.shifts.exists():
            DutyShift.objects.bulk_create(
                [
                    DutyShift(
                        organisation=organisation,
                        place=place,
                        weekday=weekday,
                        starts=time(0, 0),
                        ends=time(0, 0),
                        contact_name=name,
                        contact_phone=phone,
                    )
                    for weekday in range(7)
                    for place, name, phone in (
                        ("first", "值班员", "13900000001"),
                        ("second", "备班员", "13900000002"),
                        ("leader", "带班领导", "13900000003"),
                    )
                ]
            )
    return {"organisations": Organisation.objects.count(), "employers": Employer.objects.count()}
