"""Which procedure of a UE an event starts."""

from __future__ import annotations

from typing import Any

from pilot5g.flow.procedure import Procedure
from pilot5g.ran.gnb.procedures.context_modification import ContextModification
from pilot5g.ran.gnb.procedures.context_release import ContextRelease, ReleaseRequest
from pilot5g.ran.gnb.procedures.decision import handover
from pilot5g.ran.gnb.procedures.initial_context import InitialContextSetup
from pilot5g.ran.gnb.procedures.session_modification import SessionModification
from pilot5g.ran.gnb.procedures.session_resources import SessionLoss, SessionRelease, SessionSetup
from pilot5g.ran.gnb.ue import (
    FAILED,
    INACTIVE,
    LOST,
    Broken,
    HandOver,
    Idle,
    RadioLost,
    TunnelRefused,
    Ue,
    UplinkNas,
)
from pilot5g.wire.ngap import messages as m


def procedure_for(ue: Ue, event: Any) -> Procedure | None:
    """The procedure; None where the event was dealt with on the spot, or means nothing any more."""
    match event:
        case m.DownlinkNASTransport():
            ue.downlink_nas(event)
            return None
        case m.InitialContextSetupRequest():
            return InitialContextSetup(ue, event)
        case m.PDUSessionResourceSetupRequest():
            return SessionSetup(ue, event)
        case m.PDUSessionResourceModifyRequest():
            return SessionModification(ue, event)
        case m.PDUSessionResourceReleaseCommand():
            return SessionRelease(ue, event)
        case m.UEContextModificationRequest():
            return ContextModification(ue, event)
        case m.UEContextReleaseCommand():
            return ContextRelease(ue, event)
        case TunnelRefused():
            return SessionLoss(ue, event)
        case HandOver():
            return handover(ue, event)
        case UplinkNas(pdu):
            ue.on_uplink_nas(pdu)
            return None
        case RadioLost() | Idle() | Broken():
            why = LOST if ue.lost else INACTIVE if isinstance(event, Idle) else FAILED
            return ReleaseRequest(ue, why)
    return None
