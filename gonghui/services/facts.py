"""Facts by which services are offered or refused: of the profile, of earlier applications, of the form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from gonghui.brain.match import Outcome, decide
from gonghui.kernel.actor import Actor
from gonghui.kernel.scope import as_system
from gonghui.kernel.vault import blind_index
from gonghui.membership import queries as members
from gonghui.people.identity import age_on
from gonghui.people.models import Person
from gonghui.services.models import Application, Taken
from gonghui.services.spec import Service

Facts = dict[str, Any]
Source = Callable[[int | None, str, date], Facts]
_sources: list[Source] = []


def fact_source(function: Source) -> Source:
    """`@fact_source` — facts that a room above knows of a person for sure, by account and identity number: they go
    before what a form tells. What it does not know it leaves out."""
    if function not in _sources:
        _sources.append(function)
    return function


def profile_of(actor: Actor) -> Person | None:
    """The worker's profile; None for who has none."""
    if actor.account_id is None:
        return None
    with as_system("one's own profile"):
        return Person.objects.select_related("region", "union").filter(account_id=actor.account_id).first()


def known_facts(person: Person | None, day: date) -> Facts:
    """What the profile tells. What it does not tell is unknown, never false. Whether somebody is a member only the
    register tells (`registered_facts`): a member number that anybody can type proves nothing."""
    facts: Facts = {}
    if person is None:
        return facts
    if person.worker_type:
        facts["worker_type"] = person.worker_type
    age = age_on(person.id_no, day) if person.id_no else None
    if age is None and person.birth_year:
        # The year alone leaves one year open; the lower age is taken where it decides nothing against anybody.
        age = day.year - person.birth_year - 1
    if age is not None:
        facts["age"] = age
    return facts


def registered_facts(account_id: int | None, id_no: str, day: date) -> Facts:
    """What the register of members and the rooms above tell; it goes before what a form tells. Who is not in the
    register is unknown: many unions have not brought their members in yet."""
    known: Facts = {}
    for source in _sources:
        known |= source(account_id, id_no, day)
    found = members.own(account_id, id_no)
    if found is not None:
        known |= {"member": True, "member_months": members.months(found, day)}
    return known


def told_facts(service: Service, values: Mapping[str, Any], day: date) -> Facts:
    """What the form tells: fields that are facts, and the age by the identity number."""
    facts: Facts = {}
    for field in service.fields:
        value = values.get(field.name)
        if value is None:
            continue
        if field.fact:
            facts[field.fact] = int(value) if field.type in ("int", "money") else value
        if field.type == "id_no" and (age := age_on(str(value), day)) is not None:
            facts.setdefault("age", age)
    return facts


def judge(service: Service, facts: Facts) -> Outcome:
    """Whether it fits, does not (and why), or depends on what is still unknown."""
    return decide(service.eligibility, facts)


def once_keys(service: Service, values: Mapping[str, Any], account_id: int | None, day: date) -> list[tuple[int, str]]:
    """(place of the rule, key) for each `once` of the service. A person is the identity number where one is asked."""
    keys = []
    offer = values.get(service.offer_field) if service.offer_field else None
    for place, rule in enumerate(service.once):
        who = _who(service, rule.by, values, account_id)
        if who and (rule.during != "offer" or offer):
            period = {"year": str(day.year), "offer": f"offer-{offer}"}.get(rule.during, rule.during)
            keys.append((place, f"{service.id}:{rule.by}:{who}:{period}"))
    return keys


def id_no_of(service: Service, values: Mapping[str, Any]) -> str:
    """The identity number that the form asks for; empty where it asks for none, or none is given."""
    return next((str(values[f.name]) for f in service.fields if f.type == "id_no" and values.get(f.name)), "")


def _who(service: Service, by: str, values: Mapping[str, Any], account_id: int | None) -> str:
    if by == "person":
        number = id_no_of(service, values)
        return blind_index("id_no", number) if number else f"account-{account_id}" if account_id else ""
    if by == "account":
        return f"account-{account_id}" if account_id else ""
    value = values.get(by)
    return blind_index("once", str(value)) if value is not None else ""


def already_taken(keys: list[tuple[int, str]]) -> tuple[int, Application] | None:
    """The place of the first rule whose key is taken, and the application that has it; None when all are free."""
    with as_system("whether somebody had it is no secret to themselves"):
        rows = Taken.objects.select_related("application").filter(key__in=[key for _place, key in keys])
        taken = {row.key: row.application for row in rows}
    return next(((place, taken[key]) for place, key in keys if key in taken), None)
