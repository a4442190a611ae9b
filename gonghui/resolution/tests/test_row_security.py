"""The second lock on PostgreSQL: letters and what hangs on them, in raw SQL as the application's role."""

from __future__ import annotations

import pytest
from django.db import connection

from gonghui.appeals.tests.support import CITY, OTHER_COUNTY
from gonghui.kernel.actor import Actor
from gonghui.kernel.matters import act
from gonghui.kernel.tests.test_row_security import app_role, count
from gonghui.kernel.times import today
from gonghui.resolution import answering, letters, queries
from gonghui.resolution.letters import Content
from gonghui.resolution.tests.support import Office

TABLES = tuple(f"resolution_{name}" for name in ("letter", "service", "reply", "replylink", "inquiry", "letterpaper"))
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no row-level security"),
]


def whole_life(office: Office) -> None:
    """A letter with a row in every table."""
    matter = office.delivered("opinion")
    office.receipt(matter)
    answering.hand_out(office.handler, matter)
    act(matter.pk, "reply", office.handler, {"day": today(), "stance": "refuses", "text": "不改。"})
    act(matter.pk, "escalate", office.handler, {"ground": "refused"})


@pytest.mark.parametrize("table", TABLES)
def test_every_table_of_the_room_is_locked(office: Office, table: str) -> None:
    whole_life(office)
    assert count(table), "nothing there that could be hidden"
    for actor in (Actor(kind="anonymous"), office.house.worker(), office.house.person("handler", OTHER_COUNTY)):
        with app_role(actor):
            assert count(table) == 0, (table, actor.name)
    for actor in (office.handler, office.house.person("supervisor", CITY)):
        with app_role(actor):
            assert count(table), (table, actor.name)


def test_the_room_works_as_the_applications_role(office: Office) -> None:
    assert connection.vendor == "postgresql"
    handler = office.handler
    with app_role(handler):
        matter = letters.start(handler, office.source, "opinion", Content(scope=["wages"], asks="补发。"))
        act(matter.pk, "investigate", handler, office.inquiry())
        letters.write(handler, matter, Content(findings="属实。"))
        office.receipt(matter)
        page = queries.letter_page(handler, matter.pk)
        assert (len(page.inquiries), len(page.papers), page.letter.findings) == (1, 1, "属实。")
        assert queries.letters(handler, queries.Filters())[0]
        assert queries.statistics(handler, today(), today())["issued"] == 0
