"""What can be wrong with a whole NAS message, and what its receiver owes the sender (TS 24.501 clause 7).

NasError               the message cannot be used; `cause` is what a STATUS message would carry
  TooShort             7.2.1: ignored, no cause
  UnknownDiscriminator TS 24.007 11.2.3.1.1: not a 5GS message, ignored, no cause
  UnknownMessageType   7.4: #97
  MandatoryError       7.5.1: #96
  ConditionalError     7.7.2: #100, raised by procedures, which know the condition
  SemanticError        7.8: #95, raised by procedures
  WrongState           7.4: #98, raised by procedures
IntegrityError         4.4.4: the message is not who it says it is from; discarded
CountExhausted         4.4.3.1: a NAS COUNT would wrap; the keys must not be used again

5GMM and 5GSM use the same numbers for these causes (tables 9.11.3.2.1 and 9.11.4.2.1).
"""

from __future__ import annotations

from pilot5g.wire.errors import DecodeError


class NasError(DecodeError):
    """A NAS message that cannot be used as a whole.

    `cause` is the 5GMM or 5GSM cause to answer with, None where the clause says to ignore the message.
    The header is given as far as it was read: `session` tells 5GSM from 5GMM.
    """

    cause: int | None = None

    def __init__(
        self,
        what: str,
        offset: int = -1,
        *,
        message_type: int | None = None,
        session: bool = False,
        pdu_session_id: int = 0,
        pti: int = 0,
    ) -> None:
        super().__init__(what, offset)
        self.message_type = message_type
        self.session = session
        self.pdu_session_id = pdu_session_id
        self.pti = pti


class TooShort(NasError):
    """Too short to hold a complete message type: ignored (TS 24.501 7.2.1)."""


class UnknownDiscriminator(NasError):
    """Not a plain 5GMM or 5GSM message: ignored (TS 24.501 9.2)."""


class UnknownMessageType(NasError):
    """A message type that does not exist or is not implemented (TS 24.501 7.4)."""

    cause = 97


class MandatoryError(NasError):
    """A mandatory element is missing or malformed, or an unknown one must be understood (7.5.1)."""

    cause = 96


class ConditionalError(NasError):
    """An information element is missing that a condition requires, or there against one (7.7.2)."""

    cause = 100


class SemanticError(NasError):
    """Every element is well formed and together they make no sense (7.8)."""

    cause = 95


class WrongState(NasError):
    """A message that does not fit the protocol state (7.4)."""

    cause = 98


class IntegrityError(DecodeError):
    """A protected message whose MAC, sequence or header is not acceptable: discarded (4.4.3.2, 4.4.4)."""


class CountExhausted(ValueError):
    """A NAS COUNT reached its end; new keys are needed before anything more is sent (4.4.3.1)."""
