"""The second lock: raw SQL as the application's role sees no more than the binding allows (PostgreSQL)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from gonghui.kernel import rls
from gonghui.kernel.actor import SYSTEM, Actor
from gonghui.kernel.models import Matter
from gonghui.kernel.scope import bind
from gonghui.kernel.tests.support import COUNTY, ELSEWHERE, errand_flow, make_errand, staff

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.postgres,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no row-level security"),
]
ROLE = "gonghui_row_security_test"
TABLES = ("kernel_matter", "kernel_matterscope", "kernel_clock", "kernel_trailentry")


@pytest.fixture
def matters() -> tuple[Matter, Matter]:
    errand_flow()
    with bind(SYSTEM):
        return make_errand("A-1", COUNTY), make_errand("B-1", ELSEWHERE)


@contextmanager
def app_role(actor: Actor | None) -> Iterator[None]:
    """Be the role that web and worker connect as, bound to `actor` (None: bound to nobody)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE])
        if cursor.fetchone() is None:
            cursor.execute(f"CREATE ROLE {ROLE} NOSUPERUSER NOBYPASSRLS")
        for statement in rls.app_role_sql(ROLE, connection.settings_dict["NAME"]):
            cursor.execute(statement)
        cursor.execute(f"GRANT {ROLE} TO CURRENT_USER")
        cursor.execute(f"SET LOCAL ROLE {ROLE}")
    try:
        with bind(actor or Actor(kind="anonymous")):
            yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("table", TABLES)
def test_without_a_binding_nothing_is_seen(matters: tuple[Matter, Matter], table: str) -> None:
    with app_role(None):
        assert count(table) == 0


def test_an_organisation_sees_its_own_and_not_the_others(matters: tuple[Matter, Matter]) -> None:
    mine, theirs = matters
    with app_role(staff("handler", COUNTY)), connection.cursor() as cursor:
        cursor.execute("SELECT number FROM kernel_matter")
        assert cursor.fetchall() == [("A-1",)]
        cursor.execute("SELECT DISTINCT matter_id FROM kernel_trailentry")
        assert cursor.fetchall() == [(mine.pk,)]
        cursor.execute("UPDATE kernel_matter SET title = 'x' WHERE id = %s", [theirs.pk])
        assert cursor.rowcount == 0
        cursor.execute("DELETE FROM kernel_clock WHERE matter_id = %s", [theirs.pk])
        assert cursor.rowcount == 0


def test_the_organisation_above_and_the_system_see_both_levels(matters: tuple[Matter, Matter]) -> None:
    with app_role(staff("supervisor", "cn")):
        assert count("kernel_matter") == 2
    with app_role(staff("supervisor", "cn.62")):
        assert count("kernel_matter") == 1
    with app_role(SYSTEM):
        assert count("kernel_matter") == 2


def test_a_worker_sees_the_own_matter_and_one_opened_by_code(matters: tuple[Matter, Matter]) -> None:
    mine, _theirs = matters
    with app_role(Actor(kind="worker", account_id=5)):
        assert count("kernel_matter") == 0
    with app_role(Actor(kind="anonymous", matter_ids=(mine.pk,))):
        assert count("kernel_matter") == 1


def test_a_restricted_matter_is_hidden_from_everybody_at_the_same_organisation(matters: tuple[Matter, Matter]) -> None:
    mine, _theirs = matters
    with bind(SYSTEM), connection.cursor() as cursor:
        cursor.execute("UPDATE kernel_matter SET restricted = true WHERE id = %s", [mine.pk])
        cursor.execute("UPDATE kernel_matterscope SET restricted = true WHERE matter_id = %s", [mine.pk])
    with app_role(staff("supervisor", COUNTY)):
        assert count("kernel_matter") == 0
        assert count("kernel_trailentry") == 0


def test_nobody_gives_themselves_sight_of_a_matter(matters: tuple[Matter, Matter]) -> None:
    _mine, theirs = matters
    insert = (
        "INSERT INTO kernel_matterscope (matter_id, path, relation, direct, kind, is_open, state, priority, category, "
        "restricted, due_at, opened_at) SELECT %s, %s, 'lead', true, 'x', true, 'x', 3, '', false, now(), now()"
    )
    with (
        app_role(staff("handler", COUNTY)),
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(insert, [theirs.pk, COUNTY])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kernel_trailentry SET verb = 'x'",
        "DELETE FROM kernel_trailentry",
        "TRUNCATE kernel_trailentry",
        "ALTER TABLE kernel_matter DISABLE ROW LEVEL SECURITY",
        "DROP POLICY gonghui_read ON kernel_matter",
    ],
)
def test_the_application_role_can_neither_rewrite_the_trail_nor_lift_the_lock(
    matters: tuple[Matter, Matter], statement: str
) -> None:
    with app_role(SYSTEM), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_rolled_back_binding_does_not_leak_into_the_next_statement(matters: tuple[Matter, Matter]) -> None:
    with app_role(staff("handler", COUNTY)):
        with pytest.raises(RuntimeError), bind(SYSTEM), transaction.atomic():
            assert count("kernel_matter") == 2
            raise RuntimeError
        assert count("kernel_matter") == 1
