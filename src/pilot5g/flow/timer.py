"""Timers are data with their 3GPP name: settable, shown and logged by it.

A procedure gives a `Timer` to `ask`, which owns repetition and giving up. A supervision that outlives a
procedure (periodic registration, mobile reachable) is an `Alarm`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec


class Timer(msgspec.Struct, frozen=True):
    """How long a request is guarded and at which expiry it is given up.

    `seconds` per run; `expiries` runs in all (1: no repetition); `clause` says who asks for it.
    """

    name: str
    seconds: float
    expiries: int
    clause: str


def _table(*rows: Timer) -> Mapping[str, Timer]:
    return {row.name: row for row in rows}


DEFAULTS: Mapping[str, Timer] = _table(
    # AMF side 5GMM (TS 24.501 table 10.2.2)
    Timer("T3513", 2, 4, "TS 24.501 5.6.2.2.1"),  # paging; value and repetition are the network's choice
    Timer("T3522", 6, 5, "TS 24.501 5.5.2.3.5 a)"),
    Timer("T3550", 6, 5, "TS 24.501 5.5.1.2.8 c)"),
    Timer("T3555", 6, 5, "TS 24.501 5.4.4.6 b)"),
    Timer("T3560", 6, 5, "TS 24.501 5.4.1.3.7 b)"),
    Timer("T3570", 6, 5, "TS 24.501 5.4.3.6 b)"),
    Timer("T3512", 54 * 60, 1, "TS 24.501 5.3.7"),
    # phone side 5GMM (TS 24.501 table 10.2.1)
    Timer("T3247", 30 * 60, 1, "TS 24.501 5.3.20.1"),  # the least of it; the most is twice as long
    Timer("T3502", 12 * 60, 1, "TS 24.501 5.5.1.2.7"),
    Timer("T3510", 15, 1, "TS 24.501 5.5.1.2.7 c)"),
    Timer("T3511", 10, 1, "TS 24.501 5.5.1.2.7"),
    Timer("T3516", 30, 1, "TS 24.501 5.4.1.3.2"),
    Timer("T3517", 15, 1, "TS 24.501 5.6.1.7 a)"),
    Timer("T3519", 60, 1, "TS 24.501 5.4.1.3.2"),
    Timer("T3520", 15, 1, "TS 24.501 5.4.1.3.7 e)"),
    Timer("T3521", 15, 5, "TS 24.501 5.5.2.2.6 b)"),
    Timer("T3525", 60, 1, "TS 24.501 5.6.1.7 c)"),
    Timer("T3540", 10, 1, "TS 24.501 5.3.1.3"),
    # phone side 5GSM (TS 24.501 table 10.3.1)
    Timer("T3580", 16, 5, "TS 24.501 6.4.1.6 a)"),
    Timer("T3581", 16, 5, "TS 24.501 6.4.2.6 a)"),
    Timer("T3582", 16, 5, "TS 24.501 6.4.3.6 a)"),
    # SMF side 5GSM (TS 24.501 table 10.3.2)
    Timer("T3590", 15, 1, "TS 24.501 6.3.1"),
    Timer("T3591", 16, 5, "TS 24.501 6.3.2.5 a)"),
    Timer("T3592", 16, 5, "TS 24.501 6.3.3.5 a)"),
    # N4, both sides
    Timer("N4-T1", 2, 3, "TS 29.244 6.4"),  # T1, and N1 expiries; both are the network's choice
    # handover, at the source (TS 38.413 8.4.1, TS 38.423 8.2.1)
    Timer("TNGRELOCprep", 5, 1, "TS 38.413 8.4.1.2"),
    Timer("TNGRELOCoverall", 5, 1, "TS 38.413 8.4.1.2"),
    Timer("TXnRELOCprep", 2, 1, "TS 38.423 8.2.1.2"),
    Timer("TXnRELOCoverall", 5, 1, "TS 38.423 8.2.1.2"),
    # this program's own; their names begin with X
    Timer("X-N2", 10, 1, "the radio's answer to an NGAP request of class 1 (TS 38.413 8.1)"),
    Timer("X-N2-SETUP", 10, 3, "the AMF's answer to NG Setup (TS 38.413 8.7.1)"),
    Timer("X-HANDOVER", 10, 1, "the phone's arrival after a HANDOVER COMMAND (TS 23.502 4.9.1.3.3)"),
    Timer("X-FORWARDING", 2, 1, "after a handover, for what is still forwarded (TS 23.502 4.9.1.3.3 step 8)"),
    Timer("X-MOVED", 10, 1, "an AMF keeps what another should have it forget (TS 23.502 4.2.2.2.2 step 14d)"),
    Timer("X-RETRY", 1, 3, "before a radio in a handover is asked once more (TS 23.502 4.9.1.2.1)"),
    Timer("X-REACHABLE", 4 * 60, 1, "mobile reachable: what is added to T3512 (TS 24.501 5.3.7)"),
    Timer("X-IMPLICIT", 4 * 60, 1, "implicit deregistration after mobile reachable (TS 24.501 5.3.7)"),
    Timer("X-N4-HEARTBEAT", 10, 1, "between heartbeats of an SMF to its UPF (TS 29.244 6.2.2)"),
    Timer("X-N4-RETRY", 5, 1, "before an SMF asks its UPF for an association again (TS 29.244 6.2.6)"),
    Timer("X-N4-SETTLE", 30, 1, "before a new UPF forgets what nobody established again (TS 23.527 4.3.2)"),
    Timer("X-FORWARD", 1, 1, "packets are forwarded after a handover at most so long (TS 38.300 9.2.3.2.3)"),
    Timer("X-SEARCH", 10, 1, "between two looks of a phone for a suitable cell (TS 23.122 4.4.3.1)"),
    Timer("X-FORBIDDEN", 12 * 3600, 1, "a phone forgets forbidden tracking areas (TS 24.501 5.3.13)"),
    Timer("X-INACTIVE", 10, 1, "a phone without traffic is sent to idle by its gNB (TS 38.413 8.3.2)"),
)
"""Every timer by name with its default. Configuration overrides seconds (`timers: {T3560: 3}`)."""


class Timers:
    """The timers of one network: defaults with the configuration's values put over them."""

    def __init__(self, seconds: Mapping[str, float] | None = None) -> None:
        """`seconds` by timer name. Raises KeyError for a name that is not in DEFAULTS."""
        self._timers = dict(DEFAULTS)
        for name, value in (seconds or {}).items():
            known = DEFAULTS[name]
            self._timers[name] = Timer(known.name, value, known.expiries, known.clause)

    def __getitem__(self, name: str) -> Timer:
        return self._timers[name]


class Alarm:
    """One restartable supervision timer outside any procedure."""

    __slots__ = ("_queue", "_ring")

    def __init__(self) -> None:
        self._queue: Queue | None = None
        self._ring: Callable[[], None] | None = None

    def start(self, seconds: float, ring: Callable[[], None]) -> None:
        """(Re)start; `ring` is called once when the time is up."""
        self.stop()
        self._ring = ring
        self._queue = queue(seconds)
        self._queue.add(self)

    def stop(self) -> None:
        """It will not ring any more."""
        if self._queue is not None:
            self._queue.remove(self)
            self._queue = self._ring = None

    def expire(self) -> None:
        """The time is up."""
        ring, self._queue, self._ring = self._ring, None, None
        if ring is not None:
            ring()


class Expiring(Protocol):
    """What waits in a queue."""

    def expire(self) -> None:
        """The time is up; it is out of its queue."""
        ...


class Queue:
    """All that wait for one length of time on one loop, in the order in which their time is up.

    A timer of the loop for each would cost more than the rest of a wait, and half a kilobyte. Whoever begins
    to wait the same time later ends later, so a dictionary in the order of insertion is a queue from whose
    midst one can leave, and one timer of the loop, for the first, serves all of them.
    """

    __slots__ = ("_due", "_loop", "_ringing", "_seconds", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._loop = loop
        self._seconds = seconds
        self._due: dict[Expiring, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._ringing = False

    def add(self, waiting: Expiring) -> None:
        """`waiting.expire` is called when the time is up."""
        due = self._due[waiting] = self._loop.time() + self._seconds
        if self._timer is None and not self._ringing:
            self._timer = self._loop.call_at(due, self._ring)

    def remove(self, waiting: Expiring) -> None:
        """It no longer waits; no error where it did not."""
        if self._due.pop(waiting, None) is not None and not self._due and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def __len__(self) -> int:
        return len(self._due)

    def _ring(self) -> None:
        """The timer was for somebody who may have left since: then it is set for who is first now."""
        self._timer, self._ringing = None, True
        try:
            self._expire(self._loop.time() + TOLERANCE)
        finally:
            self._ringing = False
        if self._due:
            self._timer = self._loop.call_at(self._due[next(iter(self._due))], self._ring)

    def _expire(self, now: float) -> None:
        while self._due:
            first = next(iter(self._due))
            if self._due[first] > now:
                return
            del self._due[first]
            try:
                first.expire()
            except Exception as error:
                told = {"message": f"what waited {self._seconds} s failed", "exception": error}
                self._loop.call_exception_handler(told)


TOLERANCE = 1e-6
"""Seconds by which a sum of times on the clock may be off."""

MANY = 64
"""Lengths of time for which queues are kept without anybody waiting."""

_LOOPS: dict[asyncio.AbstractEventLoop, dict[float, Queue]] = {}


def queue(seconds: float) -> Queue:
    """The queue of the running loop for a length of time."""
    loop = asyncio.get_running_loop()
    queues = _LOOPS.get(loop)
    if queues is None:
        for other in [each for each in _LOOPS if each.is_closed()]:
            del _LOOPS[other]
        queues = _LOOPS[loop] = {}
    found = queues.get(seconds)
    if found is None:
        if len(queues) >= MANY:
            for length in [each for each, its in queues.items() if not its]:
                del queues[length]
        found = queues[seconds] = Queue(loop, seconds)
    return found
