"""What radios report beyond the phones' own affairs (TS 38.413 8.7.3, 8.8 to 8.12): passed on, or noted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.connection import Connection
from pilot5g.core.amf.ngap_location import locate
from pilot5g.core.amf.ran import Radio
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.errors import NgapError
from pilot5g.wire.ngap.transfers import decode_transfer
from pilot5g.wire.ngap.values import gnb_id_from

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf

# -- of a phone


def location_report(amf: Amf, connection: Connection, report: ngap.LocationReport) -> None:
    """TS 38.413 8.12.3."""
    locate(connection, report.user_location_information)
    ue = connection.ue
    if ue is None and connection.move is not None:  # of a phone that has just arrived here
        ue = connection.move.connection.ue
    if ue is None or ue.context.supi is None or connection.cell is None or connection.tai is None:
        return
    if amf.news is not None:
        amf.news.located(ue.supi, connection.cell, connection.tai)


def location_failure(
    amf: Amf, connection: Connection, report: ngap.LocationReportingFailureIndication
) -> None:
    """TS 38.413 8.12.2."""
    _note(amf, connection, f"location is not reported: {_spelled(report.cause)}")


def trace_failure(amf: Amf, connection: Connection, report: ngap.TraceFailureIndication) -> None:
    """TS 38.413 8.11.2."""
    _note(amf, connection, f"not traced: {_spelled(report.cause)}")


def cell_traffic_trace(amf: Amf, connection: Connection, report: ngap.CellTrafficTrace) -> None:
    """TS 38.413 8.11.4: the trace collection entity would be told whose trace it is."""
    trace = "none" if report.ngran_trace_id is None else report.ngran_trace_id.hex()
    _note(amf, connection, f"is in cell traffic trace {trace}")


def positioning(amf: Amf, connection: Connection, message: ngap.UplinkUEAssociatedNRPPaTransport) -> None:
    """TS 38.413 8.10.2."""
    ue = connection.ue
    if amf.news is not None and ue is not None and ue.context.supi is not None:
        amf.news.positioned(connection.radio.name, ue.supi, message.routing_id, message.nrppa_pdu)


def secondary_rat_usage(amf: Amf, connection: Connection, report: ngap.SecondaryRATDataUsageReport) -> None:
    """TS 38.413 8.15.1: there is no charging that could use it."""
    locate(connection, report.user_location_information)
    used = [
        f"{_usage(item['secondaryRATDataUsageReportTransfer'])} by PDU session {item['pDUSessionID']}"
        for item in report.pdu_session_resource_secondary_rat_usage_list or ()
    ]
    _note(amf, connection, f"used of a secondary RAT: {', '.join(used) or 'nothing'}")


def _usage(transfer: bytes) -> str:
    """Octets of both directions in a Secondary RAT Data Usage Report Transfer."""
    try:
        told = decode_transfer("SecondaryRATDataUsageReportTransfer", transfer)
    except (DecodeError, NgapError):
        return "what cannot be read"
    report = told.get("secondaryRATUsageInformation", {}).get("pDUSessionUsageReport")
    if report is None:
        return "what is told of QoS flows only"
    times = report["pDUSessionTimedReportList"]
    up, down = (sum(each[f"usageCount{way}"] for each in times) for way in ("UL", "DL"))
    return f"{up} octets up and {down} down ({report['rATType']})"


# -- of a radio


def positioning_of_radio(amf: Amf, radio: Radio, message: ngap.UplinkNonUEAssociatedNRPPaTransport) -> None:
    """TS 38.413 8.10.3."""
    if amf.news is not None:
        amf.news.positioned(radio.name, None, message.routing_id, message.nrppa_pdu)


def configuration_transfer(amf: Amf, radio: Radio, message: ngap.UplinkRANConfigurationTransfer) -> None:
    """TS 38.413 8.8.1, 8.8.2: from one radio to another, which is how neighbours find each other's Xn."""
    transfer = message.son_configuration_transfer_ul
    if transfer is None:
        return
    to = _meant(amf, transfer["targetRANNodeID-SON"]["globalRANNodeID"])
    if to is None:
        amf.journal.note(radio.name, "RAN configuration for a gNB that is not connected")
        return
    to.send(ngap.DownlinkRANConfigurationTransfer(son_configuration_transfer_dl=transfer))


def interference(amf: Amf, radio: Radio, message: ngap.UplinkRIMInformationTransfer) -> None:
    """TS 38.413 8.16.1, 8.16.2: remote interference, from the radio that suffers to the one that is far."""
    transfer = message.rim_information_transfer
    if transfer is None:
        return
    to = _meant(amf, transfer["targetRANNodeID-RIM"]["globalRANNodeID"])
    if to is None:
        amf.journal.note(radio.name, "RIM information for a gNB that is not connected")
        return
    to.send(ngap.DownlinkRIMInformationTransfer(rim_information_transfer=transfer))


def _meant(amf: Amf, node: tuple[str, Any]) -> Radio | None:
    """The radio that another one writes to, where it is connected here."""
    try:
        gnb = gnb_id_from(node)
    except DecodeError:
        return None
    return next((each for each in amf.radios.values() if each.gnb is not None and each.gnb == gnb), None)


def warning_response(amf: Amf, radio: Radio, answer: ngap.WriteReplaceWarningResponse) -> None:
    """TS 38.413 8.9.1.2. Without an area the warning is broadcast nowhere."""
    where = "broadcast" if answer.broadcast_completed_area_list is not None else "broadcast in no cell"
    amf.journal.note(radio.name, f"warning {_warning(answer)} {where}")


def cancel_response(amf: Amf, radio: Radio, answer: ngap.PWSCancelResponse) -> None:
    """TS 38.413 8.9.2.2."""
    amf.journal.note(radio.name, f"warning {_warning(answer)} cancelled")


def warnings_lost(amf: Amf, radio: Radio, _: ngap.PWSRestartIndication) -> None:
    """TS 38.413 8.9.3: what is to be broadcast there is told again."""
    count = amf.operation.warn_again(radio)
    amf.journal.note(radio.name, f"began its public warnings anew, {count} sent again")


def warning_failure(amf: Amf, radio: Radio, report: ngap.PWSFailureIndication) -> None:
    """TS 38.413 8.9.4."""
    amf.journal.note(radio.name, "cannot broadcast public warnings in some of its cells")


def update_acknowledged(amf: Amf, radio: Radio, _: ngap.AMFConfigurationUpdateAcknowledge) -> None:
    """TS 38.413 8.7.3.2."""
    amf.journal.note(radio.name, "took the AMF's new configuration")


def update_refused(amf: Amf, radio: Radio, answer: ngap.AMFConfigurationUpdateFailure) -> None:
    """TS 38.413 8.7.3.3."""
    amf.journal.refuse(
        radio.name,
        "AMF Configuration Update",
        cause=_spelled(answer.cause),
        reason="the radio goes on with the configuration before",
        fix="look into the radio's log, or have it set up again",
    )


def _warning(answer: Any) -> str:
    return f"{answer.message_identifier[0]}/{answer.serial_number[0]}"


def _note(amf: Amf, connection: Connection, text: str) -> None:
    amf.journal.note(connection.ue.name if connection.ue is not None else str(connection), text)


def _spelled(value: tuple[str, Any] | None) -> str:
    return "no cause" if value is None else "/".join(str(part) for part in value)
