"""ICMP and ICMPv6 as far as needed: echo (RFC 792, RFC 4443 4) and "too big" (RFC 1191, RFC 4443 3.2)."""

from __future__ import annotations

from struct import Struct

import msgspec

from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ip.packet import ICMP, ICMPV6, IpPacket, build, checksum, parse, transport_checksum

ECHO_REPLY_V4, UNREACHABLE_V4, ECHO_REQUEST_V4 = 0, 3, 8
FRAGMENTATION_NEEDED = 4
TOO_BIG_V6, ECHO_REQUEST_V6, ECHO_REPLY_V6 = 2, 128, 129
QUOTED_V4 = 576 - 20 - 8
QUOTED_V6 = 1280 - 40 - 8

_ECHO = Struct("!BBHHH")
_TOO_BIG_V4 = Struct("!BBHHH")
_TOO_BIG_V6 = Struct("!BBHI")


class Echo(msgspec.Struct, frozen=True):
    """An echo request, or the reply to one."""

    request: bool
    identifier: int
    sequence: int
    data: bytes = b""


def build_echo(source: bytes, destination: bytes, echo: Echo) -> bytes:
    """The whole packet, ICMP or ICMPv6 by the addresses. Raises EncodeError."""
    if len(source) == 4:
        kind = ECHO_REQUEST_V4 if echo.request else ECHO_REPLY_V4
    else:
        kind = ECHO_REQUEST_V6 if echo.request else ECHO_REPLY_V6
    return build_icmp(source, destination, _ECHO.pack(kind, 0, 0, echo.identifier, echo.sequence) + echo.data)


def build_icmp(source: bytes, destination: bytes, message: bytes, *, hop_limit: int = 64) -> bytes:
    """An ICMP or ICMPv6 message (its checksum still zero) in its packet. Raises EncodeError."""
    if len(source) == 4:
        protocol, total = ICMP, checksum(message)
    else:
        protocol, total = ICMPV6, transport_checksum(source, destination, ICMPV6, message)
    whole = message[:2] + total.to_bytes(2, "big") + message[4:]
    return build(source, destination, protocol, whole, hop_limit=hop_limit)


def icmp_is_right(packet: IpPacket) -> bool:
    """Is this a whole ICMP message of its family with a right checksum?"""
    if packet.fragment or len(packet.payload) < 8:
        return False
    if packet.version == 4:
        return packet.protocol == ICMP and checksum(packet.payload) == 0
    right = transport_checksum(packet.source, packet.destination, ICMPV6, packet.payload) == 0
    return packet.protocol == ICMPV6 and right


def parse_echo(packet: bytes) -> Echo | None:
    """The echo in a packet; None where there is none, or a broken one. Never raises."""
    try:
        outer = parse(packet)
    except DecodeError:
        return None
    if not icmp_is_right(outer):
        return None
    kind, code, _, identifier, sequence = _ECHO.unpack_from(outer.payload)
    requests, replies = ECHO_REQUEST_V4, ECHO_REPLY_V4
    if outer.version == 6:
        requests, replies = ECHO_REQUEST_V6, ECHO_REPLY_V6
    if code or kind not in (requests, replies):
        return None
    return Echo(kind == requests, identifier, sequence, outer.payload[8:])


def build_too_big(packet: bytes, mtu: int, router: bytes) -> bytes:
    """What `router` (of the packet's family) answers to a packet longer than `mtu`. Raises DecodeError."""
    outer = parse(packet)
    if outer.version == 4:
        header = _TOO_BIG_V4.pack(UNREACHABLE_V4, FRAGMENTATION_NEEDED, 0, 0, mtu)
        return build_icmp(router, outer.source, header + packet[:QUOTED_V4])
    return build_icmp(router, outer.source, _TOO_BIG_V6.pack(TOO_BIG_V6, 0, 0, mtu) + packet[:QUOTED_V6])
