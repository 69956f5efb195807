"""One SQLite file, one writer thread, group commit.

SQLite lets one writer in at a time, so there is exactly one: a thread that takes every job waiting, runs all
of them in one transaction and then resolves their futures. While it commits, the next jobs gather.

Waking the thread costs more than what it then does, and each statement hands the interpreter's lock over and
back, beside a loop that wants it as well. So what nobody waits for travels together: after a quiet time it
waits `gather` seconds for company, under load there are `interval` seconds between two transactions, and rows
of one kind (`write_rows`) become one statement, whoever they came from. A `durable` job is for somebody who
waits: it goes at once, takes along what is there, and its transaction waits for the disk.

WAL with synchronous=NORMAL survives the end of the process, kill -9 included, but the loss of power may
take the last transactions; durable ones it does not take.

Each job runs in a savepoint of its own: one that fails leaves no trace and does not touch the others. Rows
cannot fail one by one, only as the database does.

Reads happen on the caller's thread with a connection of their own: a look-up takes some ten microseconds, a
thread hop ten times that, and under WAL readers never wait for the writer.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

import msgspec

from pilot5g.service.store import StoreError
from pilot5g.store.schema import APPLICATION_ID, MIGRATIONS, VERSION

log = logging.getLogger(__name__)

R = TypeVar("R")

Job = Callable[[sqlite3.Connection], Any]
Statement = tuple[str, Sequence[Any]]
Rows = Callable[[list[Any]], list[Statement]]
"""What writes rows that were gathered, in the order they came in."""


class _Task(msgspec.Struct, frozen=True, gc=False):
    job: Job
    future: asyncio.Future[Any]


class _Batch(msgspec.Struct):
    """What one transaction does, and who waits for it."""

    tasks: list[_Task]
    statements: list[Statement]
    waiting: list[asyncio.Future[None]]
    posted: bool
    """Whether some of it is nobody's, so that a failure is to be logged."""
    durable: bool

    def add(self, other: _Batch) -> None:
        """Do both."""
        self.tasks += other.tasks
        self.statements += other.statements
        self.waiting += other.waiting
        self.posted |= other.posted
        self.durable |= other.durable


class Database:
    """An open database file. For running loops on the real clock: its thread knows no other."""

    def __init__(
        self, path: Path | str, *, gather: float = 0.002, interval: float = 0.02, busy: float = 5.0
    ) -> None:
        """Open or create (mode 0600) the file and bring its schema up to date; wait `busy` seconds for
        another process that holds it. Raises StoreError."""
        self.path = Path(path)
        self._gather = gather
        self._interval = interval
        self._flushed = -interval
        self._full = False
        self._create()
        self._writer = self._connect(busy)
        self._reader = self._connect(busy)
        try:
            self._migrate()
        except (sqlite3.Error, StoreError) as e:
            self._disconnect()
            raise self.explained(e) from e
        self._tasks: list[_Task] = []
        self._rows: dict[Rows, list[Any]] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._posted = self._durable = False
        self._timer: asyncio.Handle | None = None
        self._queue: SimpleQueue[_Batch | None] = SimpleQueue()
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
        return sqlite3.connect(
            self.path, timeout=busy, isolation_level=None, check_same_thread=False, cached_statements=256
        )

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
        connection.execute("PRAGMA temp_store=MEMORY")  # what a statement may undo needs no file
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
        loop = self._loop()
        future: asyncio.Future[R] = loop.create_future()
        self._tasks.append(_Task(job, future))
        if durable:
            self._durable = True
            loop.call_soon(self._flush)
        elif self._timer is None:
            self._arm(loop)
        return await future

    async def write_rows(self, kind: Rows, rows: Sequence[Any]) -> None:
        """Have `kind` write these rows in the next transaction, together with what others give it. Raises
        StoreError where the database refuses."""
        loop = self._loop()
        future: asyncio.Future[None] = loop.create_future()
        self._rows.setdefault(kind, []).extend(rows)
        self._waiting.append(future)
        if self._timer is None:
            self._arm(loop)
        await future

    def post_rows(self, kind: Rows, rows: Iterable[Any]) -> None:
        """The same where nobody waits: a failure is logged. Raises StoreError where the file is closed."""
        loop = self._loop()
        self._rows.setdefault(kind, []).extend(rows)
        self._posted = True
        if self._timer is None:
            self._arm(loop)

    def _loop(self) -> asyncio.AbstractEventLoop:
        if self._closed:
            raise StoreError(f"{self.path} is closed")
        return asyncio.get_running_loop()

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        when = max(loop.time() + self._gather, self._flushed + self._interval)
        self._timer = loop.call_at(when, self._flush)

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._tasks and not self._rows:
            return
        self._flushed = asyncio.get_running_loop().time()
        statements = [each for kind, rows in self._rows.items() for each in kind(rows)]
        self._queue.put(_Batch(self._tasks, statements, self._waiting, self._posted, self._durable))
        self._tasks, self._rows, self._waiting = [], {}, []
        self._posted = self._durable = False

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
        while (batch := self._queue.get()) is not None:
            ended = False
            while not ended:
                try:
                    more = self._queue.get_nowait()
                except Empty:
                    break
                ended = more is None
                if more is not None:
                    batch.add(more)
            self._transact(batch)
            if ended:
                return

    def _transact(self, batch: _Batch) -> None:
        outcomes: list[Any]
        failed: _Failed | None = None
        try:
            outcomes = self._commit(batch)
        except sqlite3.Error as e:
            if self._writer.in_transaction:
                self._writer.execute("ROLLBACK")
            failed = _Failed(self.explained(e))
            if batch.posted:
                log.error("contexts could not be stored, a restart would not know them: %s", failed.error)
            outcomes = [failed] * len(batch.tasks)
        pairs = [(task.future, outcome) for task, outcome in zip(batch.tasks, outcomes, strict=True)]
        pairs += [(future, failed) for future in batch.waiting]
        answers: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = {}
        for pair in pairs:
            answers.setdefault(pair[0].get_loop(), []).append(pair)
        for loop, its in answers.items():
            with contextlib.suppress(RuntimeError):  # a loop that was closed meanwhile waits for nothing
                loop.call_soon_threadsafe(_resolve, its)

    def _commit(self, batch: _Batch) -> list[Any]:
        """What each task gives, once all of the batch is committed."""
        if batch.durable != self._full:
            self._writer.execute(f"PRAGMA synchronous={'FULL' if batch.durable else 'NORMAL'}")
            self._full = batch.durable
        if not batch.tasks and len(batch.statements) == 1:
            self._writer.execute(*batch.statements[0])  # a transaction of its own
            return []
        self._writer.execute("BEGIN IMMEDIATE")
        for sql, values in batch.statements:
            self._writer.execute(sql, values)
        outcomes = [self._run(task.job) for task in batch.tasks]
        self._writer.execute("COMMIT")
        return outcomes

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
