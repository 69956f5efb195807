"""Keys of EAP-AKA' (RFC 9048 3.3 and 3.4, TS 33.501 6.1.3.1 and annex F).

The keys are bound to the serving network by CK' and IK', and to the subscriber by the identity that goes into
the PRF. In a 5G network that identity is the SUPI as a network access identifier (RFC 9048 5.3.1.1), not what
the phone showed on the air.
"""

from __future__ import annotations

from typing import Final

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from pilot5g.crypto import kdf
from pilot5g.crypto.algorithm import require_octets

KDF_PRIME: Final = 1
"""The key derivation function there is: EAP-AKA' with CK' and IK' (RFC 9048 6.3)."""

MAC_OCTETS: Final = 16
"""HMAC-SHA-256-128 (RFC 9048 3.4.2)."""

_MATERIAL: Final = 16 + 32 + 32 + 64 + 64


class PrimeKeys(msgspec.Struct, frozen=True):
    """What the PRF gives (RFC 9048 3.3); `emsk` begins with KAUSF (TS 33.501 F)."""

    encr: bytes
    aut: bytes
    re: bytes
    msk: bytes
    emsk: bytes

    @property
    def kausf(self) -> bytes:
        """The most significant 256 bits of EMSK (TS 33.501 6.1.3.1)."""
        return self.emsk[:32]

    def __repr__(self) -> str:
        """Without the keys, which belong into no log."""
        return "PrimeKeys()"


def prime(ck: bytes, ik: bytes, network_name: str, sqn_xor_ak: bytes) -> tuple[bytes, bytes]:
    """CK' and IK' of 16 octets each (TS 33.402 A.2, TS 33.501 A.3)."""
    both = kdf.kdf(ck + ik, 0x20, network_name.encode(), sqn_xor_ak)
    return both[:16], both[16:]


def prime_keys(ck_prime: bytes, ik_prime: bytes, identity: str) -> PrimeKeys:
    """The keys of a full authentication for an identity (RFC 9048 3.3).

    Raises ValueError where CK' or IK' has not 16 octets.
    """
    require_octets("CK'", ck_prime, 16)
    require_octets("IK'", ik_prime, 16)
    made = _prf(ik_prime + ck_prime, b"EAP-AKA'" + identity.encode())
    return PrimeKeys(made[:16], made[16:48], made[48:80], made[80:144], made[144:])


def mac(k_aut: bytes, packet: bytes) -> bytes:
    """AT_MAC over a packet whose own MAC is zero (RFC 9048 3.4.2)."""
    return _hmac(k_aut, packet)[:MAC_OCTETS]


def _prf(key: bytes, seed: bytes) -> bytes:
    """PRF' (RFC 9048 3.4.1), as long as the keys are."""
    made, block, number = b"", b"", 0
    while len(made) < _MATERIAL:
        number += 1
        block = _hmac(key, block + seed + bytes((number,)))
        made += block
    return made[:_MATERIAL]


def _hmac(key: bytes, octets: bytes) -> bytes:
    hashed = HMAC(key, SHA256())
    hashed.update(octets)
    return hashed.finalize()
