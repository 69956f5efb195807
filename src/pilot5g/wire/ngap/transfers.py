"""What a message carries as octets for somebody else: SM transfers and radio containers (TS 38.413 9.3.4).

N2 SM information is opaque to the AMF (TS 23.502 4.3.2.2.1), so the messages keep every `OCTET STRING
(CONTAINING ...)` as bytes, and whoever is its end decodes it here: SMF and gNB the ...Transfer types, two
gNBs the ...TransparentContainer types. A broken transfer is thus never a reason to refuse the message
around it: the end that finds it refuses that one PDU session, with the cause transfer-syntax-error in the
transfer that reports the failure.
"""

from __future__ import annotations

from typing import Any

from pilot5g.wire import aper
from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.ngap.schema import TRANSFERS, TYPES

NAMES = frozenset(TRANSFERS)
"""The transfers there are, by the specification's name."""


def decode_transfer(name: str, octets: bytes) -> Any:
    """The value of a transfer, e.g. of a `PDUSessionResourceSetupRequestTransfer`. Raises DecodeError."""
    if name not in NAMES:
        raise KeyError(name)
    try:
        return aper.decode(TYPES[name], octets)
    except DecodeError as error:
        raise DecodeError(f"{name}: {error}", -1) from None


def encode_transfer(name: str, value: object) -> bytes:
    """The octets of a transfer. Raises EncodeError where the value does not fit."""
    if name not in NAMES:
        raise KeyError(name)
    try:
        return aper.encode(TYPES[name], value)
    except EncodeError as error:
        raise EncodeError(f"{name}: {error}") from None
