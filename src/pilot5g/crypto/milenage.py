"""Milenage, the AES-based authentication algorithm set (TS 35.206).

One AES context is kept per subscriber key: it costs four times the encryption itself to make. The rotations
r1 to r5 and constants c1 to c5 of TS 35.206 4.1 are whole 32-bit words, so on 128-bit integers each is one
shift pair, and the three blocks behind f2 to f5 go through AES in one call.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from pilot5g.crypto.algorithm import AkaKeys, require_octets

_MASK = (1 << 128) - 1


def compute_opc(k: bytes, op: bytes) -> bytes:
    """OPc, the operator code OP bound to the key K; all have 16 octets (TS 35.206 4.1). Raises ValueError."""
    require_octets("K", k, 16)
    require_octets("OP", op, 16)
    encrypted = Cipher(AES(k), ECB()).encryptor().update(op)
    return (int.from_bytes(encrypted) ^ int.from_bytes(op)).to_bytes(16)


class Milenage:
    """Milenage with one subscriber's K and OPc, 16 octets each. Raises ValueError on other lengths."""

    __slots__ = ("_encrypt", "_opc")

    def __init__(self, k: bytes, opc: bytes) -> None:
        require_octets("K", k, 16)
        require_octets("OPc", opc, 16)
        self._opc = int.from_bytes(opc)
        self._encrypt = Cipher(AES(k), ECB()).encryptor().update

    def f1(self, rand: bytes, sqn: bytes, amf: bytes) -> bytes:
        """MAC-A, 8 octets."""
        return self._out1(rand, sqn, amf)[:8]

    def f1star(self, rand: bytes, sqn: bytes, amf: bytes) -> bytes:
        """MAC-S, 8 octets."""
        return self._out1(rand, sqn, amf)[8:]

    def f2345(self, rand: bytes) -> AkaKeys:
        """RES (8 octets), CK (16), IK (16) and AK (6)."""
        opc = self._opc
        out = int.from_bytes(self._encrypt(self._blocks(self._temp(rand)))) ^ (opc << 256 | opc << 128 | opc)
        return _keys(out.to_bytes(48))

    def f12345(self, rand: bytes, sqn: bytes, amf: bytes) -> tuple[bytes, AkaKeys]:
        """MAC-A and what f2 to f5 give, in two calls of the cipher."""
        opc, temp = self._opc, self._temp(rand)
        first = temp ^ _rotate(_in1(sqn, amf) ^ opc, 64)
        out = int.from_bytes(self._encrypt(self._blocks(temp) + first.to_bytes(16)))
        octets = (out ^ (opc << 384 | opc << 256 | opc << 128 | opc)).to_bytes(64)
        return octets[48:56], _keys(octets[:48])

    def _blocks(self, temp: int) -> bytes:
        """What f2 and f5, f3 and f4 encrypt."""
        x = temp ^ self._opc
        return (x ^ 1).to_bytes(16) + (_rotate(x, 32) ^ 2).to_bytes(16) + (_rotate(x, 64) ^ 4).to_bytes(16)

    def f5star(self, rand: bytes) -> bytes:
        """The anonymity key of a resynchronisation, 6 octets."""
        block = _rotate(self._temp(rand) ^ self._opc, 96) ^ 8
        return (int.from_bytes(self._encrypt(block.to_bytes(16))) ^ self._opc).to_bytes(16)[:6]

    def _temp(self, rand: bytes) -> int:
        require_octets("RAND", rand, 16)
        return int.from_bytes(self._encrypt((int.from_bytes(rand) ^ self._opc).to_bytes(16)))

    def _out1(self, rand: bytes, sqn: bytes, amf: bytes) -> bytes:
        block = self._temp(rand) ^ _rotate(_in1(sqn, amf) ^ self._opc, 64)
        return (int.from_bytes(self._encrypt(block.to_bytes(16))) ^ self._opc).to_bytes(16)


def _in1(sqn: bytes, amf: bytes) -> int:
    require_octets("SQN", sqn, 6)
    require_octets("AMF", amf, 2)
    return int.from_bytes((sqn + amf) * 2)


def _keys(octets: bytes) -> AkaKeys:
    return AkaKeys(octets[8:16], octets[16:32], octets[32:], octets[:6])


def _rotate(x: int, bits: int) -> int:
    return (x << bits | x >> (128 - bits)) & _MASK
