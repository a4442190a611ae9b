"""Every check of the project, in order, with the time each took. All are run; any failure fails the whole.

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
from pathlib import Path

from scripts import services

BIN = Path(sys.executable).parent
DEVELOPMENT = {"GONGHUI_ENV": "development"}
# Three processes on two cores: the tests of crashes and brokers mostly wait.
PYTEST = [str(BIN / "pytest"), "-q", "-n", "3", "--dist", "loadfile", "--no-loadscope-reorder"]


# These make installations of their own or need no database: the pass on SQLite has run them. The walk over every
# address is the harder without row-level security, which would hide what the rooms themselves forget.
ANY_DATABASE = (
    "gonghui/brain",
    "gonghui/law",
    "gonghui/portal",
    "gonghui/desk/tests/test_drafts.py",
    "tests/test_isolation.py",
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
        "sqlite": ([*PYTEST, "-m", "not browser and not postgres"], {**found, "DATABASE_URL": ""}),
        "postgres": ([*PYTEST, "-m", ON_POSTGRES, *(f"--ignore={path}" for path in ANY_DATABASE)], postgres),
        "browser": ([str(BIN / "pytest"), "-q", "-m", "browser"], {**found, "DATABASE_URL": ""}),
    }


def processor_seconds() -> float:
    """What ended child processes have used of the processors so far, in user and system mode."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", default=[], help="names of steps")
    wanted = parser.parse_args().only
    started, times, failed = time.monotonic(), [], []
    # Servers of our own are stopped also when we are told to end.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    with services.everything() as found:
        for name, (command, extra) in steps(found).items():
            if wanted and name not in wanted:
                continue
            print(f"\n── {name}", flush=True)
            begun, used = time.monotonic(), processor_seconds()
            environment = {**os.environ, **extra}
            if not environment.get("DATABASE_URL"):
                environment.pop("DATABASE_URL", None)
            with services.migrated(extra.get("DATABASE_URL", "")) as template:
                status = subprocess.call(command, env={**environment, **template})
            # On a busy machine the time on the wall says little: the processor's own is what a change costs.
            cost = f"{time.monotonic() - begun:.0f} s (processor {processor_seconds() - used:.0f} s)"
            times.append(f"{name} {cost}")
            print(f"── {name}: {cost}", flush=True)
            if status:
                failed.append(name)
                print(f"✘ {name} failed", flush=True)
    print("\n" + "\n".join(times) + f"\ntogether {time.monotonic() - started:.0f} s")
    print(f"✘ failed: {', '.join(failed)}" if failed else "✔ all passed", flush=True)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
