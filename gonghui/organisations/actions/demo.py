"""Made-up unions, employers and rosters for the demonstration (贵州, and less of 甘肃). No real company is meant."""

from __future__ import annotations

from datetime import time, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from gonghui import yamls
from gonghui.kernel.actor import SYSTEM
from gonghui.kernel.times import today
from gonghui.organisations.actions.duty import add_shift
from gonghui.organisations.actions.employers import create_employer
from gonghui.organisations.actions.offices import add_office, read_office
from gonghui.organisations.actions.tree import create_organisation
from gonghui.organisations.models import DutyShift, Employer, Office, Organisation, Region

FILE = Path(__file__).parent.parent / "data" / "demo.yaml"


@transaction.atomic
def seed_demo() -> dict[str, int]:
    """Add the demonstration's organisations; safe to repeat. Needs `seed()` first."""
    data: dict[str, Any] = yamls.read(FILE.read_text(encoding="utf-8"))
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
    for row in data["bodies"]:
        for code in row["regions"]:
            _office(row, Region.objects.get(pk=code))
    for row in data["rosters"]:
        organisation = Organisation.objects.get(path=row["path"])
        if not organisation.shifts.exists():
            _roster(organisation, row["phone"], row["people"])
    return {"organisations": Organisation.objects.count(), "employers": Employer.objects.count()}


def _office(row: dict[str, Any], region: Region) -> None:
    """A body's office in a region; everything about it is made up and says so."""
    name = f"{region.name}{row['name']}"
    if Office.objects.filter(body=row["body"], region=region, name=name).exists():
        return
    checked = today() - timedelta(days=row.get("checked", 30))
    fields = {
        "body": row["body"],
        "region": region.code,
        "name": name,
        "address": f"{region.full_name}（演示地址）政务中心{row['room']}",
        "phone": row["phone"],
        "hours": row.get("hours", "1-5 9:00-12:00,13:30-17:00"),
        "source": "演示数据",
        "checked_on": checked.isoformat(),
        # The middle of the country: no place where anybody would look for an office.
        "latitude": "35.00000",
        "longitude": "105.00000",
    }
    add_office(SYSTEM, read_office(fields))


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
