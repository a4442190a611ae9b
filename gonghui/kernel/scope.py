"""Who sees what (可见范围).

An organisation has a materialised path; a matter has one `MatterScope` row for each path that sees it: the holder's,
the helpers', and all above them. Views start from `visible_to(actor)` or `scope_rows(actor)`, never from
`Matter.objects`. On PostgreSQL row-level security is the second lock: the connection carries the paths of the actor
that `bind` named, and with no binding it sees nothing (`kernel.postgresql`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from gonghui.kernel.actor import Actor
from gonghui.kernel.models import Matter, MatterScope


@dataclass(frozen=True)
class Binding:
    """What row-level security lets this thread of work see."""

    everything: bool = False
    paths: tuple[str, ...] = ()
    restricted_paths: tuple[str, ...] = ()
    account_id: int | None = None
    matter_ids: tuple[int, ...] = ()


NOTHING = Binding()
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_binding: ContextVar[Binding] = ContextVar("gonghui_scope_binding", default=NOTHING)


def restricted_roles() -> frozenset[str]:
    """Roles that may see restricted matters, as the flows name them."""
    from gonghui.kernel.flow.registry import all_flows

    return frozenset(role for flow in all_flows() for role in flow.restricted_roles)


def current() -> Binding:
    return _binding.get()


@contextmanager
def bind(actor: Actor) -> Iterator[None]:
    """Let database connections used in the body see what `actor` sees, and no more."""
    binding = Binding(
        everything=actor.is_system,
        paths=actor.paths,
        restricted_paths=actor.paths_as(*restricted_roles()),
        account_id=actor.account_id if actor.kind == "worker" else None,
        matter_ids=actor.matter_ids + actor.assigned_ids,
    )
    token = _binding.set(binding)
    try:
        yield
    finally:
        _binding.reset(token)


@contextmanager
def as_system(reason: str) -> Iterator[None]:
    """Let the body see everything. `reason` says why to the reader of the code; checks must already be done."""
    if not reason:
        raise ValueError("say why everything must be seen here")
    token = _binding.set(Binding(everything=True))
    try:
        yield
    finally:
        _binding.reset(token)


def ancestors(path: str) -> list[str]:
    """The path and all above it, from the top: `cn.52.5201` → `['cn', 'cn.52', 'cn.52.5201']`."""
    parts = path.split(".")
    return [".".join(parts[: n + 1]) for n in range(len(parts))] if path else []


def within(path: str, above: str) -> bool:
    """Is `path` the organisation `above` or one below it?"""
    return path == above or path.startswith(above + ".")


def at_or_below(column: str, paths: Iterable[str]) -> Q:
    """Rows whose organisation, by the path in `column`, is one of these or below one; none for no path."""
    found = Q(pk__in=[])
    for path in paths:
        found |= Q(**{column: path}) | Q(**{f"{column}__startswith": f"{path}."})
    return found


def visible_to(actor: Actor, queryset: QuerySet[Matter] | None = None) -> QuerySet[Matter]:
    """The matters this actor may see: through their duties, assigned by name, as the worker, or by a query code."""
    queryset = Matter.objects.all() if queryset is None else queryset
    if actor.is_system:
        return queryset
    named = actor.matter_ids + actor.assigned_ids
    allowed = Q(pk__in=named) if named else Q(pk__in=[])
    if actor.account_id and actor.kind == "worker":
        allowed |= Q(owner_id=actor.account_id)
    if actor.paths:
        rows = MatterScope.objects.filter(matter=OuterRef("pk"))
        allowed |= Q(Exists(rows.filter(path__in=actor.paths))) & Q(restricted=False)
        # Only where the duty itself lies: an auditor of one county is no auditor of the province.
        special = actor.paths_as(*restricted_roles())
        if special:
            allowed |= Q(Exists(rows.filter(path__in=special)))
    return queryset.filter(allowed)


def scope_rows(actor: Actor, paths: Iterable[str] | None = None) -> QuerySet[MatterScope]:
    """Rows for a worklist: one for each matter and organisation path of the actor's duties.

    Give `paths` to look at one organisation; a path that is not at or below one of the actor's is ignored.
    A person with duties at several organisations may meet a matter once for each: ask for one path at a time
    where that matters. Who works for no organisation but was assigned matters by name gets these, once each.
    """
    if not actor.paths and actor.assigned_ids:
        rows = MatterScope.objects.filter(matter_id__in=actor.assigned_ids, path=F("matter__holder_path"))
        return rows if paths is None else rows.none()
    wanted = actor.paths if paths is None else tuple(p for p in paths if any(within(p, own) for own in actor.paths))
    if actor.is_system:
        wanted = tuple(paths) if paths is not None else ("cn",)
    rows = (
        MatterScope.objects.filter(path=wanted[0]) if len(wanted) == 1 else MatterScope.objects.filter(path__in=wanted)
    )
    if not actor.is_system:
        special = actor.paths_as(*restricted_roles())
        allowed = [path for path in wanted if any(within(path, own) for own in special)]
        if allowed != list(wanted):
            rows = rows.filter(Q(restricted=False) | Q(path__in=allowed)) if allowed else rows.filter(restricted=False)
    return rows


def set_scope(
    matter: Matter,
    *,
    lead: str,
    assist: Iterable[str] = (),
    receive: str | None = None,
    overlay: Iterable[str] = (),
    new: bool = False,
) -> None:
    """Make the scope rows of a matter what these organisations say. Runs in the caller's transaction.

    An organisation in several parts keeps the strongest: lead, then assist, receive, overlay. Organisations above
    them watch. The row of a restricted matter is marked, not left out: who may see it is the reader's role. `new`
    says that the matter has no rows yet.
    """
    direct: dict[str, str] = {}
    for relation, paths in (
        ("lead", (lead,)),
        ("assist", tuple(assist)),
        ("receive", (receive,) if receive else ()),
        ("overlay", tuple(overlay)),
    ):
        for path in paths:
            direct.setdefault(path, relation)
    wanted: dict[str, tuple[str, bool]] = {path: (relation, True) for path, relation in direct.items()}
    for path in direct:
        for above in ancestors(path):
            wanted.setdefault(above, ("watch", False))
    existing = {} if new else {row.path: row for row in matter.scopes.all()}
    gone = [row.pk for path, row in existing.items() if path not in wanted]
    if gone:
        MatterScope.objects.filter(pk__in=gone).delete()
    for path, (relation, is_direct) in wanted.items():
        row = existing.get(path)
        if row and (row.relation, row.direct) != (relation, is_direct):
            MatterScope.objects.filter(pk=row.pk).update(relation=relation, direct=is_direct)
    MatterScope.objects.bulk_create(
        [
            MatterScope(matter=matter, path=path, relation=relation, direct=is_direct, **_copied(matter))
            for path, (relation, is_direct) in wanted.items()
            if path not in existing
        ]
    )


def _copied(matter: Matter) -> dict[str, object]:
    return {
        "kind": matter.kind,
        "is_open": matter.is_open,
        "state": matter.state,
        "priority": matter.priority,
        "category": matter.category,
        "restricted": matter.restricted,
        "due_at": matter.due_at or NEVER,
        "opened_at": matter.opened_at,
    }


def refresh_scope(matter: Matter) -> None:
    """Repeat the matter's own columns in its scope rows. Call after changing any of them."""
    MatterScope.objects.filter(matter=matter).update(**_copied(matter))


def paths_of(matter: Matter, *relations: str) -> list[str]:
    """The organisations that take part directly, e.g. `paths_of(matter, "assist")`."""
    rows = matter.scopes.filter(direct=True)
    if relations:
        rows = rows.filter(relation__in=relations)
    return list(rows.order_by("path").values_list("path", flat=True))
