"""UDP in IPv4 and IPv6 (RFC 768, RFC 8200 8.1), for phones that live inside the process and for tests."""

from __future__ import annotations

from struct import Struct

import msgspec

from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.ip.packet import UDP, build, parse, transport_checksum

_HEADER = Struct("!HHHH")


class Datagram(msgspec.Struct, frozen=True):
    """A UDP datagram with its addresses as octets."""

    source: bytes
    source_port: int
    destination: bytes
    destination_port: int
    payload: bytes


def build_udp(datagram: Datagram) -> bytes:
    """The whole packet. Raises EncodeError."""
    size = 8 + len(datagram.payload)
    if size > 0xFFFF - 20:
        raise EncodeError(f"{len(datagram.payload)} octets do not fit a UDP datagram")
    start = _HEADER.pack(datagram.source_port, datagram.destination_port, size, 0)
    total = transport_checksum(datagram.source, datagram.destination, UDP, start + datagram.payload)
    # A checksum that comes out as 0 is sent as FFFF: 0 says "none" (RFC 768).
    segment = start[:6] + (total or 0xFFFF).to_bytes(2, "big") + datagram.payload
    return build(datagram.source, datagram.destination, UDP, segment)


def parse_udp(packet: bytes) -> Datagram | None:
    """The datagram in a packet; None where there is none, or a broken one. Never raises."""
    try:
        outer = parse(packet)
    except DecodeError:
        return None
    if outer.protocol != UDP or outer.fragment or len(outer.payload) < 8:
        return None
    source_port, destination_port, size, total = _HEADER.unpack_from(outer.payload)
    segment = outer.payload[:size]
    if not 8 <= size <= len(outer.payload) or (not total and outer.version == 6):
        return None
    if total and transport_checksum(outer.source, outer.destination, UDP, segment):
        return None
    return Datagram(outer.source, source_port, outer.destination, destination_port, segment[8:])
