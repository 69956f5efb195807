"""NGAP messages from octets and back (TS 38.413 9.4, X.691 aligned).

The frame of every message is the same: kind, procedure code, criticality, then a container of protocol IEs.

Where this side is stricter or milder than it might be:

- An IE whose octets do not decode is a transfer syntax error of the whole message, as 10.2 says of violated
  ranges; one whose outermost value is an addition this side does not know is "not comprehended" (10.3.4.2),
  and so is an IE with an unknown extension or alternative of criticality reject or notify somewhere inside.
- Order and repetition are judged among the IEs of the received message that are known (10.3.6).
  `any_order=True` takes a message whose IEs come in another order, and records it, for peers that need it.
"""

from __future__ import annotations

from typing import Any, Final, final

from msgspec.structs import astuple
from mypy_extensions import i64

from pilot5g.wire import aper
from pilot5g.wire.aper.bits import Reader, Writer
from pilot5g.wire.aper.node import Node
from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.ngap.container import CRITICALITIES, Container, Receipt, Row, write
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
from pilot5g.wire.ngap.message import IGNORE, INITIATING, REJECT, SUCCESSFUL, UNSUCCESSFUL, Message
from pilot5g.wire.ngap.messages import MESSAGES
from pilot5g.wire.ngap.schema import TYPES

KINDS: Final = (INITIATING, SUCCESSFUL, UNSUCCESSFUL)


@final
class _Table:
    """A message's table, ready to use. `places` says where in the message the value of each row is."""

    __slots__ = ("body", "container", "head", "message", "places")

    def __init__(self, message: type[Message]) -> None:
        self.message = message
        rows = [
            Row(position, ie.id, ie.attribute, ie.criticality, ie.mandatory, TYPES[ie.type])
            for position, ie in enumerate(message.ies)
        ]
        self.container = Container(rows)
        order = {name: place for place, name in enumerate(message.__struct_fields__)}
        self.places: list[int] = [order[row.name] for row in rows]
        kind, criticality = KINDS.index(message.kind), CRITICALITIES.index(message.criticality)
        self.head: bytes = bytes((kind << 5, message.procedure_code, criticality << 6))
        self.body: Node | None = TYPES[message.body] if message.body else None


_TABLES: Final[dict[type[Message], _Table]] = {message: _Table(message) for message in MESSAGES}
_BY_HEAD: Final[dict[int, _Table]] = {table.head[0] << 3 | table.head[1]: table for table in _TABLES.values()}


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
    kind: i64 = head >> 21
    code: i64 = (head >> 8) & 255
    criticality: i64 = (head >> 6) & 3
    if kind > 2 or criticality > 2:
        raise TransferSyntaxError("no NGAP message", 0)
    table = _BY_HEAD.get(kind << 8 | code)
    if table is None:
        raise _unknown_procedure(code, kind, criticality)
    receipt = Receipt(table.container, any_order)
    try:
        content = _content(reader, length)
        if table.body is not None:
            return _private(table, table.body, content)
        receipt.read(content)
    except NgapError:
        raise
    except DecodeError as error:
        raise _transfer_syntax(table, receipt, error, CRITICALITIES[criticality]) from None
    receipt.note_missing()
    values: dict[str, Any] = receipt.values
    if not receipt.defects:
        return table.message(**values)
    if receipt.false or any(d.criticality == REJECT for d in receipt.defects):
        raise _abstract_syntax(table, receipt, CRITICALITIES[criticality])
    return table.message(defects=tuple(receipt.defects), **values)


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


def _abstract_syntax(table: _Table, receipt: Receipt, criticality: str) -> AbstractSyntaxError:
    """The message as one that must not be used (TS 38.413 10.3.4.2, 10.3.5, 10.3.6)."""
    message = table.message
    error = AbstractSyntaxError(
        f"{message.__name__}: {'; '.join([d.reason for d in receipt.defects])}",
        procedure_code=message.procedure_code,
        kind=message.kind,
        criticality=criticality,
        cause=FALSELY_CONSTRUCTED if receipt.false else REJECTED,
        remedy=remedy_of(message),
    )
    error.note(message, receipt.values, receipt.defects)
    return error


def _transfer_syntax(
    table: _Table, receipt: Receipt, error: DecodeError, criticality: str
) -> TransferSyntaxError:
    """The message as one that could not be decoded."""
    message = table.message
    where = f"{message.__name__}{'.' if receipt.reading else ''}{receipt.reading}"
    found = TransferSyntaxError(
        f"{where}: {error}",
        procedure_code=message.procedure_code,
        kind=message.kind,
        criticality=criticality,
    )
    found.note(message, receipt.values, receipt.defects)
    return found


def encode(message: Message) -> bytes:
    """The octets of a message. Raises EncodeError where a value does not fit, naming the attribute."""
    table = _TABLES[type(message)]
    w = Writer()
    w.octets(table.head)
    mark = w.open()
    if table.body is not None:
        w.octets(_encode_body(table.body, message))
    else:
        values = astuple(message)
        try:
            write(w, table.container, [values[place] for place in table.places])
        except EncodeError as error:
            raise EncodeError(f"{message.name}.{error}") from error
    w.close(mark)
    return w.getvalue()


def _encode_body(body: Node, message: Message) -> bytes:
    return aper.encode(body, {"privateIEs": message.private_ies})  # type: ignore[attr-defined]
