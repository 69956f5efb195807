"""The air: what phones and gNB say to each other arrives a turn of the loop (or a delay) later, in order.

Neither side is ever called from within its own call: that is the contract of `ran.radio`. All that crosses
one gNB's air waits in one queue with one timer, so a packet costs an append and no task; the loop's own
timers would not keep the order of what is due at the same instant.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


class Air:
    """One gNB's radio, both directions. `delay` is in seconds."""

    __slots__ = ("_closed", "_crossing", "_delay", "_timer")

    def __init__(self, delay: float = 0.0) -> None:
        self._delay = delay
        self._crossing: deque[tuple[float, Callable[..., Any], tuple[Any, ...]]] = deque()
        self._timer: asyncio.Handle | None = None
        self._closed = False

    def cross(self, call: Callable[..., Any], *arguments: Any) -> None:
        """Have `call` called on the other side, after everything sent before it."""
        if self._closed:
            return
        when = asyncio.get_running_loop().time() + self._delay if self._delay else 0.0
        self._crossing.append((when, call, arguments))
        if self._timer is None:
            self._arm(when)

    def close(self) -> None:
        """Let everything under way arrive now, and nothing after: the gNB is switched off."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._closed = True
        while self._crossing:
            self._land(self._crossing.popleft())

    def _arm(self, when: float) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_at(when, self._arrive) if self._delay else loop.call_soon(self._arrive)

    def _arrive(self) -> None:
        """Deliver what is due; what that brings about waits a turn."""
        self._timer = None
        crossing = self._crossing
        if self._delay:
            now = asyncio.get_running_loop().time()
            due = sum(1 for when, _, _ in crossing if when <= now)
        else:
            due = len(crossing)
        for _ in range(due):
            self._land(crossing.popleft())
        if crossing and self._timer is None:
            self._arm(crossing[0][0])

    def _land(self, item: tuple[float, Callable[..., Any], tuple[Any, ...]]) -> None:
        _, call, arguments = item
        try:
            call(*arguments)
        except Exception:
            log.exception("a phone or its gNB failed on what came over the air; the others go on")
