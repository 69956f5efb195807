"""Extended protocol configuration options: DNS servers, MTU (TS 24.501 9.11.4.6, TS 24.008 10.5.6.3).

Containers of an identifier, a length and contents, in both directions. The length has two octets for some
identifiers from the network to the UE and for one in both directions, so there are two codecs.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from operator import attrgetter
from typing import Self

import msgspec

from pilot5g.wire.nas.ies.base import exactly, first
from pilot5g.wire.nas.table import Ie

PCSCF_IPV6 = 0x0001
IM_SIGNALLING = 0x0002
DNS_IPV6 = 0x0003
IP_ALLOCATION_BY_NAS = 0x000A
IP_ALLOCATION_BY_DHCP = 0x000B
PCSCF_IPV4 = 0x000C
DNS_IPV4 = 0x000D
IPV4_LINK_MTU = 0x0010
ETHERNET_PAYLOAD_MTU = 0x0020
IPCP = 0x8021
PAP = 0xC023
CHAP = 0xC223

_LONG_BOTH = frozenset({0x0041})
_LONG_DOWNLINK = frozenset({0x0023, 0x0024, 0x0030, 0x0031, 0x0032, 0x0041})


_IDENTIFIER = attrgetter("identifier")


class ProtocolOption(msgspec.Struct, frozen=True):
    """One container: an identifier of 16 bits and its contents."""

    identifier: int
    content: bytes = b""


class ProtocolOptions(msgspec.Struct, frozen=True):
    """Extended protocol configuration options, in the order of the message."""

    options: tuple[ProtocolOption, ...] = ()

    @classmethod
    def request(cls, *identifiers: int) -> Self:
        """What a UE asks for, by empty containers."""
        return cls(tuple(ProtocolOption(identifier) for identifier in identifiers))

    @classmethod
    def answer(
        cls,
        dns: Iterable[IPv4Address | IPv6Address] = (),
        *,
        mtu: int | None = None,
        ethernet_mtu: int | None = None,
        pcscf: Iterable[IPv4Address | IPv6Address] = (),
    ) -> Self:
        """What a network says of itself; MTUs in octets, of IPv4 and of the payload of an Ethernet frame."""
        options = [ProtocolOption(DNS_IPV4 if a.version == 4 else DNS_IPV6, a.packed) for a in dns]
        options += [ProtocolOption(PCSCF_IPV4 if a.version == 4 else PCSCF_IPV6, a.packed) for a in pcscf]
        if mtu is not None:
            options.append(ProtocolOption(IPV4_LINK_MTU, mtu.to_bytes(2, "big")))
        if ethernet_mtu is not None:
            options.append(ProtocolOption(ETHERNET_PAYLOAD_MTU, ethernet_mtu.to_bytes(2, "big")))
        return cls(tuple(options))

    def asks(self, identifier: int) -> bool:
        """Whether a container of this identifier is there."""
        return identifier in map(_IDENTIFIER, self.options)

    @property
    def dns_servers(self) -> tuple[IPv4Address | IPv6Address, ...]:
        """The DNS server addresses; a container of another size than an address is passed over."""
        return self._addresses(DNS_IPV4, DNS_IPV6)

    @property
    def pcscf_servers(self) -> tuple[IPv4Address | IPv6Address, ...]:
        """The P-CSCF addresses."""
        return self._addresses(PCSCF_IPV4, PCSCF_IPV6)

    @property
    def mtu(self) -> int | None:
        """The IPv4 link MTU, or that of the payload of an Ethernet frame, in octets; None where neither is
        said."""
        for option in self.options:
            if option.identifier in (IPV4_LINK_MTU, ETHERNET_PAYLOAD_MTU) and len(option.content) == 2:
                return int.from_bytes(option.content, "big")
        return None

    def _addresses(self, four: int, six: int) -> tuple[IPv4Address | IPv6Address, ...]:
        found: list[IPv4Address | IPv6Address] = []
        for option in self.options:
            if option.identifier == four and len(option.content) == 4:
                found.append(IPv4Address(option.content))
            elif option.identifier == six and len(option.content) == 16:
                found.append(IPv6Address(option.content))
        return tuple(found)


def _decode(octets: bytes, long: frozenset[int]) -> ProtocolOptions:
    first(octets)
    options: list[ProtocolOption] = []
    at = 1
    while at < len(octets):
        identifier = int.from_bytes(exactly(octets[at:], 2), "big")
        width = 2 if identifier in long else 1
        size = int.from_bytes(exactly(octets[at + 2 :], width), "big")
        start = at + 2 + width
        options.append(ProtocolOption(identifier, exactly(octets[start:], size)))
        at = start + size
    return ProtocolOptions(tuple(options))


def _encode(value: ProtocolOptions, long: frozenset[int]) -> bytes:
    """Octet 3 is the extension bit and configuration protocol 0, PPP for use with IP."""
    out = bytearray(b"\x80")
    for option in value.options:
        out += option.identifier.to_bytes(2, "big")
        out += len(option.content).to_bytes(2 if option.identifier in long else 1, "big")
        out += option.content
    return bytes(out)


OPTIONS_UPLINK: Ie[ProtocolOptions] = Ie(
    lambda octets: _decode(octets, _LONG_BOTH), lambda value: _encode(value, _LONG_BOTH), kept=True
)
OPTIONS_DOWNLINK: Ie[ProtocolOptions] = Ie(
    lambda octets: _decode(octets, _LONG_DOWNLINK), lambda value: _encode(value, _LONG_DOWNLINK), kept=True
)
