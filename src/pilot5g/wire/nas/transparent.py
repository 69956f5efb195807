"""The Intra N1 mode NAS transparent container (TS 24.501 9.11.2.6): new NAS keys, told in a handover.

The target AMF makes it, a radio passes it on unread, in NGAP (NASC) and in RRC Reconfiguration, and the
phone checks it with the keys that it has derived itself. It is no NAS message, so its code is made with a
COUNT that no message ever has (TS 33.501 6.9.2.3.3).
"""

from __future__ import annotations

import hmac

import msgspec

from pilot5g.crypto.nas_algorithms import DOWNLINK, Integrity
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.nas.security import THREE_GPP_ACCESS

NO_COUNT = 0xFFFFFFFF
"""2^32-1: the COUNT of the code, and the uplink NAS COUNT of the K_gNB of a K_AMF that is derived in a
handover. No NAS message can have it (TS 33.501 6.9.2.3.3)."""

_LENGTH = 7


class HandoverSecurity(msgspec.Struct, frozen=True, kw_only=True):
    """What the phone is told. `sequence`: the eight low bits of the downlink NAS COUNT that a new K_AMF is
    derived with; `new_kamf`: whether one is (K_AMF_change_flag)."""

    ciphering: int
    integrity: int
    ngksi: int
    mapped: bool = False
    new_kamf: bool = False
    sequence: int

    def encode(self, knas_int: bytes) -> bytes:
        """The octets, with their code under the new K_NASint."""
        content = self._content()
        return _code(self.integrity, knas_int, content) + content

    def is_genuine(self, octets: bytes, knas_int: bytes) -> bool:
        """Whether the octets that this was read from have the code of this K_NASint. Null integrity is never
        genuine here."""
        if not 1 <= self.integrity <= 3:
            return False
        return hmac.compare_digest(octets[:4], _code(self.integrity, knas_int, octets[4:]))

    def _content(self) -> bytes:
        algorithms = self.ciphering * 16 | self.integrity
        return bytes((algorithms, self.new_kamf * 16 | self.mapped * 8 | self.ngksi, self.sequence))


def decode(octets: bytes) -> HandoverSecurity:
    """What the octets say, genuine or not. Raises DecodeError."""
    if len(octets) != _LENGTH:
        raise DecodeError(f"an intra N1 mode NAS transparent container has 7 octets, not {len(octets)}")
    algorithms, flags, sequence = octets[4:]
    return HandoverSecurity(
        ciphering=algorithms >> 4,
        integrity=algorithms & 15,
        ngksi=flags & 7,
        mapped=bool(flags & 8),
        new_kamf=bool(flags & 16),
        sequence=sequence,
    )


def _code(integrity: int, knas_int: bytes, content: bytes) -> bytes:
    return Integrity(integrity, knas_int).mac(NO_COUNT, THREE_GPP_ACCESS, DOWNLINK, content)
