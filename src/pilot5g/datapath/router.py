"""The network's end of a phone's IPv6 link (TS 23.501 5.8.2.2.3, RFC 4861): a router with one neighbour."""

from __future__ import annotations

from collections.abc import Sequence

from pilot5g.wire import ip

ROUTER = ip.link_local(b"\xff" * 7 + b"\xfe")
"""The router's address on every link; no phone is assigned this identifier."""
UNSPECIFIED = bytes(16)


def of_the_link(source: bytes, destination: bytes) -> bool:
    """Is a packet of link scope, which no router forwards? (RFC 4291 2.5.6, 2.7)."""
    if destination[0] == 0xFF and destination[1] & 0x0F <= 2:
        return True
    return _is_link_local(destination) or _is_link_local(source) or source == UNSPECIFIED


def _is_link_local(address: bytes) -> bool:
    return address[0] == 0xFE and address[1] & 0xC0 == 0x80


def advertisement(prefix: bytes, asker: bytes, mtu: int | None, dns: Sequence[bytes]) -> bytes:
    """The packet that answers a solicitation of `asker` with the session's prefix (8 octets)."""
    value = ip.RouterAdvertisement(
        source=ROUTER, prefixes=(ip.Prefix(prefix=prefix + bytes(8)),), mtu=mtu, dns=tuple(dns)
    )
    return ip.build_router_advertisement(value, ip.ALL_NODES if asker == UNSPECIFIED else asker)
