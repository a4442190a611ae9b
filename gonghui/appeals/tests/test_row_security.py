"""Raw SQL as the application's role sees no appeal outside the binding (PostgreSQL)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import connection

from gonghui.appeals import actions, queries
from gonghui.appeals.tests.support import ABROAD, COUNTY, OTHER_COUNTY, PROVINCE, House, run_outbox
from gonghui.kernel import rls
from gonghui.kernel.actor import Actor
from gonghui.kernel.scope import bind
from gonghui.kernel.worklist import Filters

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.postgres,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no row-level security"),
]
ROLE = "gonghui_row_security_test"
TABLES = [model._meta.db_table for model in apps.get_app_config("appeals").get_models()]


@contextmanager
def app_role(actor: Actor) -> Iterator[None]:
    """Be the role that web and worker connect as, bound to `actor`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {ROLE} NOSUPERUSER NOBYPASSRLS")
        for statement in rls.app_role_sql(ROLE, connection.settings_dict["NAME"]):
            cursor.execute(statement)
        cursor.execute(f"GRANT {ROLE} TO CURRENT_USER")
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
    try:
        with bind(actor):
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


@pytest.fixture
def filled(house: House) -> House:
    """A closed case in one county, a handled one in another, a draft, an alert."""
    house.closed(house.receive(employer_name="乙公司", people_count=12).matter)
    matter = house.handling(house.receive(key="2", phone="13900139000").matter, OTHER_COUNTY)
    actions.note(house.person("handler", OTHER_COUNTY), matter, "备注")
    actions.save_draft(Actor(kind="anonymous"), {"description": "写到一半"})
    run_outbox()
    return house


@pytest.mark.parametrize("table", TABLES)
def test_every_table_of_the_room_is_locked(filled: House, table: str) -> None:
    with app_role(Actor(kind="anonymous")):
        assert count(table) == 0
    with app_role(filled.person("handler", ABROAD)):
        assert count(table) == 0


def test_a_county_sees_its_own_appeals_only(filled: House) -> None:
    with app_role(filled.person("handler", COUNTY)):
        assert count("appeals_appeal") == 1
        assert count("appeals_contactlog") == 1
        assert count("appeals_callbackattempt") == 1
    with app_role(filled.person("dispatcher", PROVINCE)):
        assert count("appeals_appeal") == 2
        assert count("appeals_massalert") == 1


def test_the_rooms_own_reading_and_acting_works_as_that_role(filled: House) -> None:
    handler, supervisor = filled.person("handler", OTHER_COUNTY), filled.person("supervisor", PROVINCE)
    with app_role(handler):
        rows = queries.worklist(handler, Filters()).rows
        assert len(rows) == 1
        page = queries.matter_page(handler, rows[0].matter.pk)
        assert page.masked["phone"].endswith("9000")
        matter = actions.log_contact(handler, rows[0].matter, "phone", True, "已联系")
        assert matter.data["contacted"]
    with app_role(supervisor):
        from datetime import timedelta

        from gonghui.kernel.times import now

        found = queries.statistics(supervisor, now() - timedelta(days=1), now() + timedelta(days=1))
        assert found["total"] == 2
        assert queries.search_ids(supervisor, "13900139000")
        assert len(queries.mass_alerts(supervisor)) == 1


def test_a_visitor_lodges_and_follows_as_that_role(house: House) -> None:
    visitor = Actor(kind="anonymous")
    with app_role(visitor):
        received = house.receive(visitor, key="form")
        assert not house.receive(visitor, key="form").created
        found = queries.appeal_by_code(received.query_code)
        assert found is not None
    holder = Actor(kind="anonymous", matter_ids=(received.matter.pk,))
    with app_role(holder):
        assert queries.worker_case(holder, received.matter.pk).appeal.number == received.appeal.number
        actions.add_material(holder, received.matter, "补充一句话")
