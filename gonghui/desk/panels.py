"""What a matter page shows beside the kernel's own parts: each kind of matter may bring panels.

A room's desk module registers a function with `@panel("flow name")`; it returns (template, context) pairs that the
page includes in order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from gonghui.kernel.models import Matter
from gonghui.people.http import Request

Panel = Callable[[Request, Matter], list[tuple[str, dict[str, Any]]]]
_panels: dict[str, list[Panel]] = {}


def panel(kind: str) -> Callable[[Panel], Panel]:
    def keep(function: Panel) -> Panel:
        if function not in _panels.setdefault(kind, []):
            _panels[kind].append(function)
        return function

    return keep


def for_matter(request: Request, matter: Matter) -> list[SafeString]:
    """The rendered panels of this matter's kind."""
    return [
        render_to_string(template, {"matter": matter, **context}, request=request)
        for function in _panels.get(matter.kind, [])
        for template, context in function(request, matter)
    ]
