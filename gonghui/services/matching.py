"""The catalogue as the brain matches it: which services answer a need told in lay words, and fit the person."""

from __future__ import annotations

from functools import cache

from gonghui.brain import match
from gonghui.services.catalogue import catalogue
from gonghui.services.spec import Service


def matchable(service: Service) -> match.Service:
    """What matching needs of a service."""
    names = match.Service.model_fields
    data = service.model_dump(include=set(names), by_alias=True)
    return match.Service.model_validate({**data, "purpose": {"zh": service.purpose.zh, "en": service.purpose.en}})


@cache
def matcher() -> match.Catalogue:
    """The catalogue of the services at hand, ready to be searched."""
    return match.Catalogue.of([matchable(service) for service in catalogue().services.values() if not service.part_of])
