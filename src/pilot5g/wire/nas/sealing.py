"""What happens to the octets of a protected NAS message (TS 24.501 9.1.1, TS 33.501 6.4.3 and 6.4.4).

`security` decides which COUNT counts; here, in one of the modules that mypyc compiles, a message is sealed
and opened with it. Keying an algorithm costs several times what using it does, and a security context is
plain data that cannot hold the keyed object, so the seals last used are kept by their keys.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Final, final

from mypy_extensions import i64

from pilot5g.crypto.nas_algorithms import Ciphering, Integrity
from pilot5g.wire.nas.errors import TooShort, UnknownDiscriminator
from pilot5g.wire.nas.grammar import EPD_GMM

KEPT: Final = 128
"""Seals in either generation of those that are kept, two kilobytes each: enough for all phones that exchange
messages at one time, and little beside all that are registered."""


@final
class Seal:
    """The keyed algorithms of one security context."""

    __slots__ = ("ciphering", "integrity", "verifies")

    def __init__(self, ciphering: int, knas_enc: bytes, integrity: int, knas_int: bytes) -> None:
        self.ciphering = Ciphering(ciphering, knas_enc)
        self.integrity = Integrity(integrity, knas_int)
        self.verifies: bool = integrity != 0

    def close(self, kind: int, count: int, bearer: int, direction: int, plain: bytes) -> bytes:
        """The message as it is sent with a security header type of 1 to 4."""
        payload = plain
        if kind == 2 or kind == 4:
            payload = self.ciphering.apply(count, bearer, direction, plain)
        covered = bytes((count & 255,)) + payload
        return bytes((EPD_GMM, kind)) + self.integrity.mac(count, bearer, direction, covered) + covered

    def open(self, octets: bytes, count: int, bearer: int, direction: int) -> bytes | None:
        """The plain message of one whose header is right; None where its code is wrong."""
        if self.verifies:
            code = self.integrity.mac(count, bearer, direction, octets[6:])
            if not compare_digest(code, octets[2:6]):
                return None
        kind: i64 = octets[1] & 15
        if kind == 2 or kind == 4:
            return self.ciphering.apply(count, bearer, direction, octets[7:])
        return octets[7:]

    def apply(self, count: int, bearer: int, direction: int, data: bytes) -> bytes:
        """Octets ciphered, or deciphered, alone."""
        return self.ciphering.apply(count, bearer, direction, data)


Key = tuple[int, bytes, int, bytes]


@final
class _Seals:
    """Those used last. When the young are many they become the old, and the old that nobody used go."""

    __slots__ = ("old", "young")

    def __init__(self) -> None:
        self.young: dict[Key, Seal] = {}
        self.old: dict[Key, Seal] = {}

    def get(self, key: Key) -> Seal:
        """The seal of these keys, kept or made."""
        found = self.young.get(key)
        if found is None:
            found = self.old.get(key)
            if found is None:
                found = Seal(*key)
            if len(self.young) >= KEPT:
                self.old, self.young = self.young, {}
            self.young[key] = found
        return found


_SEALS: Final = _Seals()


def seal(ciphering: int, knas_enc: bytes, integrity: int, knas_int: bytes) -> Seal:
    """The seal of a security context. Raises ValueError for algorithms and keys that are none."""
    return _SEALS.get((ciphering, knas_enc, integrity, knas_int))


def header_type(octets: bytes) -> int:
    """The security header type of a message, 0 where it is plain or of another protocol.

    Raises NasError for what is neither plain nor protected: to be ignored.
    """
    size: i64 = len(octets)
    if size < 2:
        raise TooShort("a NAS message without security header type", len(octets))
    kind: i64 = octets[1] & 15
    if octets[0] != EPD_GMM or kind == 0:
        return 0
    if kind > 4:
        raise UnknownDiscriminator(f"security header type {kind} is reserved", 1)
    if size < 8:
        raise TooShort("a security protected NAS message without content", len(octets))
    return kind
