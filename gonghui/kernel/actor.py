"""Who acts. The kernel knows people only as an `Actor`: a kind, an account and duties (a role at an organisation)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ActorKind = Literal["staff", "worker", "anonymous", "api", "system"]


@dataclass(frozen=True)
class Duty:
    """One role (角色) held at one organisation (materialised path, e.g. `cn.52.5201.520102`).

    `assigned_only`: it shows the matters that were assigned to this person, and none of the organisation's others.
    """

    role: str
    path: str
    assigned_only: bool = False


@dataclass(frozen=True)
class Actor:
    """Whoever makes something happen.

    `duties` is empty for workers, anonymous reporters and the system. `matter_ids` are matters that a query code
    has opened for this visitor, `assigned_ids` those that were assigned to this member of staff (`MatterParticipant`).
    `system` actors see everything and may only do what a flow grants to `system`.
    """

    kind: ActorKind
    account_id: int | None = None
    name: str = ""
    duties: tuple[Duty, ...] = ()
    matter_ids: tuple[int, ...] = ()
    assigned_ids: tuple[int, ...] = ()
    via: str = "web"
    extra: dict[str, str] = field(default_factory=dict, compare=False, hash=False)

    @property
    def is_system(self) -> bool:
        return self.kind == "system"

    @property
    def own_account(self) -> int:
        """The account's number, where only somebody with one may come. ValueError for others."""
        if self.account_id is None:
            raise ValueError(f"{self.kind} has no account")
        return self.account_id

    @property
    def paths(self) -> tuple[str, ...]:
        """The organisation paths whose matters this actor sees, each once, in order."""
        return tuple(dict.fromkeys(duty.path for duty in self.duties if not duty.assigned_only))

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(duty.role for duty in self.duties)

    def has_role(self, *roles: str) -> bool:
        return any(duty.role in roles for duty in self.duties)

    def paths_as(self, *roles: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(duty.path for duty in self.duties if duty.role in roles))


SYSTEM = Actor(kind="system", name="系统")
ANONYMOUS = Actor(kind="anonymous", name="匿名")
