"""The catalogue as it goes over the line (format 1): read with every limit checked, before and without the database.

Members that this version does not know are passed over, so that a partner may be newer than we are.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from gonghui.exchange.rules import rules
from gonghui.exchange.trouble import WrongCatalogue
from gonghui.kernel.language import in_english

Level = Literal["national", "province", "city", "county", "town", "grassroots", "industrial"]
# Turn the direction of writing, so that a text reads otherwise than it is.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def _plain(text: str) -> str:
    if any(letter in _TURNING or unicodedata.category(letter) in ("Cc", "Cs") for letter in text):
        raise ValueError("control characters")
    return text.strip()


Said = Annotated[str, Field(min_length=1, max_length=600), AfterValidator(_plain)]
SaidEnglish = Annotated[str, Field(max_length=900), AfterValidator(_plain)]
Need = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_plain)]
Number = Annotated[str, Field(max_length=60), AfterValidator(_plain)]
Count = Annotated[int, Field(ge=0, lt=10**10)]
Code = Annotated[str, Field(pattern=r"^[1-9]\d{5}$")]


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Words(Part):
    """A text in both languages; as a string that of the reader."""

    zh: Said
    en: SaidEnglish = ""

    def __str__(self) -> str:
        return self.en if self.en and in_english() else self.zh


class Entry(Part):
    """One service. `regions` are GB/T 2260 codes of six digits, empty for everywhere; `who` says who may apply,
    `steps` how it goes, `needs` how people ask for it. `level` is that of the unions that handle it."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]
    variant: Annotated[str, Field(pattern=r"^(|\d{2,9})$")] = ""
    version: Annotated[int, Field(ge=1, le=10**6)]
    kind: Literal["service", "policy"] = "service"
    name: Words
    purpose: Words
    who: Annotated[tuple[Words, ...], Field(max_length=40)] = ()
    result: Words | None = None
    steps: Annotated[tuple[Words, ...], Field(max_length=40)] = ()
    needs: Annotated[tuple[Need, ...], Field(max_length=40)] = ()
    level: Level
    regions: Annotated[tuple[Code, ...], Field(max_length=400)] = ()
    valid_from: date
    valid_to: date | None = None
    address: Annotated[str, Field(min_length=10, max_length=280)]
    hotline: Number = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.id, self.variant


class Publisher(Part):
    """The union that publishes: `code` is its place in the tree (`cn.52`), `region` the code of its place."""

    code: Annotated[str, Field(pattern=r"^cn(\.[A-Za-z0-9_-]{1,40}){0,8}$", max_length=120)]
    name: Words
    level: Level
    region: Annotated[str, Field(pattern=r"^(|[1-9]\d{5})$")] = ""


class Document(Part):
    """A catalogue. `iss` is the public address of who publishes, `iat` and `exp` are seconds since 1970."""

    format: Literal[1]
    iss: Annotated[str, Field(max_length=200)]
    aud: tuple[str, ...] = ()
    serial: Annotated[int, Field(ge=1, lt=2**53)]
    iat: Annotated[int, Field(ge=0, lt=2**40)]
    exp: Annotated[int, Field(ge=0, lt=2**40)]
    organisation: Publisher
    services: tuple[Entry, ...]

    @model_validator(mode="after")
    def _not_too_many(self) -> Document:
        if len(self.services) > rules().services_most:
            raise ValueError(f"more than {rules().services_most} services")
        return self


class Line(Part):
    """How one service stands in one place (empty: the whole country), since the year began. None: too few to be told.
    `states`: how many are in each national state (handbook 4.2); one that a newer partner has is passed over."""

    service: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]
    region: Annotated[str, Field(pattern=r"^(|[1-9]\d{5})$")] = ""
    applied: Count | None = None
    states: Annotated[dict[Annotated[str, Field(max_length=20)], Count | None], Field(max_length=40)] = {}
    paid: Count | None = None
    amount: Annotated[Decimal, Field(ge=0, max_digits=15, decimal_places=2)] | None = None
    stars: Annotated[Decimal, Field(ge=1, le=5, decimal_places=1)] | None = None


class Report(Part):
    """每日统计: the figures of an installation, of what was handed in since the year began, as of `day`."""

    format: Literal[1]
    iss: Annotated[str, Field(max_length=200)]
    aud: Annotated[tuple[str, ...], Field(min_length=1, max_length=40)]
    iat: Annotated[int, Field(ge=0, lt=2**40)]
    exp: Annotated[int, Field(ge=0, lt=2**40)]
    organisation: Publisher
    day: date
    lines: tuple[Line, ...]

    @model_validator(mode="after")
    def _whole(self) -> Report:
        if len(self.lines) > rules().figures.lines_most:
            raise ValueError(f"more than {rules().figures.lines_most} lines")
        seen = [(line.service, line.region) for line in self.lines]
        if len(set(seen)) != len(seen):
            raise ValueError("a service stands twice for one place")
        return self


Read = TypeVar("Read", Document, Report)


def read(said: dict[str, Any], source: str) -> Document:
    """WrongCatalogue (`schema`) names the place of the first mistake, like file and line."""
    return _read(Document, said, source)


def read_report(said: dict[str, Any], source: str) -> Report:
    """As `read`, of figures."""
    return _read(Report, said, source)


def _read(kind: type[Read], said: dict[str, Any], source: str) -> Read:
    try:
        return kind.model_validate(said)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise WrongCatalogue("schema", f"{source}: {place}: {first['msg']}") from error
