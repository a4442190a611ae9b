"""Fixtures that need something outside Python: servers, processes, a browser. The root `conftest.py` brings them in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection
from playwright.sync_api import Browser, Page, sync_playwright

from scripts import services
from tests.support import templates
from tests.support.processes import LiveProcess, run_command

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
DEMO_PASSWORD = "gonghui-demo-12351"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}


@pytest.fixture(scope="session")
def migrated(pytestconfig: pytest.Config) -> Path:
    """A migrated SQLite file, to be copied."""
    return templates.migrated(pytestconfig)


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb: bool) -> bool:
    """What was laid there for the tests is not made anew; its folder goes when the process ends."""
    return django_db_keepdb or connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, request: pytest.FixtureRequest) -> None:
    """The tests' database begins as a copy of a migrated one, where there is one."""
    if connection.vendor == "sqlite":
        template = request.getfixturevalue("migrated")
        shutil.copyfile(template, connection.creation._get_test_db_name())  # type: ignore[attr-defined]
    elif template := os.environ.get("GONGHUI_TEST_TEMPLATE"):
        connection.settings_dict["TEST"]["TEMPLATE"] = template


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server whose role may create databases and is no superuser; started when none is running."""
    with services.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def amqp_url() -> Iterator[str]:
    """A RabbitMQ server; started when none is running."""
    with services.broker() as url:
        yield url


@pytest.fixture
def private_postgres() -> Iterator[services.PrivatePostgres]:
    """A throw-away cluster that the test may restart and kill."""
    server = services.PrivatePostgres()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def live_process(tmp_path: Path) -> Iterator[Callable[..., LiveProcess]]:
    """`live_process("serve", database_url=…)`: the command as a started process, ended after the test."""
    started: list[LiveProcess] = []

    def start(command: str, database_url: str = "", folder: Path = tmp_path, **environment: str) -> LiveProcess:
        process = LiveProcess(command, folder, database_url, **environment)
        started.append(process)
        return process.start()

    yield start
    for process in started:
        process.kill()


@dataclass(frozen=True)
class Platform:
    """The demonstration as it runs for a person: address, folder and the password of the demonstration accounts."""

    url: str
    folder: Path
    database_url: str
    password: str = DEMO_PASSWORD


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Iterator[Platform]:
    """The demonstration on SQLite, served by `gonghui serve` with a `gonghui worker` beside it, once a test run.

    The made set of appeals is loaded, not the shared one, so that a fresh clone sees the same.
    """
    folder = tmp_path_factory.mktemp("platform")
    # Journeys write more in a minute than a person does in an hour.
    settings = {"GONGHUI_SHARED": str(folder / "none"), "GONGHUI_INTAKE_RATE": "1000/h"}
    templates.put(migrated, folder)
    run_command("demo", folder=folder, environment=settings)
    processes = [LiveProcess(command, folder, **settings) for command in ("serve", "worker")]
    try:
        for process in processes:
            process.start()
        yield Platform(processes[0].url, folder, f"sqlite:///{folder / 'gonghui.sqlite3'}")
    finally:
        for process in processes:
            process.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    # Playwright keeps an event loop in this thread, in which Django would refuse every query of the test itself.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=services.chromium(), args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()
    os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture
def open_page(browser: Browser, platform: Platform) -> Iterator[Callable[..., Page]]:
    """`open_page("/track/", size=PHONE)`: a page in a context (cookies) of its own."""
    contexts = []

    def open_(path: str = "/", size: dict[str, int] = DESKTOP, **options: object) -> Page:
        # Pages come from the server, not from what an earlier page left; a test of the worker asks for it.
        options.setdefault("service_workers", "block")
        context = browser.new_context(
            base_url=platform.url,
            viewport=size,  # type: ignore[arg-type]
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            **options,  # type: ignore[arg-type]
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def sign_in(open_page: Callable[..., Page], platform: Platform) -> Callable[..., Page]:
    """`sign_in("handler_nm", size=DESKTOP)`: a page signed in through the real form as a demonstration account."""

    def sign_in_(username: str, size: dict[str, int] = DESKTOP, **options: object) -> Page:
        page = open_page("/accounts/staff/sign-in/", size, **options)
        page.locator("input[name=username]").fill(username)
        page.locator("input[name=password]").fill(platform.password)
        page.locator("main button[type=submit], form:has(input[name=password]) button[type=submit]").first.click()
        page.wait_for_url(lambda url: "sign-in" not in url)
        return page

    return sign_in_
