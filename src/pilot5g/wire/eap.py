"""EAP packets (RFC 3748 4) and the messages of EAP-AKA' in them (RFC 4187 8, RFC 9048 3).

A message is its subtype and a list of attributes in order. Attributes below 128 have to be understood by who
reads them (RFC 4187 8.1); what is not known here survives, and its reader decides.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

import msgspec

from pilot5g.wire.errors import DecodeError

HEADER: Final = 4
SKIPPABLE: Final = 128
"""Attribute types from here on may be passed over (RFC 4187 8.1)."""


class EapCode(IntEnum):
    """RFC 3748 4."""

    REQUEST = 1
    RESPONSE = 2
    SUCCESS = 3
    FAILURE = 4


AKA_PRIME: Final = 50
"""The EAP type of EAP-AKA' (RFC 9048 6.1)."""


class Subtype(IntEnum):
    """Messages of EAP-AKA' (RFC 4187 11)."""

    CHALLENGE = 1
    AUTHENTICATION_REJECT = 2
    SYNCHRONIZATION_FAILURE = 4
    IDENTITY = 5
    NOTIFICATION = 12
    REAUTHENTICATION = 13
    CLIENT_ERROR = 14


class At(IntEnum):
    """Attributes that are used here (RFC 4187 11, RFC 9048 6.2)."""

    RAND = 1
    AUTN = 2
    RES = 3
    AUTS = 4
    MAC = 11
    NOTIFICATION = 12
    CLIENT_ERROR_CODE = 22
    KDF_INPUT = 23
    KDF = 24
    BIDDING = 136


class EapPacket(msgspec.Struct, frozen=True):
    """One EAP packet. A success and a failure have neither type nor data."""

    code: int
    identifier: int
    type: int | None = None
    data: bytes = b""

    def encode(self) -> bytes:
        """Its octets."""
        body = b"" if self.type is None else bytes((self.type,)) + self.data
        return bytes((self.code, self.identifier)) + (HEADER + len(body)).to_bytes(2) + body

    @classmethod
    def decode(cls, octets: bytes) -> EapPacket:
        """Octets behind the packet's own length are padding (RFC 3748 4). Raises DecodeError."""
        if len(octets) < HEADER:
            raise DecodeError("an EAP packet has at least 4 octets")
        code, identifier, length = octets[0], octets[1], int.from_bytes(octets[2:4])
        if not HEADER <= length <= len(octets):
            raise DecodeError(f"an EAP packet of {length} octets in {len(octets)}")
        if code in (EapCode.SUCCESS, EapCode.FAILURE):
            return cls(code, identifier)
        if code not in (EapCode.REQUEST, EapCode.RESPONSE) or length == HEADER:
            raise DecodeError(f"an EAP packet of code {code} without a type")
        return cls(code, identifier, octets[4], octets[5:length])


class Attribute(msgspec.Struct, frozen=True):
    """Type, and the octets behind type and length."""

    type: int
    value: bytes

    def encode(self) -> bytes:
        """Its octets, filled up to a multiple of four."""
        value = self.value + bytes(-(len(self.value) + 2) % 4)
        return bytes((self.type, (len(value) + 2) // 4)) + value


class AkaMessage(msgspec.Struct, frozen=True):
    """A message of EAP-AKA': `subtype`, and the attributes in order."""

    code: int
    identifier: int
    subtype: int
    attributes: tuple[Attribute, ...] = ()

    def encode(self) -> bytes:
        """Its octets; AT_MAC as it is."""
        data = bytes((self.subtype, 0, 0)) + b"".join(each.encode() for each in self.attributes)
        return EapPacket(self.code, self.identifier, AKA_PRIME, data).encode()

    @classmethod
    def decode(cls, octets: bytes) -> AkaMessage:
        """Raises DecodeError for anything but a well-formed request or response of EAP-AKA'."""
        packet = EapPacket.decode(octets)
        if packet.type != AKA_PRIME:
            raise DecodeError(f"EAP type {packet.type} is not EAP-AKA'")
        if len(packet.data) < 3:
            raise DecodeError("an EAP-AKA' message without a subtype")
        return cls(packet.code, packet.identifier, packet.data[0], _attributes(packet.data[3:]))

    def all(self, kind: int) -> tuple[bytes, ...]:
        """The values of every attribute of a type."""
        return tuple(each.value for each in self.attributes if each.type == kind)

    def one(self, kind: int) -> bytes | None:
        """The value of an attribute that comes at most once. Raises DecodeError where it comes twice."""
        found = self.all(kind)
        if len(found) > 1:
            raise DecodeError(f"attribute {kind} comes {len(found)} times")
        return found[0] if found else None

    def fixed(self, kind: int, size: int) -> bytes | None:
        """The value behind two reserved octets, of a `size` that is fixed (AT_RAND, AT_AUTN, AT_MAC)."""
        value = self.one(kind)
        if value is None:
            return None
        if len(value) != size + 2:
            raise DecodeError(f"attribute {kind} of {len(value) - 2} octets instead of {size}")
        return value[2:]

    def sized(self, kind: int, unit: int = 1) -> bytes | None:
        """The value behind its length in octets (`unit` 1) or bits (8): AT_KDF_INPUT, AT_RES."""
        value = self.one(kind)
        if value is None:
            return None
        length, rest = divmod(int.from_bytes(value[:2]), unit)
        if len(value) < 2 or rest or length > len(value) - 2:
            raise DecodeError(f"attribute {kind} says a length that cannot be")
        return value[2 : 2 + length]

    @property
    def kdfs(self) -> tuple[int, ...]:
        """The key derivation functions in order (AT_KDF). Raises DecodeError."""
        values = self.all(At.KDF)
        if any(len(value) != 2 for value in values):
            raise DecodeError("AT_KDF has two octets")
        return tuple(int.from_bytes(value) for value in values)

    def unknown(self, known: frozenset[int]) -> tuple[int, ...]:
        """Attributes that are not among `known` and may not be passed over (RFC 4187 8.1)."""
        return tuple(
            each.type for each in self.attributes if each.type < SKIPPABLE and each.type not in known
        )


def _attributes(octets: bytes) -> tuple[Attribute, ...]:
    found, at = [], 0
    while at < len(octets):
        length = 4 * octets[at + 1] if at + 1 < len(octets) else 0
        if not length or at + length > len(octets):
            raise DecodeError("an attribute of EAP-AKA' that does not end in its message")
        found.append(Attribute(octets[at], octets[at + 2 : at + length]))
        at += length
    return tuple(found)


def fixed(kind: At, value: bytes) -> Attribute:
    """AT_RAND, AT_AUTN, AT_MAC: two reserved octets, then the value."""
    return Attribute(kind, bytes(2) + value)


def sized(kind: At, value: bytes, unit: int = 1) -> Attribute:
    """AT_KDF_INPUT (`unit` 1) or AT_RES (8): the length in octets or bits, then the value."""
    return Attribute(kind, (len(value) * unit).to_bytes(2) + value)


def number(kind: At, value: int) -> Attribute:
    """AT_KDF, AT_CLIENT_ERROR_CODE, AT_NOTIFICATION: two octets."""
    return Attribute(kind, value.to_bytes(2))


MAC_ZERO: Final = fixed(At.MAC, bytes(16))


def without_mac(octets: bytes) -> bytes:
    """A packet with its AT_MAC zeroed, as the MAC is computed over it. Raises DecodeError."""
    message = AkaMessage.decode(octets)
    octets, at = octets[: int.from_bytes(octets[2:4])], 8
    for each in message.attributes:
        size = len(each.value) + 2
        if each.type == At.MAC:
            return octets[: at + 4] + bytes(size - 4) + octets[at + size :]
        at += size
    return octets
