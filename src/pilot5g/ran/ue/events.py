"""What reaches a session's procedure beside 5GSM messages."""

from __future__ import annotations

import msgspec

from pilot5g.wire.nas import GmmCause, GsmCause


class NotForwarded(msgspec.Struct, frozen=True):
    """The AMF sent a 5GSM message back: it could not be passed on (TS 24.501 5.4.5.3.1 c)."""

    cause: GmmCause


class Unreadable(msgspec.Struct, frozen=True):
    """An answer came with an error in it (TS 24.501 7.5.1); `cause` tells which."""

    cause: GsmCause
