"""Changes to the union tree; every one is in the trail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from gonghui.kernel import trail
from gonghui.kernel.actor import Actor
from gonghui.kernel.errors import InvalidData
from gonghui.organisations.models import Organisation

CONTACT = ("phone", "address", "working_hours")


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
    organisation = Organisation.objects.create(
        path=path, name=name, level=level, parent=parent, region=fields.pop("region", parent.region), **fields
    )
    organisation.overlay_parents.set(overlay_parents)
    trail.record(f"organisation:{path}", "create", actor=actor, after={"title": name, "level": level}, org_path=path)
    return organisation


@transaction.atomic
def update_contact(actor: Actor, organisation: Organisation, **fields: str) -> Organisation:
    """Change an office's phone, address or hours. Unknown fields are refused with a KeyError."""
    before = {}
    for name, value in fields.items():
        if name not in CONTACT:
            raise KeyError(name)
        before[f"office_{name}"] = getattr(organisation, name)
        setattr(organisation, name, value.strip())
    organisation.save(update_fields=list(fields))
    trail.record(
        f"organisation:{organisation.path}",
        "update",
        actor=actor,
        before=before,
        after={f"office_{name}": value for name, value in fields.items()},
        org_path=organisation.path,
    )
    return organisation
