"""What a PDU session is asked for and given, quality of service apart (TS 24.501 9.11.4)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import msgspec

from pilot5g.model import Ambr, PduSessionType, SscMode
from pilot5g.wire.nas.ies.base import CodePoint, exactly, first, nibble
from pilot5g.wire.nas.table import HalfIe, Ie


class MaximumRate(CodePoint):
    """Up to which rate a UE protects user data's integrity (9.11.4.7)."""

    KBPS_64 = 0
    NULL = 1
    FULL = 255


class IntegrityRate(msgspec.Struct, frozen=True):
    """Integrity protection maximum data rate (9.11.4.7)."""

    uplink: MaximumRate = MaximumRate.FULL
    downlink: MaximumRate = MaximumRate.FULL


class GsmCapability(msgspec.Struct, frozen=True):
    """5GSM capability (9.11.4.1), kept as octets."""

    octets: bytes = b"\x00"

    @property
    def reflective_qos(self) -> bool:
        """RqoS: the UE can derive uplink rules from downlink packets."""
        return bool(self.octets[0] & 1)

    @property
    def multi_homed_ipv6(self) -> bool:
        """MH6-PDU: multi-homed IPv6 PDU sessions."""
        return bool(self.octets[0] & 2)


class PduAddress(msgspec.Struct, frozen=True):
    """PDU address (9.11.4.10): an IPv4 address, an IPv6 interface identifier of eight octets, or both.

    `smf_link_local` is the SMF's own IPv6 link local address, where it says so.
    """

    ipv4: IPv4Address | None = None
    interface_identifier: bytes | None = None
    smf_link_local: IPv6Address | None = None

    @property
    def session_type(self) -> PduSessionType:
        """Which type of session has this address."""
        if self.ipv4 is None:
            return PduSessionType.IPV6
        return PduSessionType.IPV4 if self.interface_identifier is None else PduSessionType.IPV4V6


class AllowedSscModes(msgspec.Struct, frozen=True):
    """Which SSC modes a UE may ask for instead (9.11.4.5)."""

    ssc_1: bool = False
    ssc_2: bool = False
    ssc_3: bool = False


class CongestionReattempt(msgspec.Struct, frozen=True):
    """5GSM congestion re-attempt indicator: the back-off timer holds in all PLMNs (9.11.4.21)."""

    all_plmns: bool = False


class ReattemptIndicator(msgspec.Struct, frozen=True):
    """Re-attempt indicator: where a refused request is not worth repeating (9.11.4.17)."""

    not_in_s1_mode: bool = False
    not_in_equivalent_plmns: bool = False


INTEGRITY_RATE: Ie[IntegrityRate] = Ie(
    lambda octets: IntegrityRate(MaximumRate(first(octets)), MaximumRate(exactly(octets, 2)[1])),
    lambda value: bytes((value.uplink, value.downlink)),
    kept=True,
)


def _capability(octets: bytes) -> GsmCapability:
    first(octets)
    return GsmCapability(octets)


GSM_CAPABILITY: Ie[GsmCapability] = Ie(_capability, lambda value: value.octets, kept=True)


def _session_type(half: int) -> PduSessionType:
    """6 is treated as IPv4v6, 0 and 7 have no meaning (table 9.11.4.11.1)."""
    value = half & 7
    return PduSessionType(3 if value == 6 else value)


PDU_SESSION_TYPE: HalfIe[PduSessionType] = HalfIe(_session_type, int)


def _ssc_mode(half: int) -> SscMode:
    """4, 5 and 6 are treated as 1, 2 and 3 (table 9.11.4.16.1)."""
    value = half & 7
    return SscMode(value - 3 if value in (4, 5, 6) else value)


SSC_MODE: HalfIe[SscMode] = HalfIe(_ssc_mode, int)


def _filters(octets: bytes) -> int:
    """Eleven bits, the highest first; below 17 and above 1024 the nearest of both (9.11.4.9)."""
    value = int.from_bytes(exactly(octets, 2), "big") >> 5
    return min(max(value, 17), 1024)


def _from_filters(count: int) -> bytes:
    if not 17 <= count <= 1024:
        raise ValueError(f"{count} packet filters, 17 to 1024 can be said")
    return (count * 32).to_bytes(2, "big")


MAXIMUM_PACKET_FILTERS: Ie[int] = Ie(_filters, _from_filters, kept=True)


def decode_address(octets: bytes) -> PduAddress:
    """Read a PDU address. Raises ValueError."""
    head = first(octets)
    kind = head & 7
    size = {1: 4, 2: 8, 3: 12}.get(kind)
    if size is None:
        raise ValueError(f"PDU session type {kind} has no address")
    body = exactly(octets[1:], size + (16 if head & 8 else 0))
    local = IPv6Address(body[size:]) if head & 8 else None
    if kind == 1:
        return PduAddress(IPv4Address(body[:4]), None, local)
    if kind == 2:
        return PduAddress(None, body[:8], local)
    return PduAddress(IPv4Address(body[8:12]), body[:8], local)


def encode_address(address: PduAddress) -> bytes:
    """Write a PDU address. Raises ValueError."""
    identifier = address.interface_identifier
    if identifier is not None and len(identifier) != 8:
        raise ValueError("an interface identifier is eight octets")
    if identifier is None and address.ipv4 is None:
        raise ValueError("a PDU address has an IPv4 address, an interface identifier, or both")
    body = (identifier or b"") + (address.ipv4.packed if address.ipv4 else b"")
    head = int(address.session_type)
    if address.smf_link_local is not None:
        return bytes((head | 8,)) + body + address.smf_link_local.packed
    return bytes((head,)) + body


PDU_ADDRESS: Ie[PduAddress] = Ie(decode_address, encode_address)


def _unit(number: int) -> int:
    """The bit/s of a unit: 1 to 5 are 1, 4, 16, 64 and 256 kbit/s, and so on for Mbit/s to Pbit/s.

    Units above 25 are read as 256 Pbit/s (9.11.4.14), 0 (value is not used) as nothing.
    """
    if number == 0:
        return 0
    step, scale = (min(number, 25) - 1) % 5, (min(number, 25) - 1) // 5
    return int(1000 ** (scale + 1) * 4**step)


UNITS = tuple(_unit(number) for number in range(256))


def read_rate(octets: bytes) -> int:
    """The bit/s of a unit and two octets of value. Raises ValueError."""
    exactly(octets, 3)
    return UNITS[octets[0]] * int.from_bytes(octets[1:3], "big")


def write_rate(rate: int) -> bytes:
    """A rate in bit/s in the finest unit that is exact; failing that, rounded up in the finest that fits."""
    units = [n for n in range(1, 26) if UNITS[n] * 65535 >= rate]
    if rate < 0 or not units:
        raise ValueError(f"{rate} bit/s cannot be written")
    number = next((n for n in units if rate % UNITS[n] == 0), units[0])
    return bytes((number,)) + (-(-rate // UNITS[number])).to_bytes(2, "big")


SESSION_AMBR: Ie[Ambr] = Ie(
    lambda octets: Ambr(uplink=read_rate(octets[3:]), downlink=read_rate(octets)),
    lambda ambr: write_rate(ambr.downlink) + write_rate(ambr.uplink),
    kept=True,
)
ALLOWED_SSC_MODES: HalfIe[AllowedSscModes] = HalfIe(
    lambda half: AllowedSscModes(bool(half & 1), bool(half & 2), bool(half & 4)),
    lambda value: nibble(int(value.ssc_1) | int(value.ssc_2) * 2 | int(value.ssc_3) * 4),
)
CONGESTION_REATTEMPT: Ie[CongestionReattempt] = Ie(
    lambda octets: CongestionReattempt(bool(first(octets) & 1)),
    lambda value: bytes((int(value.all_plmns),)),
    kept=True,
)
REATTEMPT_INDICATOR: Ie[ReattemptIndicator] = Ie(
    lambda octets: ReattemptIndicator(bool(first(octets) & 1), bool(octets[0] & 2)),
    lambda value: bytes((int(value.not_in_s1_mode) | int(value.not_in_equivalent_plmns) * 2,)),
    kept=True,
)
