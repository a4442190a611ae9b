"""A page of the worklist is one range of an index: also with a million matters, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gonghui.kernel import worklist
from gonghui.kernel.actor import Actor, Duty
from gonghui.kernel.models import Matter, MatterScope
from gonghui.kernel.scope import NEVER
from gonghui.kernel.times import now
from gonghui.kernel.worklist import Filters

pytestmark = pytest.mark.django_db
MATTERS = 3000


@pytest.fixture
def many() -> None:
    """So many that a planner which cannot use the index shows it. Nine in ten are closed, as they are after a year."""
    at = now()
    matters = [
        Matter(
            pk=number, kind="kernel.errand", number=f"R-{number}", title="事项", state="taken", state_since=at,
            is_open=number % 10 == 0, holder_path="cn.52", priority=number % 4,
            opened_at=at - timedelta(minutes=number),
        )
        for number in range(1, MATTERS + 1)
    ]  # fmt: skip
    Matter.objects.bulk_create(matters)
    MatterScope.objects.bulk_create(
        MatterScope(
            matter=matter, path="cn.52", kind=matter.kind, is_open=matter.is_open, state=matter.state,
            priority=matter.priority, due_at=at + timedelta(minutes=matter.pk) if matter.is_open else NEVER,
            opened_at=matter.opened_at,
        )
        for matter in matters
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def plan_of(filters: Filters) -> str:
    """How the database reads the keys of the first page."""
    actor = Actor(kind="staff", account_id=1, duties=(Duty("handler", "cn.52"),))
    with CaptureQueriesContext(connection) as queries:
        assert worklist.page(actor, filters).rows
    statement = queries[0]["sql"]
    with connection.cursor() as cursor:
        cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + statement)
        return "\n".join(" ".join(map(str, row)) for row in cursor.fetchall())


@pytest.mark.parametrize(
    "filters",
    [
        Filters(),
        Filters(state="taken"),
        Filters(priority="0"),
        Filters(order="recent", open=False),
    ],
)
def test_the_first_page_reads_one_range_of_an_index_and_sorts_nothing(many: Any, filters: Filters) -> None:
    plan = plan_of(filters)
    assert "scope_" in plan
    assert "TEMP B-TREE" not in plan
    assert "Sort" not in plan
