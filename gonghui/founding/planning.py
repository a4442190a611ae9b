"""建会计划: a union above begins a founding by itself (handbook 4.1 M03).

Whether a workplace has a union, the employers' register tells and nobody's word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData, NotAllowed
from gonghui.kernel.scope import within
from gonghui.organisations.matching import find_employer
from gonghui.organisations.models import Employer, Organisation
from gonghui.services import refusals
from gonghui.services.actions import Handed, service_for
from gonghui.services.holding import SURE_EMPLOYER, holder_of
from gonghui.services.hooks import checks
from gonghui.services.refusals import Refused, Why
from gonghui.services.spec import Service
from gonghui.services.starting import start

SERVICE = "M03"
PLANNERS = ("handler", "dispatcher", "leader")
# In the matter's data: which union planned it, and on what it rests.
PLANNED = "planned_by"


def employer_known(unit: str, uscc: str, region: str) -> Employer | None:
    """This workplace in the register of employers; None where it is not there, or the name is not sure."""
    found = find_employer(unit, uscc=uscc, region=region)
    if not found or found[0].score < SURE_EMPLOYER or found[0].why == "several":
        return None
    employer = found[0].employer
    if uscc and employer.uscc and employer.uscc != uscc:
        return None  # another workplace of the same name
    return employer


def union_known(unit: str, uscc: str, region: str) -> Organisation | None:
    """The union of this workplace by the register of employers; None where it has none, or is not known for sure."""
    employer = employer_known(unit, uscc, region)
    return employer.union if employer is not None and employer.union is not None and employer.union.active else None


def workplace(values: Mapping[str, Any]) -> tuple[str, str, str]:
    """Name, code and county of the workplace, as the form has them."""
    return str(values["unit"]), str(values.get("uscc") or ""), str(values["region"])


def union_stands(values: Mapping[str, Any]) -> str:
    """Why no union is founded where one stands; empty where none does."""
    union = union_known(*workplace(values))
    return _("登记里这个单位已有工会：%(union)s。可以直接入会。") % {"union": union.name} if union is not None else ""


@checks(SERVICE)
def has_no_union(actor: Actor, service: Service, values: Mapping[str, Any]) -> None:
    if why := union_stands(values):
        raise Refused([Why(why, refusals.other("M01"))])


def planners(actor: Actor) -> list[Organisation]:
    """The unions in whose name this person may plan a founding: territorial ones, not an enterprise's own."""
    rows = Organisation.objects.filter(path__in=actor.paths_as(*PLANNERS), active=True)
    below = (Organisation.Level.GRASSROOTS, Organisation.Level.INDUSTRIAL)
    return list(rows.exclude(level__in=below).order_by("path"))


def plan(actor: Actor, values: Mapping[str, Any], basis: str, key: str) -> Handed:
    """Begin a founding. `values`: the workplace as the form has it, and whom to reach there; `key`: the form's own, so
    that a second click begins no second one. NotAllowed,
    InvalidData beside a field, GuardRefused where it has a union or a founding is under way."""
    mine = planners(actor)
    if not mine:
        raise NotAllowed
    region = str(values["region"])
    service = service_for(SERVICE, region)
    holder = holder_of(service, region)
    own = next((one for one in mine if holder is not None and within(holder.path, one.path)), None)
    if holder is None or own is None:
        raise InvalidData({"region": [_("这个地方不归您的工会管，请写本级或者下级的区县。")]})
    if values["new_form"] > values["employees"]:
        raise InvalidData({"new_form": [_("不能比总人数多。")]})
    whole = {spec.name: values.get(spec.name) or None for spec in service.fields}
    whole |= {"region": region, "employees": values["employees"], "new_form": values["new_form"]}
    return start(actor, service, whole, holder, region, {PLANNED: own.path, "basis": basis}, key)
