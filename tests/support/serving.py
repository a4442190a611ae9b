"""Walk an application for any service to its good end, through the pages of worker and desk, by what its flow says.

Time passes where a step waits for it; whoever a step asks for is found a duty. What a room does on pages of its own it
says itself (`gonghui.services.trial.walkers`), as for a trial at the desk.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.test import Client
from django.urls import reverse

from gonghui.appeals.tests.support import House
from gonghui.kernel.actor import Actor
from gonghui.kernel.flow import get_flow
from gonghui.kernel.flow.schema import Transition
from gonghui.kernel.models import Clock, Matter, MatterParticipant
from gonghui.kernel.scope import as_system
from gonghui.kernel.times import now, time_shifted
from gonghui.kernel.worker import run_once
from gonghui.people.actors import actor_for
from gonghui.people.models import Account
from gonghui.people.testing import sign_in
from gonghui.services.spec import Service
from gonghui.services.trial.walkers import walk_of
from gonghui.services.trial.ways import go_on, values_for

STEPS_MOST, TRIES_MOST = 60, 24


@dataclass
class Walker:
    """`account`: whose application it is."""

    service: Service
    house: House
    account: Account
    stack: ExitStack
    taken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    clerks: int = 0

    def client(self, account: Account | None = None) -> Client:
        """Signed in anew: time passes between the steps."""
        return sign_in(Client(), account or self.account)

    @property
    def worker(self) -> Actor:
        return actor_for(self.account)

    def clerk(self, role: str, path: str) -> Actor:
        """Somebody with this duty, new each time."""
        self.clerks += 1
        return self.house.person(role, path, which=200 + self.clerks)

    def run_clocks(self, matter_id: int) -> None:
        run_once()

    def to_the_end(self, matter: Matter) -> None:
        """AssertionError with the steps taken and the refusals where it does not come to a good end."""
        flow = get_flow(matter.kind)
        closed: set[tuple[str, str]] = set()
        for _step in range(STEPS_MOST):
            matter.refresh_from_db()
            state = flow.states[matter.state]
            if state.final:
                assert not state.side, self.story(f"a bad end: {matter.state}")
                return
            if not go_on(flow, matter, closed, self.take, self.wait):
                break
        raise AssertionError(self.story(f"stuck in {matter.state}"))

    def story(self, what: str) -> str:
        return f"{what}; taken: {' → '.join(self.taken)}; refused: {self.refused[-8:]}"

    def take(self, matter: Matter, step: Transition) -> bool:
        """Whether it was taken."""
        matter.refresh_from_db()
        before = matter.version
        walk = walk_of(self.service, step.name)
        if walk is not None:
            walk(self, matter)
        elif any(grant.role == "owner" for grant in step.roles):
            self._by_owner(matter, step)
        elif all(grant.role == "system" for grant in step.roles):
            self._by_time(matter, step)
        else:
            self.by_staff(matter, step.name, {})
        matter.refresh_from_db()
        if matter.version == before:
            return False
        self.taken.append(step.name)
        return True

    def _by_owner(self, matter: Matter, step: Transition) -> None:
        address = reverse("portal:application", args=[matter.pk])
        client = self.client()
        for values in self._fillings(matter, step, {}):
            answer = client.post(address, {"step": step.name, **values})
            if answer.status_code == 302:
                return
            self._note(step, answer)

    def by_staff(self, matter: Matter, name: str, given: Mapping[str, str]) -> None:
        """`given`: values that a room's walk knows better than the types tell."""
        step = get_flow(matter.kind).by_name[name]
        address = reverse("desk:transition", args=[matter.pk, step.name])
        for account in self._who(matter, step):
            client = self.client(account)
            form = client.get(address)
            if form.status_code != 200:
                self._note(step, form)
                continue
            shown = form.context["form"]
            begun = {name: shown[name].value() for name in shown.fields} | dict(given)
            options = {
                name: [code for code, _label in one.choices if code]
                for name, one in shown.fields.items()
                if hasattr(one, "choices")
            }
            for values in self._fillings(matter, step, {**begun, "_options": options}):
                answer = client.post(address, {"version": begun["version"], **values})
                if answer.status_code == 302:
                    return
                self._note(step, answer)

    def _who(self, matter: Matter, step: Transition) -> Iterator[Account]:
        """Somebody for each grant, never who took an earlier step of this walk."""
        with as_system("whom the matter was given to"):
            assigned = list(MatterParticipant.objects.filter(matter=matter, until=None).select_related("account"))
        for grant in step.roles:
            if grant.role in ("owner", "system"):
                continue
            if grant.relation == "assigned":
                yield from (one.account for one in assigned if one.role == grant.role)
                continue
            actor = self.house.person(grant.role, matter.holder_path, which=90 + len(self.taken))
            yield Account.objects.get(pk=actor.account_id or 0)

    def _by_time(self, matter: Matter, step: Transition) -> None:
        """Let the clock run out that leads there."""
        flow = get_flow(matter.kind)
        with as_system("the clocks of the matter"):
            rows = list(Clock.objects.filter(matter=matter, status=Clock.Status.RUNNING).order_by("due_at"))
        due = [
            row.due_at
            for row in rows
            if any(tick.do == f"transition:{step.name}" for tick in flow.clocks[row.name].ticks)
        ]
        if not due:
            self.refused.append(f"{step.name}: nothing brings it")
            return
        self.wait(due[0] - now() + timedelta(minutes=5))
        for _turn in range(8):
            run_once()
            matter.refresh_from_db()
            if matter.state != (step.sources[0] if len(step.sources) == 1 else ""):
                return

    def wait(self, by: timedelta) -> None:
        """Let time pass, for the rest of the walk."""
        if by > timedelta(0):
            self.stack.enter_context(time_shifted(by))

    def _note(self, step: Transition, answer: Any) -> None:
        context: Any = getattr(answer, "context", None)
        texts: list[Any] = [answer.status_code]
        if context is not None:
            for name in ("refused", "errors"):
                texts.append(context.get(name) or "")
            form = context.get("form")
            texts.append(dict(form.errors) if form is not None and form.is_bound else "")
            texts.extend(
                dict(one.errors) for _step, one in context.get("own_steps") or () if one.is_bound and one.errors
            )
        self.refused.append(f"{step.name}: {' '.join(str(text) for text in texts if text)}")

    def _fillings(self, matter: Matter, step: Transition, begun: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Values for the step's fields: what the page proposes first, then others of the type."""
        options = begun.get("_options", {})
        ways = [values_for(matter, spec, begun.get(spec.name), options.get(spec.name)) for spec in step.fields]
        for values in itertools.islice(itertools.product(*ways), TRIES_MOST):
            named = zip(step.fields, values, strict=True)
            yield {spec.name: value for spec, value in named if value not in (None, False)}
