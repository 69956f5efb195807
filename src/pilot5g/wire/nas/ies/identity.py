"""Who and where: mobile identities, tracking areas, PLMN lists (TS 24.501 9.11.3.4, 9.11.3.8, 9.11.3.9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from pilot5g.model import Guami, Guti, Plmn, STmsi, Suci, Tai
from pilot5g.wire.nas.ies.base import CodePoint, code_half, exactly, first
from pilot5g.wire.nas.table import Ie

_Kind = TypeVar("_Kind")


class IdentityType(CodePoint):
    """5GS identity type (TS 24.501 9.11.3.3)."""

    NO_IDENTITY = 0
    SUCI = 1
    GUTI = 2
    IMEI = 3
    S_TMSI = 4
    IMEISV = 5
    MAC_ADDRESS = 6
    EUI_64 = 7


class NoIdentity(msgspec.Struct, frozen=True):
    """The UE has nothing to identify itself with (9.11.3.4, figure 9.11.3.4.5 for "No identity")."""


class Imei(msgspec.Struct, frozen=True):
    """An international mobile equipment identity of 15 digits (TS 23.003 6.2.1)."""

    digits: str


class Imeisv(msgspec.Struct, frozen=True):
    """An IMEI with software version, 16 digits (TS 23.003 6.2.2)."""

    digits: str


class OtherIdentity(msgspec.Struct, frozen=True):
    """An identity this network does not look into: a SUCI that is a network access identifier, MAC, EUI-64.

    `octets` is the whole value, its type in the lowest three bits of the first.
    """

    octets: bytes

    @property
    def kind(self) -> IdentityType:
        """Which type of identity it is."""
        return IdentityType(self.octets[0] & 7)


MobileIdentity = Suci | Guti | STmsi | Imei | Imeisv | NoIdentity | OtherIdentity
"""A 5GS mobile identity (TS 24.501 9.11.3.4)."""


_SWAPPED = bytes(octet >> 4 | (octet & 15) << 4 for octet in range(256))
"""Every octet with its halves exchanged."""


def bcd(octets: bytes) -> str:
    """Digits packed two to an octet, low half first, the filler 1111 ending them. Raises ValueError."""
    text = octets.translate(_SWAPPED).hex().rstrip("f")
    if text and not text.isdecimal():
        raise ValueError(f"{octets.hex()} is not binary coded decimal")
    return text


def to_bcd(digits: str) -> bytes:
    """The digits packed two to an octet, low half first, filled with 1111. Raises ValueError."""
    if not (digits.isascii() and (not digits or digits.isdecimal())):
        raise ValueError(f"{digits!r} is not made of digits")
    even = digits + "f" * (len(digits) % 2)
    return bytes.fromhex(even).translate(_SWAPPED)


def decode_identity(octets: bytes) -> MobileIdentity:
    """Read the value of a 5GS mobile identity. Raises ValueError."""
    head = first(octets)
    kind = head & 7
    if kind == 2:
        return _guti(octets)
    if kind == 1 and head & 0x70 == 0:
        return _suci(octets)
    if kind == 4:
        return _s_tmsi(octets)
    if kind in (3, 5):
        return _equipment(octets, kind)
    if kind == 0:
        return NoIdentity()
    return OtherIdentity(octets)


def _guti(octets: bytes) -> Guti:
    if len(octets) < 11:
        raise ValueError("a 5G-GUTI is 11 octets")
    amf_set = octets[5] << 2 | octets[6] >> 6
    guami = Guami(Plmn.from_octets(octets[1:4]), octets[4], amf_set, octets[6] & 63)
    return Guti(guami, int.from_bytes(octets[7:11], "big"))


def _s_tmsi(octets: bytes) -> STmsi:
    if len(octets) < 7:
        raise ValueError("a 5G-S-TMSI is 7 octets")
    return STmsi(octets[1] << 2 | octets[2] >> 6, octets[2] & 63, int.from_bytes(octets[3:7], "big"))


def _suci(octets: bytes) -> Suci:
    if len(octets) < 8:
        raise ValueError("a SUCI is at least 8 octets")
    indicator = bcd(octets[4:6])
    if not indicator:
        raise ValueError("the routing indicator has no digit")
    return Suci(Plmn.from_octets(octets[1:4]), indicator, octets[6] & 15, octets[7], octets[8:])


def _equipment(octets: bytes, kind: int) -> Imei | Imeisv:
    """An IMEI or IMEISV. The first digit shares its octet with the type and the odd-even bit (9.11.3.4.4)."""
    digits = bcd(bytes((octets[0] & 0xF0,)) + octets[1:])[1:]
    if kind == 3:
        if len(digits) != 15:
            raise ValueError(f"an IMEI has 15 digits, not {len(digits)}")
        return Imei(digits)
    if len(digits) != 16:
        raise ValueError(f"an IMEISV has 16 digits, not {len(digits)}")
    return Imeisv(digits)


def encode_identity(identity: MobileIdentity) -> bytes:
    """Write the value of a 5GS mobile identity. Raises ValueError."""
    if isinstance(identity, Guti):
        g = identity.guami
        where = g.amf_set << 6 | g.pointer
        return b"\xf2" + g.plmn.to_octets() + bytes((g.region,)) + where.to_bytes(2, "big") + _tmsi(identity)
    if isinstance(identity, STmsi):
        return b"\xf4" + (identity.amf_set << 6 | identity.pointer).to_bytes(2, "big") + _tmsi(identity)
    if isinstance(identity, Suci):
        return _from_suci(identity)
    if isinstance(identity, Imei):
        return _from_digits(identity.digits, 3, 15)
    if isinstance(identity, Imeisv):
        return _from_digits(identity.digits, 5, 16)
    if isinstance(identity, NoIdentity):
        return b"\x00"
    return identity.octets


def _tmsi(identity: Guti | STmsi) -> bytes:
    return identity.tmsi.to_bytes(4, "big")


def _from_suci(suci: Suci) -> bytes:
    if not 1 <= len(suci.routing_indicator) <= 4:
        raise ValueError("a routing indicator has one to four digits")
    if not 0 <= suci.scheme <= 15:
        raise ValueError("a protection scheme is 0 to 15")
    indicator = to_bcd(suci.routing_indicator).ljust(2, b"\xff")
    head = b"\x01" + suci.plmn.to_octets() + indicator
    return head + bytes((suci.scheme, suci.key_id)) + suci.output


def _from_digits(digits: str, kind: int, size: int) -> bytes:
    if len(digits) != size:
        raise ValueError(f"{digits!r} does not have {size} digits")
    odd = size % 2
    packed = to_bcd(digits[1:])
    return bytes((int(digits[0]) << 4 | odd << 3 | kind,)) + packed


def _equipment_only(octets: bytes) -> Imei | Imeisv | OtherIdentity:
    identity = decode_identity(octets)
    if isinstance(identity, Imei | Imeisv | OtherIdentity):
        return identity
    raise ValueError(f"an identity of type {octets[0] & 7} is not one of equipment")


def _only(kind: type[_Kind]) -> Callable[[bytes], _Kind]:
    """A decoder of mobile identities that takes this kind alone."""

    def decode(octets: bytes) -> _Kind:
        identity = decode_identity(octets)
        if isinstance(identity, kind):
            return identity
        raise ValueError(f"an identity of type {octets[0] & 7} is not expected here")

    return decode


MOBILE_IDENTITY: Ie[MobileIdentity] = Ie(decode_identity, encode_identity)
GUTI: Ie[Guti] = Ie(_only(Guti), encode_identity)
S_TMSI: Ie[STmsi] = Ie(_only(STmsi), encode_identity)
IMEISV: Ie[Imeisv] = Ie(_only(Imeisv), encode_identity)
EQUIPMENT: Ie[Imei | Imeisv | OtherIdentity] = Ie(_equipment_only, encode_identity)
IDENTITY_TYPE = code_half(IdentityType, 7)


def decode_tai(octets: bytes) -> Tai:
    """Read a 5GS tracking area identity (9.11.3.8). Raises ValueError."""
    exactly(octets, 6)
    return Tai(Plmn.from_octets(octets[:3]), int.from_bytes(octets[3:6], "big"))


def encode_tai(tai: Tai) -> bytes:
    """Write a 5GS tracking area identity."""
    return tai.plmn.to_octets() + tai.tac.to_bytes(3, "big")


TAI: Ie[Tai] = Ie(decode_tai, encode_tai, kept=True)


def decode_tai_list(octets: bytes) -> tuple[Tai, ...]:
    """Read a 5GS tracking area identity list: partial lists of any of the three types. Raises ValueError."""
    tais: list[Tai] = []
    at = 0
    while at < len(octets):
        kind, count = octets[at] >> 5 & 3, (octets[at] & 31) + 1
        if count > 16:
            raise ValueError(f"{count} tracking areas in a partial list of at most 16")
        at += 1
        if kind == 2:
            body = exactly(octets[at:], 6 * count)
            tais += [decode_tai(body[i : i + 6]) for i in range(0, len(body), 6)]
        elif kind in (0, 1):
            body = exactly(octets[at:], 3 + 3 * (count if kind == 0 else 1))
            tais += _one_plmn(body, kind, count)
        else:
            raise ValueError("partial list type 3 is reserved")
        at += len(body)
    if not 1 <= len(tais) <= 16:
        raise ValueError(f"a list of {len(tais)} tracking areas, 1 to 16 are allowed")
    return tuple(tais)


def _one_plmn(body: bytes, kind: int, count: int) -> list[Tai]:
    plmn = Plmn.from_octets(body[:3])
    if kind == 0:
        return [Tai(plmn, int.from_bytes(body[i : i + 3], "big")) for i in range(3, len(body), 3)]
    start = int.from_bytes(body[3:6], "big")
    if start + count > 1 << 24:
        raise ValueError("consecutive tracking area codes run past FFFFFF")
    return [Tai(plmn, start + i) for i in range(count)]


def encode_tai_list(tais: tuple[Tai, ...]) -> bytes:
    """Write the shortest list: type 1 for consecutive codes, type 0 for one PLMN, otherwise type 2."""
    if not 1 <= len(tais) <= 16:
        raise ValueError(f"a list of {len(tais)} tracking areas, 1 to 16 are allowed")
    count = len(tais) - 1
    plmn, start = tais[0].plmn, tais[0].tac
    if any(tai.plmn != plmn for tai in tais):
        return bytes((0x40 | count,)) + b"".join(encode_tai(tai) for tai in tais)
    if count and all(tai.tac == start + i for i, tai in enumerate(tais)):
        return bytes((0x20 | count,)) + encode_tai(tais[0])
    return bytes((count,)) + plmn.to_octets() + b"".join(tai.tac.to_bytes(3, "big") for tai in tais)


Tais = tuple[Tai, ...] | None
"""A list that may be left out."""
TAI_LIST: Ie[tuple[Tai, ...]] = Ie(decode_tai_list, encode_tai_list, kept=True)


def decode_plmns(octets: bytes) -> tuple[Plmn, ...]:
    """Read a PLMN list (TS 24.008 10.5.1.13). Raises ValueError."""
    if not octets or len(octets) % 3:
        raise ValueError("a PLMN list is three octets per PLMN")
    return tuple(Plmn.from_octets(octets[i : i + 3]) for i in range(0, len(octets), 3))


PLMN_LIST: Ie[tuple[Plmn, ...]] = Ie(
    decode_plmns, lambda plmns: b"".join(p.to_octets() for p in plmns), kept=True
)
PLMN: Ie[Plmn] = Ie(lambda octets: Plmn.from_octets(octets[:3]), Plmn.to_octets, kept=True)
