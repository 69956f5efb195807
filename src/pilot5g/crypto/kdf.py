"""Key derivation: the generic KDF of TS 33.220 B.2 and its uses in TS 33.501 annex A.

Each function is one clause of annex A and returns 32 octets unless it says otherwise. The serving network
name comes from `model.identity.serving_network_name`.
"""

from __future__ import annotations

from enum import IntEnum
from hashlib import sha256
from typing import Final

from pilot5g.crypto.algorithm import require_octets
from pilot5g.model.identity import Supi


class KeyType(IntEnum):
    """Algorithm type distinguishers (TS 33.501 table A.8-1)."""

    NAS_ENC = 1
    NAS_INT = 2
    RRC_ENC = 3
    RRC_INT = 4
    UP_ENC = 5
    UP_INT = 6


class AccessType(IntEnum):
    """Access type distinguishers (TS 33.501 table A.9-1)."""

    THREE_GPP = 1
    NON_3GPP = 2


_INNER: Final = bytes(octet ^ 0x36 for octet in range(256))
_OUTER: Final = bytes(octet ^ 0x5C for octet in range(256))


def kdf(key: bytes, fc: int, *parameters: bytes) -> bytes:
    """HMAC-SHA-256 over FC and each parameter followed by its length in two octets (TS 33.220 B.2.0).

    HMAC is two hashes of a key of at most 64 octets (RFC 2104): doing them costs half of what OpenSSL takes
    to look up and set up its own for each call.
    """
    require_octets("a key of HMAC beyond 64 octets", key[64:], 0)
    s = [bytes((fc,))]
    for p in parameters:
        s.append(p)
        s.append(len(p).to_bytes(2))
    block = key.ljust(64, b"\0")
    inner = sha256(block.translate(_INNER) + b"".join(s)).digest()
    return sha256(block.translate(_OUTER) + inner).digest()


def kausf(ck: bytes, ik: bytes, snn: str, sqn_xor_ak: bytes) -> bytes:
    """KAUSF of 5G AKA (TS 33.501 A.2)."""
    return kdf(ck + ik, 0x6A, snn.encode(), sqn_xor_ak)


def res_star(ck: bytes, ik: bytes, snn: str, rand: bytes, res: bytes) -> bytes:
    """RES* from RES, or XRES* from XRES: 16 octets (TS 33.501 A.4)."""
    return kdf(ck + ik, 0x6B, snn.encode(), rand, res)[16:]


def hres_star(rand: bytes, res_star: bytes) -> bytes:
    """HRES* from RES*, or HXRES* from XRES*: 16 octets (TS 33.501 A.5)."""
    return sha256(rand + res_star).digest()[16:]


def kseaf(kausf: bytes, snn: str) -> bytes:
    """KSEAF, the anchor key of the serving network (TS 33.501 A.6)."""
    return kdf(kausf, 0x6C, snn.encode())


def kamf(kseaf: bytes, supi: Supi | str, abba: bytes = b"\0\0") -> bytes:
    """KAMF (TS 33.501 A.7).

    P0 is the IMSI or NAI itself, without the `imsi-` or `nai-` that TS 29.571 puts before it (A.7.0).
    """
    kind, dash, identity = supi.partition("-")
    bare = identity if dash and kind in ("imsi", "nai", "gci", "gli") else supi
    return kdf(kseaf, 0x6D, bare.encode(), abba)


def algorithm_key(key: bytes, key_type: int, algorithm: int) -> bytes:
    """The 16-octet key of one algorithm, from KAMF for NAS and from KgNB for RRC and UP (TS 33.501 A.8)."""
    return kdf(key, 0x69, bytes((key_type,)), bytes((algorithm,)))[16:]


def nas_key(kamf: bytes, key_type: int, algorithm: int) -> bytes:
    """KNASenc (`KeyType.NAS_ENC`) or KNASint (`KeyType.NAS_INT`) of 16 octets (TS 33.501 A.8)."""
    return algorithm_key(kamf, key_type, algorithm)


def kgnb(kamf: bytes, uplink_nas_count: int, access_type: int = AccessType.THREE_GPP) -> bytes:
    """KgNB, or KN3IWF for non-3GPP access (TS 33.501 A.9)."""
    return kdf(kamf, 0x6E, uplink_nas_count.to_bytes(4), bytes((access_type,)))


def nh(kamf: bytes, sync_input: bytes) -> bytes:
    """The next hop key; `sync_input` is the fresh KgNB first and the previous NH after (TS 33.501 A.10)."""
    return kdf(kamf, 0x6F, sync_input)


def kng_ran_star(key: bytes, pci: int, arfcn_dl: int, *, ng_enb: bool = False) -> bytes:
    """KNG-RAN* for a target cell, from NH or the current KgNB (TS 33.501 A.11; A.12 for a target ng-eNB)."""
    return kdf(key, 0x71 if ng_enb else 0x70, pci.to_bytes(2), arfcn_dl.to_bytes(3))


def kamf_prime(kamf: bytes, direction: int, nas_count: int) -> bytes:
    """KAMF' in mobility (TS 33.501 A.13).

    At handover `direction` is 1 and `nas_count` the downlink NAS COUNT; at a mobility registration update
    `direction` is 0 and `nas_count` the uplink NAS COUNT of the Registration Request.
    """
    return kdf(kamf, 0x72, bytes((direction,)), nas_count.to_bytes(4))
