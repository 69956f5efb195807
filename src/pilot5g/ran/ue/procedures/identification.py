"""Identification on the phone's side (TS 24.501 5.4.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.wire import nas
from pilot5g.wire.nas import IdentityType

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone


def asked(phone: Phone, request: nas.IdentityRequest) -> None:
    """IDENTITY REQUEST. Anyone may ask for the SUCI; the rest needs secure exchange (4.4.4.2)."""
    guti = phone.context.guti
    identity: nas.MobileIdentity = nas.NoIdentity()
    match request.identity_type:
        case IdentityType.SUCI:
            identity = phone.identity.suci()
        case IdentityType.IMEISV:
            identity = nas.Imeisv(phone.config.imeisv)
        case IdentityType.IMEI:
            identity = nas.Imei(_imei(phone.config.imeisv))
        case IdentityType.GUTI if guti is not None:
            identity = guti
        case IdentityType.S_TMSI if guti is not None:
            identity = guti.s_tmsi
    phone.signalling.send(nas.IdentityResponse(mobile_identity=identity))


def _imei(imeisv: str) -> str:
    """The IMEI of an IMEISV: TAC and serial number, and the check digit (TS 23.003 annex B)."""
    body = imeisv[:14]
    total = 0
    for position, digit in enumerate(body):
        value = int(digit) * (1 + position % 2)
        total += value // 10 + value % 10
    return body + str(-total % 10)
