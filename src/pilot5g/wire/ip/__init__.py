"""Looks at IP packets, and the few packets this network makes itself.

Pure functions over whole IPv4 and IPv6 packets as octets; addresses are packed octets too (4 or 16), which
is what a packet holds and what a table is keyed with. `pack` and `text` convert.
"""

from pilot5g.wire.ip.filter import IpFilter, parse_filter
from pilot5g.wire.ip.icmp import Echo, build_echo, build_too_big, parse_echo
from pilot5g.wire.ip.packet import (
    ICMP,
    ICMPV6,
    TCP,
    UDP,
    Flow,
    IpPacket,
    build,
    checksum,
    destination,
    flow,
    interface_identifier,
    link_local,
    pack,
    parse,
    source,
    text,
    transport_checksum,
    version,
)
from pilot5g.wire.ip.router import (
    ALL_NODES,
    ALL_ROUTERS,
    Prefix,
    RouterAdvertisement,
    RouterSolicitation,
    build_router_advertisement,
    build_router_solicitation,
    parse_router_advertisement,
    parse_router_solicitation,
)
from pilot5g.wire.ip.udp import Datagram, build_udp, parse_udp

__all__ = [
    "ALL_NODES",
    "ALL_ROUTERS",
    "ICMP",
    "ICMPV6",
    "TCP",
    "UDP",
    "Datagram",
    "Echo",
    "Flow",
    "IpFilter",
    "IpPacket",
    "Prefix",
    "RouterAdvertisement",
    "RouterSolicitation",
    "build",
    "build_echo",
    "build_router_advertisement",
    "build_router_solicitation",
    "build_too_big",
    "build_udp",
    "checksum",
    "destination",
    "flow",
    "interface_identifier",
    "link_local",
    "pack",
    "parse",
    "parse_echo",
    "parse_filter",
    "parse_router_advertisement",
    "parse_router_solicitation",
    "parse_udp",
    "source",
    "text",
    "transport_checksum",
    "version",
]
