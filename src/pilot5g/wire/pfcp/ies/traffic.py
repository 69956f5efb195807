"""What packets are recognised by and what is done to them: filters, gates, rates, marks (TS 29.244 8.2)."""

from __future__ import annotations

import msgspec

from pilot5g.wire.pfcp.element import Ie, Octets, counted, within


class SdfFilter(msgspec.Struct, frozen=True, kw_only=True):
    """A service data flow filter (TS 29.244 8.2.5). `description` is an IPFilterRule (TS 29.212 5.4.2)."""

    description: str | None = None
    tos_traffic_class: int | None = None
    """The value and its mask, an octet each."""
    security_parameter_index: int | None = None
    flow_label: int | None = None
    id: int | None = None
    """Of a filter for both directions (BID)."""


class GateStatus(msgspec.Struct, frozen=True):
    """0 open, 1 closed (TS 29.244 8.2.7)."""

    uplink: int = 0
    downlink: int = 0


class BitRate(msgspec.Struct, frozen=True):
    """Kilobits a second, of 1000 bits each (TS 29.244 8.2.8, 8.2.9)."""

    uplink: int
    downlink: int


class FlowInformation(msgspec.Struct, frozen=True):
    """A flow and its direction: 1 downlink, 2 uplink, 3 both (TS 29.244 8.2.61)."""

    direction: int
    description: bytes


class PacketRate(msgspec.Struct, frozen=True):
    """Packets in a unit of time: 0 minute, 1 six minutes, 2 hour, 3 day, 4 week (TS 29.244 8.2.63)."""

    unit: int
    packets: int


class PacketRates(msgspec.Struct, frozen=True, kw_only=True):
    """TS 29.244 8.2.63. The additional rates (APRC) come with the others."""

    uplink: PacketRate | None = None
    downlink: PacketRate | None = None
    additional_uplink: PacketRate | None = None
    additional_downlink: PacketRate | None = None


class DlFlowLevelMarking(msgspec.Struct, frozen=True, kw_only=True):
    """TS 29.244 8.2.66."""

    tos_traffic_class: int | None = None
    service_class_indicator: int | None = None


class MacAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Source and destination of a frame; with an upper one, a range (TS 29.244 8.2.93)."""

    source: bytes | None = None
    destination: bytes | None = None
    upper_source: bytes | None = None
    upper_destination: bytes | None = None


class VlanTag(msgspec.Struct, frozen=True, kw_only=True):
    """A C-TAG or an S-TAG, and which of its parts count (TS 29.244 8.2.94, 8.2.95)."""

    pcp: int | None = None
    dei: int | None = None
    vid: int | None = None


class MacAddresses(msgspec.Struct, frozen=True):
    """Addresses that appeared or went, and the tags of their frames (TS 29.244 8.2.103, 8.2.104)."""

    addresses: tuple[bytes, ...]
    c_tag: bytes = b""
    s_tag: bytes = b""


class RedirectInformation(msgspec.Struct, frozen=True):
    """Where to send a phone: 0 IPv4, 1 IPv6, 2 URL, 3 SIP URI, 4 both addresses (TS 29.244 8.2.20)."""

    kind: int
    address: bytes
    other: bytes | None = None


class HeaderEnrichment(msgspec.Struct, frozen=True):
    """A header field for user traffic; type 0 is HTTP (TS 29.244 8.2.67)."""

    kind: int
    name: bytes
    value: bytes


class DownlinkDataServiceInformation(msgspec.Struct, frozen=True):
    """What a downlink packet was: its paging policy indication and its QFI (TS 29.244 8.2.27)."""

    paging_policy: int | None = None
    qfi: int | None = None


def _sdf(raw: bytes) -> SdfFilter:
    octets = Octets(raw)
    flag = octets.number(2) >> 8
    return SdfFilter(
        description=octets.counted().decode("ascii") if flag & 1 else None,
        tos_traffic_class=octets.number(2) if flag & 2 else None,
        security_parameter_index=octets.number(4) if flag & 4 else None,
        flow_label=octets.number(3) if flag & 8 else None,
        id=octets.number(4) if flag & 16 else None,
    )


def _sdf_octets(value: SdfFilter) -> bytes:
    fields = (
        None if value.description is None else counted(value.description.encode("ascii")),
        _sized(value.tos_traffic_class, 2),
        _sized(value.security_parameter_index, 4),
        _sized(value.flow_label, 3),
        _sized(value.id, 4),
    )
    return bytes((_present(*fields), 0)) + b"".join(field for field in fields if field is not None)


def _sized(value: int | None, size: int) -> bytes | None:
    return None if value is None else value.to_bytes(size, "big")


def _present(*fields: object) -> int:
    """Flags: bit 1 where the first field is there, bit 2 the second and so on."""
    return sum(1 << i for i, field in enumerate(fields) if field is not None)


def _gate(raw: bytes) -> GateStatus:
    octet = Octets(raw).number()
    return GateStatus(octet >> 2 & 3, octet & 3)


def _gate_octets(value: GateStatus) -> bytes:
    return bytes((within(value.uplink, 3, "gate") << 2 | within(value.downlink, 3, "gate"),))


def _rate(raw: bytes) -> BitRate:
    octets = Octets(raw)
    return BitRate(octets.number(5), octets.number(5))


def _rate_octets(value: BitRate) -> bytes:
    return value.uplink.to_bytes(5, "big") + value.downlink.to_bytes(5, "big")


def _flow(raw: bytes) -> FlowInformation:
    octets = Octets(raw)
    return FlowInformation(octets.number() & 7, octets.counted())


def _flow_octets(value: FlowInformation) -> bytes:
    return bytes((within(value.direction, 7, "direction"),)) + counted(value.description)


def _packet_rates(raw: bytes) -> PacketRates:
    octets = Octets(raw)
    flag = octets.number()

    def one(present: int) -> PacketRate | None:
        return PacketRate(octets.number() & 7, octets.number(2)) if present else None

    up, down, more = flag & 1, flag & 2, flag & 4
    return PacketRates(
        uplink=one(up),
        downlink=one(down),
        additional_uplink=one(up and more),
        additional_downlink=one(down and more),
    )


def _packet_rates_octets(value: PacketRates) -> bytes:
    first, more = (value.uplink, value.downlink), (value.additional_uplink, value.additional_downlink)
    flag = _present(*first)
    if any(more):
        if _present(*more) != flag:
            raise ValueError("the additional rates are not those of the same directions")
        flag |= 4
    rates = [rate for rate in first + more if rate is not None]
    return bytes((flag,)) + b"".join(
        bytes((within(rate.unit, 7, "unit"),)) + rate.packets.to_bytes(2, "big") for rate in rates
    )


def _marking(raw: bytes) -> DlFlowLevelMarking:
    octets = Octets(raw)
    flag = octets.number()
    return DlFlowLevelMarking(
        tos_traffic_class=octets.number(2) if flag & 1 else None,
        service_class_indicator=octets.number(2) if flag & 2 else None,
    )


def _marking_octets(value: DlFlowLevelMarking) -> bytes:
    fields = (_sized(value.tos_traffic_class, 2), _sized(value.service_class_indicator, 2))
    return bytes((_present(*fields),)) + b"".join(field for field in fields if field is not None)


def _mac(raw: bytes) -> MacAddress:
    octets = Octets(raw)
    flag = octets.number()

    def one(bit: int) -> bytes | None:
        return octets.take(6) if flag & bit else None

    return MacAddress(source=one(1), destination=one(2), upper_source=one(4), upper_destination=one(8))


def _mac_octets(value: MacAddress) -> bytes:
    fields = (value.source, value.destination, value.upper_source, value.upper_destination)
    if any(field is not None and len(field) != 6 for field in fields):
        raise ValueError("a MAC address has six octets")
    return bytes((_present(*fields),)) + b"".join(field for field in fields if field is not None)


def _tag(raw: bytes) -> VlanTag:
    octets = Octets(raw)
    flag, high, low = octets.number(), octets.number(), octets.number()
    return VlanTag(
        pcp=high & 7 if flag & 1 else None,
        dei=high >> 3 & 1 if flag & 2 else None,
        vid=(high & 0xF0) << 4 | low if flag & 4 else None,
    )


def _tag_octets(value: VlanTag) -> bytes:
    vid = within(value.vid or 0, 0xFFF, "VLAN ID")
    high = within(value.pcp or 0, 7, "PCP") | within(value.dei or 0, 1, "DEI") << 3 | vid >> 4 & 0xF0
    return bytes((_present(value.pcp, value.dei, value.vid), high, vid & 0xFF))


def _macs(raw: bytes) -> MacAddresses:
    octets = Octets(raw)
    addresses = tuple(octets.take(6) for _ in range(octets.number()))
    c_tag = octets.counted(1) if octets.rest() else b""
    return MacAddresses(addresses, c_tag, octets.counted(1) if octets.rest() else b"")


def _macs_octets(value: MacAddresses) -> bytes:
    if any(len(address) != 6 for address in value.addresses):
        raise ValueError("a MAC address has six octets")
    out = bytes((len(value.addresses),)) + b"".join(value.addresses)
    return out + counted(value.c_tag, 1) + counted(value.s_tag, 1)


def _redirect(raw: bytes) -> RedirectInformation:
    octets = Octets(raw)
    kind, address = octets.number() & 15, octets.counted()
    return RedirectInformation(kind, address, octets.counted() if kind == 4 else None)


def _redirect_octets(value: RedirectInformation) -> bytes:
    if (value.kind == 4) != (value.other is not None):
        raise ValueError("kind 4, and no other, has two addresses")
    out = bytes((within(value.kind, 15, "kind"),)) + counted(value.address)
    return out if value.other is None else out + counted(value.other)


def _policy(raw: bytes) -> bytes:
    return Octets(raw).counted(1)


def _enrichment(raw: bytes) -> HeaderEnrichment:
    octets = Octets(raw)
    return HeaderEnrichment(octets.number() & 31, octets.counted(1), octets.counted(1))


def _enrichment_octets(value: HeaderEnrichment) -> bytes:
    kind = within(value.kind, 31, "header type")
    return bytes((kind,)) + counted(value.name, 1) + counted(value.value, 1)


def _service(raw: bytes) -> DownlinkDataServiceInformation:
    octets = Octets(raw)
    flag = octets.number()
    return DownlinkDataServiceInformation(
        octets.number() & 63 if flag & 1 else None, octets.number() & 63 if flag & 2 else None
    )


def _service_octets(value: DownlinkDataServiceInformation) -> bytes:
    fields = (value.paging_policy, value.qfi)
    return bytes((_present(*fields), *(within(each, 63, "value") for each in fields if each is not None)))


SDF_FILTER = Ie(23, "SDF Filter", _sdf, _sdf_octets)
GATE_STATUS = Ie(25, "Gate Status", _gate, _gate_octets)
MBR = Ie(26, "MBR", _rate, _rate_octets)
GBR = Ie(27, "GBR", _rate, _rate_octets)
REDIRECT_INFORMATION = Ie(38, "Redirect Information", _redirect, _redirect_octets)
FORWARDING_POLICY = Ie(41, "Forwarding Policy", _policy, lambda value: counted(value, 1))
DOWNLINK_DATA_SERVICE_INFORMATION = Ie(45, "Downlink Data Service Information", _service, _service_octets)
FLOW_INFORMATION = Ie(92, "Flow Information", _flow, _flow_octets)
PACKET_RATE = Ie(94, "Packet Rate", _packet_rates, _packet_rates_octets)
DL_FLOW_LEVEL_MARKING = Ie(97, "DL Flow Level Marking", _marking, _marking_octets)
HEADER_ENRICHMENT = Ie(98, "Header Enrichment", _enrichment, _enrichment_octets)
MAC_ADDRESS = Ie(133, "MAC address", _mac, _mac_octets)
C_TAG = Ie(134, "C-TAG", _tag, _tag_octets)
S_TAG = Ie(135, "S-TAG", _tag, _tag_octets)
MAC_ADDRESSES_DETECTED = Ie(144, "MAC Addresses Detected", _macs, _macs_octets)
MAC_ADDRESSES_REMOVED = Ie(145, "MAC Addresses Removed", _macs, _macs_octets)
