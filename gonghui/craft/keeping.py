"""The register at the desk: correct an entry, note the survey, take an honour back (handbook 5.10)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.craft import library
from gonghui.craft.models import Achievement, Craftsman, Honour
from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.scope import as_system, within
from gonghui.kernel.times import now, today
from gonghui.kernel.vault import blind_index
from gonghui.organisations.models import Organisation

SURVEY = ("life", "work", "health", "wishes")
EDITED = ("trade", "unit", "technology", "workshop", "story", "quote", "hours_month", "state")


def survey_of(person: Craftsman) -> dict[str, str]:
    """What the last survey noted."""
    return {name: str(value) for name, value in json.loads(person.survey_json or "{}").items() if name in SURVEY}


def _own(actor: Actor, person: Craftsman) -> None:
    if not any(within(person.organisation.path, path) for path in actor.paths_as(*library.KEEPERS)):
        raise NotAllowed


def change(actor: Actor, person: Craftsman, values: Mapping[str, Any]) -> Craftsman:
    """Correct an entry. Consent is the person's own: here it can be noted only with what proves it, or taken back."""
    _own(actor, person)
    with transaction.atomic(), as_system("an entry of one's own register"):
        changed = [name for name in EDITED if name in values and getattr(person, name) != values[name]]
        for name in changed:
            setattr(person, name, values[name])
        shown = bool(values.get("publish"))
        if shown != (person.consented_at is not None):
            if shown and not str(values.get("consent_proof") or "").strip():
                raise InvalidData({"consent_proof": [_("请写明本人怎样同意的（书面、电话、日期）。")]})
            person.consented_at = now() if shown else None
            changed.append("consented_at")
        person.save()
        after: dict[str, Any] = {"changed": changed}
        if "consented_at" in changed:
            after["consent"] = shown
        trail.record(
            f"craftsman:{person.pk}", "change", actor=actor, after=after, org_path=person.organisation.path,
            note=str(values.get("consent_proof") or "")[:200],
        )  # fmt: skip
    return person


def note_survey(actor: Actor, person: Craftsman, values: Mapping[str, str]) -> None:
    """调研: life, work, health, wishes of one who was honoured by a province or above; kept encrypted."""
    _own(actor, person)
    with transaction.atomic(), as_system("an entry of one's own register"):
        person.survey_json = json.dumps({name: values.get(name, "") for name in SURVEY}, ensure_ascii=False)
        person.surveyed_on = today()
        person.save(update_fields=["survey_json", "surveyed_on"])
        trail.record(f"craftsman:{person.pk}", "survey", actor=actor, after={"on": today().isoformat()})


def add_achievement(actor: Actor, person: Craftsman, values: Mapping[str, str]) -> Achievement:
    """One number that changed. InvalidData when it stands there already."""
    _own(actor, person)
    with transaction.atomic(), as_system("an entry of one's own register"):
        row, made = Achievement.objects.get_or_create(
            craftsman=person, metric=values["metric"],
            defaults={name: values.get(name, "") for name in ("before", "after", "measure", "evidence")},
        )  # fmt: skip
        if not made:
            raise InvalidData({"metric": [_("这个指标已经登记过。")]})
        trail.record(f"craftsman:{person.pk}", "achievement", actor=actor, after={"metric": row.metric})
    return row


def cancel_honour(actor: Actor, person: Craftsman, honour_id: int, reason: str, on: date | None = None) -> Honour:
    """取消荣誉 (a crime, untrue deeds …). It stays in the register and leaves the person's page. By a leader alone."""
    _own(actor, person)
    if not actor.has_role("leader"):
        raise NotAllowed
    reason = reason.strip()
    if not reason:
        raise InvalidData({"reason": [_("请写明取消的理由和依据。")]})
    with transaction.atomic(), as_system("an entry of one's own register"):
        row = Honour.objects.select_for_update().filter(pk=honour_id, craftsman=person).first()
        if row is None:
            raise NotFound
        if row.cancelled_on is not None:
            raise GuardRefused([_("这项荣誉已经取消了。")])
        row.cancelled_on, row.cancel_reason = on or today(), reason[:200]
        row.save(update_fields=["cancelled_on", "cancel_reason"])
        if not Honour.objects.filter(craftsman=person, cancelled_on=None).exists():
            # Nothing is left that the page would honour.
            person.consented_at = None
            person.save(update_fields=["consented_at"])
        trail.record(
            f"craftsman:{person.pk}", "cancel_honour", actor=actor, after={"honour": row.kind, "year": row.year},
            note=reason[:200], org_path=person.organisation.path,
        )  # fmt: skip
    return row


@transaction.atomic
def enter(actor: Actor, values: Mapping[str, Any]) -> Craftsman:
    """登记 of somebody who holds an honour or a craft already. By the union that keeps the register, in its region."""
    paths = actor.paths_as(*library.KEEPERS)
    if not paths:
        raise NotAllowed
    union = Organisation.objects.get(path=paths[0])
    index = blind_index("id_no", str(values["id_no"]))
    if index and Craftsman.objects.filter(person_index=index).exists():
        raise InvalidData({"id_no": [_("这个人已经在库里。")]})
    with as_system("an entry of one's own register"):
        person = Craftsman(organisation=union, region_id=str(values["region_id"]), listed_at=now())
        for name in ("name", "id_no", "phone", "unit", "trade", "skill_level", "technology"):
            setattr(person, name, values[name] or "")
        person.tags, person.years = list(values["tags"]), values["years"]
        person.hours_month, person.area = values["hours_month"] or 0, values["area"]
        person.save()
        trail.record(f"craftsman:{person.pk}", "enter", actor=actor, after={"unit": person.unit}, org_path=union.path)
    return person


@transaction.atomic
def add_honour(actor: Actor, person: Craftsman, values: Mapping[str, Any]) -> Honour:
    """An honour conferred elsewhere, with what proves it."""
    _own(actor, person)
    if not 1949 <= values["year"] <= today().year:
        raise InvalidData({"year": [_("年份不对，请核对证书。")]})
    with as_system("an entry of one's own register"):
        row, made = Honour.objects.get_or_create(craftsman=person, kind=values["kind"], year=values["year"])
        if not made:
            raise InvalidData({"kind": [_("这项荣誉已经登记过。")]})
        after = {"honour": row.kind, "year": row.year}
        trail.record(
            f"craftsman:{person.pk}", "honour", actor=actor, after=after, note=str(values["proof"])[:200],
            org_path=person.organisation.path,
        )  # fmt: skip
    return row
