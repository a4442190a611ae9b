"""The desk's navigation, from the roles of the person who looks."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from gonghui.appeals.queries import MANAGERS
from gonghui.kernel.actor import Actor
from gonghui.people.http import Request
from gonghui.people.roles import ROLES

# Roles that count and administer read no cases (handbook 1.12: identity is not theirs to see); the others do.
CASE_ROLES = tuple(role for role in ROLES if role not in ("analyst", "admin"))
# (address, label, roles that see it; empty: every staff member)
ITEMS: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
    ("desk:home", _("工作台"), ()),
    ("desk:worklist", _("待办事项"), CASE_ROLES),
    ("desk:register", _("登记来电来访"), ("agent", "dispatcher", "supervisor")),
    ("desk:field", _("走访登记"), ("agent", "dispatcher", "supervisor", "handler", "leader")),
    ("desk:callbacks", _("回访"), ("callback", "supervisor")),
    ("desk:quality", _("质检"), ("quality", "supervisor")),
    ("desk:supervision", _("督办与异议"), ("dispatcher", "supervisor", "leader")),
    ("desk:alerts", _("风险预警"), ("dispatcher", "supervisor", "leader", "analyst")),
    ("desk:overview", _("统计总览"), ("supervisor", "analyst", "leader", "dispatcher", "auditor")),
    ("desk:legal", _("法务云"), ("lawyer", "dispatcher", "supervisor", "leader")),
    ("desk:employers", _("用人单位"), ("agent", "dispatcher", "supervisor", "admin")),
    ("desk:calendar", _("工作日历"), ("admin", "supervisor")),
    ("desk:dead_letters", _("发送失败"), ("admin", "supervisor")),
    ("desk:usage", _("智脑用量"), MANAGERS),
    ("people:staff", _("人员"), ("admin",)),
    ("desk:flows", _("流程"), ()),
)


def reads_cases(actor: Actor) -> bool:
    return actor.has_role(*CASE_ROLES)


def nav(request: Request) -> dict[str, Any]:
    """`desk_nav`: what this person can use, with the present page marked. Empty for everybody but staff."""
    actor = getattr(request, "actor", None)
    if actor is None or actor.kind != "staff":
        return {}
    here = request.path
    items = []
    for name, label, roles in ITEMS:
        if roles and not actor.has_role(*roles):
            continue
        url = reverse(name)
        items.append(
            {"url": url, "label": label, "current": here == url or (name != "desk:home" and here.startswith(url))}
        )
    return {"desk_nav": items, "reads_cases": reads_cases(actor)}
