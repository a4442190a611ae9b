"""How many appeals a second are accepted, beside the raw cost of the same rows.

    python -m benchmarks.intake --database postgres
    python -m benchmarks.intake --database sqlite

Three ways in, each with everything written (appeal, matter, scope, clock, trail, outbox), understanding left to the
worker: the API (one request an appeal), the web form (all its pages), and the action called in this process. The
baseline inserts the very rows that one appeal made, with plain SQL, one transaction an appeal, with as many
connections as the API has clients. `ratio` is API ÷ baseline. `where_it_goes` splits one appeal's time. The API's
appeals come from the counties of one province; `api_one_county_per_s` is the worst case, all from one county, where
each waits for the one before it to have its number (numbers of a county and day have no gaps).
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx

from benchmarks import common
from scripts.services import free_port

TEXT = "我在贵阳市南明区的贵阳星河建筑工程有限公司做工，老板拖欠我三个月工资，一共一万五千元，一直不给。编号{}。"
TABLES = (
    "kernel_matter", "kernel_matterscope", "kernel_clock", "kernel_trailentry", "kernel_outboxmessage",
    "appeals_appeal", "appeals_workorder", "appeals_appealemployer",
)  # fmt: skip
PARENTS = {"matter_id": "kernel_matter", "appeal_id": "appeals_appeal"}
ORDER = ("kernel_matter", "appeals_appeal", *[t for t in TABLES if t not in ("kernel_matter", "appeals_appeal")])


def in_parallel(call: Callable[[int], None], total: int, clients: int) -> float:
    """Run `call(n)` for n < total from so many threads; return calls a second. A failure ends the benchmark."""
    numbers, lock, failures = iter(range(total)), threading.Lock(), []

    def work() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None or failures:
                return
            try:
                call(number)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(clients)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return total / (time.perf_counter() - start)


class ApiClient:
    """Posts over one kept connection a thread, with the standard library: a richer client would take more of the same
    two processors than the platform does."""

    def __init__(self, port: int, token: str) -> None:
        self.port, self.local = port, threading.local()
        self.headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> int:
        if not hasattr(self.local, "connection"):
            self.local.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
            self.local.connection.connect()
            # The head and the body are two writes: the second must not wait for the first to be acknowledged.
            self.local.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.local.connection.request(method, path, json.dumps(body) if body else None, self.headers)
        response = self.local.connection.getresponse()
        text = response.read()
        assert response.status < 400, text
        return int(response.status)


def through_api(client: ApiClient, number: int, regions: list[str]) -> None:
    status = client.ask(
        "POST",
        "/api/v1/appeals",
        {
            "description": TEXT.format(number),
            "phone": "13800138000",
            "employer_name": "贵阳星河建筑工程有限公司",
            "work_region": regions[number % len(regions)],
            "source": "bench",
            "external_id": secrets.token_hex(8),
        },
    )
    assert status == 201, status


def through_form(base: str, number: int) -> None:
    """All pages of the web form, as a browser sends them."""
    # Without TLS: loading the certificates of the world would cost more than all the pages.
    with httpx.Client(base_url=base, follow_redirects=True, timeout=60, verify=False) as client:  # noqa: S501
        page = client.get("/ask/")
        answers = {
            "description": TEXT.format(number),
            "place": "贵阳市南明区",
            "employer_name": "贵阳星河建筑工程有限公司",
            "worker_type": "enterprise",
            "people_count": "1",
            "demand": "补发工资",
            "how": "phone",
            "phone": "13800138000",
            "consent": "on",
        }
        for _step in range(12):
            if "big-code" in page.text and "query-code" in page.text:
                return
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
            assert token, page.text[:500]
            page = client.post(str(page.url), data={**answers, "csrfmiddlewaretoken": token.group(1)})
            assert page.status_code == 200, (page.url, page.status_code, page.text[:2000])
    raise AssertionError("the form did not end")


def rows_of_one_appeal(make: Callable[[], None]) -> dict[str, list[dict[str, Any]]]:
    """The rows that one appeal adds to each table."""
    from django.db import connection

    def ends() -> dict[str, int]:
        with connection.cursor() as cursor:
            found = {}
            for table in TABLES:
                cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
                found[table] = cursor.fetchone()[0]
            return found

    before = ends()
    make()
    added = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} WHERE id > %s ORDER BY id", [before[table]])
            names = [column[0] for column in cursor.description]
            added[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return added


def unique_columns() -> dict[str, set[str]]:
    """Text columns that must differ from row to row."""
    from django.apps import apps

    found: dict[str, set[str]] = {}
    for model in apps.get_models():
        table = model._meta.db_table
        if table in TABLES:
            names = {field.column for field in model._meta.concrete_fields if field.unique and not field.primary_key}
            for constraint in model._meta.constraints:
                fields = getattr(constraint, "fields", ())
                if len(fields) == 1:
                    names.add(model._meta.get_field(fields[0]).column)
            found[table] = names
    found["kernel_trailentry"].add("stream")
    found["appeals_appeal"].add("external_id")
    return found


def raw_insert(connect: Callable[[], Any], mark: str, rows: dict[str, list[dict[str, Any]]]) -> Callable[[int], None]:
    """A function that inserts the same rows with plain SQL in one transaction."""
    unique, local = unique_columns(), threading.local()

    def insert(number: int) -> None:
        if not hasattr(local, "connection"):
            local.connection = connect()
        connection = local.connection
        new: dict[str, int] = {}
        suffix = f"{number}-{secrets.token_hex(4)}"
        cursor = connection.cursor()
        if mark == "?":
            cursor.execute("BEGIN IMMEDIATE")
        for table in ORDER:
            for row in rows[table]:
                values = {name: value for name, value in row.items() if name != "id"}
                for name, parent in PARENTS.items():
                    if values.get(name) is not None:
                        values[name] = new[parent]
                for name in unique[table]:
                    if isinstance(values.get(name), str) and values[name]:
                        values[name] = values[name][:8] + suffix
                names = ", ".join(f'"{name}"' for name in values)
                marks = ", ".join([mark] * len(values))
                cursor.execute(
                    f'INSERT INTO {table} ({names}) VALUES ({marks}) RETURNING "id"', tuple(adapted(values, mark))
                )
                new.setdefault(table, cursor.fetchone()[0])
        connection.commit()

    return insert


def adapted(values: dict[str, Any], mark: str) -> list[Any]:
    """Values as the driver wants them (JSON columns come back as Python objects or as text)."""
    if mark == "?":
        plain = int | float | str | bytes | None
        return [value if isinstance(value, plain) else str(value) for value in values.values()]
    from psycopg.types.json import Jsonb

    return [Jsonb(value) if isinstance(value, dict | list) else value for value in values.values()]


def connector(url: str) -> tuple[Callable[[], Any], str]:
    """(function that connects, parameter mark) for the baseline."""
    if url.startswith("sqlite"):
        import sqlite3

        path = url.removeprefix("sqlite:///")

        def open_file() -> Any:
            connection = sqlite3.connect(path, timeout=60, isolation_level=None, check_same_thread=False)
            connection.execute("PRAGMA synchronous=FULL")
            return connection

        return open_file, "?"
    import psycopg

    def open_server() -> Any:
        connection = psycopg.connect(url.replace("postgres://", "postgresql://"))
        connection.execute("SELECT set_config('gonghui.everything', 'on', false)")
        connection.commit()
        return connection

    return open_server, "%s"


def time_split(make: Callable[[int], None], times: int) -> dict[str, float]:
    """One appeal in this process: all its time, the part spent in SQL statements, and how many there are."""
    from django.db import connection

    spent = {"sql": 0.0, "statements": 0}

    def watch(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        start = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent["sql"] += time.perf_counter() - start
            spent["statements"] += 1

    for number in range(5):
        make(number)
    spent.update(sql=0.0, statements=0)
    start = time.perf_counter()
    with connection.execute_wrapper(watch):
        for number in range(times):
            make(number)
    total = time.perf_counter() - start
    return {
        "action_ms": round(total / times * 1000, 2),
        "action_sql_ms": round(spent["sql"] / times * 1000, 2),
        "action_python_and_commit_ms": round((total - spent["sql"]) / times * 1000, 2),
        "statements": round(spent["statements"] / times, 1),
    }


def served(url: str, port: int, workers: int, threads: int) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "DATABASE_URL": url, "GONGHUI_INTAKE_RATE": "0/h", "GONGHUI_API_RATE": "10000000/m"}
    command = [
        sys.executable, "-m", "gonghui.cli", "serve", "--port", str(port), "--workers", str(workers),
        "--threads", str(threads),
    ]  # fmt: skip
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/help/", timeout=2)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return process
    process.kill()
    raise SystemExit("the server did not start")


def prepared(database: str) -> str:
    """A fresh database with the country's organisations."""
    url = common.fresh_database(database, "gonghui_bench_intake")
    os.environ["GONGHUI_VAR"] = tempfile.mkdtemp(prefix="gonghui-bench-var-")
    common.prepare(url)
    from gonghui.organisations import actions

    actions.seed()
    return url


def measure(arguments: argparse.Namespace, url: str) -> dict[str, Any]:
    from gonghui.api.actions import create_token
    from gonghui.appeals import actions
    from gonghui.appeals.intake import IntakeData
    from gonghui.kernel.actor import ANONYMOUS
    from gonghui.organisations.models import Region

    counties = list(Region.objects.filter(code__startswith="52", level=3).values_list("code", flat=True)[:60])
    _token, secret = create_token("bench", "cn.52", ["appeals:write"])

    def in_process(number: int) -> None:
        data = IntakeData.parse(
            {
                "description": TEXT.format(number),
                "phone": "13800138000",
                "employer_name": "贵阳星河建筑工程有限公司",
                "work_region": "520102",
                "source": "bench",
                "external_id": secrets.token_hex(8),
            }
        )
        actions.receive(ANONYMOUS, data, channel="federated")

    for number in range(3):
        in_process(number)
    rows = rows_of_one_appeal(lambda: in_process(0))
    figures: dict[str, Any] = {"rows_an_appeal": {table: len(found) for table, found in rows.items()}}
    connect, mark = connector(url)
    clients = arguments.clients
    baseline = raw_insert(connect, mark, rows)
    in_parallel(baseline, 50, clients)
    figures["baseline_per_s"] = round(in_parallel(baseline, arguments.appeals, clients), 1)
    port = free_port()
    workers = 1 if arguments.database == "sqlite" else 2
    process = served(url, port, workers, clients)
    base = f"http://127.0.0.1:{port}"
    try:
        # Longer than it takes to warm up every thread of every process: connections, prepared statements.
        for client in [ApiClient(port, secret) for _ in range(5)]:
            in_parallel(lambda number, client=client: through_api(client, number, counties), 40 * workers, clients)
        for name, regions in (("api_per_s", counties), ("api_one_county_per_s", counties[:1])):
            send = partial(through_api, client, regions=regions)
            figures[name] = round(in_parallel(send, arguments.appeals, clients), 1)
        empty = in_parallel(lambda number: client.ask("GET", "/api/v1/regions"), arguments.appeals, clients)
        figures["form_per_s"] = round(
            in_parallel(lambda number: through_form(base, number), max(20, arguments.appeals // 10), clients), 1
        )
    finally:
        process.terminate()
        process.wait(30)
    split = time_split(in_process, 100)
    figures["ratio"] = round(figures["api_per_s"] / figures["baseline_per_s"], 3)
    figures["where_it_goes"] = {
        "baseline_ms": round(1000 / figures["baseline_per_s"], 2),
        "api_ms": round(1000 / figures["api_per_s"], 2),
        "an_api_call_that_reads_provinces_ms": round(1000 / empty, 2),
        **split,
        "note": "baseline, api and empty call are wall time an item with all clients; the action is one at a time",
    }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--appeals", type=int, default=600)
    parser.add_argument("--clients", type=int, default=4)
    arguments = parser.parse_args()
    url = prepared(arguments.database)
    from django.db import connections

    from gonghui.kernel.scope import as_system

    try:
        with as_system("benchmark"):
            figures = measure(arguments, url)
    finally:
        connections.close_all()
        common.drop_database(url)
    common.show({"database": arguments.database, "clients": arguments.clients, **figures})


if __name__ == "__main__":
    main()
