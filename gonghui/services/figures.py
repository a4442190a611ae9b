"""服务统计: what came of the applications for each service (handbook 4.1 K): how many, with what end, in how many days,
how they were rated, what was paid, which double claims were blocked; and the `figures` that the service's file names.

Counted over what the actor's unions see, by the day an application was handed in. Nobody is named; restricted matters
(心理服务) are not counted here at all: their own room counts them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import NotFound
from gonghui.kernel.flow import kept_flow
from gonghui.kernel.flow.schema import State
from gonghui.kernel.models import MatterScope
from gonghui.kernel.scope import as_system, at_or_below
from gonghui.kernel.times import SHANGHAI
from gonghui.organisations.queries import names_of
from gonghui.services.catalogue import catalogue
from gonghui.services.fields import choices_of
from gonghui.services.models import Application, Blocked, Payment
from gonghui.services.spec import Service

READERS = ("handler", "dispatcher", "leader", "supervisor", "analyst")
# The bad ends that somebody of the union decided; the others the worker chose, or time brought.
REFUSALS = ("refused", "not_adopted", "not_filed", "removed")
VALUES_MOST = 15


@dataclass
class Row:
    """One service over a period. `days`: from handing in to the end, on average; `stars` of `rated` ratings."""

    service: Service
    applied: int = 0
    open: int = 0
    done: int = 0
    refused: int = 0
    given_up: int = 0
    contested: int = 0
    days: float | None = None
    stars: float | None = None
    rated: int = 0
    paid: Decimal = Decimal(0)
    blocked: int = 0


@dataclass
class Detail:
    """One service more closely: how many in each state, by union, by what was told; why it was refused lately."""

    row: Row
    states: list[tuple[str, int]] = field(default_factory=list)
    unions: list[tuple[str, int]] = field(default_factory=list)
    told: list[tuple[str, list[tuple[str, int]]]] = field(default_factory=list)
    reasons: list[tuple[int, str, str]] = field(default_factory=list)


def _seen(actor: Actor, since: date, until: date) -> QuerySet[Application]:
    paths = actor.paths_as(*READERS)
    visible = MatterScope.objects.filter(matter=OuterRef("matter"), path__in=paths)
    first = datetime.combine(since, time(), SHANGHAI)
    last = datetime.combine(until + timedelta(days=1), time(), SHANGHAI)
    return Application.objects.filter(
        Exists(visible), applied_at__gte=first, applied_at__lt=last, matter__restricted=False
    )


def overview(actor: Actor, since: date, until: date) -> list[Row]:
    """The services that were applied for, in the catalogue's order."""
    with as_system("counted over the actor's own unions, nobody is named"):
        return _rows(actor, _seen(actor, since, until), since, until)


def _rows(actor: Actor, seen: QuerySet[Application], since: date, until: date) -> list[Row]:
    found: dict[str, Row] = {}

    def row_of(service_id: str) -> Row | None:
        service = catalogue().services.get(service_id)
        return found.setdefault(service_id, Row(service)) if service is not None else None

    counts = seen.values_list("service", "kind", "flow_digest", "matter__state").annotate(n=Count("pk"))
    for service_id, kind, digest, state, count in counts:
        if (row := row_of(service_id)) is not None:
            _add(row, kept_flow(kind, digest).state_of(state), state, count)
    took = ExpressionWrapper(F("matter__closed_at") - F("applied_at"), output_field=DurationField())
    measured = seen.values("service").annotate(
        took=Avg(took, filter=Q(matter__closed_at__gte=F("applied_at"))),
        stars=Avg("rating"),
        rated=Count("rating"),
        contested=Count("contested_at"),
    )
    for one in measured.order_by("service"):
        if (row := row_of(one["service"])) is not None:
            row.days = round(one["took"] / timedelta(days=1), 1) if one["took"] is not None else None
            row.stars = round(float(one["stars"]), 1) if one["stars"] is not None else None
            row.rated, row.contested = one["rated"], one["contested"]
    paid = Payment.objects.filter(application__in=seen, status=Payment.Status.PAID)
    for service_id, total in paid.values_list("application__service").annotate(total=Sum("amount")):
        if (row := row_of(service_id)) is not None:
            row.paid = total
    for service_id, count in _blocked(actor, since, until):
        if (row := row_of(service_id)) is not None:
            row.blocked = count
    return [found[service_id] for service_id in catalogue().services if service_id in found]


def _add(row: Row, spec: State, state: str, count: int) -> None:
    row.applied += count
    if not spec.final:
        row.open += count
    elif not spec.side:
        row.done += count
    elif state in REFUSALS:
        row.refused += count
    else:
        row.given_up += count


def _blocked(actor: Actor, since: date, until: date) -> list[tuple[str, int]]:
    rows = Blocked.objects.filter(at_or_below("holder_path", actor.paths_as(*READERS)), day__gte=since, day__lte=until)
    return list(rows.values_list("service").annotate(total=Sum("count")).order_by("service"))


def detail(actor: Actor, service_id: str, since: date, until: date) -> Detail:
    """NotFound for no service."""
    service = catalogue().services.get(service_id)
    if service is None or not service.takes_applications:
        raise NotFound
    own = actor.paths_as(*READERS)
    with as_system("counted over the actor's own unions, nobody is named"):
        seen = _seen(actor, since, until).filter(service=service_id)
        rows = [row for row in _rows(actor, seen, since, until) if row.service.id == service_id]
        found = Detail(rows[0] if rows else Row(service))
        states, unions, told = Counter[str](), Counter[str](), {name: Counter[str]() for name in service.figures}
        for kind, digest, state, holder, figures in seen.values_list(
            "kind", "flow_digest", "matter__state", "matter__holder_path", "figures"
        ).iterator():
            states[kept_flow(kind, digest).state_of(state).label] += 1
            unions[holder] += 1
            for name, counter in told.items():
                value = figures.get(name)
                counter.update(value if isinstance(value, list) else [] if value is None else [str(value)])
        # The reasons are for the union that gave them: they may tell of a person.
        refused = seen.filter(matter__state="refused", matter__holder_path__in=own).exclude(told_text="")
        found.reasons = [
            (one.matter_id, one.matter.number, one.told_text)
            for one in refused.select_related("matter").order_by("-applied_at")[:VALUES_MOST]
        ]
    names = names_of(unions)
    found.states = states.most_common()
    found.unions = [(names.get(path, path), count) for path, count in unions.most_common(VALUES_MOST)]
    found.told = [(str(service.field(name)), _labelled(service, name, told[name])) for name in told if told[name]]
    return found


def _labelled(service: Service, name: str, counted: Counter[str]) -> list[tuple[str, int]]:
    spec = service.field(name)
    if spec.type == "bool":
        labels: dict[str, Any] = {"True": _("是"), "False": _("否")}
    else:
        labels = dict(choices_of(spec)) if spec.choices or spec.choices_from else {}
    return [(str(labels.get(value, value)), count) for value, count in counted.most_common(VALUES_MOST)]
