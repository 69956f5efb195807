"""`service.store.Store` in SQLite: contexts that outlive the process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from pilot5g.service.store import Change
from pilot5g.store.database import Database, Statement

_AT_ONCE = 64
"""Rows of one statement at most: each number of rows is a statement of its own, which stays prepared."""


class SqliteStore:
    """Contexts in the `context` table of a database, which it shares with the subscribers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def commit(self, changes: Iterable[Change]) -> None:
        rows = list(changes)
        if rows:
            await self._database.write_rows(statements, rows)

    def post(self, changes: Iterable[Change]) -> None:
        self._database.post_rows(statements, changes)

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


def statements(changes: list[Change]) -> list[Statement]:
    """Write what is newest of each key: the others would be overwritten in the same transaction."""
    newest = {(change.kind, change.key): change.value for change in changes}
    puts = [(*key, value) for key, value in newest.items() if value is not None]
    removes: dict[str, list[tuple[str]]] = {}
    for (kind, key), value in newest.items():
        if value is None:
            removes.setdefault(kind, []).append((key,))
    return [*_portions(_put, puts), *(each for kind in removes for each in _removals(kind, removes[kind]))]


def _removals(kind: str, keys: list[tuple[str]]) -> Iterator[Statement]:
    for sql, values in _portions(_remove, keys):
        yield sql, [kind, *values]


def _portions(sql: Callable[[int], str], rows: Sequence[tuple[Any, ...]]) -> Iterator[Statement]:
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        yield sql(len(part)), [value for row in part for value in row]


@cache
def _put(rows: int) -> str:
    """A row that is there is updated in its place: to replace it would move its neighbours as well."""
    return (
        f"INSERT INTO context (kind, key, value) VALUES {', '.join(['(?, ?, ?)'] * rows)}"
        " ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value"
    )


@cache
def _remove(rows: int) -> str:
    """Rows of one kind: for pairs of kind and key in a list SQLite would read the whole table."""
    return f"DELETE FROM context WHERE kind = ? AND key IN ({', '.join('?' * rows)})"
