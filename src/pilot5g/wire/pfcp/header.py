"""The PFCP message header (TS 29.244 7.2.2): 8 octets for a node, 16 for a session.

Messages of types 50 to 99 are about a session, and carry the receiver's SEID; the others are about the node
and carry none (7.2.2.1, 7.3). Several messages can share a datagram, each but the last with the follow-on
flag set (6.5, 7.2.2.3).
"""

from __future__ import annotations

from struct import Struct

import msgspec

from pilot5g.wire.errors import DecodeError

VERSION = 1
SESSION_TYPES = range(50, 100)
LAST_SEQUENCE = (1 << 24) - 1

_S, _MP, _FO = 1, 2, 4
_START = Struct("!BBH")
_SEID = Struct("!Q")
_NODE = 8
_SESSION = 16


class Header(msgspec.Struct, frozen=True):
    """What stands before the elements. `seid` is None in messages about a node."""

    type: int
    sequence: int
    seid: int | None = None
    priority: int | None = None
    """0 to 15, where the sender gives one (TS 29.244 7.2.2.3)."""


def write_header(header: Header, body: bytes) -> bytes:
    """The whole message. Raises ValueError or OverflowError for a field out of range."""
    flags = VERSION << 5
    seid = b""
    if header.seid is not None:
        flags |= _S
        seid = header.seid.to_bytes(8, "big")
    last = 0
    if header.priority is not None:
        flags |= _MP
        last = header.priority << 4
        if not 0 <= header.priority <= 15:
            raise ValueError(f"message priority {header.priority} is not within 0 and 15")
    tail = seid + header.sequence.to_bytes(3, "big") + bytes((last,)) + body
    if len(tail) > 0xFFFF:
        raise ValueError(f"a message of {len(tail)} octets does not fit PFCP's length")
    return _START.pack(flags, header.type, len(tail)) + tail


def version(data: bytes) -> int:
    """The version of whatever this is; 0 of nothing."""
    return data[0] >> 5 if data else 0


def sequence_of(data: bytes) -> int:
    """The sequence number of a message of any version, as far as it can be told."""
    at = 12 if data[0] & _S else 4
    return int.from_bytes(data[at : at + 3], "big") if len(data) >= at + 3 else 0


def read_header(data: bytes) -> tuple[Header, int, int]:
    """The header, where the elements begin, and where the length says that they end: possibly not where the
    datagram ends. Raises DecodeError where there is no header."""
    if len(data) < _NODE:
        raise DecodeError(f"{len(data)} octets are no PFCP header", len(data))
    flags, kind, length = _START.unpack_from(data)
    seid = None
    start = _NODE
    if flags & _S:
        start = _SESSION
        if len(data) < start:
            raise DecodeError(f"{len(data)} octets are no PFCP header with a SEID", len(data))
        (seid,) = _SEID.unpack_from(data, 4)
    sequence = int.from_bytes(data[start - 4 : start - 1], "big")
    priority = data[start - 1] >> 4 if flags & _MP else None
    return Header(kind, sequence, seid, priority), start, length + 4


def split(data: bytes) -> list[bytes]:
    """The messages of a datagram: more than one where follow-on flags say so (TS 29.244 6.5)."""
    found = []
    while len(data) >= _NODE and data[0] & _FO:
        end = int.from_bytes(data[2:4], "big") + 4
        if not _NODE <= end < len(data):
            break
        found.append(data[:end])
        data = data[end:]
    return [*found, data]
