"""What the AMF is told, or has recorded, of a phone: where it is, whether
it is in RRC_INACTIVE, its trace, what it used of another RAT (TS 38.413 8.3.5, 8.11, 8.12, 8.15)."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from pilot5g.ran.gnb.bearers import Cause
from pilot5g.ran.gnb.ue import Ue
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.transfers import encode_transfer
from pilot5g.wire.ngap.values import cause

USAGE = "SecondaryRATDataUsageReportTransfer"
STOPS = ("stop-change-of-serve-cell", "cancel-location-reporting-for-the-ue")
NO_AREAS = cause("radioNetwork", "unspecified")
"""Presence in areas of interest is not watched."""


def locate(ue: Ue, control: m.LocationReportingControl) -> None:
    """LOCATION REPORTING CONTROL (8.12.1): once, at every change of cell, or no more; what is not offered is
    refused (8.12.2)."""
    wanted(ue, control.location_reporting_request_type)


def wanted(ue: Ue, kind: dict[str, object] | None) -> None:
    """A Location Reporting Request Type (9.3.1.65), in whatever message it comes."""
    if kind is None:
        return
    match kind["eventType"]:
        case "direct":
            report(ue, kind)
        case "change-of-serve-cell":
            ue.context.reporting = kind
            report(ue, kind)
        case event if event in STOPS:
            ue.context.reporting = None
        case _:
            ue.send(m.LocationReportingFailureIndication(**ue.ids, cause=NO_AREAS))


def report(ue: Ue, kind: dict[str, object]) -> None:
    """LOCATION REPORT (8.12.3)."""
    ue.send(
        m.LocationReport(
            **ue.ids, user_location_information=ue.location, location_reporting_request_type=kind
        )
    )


def moved(ue: Ue) -> None:
    """The phone is in another cell."""
    if ue.context.reporting is not None:
        report(ue, ue.context.reporting)


def trace(ue: Ue, start: m.TraceStart) -> None:
    """TRACE START (8.11.1): of an emulated radio there is the capture, so it is noted who is traced."""
    traced(ue, start.trace_activation)


def traced(ue: Ue, activation: dict[str, Any] | None) -> None:
    """A Trace Activation (9.3.1.14), in whatever message it comes."""
    if activation is not None:
        identity = activation["nGRANTraceID"]
        ue.context.traces = (*(each for each in ue.context.traces if each != identity), identity)
        ue.site.note(f"traces UE {ue.context.ran_ue_ngap_id} as {identity.hex()}")


def stop_trace(ue: Ue, stop: m.DeactivateTrace) -> None:
    """DEACTIVATE TRACE (8.11.3)."""
    ue.context.traces = tuple(each for each in ue.context.traces if each != stop.ngran_trace_id)


def trace_failed(ue: Ue, start: m.TraceStart, why: Cause) -> None:
    """TRACE FAILURE INDICATION (8.11.2): the phone is about to leave."""
    if start.trace_activation is not None:
        identity = start.trace_activation["nGRANTraceID"]
        ue.send(m.TraceFailureIndication(**ue.ids, ngran_trace_id=identity, cause=why))


SINGLE = "single-rrc-connected-state-report"
CANCEL = "cancel-report"


def told(ue: Ue, state: str) -> None:
    """RRC INACTIVE TRANSITION REPORT (8.3.5), where the AMF has asked for it."""
    context = ue.context
    if context.transitions is None or (context.transitions == SINGLE and state != "connected"):
        return
    if context.transitions == SINGLE:
        context.transitions = None
    ue.send(m.RRCInactiveTransitionReport(**ue.ids, rrc_state=state, user_location_information=ue.location))


def asked(ue: Ue, request: str | None) -> None:
    """RRC Inactive Transition Report Request (9.3.1.91), in whatever message it comes. A phone that is
    connected is what a single report would tell, and is told at once (8.3.4.2)."""
    if request is None:
        return
    ue.context.transitions = None if request == CANCEL else request
    if request != CANCEL:
        told(ue, "connected")


class SecondaryUsage(msgspec.Struct, frozen=True, kw_only=True):
    """Octets through a secondary RAT (TS 38.413 8.15.1). `began` and `ended` in seconds since 1900."""

    rat: Literal["nr", "eutra"] = "eutra"
    began: int
    ended: int
    uplink: int
    downlink: int


def used(ue: Ue, psi: int, usage: SecondaryUsage) -> None:
    """SECONDARY RAT DATA USAGE REPORT (8.15.1)."""
    times = {
        "startTimeStamp": (usage.began & 0xFFFFFFFF).to_bytes(4, "big"),
        "endTimeStamp": (usage.ended & 0xFFFFFFFF).to_bytes(4, "big"),
    }
    counts = {"usageCountUL": usage.uplink, "usageCountDL": usage.downlink}
    report = {"rATType": usage.rat, "pDUSessionTimedReportList": [{**times, **counts}]}
    transfer = encode_transfer(USAGE, {"secondaryRATUsageInformation": {"pDUSessionUsageReport": report}})
    ue.send(
        m.SecondaryRATDataUsageReport(
            **ue.ids,
            pdu_session_resource_secondary_rat_usage_list=[
                {"pDUSessionID": psi, "secondaryRATDataUsageReportTransfer": transfer}
            ],
            user_location_information=ue.location,
        )
    )
