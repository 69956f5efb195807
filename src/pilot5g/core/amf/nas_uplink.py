"""N1 from octets to a phone's owner: what may be processed, with which protection (TS 24.501 4.4.4, 7).

Before secure exchange is established on a connection, some messages count even unprotected or with a wrong
code, because the phone may have lost its keys; afterwards nothing unprotected does (4.4.4.3).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from pilot5g.core.amf.causes import spelled
from pilot5g.core.amf.connection import Connection
from pilot5g.core.amf.peers import Origin
from pilot5g.core.amf.procedures.context_fetch import Foreign, revealed
from pilot5g.core.amf.procedures.session_transport import uplink
from pilot5g.core.amf.ue import Ue
from pilot5g.model import Guti, STmsi
from pilot5g.wire import nas
from pilot5g.wire.nas.security import Secured, SecurityHeaderType, parse_header

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf

UNPROTECTED = (
    nas.RegistrationRequest,
    nas.IdentityResponse,
    nas.AuthenticationResponse,
    nas.AuthenticationFailure,
    nas.SecurityModeReject,
    nas.DeregistrationRequest,
    nas.DeregistrationAcceptNetwork,
    nas.ServiceRequest,
)
"""Processed even without integrity protection, until secure exchange is established (4.4.4.3)."""

INITIAL = (nas.RegistrationRequest, nas.ServiceRequest, nas.DeregistrationRequest)
"""What a connection may begin with (4.4.6), of what this AMF has."""

NEW_CONTEXT = (SecurityHeaderType.NEW_CONTEXT, SecurityHeaderType.CIPHERED_NEW_CONTEXT)


class Read(msgspec.Struct, frozen=True):
    """A message, and whether its integrity was checked with success."""

    message: Any
    verified: bool


def first(amf: Amf, connection: Connection, pdu: bytes, s_tmsi: STmsi | None) -> None:
    """The first message of a connection: whose is it?"""
    stranger: Ue | None = None
    try:
        outer = _outer(pdu)
        known = amf.ues.find(_identity(outer)) or amf.ues.find(s_tmsi)
        read = _verified(known, pdu) if known is not None else None
        if known is not None and read is not None:
            known.attach(connection)
            connection.secure = True
            connection.kgnb_count = known.context.keys.nas.last_uplink_count  # type: ignore[union-attr]
            _take(known, revealed(known, read))
            return
        stranger = Ue(amf)
        stranger.claimed = known.context.supi if known is not None else None
        stranger.attach(connection)
        if known is None and _is_of_another(amf, stranger, (_identity(outer), s_tmsi)):
            stranger.owner.deliver(Foreign(outer, pdu))
        else:
            _take(stranger, outer)
    except nas.NasError as wrong:
        if stranger is None:
            stranger = Ue(amf)
            stranger.attach(connection)
        _answer_unusable(stranger, wrong)
    finally:
        if connection.ue is not None:
            connection.ue.settle()


def _is_of_another(amf: Amf, ue: Ue, identities: tuple[Guti | STmsi | None, ...]) -> bool:
    """Whether an AMF that can be asked has given the phone its identity."""
    for identity in identities:
        peer = amf.peers.of(identity)
        if peer is not None and identity is not None:
            ue.origin = Origin(peer, identity)
            return True
    return False


def proved(amf: Amf, pdu: bytes, s_tmsi: STmsi | None) -> Ue | None:
    """The phone that keys we have prove a first message to come from; None where nothing is proved."""
    try:
        if parse_header(pdu) is None:
            return None
        known = amf.ues.find(_identity(_outer(pdu))) or amf.ues.find(s_tmsi)
        if known is None or known.context.keys is None or known.context.keys.nas.must_renew:
            return None
        return None if _verified(known, pdu) is None else known
    except nas.NasError:
        return None


def receive(amf: Amf, connection: Connection, pdu: bytes) -> None:
    """A message on a connection that has a phone."""
    ue = connection.ue
    if ue is None or connection.releasing:
        if ue is None and connection.move is not None:
            connection.move.early(pdu)
        return
    try:
        read = _read(ue, connection, pdu)
        if read is not None:
            _take(ue, read.message)
    except nas.IntegrityError as wrong:
        amf.journal.note(ue.name, f"a NAS message was discarded: {wrong}")
    except nas.NasError as wrong:
        _answer_unusable(ue, wrong)
    if connection.ue is not None:
        connection.ue.settle()


def _read(ue: Ue, connection: Connection, pdu: bytes) -> Read | None:
    """The message, or None where it is discarded. Raises NasError and IntegrityError."""
    secured = parse_header(pdu)
    read = _checked(ue, pdu, secured)
    if read is None:
        if connection.secure:
            raise nas.IntegrityError("it is not protected with the keys in use")
        read = Read(_plain(pdu, secured), verified=False)
    if not read.verified and (connection.secure or not isinstance(read.message, UNPROTECTED)):
        raise nas.IntegrityError(f"{type(read.message).__name__} without integrity protection")
    return read


def _checked(ue: Ue, pdu: bytes, secured: Secured | None) -> Read | None:
    """The message by the keys that its header names, None where they do not fit it."""
    if secured is None:
        return None
    keys = ue.candidate if secured.header_type in NEW_CONTEXT else ue.context.keys
    if keys is None:
        return None
    try:
        plain = keys.nas.unprotect(pdu, uplink=True)
    except nas.IntegrityError:
        return None
    return Read(nas.decode(plain), verified=True)


def _verified(known: Ue, pdu: bytes) -> nas.Message | None:
    """An initial message that the keys of the phone it names confirm."""
    secured = parse_header(pdu)
    if secured is None or secured.header_type in NEW_CONTEXT or known.context.keys is None:
        return None
    try:
        return nas.decode(known.context.keys.nas.unprotect(pdu, uplink=True))
    except nas.IntegrityError:
        return None


def _plain(pdu: bytes, secured: Secured | None) -> nas.Message:
    """What can be read without keys. Raises IntegrityError for what is ciphered."""
    if secured is None:
        return nas.decode(pdu)
    if secured.header_type.ciphered:
        raise nas.IntegrityError("it is ciphered with keys that are not known")
    return nas.decode(secured.payload)


def _outer(pdu: bytes) -> nas.Message:
    """The cleartext of an initial message (4.4.6). Raises NasError for what cannot be one."""
    try:
        message = _plain(pdu, parse_header(pdu))
    except nas.IntegrityError as wrong:
        raise nas.TooShort(str(wrong)) from wrong
    if not isinstance(message, INITIAL):
        what = f"{type(message).__name__} cannot begin a connection"
        raise nas.WrongState(what, message_type=message.MESSAGE_TYPE)
    return message


def _identity(message: Any) -> Guti | STmsi | None:
    """The temporary identity an initial message shows."""
    value = message.s_tmsi if isinstance(message, nas.ServiceRequest) else message.mobile_identity
    return value if isinstance(value, Guti | STmsi) else None


def _take(ue: Ue, message: Any) -> None:
    """A message that counts."""
    kind = type(message)
    if kind is nas.UlNasTransport:
        uplink(ue, message)
    elif kind is nas.GmmStatus:
        ue.amf.journal.note(ue.name, f"5GMM STATUS {spelled(message.cause)}")
    elif isinstance(message, nas.GmmMessage):
        ue.owner.deliver(message)
    else:
        ue.amf.journal.note(ue.name, f"{kind.__name__} outside of a transport was ignored")


def _answer_unusable(ue: Ue, wrong: nas.NasError) -> None:
    """Clause 7: the reject of the procedure where the message would have begun one, otherwise STATUS, which
    is never answered by another."""
    ue.amf.journal.note(ue.name, f"an unusable NAS message: {wrong}")
    status = wrong.message_type == nas.GmmStatus.MESSAGE_TYPE
    if wrong.cause is None or wrong.session or status or not ue.connected:
        return
    reason = nas.GmmCause(wrong.cause)
    if ue.owner.busy or reason is not nas.GmmCause.INVALID_MANDATORY_INFORMATION:
        ue.send(nas.GmmStatus(cause=reason))
    elif wrong.message_type == nas.RegistrationRequest.MESSAGE_TYPE:
        ue.send(nas.RegistrationReject(cause=reason))
    elif wrong.message_type == nas.ServiceRequest.MESSAGE_TYPE:
        ue.send(nas.ServiceReject(cause=reason))
    else:
        ue.send(nas.GmmStatus(cause=reason))
