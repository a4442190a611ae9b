"""Layers of a service file (逐级差异): country → province → city → county → town, each holding only what differs.

Merging: mappings are merged, lists of named things by their names, `null` takes a thing out (`drop: true` one of a
list), `before` puts a new one of a list before another, anything else replaces. A layer says of itself under `layer`
its `version`, the versions of the service it is `of`, and from when to when it holds. Where a value stands is asked by
its address: the names on the way to it, so that `("form", "about", "fields", "to_day", "required")` is the same place
in every layer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, reduce
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator

from gonghui.kernel.errors import FlowError
from gonghui.kernel.flow.load import Lines, line_of
from gonghui.kernel.flow.schema import Strict

NAMED_BY = ("name", "id", "code")
# The lengths of a place's code: province, city, county, town (GB/T 2260, GB/T 10114).
PLACES = (2, 4, 6, 9)
# What stands in the country's file alone, and what only the platform says.
FIXED = ("id", "version", "kind", "region", "layers", "reviewed")
Address = tuple[Any, ...]


class Header(Strict):
    """What a layer says of itself. `of`: the versions of the service it changes; empty: every one that is there."""

    version: int = Field(default=1, ge=1)
    of: tuple[int, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None

    @field_validator("of", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        return (value,) if isinstance(value, int) else value

    @model_validator(mode="after")
    def _in_order(self) -> Header:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self


@dataclass(frozen=True, eq=False)
class Layer:
    """One file of a chain. `place`: empty for the country's. `name`: within the catalogue. `kept`: an earlier version,
    for the applications that began with it."""

    service: str
    place: str
    name: str
    file: str
    data: dict[str, Any]
    lines: Lines
    header: Header = field(default_factory=Header)
    kept: bool = False

    @property
    def version(self) -> int:
        return self.header.version

    @property
    def key(self) -> str:
        """How a kind of matter names it: the place, and the version from the second on."""
        return self.place + (f".{self.version}" if self.version > 1 else "")

    @cached_property
    def addresses(self) -> dict[Address, tuple[Any, int]]:
        """Every address in it with what stands there and its line."""
        return {at: (value, line_of(self.lines, raw)) for raw, at, value in walked(self.data)}

    def fits(self, version: int) -> bool:
        """Whether it changes this version of the service."""
        return not self.header.of or version in self.header.of


def layer_of(data: Any, lines: Lines, name: str, file: str) -> Layer:
    """The layer of a file `regions/52/M04.yaml`, or of one that is kept (`M04.v1.yaml`). FlowError for a wrong one."""
    _regions, place, stem = name.removesuffix(".yaml").split("/")
    service, _, old = stem.partition(".")
    if not isinstance(data, dict):
        raise FlowError(file, 1, "a region's file says what is different, as `name: value`")
    if not (place.isdigit() and len(place) in PLACES):
        raise FlowError(file, 1, f"{place!r} is no code of a place: {', '.join(map(str, PLACES))} digits")
    for fixed in FIXED:
        if fixed in data:
            hint = "; a layer's own stands under `layer`" if fixed == "version" else ""
            raise FlowError(file, line_of(lines, (fixed,)), f"{fixed!r} is the national file's{hint}")
    own = dict(data)
    try:
        header = Header.model_validate(own.pop("layer", None) or {})
    except ValidationError as error:
        first = error.errors()[0]
        at = ("layer", *first["loc"])
        raise FlowError(file, line_of(lines, at), f"{'.'.join(map(str, at))}: {first['msg']}") from error
    return Layer(service, place, name, file, own, lines, header, bool(old))


def above(region: str) -> list[str]:
    """The codes of a place and of all above it, the widest first."""
    return [region[:length] for length in PLACES if len(region) >= length]


def in_force(layers: Sequence[Layer], version: int, day: date) -> Layer | None:
    """Of one place's layers the one that changes this version of the service on a day: the newest that has begun, where
    that has not ended. What is kept holds only until the one in use begins; without one in use it holds no more."""
    if all(one.kept for one in layers):
        return None
    begun = [one for one in layers if one.fits(version) and (one.header.valid_from or date.min) <= day]
    newest = max(begun, key=lambda one: one.version, default=None)
    return newest if newest is not None and day <= (newest.header.valid_to or date.max) else None


def merge(base: Any, patch: Any) -> Any:
    """The base with the differences of the patch."""
    if isinstance(base, dict) and isinstance(patch, dict):
        found = deepcopy(base)
        for key, value in patch.items():
            if value is None:
                found.pop(key, None)
            else:
                found[key] = merge(found[key], value) if found.get(key) is not None else fresh(value)
        return found
    key = named_by(base, patch)
    if key:
        found_list = [deepcopy(item) for item in base]
        places = {item[key]: place for place, item in enumerate(found_list)}
        added = []
        for item in patch:
            if item[key] not in places:
                added.append(item)
            elif item.get("drop"):
                # Once for all: a file says so of what a pattern has and this service has not.
                found_list[places[item[key]]] = None
            else:
                found_list[places[item[key]]] = merge(found_list[places[item[key]]], item)
        found_list = [item for item in found_list if item is not None]
        for item in added:
            _put(found_list, key, item)
        return found_list
    return fresh(patch)


def _put(found: list[Any], key: str, item: Any) -> None:
    """A new one of a list, at its end, or `before` another: a page shows steps in this order. A name that is not there
    stays in it, so that the check of the file refuses it."""
    new, before = fresh(item), item.get("before")
    at = next((place for place, one in enumerate(found) if before and one[key] == before), None)
    if at is None:
        found.append(new)
    else:
        del new["before"]
        found.insert(at, new)


def fresh(value: Any) -> Any:
    """A copy of what had nothing before it: there is nothing to take out."""
    if isinstance(value, dict):
        return {key: fresh(one) for key, one in value.items() if one is not None}
    return [fresh(one) for one in value] if isinstance(value, list) else deepcopy(value)


def named_by(base: Any, patch: Any) -> str:
    """The key by which two lists of mappings are matched; empty: the patch's list replaces the base's."""
    if not (isinstance(base, list) and isinstance(patch, list) and base and patch):
        return ""
    rows = [*base, *patch]
    return next((key for key in NAMED_BY if all(isinstance(row, dict) and key in row for row in rows)), "")


def whole(stack: Sequence[Layer]) -> dict[str, Any]:
    """The service's data as the chain leaves it, the country's first."""
    return reduce(merge, (one.data for one in stack[1:]), dict(stack[0].data))


def whole_flow(stack: Sequence[Layer], pattern: Any) -> dict[str, Any]:
    """The flow's: the pattern, then what each layer does otherwise. Unlike `whole` it knows what the pattern has, so
    that a layer can take that out too."""
    owns = [one.data.get("flow") for one in stack]
    parts = [{key: value for key, value in own.items() if key != "pattern"} for own in owns if isinstance(own, dict)]
    return reduce(merge, parts, pattern) if pattern else reduce(merge, parts[1:], parts[0])


def named(data: Any, at: Address) -> Address:
    """The address of a place in data: numbers in lists of named things become their names."""
    found: list[Any] = []
    for step in at:
        key = named_by(data, data) if isinstance(data, list) else ""
        inner = data[step] if isinstance(data, list) and isinstance(step, int) and step < len(data) else None
        if isinstance(data, dict):
            inner = data.get(step)
        found.append(inner[key] if key and inner is not None else step)
        data = inner
    return tuple(found)


def walked(data: Any, raw: Address = (), at: Address = ()) -> Iterator[tuple[Address, Address, Any]]:
    """Everything in data, from outside to inside: its place by numbers, by names, and what stands there."""
    if at:
        yield raw, at, data
    if isinstance(data, dict):
        for name, value in data.items():
            yield from walked(value, (*raw, name), (*at, name))
    elif isinstance(data, list):
        key = named_by(data, data)
        for place, value in enumerate(data):
            yield from walked(value, (*raw, place), (*at, value[key] if key else place))


def origin(stack: Sequence[Layer], at: Address, whole: bool = False) -> tuple[Layer, int] | None:
    """(layer, line) where a value of the chain comes from: the narrowest that says it, else (not if `whole`) what it
    stands in. None for what a flow has of its pattern."""
    while at:
        for layer in reversed(stack):
            value, line = layer.addresses.get(at, (None, 0))
            if line and value is not None:
                return layer, line
        at = () if whole else at[:-1]
    return None


def smallest(data: Any) -> Iterator[tuple[Address, Any]]:
    """The smallest values of a file's data by their addresses; a list of plain values is one."""
    for _raw, at, value in walked(data):
        plain = isinstance(value, list) and not any(isinstance(one, dict | list) for one in value)
        inside = isinstance(at[-1], int) and not isinstance(value, dict | list)
        if (plain or not isinstance(value, dict | list) or not value) and not inside and not _names(at, value):
            yield at, value


def leaves(layer: Layer) -> Iterator[tuple[Address, Any, int]]:
    """The smallest things a layer says, by their raw place in it: place, value and line."""
    for raw, at, value in walked(layer.data):
        if (not isinstance(value, dict | list) or not value) and not _names(at, value):
            yield raw, value, line_of(layer.lines, raw)


def _names(at: Address, value: Any) -> bool:
    """Whether it is only the name of a thing of a list, which is in the address already."""
    return len(at) > 1 and at[-1] in NAMED_BY and at[-2] == value


def without(layer: Layer, raw: Address) -> Layer:
    """The layer as it would be if it did not say this."""
    data = deepcopy(layer.data)
    inside: Any = data
    for step in raw[:-1]:
        inside = inside[step]
    del inside[raw[-1]]
    return replace(layer, data=data)
