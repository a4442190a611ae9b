"""Reviews of refused contestants won at the same instant, on PostgreSQL: no more than the contest has places."""

from __future__ import annotations

import pytest
from django.db import connection

from gonghui.appeals.tests.support import House
from gonghui.craft.trial import contest_for
from gonghui.kernel.scope import as_system
from gonghui.people.identity import with_check
from gonghui.services.tests.support import contested, offer, win_at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="two writers at once need PostgreSQL"),
]
assert connection


def test_without_a_waiting_list_the_last_place_is_given_once() -> None:
    with as_system("test"):
        house = House.build()
        row = offer("M11", capacity=3)
        contest_for(row)
        forms = [
            {
                "contest": row.pk, "name": "王小明", "phone": "13800138000", "unit": "星河建筑", "years": 8,
                "skill_level": "senior", "insured": "unit", "promise": True,
                "id_no": with_check(f"520102199001{1 + count:02d}{count:03d}"),
            }
            for count in range(10)
        ]  # fmt: skip
        found = contested(house, "M11", forms)
    assert win_at_once(house, found) == 3
    row.refresh_from_db()
    assert (row.taken, row.seats.filter(state="taken").count()) == (3, 3)
