"""The fast way for the one message that is all of the traffic: the G-PDU.

Sending, everything but the length is known when the tunnel is set up, so it is packed then. Receiving, what
gNBs and UPFs really send is a header with either nothing or exactly one PDU session container of four
octets; both are recognised by comparing two integers, and all else takes the careful way through `decode`.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from librt.strings import read_i32_be, read_i64_be
from mypy_extensions import i64

from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.gtpu.header import MessageType
from pilot5g.wire.gtpu.messages import Gpdu, decode, encode
from pilot5g.wire.gtpu.session import PduSessionInformation

_START = Struct("!HH")

# The first four octets, with no length.
PLAIN_GPDU: Final[i64] = 0x30FF0000
EXTENDED_GPDU: Final[i64] = 0x34FF0000
_MOST: Final[i64] = 0xFFFF + 8
"""Octets of a G-PDU: its length has 16 bits."""
# Of the eight octets after the TEID: next type 85, length 1, no flag in the frame, no further header.
_CONTAINER_MASK: Final[i64] = 0x000000FF_FF0FC0FF
_CONTAINER_VALUE: Final[i64] = 0x00000085_01000000


class Encapsulation:
    """Packs user packets into one tunnel. Made once per tunnel and QoS flow, called per packet."""

    __slots__ = ("_added", "_start", "_tail")

    def __init__(self, teid: int, information: PduSessionInformation | None = None) -> None:
        """Raises EncodeError where TEID or QFI are out of range."""
        header = encode(Gpdu(teid, b"", information))
        self._start = int.from_bytes(header[:2], "big")
        self._tail = header[4:]
        self._added = len(header) - 8

    @property
    def overhead(self) -> int:
        """How many octets this adds to a packet."""
        return self._added + 8

    def __call__(self, packet: bytes) -> bytes:
        """The packet as a G-PDU. Raises EncodeError where no GTP-U length can say how long it is."""
        length = len(packet) + self._added
        if length > 0xFFFF:
            raise EncodeError(f"a packet of {len(packet)} octets does not fit a G-PDU")
        return _START.pack(self._start, length) + self._tail + packet


def decapsulate(data: bytes) -> tuple[int, int, bytes]:
    """TEID, QFI (-1 where there is none) and user packet of a G-PDU.

    Raises DecodeError, also for any other message.
    """
    size: i64 = len(data)
    if 16 <= size <= _MOST:
        start: i64 = i64(read_i32_be(data, 0)) & 0xFFFFFFFF
        if start == EXTENDED_GPDU + size - 8:
            rest: i64 = read_i64_be(data, 8)
            if rest & _CONTAINER_MASK == _CONTAINER_VALUE:
                return i64(read_i32_be(data, 4)) & 0xFFFFFFFF, data[14] & 0x3F, data[16:]
        elif start == PLAIN_GPDU + size - 8:
            return i64(read_i32_be(data, 4)) & 0xFFFFFFFF, -1, data[8:]
    if size < 2 or data[1] != MessageType.G_PDU:
        raise DecodeError("not a G-PDU", 1)
    message = decode(data)
    assert isinstance(message, Gpdu)
    information = message.information
    return message.teid, -1 if information is None else information.qfi, message.payload
