"""Names for what is wrong with a datagram at the GTP-U port, so that an operator sees what a stranger sends.

Asked only about what no tunnel took and no message was made of; the order of the questions is that of the
octets, so each datagram has one name.
"""

from __future__ import annotations

from pilot5g.wire.gtpu.header import ANY_FLAG, FLAG_EXTENSION, MessageType

_MESSAGES = frozenset(int(kind) for kind in MessageType)


def reason(data: bytes) -> str:
    """What is wrong with it, in a word or two."""
    size = len(data)
    if size < 8:
        return "truncated"
    if data[0] >> 5 != 1:
        return "version"
    if not data[0] & 0x10:
        return "GTP prime"
    length = int.from_bytes(data[2:4], "big")
    if length > size - 8:
        return "length beyond the datagram"
    if data[0] & ANY_FLAG and length < 4:
        return "header flags without their fields"
    if data[0] & FLAG_EXTENSION and (flaw := _chain(data[: 8 + length])):
        return flaw
    if data[1] not in _MESSAGES:
        return "message type"
    return "content"


def _chain(data: bytes) -> str:
    """What is wrong with the extension headers; empty where nothing is."""
    following, at = data[11], 12
    while following:
        size = data[at] * 4 if at < len(data) else 0
        if at >= len(data) or at + size > len(data):
            return "extension header beyond the end"
        if not size:
            return "extension header of no length"
        following = data[at + size - 1]
        at += size
    return ""
