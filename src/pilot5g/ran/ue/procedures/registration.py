"""Registration on the phone's side: initial, mobility and periodic (TS 24.501 5.5.1.2, 5.5.1.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.flow.errors import Gone, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.ran.radio import EstablishmentCause, NoCell, RrcRejected
from pilot5g.ran.ue.barring import Barred
from pilot5g.ran.ue.context import PhoneContext, State, Substate, UpdateStatus
from pilot5g.ran.ue.outcome import Outcome, Rejected
from pilot5g.ran.ue.procedures.registration_accept import accept, needs_complete
from pilot5g.ran.ue.rejections import ATTEMPTS, EXHAUSTS, react, words
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, RegistrationKind

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone


class Registration:
    """One attempt to register; later attempts are other ones, started by T3511, T3502 or T3346."""

    def __init__(self, phone: Phone, kind: RegistrationKind) -> None:
        self.phone = phone
        self.kind = kind
        self.outcome: Outcome[PhoneContext] = Outcome()

    async def run(self) -> None:
        phone = self.phone
        began = phone.now()
        phone.alarms.stop("T3511", "T3502", "T3512")
        before = phone.context.state, phone.context.substate
        self.request = request = self._request()
        phone.move(State.REGISTERED_INITIATED)
        try:
            answer = await phone.mm.ask(
                lambda: phone.send_initial(request, self._reason()),
                nas.RegistrationAccept,
                nas.RegistrationReject,
                nas.AuthenticationReject,
                timer=phone.config.timers["T3510"],
            )
        except (RrcRejected, Barred) as barred:
            self._barred(before, barred)
            return
        except NoCell as nowhere:
            self._nowhere(before, nowhere)
            return
        except (TimerExpired, Gone) as silence:
            self._unanswered(before, silence)
            return
        match answer:
            case nas.RegistrationAccept(guti=None) if phone.context.guti is None:
                self._unanswered(before, Gone("the accept gives no 5G-GUTI to a phone without one"))
            case nas.RegistrationAccept():
                self._accepted(answer)
                phone.measurements.registration.append(phone.now() - began)
            case nas.RegistrationReject():
                self._rejected(answer)
            case nas.AuthenticationReject():
                self.outcome.fail(Rejected(GmmCause.ILLEGAL_UE, *words(GmmCause.ILLEGAL_UE)))

    def collide(self, event: Any) -> Verdict:
        """5.5.1.2.7 g): a deregistration by the network wins unless it only wants a new registration."""
        match event:
            case nas.DeregistrationRequestNetwork(deregistration_type=kind):
                return Verdict.IGNORE if kind.re_registration_required else Verdict.REPLACE
            case nas.GmmMessage():
                return Verdict.REFUSE
            case _:
                return Verdict.IGNORE

    def _request(self) -> nas.RegistrationRequest:
        """REGISTRATION REQUEST in full (5.5.1.2.2, 5.5.1.3.2); what is sent in the clear is decided below."""
        phone, context = self.phone, self.phone.context
        current = context.current
        ksi = nas.KeySetIdentifier(current.ngksi) if current else nas.KeySetIdentifier()
        initial = self.kind in (RegistrationKind.INITIAL, RegistrationKind.EMERGENCY)
        follow_on = not phone.search.restricted and (
            phone.uplink.waiting or (phone.config.follow_on and self.kind != RegistrationKind.PERIODIC)
        )
        quiet = initial or phone.search.restricted
        active = frozenset(context.sessions)
        pending = frozenset[int]() if quiet else phone.sessions.with_pending_data()
        pending |= frozenset() if quiet else phone.renewal.interrupted & active
        wanted = phone.config.requested_slices or context.allowed_nssai or context.configured_nssai
        return nas.RegistrationRequest(
            registration_type=nas.RegistrationType(self.kind, follow_on),
            ngksi=ksi,
            mobile_identity=self._identity(),
            gmm_capability=None if self.kind == RegistrationKind.PERIODIC else nas.GmmCapability(),
            ue_security_capability=phone.capability,
            requested_nssai=wanted or None,
            last_visited_registered_tai=context.last_visited_tai,
            uplink_data_status=pending or None,
            pdu_session_status=None if initial else active,
            ue_usage_setting=phone.config.profile.usage,
        )

    def _reason(self) -> EstablishmentCause:
        """Of the connection (table 4.5.6.1)."""
        for_help = self.kind == RegistrationKind.EMERGENCY
        return EstablishmentCause.EMERGENCY if for_help else EstablishmentCause.MO_SIGNALLING

    def _identity(self) -> nas.MobileIdentity:
        """The 5G-GUTI, or the SUCI; the equipment's where there is no valid SIM (5.5.1.2.2)."""
        phone = self.phone
        if not phone.context.usim_valid:
            return nas.Imeisv(phone.config.imeisv)
        if self.kind == RegistrationKind.INITIAL and phone.config.profile.forgetful:
            return phone.identity.suci()
        return phone.identity.mobile_identity()

    def _accepted(self, message: nas.RegistrationAccept) -> None:
        phone = self.phone
        accept(phone, message, self.request.uplink_data_status or frozenset())
        if needs_complete(message):
            phone.signalling.send(nas.RegistrationComplete())
        phone.renewal.interrupted = frozenset()
        phone.move(State.REGISTERED, phone.search.registered())
        phone.journal.note(
            phone.config.name, f"registered ({self.kind.name.lower()}), 5G-GUTI {phone.context.guti}"
        )
        if not self.request.registration_type.follow_on_request and not phone.uplink.waiting:
            phone.expect_release()  # 5.3.1.3 c)
        self.outcome.succeed(phone.context)
        phone.uplink.flush()

    def _rejected(self, message: nas.RegistrationReject) -> None:
        """5.5.1.2.5, 5.5.1.3.5; causes without a row are 5.5.1.2.7 b)."""
        phone = self.phone
        cause = message.cause.effective
        reason, fix = words(cause)
        refusal = Rejected(message.cause, reason, fix)
        what = f"registration ({self.kind.name.lower()}) rejected"
        phone.journal.refuse(phone.config.name, what, cause=f"#{int(message.cause)}", reason=reason, fix=fix)
        if message.t3502_value is not None and phone.signalling.established:
            phone.context.t3502 = message.t3502_value.seconds
        phone.identity.forget_challenge()
        phone.expect_release()
        if phone.signalling.established:
            phone.search.told(message)
        reaction = phone.doubts.reaction(cause)
        if cause == GmmCause.CONGESTION and message.t3346_value and message.t3346_value.seconds:
            self._back_off(message.t3346_value.seconds)
        elif reaction is not None:
            phone.context.rejected_nssai = tuple(r.s_nssai for r in message.rejected_nssai or ())
            react(phone, reaction)
            if not reaction.stays_registered:
                phone.renewal.deregistered("registration was rejected: " + reason, again=reaction.again)
            phone.changed()
        else:
            self._count(exhausted=cause in EXHAUSTS)
        self.outcome.fail(refusal)

    def _back_off(self, seconds: float) -> None:
        """#22 with T3346: try again when it expires (5.5.1.2.5, 5.5.1.3.5). Secure exchange is established
        where the reject was integrity protected."""
        phone = self.phone
        phone.context.registration_attempts = 0
        phone.context.update_status = UpdateStatus.NOT_UPDATED
        self._attempting()
        phone.barring.back_off(seconds, protected=phone.signalling.established)
        phone.barring.later(self.kind)

    def _barred(self, before: tuple[State, Substate], barred: NoCell) -> None:
        """T302 or T3346 runs: this was no attempt, the next comes when it may (5.5.1.2.7, 5.5.1.3.7)."""
        phone = self.phone
        phone.context.state, phone.context.substate = before
        phone.journal.note(phone.config.name, f"registration ({self.kind.name.lower()}) waits: {barred}")
        phone.barring.later(self.kind)
        phone.search.settle()
        phone.changed()
        self.outcome.fail(barred)

    def _nowhere(self, before: tuple[State, Substate], nowhere: NoCell) -> None:
        """No suitable cell: this was no attempt, the next comes where there is one (5.2.2.3, 5.2.3.2)."""
        phone = self.phone
        phone.context.state, phone.context.substate = before
        phone.journal.note(phone.config.name, f"registration ({self.kind.name.lower()}) waits: {nowhere}")
        phone.search.later(self.kind)
        self.outcome.fail(nowhere)

    def _unanswered(self, before: tuple[State, Substate], silence: Exception) -> None:
        """No answer, or the radio went away (5.5.1.2.7 c, e; 5.5.1.3.7 c, e)."""
        phone = self.phone
        phone.context.state, phone.context.substate = before
        phone.journal.note(phone.config.name, f"registration ({self.kind.name.lower()}) failed: {silence}")
        phone.release_locally(f"registration failed: {silence}")
        if self._moved():
            phone.context.update_status = UpdateStatus.NOT_UPDATED
            self._attempting()
            phone.renewal.after_release(self.kind)
        elif phone.context.usim_valid:
            self._count()
        self.outcome.fail(silence)

    def _moved(self) -> bool:
        """Whether the phone is in another tracking area than where it asked: it asks again at once, and this
        was no attempt (5.5.1.2.7 h, 5.5.1.3.7 f)."""
        phone = self.phone
        return phone.cell is not None and phone.renewal.tried_in not in (None, phone.cell.tai)

    def _count(self, *, exhausted: bool = False) -> None:
        """Count the attempt and start T3511, or T3502 after the fifth (5.5.1.2.7, 5.5.1.3.7)."""
        phone, context = self.phone, self.phone.context
        context.registration_attempts = ATTEMPTS if exhausted else context.registration_attempts + 1
        again = self.kind
        if context.registration_attempts < ATTEMPTS:
            phone.alarms.start(
                "T3511", phone.config.timers["T3511"].seconds, lambda: phone.renewal.begin(again)
            )
        else:
            if self.kind == RegistrationKind.INITIAL:
                context.forget_registration()
                context.equivalent_plmns = ()
            context.update_status = UpdateStatus.NOT_UPDATED
            phone.renewal.after_t3502(again)
        self._attempting()

    def _attempting(self) -> None:
        if self.kind == RegistrationKind.INITIAL:
            self.phone.move(State.DEREGISTERED, Substate.ATTEMPTING_REGISTRATION)
            return
        self.phone.move(State.REGISTERED, self.phone.search.registered())
