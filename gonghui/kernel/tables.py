"""Tables of a room (业务参数): YAML files read into checked rows, and the profile that holds for an organisation."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

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
        return TypeAdapter(kind).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise TableError(f"{path.name}: {error}") from error


def nearest_first(profiles: Iterable[P], path: str) -> list[P]:
    """The profiles that hold at an organisation: its own, then those of the ones above, the default last."""
    fitting = [p for p in profiles if p.id == "default" or path == p.path or path.startswith(p.path + ".")]
    return sorted(fitting, key=lambda profile: (profile.id != "default", len(profile.path)), reverse=True)
