"""The worklist with many matters: SQL and whole page, from 10,000 to 1,000,000.

    python -m benchmarks.worklist --database postgres --sizes 10000 100000 1000000

For each size and for a county, a city, a province and a national desk: p50 and p95 of the SQL of one page (first and
deep pages mixed) and of the page through HTTP middleware and templates, the number of queries, and beside it in the
same run the plain way (Django's filter on the path prefix with OFFSET paging) as the baseline.
"""

from __future__ import annotations

import argparse
import random
from typing import Any

from benchmarks import common

COUNTIES_A_CITY, CITIES, PROVINCES = 9, 11, 31
STATES = ("dispatched", "accepted", "handling", "submitted", "callback")


def paths() -> list[str]:
    return [
        f"cn.{province:02}.{province:02}{city:02}.{province:02}{city:02}{county:02}"
        for province in range(11, 11 + PROVINCES)
        for city in range(1, CITIES + 1)
        for county in range(1, COUNTIES_A_CITY + 1)
    ]


def fill(first: int, last: int) -> None:
    """Insert matters numbered `first` … `last` with their scope rows, in batches, through the ORM's bulk insert."""
    from datetime import timedelta

    from django.db import connection, transaction

    from gonghui.kernel.models import Matter, MatterScope
    from gonghui.kernel.scope import NEVER, ancestors
    from gonghui.kernel.times import now

    chance, counties, at = random.Random(first), paths(), now()
    for start in range(first, last, 20_000):
        matters = []
        for number in range(start, min(start + 20_000, last)):
            is_open = chance.random() < 0.3
            opened = at - timedelta(minutes=chance.randrange(60 * 24 * 700))
            matters.append(
                Matter(
                    pk=number + 1,
                    kind="appeals.work_order",
                    number=f"B-{number}",
                    title=f"公司拖欠工资 {number}",
                    state=chance.choice(STATES) if is_open else "closed",
                    state_since=opened,
                    is_open=is_open,
                    holder_path=chance.choice(counties),
                    priority=chance.choices((0, 1, 2, 3), (1, 9, 30, 60))[0],
                    category=chance.choice(("0101", "0104", "0201", "0301", "0501", "0601")),
                    opened_at=opened,
                    due_at=at + timedelta(minutes=chance.randrange(-7000, 40000)) if is_open else None,
                )
            )
        scopes = [
            MatterScope(
                matter_id=matter.pk,
                path=path,
                relation="lead" if path == matter.holder_path else "watch",
                direct=path == matter.holder_path,
                kind=matter.kind,
                is_open=matter.is_open,
                state=matter.state,
                priority=matter.priority,
                category=matter.category,
                due_at=matter.due_at or NEVER,
                opened_at=matter.opened_at,
            )
            for matter in matters
            for path in ancestors(matter.holder_path)
        ]
        with transaction.atomic():
            Matter.objects.bulk_create(matters, batch_size=2000)
            MatterScope.objects.bulk_create(scopes, batch_size=2000)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('kernel_matter','id'), (SELECT max(id) FROM kernel_matter))"
            )
        cursor.execute("ANALYZE")


def measure(times: int) -> dict[str, Any]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from gonghui.kernel import worklist
    from gonghui.kernel.actor import Actor, Duty
    from gonghui.kernel.models import Matter
    from gonghui.kernel.worklist import Filters

    chance, result = random.Random(1), {}
    county = paths()[1234]
    desks = {
        "county": county,
        "city": county.rsplit(".", 1)[0],
        "province": ".".join(county.split(".")[:2]),
        "national": "cn",
    }
    variants = (
        Filters(),
        Filters(state="handling"),
        Filters(priority="1"),
        Filters(light="red"),
        Filters(order="recent"),
    )
    for name, path in desks.items():
        actor = Actor(kind="staff", account_id=1, duties=(Duty("supervisor", path),))
        cursors = [""]
        for _ in range(20):
            page = worklist.page(actor, Filters(), cursors[-1])
            if not page.next:
                break
            cursors.append(page.next)

        def one_page(actor: Actor = actor, cursors: list[str] = cursors) -> None:
            filters = chance.choice(variants)
            worklist.page(actor, filters, chance.choice(cursors) if filters == Filters() else "")

        def plain_way(path: str = path) -> None:
            start = chance.randrange(20) * 50
            list(
                Matter.objects.filter(is_open=True, holder_path__startswith=path).order_by("due_at", "pk")[
                    start : start + 50
                ]
            )

        with CaptureQueriesContext(connection) as queries:
            worklist.page(actor, Filters())
        result[name] = {
            "sql": common.timed(one_page, times),
            "queries": len(queries),
            "baseline_prefix_offset": common.timed(plain_way, max(5, times // 10)),
        }
    return result


def measure_pages(times: int) -> dict[str, Any]:
    """The worklist page as a supervisor of a province and of a county gets it: middleware, queries, template."""
    from django.contrib.auth import get_user_model
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from gonghui.people.testing import staff_client

    result = {}
    county = paths()[1234]
    for name, path in {"county": county, "province": ".".join(county.split(".")[:2]), "national": "cn"}.items():
        client: Client = staff_client(f"bench-{name}", "supervisor", path)
        queries = []
        for _ in range(2):
            with CaptureQueriesContext(connection) as captured:
                response = client.get("/desk/worklist/")
            queries.append(len(captured))
            assert response.status_code == 200, response.status_code
        result[name] = {
            **common.timed(lambda client=client: client.get("/desk/worklist/"), times),
            "queries": queries[-1],
        }
    assert get_user_model().objects.exists()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", choices=("postgres", "sqlite"), default="postgres")
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--times", type=int, default=300)
    arguments = parser.parse_args()
    url = common.fresh_database(arguments.database, "gonghui_bench_worklist")
    common.prepare(url)
    from gonghui.kernel.scope import as_system

    figures: dict[str, Any] = {"database": arguments.database, "sizes": {}}
    try:
        with as_system("benchmark"):
            present = 0
            for size in sorted(arguments.sizes):
                fill(present, size)
                present = size
                figures["sizes"][size] = {"sql": measure(arguments.times), "page": measure_pages(arguments.times // 3)}
    finally:
        from django.db import connections

        connections.close_all()
        common.drop_database(url)
    common.show(figures)


if __name__ == "__main__":
    main()
