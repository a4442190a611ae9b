"""An installation of its own for tests that kill, fill up and restart things: a folder, a database, raw SQL."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg

from scripts import services
from tests.support.processes import run_command
from tests.support.templates import put

TEMPLATE = "gonghui_template"
PATIENCE = 150.0
WORDS = "我在贵阳市南明区的贵阳星河建筑工程有限公司做工，老板拖欠我三个月工资一直不给，第{}号。"


@dataclass(frozen=True)
class Site:
    """Where the platform runs. `admin` reads past row-level security: a connection string, or the database file."""

    folder: Path
    database_url: str
    admin: str

    @property
    def on_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database itself says, whatever the platform says."""
        if self.on_sqlite:
            with closing(sqlite3.connect(self.admin, timeout=60)) as file, file:
                return file.execute(statement).fetchall()
        with psycopg.connect(self.admin) as connection:
            cursor = connection.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def value(self, statement: str) -> Any:
        return self.rows(statement)[0][0]

    def command(self, *arguments: str, statuses: tuple[int, ...] = (0,)) -> str:
        """Run a `gonghui` command here to its end; AssertionError when it fails."""
        return run_command(*arguments, folder=self.folder, database_url=self.database_url, statuses=statuses)

    def messages_due_now(self) -> None:
        """End every pause and every lease of a killed worker in the outbox, instead of waiting for its end."""
        past = "'2026-01-01 00:00:00'" if self.on_sqlite else "now() - interval '1 minute'"
        self.rows(f"UPDATE kernel_outboxmessage SET next_at = {past} WHERE status = 'waiting'")

    def health(self) -> dict[str, bool]:
        """The findings of `gonghui check`: name → fine."""
        rows = json.loads(self.command("check", "--json", statuses=(0, 1)))
        return {row["name"]: row["ok"] for row in rows}

    def token(self, *scopes: str, organisation: str = "cn.52") -> str:
        options = [word for scope in scopes for word in ("--scope", scope)]
        return self.command("token", "create", "test", "--organisation", organisation, *options).split()[-1]


def make_template(migrated: Path, folder: Path) -> Path:
    """A seeded SQLite file, to be copied, out of a migrated one."""
    made = put(migrated, folder)
    run_command("migrate", folder=folder)
    with closing(sqlite3.connect(made)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return made


def sqlite_site(template: Path, folder: Path) -> Site:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "gonghui.sqlite3"
    shutil.copyfile(template, path)
    return Site(folder, f"sqlite:///{path}", str(path))


def migrate(server: services.PrivatePostgres, folder: Path, name: str) -> None:
    """Make an empty database of a server of our own a migrated one: the one that this run has made already is copied
    where there is one (`services.migrated`), for migrating takes two minutes of processor."""
    url = services.with_test_role(server.admin_url).rsplit("/", 1)[0] + f"/{name}"
    if made := os.environ.get("GONGHUI_TEST_TEMPLATE"):
        _copy(server, made, url)
    # Nothing is left to migrate in a copy, but what every installation begins with is laid down.
    run_command("migrate", folder=folder, database_url=url)


def _copy(server: services.PrivatePostgres, made: str, url: str) -> None:
    source = os.environ["GONGHUI_TEST_POSTGRES_URL"].rpartition("/")[0] + f"/{made}"
    dump = [
        str(server.bin / "pg_dump"),
        "--enable-row-security",
        "--no-owner",
        "--no-privileges",
        "--no-comments",
        source,
    ]
    # Row security holds for the role that asks: it sees everything.
    seeing = {**os.environ, "PGOPTIONS": "-c gonghui.everything=on"}
    dumped = subprocess.run(dump, env=seeing, stdout=subprocess.PIPE, check=True)
    fill = [str(server.bin / "psql"), "--quiet", "--set", "ON_ERROR_STOP=1", "--output", os.devnull, url]
    subprocess.run(fill, input=dumped.stdout, check=True)


def postgres_site(server: services.PrivatePostgres, folder: Path, name: str, tablespace: str = "") -> Site:
    """A database of that name on a server of our own, copied from a template that is made at the first call."""
    owner = services.with_test_role(server.admin_url).rsplit("/", 1)[0]
    folder.mkdir(parents=True, exist_ok=True)
    with psycopg.connect(server.admin_url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone():
            connection.execute(f'CREATE DATABASE "{TEMPLATE}" OWNER "{services.TEST_ROLE}"')
            migrate(server, folder, TEMPLATE)
        place = f'TABLESPACE "{tablespace}"' if tablespace else ""
        connection.execute(f'CREATE DATABASE "{name}" OWNER "{services.TEST_ROLE}" TEMPLATE "{TEMPLATE}" {place}')
        # PostgreSQL 15 copies a sequence's page as it stands, without the reserve it had logged: until a checkpoint,
        # losing power would set the copy's sequences back, which those of a database of its own never are.
        connection.execute("CHECKPOINT")
    return Site(folder, f"{owner}/{name}", server.admin_url.rsplit("/", 1)[0] + f"/{name}")


def lodge(url: str, secret: str, name: str, more: str = "") -> httpx.Response:
    """One appeal through the API; the same name is the same appeal."""
    body = {
        "description": WORDS.format(name) + more,
        "phone": "13800138000",
        "employer_name": "贵阳星河建筑工程有限公司",
        "work_region": "520102",
        "source": "crash",
        "external_id": name,
    }
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": name}
    return httpx.post(f"{url}/api/v1/appeals", json=body, headers=headers, timeout=30)


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)
