"""How much an AMF takes on at once, and by how much its radios are to send less: two controllers, no clock.

An AMF that begins whatever it is asked for is, at twice its capacity, busy with registrations that their
phones have given up: it finishes none. So two things are steered, each by what it brings about:

*How many new phones are under way at a time* (`Window`), by whether the process is ever idle. One that waits
for phones is, however many it waits for. Not how long messages wait: they wait in the radios' queues, where
nobody sees them. Never idle, or so much at a time that the event loop is late for its own timers: the window
shrinks to below what is under way; else it grows again. A phone that finds the window full is refused, which
costs a tenth of serving it.

*Which part of the phones the radios keep away* (`Reduction`, TS 38.413 8.7.7), by the part that had to be
refused nevertheless. What is left to refuse in steady state is small, but not nothing: without it nobody
would notice that the rush is over.
"""

from __future__ import annotations

import math
from collections import deque

import msgspec

SHRINK, GROW = 0.93, 1.05
"""The window's steps. Shrinking outruns growing, so that a process that is behind catches up soon."""
LOOKS = 4
"""Looks that are averaged: one pause of the machine is no overload."""
EXCESS = 1.15
"""What radios are to let through, in parts of what can be taken."""
STEPS = 0.1, 4.0
"""What is let through becomes at most this much less or more at a time: phones that were on their way already
are counted before a radio's new part shows."""
MARKED = 0.1
"""The part of all phones that must have been refused before radios are told of an overload."""
FEW = 10
"""Refusals that are not worth telling radios of."""
FADING = 0.97
"""How much of the most that could be taken is still believed a period later."""
CALM = 6
"""Periods in a row without a refusal and without a reduction after which an overload is over."""
LEAST_KEPT = 0.01
"""Radios can be told to keep away 99 of 100 (TS 38.413 9.3.1.106), not all."""


class OverloadLimits(msgspec.Struct, frozen=True, kw_only=True):
    """When an AMF counts as overloaded, and what refused phones are told. Times in seconds.

    `busy`: part of the time in which the process has work, `late`: lateness of the event loop; from either
    on less is taken on. `least`: how many new phones may be under way at once in any case. `back_off`: the
    range that T3346 is drawn from.
    """

    busy: float = 0.97
    late: float = 0.02
    least: int = 64
    back_off: tuple[int, int] = (60, 300)

    def __post_init__(self) -> None:
        """Raises ValueError for what can never work."""
        if not 0 < self.busy <= 1 or self.late <= 0:
            raise ValueError("what means overload is a part of the time up to 1, and a lateness above 0")
        if self.least < 1:
            raise ValueError("at least one phone must be let in")
        low, high = self.back_off
        if not 2 <= low <= high <= 186 * 60:
            raise ValueError("T3346 is from 2 s to 186 min (TS 24.008 10.5.7.4)")


class Window:
    """How many new phones may be under way at once: any number, until there is too much to do."""

    __slots__ = ("_limits", "_looks", "size")

    def __init__(self, limits: OverloadLimits) -> None:
        self._limits = limits
        self.size = math.inf
        self._looks = deque([(0.0, 0.0)] * LOOKS, LOOKS)

    @property
    def busy(self) -> float:
        """Part of the time in which there was work, lately."""
        return sum(busy for busy, _ in self._looks) / LOOKS

    @property
    def late(self) -> float:
        """How late the loop was lately, in seconds."""
        return sum(late for _, late in self._looks) / LOOKS

    def observe(self, busy: float, late: float, under_way: int) -> None:
        """A look: which part of the time since the last one there was work, and how late the loop is, in
        seconds, with how many under way."""
        limits = self._limits
        self._looks.append((busy, late))
        if self.busy > limits.busy or self.late > limits.late:
            self.size = max(min(self.size, under_way) * SHRINK, float(limits.least))
        else:
            self.size = self.size * GROW + 1


class Reduction:
    """Which part of the phones radios are to keep away.

    What can be taken is seen while phones must be refused: those that are finished. It is remembered, fading,
    for the time when too many are kept away.
    """

    __slots__ = ("_calm", "_kept", "_settling", "_takes", "active")

    def __init__(self) -> None:
        self.active = False
        """Whether radios have been told of an overload that is not over."""
        self._kept = 1.0
        self._takes = 0.0
        self._calm = 0
        self._settling = False

    @property
    def percent(self) -> int:
        """By how many percent to reduce, as radios are told: 1 to 99, and rather too few than too many."""
        return min(max(int((1 - self._kept) * 100), 1), 99)

    def judge(self, came: int, refused: int, finished: int) -> None:
        """A period is over: so many came, so many of these had to be refused, and with so many that had come
        before all was done."""
        self._takes = finished if refused else max(finished, self._takes * FADING)
        if not self.active:
            if refused < max(FEW, MARKED * came):
                return
            self.active = True
        if self._settling:  # radios have heard of it in the midst of this period
            self._settling = False
            return
        self._follow(came)
        self._calm = self._calm + 1 if self._kept == 1.0 and not refused else 0
        if self._calm == CALM:
            self.active, self._calm = False, 0

    def _follow(self, came: int) -> None:
        """Have radios let through what can be taken and a little more."""
        low, high = STEPS
        step = min(max(EXCESS * self._takes / came if came else high, low), high)
        before, self._kept = self._kept, min(max(self._kept * step, LEAST_KEPT), 1.0)
        if self._kept < 1:
            self._kept = 1 - self.percent / 100  # as radios understand it
        self._settling = self._kept < before
