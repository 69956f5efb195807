"""The Internet checksum at the speed of a user plane (RFC 1071).

Every packet that is put into a superframe, or cut out of one, is summed once. Compiled, that is eight octets
a step and a fifth of a microsecond for a full packet; in plain Python a loop over octets would cost a hundred
times that, so the plain form lets the big integers of the interpreter do it.
"""

from __future__ import annotations

from types import FunctionType
from typing import Final

from librt.strings import read_i64_be
from mypy_extensions import i64

_MASK: Final[i64] = 0xFFFFFFFF


def ones(data: bytes, start: i64, end: i64) -> i64:
    """The one's complement sum of the 16-bit words from `start` to `end`, not inverted; 0 of zeros only.

    An odd last octet counts as the high one of its word.
    """
    if not COMPILED:
        piece = data[start:end]
        number = int.from_bytes(piece if len(piece) % 2 == 0 else piece + b"\0", "big")
        return (number % 0xFFFF or 0xFFFF) if number else 0
    total: i64 = 0
    at: i64 = start
    while at + 8 <= end:
        word: i64 = read_i64_be(data, at)
        total += (word & _MASK) + ((word >> 32) & _MASK)
        at += 8
    while at + 1 < end:
        high: i64 = i64(data[at])
        total += high * 256 + i64(data[at + 1])
        at += 2
    if at < end:
        last: i64 = i64(data[at])
        total += last * 256
    return fold(total)


def fold(total: i64) -> i64:
    """A sum of words as one word, the carries added in."""
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total


COMPILED: Final = not isinstance(fold, FunctionType)
"""Which form runs."""
