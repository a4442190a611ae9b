"""What each organisation has spent, and answers kept for a while (费用台账与缓存). One SQLite file, many processes."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import Any, Protocol

from gonghui.brain.gateway.types import Reply, Usage
from gonghui.brain.moments import SHANGHAI

_SCHEMA = """
CREATE TABLE IF NOT EXISTS spent (
    at TEXT NOT NULL, day TEXT NOT NULL, organisation TEXT NOT NULL, task TEXT NOT NULL, provider TEXT NOT NULL,
    model TEXT NOT NULL, prompt TEXT NOT NULL, prompt_version TEXT NOT NULL, tokens_in INTEGER NOT NULL,
    tokens_out INTEGER NOT NULL, microyuan INTEGER NOT NULL, outcome TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS spent_by_day ON spent (organisation, day);
CREATE TABLE IF NOT EXISTS held (id INTEGER PRIMARY KEY, day TEXT NOT NULL, organisation TEXT NOT NULL,
    microyuan INTEGER NOT NULL, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, until REAL NOT NULL, reply TEXT NOT NULL);
"""
_MICRO = Decimal(1_000_000)


def microyuan(yuan: Decimal) -> int:
    """A sum as it is stored, in millionths of a yuan, rounded up: whole numbers add up without error everywhere."""
    return int((yuan * _MICRO).to_integral_value(ROUND_CEILING))


# Longer than any call may take: what is still held then was held by a process that is gone.
LAPSE = 900.0


class Books(Protocol):
    """The account as the gateway uses it: one file (`Ledger`), or a platform's table that all its machines share."""

    def hold(self, organisation: str, most: Decimal, share: Decimal) -> int | None:
        """Set aside `most` yuan of the day's share; None when it does not fit. Free calls always fit, as 0."""

    def settle(self, held: int, organisation: str, task: str, reply: Reply, outcome: str = "ok") -> None:
        """Put what was really spent in the place of what was held, with what came of the call."""

    def release(self, held: int) -> None:
        """Give back what was held for a call that was not made."""

    def spent(self, organisation: str) -> Decimal:
        """Yuan spent today."""

    def rows(self, organisation: str) -> list[dict[str, Any]]:
        """The account of an organisation, oldest first."""

    def keep(self, key: str, reply: Reply, seconds: float) -> None:
        """Keep an answer for a while."""

    def kept(self, key: str) -> Reply | None:
        """An answer that is still good."""


class Ledger:
    """Money is held before a call and settled after it, so that many callers at once cannot overspend a share.

    A day is a day in China. What nobody settled within `lapse` seconds is free again.
    """

    def __init__(
        self,
        path: Path | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        lapse: float = LAPSE,
    ) -> None:
        self.clock, self.lapse = clock, lapse
        self._target = str(path) if path else ":memory:"
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(self._target, timeout=10, isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode=WAL")
        columns = {row[1] for row in self._connection.execute("PRAGMA table_info(held)")}
        if columns and "until" not in columns:
            # A file of an older version: what it held was for calls that have long ended.
            self._connection.execute("DROP TABLE IF EXISTS held")
        self._connection.executescript(_SCHEMA)

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def _day(self) -> str:
        return self.clock().astimezone(SHANGHAI).date().isoformat()

    def hold(self, organisation: str, most: Decimal, share: Decimal) -> int | None:
        """Set aside `most` yuan of the day's share; None when it does not fit. Free calls always fit."""
        if most <= 0:
            return 0
        day, at = self._day(), self.clock().timestamp()
        asked = microyuan(most)
        with self._write() as connection:
            connection.execute("DELETE FROM held WHERE until <= ?", (at,))
            used = sum(
                connection.execute(
                    f"SELECT COALESCE(SUM(microyuan), 0) FROM {table} WHERE organisation = ? AND day = ?",  # noqa: S608
                    (organisation, day),
                ).fetchone()[0]
                for table in ("spent", "held")
            )
            if used + asked > int(share * _MICRO):
                return None
            row = connection.execute(
                "INSERT INTO held (day, organisation, microyuan, until) VALUES (?, ?, ?, ?)",
                (day, organisation, asked, at + self.lapse),
            )
            return int(row.lastrowid or 0)

    def settle(self, held: int, organisation: str, task: str, reply: Reply, outcome: str = "ok") -> None:
        """Put what was really spent in the place of what was held."""
        at = self.clock()
        with self._write() as connection:
            connection.execute("DELETE FROM held WHERE id = ?", (held,))
            connection.execute(
                "INSERT INTO spent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    at.astimezone(UTC).isoformat(),
                    self._day(),
                    organisation,
                    task,
                    reply.provider,
                    reply.model,
                    reply.prompt,
                    reply.prompt_version,
                    reply.usage.prompt,
                    reply.usage.completion,
                    microyuan(reply.cost),
                    outcome,
                ),
            )

    def release(self, held: int) -> None:
        """Give back what was held for a call that cost nothing."""
        if held:
            with self._write() as connection:
                connection.execute("DELETE FROM held WHERE id = ?", (held,))

    def spent(self, organisation: str) -> Decimal:
        """Yuan spent today."""
        with self._lock:
            row = self._connection.execute(
                "SELECT COALESCE(SUM(microyuan), 0) FROM spent WHERE organisation = ? AND day = ?",
                (organisation, self._day()),
            ).fetchone()
        return Decimal(row[0]) / _MICRO

    def rows(self, organisation: str) -> list[dict[str, Any]]:
        """The account of an organisation, oldest first."""
        with self._lock:
            cursor = self._connection.execute("SELECT * FROM spent WHERE organisation = ? ORDER BY at", (organisation,))
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def keep(self, key: str, reply: Reply, seconds: float) -> None:
        """Keep an answer for a while."""
        body = json.dumps({**reply.record(), "text": reply.text, "data": reply.data}, ensure_ascii=False)
        with self._write() as connection:
            connection.execute("DELETE FROM kept WHERE until < ?", (self.clock().timestamp(),))
            connection.execute(
                "INSERT OR REPLACE INTO kept VALUES (?, ?, ?)", (key, self.clock().timestamp() + seconds, body)
            )

    def kept(self, key: str) -> Reply | None:
        """An answer that is still good."""
        with self._lock:
            row = self._connection.execute(
                "SELECT reply FROM kept WHERE key = ? AND until >= ?", (key, self.clock().timestamp())
            ).fetchone()
        if row is None:
            return None
        body = json.loads(row[0])
        return Reply(
            text=body["text"],
            provider=body["provider"],
            model=body["model"],
            prompt=body["prompt"],
            prompt_version=body["prompt_version"],
            usage=Usage(**body["usage"]),
            cost=Decimal(0),
            cached=True,
            cited=tuple(body["cited"]),
            data=body["data"],
        )
