"""All PDU sessions of a phone, and where a 5GSM message goes (TS 24.501 clause 6 and 7.3).

A message travels in NAS TRANSPORT. PTI and PDU session identity are checked here, before any procedure sees
it: an unknown one is answered with 5GSM STATUS or ignored as 7.3 says.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.ran.ue.config import SessionWish
from pilot5g.ran.ue.events import NotForwarded, Unreadable
from pilot5g.ran.ue.outcome import Abandoned
from pilot5g.ran.ue.procedures.session_establishment import Establishment
from pilot5g.ran.ue.procedures.session_modification import modify
from pilot5g.ran.ue.procedures.session_release import Release, released_by_network
from pilot5g.ran.ue.session import Session
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, GsmCause

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone

IDENTITIES = range(1, 16)
"""PDU session identities a UE may choose (TS 24.007 11.2.3.1b)."""
TRANSACTIONS = range(1, 255)
"""Procedure transaction identities (TS 24.007 11.2.3.1a)."""

_ANSWERS = (
    nas.PduSessionEstablishmentAccept,
    nas.PduSessionEstablishmentReject,
    nas.PduSessionModificationReject,
    nas.PduSessionReleaseReject,
)
"""Messages that only ever answer a phone's request."""


class Sessions:
    """The sessions by identity, dead ones removed."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._sessions: dict[int, Session] = {}
        self._transaction = 0

    def __iter__(self) -> Any:
        return iter(tuple(self._sessions.values()))

    def __getitem__(self, session_id: int) -> Session:
        """Raises KeyError."""
        return self._sessions[session_id]

    def get(self, session_id: int) -> Session | None:
        return self._sessions.get(session_id)

    # begun by the phone

    def establish(self, wish: SessionWish) -> Establishment:
        """Begin to establish a session (6.4.1.2). Raises Abandoned where all identities are taken."""
        free = next((i for i in IDENTITIES if i not in self._sessions), None)
        if free is None:
            raise Abandoned("all 15 PDU session identities are in use")
        session = self._sessions[free] = Session(self._phone, free, wish)
        session.bearer = free in self._phone.bearers
        procedure = Establishment(session)
        session.owner.start(procedure)
        return procedure

    def release(self, session: Session, cause: GsmCause = GsmCause.REGULAR_DEACTIVATION) -> Release:
        """Begin to release a session (6.4.3.2)."""
        procedure = Release(session, cause)
        session.owner.start(procedure)
        return procedure

    def new_transaction(self) -> int:
        """A PTI that is not in use."""
        used = {session.pti for session in self._sessions.values()}
        for _ in TRANSACTIONS:
            self._transaction = self._transaction % TRANSACTIONS[-1] + 1
            if self._transaction not in used:
                break
        return self._transaction

    # what happens to them

    def remove(self, session: Session) -> None:
        """A session is no more."""
        if self._sessions.get(session.id) is session:
            del self._sessions[session.id]
        session.gone()
        self._phone.changed()
        if session.wish.emergency:
            self._phone.renewal.helped()

    def remove_all(self, why: str) -> None:
        """All are gone without a word on the radio: deregistered, or switched off."""
        for session in tuple(self._sessions.values()):
            self._drop(session, why)

    def _drop(self, session: Session, why: str) -> None:
        """A session is no more, and whoever waits for its procedure hears so."""
        procedure = session.owner.procedure
        session.owner.stop()
        if isinstance(procedure, Establishment | Release):
            procedure.outcome.fail(Abandoned(why))
        self.remove(session)

    def _unknown_there(self, session: Session, why: str) -> None:
        """The network does not have it: a release under way has got what it asked for."""
        if isinstance(procedure := session.owner.procedure, Release):
            procedure.outcome.succeed(None)
        self._drop(session, why)

    def failed(self, session: Session, procedure: Any, bug: BaseException) -> None:
        """A bug in a session's procedure: that session is lost."""
        if isinstance(procedure, Establishment | Release):
            procedure.outcome.fail(Abandoned(f"a fault of the phone: {bug!r}"))
        self.remove(session)

    def keep_only(self, active: frozenset[int]) -> None:
        """Release locally what the network does not know (5.5.1.3.4, 5.6.1.4.1: PDU session status)."""
        for session in tuple(self._sessions.values()):
            if session.active and session.id not in active:
                what = f"PDU session {session.id} is gone in the network: released"
                self._phone.journal.note(self._phone.config.name, what)
                self._unknown_there(session, what)

    def reactivated(self, asked: frozenset[int], failed: frozenset[int]) -> None:
        """The network's answer to uplink data status: bearers come, or could not be set up (PDU session
        reactivation result)."""
        for session_id in asked - failed:
            if (session := self._sessions.get(session_id)) is not None and not session.bearer:
                session.awaits_bearer = True
        for session_id in failed:
            if (session := self._sessions.get(session_id)) is not None:
                session.drop_held()

    def with_pending_data(self) -> frozenset[int]:
        """Sessions that want their user plane (uplink data status, 9.11.3.57)."""
        return frozenset(s.id for s in self._sessions.values() if s.pending and s.active and not s.bearer)

    # from the network

    def receive(self, transport: nas.DlNasTransport) -> None:
        """DL NAS TRANSPORT with N1 SM information (5.4.5.3.3)."""
        payload = transport.payload_container
        if transport.cause is not None:
            self._not_forwarded(payload, transport.cause)
            return
        try:
            message = nas.decode(payload)
        except nas.NasError as wrong:
            self._unreadable(wrong)
            return
        if isinstance(message, nas.GsmMessage):
            self._route(message)

    def _not_forwarded(self, payload: bytes, cause: GmmCause) -> None:
        session = self._sessions.get(payload[1]) if len(payload) > 2 else None
        if session is not None and session.pti and session.pti == payload[2]:
            session.owner.deliver(NotForwarded(cause))

    def _unreadable(self, wrong: nas.NasError) -> None:
        """7.4, 7.5.1. An answer that is wrong ends its procedure, as no other will come."""
        if wrong.cause is None or not wrong.session or wrong.pti == 255:
            return
        cause = GsmCause(wrong.cause)
        session = self._sessions.get(wrong.pdu_session_id)
        accepts = wrong.message_type == nas.PduSessionEstablishmentAccept.MESSAGE_TYPE
        if accepts and session is not None and session.pti and session.pti == wrong.pti:
            session.owner.deliver(Unreadable(cause))
            return
        self.status(wrong.pdu_session_id, wrong.pti, cause)

    def _route(self, message: nas.GsmMessage) -> None:
        """7.3.1 (PTI) and 7.3.2 (PDU session identity)."""
        session = self._sessions.get(message.pdu_session_id)
        pti = message.pti
        if pti == 255:
            return
        if (
            isinstance(message, nas.PduSessionAuthenticationCommand | nas.PduSessionAuthenticationResult)
            and pti
        ):
            self.status(message.pdu_session_id, pti, GsmCause.INVALID_PTI_VALUE)
            return
        answer = isinstance(message, _ANSWERS)
        if answer and pti == 0:
            return
        if session is None and not answer:
            if not isinstance(message, nas.GsmStatus):
                self.status(message.pdu_session_id, pti, GsmCause.INVALID_PDU_SESSION_IDENTITY)
            return
        if session is None or (pti and pti != session.pti and not isinstance(message, nas.GsmStatus)):
            self.status(message.pdu_session_id, pti, GsmCause.PTI_MISMATCH)
            return
        session.owner.deliver(message)

    def arrived(self, session: Session, message: Any) -> None:
        """A message for a session that has no procedure under way."""
        match message:
            case nas.PduSessionReleaseCommand() if session.active:
                released_by_network(session, message)
            case nas.PduSessionModificationCommand() if session.active:
                modify(session, message)
            case nas.GsmStatus(cause=cause):
                self.told(session, cause)
            case nas.GsmMessage():
                self.out_of_state(session, message)

    def out_of_state(self, session: Session, message: Any) -> None:
        """Not compatible with the protocol state (7.4)."""
        if isinstance(message, nas.GsmMessage) and not isinstance(message, nas.GsmStatus):
            self.status(session.id, message.pti, GsmCause.MESSAGE_TYPE_NOT_COMPATIBLE_WITH_STATE)

    def told(self, session: Session, cause: GsmCause) -> None:
        """5GSM STATUS (6.5.3): with #43 the session is gone at the network."""
        name = cause.name.lower().replace("_", " ")
        self._phone.journal.refuse(
            self._phone.config.name,
            f"5GSM status for PDU session {session.id}",
            cause=f"#{int(cause)}",
            reason=name,
        )
        if cause == GsmCause.INVALID_PDU_SESSION_IDENTITY:
            self._unknown_there(session, f"the network does not know PDU session {session.id}")

    # to the network

    def send(self, session: Session, message: nas.GsmMessage) -> None:
        """UL NAS TRANSPORT (5.4.5.2.2); slice, DNN and request type go with an establishment only."""
        first = isinstance(message, nas.PduSessionEstablishmentRequest)
        wish = session.wish
        kind = nas.RequestType.INITIAL_EMERGENCY if wish.emergency else nas.RequestType.INITIAL
        self._phone.uplink.send(
            nas.UlNasTransport(
                payload_container_type=nas.PayloadContainerType.N1_SM,
                payload_container=nas.encode(message),
                pdu_session_id=session.id,
                request_type=kind if first else None,
                s_nssai=wish.snssai if first else None,
                dnn=wish.dnn if first else None,
            )
        )

    def status(self, session_id: int, pti: int, cause: GsmCause) -> None:
        """5GSM STATUS (6.5.2)."""
        message = nas.GsmStatus(pdu_session_id=session_id, pti=pti, cause=cause)
        self._phone.uplink.send(
            nas.UlNasTransport(
                payload_container_type=nas.PayloadContainerType.N1_SM,
                payload_container=nas.encode(message),
                pdu_session_id=session_id or None,
            )
        )
