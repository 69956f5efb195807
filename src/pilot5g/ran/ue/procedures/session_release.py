"""PDU session release from both sides, as the phone sees it (TS 24.501 6.4.3, 6.3.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.flow.errors import TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.ran.ue.events import NotForwarded
from pilot5g.ran.ue.outcome import Outcome, Rejected
from pilot5g.ran.ue.session import SessionState
from pilot5g.wire import nas
from pilot5g.wire.nas import GsmCause, RegistrationKind

if TYPE_CHECKING:
    from pilot5g.ran.ue.session import Session


class Release:
    """UE-requested (6.4.3), repeated by T3582."""

    def __init__(self, session: Session, cause: GsmCause) -> None:
        self.session = session
        self.cause = cause
        self.outcome: Outcome[None] = Outcome()

    async def run(self) -> None:
        session, phone = self.session, self.session.phone
        session.pti = phone.sessions.new_transaction()
        session.state = SessionState.INACTIVE_PENDING
        request = nas.PduSessionReleaseRequest(pdu_session_id=session.id, pti=session.pti, cause=self.cause)
        try:
            answer = await session.owner.ask(
                lambda: phone.sessions.send(session, request),
                nas.PduSessionReleaseCommand,
                nas.PduSessionReleaseReject,
                NotForwarded,
                timer=phone.config.timers["T3582"],
            )
        except TimerExpired as silence:
            self._alone(silence)
            return
        match answer:
            case nas.PduSessionReleaseCommand():
                released_by_network(session, answer)
                self.outcome.succeed(None)
            case nas.PduSessionReleaseReject(cause=cause):
                self._kept(Rejected(cause, cause.name.lower().replace("_", " ")), gone=_unknown(cause))
            case NotForwarded(cause=gmm):
                self._kept(Rejected(gmm, "the network could not pass on the release"), gone=True)

    def _alone(self, silence: TimerExpired) -> None:
        """The fifth expiry: the session is released locally and the network told by PDU session status
        (6.4.3.6 a)."""
        phone = self.session.phone
        phone.journal.note(phone.config.name, f"PDU session {self.session.id} released without an answer")
        phone.sessions.remove(self.session)
        phone.renewal.begin(RegistrationKind.MOBILITY)
        self.outcome.fail(silence)

    def _kept(self, refusal: Rejected, *, gone: bool) -> None:
        session = self.session
        session.pti = 0
        if gone or not session.active:
            session.phone.sessions.remove(session)
        else:
            session.state = SessionState.ACTIVE
        self.outcome.fail(refusal)

    def collide(self, event: Any) -> Verdict:
        """The network's modification of a session that is being released is not answered (6.3.2.6)."""
        modification = isinstance(event, nas.PduSessionModificationCommand | nas.GsmStatus)
        return Verdict.IGNORE if modification else Verdict.REFUSE


def _unknown(cause: GsmCause) -> bool:
    return cause in (GsmCause.INVALID_PDU_SESSION_IDENTITY, GsmCause.PDU_SESSION_DOES_NOT_EXIST)


def released_by_network(session: Session, command: nas.PduSessionReleaseCommand) -> None:
    """PDU SESSION RELEASE COMMAND, asked for or not (6.3.3.3): confirm, forget, and come back with #39."""
    phone, wish = session.phone, session.wish
    complete = nas.PduSessionReleaseComplete(pdu_session_id=session.id, pti=command.pti)
    phone.sessions.send(session, complete)
    name = command.cause.name.lower().replace("_", " ")
    phone.journal.note(phone.config.name, f"PDU session {session.id} released, #{int(command.cause)} {name}")
    session.pti = 0
    phone.sessions.remove(session)
    if command.cause == GsmCause.REACTIVATION_REQUESTED:
        phone.sessions.establish(wish)
