"""Facts by which services are offered or refused: of the profile, of earlier applications, of the form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet

from gonghui.brain.match import Outcome, decide
from gonghui.brain.match.rules import FACTS
from gonghui.kernel.actor import Actor
from gonghui.kernel.scope import as_system
from gonghui.kernel.vault import blind_index
from gonghui.membership import queries as members
from gonghui.membership.models import Membership
from gonghui.people.identity import age_on
from gonghui.people.models import Person
from gonghui.services import rounds
from gonghui.services.models import Application, Taken
from gonghui.services.sources import REGISTER_ALONE, Asked, Facts, of_rooms
from gonghui.services.spec import FormField, Once, Service


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


def asked_by(
    service: Service, values: Mapping[str, Any], person: Person | None, account_id: int | None, day: date
) -> Asked:
    """Of whom a form asks: by the identity number in it, else by that of the profile."""
    written = id_no_of(service, values)
    number = written or (person.id_no if person is not None else "")
    unit = str(values.get(service.handled_by.unit) or "") if service.handled_by.unit else ""
    return Asked(account_id, number, day, unit, str(values.get(service.handled_by.place) or ""), bool(written))


def registered_facts(asked: Asked) -> Facts:
    """What the register of members and the rooms tell; it goes before what a form tells. Who is not in the register is
    unknown: many unions have not brought their members in yet. An account's membership tells nothing of somebody else
    whose identity number is written on the form."""
    known = of_rooms(asked)
    found = members.own(asked.account_id, asked.id_no)
    if found is not None and (not asked.written or found.person_index == blind_index("id_no", asked.id_no)):
        known |= {"member": True, "member_months": members.months_by_day(found, asked.day)}
    return known


def membership_of(application: Application) -> Membership | None:
    """What the register of the whole country has of whom an application is about, for who handles it: by the identity
    number, else by the account."""
    if application.id_no:
        return members.current_by_id(application.id_no)
    return members.current_of(application.account_id)


def told_facts(service: Service, values: Mapping[str, Any], day: date) -> Facts:
    """What the form tells: fields that are facts (an answer to any but a yes-or-no says that there is such a thing),
    and the age by the identity number."""
    facts: Facts = {}
    for field in service.fields:
        value = values.get(field.name)
        if value is None:
            continue
        if field.fact and field.fact not in REGISTER_ALONE:
            facts[field.fact] = _as_fact(field, value)
        if field.type == "id_no" and (age := age_on(str(value), day)) is not None:
            facts.setdefault("age", age)
    return facts


def _as_fact(field: FormField, value: Any) -> Any:
    if FACTS[field.fact][0] is bool and field.type != "bool":
        return True
    return int(value) if field.type in ("int", "money") else value


def judge(service: Service, facts: Facts, *, told: bool = False) -> Outcome:
    """Whether it fits, does not (and why), or depends on what is still unknown. `told`: the whole form is filled in,
    and what must be known by now (`unknown: refused`) refuses when it is not."""
    return decide(service.eligibility, facts, told=told)


def judged(service: Service, outcome: Outcome) -> list[dict[str, Any]]:
    """Each condition as it stood: yes, no or ask; `told`: by the person's own word."""
    against = {id(condition) for condition in outcome.against}
    rows = []
    for condition in service.eligibility:
        answer = "no" if id(condition) in against else "ask" if condition.fact in outcome.ask else "yes"
        row = {"fact": condition.fact, "answer": answer, "zh": condition.zh, "en": condition.en}
        rows.append({**row, "told": condition.fact in outcome.told})
    return rows


def once_keys(service: Service, values: Mapping[str, Any], account_id: int | None, day: date) -> list[tuple[int, str]]:
    """(place of the rule, key) for each `once` of the service. A person is the identity number where one is asked."""
    keys = []
    offer = values.get(service.offer_field) if service.offer_field else None
    for place, rule in enumerate(service.once):
        who = _who(service, rule, values, account_id)
        if who and (rule.during != "offer" or offer):
            period = {"year": str(day.year), "offer": f"offer-{offer}", "round": _round(service, day)}
            by = "+".join(rule.names)
            keys.append((place, f"{service.id}:{by}:{who}:{period.get(rule.during, rule.during)}"))
    return keys


def _round(service: Service, day: date) -> str:
    found = rounds.on(service.rounds, day)
    return f"round-{found.name}" if found is not None else "round"


def id_no_of(service: Service, values: Mapping[str, Any]) -> str:
    """The identity number that the form asks for; empty where it asks for none, or none is given."""
    return next((str(values[f.name]) for f in service.fields if f.type == "id_no" and values.get(f.name)), "")


def _who(service: Service, rule: Once, values: Mapping[str, Any], account_id: int | None) -> str:
    """Whom or what the rule counts; empty while a part of it is not known."""
    found = [_one(service, name, values, account_id) for name in rule.names]
    if len(found) == 1:
        return found[0]
    return blind_index("once", "+".join(found)) if all(found) else ""


def _one(service: Service, by: str, values: Mapping[str, Any], account_id: int | None) -> str:
    if by == "person":
        number = id_no_of(service, values)
        return blind_index("id_no", number) if number else f"account-{account_id}" if account_id else ""
    if by == "account":
        return f"account-{account_id}" if account_id else ""
    value = values.get(by)
    return blind_index("once", str(value)) if value is not None else ""


def already_taken(keys: list[tuple[int, str]]) -> tuple[int, Application | None] | None:
    """The place of the first rule whose key is taken, and the application that has it (none for who had it before this
    platform kept count); None when all are free."""
    with as_system("whether somebody had it is no secret to themselves"):
        # One's own application before a list, so that one is led to it.
        rows = sorted(taken_by(key for _place, key in keys), key=lambda row: row.application is not None)
        taken = {row.key.removesuffix(Taken.LISTED): row.application for row in rows}
    return next(((place, taken[key]) for place, key in keys if key in taken), None)


def taken_by(keys: Iterable[str]) -> QuerySet[Taken]:
    """The rows that hold these keys: of applications, and of lists of who had it before."""
    both = [form for key in keys for form in (key, key + Taken.LISTED)]
    return Taken.objects.select_related("application", "brought_by").filter(key__in=both)
