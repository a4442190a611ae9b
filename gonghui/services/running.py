"""Applications under way and the files they began with: what a deployment asks before it changes the catalogue."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field

from django.db.models import Count, Q

from gonghui.kernel.scope import as_system
from gonghui.services.catalogue import Catalogue
from gonghui.services.models import Application
from gonghui.services.spec import Service

# In the data of an application's matter: how the service read when it was handed in.
KEY = "service_text"


def digest(found: Catalogue, service: Service) -> str:
    """Of all that a file, its layers and its pattern say of a service: the same text has the same digest."""
    if service.kind_of_matter not in found.digests:
        flow = found.flow(service)
        said = [one.model_dump(mode="json", by_alias=True, exclude_defaults=True) for one in (service, flow) if one]
        text = json.dumps(said, ensure_ascii=False, sort_keys=True)
        found.digests[service.kind_of_matter] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return found.digests[service.kind_of_matter]


@dataclass
class Standing:
    """By kind of matter, how many: `missing` applications (ended ones too: they are still read) of which the catalogue
    has no version and layers; `changed` open ones that were handed in when the same version read otherwise."""

    missing: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)


def standing(found: Catalogue) -> Standing:
    """How the applications that are there stand to a catalogue."""
    told = Standing()
    with as_system("counted by kind alone"):
        rows = list(Application.objects.values_list("kind").annotate(n=Count("pk")).order_by("kind"))
        for kind, count in rows:
            service = found.by_kind.get(kind)
            if service is None:
                told.missing[kind] = count
                continue
            begun = Application.objects.filter(kind=kind, matter__is_open=True)
            other = begun.filter(~Q(**{f"matter__data__{KEY}": digest(found, service)}), matter__data__has_key=KEY)
            if changed := other.count():
                told.changed[kind] = changed
    return told
