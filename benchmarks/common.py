"""What the benchmarks share: a database of their own, timing, and figures as JSON."""

from __future__ import annotations

import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from scripts.services import with_test_role

# Real messages, laws and questions, where they are at hand.
DATA = Path(os.environ.get("GONGHUI_SHARED", "../shared")) / "data"
POSTGRES = os.environ.get("GONGHUI_BENCH_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def f1(truth: Sequence[bool], said: Sequence[bool]) -> dict[str, float]:
    """Precision, recall and F1 of what was said, and how many are true; 0 where nothing was said or is true."""
    hits = sum(a and b for a, b in zip(truth, said, strict=True))
    precision = hits / max(sum(said), 1)
    recall = hits / max(sum(truth), 1)
    return {
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 3),
        "true": sum(truth),
    }


def timed(call: Callable[[], Any], times: int) -> dict[str, float]:
    """p50, p95 and the mean of `times` calls in milliseconds, after three calls that do not count."""
    for _ in range(3):
        call()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        taken.append((time.perf_counter() - start) * 1000)
    return {
        "p50_ms": round(statistics.median(taken), 2),
        "p95_ms": round(percentile(taken, 0.95), 2),
        "mean_ms": round(statistics.fmean(taken), 2),
    }


def fresh_database(kind: str, name: str) -> str:
    """The address of an empty database: on PostgreSQL dropped and made anew, on SQLite a file in a new folder.

    On PostgreSQL it belongs to a role that is no superuser, so that row-level security costs what it costs.
    """
    if kind == "sqlite":
        return f"sqlite:///{Path(tempfile.mkdtemp(prefix='gonghui-bench-')) / (name + '.sqlite3')}"
    import psycopg

    server = urlsplit(with_test_role(POSTGRES))
    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" OWNER "{server.username}"')
    return urlunsplit((server.scheme, server.netloc, f"/{name}", server.query, ""))


def drop_database(url: str) -> None:
    """Remove what `fresh_database` made."""
    if url.startswith("sqlite"):
        for path in Path(url.removeprefix("sqlite:///")).parent.glob("*"):
            path.unlink()
        return
    import psycopg

    with psycopg.connect(POSTGRES, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{urlsplit(url).path[1:]}" WITH (FORCE)')


def prepare(url: str) -> None:
    """Point Django at the database, make its tables, see everything."""
    os.environ["DATABASE_URL"] = url
    os.environ.setdefault("GONGHUI_ENV", "development")
    os.environ.setdefault("GONGHUI_VAR", tempfile.mkdtemp(prefix="gonghui-bench-var-"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gonghui.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def machine() -> dict[str, Any]:
    return {"python": platform.python_version(), "cores": os.cpu_count(), "system": platform.machine()}


def show(figures: dict[str, Any]) -> None:
    print(json.dumps({**figures, "machine": machine()}, ensure_ascii=False, indent=2))
