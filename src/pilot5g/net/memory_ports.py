"""Datagram and packet ports in memory: `memory.py` makes them, and says how its networks work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Generic, TypeVar

from pilot5g.flow.link import Address, Datagram

if TYPE_CHECKING:
    from pilot5g.net.memory import MemoryNetwork

T = TypeVar("T")


class _Inbox(Generic[T]):
    """Gathers what arrives in one turn into one batch."""

    __slots__ = ("_batch", "_network", "receive")

    def __init__(self, network: MemoryNetwork) -> None:
        self._network = network
        self._batch: list[T] = []
        self.receive: Callable[[list[T]], None] | None = None

    def put(self, item: T) -> None:
        if not self._batch:
            self._network._batches.append(self._flush)
        self._batch.append(item)

    def _flush(self) -> None:
        batch, self._batch = self._batch, []
        if self.receive is not None:
            self.receive(batch)


class MemoryDatagramPort:
    """A UDP port (`flow.link.DatagramPort`)."""

    __slots__ = ("_inbox", "_local", "_network")

    def __init__(self, network: MemoryNetwork, local: Address) -> None:
        self._network = network
        self._local = local
        self._inbox: _Inbox[Datagram] = _Inbox(network)

    @property
    def local(self) -> Address:
        """The bound address."""
        return self._local

    def on_datagrams(self, receive: Callable[[list[Datagram]], None]) -> None:
        """Set the one receiver of batches; what arrives without one is lost."""
        self._inbox.receive = receive

    def send(self, data: bytes, to: Address) -> None:
        """Send one datagram; to an address nobody holds it is lost."""
        network = self._network
        if network._ports.get(self._local) is not self or network._is_cut(self._local[0], to[0]):
            return
        random = network._random
        for _ in range(2 if network.duplicate and random() < network.duplicate else 1):
            if network.loss and random() < network.loss:
                continue
            leg = network._leg()
            if network.reorder and random() < network.reorder:
                leg += 2 * (network.delay + network.jitter)
            network._after(leg, self._deliver, to, data)

    def send_many(self, datagrams: Iterable[Datagram], marking: int = 0) -> None:
        """Send several datagrams; nothing here looks at a DSCP."""
        for data, to in datagrams:
            self.send(data, to)

    def close(self) -> None:
        """Give the address back."""
        if self._network._ports.get(self._local) is self:
            del self._network._ports[self._local]

    def _deliver(self, to: Address, data: bytes) -> None:
        network = self._network
        port = network._ports.get(to)
        if port is None or port._inbox.receive is None:
            return
        if network.tap is not None:
            network.tap(network._now(), self._local, to, -1, data)
        port._inbox.put((data, self._local))


class MemoryPacketPort:
    """One end of a cable that carries IP packets (`flow.link.PacketPort`)."""

    __slots__ = ("_delay", "_inbox", "_name", "_network", "other")

    def __init__(self, network: MemoryNetwork, name: str, delay: float) -> None:
        self._network = network
        self._name = name
        self._delay = delay
        self.other: MemoryPacketPort | None = None
        self._inbox: _Inbox[bytes] = _Inbox(network)

    @property
    def name(self) -> str:
        """The interface's name."""
        return self._name

    def on_packets(self, receive: Callable[[list[bytes]], None]) -> None:
        """Set the one receiver of batches; what arrives without one is lost."""
        self._inbox.receive = receive

    def send(self, packet: bytes) -> None:
        """Send one packet; to a closed end it is lost."""
        self._network._after(self._delay, self._deliver, packet)

    def send_many(self, packets: Iterable[bytes]) -> None:
        """Send several packets."""
        for packet in packets:
            self.send(packet)

    def close(self) -> None:
        """Unplug: nothing is sent or received any more."""
        if self.other is not None:
            self.other.other = None
            self.other = None

    def _deliver(self, packet: bytes) -> None:
        other = self.other
        if other is not None and other._inbox.receive is not None:
            other._inbox.put(packet)
