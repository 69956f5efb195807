"""Paging (TS 23.502 4.2.3.3 step 4, TS 24.501 5.6.2): an idle phone is called in its registration area."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.events import (
    Carry,
    Deregister,
    Forget,
    Reauthenticate,
    Reconfigure,
    SubscriptionChanged,
)
from pilot5g.core.amf.inactivity import CYCLES
from pilot5g.core.amf.payloads import unreached
from pilot5g.core.amf.session_delivery import NOTHING
from pilot5g.flow.errors import ServiceError, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.wire import nas
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import s_tmsi_to, tai_to

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

UNANSWERED = "UE_NOT_RESPONDING"
"""The failure cause an SMF is told (TS 29.518 6.1.6.3.5)."""

ORDINARY = 8
"""The ARP priority level from which on a session is none of a priority service: that of an ordinary data
network."""


class _Answered:
    """Never arrives: the phone answers by a service or registration request, which replaces the paging."""


class Paging:
    """Pages at each run of T3513 until the phone comes, or is given up."""

    def __init__(self, ue: Ue) -> None:
        self.ue = ue
        self.given_up = False

    async def run(self) -> None:
        """Ends by being replaced, or by giving up."""
        try:
            await self.ue.owner.ask(self.page, _Answered, timer=self.ue.amf.config.timers["T3513"])
        except TimerExpired:
            self.give_up()

    def page(self) -> None:
        """PAGING to every radio of the registration area (TS 38.413 8.5.1)."""
        context, amf = self.ue.context, self.ue.amf
        assert context.guti is not None
        gutis = (context.guti, *context.former_gutis)
        for guti in gutis:
            message = ngap.Paging(
                ue_paging_identity=("fiveG-S-TMSI", s_tmsi_to(guti.s_tmsi)),
                paging_drx=CYCLES.get(context.drx or 0),
                tai_list_for_paging=[{"tAI": tai_to(tai)} for tai in context.area],
                paging_priority=self._priority(),
                ue_radio_capability_for_paging=self._capability(),
            )
            for radio in amf.radios.values():
                if radio.serves(context.area):
                    radio.send(message)

    def _priority(self) -> str | None:
        """Of the most urgent session that wants the phone, where its ARP is one of a priority service
        (TS 23.501 5.4.3.3, TS 38.413 9.3.1.78)."""
        levels = [message.arp for message in self.ue.pending.values() if message.arp is not None]
        level = min(levels, default=ORDINARY)
        return f"priolevel{level}" if level < ORDINARY else None

    def _capability(self) -> dict[str, bytes] | None:
        octets = self.ue.context.radio_capability_for_paging
        return None if octets is None else {"uERadioCapabilityForPagingOfNR": octets}

    def give_up(self) -> None:
        """TS 24.501 5.6.2.2.1: who wanted the phone is told."""
        ue = self.ue
        ue.amf.journal.note(ue.name, "did not answer the paging")
        pending, ue.pending = ue.pending, NOTHING
        for psi in pending:
            ue.lane.put(lambda psi=psi: self._tell(psi))  # type: ignore[misc]
        self.given_up = True
        wanted, ue.wanted = ue.wanted, ()
        for event in wanted:
            if isinstance(event, Deregister):
                ue.owner.deliver(Forget(event.reason))
            elif isinstance(event, Carry):
                unreached(ue, event, UNANSWERED)

    async def _tell(self, psi: int) -> None:
        session = self.ue.context.sessions.get(psi)
        if session is None:
            return
        try:
            await self.ue.smf(session).transfer_failed(self.ue.supi, psi, UNANSWERED)
        except ServiceError as problem:
            self.ue.amf.journal.note(self.ue.name, f"SMF on PDU session {psi}: {problem}")

    def collide(self, event: Any) -> Verdict:
        """Any word of the phone ends the paging; what else is wanted of it waits for that."""
        match event:
            case Forget() if self.given_up:
                return Verdict.LATER
            case nas.GmmMessage() | Forget():
                return Verdict.REPLACE
            case SubscriptionChanged():
                return Verdict.LATER
            case Reconfigure() if not event.urgent:
                return Verdict.IGNORE
            case Deregister() | Reauthenticate() | Reconfigure() | Carry():
                self.ue.want(event)
                return Verdict.IGNORE
            case _:
                return Verdict.IGNORE
