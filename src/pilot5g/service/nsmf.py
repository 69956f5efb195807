"""Nsmf_PDUSession: what the AMF asks of an SMF (TS 29.502 5.2.2)."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from pilot5g.model import Snssai, Supi, Tai
from pilot5g.service.namf import N2Sm


class SmContextCreate(msgspec.Struct, frozen=True, kw_only=True):
    """TS 29.502 6.1.6.2.2 SmContextCreateData."""

    supi: Supi
    pdu_session_id: int
    dnn: str
    snssai: Snssai
    n1: bytes
    """The 5GSM message (PDU Session Establishment Request), opaque to the AMF."""
    tai: Tai
    amf_id: str
    emergency: bool = False
    """A session for emergency services, which no subscription is asked for (requestType)."""


class UpCnxState(StrEnum):
    """TS 29.502 6.1.6.3.3: the user plane connection of a session."""

    ACTIVATED = "ACTIVATED"
    DEACTIVATED = "DEACTIVATED"
    ACTIVATING = "ACTIVATING"
    SUSPENDED = "SUSPENDED"
    """The radio keeps its part: ACTIVATED brings the user plane back as it was."""


class HoState(StrEnum):
    """TS 29.502 6.1.6.3.11: an N2 handover, as far as a session is concerned."""

    PREPARING = "PREPARING"
    PREPARED = "PREPARED"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class SmContextUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """TS 29.502 6.1.6.2.3 SmContextUpdateData: any of a message, N2 SM information, a wanted state."""

    n1: bytes | None = None
    n2: N2Sm | None = None
    up_cnx_state: UpCnxState | None = None
    ho_state: HoState | None = None
    release: bool = False
    """The phone no longer has this session (PDU session status): release it locally."""
    amf_id: str | None = None
    """The AMF that serves the phone from now on (servingNfId), where that is another."""


class SmContextUpdated(msgspec.Struct, frozen=True, kw_only=True):
    """TS 29.502 6.1.6.2.4: what the AMF carries to phone and radio in return."""

    n1: bytes | None = None
    n2: N2Sm | None = None
    up_cnx_state: UpCnxState | None = None


class Nsmf(Protocol):
    """Raises ServiceError: CONTEXT_NOT_FOUND, DNN_DENIED, SNSSAI_DENIED, DNN_NOT_SUPPORTED,
    PDUTYPE_NOT_SUPPORTED, INSUFFICIENT_RESOURCES_SLICE_DNN, N1_SM_ERROR, N2_SM_ERROR, UPF_NOT_RESPONDING.

    A refusal that the phone is told by the SMF itself (PDU Session Establishment Reject) is not an error
    here: it travels by Namf transfer and ends with `session_released`.
    """

    async def create_sm_context(self, create: SmContextCreate) -> str:
        """Begin a session and give its SM context reference; the outcome follows by Namf transfer
        (TS 23.502 4.3.2.2.1 steps 3, 5 and 11)."""
        ...

    async def update_sm_context(self, ref: str, update: SmContextUpdate) -> SmContextUpdated: ...

    async def release_sm_context(self, ref: str, cause: str) -> None:
        """The phone is gone (deregistration): release without telling it (TS 23.502 4.2.2.3.2)."""
        ...
