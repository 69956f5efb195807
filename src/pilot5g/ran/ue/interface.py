"""A session's packets through an interface, TUN or TAP, made elsewhere or a stand-in (`link.PacketPort`).

Only packets from the session's own addresses, and from networks behind the phone, go up. A host's interface
also emits multicast and link-local chatter of its own (RFC 4861, RFC 3810); sent on, that would wake an idle
phone for nothing, and the network drops it anyway (TS 23.501 5.8.2). Frames of an Ethernet session all go up:
whoever sends them is as good as the phone (TS 23.501 5.6.10.2).
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from pilot5g.flow.link import PacketPort
from pilot5g.model import PduSessionType
from pilot5g.wire.ethernet import HEADER

if TYPE_CHECKING:
    from pilot5g.ran.ue.session import Session


class Interface:
    """Joins a session and a port until `detach`, or until the session is released."""

    __slots__ = ("_behind", "_frames", "_port", "_session", "_v4", "_v6", "strangers")

    def __init__(self, session: Session, port: PacketPort) -> None:
        """Raises ValueError for a session that is not established."""
        self._session = session
        self._port = port
        self._frames = session.kind is PduSessionType.ETHERNET
        self._v4 = session.ipv4.packed if session.ipv4 is not None else b""
        self._v6 = session.ipv6.packed[:8] if session.ipv6 is not None else b""
        self._behind = tuple(map(ip_network, session.phone.config.behind))
        self.strangers = 0
        """Packets the interface emitted that were not from the session's addresses."""
        session.on_address.append(self._addressed)
        session.on_released.append(self._released)
        session.receive_with(port.send_many)
        port.on_packets(self._up)

    @property
    def name(self) -> str:
        """The port's name."""
        return self._port.name

    def detach(self) -> None:
        """Leave both alone; the port stays open, it is its maker's."""
        self._session.receive_with(None)
        self._port.on_packets(_nowhere)
        if self._addressed in self._session.on_address:
            self._session.on_address.remove(self._addressed)
        if self._released in self._session.on_released:
            self._session.on_released.remove(self._released)

    def _up(self, packets: list[bytes]) -> None:
        ours = [p for p in packets if p and self._is_ours(p)]
        self.strangers += len(packets) - len(ours)
        if ours:
            self._session.send(ours)

    def _is_ours(self, packet: bytes) -> bool:
        if self._frames:
            return len(packet) >= HEADER
        if packet[0] >> 4 == 4:
            return packet[12:16] == self._v4 or self._is_behind(packet[12:16])
        return packet[8:16] == self._v6 != b"" or self._is_behind(packet[8:24])

    def _is_behind(self, source: bytes) -> bool:
        if not self._behind or len(source) not in (4, 16):
            return False
        address = ip_address(source)
        return any(address in network for network in self._behind)

    def _addressed(self, session: Session) -> None:
        self._v6 = session.ipv6.packed[:8] if session.ipv6 is not None else b""

    def _released(self, session: Session) -> None:
        self._port.on_packets(_nowhere)


def _nowhere(packets: list[bytes]) -> None:
    """A port whose session is gone: what it emits is lost."""
