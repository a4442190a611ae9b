"""编号: the next number of a series, without doubles."""

from __future__ import annotations

from django.db import connection

from gonghui.kernel.models import Counter

# One statement on both databases: no two transactions can read the same value, and no row is needed beforehand.
NEXT = (
    f"INSERT INTO {Counter._meta.db_table} (series, value) VALUES (%s, 1) "  # noqa: S608 - a constant table name
    "ON CONFLICT (series) DO UPDATE SET value = kernel_counter.value + 1 RETURNING value"
)


def next_number(series: str) -> int:
    """1, 2, 3 … of a series. A number whose transaction is rolled back is given out again.

    Call late in the transaction: until it ends, others who want a number of the same series wait.
    """
    with connection.cursor() as cursor:
        cursor.execute(NEXT, [series])
        return int(cursor.fetchone()[0])
