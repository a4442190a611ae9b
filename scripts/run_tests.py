"""Every check of the project, with the time each took. All are run; any failure fails the whole.

Two lanes go side by side, each step's output in one piece when it ends: one pass of tests alone leaves a processor idle
while it waits for a browser, a server or a killed process.

python -m scripts.run_tests [--only NAME …]
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from scripts import services

BIN = Path(sys.executable).parent
DEVELOPMENT = {"GONGHUI_ENV": "development"}
# Two processes a lane on two cores: the tests of crashes and brokers mostly wait.
PYTEST = [str(BIN / "pytest"), "-q", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
# What stands here has the second lane to itself; the rest follows one another in the first.
BESIDE = ("sqlite",)

RUNNING: set[subprocess.Popen[bytes]] = set()
STOPPED = Event()


# These make installations of their own, need no database, or only try a service's file: the pass on SQLite has run
# them. The walk over every address is the harder without row-level security, which would hide what the rooms themselves
# forget.
ANY_DATABASE = (
    "gonghui/brain",
    "gonghui/law",
    "gonghui/portal",
    "gonghui/desk/tests/test_drafts.py",
    "gonghui/desk/tests/test_papers.py",
    "gonghui/desk/tests/test_service_trial.py",
    "gonghui/services/tests/test_trial.py",
    "tests/test_isolation.py",
    "tests/test_service_trial_command.py",
    "tests/test_broker.py",
    "tests/test_cli.py",
    "tests/test_staff_command.py",
)
# Files marked `own` bring their databases along: only their tests marked `postgres` are left for the second pass.
ON_POSTGRES = "not browser and (postgres or not own)"


def steps(found: dict[str, str]) -> dict[str, tuple[list[str], dict[str, str]]]:
    """Name → (command, extra environment)."""
    # A database name of this run's own: two runs on one server must not empty each other's tables.
    server = found["GONGHUI_TEST_POSTGRES_URL"].rpartition("/")[0]
    postgres = {**found, "DATABASE_URL": f"{server}/gonghui_{os.getpid()}"}
    return {
        "lint": ([str(BIN / "ruff"), "check", "."], {}),
        "format": ([str(BIN / "ruff"), "format", "--check", "."], {}),
        "types": ([str(BIN / "mypy"), "gonghui", "tests", "scripts", "conftest.py"], DEVELOPMENT),
        "imports": ([str(BIN / "lint-imports"), "--no-cache"], DEVELOPMENT),
        "migrations": (
            [sys.executable, "-m", "gonghui.manage", "makemigrations", "--check", "--dry-run"],
            DEVELOPMENT,
        ),
        "deploy-check": ([sys.executable, "-m", "scripts.deploy_check"], {}),
        "translations": ([sys.executable, "-m", "scripts.translations", "missing"], {}),
        "flow-docs": ([sys.executable, "-m", "scripts.flow_docs", "--check"], DEVELOPMENT),
        "audit": ([sys.executable, "-m", "scripts.audit"], {}),
        "browser": ([str(BIN / "pytest"), "-q", "-m", "browser"], {**found, "DATABASE_URL": ""}),
        "sqlite": ([*PYTEST, "-m", "not browser and not postgres"], {**found, "DATABASE_URL": ""}),
        "postgres": ([*PYTEST, "-m", ON_POSTGRES, *(f"--ignore={path}" for path in ANY_DATABASE)], postgres),
    }


@dataclass(frozen=True)
class Ended:
    """How a step ended, and how long it took."""

    name: str
    status: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.name} {self.seconds:.0f} s{'' if self.status == 0 else ' ✘'}"


def run(name: str, command: list[str], extra: dict[str, str]) -> Ended:
    """Run the step and print all it said; a database it needs is migrated for it."""
    begun = time.monotonic()
    environment = {**os.environ, **extra}
    if not environment.get("DATABASE_URL"):
        environment.pop("DATABASE_URL", None)
    print(f"── {name} begins", flush=True)
    with services.migrated(extra.get("DATABASE_URL", "")) as template:
        process = subprocess.Popen(
            command, env={**environment, **template}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        RUNNING.add(process)
        said = process.communicate()[0].decode("utf-8", "replace")
        RUNNING.discard(process)
    ended = Ended(name, process.returncode, time.monotonic() - begun)
    print(f"\n── {name}\n{said}── {ended}\n", end="", flush=True)
    return ended


def stop(number: int, _frame: object) -> None:
    """Told to end: what was started ends too, and then, as the lanes come home, the servers of our own."""
    STOPPED.set()
    for process in RUNNING.copy():
        process.terminate()
    sys.exit(128 + number)


def lane(wanted: Sequence[tuple[str, tuple[list[str], dict[str, str]]]]) -> list[Ended]:
    return [run(name, *step) for name, step in wanted if not STOPPED.is_set()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], help="names of steps")
    only = parser.parse_args().only
    started = time.monotonic()
    signal.signal(signal.SIGTERM, stop)
    with services.everything() as found, ThreadPoolExecutor(2) as pool:
        wanted = [step for step in steps(found).items() if not only or step[0] in only]
        lanes = ([step for step in wanted if step[0] not in BESIDE], [step for step in wanted if step[0] in BESIDE])
        ended = [step for done in pool.map(lane, lanes) for step in done]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    # On a busy machine the time on the wall says little: the processors' own is what a change costs.
    cost = f"{time.monotonic() - started:.0f} s (processors {used.ru_utime + used.ru_stime:.0f} s)"
    print("\n" + "\n".join(str(step) for step in ended) + f"\ntogether {cost}")
    failed = [step.name for step in ended if step.status]
    print(f"✘ failed: {', '.join(failed)}" if failed else "✔ all passed", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
