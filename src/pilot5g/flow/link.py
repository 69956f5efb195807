"""What carries octets, as core and radios see it: neither knows a socket.

`net` implements these over SCTP, UDP and TUN, and in memory with a seeded delay, loss and reordering for
tests. An association delivers messages in order per stream or goes down and says so (RFC 9260); a datagram
port may lose them; a packet port is an IP interface.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import msgspec

Address = tuple[str, int]
"""An IP address in text and a port."""

NGAP_PPID = 60
"""The SCTP payload protocol identifier of NGAP (TS 38.412 7)."""

NGAP_PORT = 38412
GTPU_PORT = 2152


class Association(Protocol):
    """One SCTP association, up until `on_down`."""

    @property
    def peer(self) -> Address:
        """The remote address and SCTP port."""
        ...

    @property
    def streams(self) -> int:
        """How many outbound streams were agreed; stream 0 is for non-UE signalling (TS 38.412 7)."""
        ...

    def send(self, data: bytes, stream: int) -> None:
        """Queue one message; before `on_up` it waits. On an association that is down this does nothing:
        `on_down` told so already."""
        ...

    def close(self) -> None:
        """Shut down gracefully once everything queued is acknowledged."""
        ...

    def abort(self) -> None:
        """End at once."""
        ...


class AssociationUser(Protocol):
    """The side above an association. A restart by the peer is `on_down` followed by `on_up` with a new one;
    `on_down` comes once, and never from within `abort`."""

    def on_up(self, association: Association) -> None: ...
    def on_message(self, association: Association, data: bytes, stream: int) -> None: ...
    def on_down(self, association: Association, reason: str) -> None: ...


class AssociationEndpoint(Protocol):
    """Where associations come from."""

    def listen(self, local: Address, user: AssociationUser) -> None:
        """Accept associations. Raises OSError where the address is not to be had."""
        ...

    def connect(self, local: Address, remote: Address, user: AssociationUser) -> Association:
        """Begin an association (local port 0: any); `on_up` or `on_down` says how it went."""
        ...

    async def close(self) -> None: ...


Datagram = tuple[bytes, Address]


class DatagramPort(Protocol):
    """A UDP socket. Receives in batches, so that one wake-up serves many packets."""

    @property
    def local(self) -> Address: ...
    def on_datagrams(self, receive: Callable[[list[Datagram]], None]) -> None:
        """Set the one receiver of batches."""
        ...

    def send(self, data: bytes, to: Address) -> None: ...
    def send_many(self, datagrams: Iterable[Datagram], marking: int = 0) -> None:
        """Send them, with `marking` as DSCP (RFC 2474)."""
        ...

    def close(self) -> None: ...


class PacketPort(Protocol):
    """An IP interface (TUN, or a stand-in): whole IPv4 and IPv6 packets, in batches."""

    @property
    def name(self) -> str: ...
    def on_packets(self, receive: Callable[[list[bytes]], None]) -> None: ...
    def send(self, packet: bytes) -> None: ...
    def send_many(self, packets: Iterable[bytes]) -> None: ...
    def close(self) -> None: ...


class TunnelEnds(msgspec.Struct, frozen=True):
    """Both ends of a gNB's N3 tunnel with one QoS flow: `local` is the gNB's address, `peer` the UPF's, at
    UDP port `port`."""

    local: str
    peer: str
    port: int
    uplink_teid: int
    downlink_teid: int
    qfi: int


class Bypass(Protocol):
    """A way for an emulated phone's packets past this process. What it cannot take still comes here."""

    def open(self, ends: TunnelEnds) -> None:
        """Take the packets of this tunnel, both ways, in place of any before."""
        ...

    def close(self) -> None:
        """Leave everything to this process."""
        ...

    @property
    def last(self) -> float:
        """When it last took a packet, on the loop's clock."""
        ...
