"""Xn handover at the target gNB, with the path switch (TS 38.423 8.2.1, TS 38.413 8.4.4)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from pilot5g.flow.errors import TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.ran.gnb import xn
from pilot5g.ran.gnb.bearers import SLICE_NOT_SUPPORTED, Cause, Refusal, tunnel_end, tunnel_of
from pilot5g.ran.gnb.cell import NrCell
from pilot5g.ran.gnb.context import AsSecurity, Session
from pilot5g.ran.gnb.link import RadioLink
from pilot5g.ran.gnb.procedures import watching
from pilot5g.ran.gnb.procedures.handover import (
    NOT_AVAILABLE,
    TARGET_FAILED,
    Arrival,
    cell_of,
    context_at,
    expect,
    fresh,
    reconfiguration,
    security_for,
)
from pilot5g.ran.gnb.procedures.initial_context import NO_ALGORITHM
from pilot5g.ran.gnb.procedures.ordinary import collide
from pilot5g.ran.gnb.procedures.session_resources import refuse
from pilot5g.ran.gnb.procedures.table import procedure_for
from pilot5g.ran.gnb.reset import reset_of
from pilot5g.ran.gnb.site import Site
from pilot5g.ran.gnb.ue import Arrived, HandOver, RadioLost, Ue, text_of
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.errors import NgapError
from pilot5g.wire.ngap.transfers import decode_transfer, encode_transfer
from pilot5g.wire.ngap.values import (
    nssai_from,
    security_key_from,
    ue_security_capabilities_from,
    ue_security_capabilities_to,
)

ACKNOWLEDGE = "PathSwitchRequestAcknowledgeTransfer"


def prepare(site: Site, cells: Iterable[NrCell], request: xn.HandoverRequest) -> None:
    """Answer a source gNB, and expect its phone."""
    cell = cell_of(cells, request.target.cell)
    if cell is None or site.xn is None:
        _refuse(site, request, NOT_AVAILABLE, "the cell takes nobody")
        return
    ng = site.ng_of(request.guami)
    if ng is None:
        _refuse(site, request, TARGET_FAILED, "the target has no connection to the phone's AMF")
        return
    security = security_for(site, request.capabilities, request.key, request.ncc)
    if security is None:
        _refuse(site, request, NO_ALGORITHM, "the phone supports no AS algorithm that the target allows")
        return
    served = {each.canonical for each in site.config.slices}
    if request.sessions and not any(each.snssai.canonical in served for each in request.sessions):
        _refuse(site, request, SLICE_NOT_SUPPORTED, "the target serves none of the sessions' slices")
        return
    link = expect(site, cell)
    ue, ends, failed = host(site, cell, link, request, security)
    command = reconfiguration(link, security, failed)
    ue.owner.start(XnArrival(ue, link, command, request, ends, failed))


def host(
    site: Site, cell: NrCell, link: RadioLink, request: xn.HandoverRequest, security: AsSecurity
) -> tuple[Ue, tuple[xn.SessionEnd, ...], tuple[int, ...]]:
    """A context for a phone of another gNB, whose AMF this one has too: with it, where packets are to be
    forwarded to, and the sessions that this gNB cannot have."""
    ng = site.ng_of(request.guami)
    assert ng is not None, "checked"
    context = context_at(
        ng,
        cell,
        guami=request.guami,
        capabilities=request.capabilities,
        security=security,
        ambr=request.ambr,
        allowed_nssai=request.allowed_nssai,
        reporting=request.reporting,
        traces=request.traces,
        transitions=request.transitions,
        rfsp=request.rfsp,
    )
    ue = Ue(ng, context, link, procedure_for)
    site.ues.add(ue)
    served = {each.canonical for each in site.config.slices}
    kept = [each for each in request.sessions if each.snssai.canonical in served]
    failed = tuple(each.id for each in request.sessions if each not in kept)
    return ue, tuple(_take(ue, each) for each in kept), failed


def _take(ue: Ue, session: Session) -> xn.SessionEnd:
    """A session with tunnel ends here: one for the UPF, one for the source."""
    plane = ue.site.userplane
    here = msgspec.structs.replace(session, downlink_teid=plane.new_teid(), flows=dict(session.flows))
    ue.open(here)
    teid = plane.new_teid()
    ue.splice(session.id, teid)
    return session.id, teid, ue.site.config.n3


def _refuse(site: Site, request: xn.HandoverRequest, why: Cause, reason: str) -> None:
    site.journal.refuse(site.config.name, "took no phone over", cause=text_of(why), reason=reason)
    if site.xn is not None:
        failure = xn.HandoverPreparationFailure(to=request.source, cause=why, reason=reason)
        site.xn.send(request.origin, failure)


class XnArrival(Arrival):
    """See the module."""

    def __init__(
        self,
        ue: Ue,
        link: RadioLink,
        command: bytes,
        request: xn.HandoverRequest,
        ends: tuple[xn.SessionEnd, ...],
        failed: tuple[int, ...],
    ) -> None:
        super().__init__(ue, link, command)
        self.request = request
        self.ends = ends
        self.failed = failed
        self.core = 0.0

    async def run(self) -> None:
        if await self.came():
            await self._switch()

    async def came(self) -> bool:
        """Wait for the phone, and see that it is the one."""
        ue, request = self.ue, self.request
        self._say(
            xn.HandoverRequestAcknowledge(
                to=request.source,
                target=ue.context.ran_ue_ngap_id,
                admitted=self.ends,
                command=self.command,
            )
        )
        overall = ue.site.config.timers["TXnRELOCoverall"]
        try:
            arrived = await ue.owner.wait(Arrived, xn.HandoverCancel, RadioLost, timer=overall)
        except TimerExpired:
            ue.drop("the phone did not arrive")
            return False
        if not isinstance(arrived, Arrived) or not self.proven(arrived):
            ue.drop("the handover was given up")
            return False
        return True

    async def _switch(self) -> None:
        """Path Switch Request, and what becomes of it."""
        ue = self.ue
        timers = ue.site.config.timers
        asked = ue.site.now()
        try:
            answer = await ue.owner.ask(
                self._request_switch,
                m.PathSwitchRequestAcknowledge,
                m.PathSwitchRequestFailure,
                timer=timers["X-N2"],
            )
        except TimerExpired:
            self._not_switched("the AMF did not answer the Path Switch Request")
            ue.ng.send(reset_of([ue], TARGET_FAILED))
            return
        if isinstance(answer, m.PathSwitchRequestFailure):
            self._not_switched("the AMF switched none of its sessions")
            return
        self.core = ue.site.now() - asked
        await self._switched(answer)

    def _request_switch(self) -> None:
        """Path Switch Request (TS 38.413 8.4.4.2, 9.2.3.8)."""
        ue, request = self.ue, self.request
        refused = encode_transfer("PathSwitchRequestSetupFailedTransfer", {"cause": SLICE_NOT_SUPPORTED})
        ue.send(
            m.PathSwitchRequest(
                ran_ue_ngap_id=ue.context.ran_ue_ngap_id,
                source_amf_ue_ngap_id=request.amf_ue_ngap_id,
                user_location_information=ue.location,
                ue_security_capabilities=ue_security_capabilities_to(*request.capabilities),
                pdu_session_resource_to_be_switched_dl_list=[
                    {"pDUSessionID": each.id, "pathSwitchRequestTransfer": self._transfer(each)}
                    for each in ue.context.sessions.values()
                ],
                pdu_session_resource_failed_to_setup_list_ps_req=[
                    {"pDUSessionID": number, "pathSwitchRequestSetupFailedTransfer": refused}
                    for number in self.failed
                ]
                or None,
            )
        )

    def _transfer(self, session: Session) -> bytes:
        """Path Switch Request Transfer (TS 38.413 9.3.4.8)."""
        value = {
            "dL-NGU-UP-TNLInformation": tunnel_end(session.downlink_teid, self.ue.site.config.n3),
            "qosFlowAcceptedList": [{"qosFlowIdentifier": qfi} for qfi in session.flows],
        }
        return encode_transfer("PathSwitchRequestTransfer", value)

    async def _switched(self, answer: m.PathSwitchRequestAcknowledge) -> None:
        """TS 38.413 8.4.4.2: new uplink ends, the NH for the next handover, and what could not be kept."""
        ue, context = self.ue, self.ue.context
        assert context.security is not None, "it came with a key"
        value = answer.security_context
        nh = security_key_from(value["nextHopNH"])
        context.security = fresh(context.security, value["nextHopChainingCount"], nh)
        context.allowed_nssai = nssai_from(answer.allowed_nssai)
        if answer.ue_security_capabilities is not None:
            context.capabilities = ue_security_capabilities_from(answer.ue_security_capabilities)[:2]
        if answer.rrc_inactive_transition_report_request != context.transitions:
            watching.asked(ue, answer.rrc_inactive_transition_report_request)
        kept = {
            item["pDUSessionID"]
            for item in answer.pdu_session_resource_switched_list or ()
            if self._redirect(item["pDUSessionID"], item["pathSwitchRequestAcknowledgeTransfer"])
        }
        gone = tuple(number for number in context.sessions if number not in kept)
        self._say(xn.UeContextRelease(to=self.request.source, core=self.core))
        self.switched()
        for number in gone:
            refuse(
                ue, f"PDU session {number} was lost in a handover", TARGET_FAILED, "its path was not switched"
            )
            ue.close(number)
        if gone:
            await ue.configure((), gone)

    def _redirect(self, number: int, transfer: bytes) -> bool:
        """Where its uplink packets go from now on; False for a session that cannot go on."""
        ue = self.ue
        tunnel = ue.tunnels.get(number)
        if tunnel is None:
            return False
        try:
            end = decode_transfer(ACKNOWLEDGE, transfer).get("uL-NGU-UP-TNLInformation")
            if end is not None:
                ue.site.userplane.redirect(tunnel, *tunnel_of(end, ue.site.config.n3))
        except (NgapError, DecodeError, Refusal):
            return False
        return True

    def _not_switched(self, reason: str) -> None:
        """The phone cannot stay; the source lets the AMF release it when its own time is up."""
        ue = self.ue
        ue.site.counters.handovers_failed += 1
        refuse(ue, "was not taken over", TARGET_FAILED, reason)
        ue.drop(reason)

    def _say(self, message: xn.XnMessage) -> None:
        net = self.ue.site.xn
        if net is not None:
            net.send(self.request.origin, message)

    def collide(self, event: Any) -> Verdict:
        """What the AMF asks for waits until the path is switched."""
        if isinstance(event, HandOver):
            event.told("the phone has not arrived yet")
            return Verdict.IGNORE
        if isinstance(event, xn.SnStatusTransfer):
            for number, ups, downs in event.drbs:
                if (tunnel := self.ue.tunnels.get(number)) is not None:
                    tunnel.go_on(ups, downs)
            return Verdict.IGNORE
        if isinstance(event, xn.HandoverCancel):
            return Verdict.IGNORE
        return collide(event)
