"""Nausf_UEAuthentication: what the AMF asks of the AUSF (TS 29.509 5.2)."""

from __future__ import annotations

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


class Confirmation(msgspec.Struct, frozen=True):
    """TS 29.509 6.1.6.2.8, ConfirmationDataResponse of a success."""

    supi: Supi
    kseaf: bytes


class Nausf(Protocol):
    """Raises ServiceError: USER_NOT_FOUND, SERVING_NETWORK_NOT_AUTHORIZED, AUTHENTICATION_REJECTED,
    INVALID_SCHEME_OUTPUT, UNSUPPORTED_PROTECTION_SCHEME, CONTEXT_NOT_FOUND."""

    async def authenticate(self, info: AuthenticationInfo) -> AuthenticationContext: ...

    async def confirm(self, context_id: str, res_star: bytes) -> Confirmation:
        """5g-aka-confirmation (TS 33.501 6.1.3.2 step 10); the context is gone afterwards."""
        ...

    async def abandon(self, context_id: str) -> None:
        """Forget a challenge that will not be answered. An unknown one is no error."""
        ...
