"""The rules of a session: PDR, FAR, URR, QER, BAR and traffic endpoints, created, updated and removed.

In the order of TS 29.244 7.5.2 (creation), 7.5.4 (update and removal). Tables of access traffic steering
(MAR), session reporting rules (SRR) and time sensitive communication are not here: a UPF that does not offer
a feature ignores its elements (8.2.25), and they arrive in `unknown`.
"""

from __future__ import annotations

from typing import Annotated

from pilot5g.wire.pfcp.grammar import C, Group, M, O, group
from pilot5g.wire.pfcp.ies import addresses as a
from pilot5g.wire.pfcp.ies import flags as f
from pilot5g.wire.pfcp.ies import node as n
from pilot5g.wire.pfcp.ies import numbers as u
from pilot5g.wire.pfcp.ies import traffic as t


@group(132, "Ethernet Packet Filter")
class EthernetPacketFilter(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.2.2-3."""

    filter_id: Annotated[int | None, C(u.ETHERNET_FILTER_ID)] = None
    properties: Annotated[f.OneFlag | None, C(f.ETHERNET_FILTER_PROPERTIES)] = None
    mac_addresses: Annotated[tuple[t.MacAddress, ...], C(t.MAC_ADDRESS)] = ()
    ethertype: Annotated[int | None, C(u.ETHERTYPE)] = None
    c_tag: Annotated[t.VlanTag | None, C(t.C_TAG)] = None
    s_tag: Annotated[t.VlanTag | None, C(t.S_TAG)] = None
    sdf_filters: Annotated[tuple[t.SdfFilter, ...], C(t.SDF_FILTER)] = ()


@group(2, "PDI")
class Pdi(Group, frozen=True, kw_only=True):
    """Packet Detection Information (TS 29.244 7.5.2.2-2)."""

    source_interface: Annotated[int, M(u.SOURCE_INTERFACE)]
    local_fteid: Annotated[a.FTeid | a.ChooseFTeid | None, O(a.F_TEID)] = None
    network_instance: Annotated[bytes | None, O(u.NETWORK_INSTANCE)] = None
    ue_ip_addresses: Annotated[tuple[a.UeIpAddress, ...], O(a.UE_IP_ADDRESS)] = ()
    traffic_endpoint_id: Annotated[int | None, C(u.TRAFFIC_ENDPOINT_ID)] = None
    sdf_filters: Annotated[tuple[t.SdfFilter, ...], O(t.SDF_FILTER)] = ()
    application_id: Annotated[bytes | None, O(u.APPLICATION_ID)] = None
    ethernet_pdu_session: Annotated[f.OneFlag | None, O(f.ETHERNET_PDU_SESSION_INFORMATION)] = None
    ethernet_filters: Annotated[tuple[EthernetPacketFilter, ...], O(EthernetPacketFilter)] = ()
    qfis: Annotated[tuple[int, ...], O(u.QFI)] = ()
    framed_routes: Annotated[tuple[bytes, ...], O(u.FRAMED_ROUTE)] = ()
    framed_routing: Annotated[int | None, O(u.FRAMED_ROUTING)] = None
    framed_ipv6_routes: Annotated[tuple[bytes, ...], O(u.FRAMED_IPV6_ROUTE)] = ()
    interface_type: Annotated[int | None, O(u.INTERFACE_TYPE)] = None


@group(1, "Create PDR")
class CreatePdr(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.2.2-1."""

    pdr_id: Annotated[int, M(u.PDR_ID)]
    precedence: Annotated[int, M(u.PRECEDENCE)]
    pdi: Annotated[Pdi, M(Pdi)]
    outer_header_removal: Annotated[a.OuterHeaderRemoval | None, C(a.OUTER_HEADER_REMOVAL)] = None
    far_id: Annotated[int | None, C(u.FAR_ID)] = None
    urr_ids: Annotated[tuple[int, ...], C(u.URR_ID)] = ()
    qer_ids: Annotated[tuple[int, ...], C(u.QER_ID)] = ()
    activate_predefined_rules: Annotated[tuple[bytes, ...], C(u.ACTIVATE_PREDEFINED_RULES)] = ()
    activation_time: Annotated[int | None, O(u.ACTIVATION_TIME)] = None
    deactivation_time: Annotated[int | None, O(u.DEACTIVATION_TIME)] = None
    packet_replication: Annotated[f.PacketReplication | None, C(f.PACKET_REPLICATION)] = None
    ue_ip_address_pool: Annotated[bytes | None, O(n.UE_IP_ADDRESS_POOL_IDENTITY)] = None


@group(4, "Forwarding Parameters")
class ForwardingParameters(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.2.3-2."""

    destination_interface: Annotated[int, M(u.DESTINATION_INTERFACE)]
    network_instance: Annotated[bytes | None, O(u.NETWORK_INSTANCE)] = None
    redirect: Annotated[t.RedirectInformation | None, C(t.REDIRECT_INFORMATION)] = None
    outer_header_creation: Annotated[a.OuterHeaderCreation | None, C(a.OUTER_HEADER_CREATION)] = None
    transport_level_marking: Annotated[int | None, C(u.TRANSPORT_LEVEL_MARKING)] = None
    forwarding_policy: Annotated[bytes | None, C(t.FORWARDING_POLICY)] = None
    header_enrichment: Annotated[tuple[t.HeaderEnrichment, ...], O(t.HEADER_ENRICHMENT)] = ()
    linked_traffic_endpoint_id: Annotated[int | None, C(u.TRAFFIC_ENDPOINT_ID)] = None
    proxying: Annotated[f.Proxying | None, C(f.PROXYING)] = None
    interface_type: Annotated[int | None, O(u.INTERFACE_TYPE)] = None


@group(5, "Duplicating Parameters")
class DuplicatingParameters(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.2.3-3."""

    destination_interface: Annotated[int, M(u.DESTINATION_INTERFACE)]
    outer_header_creation: Annotated[a.OuterHeaderCreation | None, C(a.OUTER_HEADER_CREATION)] = None
    transport_level_marking: Annotated[int | None, C(u.TRANSPORT_LEVEL_MARKING)] = None
    forwarding_policy: Annotated[bytes | None, C(t.FORWARDING_POLICY)] = None


@group(3, "Create FAR")
class CreateFar(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.2.3-1."""

    far_id: Annotated[int, M(u.FAR_ID)]
    apply_action: Annotated[f.ApplyAction, M(f.APPLY_ACTION)]
    forwarding: Annotated[ForwardingParameters | None, C(ForwardingParameters)] = None
    duplicating: Annotated[tuple[DuplicatingParameters, ...], C(DuplicatingParameters)] = ()
    bar_id: Annotated[int | None, O(u.BAR_ID)] = None


@group(118, "Aggregated URRs")
class AggregatedUrrs(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.2.4-2."""

    urr_id: Annotated[int, M(u.AGGREGATED_URR_ID)]
    multiplier: Annotated[n.Multiplier, M(n.MULTIPLIER)]


@group(147, "Additional Monitoring Time", updates=True)
class AdditionalMonitoringTime(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.2.4-3."""

    monitoring_time: Annotated[int, M(u.MONITORING_TIME)]
    subsequent_volume_threshold: Annotated[n.Volume | None, O(n.SUBSEQUENT_VOLUME_THRESHOLD)] = None
    subsequent_time_threshold: Annotated[int | None, O(u.SUBSEQUENT_TIME_THRESHOLD)] = None
    subsequent_volume_quota: Annotated[n.Volume | None, O(n.SUBSEQUENT_VOLUME_QUOTA)] = None
    subsequent_time_quota: Annotated[int | None, O(u.SUBSEQUENT_TIME_QUOTA)] = None
    event_threshold: Annotated[int | None, O(u.EVENT_THRESHOLD)] = None
    event_quota: Annotated[int | None, O(u.EVENT_QUOTA)] = None


class _UrrFields(Group, frozen=True, kw_only=True):
    """What creation and update of a URR have in common, in the order of 7.5.2.4-1 from the period on."""

    measurement_period: Annotated[int | None, C(u.MEASUREMENT_PERIOD)] = None
    volume_threshold: Annotated[n.Volume | None, C(n.VOLUME_THRESHOLD)] = None
    volume_quota: Annotated[n.Volume | None, C(n.VOLUME_QUOTA)] = None
    event_threshold: Annotated[int | None, C(u.EVENT_THRESHOLD)] = None
    event_quota: Annotated[int | None, C(u.EVENT_QUOTA)] = None
    time_threshold: Annotated[int | None, C(u.TIME_THRESHOLD)] = None
    time_quota: Annotated[int | None, C(u.TIME_QUOTA)] = None
    quota_holding_time: Annotated[int | None, C(u.QUOTA_HOLDING_TIME)] = None
    dropped_dl_traffic: Annotated[n.DroppedDlTraffic | None, C(n.DROPPED_DL_TRAFFIC_THRESHOLD)] = None
    quota_validity_time: Annotated[int | None, C(u.QUOTA_VALIDITY_TIME)] = None
    monitoring_time: Annotated[int | None, O(u.MONITORING_TIME)] = None
    subsequent_volume_threshold: Annotated[n.Volume | None, O(n.SUBSEQUENT_VOLUME_THRESHOLD)] = None
    subsequent_time_threshold: Annotated[int | None, O(u.SUBSEQUENT_TIME_THRESHOLD)] = None
    subsequent_volume_quota: Annotated[n.Volume | None, O(n.SUBSEQUENT_VOLUME_QUOTA)] = None
    subsequent_time_quota: Annotated[int | None, O(u.SUBSEQUENT_TIME_QUOTA)] = None
    subsequent_event_threshold: Annotated[int | None, O(u.SUBSEQUENT_EVENT_THRESHOLD)] = None
    subsequent_event_quota: Annotated[int | None, O(u.SUBSEQUENT_EVENT_QUOTA)] = None
    inactivity_detection_time: Annotated[int | None, C(u.INACTIVITY_DETECTION_TIME)] = None
    linked_urr_ids: Annotated[tuple[int, ...], C(u.LINKED_URR_ID)] = ()
    measurement_information: Annotated[f.MeasurementInformation | None, C(f.MEASUREMENT_INFORMATION)] = None
    time_quota_mechanism: Annotated[n.TimeQuotaMechanism | None, C(n.TIME_QUOTA_MECHANISM)] = None
    aggregated_urrs: Annotated[tuple[AggregatedUrrs, ...], C(AggregatedUrrs)] = ()
    quota_action_far_id: Annotated[int | None, C(u.FAR_ID)] = None
    ethernet_inactivity_timer: Annotated[int | None, C(u.ETHERNET_INACTIVITY_TIMER)] = None
    additional_monitoring_times: Annotated[
        tuple[AdditionalMonitoringTime, ...], O(AdditionalMonitoringTime)
    ] = ()
    number_of_reports: Annotated[int | None, O(u.NUMBER_OF_REPORTS)] = None
    exempted_application_ids: Annotated[tuple[bytes, ...], O(u.APPLICATION_ID)] = ()
    exempted_sdf_filters: Annotated[tuple[t.SdfFilter, ...], O(t.SDF_FILTER)] = ()


@group(6, "Create URR")
class CreateUrr(_UrrFields, frozen=True, kw_only=True):
    """TS 29.244 7.5.2.4-1."""

    urr_id: Annotated[int, M(u.URR_ID)]
    measurement_method: Annotated[f.MeasurementMethod, M(f.MEASUREMENT_METHOD)]
    reporting_triggers: Annotated[f.ReportingTriggers, M(f.REPORTING_TRIGGERS)]


@group(13, "Update URR", updates=True)
class UpdateUrr(_UrrFields, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.4-1."""

    urr_id: Annotated[int, M(u.URR_ID)]
    measurement_method: Annotated[f.MeasurementMethod | None, C(f.MEASUREMENT_METHOD)] = None
    reporting_triggers: Annotated[f.ReportingTriggers | None, C(f.REPORTING_TRIGGERS)] = None


class _QerFields(Group, frozen=True, kw_only=True):
    """What creation and update of a QER have in common, in the order of 7.5.2.5-1 from the rates on."""

    mbr: Annotated[t.BitRate | None, C(t.MBR)] = None
    gbr: Annotated[t.BitRate | None, C(t.GBR)] = None
    packet_rate: Annotated[t.PacketRates | None, C(t.PACKET_RATE)] = None
    dl_flow_level_marking: Annotated[t.DlFlowLevelMarking | None, C(t.DL_FLOW_LEVEL_MARKING)] = None
    qfi: Annotated[int | None, C(u.QFI)] = None
    rqi: Annotated[f.OneFlag | None, C(f.RQI)] = None
    paging_policy_indicator: Annotated[int | None, C(u.PAGING_POLICY_INDICATOR)] = None
    averaging_window: Annotated[int | None, O(u.AVERAGING_WINDOW)] = None
    control_indications: Annotated[f.OneFlag | None, C(f.QER_CONTROL_INDICATIONS)] = None


@group(7, "Create QER")
class CreateQer(_QerFields, frozen=True, kw_only=True):
    """TS 29.244 7.5.2.5-1."""

    qer_id: Annotated[int, M(u.QER_ID)]
    correlation_id: Annotated[int | None, C(u.QER_CORRELATION_ID)] = None
    gate_status: Annotated[t.GateStatus, M(t.GATE_STATUS)]


@group(14, "Update QER", updates=True)
class UpdateQer(_QerFields, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.5-1."""

    qer_id: Annotated[int, M(u.QER_ID)]
    correlation_id: Annotated[int | None, C(u.QER_CORRELATION_ID)] = None
    gate_status: Annotated[t.GateStatus | None, C(t.GATE_STATUS)] = None


class _BarFields(Group, frozen=True, kw_only=True):
    """Every form of a BAR (TS 29.244 7.5.2.6-1, 7.5.4.11-1)."""

    bar_id: Annotated[int, M(u.BAR_ID)]
    notification_delay: Annotated[int | None, C(u.DOWNLINK_DATA_NOTIFICATION_DELAY)] = None
    """In units of 50 ms."""
    suggested_packets: Annotated[int | None, C(u.SUGGESTED_BUFFERING_PACKETS_COUNT)] = None
    mt_edt_control: Annotated[f.OneFlag | None, O(f.MT_EDT_CONTROL)] = None


@group(85, "Create BAR")
class CreateBar(_BarFields, frozen=True, kw_only=True):
    """TS 29.244 7.5.2.6-1."""


@group(86, "Update BAR (PFCP Session Modification Request)", updates=True)
class UpdateBar(_BarFields, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.11-1."""


@group(12, "Update BAR (PFCP Session Report Response)", updates=True)
class UpdateBarReport(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.9.2-1."""

    bar_id: Annotated[int, M(u.BAR_ID)]
    notification_delay: Annotated[int | None, C(u.DOWNLINK_DATA_NOTIFICATION_DELAY)] = None
    buffering_duration: Annotated[n.TimerValue | None, C(n.DL_BUFFERING_DURATION)] = None
    buffering_packets: Annotated[int | None, O(u.DL_BUFFERING_SUGGESTED_PACKET_COUNT)] = None
    suggested_packets: Annotated[int | None, C(u.SUGGESTED_BUFFERING_PACKETS_COUNT)] = None


class _EndpointFields(Group, frozen=True, kw_only=True):
    """Creation and update of a traffic endpoint (TS 29.244 7.5.2.7-1, 7.5.4.13-1)."""

    endpoint_id: Annotated[int, M(u.TRAFFIC_ENDPOINT_ID)]
    local_fteid: Annotated[a.FTeid | a.ChooseFTeid | None, O(a.F_TEID)] = None
    network_instance: Annotated[bytes | None, O(u.NETWORK_INSTANCE)] = None
    ue_ip_addresses: Annotated[tuple[a.UeIpAddress, ...], O(a.UE_IP_ADDRESS)] = ()
    framed_routes: Annotated[tuple[bytes, ...], O(u.FRAMED_ROUTE)] = ()
    framed_routing: Annotated[int | None, O(u.FRAMED_ROUTING)] = None
    framed_ipv6_routes: Annotated[tuple[bytes, ...], O(u.FRAMED_IPV6_ROUTE)] = ()
    qfis: Annotated[tuple[int, ...], O(u.QFI)] = ()
    interface_type: Annotated[int | None, O(u.INTERFACE_TYPE)] = None


@group(127, "Create Traffic Endpoint")
class CreateTrafficEndpoint(_EndpointFields, frozen=True, kw_only=True):
    """TS 29.244 7.5.2.7-1."""

    ethernet_pdu_session: Annotated[f.OneFlag | None, O(f.ETHERNET_PDU_SESSION_INFORMATION)] = None


@group(129, "Update Traffic Endpoint", updates=True)
class UpdateTrafficEndpoint(_EndpointFields, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.13-1."""


@group(9, "Update PDR", updates=True)
class UpdatePdr(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.2-1."""

    pdr_id: Annotated[int, M(u.PDR_ID)]
    outer_header_removal: Annotated[a.OuterHeaderRemoval | None, C(a.OUTER_HEADER_REMOVAL)] = None
    precedence: Annotated[int | None, C(u.PRECEDENCE)] = None
    pdi: Annotated[Pdi | None, C(Pdi)] = None
    far_id: Annotated[int | None, C(u.FAR_ID)] = None
    urr_ids: Annotated[tuple[int, ...], C(u.URR_ID)] = ()
    qer_ids: Annotated[tuple[int, ...], C(u.QER_ID)] = ()
    activate_predefined_rules: Annotated[tuple[bytes, ...], C(u.ACTIVATE_PREDEFINED_RULES)] = ()
    deactivate_predefined_rules: Annotated[tuple[bytes, ...], C(u.DEACTIVATE_PREDEFINED_RULES)] = ()
    activation_time: Annotated[int | None, O(u.ACTIVATION_TIME)] = None
    deactivation_time: Annotated[int | None, O(u.DEACTIVATION_TIME)] = None


@group(11, "Update Forwarding Parameters", updates=True)
class UpdateForwardingParameters(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.3-2."""

    destination_interface: Annotated[int | None, C(u.DESTINATION_INTERFACE)] = None
    network_instance: Annotated[bytes | None, C(u.NETWORK_INSTANCE)] = None
    redirect: Annotated[t.RedirectInformation | None, C(t.REDIRECT_INFORMATION)] = None
    outer_header_creation: Annotated[a.OuterHeaderCreation | None, C(a.OUTER_HEADER_CREATION)] = None
    transport_level_marking: Annotated[int | None, C(u.TRANSPORT_LEVEL_MARKING)] = None
    forwarding_policy: Annotated[bytes | None, C(t.FORWARDING_POLICY)] = None
    header_enrichment: Annotated[tuple[t.HeaderEnrichment, ...], C(t.HEADER_ENRICHMENT)] = ()
    sm_req_flags: Annotated[f.SmReqFlags | None, C(f.SM_REQ_FLAGS)] = None
    linked_traffic_endpoint_id: Annotated[int | None, C(u.TRAFFIC_ENDPOINT_ID)] = None
    interface_type: Annotated[int | None, C(u.INTERFACE_TYPE)] = None


@group(105, "Update Duplicating Parameters", updates=True)
class UpdateDuplicatingParameters(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.3-3."""

    destination_interface: Annotated[int | None, C(u.DESTINATION_INTERFACE)] = None
    outer_header_creation: Annotated[a.OuterHeaderCreation | None, C(a.OUTER_HEADER_CREATION)] = None
    transport_level_marking: Annotated[int | None, C(u.TRANSPORT_LEVEL_MARKING)] = None
    forwarding_policy: Annotated[bytes | None, C(t.FORWARDING_POLICY)] = None


@group(10, "Update FAR", updates=True)
class UpdateFar(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.3-1."""

    far_id: Annotated[int, M(u.FAR_ID)]
    apply_action: Annotated[f.ApplyAction | None, C(f.APPLY_ACTION)] = None
    forwarding: Annotated[UpdateForwardingParameters | None, C(UpdateForwardingParameters)] = None
    duplicating: Annotated[tuple[UpdateDuplicatingParameters, ...], C(UpdateDuplicatingParameters)] = ()
    bar_id: Annotated[int | None, C(u.BAR_ID)] = None


@group(15, "Remove PDR")
class RemovePdr(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.6-1."""

    pdr_id: Annotated[int, M(u.PDR_ID)]


@group(16, "Remove FAR")
class RemoveFar(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.7-1."""

    far_id: Annotated[int, M(u.FAR_ID)]


@group(17, "Remove URR")
class RemoveUrr(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.8-1."""

    urr_id: Annotated[int, M(u.URR_ID)]


@group(18, "Remove QER")
class RemoveQer(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.9-1."""

    qer_id: Annotated[int, M(u.QER_ID)]


@group(77, "Query URR")
class QueryUrr(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.10-1."""

    urr_id: Annotated[int, M(u.URR_ID)]


@group(87, "Remove BAR")
class RemoveBar(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.12-1."""

    bar_id: Annotated[int, M(u.BAR_ID)]


@group(130, "Remove Traffic Endpoint")
class RemoveTrafficEndpoint(Group, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.14-1."""

    endpoint_id: Annotated[int, M(u.TRAFFIC_ENDPOINT_ID)]
