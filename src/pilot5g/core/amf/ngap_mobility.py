"""Handover in NGAP (TS 38.413 8.4): from a radio's message to the connection whose phone moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.move import Move
from pilot5g.core.amf.ngap_errors import indicate
from pilot5g.core.amf.procedures.path_switch import Arrival, PathSwitch, refuse, unswitched
from pilot5g.core.amf.ran import Radio
from pilot5g.flow.procedure import Procedure
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import cause, user_location_nr_from

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf
    from pilot5g.core.amf.connection import Connection


def begin(move: Move, event: Any) -> Procedure | None:
    """The procedure an event begins for a connection."""
    match event:
        case Arrival():
            return PathSwitch(move, event)
        case _:
            return None


def move_of(amf: Amf, connection: Connection) -> Move:
    """The inbox of a connection's handovers, from the first on."""
    if connection.move is None:
        connection.move = Move(amf, connection, begin)
    return connection.move


def path_switch_request(amf: Amf, radio: Radio, message: ngap.PathSwitchRequest) -> None:
    """TS 38.413 8.4.4. An AMF-UE-NGAP-ID that is nobody's is answered as clause 10.6 says."""
    connection = amf.connections.get(message.source_amf_ue_ngap_id)
    if connection is None:
        amf.journal.note(radio.name, f"path switch for AMF UE {message.source_amf_ue_ngap_id}, who is nobody")
        indicate(
            radio,
            cause("radioNetwork", "unknown-local-UE-NGAP-ID"),
            amf_ue_ngap_id=message.source_amf_ue_ngap_id,
            ran_ue_ngap_id=message.ran_ue_ngap_id,
        )
        return
    reason = _unfit(connection, message)
    if reason is not None:
        _refuse(amf, radio, message, reason)
        return
    move_of(amf, connection).deliver(Arrival(radio, message))
    locate(connection, message.user_location_information)


def _unfit(connection: Connection, message: ngap.PathSwitchRequest) -> tuple[str, str] | None:
    """Why a request can be refused at once, and changes nothing."""
    items = message.pdu_session_resource_to_be_switched_dl_list
    if len({item["pDUSessionID"] for item in items}) < len(items):
        return cause("radioNetwork", "multiple-PDU-session-ID-instances")  # 8.4.4.4
    if connection.ue is None or connection.releasing or not connection.has_context:
        return cause("radioNetwork", "interaction-with-other-procedure")
    return None


def _refuse(amf: Amf, radio: Radio, message: ngap.PathSwitchRequest, reason: tuple[str, str]) -> None:
    psis = {item["pDUSessionID"] for item in message.pdu_session_resource_to_be_switched_dl_list}
    released = [unswitched(psi, reason) for psi in sorted(psis)]
    refuse(radio, message.source_amf_ue_ngap_id, message.ran_ue_ngap_id, released)
    amf.journal.refuse(
        radio.name,
        "path switch",
        cause="/".join(reason),
        reason="the phone's connection is being released, or the request names a session twice",
        fix="nothing: the phone comes back by itself",
    )


def locate(connection: Connection, location: tuple[str, Any] | None) -> None:
    """Where the phone is now. A location that cannot be read changes nothing: it is of criticality ignore."""
    if location is None:
        return
    try:
        connection.cell, connection.tai = user_location_nr_from(location)
    except DecodeError:
        return
    if connection.ue is not None:
        connection.ue.context.cell, connection.ue.context.tai = connection.cell, connection.tai
