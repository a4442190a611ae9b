"""岗位: the roles of handbook 1.12 as data, and what each permits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from gonghui import yamls
from gonghui.kernel.actor import Actor
from gonghui.kernel.language import in_english
from gonghui.kernel.scope import within


@dataclass(frozen=True)
class Role:
    code: str
    zh: str
    en: str
    see_identity: str
    permissions: frozenset[str]

    @property
    def label(self) -> str:
        return self.en if in_english() else self.zh


@lru_cache(maxsize=1)
def roles() -> dict[str, Role]:
    """All roles by code, in the file's order."""
    data = yamls.read((Path(__file__).parent / "roles.yaml").read_text(encoding="utf-8"))
    return {
        code: Role(code, row["zh"], row["en"], row["see_identity"], frozenset(row["permissions"]))
        for code, row in data.items()
    }


ROLES = tuple(roles())


@lru_cache(maxsize=1)
def shared_only_roles() -> frozenset[str]:
    """Roles that see the fields shared with them only (1.12: court, procuratorate, labour, justice)."""
    return frozenset(code for code, role in roles().items() if role.see_identity == "shared")


@lru_cache(maxsize=1)
def assigned_only_roles() -> frozenset[str]:
    """Roles that see the cases assigned to them by name only (1.12: lawyer or mediator)."""
    return frozenset(code for code, role in roles().items() if role.see_identity == "assigned")


def role_permissions(role: str) -> frozenset[str]:
    """What a role permits; nothing for an unknown one."""
    found = roles().get(role)
    return found.permissions if found else frozenset()


def can(actor: Actor, permission: str, path: str | None = None) -> bool:
    """Does a duty of this actor permit it — at `path`, when one is given: at that organisation or above it?"""
    if actor.is_system:
        return True
    return any(
        permission in role_permissions(duty.role) and (path is None or within(path, duty.path)) for duty in actor.duties
    )


def may_see_identity(actor: Actor, holder_path: str = "") -> frozenset[str]:
    """The ways (`yes`, `contact`, `phone`, `reason` …) in which this actor's duties let them see who complained."""
    return frozenset(
        roles()[duty.role].see_identity
        for duty in actor.duties
        if duty.role in roles() and (not holder_path or within(holder_path, duty.path))
    )
