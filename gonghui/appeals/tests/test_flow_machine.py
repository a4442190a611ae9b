"""Whatever people do in whatever order: one lead, sane clocks, a whole trail (hypothesis state machine)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from gonghui.appeals.models import WorkOrder
from gonghui.appeals.rules.common import LEAD_KIND
from gonghui.appeals.tests.support import CITY, COUNTY, OTHER_COUNTY, PROVINCE, RESULT, House, full_marks
from gonghui.kernel import trail
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.clocks import run_due
from gonghui.kernel.errors import KernelError
from gonghui.kernel.flow import get_flow
from gonghui.kernel.matters import act, allowed
from gonghui.kernel.models import Clock, Matter
from gonghui.kernel.scope import paths_of
from gonghui.kernel.times import now, time_shifted

ROLES = [
    (role, path)
    for role in ("agent", "dispatcher", "handler", "leader", "callback", "quality", "supervisor")
    for path in (PROVINCE, CITY, COUNTY, OTHER_COUNTY)
]
SAMPLES: dict[str, Any] = {
    "category": "0101",
    "urgency": "P2",
    "nature": "dispute",
    "difficulty": "hard",
    "lead": COUNTY,
    "assist": [OTHER_COUNTY],
    "suggested": OTHER_COUNTY,
    "way": "phone",
    "reached": "yes",
    "contacted": "yes",
    "resolution": "unsolved",
    "satisfaction": "poor",
    "attitude": "good",
    "days": "10",
    "kind": "reminder",
    "message": "请抓紧",
    "answer": "按规定",
    "accepted": "on",
    "gist": "已联系",
    "text": "告知",
    "note": "说明",
    "reply": "请去仲裁",
    **RESULT,
    **{f"score_{code}": points for code, points in full_marks().items()},
}


class Orders(RuleBasedStateMachine):
    house: House

    @initialize(petition=st.booleans(), owned=st.booleans())
    def open(self, petition: bool, owned: bool) -> None:
        self.days = 0
        self.owner = self.house.worker() if owned else None
        received = self.house.receive(self.owner) if self.owner else self.house.receive()
        self.matter = received.matter
        if petition:
            self.house.triaged(self.matter, petition=True)

    def actor(self, which: int) -> Actor:
        if which == len(ROLES):
            return self.owner or SYSTEM
        return self.house.person(*ROLES[which])

    @rule(
        which=st.integers(0, len(ROLES)),
        pick=st.integers(0, 60),
        happy=st.booleans(),
        lead=st.sampled_from([COUNTY, OTHER_COUNTY, CITY]),
    )
    def step(self, which: int, pick: int, happy: bool, lead: str) -> None:
        """Somebody tries one of the steps offered to them; refusals change nothing."""
        with time_shifted(timedelta(days=self.days)):
            actor = self.actor(which)
            self.matter.refresh_from_db()
            offers = allowed(self.matter, actor)
            if not offers:
                return
            offer = offers[pick % len(offers)]
            data = {**SAMPLES, "lead": lead, "new_due": now() + timedelta(days=9)}
            for spec in offer.transition.fields:
                if spec.name == "reason":
                    known = [choice.code for choice in spec.choices]
                    data["reason"] = known[0] if known else self._reason(spec.choices_from, actor)
            if happy:
                data |= {"resolution": "solved", "satisfaction": "good"}
            before = (self.matter.state, self.matter.version)
            try:
                act(self.matter.pk, offer.name, actor, data, self.matter.version)
            except KernelError:
                self.matter.refresh_from_db()
                assert (self.matter.state, self.matter.version) == before

    def _reason(self, source: str | None, actor: Actor) -> str:
        from gonghui.kernel.flow import registry

        return registry.function("choices", source)(self.matter, actor)[0][0] if source else "有理由"

    @rule(days=st.integers(1, 15))
    def pass_time(self, days: int) -> None:
        self.days += days
        with time_shifted(timedelta(days=self.days)):
            for _round in range(50):
                if not run_due():
                    break
            assert run_due() == 0

    @invariant()
    def one_lead(self) -> None:
        if not hasattr(self, "matter"):
            return
        order = WorkOrder.objects.get(matter=self.matter)
        assert WorkOrder.objects.filter(appeal=order.appeal, role="lead").count() == 1
        assert len(paths_of(self.matter, "lead")) == 1
        assert order.return_count <= 2
        assert order.reopen_count <= 2 + order.quality_checks.filter(passed=False).count()

    @invariant()
    def clocks_are_sane(self) -> None:
        if not hasattr(self, "matter"):
            return
        self.matter.refresh_from_db()
        flow = get_flow(LEAD_KIND)
        running = list(self.matter.clocks.filter(status=Clock.Status.RUNNING))
        assert self.matter.due_at == min((clock.due_at for clock in running), default=None)
        if not self.matter.is_open:
            assert running == []
        allowed_names = set(flow.states[self.matter.state].clocks)
        for clock in running:
            assert clock.name in allowed_names or flow.clocks[clock.name].statutory
            assert clock.due_at >= clock.started_at
        for scope in self.matter.scopes.all():
            assert (scope.state, scope.is_open) == (self.matter.state, self.matter.is_open)
            # A matter without a limit stands at the end of a list that is ordered by due moment.
            assert scope.due_at == self.matter.due_at or (self.matter.due_at is None and scope.due_at.year == 9999)

    @invariant()
    def the_trail_is_whole(self) -> None:
        if hasattr(self, "matter"):
            assert trail.verify(f"matter:{self.matter.pk}").problems == []


@pytest.mark.slow
def test_orders_stay_sound_whatever_people_do(house: House) -> None:
    from django.db import transaction

    class Machine(Orders):
        def __init__(self) -> None:
            super().__init__()
            self.house = house
            self.savepoint = transaction.savepoint()

        def teardown(self) -> None:
            house.actors.clear()
            transaction.savepoint_rollback(self.savepoint)

    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert not Matter.objects.exists()
