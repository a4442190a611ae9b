"""What the worker's pages show of a service, for the portal and for the preview of a file that is not in use yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gonghui.kernel.flow import get_flow
from gonghui.kernel.times import today
from gonghui.services import actions, facts, offers, queries
from gonghui.services.catalogue import catalogue
from gonghui.services.forms import SectionForm
from gonghui.services.models import Offer
from gonghui.services.spec import Section, Service


def conditions_of(service: Service, outcome: facts.Outcome) -> list[dict[str, Any]]:
    """Each condition as it stands, with the service one may have instead."""
    judged = zip(service.eligibility, actions.judged(service, outcome), strict=True)
    return [
        {**row, "instead": catalogue().services.get(condition.instead) if condition.instead else None}
        for condition, row in judged
    ]


def usual_steps(service: Service) -> list[str]:
    """What happens one after the other when nothing goes wrong: the clocks of the states on the main way."""
    if not service.takes_applications:
        return []
    flow = get_flow(service.kind_of_matter)
    names = [name for state in flow.states.values() if not state.side for name in state.clocks]
    return [str(flow.clocks[name].title) for name in dict.fromkeys(names)]


def offer_rows(service: Service, found: Sequence[Offer]) -> list[dict[str, Any]]:
    """Offers as a list shows them."""
    return [
        {"offer": row, "when": offers.when(row), "seats": offers.seats_words(service, row), "left": row.left}
        for row in found
    ]


def service_page(service: Service, standing: actions.Standing, region: str, *, known: bool) -> dict[str, Any]:
    """What it is, for whom, what one gets, how long it takes. `known`: it is known who looks."""
    coming = offers.coming(service, region) if service.offers is not None else None
    return {
        "service": service,
        "standing": standing,
        "conditions": conditions_of(service, standing.outcome),
        "known": known,
        "limits": usual_steps(service),
        "parts": catalogue().parts_of(service.id, today(), region),
        "offers": offer_rows(service, coming) if coming is not None else None,
    }


def form_page(service: Service, section: Section, form: SectionForm) -> dict[str, Any]:
    """One page of the form, with its place among the others."""
    places = [one.id for one in service.form]
    place = places.index(section.id)
    return {
        "service": service,
        "section": section,
        "form": form,
        "number": place + 1,
        "count": len(places),
        "back": places[place - 1] if place else "",
    }


def check_pages(service: Service, values: Mapping[str, Any], errors: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """Everything once more before it is handed in, page by page."""
    found = []
    for section in service.form:
        only = service.model_copy(update={"form": (section,)})
        found.append(
            {
                "section": section,
                "rows": queries.rows(only, dict(values), clear=True),
                "files": queries.files_of(only, dict(values)),
                "wrong": [(str(spec), text) for spec in section.fields for text in errors.get(spec.name, [])],
            }
        )
    return found
