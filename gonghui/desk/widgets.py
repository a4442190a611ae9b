"""Inputs of the desk's own: choosing organisations by name, and citing articles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _

from gonghui.organisations.queries import names_of

# The list's id that all organisation inputs of a page share.
OPTIONS_ID = "organisation-options"
SPARE_LINES = 3
_CHOSEN = re.compile(r"[（(](cn[\w.\-]*)[）)]\s*$")


def written(path: str, name: str) -> str:
    """How an organisation stands in an input: by its name, with the path that tells namesakes apart."""
    return f"{name}（{path}）" if name and name != path else path


def written_all(paths: Iterable[str]) -> list[str]:
    """Paths as they stand in inputs; one query."""
    wanted = [path for path in paths if path]
    names = names_of(wanted)
    return [written(path, names.get(path, "")) for path in wanted]


def path_of(text: str) -> str:
    """The path in `name（path）`; anything else as it is (a bare path or a full name)."""
    found = _CHOSEN.search(text or "")
    return found.group(1) if found else (text or "").strip()


class OrganisationInput(forms.TextInput):
    """单位: type a part of the name and pick from the list; without JavaScript the full name or path is typed."""

    def __init__(self) -> None:
        super().__init__(
            {
                "list": OPTIONS_ID,
                "autocomplete": "off",
                "placeholder": _("写名称的一部分，从列表里选"),
                "hx-get": reverse("desk:organisations"),
                "hx-trigger": "input changed delay:250ms",
                "hx-target": f"#{OPTIONS_ID}",
                "hx-swap": "innerHTML",
            }
        )

    def format_value(self, value: Any) -> str | None:
        return value if value and "（" in value else next(iter(written_all([value])), None) if value else None


class OrganisationsInput(OrganisationInput):
    """Several organisations: one input a line, some spare."""

    template_name = "desk/widgets/organisations.html"

    def format_value(self, value: Any) -> Any:
        return value

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, None, attrs)
        given = [value] if isinstance(value, str) else list(value or [])
        lines = [line if "（" in line else next(iter(written_all([line])), line) for line in given if line]
        context["lines"] = [*lines, *[""] * max(1, SPARE_LINES - len(lines))]
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return data.getlist(name) if hasattr(data, "getlist") else list(data.get(name) or [])


class ArticlesInput(forms.Textarea):
    """依据: tick proposed articles, write others one a line."""

    template_name = "desk/widgets/articles.html"

    def __init__(self, proposed: Sequence[str] = ()) -> None:
        super().__init__({"rows": 2, "placeholder": _("其他依据，一行一条，例如：劳动合同法第三十条")})
        self.proposed = list(proposed)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        given = [value] if isinstance(value, str) else list(value or [])
        lines = [line.strip() for one in given for line in str(one).splitlines() if line.strip()]
        context = super().get_context(name, "\n".join(line for line in lines if line not in self.proposed), attrs)
        context["proposed"] = [(text, text in lines) for text in self.proposed]
        return context

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return data.getlist(name) if hasattr(data, "getlist") else list(data.get(name) or [])


def chosen_paths(values: Iterable[str]) -> list[str]:
    """The paths or names behind what stands in organisation inputs, empty ones left out."""
    return [path for path in (path_of(value) for value in values) if path]


def cited(values: Iterable[str]) -> list[str]:
    """Ticked and written articles as one list, each once."""
    lines = (line.strip() for value in values for line in re.split(r"[\n;；]+", value))
    return list(dict.fromkeys(line for line in lines if line))
