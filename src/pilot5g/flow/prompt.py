"""Owners whose procedures run on the spot: from their start to their first wait within `start`, and on from
each answer within `deliver`.

A task runs in the next turn of the event loop, and so does whoever awaits a future; with a dozen waits in a
registration those turns are a good part of its cost and of its time. Such an owner steps its coroutine by
itself. The price: what `deliver` brings about happens inside `deliver`, so whoever calls it must have done
with his own work before; and a procedure may wait for its owner only (`ask`, `wait`), not for other futures.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator
from typing import Any

from pilot5g.flow.procedure import Owner, Procedure


class Answer:
    """What a procedure waits for: a future that resumes its waiter at once."""

    __slots__ = ("_error", "_value", "over", "run")

    def __init__(self) -> None:
        self.run: Run | None = None
        self.over = False
        self._value: Any = None
        self._error: BaseException | None = None

    def done(self) -> bool:
        """Whether it has come."""
        return self.over

    def set_result(self, value: Any) -> None:
        """It came."""
        self.over = True
        self._value = value
        self._resume()

    def set_exception(self, error: BaseException) -> None:
        """It will not come."""
        self.over = True
        self._error = error
        self._resume()

    def _resume(self) -> None:
        if self.run is not None:
            self.run.step()

    def __await__(self) -> Generator[Answer, None, Any]:
        if not self.over:
            yield self
        if self._error is not None:
            raise self._error
        return self._value


class Run:
    """A procedure's coroutine, stepped by those who have something for it."""

    __slots__ = ("_cancelled", "_coroutine", "_then", "running")

    def __init__(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._coroutine = coroutine
        self._cancelled = False
        self._then: Callable[[], None] | None = None
        self.running = False
        """Whether it is being stepped now: it is below us on the stack."""

    def step(self, error: BaseException | None = None) -> None:
        """Let it run until it waits again, or ends."""
        self.running = True
        try:
            waits = self._coroutine.send(None) if error is None else self._coroutine.throw(error)
            assert isinstance(waits, Answer), "such a procedure waits for its owner only"
            waits.run = self
        except StopIteration:
            self._cancelled = False
        except asyncio.CancelledError:
            self._cancelled = False
        finally:
            self.running = False
        if self._cancelled:
            self.step(asyncio.CancelledError())
        elif self._then is not None:
            then, self._then = self._then, None
            then()

    def cancel(self, then: Callable[[], None] | None = None) -> None:
        """Abandon it, at its next wait where it is running; `then` is called after its end."""
        self._then = then
        if self.running:
            self._cancelled = True
        else:
            self.step(asyncio.CancelledError())


class PromptOwner(Owner):
    """An owner that runs its procedures on the spot."""

    __slots__ = ("_stepped",)

    def __init__(
        self,
        begin: Callable[[Any], Procedure | None],
        refuse: Callable[[Any], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        ended: Callable[[Procedure], None] | None = None,
    ) -> None:
        super().__init__(begin, refuse, failed, ended)
        self._stepped: Run | None = None

    def start(self, procedure: Procedure) -> None:
        """Run a procedure to its first wait, abandoning the one that runs. Where that one calls this itself,
        it goes on to its next wait first."""
        previous = self._stepped if self.procedure is not None else None
        self.procedure = procedure
        self._repeat = None
        if previous is None:
            self._begin_now(procedure)
        else:
            self._wait = None
            previous.cancel(lambda: self._begin_now(procedure))

    def stop(self) -> None:
        """Abandon everything: the owner is going away. A procedure that calls this goes on to its end."""
        self._later.clear()
        self.procedure = None
        self._wait = None
        run, self._stepped = self._stepped, None
        if run is not None and not run.running:
            run.cancel()

    def _begin_now(self, procedure: Procedure) -> None:
        if self.procedure is procedure:
            self._stepped = run = Run(self._run(procedure, None))
            run.step()

    def _close(self, procedure: Procedure) -> None:
        if self.procedure is procedure:
            self._stepped = None
        super()._close(procedure)

    def _awaited(self) -> Any:
        return Answer()
