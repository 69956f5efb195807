"""What one data path may let pass for another one, which measures for both."""

from __future__ import annotations

import msgspec


class Allowance(msgspec.Struct, frozen=True):
    """Of a session with quotas: what may pass before who measures has to see a packet. Times are in seconds,
    points in time on the clock of the loop."""

    octets: int
    until: float
    idle: float
    """The longest pause between two packets."""
    last: float
    """When the last one passed."""
    shut: frozenset[int]
    """PDRs of which nothing may pass."""
