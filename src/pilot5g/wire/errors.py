"""What can be wrong with octets, and what the receiver owes the peer for it.

DecodeError   the message as a whole cannot be used
Defect        one information element could not be used; the message still counts (TS 24.501 7.7.1,
              TS 38.413 10.3)
"""

from __future__ import annotations

import msgspec


class DecodeError(ValueError):
    """The peer sent octets we cannot use. Never raised for a fault of ours.

    `offset` is the octet at which decoding stopped, -1 where it is not known.
    """

    def __init__(self, what: str, offset: int = -1) -> None:
        super().__init__(what if offset < 0 else f"{what} at octet {offset}")
        self.offset = offset


class EncodeError(ValueError):
    """A value of ours does not fit its encoding: a fault of this side, never of the peer."""


class Defect(msgspec.Struct, frozen=True):
    """An information element that arrived and was not usable, or was missing. `ie` is its tag or id."""

    ie: int
    raw: bytes
    reason: str
