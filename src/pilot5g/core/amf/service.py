"""What SMFs and the UDM ask of this AMF (TS 29.518 5.2.2.3, TS 29.503 5.3.2.3)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Protocol

from pilot5g.core.amf.events import Carry, Deregister, Forget, Page, SubscriptionChanged
from pilot5g.core.amf.moving import hand_away
from pilot5g.core.amf.payloads import down
from pilot5g.core.amf.restrictions import unserved
from pilot5g.core.amf.session_delivery import carry, hold
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.model import Supi
from pilot5g.service.n1 import N1Payload
from pilot5g.service.namf import N1N2Message, N2SmType, PagingFailed, TransferCause
from pilot5g.service.nsmf import Nsmf

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf
    from pilot5g.core.amf.ue import Ue

MOVED = "UE_REGISTRATION_AREA_CHANGE"
"""Another AMF has the phone and has its context: the word of that AMF is awaited (TS 29.503 6.2.6.3.3)."""
SUPERSEDED = ("UE_INITIAL_REGISTRATION", "5GS_TO_EPS_MOBILITY")
"""Reasons that mean: the phone is elsewhere now, do not look for it (TS 29.503 6.2.6.3.3)."""
AGAIN = "REREGISTRATION_REQUIRED"


class Smf(Nsmf, PagingFailed, Protocol):
    """What the AMF needs an SMF to be."""


class AmfService:
    """`service.namf.Namf` and `service.nudm.Deregistered` of one AMF."""

    def __init__(self, amf: Amf) -> None:
        self._amf = amf

    async def transfer(self, supi: Supi, message: N1N2Message) -> TransferCause:
        """Carry a message to a phone; an idle phone is paged (TS 23.502 4.2.3.3)."""
        ue = self._amf.ues.by_supi.get(supi)
        if ue is None or not (ue.registered or ue.arriving):
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"{supi} is not registered here")
        psi = message.pdu_session_id
        if ue.slice_of(psi) is None:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"{supi} has no PDU session {psi} here")
        if unserved(ue, psi) and message.n2 is not None and message.n2.kind is N2SmType.PDU_RES_SETUP_REQ:
            raise ServiceError(
                Problem.UE_IN_NON_ALLOWED_AREA,
                f"{supi} has no service where it is",
                "change its `service_areas`",
            )
        if ue.secured:
            carry(ue, message)
            return TransferCause.INITIATED
        if message.n1 is None and message.n2 is not None and message.n2.kind is N2SmType.PDU_RES_REL_CMD:
            return TransferCause.INITIATED  # no radio has anything to release: no reason to page
        if not ue.connected and not ue.reachable:
            raise ServiceError(
                Problem.UE_NOT_REACHABLE, f"{supi} has not shown itself for longer than T3512 allows"
            )
        hold(ue, message)
        if ue.idle:
            ue.owner.deliver(Page())
        return TransferCause.ATTEMPTING_TO_REACH_UE

    async def send_n1(self, supi: Supi, payload: N1Payload) -> TransferCause:
        """Carry an SMS or its like to a phone (TS 29.518 5.2.2.3.1); an idle phone is paged."""
        ue = self._amf.ues.by_supi.get(supi)
        if ue is None or not ue.registered:
            raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"{supi} is not registered here")
        if ue.secured:
            down(ue, payload)
            return TransferCause.INITIATED
        if not ue.connected and not ue.reachable:
            raise ServiceError(
                Problem.UE_NOT_REACHABLE, f"{supi} has not shown itself for longer than T3512 allows"
            )
        ue.want(Carry(payload))
        if ue.idle:
            ue.owner.deliver(Page())
        return TransferCause.ATTEMPTING_TO_REACH_UE

    async def session_released(self, supi: Supi, pdu_session_id: int) -> None:
        """The SMF has let a session go (TS 29.502 5.2.2.5). An unknown one is no error."""
        ue = self._amf.ues.by_supi.get(supi)
        if ue is None:
            return
        ue.lane.end(pdu_session_id)
        if ue.context.sessions.pop(pdu_session_id, None) is not None:
            if ue.connection is not None:
                ue.connection.deactivate(pdu_session_id)
            ue.commit()

    async def deregister(self, supi: Supi, reason: str) -> None:
        """The UDM withdraws the registration (TS 23.502 4.2.2.3.3), or another AMF has taken it over."""
        ue = self._amf.ues.by_supi.get(supi)
        if ue is None:
            return
        self._amf.journal.note(supi, f"to be deregistered: {reason}")
        if reason == MOVED:
            self._moved(ue)
        elif reason in SUPERSEDED:
            ue.owner.deliver(Forget(reason))
        else:
            ue.owner.deliver(Deregister(reason, again=reason == AGAIN))

    async def subscription_changed(self, supi: Supi) -> None:
        """Nudm_SDM_Notification (TS 29.503 5.2.2.5)."""
        ue = self._amf.ues.by_supi.get(supi)
        if ue is not None:
            ue.owner.deliver(SubscriptionChanged())

    def _moved(self, ue: Ue) -> None:
        """The other AMF says itself that it has the phone; if it does not, the context goes all the same, as
        long as it is the same (TS 23.502 4.2.2.2.2 step 14d)."""
        context, amf = ue.context, self._amf

        async def look() -> None:
            await asyncio.sleep(amf.config.timers["X-MOVED"].seconds)
            if ue.context is context and amf.ues.by_supi.get(ue.supi) is ue:
                hand_away(ue)

        amf.tasks.spawn(look(), f"whether {ue.name} has moved")
