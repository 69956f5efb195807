"""RRC_INACTIVE at the gNB that has the phone: suspended, paged, resumed, or fetched by another gNB (TS 38.300
9.2.2, TS 38.331 5.3.8.3, 5.3.13, TS 38.413 8.3.5).

To the AMF the phone is connected all the time (TS 23.501 5.3.3.2.5). This procedure runs for as long as it is
not: what the AMF says meanwhile has the phone paged, and keeps its place in line.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pilot5g.flow.errors import TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.flow.timer import Alarm, Timer
from pilot5g.ran.gnb import xn
from pilot5g.ran.gnb.dormant import Dormant
from pilot5g.ran.gnb.procedures import watching
from pilot5g.ran.gnb.procedures.context_release import ReleaseRequest
from pilot5g.ran.gnb.procedures.xn_departure import contents
from pilot5g.ran.gnb.security import complete_is_right, handed_over
from pilot5g.ran.gnb.ue import (
    INACTIVE,
    Deactivate,
    HandOver,
    Idle,
    RadioLost,
    Reestablish,
    Reestablished,
    Resume,
    Ue,
    Unreachable,
)
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.message import Message
from pilot5g.wire.ngap.values import cause

NOT_REACHABLE = cause("radioNetwork", "ue-in-rrc-inactive-state-not-reachable")
PAGING = 2.0
"""Seconds for the answer to RAN paging."""
KEPT = Timer("X-RRC-INACTIVE", 3480, 1, "a context is kept of a phone in RRC_INACTIVE (TS 38.413 9.3.1.15)")
"""Longer than the phone's periodic registration, which would have it resume."""


class RrcInactive:
    """See the module."""

    def __init__(self, ue: Ue, event: Deactivate) -> None:
        self.ue = ue
        self.i_rnti = 0
        self.paging = Alarm()
        self.paged = False

    async def run(self) -> None:
        ue = self.ue
        if ue.context.security is None or ue.context.amf_ue_ngap_id is None:
            return
        inactives = ue.site.inactives
        self.i_rnti = inactives.add(ue)
        self._suspend(ue.context.security.next_hop)
        try:
            await self._sleep()
        finally:
            inactives.remove(self.i_rnti)
            self.paging.stop()

    def _suspend(self, fresh: tuple[int, bytes] | None) -> None:
        """RRC Release with suspendConfig: the NCC of the key to come is told now (TS 33.501 6.8.2.1.3)."""
        ue, link = self.ue, self.ue.link
        security = ue.context.security
        assert security is not None, "checked"
        for tunnel in ue.tunnels.values():
            tunnel.bypass(None)
        ue.link = Dormant(link.cell, link.phone, ue.site.air, self._page)
        ue.link.user = ue
        link.inactivate(self.i_rnti, security.ncc if fresh is None else fresh[0])
        ue.site.counters.suspended += 1
        watching.told(ue, "inactive")

    async def _sleep(self) -> None:
        ue = self.ue
        while True:
            try:
                event = await ue.owner.wait(Resume, xn.RetrieveUeContextRequest, Unreachable, timer=KEPT)
            except TimerExpired:
                await ReleaseRequest(ue, INACTIVE).run()
                return
            match event:
                case Resume():
                    await self._resume(event)
                    return
                case xn.RetrieveUeContextRequest() if self._known(event):
                    await self._fetched(event)
                    return
                case Unreachable():
                    ue.lost = True
                    ue.site.note(f"UE {ue.context.ran_ue_ngap_id} did not answer the RAN paging")
                    await ReleaseRequest(ue, NOT_REACHABLE).run()
                    return

    def _page(self) -> None:
        """RAN paging, here and by the neighbours; once until there is an answer, or none."""
        ue = self.ue
        if self.paged:
            return
        self.paged = True
        self.paging.start(PAGING, lambda: ue.deliver(Unreachable()))
        site = ue.site
        for cell in site.cells:
            cell.page_inactive(self.i_rnti)
        if site.xn is not None and site.node is not None:
            site.xn.tell_all(site.node, xn.RanPaging(i_rnti=self.i_rnti))

    async def _resume(self, event: Resume) -> None:
        """RRC Resume, under the new key, and its completion."""
        ue = self.ue
        self.paging.stop()
        dormant, link, cell = ue.link, event.link, event.cell
        assert isinstance(dormant, Dormant), "until it resumes"
        assert ue.context.security is not None, "as when it was suspended"
        key, ncc = handed_over(ue.context.security, cell.pci, cell.arfcn)
        security = msgspec.structs.replace(ue.context.security, kgnb=key, ncc=ncc, next_hop=None)
        dormant.user = None
        ue.link, link.user = link, ue

        def send() -> None:
            link.resumed(lambda mac: ue.owner.deliver(Reestablished(mac)))

        try:
            answer = await ue.owner.ask(send, Reestablished, RadioLost, timer=ue.site.config.rrc)
        except TimerExpired:
            answer = RadioLost()
        if not isinstance(answer, Reestablished) or not complete_is_right(security, answer.mac):
            ue.lost = not isinstance(answer, Reestablish)
            return
        moved = ue.context.cell != cell.cgi
        ue.context.security, ue.context.cell = security, cell.cgi
        ue.location = ue.site.location(ue.context.cell, ue.context.tai)
        ue.site.counters.resumed += 1
        ue.site.watch()
        watching.told(ue, "connected")
        if moved:
            watching.moved(ue)
        for number, packets in dormant.held:
            ue.on_downlink(number, packets)

    def _known(self, request: xn.RetrieveUeContextRequest) -> bool:
        """Whether the phone has proved to the other gNB that it is this one; else that is told so."""
        ue = self.ue
        if ue.proves(request.target, request.mac):
            return True
        self._say(request.origin, xn.RetrieveUeContextFailure(to=request.source))
        return False

    async def _fetched(self, request: xn.RetrieveUeContextRequest) -> None:
        """Another gNB has the phone: it gets the context, and packets follow (TS 38.423 8.2.4, 8.2.6)."""
        ue, site = self.ue, self.ue.site
        self.paging.stop()
        assert site.node is not None, "it has Xn"
        context = contents(ue, request.target, site.node)
        self._say(request.origin, xn.RetrieveUeContextResponse(to=request.source, context=context))
        timer = site.config.timers["TXnRELOCoverall"]
        try:
            ends = await ue.owner.wait(xn.XnUAddressIndication, timer=timer)
            self._forward(ends.ends, timer.seconds)
            await ue.owner.wait(xn.UeContextRelease, timer=timer)
        except TimerExpired:
            await ReleaseRequest(ue, NOT_REACHABLE).run()
            return
        ue.drop("resumed at another gNB")

    def _forward(self, ends: tuple[xn.SessionEnd, ...], seconds: float) -> None:
        """What waits here, and whatever still comes, goes after the phone."""
        ue, plane = self.ue, self.ue.site.userplane
        held = ue.link.held if isinstance(ue.link, Dormant) else []
        for number, teid, address in ends:
            tunnel = ue.tunnels.get(number)
            if tunnel is None:
                continue
            qfi = next(iter(ue.context.sessions[number].flows))
            for of, packets in held:
                if of == number:
                    plane.pass_on(packets, qfi, teid, address)
            plane.forward(tunnel, teid, address, seconds)

    def _say(self, to: xn.XnNode, message: xn.XnMessage) -> None:
        net = self.ue.site.xn
        if net is not None:
            net.send(to, message)

    def collide(self, event: Any) -> Verdict:
        """What the AMF wants wakes the phone and waits for it; an order to release needs no phone."""
        match event:
            case m.UEContextReleaseCommand():
                return Verdict.REPLACE
            case HandOver():
                event.told("the phone is in RRC_INACTIVE")
                return Verdict.IGNORE
            case RadioLost() | Idle() | Deactivate() | Unreachable() | Resume():
                return Verdict.IGNORE  # the radio does not notice what becomes of a phone that is silent
            case _ if isinstance(event, Message):
                self._page()
        return Verdict.LATER
