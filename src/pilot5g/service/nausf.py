"""Nausf_UEAuthentication: what the AMF asks of the AUSF (TS 29.509 5.2)."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from pilot5g.model import Suci, Supi


class Resynchronisation(msgspec.Struct, frozen=True):
    """The phone's AUTS and the RAND it answers (TS 29.509 6.1.6.2.6, ResynchronizationInfo)."""

    rand: bytes
    auts: bytes


class AuthenticationInfo(msgspec.Struct, frozen=True):
    """TS 29.509 6.1.6.2.2."""

    identity: Supi | Suci
    serving_network_name: str
    resynchronisation: Resynchronisation | None = None


class AuthenticationContext(msgspec.Struct, frozen=True):
    """A 5G-AKA challenge (TS 29.509 6.1.6.2.3 UEAuthenticationCtx, 6.1.6.2.5 Av5gAka)."""

    context_id: str
    rand: bytes
    autn: bytes
    hxres_star: bytes


class EapContext(msgspec.Struct, frozen=True):
    """An EAP-AKA' challenge: an EAP request for the phone (TS 29.509 6.1.6.2.3, 5gAuthData of EAP)."""

    context_id: str
    request: bytes


class AuthResult(StrEnum):
    """TS 29.509 6.1.6.3.3."""

    SUCCESS = "AUTHENTICATION_SUCCESS"
    FAILURE = "AUTHENTICATION_FAILURE"
    ONGOING = "AUTHENTICATION_ONGOING"


class EapSession(msgspec.Struct, frozen=True, kw_only=True):
    """What the AUSF makes of an EAP response (TS 29.509 6.1.6.2.7): an EAP message for the phone in any case,
    SUPI and K_SEAF with a success, reason and fix for people with a failure."""

    result: AuthResult
    message: bytes
    supi: Supi | None = None
    kseaf: bytes = b""
    reason: str = ""
    fix: str = ""

    def __repr__(self) -> str:
        """Without the key, which belongs into no log."""
        return f"EapSession({self.result}, {self.supi})"


class Confirmation(msgspec.Struct, frozen=True):
    """TS 29.509 6.1.6.2.8, ConfirmationDataResponse of a success."""

    supi: Supi
    kseaf: bytes


class Nausf(Protocol):
    """Raises ServiceError: USER_NOT_FOUND, SERVING_NETWORK_NOT_AUTHORIZED, AUTHENTICATION_REJECTED,
    INVALID_SCHEME_OUTPUT, UNSUPPORTED_PROTECTION_SCHEME, CONTEXT_NOT_FOUND."""

    async def authenticate(self, info: AuthenticationInfo) -> AuthenticationContext | EapContext:
        """A challenge by the method that the subscription names (TS 33.501 6.1.2)."""
        ...

    async def confirm(self, context_id: str, res_star: bytes) -> Confirmation:
        """5g-aka-confirmation (TS 33.501 6.1.3.2 step 10); the context is gone afterwards."""
        ...

    async def eap(self, context_id: str, response: bytes) -> EapSession:
        """EAP session (TS 29.509 5.2.2.2.3, TS 33.501 6.1.3.1 steps 7 to 10); after a success or a failure
        the context is gone."""
        ...

    async def abandon(self, context_id: str) -> None:
        """Forget a challenge that will not be answered. An unknown one is no error."""
        ...
