"""Endpoints and addresses: F-TEID, F-SEID, Node ID, UE IP address, outer headers (TS 29.244 8.2)."""

from __future__ import annotations

from enum import KEEP, IntFlag
from ipaddress import IPv4Address, IPv6Address

import msgspec

from pilot5g.wire.pfcp.element import Ie, Octets, TooShort, counted, packed, within


class FTeid(msgspec.Struct, frozen=True):
    """A tunnel endpoint (TS 29.244 8.2.3). At least one of the addresses is there."""

    teid: int
    ipv4: IPv4Address | None = None
    ipv6: IPv6Address | None = None


class ChooseFTeid(msgspec.Struct, frozen=True):
    """The UPF is to choose the endpoint (CH); PDRs with the same `id` get the same one (CHID)."""

    ipv4: bool = True
    ipv6: bool = False
    id: int | None = None


class FSeid(msgspec.Struct, frozen=True):
    """A session endpoint (TS 29.244 8.2.37)."""

    seid: int
    ipv4: IPv4Address | None = None
    ipv6: IPv6Address | None = None


NodeId = IPv4Address | IPv6Address | str
"""A node by its address or its FQDN (TS 29.244 8.2.38)."""


class UeIpAddress(msgspec.Struct, frozen=True, kw_only=True):
    """The address of a phone (TS 29.244 8.2.62). `destination`: it is that of a packet's destination (S/D).

    `delegated_bits` and `prefix_length` belong to the IPv6 prefix; without a length it is a /64.
    """

    ipv4: IPv4Address | None = None
    ipv6: IPv6Address | None = None
    destination: bool = False
    delegated_bits: int | None = None
    prefix_length: int | None = None
    choose_ipv4: bool = False
    choose_ipv6: bool = False


class OuterHeader(IntFlag, boundary=KEEP):
    """Description of an outer header (TS 29.244 8.2.56); the lower octet is octet 5."""

    GTPU_UDP_IPV4 = 1 << 0
    GTPU_UDP_IPV6 = 1 << 1
    UDP_IPV4 = 1 << 2
    UDP_IPV6 = 1 << 3
    IPV4 = 1 << 4
    IPV6 = 1 << 5
    C_TAG = 1 << 6
    S_TAG = 1 << 7
    N19 = 1 << 8
    N6 = 1 << 9


class OuterHeaderCreation(msgspec.Struct, frozen=True, kw_only=True):
    """What is put before a packet (TS 29.244 8.2.56). Which fields are there follows from the description."""

    description: OuterHeader
    teid: int | None = None
    ipv4: IPv4Address | None = None
    ipv6: IPv6Address | None = None
    port: int | None = None
    c_tag: bytes | None = None
    s_tag: bytes | None = None


class OuterHeaderRemoval(msgspec.Struct, frozen=True):
    """What is taken off a packet (TS 29.244 8.2.64): 0 GTP-U/UDP/IPv4, 1 GTP-U/UDP/IPv6, 6 either."""

    description: int
    extension_deletion: int | None = None
    """GTP-U extension headers to delete as well; bit 1: the PDU session container."""


class RemoteGtpuPeer(msgspec.Struct, frozen=True, kw_only=True):
    """A peer of a user plane path (TS 29.244 8.2.70)."""

    ipv4: IPv4Address | None = None
    ipv6: IPv6Address | None = None
    destination_interface: int | None = None
    network_instance: bytes | None = None


class IpAddress(msgspec.Struct, frozen=True):
    """An alternative SMF or the address of a PFCP entity (TS 29.244 8.2.129, 8.2.135)."""

    ipv4: IPv4Address | None = None
    ipv6: IPv6Address | None = None
    preferred: bool = False
    """PPE: that address is the preferred PFCP entity (alternative SMF only)."""


def _fteid(raw: bytes) -> FTeid | ChooseFTeid:
    octets = Octets(raw)
    flag = octets.number()
    v4, v6, choose, choose_id = flag & 1, flag & 2, flag & 4, flag & 8
    if not v4 and not v6:
        raise ValueError("an F-TEID with neither IPv4 nor IPv6")
    if choose:
        return ChooseFTeid(bool(v4), bool(v6), octets.number() if choose_id else None)
    return FTeid(octets.number(4), octets.ipv4(v4), octets.ipv6(v6))


def _fteid_octets(value: FTeid | ChooseFTeid) -> bytes:
    if isinstance(value, ChooseFTeid):
        flag = 4 | value.ipv4 | value.ipv6 << 1
        return bytes((flag,)) if value.id is None else bytes((flag | 8, value.id))
    flag = (value.ipv4 is not None) | (value.ipv6 is not None) << 1
    return bytes((flag,)) + value.teid.to_bytes(4, "big") + packed(value.ipv4) + packed(value.ipv6)


def _fseid(raw: bytes) -> FSeid:
    octets = Octets(raw)
    flag = octets.number()
    if not flag & 3:
        raise ValueError("an F-SEID with neither IPv4 nor IPv6")
    return FSeid(octets.number(8), octets.ipv4(flag & 2), octets.ipv6(flag & 1))


def _fseid_octets(value: FSeid) -> bytes:
    flag = (value.ipv6 is not None) | (value.ipv4 is not None) << 1
    return bytes((flag,)) + value.seid.to_bytes(8, "big") + packed(value.ipv4) + packed(value.ipv6)


def labels(name: str) -> bytes:
    """A name as labels with their lengths (RFC 1035 3.1, without the root). Raises ValueError."""
    parts = [part.encode("ascii") for part in name.split(".")] if name else []
    if any(not 1 <= len(part) <= 63 for part in parts):
        raise ValueError(f"{name!r} has an empty or too long label")
    return b"".join(counted(part, 1) for part in parts)


def name_from(raw: bytes) -> str:
    """The name that labels spell; a final empty label is the root and left out. Raises ValueError."""
    octets, parts = Octets(raw), []
    while octets.rest() not in (b"", b"\0"):
        part = octets.counted(1).decode("ascii")
        if not part or len(part) > 63 or "." in part:
            raise ValueError("an empty, too long or dotted label")
        parts.append(part)
    return ".".join(parts)


def _node_id(raw: bytes) -> NodeId:
    octets = Octets(raw)
    match octets.number() & 15:
        case 0:
            return IPv4Address(octets.take(4))
        case 1:
            return IPv6Address(octets.take(16))
        case 2:
            if not (name := name_from(octets.rest())):
                raise TooShort("an FQDN without a label")
            return name
        case other:
            raise ValueError(f"node ID type {other} is not known")


def _node_id_octets(value: NodeId) -> bytes:
    if isinstance(value, str):
        return b"\2" + labels(value)
    return bytes((value.version == 6,)) + value.packed


def _ue_ip(raw: bytes) -> UeIpAddress:
    octets = Octets(raw)
    flag = octets.number()
    return UeIpAddress(
        ipv4=octets.ipv4(flag & 2),
        ipv6=octets.ipv6(flag & 1),
        destination=bool(flag & 4),
        delegated_bits=octets.number() if flag & 8 else None,
        prefix_length=octets.number() if flag & 64 else None,
        choose_ipv4=bool(flag & 16),
        choose_ipv6=bool(flag & 32),
    )


def _ue_ip_octets(value: UeIpAddress) -> bytes:
    flag = (value.ipv6 is not None) | (value.ipv4 is not None) << 1 | value.destination << 2
    flag |= (value.delegated_bits is not None) << 3 | value.choose_ipv4 << 4 | value.choose_ipv6 << 5
    flag |= (value.prefix_length is not None) << 6
    tail = [each for each in (value.delegated_bits, value.prefix_length) if each is not None]
    return bytes((flag,)) + packed(value.ipv4) + packed(value.ipv6) + bytes(tail)


_TEID = OuterHeader.GTPU_UDP_IPV4 | OuterHeader.GTPU_UDP_IPV6
_IPV4 = OuterHeader.GTPU_UDP_IPV4 | OuterHeader.UDP_IPV4 | OuterHeader.IPV4
_IPV6 = OuterHeader.GTPU_UDP_IPV6 | OuterHeader.UDP_IPV6 | OuterHeader.IPV6
_PORT = OuterHeader.UDP_IPV4 | OuterHeader.UDP_IPV6


def _creation(raw: bytes) -> OuterHeaderCreation:
    octets = Octets(raw)
    description = OuterHeader(int.from_bytes(octets.take(2), "little"))
    return OuterHeaderCreation(
        description=description,
        teid=octets.number(4) if description & _TEID else None,
        ipv4=octets.ipv4(description & _IPV4),
        ipv6=octets.ipv6(description & _IPV6),
        port=octets.number(2) if description & _PORT else None,
        c_tag=octets.take(3) if description & OuterHeader.C_TAG else None,
        s_tag=octets.take(3) if description & OuterHeader.S_TAG else None,
    )


def _creation_octets(value: OuterHeaderCreation) -> bytes:
    description = value.description
    wanted = (
        (description & _TEID, value.teid),
        (description & _IPV4, value.ipv4),
        (description & _IPV6, value.ipv6),
        (description & _PORT, value.port),
        (description & OuterHeader.C_TAG, value.c_tag),
        (description & OuterHeader.S_TAG, value.s_tag),
    )
    if any(bool(flag) != (field is not None) for flag, field in wanted):
        raise ValueError("the fields are not those of the description")
    out = int(description).to_bytes(2, "little")
    out += b"" if value.teid is None else value.teid.to_bytes(4, "big")
    out += packed(value.ipv4) + packed(value.ipv6)
    out += b"" if value.port is None else value.port.to_bytes(2, "big")
    return out + (value.c_tag or b"") + (value.s_tag or b"")


def _removal(raw: bytes) -> OuterHeaderRemoval:
    octets = Octets(raw)
    return OuterHeaderRemoval(octets.number(), octets.number() if len(raw) > 1 else None)


def _removal_octets(value: OuterHeaderRemoval) -> bytes:
    if value.extension_deletion is None:
        return bytes((value.description,))
    return bytes((value.description, value.extension_deletion))


def _remote(raw: bytes) -> RemoteGtpuPeer:
    octets = Octets(raw)
    flag = octets.number()
    return RemoteGtpuPeer(
        ipv4=octets.ipv4(flag & 2),
        ipv6=octets.ipv6(flag & 1),
        destination_interface=Octets(octets.counted()).number() & 15 if flag & 4 else None,
        network_instance=octets.counted() if flag & 8 else None,
    )


def _remote_octets(value: RemoteGtpuPeer) -> bytes:
    interface, instance = value.destination_interface, value.network_instance
    flag = (value.ipv6 is not None) | (value.ipv4 is not None) << 1
    flag |= (interface is not None) << 2 | (instance is not None) << 3
    out = bytes((flag,)) + packed(value.ipv4) + packed(value.ipv6)
    out += b"" if interface is None else counted(bytes((within(interface, 15, "interface"),)))
    return out + (b"" if instance is None else counted(instance))


def _ip(raw: bytes) -> IpAddress:
    octets = Octets(raw)
    flag = octets.number()
    return IpAddress(octets.ipv4(flag & 2), octets.ipv6(flag & 1), bool(flag & 4))


def _ip_octets(value: IpAddress) -> bytes:
    flag = (value.ipv6 is not None) | (value.ipv4 is not None) << 1 | value.preferred << 2
    return bytes((flag,)) + packed(value.ipv4) + packed(value.ipv6)


F_TEID = Ie(21, "F-TEID", _fteid, _fteid_octets)
F_SEID = Ie(57, "F-SEID", _fseid, _fseid_octets)
NODE_ID = Ie(60, "Node ID", _node_id, _node_id_octets)
OUTER_HEADER_CREATION = Ie(84, "Outer Header Creation", _creation, _creation_octets)
UE_IP_ADDRESS = Ie(93, "UE IP Address", _ue_ip, _ue_ip_octets)
OUTER_HEADER_REMOVAL = Ie(95, "Outer Header Removal", _removal, _removal_octets)
REMOTE_GTP_U_PEER = Ie(103, "Remote GTP-U Peer", _remote, _remote_octets)
APN_DNN = Ie(159, "APN/DNN", name_from, labels)
ALTERNATIVE_SMF_IP_ADDRESS = Ie(178, "Alternative SMF IP Address", _ip, _ip_octets)
CP_PFCP_ENTITY_IP_ADDRESS = Ie(185, "CP PFCP Entity IP Address", _ip, _ip_octets)
