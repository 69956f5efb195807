"""Packets of one turn of the loop, made fewer: what goes to the same association travels together.

The library sends each message at once, in a packet of its own. A packet costs a system call and a run of the
stack at both ends, far more than its octets do, and under load dozens leave within one turn of the loop. So
packets wait until what makes them is through, and those of an association become as few as the path carries.

Only packets of DATA, with or without a SACK that has no gaps, are joined: that is what flows while all is
well. Any other chunk leaves at once behind what waits, in its own packet (RFC 9260 6.10).
Within a packet the SACK comes first and DATA keeps its order; of several SACKs the last is sent, for
it says all that those before it said.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from pilot5g.flow.link import Address

DATA, SACK = 0, 3
HEADER, PLAIN_SACK = 12, 16
_HEAD = 8
"""Ports and verification tag: which association a packet is of."""
_UNSUMMED = bytes(4)

ENOUGH = 4
"""Packets made one, from which there is no more waiting: the peer is to have work meanwhile."""

Checksum = Callable[[bytes], bytes]
"""The CRC32c of a packet whose checksum field is zero, as that field is to be."""
Parts = tuple[bytes, bytes]
"""The SACK of a packet and its DATA chunks; either may be empty."""


class Sender(Protocol):
    """Where packets leave: `carrier.Carrier`."""

    largest: int
    """Octets of the longest packet."""

    def send(self, packet: Any, to: Address) -> None: ...


def divided(packet: bytes) -> Parts | None:
    """A packet that may be joined with others, in its parts; None for any other."""
    size, start = len(packet), HEADER
    if packet[HEADER] == SACK:
        if packet[HEADER + 2] or packet[HEADER + 3] != PLAIN_SACK:
            return None
        start += PLAIN_SACK
    at = start
    while at + 4 <= size:
        length = packet[at + 2] << 8 | packet[at + 3]
        if packet[at] != DATA or length < 4:
            return None
        at += (length + 3) & ~3
    return (packet[HEADER:start], packet[start:]) if at == size else None


class Parcel:
    """One packet in the making."""

    __slots__ = ("_data", "_only", "_size", "_to", "_via", "joined")

    def __init__(self, via: Sender, to: Address, packet: bytes, parts: Parts) -> None:
        self._via = via
        self._to = to
        self._only: bytes | None = packet
        self._size = len(packet)
        self.joined = 1
        self._data = [packet[:_HEAD], _UNSUMMED, *parts]

    def join(self, parts: Parts) -> bool:
        """Take one packet more; False where both would be more than the path carries."""
        sack, data = parts
        size = self._size + len(data) + (len(sack) if not self._data[2] else 0)
        if size > self._via.largest:
            return False
        self._size = size
        self._only = None
        self.joined += 1
        if sack:
            self._data[2] = sack
        self._data.append(data)
        return True

    def send(self, checksum: Checksum) -> None:
        """Let it go."""
        packet = self._only
        if packet is None:
            self._data[1] = checksum(b"".join(self._data))
            packet = b"".join(self._data)
        self._via.send(packet, self._to)


class Outbox:
    """What waits to be sent. `full`: it is time, a packet is as long as the path carries or has ENOUGH."""

    __slots__ = ("_checksum", "_open", "_parcels", "full")

    def __init__(self, checksum: Checksum) -> None:
        self._checksum = checksum
        self._parcels: list[Parcel] = []
        self._open: dict[tuple[int, bytes], Parcel] = {}
        self.full = False

    def __bool__(self) -> bool:
        return bool(self._parcels)

    def put(self, token: int, via: Sender, to: Address, packet: bytes) -> None:
        """Take a packet of the library's, common header first, to a peer that `token` stands for."""
        key = (token, packet[:_HEAD])
        parts = divided(packet)
        if parts is None:
            self.send()
            via.send(packet, to)
            return
        last = self._open.get(key)
        if last is not None and last.join(parts):
            self.full = self.full or last.joined == ENOUGH
            return
        self.full = self.full or last is not None
        self._open[key] = parcel = Parcel(via, to, packet, parts)
        self._parcels.append(parcel)

    def send(self) -> None:
        """Send everything."""
        parcels, self._parcels = self._parcels, []
        self._open.clear()
        self.full = False
        checksum = self._checksum
        for parcel in parcels:
            parcel.send(checksum)
