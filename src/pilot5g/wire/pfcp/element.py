"""An information element of PFCP: its type, its name and how its value is written (TS 29.244 8.1.1).

The length of an element is outside of its value, and a value may be longer than what is known of it: later
releases append octets, which are not looked at ("present only if explicitly specified"). A value that is too
short is told from one that is wrong, because the peer is told by another cause (TS 29.244 7.6).
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntFlag
from ipaddress import IPv4Address, IPv6Address
from typing import Any, Generic, TypeVar, final

T = TypeVar("T")
F = TypeVar("F", bound=IntFlag)


class TooShort(ValueError):
    """A value ends before everything is there that its flags announce."""


@final
class Ie(Generic[T]):
    """One information element. `decode` raises ValueError, and TooShort of its kinds, for bad octets."""

    __slots__ = ("decode", "encode", "name", "number")

    def __init__(
        self, number: int, name: str, decode: Callable[[bytes], T], encode: Callable[[T], bytes]
    ) -> None:
        self.number = number
        self.name = name
        self.decode = decode
        self.encode = encode

    def __repr__(self) -> str:
        return f"{self.name} ({self.number})"


@final
class Octets:
    """A value being read from its first octet on. Everything raises TooShort."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        """The next `size` octets."""
        end = self._at + size
        if end > len(self._data):
            raise TooShort(f"{len(self._data)} octets, at least {end} are expected")
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def number(self, size: int = 1) -> int:
        """The next `size` octets as an unsigned number."""
        return int.from_bytes(self.take(size), "big")

    def counted(self, size: int = 2) -> bytes:
        """Octets behind a length of `size` octets."""
        return self.take(self.number(size))

    def ipv4(self, present: int) -> IPv4Address | None:
        """An address, where a flag says that there is one."""
        return IPv4Address(self.take(4)) if present else None

    def ipv6(self, present: int) -> IPv6Address | None:
        """The same for IPv6."""
        return IPv6Address(self.take(16)) if present else None

    def rest(self) -> bytes:
        """Whatever is left."""
        return self._data[self._at :]


def counted(octets: bytes, size: int = 2) -> bytes:
    """Octets with their length before them. Raises OverflowError where it does not fit."""
    return len(octets).to_bytes(size, "big") + octets


def packed(address: IPv4Address | IPv6Address | None) -> bytes:
    """An address, or nothing."""
    return b"" if address is None else address.packed


def unsigned(number: int, name: str, size: int) -> Ie[int]:
    """An element that is a number of `size` octets."""

    def decode(raw: bytes) -> int:
        return Octets(raw).number(size)

    return Ie(number, name, decode, lambda value: value.to_bytes(size, "big"))


def low_bits(number: int, name: str, bits: int) -> Ie[int]:
    """An element of one octet of which the low bits count; the others are spare."""
    mask = (1 << bits) - 1

    def encode(value: int) -> bytes:
        if not 0 <= value <= mask:
            raise ValueError(f"{value} does not fit {bits} bits")
        return bytes((value,))

    return Ie(number, name, lambda raw: Octets(raw).number() & mask, encode)


def flags(number: int, name: str, kind: type[F], size: int = 1) -> Ie[F]:
    """An element of flags. Bit 1 of its first octet is the lowest bit of the value, bit 1 of the second is
    256 and so on. Octets beyond the first `size` are sent only where one of their bits is set: releases
    added them."""

    def decode(raw: bytes) -> F:
        if len(raw) < min(size, 1):
            raise TooShort("no octet of flags")
        return kind(int.from_bytes(raw, "little") & ((1 << 64) - 1))

    def encode(value: F) -> bytes:
        return int(value).to_bytes(max(size, (int(value).bit_length() + 7) // 8), "little")

    return Ie(number, name, decode, encode)


def octet_string(number: int, name: str, least: int = 0) -> Ie[bytes]:
    """An element that is octets, at least so many."""

    def decode(raw: bytes) -> bytes:
        if len(raw) < least:
            raise TooShort(f"{len(raw)} octets, at least {least} are expected")
        return raw

    return Ie(number, name, decode, bytes)


def within(value: int, most: int, what: str) -> int:
    """The value, which is in 0…most. Raises ValueError."""
    if not 0 <= value <= most:
        raise ValueError(f"{what} {value} is not within 0 and {most}")
    return value


AnyIe = Ie[Any]
