"""时限: start, stop, suspend, resume and extend clocks, and perform what they say when the moment comes.

A clock is a row. Nothing here keeps time in memory: killing any process at any moment loses nothing, because the row
says what is due, and repeats nothing, because a tick is performed and crossed off in one transaction.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.calendar import default_calendar
from gonghui.kernel.errors import KernelError
from gonghui.kernel.flow import kept, registry
from gonghui.kernel.flow.schema import ClockSpec, Flow, Limit, Tick
from gonghui.kernel.models import Clock, Matter
from gonghui.kernel.scope import refresh_scope
from gonghui.kernel.times import now as present

logger = logging.getLogger(__name__)
RETRY_AFTER = timedelta(minutes=5)


def limit_for(spec: ClockSpec, matter: Matter) -> Limit | None:
    """The limit of a clock for this matter, from its table, its attribute or its function."""
    if spec.limit is not None:
        return spec.limit
    if spec.by:
        return spec.limits.get(str(getattr(matter, spec.by)), spec.limits.get("default"))
    return registry.function("limit", str(spec.function))(matter)


def due_moment(start: datetime, limit: Limit, *, statutory: bool = False) -> tuple[datetime, bool]:
    """When a limit that starts at `start` ends, and whether the calendar was complete on the way (handbook 0.3)."""
    calendar = default_calendar()
    if limit.unit == "minutes":
        return start + timedelta(minutes=float(limit.amount)), False
    if limit.unit == "working_days":
        due = calendar.add_working_days(start, limit.amount)
    elif limit.unit == "days":
        due = calendar.add_calendar_days(start, int(limit.amount), shift_holidays=statutory)
    else:
        due = calendar.add_months(start, int(limit.amount), shift_holidays=statutory)
    return due.at, due.incomplete


def _seconds_between(unit: str, a: datetime, b: datetime) -> int:
    if b <= a:
        return 0
    if unit == "working_days":
        return int(default_calendar().working_seconds_between(a, b))
    return int((b - a).total_seconds())


def _moment_after(unit: str, start: datetime, seconds: int) -> datetime:
    if unit == "working_days":
        return default_calendar().add_working_seconds(start, seconds)
    return start + timedelta(seconds=seconds)


def elapsed(clock: Clock, at: datetime) -> int:
    """Seconds of the limit used at a moment, in the clock's own kind of seconds."""
    if clock.status == Clock.Status.SUSPENDED and clock.suspended_at:
        at = min(at, clock.suspended_at)
    return clock.base_elapsed + _seconds_between(clock.unit, clock.base_at, at)


def tick_moment(clock: Clock, tick: Tick) -> datetime:
    """When a tick falls due, given the time already used."""
    if tick.after is not None:
        return due_moment(clock.due_at, tick.after)[0]
    if tick.at == 1:
        return clock.due_at
    share = int(Decimal(clock.total_seconds) * (tick.at or Decimal(1)))
    return _moment_after(clock.unit, clock.base_at, max(0, share - clock.base_elapsed))


def _set_next(clock: Clock, spec: ClockSpec) -> None:
    clock.next_at = tick_moment(clock, spec.ticks[clock.step]) if clock.step < len(spec.ticks) else None
    warn = next((tick for tick in spec.ticks if tick.do == "warn"), None)
    clock.warn_at = tick_moment(clock, warn) if warn else None


def build(matter: Matter, name: str, spec: ClockSpec, at: datetime) -> Clock | None:
    """A clock that starts now, not saved yet. None when its limit says that there is none for this matter."""
    limit = limit_for(spec, matter)
    if limit is None:
        return None
    due, incomplete = due_moment(at, limit, statutory=spec.statutory)
    clock = Clock(
        matter=matter,
        name=name,
        unit=limit.unit,
        amount=limit.amount,
        started_at=at,
        due_at=due,
        base_at=at,
        total_seconds=max(1, _seconds_between(limit.unit, at, due)),
        calendar_incomplete=incomplete,
    )
    _set_next(clock, spec)
    return clock


def _may_start(spec: ClockSpec, before: Iterable[Clock]) -> bool:
    """No clock of that name is active, and one that runs only once has not run."""
    statuses = [clock.status for clock in before]
    return not (any(status != Clock.Status.STOPPED for status in statuses) or (spec.once and statuses))


def start(matter: Matter, name: str, spec: ClockSpec, at: datetime) -> Clock | None:
    """Start a clock, unless one of that name is active, its limit says none, or it runs only once and has run."""
    if not _may_start(spec, matter.clocks.filter(name=name)):
        return None
    clock = build(matter, name, spec, at)
    if clock is not None:
        clock.save()
    return clock


def stop(matter: Matter, name: str, at: datetime | None = None) -> Clock | None:
    """Stop a clock; it keeps whether it ran past its moment. Unknown or stopped already: nothing happens."""
    clock = matter.clocks.filter(name=name).exclude(status=Clock.Status.STOPPED).first()
    if clock is not None:
        _stop(clock, at or present())
    return clock


def _stop(clock: Clock, at: datetime) -> None:
    if clock.status == Clock.Status.RUNNING and at > clock.due_at:
        clock.overdue = True
    clock.status, clock.stopped_at, clock.next_at = Clock.Status.STOPPED, at, None
    clock.save()


def suspend(clock: Clock, at: datetime) -> None:
    clock.base_elapsed = elapsed(clock, at)
    if at > clock.due_at:
        clock.overdue = True
    clock.base_at, clock.suspended_at = at, at
    clock.status, clock.next_at = Clock.Status.SUSPENDED, None
    clock.save()


def resume(clock: Clock, spec: ClockSpec, at: datetime) -> None:
    """Go on counting where suspension stopped: what was left is left again."""
    clock.base_at, clock.suspended_at, clock.status = at, None, Clock.Status.RUNNING
    if not clock.overdue:
        clock.due_at = _moment_after(clock.unit, at, max(0, clock.total_seconds - clock.base_elapsed))
    _set_next(clock, spec)
    clock.save()


def _go_on(clock: Clock, spec: ClockSpec) -> None:
    """Run again to the moment the clock had: the time away counts, and what fell due meanwhile is due now."""
    clock.status, clock.stopped_at = Clock.Status.RUNNING, None
    _set_next(clock, spec)
    clock.save()


def extend(matter: Matter, name: str, new_due: datetime, spec: ClockSpec, at: datetime | None = None) -> Clock:
    """Move a clock's due moment (延期). Ticks that lie ahead again will be performed again.

    Raises KernelError when no such clock is active or the new moment is not later.
    """
    at = at or present()
    clock = matter.clocks.filter(name=name).exclude(status=Clock.Status.STOPPED).first()
    if clock is None:
        raise KernelError(f"no active clock {name!r} on {matter.number}")
    if new_due <= clock.due_at:
        raise KernelError(f"{new_due:%F %T} is not later than {clock.due_at:%F %T}")
    clock.base_elapsed, clock.base_at = elapsed(clock, at), at
    clock.due_at = new_due
    clock.total_seconds = clock.base_elapsed + max(1, _seconds_between(clock.unit, at, new_due))
    clock.extended += 1
    clock.step = next((n for n, tick in enumerate(spec.ticks) if tick_moment(clock, tick) > at), len(spec.ticks))
    _set_next(clock, spec)
    clock.save()
    return clock


def first_clocks(matter: Matter, flow: Flow, at: datetime) -> list[Clock]:
    """The clocks of a matter that is about to be saved for the first time; sets its due moment. Not saved yet."""
    state = flow.states[matter.state]
    made = [clock for name in state.clocks if (clock := build(matter, name, flow.clocks[name], at)) is not None]
    matter.suspended = state.suspends
    _set_due(matter, made)
    return made


def enter_state(
    matter: Matter, flow: Flow, at: datetime, restart: Iterable[str] = (), go_on: Iterable[str] = ()
) -> None:
    """Make the clocks those of the matter's state: stop, suspend, resume, go on, start. Then refresh the due moment."""
    state = flow.states[matter.state]
    clocks = list(matter.clocks.all())
    for clock in clocks:
        if clock.status == Clock.Status.STOPPED:
            continue
        spec = flow.clocks[clock.name]
        if clock.name in restart:
            _stop(clock, at)
        elif clock.name in state.clocks:
            if clock.status == Clock.Status.SUSPENDED:
                resume(clock, spec, at)
        elif state.suspends and not spec.statutory:
            if clock.status == Clock.Status.RUNNING:
                suspend(clock, at)
        elif not (state.suspends and spec.statutory):
            _stop(clock, at)
    for name in state.clocks:
        spec = flow.clocks[name]
        if name in restart and spec.once:
            spec = spec.model_copy(update={"once": False})
        before = sorted((clock for clock in clocks if clock.name == name), key=lambda clock: clock.started_at)
        if name in go_on and before and before[-1].status == Clock.Status.STOPPED:
            _go_on(before[-1], spec)
        elif _may_start(spec, before):
            made = build(matter, name, spec, at)
            if made is not None:
                made.save()
                clocks.append(made)
    matter.suspended = state.suspends
    _set_due(matter, clocks)


def _set_due(matter: Matter, clocks: Iterable[Clock]) -> None:
    running = [clock for clock in clocks if clock.status == Clock.Status.RUNNING]
    matter.due_at = min((clock.due_at for clock in running), default=None)
    matter.warn_at = min((clock.warn_at for clock in running if clock.warn_at), default=None)


def refresh_due(matter: Matter) -> None:
    """Set the matter's `due_at` and `warn_at` from its running clocks (in memory; the caller saves)."""
    _set_due(matter, matter.clocks.filter(status=Clock.Status.RUNNING))


def light(matter: Matter, at: datetime | None = None) -> str:
    """The clock's colour: `none`, `grey` (suspended), `green`, `yellow` (≥ 70 % used) or `red` (overdue)."""
    at = at or present()
    if matter.suspended:
        return "grey"
    if matter.due_at is None or not matter.is_open:
        return "none"
    if at > matter.due_at:
        return "red"
    return "yellow" if matter.warn_at and at >= matter.warn_at else "green"


def run_due(limit: int = 200, at: datetime | None = None, *, matter_id: int | None = None) -> int:
    """Perform the ticks that are due (of one matter, if it is given); return how many. Safe to run in any number of
    processes at once.

    The candidates are read without a lock; each is then taken by locking its matter (the order everybody locks in),
    skipping those another worker holds, and looked at again before anything is done.
    """
    at = at or present()
    rows = Clock.objects.filter(status=Clock.Status.RUNNING, next_at__lte=at)
    if matter_id is not None:
        rows = rows.filter(matter_id=matter_id)
    candidates = list(rows.order_by("next_at").values_list("pk", "matter_id")[:limit])
    done = 0
    for clock_id, matter_id in candidates:
        try:
            done += _perform(clock_id, matter_id, at)
        except Exception:
            logger.exception("tick of clock %s failed; trying again in %s", clock_id, RETRY_AFTER)
            Clock.objects.filter(pk=clock_id, status=Clock.Status.RUNNING).update(next_at=at + RETRY_AFTER)
    return done


def _perform(clock_id: int, matter_id: int, at: datetime) -> int:
    from gonghui.kernel.matters import act

    with transaction.atomic():
        matter = Matter.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=matter_id).first()
        if matter is None:
            return 0
        clock = Clock.objects.filter(pk=clock_id, status=Clock.Status.RUNNING, next_at__lte=at).first()
        if clock is None:
            return 0
        spec = kept.flow_of(matter).clocks[clock.name]
        tick = spec.ticks[clock.step]
        if tick.at == 1 or tick.after is not None:
            clock.overdue = True
        clock.step += 1
        if clock.step >= len(spec.ticks) and spec.repeat:
            _begin_again(clock, spec, matter, at)
        else:
            _set_next(clock, spec)
        clock.save()
        _record(matter, clock, tick, at)
        kind, _, target = tick.do.partition(":")
        if kind == "transition":
            try:
                act(matter.pk, target, SYSTEM, {"reason": f"clock:{clock.name}", **tick.args}, at=at)
            except KernelError as refusal:
                # The flow's own conditions forbid it by now; that is an answer, not a fault, and must not be retried.
                trail.record(
                    f"matter:{matter.pk}", f"clock.{clock.name}.refused", actor=SYSTEM, matter=matter, note=str(refusal)
                )
        elif tick.do != "warn":
            registry.function("tick", tick.do)(matter, clock, at, tick.args)
    return 1


def _begin_again(clock: Clock, spec: ClockSpec, matter: Matter, at: datetime) -> None:
    limit = limit_for(spec, matter)
    if limit is None:
        clock.next_at = None
        return
    clock.started_at = clock.base_at = at
    clock.base_elapsed = clock.step = 0
    clock.due_at, clock.calendar_incomplete = due_moment(at, limit, statutory=spec.statutory)
    clock.total_seconds = max(1, _seconds_between(clock.unit, at, clock.due_at))
    _set_next(clock, spec)


def _record(matter: Matter, clock: Clock, tick: Tick, at: datetime, actor: Actor = SYSTEM) -> None:
    trail.record(
        f"matter:{matter.pk}",
        f"clock.{clock.name}",
        actor=actor,
        matter=matter,
        before={},
        after={"do": tick.do, "due_at": clock.due_at.isoformat(), "at": at.isoformat()},
    )
    refresh_due(matter)
    matter.save(update_fields=["due_at", "warn_at"])
    refresh_scope(matter)
