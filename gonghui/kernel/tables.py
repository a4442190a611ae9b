"""Tables of a room (业务参数): YAML files read into checked rows, and the profile that holds for an organisation."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from gonghui import yamls
from gonghui.kernel.flow.schema import Limit
from gonghui.kernel.language import in_english


class TableError(ValueError):
    """A data file is wrong; the message names file, place and cause."""


class Row(BaseModel):
    """Unknown keys are errors: a misspelt one would be lost in silence."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Row):
    """A text in both languages; as a string that of the reader."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        return self.en if in_english() else self.zh


class Coded(Words):
    """A code with its words. `source` says how sure it is."""

    code: str
    source: str


class Step(Row):
    limit: Limit
    source: str


class Steps(Row):
    """The limits of a flow's steps at an organisation and those below it, as far as they differ from the next above."""

    id: str
    path: str
    steps: dict[str, Step]


class Profile(Protocol):
    """What some rows say for an organisation and those below it; `default` for all."""

    @property
    def id(self) -> str: ...

    @property
    def path(self) -> str: ...


P = TypeVar("P", bound=Profile)


def read_table(path: Path, kind: Any) -> Any:
    """The file as `kind`, a model or any type pydantic knows. Raises TableError."""
    try:
        return TypeAdapter(kind).validate_python(yamls.read(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise TableError(f"{path.name}: {error}") from error


def nearest_first(profiles: Iterable[P], path: str) -> list[P]:
    """The profiles that hold at an organisation: its own, then those of the ones above, the default last."""
    fitting = [p for p in profiles if p.id == "default" or path == p.path or path.startswith(p.path + ".")]
    return sorted(fitting, key=lambda profile: (profile.id != "default", len(profile.path)), reverse=True)


def check_steps(profiles: Collection[Steps], known: Collection[str]) -> None:
    """Is `default` whole, and is no step named that is not `known`? ValueError says what is amiss."""
    default = next((profile for profile in profiles if profile.id == "default"), None)
    missing = set(known) - set(default.steps if default else ())
    unknown = {name for profile in profiles for name in profile.steps} - set(known)
    if missing or unknown:
        raise ValueError(f"limits missing: {sorted(missing)}, unknown: {sorted(unknown)}")


def limit_of(profiles: Iterable[Steps], step: str, path: str) -> Limit:
    """The limit of a step at an organisation: the nearest profile's that names it, else the default's. KeyError."""
    for profile in nearest_first(profiles, path):
        if step in profile.steps:
            return profile.steps[step].limit
    raise KeyError(step)


def pairs(items: Iterable[Coded]) -> list[tuple[str, str]]:
    """`(code, label)` pairs for a field's choices, in the active language."""
    return [(item.code, item.label) for item in items]


def label(items: Iterable[Coded], code: str) -> str:
    """The words for a code; the code itself when the table no longer has it (old rows)."""
    return next((item.label for item in items if item.code == code), code)
