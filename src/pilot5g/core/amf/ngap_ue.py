"""UE-associated NGAP: a phone's connection from first message to release (TS 38.413 8.3, 8.6, 8.14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf import inactivity, nas_uplink, ngap_sessions
from pilot5g.core.amf.connection import Connection
from pilot5g.core.amf.move import TO_PHONE, knew
from pilot5g.core.amf.ngap_errors import indicate, report_defects
from pilot5g.core.amf.ngap_location import locate
from pilot5g.core.amf.ngap_mobility import move_of
from pilot5g.core.amf.payloads import undelivered
from pilot5g.core.amf.ran import Radio
from pilot5g.core.amf.session_delivery import deliver_pending, tell_radio
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import cause, s_tmsi_from, user_location_nr_from

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf

LAST = (ngap.UEContextReleaseComplete, ngap.InitialContextSetupFailure)
"""No Error Indication answers the last message of a connection (TS 38.413 10.6)."""


def connection_of(amf: Amf, radio: Radio, message: Any) -> Connection | None:
    """The connection a message belongs to. An identity that is wrong is answered, and what it names on this
    radio is released on this side (TS 38.413 10.6)."""
    amf_id, ran_id = message.amf_ue_ngap_id, message.ran_ue_ngap_id
    connection = amf.connections.get(amf_id)
    if connection is None and amf.overload.knew(amf_id):
        return None  # of a phone that was refused
    if connection is not None and connection.radio is not radio and knew(connection, radio, ran_id):
        _from_former(connection, message)
        return None
    if connection is None or connection.radio is not radio:
        _wrong_identity(amf, radio, message, "unknown-local-UE-NGAP-ID")
        return None
    if ran_id not in (None, connection.ran_ue_ngap_id) and connection.ran_ue_ngap_id >= 0:
        _wrong_identity(amf, radio, message, "inconsistent-remote-UE-NGAP-ID")
        amf.drop(connection, "the radio named it wrongly")
        return None
    connection.tnla = radio.heard
    return connection


def _from_former(connection: Connection, message: Any) -> None:
    """The radio that the phone has left still speaks of it: it will hear from the new one. What it could not
    deliver or would not change any more, the new one can."""
    if isinstance(message, ngap.NASNonDeliveryIndication) and message.nas_pdu is not None:
        assert connection.move is not None
        connection.move.undelivered(message.nas_pdu, left=True)
    elif isinstance(message, ngap.UEContextModificationFailure):
        connection.rates = connection.rfsp = None
        if connection.ue is not None:
            tell_radio(connection.ue)


def _wrong_identity(amf: Amf, radio: Radio, message: Any, value: str) -> None:
    amf.journal.note(radio.name, f"{message.name} with {value}: {message.amf_ue_ngap_id}")
    named = radio.connections.get(message.ran_ue_ngap_id)
    if not isinstance(message, LAST):
        indicate(
            radio,
            cause("radioNetwork", value),
            amf_ue_ngap_id=message.amf_ue_ngap_id,
            ran_ue_ngap_id=message.ran_ue_ngap_id,
        )
        if named is not None:
            amf.drop(named, "the radio named it wrongly")


def initial_ue_message(amf: Amf, radio: Radio, message: ngap.InitialUEMessage) -> None:
    """TS 38.413 8.6.1: a phone's first message."""
    if amf.overload.turns_away(radio, message):
        return
    cell, tai = user_location_nr_from(message.user_location_information)
    s_tmsi = None if message.five_g_s_tmsi is None else s_tmsi_from(message.five_g_s_tmsi)
    connection = amf.connect(radio, message.ran_ue_ngap_id)
    connection.cell, connection.tai = cell, tai
    connection.context_requested = message.ue_context_request is not None
    if amf.peers.known and message.amf_set_id is None:  # which says that it has been rerouted already
        connection.initial = message
    amf.overload.began(connection)
    report_defects(connection, radio, message)
    nas_uplink.first(amf, connection, message.nas_pdu, s_tmsi)


def uplink_nas_transport(amf: Amf, connection: Connection, message: ngap.UplinkNASTransport) -> None:
    """TS 38.413 8.6.3."""
    locate(connection, message.user_location_information)
    report_defects(connection, connection.radio, message)
    nas_uplink.receive(amf, connection, message.nas_pdu)


def initial_context_setup_response(
    amf: Amf, connection: Connection, message: ngap.InitialContextSetupResponse
) -> None:
    """TS 38.413 8.3.1.2: AS security is on; what waited for it goes out."""
    if not connection.setting_up:
        return
    connection.setting_up = False
    connection.has_context = True
    ue = connection.ue
    if ue is None:
        return
    ngap_sessions.context_set_up(connection, message)
    ue.owner.deliver(message)
    if ue.secured:
        deliver_pending(ue)


def initial_context_setup_failure(
    amf: Amf, connection: Connection, message: ngap.InitialContextSetupFailure
) -> None:
    """TS 38.413 8.3.1.3: without a context at the radio the connection is of no use."""
    if not connection.setting_up:
        return
    connection.setting_up = False
    ue = connection.ue
    why = spelled(message.cause)
    amf.journal.refuse(
        str(connection),
        "Initial Context Setup",
        cause=why,
        reason="the radio could not set up the phone's context",
        fix="look into the radio's log; often it lacks the algorithms, or the slice",
    )
    if ue is not None:
        ngap_sessions.context_failed(connection, message)
    amf.release(connection, message.cause or cause("radioNetwork", "unspecified"))


def ue_context_modified(
    amf: Amf,
    connection: Connection,
    message: ngap.UEContextModificationResponse | ngap.UEContextModificationFailure,
) -> None:
    """TS 38.413 8.3.4.2, 8.3.4.3: for whoever asked."""
    if isinstance(message, ngap.UEContextModificationResponse):
        inactivity.told(connection, message.rrc_state)
        locate(connection, message.user_location_information)
    elif _moving(message):
        connection.rates = connection.rfsp = (
            None  # whatever it was asked for, the radio that the phone goes to is told anew
        )
    if connection.ue is not None:
        connection.ue.owner.deliver(message)


def ue_context_release_request(
    amf: Amf, connection: Connection, message: ngap.UEContextReleaseRequest
) -> None:
    """TS 38.413 8.3.2: the radio wants to let go, of a phone without traffic or one it has lost."""
    amf.journal.note(_who(connection), f"AN release asked for: {spelled(message.cause)}")
    amf.release(connection, message.cause or cause("radioNetwork", "unspecified"))


def ue_context_release_complete(
    amf: Amf, connection: Connection, message: ngap.UEContextReleaseComplete
) -> None:
    """TS 38.413 8.3.3.2: the end of the connection, asked for or not."""
    locate(connection, message.user_location_information)
    amf.drop(connection, "released")


def ue_radio_capability(
    amf: Amf, connection: Connection, message: ngap.UERadioCapabilityInfoIndication
) -> None:
    """TS 38.413 8.14.1: kept for the next connection, so that the radio need not ask the phone again."""
    ue = connection.ue
    if ue is None:
        return
    ue.context.radio_capability = message.ue_radio_capability
    if ue.context.radio_capability_id is not None and message.ue_radio_capability is not None:
        amf.capabilities.learn(ue.context.radio_capability_id, message.ue_radio_capability)
    paging = message.ue_radio_capability_for_paging
    if paging is not None:
        ue.context.radio_capability_for_paging = paging.get("uERadioCapabilityForPagingOfNR")
    ue.commit()


def nas_non_delivery(amf: Amf, connection: Connection, message: ngap.NASNonDeliveryIndication) -> None:
    """TS 38.413 8.6.4. Whoever waits for an answer repeats by its own timer; to a phone in a handover it is
    sent again once that is over."""
    amf.journal.note(_who(connection), f"a NAS message was not delivered: {spelled(message.cause)}")
    if connection.ue is not None and message.nas_pdu is not None and not _moving(message):
        undelivered(connection.ue, message.nas_pdu, spelled(message.cause))
    if _moving(message) and message.nas_pdu is not None and connection.ue is not None:
        move_of(amf, connection).undelivered(message.nas_pdu, left=False)


def _moving(message: ngap.NASNonDeliveryIndication | ngap.UEContextModificationFailure) -> bool:
    return message.cause is not None and message.cause[1] in TO_PHONE


def _who(connection: Connection) -> str:
    return connection.ue.name if connection.ue is not None else str(connection)


def spelled(value: tuple[str, Any] | None) -> str:
    """A cause as the specification spells it."""
    return "no cause" if value is None else "/".join(str(part) for part in value)
