"""The GTP-U header and its chain of extension headers (TS 29.281 5).

Eight octets, then four more where any of the flags E, S and PN is set, then extension headers while each
names another. An extension header is a multiple of four octets, its first the length in that unit and its
last the type of the next, so a length of zero would never end: it is refused.
"""

from __future__ import annotations

import struct
from enum import IntEnum
from struct import Struct

import msgspec

from pilot5g.wire.errors import DecodeError, EncodeError

VERSION_1_GTP = 0x30
"""Version 1 and protocol type GTP, no flag set (TS 29.281 5.1)."""
FLAG_EXTENSION = 0x04
FLAG_SEQUENCE = 0x02
FLAG_NPDU = 0x01
ANY_FLAG = FLAG_EXTENSION | FLAG_SEQUENCE | FLAG_NPDU

_FIXED = Struct("!BBHI")
_OPTIONAL = Struct("!HBB")
COMPREHENSION_REQUIRED = 0x80
"""Bit 8 of an extension header type: an endpoint that does not know it may not ignore it (5.2.1)."""


class MessageType(IntEnum):
    """TS 29.281 6.1."""

    ECHO_REQUEST = 1
    ECHO_RESPONSE = 2
    ERROR_INDICATION = 26
    SUPPORTED_EXTENSION_HEADERS_NOTIFICATION = 31
    TUNNEL_STATUS = 253
    END_MARKER = 254
    G_PDU = 255


class ExtensionType(IntEnum):
    """TS 29.281 5.2.1, figure 5.2.1-3."""

    NO_MORE = 0x00
    LONG_PDCP_PDU_NUMBER = 0x03
    SERVICE_CLASS_INDICATOR = 0x20
    UDP_PORT = 0x40
    RAN_CONTAINER = 0x81
    LONG_PDCP_PDU_NUMBER_REQUIRED = 0x82
    XW_RAN_CONTAINER = 0x83
    NR_RAN_CONTAINER = 0x84
    PDU_SESSION_CONTAINER = 0x85
    PDCP_PDU_NUMBER = 0xC0


class UnsupportedExtension(DecodeError):
    """An extension header that must be understood and is not; a notification answers it (TS 29.281 7.2.3)."""

    def __init__(self, extension: int) -> None:
        super().__init__(f"extension header {extension:#04x} must be understood and is not")
        self.extension = extension


class ExtensionHeader(msgspec.Struct, frozen=True):
    """One extension header: its type and its content, without the length and next-type octets."""

    type: int
    content: bytes


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """A GTP-U header. `sequence` and `npdu` are None where their flag is not set."""

    type: int
    teid: int
    sequence: int | None = None
    npdu: int | None = None
    extensions: tuple[ExtensionHeader, ...] = ()


def encode_header(header: Header, body_length: int) -> bytes:
    """The header before a body of `body_length` octets. Raises EncodeError."""
    try:
        tail = _encode_optional(header)
        first = VERSION_1_GTP | _flags(header)
        return _FIXED.pack(first, header.type, len(tail) + body_length, header.teid) + tail
    except (struct.error, ValueError) as error:
        raise EncodeError(f"a GTP-U header field is out of range: {error}") from error


def _flags(header: Header) -> int:
    flags = FLAG_EXTENSION if header.extensions else 0
    if header.sequence is not None:
        flags |= FLAG_SEQUENCE
    if header.npdu is not None:
        flags |= FLAG_NPDU
    return flags


def _encode_optional(header: Header) -> bytes:
    if not _flags(header):
        return b""
    following = [*(e.type for e in header.extensions), ExtensionType.NO_MORE]
    parts = [_OPTIONAL.pack(header.sequence or 0, header.npdu or 0, following[0])]
    for extension, following_type in zip(header.extensions, following[1:], strict=True):
        content = extension.content + bytes(-(len(extension.content) + 2) % 4)
        parts.append(bytes((len(content) // 4 + 1,)) + content + bytes((following_type,)))
    return b"".join(parts)


def decode_header(data: bytes) -> tuple[Header, bytes]:
    """A header and the body it announces; octets beyond its length are dropped. Raises DecodeError."""
    if len(data) < 8:
        raise DecodeError(f"{len(data)} octets are no GTP-U header", len(data))
    first, kind, length, teid = _FIXED.unpack_from(data)
    if first & 0xF0 != VERSION_1_GTP:
        raise DecodeError(f"not GTP version 1: first octet {first:#04x}", 0)
    end = 8 + length
    if end > len(data):
        raise DecodeError(f"GTP-U length {length} exceeds the {len(data) - 8} octets that follow", 2)
    if not first & ANY_FLAG:
        return Header(type=kind, teid=teid), data[8:end]
    if length < 4:
        raise DecodeError("GTP-U flags announce four octets that are not there", 8)
    sequence, npdu, following = _OPTIONAL.unpack_from(data, 8)
    extensions: tuple[ExtensionHeader, ...] = ()
    start = 12
    if first & FLAG_EXTENSION:
        extensions, start = _decode_extensions(data, following, end)
    header = Header(
        type=kind,
        teid=teid,
        sequence=sequence if first & FLAG_SEQUENCE else None,
        npdu=npdu if first & FLAG_NPDU else None,
        extensions=extensions,
    )
    return header, data[start:end]


def _decode_extensions(data: bytes, following: int, end: int) -> tuple[tuple[ExtensionHeader, ...], int]:
    found: list[ExtensionHeader] = []
    offset = 12
    while following != ExtensionType.NO_MORE:
        size = data[offset] * 4 if offset < end else 0
        if not size or offset + size > end:
            raise DecodeError(f"extension header {following:#04x} of {size} octets does not fit", offset)
        found.append(ExtensionHeader(following, data[offset + 1 : offset + size - 1]))
        following = data[offset + size - 1]
        offset += size
    return tuple(found), offset
