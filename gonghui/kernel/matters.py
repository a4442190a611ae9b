"""Open a matter (事项), say what may be done with it now, and do it. The one place where a state changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, transaction
from django.utils.translation import gettext as _

from gonghui.kernel import clocks, outbox, trail
from gonghui.kernel.actor import Actor, Duty
from gonghui.kernel.errors import Conflict, GuardRefused, InvalidData, NotAllowed, NotFound
from gonghui.kernel.flow import cleaning, kept, registry
from gonghui.kernel.flow.schema import Flow, Grant, Transition
from gonghui.kernel.models import Clock, Matter, MatterScope, TrailEntry
from gonghui.kernel.scope import as_system, bind, refresh_scope, set_scope, visible_to, within
from gonghui.kernel.times import now as present
from gonghui.kernel.veiling import shown

T = TypeVar("T")
R = TypeVar("R", bound=models.Model)


@dataclass
class Context:
    """What guards and effects get: the matter as it is being changed, who acts as what, and the cleaned data."""

    matter: Matter
    flow: Flow
    transition: Transition
    actor: Actor
    role: str
    org_path: str
    data: dict[str, Any]
    now: datetime
    preview: bool = False
    previous_state: str = ""
    notes: list[str] = field(default_factory=list)
    recorded: dict[str, Any] = field(default_factory=dict)
    _found: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

    def once(self, read: Callable[[Matter], T]) -> T:
        """What `read` finds of the matter, the same object throughout the transition."""
        if read not in self._found:
            self._found[read] = read(self.matter)
        return self._found[read]

    def note(self, text: str) -> None:
        """Add a sentence to the trail entry of this transition."""
        self.notes.append(text)

    def record(self, **facts: Any) -> None:
        """Add facts to the `after` of the trail entry (never personal ones)."""
        self.recorded.update(facts)


@dataclass(frozen=True)
class Offer:
    """One thing this actor may do now. `refused` holds the conditions not met yet, each with what to do."""

    transition: Transition
    role: str
    refused: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.transition.name

    @property
    def label(self) -> str:
        return self.transition.label

    @property
    def what_happens(self) -> str:
        return str(self.transition.does or "")


def open_matter(
    kind: str,
    *,
    actor: Actor,
    title: str,
    holder_path: str,
    number: str,
    state: str | None = None,
    priority: int = 3,
    category: str = "",
    region: str = "",
    owner_id: int | None = None,
    restricted: bool = False,
    data: dict[str, Any] | None = None,
    assist: Iterable[str] = (),
    receive: str | None = None,
    overlay: Iterable[str] = (),
    at: datetime | None = None,
    flow: Flow | None = None,
) -> Matter:
    """Create a matter in its flow's initial state (or `state`), with scope, clocks and the first trail entry.

    `flow`: the one an earlier matter began with, for what goes on from it; else the flow in use. Runs in one
    transaction, or in the caller's. The caller decides who may: anybody may lodge an appeal.
    """
    flow = flow or registry.get_flow(kind)
    at = at or present()
    matter = Matter(
        kind=kind,
        number=number,
        title=title[:200],
        state=state or flow.initial,
        state_since=at,
        holder_path=holder_path,
        owner_id=owner_id,
        restricted=restricted,
        priority=priority,
        category=category,
        region=region,
        opened_at=at,
        is_open=flow.states[state or flow.initial].open,
        data=data or {},
    )
    # No savepoint: whoever calls this inside a transaction wants all of it or nothing.
    with (
        transaction.atomic(savepoint=False),
        as_system("a new matter is visible to nobody before its scope is written"),
    ):
        matter.flow_digest = kept.keep(flow)
        first = clocks.first_clocks(matter, flow, at)
        matter.save(force_insert=True)
        for clock in first:
            clock.matter_id = matter.pk
        Clock.objects.bulk_create(first)
        set_scope(matter, lead=holder_path, assist=assist, receive=receive, overlay=overlay, new=True)
        trail.record(
            f"matter:{matter.pk}",
            "open",
            actor=actor,
            matter=matter,
            after={"number": number, "state": matter.state, "holder": holder_path, "priority": priority},
        )
        _emit(matter, "open", "")
    return matter


def allowed(matter: Matter, actor: Actor, at: datetime | None = None) -> list[Offer]:
    """The transitions this actor may start from the matter's state, in the flow's order.

    Those whose guards refuse are offered too, with the reasons, so that the person learns what is missing.
    """
    flow = kept.flow_of(matter)
    at = at or present()
    offers = []
    facts = None
    for transition in flow.leaving(matter.state):
        if transition.hidden:
            continue
        facts = facts or _Facts(matter)
        granted = _granted(transition, matter, actor, facts)
        if granted is None:
            continue
        context = Context(matter, flow, transition, actor, *granted, data={}, now=at, preview=True)
        offers.append(Offer(transition, granted[0], tuple(_refusals(context))))
    return offers


def act(
    matter_id: int,
    name: str,
    actor: Actor,
    data: dict[str, Any] | None = None,
    version: int | None = None,
    *,
    at: datetime | None = None,
) -> Matter:
    """Perform one transition: lock, check scope, version, role, fields and guards, change, and write it all down.

    `data` holds raw field values. `version` is the version the actor saw; None skips that check (for the platform
    itself). Raises NotFound, Conflict, NotAllowed, InvalidData or GuardRefused; then nothing has changed.
    """
    at = at or present()
    with transaction.atomic():
        with bind(actor):
            visible = visible_to(actor).filter(pk=matter_id).exists()
        if not visible:
            raise NotFound
        with as_system("the actor sees the matter and the flow decides what they may do"):
            matter = Matter.objects.select_for_update(of=("self",)).get(pk=matter_id)
            return _perform(matter, name, actor, data or {}, version, at)


def _perform(
    matter: Matter, name: str, actor: Actor, data: dict[str, Any], version: int | None, at: datetime
) -> Matter:
    flow = kept.flow_of(matter)
    transition = flow.by_name.get(name)
    if transition is None:
        raise NotAllowed(_("没有“%(name)s”这一步。") % {"name": name})
    if version is not None and version != matter.version:
        raise Conflict(_changes_since(matter, version))
    if matter.state not in flow.sources_of(transition):
        raise NotAllowed(
            _("现在的状态是“%(state)s”，不能进行“%(step)s”。请刷新页面查看可以做的操作。")
            % {"state": flow.state_of(matter.state).label, "step": transition.label}
        )
    granted = _granted(transition, matter, actor, _Facts(matter))
    if granted is None:
        raise NotAllowed
    cleaned, errors = cleaning.clean(transition, data, matter, actor)
    if errors:
        raise InvalidData(errors)
    context = Context(matter, flow, transition, actor, *granted, data=cleaned, now=at, previous_state=matter.state)
    reasons = list(_refusals(context))
    if reasons:
        raise GuardRefused(reasons)
    _change(context)
    return matter


def _change(context: Context) -> None:
    matter, flow, transition = context.matter, context.flow, context.transition
    before = {"state": matter.state, "holder": matter.holder_path, "priority": matter.priority}
    target = flow.target(transition, matter.state)
    if target != matter.state:
        matter.state, matter.state_since = target, context.now
    state = flow.states[target]
    matter.is_open = state.open and not state.final
    matter.closed_at = None if matter.is_open else (matter.closed_at or context.now)
    matter.version += 1
    for call in transition.effects:
        registry.function("effect", call.name)(context, call.args)
    clocks.enter_state(matter, flow, context.now, transition.restart, transition.go_on)
    trail.record(
        f"matter:{matter.pk}",
        transition.name,
        actor=context.actor,
        matter=matter,
        role=context.role,
        org_path=context.org_path,
        before=before,
        after={
            "state": matter.state,
            "holder": matter.holder_path,
            "priority": matter.priority,
            "version": matter.version,
            **context.recorded,
            **cleaning.for_trail(transition, context.data),
        },
        note="\n".join(context.notes),
    )
    matter.save()
    refresh_scope(matter)
    for notice in transition.notices:
        registry.function("notifier", matter.kind)(context, notice)
    _emit(matter, transition.name, context.previous_state)


def touch(matter: Matter, verb: str, actor: Actor, *, after: dict[str, Any] | None = None, note: str = "") -> None:
    """Write down something done on a matter that is no transition (a note, a contact), and raise its version.

    Call inside a transaction with the matter locked (`locked`).
    """
    matter.version += 1
    trail.record(f"matter:{matter.pk}", verb, actor=actor, matter=matter, after=after or {}, note=note)
    matter.save()
    refresh_scope(matter)


def locked(matter_id: int, actor: Actor) -> Matter:
    """The matter, locked for this transaction, if the actor may see it. Raises NotFound."""
    with bind(actor):
        if not visible_to(actor).filter(pk=matter_id).exists():
            raise NotFound
    with as_system("the actor sees this matter"):
        return Matter.objects.select_for_update(of=("self",)).get(pk=matter_id)


def move(
    matter: Matter, holder_path: str, *, assist: Iterable[str] | None = None, overlay: Iterable[str] | None = None
) -> None:
    """Give the matter to another organisation (in an effect). Helpers, second parents (industrial unions that look
    on) and the receiver stay unless given anew."""
    rows = {row.path: row.relation for row in MatterScope.objects.filter(matter=matter, direct=True)}
    receiver = next((path for path, relation in rows.items() if relation == "receive"), None)
    if receiver is None and matter.holder_path != holder_path:
        # Whoever took the matter in keeps seeing it after handing it on: they answer for it to the worker.
        receiver = matter.holder_path
    helpers = [path for path, relation in rows.items() if relation == "assist"] if assist is None else list(assist)
    lookers = [path for path, relation in rows.items() if relation == "overlay"] if overlay is None else list(overlay)
    matter.holder_path = holder_path
    set_scope(
        matter, lead=holder_path, assist=[p for p in helpers if p != holder_path], receive=receiver, overlay=lookers
    )


class _Facts:
    """Scope facts of one matter, read once and only when a grant asks."""

    def __init__(self, matter: Matter) -> None:
        self.matter = matter
        self._rows: dict[str, tuple[str, bool]] | None = None

    @property
    def rows(self) -> dict[str, tuple[str, bool]]:
        if self._rows is None:
            with as_system("role check"):
                self._rows = {row.path: (row.relation, row.direct) for row in self.matter.scopes.all()}
        return self._rows


def _granted(transition: Transition, matter: Matter, actor: Actor, facts: _Facts) -> tuple[str, str] | None:
    """The (role, organisation path) under which this actor may do it, or None."""
    for grant in transition.roles:
        if grant.role == "system":
            if actor.is_system:
                return "system", ""
        elif grant.role == "owner":
            is_owner = actor.kind == "worker" and matter.owner_id is not None and matter.owner_id == actor.account_id
            holds_code = actor.kind in ("worker", "anonymous") and matter.pk in actor.matter_ids
            if is_owner or holds_code:
                return "owner", ""
        else:
            for duty in actor.duties:
                if duty.role == grant.role and _related(grant, duty, matter, actor, facts):
                    return duty.role, duty.path
    return None


def _related(grant: Grant, duty: Duty, matter: Matter, actor: Actor, facts: _Facts) -> bool:
    path = duty.path
    if grant.relation == "any":
        return True
    if grant.relation == "assigned":
        return matter.pk in actor.assigned_ids
    if grant.relation == "holder":
        return path == matter.holder_path
    relation, direct = facts.rows.get(path, ("", False))
    if grant.relation == "party":
        return direct and relation in ("lead", "assist")
    if grant.relation == "receiver":
        return direct and relation in ("receive", "lead")
    return bool(relation) or within(matter.holder_path, path)


def _refusals(context: Context) -> Iterable[str]:
    for call in context.transition.guards:
        # Whether a step may be taken depends on rows that its taker may not read (who signed, whose certificate).
        with as_system("a guard judges the step and shows a reason only"):
            reason = registry.function("guard", call.name)(context, call.args)
        if reason:
            yield str(reason)


def _changes_since(matter: Matter, version: int) -> list[TrailEntry]:
    """The entries made after the version the actor saw. Each version has its entry, clocks' ticks come between."""
    entries = list(TrailEntry.objects.filter(stream=f"matter:{matter.pk}").order_by("-seq")[:20])
    # A room's own entry may call something else its version (the understanding's): that one counts as new.
    newer = [e for e in entries if not isinstance(seen := e.after.get("version"), int) or seen > version]
    return shown(matter, reversed(newer[: max(1, matter.version - version)]))


def _emit(matter: Matter, verb: str, previous: str) -> None:
    """Tell other programs, once this transaction is through (web hooks, broker). No personal data."""
    outbox.enqueue_new(
        "event",
        f"event:{matter.pk}:{matter.version}",
        {
            "type": f"{matter.kind}.{verb}",
            "id": matter.pk,
            "matter": matter.number,
            "kind": matter.kind,
            "from": previous,
            "state": matter.state,
            "version": matter.version,
            "holder": matter.holder_path,
            "category": matter.category,
            "priority": matter.priority,
        },
        matter=matter,
    )


@registry.guard("kernel.not_actor_of")
def _not_actor_of(context: Context, args: list[str] | str) -> str | None:
    """Four eyes: whoever performed any of these transitions, each the last time it was made, may not perform this one
    (handbook 1.12)."""
    verbs = [args] if isinstance(args, str) else list(args)
    made = TrailEntry.objects.filter(
        stream=f"matter:{context.matter.pk}", verb__in=verbs, actor_kind__in=("staff", "api")
    )
    last = dict(made.order_by("seq").values_list("verb", "actor_id"))
    if context.actor.account_id is not None and context.actor.account_id in last.values():
        return _("这一步必须由另一位同事来做：您已经办过前面的环节。")
    return None


@registry.effect("kernel.assign_self")
def _assign_self(context: Context, args: Any) -> None:
    """The person who acts becomes the one in charge (承办人)."""
    if context.actor.kind == "staff":
        context.matter.assignee_id = context.actor.account_id


@registry.effect("kernel.unassign")
def _unassign(context: Context, args: Any) -> None:
    context.matter.assignee_id = None


def clock_of(matter: Matter, name: str) -> Clock | None:
    """The active clock of that name, if any."""
    return matter.clocks.filter(name=name).exclude(status=Clock.Status.STOPPED).first()


def record_opening(matter_id: int, actor: Actor, what: str, sha256: str) -> None:
    """A file of the matter is opened: into the trail. That the actor may, the caller has found; NotFound else."""
    with transaction.atomic(), as_system("the caller has found that the actor may open it"):
        after = {"what": what, "sha256": sha256}
        trail.record(f"matter:{matter_id}", "open_file", actor=actor, matter=locked(matter_id, actor), after=after)


def set_fields(row: R, **values: Any) -> R:
    """Set fields of a matter's row, and save these alone."""
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    return row


def state_text(matter: Matter, for_worker: bool = False) -> str:
    state = kept.flow_of(matter).state_of(matter.state)
    return state.worker_text if for_worker else state.label
