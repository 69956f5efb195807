"""Whole numbers under a constraint: the base of integers, lengths, enumerations and choices (X.691 11)."""

from __future__ import annotations

from typing import Final, final

from mypy_extensions import i64

from pilot5g.wire.aper.bits import Reader, Writer
from pilot5g.wire.errors import EncodeError

SINGLE: Final = 0
BITS: Final = 1
OCTET: Final = 2
TWO_OCTETS: Final = 3
COUNTED: Final = 4
SEMI: Final = 5
FREE: Final = 6


@final
class Whole:
    """A whole number between two bounds, either of which may be absent.

    The five forms of a constrained number depend on its range only (X.691 11.5.7): one value takes no bits,
    up to 255 a bit field, 256 an octet, up to 64K two octets, more a count of octets and the octets.
    """

    __slots__ = ("bounded", "lb", "mode", "nbits", "ub")

    def __init__(self, lb: int | None, ub: int | None) -> None:
        self.lb: int = 0 if lb is None else lb
        self.ub: int = 0 if ub is None else ub
        self.bounded: bool = lb is not None and ub is not None
        self.nbits: i64 = 0
        self.mode: i64 = FREE if lb is None else SEMI
        if lb is not None and ub is not None:
            self._constrain(ub - lb + 1)

    def _constrain(self, size: int) -> None:
        if size == 1:
            self.mode = SINGLE
        elif size <= 255:
            self.mode = BITS
            self.nbits = (size - 1).bit_length()
        elif size == 256:
            self.mode = OCTET
        elif size <= 65536:
            self.mode = TWO_OCTETS
        else:
            self.mode = COUNTED
            octets = ((size - 1).bit_length() + 7) >> 3
            self.nbits = (octets - 1).bit_length()

    def dec(self, r: Reader) -> int:
        """The next number. Raises DecodeError outside the bounds."""
        m: i64 = self.mode
        v: int
        if m == BITS:
            v = r.bits(self.nbits)
        elif m == OCTET:
            r.align()
            v = r.bits(8)
        elif m == TWO_OCTETS:
            r.align()
            v = r.bits(16)
        elif m == SINGLE:
            return self.lb
        elif m == FREE:
            return r.sint()
        else:
            return self._dec_counted(r)
        v += self.lb
        if v > self.ub:
            raise r.fail("integer out of range")
        return v

    def _dec_counted(self, r: Reader) -> int:
        n: i64
        if self.mode == COUNTED:
            n = r.bits(self.nbits) + 1
            r.align()
        else:
            n = r.length()
            if n < 1:
                raise r.fail("bad integer length")
        v = self.lb + r.uint(n)
        if self.bounded and v > self.ub:
            raise r.fail("integer out of range")
        return v

    def enc(self, w: Writer, v: int) -> None:
        """Append a number. Raises EncodeError outside the bounds."""
        m: i64 = self.mode
        if m == FREE:
            w.sint(v)
            return
        if v < self.lb or (self.bounded and v > self.ub):
            raise EncodeError(f"{v} is outside {self.lb}..{self.ub if self.bounded else 'MAX'}")
        v -= self.lb
        if m == BITS:
            w.bits(v, self.nbits)
        elif m == OCTET:
            w.align()
            w.bits(v, 8)
        elif m == TWO_OCTETS:
            w.align()
            w.bits(v, 16)
        elif m != SINGLE:
            self._enc_counted(w, v)

    def _enc_counted(self, w: Writer, v: int) -> None:
        n = max(1, (v.bit_length() + 7) >> 3)
        if self.mode == COUNTED:
            w.bits(n - 1, self.nbits)
            w.align()
        else:
            if n >= 128:
                raise EncodeError("an integer of more than 127 octets")
            w.length(n)
        w.octets(v.to_bytes(n, "big"))

    def holds(self, v: int) -> bool:
        """Whether a number lies in the range."""
        return v >= self.lb and (not self.bounded or v <= self.ub)


@final
class Size:
    """A SIZE constraint, which strings and lists share (X.691 16.9-16.11, 17.5-17.8, 20.5-20.6).

    `general` sizes go behind a general length determinant: no upper bound or one of 64K and more, and, where
    the constraint is extensible, every size outside its root.
    """

    __slots__ = ("ext", "fixed", "general", "number", "ub")

    def __init__(self, lb: int | None, ub: int | None, ext: bool) -> None:
        self.general = ub is None or ub >= 65536
        self.number = Whole(0 if lb is None else lb, ub)
        self.fixed = ub is not None and lb == ub
        self.ub: i64 = 0 if ub is None else ub
        self.ext = ext

    def dec(self, r: Reader) -> i64:
        """The number of units, or -1 where a general length determinant follows."""
        if (self.ext and r.bit()) or self.general:
            return -1
        if self.fixed:
            return self.ub
        return self.number.dec(r)

    def check(self, r: Reader, n: i64) -> None:
        """Raise DecodeError for a size behind a general length determinant that the constraint forbids."""
        if not self.ext and not self.number.holds(n):
            raise r.fail("a size outside its constraint")

    def enc(self, w: Writer, n: i64) -> bool:
        """Append the size; true where the caller has to use general length determinants."""
        number: int = n
        if self.ext:
            if not self.number.holds(number):
                w.bits(1, 1)
                return True
            w.bits(0, 1)
        if self.general:
            if not self.number.holds(number):
                raise EncodeError(f"a size of {number} is not allowed")
            return True
        self.number.enc(w, number)
        return False
