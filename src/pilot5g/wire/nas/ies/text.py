"""Names and clocks: DNN, network name, time zone, universal time (TS 24.501 9.11.2.1B and 9.11.3)."""

from __future__ import annotations

import msgspec

from pilot5g.wire.nas.ies.base import exactly, first
from pilot5g.wire.nas.ies.identity import bcd, to_bcd
from pilot5g.wire.nas.table import Ie


def decode_dnn(octets: bytes) -> str:
    """Read a data network name: labels with their length (TS 23.003 9.1). Raises ValueError."""
    labels: list[str] = []
    at = 0
    while at < len(octets):
        end = at + 1 + octets[at]
        if octets[at] == 0 or end > len(octets):
            raise ValueError("a DNN label is empty or runs past the end")
        label = octets[at + 1 : end]
        if not label.isascii() or b"." in label:
            raise ValueError("a DNN label has characters that no name has")
        labels.append(label.decode("ascii"))
        at = end
    if not labels:
        raise ValueError("a DNN has no label")
    return ".".join(labels)


def encode_dnn(dnn: str) -> bytes:
    """Write a data network name. Raises ValueError for an empty label or one over 63 octets."""
    out = bytearray()
    for label in dnn.split("."):
        octets = label.encode("ascii")
        if not 1 <= len(octets) <= 63:
            raise ValueError(f"{dnn!r} has an empty label or one over 63 characters")
        out.append(len(octets))
        out += octets
    return bytes(out)


DNN: Ie[str] = Ie(decode_dnn, encode_dnn, kept=True)

_GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The GSM 7 bit default alphabet (TS 23.038 6.2.1)."""


class NetworkName(msgspec.Struct, frozen=True):
    """A network's name to show on a phone (TS 24.008 10.5.3.5a)."""

    text: str
    add_country_initials: bool = False


def decode_network_name(octets: bytes) -> NetworkName:
    """Read a network name in either coding scheme. Raises ValueError."""
    head = first(octets)
    scheme = head >> 4 & 7
    if scheme == 0:
        text = _unpack(octets[1:], head & 7)
    elif scheme == 1:
        text = octets[1:].decode("utf-16-be")
    else:
        raise ValueError(f"coding scheme {scheme} is reserved")
    return NetworkName(text, bool(head & 8))


def encode_network_name(name: NetworkName) -> bytes:
    """Write a network name: in the GSM alphabet where that has all its characters, otherwise in UCS2."""
    country = int(name.add_country_initials) * 8
    if all(character in _GSM for character in name.text):
        packed = _pack(name.text)
        spare = len(packed) * 8 - len(name.text) * 7
        return bytes((0x80 | country | spare,)) + packed
    return bytes((0x90 | country,)) + name.text.encode("utf-16-be")


def _unpack(octets: bytes, spare: int) -> str:
    bits = int.from_bytes(octets, "little")
    count = max(0, len(octets) * 8 - spare) // 7
    return "".join(_GSM[bits >> 7 * i & 127] for i in range(count))


def _pack(text: str) -> bytes:
    bits = 0
    for character in reversed(text):
        bits = bits * 128 | _GSM.index(character)
    return bits.to_bytes((len(text) * 7 + 7) // 8, "little")


NETWORK_NAME: Ie[NetworkName] = Ie(decode_network_name, encode_network_name, kept=True)


def _zone(octets: bytes) -> int:
    """Quarters of an hour from UTC; the sign is bit 4 of the octet (TS 24.008 10.5.3.8)."""
    octet = first(octets)
    quarters = (octet & 7) * 10 + (octet >> 4)
    if octet >> 4 > 9:
        raise ValueError("a time zone has decimal digits only")
    return -quarters if octet & 8 else quarters


def _from_zone(quarters: int) -> bytes:
    size = abs(quarters)
    if size > 79:
        raise ValueError("a time zone is at most 79 quarters of an hour")
    return bytes((size % 10 * 16 | size // 10 | (8 if quarters < 0 else 0),))


TIME_ZONE: Ie[int] = Ie(_zone, _from_zone, kept=True)


class UniversalTime(msgspec.Struct, frozen=True):
    """Universal time and local time zone; `year` 2000 to 2099, `zone` in quarters of an hour from UTC."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    zone: int = 0


def _time(octets: bytes) -> UniversalTime:
    parts = [int("0" + bcd(bytes((octet,)))) for octet in exactly(octets, 7)[:6]]
    year, month, day, hour, minute, second = parts
    return UniversalTime(2000 + year, month, day, hour, minute, second, _zone(octets[6:7]))


def _from_time(time: UniversalTime) -> bytes:
    if not 2000 <= time.year <= 2099:
        raise ValueError("the year has two digits: 2000 to 2099")
    parts = (time.year - 2000, time.month, time.day, time.hour, time.minute, time.second)
    return to_bcd("".join(f"{part:02}" for part in parts)) + _from_zone(time.zone)


UNIVERSAL_TIME: Ie[UniversalTime] = Ie(_time, _from_time, kept=True)
DAYLIGHT_SAVING: Ie[int] = Ie(lambda octets: first(octets) & 3, lambda hours: bytes((hours & 3,)), kept=True)
"""Hours of daylight saving adjustment, 0 to 2 (TS 24.008 10.5.3.12)."""
