"""What every ASN.1 type is to the engine: something that decodes and encodes its value."""

from __future__ import annotations

from typing import Final

from pilot5g.wire.aper.bits import Reader, Writer

UNKNOWN_OPEN: Final = "_unk_004"
"""The name under which an open type of unknown key keeps its octets."""
UNKNOWN: Final = "_ext_"
"""What the name of an unknown enumeration, alternative or addition begins with; its index follows."""


class Node:
    """One ASN.1 type. `dec` raises DecodeError, `enc` EncodeError for a value of the type's kind outside its
    constraint; a value of another kind raises what Python raises, which `schema.encode` turns into one."""

    __slots__ = ()

    def dec(self, r: Reader) -> object:
        """The next value."""
        raise r.fail("a type without an encoding")

    def enc(self, w: Writer, v: object) -> None:
        """Append a value."""
        raise TypeError("a type without an encoding")


def decode_open(r: Reader, node: Node) -> object:
    """The value of an open type (X.691 11.2): a length, then a complete encoding that ends within it."""
    n: int = r.length()
    if n < 0:  # in fragments: join them, then decode the copy
        r.pos -= 8
        joined = Reader(r.varoctets())
        value = node.dec(joined)
        r.unknown += joined.unknown
        return value
    stop = r.pos + (n << 3)
    end = r.end
    if stop > end:
        raise r.fail("truncated")
    r.end = stop
    value = node.dec(r)
    r.end = end
    r.pos = stop
    return value


def encode_open(w: Writer, node: Node, v: object) -> None:
    """Append a value as an open type."""
    mark = w.open()
    node.enc(w, v)
    w.close(mark)
