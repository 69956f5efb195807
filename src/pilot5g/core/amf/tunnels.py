"""A radio moves its end of sessions' tunnels: PDU SESSION RESOURCE MODIFY INDICATION (TS 38.413 8.2.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.connection import Connection
from pilot5g.core.amf.ngap_errors import diagnostics_for_answer
from pilot5g.core.amf.ngap_location import locate
from pilot5g.core.amf.procedures.path_switch import update, why
from pilot5g.flow.errors import ServiceError
from pilot5g.service.namf import N2Sm, N2SmType
from pilot5g.service.nsmf import SmContextUpdate
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.transfers import encode_transfer
from pilot5g.wire.ngap.values import cause

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf
    from pilot5g.core.amf.ue import Ue

UNSUCCESSFUL = "PDUSessionResourceModifyIndicationUnsuccessfulTransfer"


def modify_indication(
    amf: Amf, connection: Connection, message: ngap.PDUSessionResourceModifyIndication
) -> None:
    """In the order of all that concerns the phone's sessions; the answer is one for all of them."""
    locate(connection, message.user_location_information)
    ue = connection.ue
    if ue is not None and not connection.releasing:
        ue.lane.put(lambda: confirm(ue, connection, message))


async def confirm(ue: Ue, line: Connection, message: ngap.PDUSessionResourceModifyIndication) -> None:
    """Ask each session's SMF, and tell the radio, if it still has the phone."""
    items = message.pdu_session_resource_modify_list_mod_ind
    numbers = [item["pDUSessionID"] for item in items]
    done: list[dict[str, Any]] = []
    failed: dict[int, dict[str, Any]] = {}
    for item in items:
        psi = item["pDUSessionID"]
        if numbers.count(psi) > 1:  # 8.2.5.4
            failed[psi] = _failed(psi, cause("radioNetwork", "multiple-PDU-session-ID-instances"))
            continue
        n2 = N2Sm(N2SmType.PDU_RES_MOD_IND, item["pDUSessionResourceModifyIndicationTransfer"])
        try:
            answer = await update(ue, psi, SmContextUpdate(n2=n2))
        except ServiceError as problem:
            ue.amf.journal.note(ue.name, f"the tunnel of PDU session {psi} stays: {problem}")
            failed[psi] = _failed(psi, why(problem))
            continue
        assert answer.n2 is not None
        done.append({"pDUSessionID": psi, "pDUSessionResourceModifyConfirmTransfer": answer.n2.transfer})
    if ue.connection is line and not line.releasing:
        line.send(
            ngap.PDUSessionResourceModifyConfirm(
                amf_ue_ngap_id=line.amf_ue_ngap_id,
                ran_ue_ngap_id=line.ran_ue_ngap_id,
                pdu_session_resource_modify_list_mod_cfm=done or None,
                pdu_session_resource_failed_to_modify_list_mod_cfm=list(failed.values()) or None,
                criticality_diagnostics=diagnostics_for_answer(message),
            )
        )


def _failed(psi: int, reason: tuple[str, str]) -> dict[str, Any]:
    transfer = encode_transfer(UNSUCCESSFUL, {"cause": reason})
    return {"pDUSessionID": psi, "pDUSessionResourceModifyIndicationUnsuccessfulTransfer": transfer}
