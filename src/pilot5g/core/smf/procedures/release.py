"""PDU session release (TS 23.502 4.3.4.2, TS 24.501 6.3.3): asked for by the phone or by the network."""

from __future__ import annotations

from typing import Any

from pilot5g.core.smf import transfers
from pilot5g.core.smf.context import SessionState
from pilot5g.core.smf.session import Session
from pilot5g.flow.errors import Gone, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.wire import nas
from pilot5g.wire.nas import GsmCause


class Release:
    """Takes the session down at the UPF first, then at radio and phone, then forgets it."""

    def __init__(self, session: Session, cause: GsmCause, pti: int = 0) -> None:
        """`pti` is that of the phone's request, 0 where the network began (TS 24.501 6.3.3.2)."""
        self.session = session
        self.cause = cause
        self.pti = pti

    async def run(self) -> None:
        """Figure 4.3.4.2-1. A phone that never completes has its session released all the same
        (TS 24.501 6.3.3.5 a)."""
        session, context = self.session, self.session.context
        context.state = SessionState.INACTIVE_PENDING
        active = context.downlink is not None
        context.downlink = None
        await session.release_resources()
        command = nas.PduSessionReleaseCommand(
            pdu_session_id=context.pdu_session_id, pti=self.pti, cause=self.cause
        )
        n2 = transfers.release_command() if active else None

        def send() -> None:
            nonlocal n2
            session.tell(command, n2)
            n2 = None

        try:
            await session.owner.ask(
                send, nas.PduSessionReleaseComplete, timer=session.smf.config.timers["T3592"]
            )
        except (TimerExpired, Gone):
            session.smf.journal.note(context.name, "released; the phone did not confirm it")
        await session.end()

    def collide(self, event: Any) -> Verdict:
        """A release request meets a release command (TS 24.501 6.3.3.5 b): the phone completes the command;
        a repeated request (its T3582) has the command repeated."""
        if isinstance(event, nas.PduSessionReleaseRequest):
            return Verdict.REPEAT
        return Verdict.IGNORE
