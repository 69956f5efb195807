"""Whole messages: octets to values and back (TS 29.244 7.2, 7.6)."""

from __future__ import annotations

import msgspec

from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.pfcp.errors import Faulty, FaultyIe, UnknownVersion
from pilot5g.wire.pfcp.grammar import MESSAGES, Message, read, write
from pilot5g.wire.pfcp.header import VERSION, Header, read_header, sequence_of, version, write_header
from pilot5g.wire.pfcp.ies.numbers import Cause


class Pdu(msgspec.Struct, frozen=True):
    """A message with what its header has."""

    message: Message
    sequence: int
    seid: int | None = None
    priority: int | None = None


def encode(pdu: Pdu) -> bytes:
    """A message as octets. Raises EncodeError."""
    message = pdu.message
    if (pdu.seid is not None) is not message.about_session():
        raise EncodeError(f"{type(message).__name__}: a SEID where there is none, or none where there is one")
    body = write(message.TABLE, message)
    try:
        return write_header(Header(message.TYPE, pdu.sequence, pdu.seid, pdu.priority), body)
    except (ValueError, OverflowError) as wrong:
        raise EncodeError(f"{type(message).__name__}: {wrong}") from wrong


def decode(data: bytes) -> Pdu:
    """One message from octets (`split` cuts a datagram into messages).

    Raises DecodeError for what is dropped in silence, UnknownVersion and Faulty for what is answered.
    """
    if data and version(data) != VERSION:
        raise UnknownVersion(version(data), sequence_of(data))
    header, start, end = read_header(data)
    cls = MESSAGES.get(header.type)
    if cls is None:
        raise DecodeError(f"message type {header.type} is not known")
    if (header.seid is not None) is not cls.about_session():
        raise DecodeError(f"{cls.__name__} with a SEID where there is none, or none where there is one")
    if end != len(data):
        what = f"the length says {end} octets, {len(data)} arrived"
        raise Faulty(header, Cause.INVALID_LENGTH, 0, what)
    try:
        fields = read(cls.TABLE, data, start, end)
    except FaultyIe as wrong:
        raise Faulty(header, wrong.cause, wrong.ie, f"{cls.__name__}: {wrong}") from wrong
    return Pdu(cls(**fields), header.sequence, header.seid, header.priority)
