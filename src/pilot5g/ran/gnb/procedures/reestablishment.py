"""RRC connection re-establishment at the gNB that has the phone (TS 38.331 5.3.7, TS 38.300 9.2.3.3).

The key is chained to the cell as in a handover (TS 33.501 6.11), and the phone proves that it has it; then
its bearers are configured again. The AMF and the UPF notice nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec

from pilot5g.flow.errors import TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.ran.gnb.procedures.ordinary import collide
from pilot5g.ran.gnb.security import complete_is_right, handed_over
from pilot5g.ran.gnb.ue import RadioLost, Reestablish, Reestablished, Ue
from pilot5g.ran.radio import Bearer


class Reestablishment:
    """See the module. Messages of the AMF wait until the phone is there."""

    def __init__(self, ue: Ue, event: Reestablish) -> None:
        self.ue = ue
        self.event = event

    async def run(self) -> None:
        ue, cell, link = self.ue, self.event.cell, self.event.link
        ue.returning = None
        security = ue.context.security
        assert security is not None, "only a phone with a context is taken back"
        key, ncc = handed_over(security, cell.pci, cell.arfcn)
        security = msgspec.structs.replace(security, kgnb=key, ncc=ncc, next_hop=None)
        ue.link.user = None
        ue.link, link.user = link, ue

        def send() -> None:
            link.reestablished(ncc, lambda mac: ue.owner.deliver(Reestablished(mac)))

        try:
            timer = ue.site.config.rrc
            answer = await ue.owner.ask(send, Reestablished, RadioLost, timer=timer)
        except TimerExpired:
            answer = RadioLost()
        if not isinstance(answer, Reestablished) or not complete_is_right(security, answer.mac):
            ue.lost = not isinstance(answer, Reestablish)
            ue.site.note("a phone that came back did not prove that it is the same")
            return
        ue.context.security = security
        ue.context.cell = cell.cgi
        ue.location = ue.site.location(ue.context.cell, ue.context.tai)
        ue.site.counters.reestablished += 1
        bearers = (Bearer(each.id, tuple(each.flows)) for each in ue.context.sessions.values())
        await ue.configure(tuple(bearers))

    def collide(self, event: Any) -> Verdict:
        """As any procedure."""
        return collide(event)
