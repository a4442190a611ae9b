"""Plans whose office confirmed them, people who joined, claims that are on their way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from gonghui.aid.models import MutualCover
from gonghui.aid.mutual import plans, register
from gonghui.appeals.tests.support import CITY, COUNTY, House
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.matters import act
from gonghui.kernel.models import Matter
from gonghui.kernel.tests.support import xlsx
from gonghui.kernel.times import today
from gonghui.membership.actions import Member, join
from gonghui.organisations.models import Organisation
from gonghui.services import actions
from gonghui.services.models import FormFile
from gonghui.services.tests.support import CLAIM, ID_NUMBERS, with_papers

# What a province says of the example when its office has looked at every figure.
CONFIRMED = """
office: {zh: 贵州职工互助保障中心, en: The office, phone: 0851-1}
source: 2026 年方案
confirmed: {by: 贵州职工互助保障中心, day: 2026-01-01, document: 互助保障方案证书 2026}
window: {mark: V, source: 方案证书}
figures:
  premium: {mark: V, source: 方案证书}
  cover_days: {mark: V, source: 方案证书}
  waiting_days: {mark: V, source: 方案证书}
  renewal_gap_days: {mark: V, source: 方案证书}
  deductible: {value: "100", mark: V, source: 方案证书}
  cap: {mark: V, source: 方案证书}
ratios:
  "1": {mark: V, source: 方案证书}
  "2": {mark: V, source: 方案证书}
  "3": {mark: V, source: 方案证书}
"""


def plans_with(folder: Path, text: str = CONFIRMED, name: str = "52/inpatient.yaml") -> Path:
    """The packaged plans and one file more for a place."""
    for path in plans.FOLDER.glob("*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    file = folder / "regions" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return folder


def a_plan(**figures: str) -> plans.Plan:
    """The example of hospital stays with other figures, confirmed by nobody."""
    plan = plans.read(plans.FOLDER).find("inpatient", "", today())
    assert plan is not None
    changed = {
        name: getattr(plan.figures, name).model_copy(update={"value": Decimal(value)})
        for name, value in figures.items()
    }
    return plan.model_copy(update={"figures": plan.figures.model_copy(update=changed)})


def a_member(actor: Actor, path: str = COUNTY, number: str = ID_NUMBERS[0], name: str = "王小明") -> None:
    join(SYSTEM, Organisation.objects.get(path=path), Member(name, number, "", account_id=actor.account_id))


def covered(
    days: int = 100, path: str = COUNTY, number: str = ID_NUMBERS[0], code: str = "inpatient", **changes: Any
) -> MutualCover:
    """Somebody's cover that began so many days ago."""
    union = Organisation.objects.get(path=path)
    since = today() - timedelta(days=days)
    plan = plans.book().find(code, register.region_of(union), since)
    assert plan is not None
    entry = register.Entry(**{"name": "王小明", "id_no": number, "since": since, **changes})
    return register.write(SYSTEM, union, plan, entry, "collective")


def claim_form(actor: Actor, admitted: int = 10, **changes: Any) -> dict[str, Any]:
    """A claim of a stay that began so many days ago, without a certificate."""
    days = {"admitted": today() - timedelta(days=admitted), "discharged": today() - timedelta(days=min(admitted, 5))}
    # A form that was refused before leaves its photos behind.
    FormFile.objects.filter(account_id=actor.own_account, application=None).delete()
    told = {name: value for name, value in CLAIM.items() if name not in ("plan_no", "covered_from")}
    told |= {name: day.isoformat() for name, day in days.items()}
    return {**with_papers(actor, "M17", told, "papers"), **changes}


def claim(actor: Actor, admitted: int = 10, **changes: Any) -> Matter:
    return actions.apply(actor, actions.service_for("M17", "520102"), claim_form(actor, admitted, **changes)).matter


def checked(house: House, matter: Matter, amount: str) -> Matter:
    """Passed by the county, which stands in for the unit's union, and settled by the city."""
    act(matter.pk, "pass_unit", house.person("handler", COUNTY), {"opinion": "本人住院属实。"})
    return act(matter.pk, "check", house.person("handler", CITY), {"amount": amount, "note": "单据已核。"})


HEAD = ("姓名", "身份证号", "生效日期", "互助凭证号", "本期已获赔付")


def book(rows: Sequence[Sequence[Any]], head: Sequence[str] = HEAD) -> bytes:
    return xlsx(head, *rows)


def day(ago: int) -> date:
    return today() - timedelta(days=ago)
