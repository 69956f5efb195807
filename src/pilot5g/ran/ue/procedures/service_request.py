"""Service request on the phone's side, from idle or connected (TS 24.501 5.6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.flow.errors import Gone, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.ran.radio import EstablishmentCause, NoCell, RrcRejected
from pilot5g.ran.ue.barring import Barred
from pilot5g.ran.ue.context import State, Substate
from pilot5g.ran.ue.outcome import Outcome, Rejected
from pilot5g.ran.ue.rejections import react, words
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, RegistrationKind, ServiceType

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone

ATTEMPTS = 5
"""Service request attempts before T3525 (5.6.1.7 c)."""

_CAUSES = {
    ServiceType.DATA: EstablishmentCause.MO_DATA,
    ServiceType.SIGNALLING: EstablishmentCause.MO_DATA,
    ServiceType.MOBILE_TERMINATED: EstablishmentCause.MT_ACCESS,
}
"""RRC establishment cause by service type: whatever the phone begins is MO data (tables 4.5.2.2, 4.5.6.1)."""


class ServiceRequest:
    """One service request. `paged` is when the paging came that it answers, on the loop's clock."""

    def __init__(self, phone: Phone, kind: ServiceType, paged: float | None = None) -> None:
        self.phone = phone
        self.kind = kind
        self.paged = paged
        self.outcome: Outcome[None] = Outcome()

    async def run(self) -> None:
        phone = self.phone
        began = phone.now()
        was_idle = not phone.connected
        substate = phone.context.substate
        self.request = request = self._request()
        phone.alarms.stop("T3540")
        phone.move(State.SERVICE_REQUEST_INITIATED, substate)
        try:
            answer = await phone.mm.ask(
                lambda: phone.send_initial(request, _CAUSES[self.kind]),
                nas.ServiceAccept,
                nas.ServiceReject,
                nas.AuthenticationReject,
                timer=phone.config.timers["T3517"],
            )
        except (RrcRejected, Barred) as barred:
            phone.move(State.REGISTERED, substate)  # no attempt (5.6.1.7)
            phone.uplink.drop()
            phone.journal.note(phone.config.name, f"service request has to wait: {barred}")
            self.outcome.fail(barred)
            return
        except NoCell as nowhere:
            phone.move(State.REGISTERED, substate)  # no attempt: a cell is looked for (5.2.3.2.3, 5.2.3.2.4)
            phone.journal.note(phone.config.name, f"service request waits for a cell: {nowhere}")
            self.outcome.fail(nowhere)
            return
        except (TimerExpired, Gone) as silence:
            self._unanswered(silence, was_idle=was_idle, substate=substate)
            return
        match answer:
            case nas.ServiceAccept():
                self._accepted(answer, began)
            case nas.ServiceReject():
                self._rejected(answer)
            case nas.AuthenticationReject():
                self.outcome.fail(Rejected(GmmCause.ILLEGAL_UE, *words(GmmCause.ILLEGAL_UE)))

    def collide(self, event: Any) -> Verdict:
        """5.6.1.7 e): a deregistration by the network ends this."""
        match event:
            case nas.DeregistrationRequestNetwork():
                return Verdict.REPLACE
            case nas.GmmMessage():
                return Verdict.REFUSE
            case _:
                return Verdict.IGNORE

    def _request(self) -> nas.ServiceRequest:
        """SERVICE REQUEST (5.6.1.2)."""
        context, sessions = self.phone.context, self.phone.sessions
        assert context.guti is not None
        assert context.current is not None
        return nas.ServiceRequest(
            ngksi=nas.KeySetIdentifier(context.current.ngksi),
            service_type=self.kind,
            s_tmsi=context.guti.s_tmsi,
            uplink_data_status=sessions.with_pending_data() or None,
            pdu_session_status=frozenset(context.sessions),
        )

    def _accepted(self, message: nas.ServiceAccept, began: float) -> None:
        """SERVICE ACCEPT (5.6.1.4.1)."""
        phone = self.phone
        phone.context.service_attempts = 0
        phone.search.told(message)
        phone.move(State.REGISTERED, phone.search.registered())
        if message.pdu_session_status is not None:
            phone.sessions.keep_only(message.pdu_session_status)
        asked = self.request.uplink_data_status or frozenset()
        phone.sessions.reactivated(asked, message.pdu_session_reactivation_result or frozenset())
        phone.measurements.service_request.append(phone.now() - began)
        if self.paged is not None:
            phone.measurements.paging.append(phone.now() - self.paged)
        self.outcome.succeed(None)
        phone.uplink.flush()

    def _rejected(self, message: nas.ServiceReject) -> None:
        """SERVICE REJECT (5.6.1.5)."""
        phone = self.phone
        cause = message.cause.effective
        reason, fix = words(cause)
        phone.journal.refuse(
            phone.config.name,
            "service request rejected",
            cause=f"#{int(message.cause)}",
            reason=reason,
            fix=fix,
        )
        phone.uplink.drop()
        phone.move(State.REGISTERED, Substate.NORMAL_SERVICE)
        if message.pdu_session_status is not None and phone.signalling.established:
            phone.sessions.keep_only(message.pdu_session_status)
        reaction = phone.doubts.reaction(cause)
        phone.expect_release()
        if phone.signalling.established:
            phone.search.told(message)
        if cause == GmmCause.CONGESTION and message.t3346_value and message.t3346_value.seconds:
            seconds = message.t3346_value.seconds
            phone.barring.back_off(seconds, protected=phone.signalling.established)
        elif reaction is not None:
            react(phone, reaction)
            if reaction.stays_registered:
                phone.renewal.after_release(RegistrationKind.MOBILITY)  # #28, 5.6.1.5
            else:
                phone.renewal.deregistered("service was refused: " + reason, again=reaction.again)
            phone.changed()
        self.outcome.fail(Rejected(message.cause, reason, fix))

    def _unanswered(self, silence: Exception, *, was_idle: bool, substate: Substate) -> None:
        """T3517, or the radio went away (5.6.1.7 a to c)."""
        phone = self.phone
        phone.move(State.REGISTERED, substate)
        phone.uplink.drop()
        if was_idle:
            phone.context.service_attempts += 1
            phone.release_locally(f"service request failed: {silence}")
        if phone.context.service_attempts >= ATTEMPTS:
            phone.alarms.start(
                "T3525", phone.config.timers["T3525"].seconds, phone.uplink.allow_service_again
            )
        phone.journal.note(phone.config.name, f"service request failed: {silence}")
        self.outcome.fail(silence)
