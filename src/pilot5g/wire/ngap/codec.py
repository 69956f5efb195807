"""NGAP messages from octets and back (TS 38.413 9.4, X.691 aligned).

The frame of every message is the same and octet aligned: kind, procedure code, criticality, then a list of
IEs, each an id, a criticality and an open type. It is read and written by hand here, straight to attributes;
the IEs' values are the engine's. While it reads, `decode` keeps the books TS 38.413 10.3 asks for.

Where this side is stricter or milder than it might be:

- An IE whose octets do not decode is a transfer syntax error of the whole message, as 10.2 says of violated
  ranges; one whose outermost value is an addition this side does not know is "not comprehended" (10.3.4.2),
  and so is an IE with an unknown extension or alternative of criticality reject or notify somewhere inside.
- Order and repetition are judged among the IEs of the received message that are known (10.3.6).
  `any_order=True` takes a message whose IEs come in another order, and records it, for peers that need it.
"""

from __future__ import annotations

from typing import Any, Final

from mypy_extensions import i64

from pilot5g.wire import aper
from pilot5g.wire.aper import UNKNOWN, Node, Reader, Writer, grows
from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.ngap.errors import (
    ERROR_INDICATION,
    FALSELY_CONSTRUCTED,
    NOTHING,
    NOTIFIED,
    REJECTED,
    AbstractSyntaxError,
    NgapError,
    TransferSyntaxError,
    remedy_of,
)
from pilot5g.wire.ngap.message import (
    IGNORE,
    INITIATING,
    MISSING,
    NOT_UNDERSTOOD,
    NOTIFY,
    REJECT,
    SUCCESSFUL,
    UNSUCCESSFUL,
    Ie,
    IeDefect,
    Message,
)
from pilot5g.wire.ngap.messages import MESSAGES
from pilot5g.wire.ngap.schema import TYPES

KINDS: Final = (INITIATING, SUCCESSFUL, UNSUCCESSFUL)
CRITICALITIES: Final = (REJECT, IGNORE, NOTIFY)


class _Row:
    """A row of a message's table, ready to use."""

    __slots__ = ("attribute", "criticality", "grows", "head", "id", "mandatory", "node", "position")

    def __init__(self, position: int, ie: Ie) -> None:
        self.position = position
        self.id = ie.id
        self.attribute = ie.attribute
        self.criticality = ie.criticality
        self.mandatory = ie.mandatory
        self.head = ie.id.to_bytes(2, "big") + bytes((CRITICALITIES.index(ie.criticality) << 6,))
        self.node: Node = TYPES[ie.type]
        self.grows = grows(self.node)


class _Table:
    """A message's table, ready to use."""

    __slots__ = ("body", "by_id", "head", "mandatory", "message", "rows")

    def __init__(self, message: type[Message]) -> None:
        self.message = message
        self.rows = [_Row(position, ie) for position, ie in enumerate(message.ies)]
        self.by_id = {row.id: row for row in self.rows}
        self.mandatory = frozenset(row.attribute for row in self.rows if row.mandatory)
        kind, criticality = KINDS.index(message.kind), CRITICALITIES.index(message.criticality)
        self.head = bytes((kind << 5, message.procedure_code, criticality << 6))
        self.body: Node | None = TYPES[message.body] if message.body else None


_TABLES: Final = {message: _Table(message) for message in MESSAGES}
_BY_HEAD: Final = {(table.head[0] >> 5, table.head[1]): table for table in _TABLES.values()}


def decode(octets: bytes, *, any_order: bool = False) -> Message:
    """The message in the octets of one SCTP user message.

    Raises TransferSyntaxError or AbstractSyntaxError, both DecodeErrors, and nothing else, whatever the
    octets. `defects` of the result says what was missing or not understood and could be ignored.
    """
    reader = Reader(octets)
    try:
        head = reader.bits(24)
        length = reader.length()
    except DecodeError:
        raise TransferSyntaxError("too short for an NGAP message") from None
    kind, code, criticality = head >> 21, (head >> 8) & 255, (head >> 6) & 3
    if kind > 2 or criticality > 2:
        raise TransferSyntaxError("no NGAP message", 0)
    table = _BY_HEAD.get((kind, code))
    if table is None:
        raise _unknown_procedure(code, kind, criticality)
    receipt = _Receipt(table, any_order)
    try:
        content = _content(reader, length)
        if table.body is not None:
            return _private(table, table.body, content)
        receipt.read(content)
    except NgapError:
        raise
    except DecodeError as error:
        raise receipt.transfer_syntax(error, CRITICALITIES[criticality]) from None
    return receipt.message(CRITICALITIES[criticality])


def _content(reader: Reader, length: i64) -> Reader:
    """A reader at the message's container, which a long message has in fragments."""
    if length < 0:
        reader.pos -= 8
        return Reader(reader.varoctets())
    stop = reader.pos + (length << 3)
    if stop > reader.end:
        raise reader.fail("truncated")
    reader.end = stop
    return reader


def _private(table: _Table, body: Node, reader: Reader) -> Message:
    value: Any = body.dec(reader)
    return table.message(private_ies=value["privateIEs"])  # type: ignore[call-arg]


def _unknown_procedure(code: int, kind: int, criticality: int) -> AbstractSyntaxError:
    """TS 38.413 10.3.4.1: refused or notified by Error Indication, or ignored."""
    return AbstractSyntaxError(
        f"no procedure {code} has a {KINDS[kind]}",
        procedure_code=code,
        kind=KINDS[kind],
        criticality=CRITICALITIES[criticality],
        cause=REJECTED if CRITICALITIES[criticality] == REJECT else NOTIFIED,
        remedy=NOTHING if CRITICALITIES[criticality] == IGNORE else ERROR_INDICATION,
    )


class _Receipt:
    """A message while it is read: the values so far, and what is wrong with it."""

    __slots__ = ("any_order", "defects", "false", "reading", "table", "values")

    def __init__(self, table: _Table, any_order: bool) -> None:
        self.table = table
        self.any_order = any_order
        self.values: dict[str, Any] = {}
        self.defects: list[IeDefect] = []
        self.false = False
        self.reading = ""

    def read(self, reader: Reader) -> None:
        """Read the container of protocol IEs."""
        reader.bits(8)  # the extension bit of the message; additions would follow the container
        count = reader.bits(16)
        by_id = self.table.by_id
        end = reader.end
        position = -1
        while count > 0:
            count -= 1
            head = reader.bits(24)
            length = reader.length()
            row = by_id.get(head >> 8)
            if length < 0 or row is None:
                self._set_aside(reader, head, length, row)
                continue
            stop = reader.pos + (length << 3)
            if stop > end:
                raise reader.fail("truncated")
            if row.position <= position:
                self._misplaced(row)
            position = row.position
            self.reading = row.attribute
            reader.end = stop
            self._take(row, row.node.dec(reader), reader, head)
            reader.end = end
            reader.pos = stop

    def _set_aside(self, reader: Reader, head: i64, length: i64, row: _Row | None) -> None:
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
        self.reading = row.attribute
        inner = Reader(octets)
        if row.attribute in self.values:
            self._misplaced(row)
        self._take(row, row.node.dec(inner), inner, head)

    def _take(self, row: _Row, value: object, reader: Reader, head: i64) -> None:
        if reader.unknown:
            self._unknown_inside(reader, row)
        if row.grows:
            tag: Any = value[0] if type(value) is tuple else value
            if tag.startswith(UNKNOWN):
                self._defect(row.id, (head >> 6) & 3, f"{row.attribute} has a value unknown here", reader)
                return
        self.values[row.attribute] = value

    def _unknown_inside(self, reader: Reader, row: _Row) -> None:
        """Extensions and alternatives inside an IE that this side does not know (TS 38.413 10.3.4.2)."""
        for number, criticality in reader.unknown:
            if type(number) is int and criticality in (REJECT, NOTIFY):
                reason = f"{row.attribute} has the unknown extension {number}"
                self.defects.append(IeDefect(number, str(criticality), NOT_UNDERSTOOD, reason))
        reader.unknown.clear()

    def _defect(self, number: int, criticality: int, reason: str, reader: Reader) -> None:
        if criticality > 2:
            raise reader.fail("no criticality")
        self.defects.append(IeDefect(number, CRITICALITIES[criticality], NOT_UNDERSTOOD, reason))

    def _misplaced(self, row: _Row) -> None:
        """TS 38.413 10.3.6: wrong order, or too many occurrences."""
        repeated = row.attribute in self.values
        refused = repeated or not self.any_order
        self.false |= refused
        reason = f"{row.attribute} came {'twice' if repeated else 'out of order'}"
        criticality = row.criticality if refused else IGNORE
        self.defects.append(IeDefect(row.id, criticality, NOT_UNDERSTOOD, reason))

    def message(self, criticality: str) -> Message:
        """The message, or the error that it is (TS 38.413 10.3.4.2, 10.3.5, 10.3.6)."""
        values = self.values
        if not self.table.mandatory <= values.keys():
            self._missing()
        if not self.defects:
            return self.table.message(**values)
        if self.false or any(d.criticality == REJECT for d in self.defects):
            raise self._abstract_syntax(criticality)
        return self.table.message(defects=tuple(self.defects), **values)

    def _missing(self) -> None:
        for row in self.table.rows:
            if row.mandatory and row.attribute not in self.values:
                self.defects.append(IeDefect(row.id, row.criticality, MISSING, f"{row.attribute} is missing"))
                self.values[row.attribute] = None

    def _abstract_syntax(self, criticality: str) -> AbstractSyntaxError:
        message = self.table.message
        error = AbstractSyntaxError(
            f"{message.__name__}: {'; '.join(d.reason for d in self.defects)}",
            procedure_code=message.procedure_code,
            kind=message.kind,
            criticality=criticality,
            cause=FALSELY_CONSTRUCTED if self.false else REJECTED,
            remedy=remedy_of(message),
        )
        error.note(message, self.values, self.defects)
        return error

    def transfer_syntax(self, error: DecodeError, criticality: str) -> TransferSyntaxError:
        """The message as one that could not be decoded."""
        message = self.table.message
        where = f"{message.__name__}{'.' if self.reading else ''}{self.reading}"
        found = TransferSyntaxError(
            f"{where}: {error}",
            procedure_code=message.procedure_code,
            kind=message.kind,
            criticality=criticality,
        )
        found.note(message, self.values, self.defects)
        return found


def encode(message: Message) -> bytes:
    """The octets of a message. Raises EncodeError where a value does not fit, naming the attribute."""
    table = _TABLES[type(message)]
    content = _encode_body(table.body, message) if table.body is not None else _encode_ies(table, message)
    w = Writer()
    w.octets(table.head)
    w.varoctets(content)
    return w.getvalue()


def _encode_body(body: Node, message: Message) -> bytes:
    return aper.encode(body, {"privateIEs": message.private_ies})  # type: ignore[attr-defined]


def _encode_ies(table: _Table, message: Message) -> bytes:
    w = Writer()
    count = 0
    for row in table.rows:
        value = getattr(message, row.attribute)
        if value is None:
            if row.mandatory:
                raise EncodeError(f"{message.name}.{row.attribute} is mandatory")
            continue
        count += 1
        try:
            octets = aper.encode(row.node, value)
        except EncodeError as error:
            raise EncodeError(f"{message.name}.{row.attribute}: {error}") from error
        w.octets(row.head)
        w.varoctets(octets)
    return b"\0" + count.to_bytes(2, "big") + w.buf
