"""Session signalling towards phone and radio: N1 in DL NAS TRANSPORT, N2 in the request that its kind names.

TS 23.502 4.3.2.2.1 step 12 and its likes. The first user plane of a connection whose radio has no UE context
yet goes out in the Initial Context Setup itself (TS 38.413 8.3.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from pilot5g.core.amf.emergency import NULL
from pilot5g.core.amf.inactivity import assistance
from pilot5g.core.amf.restrictions import mobility_restrictions
from pilot5g.crypto import kdf
from pilot5g.flow.errors import Gone
from pilot5g.service.namf import N1N2Message, N2SmType
from pilot5g.wire import nas
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import (
    guami_to,
    nssai_to,
    security_key_to,
    snssai_to,
    ue_security_capabilities_to,
)

if TYPE_CHECKING:
    from pilot5g.core.amf.connection import Connection
    from pilot5g.core.amf.ue import Ue

NOTHING: Final[Mapping[int, N1N2Message]] = {}
"""What waits for most phones."""


def carry(ue: Ue, message: N1N2Message) -> None:
    """Send what an SMF wants the phone and the radio to have; while the radio sets the phone's context up, or
    hands the phone over, it waits for that. Raises Gone."""
    line, psi = ue.line(), message.pdu_session_id
    if line.held:
        hold(ue, message)
        return
    kind = message.n2.kind if message.n2 is not None else None
    if message.n2 is not None and kind is N2SmType.PDU_RES_SETUP_REQ:
        if ue.slice_of(psi) is None:
            return  # the session has gone meanwhile
        if line.has_context:
            _send_setup(ue, line, message)
        else:
            set_up_context(ue, None, [message])
    elif message.n2 is not None and kind is N2SmType.PDU_RES_REL_CMD and psi in line.active:
        _send_release(ue, line, message)
    elif message.n2 is not None and kind is N2SmType.PDU_RES_MOD_REQ and psi in line.active:
        _send_modify(ue, line, message)
    elif message.n1 is not None:
        ue.send(n1_container(psi, message.n1))


def hold(ue: Ue, message: N1N2Message) -> None:
    """Keep a message until it can be delivered: of each part the newest, superseded ones nobody needs."""
    waiting = ue.pending.get(message.pdu_session_id)
    if waiting is not None:
        message = N1N2Message(
            pdu_session_id=message.pdu_session_id,
            n1=message.n1 or waiting.n1,
            n2=message.n2 or waiting.n2,
            five_qi=message.five_qi or waiting.five_qi,
            arp=message.arp or waiting.arp,
        )
    ue.pending = {**ue.pending, message.pdu_session_id: message}


def deliver_pending(ue: Ue) -> None:
    """What waited for the phone to be connected (TS 23.502 4.2.3.3 step 7)."""
    pending, ue.pending = ue.pending, NOTHING
    for psi, message in pending.items():
        if ue.slice_of(psi) is not None:
            carry(ue, message)
    tell_radio(ue)


def tell_radio(ue: Ue) -> None:
    """UE CONTEXT MODIFICATION REQUEST with UE-AMBR and RFSP index, where the phone's radio was told others
    (TS 38.413 8.3.4). It waits while the radio sets the context up, hands the phone over, or has it idle."""
    line = ue.connection
    if line is None or not line.has_context or line.releasing or line.held or line.suspended:
        return
    rates, rfsp = ue.context.ue_ambr, ue.context.rfsp
    if (rates is not None and line.rates != rates) or (rfsp is not None and line.rfsp != rfsp):
        line.rates, line.rfsp = rates, rfsp
        line.send(
            ngap.UEContextModificationRequest(
                amf_ue_ngap_id=line.amf_ue_ngap_id,
                ran_ue_ngap_id=line.ran_ue_ngap_id,
                index_to_rfsp=rfsp,
                ue_aggregate_maximum_bit_rate=aggregate_rate(ue),
            )
        )


def n1_container(psi: int, n1: bytes, cause: int | None = None) -> nas.DlNasTransport:
    """A 5GSM message to the phone; with a cause, one of its own that was not forwarded (5.4.5.3)."""
    return nas.DlNasTransport(
        payload_container_type=nas.PayloadContainerType.N1_SM,
        payload_container=n1,
        pdu_session_id=psi,
        cause=None if cause is None else nas.GmmCause(cause),
    )


def _send_setup(ue: Ue, line: Connection, message: N1N2Message) -> None:
    """PDU SESSION RESOURCE SETUP REQUEST (TS 38.413 8.2.1)."""
    line.activate(message.pdu_session_id)
    line.rates = ue.context.ue_ambr
    line.send(
        ngap.PDUSessionResourceSetupRequest(
            amf_ue_ngap_id=line.amf_ue_ngap_id,
            ran_ue_ngap_id=line.ran_ue_ngap_id,
            pdu_session_resource_setup_list_su_req=[_setup_item(ue, message, "pDUSessionNAS-PDU")],
            ue_aggregate_maximum_bit_rate=aggregate_rate(ue),
        )
    )


def _send_release(ue: Ue, line: Connection, message: N1N2Message) -> None:
    """PDU SESSION RESOURCE RELEASE COMMAND (TS 38.413 8.2.2)."""
    assert message.n2 is not None
    item = {
        "pDUSessionID": message.pdu_session_id,
        "pDUSessionResourceReleaseCommandTransfer": message.n2.transfer,
    }
    line.send(
        ngap.PDUSessionResourceReleaseCommand(
            amf_ue_ngap_id=line.amf_ue_ngap_id,
            ran_ue_ngap_id=line.ran_ue_ngap_id,
            nas_pdu=_n1_pdu(ue, message),
            pdu_session_resource_to_release_list_rel_cmd=[item],
        )
    )


def _send_modify(ue: Ue, line: Connection, message: N1N2Message) -> None:
    """PDU SESSION RESOURCE MODIFY REQUEST (TS 38.413 8.2.3)."""
    assert message.n2 is not None
    item: dict[str, Any] = {
        "pDUSessionID": message.pdu_session_id,
        "pDUSessionResourceModifyRequestTransfer": message.n2.transfer,
    }
    if (pdu := _n1_pdu(ue, message)) is not None:
        item["nAS-PDU"] = pdu
    line.send(
        ngap.PDUSessionResourceModifyRequest(
            amf_ue_ngap_id=line.amf_ue_ngap_id,
            ran_ue_ngap_id=line.ran_ue_ngap_id,
            pdu_session_resource_modify_list_mod_req=[item],
        )
    )


def _n1_pdu(ue: Ue, message: N1N2Message) -> bytes | None:
    if message.n1 is None:
        return None
    return ue.protect(n1_container(message.pdu_session_id, message.n1))


def _setup_item(ue: Ue, message: N1N2Message, nas_key: str) -> dict[str, Any]:
    assert message.n2 is not None
    snssai = ue.slice_of(message.pdu_session_id)
    assert snssai is not None
    item: dict[str, Any] = {
        "pDUSessionID": message.pdu_session_id,
        "s-NSSAI": snssai_to(snssai),
        "pDUSessionResourceSetupRequestTransfer": message.n2.transfer,
    }
    if (pdu := _n1_pdu(ue, message)) is not None:
        item[nas_key] = pdu
    return item


def aggregate_rate(ue: Ue) -> dict[str, int] | None:
    """UE Aggregate Maximum Bit Rate (TS 38.413 9.3.1.58)."""
    ambr = ue.context.ue_ambr
    if ambr is None:
        return None
    return {"uEAggregateMaximumBitRateDL": ambr.downlink, "uEAggregateMaximumBitRateUL": ambr.uplink}


def set_up_context(ue: Ue, pdu: bytes | None, sessions: list[N1N2Message]) -> None:
    """INITIAL CONTEXT SETUP REQUEST (TS 38.413 8.3.1): AS security from a fresh K_gNB, and user planes.

    Raises Gone where the phone is not connected.
    """
    line, context = ue.line(), ue.context
    keys = context.keys
    if keys is None:
        raise Gone("there is no security context to set up a radio with")
    kgnb = kdf.kgnb(keys.kamf, line.kgnb_count)
    sessions = [message for message in sessions if ue.slice_of(message.pdu_session_id) is not None]
    items = [_setup_item(ue, message, "nAS-PDU") for message in sessions]
    for message in sessions:
        line.activate(message.pdu_session_id)
    line.setting_up = True
    line.as_kamf = keys.kamf
    line.rates, line.rfsp = context.ue_ambr, context.rfsp
    line.send(
        ngap.InitialContextSetupRequest(
            amf_ue_ngap_id=line.amf_ue_ngap_id,
            ran_ue_ngap_id=line.ran_ue_ngap_id,
            ue_aggregate_maximum_bit_rate=aggregate_rate(ue),
            guami=guami_to(ue.amf.config.guami),
            pdu_session_resource_setup_list_cxt_req=items or None,
            allowed_nssai=nssai_to(context.allowed_nssai),
            mobility_restriction_list=mobility_restrictions(ue),
            ue_security_capabilities=security_capabilities(ue),
            security_key=security_key_to(kgnb),
            index_to_rfsp=context.rfsp,
            ue_radio_capability=context.radio_capability,
            core_network_assistance_information_for_inactive=assistance(ue),
            nas_pdu=pdu,
            trace_activation=ue.watched.trace,
            location_reporting_request_type=ue.watched.reporting,
            rrc_inactive_transition_report_request=ue.watched.transitions,
        )
    )


def security_capabilities(ue: Ue) -> dict[str, Any]:
    """The NAS octets 5G-EA, 5G-IA and, where the phone has LTE, EEA and EIA (TS 24.501 9.11.3.54); none where
    nothing is proved, so that the radio protects nothing either (TS 33.501 10.2.2.2)."""
    keys = ue.context.keys
    if keys is not None and keys.nas.integrity == NULL:
        return ue_security_capabilities_to(0x80, 0, 0x80, 0)
    padded = ue.context.security_capability[:4].ljust(4, b"\0")
    return ue_security_capabilities_to(*padded)
