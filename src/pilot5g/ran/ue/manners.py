"""A phone that behaves as its profile says: late, twice, not at all, or wrongly.

It stands between the phone and its signalling, and only where a profile asks for it: an ordinary phone has
none. What is done wrong is done to messages that are otherwise right, so the core sees one fault at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import msgspec

from pilot5g.flow.timer import Alarm
from pilot5g.model import Guami, Guti
from pilot5g.ran.ue.procedures.deregistration import Deregistration
from pilot5g.ran.ue.profile import HEARD, PAGING, SAID, Fault, Profile
from pilot5g.ran.ue.signalling import Command
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, RegistrationKind

if TYPE_CHECKING:
    from pilot5g.flow.procedure import Procedure
    from pilot5g.ran.radio import RrcConnection
    from pilot5g.ran.ue.phone import Phone

AGAIN = "X-AGAIN"
"""The alarm of a persistent phone."""
FOREIGN_TMSI = 0xDEADBEEF

_UNASKED: tuple[nas.GmmMessage, ...] = (
    nas.RegistrationComplete(),
    nas.SecurityModeComplete(),
    nas.AuthenticationResponse(response=bytes(16)),
    nas.IdentityResponse(mobile_identity=nas.NoIdentity()),
    nas.ConfigurationUpdateComplete(),
    nas.DeregistrationAcceptNetwork(),
)
_GARBAGE = bytes.fromhex("7e00ff00"), bytes.fromhex("7e"), b"", bytes.fromhex("7e04aabbccdd017e0041")
"""An unknown message type, a header alone, nothing at all, and a protected message that is none."""


class Manners:
    """One phone's."""

    __slots__ = ("_deaf", "_drop_at", "_drops", "_late", "_mute", "_phone", "profile")

    def __init__(self, profile: Profile, phone: Phone) -> None:
        self.profile = profile
        self._phone = phone
        self._drops = profile.drops
        self._deaf = tuple(HEARD[name] for name in profile.ignores - {PAGING})
        self._mute = tuple(SAID[name] for name in profile.omits)
        self._drop_at = HEARD.get(profile.drops_radio_at)
        self._late: set[Alarm] = set()

    # from the network

    def late(self, work: Callable[[], None]) -> None:
        """Do it after the phone's delay, unless its connection is another by then; at once without one."""
        if not self.profile.delay:
            work()
            return
        self._after(self.profile.delay, self._phone.connection, work)

    def _after(self, seconds: float, connection: RrcConnection | None, work: Callable[[], None]) -> None:
        alarm = Alarm()

        def ring() -> None:
            self._late.discard(alarm)
            if not self._phone.closed and self._phone.connection is connection:
                work()

        self._late.add(alarm)
        alarm.start(seconds, ring)

    def deaf_to(self, arrived: nas.Message | Command | None) -> bool:
        """Whether a message is not dealt with; at some the phone loses its radio."""
        message = arrived.message if isinstance(arrived, Command) else arrived
        if isinstance(message, self._deaf):
            return True
        if self._drop_at is None or not isinstance(message, self._drop_at) or not self._drops:
            return False
        self._drops -= 1
        self._phone.release_locally("the phone lost its radio")
        return True

    @property
    def deaf_to_paging(self) -> bool:
        """Whether pages are not heard."""
        return PAGING in self.profile.ignores

    # to the network

    def says(self, message: nas.GmmMessage) -> nas.GmmMessage | None:
        """What is sent in place of a message; None: nothing."""
        if isinstance(message, self._mute):
            return None
        faults = self.profile.faults
        match message:
            case nas.AuthenticationResponse(response=bytes(right)) if Fault.WRONG_RESPONSE in faults:
                return nas.AuthenticationResponse(response=bytes(octet ^ 0xFF for octet in right))
            case nas.AuthenticationResponse() if Fault.MAC_FAILURE in faults:
                return nas.AuthenticationFailure(cause=GmmCause.MAC_FAILURE)
            case nas.AuthenticationResponse() if Fault.SYNCH_FAILURE in faults:
                return nas.AuthenticationFailure(cause=GmmCause.SYNCH_FAILURE, auts=bytes(14))
            case nas.SecurityModeComplete() if Fault.SECURITY_REFUSED in faults:
                return nas.SecurityModeReject(cause=GmmCause.UE_SECURITY_CAPABILITIES_MISMATCH)
            case nas.RegistrationRequest(mobile_identity=known) if Fault.FOREIGN_IDENTITY in faults:
                return msgspec.structs.replace(message, mobile_identity=self._foreign(known))
        return message

    def _foreign(self, known: nas.MobileIdentity) -> Guti:
        home = Guami(self._phone.config.home_plmn, 1, 1, 0)
        return Guti(known.guami if isinstance(known, Guti) else home, FOREIGN_TMSI)

    def writes(self, pdu: bytes) -> Iterator[bytes]:
        """The octets that go on the air at once for a message."""
        faults = self.profile.faults
        if Fault.WRONG_MAC in faults and len(pdu) > 7 and pdu[1] & 15:
            pdu = pdu[:5] + bytes((pdu[5] ^ 0xFF,)) + pdu[6:]
        if Fault.GARBAGE in faults:
            yield from _GARBAGE
        yield pdu
        if Fault.UNASKED in faults:
            yield from map(nas.encode, _UNASKED)
        if not self.profile.spacing:
            yield from (pdu for _ in range(self.profile.copies - 1))

    def begins(self, pdu: bytes) -> tuple[bytes, tuple[bytes, ...]]:
        """What goes with the setup of a connection, and what right behind it."""
        written = list(self.writes(pdu))
        first = next(each for each in written if each not in _GARBAGE)
        written.remove(first)
        return first, tuple(written)

    def repeats(self, pdu: bytes) -> None:
        """Send the copies that come later."""
        connection = self._phone.connection
        if connection is None or not self.profile.spacing:
            return
        for n in range(1, self.profile.copies):
            self._after(n * self.profile.spacing, connection, lambda: connection.send_nas(pdu))

    @property
    def unprotected(self) -> bool:
        """Whether messages are sent in the clear."""
        return Fault.UNPROTECTED in self.profile.faults

    # afterwards

    def ended(self, procedure: Procedure) -> None:
        """A 5GMM procedure has ended: a persistent phone that is out wants in again."""
        phone = self._phone
        if not self.profile.persistent or isinstance(procedure, Deregistration) or phone.attached:
            return
        if not (phone.closed or phone.mm.busy or phone.alarms.running(AGAIN)):
            phone.alarms.start(AGAIN, self.profile.pause, self._again)

    def _again(self) -> None:
        """As if nothing had been said: cause, back-off and forbidden areas count for nothing."""
        phone = self._phone
        phone.context.switched_off()
        phone.context.forbidden_plmns = frozenset()
        phone.alarms.stop("T3346", "T3511", "T3502")
        phone.renewal.begin(RegistrationKind.INITIAL, fresh=True)

    def stop(self) -> None:
        """Nothing is late any more."""
        for alarm in self._late:
            alarm.stop()
        self._late.clear()
