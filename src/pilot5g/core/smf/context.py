"""What an SMF knows of one PDU session: plain data that outlives the process."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from pilot5g.core.smf.flows import Flow
from pilot5g.model import Ambr, PduSessionType, Qos, Snssai, SscMode, Supi
from pilot5g.service.n4 import FTeid, OuterHeader

DEFAULT_QFI = 1
"""The QoS flow of the default QoS rule."""


class SessionState(StrEnum):
    """Where a session is in its life (TS 24.501 6.1.3.3, the network's side)."""

    ACTIVE_PENDING = "PDU SESSION ACTIVE PENDING"
    ACTIVE = "PDU SESSION ACTIVE"
    INACTIVE_PENDING = "PDU SESSION INACTIVE PENDING"


class Metered(msgspec.Struct, frozen=True):
    """How a session is measured: octets and seconds after which the UPF reports, and the subscriber's quota
    of the data network, in octets of both directions."""

    report_volume: int | None = None
    report_seconds: int | None = None
    quota: int | None = None


class SmContext(msgspec.Struct, kw_only=True, gc=False):
    """One PDU session. Everything from `pdu_session_type` on is known once it was granted."""

    ref: str
    supi: Supi
    pdu_session_id: int
    dnn: str
    snssai: Snssai
    amf_id: str
    seid: int
    state: SessionState = SessionState.ACTIVE_PENDING
    pdu_session_type: PduSessionType = PduSessionType.IPV4
    ssc_mode: SscMode = SscMode.SSC_1
    session_ambr: Ambr = Ambr(0, 0)
    qos: Qos = Qos()
    qfi: int = DEFAULT_QFI
    flows: tuple[Flow, ...] = ()
    """Beside the default one."""
    ipv4: str | None = None
    ipv6_prefix: str | None = None
    interface_identifier: bytes | None = None
    framed_routes: tuple[str, ...] = ()
    """Networks behind the phone."""
    marking: int = 0
    """DSCP of its packets in the tunnel towards the radio."""
    uplink: FTeid | None = None
    downlink: OuterHeader | None = None
    """The radio's end of the tunnel; None while the user plane is not active."""
    policy: str | None = None
    installed: bool = False
    """Whether the UPF has the session."""
    metered: Metered | None = None
    granted: int | None = None
    """Octets of the quota that the UPF was last told to let pass."""
    in_pool: bool = False
    """Whether the addresses are to be given back."""

    @property
    def name(self) -> str:
        """For people: the phone and the session."""
        return f"{self.supi} session {self.pdu_session_id} ({self.dnn})"
