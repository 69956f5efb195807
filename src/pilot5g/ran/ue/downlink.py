"""What arrives at a phone over the air, and who in it deals with what.

Common procedures are answered on the spot; what is left belongs to the 5GMM procedure that runs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.ran.radio import Bearer
from pilot5g.ran.ue.context import State
from pilot5g.ran.ue.procedures import authentication, configuration_update, identification, security_mode
from pilot5g.ran.ue.signalling import Command
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone


def nas_arrived(phone: Phone, pdu: bytes) -> None:
    """A NAS message (TS 24.501 clause 5)."""
    arrived = phone.signalling.open(pdu)
    if arrived is None or (phone.manners is not None and phone.manners.deaf_to(arrived)):
        return
    match arrived:
        case Command():
            security_mode.commanded(phone, arrived)
        case nas.AuthenticationRequest() as message:
            authentication.challenged(phone, message)
        case nas.AuthenticationReject() as message:
            authentication.rejected(phone, message)
        case nas.AuthenticationResult() as message:
            authentication.resulted(phone, message)
        case nas.IdentityRequest() as message:
            identification.asked(phone, message)
        case nas.GmmStatus() as message:
            phone.journal.note(phone.config.name, f"the network says 5GMM status #{int(message.cause)}")
        case message:
            _for_the_registered(phone, message)


def _for_the_registered(phone: Phone, message: nas.Message) -> None:
    match message:
        case nas.ConfigurationUpdateCommand() if phone.context.state is State.DEREGISTERED_INITIATED:
            return  # 5.4.4.5 c)
        case nas.ConfigurationUpdateCommand() if phone.attached:
            configuration_update.updated(phone, message)
        case nas.DlNasTransport() if phone.attached:
            _transported(phone, message)
        case nas.Notification():
            phone.status(GmmCause.MESSAGE_TYPE_NOT_COMPATIBLE_WITH_STATE)
        case _:
            phone.mm.deliver(message)


def _transported(phone: Phone, message: nas.DlNasTransport) -> None:
    """DL NAS TRANSPORT (5.4.5.3.3)."""
    phone.alarms.stop("T3540")
    if message.payload_container_type == nas.PayloadContainerType.N1_SM:
        phone.sessions.receive(message)
    else:
        phone.payloads.receive(message)


def bearers_arrived(phone: Phone, added: tuple[Bearer, ...], released: tuple[int, ...]) -> None:
    """RRC Reconfiguration of data radio bearers."""
    for bearer in added:
        phone.bearers[bearer.pdu_session_id] = bearer.qfis
        if (session := phone.sessions.get(bearer.pdu_session_id)) is not None:
            session.bearer_up()
    for session_id in released:
        phone.bearers.pop(session_id, None)
        if (session := phone.sessions.get(session_id)) is not None:
            session.bearer_down()
    if added:
        phone.alarms.stop("T3540")
    phone.changed()
