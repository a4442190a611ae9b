"""Waiting for each other where there is no row to lock."""

from __future__ import annotations

from django.db import connection


def hold(name: str) -> None:
    """Until the end of the transaction nobody else holds this name. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
