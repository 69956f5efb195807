"""The field list of X.691: bits in, bits out, with alignment and the general length determinant.

`Reader` never reads beyond `end` (open types lower it while their content is decoded), and it carries the
two things a decoder must not lose: a budget of list elements, so that elements of no size cannot be asked
for without end, and the open types whose key nobody knew.
"""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from pilot5g.wire.errors import DecodeError, EncodeError

FRAGMENT: Final = 16384
"""Units in one fragment block (X.691 11.9.3.8)."""
ONE: Final = [bytes((octet,)) for octet in range(256)]
"""Every octet as octets."""
FREE_ELEMENTS: Final = 65536
"""List elements granted beyond one for each bit received; only elements of no size can need them."""


@final
class Reader:
    """A cursor over received octets. Every method raises DecodeError where they end too early."""

    __slots__ = ("budget", "data", "end", "pos", "unknown")

    def __init__(self, data: bytes) -> None:
        self.data: bytes = data
        self.pos: i64 = 0
        self.end: i64 = len(data) * 8
        self.budget: i64 = len(data) * 8 + FREE_ELEMENTS
        self.unknown: list[tuple[object, object]] = []

    def fail(self, what: str) -> DecodeError:
        """The error to raise, with the octet reached."""
        where: int = self.pos >> 3
        return DecodeError(what, where)

    def bit(self) -> bool:
        """One bit."""
        p: i64 = self.pos
        if p >= self.end:
            raise self.fail("truncated")
        self.pos = p + 1
        return (self.data[p >> 3] & (0x80 >> (p & 7))) != 0

    def bits(self, n: i64) -> i64:
        """A bit field of at most 56 bits."""
        p: i64 = self.pos
        e: i64 = p + n
        if e > self.end:
            raise self.fail("truncated")
        self.pos = e
        data = self.data
        i: i64 = p >> 3
        j: i64 = (e + 7) >> 3
        v: i64 = 0
        while i < j:
            v = (v << 8) | data[i]
            i += 1
        return (v >> ((j << 3) - e)) & (0x7FFFFFFFFFFFFFFF >> (63 - n))

    def align(self) -> None:
        """Skip to the next octet boundary."""
        self.pos = (self.pos + 7) & -8

    def octets(self, n: i64) -> bytes:
        """`n` octets at an aligned position."""
        a: i64 = self.pos >> 3
        e: i64 = self.pos + (n << 3)
        if e > self.end:
            raise self.fail("truncated")
        self.pos = e
        return self.data[a : a + n]

    def octets_unaligned(self, n: i64) -> bytes:
        """At most two octets, wherever they begin."""
        v: int = self.bits(n << 3)
        size: int = n
        return v.to_bytes(size, "big")

    def uint(self, n: i64) -> int:
        """An unsigned number of `n` octets at an aligned position."""
        if n <= 7:
            return self.bits(n << 3)
        return int.from_bytes(self.octets(n), "big")

    def sint(self) -> int:
        """A length and as many octets of a signed number (X.691 13.2.4)."""
        n: i64 = self.length()
        if n < 1:
            raise self.fail("bad integer length")
        return int.from_bytes(self.octets(n), "big", signed=True)

    def length(self) -> i64:
        """A general length determinant (X.691 11.9). Negative: a fragment of -n units, and more to come."""
        self.pos = (self.pos + 7) & -8
        b: i64 = self.bits(8)
        if b < 0x80:
            return b
        if b < 0xC0:
            return ((b & 0x3F) << 8) | self.bits(8)
        b &= 0x3F
        if b < 1 or b > 4:
            raise self.fail("bad fragment length")
        return -(b << 14)

    def varoctets(self) -> bytes:
        """Octets behind a general length determinant, fragments joined."""
        n = self.length()
        if n >= 0:
            return self.octets(n)
        parts: list[bytes] = []
        while n < 0:
            parts.append(self.octets(-n))
            n = self.length()
        parts.append(self.octets(n))
        return b"".join(parts)

    def small(self) -> i64:
        """A normally small non-negative whole number (X.691 11.6)."""
        if not self.bit():
            return self.bits(6)
        n = self.length()
        if n < 1 or n > 4:
            raise self.fail("normally small number too large")
        return self.bits(n << 3)

    def spend(self, n: i64) -> None:
        """Take `n` list elements from the budget."""
        self.budget -= n
        if self.budget < 0:
            raise self.fail("more list elements than the message can hold")


@final
class Writer:
    """Octets in the making. Callers check that values fit.

    Bits gather in one number until octets come or it is full, and octets in a list of parts, which is joined
    once at the end; so an open type's length can be filled in when its content is complete.
    """

    __slots__ = ("acc", "n", "parts", "size")

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size: i64 = 0
        self.acc: i64 = 0
        self.n: i64 = 0

    def bits(self, v: i64, n: i64) -> None:
        """A bit field of at most 48 bits; `v` fits in it."""
        if self.n + n > 56:
            self._flush()
        self.acc = (self.acc << n) | v
        self.n += n

    def align(self) -> None:
        """Pad with zero bits to the next octet boundary."""
        pad: i64 = -self.n & 7
        self.acc <<= pad
        self.n += pad

    def _flush(self) -> None:
        """Move what is whole octets from the number to the parts."""
        n: i64 = self.n >> 3
        if n == 0:
            return
        rest: i64 = self.n & 7
        v: i64 = self.acc >> rest
        if n == 1:
            self.parts.append(ONE[v])
        else:
            number: int = v
            size: int = n
            self.parts.append(number.to_bytes(size, "big"))
        self.size += n
        self.acc &= 0xFF >> (8 - rest)
        self.n = rest

    def octets(self, b: bytes) -> None:
        """Octets at an aligned position."""
        self._flush()
        self.parts.append(b)
        self.size += len(b)

    def open(self) -> tuple[i64, i64]:
        """Begin an open type (X.691 11.2): where its length will be, and the size before it, for `close`."""
        self.align()
        self._flush()
        place: i64 = len(self.parts)
        self.parts.append(b"")
        return place, self.size

    def close(self, mark: tuple[i64, i64]) -> None:
        """End the open type that `open` began: its content is written."""
        place, begin = mark
        self.align()
        self._flush()
        n: i64 = self.size - begin
        if n == 0:
            self.octets(b"\0")
            n = 1
        if n < 0x80:
            self.parts[place] = ONE[n]
            self.size += 1
        elif n < FRAGMENT:
            self.parts[place] = ONE[0x80 | (n >> 8)] + ONE[n & 0xFF]
            self.size += 2
        else:
            content = b"".join(self.parts[place:])
            del self.parts[place:]
            self.size = begin
            self.varoctets(content)

    def length(self, n: i64) -> None:
        """A general length determinant below 16K (X.691 11.9.3.6 and 11.9.3.7)."""
        self.align()
        if n < 0x80:
            self.bits(n, 8)
        else:
            self.bits(n | 0x8000, 16)

    def part(self, left: i64) -> i64:
        """The length determinant of the next part of `left` units, and that part's size (X.691 11.9.3.8).

        A part of 16K units or more is followed by another, even if that is empty.
        """
        if left < FRAGMENT:
            self.length(left)
            return left
        blocks: i64 = left >> 14
        if blocks > 4:
            blocks = 4
        self.align()
        self.bits(0xC0 | blocks, 8)
        return blocks << 14

    def varoctets(self, b: bytes) -> None:
        """A length determinant and octets, in fragments where they are many."""
        n: i64 = len(b)
        if n < FRAGMENT:
            self.length(n)
            self.octets(b)
            return
        at: i64 = 0
        while True:
            m = self.part(n - at)
            self.octets(b[at : at + m])
            at += m
            if m < FRAGMENT:
                return

    def sint(self, v: int) -> None:
        """A length and the octets of a signed number (X.691 13.2.4)."""
        n = ((v if v >= 0 else ~v).bit_length() >> 3) + 1
        self.varoctets(v.to_bytes(n, "big", signed=True))

    def small(self, v: i64) -> None:
        """A normally small non-negative whole number (X.691 11.6)."""
        if v < 0:
            raise EncodeError("a normally small number is not negative")
        if v < 64:
            self.bits(v, 7)
        else:
            self.bits(1, 1)
            number: int = v
            self.varoctets(number.to_bytes((number.bit_length() + 7) >> 3, "big"))

    def getvalue(self) -> bytes:
        """The complete encoding; never empty (X.691 11.1.3)."""
        self.align()
        self._flush()
        if self.size == 0:
            return b"\0"
        return b"".join(self.parts)
