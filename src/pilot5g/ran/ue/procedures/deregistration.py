"""Deregistration from both sides, as the phone sees it (TS 24.501 5.5.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.flow.errors import Gone, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.ran.radio import EstablishmentCause, NoCell
from pilot5g.ran.ue.context import State, Substate, UpdateStatus
from pilot5g.ran.ue.outcome import Outcome
from pilot5g.ran.ue.rejections import REACTIONS, react, words
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, RegistrationKind

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone


class Deregistration:
    """UE-initiated (5.5.2.2). Switched off, nothing is waited for."""

    def __init__(self, phone: Phone, *, switch_off: bool) -> None:
        self.phone = phone
        self.switch_off = switch_off
        self.outcome: Outcome[None] = Outcome()

    async def run(self) -> None:
        phone = self.phone
        phone.alarms.stop("T3510", "T3511", "T3502", "T3512")
        phone.move(State.DEREGISTERED_INITIATED)
        request = self._request()
        try:
            if self.switch_off:
                phone.send_initial(request, EstablishmentCause.MO_SIGNALLING)
            else:
                await phone.mm.ask(
                    lambda: phone.send_initial(request, EstablishmentCause.MO_SIGNALLING),
                    nas.DeregistrationAccept,
                    nas.AuthenticationReject,
                    timer=phone.config.timers["T3521"],
                )
                phone.expect_release()
        except (TimerExpired, Gone, NoCell) as silence:
            phone.journal.note(phone.config.name, f"deregistered without an answer: {silence}")
            phone.release_locally("deregistered without an answer")
        phone.move(State.DEREGISTERED, Substate.NORMAL_SERVICE)
        phone.context.update_status = UpdateStatus.NOT_UPDATED
        phone.renewal.deregistered("deregistered by the phone")
        phone.journal.note(phone.config.name, "deregistered")
        self.outcome.succeed(None)

    def _request(self) -> nas.DeregistrationRequest:
        context = self.phone.context
        current = context.current
        return nas.DeregistrationRequest(
            deregistration_type=nas.DeregistrationType(switch_off=self.switch_off),
            ngksi=nas.KeySetIdentifier(current.ngksi) if current else nas.KeySetIdentifier(),
            mobile_identity=self.phone.identity.mobile_identity(),
        )

    def collide(self, event: Any) -> Verdict:
        """5.5.2.2.6 e): the network's own request is accepted and this one goes on."""
        match event:
            case nas.DeregistrationRequestNetwork():
                if not self.switch_off:
                    self.phone.signalling.send(nas.DeregistrationAcceptNetwork())
                return Verdict.IGNORE
            case nas.GmmMessage():
                return Verdict.REFUSE
            case _:
                return Verdict.IGNORE


class NetworkDeregistration:
    """Network-initiated (5.5.2.3): accept, leave, and register again if told to."""

    def __init__(self, phone: Phone, request: nas.DeregistrationRequestNetwork) -> None:
        self.phone = phone
        self.request = request
        self.outcome: Outcome[None] = Outcome()

    async def run(self) -> None:
        phone, request = self.phone, self.request
        phone.alarms.stop("T3511", "T3502", "T3512", "T3346")
        phone.signalling.send(nas.DeregistrationAcceptNetwork())
        phone.expect_release()
        phone.search.told(request)
        phone.move(State.DEREGISTERED, Substate.NORMAL_SERVICE)
        if request.deregistration_type.re_registration_required:
            phone.renewal.deregistered("deregistered by the network, which wants a new registration")
            phone.renewal.after_release(RegistrationKind.INITIAL)
        else:
            self._leave(request.cause.effective if request.cause is not None else None)
        if request.t3346_value is not None and request.t3346_value.seconds:
            phone.barring.back_off(request.t3346_value.seconds, protected=True)
            phone.barring.later(RegistrationKind.INITIAL)
        self.outcome.succeed(None)

    def _leave(self, cause: GmmCause | None) -> None:
        """5.5.2.3.2 by cause; without one, or with one of no meaning here, all is forgotten and T3502 started
        (5.5.2.3.4 b)."""
        phone = self.phone
        reaction = REACTIONS.get(cause) if cause is not None else None
        if reaction is not None and not reaction.stays_registered:
            react(phone, reaction)
        reason, fix = words(cause) if cause is not None else ("no cause was given", "")
        phone.journal.refuse(
            phone.config.name,
            "deregistered by the network",
            cause=f"#{int(cause)}" if cause is not None else "",
            reason=reason,
            fix=fix,
        )
        phone.renewal.deregistered("deregistered by the network: " + reason)
        if reaction is None or reaction.stays_registered:
            self._no_cause()

    def _no_cause(self) -> None:
        phone, context = self.phone, self.phone.context
        context.forget_registration()
        context.equivalent_plmns = ()
        context.update_status = UpdateStatus.NOT_UPDATED
        phone.move(State.DEREGISTERED, Substate.ATTEMPTING_REGISTRATION)
        phone.renewal.after_t3502(RegistrationKind.INITIAL)

    def collide(self, event: Any) -> Verdict:
        return Verdict.IGNORE
