"""How something a phone was asked to do ended: what `await phone.register()` waits for.

Procedures say how they ended here and know nothing of futures. An outcome nobody waits for (an automatic
retry) is simply kept.

Stopped (flow.errors)
  Rejected    the network said no: 3GPP cause, reason in words, fix
  Abandoned   something else took precedence: the phone was closed, switched off, or told otherwise
  TimerExpired, Gone: the network was silent, the radio went away
"""

from __future__ import annotations

import asyncio
from typing import Generic, TypeVar

from pilot5g.flow.errors import Stopped

T = TypeVar("T")


class Rejected(Stopped):
    """The network refused. `cause` is the 5GMM or 5GSM cause, `reason` and `fix` are for people."""

    def __init__(self, cause: int, reason: str, fix: str = "") -> None:
        super().__init__(f"cause {cause}: {reason}" + (f" ({fix})" if fix else ""))
        self.cause = cause
        self.reason = reason
        self.fix = fix


class Abandoned(Stopped):
    """Given up in favour of something else, which the text names."""


class Outcome(Generic[T]):
    """One result, set once; later ones are not heard."""

    __slots__ = ("_error", "_value", "_waiters", "done")

    def __init__(self) -> None:
        self.done = False
        self._value: T | None = None
        self._error: Exception | None = None
        self._waiters: list[asyncio.Future[None]] = []

    def succeed(self, value: T) -> None:
        """It went well."""
        if not self.done:
            self._value = value
            self._end()

    def fail(self, error: Exception) -> None:
        """It did not."""
        if not self.done:
            self._error = error
            self._end()

    async def wait(self) -> T:
        """The value. Raises what `fail` was given."""
        if not self.done:
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]  # T may itself be None

    def _end(self) -> None:
        self.done = True
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()
