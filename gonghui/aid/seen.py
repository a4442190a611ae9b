"""What the desk shows beside an application for a file or for aid: the test, duplicates, what the family had."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gonghui.aid import households, means, tables
from gonghui.aid.models import Aid, Assessment, HardshipFile
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import flow_of
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import day_of, today
from gonghui.kernel.vault import mask_name
from gonghui.law.calculators.results import Missing, Result
from gonghui.services.actions import load
from gonghui.services.catalogue import service_of
from gonghui.services.models import Application
from gonghui.services.queries import reads_clear


@dataclass(frozen=True)
class Beside:
    """`clear`: the facts of the family are shown, at the union that handles it."""

    clear: bool
    told: Result | Missing | None = None
    ruled_out: list[tables.Asset] = field(default_factory=list)
    doubled: HardshipFile | None = None
    assessments: list[tuple[Assessment, dict[str, Any]]] = field(default_factory=list)
    file: HardshipFile | None = None
    plan: list[str] = field(default_factory=list)
    aids: list[Aid] = field(default_factory=list)
    conflicts: list[Application] = field(default_factory=list)


def hardship(matter: Matter, clear: bool) -> Beside:
    """The caller has checked that the actor sees the matter."""
    with as_system("the actor sees this matter"):
        application = Application.objects.select_related("matter").get(matter=matter)
        service = service_of(application)
        values = load(service, application.values_json)
        day = day_of(application.applied_at)
        file = HardshipFile.objects.select_related("application").filter(application=application).first()
        return Beside(
            clear,
            means.told(values, application.region, day) if clear else None,
            means.ruled_out(values),
            households.doubled(application, values),
            [(one, households.unpacked(one) if clear else {}) for one in application.assessments.order_by("-at")],
            file,
            plan(file),
            list(file.given.select_related("application__matter")[:50]) if file else [],
            _conflicts(application, "living"),
        )


def aid(matter: Matter, clear: bool) -> Beside:
    """Beside an application for aid: the file, what it had, what other services gave for the same need this year."""
    with as_system("the actor sees this matter"):
        application = Application.objects.select_related("matter").get(matter=matter)
        values = load(service_of(application), application.values_json)
        file = households.open_file(application.account_id, application.id_no)
        return Beside(
            clear,
            file=file,
            plan=plan(file),
            aids=list(file.given.select_related("application__matter")[:50]) if file else [],
            conflicts=_conflicts(application, values["category"]),
        )


def plan(file: HardshipFile | None) -> list[str]:
    if file is None:
        return []
    flow = flow_of(file.application)
    names = {choice.code: str(choice) for spec in flow.by_name["file"].fields for choice in spec.choices}
    return [names.get(code, code) for code in file.plan]


def _conflicts(application: Application, category: str) -> list[Application]:
    """冲突核查: what the same person asked of other services this year for the same need."""
    if not application.person_index:
        return []
    rows = Application.objects.select_related("matter").filter(
        person_index=application.person_index,
        service__in=tables.hardship().conflicts.get(category, ()),
        applied_at__year=today().year,
    )
    return list(rows.exclude(matter__state__in=("refused", "withdrawn")).order_by("-applied_at")[:10])


def step_values(matter: Matter, step: str) -> dict[str, Any]:
    """What a visit's form begins with: what the worker wrote, or the last visit found, and the line of the place."""
    with as_system("the actor sees this matter"):
        application = Application.objects.get(matter=matter)
        values = load(service_of(application), application.values_json)
        last = application.assessments.order_by("-at").first()
        line = means.line_for(application.region, today())
    found: dict[str, Any] = {"visited_on": today().isoformat()}
    if line is not None:
        found |= {"dibao": str(line.amount), "dibao_source": line.source}
    if step == "visit" and last is None:
        told = {"income": values["income"], "rigid": means.rigid(values), "people": means.people(values)}
        return {**found, **{name: str(value) for name, value in told.items()}}
    facts = households.unpacked(last)["facts"] if last is not None else {}
    return {**found, **{name: facts[name] for name in ("income", "rigid", "people") if name in facts}}


def names(actor: Actor, applications: list[Application]) -> list[str]:
    """Who they are: in clear where the actor reads them so, else masked."""
    found = []
    for one in applications:
        values = load(service_of(one), one.values_json)
        name = str(values.get("name") or "")
        found.append(name if reads_clear(actor, one.matter) else mask_name(name))
    return found
