"""The air: what phones and gNB say to each other arrives after what was said before it, in order.

Neither side is ever called from within its own call: that is the contract of `ran.radio`. All that crosses
one gNB's air waits in one queue with one timer, so a packet costs an append and no task; the loop's own
timers would not keep the order of what is due at the same instant. Without a delay the queue is emptied in
the turn of the loop in which it was filled, with all that it brings about: whoever has done his part of that
turn calls `settle`, and else the loop does soon.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)

MOST_AT_ONCE = 10_000
"""Crossings after which others have their turn, whatever phones and gNB still say to each other."""


class Air:
    """One gNB's radio, both directions. `delay` is in seconds."""

    __slots__ = ("_closed", "_crossing", "_delay", "_landing", "_timer")

    def __init__(self, delay: float = 0.0) -> None:
        self._delay = delay
        self._crossing: deque[tuple[float, Callable[..., Any], tuple[Any, ...]]] = deque()
        self._timer: asyncio.Handle | None = None
        self._closed = False
        self._landing = False

    def cross(self, call: Callable[..., Any], *arguments: Any) -> None:
        """Have `call` called on the other side, after everything sent before it."""
        if self._closed:
            return
        when = asyncio.get_running_loop().time() + self._delay if self._delay else 0.0
        self._crossing.append((when, call, arguments))
        if self._timer is None and not self._landing:
            self._arm(when)

    def close(self) -> None:
        """Let everything under way arrive now, and nothing after: the gNB is switched off."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._closed = True
        while self._crossing:
            self._land(self._crossing.popleft())

    def settle(self) -> None:
        """Deliver what crosses without delay, and what that brings about. To be called with nothing of phones
        and gNB on the stack."""
        if self._crossing and not self._delay and not self._landing:
            if self._timer is not None:
                self._timer.cancel()
            self._arrive()

    def _arm(self, when: float) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(when, self._arrive) if self._delay else loop.call_soon(self._arrive)

    def _arrive(self) -> None:
        """Deliver what is due; with a delay, what that brings about waits for its own."""
        self._timer = None
        crossing = self._crossing
        self._landing = True
        if self._delay:
            now = asyncio.get_running_loop().time()
            while crossing and crossing[0][0] <= now:
                self._land(crossing.popleft())
        else:
            for _ in range(MOST_AT_ONCE):
                if not crossing:
                    break
                self._land(crossing.popleft())
        self._landing = False
        if crossing and not self._closed:
            self._arm(crossing[0][0])

    def _land(self, item: tuple[float, Callable[..., Any], tuple[Any, ...]]) -> None:
        _, call, arguments = item
        try:
            call(*arguments)
        except Exception:
            log.exception("a phone or its gNB failed on what came over the air; the others go on")
