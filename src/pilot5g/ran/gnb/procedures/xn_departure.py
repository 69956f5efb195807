"""Xn handover at the source gNB (TS 38.423 8.2.1 to 8.2.7, TS 23.502 4.9.1.2)."""

from __future__ import annotations

from pilot5g.flow.errors import TimerExpired
from pilot5g.ran.gnb import xn
from pilot5g.ran.gnb.procedures.context_release import ReleaseRequest
from pilot5g.ran.gnb.procedures.handover import CANCELLED, FOR_RADIO_REASONS, Departure
from pilot5g.ran.gnb.security import handed_over
from pilot5g.ran.gnb.ue import LOST, HandOver, RadioLost, Ue
from pilot5g.ran.radio import Cell
from pilot5g.wire.ngap.values import cause

TRIGGERED = cause("radioNetwork", "xn-handover-triggered")
PREPARATION_EXPIRED = cause("radioNetwork", "unspecified")
OVERALL_EXPIRED = cause("radioNetwork", "txnrelocoverall-expiry")


class XnDeparture(Departure):
    """See the module. Until the target says that the path is switched, the phone's context stays here."""

    triggered = TRIGGERED

    def __init__(self, ue: Ue, order: HandOver, node: xn.XnNode, origin: xn.XnNode) -> None:
        super().__init__(ue, order)
        self.node = node
        self.origin = origin

    async def go(self) -> None:
        prepared = await self._prepare()
        if prepared is None:
            return
        ue = self.ue
        timer = ue.site.config.timers["TXnRELOCoverall"]
        self.leave(prepared.command, prepared.admitted, timer.seconds)
        tunnels = ((number, ue.tunnels.get(number)) for number, _, _ in prepared.admitted)
        drbs = tuple((number, each.ups, each.downs) for number, each in tunnels if each is not None)
        self._say(xn.SnStatusTransfer(to=prepared.target, drbs=drbs))
        try:
            end = await ue.owner.wait(xn.UeContextRelease, RadioLost, timer=timer)
        except TimerExpired:
            self._say(xn.HandoverCancel(to=prepared.target, cause=OVERALL_EXPIRED))
            self.failed(OVERALL_EXPIRED, "the target did not report that the path is switched")
            await ReleaseRequest(ue, OVERALL_EXPIRED).run()
            return
        if isinstance(end, RadioLost):
            self._say(xn.HandoverCancel(to=prepared.target, cause=CANCELLED))
            self.take_back()
            self.failed(LOST, "the phone did not get into the target cell")
            return
        self.order.core = end.core
        self.done()
        ue.drop("handed over")

    async def _prepare(self) -> xn.HandoverRequestAcknowledge | None:
        ue = self.ue
        request = contents(ue, self.order.target, self.origin)
        try:
            answer = await ue.owner.ask(
                lambda: self._say(request),
                xn.HandoverRequestAcknowledge,
                xn.HandoverPreparationFailure,
                RadioLost,
                timer=ue.site.config.timers["TXnRELOCprep"],
            )
        except TimerExpired:
            self.failed(PREPARATION_EXPIRED, "the target did not answer within TXnRELOCprep")
            return None
        match answer:
            case xn.HandoverRequestAcknowledge():
                return answer
            case xn.HandoverPreparationFailure():
                self.failed(answer.cause, answer.reason)
            case RadioLost():
                self.failed(LOST, "the phone was lost before it could be told")
        return None

    def _say(self, message: xn.XnMessage) -> None:
        net = self.ue.site.xn
        if net is not None:
            net.send(self.node, message)


def contents(ue: Ue, target: Cell, origin: xn.XnNode) -> xn.HandoverRequest:
    """A phone's context for the gNB of a target cell, with the key for that cell."""
    context = ue.context
    assert context.security is not None, "only a phone with a context is handed over"
    assert context.amf_ue_ngap_id is not None, "and with a connection to the AMF"
    assert context.guami is not None, "and with an AMF"
    key, ncc = handed_over(context.security, target.pci, target.arfcn)
    return xn.HandoverRequest(
        source=context.ran_ue_ngap_id,
        origin=origin,
        target=target.cgi,
        cause=FOR_RADIO_REASONS,
        guami=context.guami,
        amf_ue_ngap_id=context.amf_ue_ngap_id,
        capabilities=context.capabilities or (0, 0),
        key=key,
        ncc=ncc,
        ambr=context.ambr,
        allowed_nssai=context.allowed_nssai,
        sessions=tuple(context.sessions.values()),
        reporting=context.reporting,
        traces=context.traces,
        transitions=context.transitions,
        rfsp=context.rfsp,
    )
