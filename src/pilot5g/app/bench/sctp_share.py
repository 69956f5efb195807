"""How much of a core's CPU time its SCTP in user space takes, which a kernel with SCTP would not show there.

Every call into the library and every system call that sends or receives a packet goes through a counter;
each 17th (no pattern of calls repeats with that) is timed on the thread's CPU clock and counts for as many.
So measuring costs little, and time that other processes take does not count. The Python around the library is
the core's own: it is needed with a kernel's SCTP as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from pilot5g.net.sctp.carrier import Carrier
from pilot5g.net.sctp.stack import Stack

EVERY = 17
CALLS = ("input", "send", "receive", "handle_timers")


class SctpShare:
    """Meters a stack from now on; `seconds` is the estimate so far."""

    def __init__(self, clock: Callable[[], float] = time.thread_time) -> None:
        self.seconds = 0.0
        self._clock = clock
        self._looking = min(-(clock() - clock()) for _ in range(200))
        """What reading the clock twice takes by itself."""

    def attach(self, stack: Stack) -> None:
        """Measure this stack and the carriers it has."""
        for name in CALLS:
            setattr(stack.library, name, self.metered(getattr(stack.library, name)))
        for carrier in stack.carriers():
            self._carrier(carrier)

    def _carrier(self, carrier: Carrier) -> None:
        for name in ("receive", "send"):
            setattr(carrier, name, self.metered(getattr(carrier, name)))

    def metered(self, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, now and then timed. It may raise: a receive with nothing there does."""
        clock, looking, count = self._clock, self._looking, 0

        def through(*arguments: Any) -> Any:
            nonlocal count
            count += 1
            if count % EVERY:
                return call(*arguments)
            began = clock()
            try:
                return call(*arguments)
            finally:
                self.seconds += max(0.0, clock() - began - looking) * EVERY

        return through
