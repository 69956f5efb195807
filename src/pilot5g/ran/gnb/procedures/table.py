"""Which procedure of a UE an event starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pilot5g.flow.procedure import Procedure
from pilot5g.ran.gnb.procedures import watching
from pilot5g.ran.gnb.procedures.context_modification import ContextModification
from pilot5g.ran.gnb.procedures.context_release import ContextRelease, ReleaseRequest
from pilot5g.ran.gnb.procedures.decision import handover
from pilot5g.ran.gnb.procedures.inactive import RrcInactive
from pilot5g.ran.gnb.procedures.initial_context import InitialContextSetup
from pilot5g.ran.gnb.procedures.reestablishment import Reestablishment
from pilot5g.ran.gnb.procedures.session_modification import SessionModification
from pilot5g.ran.gnb.procedures.session_resources import SessionLoss, SessionRelease, SessionSetup
from pilot5g.ran.gnb.procedures.tunnel_move import TunnelMove
from pilot5g.ran.gnb.ue import (
    FAILED,
    INACTIVE,
    LOST,
    Broken,
    Deactivate,
    HandOver,
    Idle,
    MoveTunnel,
    RadioLost,
    Reestablish,
    TunnelRefused,
    Ue,
    UplinkNas,
)
from pilot5g.wire.ngap import messages as m

_STARTED_BY: Mapping[type[Any], Callable[[Ue, Any], Procedure]] = {
    m.InitialContextSetupRequest: InitialContextSetup,
    m.PDUSessionResourceSetupRequest: SessionSetup,
    m.PDUSessionResourceModifyRequest: SessionModification,
    m.PDUSessionResourceReleaseCommand: SessionRelease,
    m.UEContextModificationRequest: ContextModification,
    m.UEContextReleaseCommand: ContextRelease,
    TunnelRefused: SessionLoss,
    MoveTunnel: TunnelMove,
    Deactivate: RrcInactive,
    Reestablish: Reestablishment,
}


def procedure_for(ue: Ue, event: Any) -> Procedure | None:
    """The procedure; None where the event was dealt with on the spot, or means nothing any more."""
    started = _STARTED_BY.get(type(event))
    if started is not None:
        return started(ue, event)
    match event:
        case m.UETNLABindingReleaseRequest():
            ue.ng.bind(ue, None)
            return None
        case m.DownlinkNASTransport():
            ue.downlink_nas(event)
        case m.UERadioCapabilityCheckRequest():
            ue.check_capability(event)
        case m.LocationReportingControl():
            watching.locate(ue, event)
        case m.TraceStart():
            watching.trace(ue, event)
        case m.DeactivateTrace():
            watching.stop_trace(ue, event)
        case UplinkNas(pdu):
            ue.on_uplink_nas(pdu)
        case HandOver():
            return handover(ue, event)
        case RadioLost() | Idle() | Broken():
            why = LOST if ue.lost else INACTIVE if isinstance(event, Idle) else FAILED
            return ReleaseRequest(ue, why)
    return None
