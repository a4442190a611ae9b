"""家庭: who belongs to a file, found by blind index: one family has one file, and who has one may ask for aid."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from gonghui.aid.models import Assessment, HardshipFile, HouseholdMember
from gonghui.kernel.scope import as_system
from gonghui.kernel.vault import blind_index
from gonghui.services.models import Application

OPEN = (HardshipFile.State.ACTIVE, HardshipFile.State.WATCHED)


def open_file(account_id: int | None, id_no: str) -> HardshipFile | None:
    """The file of a person that aid may be asked for by now: their own, or their family's."""
    with as_system("whether somebody has a file is no secret to themselves"):
        files = HardshipFile.objects.select_related("application").filter(state=HardshipFile.State.ACTIVE)
        if id_no:
            index = blind_index("id_no", id_no)
            return files.filter(household__person_index=index, household__open=True).first()
        return files.filter(account_id=account_id).first() if account_id else None


def numbers_of(application: Application, values: Mapping[str, Any]) -> list[str]:
    """The identity numbers of the applicant and of the family as the form tells them."""
    rows = values.get("members") or []
    told = [str(row.get("member_id_no") or "") for row in rows]
    return list(dict.fromkeys(number for number in (application.id_no, *told) if number))


def doubled(application: Application, values: Mapping[str, Any]) -> HardshipFile | None:
    """Another open file in which somebody of this family stands."""
    indexes = [blind_index("id_no", number) for number in numbers_of(application, values)]
    with as_system("duplicates are looked for in the whole country"):
        found = (
            HouseholdMember.objects.select_related("file")
            .filter(person_index__in=indexes, open=True)
            .exclude(file__application=application)
            .first()
        )
    return found.file if found is not None else None


def fill(file: HardshipFile, values: Mapping[str, Any]) -> None:
    for number in numbers_of(file.application, values):
        HouseholdMember.objects.create(file=file, id_no=number)


def unpacked(assessment: Assessment) -> dict[str, Any]:
    """What an assessment keeps: `facts`, `figures`, `steps`."""
    found: dict[str, Any] = json.loads(assessment.assessed_json)
    return found
