"""IPv4 and IPv6 headers (RFC 791, RFC 8200): parse, build, checksum, and the look a filter takes.

`version`, `source` and `destination` never raise: they say 0 and b"" of what is no IP packet, because they
are asked about every packet of a stranger.
"""

from __future__ import annotations

import functools
import ipaddress
from struct import Struct

import msgspec

from pilot5g.wire.errors import DecodeError, EncodeError

ICMP, TCP, UDP, ICMPV6 = 1, 6, 17, 58
FRAGMENT = 44
_EXTENSIONS = frozenset((0, 43, 60, 135))
"""Hop-by-hop, routing, destination options, mobility: headers with a length of their own (RFC 8200 4)."""
_WITH_PORTS = frozenset((TCP, UDP, 33, 132, 136))
"""TCP, UDP, DCCP, SCTP, UDP-Lite: source and destination port come first."""

IPV4_HEADER = 20
IPV6_HEADER = 40
DONT_FRAGMENT = 0x4000
MORE_OR_OFFSET = 0x3FFF

_IPV4 = Struct("!BBHHHBBH4s4s")
_IPV6 = Struct("!IHBB16s16s")
_PORTS = Struct("!HH")


class IpPacket(msgspec.Struct, frozen=True, kw_only=True):
    """What an IP packet says. `protocol` and `payload` follow any IPv6 extension headers.

    `fragment` is True for all but whole packets: their payload is a piece.
    """

    source: bytes
    destination: bytes
    protocol: int
    payload: bytes
    hop_limit: int = 64
    fragment: bool = False

    @property
    def version(self) -> int:
        return 4 if len(self.source) == 4 else 6


class Flow(msgspec.Struct, frozen=True):
    """What filters look at. Ports are None where the packet shows none (other protocols, later fragments)."""

    source: bytes
    destination: bytes
    protocol: int
    source_port: int | None
    destination_port: int | None


@functools.lru_cache(maxsize=1024)
def pack(address: str) -> bytes:
    """An address in text as octets. Raises ValueError."""
    return (ipaddress.IPv6Address if ":" in address else ipaddress.IPv4Address)(address).packed


def text(address: bytes) -> str:
    """4 or 16 octets as text. Raises ValueError."""
    if len(address) == 4:
        return f"{address[0]}.{address[1]}.{address[2]}.{address[3]}"
    return str(ipaddress.ip_address(address))


def link_local(identifier: bytes) -> bytes:
    """fe80::/64 with this interface identifier of 8 octets (RFC 4291 2.5.6)."""
    return b"\xfe\x80" + bytes(6) + identifier


def interface_identifier(address: bytes) -> bytes:
    """The last 8 octets of an IPv6 address (RFC 4291 2.5.1)."""
    return address[8:]


def version(packet: bytes) -> int:
    """4 or 6; 0 for what is neither or too short for its header."""
    size = len(packet)
    first = packet[0] >> 4 if size else 0
    if first == 4 and size >= IPV4_HEADER:
        return 4
    if first == 6 and size >= IPV6_HEADER:
        return 6
    return 0


def source(packet: bytes) -> bytes:
    """The source address, b"" where this is no IP packet."""
    which = version(packet)
    return packet[12:16] if which == 4 else packet[8:24] if which == 6 else b""


def destination(packet: bytes) -> bytes:
    """The destination address, b"" where this is no IP packet."""
    which = version(packet)
    return packet[16:20] if which == 4 else packet[24:40] if which == 6 else b""


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071), 0 over data that contains a right one.

    The one's complement sum of 16-bit words is the number modulo 65535, in which 0 of anything but zeros is
    written FFFF.
    """
    number = int.from_bytes(data if len(data) % 2 == 0 else data + b"\0", "big")
    total = number % 0xFFFF
    return 0xFFFF if not number else 0xFFFF - (total or 0xFFFF)


def transport_checksum(source: bytes, destination: bytes, protocol: int, segment: bytes) -> int:
    """The checksum over pseudo header and segment (RFC 768, RFC 8200 8.1)."""
    if len(source) == 4:
        pseudo = source + destination + bytes((0, protocol)) + len(segment).to_bytes(2, "big")
    else:
        pseudo = source + destination + len(segment).to_bytes(4, "big") + bytes((0, 0, 0, protocol))
    return checksum(pseudo + segment)


def build(source: bytes, destination: bytes, protocol: int, payload: bytes, *, hop_limit: int = 64) -> bytes:
    """A whole packet of the family of its addresses, IPv4 with DF set. Raises EncodeError."""
    if len(source) != len(destination) or len(source) not in (4, 16):
        raise EncodeError("source and destination are two IPv4 or two IPv6 addresses")
    if len(payload) > 0xFFFF - IPV4_HEADER:
        raise EncodeError(f"{len(payload)} octets do not fit an IP packet")
    if len(source) == 16:
        return _IPV6.pack(6 << 28, len(payload), protocol, hop_limit, source, destination) + payload
    size = IPV4_HEADER + len(payload)
    header = _IPV4.pack(0x45, 0, size, 0, DONT_FRAGMENT, hop_limit, protocol, 0, source, destination)
    return header[:10] + checksum(header).to_bytes(2, "big") + header[12:] + payload


def parse(packet: bytes) -> IpPacket:
    """The packet's header and payload, octets beyond its length left off. Raises DecodeError."""
    which = version(packet)
    if which == 4:
        return _parse_ipv4(packet)
    if which == 6:
        return _parse_ipv6(packet)
    raise DecodeError(f"{len(packet)} octets are no IP packet", 0)


def _parse_ipv4(packet: bytes) -> IpPacket:
    first, _, total, _, fragment, ttl, protocol, _, source, destination = _IPV4.unpack_from(packet)
    header = (first & 15) * 4
    if not IPV4_HEADER <= header <= total <= len(packet):
        raise DecodeError(f"IPv4 lengths disagree: header {header}, total {total}, have {len(packet)}", 2)
    return IpPacket(
        source=source,
        destination=destination,
        protocol=protocol,
        payload=packet[header:total],
        hop_limit=ttl,
        fragment=bool(fragment & MORE_OR_OFFSET),
    )


def _parse_ipv6(packet: bytes) -> IpPacket:
    _, length, _, hop_limit, source, destination = _IPV6.unpack_from(packet)
    end = IPV6_HEADER + length
    if end > len(packet):
        raise DecodeError(f"IPv6 payload length {length} exceeds the packet", 4)
    protocol, offset, fragment, _ = _upper_layer(packet, end)
    return IpPacket(
        source=source,
        destination=destination,
        protocol=protocol,
        payload=packet[offset:end],
        hop_limit=hop_limit,
        fragment=fragment,
    )


def _upper_layer(packet: bytes, end: int) -> tuple[int, int, bool, bool]:
    """Protocol, its offset, whether this is a fragment, and whether a later one (RFC 8200 4.1).

    A header that does not fit is the upper layer, as far as can be known.
    """
    protocol, offset, fragment, later = packet[6], IPV6_HEADER, False, False
    while offset + 8 <= end:
        if protocol == FRAGMENT:
            fragment = True
            later = later or bool(int.from_bytes(packet[offset + 2 : offset + 4], "big") & 0xFFF8)
            size = 8
        elif protocol in _EXTENSIONS:
            size = 8 + packet[offset + 1] * 8
        else:
            break
        if offset + size > end:
            break
        protocol = packet[offset]
        offset += size
        if later:
            break
    return protocol, offset, fragment, later


def flow(packet: bytes) -> Flow | None:
    """Addresses, protocol and ports; None where this is no IP packet. Never raises."""
    which = version(packet)
    if which == 4:
        protocol, offset = packet[9], (packet[0] & 15) * 4
        later = bool(int.from_bytes(packet[6:8], "big") & 0x1FFF)
        ends = packet[12:16], packet[16:20]
    elif which == 6:
        protocol, offset, _, later = _upper_layer(packet, len(packet))
        ends = packet[8:24], packet[24:40]
    else:
        return None
    if protocol not in _WITH_PORTS or later or offset + 4 > len(packet):
        return Flow(*ends, protocol, None, None)
    return Flow(*ends, protocol, *_PORTS.unpack_from(packet, offset))
