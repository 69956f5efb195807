"""What a UPF reports, as values of `service.n4` and as PFCP elements, both ways (TS 29.244 7.5.5 ff.)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pilot5g.service import n4
from pilot5g.service.pfcp.outward import fteid
from pilot5g.wire.pfcp.ies import addresses as a
from pilot5g.wire.pfcp.ies import flags as f
from pilot5g.wire.pfcp.ies import node as n
from pilot5g.wire.pfcp.ies import traffic as t
from pilot5g.wire.pfcp.messages import SessionReportRequest
from pilot5g.wire.pfcp.reports import (
    DownlinkDataReport,
    ErrorIndicationReport,
    UsageReport,
    UsageReportDeletion,
    UsageReportModification,
)

AnyUsageReport = UsageReport | UsageReportDeletion | UsageReportModification


def downlink_data(pdr_id: int, qfi: int | None) -> SessionReportRequest:
    """A packet waits for an idle phone (7.5.8.2)."""
    service = (t.DownlinkDataServiceInformation(None, qfi),) if qfi is not None else ()
    report = DownlinkDataReport(pdr_ids=(pdr_id,), service_information=service)
    return SessionReportRequest(report_type=f.ReportType.DLDR, downlink_data=report)


def error_indication(remote: n4.FTeid) -> SessionReportRequest:
    """The peer of a tunnel does not know it (7.5.8.4)."""
    report = ErrorIndicationReport(remote_fteids=(fteid(remote),))
    return SessionReportRequest(report_type=f.ReportType.ERIR, error_indication=report)


def inactivity() -> SessionReportRequest:
    """No packet for the session's time (5.11)."""
    return SessionReportRequest(report_type=f.ReportType.UPIR)


def usage(used: n4.Usage, sequence: int, start: int, end: int) -> SessionReportRequest:
    """What a URR measured between two seconds (7.5.8.3)."""
    report = UsageReport(**_measured(used, sequence, start, end))
    return SessionReportRequest(report_type=f.ReportType.USAR, usage_reports=(report,))


def asked_usage(
    used: n4.Usage, sequence: int, start: int, end: int, reference: int | None
) -> UsageReportModification:
    """The same of a URR that was asked, or removed (7.5.5.2). `reference`: the query's own number."""
    return UsageReportModification(**_measured(used, sequence, start, end), query_urr_reference=reference)


def last_usage(used: n4.Usage, sequence: int, start: int, end: int) -> UsageReportDeletion:
    """What a URR measured at the end of its session (7.5.7.2)."""
    return UsageReportDeletion(**_measured(used, sequence, start, end))


def _measured(used: n4.Usage, sequence: int, start: int, end: int) -> dict[str, Any]:
    trigger = n4.Trigger.TERMINATION if used.trigger is None else used.trigger
    return {
        "urr_id": used.urr_id,
        "sequence": sequence,
        "trigger": f.UsageReportTrigger(int(trigger)),
        "start_time": start,
        "end_time": end,
        "volume": n.VolumeMeasurement(
            total=used.uplink + used.downlink,
            uplink=used.uplink,
            downlink=used.downlink,
            total_packets=used.uplink_packets + used.downlink_packets,
            uplink_packets=used.uplink_packets,
            downlink_packets=used.downlink_packets,
        ),
        "duration": used.seconds,
    }


def usages(reports: Iterable[AnyUsageReport]) -> tuple[n4.Usage, ...]:
    """Usage reports as values."""
    return tuple(_usage(report) for report in reports)


_TRIGGERS = {int(trigger): trigger for trigger in n4.Trigger}


def _usage(report: AnyUsageReport) -> n4.Usage:
    volume = report.volume or n.VolumeMeasurement()
    trigger = next((t for bit, t in _TRIGGERS.items() if int(report.trigger) & bit), None)
    return n4.Usage(
        report.urr_id,
        volume.uplink or 0,
        volume.downlink or 0,
        volume.uplink_packets or 0,
        volume.downlink_packets or 0,
        report.duration or 0,
        trigger,
    )


def tell(reports: n4.N4Reports, seid: int, request: SessionReportRequest) -> None:
    """Pass on all that a session report says (7.5.8)."""
    if (data := request.downlink_data) is not None:
        qfi = next((each.qfi for each in data.service_information if each.qfi is not None), None)
        reports.downlink_data(seid, data.pdr_ids[0], qfi)
    if (error := request.error_indication) is not None:
        for remote in error.remote_fteids:
            if isinstance(remote, a.FTeid) and (address := remote.ipv4 or remote.ipv6) is not None:
                reports.error_indication(seid, n4.FTeid(remote.teid, str(address)))
    for used in usages(request.usage_reports):
        reports.usage(seid, used)
    if request.report_type & f.ReportType.UPIR:
        reports.inactive(seid)
