"""What session management and user data have for the network, and how they get a connection for it.

5GSM messages wait, bounded, while the phone is idle or in a 5GMM procedure; user packets wait in their
session. Either has the phone ask for service (TS 24.501 5.6.1.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.ran.radio import EstablishmentCause
from pilot5g.ran.ue.context import Substate
from pilot5g.ran.ue.procedures.service_request import ServiceRequest
from pilot5g.ran.ue.search import SEARCH
from pilot5g.wire import nas
from pilot5g.wire.nas import RegistrationKind, ServiceType

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone

KEPT = 16
"""5GSM messages that may wait; each is repeated by its own timer, so one that finds no room is not lost."""
PATIENCE = 1.0
"""Seconds after the network's consent within which a bearer is expected."""


class Uplink:
    """One phone's way up."""

    __slots__ = ("_kept", "_phone")

    def __init__(self, phone: Phone) -> None:
        self._phone = phone
        self._kept: tuple[nas.UlNasTransport, ...] = ()

    @property
    def waiting(self) -> bool:
        """Whether messages or packets wait for a connection."""
        return bool(self._kept or self._phone.sessions.with_pending_data())

    def send(self, message: nas.UlNasTransport) -> None:
        """UL NAS TRANSPORT; from idle, a service request goes first (5.6.1.1 b)."""
        phone = self._phone
        if phone.registered and phone.connected and not phone.mm.busy:
            phone.alarms.stop("T3540")
            phone.signalling.send(message)
            return
        self._kept = (*self._kept, message)[-KEPT:]
        if not phone.mm.busy:
            self._ask(ServiceType.SIGNALLING)

    def flush(self) -> None:
        """Send what waited: the network has accepted the phone."""
        phone = self._phone
        while self._kept and phone.connected:
            first, *rest = self._kept
            self._kept = tuple(rest)
            phone.signalling.send(first)
        if phone.sessions.with_pending_data():
            phone.alarms.start("bearers", PATIENCE, self._still_without_bearer)

    def _still_without_bearer(self) -> None:
        """Packets that came too late for the request are asked for now; a bearer that was promised and did
        not come is not asked for again."""
        phone = self._phone
        for session in phone.sessions:
            if session.pending and session.awaits_bearer:
                session.awaits_bearer = False
                session.drop_held()
        if phone.sessions.with_pending_data():
            self.want_user_plane()

    def resume(self) -> None:
        """There is a cell, perhaps again, to ask for service in."""
        phone = self._phone
        if not phone.registered or phone.connected or phone.mm.busy:
            return
        if phone.sessions.with_pending_data():
            self.want_user_plane()
        elif self._kept:
            self._ask(ServiceType.SIGNALLING)

    def drop(self) -> None:
        """No connection will come: 5GSM repeats its messages by itself, user packets are lost."""
        self._kept = ()
        for session in self._phone.sessions:
            session.drop_held()

    def want_user_plane(self) -> None:
        """A session has packets and no bearer (5.6.1.1 d, g)."""
        if not self._phone.mm.busy and not self._phone.alarms.running(SEARCH):
            self._ask(ServiceType.DATA)

    def _ask(self, kind: ServiceType) -> None:
        phone = self._phone
        restricted = phone.context.substate is Substate.NON_ALLOWED_SERVICE  # 5.3.5.2
        blocked = (
            restricted or phone.barring.holds(EstablishmentCause.MO_DATA) or phone.alarms.running("T3525")
        )
        if not phone.registered or blocked or phone.closed:
            self.drop()
        elif phone.context.substate is Substate.ATTEMPTING_REGISTRATION_UPDATE:
            phone.renewal.begin(RegistrationKind.MOBILITY)
        else:
            phone.start(ServiceRequest(phone, kind))

    def allow_service_again(self) -> None:
        """T3525 expired."""
        self._phone.context.service_attempts = 0
