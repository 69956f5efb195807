"""Sequence numbers that need no write each, and are given once for all that: the AuC's counters on disk.

TS 33.102 C.1.1 lets the AuC count for each subscriber (SQN_HE) or count once for all (a global counter, and
a difference for each). Either must survive a crash, and a durable write costs more than the rest of an
authentication. Here each subscriber has a counter of its own, so that a USIM sees its SEQ grow by one at a
time however busy the network is, and what is global is the number of crashes:

- Row: `sqn` was true when the network had crashed `crashes` times. SEQs come in blocks of BLOCK; the row
  reserves the rest of the block that its SEQ is in. Numbers in it are given from memory.
- A process that is about to give its first number sets `giving`, durably; one that closes in order writes
  every number it has given last and takes the mark away. Who finds the mark set counts one more crash.
- For each crash since a row was true, one block counts as used: no number can come again, at the price of
  one write in the life of a process and one for every BLOCK authentications of a subscriber.

A crash so moves a SEQ by at most BLOCK, and USIMs accept leaps of 2^28 (TS 33.102 C.2.1): a SIM stays in
range over a million crashes between two of its authentications. The first number of a block stands for
"nothing of it was given" and is never given itself.

Resynchronisation and provisioning write the row (TS 33.102 6.3.5).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterable
from typing import Final

import msgspec

from pilot5g.model import Supi
from pilot5g.service.nudr import IND_BITS, SQN_BITS, UnknownSubscriber, in_range, sqn_of
from pilot5g.store.database import Database

BLOCK: Final = 1 << 8
"""SEQs reserved at a time."""

SEQ_END: Final = 1 << (SQN_BITS - IND_BITS)

_RAISE = """UPDATE subscriber SET sqn = ?1, crashes = ?2
    WHERE supi = ?3 AND (crashes < ?2 OR crashes = ?2 AND sqn < ?1)"""
_SET = "UPDATE subscriber SET sqn = ?, crashes = ? WHERE supi = ?"
_CHANGED = "UPDATE sequence SET change = change + 1 RETURNING change"


class State(msgspec.Struct, frozen=True):
    """The one row of `sequence`. `change` counts what processes did to subscribers."""

    crashes: int
    giving: bool
    change: int


def state(rows: list[tuple[int, int, int]]) -> State:
    """From `SELECT` of STATE."""
    crashes, giving, change = rows[0]
    return State(crashes, bool(giving), change)


STATE: Final = "SELECT crashes, giving, change FROM sequence"


def begin(connection: sqlite3.Connection) -> State:
    """A job: this process gives numbers from now on. Whoever did so before and did not end has crashed."""
    now = state(connection.execute(STATE).fetchall())
    crashes = now.crashes + now.giving
    connection.execute("UPDATE sequence SET crashes = ?, giving = 1", (crashes,))
    return State(crashes, True, now.change)


def changed(connection: sqlite3.Connection) -> int:
    """Within a job that adds, alters or removes subscribers: tell other processes. The new count."""
    return int(connection.execute(_CHANGED).fetchall()[0][0])


def reached(sqn: int, since: int, crashes: int) -> int:
    """The SQN up to which numbers may have been used when a row that was true `since` is read now, by the one
    who gives numbers."""
    if crashes <= since:
        return sqn
    return sqn_of(((sqn >> IND_BITS) // BLOCK + crashes - since) * BLOCK)


def bound(sqn: int) -> int:
    """The SQN up to which another process may be: the last of the block."""
    return sqn_of((sqn >> IND_BITS) // BLOCK * BLOCK + BLOCK - 1)


class Sequence:
    """The numbers that this process has given."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._last: dict[Supi, int] = {}
        self._lock = asyncio.Lock()
        self.state: State | None = None
        """What stood in the database when this process began; None before."""

    async def begin(self) -> State:
        """Become the one process that gives numbers. Raises StoreError where another one does."""
        async with self._lock:
            if self.state is None:
                self._database.claim()
                self.state = await self._database.write(begin, durable=True)
                self._database.before_close(self._end)
            return self.state

    def last(self, supi: Supi) -> int:
        """The last SEQ given by this process, or -1."""
        return self._last.get(supi, -1)

    def advance(self, supi: Supi, stored: int) -> int | None:
        """The next SEQ where `stored` is what the row says; None where that needs `reserve` first."""
        last = self._last.get(supi, -1)
        seq = (last if last > stored else stored) + 1
        if seq % BLOCK == 0:
            return None
        self._last[supi] = seq
        return seq

    async def reserve(self, supi: Supi, stored: int) -> None:
        """Durably enter the next block."""
        assert self.state is not None
        seq = (max(self._last.get(supi, -1), stored) // BLOCK + 1) * BLOCK
        row = (sqn_of(seq), self.state.crashes, supi)
        await self._database.write(lambda connection: connection.execute(_RAISE, row), durable=True)
        self._last[supi] = max(self._last.get(supi, -1), seq)

    async def resynchronise(self, supi: Supi, stored: int, seq_ms: int) -> int | None:
        """Go on from SEQ_MS unless the USIM accepts what comes next. The number of this change, if any."""
        assert self.state is not None
        seq = max(self._last.get(supi, -1), stored)
        if in_range(seq, seq_ms):
            return None
        row = (sqn_of(seq_ms), self.state.crashes, supi)
        statement = _RAISE if seq_ms > seq else _SET

        def job(connection: sqlite3.Connection) -> int:
            if not connection.execute("SELECT 1 FROM subscriber WHERE supi = ?", (supi,)).fetchall():
                raise UnknownSubscriber(supi)
            connection.execute(statement, row)
            return changed(connection)

        change = await self._database.write(job, durable=True)
        self._last[supi] = max(self._last.get(supi, -1), seq_ms) if seq_ms > seq else seq_ms
        return change

    def forget(self, supis: Iterable[Supi]) -> None:
        """Subscribers that are gone or have a new K: their numbers begin where they are provisioned."""
        for supi in supis:
            self._last.pop(supi, None)

    def _end(self, connection: sqlite3.Connection) -> None:
        """The last job: rows say again what is true, and no crash is to be counted."""
        assert self.state is not None
        crashes = self.state.crashes
        rows = ((sqn_of(seq), crashes, supi) for supi, seq in self._last.items())
        connection.executemany(_RAISE, rows)
        connection.execute("UPDATE sequence SET giving = 0")
