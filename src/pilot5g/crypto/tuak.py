"""TUAK, the Keccak-based authentication algorithm set (TS 35.231).

TS 35.231 fills 96 octets of the Keccak state, pads them with 0x1F … 0x80 up to octet 135 and leaves the
other 64 octets zero. That is exactly how SHAKE256 absorbs a message of 96 octets, and each further iteration
of the permutation is what SHAKE256 does between two output blocks of 136 octets. So hashlib's SHAKE256 is
the permutation, in C, and no Keccak of ours has to be right. TUAK numbers the octets of every field from the
least significant one, hence each field goes in and comes out reversed.
"""

from __future__ import annotations

from hashlib import shake_256

from pilot5g.crypto.algorithm import AkaKeys, require_octets

_NAME = b"TUAK1.0"
_RATE = 136
_MAC_BITS = {64: 0x08, 128: 0x10, 256: 0x20}
_RES_BITS = {32: 0x00, 64: 0x08, 128: 0x10, 256: 0x20}
_CK_BITS = {128: 0x00, 256: 0x04}
_IK_BITS = {128: 0x00, 256: 0x02}
_F1STAR = 0x80
_F2345 = 0x40
_F5STAR = 0xC0


def compute_topc(k: bytes, top: bytes, *, iterations: int = 1) -> bytes:
    """TOPc (32 octets), the operator code TOP (32) bound to K (16 or 32) (TS 35.231 6.2). Raises ValueError.

    `iterations` is the operator's number of Keccak iterations and must be the one given to `Tuak`.
    """
    require_octets("K", k, 16, 32)
    require_octets("TOP", top, 32)
    return _run(top, _key_bit(k), bytes(24), k, iterations)[:32][::-1]


class Tuak:
    """TUAK with one subscriber's K (16 or 32 octets) and TOPc (32 octets). Raises ValueError on others.

    The widths are the operator's choice: MAC 64, 128 or 256 bits, RES 32 to 256, CK and IK 128 or 256
    (TS 35.231 5.2). 5G AKA has room for a 64-bit MAC, RES up to 128 bits and 128-bit CK and IK, the defaults.
    """

    __slots__ = (
        "_ck",
        "_f1",
        "_f5star",
        "_f2345",
        "_ik",
        "_iterations",
        "_k",
        "_key_bit",
        "_mac",
        "_res",
        "_topc",
    )

    def __init__(
        self,
        k: bytes,
        topc: bytes,
        *,
        res_bits: int = 64,
        mac_bits: int = 64,
        ck_bits: int = 128,
        ik_bits: int = 128,
        iterations: int = 1,
    ) -> None:
        require_octets("K", k, 16, 32)
        require_octets("TOPc", topc, 32)
        self._f1 = _width("MAC", mac_bits, _MAC_BITS)
        self._f2345 = (
            _F2345
            | _width("RES", res_bits, _RES_BITS)
            | _width("CK", ck_bits, _CK_BITS)
            | _width("IK", ik_bits, _IK_BITS)
        )
        if iterations < 1:
            raise ValueError(f"TUAK has one Keccak iteration or more, not {iterations}")
        self._k, self._topc, self._iterations, self._key_bit = k, topc, iterations, _key_bit(k)
        self._mac, self._res, self._ck, self._ik = mac_bits // 8, res_bits // 8, ck_bits // 8, ik_bits // 8

    def f1(self, rand: bytes, sqn: bytes, amf: bytes) -> bytes:
        """MAC-A, as long as `mac_bits` says."""
        return self._out1(self._f1, rand, sqn, amf)

    def f1star(self, rand: bytes, sqn: bytes, amf: bytes) -> bytes:
        """MAC-S, as long as `mac_bits` says."""
        return self._out1(self._f1 | _F1STAR, rand, sqn, amf)

    def f2345(self, rand: bytes) -> AkaKeys:
        """RES, CK and IK of the chosen widths, and AK (6 octets)."""
        out = self._out(self._f2345, _inputs(rand, bytes(6), bytes(2)))
        return AkaKeys(
            out[: self._res][::-1],
            out[32 : 32 + self._ck][::-1],
            out[64 : 64 + self._ik][::-1],
            out[96:102][::-1],
        )

    def f12345(self, rand: bytes, sqn: bytes, amf: bytes) -> tuple[bytes, AkaKeys]:
        """MAC-A and what f2 to f5 give."""
        return self.f1(rand, sqn, amf), self.f2345(rand)

    def f5star(self, rand: bytes) -> bytes:
        """The anonymity key of a resynchronisation, 6 octets."""
        return self._out(_F5STAR, _inputs(rand, bytes(6), bytes(2)))[96:102][::-1]

    def _out1(self, instance: int, rand: bytes, sqn: bytes, amf: bytes) -> bytes:
        return self._out(instance, _inputs(rand, sqn, amf))[: self._mac][::-1]

    def _out(self, instance: int, inputs: bytes) -> bytes:
        return _run(self._topc, instance | self._key_bit, inputs, self._k, self._iterations)


def _key_bit(k: bytes) -> int:
    """The lowest bit of INSTANCE tells a 256-bit K from a 128-bit one (TS 35.231 6.1)."""
    return len(k) // 32


def _width(name: str, bits: int, known: dict[int, int]) -> int:
    if bits not in known:
        raise ValueError(f"{name} has {' or '.join(map(str, known))} bits in TUAK, not {bits}")
    return known[bits]


def _inputs(rand: bytes, sqn: bytes, amf: bytes) -> bytes:
    require_octets("RAND", rand, 16)
    require_octets("SQN", sqn, 6)
    require_octets("AMF", amf, 2)
    return rand[::-1] + amf[::-1] + sqn[::-1]


def _run(top: bytes, instance: int, inputs: bytes, k: bytes, iterations: int) -> bytes:
    message = b"".join((top[::-1], bytes((instance,)), _NAME[::-1], inputs, k[::-1], bytes(32 - len(k))))
    return shake_256(message).digest(_RATE * iterations)[-_RATE:]
