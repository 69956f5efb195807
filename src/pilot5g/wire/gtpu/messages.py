"""The GTP-U messages as values (TS 29.281 7), both ways.

Information elements are few: Recovery, TEID Data I, peer address, extension header type list, private
extension (TS 29.281 8). Elements of types above 127 carry a length and are passed over where they are not
known; below, the length is part of the type, so an unknown one ends decoding.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

import msgspec

from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.gtpu.header import (
    COMPREHENSION_REQUIRED,
    ExtensionHeader,
    ExtensionType,
    Header,
    MessageType,
    UnsupportedExtension,
    decode_header,
    encode_header,
)
from pilot5g.wire.gtpu.session import PduSessionInformation, decode_information, encode_information

IE_RECOVERY = 14
IE_TEID_DATA_I = 16
IE_PEER_ADDRESS = 133
IE_EXTENSION_TYPES = 141
IE_PRIVATE = 255

UNDERSTOOD = (ExtensionType.PDU_SESSION_CONTAINER, ExtensionType.UDP_PORT)
"""The extension headers this end evaluates."""


class Gpdu(msgspec.Struct, frozen=True):
    """A user packet in its tunnel."""

    teid: int
    payload: bytes
    information: PduSessionInformation | None = None
    sequence: int | None = None


class EchoRequest(msgspec.Struct, frozen=True):
    """Is the path alive? (TS 29.281 7.2.1)."""

    sequence: int = 0


class EchoResponse(msgspec.Struct, frozen=True):
    """It is. The restart counter is 0 and means nothing in GTP-U (TS 29.281 7.2.2)."""

    sequence: int = 0
    recovery: int = 0


class ErrorIndication(msgspec.Struct, frozen=True):
    """The sender has no tunnel `teid` at its own `address` (text) (TS 29.281 7.3.1).

    `udp_port` is the source port of the packet that asked for it, in the UDP Port extension header.
    """

    teid: int
    address: str
    udp_port: int | None = None


class EndMarker(msgspec.Struct, frozen=True):
    """The last packet of a tunnel before its path switched (TS 29.281 7.3.2)."""

    teid: int


class SupportedExtensionHeaders(msgspec.Struct, frozen=True):
    """What the sender understands (TS 29.281 7.2.3)."""

    types: tuple[int, ...]
    sequence: int = 0


Message = Gpdu | EchoRequest | EchoResponse | ErrorIndication | EndMarker | SupportedExtensionHeaders


def encode(message: Message) -> bytes:
    """A message as octets. Raises EncodeError."""
    header, body = _compose(message)
    return encode_header(header, len(body)) + body


def _compose(message: Message) -> tuple[Header, bytes]:
    # The S flag is set in these four (5.1); the sequence of the last two is 0 and means nothing.
    match message:
        case Gpdu(teid, payload, information, sequence):
            extensions: tuple[ExtensionHeader, ...] = ()
            if information is not None:
                content = encode_information(information)
                extensions = (ExtensionHeader(ExtensionType.PDU_SESSION_CONTAINER, content),)
            return Header(
                type=MessageType.G_PDU, teid=teid, sequence=sequence, extensions=extensions
            ), payload
        case EchoRequest(sequence):
            return Header(type=MessageType.ECHO_REQUEST, teid=0, sequence=sequence), b""
        case EchoResponse(sequence, recovery):
            return Header(type=MessageType.ECHO_RESPONSE, teid=0, sequence=sequence), bytes(
                (IE_RECOVERY, recovery)
            )
        case ErrorIndication():
            return _compose_error(message)
        case EndMarker(teid):
            return Header(type=MessageType.END_MARKER, teid=teid), b""
        case SupportedExtensionHeaders(types, sequence):
            kind = MessageType.SUPPORTED_EXTENSION_HEADERS_NOTIFICATION
            return Header(type=kind, teid=0, sequence=sequence), bytes(
                (IE_EXTENSION_TYPES, len(types), *types)
            )


def _compose_error(message: ErrorIndication) -> tuple[Header, bytes]:
    extensions: tuple[ExtensionHeader, ...] = ()
    if message.udp_port is not None:
        extensions = (ExtensionHeader(ExtensionType.UDP_PORT, _octets(message.udp_port, 2)),)
    try:
        address = ipaddress.ip_address(message.address).packed
    except ValueError as error:
        raise EncodeError(str(error)) from error
    body = bytes((IE_TEID_DATA_I,)) + _octets(message.teid, 4)
    body += bytes((IE_PEER_ADDRESS,)) + _octets(len(address), 2) + address
    return Header(type=MessageType.ERROR_INDICATION, teid=0, sequence=0, extensions=extensions), body


def _octets(value: int, size: int) -> bytes:
    try:
        return value.to_bytes(size, "big")
    except OverflowError as error:
        raise EncodeError(f"{value} does not fit {size} octets") from error


def decode(data: bytes) -> Message:
    """A message from octets. Raises DecodeError, and UnsupportedExtension where that is the reason."""
    header, body = decode_header(data)
    information = _evaluate(header.extensions)
    match header.type:
        case MessageType.G_PDU:
            return Gpdu(header.teid, body, information, header.sequence)
        case MessageType.ECHO_REQUEST:
            return EchoRequest(header.sequence or 0)
        case MessageType.ECHO_RESPONSE:
            recovery = _elements(body).get(IE_RECOVERY, b"\0")
            return EchoResponse(header.sequence or 0, recovery[0])
        case MessageType.ERROR_INDICATION:
            return _decode_error(header, body)
        case MessageType.END_MARKER:
            return EndMarker(header.teid)
        case MessageType.SUPPORTED_EXTENSION_HEADERS_NOTIFICATION:
            types = _elements(body).get(IE_EXTENSION_TYPES)
            if types is None:
                raise DecodeError("a Supported Extension Headers Notification without its list")
            return SupportedExtensionHeaders(tuple(types), header.sequence or 0)
    raise DecodeError(f"GTP-U message type {header.type} is not known", 1)


def _evaluate(extensions: Iterable[ExtensionHeader]) -> PduSessionInformation | None:
    information: PduSessionInformation | None = None
    for extension in extensions:
        if extension.type == ExtensionType.PDU_SESSION_CONTAINER:
            information = decode_information(extension.content)
        elif extension.type & COMPREHENSION_REQUIRED and extension.type not in UNDERSTOOD:
            raise UnsupportedExtension(extension.type)
    return information


def _decode_error(header: Header, body: bytes) -> ErrorIndication:
    elements = _elements(body)
    teid, address = elements.get(IE_TEID_DATA_I), elements.get(IE_PEER_ADDRESS)
    if teid is None or address is None:
        raise DecodeError("an Error Indication without TEID Data I and peer address")
    if len(address) not in (4, 16):
        raise DecodeError(f"a GTP-U peer address of {len(address)} octets")
    port = next((e.content for e in header.extensions if e.type == ExtensionType.UDP_PORT), None)
    return ErrorIndication(
        int.from_bytes(teid, "big"),
        str(ipaddress.ip_address(address)),
        None if port is None else int.from_bytes(port[:2], "big"),
    )


def _elements(body: bytes) -> dict[int, bytes]:
    """The information elements by type, the first of each. Raises DecodeError."""
    found: dict[int, bytes] = {}
    offset = 0
    while offset < len(body):
        kind = body[offset]
        start, size = _extent(body, offset, kind)
        if start + size > len(body):
            raise DecodeError(f"information element {kind} runs past the end", offset)
        found.setdefault(kind, body[start : start + size])
        offset = start + size
    return found


def _extent(body: bytes, offset: int, kind: int) -> tuple[int, int]:
    if kind == IE_RECOVERY:
        return offset + 1, 1
    if kind == IE_TEID_DATA_I:
        return offset + 1, 4
    if kind < 128:
        raise DecodeError(f"information element {kind} is not known and has no length", offset)
    if kind == IE_EXTENSION_TYPES:
        return offset + 2, body[offset + 1] if offset + 1 < len(body) else 1
    return offset + 3, int.from_bytes(body[offset + 1 : offset + 3], "big")
