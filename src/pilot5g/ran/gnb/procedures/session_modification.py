"""PDU Session Resource Modify (TS 38.413 8.2.3): flows come, change and go, tunnels move."""

from __future__ import annotations

from typing import Any

import msgspec

from pilot5g.flow.procedure import Verdict
from pilot5g.ran.gnb.bearers import (
    MULTIPLE_FLOWS,
    MULTIPLE_SESSIONS,
    SEMANTIC,
    UNKNOWN_SESSION,
    Cause,
    Refusal,
    accept_flows,
    flows_with_cause,
    read,
    repeated,
    session_ambr,
    tunnel_of,
)
from pilot5g.ran.gnb.context import Session
from pilot5g.ran.gnb.procedures.ordinary import collide
from pilot5g.ran.gnb.procedures.session_resources import refuse
from pilot5g.ran.gnb.ue import LOST, Ue
from pilot5g.ran.radio import Bearer
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.transfers import encode_transfer

REQUEST = "PDUSessionResourceModifyRequestTransfer"
RESPONSE = "PDUSessionResourceModifyResponseTransfer"
UNSUCCESSFUL = "PDUSessionResourceModifyUnsuccessfulTransfer"


class _Change(msgspec.Struct):
    """A session as it will be, the NAS message that goes with it, and the answer's transfer."""

    session: Session
    nas: bytes | None
    response: dict[str, Any]


class SessionModification:
    """TS 38.413 8.2.3. A session that cannot be modified stays as it was."""

    def __init__(self, ue: Ue, request: m.PDUSessionResourceModifyRequest) -> None:
        self.ue = ue
        self.request = request
        self.failed: list[dict[str, Any]] = []

    async def run(self) -> None:
        ue = self.ue
        changes = self._changes()
        bearers = tuple(Bearer(each.session.id, tuple(each.session.flows)) for each in changes)
        if bearers and not await ue.configure(bearers):
            for each in changes:
                self._fail(each.session.id, LOST, "the phone went out of reach")
            changes = []
        for each in changes:
            self._take(each)
        done = [
            {
                "pDUSessionID": each.session.id,
                "pDUSessionResourceModifyResponseTransfer": encode_transfer(RESPONSE, each.response),
            }
            for each in changes
        ]
        ue.answer(
            m.PDUSessionResourceModifyResponse,
            self.request,
            pdu_session_resource_modify_list_mod_res=done or None,
            pdu_session_resource_failed_to_modify_list_mod_res=self.failed or None,
            user_location_information=ue.location,
        )

    def _take(self, change: _Change) -> None:
        ue = self.ue
        ue.close(change.session.id)
        ue.open(change.session)
        if change.nas is not None:
            ue.nas(change.nas)

    def _changes(self) -> list[_Change]:
        items = self.request.pdu_session_resource_modify_list_mod_req
        twice = repeated([item["pDUSessionID"] for item in items])
        for number in sorted(twice):
            self._fail(number, MULTIPLE_SESSIONS, "the request names it more than once")
        changes = []
        for item in items:
            number = item["pDUSessionID"]
            if number in twice:
                continue
            session = self.ue.context.sessions.get(number)
            if session is None:
                self._fail(number, UNKNOWN_SESSION, "there is no such session here")
                continue
            transfer = item["pDUSessionResourceModifyRequestTransfer"]
            try:
                changes.append(_changed(session, item.get("nAS-PDU"), transfer, self.ue.site.config.n3))
            except Refusal as refusal:
                self._fail(number, refusal.cause, str(refusal))
        return changes

    def _fail(self, number: int, why: Cause, reason: str) -> None:
        refuse(self.ue, f"PDU session {number} was not modified", why, reason)
        transfer = encode_transfer(UNSUCCESSFUL, {"cause": why})
        self.failed.append({"pDUSessionID": number, "pDUSessionResourceModifyUnsuccessfulTransfer": transfer})

    def collide(self, event: Any) -> Verdict:
        return collide(event)


def _changed(session: Session, nas: bytes | None, transfer: bytes, address: str) -> _Change:
    """The session as the transfer wants it. Raises Refusal."""
    value = read(REQUEST, transfer)
    flows, failed = accept_flows(value.get("QosFlowAddOrModifyRequestList") or [], session.flows)
    gone = {item["qosFlowIdentifier"] for item in value.get("QosFlowToReleaseList") or ()}
    for qfi in gone & flows.keys():  # 8.2.3.4: in both lists: failed, and not released
        del flows[qfi]
        failed[qfi] = MULTIPLE_FLOWS
    kept = {qfi: flow for qfi, flow in session.flows.items() if qfi not in gone - failed.keys()}
    after = {**kept, **flows}
    if not after:
        raise Refusal(SEMANTIC, "no QoS flow would be left: that is a release")
    if failed and not flows and not gone - failed.keys():
        raise Refusal(next(iter(failed.values())), "none of the QoS flows asked for can be had")
    teid, peer = _uplink_end(value, session, address)
    response: dict[str, Any] = {}
    if flows:
        response["qosFlowAddOrModifyResponseList"] = [{"qosFlowIdentifier": qfi} for qfi in flows]
    if failed:
        response["qosFlowFailedToAddOrModifyList"] = flows_with_cause(failed)
    changed = msgspec.structs.replace(
        session,
        flows=after,
        ambr=session_ambr(value.get("PDUSessionAggregateMaximumBitRate")) or session.ambr,
        uplink_teid=teid,
        uplink_address=peer,
    )
    return _Change(changed, nas, response)


def _uplink_end(value: dict[str, Any], session: Session, address: str) -> tuple[int, str]:
    """The UPF's end: moved where the request names our end of this session's tunnel (8.2.3.2)."""
    for item in value.get("UL-NGU-UP-TNLModifyList") or ():
        ours, _ = tunnel_of(item["dL-NGU-UP-TNLInformation"], address)
        if ours != session.downlink_teid:
            raise Refusal(SEMANTIC, f"TEID {ours:08x} is not this session's downlink end")
        return tunnel_of(item["uL-NGU-UP-TNLInformation"], address)
    return session.uplink_teid, session.uplink_address
