"""From a protocol's exported tables to types that decode and encode.

A schema is JSON: `nodes` lists the types, each naming its parts by their position *before* it, so that no
type can contain itself and no input can make the decoder recurse deeper than the schema; `types` names the
ones to start from. `tools/export_ngap.py` writes it at development time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from pilot5g.wire.aper.bits import Reader, Writer
from pilot5g.wire.aper.node import Node
from pilot5g.wire.aper.simple import Bits, Bool, Enum, Int, Null, Octets, Str
from pilot5g.wire.aper.structured import Choice, Field, Open, Seq, SeqOf
from pilot5g.wire.errors import EncodeError

Schema = dict[str, Node]
"""The types to start from, by the specification's name."""


def _fields(rows: list[list[Any]], nodes: list[Node]) -> list[Field]:
    return [Field(row[0], nodes[row[1]], row[3] if len(row) > 3 and row[3] else "") for row in rows]


def _seq(row: list[Any], nodes: list[Node]) -> Node:
    additions = None if row[2] is None else _fields(row[2], nodes)
    return Seq(_fields(row[1], nodes), [bool(f[2]) for f in row[1]], additions)


def _choice(row: list[Any], nodes: list[Node]) -> Node:
    return Choice(_fields(row[1], nodes), None if row[2] is None else _fields(row[2], nodes))


def _open(row: list[Any], nodes: list[Node]) -> Node:
    return Open({key: (name, nodes[i]) for key, name, i in row[1]})


_KINDS: dict[str, Callable[[list[Any], list[Node]], Node]] = {
    "seq": _seq,
    "choice": _choice,
    "open": _open,
    "seqof": lambda row, nodes: SeqOf(row[1], row[2], bool(row[3]), nodes[row[4]]),
    "int": lambda row, _: Int(row[1], row[2], bool(row[3])),
    "enum": lambda row, _: Enum(row[1], row[2]),
    "bits": lambda row, _: Bits(row[1], row[2], bool(row[3])),
    "octs": lambda row, _: Octets(row[1], row[2], bool(row[3]), row[4] or ""),
    "str": lambda row, _: Str(row[1], row[2], bool(row[3]), row[4]),
    "utf8": lambda row, _: Str(None, None, False, "utf-8"),
    "oid": lambda row, _: Octets(None, None, False),
    "null": lambda row, _: Null(),
    "bool": lambda row, _: Bool(),
}


def load(path: Path) -> tuple[Schema, dict[str, list[list[Any]] | None]]:
    """The types of a schema file, and those that others carry as octets.

    The latter by name, and where one is itself a container of protocol IEs, with the rows of its table: id,
    name, type, presence, criticality.
    """
    schema = msgspec.json.decode(path.read_bytes())
    nodes: list[Node] = []
    for row in schema["nodes"]:
        nodes.append(_KINDS[row[0]](row, nodes))
    return {name: nodes[i] for name, i in schema["types"].items()}, schema["transfers"]


def grows(node: Node) -> bool:
    """Whether a value may be an enumeration or alternative that this side's specification lacks."""
    return isinstance(node, (Enum, Choice)) and node.extensible


def decode(node: Node, octets: bytes) -> Any:
    """The value of a complete encoding. Raises DecodeError, and nothing else, whatever the octets."""
    return node.dec(Reader(octets))


def encode(node: Node, value: object) -> bytes:
    """The complete encoding of a value. Raises EncodeError where the value does not fit the type."""
    w = Writer()
    try:
        node.enc(w, value)
        return w.getvalue()
    except EncodeError:
        raise
    except (TypeError, ValueError, LookupError, AttributeError, OverflowError) as error:
        raise EncodeError(f"a value of the wrong kind: {error}") from error


def alternatives(node: Node) -> dict[str, tuple[str, ...]]:
    """The names of a CHOICE between enumerations: alternative to the names it can take."""
    if not isinstance(node, Choice):
        raise TypeError("not a choice")
    enums = [(f.name, f.node) for f in (*node.root, *node.ext)]
    return {name: (*enum.root, *enum.ext) for name, enum in enums if isinstance(enum, Enum)}
