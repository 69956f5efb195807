"""What a UPF says of a session: what it created, what was used, what happened (TS 29.244 7.5.3 to 7.5.8),
and the grouped elements of messages between nodes (7.4)."""

from __future__ import annotations

from typing import Annotated

from pilot5g.wire.pfcp.grammar import C, Group, M, O, group
from pilot5g.wire.pfcp.ies import addresses as a
from pilot5g.wire.pfcp.ies import flags as f
from pilot5g.wire.pfcp.ies import node as n
from pilot5g.wire.pfcp.ies import numbers as u
from pilot5g.wire.pfcp.ies import traffic as t


@group(51, "Load Control Information")
class LoadControl(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.3.3-1."""

    sequence_number: Annotated[int, M(u.SEQUENCE_NUMBER)]
    metric: Annotated[int, M(u.METRIC)]
    """Per cent."""


@group(54, "Overload Control Information")
class OverloadControl(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.3.4-1."""

    sequence_number: Annotated[int, M(u.SEQUENCE_NUMBER)]
    metric: Annotated[int, M(u.METRIC)]
    validity: Annotated[n.TimerValue, M(n.TIMER)]
    flags: Annotated[f.OneFlag | None, C(f.OCI_FLAGS)] = None


@group(8, "Created PDR")
class CreatedPdr(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.3.2-1."""

    pdr_id: Annotated[int, M(u.PDR_ID)]
    local_fteid: Annotated[a.FTeid | a.ChooseFTeid | None, C(a.F_TEID)] = None
    ue_ip_addresses: Annotated[tuple[a.UeIpAddress, ...], C(a.UE_IP_ADDRESS)] = ()


@group(256, "Updated PDR")
class UpdatedPdr(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.5.5-1."""

    pdr_id: Annotated[int, M(u.PDR_ID)]
    local_fteid: Annotated[a.FTeid | a.ChooseFTeid | None, C(a.F_TEID)] = None
    ue_ip_addresses: Annotated[tuple[a.UeIpAddress, ...], C(a.UE_IP_ADDRESS)] = ()


@group(128, "Created Traffic Endpoint")
class CreatedTrafficEndpoint(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.3.5-1."""

    endpoint_id: Annotated[int, M(u.TRAFFIC_ENDPOINT_ID)]
    local_fteid: Annotated[a.FTeid | a.ChooseFTeid | None, C(a.F_TEID)] = None
    ue_ip_addresses: Annotated[tuple[a.UeIpAddress, ...], C(a.UE_IP_ADDRESS)] = ()


class _PartialFailure(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.3.1-2, 7.5.5.1-2."""

    failed_rule: Annotated[n.FailedRule, M(n.FAILED_RULE_ID)]
    cause: Annotated[int, M(u.CAUSE)]
    offending: Annotated[tuple[n.OffendingIeInformation, ...], M(n.OFFENDING_IE_INFORMATION)]


@group(272, "Partial Failure Information (PFCP Session Establishment Response)")
class PartialFailureEstablishment(_PartialFailure, frozen=True, kw_only=True):
    """TS 29.244 7.5.3.1-2."""


@group(273, "Partial Failure Information (PFCP Session Modification Response)")
class PartialFailureModification(_PartialFailure, frozen=True, kw_only=True):
    """TS 29.244 7.5.5.1-2."""


@group(143, "Ethernet Traffic Information")
class EthernetTraffic(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.8.3-3."""

    detected: Annotated[tuple[t.MacAddresses, ...], C(t.MAC_ADDRESSES_DETECTED)] = ()
    gone: Annotated[tuple[t.MacAddresses, ...], C(t.MAC_ADDRESSES_REMOVED)] = ()


@group(68, "Application Detection Information")
class ApplicationDetection(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.8.3-2."""

    application_id: Annotated[bytes, M(u.APPLICATION_ID)]
    instance_id: Annotated[bytes | None, C(u.APPLICATION_INSTANCE_ID)] = None
    flows: Annotated[tuple[t.FlowInformation, ...], C(t.FLOW_INFORMATION)] = ()
    pdr_id: Annotated[int | None, O(u.PDR_ID)] = None


class _UsageReport(Group, frozen=True, kw_only=True):
    """What every usage report has (TS 29.244 7.5.5.2-1, 7.5.7.2-1, 7.5.8.3-1)."""

    urr_id: Annotated[int, M(u.URR_ID)]
    sequence: Annotated[int, M(u.UR_SEQN)]
    trigger: Annotated[f.UsageReportTrigger, M(f.USAGE_REPORT_TRIGGER)]
    start_time: Annotated[int | None, C(u.START_TIME)] = None
    end_time: Annotated[int | None, C(u.END_TIME)] = None
    volume: Annotated[n.VolumeMeasurement | None, C(n.VOLUME_MEASUREMENT)] = None
    duration: Annotated[int | None, C(u.DURATION_MEASUREMENT)] = None
    first_packet: Annotated[int | None, C(u.TIME_OF_FIRST_PACKET)] = None
    last_packet: Annotated[int | None, C(u.TIME_OF_LAST_PACKET)] = None
    usage_information: Annotated[f.UsageInformation | None, C(f.USAGE_INFORMATION)] = None
    ethernet_traffic: Annotated[EthernetTraffic | None, C(EthernetTraffic)] = None


@group(78, "Usage Report (PFCP Session Modification Response)")
class UsageReportModification(_UsageReport, frozen=True, kw_only=True):
    """TS 29.244 7.5.5.2-1."""

    query_urr_reference: Annotated[int | None, C(u.QUERY_URR_REFERENCE)] = None


@group(79, "Usage Report (PFCP Session Deletion Response)")
class UsageReportDeletion(_UsageReport, frozen=True, kw_only=True):
    """TS 29.244 7.5.7.2-1."""


@group(80, "Usage Report (PFCP Session Report Request)")
class UsageReport(_UsageReport, frozen=True, kw_only=True):
    """TS 29.244 7.5.8.3-1."""

    application_detection: Annotated[ApplicationDetection | None, C(ApplicationDetection)] = None
    ue_ip_address: Annotated[a.UeIpAddress | None, C(a.UE_IP_ADDRESS)] = None
    network_instance: Annotated[bytes | None, C(u.NETWORK_INSTANCE)] = None
    query_urr_reference: Annotated[int | None, C(u.QUERY_URR_REFERENCE)] = None
    event_time_stamps: Annotated[tuple[int, ...], C(u.TIME_STAMP)] = ()


@group(83, "Downlink Data Report")
class DownlinkDataReport(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.8.2-1."""

    pdr_ids: Annotated[tuple[int, ...], M(u.PDR_ID)]
    service_information: Annotated[
        tuple[t.DownlinkDataServiceInformation, ...], C(t.DOWNLINK_DATA_SERVICE_INFORMATION)
    ] = ()
    packets_size: Annotated[int | None, C(u.DL_DATA_PACKETS_SIZE)] = None
    data_status: Annotated[f.DataStatus | None, C(f.DATA_STATUS)] = None


@group(99, "Error Indication Report")
class ErrorIndicationReport(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.8.4-1."""

    remote_fteids: Annotated[tuple[a.FTeid | a.ChooseFTeid, ...], M(a.F_TEID)]


@group(59, "PFD context")
class PfdContext(Group, frozen=True, kw_only=True):
    """TS 29.244 7.4.3.1-3."""

    contents: Annotated[tuple[n.PfdContents, ...], M(n.PFD_CONTENTS)]


@group(58, "Application ID's PFDs")
class ApplicationPfds(Group, frozen=True, kw_only=True):
    """TS 29.244 7.4.3.1-2."""

    application_id: Annotated[bytes, M(u.APPLICATION_ID)]
    contexts: Annotated[tuple[PfdContext, ...], C(PfdContext)] = ()


@group(102, "User Plane Path Failure Report")
class PathFailureReport(Group, frozen=True, kw_only=True):
    """TS 29.244 7.4.5.1.2-1."""

    peers: Annotated[tuple[a.RemoteGtpuPeer, ...], M(a.REMOTE_GTP_U_PEER)]


@group(187, "User Plane Path Recovery Report")
class PathRecoveryReport(Group, frozen=True, kw_only=True):
    """TS 29.244 7.4.5.1.3-1."""

    peers: Annotated[tuple[a.RemoteGtpuPeer, ...], M(a.REMOTE_GTP_U_PEER)]


@group(183, "Session Retention Information")
class SessionRetention(Group, frozen=True, kw_only=True):
    """TS 29.244 7.4.4.1-2."""

    cp_addresses: Annotated[tuple[a.IpAddress, ...], O(a.CP_PFCP_ENTITY_IP_ADDRESS)] = ()


@group(233, "UE IP address Pool Information")
class UeIpAddressPool(Group, frozen=True, kw_only=True):
    """TS 29.244 7.4.4.1-3."""

    identities: Annotated[tuple[bytes, ...], M(n.UE_IP_ADDRESS_POOL_IDENTITY)]
    network_instance: Annotated[bytes | None, O(u.NETWORK_INSTANCE)] = None
    s_nssais: Annotated[tuple[n.SNssai, ...], O(n.S_NSSAI)] = ()
    ip_version: Annotated[f.IpVersion | None, O(f.IP_VERSION)] = None
