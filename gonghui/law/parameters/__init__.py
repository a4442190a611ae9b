"""带日期的参数 (handbook 2.7, 2.10): every number a calculator uses, with region, days of validity, source and status.

The rows are in the YAML files beside this one; `keys.yaml` says what each key means. Plain Python without Django.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, get_args

from yaml import YAMLError

from gonghui import yamls
from gonghui.law.lexicon import LawDataError
from gonghui.law.once import once
from gonghui.law.published import Published, published

logger = logging.getLogger(__name__)
Mark = Literal["V", "P", "S", "U"]
"""How sure (handbook 0.1): V read in the statute, P product default, S secondary source, U unverified."""

MARKS: tuple[Mark, ...] = get_args(Mark)
NATION = "CN"
FOLDER = Path(__file__).parent
KEYS_FILE = "keys.yaml"
Value = Decimal | str | tuple["Value", ...] | Mapping[str, "Value"]


class ParameterError(LawDataError):
    """No such parameter, or none in force on that day: a gap or slip in the data, never the user's mistake."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a parameter means: Chinese name, unit, and for local ones how to ask a worker for it and where it stands."""

    key: str
    name: str
    unit: str
    where: str = ""

    @property
    def ask(self) -> str:
        """The question to a worker who must fill in the value."""
        return f"当地{self.name}是多少（{self.unit}）？"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row: the value of `key` in `region` from `valid_from` until the day before `valid_to` (None: still)."""

    key: str
    region: str
    value: Value
    valid_from: date
    valid_to: date | None
    source: str
    status: Mark

    @property
    def usable(self) -> bool:
        """Whether a calculator may use a local value without asking: an unverified one it may not (handbook 0.1)."""
        return self.status != "U"

    def in_force(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)

    @property
    def number(self) -> Decimal:
        """The value where it is one number. ParameterError if it is a table."""
        if not isinstance(self.value, Decimal):
            raise ParameterError(f"{self.key}: not a number")
        return self.value

    @property
    def table(self) -> Mapping[str, Decimal]:
        """The value where it is a table of numbers by name. ParameterError otherwise."""
        if not isinstance(self.value, Mapping):
            raise ParameterError(f"{self.key}: not a table")
        numbers = {name: cell for name, cell in self.value.items() if isinstance(cell, Decimal)}
        if len(numbers) != len(self.value):
            raise ParameterError(f"{self.key}: not a table of numbers")
        return MappingProxyType(numbers)

    @property
    def rows(self) -> tuple[Mapping[str, Value], ...]:
        """The value where it is a list of rows. ParameterError otherwise."""
        if not isinstance(self.value, tuple):
            raise ParameterError(f"{self.key}: not a list")
        rows = tuple(row for row in self.value if isinstance(row, Mapping))
        if len(rows) != len(self.value):
            raise ParameterError(f"{self.key}: not a list of rows")
        return rows


def regions_of(code: str) -> tuple[str, ...]:
    """A region (行政区划代码) and what it lies in, nearest first: 520102 → 520102, 5201, 52, CN."""
    code = code.strip()
    if code in ("", NATION):
        return (NATION,)
    if not code.isascii() or not code.isdigit() or len(code) not in (2, 4, 6, 9):
        raise ValueError(f"不是行政区划代码：{code!r}")
    while len(code) in (4, 6) and code.endswith("00"):
        code = code[:-2]
    return (*(code[:length] for length in (9, 6, 4, 2) if length <= len(code)), NATION)


class ParameterStore:
    """All rows and keys. It is not changed after it was made, so threads may share it."""

    def __init__(self, parameters: Iterable[Parameter], keys: Iterable[Key]) -> None:
        parameters = tuple(parameters)
        # Name of the state of the numbers: an answer stores it.
        self.version = hashlib.sha256(repr([_told(row) for row in parameters]).encode()).hexdigest()[:8]
        self.keys = {key.key: key for key in keys}
        self._rows: dict[tuple[str, str], list[Parameter]] = {}
        for row in parameters:
            if row.key not in self.keys:
                raise ParameterError(f"{row.key}: not in {KEYS_FILE}")
            self._rows.setdefault((row.key, row.region), []).append(row)
        for rows in self._rows.values():
            rows.sort(key=lambda row: row.valid_from)
            for earlier, later in pairwise(rows):
                if earlier.valid_to is None or earlier.valid_to > later.valid_from:
                    raise ParameterError(f"{later.key} {later.region}: two rows for {later.valid_from}")

    @classmethod
    def default(cls) -> ParameterStore:
        """What holds now: the files of this package, read on first use, with what editors published over them."""
        return _with(published())

    @classmethod
    @once
    def packaged(cls) -> ParameterStore:
        """The files of this package alone, read on first use."""
        return cls.read(FOLDER)

    @classmethod
    def read(cls, folder: Path) -> ParameterStore:
        """The store of a folder of YAML files. ParameterError names the file and row that is wrong."""
        keys_path = folder / KEYS_FILE
        keys = [_key(name, row) for name, row in yamls.read(keys_path.read_bytes()).items()]
        parameters = [
            _parameter(path.name, row)
            for path in sorted(folder.glob("*.yaml"))
            if path.name != KEYS_FILE
            for row in yamls.read(path.read_bytes())
        ]
        return cls(parameters, keys)

    def __iter__(self) -> Any:
        return (row for rows in self._rows.values() for row in rows)

    def find(self, key: str, on: date, region: str = NATION) -> Parameter | None:
        """The row in force on that day for the region, or else for what the region lies in; None if there is none."""
        for place in regions_of(region):
            for row in self._rows.get((key, place), ()):
                if row.in_force(on):
                    return row
        return None

    def history(self, key: str, region: str = NATION) -> tuple[Parameter, ...]:
        """All rows of a key for exactly that region, oldest first."""
        return tuple(self._rows.get((key, regions_of(region)[0]), ()))

    def national(self, key: str, on: date) -> Parameter:
        """The national row in force on that day. ParameterError if there is none: the rule did not exist yet."""
        row = self.find(key, on)
        if row is None:
            raise ParameterError(f"{key}: no value for {on}")
        return row

    def first_day(self, key: str) -> date:
        """The first day of which a national value of the key is known."""
        rows = self.history(key)
        if not rows:
            raise ParameterError(f"{key}: no national value")
        return rows[0].valid_from

    def with_rows(self, *rows: Parameter) -> ParameterStore:
        """A store with further rows, such as a province's own table. ParameterError if they overlap with rows here."""
        return ParameterStore([*self, *rows], self.keys.values())

    def over(self, row: Parameter) -> ParameterStore:
        """A store in which the row stands over those here: one that runs into it ends where it begins, one that begins
        within it gives way. ParameterError for an unknown key."""
        rows = list(_trimmed(self, row))
        return ParameterStore([*rows, row], self.keys.values())


def _trimmed(rows: Iterable[Parameter], over: Parameter) -> Iterable[Parameter]:
    for row in rows:
        if (row.key, row.region) != (over.key, over.region):
            yield row
        elif row.valid_from < over.valid_from:
            ends = row.valid_to is None or row.valid_to > over.valid_from
            yield replace(row, valid_to=over.valid_from) if ends else row
        elif over.valid_to is not None and row.valid_from >= over.valid_to:
            yield row


def _told(row: Parameter) -> tuple[str, ...]:
    return (
        row.key,
        row.region,
        _plain(row.value),
        str(row.valid_from),
        str(row.valid_to),
        row.source,
        row.status,
    )


def _plain(value: Value) -> str:
    """The value as text that does not depend on how it is held."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{name}:{_plain(cell)}" for name, cell in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ",".join(_plain(cell) for cell in value) + "]"
    return str(value)


@lru_cache(maxsize=8)
def _with(state: Published) -> ParameterStore:
    store = ParameterStore.packaged()
    for text in state.parameters:
        try:
            store = store.over(parameter(yamls.read(text.encode())))
        except (ParameterError, YAMLError) as error:
            # A key may be gone with a later package; the packaged value stands then, and the review names it.
            logger.error("a published parameter does not fit and is left out: %s", error)
    return store


def parameter(row: Mapping[str, Any], name: str = "published") -> Parameter:
    """One row as the files have it. ParameterError says what is wrong with it."""
    if not isinstance(row, Mapping):
        raise ParameterError(f"{name}: {row!r} is no row")
    return _parameter(name, row)


def _key(name: str, row: Mapping[str, Any]) -> Key:
    try:
        return Key(name, row["name"], row["unit"], row.get("where", ""))
    except (KeyError, TypeError, AttributeError) as error:
        raise ParameterError(f"{KEYS_FILE}: {name}: {error!r}") from None


def _parameter(file: str, row: Mapping[str, Any]) -> Parameter:
    try:
        found = Parameter(
            key=row["key"],
            region=regions_of(str(row["region"]))[0],
            value=_value(row["value"]),
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            source=row["source"],
            status=row["status"],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ParameterError(f"{file}: {row!r}: {error}") from None
    days = [found.valid_from, *([found.valid_to] if found.valid_to else [])]
    if not all(type(day) is date for day in days) or days != sorted(set(days)):
        raise ParameterError(f"{file}: {found.key} {found.region}: valid_from and valid_to must be days in order")
    if found.status not in MARKS:
        raise ParameterError(f"{file}: {found.key}: unknown status {found.status!r}")
    if not found.source:
        raise ParameterError(f"{file}: {found.key}: the source is missing")
    return found


def _value(raw: Any) -> Value:
    """Numbers as exact Decimals. A bare 21.75 in YAML is a float and refused: it must stand in quotes."""
    if isinstance(raw, bool | float) or raw is None:
        raise ValueError(f"{raw!r} must be an integer or a quoted decimal")
    if isinstance(raw, int):
        return Decimal(raw)
    if isinstance(raw, str):
        try:
            number = Decimal(raw)
        except InvalidOperation:
            return raw
        if not number.is_finite():
            raise ValueError(f"{raw!r} is no number")
        return number
    if isinstance(raw, list):
        return tuple(_value(item) for item in raw)
    if isinstance(raw, dict):
        return MappingProxyType({str(name): _value(cell) for name, cell in raw.items()})
    raise ValueError(f"{raw!r} is no value")


@cache
def weakest(*marks: Mark) -> Mark:
    """The least sure of some marks: V before P before S before U; V if there are none."""
    return max(marks, key=MARKS.index, default="V")
