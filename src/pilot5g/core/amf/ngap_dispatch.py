"""N2 from octets to whoever deals with a message, and the answers to those nobody can (TS 38.413 10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from pilot5g.core.amf import (
    capabilities,
    inactivity,
    ngap_mobility,
    ngap_nodes,
    ngap_reports,
    ngap_sessions,
    ngap_ue,
    suspension,
    tunnels,
)
from pilot5g.core.amf.ngap_errors import answer_unusable, diagnostics_for_indication, indicate
from pilot5g.core.amf.ran import Radio
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import codec
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.errors import NgapError
from pilot5g.wire.ngap.message import IGNORE, INITIATING, REJECT, Message
from pilot5g.wire.ngap.values import cause

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf

Receive = Callable[[Any, Radio, Any], None]

NODES: Mapping[type[Message], Receive] = {
    ngap.NGSetupRequest: ngap_nodes.ng_setup,
    ngap.RANConfigurationUpdate: ngap_nodes.ran_configuration_update,
    ngap.NGReset: ngap_nodes.ng_reset,
    ngap.NGResetAcknowledge: ngap_nodes.ng_reset_acknowledge,
    ngap.ErrorIndication: ngap_nodes.error_indication,
    ngap.InitialUEMessage: ngap_ue.initial_ue_message,
    ngap.UplinkNonUEAssociatedNRPPaTransport: ngap_reports.positioning_of_radio,
    ngap.UplinkRANConfigurationTransfer: ngap_reports.configuration_transfer,
    ngap.UplinkRIMInformationTransfer: ngap_reports.interference,
    ngap.UERadioCapabilityIDMappingRequest: capabilities.id_mapping,
    ngap.RetrieveUEInformation: capabilities.retrieve_information,
    ngap.WriteReplaceWarningResponse: ngap_reports.warning_response,
    ngap.PWSCancelResponse: ngap_reports.cancel_response,
    ngap.PWSRestartIndication: ngap_reports.warnings_lost,
    ngap.PWSFailureIndication: ngap_reports.warning_failure,
    ngap.AMFConfigurationUpdateAcknowledge: ngap_reports.update_acknowledged,
    ngap.AMFConfigurationUpdateFailure: ngap_reports.update_refused,
    ngap.PathSwitchRequest: ngap_mobility.path_switch_request,
    ngap.HandoverRequestAcknowledge: ngap_mobility.handover_acknowledge,
    ngap.HandoverFailure: ngap_mobility.handover_failure,
}
"""What concerns the radio itself, or a phone that has no connection yet."""

PHONES: Mapping[type[Message], Callable[[Any, Any, Any], None]] = {
    ngap.UplinkNASTransport: ngap_ue.uplink_nas_transport,
    ngap.InitialContextSetupResponse: ngap_ue.initial_context_setup_response,
    ngap.InitialContextSetupFailure: ngap_ue.initial_context_setup_failure,
    ngap.UEContextModificationResponse: ngap_ue.ue_context_modified,
    ngap.UEContextModificationFailure: ngap_ue.ue_context_modified,
    ngap.UEContextSuspendRequest: suspension.suspend,
    ngap.UEContextResumeRequest: suspension.resume,
    ngap.UEContextReleaseRequest: ngap_ue.ue_context_release_request,
    ngap.UEContextReleaseComplete: ngap_ue.ue_context_release_complete,
    ngap.UERadioCapabilityInfoIndication: ngap_ue.ue_radio_capability,
    ngap.UERadioCapabilityCheckResponse: capabilities.voice_checked,
    ngap.NASNonDeliveryIndication: ngap_ue.nas_non_delivery,
    ngap.RRCInactiveTransitionReport: inactivity.transition,
    ngap.LocationReport: ngap_reports.location_report,
    ngap.LocationReportingFailureIndication: ngap_reports.location_failure,
    ngap.TraceFailureIndication: ngap_reports.trace_failure,
    ngap.CellTrafficTrace: ngap_reports.cell_traffic_trace,
    ngap.UplinkUEAssociatedNRPPaTransport: ngap_reports.positioning,
    ngap.SecondaryRATDataUsageReport: ngap_reports.secondary_rat_usage,
    ngap.HandoverRequired: ngap_mobility.handover_required,
    ngap.HandoverCancel: ngap_mobility.handover_cancel,
    ngap.HandoverNotify: ngap_mobility.handover_notify,
    ngap.UplinkRANStatusTransfer: ngap_mobility.ran_status_transfer,
    ngap.UplinkRANEarlyStatusTransfer: ngap_mobility.ran_early_status_transfer,
    ngap.PDUSessionResourceSetupResponse: ngap_sessions.setup_response,
    ngap.PDUSessionResourceReleaseResponse: ngap_sessions.release_response,
    ngap.PDUSessionResourceModifyResponse: ngap_sessions.modify_response,
    ngap.PDUSessionResourceNotify: ngap_sessions.notify,
    ngap.PDUSessionResourceModifyIndication: tunnels.modify_indication,
}
"""What concerns a phone's connection."""

BEFORE_SETUP = (ngap.NGSetupRequest, ngap.ErrorIndication)


def receive(amf: Amf, radio: Radio, data: bytes) -> None:
    """One message of a radio, whatever its octets."""
    try:
        message = codec.decode(data)
    except NgapError as wrong:
        answer_unusable(amf, radio, wrong)
        return
    joins = isinstance(message, ngap.RANConfigurationUpdate) and message.global_ran_node_id is not None
    if not (radio.ready or joins or isinstance(message, BEFORE_SETUP)):
        _out_of_state(amf, radio, message)
        return
    try:
        _dispatch(amf, radio, message)
    except DecodeError as wrong:
        _senseless(amf, radio, message, wrong)


def _dispatch(amf: Amf, radio: Radio, message: Message) -> None:
    of_node = NODES.get(type(message))
    of_phone = PHONES.get(type(message))
    if of_node is not None:
        of_node(amf, radio, message)
    elif of_phone is None:
        _unsupported(amf, radio, message)
    elif (connection := ngap_ue.connection_of(amf, radio, message)) is not None:
        of_phone(amf, connection, message)


def _out_of_state(amf: Amf, radio: Radio, message: Message) -> None:
    """Anything before NG Setup (TS 38.413 8.7.1.1, 10.4)."""
    amf.journal.refuse(
        radio.name,
        message.name,
        cause="protocol/message-not-compatible-with-receiver-state",
        reason="it arrived before a successful NG Setup",
        fix="the radio has to send NG Setup first",
    )
    if message.kind == INITIATING:
        indicate(
            radio,
            cause("protocol", "message-not-compatible-with-receiver-state"),
            diagnostics=diagnostics_for_indication(message),
        )


def _senseless(amf: Amf, radio: Radio, message: Message, wrong: DecodeError) -> None:
    """Well-formed, but with a value that cannot be: no PLMN, no NR cell (TS 38.413 10.4)."""
    why = cause("protocol", "semantic-error")
    amf.journal.refuse(
        radio.name,
        message.name,
        cause="protocol/semantic-error",
        reason=str(wrong),
        fix="this network takes NR cells of gNBs with decimal PLMNs",
    )
    if isinstance(message, ngap.NGSetupRequest):
        radio.send(ngap.NGSetupFailure(cause=why, time_to_wait=ngap_nodes.WAIT))
    elif isinstance(message, ngap.RANConfigurationUpdate):
        radio.send(ngap.RANConfigurationUpdateFailure(cause=why, time_to_wait=ngap_nodes.WAIT))
    elif message.kind == INITIATING:
        indicate(radio, why, diagnostics=diagnostics_for_indication(message))


def _unsupported(amf: Amf, radio: Radio, message: Message) -> None:
    """A procedure this AMF does not have is as good as unknown (TS 38.413 10.3.4.1)."""
    amf.journal.note(radio.name, f"{message.name} is not supported here")
    if message.kind != INITIATING or message.criticality == IGNORE:
        return
    reject = message.criticality == REJECT
    value = "abstract-syntax-error-reject" if reject else "abstract-syntax-error-ignore-and-notify"
    indicate(radio, cause("protocol", value), diagnostics=diagnostics_for_indication(message))
