"""What the page of an application shows besides its form and its state: a room brings it with `@beside("M15")`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from gonghui.people.http import Request
from gonghui.services.queries import Own

Beside = Callable[[Request, Own], list[tuple[str, dict[str, Any]]]]
_brought: dict[str, list[Beside]] = {}


def beside(*services: str) -> Callable[[Beside], Beside]:
    """A function that gives (template, context) pairs for the worker's own application."""

    def keep(function: Beside) -> Beside:
        for service in services:
            if function not in _brought.setdefault(service, []):
                _brought[service].append(function)
        return function

    return keep


def for_application(request: Request, page: Own) -> list[SafeString]:
    """The rendered parts. The caller has found that the application is the reader's own."""
    return [
        render_to_string(template, context, request=request)
        for function in _brought.get(page.service.id, [])
        for template, context in function(request, page)
    ]
