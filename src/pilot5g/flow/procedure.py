"""One owner, one inbox, one running procedure.

A UE at its AMF, a session at its SMF, a phone's mobility and session management: each has an `Inbox`. All
that concerns it enters through `deliver`. A message the running procedure waits for resumes it; any other is
put to that procedure's `collide`. Replacing a procedure cancels it, so an answer still on its way to it has
nobody to reach.

Cancellation is never swallowed, and a `finally` of a procedure must not await.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Final, Protocol, TypeVar, overload

from pilot5g.flow.errors import Gone, TimerExpired
from pilot5g.flow.timer import Timer, queue

log = logging.getLogger(__name__)
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")


class Verdict(Enum):
    """What a running procedure does with a message it is not waiting for."""

    IGNORE = auto()
    REPEAT = auto()
    """Send what was last asked again; the timer goes on."""
    REPLACE = auto()
    """Abandon this procedure and let the message start its own."""
    LATER = auto()
    """Keep it: for a later wait of this procedure, or as a new arrival once this one has ended."""
    REFUSE = auto()
    """Not compatible with the protocol state: the owner's `refuse` answers (5GMM STATUS)."""


class Procedure(Protocol):
    """A procedure of TS 23.502: `run` reads like its figure."""

    async def run(self) -> None: ...
    def collide(self, event: Any) -> Verdict: ...


class _Wait:
    """A wait for one of `kinds`, which ends with `answer` in any way."""

    __slots__ = ("answer", "kinds", "timer")

    def __init__(self, kinds: tuple[type[Any], ...], answer: asyncio.Future[Any], timer: Timer) -> None:
        self.kinds = kinds
        self.answer = answer
        self.timer = timer

    def expire(self) -> None:
        """Nothing came in time."""
        if not self.answer.done():
            self.answer.set_exception(TimerExpired(self.timer))


_NOBODY: Final[list[Any]] = []
"""What most owners keep for later; never changed."""


class Inbox:
    """Routes what arrives for one UE or session to whoever waits for it.

    A kind of owner says what is particular to it: `_begin(event)` gives the procedure an event starts, or
    None where it was dealt with on the spot; `_refuse(event)` answers what fits no state; `_failed(error)` is
    told of a bug in a procedure, after which this owner alone is to be released; `_ended(procedure)` is
    called whenever one has run to its end (the commit point of the owner's state).
    """

    __slots__ = ("_later", "_repeat", "_task", "_wait", "procedure")

    def __init__(self) -> None:
        self.procedure: Procedure | None = None
        self._task: asyncio.Task[None] | None = None
        self._wait: _Wait | None = None
        self._later: list[Any] = _NOBODY
        self._repeat: Callable[[], None] | None = None

    def _begin(self, event: Any) -> Procedure | None:
        """Nothing begins."""
        return None

    def _refuse(self, event: Any) -> None:
        """Nothing fits."""

    def _failed(self, bug: BaseException) -> None:
        """It is logged."""

    def _ended(self, procedure: Procedure) -> None:
        """Nothing is kept."""

    @property
    def busy(self) -> bool:
        """Whether a procedure runs."""
        return self.procedure is not None

    @property
    def waiting_for(self) -> str:
        """What the running procedure waits for, for people; empty where it does not wait for a message."""
        return " | ".join(kind.__name__ for kind in self._wait.kinds) if self._wait else ""

    @property
    def kept(self) -> tuple[Any, ...]:
        """What waits for the end of the running procedure."""
        return tuple(self._later)

    def deliver(self, event: Any) -> None:
        """Whatever arrives for this owner, from the wire or from a colleague."""
        wait = self._wait
        if wait is not None and isinstance(event, wait.kinds) and not wait.answer.done():
            wait.answer.set_result(event)
            return
        if self.procedure is None:
            self._start(event)
            return
        match self.procedure.collide(event):
            case Verdict.REPEAT if self._repeat is not None:
                self._repeat()
            case Verdict.REPLACE:
                self._start(event)
            case Verdict.LATER:
                self._later = [*self._later, event]
            case Verdict.REFUSE:
                self._refuse(event)
            case _:
                pass

    @overload
    async def ask(self, send: Callable[[], None], a: type[A], /, *, timer: Timer) -> A: ...
    @overload
    async def ask(self, send: Callable[[], None], a: type[A], b: type[B], /, *, timer: Timer) -> A | B: ...
    @overload
    async def ask(
        self, send: Callable[[], None], a: type[A], b: type[B], c: type[C], /, *, timer: Timer
    ) -> A | B | C: ...
    async def ask(self, send: Callable[[], None], /, *kinds: type[Any], timer: Timer) -> Any:
        """Send, and send again at each expiry, until one of `kinds` arrives. Raises TimerExpired."""
        self._repeat = send
        for _ in range(timer.expiries):
            send()
            try:
                return await self._answer(kinds, timer)
            except TimerExpired:
                continue
        raise TimerExpired(timer)

    @overload
    async def wait(self, a: type[A], /, *, timer: Timer) -> A: ...
    @overload
    async def wait(self, a: type[A], b: type[B], /, *, timer: Timer) -> A | B: ...
    @overload
    async def wait(self, a: type[A], b: type[B], c: type[C], /, *, timer: Timer) -> A | B | C: ...
    async def wait(self, /, *kinds: type[Any], timer: Timer) -> Any:
        """Wait for one of `kinds` without sending anything. Raises TimerExpired after one run."""
        return await self._answer(kinds, timer)

    async def _answer(self, kinds: tuple[type[Any], ...], timer: Timer) -> Any:
        for event in self._later:
            if isinstance(event, kinds):
                self._later.remove(event)
                return event
        answer = self._awaited()
        self._wait = wait = _Wait(kinds, answer, timer)
        waiting = queue(timer.seconds)
        waiting.add(wait)
        try:
            return await answer
        finally:
            waiting.remove(wait)
            if self._wait is wait:
                self._wait = None

    def _awaited(self) -> asyncio.Future[Any]:
        """What a procedure is to await until its message comes."""
        return asyncio.get_running_loop().create_future()

    def lost(self, why: str) -> None:
        """The connection went away: what the procedure waits for will not come: Gone is raised there."""
        if self._wait is not None and not self._wait.answer.done():
            self._wait.answer.set_exception(Gone(why))

    def start(self, procedure: Procedure) -> None:
        """Run a procedure, abandoning the one that runs."""
        previous, self.procedure = self._task, procedure
        self._repeat = None
        if previous is not None:
            previous.cancel()
            self._wait = None
        self._task = asyncio.get_running_loop().create_task(self._run(procedure, previous))

    def stop(self) -> None:
        """Abandon everything: the owner is going away."""
        self._later = _NOBODY
        self.procedure = None
        self._wait = None
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()

    def retire(self) -> None:
        """The UE or session is no more: abandon everything, and let go of it, so that it is freed at once
        and no garbage collector need look for it. What is delivered from here on reaches nobody."""
        self.stop()
        self._repeat = None

    def _start(self, event: Any) -> None:
        if (procedure := self._begin(event)) is not None:
            self.start(procedure)

    async def _run(self, procedure: Procedure, previous: asyncio.Task[None] | None) -> None:
        if previous is not None:
            await asyncio.wait([previous])
        try:
            await procedure.run()
        except Exception as bug:
            log.exception("%s failed; this costs one UE", type(procedure).__name__)
            self._failed(bug)
        finally:
            self._close(procedure)

    def _close(self, procedure: Procedure) -> None:
        if self.procedure is not procedure:
            return
        self.procedure = None
        self._task = None
        self._repeat = None
        self._ended(procedure)
        while self._later and self.procedure is None:
            first, *self._later = self._later
            self.deliver(first)


class Owner(Inbox):
    """An inbox that asks functions what is particular to it: see there."""

    __slots__ = ("_on_ended", "_on_failed", "begin", "refuse")

    def __init__(
        self,
        begin: Callable[[Any], Procedure | None],
        refuse: Callable[[Any], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        ended: Callable[[Procedure], None] | None = None,
    ) -> None:
        super().__init__()
        self.begin: Callable[[Any], Procedure | None] | None = begin
        self.refuse = refuse
        self._on_failed = failed
        self._on_ended = ended

    def retire(self) -> None:
        """As every inbox, and let go of the functions."""
        super().retire()
        self.begin = self.refuse = self._on_failed = self._on_ended = None

    def _begin(self, event: Any) -> Procedure | None:
        return None if self.begin is None else self.begin(event)

    def _refuse(self, event: Any) -> None:
        if self.refuse is not None:
            self.refuse(event)

    def _failed(self, bug: BaseException) -> None:
        if self._on_failed is not None:
            self._on_failed(bug)

    def _ended(self, procedure: Procedure) -> None:
        if self._on_ended is not None:
            self._on_ended(procedure)
