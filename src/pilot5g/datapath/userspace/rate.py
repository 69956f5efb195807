"""Policing and metering: what a QER's rates and a URR count, per session and direction."""

from __future__ import annotations

from pilot5g.service.n4 import Usage

BURST = 0.3
"""Seconds of its rate that a bucket holds. TCP recovers a lost window no sooner than 200 ms after; a
shallower bucket holds it far below the rate it is allowed."""
LEAST_BURST = 15_000
"""Octets that any bucket holds: ten full packets."""
NO_THRESHOLD = 1 << 62


class Bucket:
    """A token bucket, kept as the time at which it would be full again (GCRA): one direction of a QER."""

    __slots__ = ("depth", "full_at", "per_octet", "qer_id", "rate", "uplink")

    def __init__(self, rate: int, qer_id: int, *, uplink: bool) -> None:
        """`rate` in bit/s, above zero."""
        self.rate = rate
        self.qer_id = qer_id
        self.uplink = uplink
        self.per_octet = 8 / rate
        self.depth = max(BURST, LEAST_BURST * self.per_octet)
        self.full_at = 0.0


def admit(buckets: tuple[Bucket, ...], size: int, now: float) -> bool:
    """Take `size` octets out of every bucket, or out of none where one has too few."""
    for bucket in buckets:
        start = bucket.full_at if bucket.full_at > now else now
        if start + size * bucket.per_octet - now > bucket.depth:
            return False
    for bucket in buckets:
        start = bucket.full_at if bucket.full_at > now else now
        bucket.full_at = start + size * bucket.per_octet
    return True


class Meter:
    """What one URR measured since its last report."""

    __slots__ = ("downlink", "downlink_packets", "threshold", "uplink", "uplink_packets", "urr_id")

    def __init__(self, urr_id: int) -> None:
        self.urr_id = urr_id
        self.threshold = NO_THRESHOLD
        self.uplink = self.downlink = self.uplink_packets = self.downlink_packets = 0

    def add(self, size: int, *, uplink: bool) -> bool:
        """Count a packet; is a report due?"""
        if uplink:
            self.uplink += size
            self.uplink_packets += 1
        else:
            self.downlink += size
            self.downlink_packets += 1
        return self.uplink + self.downlink >= self.threshold

    def due(self) -> bool:
        """Has the threshold been reached? (TS 29.244 5.2.2.3.1, total volume)."""
        return self.uplink + self.downlink >= self.threshold

    def take(self) -> Usage:
        """The usage, and begin again."""
        usage = Usage(self.urr_id, self.uplink, self.downlink, self.uplink_packets, self.downlink_packets)
        self.uplink = self.downlink = self.uplink_packets = self.downlink_packets = 0
        return usage
