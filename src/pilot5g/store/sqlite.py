"""`service.store.Store` in SQLite: contexts that outlive the process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from pilot5g.service.store import Change
from pilot5g.store.database import Database

_PUT = "INSERT OR REPLACE INTO context (kind, key, value) VALUES (?, ?, ?)"
_REMOVE = "DELETE FROM context WHERE kind = ? AND key = ?"


class SqliteStore:
    """Contexts in the `context` table of a database, which it shares with the subscribers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def commit(self, changes: Iterable[Change]) -> None:
        rows = list(changes)
        if rows:
            await self._database.write(lambda connection: _apply(connection, rows))

    async def get(self, kind: str, key: str) -> bytes | None:
        rows = self._database.read("SELECT value FROM context WHERE kind = ? AND key = ?", (kind, key))
        return rows[0][0] if rows else None

    async def load(self, kind: str) -> dict[str, bytes]:
        rows = self._database.read("SELECT key, value FROM context WHERE kind = ? ORDER BY key", (kind,))
        return dict(rows)

    async def delete(self, kind: str, key: str) -> None:
        await self.commit((Change(kind, key, None),))

    async def close(self) -> None:
        await self._database.close()


def _apply(connection: sqlite3.Connection, changes: list[Change]) -> None:
    for change in changes:
        if change.value is None:
            connection.execute(_REMOVE, (change.kind, change.key))
        else:
            connection.execute(_PUT, (change.kind, change.key, change.value))
