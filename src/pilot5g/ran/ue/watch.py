"""Order and waiting around a phone: one event at a time, and whoever waits for something to hold."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from pilot5g.ran.ue.outcome import Outcome


class Inbox:
    """Events in order, each after what the one before it woke has run.

    A procedure that an event wakes runs in the next turn of the loop; the next event waits for that, so that
    an accept is in effect before the message behind it is read.
    """

    __slots__ = ("_closed", "_draining", "_events")

    def __init__(self) -> None:
        self._events: deque[Callable[[], None]] = deque()
        self._draining = False
        self._closed = False

    def put(self, event: Callable[[], None]) -> None:
        """Deal with it now, or after those that are before it."""
        if self._closed:
            return
        self._events.append(event)
        if not self._draining:
            self._draining = True
            self._next()

    def close(self) -> None:
        """Nothing more is dealt with."""
        self._closed = True
        self._events.clear()

    def _next(self) -> None:
        if not self._events:
            self._draining = False
            return
        event = self._events.popleft()
        try:
            event()
        finally:
            asyncio.get_running_loop().call_soon(self._next)


class Watches:
    """Conditions that somebody waits for; looked at whenever the phone changes."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[], bool], Outcome[None]]] = []

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until it holds. Raises what `fail` is given."""
        if condition():
            return
        entry = (condition, Outcome[None]())
        self._waiting.append(entry)
        try:
            await entry[1].wait()
        finally:
            if entry in self._waiting:
                self._waiting.remove(entry)

    def look(self) -> None:
        """Something changed."""
        for entry in tuple(self._waiting):
            if entry[0]():
                self._waiting.remove(entry)
                entry[1].succeed(None)

    def fail(self, error: Exception) -> None:
        """None of it will ever hold."""
        for _, waiter in self._waiting:
            waiter.fail(error)
        self._waiting.clear()
