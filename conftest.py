"""What every test needs: sight of everything, and a database that can be emptied.

Fixtures that need servers, processes or a browser are in `tests/support/fixtures.py`.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

# A busy machine must not fail a test: how long an example takes belongs in the benchmarks.
settings.register_profile("gonghui", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gonghui")

pytest_plugins = ["tests.support.fixtures"]

# What continuous integration must not leave out because something is missing there.
NEVER_SKIPPED = ("postgres", "broker", "browser")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI, a test that needs a server fails instead of being skipped when the server is not there.

    A `skipif` on the database engine is no such case: the same test runs in the pass on the other engine.
    """
    report = yield
    by_engine = any("connection.vendor" in str(mark.args) for mark in item.iter_markers("skipif"))
    if report.skipped and not by_engine and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        needs = [name for name in NEVER_SKIPPED if item.get_closest_marker(name)]
        if needs:
            report.outcome = "failed"
            report.longrepr = f"skipped although CI must run it ({', '.join(needs)}): {report.longrepr}"
    return report


@pytest.fixture(autouse=True)
def _sees_everything() -> Iterator[None]:
    """A test's own queries stand outside any person's scope; requests and actions bind their own inside."""
    from gonghui.kernel.scope import as_system

    with as_system("test"):
        yield


def pytest_sessionstart() -> None:
    """Where no database is, nothing can have been published: tests that have one ask it (below)."""
    from gonghui.law import published

    published.use(None)


@pytest.fixture(autouse=True)
def _published_knowledge(request: pytest.FixtureRequest) -> Iterator[None]:
    from gonghui.knowledge.standing import published_now
    from gonghui.law import published

    stored = {"db", "transactional_db"} & set(request.fixturenames) or request.node.get_closest_marker("django_db")
    published.use(published_now if stored else None)
    yield
    published.use(None)


def _empty_what_is_filled() -> None:
    """TRUNCATE of all tables makes hundreds of new files, which takes ten seconds; few of the tables hold anything."""
    from django.db import connection, transaction

    from gonghui.kernel.scope import as_system

    found = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
    # Django would fill these two again at once.
    tables = sorted(map(connection.ops.quote_name, found - {"django_content_type", "auth_permission"}))
    with as_system("tables are emptied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables))
        filled = [name for (name,) in cursor.fetchall()]
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger "
            "WHERE NOT tgisinternal AND tgrelid = ANY(%s::regclass[])",
            [filled],
        )
        guarded = [name for (name,) in cursor.fetchall()]
        for name in guarded:
            cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        for name in filled:
            cursor.execute(f"DELETE FROM {name}")
        # What refers to a row may be deleted after it; a table that still waits for that check cannot be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in guarded:
            cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")


@pytest.fixture(autouse=True, scope="session")
def _trail_can_be_emptied_between_tests() -> Iterator[None]:
    """Transactional tests empty the tables afterwards, which the trail's triggers refuse: lift them meanwhile."""
    from django.db import connection
    from django.db.backends.base.operations import BaseDatabaseOperations

    original = BaseDatabaseOperations.execute_sql_flush

    def flush(self: BaseDatabaseOperations, sql_list: Iterable[str]) -> None:
        if connection.vendor == "postgresql":
            _empty_what_is_filled()
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f"DROP TRIGGER {name}")
            try:
                original(self, sql_list)
            finally:
                for _name, sql in triggers:
                    cursor.execute(sql)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", flush)
        yield


# The longest files begin first: handed out last, one of them would keep one process busy while the others are done.
LONGEST = ("tests/test_isolation.py", "tests/test_every_service.py", "gonghui/api/tests/test_isolation.py")
# Each of their tests makes its own world, so all processes may share the file.
SHARED = LONGEST[:2]


def _touches_a_database(item: pytest.Item) -> bool:
    fixtures = set(getattr(item, "fixturenames", ()))
    marks = ("django_db", *NEVER_SKIPPED)
    return bool({"db", "transactional_db"} & fixtures) or any(item.get_closest_marker(name) for name in marks)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest files first; on PostgreSQL only what asks the database, the rest has been run on SQLite.

    Stable: within a file, and among the other files, the order stays.
    """
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        config.hook.pytest_deselected(items=[item for item in items if not _touches_a_database(item)])
        items[:] = [item for item in items if _touches_a_database(item)]
    places = {path: place for place, path in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(LONGEST)))


class ByFile(LoadFileScheduling):
    """A file to a process, but for the files that all share."""

    def _split_scope(self, nodeid: str) -> str:
        path = super()._split_scope(nodeid)
        return nodeid if path in SHARED else path


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None
