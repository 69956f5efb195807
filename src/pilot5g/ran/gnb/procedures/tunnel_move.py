"""A radio moves its end of a session's tunnel: PDU Session Resource Modify Indication (TS 38.413 8.2.5).

Real radios do so when a secondary node takes a bearer, or an interface is to be emptied. The phone notices
nothing, and no packet is lost: the former end stays open until the UPF's end marker has come down it.
"""

from __future__ import annotations

from typing import Any

from pilot5g.flow.errors import TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.ran.gnb.bearers import NO_TRANSPORT, Refusal, tunnel_end, tunnel_of
from pilot5g.ran.gnb.procedures.ordinary import collide
from pilot5g.ran.gnb.procedures.session_resources import refuse
from pilot5g.ran.gnb.ue import MoveTunnel, Ue
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.transfers import decode_transfer, encode_transfer

INDICATION = "PDUSessionResourceModifyIndicationTransfer"
CONFIRM = "PDUSessionResourceModifyConfirmTransfer"


class TunnelMove:
    """One session's."""

    def __init__(self, ue: Ue, event: MoveTunnel) -> None:
        self.ue = ue
        self.number = event.pdu_session_id

    async def run(self) -> None:
        ue, number = self.ue, self.number
        session = ue.context.sessions.get(number)
        if session is None or number in ue.splices or ue.context.amf_ue_ngap_id is None:
            return
        former = session.downlink_teid
        self._listen(ue.site.userplane.new_teid())
        ue.splice(number, former)
        timer = ue.site.config.timers["X-N2"]
        try:
            answer = await ue.owner.ask(self._indicate, m.PDUSessionResourceModifyConfirm, timer=timer)
            moved = self._confirmed(answer)
        except TimerExpired:
            moved = False
        splice = ue.splices.get(number)
        if splice is None:
            return  # the session was released meanwhile
        if moved:
            splice.path_switched(ue.site.config.timers["X-FORWARD"].seconds)
            return
        refuse(ue, f"the tunnel of PDU session {number} stays where it was", NO_TRANSPORT, "the SMF said so")
        splice.end()
        self._listen(former)

    def _listen(self, teid: int) -> None:
        """Have the session's downlink end there."""
        ue = self.ue
        session = ue.context.sessions[self.number]
        ue.site.userplane.close(ue.tunnels[self.number])
        session.downlink_teid = teid
        ue.tunnels[self.number] = ue.site.userplane.open(session, ue)

    def _indicate(self) -> None:
        ue, session = self.ue, self.ue.context.sessions[self.number]
        value = {
            "dLQosFlowPerTNLInformation": {
                "uPTransportLayerInformation": tunnel_end(session.downlink_teid, ue.site.config.n3),
                "associatedQosFlowList": [{"qosFlowIdentifier": qfi} for qfi in session.flows],
            }
        }
        transfer = encode_transfer(INDICATION, value)
        ue.send(
            m.PDUSessionResourceModifyIndication(
                **ue.ids,
                pdu_session_resource_modify_list_mod_ind=[
                    {"pDUSessionID": self.number, "pDUSessionResourceModifyIndicationTransfer": transfer}
                ],
                user_location_information=ue.location,
            )
        )

    def _confirmed(self, answer: m.PDUSessionResourceModifyConfirm) -> bool:
        """Whether the session is in the list of those that were modified; its uplink end may be another."""
        ue = self.ue
        for item in answer.pdu_session_resource_modify_list_mod_cfm or ():
            if item["pDUSessionID"] != self.number or self.number not in ue.tunnels:
                continue
            try:
                value = decode_transfer(CONFIRM, item["pDUSessionResourceModifyConfirmTransfer"])
                end = tunnel_of(value["uLNGU-UP-TNLInformation"], ue.site.config.n3)
            except (DecodeError, Refusal):
                return False
            ue.site.userplane.redirect(ue.tunnels[self.number], *end)
            return True
        return False

    def collide(self, event: Any) -> Verdict:
        return collide(event)
