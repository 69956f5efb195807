"""Router solicitation and advertisement (RFC 4861 4.1, 4.2), by which a phone learns its IPv6 prefix.

The network is the router of a point-to-point link with one phone on it: it answers the solicitation with the
/64 of the session (TS 23.501 5.8.2.2.3). Options: prefix information (4.6.2), MTU (4.6.4) and recursive DNS
servers (RFC 8106 5.1). Unknown options are passed over; one of length zero makes the message void (4.6).
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import Struct

import msgspec

from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ip.icmp import build_icmp, icmp_is_right
from pilot5g.wire.ip.packet import IpPacket, pack, parse

ALL_NODES = pack("ff02::1")
ALL_ROUTERS = pack("ff02::2")

SOLICITATION, ADVERTISEMENT = 133, 134
OPTION_PREFIX, OPTION_MTU, OPTION_RDNSS = 3, 5, 25
ON_LINK, AUTONOMOUS = 0x80, 0x40
MANAGED, OTHER = 0x80, 0x40
FOREVER = 0xFFFFFFFF
HOP_LIMIT = 255
"""Neighbour discovery never crosses a router: receivers insist on 255 (RFC 4861 6.1.1)."""

_ADVERTISEMENT = Struct("!BBHBBHII")
_PREFIX = Struct("!BBBBIII16s")
_MTU = Struct("!BBHI")
_RDNSS = Struct("!BBHI")


class Prefix(msgspec.Struct, frozen=True, kw_only=True):
    """Prefix information: 16 octets of which `length` bits count; lifetimes in seconds."""

    prefix: bytes
    length: int = 64
    on_link: bool = False
    autonomous: bool = True
    valid: int = FOREVER
    preferred: int = FOREVER


class RouterSolicitation(msgspec.Struct, frozen=True):
    """Who asks: a link-local address, or :: where the host has none yet."""

    source: bytes


class RouterAdvertisement(msgspec.Struct, frozen=True, kw_only=True):
    """What a router says of its link. `lifetime` 0: it is no default router. Times in s."""

    source: bytes
    prefixes: tuple[Prefix, ...] = ()
    mtu: int | None = None
    dns: tuple[bytes, ...] = ()
    dns_lifetime: int = FOREVER
    lifetime: int = 9000
    hop_limit: int = 64
    managed: bool = False
    other: bool = False


def build_router_solicitation(source: bytes) -> bytes:
    """The packet, to all routers."""
    message = bytes((SOLICITATION, 0, 0, 0, 0, 0, 0, 0))
    return build_icmp(source, ALL_ROUTERS, message, hop_limit=HOP_LIMIT)


def build_router_advertisement(value: RouterAdvertisement, destination: bytes = ALL_NODES) -> bytes:
    """The packet."""
    flags = (MANAGED if value.managed else 0) | (OTHER if value.other else 0)
    message = _ADVERTISEMENT.pack(ADVERTISEMENT, 0, 0, value.hop_limit, flags, value.lifetime, 0, 0)
    for prefix in value.prefixes:
        flags = (ON_LINK if prefix.on_link else 0) | (AUTONOMOUS if prefix.autonomous else 0)
        message += _PREFIX.pack(
            OPTION_PREFIX, 4, prefix.length, flags, prefix.valid, prefix.preferred, 0, prefix.prefix
        )
    if value.mtu is not None:
        message += _MTU.pack(OPTION_MTU, 1, 0, value.mtu)
    if value.dns:
        message += _RDNSS.pack(OPTION_RDNSS, 1 + 2 * len(value.dns), 0, value.dns_lifetime)
        message += b"".join(value.dns)
    return build_icmp(value.source, destination, message, hop_limit=HOP_LIMIT)


def parse_router_solicitation(packet: bytes) -> RouterSolicitation | None:
    """The solicitation in a packet; None where there is no valid one (RFC 4861 6.1.1). Never raises."""
    outer = _discovery(packet, SOLICITATION, 8)
    if outer is None or _options(outer.payload[8:]) is None:
        return None
    return RouterSolicitation(outer.source)


def parse_router_advertisement(packet: bytes) -> RouterAdvertisement | None:
    """The advertisement in a packet; None where there is no valid one (RFC 4861 6.1.2). Never raises."""
    outer = _discovery(packet, ADVERTISEMENT, 16)
    options = _options(outer.payload[16:]) if outer is not None else None
    if outer is None or options is None or outer.source[:2] != b"\xfe\x80":
        return None
    _, _, _, hop_limit, flags, lifetime, _, _ = _ADVERTISEMENT.unpack_from(outer.payload)
    mtu: int | None = None
    dns: tuple[bytes, ...] = ()
    dns_lifetime = FOREVER
    for kind, option in options:
        if kind == OPTION_MTU and len(option) == 8:
            mtu = _MTU.unpack(option)[3]
        elif kind == OPTION_RDNSS and len(option) >= 24 and len(option) % 16 == 8:
            dns_lifetime = _RDNSS.unpack_from(option)[3]
            dns = tuple(option[i : i + 16] for i in range(8, len(option), 16))
    return RouterAdvertisement(
        source=outer.source,
        prefixes=tuple(_prefix(o) for kind, o in options if kind == OPTION_PREFIX and len(o) == 32),
        mtu=mtu,
        dns=dns,
        dns_lifetime=dns_lifetime,
        lifetime=lifetime,
        hop_limit=hop_limit,
        managed=bool(flags & MANAGED),
        other=bool(flags & OTHER),
    )


def _prefix(option: bytes) -> Prefix:
    _, _, length, flags, valid, preferred, _, prefix = _PREFIX.unpack(option)
    return Prefix(
        prefix=prefix,
        length=length,
        on_link=bool(flags & ON_LINK),
        autonomous=bool(flags & AUTONOMOUS),
        valid=valid,
        preferred=preferred,
    )


def _discovery(packet: bytes, kind: int, size: int) -> IpPacket | None:
    """The packet, if it is a valid neighbour discovery message of that type and least size."""
    if len(packet) < 40 + size or packet[0] >> 4 != 6:
        return None
    try:
        outer = parse(packet)
    except DecodeError:
        return None
    message = outer.payload
    if outer.hop_limit != HOP_LIMIT or len(message) < size or message[0] != kind or message[1]:
        return None
    return outer if icmp_is_right(outer) else None


def _options(octets: bytes) -> list[tuple[int, bytes]] | None:
    """Type and whole octets of each option; None where their lengths do not add up."""
    return list(_split(octets)) if _adds_up(octets) else None


def _adds_up(octets: bytes) -> bool:
    offset = 0
    while offset + 1 < len(octets) and octets[offset + 1]:
        offset += octets[offset + 1] * 8
    return offset == len(octets)


def _split(octets: bytes) -> Iterator[tuple[int, bytes]]:
    offset = 0
    while offset < len(octets):
        size = octets[offset + 1] * 8
        yield octets[offset], octets[offset : offset + size]
        offset += size
