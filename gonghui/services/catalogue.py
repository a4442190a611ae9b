"""The services at hand (服务目录): read, checked and merged at start. A wrong file stops it, with line and cause.

`catalogue/M04.yaml` is the version in use; an earlier one, kept for the applications that began with it, is
`catalogue/M04.v1.yaml`. `catalogue/regions/52/M04.yaml` holds what is different in a province (or city, or county):
mappings are merged, lists of named things by their names, `null` takes a thing out, anything else replaces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from pydantic import ValidationError

from gonghui.kernel.errors import FlowError
from gonghui.kernel.flow.load import Lines, line_of, make_flow, parse_yaml, read_yaml
from gonghui.kernel.flow.registry import trial_flows
from gonghui.kernel.flow.schema import Flow
from gonghui.services import conditions, review
from gonghui.services.spec import FormField, Service

ROOM = Path(__file__).parent
FOLDER, PATTERNS = ROOM / "catalogue", ROOM / "patterns"
NAMED_BY = ("name", "id", "code")
EXAMPLE = {
    "int": 1, "money": Decimal(100), "date": "2026-01-31", "bool": True, "multi": ["a"], "file": [1],
}  # fmt: skip


@dataclass(frozen=True)
class Catalogue:
    """All services: the ones in use by id, their variants of regions, and every flow that may still run."""

    services: dict[str, Service]
    variants: dict[tuple[str, str], Service] = field(default_factory=dict)
    by_kind: dict[str, Service] = field(default_factory=dict)
    flows: tuple[Flow, ...] = ()

    def find(self, service_id: str, region: str = "") -> Service | None:
        """The service as it holds in a place: the variant of the county, else the city, else the province, else
        the national one."""
        for code in (region[:6], region[:4], region[:2]):
            if code and (service_id, code) in self.variants:
                return self.variants[service_id, code]
        return self.services.get(service_id)

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
        found = (self.find(service_id, region) for service_id in self.services)
        rows = (service for service in found if service and service.state == "open" and service.valid(day))
        return [service for service in rows if service.part_of == part_of]


def folder_here() -> Path:
    """Where this installation's services stand: the folder that GONGHUI_SERVICES names, else the packaged one."""
    return Path(settings.SERVICES_FOLDER) if settings.SERVICES_FOLDER else FOLDER


def read(folder: Path = FOLDER, proposed: Mapping[str, str] | None = None) -> Catalogue:
    """Every file of a folder. FlowError names file, line and cause of the first mistake.

    `proposed`: texts of files that are not there yet or stand there otherwise, by their names in it (`M29.yaml`,
    `regions/52/M04.yaml`): the catalogue as it would be with them."""
    texts = {folder / name: text for name, text in (proposed or {}).items()}
    services: dict[str, Service] = {}
    variants: dict[tuple[str, str], Service] = {}
    by_kind: dict[str, Service] = {}
    flows: list[Flow] = []
    base: dict[str, tuple[Any, Lines, Path]] = {}

    def keep(data: Any, lines: Lines, path: Path) -> Service:
        service = check(data, lines, path)
        if service.kind_of_matter in by_kind:
            raise FlowError(str(path), line_of(lines, ("version",)), f"version {service.version} stands twice")
        by_kind[service.kind_of_matter] = service
        if service.takes_applications:
            flows.append(flow_of(service, lines, path))
        return service

    def opened(path: Path) -> tuple[Any, Lines]:
        return parse_yaml(texts[path], str(path)) if path in texts else read_yaml(path)

    here = {path for path in texts if path.parent == folder}
    for path in sorted({*folder.glob("*.yaml"), *here}):
        data, lines = opened(path)
        service_id, _, old = path.stem.partition(".")
        if not isinstance(data, dict) or data.get("id") != service_id:
            raise FlowError(str(path), line_of(lines, ("id",)), f"the file's name and `id` differ: {service_id}")
        service = keep(data, lines, path)
        if not old:
            services[service.id] = service
            base[service.id] = (data, lines, path)
    for path in sorted({*(folder / "regions").glob("*/*.yaml"), *(set(texts) - here)}):
        patch, lines = opened(path)
        if not isinstance(patch, dict):
            raise FlowError(str(path), 1, "a region's file says what is different, as `name: value`")
        region = path.parent.name
        if path.stem not in base:
            raise FlowError(str(path), 1, f"there is no national service {path.stem}")
        for fixed in ("id", "version", "kind"):
            if fixed in patch:
                raise FlowError(str(path), line_of(lines, (fixed,)), f"{fixed!r} is the national file's")
        variants[(path.stem, region)] = keep({**merge(base[path.stem][0], patch), "region": region}, lines, path)
    for service in by_kind.values():
        for condition in service.eligibility:
            if condition.instead and condition.instead not in services:
                raise FlowError(f"{service.id}.yaml", 1, f"instead names {condition.instead}, which is not there")
    return Catalogue(services, variants, by_kind, tuple(flows))


_tried: ContextVar[Catalogue | None] = ContextVar("gonghui_tried_catalogue", default=None)


def catalogue() -> Catalogue:
    """The services of this installation; while a file is being tried, with that one."""
    return _tried.get() or packaged()


@cache
def packaged() -> Catalogue:
    """The services as they were read at start."""
    return read(folder_here())


@contextmanager
def tried(other: Catalogue) -> Iterator[None]:
    """Run the body with another catalogue and its flows, for this request alone."""
    token = _tried.set(other)
    try:
        with trial_flows(other.flows):
            yield
    finally:
        _tried.reset(token)


def merge(base: Any, patch: Any) -> Any:
    """The base with the differences of the patch."""
    if isinstance(base, dict) and isinstance(patch, dict):
        found = deepcopy(base)
        for key, value in patch.items():
            if value is None:
                found.pop(key, None)
            else:
                found[key] = merge(found[key], value) if key in found else deepcopy(value)
        return found
    key = _named_by(base, patch)
    if key:
        found_list = [deepcopy(item) for item in base]
        places = {item[key]: place for place, item in enumerate(found_list)}
        for item in patch:
            if item[key] not in places:
                found_list.append(deepcopy(item))
            elif item.get("drop"):
                # Once for all: a file says so of what a pattern has and this service has not.
                found_list[places[item[key]]] = None
            else:
                found_list[places[item[key]]] = merge(found_list[places[item[key]]], item)
        return [item for item in found_list if item is not None]
    return deepcopy(patch)


def _named_by(base: Any, patch: Any) -> str:
    """The key by which two lists of mappings are matched; empty: the patch's list replaces the base's."""
    if not (isinstance(base, list) and isinstance(patch, list) and base and patch):
        return ""
    rows = [*base, *patch]
    return next((key for key in NAMED_BY if all(isinstance(row, dict) and key in row for row in rows)), "")


def check(data: Any, lines: Lines, path: Path) -> Service:
    """The service of a file's data, with everything checked that can be without running it."""
    try:
        service = Service.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise FlowError(str(path), line_of(lines, first["loc"]), f"{where}: {first['msg']}") from error
    for place, rule in enumerate(service.rules):
        at = line_of(lines, ("rules", place))
        unknown = conditions.names_in(rule.that) - {field.name for field in service.fields}
        if unknown:
            raise FlowError(str(path), at, f"the rule names {', '.join(sorted(unknown))}, which is no field")
        try:
            conditions.holds(
                rule.that, {name: _example(service.field(name)) for name in conditions.names_in(rule.that)}
            )
        except ValueError as error:
            raise FlowError(str(path), at, str(error)) from error
    return service


def _example(spec: FormField) -> Any:
    """Some value of the field's kind: enough to see that a condition can be judged."""
    if spec.choices:
        return [spec.choices[0].code] if spec.type == "multi" else spec.choices[0].code
    if spec.columns:
        return [{column.name: _example(column) for column in spec.columns}]
    return EXAMPLE.get(spec.type, "52")


@cache
def _pattern(source: Path) -> Any:
    """A pattern, read once for all the services that have it: `merge` leaves it as it is."""
    return read_yaml(source)[0]


def flow_of(service: Service, lines: Lines, path: Path) -> Flow:
    """The flow of a service: its pattern (`patterns/*.yaml`) with the file's differences, or its own whole one."""
    own = dict(service.flow)
    pattern = own.pop("pattern", "")
    data: Any = {}
    if pattern:
        source = PATTERNS / f"{pattern}.yaml"
        if not source.is_file():
            known = ", ".join(sorted(item.stem for item in PATTERNS.glob("*.yaml")))
            raise FlowError(str(path), line_of(lines, ("flow", "pattern")), f"no pattern {pattern!r}; known: {known}")
        data = _pattern(source)
    named = {
        "flow": service.kind_of_matter,
        "version": str(service.version),
        "title": {"zh": service.zh, "en": service.en},
    }

    whole = merge(data, own) if data else own
    reviewed = service.reviewed and service.offers is None and review.can_be_reviewed(whole)
    if reviewed:
        whole = merge(merge(data or own, review.steps(whole["initial"])), own)
        if not review.has_all(whole):
            raise FlowError(
                str(path), line_of(lines, ("flow",)), "no file may drop the right to have a refusal reviewed"
            )
    flow = make_flow({**whole, **named}, str(path), lambda at: line_of(lines, ("flow", *at)))
    if service.offers is not None:
        for state in (service.offers.begins, service.offers.queues):
            if state and state not in flow.states:
                raise FlowError(str(path), line_of(lines, ("offers",)), f"the flow has no state {state!r}")
    return flow
