"""N2 handover at the target gNB: Handover Resource Allocation and Notification (TS 38.413 8.4.2, 8.4.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from pilot5g.crypto.kdf import kng_ran_star
from pilot5g.flow.errors import TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.ran.gnb.arrival import ArrivalLink
from pilot5g.ran.gnb.bearers import (
    MULTIPLE_SESSIONS,
    SEMANTIC,
    Admitted,
    Cause,
    Refusal,
    Wanted,
    admit,
    count_from,
    flows_with_cause,
    read,
    repeated,
    tunnel_end,
    ue_ambr,
)
from pilot5g.ran.gnb.cell import NrCell
from pilot5g.ran.gnb.context import AsSecurity
from pilot5g.ran.gnb.ng import Ng, stream_for
from pilot5g.ran.gnb.procedures import watching
from pilot5g.ran.gnb.procedures.context_release import ReleaseRequest
from pilot5g.ran.gnb.procedures.handover import (
    NOT_AVAILABLE,
    TARGET_FAILED,
    Arrival,
    cell_of,
    context_at,
    expect,
    reconfiguration,
    security_for,
)
from pilot5g.ran.gnb.procedures.initial_context import NO_ALGORITHM
from pilot5g.ran.gnb.procedures.n2_departure import TO_SOURCE, TO_TARGET
from pilot5g.ran.gnb.procedures.ordinary import collide
from pilot5g.ran.gnb.procedures.table import procedure_for
from pilot5g.ran.gnb.ue import LOST, Arrived, HandOver, RadioLost, Ue, text_of
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.errors import criticality_diagnostics
from pilot5g.wire.ngap.transfers import decode_transfer, encode_transfer
from pilot5g.wire.ngap.values import (
    guami_from,
    nr_cgi_from,
    nssai_from,
    security_key_from,
    snssai_from,
    ue_security_capabilities_from,
)

ACKNOWLEDGE = "HandoverRequestAcknowledgeTransfer"
UNSUCCESSFUL = "HandoverResourceAllocationUnsuccessfulTransfer"


class NotTaken(Exception):
    """The phone cannot be taken over; `cause` goes into Handover Failure."""

    def __init__(self, cause: Cause, reason: str) -> None:
        super().__init__(reason)
        self.cause = cause


def prepare(ng: Ng, cells: Iterable[NrCell], request: m.HandoverRequest) -> None:
    """Handover Resource Allocation (8.4.2): expect the phone, or Handover Failure."""
    try:
        Preparation(ng, cells, request).run()
    except NotTaken as refusal:
        _fail(ng, request, refusal.cause, str(refusal))
    except (DecodeError, Refusal) as error:
        _fail(ng, request, SEMANTIC, str(error))


def _fail(ng: Ng, request: m.HandoverRequest, why: Cause, reason: str) -> None:
    site = ng.site
    site.journal.refuse(site.config.name, "took no phone over", cause=text_of(why), reason=reason)
    association = ng.draw()
    ng.send_by(
        association,
        m.HandoverFailure(
            amf_ue_ngap_id=request.amf_ue_ngap_id,
            cause=why,
            criticality_diagnostics=criticality_diagnostics(request, in_answer=True) or None,
        ),
        stream_for(association, site.ues.new_id()),
    )


class Preparation:
    """One Handover Request on its way to an acknowledge."""

    def __init__(self, ng: Ng, cells: Iterable[NrCell], request: m.HandoverRequest) -> None:
        self.ng = ng
        self.site = ng.site
        self.request = request
        container = decode_transfer(TO_TARGET, request.source_to_target_transparent_container)
        self.offered = container.get("pDUSessionResourceInformationList") or []
        self.rfsp: int | None = container.get("indexToRFSP")
        kind, value = container["targetCell-ID"]
        cell = cell_of(cells, nr_cgi_from(value).cell) if kind == "nR-CGI" else None
        if cell is None:
            raise NotTaken(NOT_AVAILABLE, "the cell takes nobody")
        self.cell = cell

    def run(self) -> None:
        """Raises NotTaken, DecodeError."""
        site, request, cell = self.site, self.request, self.cell
        if self.ng.by_amf(request.amf_ue_ngap_id) is not None:
            raise NotTaken(TARGET_FAILED, "the AMF UE NGAP ID is in use here")
        nea, nia, _, _ = ue_security_capabilities_from(request.ue_security_capabilities)
        security = self._security((nea, nia))
        admitted, failed = self._sessions()
        guami = guami_from(request.guami)
        link = expect(site, cell)
        context = context_at(
            self.ng,
            cell,
            guami=guami,
            capabilities=(nea, nia),
            security=security,
            ambr=ue_ambr(request.ue_aggregate_maximum_bit_rate),
            allowed_nssai=nssai_from(request.allowed_nssai),
            rfsp=self.rfsp,
            reporting=request.location_reporting_request_type,
        )
        ue = Ue(self.ng, context, link, procedure_for)
        watching.traced(ue, request.trace_activation)
        site.ues.add(ue)
        self.ng.name(ue, request.amf_ue_ngap_id)
        items = [self._take(ue, each) for each in admitted]
        kept = {each.session.id for each in admitted}
        gone = tuple(item["pDUSessionID"] for item in self.offered if item["pDUSessionID"] not in kept)
        new_kamf = request.new_security_context_ind == "true"
        command = reconfiguration(link, security, gone, nas=request.nasc, new_kamf=new_kamf)
        acknowledge = self._acknowledge(ue, command, items, failed)
        transitions = request.rrc_inactive_transition_report_request
        ue.owner.start(N2Arrival(ue, link, command, acknowledge, transitions))

    def _security(self, capabilities: tuple[int, int]) -> AsSecurity:
        """K_NG-RAN* from the NH that the AMF gives (TS 33.501 6.9.2.3.3)."""
        value, cell = self.request.security_context, self.cell
        key = kng_ran_star(security_key_from(value["nextHopNH"]), cell.pci, cell.arfcn)
        security = security_for(self.site, capabilities, key, value["nextHopChainingCount"])
        if security is None:
            raise NotTaken(NO_ALGORITHM, "the phone supports no AS algorithm that this radio allows")
        return security

    def _sessions(self) -> tuple[list[Admitted], dict[int, Cause]]:
        """Those that can be had, and why the others cannot (8.4.2.2, 8.4.2.4)."""
        site, items = self.site, self.request.pdu_session_resource_setup_list_ho_req
        failed = dict.fromkeys(sorted(repeated([item["pDUSessionID"] for item in items])), MULTIPLE_SESSIONS)
        admitted: list[Admitted] = []
        for item in items:
            number = item["pDUSessionID"]
            if number in failed:
                continue
            want = Wanted(number, snssai_from(item["s-NSSAI"]), None, item["handoverRequestTransfer"])
            try:
                session = admit(want, site.config.slices, site.config.n3, site.userplane.new_teid())
                admitted.append(session)
            except Refusal as refusal:
                site.note(f"does not take PDU session {number} over: {refusal}")
                failed[number] = refusal.cause
        if not admitted:
            raise NotTaken(next(iter(failed.values()), TARGET_FAILED), "none of its sessions can be had")
        return admitted, failed

    def _take(self, ue: Ue, admitted: Admitted) -> dict[str, Any]:
        """A session's resources, as an item of the admitted list."""
        session, address = admitted.session, self.site.config.n3
        ue.open(session)
        value: dict[str, Any] = {"dL-NGU-UP-TNLInformation": tunnel_end(session.downlink_teid, address)}
        flows: dict[int, dict[str, Any]] = {qfi: {"qosFlowIdentifier": qfi} for qfi in session.flows}
        proposed = self._proposed(session.id)
        if proposed & flows.keys():
            teid = self.site.userplane.new_teid()
            ue.splice(session.id, teid)
            value["dLForwardingUP-TNLInformation"] = tunnel_end(teid, address)
            for qfi in proposed & flows.keys():
                flows[qfi] = {"qosFlowIdentifier": qfi, "dataForwardingAccepted": ACCEPTED}
        value["qosFlowSetupResponseList"] = list(flows.values())
        if admitted.failed:
            value["qosFlowFailedToSetupList"] = flows_with_cause(admitted.failed)
        transfer = encode_transfer(ACKNOWLEDGE, value)
        return {"pDUSessionID": session.id, "handoverRequestAcknowledgeTransfer": transfer}

    def _proposed(self, number: int) -> set[int]:
        """Flows whose packets the source wants to forward, unless the core says that this cannot be."""
        for item in self.request.pdu_session_resource_setup_list_ho_req:
            if item["pDUSessionID"] == number:
                transfer = read("PDUSessionResourceSetupRequestTransfer", item["handoverRequestTransfer"])
                if "DataForwardingNotPossible" in transfer:
                    return set()
        return {
            flow["qosFlowIdentifier"]
            for item in self.offered
            if item["pDUSessionID"] == number
            for flow in item["qosFlowInformationList"]
            if flow.get("dLForwarding") == "dl-forwarding-proposed"
        }

    def _acknowledge(
        self, ue: Ue, command: bytes, items: list[dict[str, Any]], failed: dict[int, Cause]
    ) -> m.HandoverRequestAcknowledge:
        return m.HandoverRequestAcknowledge(
            **ue.ids,
            pdu_session_resource_admitted_list=items,
            pdu_session_resource_failed_to_setup_list_ho_ack=[
                {
                    "pDUSessionID": number,
                    "handoverResourceAllocationUnsuccessfulTransfer": encode_transfer(
                        UNSUCCESSFUL, {"cause": why}
                    ),
                }
                for number, why in failed.items()
            ]
            or None,
            target_to_source_transparent_container=encode_transfer(TO_SOURCE, {"rRCContainer": command}),
            criticality_diagnostics=criticality_diagnostics(self.request, in_answer=True) or None,
        )


ACCEPTED = "data-forwarding-accepted"


class N2Arrival(Arrival):
    """From the acknowledge to Handover Notify (8.4.3). The AMF may call it off at any time."""

    def __init__(
        self,
        ue: Ue,
        link: ArrivalLink,
        command: bytes,
        acknowledge: m.HandoverRequestAcknowledge,
        transitions: str | None,
    ) -> None:
        super().__init__(ue, link, command)
        self.transitions = transitions
        self.acknowledge = acknowledge

    async def run(self) -> None:
        ue = self.ue
        ue.send(self.acknowledge)
        timer = ue.site.config.timers["TNGRELOCoverall"]
        patience = msgspec.structs.replace(timer, seconds=2 * timer.seconds)  # the source's ends first
        try:
            arrived = await ue.owner.wait(Arrived, RadioLost, timer=patience)
        except TimerExpired:
            ue.lost = True
            await ReleaseRequest(ue, TARGET_FAILED).run()
            return
        if not isinstance(arrived, Arrived) or not self.proven(arrived):
            ue.lost = True
            await ReleaseRequest(ue, LOST if isinstance(arrived, RadioLost) else TARGET_FAILED).run()
            return
        ue.send(m.HandoverNotify(**ue.ids, user_location_information=ue.location))
        self.switched()
        watching.asked(ue, self.transitions)

    def _count(self, event: m.DownlinkRANStatusTransfer) -> None:
        """Packets are numbered on from where the source was (8.4.7)."""
        status = event.ran_status_transfer_transparent_container or {}
        for item in status.get("dRBsSubjectToStatusTransferList", ()):
            tunnel = self.ue.tunnels.get(item["dRB-ID"])
            if tunnel is not None:
                ups = count_from(item["dRBStatusUL"], "uL-COUNTValue")
                tunnel.go_on(ups, count_from(item["dRBStatusDL"], "dL-COUNTValue"))

    def collide(self, event: Any) -> Verdict:
        """What the AMF asks for waits for the phone."""
        if isinstance(event, HandOver):
            event.told("the phone has not arrived yet")
            return Verdict.IGNORE
        if isinstance(event, m.DownlinkRANStatusTransfer):
            self._count(event)
            return Verdict.IGNORE
        return collide(event)
