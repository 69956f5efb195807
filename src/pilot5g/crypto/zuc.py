"""ZUC, the stream cipher under NEA3 and NIA3 (TS 35.222).

As in `snow3g` the register is a list that only grows, and mypyc sees 64-bit integers in `keystream`.
"""

from __future__ import annotations

import struct
from typing import Final

from mypy_extensions import i64

_INIT_CLOCKS: Final = 32

_S0: Final = list(
    bytes.fromhex(
        "3e725b47cae0003304d1549809b96dcb7b1bf932af9d6aa5b82dfc1d085303904d4e8499e4ced991ddb685488b296eac"
        "cdc1f81e734369c6b5bdfd396320d438767db2a7cfed57c5f32cbb142106559be3ef5e314f7f5aa40d8251495fba581c"
        "4a16d517a892241f8cffd8ae2e01d3ad3b4bda46ebc9de9a8f87d73a806f2fc8b1b437f70a2213287ccc3c89c7c39656"
        "07bf7ef00b2b975235417961a64c10febc2695888ab0a3fbc01894f2e1e5e95dd0dc1166645cec59427512f5749caa23"
        "0e86abbe2a02e767e644a26cc2939ff1f6fa36d250689e6271153dd640c4e20f8e83776b25053f0c30ea70b7a1e8a965"
        "8d271adb81b3a0f4457a19dfee783460"
    )
)
_S1: Final = list(
    bytes.fromhex(
        "55c263713bc847869f3cda5b29aafd778cc5940ca61a1300e3a8167240f9f8424426689681d9453e1076c6a78b3943e1"
        "3ab5562ac06db3052266bfdc0bfa6248dd20110636c9c1cff62752bb69f5d4877f844cd29c57a4bc4f9adffed68d7aeb"
        "2b53d85ca11417fb23d57d3067730809eeb7703f61b2198e4ee54b938f5ddba9adf1ae2ecb0dfcf42d466e1d97e8d1e9"
        "4d37a5755e839eab829db91ce0cd498901b6bd5824a25f387899159050b895e4d091c7ceed0fb46fa0ccf0024a79c3de"
        "a3efea51e66b18ec1b2c80f774e7ff215a6a541e41319235c433070aba7e0e3488b1987cf33d606c7bcad31f32650428"
        "64be859b2f598ad7b025acaf1203e2f2"
    )
)
_D: Final = struct.unpack(
    ">16H", bytes.fromhex("44d726bc626b135e578935e2713509af4d782f136bc41af15e263c4d789a47ac")
)
# The octets of a word go to S0, S1, S0, S1 (TS 35.222 3.3): each table already holds its octet in place.
_T0: Final = [x << 24 for x in _S0]
_T1: Final = [x << 16 for x in _S1]
_T2: Final = [x << 8 for x in _S0]
_T3: Final = _S1


def keystream(key: bytes, iv: bytes, words: i64) -> list[int]:
    """`words` 32-bit words of keystream for a key and an IV of 16 octets each (TS 35.222 3.6)."""
    t0, t1, t2, t3 = _T0, _T1, _T2, _T3
    s: list[int] = [k << 23 | d << 8 | v for k, d, v in zip(key, _D, iv, strict=True)]
    out: list[int] = []
    mask: i64 = 0xFFFFFFFF
    m31: i64 = 0x7FFFFFFF
    r1: i64 = 0
    r2: i64 = 0
    i: i64 = 0
    last: i64 = _INIT_CLOCKS + words
    while i <= last:
        s0: i64 = s[i]
        s15: i64 = s[i + 15]
        w: i64 = ((((s15 & 0x7FFF8000) << 1 | s[i + 14] & 0xFFFF) ^ r1) + r2) & mask
        w1: i64 = (r1 + ((s[i + 11] & 0xFFFF) << 16 | s[i + 9] >> 15)) & mask
        w2: i64 = r2 ^ ((s[i + 7] & 0xFFFF) << 16 | s[i + 5] >> 15)
        u: i64 = (w1 & 0xFFFF) << 16 | w2 >> 16
        v: i64 = (w2 & 0xFFFF) << 16 | w1 >> 16
        u = (u ^ u << 2 ^ u >> 30 ^ u << 10 ^ u >> 22 ^ u << 18 ^ u >> 14 ^ u << 24 ^ u >> 8) & mask
        v = (v ^ v << 8 ^ v >> 24 ^ v << 14 ^ v >> 18 ^ v << 22 ^ v >> 10 ^ v << 30 ^ v >> 2) & mask
        r1 = t0[u >> 24] | t1[(u >> 16) & 255] | t2[(u >> 8) & 255] | t3[u & 255]
        r2 = t0[v >> 24] | t1[(v >> 16) & 255] | t2[(v >> 8) & 255] | t3[v & 255]
        a: i64 = (s15 << 15) + (s[i + 13] << 17) + (s[i + 10] << 21) + (s[i + 4] << 20) + (s0 << 8) + s0
        if i < _INIT_CLOCKS:
            a += w >> 1
        elif i > _INIT_CLOCKS:  # the first word after initialisation is thrown away (TS 35.222 3.6.2)
            out.append(w ^ ((s[i + 2] & 0xFFFF) << 16 | s0 >> 15))
        a = (a & m31) + (a >> 31)
        a = (a & m31) + (a >> 31)
        s.append(a if a else m31)
        i += 1
    return out
