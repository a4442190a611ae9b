"""What the matter page shows of a text: as readers will see it, the words to look at, what a correction changes."""

from __future__ import annotations

import difflib
from typing import Any

from django.urls import reverse

from gonghui.content import actions, flow_rules, queries, tables
from gonghui.content.rendering import as_html
from gonghui.desk.panels import panel
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import as_system
from gonghui.people.http import Request


@panel(actions.KIND)
def text(request: Request, matter: Matter) -> list[tuple[str, dict[str, Any]]]:
    item = queries.item_of_matter(matter.pk)
    with as_system("the actor sees this matter"):
        files = list(item.kept_files.order_by("pk"))
        versions = list(item.revisions.order_by("-number"))
    pictures = {row.pk: (reverse("portal:news_file", args=[row.pk]), row.alt) for row in files if row.is_picture}
    changed = item.live is not None and item.live.body != item.body
    context = {
        "item": item,
        "column": tables.columns().get(item.column),
        "html": as_html(item.body, pictures),
        "files": files,
        "hits": flow_rules.style_hits(item),
        "unresolved": flow_rules.unresolved(item),
        "versions": versions,
        "changes": _changes(item.live.body, item.body) if changed and item.live is not None else [],
        "writable": actions.writable(request.actor, matter),
    }
    return [("desk/panels/content.html", context)]


def _changes(old: str, new: str) -> list[tuple[str, str]]:
    """The lines that are gone (`-`) and new (`+`)."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=0)
    return [(line[0], line[1:]) for line in lines if line[:1] in "+-" and line[:3] not in ("+++", "---")]
