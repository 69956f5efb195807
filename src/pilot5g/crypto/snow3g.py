"""SNOW 3G, the stream cipher under NEA1 and NIA1 (TS 35.216).

The word-wide tables are computed from the two S-boxes when the module is loaded. The register only grows:
clocking appends one word and moves the window, which is the cheapest shift both interpreted and compiled
(mypyc sees 64-bit integers in `keystream`).
"""

from __future__ import annotations

import struct
from typing import Final

from mypy_extensions import i64

_INIT_CLOCKS: Final = 32

# S_R is the S-box of AES, S_Q a Dickson polynomial over GF(2^8) (TS 35.216 5.1, 5.2).
_SR: Final = list(
    bytes.fromhex(
        "637c777bf26b6fc53001672bfed7ab76ca82c97dfa5947f0add4a2af9ca472c0b7fd9326363ff7cc34a5e5f171d83115"
        "04c723c31896059a071280e2eb27b27509832c1a1b6e5aa0523bd6b329e32f8453d100ed20fcb15b6acbbe394a4c58cf"
        "d0efaafb434d338545f9027f503c9fa851a3408f929d38f5bcb6da2110fff3d2cd0c13ec5f974417c4a77e3d645d1973"
        "60814fdc222a908846eeb814de5e0bdbe0323a0a4906245cc2d3ac629195e479e7c8376d8dd54ea96c56f4ea657aae08"
        "ba78252e1ca6b4c6e8dd741f4bbd8b8a703eb5664803f60e613557b986c11d9ee1f8981169d98e949b1e87e9ce5528df"
        "8ca1890dbfe6426841992d0fb054bb16"
    )
)
_SQ: Final = list(
    bytes.fromhex(
        "25247367d7ae5c30a4ee6ecb7db582dbe48e48494f5d6a787088e85f5e8465e2d8e9cced402f112857d2ace34a151bb9"
        "b28085a62e024729074b0ec151aa89d4ca0146b3efdd447bc27fbec39f204c6483a2684213b441cdbac6bb6d4d7121f4"
        "8db0e593fe8fe6cf43453122373696fabc0f08521d551ac54e23697a92ff5b5aeb9a1ca9d17e0dfc508ab662f50af8dc"
        "033c0c39f1b8f33df2d597668132a00006cef6eab717f78c79d6a7bf8b3f1f536375352c60fd27d394a57ca105582dbd"
        "d9c7af6b540be03804c89de714b1879cdf6ff9da2ac459167491ab266176342bad99fb72ec3312de983bc09b3e18103a"
        "56e177c91e9e95a39019a86c09d0f086"
    )
)


def _mulx(v: int, c: int) -> int:
    """Multiplication by x in GF(2^8) with the feedback octet `c` (TS 35.216 3.1.1)."""
    return (v << 1 ^ c) & 0xFF if v & 0x80 else v << 1


def _word_tables(box: list[int], c: int) -> list[list[int]]:
    """S1 or S2 as four tables, one for each octet of the word from the left (TS 35.216 3.3.1, 3.3.2)."""
    tables: list[list[int]] = [[], [], [], []]
    for s in box:
        m = _mulx(s, c)
        word = m << 24 | (m ^ s) << 16 | s << 8 | s
        for table in tables:
            table.append(word)
            word = word >> 8 | (word & 0xFF) << 24
    return tables


def _alpha(exponents: tuple[int, int, int, int]) -> list[int]:
    """MULalpha or DIValpha for every octet (TS 35.216 3.4.2, 3.4.3); linear, so eight entries do."""
    table = [0] * 256
    for power in (1, 2, 4, 8, 16, 32, 64, 128):
        octets = []
        for exponent in exponents:
            v = power
            for _ in range(exponent):
                v = _mulx(v, 0xA9)
            octets.append(v)
        table[power] = int.from_bytes(octets)
    for c in range(1, 256):
        table[c] = table[c & c - 1] ^ table[c & -c]
    return table


_S1: Final = _word_tables(_SR, 0x1B)
_S2: Final = _word_tables(_SQ, 0x69)
_MUL_ALPHA: Final = _alpha((23, 245, 48, 239))
_DIV_ALPHA: Final = _alpha((16, 39, 6, 64))


def _initial_register(key: bytes, iv: bytes) -> list[int]:
    """s0 to s15 from the key k0 || k1 || k2 || k3 and the IV IV0 || IV1 || IV2 || IV3 (TS 35.216 4.1)."""
    k0, k1, k2, k3 = struct.unpack(">4I", key)
    iv0, iv1, iv2, iv3 = struct.unpack(">4I", iv)
    ones = 0xFFFFFFFF
    low = [k0 ^ ones, k1 ^ ones, k2 ^ ones, k3 ^ ones, k0, k1, k2, k3]
    high = [k0 ^ ones, k1 ^ ones ^ iv3, k2 ^ ones ^ iv2, k3 ^ ones, k0 ^ iv1, k1, k2, k3 ^ iv0]
    return low + high


def keystream(key: bytes, iv: bytes, words: i64) -> list[int]:
    """`words` 32-bit words of keystream for a key and an IV of 16 octets each (TS 35.216 4)."""
    a0, a1, a2, a3 = _S1
    b0, b1, b2, b3 = _S2
    mul, div = _MUL_ALPHA, _DIV_ALPHA
    s: list[int] = _initial_register(key, iv)
    out: list[int] = []
    mask: i64 = 0xFFFFFFFF
    r1: i64 = 0
    r2: i64 = 0
    r3: i64 = 0
    i: i64 = 0
    last: i64 = _INIT_CLOCKS + words
    while i <= last:
        s0: i64 = s[i]
        s11: i64 = s[i + 11]
        f: i64 = ((s[i + 15] + r1) & mask) ^ r2
        r: i64 = (r2 + (r3 ^ s[i + 5])) & mask
        r3 = b0[r2 >> 24] ^ b1[(r2 >> 16) & 255] ^ b2[(r2 >> 8) & 255] ^ b3[r2 & 255]
        r2 = a0[r1 >> 24] ^ a1[(r1 >> 16) & 255] ^ a2[(r1 >> 8) & 255] ^ a3[r1 & 255]
        r1 = r
        v: i64 = ((s0 << 8) & mask) ^ mul[s0 >> 24] ^ s[i + 2] ^ (s11 >> 8) ^ div[s11 & 255]
        if i < _INIT_CLOCKS:
            v ^= f
        elif i > _INIT_CLOCKS:  # the first word after initialisation is thrown away (TS 35.216 4.2)
            out.append(f ^ s0)
        s.append(v)
        i += 1
    return out
