"""What authentication and security mode control exchange (TS 24.501 9.11.3.12, .32, .34 and .54)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

import msgspec

from pilot5g.wire.nas.ies.base import first
from pilot5g.wire.nas.table import HalfIe, Ie

NO_KEY = 7
"""The key set identifier value that means: no key is available (9.11.3.32)."""


class KeySetIdentifier(msgspec.Struct, frozen=True):
    """NAS key set identifier, ngKSI: 0 to 6, or 7 for none. `mapped`: the context came from an EPS (TSC)."""

    value: int = NO_KEY
    mapped: bool = False

    @property
    def available(self) -> bool:
        """Whether it names a key at all."""
        return self.value != NO_KEY


class SecurityAlgorithms(msgspec.Struct, frozen=True):
    """NAS security algorithms: 5G-EA0 to 7 and 5G-IA0 to 7 by number (9.11.3.34)."""

    ciphering: int
    integrity: int


class UeSecurityCapability(msgspec.Struct, frozen=True):
    """Which algorithms a UE has (9.11.3.54): octets of bits, algorithm 0 in the highest.

    `eps` holds the two octets of EPS algorithms where they were sent, `rest` what follows. All of it is
    replayed to the UE as it came (5.4.2.2), so nothing is normalised.
    """

    ea: int
    ia: int
    eps: bytes = b""
    rest: bytes = b""

    @classmethod
    def of(cls, ciphering: Iterable[int], integrity: Iterable[int], *, eps: bool = False) -> Self:
        """The capability that has these algorithms; `eps` adds the same for EPS."""
        ea = sum(_BITS[algorithm] for algorithm in set(ciphering))
        ia = sum(_BITS[algorithm] for algorithm in set(integrity))
        return cls(ea, ia, bytes((ea, ia)) if eps else b"")

    @property
    def ciphering(self) -> tuple[int, ...]:
        """The 5G-EA algorithms it has, by number."""
        return _NUMBERS[self.ea]

    @property
    def integrity(self) -> tuple[int, ...]:
        """The 5G-IA algorithms it has, by number."""
        return _NUMBERS[self.ia]


_BITS = (128, 64, 32, 16, 8, 4, 2, 1)
_NUMBERS = tuple(tuple(n for n, bit in enumerate(_BITS) if octet & bit) for octet in range(256))


class AdditionalSecurityInformation(msgspec.Struct, frozen=True):
    """Additional 5G security information (9.11.3.12)."""

    kamf_derivation: bool = False
    """HDP: a new K_AMF is to be derived."""
    retransmission_requested: bool = False
    """RINMR: the initial NAS message is to be sent again, in Security Mode Complete."""


def _ksi(half: int) -> KeySetIdentifier:
    return _KSI[half]


_KSI = tuple(KeySetIdentifier(half & 7, bool(half & 8)) for half in range(16))


def _from_ksi(ksi: KeySetIdentifier) -> int:
    if not 0 <= ksi.value <= 7:
        raise ValueError(f"a key set identifier is 0 to 7, not {ksi.value}")
    return ksi.value | int(ksi.mapped) * 8


KEY_SET_IDENTIFIER: HalfIe[KeySetIdentifier] = HalfIe(_ksi, _from_ksi)
SECURITY_ALGORITHMS: Ie[SecurityAlgorithms] = Ie(
    lambda octets: SecurityAlgorithms(first(octets) >> 4, octets[0] & 15),
    lambda value: bytes((value.ciphering * 16 | value.integrity,)),
    kept=True,
)


def _capability(octets: bytes) -> UeSecurityCapability:
    if len(octets) < 2:
        raise ValueError("a UE security capability is at least two octets")
    return UeSecurityCapability(octets[0], octets[1], octets[2:4], octets[4:])


UE_SECURITY_CAPABILITY: Ie[UeSecurityCapability] = Ie(
    _capability, lambda value: bytes((value.ea, value.ia)) + value.eps + value.rest, kept=True
)
ADDITIONAL_SECURITY_INFORMATION: Ie[AdditionalSecurityInformation] = Ie(
    lambda octets: AdditionalSecurityInformation(bool(first(octets) & 1), bool(octets[0] & 2)),
    lambda value: bytes((int(value.kamf_derivation) | int(value.retransmission_requested) * 2,)),
    kept=True,
)
