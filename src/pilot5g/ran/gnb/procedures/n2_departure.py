"""N2 handover at the source gNB: Handover Preparation and Cancellation, Uplink RAN Status Transfer (TS 38.413
8.4.1, 8.4.5, 8.4.6; TS 23.502 4.9.1.3)."""

from __future__ import annotations

from typing import Any

from pilot5g.flow.errors import TimerExpired
from pilot5g.ran import rrc
from pilot5g.ran.gnb.bearers import Cause, Refusal, count_to, tunnel_of
from pilot5g.ran.gnb.cell import NrCell
from pilot5g.ran.gnb.procedures.context_release import ContextRelease, ReleaseRequest
from pilot5g.ran.gnb.procedures.handover import CANCELLED, DRBS, FOR_RADIO_REASONS, Departure, ForwardingEnd
from pilot5g.ran.gnb.ue import LOST, CancelHandover, HandOver, RadioLost, Reestablish, Ue, text_of
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.errors import NOT_DECODED, NgapError
from pilot5g.wire.ngap.transfers import decode_transfer, encode_transfer
from pilot5g.wire.ngap.values import cause, gnb_id_to, nr_cgi_to, tai_to

TRIGGERED = cause("radioNetwork", "ng-intra-system-handover-triggered")
PREPARATION_EXPIRED = cause("radioNetwork", "tngrelocprep-expiry")
OVERALL_EXPIRED = cause("radioNetwork", "tngrelocoverall-expiry")

TO_TARGET = "SourceNGRANNode-ToTargetNGRANNode-TransparentContainer"
TO_SOURCE = "TargetNGRANNode-ToSourceNGRANNode-TransparentContainer"
DIRECT = "direct-path-available"


class N2Departure(Departure):
    """See the module. `direct`: whether packets can go to the target gNB without a UPF between."""

    triggered = TRIGGERED

    def __init__(self, ue: Ue, order: HandOver, cell: NrCell, direct: bool) -> None:
        super().__init__(ue, order)
        self.cell = cell
        self.direct = direct

    async def go(self) -> None:
        command = await self._prepare()
        if command is None:
            return
        try:
            container = decode_transfer(TO_SOURCE, command.target_to_source_transparent_container)
            self._go(command, container["rRCContainer"])
        except (NgapError, DecodeError) as error:
            await self._cancel(NOT_DECODED, f"the target's container is broken: {error}")
            return
        await self._until_released()

    async def _prepare(self) -> m.HandoverCommand | None:
        """Handover Preparation (8.4.1)."""
        ue = self.ue
        required, began = self._required(), ue.site.now()
        ask: Any = ue.owner.ask  # `ask` spells out three kinds at most
        try:
            answer = await ask(
                lambda: ue.send(required),
                m.HandoverCommand,
                m.HandoverPreparationFailure,
                RadioLost,
                CancelHandover,
                timer=ue.site.config.timers["TNGRELOCprep"],
            )
        except TimerExpired:
            await self._cancel(PREPARATION_EXPIRED, "the AMF did not answer within TNGRELOCprep")
            return None
        match answer:
            case m.HandoverCommand():
                self.order.core = ue.site.now() - began
                return answer
            case m.HandoverPreparationFailure():
                self.failed(answer.cause or FOR_RADIO_REASONS, "the AMF or the target refused")
            case RadioLost():
                self.failed(LOST, "the phone was lost before it could be told")
            case CancelHandover():
                await self._cancel(CANCELLED, "it was called off")
        return None

    def _required(self) -> m.HandoverRequired:
        """TS 38.413 9.2.3.1."""
        ue, cell = self.ue, self.cell
        path = {"directForwardingPathAvailability": DIRECT} if self.direct else {}
        transfer = encode_transfer("HandoverRequiredTransfer", path)
        target = {"globalRANNodeID": gnb_id_to(cell.site.config.identity), "selectedTAI": tai_to(cell.tai)}
        return m.HandoverRequired(
            **ue.ids,
            handover_type="intra5gs",
            cause=FOR_RADIO_REASONS,
            target_id=("targetRANNodeID", target),
            direct_forwarding_path_availability=DIRECT if self.direct else None,
            pdu_session_resource_list_ho_rqd=[
                {"pDUSessionID": number, "handoverRequiredTransfer": transfer}
                for number in ue.context.sessions
            ],
            source_to_target_transparent_container=self._container(),
        )

    def _container(self) -> bytes:
        """Source to Target Transparent Container (TS 38.413 9.3.1.29)."""
        ue = self.ue
        here = {"globalCellID": ("nR-CGI", nr_cgi_to(ue.context.cell)), "cellType": {"cellSize": "small"}}
        value: dict[str, Any] = {
            "rRCContainer": rrc.HANDOVER_PREPARATION,
            "pDUSessionResourceInformationList": [
                {
                    "pDUSessionID": session.id,
                    "qosFlowInformationList": [
                        {"qosFlowIdentifier": qfi, "dLForwarding": "dl-forwarding-proposed"}
                        for qfi in session.flows
                    ],
                }
                for session in ue.context.sessions.values()
            ],
            "targetCell-ID": ("nR-CGI", nr_cgi_to(self.cell.cgi)),
            "uEHistoryInformation": [
                {"lastVisitedCellInformation": ("nGRANCell", {**here, "timeUEStayedInCell": 0})}
            ],
        }
        if ue.context.rfsp is not None:
            value["indexToRFSP"] = ue.context.rfsp
        return encode_transfer(TO_TARGET, value)

    def _go(self, command: m.HandoverCommand, message: bytes) -> None:
        """The phone leaves; its packets follow, and what is known of their order (8.4.6)."""
        ue = self.ue
        ends = self._ends(command)
        self.leave(message, ends, ue.site.config.timers["TNGRELOCoverall"].seconds)
        if any(number in DRBS for number, _, _ in ends):
            drbs = [
                {
                    "dRB-ID": number,
                    "dRBStatusUL": ("dRBStatusUL18", {"uL-COUNTValue": count_to(ue.tunnels[number].ups)}),
                    "dRBStatusDL": ("dRBStatusDL18", {"dL-COUNTValue": count_to(ue.tunnels[number].downs)}),
                }
                for number, _, _ in ends
                if number in DRBS and number in ue.tunnels
            ]
            status = {"dRBsSubjectToStatusTransferList": drbs}
            ue.send(m.UplinkRANStatusTransfer(**ue.ids, ran_status_transfer_transparent_container=status))

    def _ends(self, command: m.HandoverCommand) -> list[ForwardingEnd]:
        """Where to forward each session's packets, for those that are forwarded (TS 38.413 9.3.4.10)."""
        ends: list[ForwardingEnd] = []
        for item in command.pdu_session_resource_handover_list or ():
            try:
                transfer = decode_transfer("HandoverCommandTransfer", item["handoverCommandTransfer"])
                end = transfer.get("dLForwardingUP-TNLInformation")
                if end is not None:
                    ends.append((item["pDUSessionID"], *tunnel_of(end, self.ue.site.config.n3)))
            except (NgapError, DecodeError, Refusal) as error:
                self.ue.site.note(f"forwards nothing of PDU session {item['pDUSessionID']}: {error}")
        return ends

    async def _until_released(self) -> None:
        """The AMF releases this side when the phone has arrived (8.4.1.2, TS 23.502 4.9.1.3.3 step 14)."""
        ue = self.ue
        timer = ue.site.config.timers["TNGRELOCoverall"]
        try:
            end = await ue.owner.wait(m.UEContextReleaseCommand, RadioLost, timer=timer)
        except TimerExpired:
            self.failed(OVERALL_EXPIRED, "the AMF did not report that the phone arrived")
            await ReleaseRequest(ue, OVERALL_EXPIRED).run()
            return
        if isinstance(end, Reestablish):
            self.take_back()
            await self._cancel(LOST, "the phone did not get into the target cell, and came back")
            return
        if isinstance(end, RadioLost):
            self.failed(LOST, "the phone did not get into the target cell")
            return
        if end.cause is not None and end.cause[1] not in ("successful-handover", "normal-release"):
            self.failed(end.cause, "the AMF released the phone")
        else:
            self.done()
        await ContextRelease(ue, end).run()

    async def _cancel(self, why: Cause, reason: str) -> None:
        """Handover Cancellation (8.4.5); the phone stays."""
        ue = self.ue
        cancel = m.HandoverCancel(**ue.ids, cause=why)
        try:
            timer = ue.site.config.timers["X-N2"]
            await ue.owner.ask(lambda: ue.send(cancel), m.HandoverCancelAcknowledge, timer=timer)
        except TimerExpired:
            ue.site.note(f"the AMF did not acknowledge the end of a handover ({text_of(why)})")
        self.failed(why, reason)
