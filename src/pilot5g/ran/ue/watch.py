"""Whoever waits for something to hold of a phone."""

from __future__ import annotations

from collections.abc import Callable

from pilot5g.ran.ue.outcome import Outcome


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
