"""UE context suspension and resumption (TS 38.413 8.3.11, 8.3.12, TS 23.502 4.8.2.2, 4.8.2.3).

The radio keeps the phone's context and lets it go idle; the AMF keeps the connection, takes the phone for
idle, pages it where there is something for it, and goes on with what it had when the radio says that it is
back. A phone that comes by an initial message gets a new connection, and the suspended one is released.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.connection import Connection
from pilot5g.core.amf.context import Cm
from pilot5g.core.amf.ngap_errors import diagnostics_for_answer
from pilot5g.core.amf.ngap_location import locate
from pilot5g.core.amf.ngap_mobility import move_of
from pilot5g.core.amf.procedures.paging import Paging
from pilot5g.core.amf.procedures.path_switch import update
from pilot5g.core.amf.session_delivery import deliver_pending
from pilot5g.flow.errors import ServiceError
from pilot5g.service.nsmf import SmContextUpdate, UpCnxState
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.transfers import encode_transfer
from pilot5g.wire.ngap.values import cause

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf
    from pilot5g.core.amf.ue import Ue

BUSY = cause("radioNetwork", "interaction-with-other-procedure")
SUSPENDED = SmContextUpdate(up_cnx_state=UpCnxState.SUSPENDED)
LOST = cause("radioNetwork", "unknown-PDU-session-ID")


def suspend(amf: Amf, line: Connection, request: ngap.UEContextSuspendRequest) -> None:
    """TS 38.413 8.3.11. Not while anything is done with the phone: the radio asks again, or releases."""
    locate(line, request.user_location_information)
    ue = line.ue
    if (
        ue is None
        or not ue.secured
        or ue.owner.busy
        or ue.signalling
        or line.held
        or not _same_keys(ue, line)
    ):
        _answer(line, ngap.UEContextSuspendFailure, request, cause=BUSY)
        return
    security = move_of(amf, line).security()
    line.suspended = True
    ue.state.move(cm=Cm.IDLE)
    for psi in sorted(line.active & ue.context.sessions.keys()):
        ue.lane.put(lambda psi=psi: ue.tell_smf(psi, SUSPENDED))  # type: ignore[misc]
    ue.watch()
    ue.commit()
    _answer(line, ngap.UEContextSuspendResponse, request, security_context=security.context)
    amf.journal.note(ue.name, "its connection is suspended")


def resume(amf: Amf, line: Connection, request: ngap.UEContextResumeRequest) -> None:
    """TS 38.413 8.3.12: user planes come back as they were, in the order of all that concerns sessions."""
    locate(line, request.user_location_information)
    ue = line.ue
    if ue is None or not line.suspended or line.releasing:
        _answer(line, ngap.UEContextResumeFailure, request, cause=BUSY)
        return
    line.suspended = False
    ue.unwatch()
    ue.reachable = True
    ue.state.move(cm=Cm.CONNECTED)
    ue.lane.put(lambda: _bring_back(ue, line, request))
    if isinstance(ue.owner.procedure, Paging):
        ue.owner.stop()  # that was the answer


async def _bring_back(ue: Ue, line: Connection, request: ngap.UEContextResumeRequest) -> None:
    back: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    wanted = [item["pDUSessionID"] for item in request.pdu_session_resource_resume_list_res_req or ()]
    for psi in wanted:
        try:
            await update(ue, psi, SmContextUpdate(up_cnx_state=UpCnxState.ACTIVATED))
        except ServiceError as problem:
            ue.amf.journal.note(ue.name, f"PDU session {psi} did not come back: {problem}")
            failed.append({"pDUSessionID": psi, "cause": LOST})
            line.deactivate(psi)
            continue
        back.append(
            {
                "pDUSessionID": psi,
                "uEContextResumeResponseTransfer": encode_transfer("UEContextResumeResponseTransfer", {}),
            }
        )
    for psi in sorted(line.active - set(wanted)):  # the radio has given them up (8.3.12.2)
        line.deactivate(psi)
        await ue.tell_smf(psi, SmContextUpdate(up_cnx_state=UpCnxState.DEACTIVATED))
    if ue.connection is not line or line.releasing:
        return
    _answer(
        line,
        ngap.UEContextResumeResponse,
        request,
        pdu_session_resource_resume_list_res_res=back or None,
        pdu_session_resource_failed_to_resume_list_res_res=failed or None,
    )
    ue.unhold({item["pDUSessionID"] for item in back})  # asked for while it was away, and here again
    deliver_pending(ue)
    wanted_now, ue.wanted = ue.wanted, ()
    for event in wanted_now:
        ue.owner.deliver(event)


def _same_keys(ue: Ue, line: Connection) -> bool:
    """Whether the radio's keys are of the K_AMF in use: if not, they are to be replaced first."""
    return ue.context.keys is not None and line.as_kamf == ue.context.keys.kamf


def _answer(line: Connection, kind: Any, request: Any, **ies: Any) -> None:
    diagnostics = diagnostics_for_answer(request)
    line.send(
        kind(
            amf_ue_ngap_id=request.amf_ue_ngap_id,
            ran_ue_ngap_id=request.ran_ue_ngap_id,
            criticality_diagnostics=diagnostics,
            **ies,
        )
    )
