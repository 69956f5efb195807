"""One SQLite file, one writer thread, group commit.

SQLite lets one writer in at a time, so there is exactly one: a thread that takes every job waiting, runs all
of them in one transaction and then resolves their futures. While it commits, the next jobs gather; besides,
a job that is in no hurry waits `gather` seconds for company, because a transaction costs as much as twenty
rows. Each job runs in a savepoint of its own: one that fails leaves no trace and does not touch the others.

WAL with synchronous=NORMAL survives the end of the process, kill -9 included, but the loss of power may
take the last transactions. A job asked for as `durable` makes its transaction wait for the disk as well.

Reads happen on the caller's thread with a connection of their own: a look-up takes some ten microseconds, a
thread hop ten times that, and under WAL readers never wait for the writer.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import msgspec

from pilot5g.service.store import StoreError
from pilot5g.store.schema import APPLICATION_ID, MIGRATIONS, VERSION

R = TypeVar("R")

Job = Callable[[sqlite3.Connection], Any]


class _Task(msgspec.Struct, frozen=True):
    job: Job
    future: asyncio.Future[Any]
    durable: bool


class Database:
    """An open database file. For running loops on the real clock: its thread knows no other."""

    def __init__(self, path: Path | str, *, gather: float = 0.002, busy: float = 5.0) -> None:
        """Open or create (mode 0600) the file and bring its schema up to date; wait `busy` seconds for
        another process that holds it. Raises StoreError."""
        self.path = Path(path)
        self._gather = gather
        self._create()
        self._writer = self._connect(busy)
        self._reader = self._connect(busy)
        try:
            self._migrate()
        except (sqlite3.Error, StoreError) as e:
            self._disconnect()
            raise self.explained(e) from e
        self._pending: list[_Task] = []
        self._timer: asyncio.Handle | None = None
        self._queue: SimpleQueue[list[_Task] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name=f"store {self.path.name}", daemon=True)
        self._thread.start()
        self._closed = False
        self._claim: int | None = None
        self._last_jobs: list[Job] = []

    def _create(self) -> None:
        try:
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        except OSError as e:
            raise StoreError(f"{self.path} cannot be opened for writing: {e.strerror}") from e

    def _connect(self, busy: float) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=busy, isolation_level=None, check_same_thread=False)

    def _disconnect(self) -> None:
        self._reader.close()
        self._writer.close()

    def _migrate(self) -> None:
        connection = self._writer
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if application != APPLICATION_ID and tables:
            raise StoreError(f"{self.path} is a database of another program: name another file")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=NORMAL")
        connection.execute("BEGIN IMMEDIATE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            connection.execute("ROLLBACK")
            raise StoreError(
                f"{self.path} was written by a newer version of this program (schema {version}, this one"
                f" knows up to {VERSION}): use that version, or name another file"
            )
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")

    def explained(self, error: Exception) -> StoreError:
        """What SQLite said, in words that name the file and what to do."""
        if isinstance(error, StoreError):
            return error
        text = str(error)
        if "locked" in text or "busy" in text:
            return StoreError(f"{self.path} is locked by another process: stop it, or name another file")
        if "not a database" in text or "malformed" in text:
            return StoreError(
                f"{self.path} is damaged or no SQLite database ({text}): restore a copy, or name another file"
            )
        return StoreError(f"{self.path} cannot be used: {text}")

    def read(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Rows of a SELECT, at once, on this thread. Raises StoreError."""
        try:
            return self._reader.execute(sql, values).fetchall()
        except sqlite3.Error as e:
            raise self.explained(e) from e

    async def write(self, job: Callable[[sqlite3.Connection], R], *, durable: bool = False) -> R:
        """Run a job in the next transaction and give what it returns once that is committed.

        `durable`: at once, and safe against the loss of power too. What the job raises is raised here, and
        StoreError where the database refuses. A caller that is cancelled does not undo the job.
        """
        if self._closed:
            raise StoreError(f"{self.path} is closed")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._pending.append(_Task(job, future, durable))
        if durable:
            loop.call_soon(self._flush)
        elif self._timer is None:
            self._timer = loop.call_later(self._gather, self._flush)
        return await future

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._pending:
            self._queue.put(self._pending)
            self._pending = []

    def claim(self) -> None:
        """Be the one process that serves this file until it is closed; others may still open it, to read and
        to provision. Raises StoreError where another one serves it."""
        if self._claim is not None:
            return
        try:
            lock = os.open(f"{self.path}-lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as e:
            raise StoreError(f"{self.path}-lock cannot be opened for writing: {e.strerror}") from e
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as e:
            os.close(lock)
            raise StoreError(
                f"{self.path} serves another network already: stop that one, or name another file"
            ) from e
        self._claim = lock

    def before_close(self, job: Job) -> None:
        """A job to run when the file is closed in order."""
        self._last_jobs.append(job)

    async def close(self) -> None:
        """Commit what waits, end the thread, let go of the file."""
        if self._closed:
            return
        last = [self.write(job, durable=True) for job in (*self._last_jobs, _nothing)]
        await asyncio.gather(*last, return_exceptions=True)
        self._closed = True
        self._queue.put(None)
        self._thread.join()
        self._disconnect()
        if self._claim is not None:
            os.close(self._claim)

    def _serve(self) -> None:
        """The writer thread."""
        while (tasks := self._queue.get()) is not None:
            batch = list(tasks)
            ended = False
            while not ended:
                try:
                    more = self._queue.get_nowait()
                except Empty:
                    break
                ended = more is None
                batch += more or ()
            self._transact(batch)
            if ended:
                return

    def _transact(self, batch: list[_Task]) -> None:
        outcomes: list[Any]
        try:
            self._synchronous("FULL" if any(task.durable for task in batch) else "NORMAL")
            self._writer.execute("BEGIN IMMEDIATE")
            outcomes = [self._run(task.job) for task in batch]
            self._writer.execute("COMMIT")
        except sqlite3.Error as e:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            outcomes = [_Failed(self.explained(e))] * len(batch)
        answers: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
        for task, outcome in zip(batch, outcomes, strict=True):
            answers.setdefault(task.future.get_loop(), []).append((task.future, outcome))
        for loop, pairs in answers.items():
            with contextlib.suppress(RuntimeError):  # a loop that was closed meanwhile waits for nothing
                loop.call_soon_threadsafe(_resolve, pairs)

    def _synchronous(self, level: str) -> None:
        self._writer.execute(f"PRAGMA synchronous={level}")

    def _run(self, job: Job) -> Any:
        """One job in its savepoint: its value, or how it failed. A full disk and the like end the batch."""
        self._writer.execute("SAVEPOINT job")
        try:
            value = job(self._writer)
        except Exception as e:
            if not self._writer.in_transaction:
                raise
            self._writer.execute("ROLLBACK TO job")
            value = _Failed(self.explained(e) if isinstance(e, sqlite3.Error) else e)
        self._writer.execute("RELEASE job")
        return value


class _Failed(msgspec.Struct, frozen=True):
    error: Exception


def _nothing(connection: sqlite3.Connection) -> None:
    """The last job, whose end tells that all before it have ended."""


def _resolve(pairs: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, outcome in pairs:
        if future.done():
            continue
        if isinstance(outcome, _Failed):
            future.set_exception(outcome.error)
        else:
            future.set_result(outcome)
