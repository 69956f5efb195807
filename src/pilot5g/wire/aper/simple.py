"""The types without parts: numbers, enumerations, strings of bits, octets and characters."""

from __future__ import annotations

from typing import cast, final

from mypy_extensions import i64

from pilot5g.wire.aper.bits import FRAGMENT, Reader, Writer
from pilot5g.wire.aper.node import UNKNOWN, Node
from pilot5g.wire.aper.whole import Size, Whole
from pilot5g.wire.errors import EncodeError


@final
class Null(Node):
    """NULL: the value 0, no bits (X.691 24)."""

    __slots__ = ()

    def dec(self, r: Reader) -> object:
        return 0

    def enc(self, w: Writer, v: object) -> None:
        pass


@final
class Bool(Node):
    """BOOLEAN: one bit (X.691 12)."""

    __slots__ = ()

    def dec(self, r: Reader) -> object:
        return r.bit()

    def enc(self, w: Writer, v: object) -> None:
        w.bits(1 if v else 0, 1)


@final
class Int(Node):
    """INTEGER (X.691 13).

    With an extensible constraint the first bit says whether the value is outside *the range of* the extension
    root (13.1), and the range is what lies between its smallest and its greatest value. So 35 in
    `INTEGER (1..30|40|50, ...)` is encoded as a root value, although only an extension could mean it.
    """

    __slots__ = ("ext", "number")

    def __init__(self, lb: int | None, ub: int | None, ext: bool) -> None:
        self.number = Whole(lb, ub)
        self.ext = ext

    def dec(self, r: Reader) -> object:
        if self.ext and r.bit():
            return r.sint()
        return self.number.dec(r)

    def enc(self, w: Writer, v: object) -> None:
        i = cast("int", v)
        if self.ext:
            if not self.number.holds(i):
                w.bits(1, 1)
                w.sint(i)
                return
            w.bits(0, 1)
        self.number.enc(w, i)


@final
class Enum(Node):
    """ENUMERATED: the name, or `_ext_<n>` for an addition this side does not know (X.691 14)."""

    __slots__ = ("ext", "extensible", "extindex", "index", "number", "root")

    def __init__(self, root: list[str], ext: list[str] | None) -> None:
        self.root = root
        self.extensible = ext is not None
        self.ext: list[str] = ext if ext is not None else []
        self.index: dict[str, int] = {name: i for i, name in enumerate(root)}
        self.extindex: dict[str, int] = {name: i for i, name in enumerate(self.ext)}
        self.number = Whole(0, len(root) - 1)

    def dec(self, r: Reader) -> object:
        if self.extensible and r.bit():
            x: int = r.small()
            if x < len(self.ext):
                return self.ext[x]
            return f"{UNKNOWN}{x}"
        return self.root[self.number.dec(r)]

    def enc(self, w: Writer, v: object) -> None:
        name = cast("str", v)
        i = self.index.get(name)
        if i is not None:
            if self.extensible:
                w.bits(0, 1)
            self.number.enc(w, i)
            return
        x = self.extindex.get(name)
        if x is None:
            if not self.extensible or not name.startswith(UNKNOWN):
                raise EncodeError(f"no enumeration {name!r}")
            x = int(name[len(UNKNOWN) :])
        w.bits(1, 1)
        w.small(x)


@final
class Bits(Node):
    """BIT STRING as `(value, bits)`, the first bit the most significant (X.691 16)."""

    __slots__ = ("size",)

    def __init__(self, lb: int | None, ub: int | None, ext: bool) -> None:
        self.size = Size(lb, ub, ext)

    def _take(self, r: Reader, n: i64) -> tuple[int, int]:
        count: int = n
        if n <= 56:
            return (r.bits(n), count)
        octets: i64 = (n + 7) >> 3
        pad: int = (octets << 3) - n
        v = int.from_bytes(r.octets(octets), "big") >> pad
        r.pos -= pad
        return (v, count)

    def _dec_general(self, r: Reader) -> tuple[int, int]:
        v: int = 0
        total: int = 0
        while True:
            n = r.length()
            part, count = self._take(r, -n if n < 0 else n)
            v = (v << count) | part
            total += count
            if n >= 0:
                self.size.check(r, total)
                return (v, total)

    def dec(self, r: Reader) -> object:
        n = self.size.dec(r)
        if n < 0:
            return self._dec_general(r)
        if not (self.size.fixed and n <= 16) and (n > 0 or self.size.ub > 16):
            r.align()
        return self._take(r, n)

    def enc(self, w: Writer, v: object) -> None:
        value, count = cast("tuple[int, int]", v)
        n: i64 = count
        if value < 0 or count < 0 or (value >> count) != 0:
            raise EncodeError("a bit string value wider than its length")
        general = self.size.enc(w, n)
        if not general and n <= 16:
            if not self.size.fixed and (n > 0 or self.size.ub > 16):
                w.align()
            w.bits(value, n)
            return
        octets = (value << (-count & 7)).to_bytes((count + 7) >> 3, "big")
        at: i64 = 0
        while general and n - at >= FRAGMENT:
            m = w.part(n - at)
            w.octets(octets[at >> 3 : (at + m) >> 3])
            at += m
        if general:
            w.length(n - at)
        else:
            w.align()
        self._put(w, octets[at >> 3 :], n - at)

    def _put(self, w: Writer, octets: bytes, n: i64) -> None:
        """`n` bits from octets, at an aligned position; what follows shares the last octet."""
        whole: i64 = n >> 3
        w.octets(octets[:whole])
        rest: i64 = n & 7
        if rest != 0:
            w.bits(octets[whole] >> (8 - rest), rest)


@final
class Octets(Node):
    """OCTET STRING (X.691 17). `contains` names the type in it, whose decoding is left to its recipient."""

    __slots__ = ("contains", "size")

    def __init__(self, lb: int | None, ub: int | None, ext: bool, contains: str = "") -> None:
        self.size = Size(lb, ub, ext)
        self.contains = contains

    def dec(self, r: Reader) -> object:
        n = self.size.dec(r)
        if n < 0:
            octets = r.varoctets()
            self.size.check(r, len(octets))
            return octets
        if self.size.fixed and n <= 2:
            return r.octets_unaligned(n)
        if n == 0:
            return b""
        r.align()
        return r.octets(n)

    def enc(self, w: Writer, v: object) -> None:
        octets = cast("bytes", v)
        n: i64 = len(octets)
        if self.size.enc(w, n):
            w.varoctets(octets)
        elif self.size.fixed and n <= 2:
            for octet in octets:
                w.bits(octet, 8)
        elif n > 0:
            w.align()
            w.octets(octets)


@final
class Str(Node):
    """Character strings of eight bits a character, and UTF8String (X.691 30)."""

    __slots__ = ("codec", "size")

    def __init__(self, lb: int | None, ub: int | None, ext: bool, codec: str) -> None:
        self.size = Size(lb, ub, ext)
        self.codec = codec

    def dec(self, r: Reader) -> object:
        n = self.size.dec(r)
        if n < 0:
            octets = r.varoctets()
            self.size.check(r, len(octets))
        elif self.size.ub > 2 or (self.size.ub == 2 and not self.size.fixed):
            if n > 0:
                r.align()
            octets = r.octets(n) if n > 0 else b""
        else:
            octets = r.octets_unaligned(n)
        try:
            return octets.decode(self.codec)
        except UnicodeDecodeError:
            raise r.fail(f"characters that are not {self.codec}") from None

    def enc(self, w: Writer, v: object) -> None:
        octets = cast("str", v).encode(self.codec)
        n: i64 = len(octets)
        if self.size.enc(w, n):
            w.varoctets(octets)
        elif self.size.ub > 2 or (self.size.ub == 2 and not self.size.fixed):
            if n > 0:
                w.align()
                w.octets(octets)
        else:
            for octet in octets:
                w.bits(octet, 8)
