"""What a matter page shows beside the kernel's own parts: each kind of matter may bring panels and help with forms.

A room's desk module registers a function with `@panel("flow name")`; it returns (template, context) pairs that the
page includes in order. `@helper("flow name")` registers what a step's form begins with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from gonghui.kernel.flow.schema import Transition
from gonghui.kernel.models import Matter
from gonghui.people.http import Request


@dataclass(frozen=True)
class Help:
    """Help with one step's form: first values by field, words beside fields, articles to tick.

    `proposal` names the machine's proposal these values are (0: they are none), so that it can be taken over as it was
    shown and not as it has become.
    """

    initial: dict[str, Any] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)
    articles: tuple[str, ...] = ()
    proposal: int = 0


Panel = Callable[[Request, Matter], list[tuple[str, dict[str, Any]]]]
Helper = Callable[[Request, Matter, Transition], Help]
_panels: dict[str, list[Panel]] = {}
_helpers: dict[str, Helper] = {}


def panel(*kinds: str) -> Callable[[Panel], Panel]:
    def keep(function: Panel) -> Panel:
        for kind in kinds:
            if function not in _panels.setdefault(kind, []):
                _panels[kind].append(function)
        return function

    return keep


def helper(*kinds: str) -> Callable[[Helper], Helper]:
    def keep(function: Helper) -> Helper:
        for kind in kinds:
            _helpers[kind] = function
        return function

    return keep


def load() -> None:
    """Import the desk's modules that register panels or helpers, in the order of their names, which is the panels'."""
    for found in iter_modules([str(Path(__file__).parent)]):
        if found.name.endswith(("_panels", "_help")):
            import_module(f"gonghui.desk.{found.name}")


def for_matter(request: Request, matter: Matter, offers: Iterable[str] = ()) -> list[SafeString]:
    """The rendered panels of this matter's kind. `offers` are the names of the steps that may be taken now."""
    return [
        render_to_string(template, {"matter": matter, "offers": frozenset(offers), **context}, request=request)
        for function in _panels.get(matter.kind, [])
        for template, context in function(request, matter)
    ]


def for_step(request: Request, matter: Matter, step: Transition) -> Help:
    """What the form of a step begins with; values in the address go before it."""
    found = _helpers[matter.kind](request, matter, step) if matter.kind in _helpers else Help()
    given = {spec.name: request.GET[spec.name][:200] for spec in step.fields if spec.name in request.GET}
    return Help({**found.initial, **given}, found.hints, found.articles, 0 if given else found.proposal)
