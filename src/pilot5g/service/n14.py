"""N14: what one AMF asks of another, Namf_Communication between AMFs (TS 29.518 5.2.2, TS 23.502 5.2.2.2).

A phone's context goes to the AMF that the phone turns to, by its temporary identity and with its first
message as proof (UEContextTransfer); to the AMF behind the radio that it is handed over to (CreateUEContext);
or to a colleague of the set, when an AMF leaves service (TS 23.501 5.21.2.2.2). The values are those of
TS 29.518 6.1.6.2, cut to what these AMFs keep; transfers and containers of NGAP are octets that they pass on
unread.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

import msgspec

from pilot5g.model import Ambr, Guami, Guti, NrCgi, Snssai, STmsi, Supi, Tai
from pilot5g.service.namf import N1N2Message, TransferCause
from pilot5g.wire.nas.security import NasSecurity
from pilot5g.wire.ngap.values import GnbId

Cause = tuple[str, str]
"""An NGAP cause: its group and its value (TS 38.413 9.3.1.2)."""


class TransferReason(StrEnum):
    """Why a context is wanted (TS 29.518 6.1.6.3.8)."""

    INITIAL = "INIT_REG"
    MOBILITY = "MOBI_REG"
    VALIDATED = "MOBI_REG_UE_VALIDATED"
    """The phone has authenticated with the new AMF: it is the SUPI that counts."""


class SessionContext(msgspec.Struct, frozen=True):
    """TS 29.518 6.1.6.2.37 PduSessionContext: where a session is."""

    ref: str
    smf: str
    dnn: str
    snssai: Snssai


class UeContext(msgspec.Struct, frozen=True, kw_only=True):
    """TS 29.518 6.1.6.2.25 UeContext. `kamf` and `nas` are there where the keys go along; `changed`: K_AMF is
    one that the phone has yet to derive (keyAmfChangeInd)."""

    supi: Supi
    guti: Guti | None = None
    kamf: bytes = b""
    nas: NasSecurity | None = None
    changed: bool = False
    security_capability: bytes = b""
    gmm_capability: bytes = b""
    imeisv: str | None = None
    allowed_nssai: tuple[Snssai, ...] = ()
    configured_nssai: tuple[Snssai, ...] = ()
    subscribed_nssai: tuple[Snssai, ...] = ()
    default_nssai: tuple[Snssai, ...] = ()
    ue_ambr: Ambr | None = None
    rfsp: int | None = None
    policy: str | None = None
    area: tuple[Tai, ...] = ()
    tai: Tai | None = None
    cell: NrCgi | None = None
    periodic: float = 0.0
    drx: int | None = None
    radio_capability: bytes | None = None
    radio_capability_for_paging: bytes | None = None
    sessions: dict[int, SessionContext] = {}

    def __repr__(self) -> str:
        """Without keys, which belong into no log."""
        return f"UeContext({self.supi})"


class ContextRequest(msgspec.Struct, frozen=True, kw_only=True):
    """TS 29.518 6.1.6.2.27 UeContextTransferReqData. Whose, by temporary identity with the first message of
    the phone, whose integrity the old AMF checks, or by SUPI; `amf_id` is who asks."""

    guti: Guti | None = None
    s_tmsi: STmsi | None = None
    supi: Supi | None = None
    reason: TransferReason
    message: bytes = b""
    amf_id: str

    @property
    def identity(self) -> Guti | STmsi | None:
        """The temporary identity."""
        return self.guti or self.s_tmsi


class HandoverRequired(msgspec.Struct, frozen=True, kw_only=True):
    """TS 29.518 6.1.6.2.23 UeContextCreateData: a phone is to come. `sessions` are the Handover Required
    Transfers by PDU session; `nh`, `ncc`: see TS 33.501 6.9.2.3.3."""

    context: UeContext
    amf_id: str
    """Who hands over."""
    gnb: GnbId
    tai: Tai
    handover_type: str
    cause: Cause
    container: bytes
    sessions: dict[int, bytes]
    active: frozenset[int] = frozenset()
    """Sessions with a user plane, more than those that are to come along."""
    nh: bytes
    ncc: int
    reporting: dict[str, str] | None = None
    """What radios are to report of where it is (Location Reporting Request Type, TS 38.413 9.3.1.65)."""
    transitions: str | None = None
    """Whether they are to report RRC_INACTIVE (RRC Inactive Transition Report Request, 9.3.1.91)."""
    fresh: bool = False
    """The radio's keys come from a new K_AMF (New Security Context Indicator)."""

    def __repr__(self) -> str:
        """Without keys."""
        return f"HandoverRequired({self.context.supi})"


class HandoverPrepared(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """TS 29.518 6.1.6.2.24 UeContextCreatedData: what the source is told, by PDU session."""

    container: bytes
    commands: dict[int, bytes]
    left_behind: dict[int, Cause]


class HandoverRefused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """TS 29.518 6.1.6.2.41 UeContextCreateError, HANDOVER_FAILURE. `absent`: no such radio is connected
    there, so that another AMF may be asked."""

    cause: Cause
    reason: str
    absent: bool = False


class HandoverDone(msgspec.Struct, frozen=True, kw_only=True):
    """What the source AMF has for the target when the phone has arrived: the NAS COUNTs that came next there,
    the sessions there are by then, and session signalling that waited."""

    uplink_count: int
    downlink_count: int
    sessions: dict[int, SessionContext] = {}
    pending: tuple[N1N2Message, ...] = ()


class N14(Protocol):
    """Raises ServiceError: CONTEXT_NOT_FOUND, INTEGRITY_CHECK_FAIL, SYSTEM_FAILURE."""

    async def transfer_ue_context(self, request: ContextRequest) -> UeContext:
        """UEContextTransfer (TS 29.518 5.2.2.2.1): the old AMF keeps it until `registration_status`."""
        ...

    async def registration_status(self, supi: Supi, amf_id: str, transferred: bool) -> None:
        """RegistrationStatusUpdate (5.2.2.2.2): the phone is registered with `amf_id` now, and the old AMF
        forgets it; or it is not, and all is as before. An unknown one is no error."""
        ...

    async def create_ue_context(self, required: HandoverRequired) -> HandoverPrepared | HandoverRefused:
        """CreateUEContext (5.2.2.2.3): prepare a handover at a radio of the AMF that is asked."""
        ...

    async def release_ue_context(self, supi: Supi, cause: Cause) -> None:
        """ReleaseUEContext (5.2.2.2.4): the handover is called off. An unknown one is no error."""
        ...

    async def handed_over(self, supi: Supi, amf_id: str) -> HandoverDone:
        """N2InfoNotify of a handover (5.2.2.3.6): the phone has arrived at the target AMF."""
        ...

    async def handover_lost(self, supi: Supi, reason: str) -> None:
        """The target radio has let go of a phone that was to come."""
        ...

    async def status_transfer(self, supi: Supi, message: bytes) -> None:
        """N1N2MessageTransfer with N2 information of a RAN status transfer (TS 23.502 4.9.1.3.3 step 2a), as
        the source radio sent it."""
        ...

    async def transfer(self, supi: Supi, message: N1N2Message) -> TransferCause:
        """N1N2MessageTransfer (5.2.2.3.1) of session signalling that came to the AMF before."""
        ...

    async def take_over(self, context: UeContext, amf_id: str) -> None:
        """A registered phone's context, of an AMF `amf_id` that leaves service (TS 23.501 5.21.2.2.2)."""
        ...


class Peer(msgspec.Struct, frozen=True, kw_only=True):
    """Another AMF of the network, and how to ask it."""

    amf_id: str
    guami: Guami
    tais: tuple[Tai, ...]
    slices: tuple[Snssai, ...]
    n14: N14
