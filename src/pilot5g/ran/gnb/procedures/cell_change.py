"""Handover between two cells of one gNB: a new key and a new place, and nothing for the AMF to do (TS 38.300
9.2.3.2, TS 33.501 6.9.2.3.1)."""

from __future__ import annotations

from typing import Any

import msgspec

from pilot5g.flow.errors import TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.ran.gnb.cell import NrCell
from pilot5g.ran.gnb.procedures import watching
from pilot5g.ran.gnb.procedures.handover import (
    NOT_AVAILABLE,
    TARGET_FAILED,
    Arrival,
    Departure,
    expect,
    reconfiguration,
)
from pilot5g.ran.gnb.procedures.ordinary import collide
from pilot5g.ran.gnb.security import handed_over
from pilot5g.ran.gnb.ue import LOST, Arrived, HandOver, RadioLost, Reestablish, Ue


class CellChange:
    """See the module. Messages of the AMF wait until the phone is there."""

    def __init__(self, ue: Ue, order: HandOver, cell: NrCell) -> None:
        self.ue = ue
        self.order = order
        self.cell = cell
        self.departure = Departure(ue, order)

    async def run(self) -> None:
        try:
            await self._go()
        finally:  # heard only where nothing better was told
            self.order.told("the connection ended meanwhile")

    async def _go(self) -> None:
        ue, cell = self.ue, self.cell
        security = ue.context.security
        assert security is not None, "only a phone with a context is handed over"
        departure = self.departure
        if not cell.in_service:
            departure.failed(NOT_AVAILABLE, "the cell takes nobody")
            return
        key, ncc = handed_over(security, cell.pci, cell.arfcn)
        security = msgspec.structs.replace(security, kgnb=key, ncc=ncc, next_hop=None)
        old, link = ue.link, expect(ue.site, cell)
        link.user = ue
        command = reconfiguration(link, security)
        ue.link = link
        old.handover(command, cell)
        try:
            timer = ue.site.config.timers["TXnRELOCoverall"]
            arrived = await ue.owner.wait(Arrived, RadioLost, timer=timer)
        except TimerExpired:
            arrived = RadioLost()
        old.user = None
        if isinstance(arrived, RadioLost):
            if ue.link is link:
                link.release("the phone did not arrive")
            ue.lost = not isinstance(arrived, Reestablish)
            departure.failed(LOST, "the phone did not arrive")
            return
        ue.context.security = security
        if Arrival(ue, link, command).proven(arrived):
            self._here()
            departure.done()
        else:
            ue.lost = True
            departure.failed(TARGET_FAILED, "the phone has another key")

    def _here(self) -> None:
        ue = self.ue
        ue.context.cell = self.cell.cgi
        ue.location = ue.site.location(ue.context.cell, ue.context.tai)
        watching.moved(ue)

    def collide(self, event: Any) -> Verdict:
        if isinstance(event, HandOver):
            event.told("another handover is under way")
            return Verdict.IGNORE
        return collide(event)
