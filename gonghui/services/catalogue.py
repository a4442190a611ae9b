"""The services at hand (服务目录): read, checked and merged at start. A wrong file stops it, with line and cause.

`catalogue/M04.yaml` is the version in use; an earlier one, kept for the applications that began with it, is
`catalogue/M04.v1.yaml`. `catalogue/regions/52/M04.yaml` holds what is different in a province, `regions/5201/M04.yaml`
what is different from that in a city, and so on (`layers`); an earlier one is kept beside it as `M04.v1.yaml` too.
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from pydantic import ValidationError

from gonghui.kernel.errors import FlowError
from gonghui.kernel.flow.kept import Begun, kept_flow
from gonghui.kernel.flow.load import Lines, line_of, parse_yaml, read_yaml
from gonghui.kernel.flow.registry import find_flow, trial_flows
from gonghui.kernel.flow.schema import Flow
from gonghui.kernel.times import today
from gonghui.services import layers
from gonghui.services.checking import built
from gonghui.services.layers import Header, Layer
from gonghui.services.spec import Service, kind_of

log = logging.getLogger(__name__)
FOLDER = Path(__file__).parent / "catalogue"
Layers = dict[tuple[str, str], tuple[Layer, ...]]


@dataclass(frozen=True)
class Catalogue:
    """All services: the ones in use by id, the layers of their files by id and place (the country's: an empty place),
    every service and every flow that may still run; `national`: by kind, which national state each state counts as."""

    services: dict[str, Service]
    layers: Layers = field(default_factory=dict)
    by_kind: dict[str, Service] = field(default_factory=dict)
    flows: tuple[Flow, ...] = ()
    national: dict[str, dict[str, str]] = field(default_factory=dict)

    def chain(self, service_id: str, region: str = "", day: date | None = None) -> tuple[Layer, ...]:
        """The layers that make a service in a place on a day (today), the country's first. KeyError where there is no
        such service."""
        return _chain(self.layers, self.layers[service_id, ""][0], region, day or today())

    def find(self, service_id: str, region: str = "", day: date | None = None) -> Service | None:
        """The service as it holds in a place on a day (today): the country's file with what province, city, county and
        town say otherwise. None where there is no such service."""
        if service_id not in self.services or (service_id, "") not in self.layers:
            return self.services.get(service_id)
        chain = self.chain(service_id, region, day)
        if len(chain) == 1:
            return self.services[service_id]
        return self.by_kind[kind_of(service_id, chain[0].version, [one.key for one in chain[1:]])]

    def variants(self, day: date | None = None) -> dict[tuple[str, str], Service]:
        """Each service in each place that has a layer of its own in force that day, as it holds there."""
        found = {}
        for service_id, place in sorted(self.layers):
            if place and self.chain(service_id, place, day)[-1].place == place:
                service = self.find(service_id, place, day)
                assert service is not None
                found[service_id, place] = service
        return found

    def flow(self, service: Service) -> Flow | None:
        """The flow of one of these services; None where it takes no applications."""
        return next((flow for flow in self.flows if flow.name == service.kind_of_matter), None)

    def offered(self, day: date, region: str = "") -> list[Service]:
        """What is offered in a place on a day, in the catalogue's order, without the steps of other services."""
        return self._offered(day, region, "")

    def parts_of(self, service_id: str, day: date, region: str = "") -> list[Service]:
        """The steps of a service that are applied for by themselves (转会 of 入会转会)."""
        return self._offered(day, region, service_id)

    def giving(self, kind: str) -> list[Service]:
        """The open services whose result is `goods`, a `payment` or of another kind."""
        return [one for one in self.services.values() if one.result.kind == kind and one.state == "open"]

    def _offered(self, day: date, region: str, part_of: str) -> list[Service]:
        found = (self.find(service_id, region, day) for service_id in self.services)
        rows = (service for service in found if service and service.state == "open" and service.valid(day))
        return [service for service in rows if service.part_of == part_of]


def folder_here() -> Path:
    """Where this installation's services stand: the folder that GONGHUI_SERVICES names, else the packaged one."""
    return Path(settings.SERVICES_FOLDER) if settings.SERVICES_FOLDER else FOLDER


def read(folder: Path = FOLDER, proposed: Mapping[str, str | None] | None = None) -> Catalogue:
    """Every file of a folder. FlowError names file, line and cause of the first mistake.

    `proposed`: texts of files that are not there yet or stand there otherwise, by their names in it (`M29.yaml`,
    `regions/52/M04.yaml`): the catalogue as it would be with them; None for a file that would be gone."""
    texts = {folder / name: text for name, text in (proposed or {}).items()}
    gone = {path for path, text in texts.items() if text is None}

    def paths(*found: Path) -> list[Path]:
        return sorted(set(found) - gone)

    def opened(path: Path) -> tuple[Any, Lines]:
        text = texts.get(path)
        return parse_yaml(text, str(path)) if text is not None else read_yaml(path)

    here = [path for path in texts if path.parent == folder]
    found: dict[tuple[str, str], list[Layer]] = {}
    for path in paths(*folder.glob("*.yaml"), *here):
        country = _country(*opened(path), path)
        found.setdefault((country.service, ""), []).append(country)
    for path in paths(*(folder / "regions").glob("*/*.yaml"), *(one for one in texts if one not in here)):
        data, lines = opened(path)
        layer = layers.layer_of(data, lines, path.relative_to(folder).as_posix(), str(path))
        _belongs(layer, found.get((layer.service, ""), []))
        found.setdefault((layer.service, layer.place), []).append(layer)
    # The one in use first, then the kept ones.
    ordered = {key: tuple(sorted(rows, key=lambda one: (one.kept, -one.version))) for key, rows in found.items()}
    for rows in ordered.values():
        _once(rows)
    return _made(ordered)


def _country(data: Any, lines: Lines, path: Path) -> Layer:
    service_id, _, old = path.stem.partition(".")
    if not isinstance(data, dict) or data.get("id") != service_id:
        raise FlowError(str(path), line_of(lines, ("id",)), f"the file's name and `id` differ: {service_id}")
    for own in ("region", "layers", "layer"):
        if own in data:
            raise FlowError(str(path), line_of(lines, (own,)), f"{own!r} has no place in a country's file")
    version = data.get("version")
    # What is no number of a version is told by the check of the whole file.
    header = Header(version=version) if isinstance(version, int) and version > 0 else Header()
    return Layer(service_id, "", path.name, str(path), data, lines, header, bool(old))


def _belongs(layer: Layer, countries: Sequence[Layer]) -> None:
    """FlowError for a layer of a service, or of a version, that is not there."""
    used = next((one.version for one in countries if not one.kept), None)
    if not countries or (used is None and not layer.kept):
        raise FlowError(layer.file, 1, f"there is no national service {layer.service}")
    at, there = line_of(layer.lines, ("layer", "of")), sorted(one.version for one in countries)
    of = ", ".join(map(str, layer.header.of))
    if not layer.kept and used is not None and not layer.fits(used):
        raise FlowError(
            layer.file, at,
            f"this is of version {of}, which is not in use: {used} is. Say `of: {used}`, or keep it as "
            f"{layer.service}.v{layer.version}.yaml",
        )  # fmt: skip
    if missing := [one for one in layer.header.of if one not in there]:
        raise FlowError(layer.file, at, f"there is no version {missing[0]} of {layer.service}")


def _once(rows: Sequence[Layer]) -> None:
    """FlowError where a version stands twice, or a kept one is newer than the one in use."""
    seen: set[int] = set()
    for one in rows:
        at = line_of(one.lines, ("layer", "version") if one.place else ("version",))
        if one.version in seen:
            raise FlowError(one.file, at, f"version {one.version} stands twice")
        if one.kept and not rows[0].kept and one.version > rows[0].version:
            raise FlowError(one.file, at, f"version {one.version} is kept, but {rows[0].version} is in use")
        seen.add(one.version)


def _made(found: Layers) -> Catalogue:
    """Every service that holds somewhere on some day, and every one that an application may have begun with."""
    countries = sorted(service for service, place in found if not place)
    known = {service for service in countries if not found[service, ""][0].kept}
    services: dict[str, Service] = {}
    by_kind: dict[str, Service] = {}
    flows: list[Flow] = []
    national: dict[str, dict[str, str]] = {}

    def keep(stack: Sequence[Layer]) -> Service:
        service, flow, counted = built(stack, known)
        if service.kind_of_matter not in by_kind:
            by_kind[service.kind_of_matter] = service
            flows.extend([flow] if flow is not None else [])
            national[service.kind_of_matter] = counted
        return service

    def stands(stack: Sequence[Layer]) -> bool:
        return kind_of(stack[0].service, stack[0].version, [one.key for one in stack[1:]]) in by_kind

    for service_id in countries:
        for country in found[service_id, ""]:
            made = keep([country])
            if not country.kept:
                services[service_id] = made
    # The wider places first: what is above a layer is right by itself.
    for service_id, place in sorted((key for key in found if key[1]), key=lambda key: (len(key[1]), key)):
        for country in found[service_id, ""]:
            for day in _days(found, service_id, place):
                chain = _chain(found, country, place, day)
                if chain[-1].place == place and not stands(chain):
                    keep(chain)
    for service_id, place in sorted(key for key in found if key[1]):
        for country in found[service_id, ""]:
            for chain in _ever(found, country, place):
                if not stands(chain):
                    # Some applications may have begun with it before a layer between was there; if not, it may be
                    # that it makes no sense.
                    with suppress(FlowError):
                        keep(chain)
    return Catalogue(services, found, by_kind, tuple(flows), national)


def _chain(found: Layers, country: Layer, region: str, day: date) -> tuple[Layer, ...]:
    rows = (found.get((country.service, code), ()) for code in layers.above(region))
    chosen = (layers.in_force(places, country.version, day) for places in rows if places)
    return (country, *(one for one in chosen if one is not None))


def _days(found: Layers, service_id: str, place: str) -> list[date]:
    """The days from which on another chain may hold there."""
    headers = [one.header for code in layers.above(place) for one in found.get((service_id, code), ())]
    begins = {one.valid_from for one in headers if one.valid_from}
    ended = {one.valid_to + timedelta(days=1) for one in headers if one.valid_to and one.valid_to < date.max}
    return [date.min, *sorted(begins | ended)]


def _ever(found: Layers, country: Layer, place: str) -> Iterator[tuple[Layer, ...]]:
    """Every chain down to a place of layers that are there, also without some of those above it."""
    *wider, own = layers.above(place)
    rows = [[None, *found.get((country.service, code), ())] for code in wider]
    for chosen in itertools.product(*rows, found[country.service, own]):
        chain = [one for one in chosen if one is not None]
        if all(one.fits(country.version) for one in chain):
            yield (country, *chain)


_tried: ContextVar[Catalogue | None] = ContextVar("gonghui_tried_catalogue", default=None)


def catalogue() -> Catalogue:
    """The services of this installation; while a file is being tried, with that one."""
    return _tried.get() or packaged()


@cache
def packaged() -> Catalogue:
    """The services as they were read at start."""
    return read(folder_here())


def service_of(row: Begun) -> Service:
    """The service as it read when an application began (its row, or its matter's): form, conditions, limits, amounts
    and messages of that day. KeyError where neither its text nor its file is there."""
    used = catalogue().by_kind.get(row.kind)
    flow = find_flow(row.kind)
    if row.flow_digest and (flow is None or flow.digest != row.flow_digest):
        used = _kept(row.kind, row.flow_digest) or used
    if used is None:
        raise KeyError(row.kind)
    return used


@lru_cache(maxsize=1024)
def _kept(kind: str, digest: str) -> Service | None:
    """The service of a kept text; None, told in the log, for one that this software cannot read."""
    try:
        return Service.model_validate(kept_flow(kind, digest).beside)
    except (KeyError, ValidationError) as error:
        log.error("the file in use stands in for the kept text of %s: %s", kind, error)
        return None


@contextmanager
def tried(other: Catalogue) -> Iterator[None]:
    """Run the body with another catalogue and its flows, for this request alone."""
    token = _tried.set(other)
    try:
        with trial_flows(other.flows):
            yield
    finally:
        _tried.reset(token)
