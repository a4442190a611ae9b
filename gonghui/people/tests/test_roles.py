"""The roles are handbook 1.12's table, cell by cell; a permission reaches down from its organisation, never up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gonghui.kernel.actor import SYSTEM, Actor, Duty
from gonghui.people.roles import ROLES, can, may_see_identity, role_permissions, roles

# Handbook 1.12 in its column order; "" is its "–".
COLUMNS = (
    "register",
    "see identity",
    "dispatch",
    "handle",
    "approve extension",
    "callback",
    "quality",
    "close",
    "export",
)
TABLE = {
    "agent": ("✔", "✔", "propose", "answer consultations", "", "", "", "", ""),
    "dispatcher": ("✔", "✔", "own level and down", "", "", "", "", "", ""),
    "handler": ("add notes", "only if disclosed or needed", "sub-assign", "✔", "", "", "", "", ""),
    "leader": ("", "only if disclosed or needed", "", "✔", "✔", "", "", "", "✔"),
    "callback": ("note", "phone only", "", "", "", "✔", "", "", ""),
    "quality": ("", "masked", "", "", "", "", "✔", "✔", ""),
    "supervisor": ("✔", "✔", "re-dispatch", "", "✔", "", "view", "reopen", "✔"),
    "lawyer": ("", "assigned cases", "", "legal part", "", "", "", "", ""),
    "partner": ("", "shared fields only", "", "own step", "", "", "", "", ""),
    "auditor": ("", "with reason", "", "", "", "", "", "", "✔"),
}
PERMISSION = {
    ("register", "✔"): "register",
    ("register", "add notes"): "add_notes",
    ("register", "note"): "add_notes",
    ("dispatch", "propose"): "propose_dispatch",
    ("dispatch", "own level and down"): "dispatch",
    ("dispatch", "sub-assign"): "sub_assign",
    ("dispatch", "re-dispatch"): "redispatch",
    ("handle", "✔"): "handle",
    ("handle", "answer consultations"): "answer_consultation",
    ("handle", "legal part"): "legal_part",
    ("handle", "own step"): "own_step",
    ("approve extension", "✔"): "approve_extension",
    ("callback", "✔"): "callback",
    ("quality", "✔"): "quality",
    ("quality", "view"): "view_quality",
    ("close", "✔"): "close",
    ("close", "reopen"): "reopen",
    ("export", "✔"): "export",
}
IDENTITY = {
    "✔": "yes",
    "only if disclosed or needed": "contact",
    "phone only": "phone",
    "masked": "masked",
    "assigned cases": "assigned",
    "shared fields only": "shared",
    "with reason": "reason",
}
# What the table does not speak of: the platform's own rights and roles.
BESIDE_THE_TABLE = {
    "triage", "statistics", "accounts", "apps", "restricted", "propose_knowledge", "approve_knowledge", "try_services",
}  # fmt: skip
PATHS = ["cn", "cn.52", "cn.52.5201", "cn.52.5201.520102", "cn.52.5203", "cn.62", "cn.5"]


@pytest.mark.parametrize("role", TABLE)
def test_a_role_may_exactly_what_the_handbook_says(role: str) -> None:
    cells = dict(zip(COLUMNS, TABLE[role], strict=True))
    expected = {PERMISSION[column, cell] for column, cell in cells.items() if cell and column != "see identity"}
    assert role_permissions(role) - BESIDE_THE_TABLE == expected


@pytest.mark.parametrize("role", TABLE)
def test_a_role_sees_the_complainant_as_the_handbook_says(role: str) -> None:
    assert roles()[role].see_identity == IDENTITY[TABLE[role][1]]


def test_the_platforms_own_roles_touch_no_appeal() -> None:
    own = {"discipline", "analyst", "admin", "knowledge", "counsellor", "expert", "treasurer", "station"}
    assert set(ROLES) - set(TABLE) == own
    for role in ("analyst", "admin", "knowledge"):
        assert roles()[role].see_identity == "no"
        assert role_permissions(role) <= BESIDE_THE_TABLE
    assert role_permissions("discipline") == {"restricted"}


def test_an_unknown_role_may_nothing() -> None:
    assert role_permissions("emperor") == frozenset()
    stranger = Actor(kind="staff", duties=(Duty("emperor", "cn"),))
    assert not can(stranger, "register")
    assert may_see_identity(stranger) == frozenset()


@given(own=st.sampled_from(PATHS), asked=st.sampled_from(PATHS))
def test_a_permission_holds_at_the_own_organisation_and_below_only(own: str, asked: str) -> None:
    actor = Actor(kind="staff", duties=(Duty("admin", own),))
    below = asked.split(".")[: own.count(".") + 1] == own.split(".")
    assert can(actor, "accounts", asked) is below
    assert bool(may_see_identity(actor, asked)) is below
    assert can(SYSTEM, "accounts", asked)


def test_permissions_of_different_duties_do_not_mix() -> None:
    actor = Actor(kind="staff", duties=(Duty("admin", "cn.52.5201"), Duty("leader", "cn.62")))
    assert can(actor, "export", "cn.62.6201")
    assert not can(actor, "accounts", "cn.62.6201")
    assert not can(actor, "export", "cn.52.5201")
