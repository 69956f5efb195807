"""Links in memory: associations, datagram ports and packet ports between objects of one process.

Every flow test runs over these, on the virtual clock, so what a link may do to a message is done here, from
a seed: delay, reordering, loss, duplication, a cable that is cut, a peer that dies without a word. The same
seed and the same sends give the same deliveries at the same instants.

All deliveries of a network wait in one heap ordered by (instant, sequence number), and one loop timer waits
for its top: a message costs a push and a pop, no task and no timer of its own, and ties keep the order of
sending, which the loop's own timers do not promise.

An association behaves as SCTP does (RFC 9260): each stream is in order, streams overtake each other, a lost
packet shows only as the delay of its retransmission.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from heapq import heappop, heappush
from math import inf
from random import Random  # noqa: TID251 - private, always seeded: it draws delays of a simulated link, no keys
from typing import Any

from pilot5g.flow.link import Address, Association, AssociationUser
from pilot5g.net.memory_ports import MemoryDatagramPort, MemoryPacketPort

Tap = Callable[[float, Address, Address, int, bytes], None]
"""Sees every delivery: loop time, from, to, stream (-1 for a datagram), octets."""

_ANY = ("0.0.0.0", "::", "")
_FIRST_EPHEMERAL = 49152
_RTO = 0.2


class MemoryNetwork:
    """Everything that connects the endpoints and ports made by it.

    Times are in seconds. A message takes `delay` and up to `jitter` more; `loss`, `duplicate` and `reorder`
    are probabilities per message. A lost message of an association arrives a retransmission later, a lost
    datagram never; a reordered datagram takes a further two delays and jitters. `dead_after` is how long an
    association needs to notice that its peer has gone without a word.
    """

    def __init__(
        self,
        seed: int,
        *,
        delay: float = 0.001,
        jitter: float = 0.0,
        loss: float = 0.0,
        duplicate: float = 0.0,
        reorder: float = 0.0,
        dead_after: float = 5.0,
        streams: int = 16,
        tap: Tap | None = None,
    ) -> None:
        self.delay = delay
        self.jitter = jitter
        self.loss = loss
        self.duplicate = duplicate
        self.reorder = reorder
        self.dead_after = dead_after
        self.streams = streams
        self.tap = tap
        self._random = Random(seed).random
        self._agenda: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._sequence = 0
        self._timer: asyncio.TimerHandle | None = None
        self._armed = inf
        self._loop: asyncio.AbstractEventLoop | None = None
        self._batches: list[Callable[[], None]] = []
        self._listeners: dict[Address, tuple[MemoryEndpoint, AssociationUser]] = {}
        self._associations: dict[tuple[Address, Address], MemoryAssociation] = {}
        self._ports: dict[Address, MemoryDatagramPort] = {}
        self._cuts: set[frozenset[str]] = set()
        self._ephemeral = _FIRST_EPHEMERAL

    # -- what is made of it

    def endpoint(self) -> MemoryEndpoint:
        """A source of associations. One per process that a test plays."""
        return MemoryEndpoint(self)

    def datagram_port(self, local: Address) -> MemoryDatagramPort:
        """A UDP port (port 0: any free one). Raises OSError where the address is taken."""
        if not local[1]:
            local = (local[0], self._free_port(local[0]))
        if local in self._ports:
            raise OSError(errno.EADDRINUSE, f"{local[0]}:{local[1]} is in use")
        port = self._ports[local] = MemoryDatagramPort(self, local)
        return port

    def packet_pair(
        self, names: tuple[str, str] = ("memory0", "memory1"), *, delay: float = 0.0
    ) -> tuple[MemoryPacketPort, MemoryPacketPort]:
        """Two interfaces joined by a perfect cable: what one sends the other receives, in order."""
        left, right = MemoryPacketPort(self, names[0], delay), MemoryPacketPort(self, names[1], delay)
        left.other, right.other = right, left
        return left, right

    # -- what may happen to it

    def cut(self, a: str, b: str, *, noticed: float = 0.0) -> None:
        """Cut the cable between two hosts: associations go down `noticed` seconds later, datagrams vanish."""
        pair = frozenset((a, b))
        self._cuts.add(pair)
        for (local, peer), association in list(self._associations.items()):
            if frozenset((local[0], peer[0])) == pair:
                association._deaf = True
                self._after(noticed, association._end, "the peer is unreachable")

    def heal(self, a: str, b: str) -> None:
        """Mend the cable. What went down stays down until somebody connects."""
        self._cuts.discard(frozenset((a, b)))

    def close(self) -> None:
        """Drop everything still under way; no timer remains."""
        self._agenda.clear()
        if self._timer is not None:
            self._timer.cancel()
            self._timer, self._armed = None, inf

    # -- the agenda

    def _now(self) -> float:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop.time()

    def _after(self, seconds: float, call: Callable[..., None], *arguments: Any) -> None:
        self._at(self._now() + seconds, call, *arguments)

    def _at(self, when: float, call: Callable[..., None], *arguments: Any) -> None:
        self._sequence += 1
        heappush(self._agenda, (when, self._sequence, call, arguments))
        if when < self._armed:
            self._arm(when)

    def _arm(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        self._armed = when
        self._timer = self._loop.call_at(when, self._run)

    def _run(self) -> None:
        """Deliver what is due; what that brings about for this instant waits a turn of the loop."""
        agenda, limit = self._agenda, max(self._armed, self._now())
        self._timer, self._armed = None, -inf  # nothing arms it before the end of this turn
        due = []
        while agenda and agenda[0][0] <= limit:
            due.append(heappop(agenda))
        for _, _, call, arguments in due:
            self._guard(call, arguments)
        batches, self._batches = self._batches, []
        for deliver in batches:
            self._guard(deliver, ())
        self._armed = inf
        if agenda:
            self._arm(agenda[0][0])

    def _guard(self, call: Callable[..., None], arguments: tuple[Any, ...]) -> None:
        try:
            call(*arguments)
        except Exception as error:  # a user's bug must not cost the other deliveries of this turn
            assert self._loop is not None
            self._loop.call_exception_handler({"message": "a receiver failed", "exception": error})

    # -- the weather

    def _leg(self) -> float:
        """One packet's way, without loss."""
        return self.delay + self.jitter * self._random() if self.jitter else self.delay

    def _reliable_leg(self) -> float:
        """One packet's way, retransmissions included (RFC 9260 6.3.3: the timeout doubles)."""
        leg, wait = self._leg(), _RTO
        while self.loss and self._random() < self.loss and wait < self.dead_after:
            leg += wait
            wait *= 2
        return leg

    def _is_cut(self, a: str, b: str) -> bool:
        return bool(self._cuts) and frozenset((a, b)) in self._cuts

    def _listener(self, address: Address) -> tuple[MemoryEndpoint, AssociationUser] | None:
        for host in (address[0], *_ANY):
            found = self._listeners.get((host, address[1]))
            if found is not None:
                return found
        return None

    def _free_port(self, host: str) -> int:
        while True:
            self._ephemeral = port = self._ephemeral + 1 if self._ephemeral < 65535 else _FIRST_EPHEMERAL
            taken = (host, port) in self._ports or any(
                local == (host, port) for local, _ in self._associations
            )
            if not taken:
                return port


class MemoryAssociation:
    """One end of an association (`flow.link.Association`)."""

    __slots__ = (
        "_closing", "_deaf", "_down", "_endpoint", "_floor", "_last", "_local", "_network", "_other", "_peer",
        "_unsent", "_up", "_user",
    )  # fmt: skip

    def __init__(
        self, endpoint: MemoryEndpoint, local: Address, peer: Address, user: AssociationUser
    ) -> None:
        self._endpoint = endpoint
        self._network = endpoint._network
        self._local = local
        self._peer = peer
        self._user = user
        self._other: MemoryAssociation | None = None
        self._up = self._down = self._closing = self._deaf = False
        self._unsent: list[tuple[bytes, int]] = []
        self._last: dict[int, float] = {}
        self._floor = 0.0
        self._network._associations[local, peer] = self
        endpoint._associations.add(self)

    @property
    def peer(self) -> Address:
        """The remote address and SCTP port."""
        return self._peer

    @property
    def streams(self) -> int:
        """How many outbound streams there are."""
        return self._network.streams

    def send(self, data: bytes, stream: int) -> None:
        """Queue one message; what is sent before the association is up goes out when it is."""
        network, other = self._network, self._other
        if not 0 <= stream < network.streams:
            raise ValueError(f"stream {stream} of {network.streams}")
        if self._closing or self._down:
            return
        if not self._up or other is None:
            self._unsent.append((data, stream))
            return
        when = max(network._now() + network._reliable_leg(), self._floor, self._last.get(stream, 0.0))
        self._last[stream] = when
        network._at(when, other._arrive, data, stream)

    def close(self) -> None:
        """Shut down gracefully: both ends go down once everything sent has arrived."""
        other = self._other
        if self._closing or self._down:
            return
        if other is None or not self._up:
            self.abort()
            return
        self._closing = True
        network = self._network
        network._at(max(network._now() + network._reliable_leg(), self._latest()), other._shut)

    def abort(self) -> None:
        """End at once; what is under way in either direction is lost."""
        if self._down or self._deaf:
            return
        self._closing = self._deaf = True
        network = self._network
        network._after(0.0, self._end, "aborted here")
        if self._other is not None:
            when = max(network._now() + network._leg(), self._floor)
            network._at(when, self._other._end, "aborted by the peer")

    def _latest(self) -> float:
        return max(self._last.values(), default=self._floor)

    def _arrive(self, data: bytes, stream: int) -> None:
        if self._down or self._deaf:
            return
        if self._network.tap is not None:
            self._network.tap(self._network._now(), self._peer, self._local, stream, data)
        self._user.on_message(self, data, stream)

    def _establish(self) -> None:
        """The connecting end has its COOKIE ACK (RFC 9260 5.1)."""
        if self._down or self._deaf:
            return
        self._up = True
        unsent, self._unsent = self._unsent, []
        for data, stream in unsent:
            self.send(data, stream)
        self._user.on_up(self)

    def _shut(self) -> None:
        """The peer's SHUTDOWN: what this end has under way still arrives, then the peer is down too."""
        network, other = self._network, self._other
        if self._down or self._deaf or other is None:
            return
        network._at(max(network._now() + network._leg(), self._latest()), other._end, "shut down")
        self._end("shut down by the peer")

    def _end(self, reason: str) -> None:
        if self._forget():
            self._user.on_down(self, reason)

    def _forget(self) -> bool:
        """Be down without a word; False where it was already."""
        if self._down:
            return False
        self._down = True
        self._unsent.clear()
        if self._network._associations.get((self._local, self._peer)) is self:
            del self._network._associations[self._local, self._peer]
        self._endpoint._associations.discard(self)
        self._endpoint._check_empty()
        return True


class MemoryEndpoint:
    """Where a process of the test gets its associations (`flow.link.AssociationEndpoint`)."""

    def __init__(self, network: MemoryNetwork) -> None:
        self._network = network
        self._associations: set[MemoryAssociation] = set()
        self._empty: asyncio.Future[None] | None = None

    def listen(self, local: Address, user: AssociationUser) -> None:
        """Accept associations at `local`. Raises OSError where the address is taken."""
        if local in self._network._listeners:
            raise OSError(errno.EADDRINUSE, f"{local[0]}:{local[1]} is in use")
        self._network._listeners[local] = (self, user)

    def connect(self, local: Address, remote: Address, user: AssociationUser) -> Association:
        """Begin an association. Raises OSError where the local address is taken."""
        network = self._network
        if not local[1]:
            local = (local[0], network._free_port(local[0]))
        if (local, remote) in network._associations:
            raise OSError(errno.EADDRINUSE, f"{local[0]}:{local[1]} is in use")
        association = MemoryAssociation(self, local, remote, user)
        legs = network._reliable_leg() + network._leg() + network._reliable_leg()
        network._after(legs, self._accept, association, network._now())
        return association

    async def close(self) -> None:
        """Stop listening, shut every association down, and abort those that do not end in time."""
        self._stop_listening()
        for graceful in (True, False):
            for association in self._ordered():
                if graceful:
                    association.close()
                else:
                    association._end("aborted here")
            if self._associations:
                self._empty = asyncio.get_running_loop().create_future()
                await asyncio.wait((self._empty,), timeout=self._network.dead_after)

    def crash(self) -> None:
        """Die as a killed process does: no word to anybody, the peers notice after `dead_after`."""
        self._stop_listening()
        for association in self._ordered():
            association._forget()
            other = association._other
            if other is not None:
                self._network._after(self._network.dead_after, other._end, "the peer does not answer")

    def _stop_listening(self) -> None:
        listeners = self._network._listeners
        for address in [address for address, (endpoint, _) in listeners.items() if endpoint is self]:
            del listeners[address]

    def _ordered(self) -> list[MemoryAssociation]:
        """In an order that does not hang on object addresses, or a replay would differ."""
        return sorted(self._associations, key=lambda association: (association._local, association._peer))

    def _check_empty(self) -> None:
        if self._empty is not None and not self._associations and not self._empty.done():
            self._empty.set_result(None)

    def _accept(self, caller: MemoryAssociation, since: float) -> None:
        """The caller's COOKIE ECHO arrives at the listener (RFC 9260 5.1), or there is none."""
        network, local, remote = self._network, caller._local, caller._peer
        if caller._down or caller._deaf:
            return
        if network._is_cut(local[0], remote[0]):
            network._at(since + network.dead_after, caller._end, "the peer does not answer")
            return
        found = network._listener(remote)
        if found is None:
            network._after(network._leg(), caller._end, "refused: nobody listens there")
            return
        before = network._associations.get((remote, local))
        if before is not None:
            before._end("restarted by the peer")  # RFC 9260 5.2.4.1
        endpoint, user = found
        callee = MemoryAssociation(endpoint, remote, local, user)
        callee._other, caller._other = caller, callee
        callee._up = True
        callee._floor = network._now() + network._reliable_leg()
        network._at(callee._floor, caller._establish)
        user.on_up(callee)
