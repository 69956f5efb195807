"""Handover in NGAP (TS 38.413 8.4): from a radio's message to the connection whose phone moves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.move import Move
from pilot5g.core.amf.ngap_errors import indicate
from pilot5g.core.amf.ngap_location import locate
from pilot5g.core.amf.procedures.handover import (
    Cancellation,
    Handover,
    note_failure,
    radio_of,
    refuse,
    target,
    unknown,
)
from pilot5g.core.amf.procedures.path_switch import Arrival, PathSwitch, fail, unswitched
from pilot5g.core.amf.procedures.preparation import Failed
from pilot5g.core.amf.procedures.relocation import Relocation
from pilot5g.core.amf.ran import Radio
from pilot5g.flow.procedure import Procedure
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import cause

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf
    from pilot5g.core.amf.connection import Connection


def begin(move: Move, event: Any) -> Procedure | None:
    """The procedure an event begins for a connection."""
    match event:
        case Arrival():
            return PathSwitch(move, event)
        case ngap.HandoverRequired():
            return _handover(move, event)
        case ngap.HandoverCancel():
            return Cancellation(move, event)
        case _:
            return None


def _handover(move: Move, required: ngap.HandoverRequired) -> Procedure | None:
    """To a radio of this AMF, where it is connected here, else to one of another AMF that serves the tracking
    area (TS 23.502 4.9.1.3.2 steps 2 and 3)."""
    amf, line = move.amf, move.connection
    try:
        gnb, tai = target(required)
        radio = radio_of(amf, gnb, tai)
        if radio is not None:
            return Handover(move, required, radio)
        others = amf.peers.around(tai)
        if not others:
            raise unknown(gnb, tai)
        return Relocation(move, required, (gnb, tai), others)
    except Failed as failed:
        refuse(line, failed.cause)
        if line.ue is not None:
            note_failure(line.ue, failed)
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
    fail(radio, message.source_amf_ue_ngap_id, message.ran_ue_ngap_id, released)
    amf.journal.refuse(
        radio.name,
        "path switch",
        cause="/".join(reason),
        reason="the phone's connection is being released, or the request names a session twice",
        fix="nothing: the phone comes back by itself",
    )


def handover_required(amf: Amf, connection: Connection, message: ngap.HandoverRequired) -> None:
    """TS 38.413 8.4.1: the source wants to hand the phone over."""
    if connection.ue is None or connection.releasing:
        return
    psis = [item["pDUSessionID"] for item in message.pdu_session_resource_list_ho_rqd]
    if not connection.has_context:
        failed = Failed(
            "radioNetwork", "interaction-with-other-procedure", "the phone's context is being set up", ""
        )
    elif len(set(psis)) < len(psis):
        failed = Failed("radioNetwork", "multiple-PDU-session-ID-instances", "a session is named twice")
    else:
        move_of(amf, connection).deliver(message)
        return
    refuse(connection, failed.cause)
    note_failure(connection.ue, failed)


def handover_cancel(amf: Amf, connection: Connection, message: ngap.HandoverCancel) -> None:
    """TS 38.413 8.4.5."""
    if connection.ue is not None and not connection.releasing:
        move_of(amf, connection).deliver(message)


def handover_acknowledge(amf: Amf, radio: Radio, message: ngap.HandoverRequestAcknowledge) -> None:
    """TS 38.413 8.4.2.2: the target gives the connection an identity of its own."""
    leg = _leg(amf, radio, message)
    if leg is None:
        return
    if message.ran_ue_ngap_id is None:
        amf.release(leg, cause("protocol", "abstract-syntax-error-falsely-constructed-message"))
        return
    if leg.ran_ue_ngap_id < 0:
        amf.move(leg, radio, message.ran_ue_ngap_id)
    if leg.move is not None:
        leg.move.deliver(message)


def handover_failure(amf: Amf, radio: Radio, message: ngap.HandoverFailure) -> None:
    """TS 38.413 8.4.2.3: the target has no room, and keeps nothing."""
    leg = _leg(amf, radio, message)
    if leg is None:
        return
    if leg.move is not None and leg.ran_ue_ngap_id < 0:
        leg.move.deliver(message)
    elif leg.releasing:
        amf.drop(leg, "the radio had refused it")


def _leg(amf: Amf, radio: Radio, message: Any) -> Connection | None:
    """The connection that a target was asked to take."""
    leg = amf.connections.get(message.amf_ue_ngap_id)
    if leg is not None and leg.radio is radio and leg.ue is None:
        return leg
    amf.journal.note(
        radio.name, f"{message.name} for AMF UE {message.amf_ue_ngap_id}, who is not handed over"
    )
    indicate(
        radio,
        cause("radioNetwork", "unknown-local-UE-NGAP-ID"),
        amf_ue_ngap_id=message.amf_ue_ngap_id,
        ran_ue_ngap_id=getattr(message, "ran_ue_ngap_id", None),
    )
    return None


def handover_notify(amf: Amf, connection: Connection, message: ngap.HandoverNotify) -> None:
    """TS 38.413 8.4.3: the phone has arrived. Where it is not expected any more, it is being let go of."""
    if connection.move is not None:
        connection.move.deliver(message)


def ran_status_transfer(amf: Amf, connection: Connection, message: ngap.UplinkRANStatusTransfer) -> None:
    """TS 38.413 8.4.6, 8.4.7: from source to target, unread."""
    procedure = connection.move.procedure if connection.move is not None else None
    if isinstance(procedure, Relocation):
        procedure.pass_on(message)
    leg = _target_of(connection)
    if leg is not None:
        container = message.ran_status_transfer_transparent_container
        leg.send(
            ngap.DownlinkRANStatusTransfer(
                amf_ue_ngap_id=leg.amf_ue_ngap_id,
                ran_ue_ngap_id=leg.ran_ue_ngap_id,
                ran_status_transfer_transparent_container=container,
            )
        )


def ran_early_status_transfer(
    amf: Amf, connection: Connection, message: ngap.UplinkRANEarlyStatusTransfer
) -> None:
    """TS 38.413 8.4.9, 8.4.10: the same while the source still serves the phone."""
    leg = _target_of(connection)
    if leg is not None:
        container = message.early_status_transfer_transparent_container
        leg.send(
            ngap.DownlinkRANEarlyStatusTransfer(
                amf_ue_ngap_id=leg.amf_ue_ngap_id,
                ran_ue_ngap_id=leg.ran_ue_ngap_id,
                early_status_transfer_transparent_container=container,
            )
        )


def _target_of(connection: Connection) -> Connection | None:
    """Where the phone is told to go, as long as it has not arrived."""
    move = connection.move
    if move is None or move.connection is not connection or not move.holding:
        return None
    return move.leg
