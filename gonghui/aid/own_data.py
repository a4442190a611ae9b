"""A worker's own file, aid and child's days in the file of the own data that they may take along (个人信息保护法 45);
and what of a child goes with the account (47)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy

from gonghui.aid.models import Assessment, CareDay, Complaint, HardshipFile, HouseholdMember, TripRecord
from gonghui.aid.mutual import register
from gonghui.kernel.scope import as_system
from gonghui.people.actions import own_data_part
from gonghui.people.actions.erasure import erasure_part
from gonghui.people.models import Account
from gonghui.services import retention
from gonghui.services.actions import dump, load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application

CHILDREN = ("M26", "A03")
CHILD_FIELDS = frozenset(
    {"child_name", "child_id_no", "child_birth", "child_school", "health", "fetchers", "admitted_by", "letter"}
)


@own_data_part("hardship_files")
def hardship_files(account: Account) -> list[dict[str, Any]]:
    """The account's own files with what was given."""
    with as_system("one's own files"):
        rows = HardshipFile.objects.filter(account=account).order_by("pk")
        return [
            {
                "number": row.number,
                "level": row.level,
                "state": row.state,
                "plan": row.plan,
                "plan_text": row.plan_text,
                "opened_on": row.opened_on.isoformat(),
                "aids": [{"month": aid.month.isoformat(), "amount": str(aid.amount)} for aid in row.given],
            }
            for row in rows
        ]


@own_data_part("mutual_covers", gettext_lazy("互助参保"))
def mutual_covers(account: Account) -> list[dict[str, Any]]:
    """The plans of mutual aid that the account's own membership is in."""
    rows = register.own(account.pk)
    paid = register.paid(rows)
    return [
        {
            "plan": row.plan,
            "period": row.period,
            "starts": row.starts.isoformat(),
            "ends": row.ends.isoformat(),
            "certificate": row.certificate,
            "paid": str(paid[row.pk]),
        }
        for row in rows
    ]


@own_data_part("care_days")
def care_days(account: Account) -> list[dict[str, Any]]:
    """When the account's child came and who fetched it."""
    with as_system("one's own child"):
        rows = CareDay.objects.filter(application__account=account).order_by("day")
        return [
            {"day": row.day.isoformat(), "came_at": row.came_at.isoformat(), "fetched_by": row.fetched_by_name}
            for row in rows
        ]


@erasure_part
def forget_children(account: Account) -> None:
    """What an ended matter knows of a child is not the union's record: it goes with the account."""
    rows = Application.objects.filter(account=account, service__in=CHILDREN, matter__is_open=False)
    for row in rows:
        service = service_of(row)
        values = load(service, row.values_json)
        row.values_json = dump({name: value for name, value in values.items() if name not in CHILD_FIELDS})
        row.save(update_fields=["values_json"])
    CareDay.objects.filter(application__in=rows).update(pickup_code="", fetched_by_name="")


@retention.retention_part
def forget_family(application: Application) -> None:
    """What was found at the family's home, who belongs to it, who travelled, the days of a child, complaints."""
    Assessment.objects.filter(application=application).update(assessed_json="")
    HardshipFile.objects.filter(application=application).update(plan_text="")
    HouseholdMember.objects.filter(file__application=application).delete()
    TripRecord.objects.filter(application=application).update(id_no="", person_index="")
    CareDay.objects.filter(application=application).update(pickup_code="", fetched_by_name="")
    Complaint.objects.filter(application=application).update(complaint_text="", reply_text="")
