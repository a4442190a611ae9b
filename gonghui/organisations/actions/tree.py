"""Changes to the union tree; every one is in the trail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.calendar import parse_hours
from gonghui.kernel.errors import InvalidData
from gonghui.organisations.models import Organisation

CONTACT = ("phone", "address", "working_hours", "hours", "latitude", "longitude", "handles_kinds")


@transaction.atomic
def create_organisation(
    actor: Actor,
    parent: Organisation,
    segment: str,
    name: str,
    level: str,
    *,
    overlay_parents: Iterable[Organisation] = (),
    **fields: Any,
) -> Organisation:
    """Found a union below another. `segment` is its part of the path (`e123`). InvalidData when the place is taken."""
    segment = segment.strip().lower()
    if not segment or not all(letter.isalnum() or letter == "-" for letter in segment):
        raise InvalidData({"segment": [_("单位代码只能用字母、数字和短横线。")]})
    path = f"{parent.path}.{segment}"
    if len(path) > 120:
        raise InvalidData({"segment": [_("单位层级太深，代码请写短一些。")]})
    if Organisation.objects.filter(path=path).exists():
        raise InvalidData({"segment": [_("这个代码已经有单位使用，请换一个。")]})
    organisation = Organisation(
        path=path, name=name.strip(), level=level, parent=parent, region=fields.pop("region", parent.region), **fields
    )
    _validate(organisation, {"name", "level", *(set(fields) & set(CONTACT))})
    organisation.save()
    organisation.overlay_parents.set(overlay_parents)
    trail.record(f"organisation:{path}", "create", actor=actor, after={"title": name, "level": level}, org_path=path)
    return organisation


@transaction.atomic
def update_contact(actor: Actor, organisation: Organisation, **fields: Any) -> Organisation:
    """Change an office's phone, address, hours, place on the map or kinds of matters (the fields of CONTACT).

    Raises InvalidData for values that do not fit and KeyError for an unknown field. Without a change nothing is
    written.
    """
    if unknown := set(fields) - set(CONTACT):
        raise KeyError(*unknown)
    organisation = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    given = {name: value.strip() if isinstance(value, str) else value for name, value in fields.items()}
    if "hours" in given:
        _check_hours(given["hours"])
    changed = {name: value for name, value in given.items() if getattr(organisation, name) != value}
    return _change(actor, organisation, changed)


@transaction.atomic
def rename_organisation(actor: Actor, organisation: Organisation, name: str, short_name: str = "") -> Organisation:
    """Give a union another name. Its path, and so everything it holds, stays. InvalidData for an empty name."""
    organisation = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    return _change(actor, organisation, {"name": name.strip(), "short_name": short_name.strip()})


@transaction.atomic
def set_active(actor: Actor, organisation: Organisation, active: bool, reason: str) -> Organisation:
    """Close an organisation (no matter is sent there any more) or open it again. InvalidData without a reason."""
    if not reason.strip():
        raise InvalidData({"reason": [_("请写明停用或启用的原因。")]})
    organisation = Organisation.objects.select_for_update(of=("self",)).get(pk=organisation.pk)
    return _change(actor, organisation, {"active": active}, note=reason.strip()[:500])


def _change(actor: Actor, organisation: Organisation, changed: dict[str, Any], note: str = "") -> Organisation:
    if not changed:
        return organisation
    # Not plain `phone` or `address`: the trail refuses the names of personal fields, which an office's are not.
    before = {f"office_{name}": getattr(organisation, name) for name in changed}
    for name, value in changed.items():
        setattr(organisation, name, value)
    _validate(organisation, set(changed))
    organisation.save(update_fields=list(changed))
    trail.record(
        f"organisation:{organisation.path}",
        "update",
        actor=actor,
        before=before,
        after={f"office_{name}": value for name, value in changed.items()},
        org_path=organisation.path,
        note=note,
    )
    return organisation


def _validate(organisation: Organisation, names: set[str]) -> None:
    others = [field.name for field in Organisation._meta.fields if field.name not in names]
    try:
        organisation.clean_fields(exclude=others)
    except ValidationError as error:
        raise InvalidData(error.message_dict) from error


def _check_hours(hours: Any) -> None:
    """Hours by weekday: {"0": [["09:00", "12:00"], …]} with 0 Monday; spans in order."""
    problem = InvalidData({"hours": [_("办公时间请按星期填写，例如周一 09:00–12:00、14:00–18:00，时间要由早到晚。")]})
    if not isinstance(hours, dict) or not set(hours) <= set("0123456"):
        raise problem
    for spans in hours.values():
        try:
            parse_hours(",".join(f"{opens}-{closes}" for opens, closes in spans))
        except (TypeError, ValueError) as error:
            raise problem from error
