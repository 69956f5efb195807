"""Namf: what an SMF asks of the AMF (TS 29.518 5.2.2.3)."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from pilot5g.model import Supi
from pilot5g.service.n1 import N1Payload


class N2SmType(StrEnum):
    """What an N2 SM information is (TS 29.502 6.1.6.3.13, 29.518 NgapIeType), by its transfer IE."""

    PDU_RES_SETUP_REQ = "PDU_RES_SETUP_REQ"
    PDU_RES_SETUP_RSP = "PDU_RES_SETUP_RSP"
    PDU_RES_SETUP_FAIL = "PDU_RES_SETUP_FAIL"
    PDU_RES_REL_CMD = "PDU_RES_REL_CMD"
    PDU_RES_REL_RSP = "PDU_RES_REL_RSP"
    PDU_RES_MOD_REQ = "PDU_RES_MOD_REQ"
    PDU_RES_MOD_RSP = "PDU_RES_MOD_RSP"
    PDU_RES_MOD_FAIL = "PDU_RES_MOD_FAIL"
    PDU_RES_NTY = "PDU_RES_NTY"
    PDU_RES_NTY_REL = "PDU_RES_NTY_REL"
    PDU_RES_MOD_IND = "PDU_RES_MOD_IND"
    PDU_RES_MOD_CFM = "PDU_RES_MOD_CFM"
    PATH_SWITCH_REQ = "PATH_SWITCH_REQ"
    PATH_SWITCH_SETUP_FAIL = "PATH_SWITCH_SETUP_FAIL"
    PATH_SWITCH_REQ_ACK = "PATH_SWITCH_REQ_ACK"
    HANDOVER_REQUIRED = "HANDOVER_REQUIRED"
    HANDOVER_CMD = "HANDOVER_CMD"
    HANDOVER_PREP_FAIL = "HANDOVER_PREP_FAIL"
    HANDOVER_REQ_ACK = "HANDOVER_REQ_ACK"
    HANDOVER_RES_ALLOC_FAIL = "HANDOVER_RES_ALLOC_FAIL"


class N2Sm(msgspec.Struct, frozen=True):
    """N2 SM information: an NGAP transfer IE in octets, opaque to the AMF (TS 23.502 4.3.2.2.1)."""

    kind: N2SmType
    transfer: bytes


class N1N2Message(msgspec.Struct, frozen=True, kw_only=True):
    """TS 29.518 6.1.6.2.18 N1N2MessageTransferReqData: a 5GSM message for the phone and/or N2 SM
    information for the radio, about one session."""

    pdu_session_id: int
    n1: bytes | None = None
    n2: N2Sm | None = None
    five_qi: int | None = None
    """5QI of the downlink data that made this necessary."""
    arp: int | None = None
    """Its ARP priority level, for paging priority."""


class TransferCause(StrEnum):
    """TS 29.518 6.1.6.3.5 N1N2MessageTransferCause."""

    INITIATED = "N1_N2_TRANSFER_INITIATED"
    ATTEMPTING_TO_REACH_UE = "ATTEMPTING_TO_REACH_UE"


class Namf(Protocol):
    """Namf_Communication. Raises ServiceError: CONTEXT_NOT_FOUND, UE_NOT_REACHABLE,
    HIGHER_PRIORITY_REQUEST_ONGOING."""

    async def transfer(self, supi: Supi, message: N1N2Message) -> TransferCause:
        """Carry a message to a phone; an idle phone is paged (TS 23.502 4.2.3.3 step 3)."""
        ...

    async def send_n1(self, supi: Supi, payload: N1Payload) -> TransferCause:
        """N1N2MessageTransfer of an SMS, positioning message or UE policy; an idle phone is paged, and
        `N1User.not_delivered` tells where that was in vain."""
        ...

    async def session_released(self, supi: Supi, pdu_session_id: int) -> None:
        """Nsmf_PDUSession_SMContextStatusNotify: the SMF has let the session go."""
        ...


class PagingFailed(Protocol):
    """Namf_Communication_N1N2TransferFailureNotification (TS 29.518 5.2.2.3.2)."""

    async def transfer_failed(self, supi: Supi, pdu_session_id: int, cause: str) -> None: ...
