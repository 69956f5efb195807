"""N1 messages that are neither the AMF's nor an SMF's: SMS, positioning, UE policies (TS 29.518 5.2.2.3).

In 3GPP's words Namf_Communication_N1MessageNotify and N1N2MessageTransfer with an N1 message class: the AMF
carries them between phones and whoever serves them, and understands nothing of them.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from pilot5g.model import Supi


class N1Class(StrEnum):
    """N1MessageClass (TS 29.518 6.1.6.3.3), as far as it is carried here."""

    SMS = "SMS"
    LPP = "LPP"
    UE_POLICY = "UPDP"


class N1Payload(msgspec.Struct, frozen=True, kw_only=True):
    """One message. `routing` is the correlation or routing identity that positioning messages come with
    (additional information, TS 24.501 9.11.2.1)."""

    kind: N1Class
    octets: bytes
    routing: bytes | None = None


class N1User(Protocol):
    """Who serves such messages: an SMSF, an LMF, a PCF. Nothing here may take long or raise."""

    @property
    def kinds(self) -> frozenset[N1Class]:
        """What it takes."""
        ...

    def notified(self, supi: Supi, payload: N1Payload) -> None:
        """A phone says this."""
        ...

    def not_delivered(self, supi: Supi, payload: N1Payload, cause: str) -> None:
        """A message that was accepted did not reach its phone: UE_NOT_RESPONDING where it was paged in vain,
        otherwise the radio's cause."""
        ...
