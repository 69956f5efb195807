"""Where a phone stands: which service its place gives it, and the search for a better one.

The substates of 5GMM-DEREGISTERED and 5GMM-REGISTERED follow from the cell (TS 24.501 5.1.3.2.1.3,
5.1.3.2.1.4): suitable, acceptable, or none (TS 38.304 4.5). A phone without a suitable cell looks again from
time to time, as TS 23.122 4.4.3 and TS 38.304 5.2.7 have it, and does then what it had in mind (5.2.2.3,
5.2.3.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.ran.radio import NoCell
from pilot5g.ran.ue.context import State, Substate, UpdateStatus
from pilot5g.wire import nas
from pilot5g.wire.nas import RegistrationKind

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone

Telling = (
    nas.RegistrationAccept
    | nas.RegistrationReject
    | nas.ServiceAccept
    | nas.ServiceReject
    | nas.DeregistrationRequestNetwork
)
"""Messages that may name forbidden tracking areas."""

SEARCH, FORBIDDEN = "X-SEARCH", "X-FORBIDDEN"


class Search:
    """One phone's."""

    __slots__ = ("_phone", "_wanted")

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._wanted: RegistrationKind | None = None

    # what it has in mind

    def later(self, kind: RegistrationKind) -> None:
        """Register when there is a suitable cell."""
        if self._wanted != RegistrationKind.INITIAL:
            self._wanted = kind

    def stop(self) -> None:
        """Nothing is wanted any more."""
        self._wanted = None
        self._phone.alarms.stop(SEARCH)

    # looking

    def look(self) -> None:
        """Take a suitable cell, else an acceptable one, and the substate that goes with it. Nothing while a
        procedure runs or there is a connection: the end of either looks."""
        phone = self._phone
        if phone.closed or phone.connected or phone.mm.busy:
            return
        before = phone.cell
        found = self._suitable()
        self.settle()
        if phone.context.substate is Substate.NO_SUPI:
            return
        if not found:
            if phone.registered or self._wanted is not None:
                phone.alarms.start(SEARCH, phone.config.timers[SEARCH].seconds, self._again)
            return
        phone.alarms.stop(SEARCH)
        if self._wanted is not None:
            kind, self._wanted = self._wanted, None
            phone.renewal.begin(kind)
        elif phone.cell is not before:
            phone.renewal.moved()
        phone.uplink.resume()

    def _again(self) -> None:
        self._phone.move(self._phone.context.state, Substate.PLMN_SEARCH)
        self.look()

    def _suitable(self) -> bool:
        camping = self._phone.camping
        try:
            camping.select()
        except NoCell:
            camping.camp_on_any()
            return False
        return True

    # the substate

    def settle(self) -> None:
        """Enter the substate that the place gives."""
        context = self._phone.context
        if context.state in (State.DEREGISTERED, State.REGISTERED):
            substate = self.registered() if context.state is State.REGISTERED else self._deregistered()
            if substate is not context.substate:
                self._phone.move(context.state, substate)

    def _deregistered(self) -> Substate:
        """5.1.3.2.1.3. A phone that tries by itself (T3511, T3502, T3346) goes on doing so."""
        phone = self._phone
        if not phone.context.usim_valid:
            return Substate.NO_SUPI
        if (lack := self._lack()) is not None:
            return lack
        trying = phone.context.substate is Substate.ATTEMPTING_REGISTRATION
        return Substate.ATTEMPTING_REGISTRATION if trying else Substate.NORMAL_SERVICE

    def registered(self) -> Substate:
        """5.1.3.2.1.4: what a registered phone would be in here."""
        phone, context = self._phone, self._phone.context
        if (lack := self._lack()) is not None:
            return lack
        if phone.tai not in context.tai_list or context.update_status is not UpdateStatus.UPDATED:
            barred = phone.barring.registration_is_barred
            return Substate.UPDATE_NEEDED if barred else Substate.ATTEMPTING_REGISTRATION_UPDATE
        return Substate.NON_ALLOWED_SERVICE if self.restricted else Substate.NORMAL_SERVICE

    def _lack(self) -> Substate | None:
        cell, camping = self._phone.cell, self._phone.camping
        if cell is None or not cell.in_service:
            return Substate.NO_CELL_AVAILABLE
        return Substate.LIMITED_SERVICE if camping.unsuitable(cell) is not None else None

    @property
    def restricted(self) -> bool:
        """Whether the service area list leaves no normal service here (5.3.5.2). A phone with priority is not
        concerned."""
        phone = self._phone
        areas = phone.context.service_areas
        return (
            areas is not None
            and phone.config.access_identity == 0
            and phone.cell is not None
            and areas.restricts(phone.cell.tai)
        )

    # forbidden areas

    def told(self, message: Telling) -> None:
        """Tracking areas that a message of the network says are forbidden (5.3.13)."""
        context = self._phone.context
        context.forbidden_roaming |= frozenset(message.forbidden_tais_for_roaming or ())
        context.forbidden_regional |= frozenset(message.forbidden_tais_for_regional_provision or ())
        self.forbidden()

    def forbidden(self) -> None:
        """An area or network was added to a forbidden list: tracking areas are forgotten after a time between
        12 and 24 hours (5.3.13), and another cell may do now."""
        phone, context = self._phone, self._phone.context
        if (context.forbidden_roaming or context.forbidden_regional) and not phone.alarms.running(FORBIDDEN):
            phone.alarms.start(FORBIDDEN, phone.config.timers[FORBIDDEN].seconds, self._forgive)

    def _forgive(self) -> None:
        context = self._phone.context
        context.forbidden_roaming = context.forbidden_regional = frozenset()
        self.look()
