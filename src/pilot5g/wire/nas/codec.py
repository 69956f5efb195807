"""Plain 5GS NAS messages to octets and back (TS 24.501 9.1): the one way in and out of this package.

Messages that are security protected go through `security` first; what it hands out comes here.
"""

from __future__ import annotations

from typing import Any

from pilot5g.wire.nas import mm, sm
from pilot5g.wire.nas.errors import MandatoryError, TooShort, UnknownDiscriminator, UnknownMessageType
from pilot5g.wire.nas.grammar import EPD_GMM, EPD_GSM, GMM, GSM, GmmMessage, GsmMessage, Message
from pilot5g.wire.nas.table import read, write

__all__ = ["decode", "encode", "mm", "sm"]


def decode(octets: bytes) -> GmmMessage | GsmMessage:
    """Read a plain NAS message.

    Raises NasError with the cause a STATUS message would carry: see `errors` for which and why. Information
    elements that could not be used are in the message's `defects`, unknown ones in its `unknown`.
    """
    size = len(octets)
    if size == 0:
        raise TooShort("an empty NAS message")
    if octets[0] == EPD_GMM:
        return _decode_gmm(octets, size)
    if octets[0] == EPD_GSM:
        return _decode_gsm(octets, size)
    raise UnknownDiscriminator(f"protocol discriminator {octets[0]:#04x} is neither 5GMM nor 5GSM", 0)


def _decode_gmm(octets: bytes, size: int) -> GmmMessage:
    if size < 3:
        raise TooShort("a 5GMM message without message type", size)
    if octets[1] & 15:
        raise UnknownDiscriminator(
            f"security header type {octets[1] & 15} where a plain message is expected", 1
        )
    kind = octets[2]
    cls = GMM.get(kind)
    if cls is None:
        raise UnknownMessageType(f"5GMM message type {kind:#04x}", 2, message_type=kind)
    values: dict[str, Any] = {}
    try:
        read(cls.TABLE, octets, 3, values)
    except MandatoryError as wrong:
        wrong.message_type = kind
        raise
    return cls(**values)


def _decode_gsm(octets: bytes, size: int) -> GsmMessage:
    if size < 4:
        raise TooShort("a 5GSM message without message type", size)
    session, pti, kind = octets[1], octets[2], octets[3]
    cls = GSM.get(kind)
    if cls is None:
        raise UnknownMessageType(
            f"5GSM message type {kind:#04x}",
            3,
            message_type=kind,
            session=True,
            pdu_session_id=session,
            pti=pti,
        )
    values: dict[str, Any] = {"pdu_session_id": session, "pti": pti}
    try:
        read(cls.TABLE, octets, 4, values)
    except MandatoryError as wrong:
        wrong.message_type, wrong.session = kind, True
        wrong.pdu_session_id, wrong.pti = session, pti
        raise
    return cls(**values)


def encode(message: Message) -> bytes:
    """Write a plain NAS message. Raises EncodeError for a value that does not fit its element."""
    head = message.HEAD
    if not head and isinstance(message, GsmMessage):
        head = bytes((EPD_GSM, message.pdu_session_id & 255, message.pti & 255, message.MESSAGE_TYPE))
    return write(message.TABLE, message, head, message.unknown)
