"""Containers of protocol IEs, which every NGAP message is and some transfers are (TS 38.413 9.4.3 and 10.3).

A container is octet aligned: a count, then for each IE an id, a criticality and an open type. It is read and
written by hand here, straight to values by name; the IEs' values are the engine's. While it is read, a
`Receipt` keeps the books that TS 38.413 10.3 asks for; what follows from them is for who asked.
"""

from __future__ import annotations

from typing import Final, cast, final

from mypy_extensions import i64

from pilot5g.wire.aper.bits import Reader, Writer
from pilot5g.wire.aper.node import UNKNOWN, Node
from pilot5g.wire.aper.schema import grows
from pilot5g.wire.errors import EncodeError
from pilot5g.wire.ngap.message import IGNORE, MISSING, NOT_UNDERSTOOD, NOTIFY, REJECT, IeDefect

CRITICALITIES: Final = (REJECT, IGNORE, NOTIFY)


@final
class Row:
    """A row of a container's table, ready to use."""

    __slots__ = ("criticality", "grows", "head", "id", "mandatory", "name", "node", "position")

    def __init__(
        self, position: int, number: int, name: str, criticality: str, mandatory: bool, node: Node
    ) -> None:
        self.position: i64 = position
        self.id = number
        self.name = name
        self.criticality = criticality
        self.mandatory = mandatory
        self.head: bytes = number.to_bytes(2, "big") + bytes((CRITICALITIES.index(criticality) << 6,))
        self.node: Node = node
        self.grows: bool = grows(node)


@final
class Container:
    """The table of a container."""

    __slots__ = ("by_id", "mandatory", "rows")

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.mandatory = [row for row in rows if row.mandatory]
        self.by_id: dict[int, Row] = {row.id: row for row in rows}


@final
class Receipt:
    """A container while it is read: the values so far, and what is wrong with it.

    `false` says that IEs came twice, or in a wrong order where that matters.
    """

    __slots__ = ("any_order", "container", "defects", "false", "reading", "values")

    def __init__(self, container: Container, any_order: bool) -> None:
        self.container = container
        self.any_order = any_order
        self.values: dict[str, object] = {}
        self.defects: list[IeDefect] = []
        self.false = False
        self.reading = ""

    def read(self, reader: Reader) -> None:
        """Read the IEs. Raises DecodeError; `reading` then names the one that is at fault."""
        reader.bits(8)  # the extension bit of the message; additions would follow the container
        count: i64 = reader.bits(16)
        by_id = self.container.by_id
        end: i64 = reader.end
        highest: i64 = -1
        while count > 0:
            count -= 1
            head: i64 = reader.bits(24)
            length: i64 = reader.length()
            row = by_id.get(head >> 8)
            if length < 0 or row is None:
                self._set_aside(reader, head, length, row)
                continue
            stop: i64 = reader.pos + (length << 3)
            if stop > end:
                raise reader.fail("truncated")
            if row.position > highest:
                highest = row.position
            else:
                self._misplaced(row)
            self.reading = row.name
            reader.end = stop
            self._take(row, row.node.dec(reader), reader, head)
            reader.end = end
            reader.pos = stop

    def _set_aside(self, reader: Reader, head: i64, length: i64, row: Row | None) -> None:
        """An IE nobody knows, or one that came in fragments."""
        if length < 0:
            reader.pos -= 8
            octets = reader.varoctets()
        else:
            octets = reader.octets(length)
        if row is None:
            number: int = head >> 8
            self._defect(number, (head >> 6) & 3, f"IE {number} is unknown here", reader)
            return
        self.reading = row.name
        inner = Reader(octets)
        if row.name in self.values:
            self._misplaced(row)
        self._take(row, row.node.dec(inner), inner, head)

    def _take(self, row: Row, value: object, reader: Reader, head: i64) -> None:
        if reader.unknown:
            self._unknown_inside(reader, row)
        if row.grows:
            tag = cast("str", value[0] if isinstance(value, tuple) else value)
            if tag.startswith(UNKNOWN):
                self._defect(row.id, (head >> 6) & 3, f"{row.name} has a value unknown here", reader)
                return
        self.values[row.name] = value

    def _unknown_inside(self, reader: Reader, row: Row) -> None:
        """Extensions and alternatives inside an IE that this side does not know (TS 38.413 10.3.4.2)."""
        for number, criticality in reader.unknown:
            if isinstance(number, int) and criticality in (REJECT, NOTIFY):
                reason = f"{row.name} has the unknown extension {number}"
                self.defects.append(IeDefect(number, str(criticality), NOT_UNDERSTOOD, reason))
        reader.unknown.clear()

    def _defect(self, number: int, criticality: i64, reason: str, reader: Reader) -> None:
        if criticality > 2:
            raise reader.fail("no criticality")
        self.defects.append(IeDefect(number, CRITICALITIES[criticality], NOT_UNDERSTOOD, reason))

    def _misplaced(self, row: Row) -> None:
        """TS 38.413 10.3.6: wrong order, or too many occurrences."""
        repeated = row.name in self.values
        refused = repeated or not self.any_order
        if refused:
            self.false = True
        reason = f"{row.name} came {'twice' if repeated else 'out of order'}"
        criticality = row.criticality if refused else IGNORE
        self.defects.append(IeDefect(row.id, criticality, NOT_UNDERSTOOD, reason))

    def note_missing(self) -> None:
        """Record what is mandatory and did not come; its value is None."""
        for row in self.container.mandatory:
            if row.name not in self.values:
                self.defects.append(IeDefect(row.id, row.criticality, MISSING, f"{row.name} is missing"))
                self.values[row.name] = None


def write(w: Writer, container: Container, values: list[object]) -> None:
    """Append a container with a value, or None, for each row. Raises EncodeError, naming the IE."""
    w.octets(b"\0\0\0")
    place: i64 = len(w.parts) - 1
    count: i64 = 0
    at: i64 = 0
    for row in container.rows:
        value = values[at]
        at += 1
        if value is None:
            if row.mandatory:
                raise EncodeError(f"{row.name} is mandatory")
            continue
        count += 1
        w.octets(row.head)
        mark = w.open()
        try:
            row.node.enc(w, value)
        except EncodeError as error:
            raise EncodeError(f"{row.name}: {error}") from error
        except (TypeError, ValueError, LookupError, AttributeError, OverflowError) as error:
            raise EncodeError(f"{row.name}: a value of the wrong kind: {error}") from error
        w.close(mark)
    number: int = count
    w.parts[place] = b"\0" + number.to_bytes(2, "big")
