"""The services and policies that can be matched: one file each under `data/services`."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gonghui.brain.match.rules import Condition

FOLDER = Path(__file__).resolve().parents[1] / "data" / "services"


class CatalogueError(ValueError):
    """A file of the catalogue is wrong; the message names file and cause."""


class Words(BaseModel):
    """The same in both languages."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    zh: str
    en: str


class Service(BaseModel):
    """One service or policy. needs: how people say that they need it; categories: codes of appeals it helps with;
    months: when it is in season; crisis: also for those in danger."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=r"^[MP]\d\d$")
    kind: Literal["service", "policy"] = "service"
    zh: str
    en: str
    purpose: Words
    needs: tuple[str, ...] = Field(min_length=8)
    categories: tuple[str, ...] = ()
    eligibility: tuple[Condition, ...] = ()
    months: tuple[int, ...] = ()
    crisis: bool = False
    source: str
    valid_from: date
    valid_to: date | None = None

    def valid(self, day: date) -> bool:
        """Whether it exists on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @property
    def sure(self) -> bool:
        """Whether every rule of it is law or ours; what is only reported or unknown is not told as certain."""
        return all(condition.mark in ("V", "P") for condition in self.eligibility)


def read_services(folder: Path) -> tuple[Service, ...]:
    """All files of a folder by id. Raises CatalogueError."""
    found: dict[str, Service] = {}
    for path in sorted(folder.glob("*.yaml")):
        try:
            service = Service.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (ValidationError, yaml.YAMLError) as error:
            raise CatalogueError(f"{path.name}: {error}") from None
        if service.id != path.stem:
            raise CatalogueError(f"{path.name}: its id is {service.id}")
        found[service.id] = service
    for service in found.values():
        for condition in service.eligibility:
            if condition.instead and condition.instead not in found:
                raise CatalogueError(f"{service.id}.yaml: instead names {condition.instead}, which is not there")
    return tuple(found.values())


@cache
def load_services() -> tuple[Service, ...]:
    """The packaged catalogue."""
    return read_services(FOLDER)
