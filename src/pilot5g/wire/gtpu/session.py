"""The PDU session user plane frames that travel in the PDU session container (TS 38.415 5.5.2).

QFI, reflective QoS and paging policy are what this network uses. The QoS monitoring fields (time stamps,
delays, QFI sequence numbers) are checked to be complete and then passed over: nobody here measures by them.
"""

from __future__ import annotations

import msgspec

from pilot5g.wire.errors import DecodeError, EncodeError

DL_TYPE = 0
UL_TYPE = 1
MAX_QFI = 63


class DlPduSessionInformation(msgspec.Struct, frozen=True):
    """From the UPF (TS 38.415 5.5.2.1): QoS flow, reflective QoS indicator, paging policy indicator 0-7."""

    qfi: int
    rqi: bool = False
    ppi: int | None = None


class UlPduSessionInformation(msgspec.Struct, frozen=True):
    """From the gNB (TS 38.415 5.5.2.2)."""

    qfi: int


PduSessionInformation = DlPduSessionInformation | UlPduSessionInformation


def encode_information(value: PduSessionInformation) -> bytes:
    """The frame, padded to 4n - 2 octets as the extension header wants it. Raises EncodeError."""
    if not 0 <= value.qfi <= MAX_QFI:
        raise EncodeError(f"a QFI is 0 to {MAX_QFI}, not {value.qfi}")
    if isinstance(value, UlPduSessionInformation):
        return bytes((UL_TYPE << 4, value.qfi))
    second = value.qfi | (0x40 if value.rqi else 0)
    if value.ppi is None:
        return bytes((DL_TYPE << 4, second))
    if not 0 <= value.ppi <= 7:
        raise EncodeError(f"a paging policy indicator is 0 to 7, not {value.ppi}")
    return bytes((DL_TYPE << 4, second | 0x80, value.ppi << 5, 0, 0, 0))


def decode_information(frame: bytes) -> PduSessionInformation:
    """A PDU session user plane frame. Raises DecodeError."""
    if len(frame) < 2:
        raise DecodeError("a PDU session container has at least two octets", len(frame))
    first, second = frame[0], frame[1]
    if first >> 4 == DL_TYPE:
        return _decode_dl(first, second, frame)
    if first >> 4 == UL_TYPE:
        return _decode_ul(first, second, frame)
    raise DecodeError(f"PDU session frame type {first >> 4} is unknown", 0)


def _decode_dl(first: int, second: int, frame: bytes) -> DlPduSessionInformation:
    paged = second & 0x80
    _require(frame, (1 if paged else 0) + (8 if first & 0x08 else 0) + (3 if first & 0x04 else 0))
    return DlPduSessionInformation(second & MAX_QFI, bool(second & 0x40), frame[2] >> 5 if paged else None)


def _decode_ul(first: int, second: int, frame: bytes) -> UlPduSessionInformation:
    monitoring = (24 if first & 0x08 else 0) + (4 if first & 0x04 else 0) + (4 if first & 0x02 else 0)
    _require(
        frame, monitoring + (3 if first & 0x01 else 0) + (4 if second & 0x80 else 0) + bool(second & 0x40)
    )
    return UlPduSessionInformation(second & MAX_QFI)


def _require(frame: bytes, more: int) -> None:
    if len(frame) < 2 + more:
        raise DecodeError(f"PDU session frame announces {more} octets more than it has", len(frame))
