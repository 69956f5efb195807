"""How long traffic is interrupted by handovers, as the phone's own applications see it.

A running ping or transfer has packets coming down all the time: what lies between the last one before a
handover and the first one after it is what its user notices. With pings that is up to the time between two of
them more.
"""

from __future__ import annotations

from pilot5g.flow.clock import now


class Meter:
    """Of one session, while somebody wants to know. `gaps` are in seconds, one for each handover."""

    __slots__ = ("_last", "_left", "gaps")

    def __init__(self) -> None:
        self.gaps: list[float] = []
        self._last: float | None = None
        self._left = False

    def packets(self) -> None:
        """Some came down."""
        at = now()
        if self._left and self._last is not None:
            self.gaps.append(at - self._last)
        self._left, self._last = False, at

    def left(self) -> None:
        """The phone leaves its cell: the next packet comes in another."""
        self._left = self._last is not None
