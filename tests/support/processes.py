"""The platform as real operating-system processes, for tests that kill them.

A `LiveProcess` is `gonghui serve` or `gonghui worker` in a process group of its own, on a given database and folder.
Tests end only what they started: every process is known by its id.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Required, Self, TypedDict, Unpack

import httpx

from scripts.services import free_port

START_SECONDS = 90
COMMAND_SECONDS = 280


class LiveProcess:
    """One `gonghui` command with its output in a file; `serve` answers at `url` once `wait_ready` has returned."""

    def __init__(
        self, command: str, folder: Path, database_url: str = "", *, host: str = "127.0.0.1", **environment: str
    ) -> None:
        """`host`: the name by which a browser calls it; two at one name would share their cookies."""
        self.port = free_port() if command == "serve" else 0
        self.url = f"http://{host}:{self.port}" if self.port else ""
        self.log = folder / f"{command}-{time.monotonic_ns()}.log"
        self._arguments = [sys.executable, "-m", "gonghui.cli", command]
        if self.port:
            self._arguments += ["--port", str(self.port)]
        # Development, not test: what runs is what a person runs, with its own password hasher and files.
        self._environment = {
            **os.environ,
            "GONGHUI_ENV": "development",
            "GONGHUI_VAR": str(folder),
            "DATABASE_URL": database_url or f"sqlite:///{folder / 'gonghui.sqlite3'}",
            "GONGHUI_PUBLIC_URL": self.url or "http://127.0.0.1:8000",
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start (again); `serve` returns when it answers. RuntimeError with the output when it ends early."""
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._arguments, env=self._environment, stdout=output, stderr=output, start_new_session=True
            )
        if self.port:
            self.wait_ready()
        return self

    def wait_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.running:
                break
            with suppress(httpx.TransportError):
                httpx.get(f"{self.url}/", timeout=5)
                return
            time.sleep(0.2)
        raise RuntimeError(f"{' '.join(self._arguments)} is not ready:\n{self.output()}")

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        if self._process is None:
            raise RuntimeError("not started")
        return self._process.pid

    def output(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""

    def kill(self) -> None:
        """SIGKILL to the whole group: no clean-up, no last words. Returns when every process of it is gone."""
        self._end(signal.SIGKILL)
        deadline = time.monotonic() + 10
        while self._process is not None and group_members(self._process.pid) and time.monotonic() < deadline:
            time.sleep(0.05)

    def stop(self, seconds: float = 30) -> int:
        """SIGTERM and wait; SIGKILL when that is not heeded in time. Returns the exit status."""
        return self._end(signal.SIGTERM, seconds)

    def _end(self, number: signal.Signals, seconds: float = 30) -> int:
        if self._process is None:
            return 0
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            return self._process.wait(10)


def group_members(group: int) -> list[int]:
    """The ids of the living processes (not those dead and unburied) of a process group."""
    members = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name in brackets may hold spaces; behind it come state, parent, group.
            state, _parent, its_group = path.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                members.append(int(path.parent.name))
    return members


class Place(TypedDict, total=False):
    """Where and how a command runs: its folder, its database (else a file in the folder), what else its environment
    holds, the exit statuses that are right, what it reads."""

    folder: Required[Path]
    database_url: str
    environment: dict[str, str]
    statuses: tuple[int, ...]
    stdin: str


def run_python(*arguments: str, **place: Unpack[Place]) -> str:
    """Run Python to its end as the platform of that folder; what it printed. AssertionError for another status."""
    surroundings = {
        **os.environ,
        "GONGHUI_ENV": "development",
        "GONGHUI_VAR": str(place["folder"]),
        "DATABASE_URL": place.get("database_url") or f"sqlite:///{place['folder'] / 'gonghui.sqlite3'}",
        **place.get("environment", {}),
    }
    done = subprocess.run(
        [sys.executable, *arguments],
        env=surroundings,
        input=place.get("stdin", ""),
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    assert done.returncode in place.get("statuses", (0,)), (
        f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    )
    return done.stdout


def run_command(*arguments: str, **place: Unpack[Place]) -> str:
    """The same for a `gonghui` command."""
    return run_python("-m", "gonghui.cli", *arguments, **place)
