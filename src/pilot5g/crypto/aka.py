"""How AUTN and AUTS are laid out (TS 33.102 6.3.2, 6.3.3).

Only the layout is here. Making an authentication vector belongs to the home network and checking one to the
phone: each has its own arithmetic, so that an error in one is caught by the other.
"""

from __future__ import annotations

import msgspec

from pilot5g.crypto.algorithm import require_octets


class Autn(msgspec.Struct, frozen=True):
    """The parts of an AUTN: SQN xor AK (6 octets), AMF (2), MAC-A (8)."""

    sqn_xor_ak: bytes
    amf: bytes
    mac: bytes


class Auts(msgspec.Struct, frozen=True):
    """The parts of an AUTS: SQN-MS xor AK* (6 octets), MAC-S (8)."""

    sqn_xor_ak: bytes
    mac: bytes


def xor(a: bytes, b: bytes) -> bytes:
    """The bitwise sum of two octet strings of one length. Raises ValueError where the lengths differ."""
    require_octets("the second operand", b, len(a))
    return (int.from_bytes(a) ^ int.from_bytes(b)).to_bytes(len(a))


def autn(sqn: bytes, ak: bytes, amf: bytes, mac: bytes) -> bytes:
    """AUTN := (SQN xor AK) || AMF || MAC-A, 16 octets. Raises ValueError on other lengths."""
    require_octets("SQN", sqn, 6)
    require_octets("AMF", amf, 2)
    require_octets("MAC-A", mac, 8)
    return xor(sqn, ak) + amf + mac


def parse_autn(octets: bytes) -> Autn:
    """The parts of an AUTN. Raises ValueError unless it has 16 octets."""
    require_octets("AUTN", octets, 16)
    return Autn(octets[:6], octets[6:8], octets[8:])


def auts(sqn: bytes, ak: bytes, mac: bytes) -> bytes:
    """AUTS := (SQN-MS xor AK*) || MAC-S, 14 octets. Raises ValueError on other lengths."""
    require_octets("SQN", sqn, 6)
    require_octets("MAC-S", mac, 8)
    return xor(sqn, ak) + mac


def parse_auts(octets: bytes) -> Auts:
    """The parts of an AUTS. Raises ValueError unless it has 14 octets."""
    require_octets("AUTS", octets, 14)
    return Auts(octets[:6], octets[6:])
