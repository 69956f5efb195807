"""Deregistration by the network (TS 23.502 4.2.2.3.3, TS 24.501 5.5.2.3) of a phone that is connected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.causes import spelled
from pilot5g.core.amf.events import Deregister
from pilot5g.core.amf.procedures.deregistration import let_go
from pilot5g.core.amf.words import GMM
from pilot5g.flow.errors import Gone, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.wire import nas
from pilot5g.wire.ngap.values import cause

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue


class NetworkDeregistration:
    """The phone is told and asked to confirm; it is deregistered whether it does or not."""

    def __init__(self, ue: Ue, order: Deregister) -> None:
        self.ue = ue
        self.order = order

    async def run(self) -> None:
        """TS 23.502 figure 4.2.2.3.3-1, steps 2 to 7."""
        ue = self.ue
        request = nas.DeregistrationRequestNetwork(
            deregistration_type=nas.DeregistrationType(re_registration_required=self.order.again),
            cause=None if self.order.again else self.order.cause,
        )
        try:
            answer = await ue.owner.ask(
                lambda: ue.send(request),
                nas.DeregistrationAcceptNetwork,
                nas.DeregistrationRequest,
                timer=ue.amf.config.timers["T3522"],
            )
            if isinstance(answer, nas.DeregistrationRequest) and not answer.deregistration_type.switch_off:
                ue.send(nas.DeregistrationAccept())  # both at once (5.5.2.3.5 b)
        except (TimerExpired, Gone):
            pass  # 5.5.2.3.5 a, c: deregistered all the same
        ue.amf.journal.refuse(
            ue.name,
            "deregistered by the network",
            cause="" if self.order.again else spelled(self.order.cause),
            reason=f"of {self.order.reason.lower().replace('_', ' ')}",
            fix="" if self.order.again else GMM[self.order.cause][1],
        )
        await let_go(ue)
        if ue.connected:
            ue.amf.release(ue.line(), cause("nas", "deregister"))

    def collide(self, event: Any) -> Verdict:
        """An initial registration goes first; anything else of the phone has to wait until it is gone
        (TS 24.501 5.5.2.3.5 d to f)."""
        match event:
            case nas.RegistrationRequest(registration_type=nas.RegistrationType(kind=kind)):
                update = kind in (nas.RegistrationKind.MOBILITY, nas.RegistrationKind.PERIODIC)
                return Verdict.IGNORE if update else Verdict.REPLACE
            case _:
                return Verdict.IGNORE
