"""Rates: what may pass now, and what waits for its turn.

A rate that only drops what is too much holds a TCP connection far below what it allows, unless it lets bursts
of a third of a second through. So what exceeds a rate waits, in a queue of its QoS flow and direction, until
every rate that it is subject to (its own, the session's, the UE's) has room for it. The queue is bounded, in
octets by what the rate carries in `DELAY` and in sum for all; what finds it full is dropped, which is what
tells TCP. Flows that share a rate take turns; those with a guaranteed rate come first.

A bucket is kept as the time at which it would be full again (GCRA). Its depth bridges the time until the loop
comes to a queue again, so that no late timer costs any rate.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from pilot5g.datapath.userspace.agenda import Agenda

BURST = 0.03
"""Seconds of its rate that a bucket holds."""
LEAST_BURST = 6_000
"""Octets that any bucket holds: four full packets."""
DELAY = 0.1
"""Seconds of its rate that a queue holds."""
LEAST_QUEUE, MOST_QUEUE = 22_500, 4_000_000
"""Octets that any queue holds, and that none exceeds."""
TICK = 0.001
"""Seconds: looking at a queue more often gains nothing."""


class Bucket:
    """One direction of a QER; of several QERs that are correlated."""

    __slots__ = ("__weakref__", "depth", "full_at", "per_octet", "qer_id", "rate", "uplink", "waiting")

    def __init__(self, rate: int, qer_id: int, *, uplink: bool) -> None:
        """`rate` in bit/s, above zero."""
        self.rate = rate
        self.qer_id = qer_id
        self.uplink = uplink
        self.per_octet = 8 / rate
        self.depth = max(BURST, LEAST_BURST * self.per_octet)
        self.full_at = 0.0
        self.waiting: tuple[Queue, ...] = ()
        """Queues that wait, and need it."""


def admit(buckets: tuple[Bucket, ...], size: int, now: float) -> bool:
    """Take `size` octets out of every bucket, or out of none where one has too few."""
    for bucket in buckets:
        start = bucket.full_at
        if start > now and start + size * bucket.per_octet - now > bucket.depth:
            return False
    for bucket in buckets:
        start = bucket.full_at if bucket.full_at > now else now
        bucket.full_at = start + size * bucket.per_octet
    return True


def passes(buckets: tuple[Bucket, ...], size: int, now: float, first: bool) -> bool:
    """May a packet go at once? Unless it goes `first`, not past others that wait for a rate which it needs as
    well. What goes is taken out of the buckets."""
    if len(buckets) > 1:
        if not first and any(bucket.waiting for bucket in buckets):
            return False
        return admit(buckets, size, now)
    bucket = buckets[0]
    if bucket.waiting and not first:
        return False
    full = bucket.full_at
    if full <= now:
        bucket.full_at = now + size * bucket.per_octet
        return True
    full += size * bucket.per_octet
    if full - now > bucket.depth:
        return False
    bucket.full_at = full
    return True


def room_at(buckets: tuple[Bucket, ...], size: int) -> float:
    """When every bucket has room for `size` octets. One that is full has room for any packet."""
    return max(
        min(bucket.full_at + size * bucket.per_octet - bucket.depth, bucket.full_at) for bucket in buckets
    )


class Queue:
    """Packets of one rule that wait for its rates."""

    __slots__ = ("bound", "buckets", "octets", "packets", "rank", "release", "served")

    def __init__(
        self, buckets: tuple[Bucket, ...], *, first: bool, release: Callable[[bytes, float], None]
    ) -> None:
        """`first`: before others. `release` sends a packet on its way."""
        rate = min(bucket.rate for bucket in buckets)
        self.buckets = buckets
        self.bound = min(max(rate * DELAY / 8, LEAST_QUEUE), MOST_QUEUE)
        self.packets: deque[bytes] = deque()
        self.octets = 0
        self.rank = 0 if first else 1
        self.release = release
        self.served = 0
        """Octets that were let go; of those that wait, who had least has the next turn."""

    def claim(self) -> tuple[int, int]:
        """What decides between queues: the least goes first."""
        return self.rank, self.served

    def short_of(self, now: float) -> list[Bucket]:
        """The buckets that have no room for the first packet."""
        size = len(self.packets[0])
        return [
            bucket
            for bucket in self.buckets
            if bucket.full_at > now and bucket.full_at + size * bucket.per_octet - now > bucket.depth
        ]


class Shaper:
    """The queues of a data path."""

    def __init__(self, agenda: Agenda, most: int) -> None:
        """`most`: octets that wait in all queues together."""
        self._agenda = agenda
        self._most = most
        self.octets = 0

    def put(self, queue: Queue, packet: bytes, now: float) -> bool:
        """Let a packet wait; False where there is no room for it."""
        size = len(packet)
        full = queue.octets + size > queue.bound and queue.octets
        if full or self.octets + size > self._most:
            return False
        queue.packets.append(packet)
        queue.octets += size
        self.octets += size
        if len(queue.packets) == 1:
            self._begin(queue, now)
        return True

    def _begin(self, queue: Queue, now: float) -> None:
        """A queue fills: who had nothing to send has not saved up any claim."""
        others = _rivals(queue)
        if others:
            queue.served = max(queue.served, min(other.served for other in others))
        for bucket in queue.buckets:
            bucket.waiting += (queue,)
        self._again(queue, now)

    def _again(self, queue: Queue, now: float) -> None:
        room = room_at(queue.buckets, len(queue.packets[0]))
        self._agenda.at(max(room, now + TICK), lambda then: self._serve(queue, then))

    def _serve(self, queue: Queue, now: float) -> None:
        """Let go what may go, of this queue and of those that share a rate with it, by turns."""
        if not queue.packets:
            return
        rivals = _rivals(queue)
        if rivals:
            while (chosen := _next([queue, *rivals], now)) is not None:
                self._let_go(chosen, now)
        else:
            while queue.packets and not queue.short_of(now):
                self._let_go(queue, now)
        if queue.packets:
            self._again(queue, now)

    def _let_go(self, queue: Queue, now: float) -> None:
        packet = queue.packets.popleft()
        size = len(packet)
        admit(queue.buckets, size, now)
        queue.served += size
        self._count_out(queue, size)
        queue.release(packet, now)

    def _count_out(self, queue: Queue, size: int) -> None:
        queue.octets -= size
        self.octets -= size
        if not queue.packets:
            for bucket in queue.buckets:
                bucket.waiting = tuple(other for other in bucket.waiting if other is not queue)

    def empty(self, queue: Queue) -> list[bytes]:
        """Everything that waits, taken out."""
        packets = list(queue.packets)
        queue.packets.clear()
        if packets:
            self._count_out(queue, queue.octets)
        return packets


def _rivals(queue: Queue) -> list[Queue]:
    """Who waits for a bucket of this queue's."""
    if all(not bucket.waiting or bucket.waiting == (queue,) for bucket in queue.buckets):
        return []
    found = {id(other): other for bucket in queue.buckets for other in bucket.waiting if other is not queue}
    return list(found.values())


def _next(group: list[Queue], now: float) -> Queue | None:
    """Whose packet goes now. What somebody with a better claim is short of is not taken from under him."""
    reserved: list[Bucket] = []
    for queue in sorted(group, key=Queue.claim):
        if not queue.packets:
            continue
        short = queue.short_of(now)
        if not short and not any(bucket in reserved for bucket in queue.buckets):
            return queue
        reserved += short
    return None
