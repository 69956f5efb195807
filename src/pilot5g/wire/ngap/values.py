"""Between the structures of TS 38.413 9.3 and the model's values.

`x_from` reads what a peer sent and raises DecodeError for what cannot be; `x_to` builds what is sent. The
engine has checked sizes and ranges already; what is left is what ASN.1 cannot say, like decimal digits.
"""

from __future__ import annotations

import functools
from typing import Any, Final

import msgspec

from pilot5g.model import Guami, NrCgi, Plmn, Snssai, STmsi, Tai
from pilot5g.wire.aper import alternatives
from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.ip.packet import pack, text
from pilot5g.wire.ngap.schema import TYPES

CAUSES: Final[dict[str, tuple[str, ...]]] = alternatives(TYPES["Cause"])
"""The causes there are (TS 38.413 9.3.1.2): group to values."""


def plmn_to(plmn: Plmn) -> bytes:
    """PLMN Identity (TS 38.413 9.3.3.5)."""
    return plmn.to_octets()


def plmn_from(octets: bytes) -> Plmn:
    """PLMN Identity (TS 38.413 9.3.3.5). Raises DecodeError for digits that are none."""
    try:
        return Plmn.from_octets(octets)
    except ValueError as error:
        raise DecodeError(str(error)) from None


def tai_to(tai: Tai) -> dict[str, Any]:
    """TAI (TS 38.413 9.3.3.11)."""
    return {"pLMNIdentity": tai.plmn.to_octets(), "tAC": tac_to(tai.tac)}


def tai_from(value: dict[str, Any]) -> Tai:
    """TAI (TS 38.413 9.3.3.11). Raises DecodeError."""
    return _tai(value["pLMNIdentity"], value["tAC"])


def tac_to(tac: int) -> bytes:
    """TAC, three octets (TS 38.413 9.3.3.10)."""
    return tac.to_bytes(3, "big")


def guami_to(guami: Guami) -> dict[str, Any]:
    """GUAMI (TS 38.413 9.3.3.3)."""
    return {
        "pLMNIdentity": guami.plmn.to_octets(),
        "aMFRegionID": (guami.region, 8),
        "aMFSetID": (guami.amf_set, 10),
        "aMFPointer": (guami.pointer, 6),
    }


def guami_from(value: dict[str, Any]) -> Guami:
    """GUAMI (TS 38.413 9.3.3.3). Raises DecodeError."""
    return Guami(
        plmn_from(value["pLMNIdentity"]),
        value["aMFRegionID"][0],
        value["aMFSetID"][0],
        value["aMFPointer"][0],
    )


def s_tmsi_to(s_tmsi: STmsi) -> dict[str, Any]:
    """5G-S-TMSI (TS 38.413 9.3.3.20)."""
    return {
        "aMFSetID": (s_tmsi.amf_set, 10),
        "aMFPointer": (s_tmsi.pointer, 6),
        "fiveG-TMSI": s_tmsi.tmsi.to_bytes(4, "big"),
    }


def s_tmsi_from(value: dict[str, Any]) -> STmsi:
    """5G-S-TMSI (TS 38.413 9.3.3.20)."""
    return STmsi(value["aMFSetID"][0], value["aMFPointer"][0], int.from_bytes(value["fiveG-TMSI"], "big"))


def snssai_to(snssai: Snssai) -> dict[str, Any]:
    """S-NSSAI (TS 38.413 9.3.1.24); no SD where it means none."""
    slice_ = snssai.canonical
    value = {"sST": bytes((slice_.sst,))}
    return value if slice_.sd is None else {**value, "sD": slice_.sd.to_bytes(3, "big")}


def snssai_from(value: dict[str, Any]) -> Snssai:
    """S-NSSAI (TS 38.413 9.3.1.24)."""
    sd = value.get("sD")
    return Snssai(value["sST"][0], None if sd is None else int.from_bytes(sd, "big"))


def nssai_to(slices: list[Snssai] | tuple[Snssai, ...]) -> list[dict[str, Any]]:
    """Allowed NSSAI, Slice Support List and their like: a list of items with an S-NSSAI each."""
    return [{"s-NSSAI": snssai_to(item)} for item in slices]


def nssai_from(value: list[dict[str, Any]]) -> tuple[Snssai, ...]:
    """Allowed NSSAI, Slice Support List and their like."""
    return tuple(snssai_from(item["s-NSSAI"]) for item in value)


def nr_cgi_to(cell: NrCgi) -> dict[str, Any]:
    """NR CGI (TS 38.413 9.3.1.7)."""
    return {"pLMNIdentity": cell.plmn.to_octets(), "nRCellIdentity": (cell.cell, 36)}


def nr_cgi_from(value: dict[str, Any]) -> NrCgi:
    """NR CGI (TS 38.413 9.3.1.7). Raises DecodeError."""
    return _cell(value["pLMNIdentity"], value["nRCellIdentity"][0])


# Every uplink message says where the phone is. A network has few places and many phones, and these values are
# frozen, so phones in one place share them.


@functools.lru_cache(maxsize=1024)
def _tai(plmn: bytes, tac: bytes) -> Tai:
    return Tai(plmn_from(plmn), int.from_bytes(tac, "big"))


@functools.lru_cache(maxsize=1024)
def _cell(plmn: bytes, cell: int) -> NrCgi:
    return NrCgi(plmn_from(plmn), cell)


class GnbId(msgspec.Struct, frozen=True, order=True):
    """A global gNB identity: PLMN, and a gNB ID of 22 to 32 bits (TS 38.413 9.3.1.6)."""

    plmn: Plmn
    value: int
    bits: int = 32

    def __str__(self) -> str:
        return f"{self.plmn}/{self.value:x}"


def gnb_id_to(gnb: GnbId) -> tuple[str, Any]:
    """Global RAN Node ID of a gNB (TS 38.413 9.3.1.5)."""
    value = {"pLMNIdentity": gnb.plmn.to_octets(), "gNB-ID": ("gNB-ID", (gnb.value, gnb.bits))}
    return ("globalGNB-ID", value)


def gnb_id_from(value: tuple[str, Any]) -> GnbId:
    """Global RAN Node ID, of which only gNBs are accepted (TS 38.413 9.3.1.5). Raises DecodeError."""
    node, identity = value
    if node != "globalGNB-ID" or identity["gNB-ID"][0] != "gNB-ID":
        raise DecodeError(f"a {node} where a gNB was expected")
    number, bits = identity["gNB-ID"][1]
    return GnbId(plmn_from(identity["pLMNIdentity"]), number, bits)


def transport_address_to(ipv4: str | None = None, ipv6: str | None = None) -> tuple[int, int]:
    """Transport Layer Address of one or both kinds: 32, 128 or 160 bits, IPv4 first (TS 38.414 5.1)."""
    try:
        octets = b"" if ipv4 is None else _sized(ipv4, 4)
        octets += b"" if ipv6 is None else _sized(ipv6, 16)
    except ValueError as error:
        raise EncodeError(str(error)) from None
    if not octets:
        raise EncodeError("a transport layer address is IPv4, IPv6 or both")
    return (int.from_bytes(octets, "big"), len(octets) * 8)


def _sized(address: str, size: int) -> bytes:
    octets = pack(address)
    if len(octets) != size:
        raise ValueError(f"{address} is an address of the other version")
    return octets


def transport_address_from(value: tuple[int, int]) -> tuple[str | None, str | None]:
    """The IPv4 and the IPv6 address of a Transport Layer Address (TS 38.414 5.1). Raises DecodeError."""
    number, bits = value
    if bits not in (32, 128, 160):
        raise DecodeError(f"a transport layer address of {bits} bits")
    octets = number.to_bytes(bits // 8, "big")
    ipv4 = None if bits == 128 else text(octets[:4])
    ipv6 = None if bits == 32 else text(octets[-16:])
    return ipv4, ipv6


def gtp_tunnel_to(teid: int, ipv4: str | None = None, ipv6: str | None = None) -> tuple[str, Any]:
    """UP Transport Layer Information: a GTP-U tunnel's end (TS 38.413 9.3.2.2)."""
    value = {
        "transportLayerAddress": transport_address_to(ipv4, ipv6),
        "gTP-TEID": teid.to_bytes(4, "big"),
    }
    return ("gTPTunnel", value)


def gtp_tunnel_from(value: tuple[str, Any]) -> tuple[int, str | None, str | None]:
    """TEID, IPv4 and IPv6 address of a GTP-U tunnel's end (TS 38.413 9.3.2.2). Raises DecodeError."""
    kind, tunnel = value
    if kind != "gTPTunnel":
        raise DecodeError(f"UP transport layer information of kind {kind}")
    ipv4, ipv6 = transport_address_from(tunnel["transportLayerAddress"])
    return int.from_bytes(tunnel["gTP-TEID"], "big"), ipv4, ipv6


def user_location_nr_to(cell: NrCgi, tai: Tai) -> tuple[str, Any]:
    """User Location Information of an NR cell (TS 38.413 9.3.1.16)."""
    return ("userLocationInformationNR", {"nR-CGI": nr_cgi_to(cell), "tAI": tai_to(tai)})


def user_location_nr_from(value: tuple[str, Any]) -> tuple[NrCgi, Tai]:
    """Cell and tracking area of a User Location Information (TS 38.413 9.3.1.16). Raises DecodeError."""
    kind, location = value
    if kind != "userLocationInformationNR":
        raise DecodeError(f"a {kind} where an NR cell was expected")
    return nr_cgi_from(location["nR-CGI"]), tai_from(location["tAI"])


def ue_security_capabilities_to(nea: int, nia: int, eea: int = 0, eia: int = 0) -> dict[str, Any]:
    """UE Security Capabilities (TS 38.413 9.3.1.86) from the octets of NAS (TS 24.501 9.11.3.54).

    Both count algorithms from the most significant bit, but NGAP's sixteen begin with algorithm 1: algorithm
    0, which every UE has, is not told. So NAS bit 7 (algorithm 1) is NGAP's first bit.
    """
    return {
        "nRencryptionAlgorithms": ((nea & 0x7F) << 9, 16),
        "nRintegrityProtectionAlgorithms": ((nia & 0x7F) << 9, 16),
        "eUTRAencryptionAlgorithms": ((eea & 0x7F) << 9, 16),
        "eUTRAintegrityProtectionAlgorithms": ((eia & 0x7F) << 9, 16),
    }


def ue_security_capabilities_from(value: dict[str, Any]) -> tuple[int, int, int, int]:
    """The NAS octets 5G-EA, 5G-IA, EEA, EIA of UE Security Capabilities (TS 38.413 9.3.1.86).

    Algorithm 0 is reported as supported for ciphering, as it is for every UE, and for integrity not.
    """
    nea = _algorithms(value["nRencryptionAlgorithms"])
    nia = _algorithms(value["nRintegrityProtectionAlgorithms"])
    eea = _algorithms(value["eUTRAencryptionAlgorithms"])
    eia = _algorithms(value["eUTRAintegrityProtectionAlgorithms"])
    return nea | 0x80, nia, eea | 0x80, eia


def _algorithms(value: tuple[int, int]) -> int:
    """Algorithms 1 to 7 of a bit map, which later versions may make longer than sixteen bits."""
    bits, size = value
    if size < 16:
        raise DecodeError(f"a map of {size} algorithms")
    return (bits >> (size - 7)) & 0x7F


def security_key_to(key: bytes) -> tuple[int, int]:
    """Security Key of 256 bits (TS 38.413 9.3.1.87)."""
    if len(key) != 32:
        raise EncodeError("a security key has 32 octets")
    return (int.from_bytes(key, "big"), 256)


def security_key_from(value: tuple[int, int]) -> bytes:
    """Security Key of 256 bits (TS 38.413 9.3.1.87)."""
    return value[0].to_bytes(32, "big")


def cause(group: str, value: str) -> tuple[str, str]:
    """A Cause (TS 38.413 9.3.1.2): a group, such as `radioNetwork` or `nas`, and one of its values.

    Raises EncodeError for one that does not exist.
    """
    if value not in CAUSES.get(group, ()):
        raise EncodeError(f"no cause {group}/{value}")
    return (group, value)
