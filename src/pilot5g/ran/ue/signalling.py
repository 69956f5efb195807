"""The N1 signalling connection: what is protected on the way out, what is believed on the way in.

A plain message is believed only while secure exchange is not established, and only where TS 24.501 4.4.4.2
lists it. What fails its check is dropped and counted: it may be anybody's. A message that is genuine and
cannot be read is answered with 5GMM STATUS (clause 7).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from pilot5g.ran.radio import Cell, EstablishmentCause, PhoneRadio, RrcConnection, SetupRequest
from pilot5g.ran.ue.context import PhoneContext, SecurityContext
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, SecurityHeaderType

if TYPE_CHECKING:
    from pilot5g.ran.ue.manners import Manners

_UNPROTECTED_REJECT = (GmmCause.NOT_AUTHORIZED_FOR_CAG, GmmCause.PLMN_NOT_ALLOWED_AT_PRESENT_UE_LOCATION)
"""Causes that a reject without integrity protection may not carry (TS 24.501 4.4.4.2)."""


class Command(msgspec.Struct, frozen=True):
    """A SECURITY MODE COMMAND that is still to be checked, with the octets its MAC covers (5.4.2)."""

    message: nas.SecurityModeCommand
    octets: bytes


class Counters(msgspec.Struct):
    """What a phone sent and received, and what it dropped and why."""

    sent: int = 0
    received: int = 0
    not_protected: int = 0
    wrong_mac: int = 0
    unreadable: int = 0
    packets_dropped: int = 0


class Signalling:
    """One phone's N1 signalling connection, or the lack of one."""

    __slots__ = ("_context", "_manners", "_radio", "_status", "connection", "counters", "established")

    def __init__(
        self,
        context: PhoneContext,
        radio: PhoneRadio,
        status: Callable[[nas.NasError], None],
        manners: Manners | None = None,
    ) -> None:
        """`manners`: of a phone that does not send what it should, or not once."""
        self._context = context
        self._manners = manners
        self._radio = radio
        self._status = status
        self.connection: RrcConnection | None = None
        self.established = False
        """Whether secure exchange of NAS messages is established (TS 24.501 4.4.2.5)."""
        self.counters = Counters()

    @property
    def connected(self) -> bool:
        """5GMM-CONNECTED (TS 24.501 5.3.1.1)."""
        return self.connection is not None

    def protects(self) -> SecurityContext | None:
        """The context that outgoing messages are protected with, if there is one."""
        current = self._context.current
        return current if current is not None and current.nas is not None else None

    def send_initial(
        self, cell: Cell, request: nas.GmmMessage, cause: EstablishmentCause, *, admitted: bool = False
    ) -> None:
        """Send an initial NAS message (4.4.6), making a connection where there is none. Raises NoCell."""
        if self._manners is not None:
            request = self._manners.says(request) or request
        pdu = self._initial(request)
        if self.connection is not None:
            self._out(pdu)
            return
        first: bytes = pdu
        rest: tuple[bytes, ...] = ()
        if self._manners is not None:
            first, rest = self._manners.begins(pdu)
        self.counters.sent += 1
        guti, in_area = self._context.guti, cell.tai in self._context.tai_list
        setup = SetupRequest(
            cause=cause,
            admitted=admitted,
            nas=first,
            s_tmsi=guti.s_tmsi if guti and in_area else None,
            registered_amf=guti.guami if guti and not in_area else None,
            selected_plmn=cell.tai.plmn,
        )
        self.connection = cell.connect(self._radio, setup)
        for each in rest:
            self.connection.send_nas(each)

    def _initial(self, request: nas.GmmMessage) -> bytes:
        context = self.protects()
        if context is None or context.nas is None:
            return nas.encode(nas.cleartext(request))
        if self.established:
            pdu = context.nas.protect(nas.encode(request), SecurityHeaderType.CIPHERED, uplink=True)
        else:
            pdu = context.nas.protect_initial(request)
        context.kgnb_count = context.nas.last_uplink_count
        return pdu

    def send(self, message: nas.GmmMessage) -> None:
        """Send anything else: ciphered once exchange is secure, integrity protected before that if possible
        (4.4.4.1, 4.4.5). Without a connection it is lost."""
        if self._manners is not None:
            said = self._manners.says(message)
            if said is None:
                return
            message = said
        context = self.protects()
        plain = nas.encode(message)
        bare = self._manners is not None and self._manners.unprotected
        if context is None or context.nas is None or bare:
            self._out(plain)
            return
        kind = SecurityHeaderType.CIPHERED if self.established else SecurityHeaderType.INTEGRITY
        self._out(context.nas.protect(plain, kind, uplink=True))

    def send_new_context(self, message: nas.SecurityModeComplete) -> None:
        """SECURITY MODE COMPLETE: the first message under the context just taken into use (5.4.2.3)."""
        context = self._context.current
        assert context is not None
        assert context.nas is not None
        said = message if self._manners is None else self._manners.says(message)
        if not isinstance(said, nas.SecurityModeComplete):
            if said is not None:
                self._out(nas.encode(said))
            return
        kind = SecurityHeaderType.CIPHERED_NEW_CONTEXT
        self._out(context.nas.protect(nas.encode(message), kind, uplink=True))
        context.kgnb_count = context.nas.last_uplink_count
        self.established = True

    def _out(self, pdu: bytes) -> None:
        if self.connection is None:
            return
        self.counters.sent += 1
        if self._manners is None:
            self.connection.send_nas(pdu)
            return
        for each in self._manners.writes(pdu):
            self.connection.send_nas(each)
        self._manners.repeats(pdu)

    def close(self) -> RrcConnection | None:
        """Forget the connection; the next one begins without secure exchange. Returns what there was."""
        connection, self.connection = self.connection, None
        self.established = False
        return connection

    def open(self, pdu: bytes) -> nas.Message | Command | None:
        """What a message from the network says, None where it is to be ignored. Never raises for octets."""
        self.counters.received += 1
        try:
            secured = nas.parse_header(pdu)
            if secured is None:
                return self._plain(pdu)
            if secured.header_type == SecurityHeaderType.NEW_CONTEXT:
                return self._command(secured.payload, pdu)
            if secured.header_type == SecurityHeaderType.CIPHERED_NEW_CONTEXT:
                self.counters.not_protected += 1  # only a UE sends it (table 9.3.1)
                return None
            return self._protected(pdu)
        except nas.IntegrityError:
            self.counters.wrong_mac += 1
        except nas.NasError:
            self.counters.unreadable += 1
        return None

    def _plain(self, pdu: bytes) -> nas.Message | None:
        if self.established:
            self.counters.not_protected += 1
            return None
        message = nas.decode(pdu)
        if not allowed_unprotected(message):
            self.counters.not_protected += 1
            return None
        return message

    def _command(self, plain: bytes, pdu: bytes) -> Command | None:
        message = nas.decode(plain)
        if isinstance(message, nas.SecurityModeCommand):
            return Command(message, pdu)
        self.counters.not_protected += 1
        return None

    def _protected(self, pdu: bytes) -> nas.Message | None:
        context = self.protects()
        if context is None or context.nas is None:
            raise nas.IntegrityError("a protected message where there is no security context")
        plain = context.nas.unprotect(pdu, uplink=False)
        self.established = True
        try:
            return nas.decode(plain)
        except nas.NasError as unreadable:
            self._status(unreadable)
            raise


def allowed_unprotected(message: nas.Message) -> bool:
    """Whether a UE takes this message without integrity protection before security (TS 24.501 4.4.4.2)."""
    match message:
        case nas.IdentityRequest(identity_type=nas.IdentityType.SUCI):
            return True
        case nas.AuthenticationRequest() | nas.AuthenticationResult() | nas.AuthenticationReject():
            return True
        case nas.RegistrationReject(cause=cause) | nas.ServiceReject(cause=cause):
            return cause not in _UNPROTECTED_REJECT
        case nas.DeregistrationAccept():
            return True
        case _:
            return False
