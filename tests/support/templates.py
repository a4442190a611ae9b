"""A migrated database to copy: making one takes half a minute of processor, copying it a moment.

Migrating is tried for real whenever the template itself is made: that is, at each change of a migration, and in every
fresh checkout.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.support.processes import run_python

ROOT = Path(__file__).parents[2]
# All that decides what a migrated database looks like.
DECIDE = ("gonghui/*/migrations/*.py", "gonghui/kernel/rls.py", "uv.lock")


def digest() -> str:
    """Names the state of all migrations."""
    found = hashlib.sha256()
    for path in sorted(path for pattern in DECIDE for path in ROOT.glob(pattern)):
        found.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:16]


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """One process at a time; the others wait for what it makes."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def migrated(config: pytest.Config) -> Path:
    """The migrated SQLite file of this state of the migrations; made at the first call and kept in pytest's cache."""
    folder = config.cache.mkdir("gonghui-template")
    wanted = folder / f"{digest()}.sqlite3"
    with _alone(folder / "lock"):
        if not wanted.exists():
            for old in folder.glob("*.sqlite3*"):
                old.unlink()
            made = folder / "new.sqlite3"
            run_python("-m", "gonghui.manage", "migrate", "-v0", folder=folder, database_url=f"sqlite:///{made}")
            with closing(sqlite3.connect(made)) as connection:
                # One file, all of it: without its log beside it, it can be copied.
                connection.execute("PRAGMA journal_mode=DELETE")
            made.rename(wanted)
    return wanted


def put(template: Path, folder: Path) -> Path:
    """Lay the copy where commands of an installation in that folder look for their database."""
    folder.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copyfile(template, folder / "gonghui.sqlite3"))
