"""Ciphering NEA0-3 and integrity NIA0-3 of NAS and radio messages (TS 33.501 annex D).

1 is SNOW 3G (TS 35.215), 2 AES (TS 33.401 annex B), 3 ZUC (TS 35.221). All take the same inputs: COUNT of 32
bits, BEARER of 5 (for NAS the NAS connection identifier, TS 33.501 6.4.3.1), DIRECTION of 1 (0 uplink, 1
downlink). `Ciphering` and `Integrity` hold the keyed AES contexts of one security context: making one costs
several times what using it does. `bits` is the message length where the last octet is not full; NAS never
needs it, published vectors do.

NIA1's multiplications in GF(2^64) and NIA3's correlation are written for Python's big integers rather than
bit by bit: a polynomial with one coefficient per octet multiplies without a carry into its neighbour, since
at most 64 products meet in one octet, and the parity of an octet is the coefficient.
"""

from __future__ import annotations

import struct
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, CTR, ECB
from cryptography.hazmat.primitives.cmac import CMAC

from pilot5g.crypto import snow3g, zuc
from pilot5g.crypto.algorithm import require_octets

NULL: Final = 0
SNOW3G: Final = 1
AES128: Final = 2
ZUC: Final = 3

UPLINK: Final = 0
DOWNLINK: Final = 1

_ALGORITHMS = (NULL, SNOW3G, AES128, ZUC)


def cipher(
    algorithm: int, key: bytes, count: int, bearer: int, direction: int, data: bytes, bits: int | None = None
) -> bytes:
    """`data` ciphered or deciphered with NEA`algorithm`. Raises ValueError."""
    return Ciphering(algorithm, key).apply(count, bearer, direction, data, bits)


def mac(
    algorithm: int, key: bytes, count: int, bearer: int, direction: int, data: bytes, bits: int | None = None
) -> bytes:
    """The four octets of message authentication code of NIA`algorithm`. Raises ValueError."""
    return Integrity(algorithm, key).mac(count, bearer, direction, data, bits)


class Ciphering:
    """NEA`algorithm` with one key of 16 octets. Raises ValueError on another length or algorithm."""

    __slots__ = ("_aes", "_key", "algorithm")

    def __init__(self, algorithm: int, key: bytes) -> None:
        _require(algorithm, key)
        self.algorithm = algorithm
        self._key = key
        self._aes = Cipher(AES(key), CTR(bytes(16))).encryptor()

    def apply(self, count: int, bearer: int, direction: int, data: bytes, bits: int | None = None) -> bytes:
        """`data` ciphered or deciphered (it is the same); what lies beyond `bits` comes out as zero."""
        if self.algorithm == NULL:
            out = data
        else:
            head = struct.pack(">II", count, bearer << 27 | direction << 26)
            if self.algorithm == AES128:
                self._aes.reset_nonce(head + bytes(8))
                out = self._aes.update(data)
            else:
                stream = _snow3g if self.algorithm == SNOW3G else zuc.keystream
                out = _xor_words(stream(self._key, head + head, (len(data) + 3) // 4), data)
        return out if bits is None else _cut(out, bits)


class Integrity:
    """NIA`algorithm` with one key of 16 octets. Raises ValueError on another length or algorithm."""

    __slots__ = ("_cmac", "_key", "algorithm")

    def __init__(self, algorithm: int, key: bytes) -> None:
        _require(algorithm, key)
        self.algorithm = algorithm
        self._key = key
        self._cmac = CMAC(AES(key))

    def mac(self, count: int, bearer: int, direction: int, data: bytes, bits: int | None = None) -> bytes:
        """The message authentication code, 4 octets; NIA0 gives zeros (TS 33.501 D.1)."""
        if self.algorithm == AES128:
            message = struct.pack(">II", count, bearer << 27 | direction << 26) + data
            if bits is not None and bits % 8:
                return _cmac_bits(self._key, message, 64 + bits)[:4]
            c = self._cmac.copy()
            c.update(message if bits is None else message[: 8 + bits // 8])
            return c.finalize()[:4]
        if self.algorithm == NULL:
            return bytes(4)
        fresh = bearer << 27
        iv = struct.pack(">4I", count, fresh, count ^ direction << 31, fresh ^ direction << 15)
        length = len(data) * 8 if bits is None else bits
        tag = _nia1 if self.algorithm == SNOW3G else _nia3
        return tag(self._key, iv, data if bits is None else _cut(data, bits), length).to_bytes(4)


def _require(algorithm: int, key: bytes) -> None:
    if algorithm not in _ALGORITHMS:
        raise ValueError(f"algorithms are numbered 0 to 3, not {algorithm}")
    require_octets("a NAS key", key, 16)


def _snow3g(key: bytes, iv: bytes, words: int) -> list[int]:
    """SNOW 3G with key and IV as TS 35.215 gives them, last word first (3.4, 4.4)."""
    return snow3g.keystream(_words_reversed(key), _words_reversed(iv), words)


def _words_reversed(octets: bytes) -> bytes:
    return octets[12:] + octets[8:12] + octets[4:8] + octets[:4]


def _xor_words(words: list[int], data: bytes) -> bytes:
    n = len(data)
    stream = struct.pack(f">{len(words)}I", *words)[:n]
    return (int.from_bytes(stream) ^ int.from_bytes(data)).to_bytes(n)


def _cut(data: bytes, bits: int) -> bytes:
    """The first `bits` bits of `data`, filled with zeros to whole octets."""
    octets = (bits + 7) // 8
    kept = int.from_bytes(data[:octets]) >> (-bits % 8)
    return (kept << (-bits % 8)).to_bytes(octets)


# NIA1: a polynomial hash over GF(2^64) (TS 35.215 4.3)

_ONES64: Final = int.from_bytes(b"\x01" * 64)
_ONES127: Final = int.from_bytes(b"\x01" * 127)
_LOW64: Final = (1 << 512) - 1


def _nia1(key: bytes, iv: bytes, data: bytes, length: int) -> int:
    z1, z2, z3, z4, z5 = _snow3g(key, iv, 5)
    p = _spread(z1 << 32 | z2)
    blocks = (len(data) + 7) // 8
    text = f"{int.from_bytes(data.ljust(blocks * 8, bytes(1))):0{blocks * 64}b}".encode()
    total = 0
    for i in range(0, blocks * 64, 64):
        total = _multiply(total ^ (int.from_bytes(text[i : i + 64]) & _ONES64), p)
    total = _multiply(total ^ _spread(length), _spread(z3 << 32 | z4))
    left = bytes(48 + octet for octet in total.to_bytes(64)[:32])
    return int(left, 2) ^ z5


def _spread(x: int) -> int:
    """The 64 bits of `x` as the lowest bits of 64 octets."""
    return int.from_bytes(f"{x:064b}".encode()) & _ONES64


def _multiply(a: int, b: int) -> int:
    """The product of two spread polynomials modulo x^64 + x^4 + x^3 + x + 1."""
    product = a * b & _ONES127
    for _ in range(2):
        high = product >> 512
        product = product & _LOW64 ^ high ^ high << 8 ^ high << 24 ^ high << 32
    return product


# NIA2: CMAC where the message does not end at an octet (TS 33.401 B.2.3, NIST SP 800-38B)


_BITS: Final = (1, 2, 4, 8, 16, 32, 64, 128)


def _cmac_bits(key: bytes, message: bytes, bits: int) -> bytes:
    zero = Cipher(AES(key), ECB()).encryptor().update(bytes(16))
    k2 = _double(_double(int.from_bytes(zero)))
    padded = int.from_bytes(_cut(message, bits)) | _BITS[-bits % 8 - 1]
    octets = (bits + 7) // 8
    blocks = (octets + 15) // 16
    last = padded << 8 * (blocks * 16 - octets) ^ k2
    return Cipher(AES(key), CBC(bytes(16))).encryptor().update(last.to_bytes(blocks * 16))[-16:]


def _double(x: int) -> int:
    return (x << 1 ^ (0x87 if x >> 127 else 0)) & (1 << 128) - 1


# NIA3: 32 parities of the message against the shifted keystream (TS 35.221 4.3)


def _nia3(key: bytes, iv: bytes, data: bytes, length: int) -> int:
    words = zuc.keystream(key, iv, (length + 31) // 32 + 2)
    stream = int.from_bytes(struct.pack(f">{len(words)}I", *words))
    message = int.from_bytes(data) >> (-length % 8) << 1 | 1  # the 1 takes the word that follows the message
    first = 32 * len(words) - length - 1
    total = 0
    for bit in range(32):
        parity = (message & stream >> first - bit).bit_count() & 1
        total = total << 1 | parity
    return total ^ words[-1]
