"""What a radio answers about PDU sessions goes to their SMFs, unread (TS 38.413 8.2, TS 23.502 4.3.2.2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.connection import Connection
from pilot5g.core.amf.procedures.session_transport import update_session
from pilot5g.service.namf import N2Sm, N2SmType
from pilot5g.service.nsmf import SmContextUpdate
from pilot5g.wire.ngap import messages as ngap

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf

Items = list[dict[str, Any]] | None

SETUP_DONE = "pDUSessionResourceSetupResponseTransfer"
SETUP_FAILED = "pDUSessionResourceSetupUnsuccessfulTransfer"
MODIFY_DONE = "pDUSessionResourceModifyResponseTransfer"
MODIFY_FAILED = "pDUSessionResourceModifyUnsuccessfulTransfer"
RELEASE_DONE = "pDUSessionResourceReleaseResponseTransfer"
NOTIFY = "pDUSessionResourceNotifyTransfer"
NOTIFY_RELEASED = "pDUSessionResourceNotifyReleasedTransfer"


def context_set_up(connection: Connection, message: ngap.InitialContextSetupResponse) -> None:
    """User planes that were set up with the context, or not."""
    _pass(connection, message.pdu_session_resource_setup_list_cxt_res, SETUP_DONE, N2SmType.PDU_RES_SETUP_RSP)
    failed = message.pdu_session_resource_failed_to_setup_list_cxt_res
    _pass(connection, failed, SETUP_FAILED, N2SmType.PDU_RES_SETUP_FAIL, gone=True)


def context_failed(connection: Connection, message: ngap.InitialContextSetupFailure) -> None:
    """No context, hence no user plane."""
    failed = message.pdu_session_resource_failed_to_setup_list_cxt_fail
    _pass(connection, failed, SETUP_FAILED, N2SmType.PDU_RES_SETUP_FAIL, gone=True)


def setup_response(amf: Amf, connection: Connection, message: ngap.PDUSessionResourceSetupResponse) -> None:
    """TS 38.413 8.2.1.2."""
    _pass(connection, message.pdu_session_resource_setup_list_su_res, SETUP_DONE, N2SmType.PDU_RES_SETUP_RSP)
    failed = message.pdu_session_resource_failed_to_setup_list_su_res
    _pass(connection, failed, SETUP_FAILED, N2SmType.PDU_RES_SETUP_FAIL, gone=True)


def release_response(
    amf: Amf, connection: Connection, message: ngap.PDUSessionResourceReleaseResponse
) -> None:
    """TS 38.413 8.2.2.2."""
    released = message.pdu_session_resource_released_list_rel_res
    _pass(connection, released, RELEASE_DONE, N2SmType.PDU_RES_REL_RSP, gone=True)


def modify_response(amf: Amf, connection: Connection, message: ngap.PDUSessionResourceModifyResponse) -> None:
    """TS 38.413 8.2.3.2."""
    _pass(connection, message.pdu_session_resource_modify_list_mod_res, MODIFY_DONE, N2SmType.PDU_RES_MOD_RSP)
    failed = message.pdu_session_resource_failed_to_modify_list_mod_res
    _pass(connection, failed, MODIFY_FAILED, N2SmType.PDU_RES_MOD_FAIL)


def notify(amf: Amf, connection: Connection, message: ngap.PDUSessionResourceNotify) -> None:
    """TS 38.413 8.2.4: the radio can no longer keep what it promised, or has let go of a session."""
    _pass(connection, message.pdu_session_resource_notify_list, NOTIFY, N2SmType.PDU_RES_NTY)
    released = message.pdu_session_resource_released_list_not
    _pass(connection, released, NOTIFY_RELEASED, N2SmType.PDU_RES_NTY_REL, gone=True)


def _pass(connection: Connection, items: Items, key: str, kind: N2SmType, *, gone: bool = False) -> None:
    """Queue one update per session; `gone`: the radio has no resources for them any more."""
    ue = connection.ue
    if ue is None:
        return
    for item in items or ():
        psi = item["pDUSessionID"]
        if gone:
            connection.deactivate(psi)
        update_session(ue, psi, SmContextUpdate(n2=N2Sm(kind, item[key])))
