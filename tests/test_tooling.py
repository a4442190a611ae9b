"""The tools around the platform: what they say and do when something is missing, found or killed."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from playwright.sync_api import Browser

from scripts import audit, services
from tests.support.axe import axe
from tests.support.processes import LiveProcess, group_members, run_command
from tests.support.sites import migrate
from tests.support.templates import put

pytestmark = pytest.mark.own
ROOT = Path(__file__).resolve().parents[1]


def package(name: str, *vulnerabilities: str) -> dict[str, Any]:
    vulns = [{"id": number, "fix_versions": ["2"]} for number in vulnerabilities]
    return {"name": name, "version": "1", "vulns": vulns}


def test_a_vulnerable_package_fails_the_audit_and_is_named() -> None:
    status, lines = audit.verdict([package("good"), package("bad", "CVE-1")], "pypi")
    assert status == 1
    assert "2 packages looked up" in lines[0]
    assert any("bad" in line and "CVE-1" in line for line in lines)


def test_packages_without_known_vulnerabilities_pass_the_audit() -> None:
    assert audit.verdict([package("good")], "pypi")[0] == 0


def test_only_standard_addresses_stand_in_the_lock_files() -> None:
    """A lock made behind a mirror would tie everybody to that mirror."""
    assert 'registry = "https://pypi.org/simple"' in (ROOT / "uv.lock").read_text(encoding="utf-8")
    for line in (ROOT / "package-lock.json").read_text(encoding="utf-8").splitlines():
        assert '"resolved": "http' not in line or "registry.npmjs.org" in line


def test_every_variable_that_the_platform_reads_is_in_the_operating_guide() -> None:
    guide = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    pattern = re.compile(r'"((?:GONGHUI_[A-Z_]+|DATABASE_URL|CACHE_URL|EMAIL_URL))"')
    read = {
        name
        for path in (ROOT / "gonghui").rglob("*.py")
        if "tests" not in path.parts
        for name in pattern.findall(path.read_text(encoding="utf-8"))
    }
    assert "GONGHUI_SECRET_KEY" in read
    assert sorted(name for name in read if f"`{name}`" not in guide) == []


@pytest.mark.postgres
def test_rows_committed_before_a_kill_of_the_server_are_there_after_its_start(
    private_postgres: services.PrivatePostgres,
) -> None:
    with psycopg.connect(private_postgres.admin_url) as connection:
        connection.execute("CREATE TABLE kept (id int)")
        connection.execute("INSERT INTO kept VALUES (1)")
    private_postgres.kill()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(private_postgres.admin_url, connect_timeout=3)
    private_postgres.start()
    with psycopg.connect(private_postgres.admin_url) as connection:
        assert connection.execute("SELECT id FROM kept").fetchall() == [(1,)]
    private_postgres.restart("immediate")
    with psycopg.connect(private_postgres.admin_url) as connection:
        assert connection.execute("SELECT id FROM kept").fetchall() == [(1,)]


@pytest.mark.slow
@pytest.mark.postgres
def test_the_web_process_serves_on_postgres_as_a_role_bound_by_row_security_and_comes_back_after_a_kill(
    private_postgres: services.PrivatePostgres, live_process: Callable[..., LiveProcess], tmp_path: Path
) -> None:
    url = services.with_test_role(private_postgres.admin_url).rsplit("/", 1)[0]
    with psycopg.connect(url + "/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE live")
    migrate(private_postgres, tmp_path, "live")
    web = live_process("serve", url + "/live")
    assert httpx.get(web.url + "/").status_code == 200
    web.kill()
    assert not web.running
    with pytest.raises(httpx.TransportError):
        httpx.get(web.url + "/", timeout=3)
    web.start()
    assert httpx.get(web.url + "/").status_code == 200


@pytest.mark.postgres
def test_the_test_role_is_no_superuser_so_that_row_security_holds_for_it(postgres_url: str) -> None:
    with psycopg.connect(postgres_url) as connection:
        row = connection.execute("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user").fetchone()
    assert row == (False, True)


@pytest.mark.broker
def test_the_named_broker_answers(amqp_url: str) -> None:
    assert services.broker_answers(amqp_url)


def test_a_live_process_that_cannot_start_says_why(live_process: Callable[..., LiveProcess]) -> None:
    with pytest.raises(RuntimeError, match="GONGHUI_ENV must be"):
        live_process("serve", GONGHUI_ENV="nonsense")


@pytest.mark.browser
def test_axe_finds_a_serious_fault_where_there_is_one(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<html lang=zh><title>t</title><main><img src=x><button></button></main></html>")
    faults = axe(page)
    page.close()
    assert any(fault.startswith("image-alt") for fault in faults)
    assert any(fault.startswith("button-name") for fault in faults)


def test_a_killed_web_process_leaves_none_of_its_workers_behind(
    live_process: Callable[..., LiveProcess], tmp_path: Path, migrated: Path
) -> None:
    put(migrated, tmp_path)
    run_command("migrate", folder=tmp_path)
    web = live_process("serve")
    assert len(group_members(web.pid)) >= 2
    web.kill()
    assert group_members(web.pid) == []


def test_the_table_of_the_modules_has_all_of_them_and_names_tests_that_exist() -> None:
    rows = [
        line for line in (ROOT / "docs" / "services.md").read_text(encoding="utf-8").splitlines() if line[:3] == "| M"
    ]
    assert [row[2:5] for row in rows] == [f"M{number:02d}" for number in range(1, 29)]
    for row in rows:
        named = re.findall(r"`([\w/]+/test_\w+\.py)`", row)
        assert named and all((ROOT / path).is_file() for path in named), row
