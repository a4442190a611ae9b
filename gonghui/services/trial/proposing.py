"""A service file that somebody proposes: read within limits, and checked by what checks the catalogue at start.

What it says can do nothing but be judged: plain YAML without tags, conditions in CEL, guards and effects of the
registry. Its size, its depth and the patterns in it are limited, since who sends it shares the process with all others.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml

from gonghui.kernel.errors import FlowError
from gonghui.kernel.flow.load import Lines, line_of, parse_yaml
from gonghui.kernel.times import today
from gonghui.services import catalogue as shelf
from gonghui.services import layers
from gonghui.services.catalogue import Catalogue
from gonghui.services.layers import Layer
from gonghui.services.spec import Service
from gonghui.yamls import LOADER

LARGEST, DEEPEST, MOST_NODES = 60_000, 16, 8_000
What = Literal["new", "version", "same", "region"]
_ID = re.compile(r"[A-Z]\d\d")


@dataclass(frozen=True)
class Proposal:
    """A file that may go into the catalogue. `name`: its place there. `catalogue`: as it would be with it. `current`:
    what holds for the same place now; None for a new service."""

    name: str
    what: What
    service: Service
    current: Service | None
    catalogue: Catalogue
    # The code of the place whose difference it is; empty: the whole country's.
    region: str = ""
    # The name under which the file in use is kept; and whether it is written over, its version being the same.
    kept: str = ""
    replaces: bool = False


def propose(text: str, *, of: str = "", place: str = "") -> Proposal:
    """Read and check. `of` and `place`: the text is what is different of that service in that place (`52`).

    FlowError names the first mistake; its `file` is the name within the catalogue.
    """
    name = f"regions/{place}/{of}.yaml" if place else "M00.yaml"
    text = text.replace("\r\n", "\n")
    within_limits(text, name)
    data, lines = parse_yaml(text, name)
    if not isinstance(data, dict):
        raise FlowError(name, 1, "a service file is `name: value`, line by line")
    return _of_region(text, name, of, place) if place else _national(text, data, lines)


def _of_region(text: str, name: str, of: str, place: str) -> Proposal:
    known = shelf.packaged()
    if of not in known.services or not (place.isdigit() and len(place) in layers.PLACES):
        raise FlowError(name, 1, f"there is no national service {of!r}, or {place!r} is no code of a place")
    texts: dict[str, str | None] = {name: text}
    layer = layers.layer_of(*parse_yaml(text, name), name, name)
    used, kept = next((one for one in known.layers.get((of, place), ()) if not one.kept), None), ""
    if used is not None and layer.version != used.version:
        if layer.version < used.version:
            line = line_of(layer.lines, ("layer", "version"))
            raise FlowError(name, line, f"version {layer.version} is older than the one in use, {used.version}")
        kept = _kept(used)
        texts[kept] = Path(used.file).read_text(encoding="utf-8")
    found = _read(texts, name)
    # A layer that begins later, or has ended, is looked at on a day on which it holds.
    day = min(max(today(), layer.header.valid_from or date.min), layer.header.valid_to or date.max)
    service = found.find(of, place, day)
    assert service is not None
    replaces = used is not None and not kept
    return Proposal(name, "region", service, known.find(of, place, day), found, place, kept, replaces)


def _kept(layer: Layer) -> str:
    """The name under which a deployment keeps it."""
    return f"{layer.name.removesuffix('.yaml')}.v{layer.version}.yaml"


def _national(text: str, data: dict[str, Any], lines: Lines) -> Proposal:
    service_id = str(data.get("id", ""))
    name = f"{service_id}.yaml"
    if not _ID.fullmatch(service_id):
        raise FlowError("?.yaml", line_of(lines, ("id",)), "`id` is a capital letter and two digits, such as M29")
    current = shelf.packaged().services.get(service_id)
    texts: dict[str, str | None] = {name: text}
    what: What = "new"
    kept = ""
    if current is not None:
        version, line = data.get("version"), line_of(lines, ("version",))
        if isinstance(version, int) and version < current.version:
            raise FlowError(name, line, f"version {version} is older than the one in use, {current.version}")
        what = "same" if version == current.version else "version"
        if what == "version":
            # As a deployment does it: the version in use stays for the applications that began with it.
            used = shelf.packaged().layers[service_id, ""][0]
            kept = _kept(used)
            texts[kept] = Path(used.file).read_text(encoding="utf-8")
            texts |= _behind(service_id, version)
    found = _read(texts, name)
    return Proposal(name, what, found.services[service_id], current, found, kept=kept, replaces=what == "same")


def _behind(service_id: str, version: Any) -> dict[str, str | None]:
    """The places' layers that are not of the new version stay with the old one, until somebody writes new ones."""
    texts: dict[str, str | None] = {}
    for (service, place), rows in shelf.packaged().layers.items():
        if service == service_id and place and not rows[0].kept and not rows[0].fits(version):
            texts[rows[0].name] = None
            texts[_kept(rows[0])] = Path(rows[0].file).read_text(encoding="utf-8")
    return texts


def _read(texts: dict[str, str | None], name: str) -> Catalogue:
    try:
        return shelf.read(shelf.folder_here(), proposed=texts)
    except FlowError as error:
        raise FlowError(_within(error.file), error.line, error.cause) from error
    except (ValueError, TypeError, KeyError, AttributeError, ArithmeticError, RecursionError) as error:
        # What no check foresees is the file's fault all the same, and no fault of the page.
        raise FlowError(name, 1, f"cannot be read: {type(error).__name__}: {error}") from error


def _within(file: str) -> str:
    path, folder = Path(file), shelf.folder_here()
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name


def within_limits(text: str, name: str) -> None:
    """FlowError for a text that is too long, too deep or too large once its aliases are written out, or has tags."""
    if len(text.encode("utf-8", "replace")) > LARGEST:
        raise FlowError(name, 1, f"the file is larger than {LARGEST // 1000} kB")
    depth = count = 0
    try:
        for event in yaml.parse(text, Loader=LOADER):
            line = event.start_mark.line + 1 if event.start_mark else 1
            count += 1
            if tag := getattr(event, "tag", None):
                raise FlowError(name, line, f"tags such as {tag!r} are not taken")
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > DEEPEST or count > MOST_NODES:
                raise FlowError(name, line, f"nested deeper than {DEEPEST} or more than {MOST_NODES} values")
        node = yaml.compose(text, Loader=LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        cause = getattr(error, "problem", None) or str(error)
        raise FlowError(name, mark.line + 1 if mark else 1, f"not valid YAML: {cause}") from error
    if node is not None and _size(node, {}, name) > MOST_NODES:
        raise FlowError(name, 1, f"more than {MOST_NODES} values once its aliases are written out")


def _size(node: yaml.Node, known: dict[int, int], name: str) -> int:
    """How many values a node has with all aliases written out; an alias of what it stands in has no end."""
    key = id(node)
    if known.get(key) == 0:
        raise FlowError(name, node.start_mark.line + 1, "an alias of what it stands in")
    if key not in known:
        known[key] = 0
        parts = [one for pair in node.value for one in pair] if isinstance(node, yaml.MappingNode) else node.value
        inner = parts if isinstance(node, yaml.CollectionNode) else []
        known[key] = 1 + sum(_size(one, known, name) for one in inner)
    return known[key]
