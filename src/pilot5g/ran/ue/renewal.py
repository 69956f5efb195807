"""When a phone registers without being asked: timers, a release, a rejection, another tracking area."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.model import Tai
from pilot5g.ran.ue.context import Substate
from pilot5g.ran.ue.procedures.deregistration import Deregistration
from pilot5g.ran.ue.procedures.registration import Registration
from pilot5g.wire.nas import RegistrationKind

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone


class Renewal:
    """What a phone has in mind to register for."""

    __slots__ = ("_after_release", "_leaving", "_moved", "_phone", "interrupted", "tried_in")

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._after_release: RegistrationKind | None = None
        self._moved = False
        self._leaving = False
        self.interrupted: frozenset[int] = frozenset()
        self.tried_in: Tai | None = None
        """Where it last asked to be registered."""

    def begin(self, kind: RegistrationKind, fresh: bool = False) -> None:
        """Register now: T3511, T3512, T3502, T3346 expired, or the tracking area is another. `fresh`: the
        attempt counter starts over."""
        phone = self._phone
        if phone.closed or phone.mm.busy or not phone.context.usim_valid:
            return
        if fresh:
            phone.context.registration_attempts = 0
        if kind != RegistrationKind.INITIAL and not phone.registered:
            kind = RegistrationKind.INITIAL
        if kind == RegistrationKind.PERIODIC and phone.cell and phone.cell.tai not in phone.context.tai_list:
            kind = RegistrationKind.MOBILITY  # 5.5.1.3.2 a)
        phone.start(Registration(phone, kind))

    def after_release(self, kind: RegistrationKind) -> None:
        """Register as soon as the connection is released (5.5.2.3.2, 5.4.4.3), or now if there is none."""
        self._after_release = kind
        if not self._phone.connected:
            self.as_planned()

    def after_t3502(self, kind: RegistrationKind) -> None:
        """Register when T3502 expires, with the attempt counter starting over (5.5.1.2.7, 5.5.1.3.7)."""
        phone = self._phone
        given = phone.context.t3502
        seconds = given if given is not None else phone.config.timers["T3502"].seconds
        phone.alarms.start("T3502", seconds, lambda: self.begin(kind, fresh=True))

    def as_planned(self) -> None:
        """The connection is released, or a procedure has ended without one."""
        if not self._phone.mm.busy and self._after_release is not None:
            kind, self._after_release = self._after_release, None
            self.begin(kind)

    def time_the_next(self) -> None:
        """5GMM-IDLE begins: periodic registration is timed from here (5.3.7)."""
        phone = self._phone
        if phone.registered and phone.context.t3512 is not None:
            phone.alarms.start("T3512", phone.context.t3512, lambda: self.begin(RegistrationKind.PERIODIC))

    def deregistered(self, why: str, *, again: bool = False) -> None:
        """Everything that a registration carried is over: sessions, periodic timer, waiting messages.
        `again`: register anew."""
        phone = self._phone
        phone.alarms.stop("T3512", "T3511", "T3502")
        phone.uplink.drop()
        phone.sessions.remove_all(why)
        phone.changed()
        if again:
            self.after_release(RegistrationKind.INITIAL)

    def helped(self) -> None:
        """The emergency session has ended: a phone that registered for it alone, and has a SIM, registers
        with its subscription (TS 24.501 5.5.1.2.2)."""
        phone = self._phone
        if phone.registered and phone.context.emergency and phone.context.usim_valid:
            self.after_release(RegistrationKind.INITIAL)

    def stop(self) -> None:
        """No automatic registration any more."""
        self._phone.alarms.stop("T3511", "T3502", "T3512")
        self._phone.barring.forget()
        self._phone.search.stop()
        self._after_release = None

    def moved(self) -> None:
        """The phone was handed over to another cell."""
        self._moved = True
        self.look_around()

    def recover(self, sessions: frozenset[int]) -> None:
        """The next registration asks for the user plane that these sessions had (5.5.1.3.2 f)."""
        self.interrupted = sessions

    def leave(self) -> None:
        """Deregister as soon as the procedure that runs has ended, and want nothing more."""
        self._leaving = True

    def look_around(self) -> None:
        """After a procedure: leave, where that was decided. After a move: register where the tracking area is
        new (TS 24.501 5.5.1.3.2 a)."""
        phone = self._phone
        if self._leaving and not phone.mm.busy:
            self._leaving = False
            if phone.registered:
                phone.start(Deregistration(phone, switch_off=False))
            return
        if not self._moved or phone.mm.busy:
            return
        self._moved = False
        context = phone.context
        if phone.registered and phone.tai not in context.tai_list:
            self.begin(RegistrationKind.MOBILITY)
        elif context.substate is Substate.ATTEMPTING_REGISTRATION and phone.tai != self.tried_in:
            self.begin(RegistrationKind.INITIAL, fresh=True)  # 5.2.2.3.3
