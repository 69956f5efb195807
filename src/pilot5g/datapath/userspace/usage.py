"""What passed: volumes and times by URR, thresholds and quotas, and when a session was last used."""

from __future__ import annotations

from collections.abc import Callable

from pilot5g.service.n4 import Trigger, Urr, Usage

FOREVER = float("inf")
NO_LIMIT = 1 << 62

COUNTED, DUE, REFUSED, WOKEN = range(4)
"""What a meter says of a packet: counted; counted, and a report is due; the quota is used up; the first one
after a pause, so a time begins to run."""


class Meter:
    """What one URR measured since its last report, and what is left of its quotas (TS 29.244 5.2.2)."""

    __slots__ = (
        "downlink",
        "downlink_packets",
        "last",
        "limit",
        "recall",
        "running",
        "seconds",
        "seconds_left",
        "shut",
        "timed",
        "uplink",
        "uplink_packets",
        "urr",
        "volume_left",
    )

    def __init__(self, urr: Urr) -> None:
        self.seconds = 0.0
        self.last: float | None = None
        self.running = False
        """Is somebody going to look at the time?"""
        self.recall: Callable[[], None] | None = None
        """Where something is lent to who else forwards: to be called before anything more is measured."""
        self.uplink = self.downlink = self.uplink_packets = self.downlink_packets = 0
        self.rule(urr)

    def rule(self, urr: Urr) -> None:
        """Measure by this rule from now on: its quotas are new ones, what was measured stays."""
        self.urr = urr
        total = self.uplink + self.downlink
        self.volume_left: int = NO_LIMIT if urr.volume_quota is None else urr.volume_quota + total
        """Until the quota ends, from the last report on."""
        self.seconds_left: float = FOREVER if urr.time_quota is None else urr.time_quota
        self.timed = urr.time_threshold is not None or urr.time_quota is not None
        self.shut = urr.volume_quota == 0 or urr.time_quota == 0
        self._set_limit()

    def _set_limit(self) -> None:
        """The volume at which there is something to report."""
        threshold = NO_LIMIT if self.urr.threshold is None else self.urr.threshold
        self.limit = min(threshold, self.volume_left)

    def add(self, size: int, now: float, uplink: bool, packets: int = 1) -> int:
        """Count a packet, or the octets of several, and say what comes of it."""
        if self.recall is not None:
            recall, self.recall = self.recall, None
            recall()
        if self.shut:
            return REFUSED
        if uplink:
            self.uplink += size
            self.uplink_packets += packets
        else:
            self.downlink += size
            self.downlink_packets += packets
        if self.timed:
            return self._add_timed(now)
        if self.uplink + self.downlink < self.limit:
            return COUNTED
        self.shut = self.uplink + self.downlink >= self.volume_left
        return DUE

    def passed(self, size: int, now: float, uplink: bool, packets: int) -> int:
        """Count what has passed elsewhere, though it be more than the quota."""
        recall, self.recall = self.recall, None
        shut, self.shut = self.shut, False
        outcome = self.add(size, max(now, self.last or 0.0), uplink, packets)
        self.recall, self.shut = recall, self.shut or shut
        return outcome

    @property
    def limited(self) -> bool:
        """Does it have to see the packet that reaches its limit?"""
        urr = self.urr
        return self.timed or urr.volume_quota is not None

    def _add_timed(self, now: float) -> int:
        self.pass_time(now)
        if self.uplink + self.downlink >= self.limit or self.due_in() <= 0:
            self.shut = self.uplink + self.downlink >= self.volume_left or self.seconds_left <= 0
            return DUE
        if self.running or self.urr.inactivity is not None:
            return COUNTED  # how much of a pause counts is known at its end
        self.running = True
        return WOKEN

    def pass_time(self, now: float) -> None:
        """Count the time since the last packet, where it was no pause."""
        last, self.last = self.last, now
        if last is not None and (self.urr.inactivity is None or now - last <= self.urr.inactivity):
            self.seconds += now - last
            self.seconds_left -= now - last

    def due_in(self) -> float:
        """Seconds of measured time until a report, as things stand."""
        threshold = FOREVER if self.urr.time_threshold is None else self.urr.time_threshold
        return min(threshold - self.seconds, self.seconds_left)

    def tick(self, now: float) -> float | None:
        """Count the time that runs; when to look again, or None where the quota stopped it."""
        if self.shut:
            self.running = False
            return None
        self.pass_time(now)
        return now + max(self.due_in(), 0.0)

    def why(self) -> Trigger | None:
        """What there is to report now; a quota that is used up shuts (5.2.2.2.1)."""
        total = self.uplink + self.downlink
        if total >= self.volume_left:
            self.shut = True
            return Trigger.VOLUME_QUOTA
        if self.seconds_left <= 0:
            self.shut = True
            return Trigger.TIME_QUOTA
        if self.urr.threshold is not None and total >= self.urr.threshold:
            return Trigger.VOLUME_THRESHOLD
        if self.urr.time_threshold is not None and self.seconds >= self.urr.time_threshold:
            return Trigger.TIME_THRESHOLD
        return None

    def take(self, trigger: Trigger | None = None) -> Usage:
        """The usage, and begin again; quotas go on."""
        seconds = int(self.seconds)
        usage = Usage(
            self.urr.urr_id,
            self.uplink,
            self.downlink,
            self.uplink_packets,
            self.downlink_packets,
            seconds,
            trigger,
        )
        if self.volume_left != NO_LIMIT:
            self.volume_left -= self.uplink + self.downlink
        self.seconds -= seconds
        self.uplink = self.downlink = self.uplink_packets = self.downlink_packets = 0
        self._set_limit()
        return usage


class Activity:
    """When a session was last used."""

    __slots__ = ("last", "running", "seconds")

    def __init__(self, seconds: int, now: float) -> None:
        self.seconds = seconds
        self.last = now
        self.running = True
        """Is somebody going to look?"""

    def passed(self, size: int, now: float, uplink: bool, packets: int) -> int:
        """Packets passed elsewhere."""
        return self.add(size, now, uplink, packets)

    def add(self, size: int, now: float, uplink: bool, packets: int = 1) -> int:
        """A packet passed."""
        self.last = now
        if self.running:
            return COUNTED
        self.running = True
        return WOKEN
