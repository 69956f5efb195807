"""Random values for the types of an ASN.1 schema, and random NGAP messages made of them."""

from random import Random
from typing import Any

from pilot5g.wire import aper
from pilot5g.wire.aper.simple import Bits, Bool, Enum, Int, Null, Octets, Str
from pilot5g.wire.aper.structured import Choice, Field, Open, Seq, SeqOf
from pilot5g.wire.aper.whole import Size, Whole
from pilot5g.wire.ngap.message import Message
from pilot5g.wire.ngap.schema import TRANSFERS, TYPES
from pilot5g.wire.ngap.transfers import encode_transfer

GAPS = {(1, 181): (*range(1, 31), 40, 50, 60, 80, 100, 120, 150, 180, 181)}
"""Integers with holes in their range (ExpectedActivityPeriod): see the test of them."""
PRINTABLE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 '()+,-./:=?"


def possible(node: Any) -> bool:
    """Whether a type has a value: an open type over an empty set has none."""
    if isinstance(node, Open):
        return bool(node.table)
    if isinstance(node, Seq):
        return all(field.mask or possible(field.node) for field in node.fields)
    if isinstance(node, SeqOf):
        return possible(node.node)
    return True


class Maker:
    """Draws values. `rest` falls as values nest, and optional components become rare with it."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def value(self, node: Any, rest: float = 0.7) -> Any:
        """A value of a type."""
        return getattr(self, type(node).__name__.lower())(node, rest)

    def null(self, node: Null, rest: float) -> Any:
        return 0

    def bool(self, node: Bool, rest: float) -> Any:
        return self.random.random() < 0.5

    def number(self, whole: Whole) -> int:
        low, high = whole.lb, whole.ub if whole.bounded else whole.lb + 2**31
        if (low, high) in GAPS:
            return self.random.choice(GAPS[low, high])
        return self.random.choice((low, high, self.random.randint(low, high), self.random.randint(low, high)))

    def int(self, node: Int, rest: float) -> Any:
        if node.ext and self.random.random() < 0.2:
            return node.number.ub + self.random.choice((1, 100, 70000))
        return self.number(node.number)

    def enum(self, node: Enum, rest: float) -> Any:
        return self.random.choice(node.root + node.ext)

    def length(self, size: Size) -> int:
        low = size.number.lb
        if size.general and not size.number.bounded:
            return self.random.choice((low, low + 1, self.random.randint(low, low + 40)))
        high = min(size.number.ub, low + 40)
        if size.ext and self.random.random() < 0.2:
            return size.number.ub + self.random.choice((1, 7))
        return self.random.choice((low, high, self.random.randint(low, high)))

    def bits(self, node: Bits, rest: float) -> Any:
        n = self.length(node.size)
        return (self.random.getrandbits(n) if n else 0, n)

    def octets(self, node: Octets, rest: float) -> Any:
        if node.contains:
            return encode_transfer(node.contains, self.transfer(node.contains, rest / 2))
        return self.random.randbytes(self.length(node.size))

    def str(self, node: Str, rest: float) -> Any:
        n = min(self.length(node.size), 150)
        return "".join(self.random.choice(PRINTABLE) for _ in range(n))

    def seqof(self, node: SeqOf, rest: float) -> Any:
        low = node.size.number.lb
        high = low + 3 if not node.size.number.bounded else min(node.size.number.ub, low + 3)
        n = self.random.randint(low, high) if self.random.random() < rest else low
        return [self.value(node.node, rest * 0.7) for _ in range(n)]

    def choice(self, node: Choice, rest: float) -> Any:
        field = self.random.choice([f for f in node.root + node.ext if possible(f.node)])
        return (field.name, self.value(field.node, rest * 0.8))

    def seq(self, node: Seq, rest: float) -> Any:
        out: dict[str, Any] = {}
        for field in node.fields:
            if field.mask and not (possible(field.node) and self.random.random() < rest):
                continue
            if field.name not in out:
                out[field.name] = self.field(field, node, out, rest)
        for field in node.additions:
            out[field.name] = self.value(field.node, rest * 0.7)
        return out

    def field(self, field: Field, node: Seq, out: dict[str, Any], rest: float) -> Any:
        chosen = next((f for f in node.fields if f.key == field.name and f.open is not None), None)
        if chosen is not None and chosen.open is not None:
            return self.random.choice(list(chosen.open.table))
        if field.open is not None:
            name, content = field.open.table[out[field.key]]
            return (name, self.value(content, rest * 0.7))
        return self.value(field.node, rest * 0.7)

    def transfer(self, name: str, rest: float = 0.7) -> dict[str, Any]:
        """A value for a transfer."""
        table = TRANSFERS[name]
        if table is None:
            return self.value(TYPES[name], rest)
        return {
            ie.name: self.value(TYPES[ie.type], rest * 0.7)
            for ie in table
            if ie.mandatory or self.random.random() < rest
        }

    def message(self, kind: type[Message], optional: float = 0.5, rest: float = 0.7) -> Message:
        """A message with all its mandatory and some optional IEs."""
        if kind.body:
            ies = [{"id": ("local", self.random.randint(0, 65535)), "criticality": "ignore", "value": None}]
            ies[0]["value"] = (aper.UNKNOWN_OPEN, self.random.randbytes(4))
            return kind(private_ies=ies)  # type: ignore[call-arg]
        values = {
            ie.attribute: self.value(TYPES[ie.type], rest)
            for ie in kind.ies
            if ie.mandatory or self.random.random() < optional
        }
        return kind(**values)
