"""Aligned packed encoding rules (X.691 ALIGNED): one table-driven engine for every ASN.1 protocol we speak.

`bits` reads and writes the field list, `whole` encodes the constrained numbers everything else is built on,
`simple` and `structured` are the types, and `schema` turns a protocol's exported tables into a graph of them.
Values are plain Python: int, bool, bytes, str (ENUMERATED and character strings), `(value, bits)` for a BIT
STRING, dict for a SEQUENCE with the specification's field names, list for a SEQUENCE OF, `(name, value)` for
a CHOICE or an open type, 0 for NULL.

What this side's specification does not know survives: an unknown enumeration is `_ext_<n>`, an unknown
alternative `("_ext_<n>", octets)`, an unknown addition the key `_ext_<n>`, and an open type with an unknown
key `("_unk_004", octets)`, noted in `Reader.unknown` because somebody may owe the peer an answer for it.

The modules are typed for mypyc (`i64` where a number fits) and run the same uncompiled. Never write a
literal shifted left by a variable here: mypyc 2.4 turns it into a 32-bit shift.
"""

from __future__ import annotations

from pilot5g.wire.aper.bits import Reader, Writer
from pilot5g.wire.aper.node import UNKNOWN, UNKNOWN_OPEN, Node
from pilot5g.wire.aper.schema import Schema, alternatives, decode, encode, grows, load

__all__ = [
    "UNKNOWN",
    "UNKNOWN_OPEN",
    "Node",
    "Reader",
    "Schema",
    "Writer",
    "alternatives",
    "decode",
    "encode",
    "grows",
    "load",
]
