"""What is to happen later, by one timer of the loop whatever waits: queues of rates, times of usage reports.

A timer of the loop for each would cost as much as the packets they let go.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from heapq import heappop, heappush
from typing import Protocol


class Timer(Protocol):
    """What can be called off."""

    def cancel(self) -> object: ...


Later = Callable[[float, Callable[[], None]], Timer]
"""Seconds from now, and what to call: the loop's `call_later`."""
Due = Callable[[float], None]
"""Called with the time it is."""


def by_loop(delay: float, call: Callable[[], None]) -> Timer:
    """By the running loop."""
    return asyncio.get_running_loop().call_later(delay, call)


class Agenda:
    """Entries by time."""

    def __init__(self, clock: Callable[[], float], later: Later, done: Callable[[], None]) -> None:
        """`done` is called when all that was due has been called."""
        self._clock = clock
        self._later = later
        self._done = done
        self._entries: list[tuple[float, int, Due]] = []
        self._made = 0
        self._timer: Timer | None = None
        self._at = 0.0

    def at(self, time: float, call: Due) -> None:
        """Call that then, with the time it will be."""
        self._made += 1
        heappush(self._entries, (time, self._made, call))
        if self._timer is None or time < self._at:
            self._arm()

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._at = self._entries[0][0]
        self._timer = self._later(max(0.0, self._at - self._clock()), self._fire)

    def _fire(self) -> None:
        now, entries = self._clock(), self._entries
        while entries and entries[0][0] <= now:
            heappop(entries)[2](now)
        self._timer = None
        if entries:
            self._arm()
        self._done()
