"""IPFilterRule as PCC rules and PDRs use it (RFC 6733 4.3, cut to what TS 29.212 5.4.2 allows).

    permit out <protocol|ip> from <remote|any> [ports] to <local|assigned|any> [ports]

"out" is towards the UE: the rule's source is the remote end. The same rule in an uplink PDR is matched with
both ends exchanged (TS 29.244 5.2.1A.2A). `assigned` stands for the address of the UE, which is checked
elsewhere, so it matches.
"""

from __future__ import annotations

import ipaddress

import msgspec

from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ip.packet import Flow

Ports = tuple[tuple[int, int], ...]
"""Ranges, both ends included; none matches every packet, also one that shows no ports."""


class End(msgspec.Struct, frozen=True):
    """One end of a rule: a network as its first octets and what of the last one counts, and ports.

    `network` None matches every address.
    """

    network: int | None = None
    shift: int = 0
    """How many low bits of an address do not count."""
    size: int = 4
    """4 or 16 octets."""
    ports: Ports = ()

    def matches(self, address: bytes, port: int | None) -> bool:
        """Does this end of a flow fit?"""
        if self.network is not None and (
            len(address) != self.size or int.from_bytes(address, "big") >> self.shift != self.network
        ):
            return False
        if not self.ports:
            return True
        return port is not None and any(low <= port <= high for low, high in self.ports)


class IpFilter(msgspec.Struct, frozen=True):
    """A rule: protocol None matches every one; `remote` is the far end, `local` the UE's."""

    protocol: int | None
    remote: End
    local: End

    def matches(self, flow: Flow, *, uplink: bool) -> bool:
        """Does a packet with that flow, from the UE (`uplink`) or to it, fit?"""
        if self.protocol is not None and flow.protocol != self.protocol:
            return False
        source = self.remote.matches, self.local.matches
        from_end, to_end = (source[1], source[0]) if uplink else source
        return from_end(flow.source, flow.source_port) and to_end(flow.destination, flow.destination_port)


def parse_filter(rule: str) -> IpFilter:
    """A rule from its text. Raises DecodeError, which says what was expected."""
    words = rule.split()
    if len(words) < 7 or words[0] != "permit" or words[1] not in ("out", "in") or words[3] != "from":
        raise DecodeError(f"not `permit out <protocol> from … to …`: {rule!r}")
    if "to" not in words[5:]:
        raise DecodeError(f"no `to` in {rule!r}")
    to = words.index("to", 5)
    protocol = None if words[2] == "ip" else _number(words[2], 255, rule)
    first, second = _end(words[4:to], rule), _end(words[to + 1 :], rule)
    return IpFilter(protocol, first, second) if words[1] == "out" else IpFilter(protocol, second, first)


def _end(words: list[str], rule: str) -> End:
    if not 1 <= len(words) <= 2:
        raise DecodeError(f"an end is an address and perhaps ports, not {' '.join(words)!r}, in {rule!r}")
    ports = _ports(words[1], rule) if len(words) == 2 else ()
    if words[0] in ("any", "assigned"):
        return End(ports=ports)
    try:
        network = ipaddress.ip_network(words[0], strict=False)
    except ValueError as error:
        raise DecodeError(f"{error}, in {rule!r}") from error
    shift = network.max_prefixlen - network.prefixlen
    return End(int(network.network_address) >> shift, shift, network.max_prefixlen // 8, ports)


def _ports(text: str, rule: str) -> Ports:
    ranges = []
    for part in text.split(","):
        low, _, high = part.partition("-")
        ranges.append((_number(low, 65_535, rule), _number(high or low, 65_535, rule)))
    return tuple(ranges)


def _number(text: str, most: int, rule: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) <= most):
        raise DecodeError(f"{text!r} is no number up to {most}, in {rule!r}")
    return int(text)
