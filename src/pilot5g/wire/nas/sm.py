"""The 5GSM messages (TS 24.501 8.3), each declared as its table.

The length of some protocol configuration options depends on the direction of the message, so a message that
goes one way has the codec of that way.
"""

from __future__ import annotations

from typing import Annotated

from pilot5g.model import Ambr, PduSessionType, Snssai, SscMode
from pilot5g.wire.nas import ies
from pilot5g.wire.nas.grammar import LV, LVE, TLV, TLVE, TV, GsmMessage, TVHalf, V, VHalf, gsm


@gsm(0xC1)
class PduSessionEstablishmentRequest(GsmMessage, frozen=True, kw_only=True):
    """UE to network (8.3.1)."""

    integrity_protection_maximum_data_rate: Annotated[ies.IntegrityRate, V(2, ies.INTEGRITY_RATE)]
    pdu_session_type: Annotated[PduSessionType | None, TVHalf(0x9, ies.PDU_SESSION_TYPE)] = None
    ssc_mode: Annotated[SscMode | None, TVHalf(0xA, ies.SSC_MODE)] = None
    gsm_capability: Annotated[ies.GsmCapability | None, TLV(0x28, ies.GSM_CAPABILITY, 1, 13)] = None
    maximum_number_of_supported_packet_filters: Annotated[
        int | None, TV(0x55, 2, ies.MAXIMUM_PACKET_FILTERS)
    ] = None
    always_on_pdu_session_requested: Annotated[bool | None, TVHalf(0xB, ies.FLAG)] = None
    sm_pdu_dn_request_container: Annotated[bytes | None, TLV(0x39, ies.OCTETS, 1, 253)] = None
    extended_protocol_configuration_options: Annotated[
        ies.ProtocolOptions | None, TLVE(0x7B, ies.OPTIONS_UPLINK, 1)
    ] = None
    ip_header_compression_configuration: Annotated[bytes | None, TLV(0x66, ies.OCTETS, 3)] = None
    ds_tt_ethernet_port_mac_address: Annotated[bytes | None, TLV(0x6E, ies.OCTETS, 6, 6)] = None
    ue_ds_tt_residence_time: Annotated[bytes | None, TLV(0x6F, ies.OCTETS, 8, 8)] = None
    port_management_information_container: Annotated[bytes | None, TLVE(0x74, ies.OCTETS, 1)] = None
    ethernet_header_compression_configuration: Annotated[bytes | None, TLV(0x1F, ies.OCTETS, 1, 1)] = None
    suggested_interface_identifier: Annotated[bytes | None, TLV(0x29, ies.OCTETS, 5)] = None
    service_level_aa_container: Annotated[bytes | None, TLVE(0x72, ies.OCTETS, 3)] = None
    requested_mbs_container: Annotated[bytes | None, TLVE(0x70, ies.OCTETS, 5)] = None
    pdu_session_pair_id: Annotated[bytes | None, TLV(0x34, ies.OCTETS, 1, 1)] = None
    rsn: Annotated[bytes | None, TLV(0x35, ies.OCTETS, 1, 1)] = None


@gsm(0xC2)
class PduSessionEstablishmentAccept(GsmMessage, frozen=True, kw_only=True):
    """Network to UE (8.3.2)."""

    selected_pdu_session_type: Annotated[PduSessionType, VHalf(ies.PDU_SESSION_TYPE)]
    selected_ssc_mode: Annotated[SscMode, VHalf(ies.SSC_MODE)]
    authorized_qos_rules: Annotated[tuple[ies.QosRule, ...], LVE(ies.QOS_RULES, 4)]
    session_ambr: Annotated[Ambr, LV(ies.SESSION_AMBR, 6, 6)]
    cause: Annotated[ies.GsmCause | None, TV(0x59, 1, ies.GSM_CAUSE)] = None
    pdu_address: Annotated[ies.PduAddress | None, TLV(0x29, ies.PDU_ADDRESS, 5, 29)] = None
    rq_timer_value: Annotated[ies.GprsTimer | None, TV(0x56, 1, ies.GPRS_TIMER)] = None
    s_nssai: Annotated[Snssai | None, TLV(0x22, ies.S_NSSAI, 1, 8)] = None
    always_on_pdu_session_indication: Annotated[bool | None, TVHalf(0x8, ies.FLAG)] = None
    mapped_eps_bearer_contexts: Annotated[bytes | None, TLVE(0x75, ies.OCTETS, 4)] = None
    eap_message: Annotated[bytes | None, TLVE(0x78, ies.OCTETS, 4, 1500)] = None
    authorized_qos_flow_descriptions: Annotated[
        tuple[ies.QosFlowDescription, ...] | None, TLVE(0x79, ies.QOS_FLOWS, 3)
    ] = None
    extended_protocol_configuration_options: Annotated[
        ies.ProtocolOptions | None, TLVE(0x7B, ies.OPTIONS_DOWNLINK, 1)
    ] = None
    dnn: Annotated[str | None, TLV(0x25, ies.DNN, 1, 100)] = None
    network_feature_support: Annotated[bytes | None, TLV(0x17, ies.OCTETS, 1, 13)] = None
    serving_plmn_rate_control: Annotated[bytes | None, TLV(0x18, ies.OCTETS, 2, 2)] = None
    atsss_container: Annotated[bytes | None, TLVE(0x77, ies.OCTETS)] = None
    control_plane_only_indication: Annotated[bool | None, TVHalf(0xC, ies.FLAG)] = None
    ip_header_compression_configuration: Annotated[bytes | None, TLV(0x66, ies.OCTETS, 3)] = None
    ethernet_header_compression_configuration: Annotated[bytes | None, TLV(0x1F, ies.OCTETS, 1, 1)] = None
    service_level_aa_container: Annotated[bytes | None, TLVE(0x72, ies.OCTETS, 3)] = None
    received_mbs_container: Annotated[bytes | None, TLVE(0x71, ies.OCTETS, 6)] = None


@gsm(0xC3)
class PduSessionEstablishmentReject(GsmMessage, frozen=True, kw_only=True):
    """Network to UE (8.3.3)."""

    cause: Annotated[ies.GsmCause, V(1, ies.GSM_CAUSE)]
    back_off_timer_value: Annotated[ies.GprsTimer3 | None, TLV(0x37, ies.GPRS_TIMER_3, 1, 1)] = None
    allowed_ssc_mode: Annotated[ies.AllowedSscModes | None, TVHalf(0xF, ies.ALLOWED_SSC_MODES)] = None
    eap_message: Annotated[bytes | None, TLVE(0x78, ies.OCTETS, 4, 1500)] = None
    congestion_reattempt_indicator: Annotated[
        ies.CongestionReattempt | None, TLV(0x61, ies.CONGESTION_REATTEMPT, 1, 1)
    ] = None
    extended_protocol_configuration_options: Annotated[
        ies.ProtocolOptions | None, TLVE(0x7B, ies.OPTIONS_DOWNLINK, 1)
    ] = None
    reattempt_indicator: Annotated[
        ies.ReattemptIndicator | None, TLV(0x1D, ies.REATTEMPT_INDICATOR, 1, 1)
    ] = None
    service_level_aa_container: Annotated[bytes | None, TLVE(0x72, ies.OCTETS, 3)] = None


@gsm(0xC5)
class PduSessionAuthenticationCommand(GsmMessage, frozen=True, kw_only=True):
    """Network to UE (8.3.4)."""

    eap_message: Annotated[bytes, LVE(ies.OCTETS, 4, 1500)]
    extended_protocol_configuration_options: Annotated[
        ies.ProtocolOptions | None, TLVE(0x7B, ies.OPTIONS_DOWNLINK, 1)
    ] = None


@gsm(0xC6)
class PduSessionAuthenticationComplete(GsmMessage, frozen=True, kw_only=True):
    """UE to network (8.3.5)."""

    eap_message: Annotated[bytes, LVE(ies.OCTETS, 4, 1500)]
    extended_protocol_configuration_options: Annotated[
        ies.ProtocolOptions | None, TLVE(0x7B, ies.OPTIONS_UPLINK, 1)
    ] = None


@gsm(0xC7)
class PduSessionAuthenticationResult(GsmMessage, frozen=True, kw_only=True):
    """Network to UE (8.3.6)."""

    eap_message: Annotated[bytes | None, TLVE(0x78, ies.OCTETS, 4, 1500)] = None
    extended_protocol_configuration_options: Annotated[
        ies.ProtocolOptions | None, TLVE(0x7B, ies.OPTIONS_DOWNLINK, 1)
    ] = None


@gsm(0xC9)
class PduSessionModificationRequest(GsmMessage, frozen=True, kw_only=True):
    """UE to network (8.3.7)."""

    gsm_capability: Annotated[ies.GsmCapability | None, TLV(0x28, ies.GSM_CAPABILITY, 1, 13)] = None
    cause: Annotated[ies.GsmCause | None, TV(0x59, 1, ies.GSM_CAUSE)] = None
    maximum_number_of_supported_packet_filters: Annotated[
        int | None, TV(0x55, 2, ies.MAXIMUM_PACKET_FILTERS)
    ] = None
    always_on_pdu_session_requested: Annotated[bool | None, TVHalf(0xB, ies.FLAG)] = None
    integrity_protection_maximum_data_rate: Annotated[
        ies.IntegrityRate | None, TV(0x13, 2, ies.INTEGRITY_RATE)
    ] = None
    requested_qos_rules: Annotated[tuple[ies.QosRule, ...] | None, TLVE(0x7A, ies.QOS_RULES, 4)] = None
    requested_qos_flow_descriptions: Annotated[
        tuple[ies.QosFlowDescription, ...] | None, TLVE(0x79, ies.QOS_FLOWS, 3)
    ] = None
    mapped_eps_bearer_contexts: Annotated[bytes | None, TLVE(0x75, ies.OCTETS, 4)] = None
    extended_protocol_configuration_options: Annotated[
        ies.ProtocolOptions | None, TLVE(0x7B, ies.OPTIONS_UPLINK, 1)
    ] = None
    port_management_information_container: Annotated[bytes | None, TLVE(0x74, ies.OCTETS, 1)] = None
    ip_header_compression_configuration: Annotated[bytes | None, TLV(0x66, ies.OCTETS, 3)] = None
    ethernet_header_compression_configuration: Annotated[bytes | None, TLV(0x1F, ies.OCTETS, 1, 1)] = None
    requested_mbs_container: Annotated[bytes | None, TLVE(0x70, ies.OCTETS, 5)] = None
    service_level_aa_container: Annotated[bytes | None, TLVE(0x72, ies.OCTETS, 3)] = None


@gsm(0xCA)
class PduSessionModificationReject(GsmMessage, frozen=True, kw_only=True):
    """Network to UE (8.3.8)."""

    cause: Annotated[ies.GsmCause, V(1, ies.GSM_CAUSE)]
    back_off_timer_value: Annotated[ies.GprsTimer3 | None, TLV(0x37, ies.GPRS_TIMER_3, 1, 1)] = None
    congestion_reattempt_indicator: Annotated[
        ies.CongestionReattempt | None, TLV(0x61, ies.CONGESTION_REATTEMPT, 1, 1)
    ] = None
    extended_protocol_configuration_options: Annotated[
        ies.ProtocolOptions | None, TLVE(0x7B, ies.OPTIONS_DOWNLINK, 1)
    ] = None
    reattempt_indicator: Annotated[
        ies.ReattemptIndicator | None, TLV(0x1D, ies.REATTEMPT_INDICATOR, 1, 1)
    ] = None


@gsm(0xCB)
class PduSessionModificationCommand(GsmMessage, frozen=True, kw_only=True):
    """Network to UE (8.3.9)."""

    cause: Annotated[ies.GsmCause | None, TV(0x59, 1, ies.GSM_CAUSE)] = None
    session_ambr: Annotated[Ambr | None, TLV(0x2A, ies.SESSION_AMBR, 6, 6)] = None
    rq_timer_value: Annotated[ies.GprsTimer | None, TV(0x56, 1, ies.GPRS_TIMER)] = None
    always_on_pdu_session_indication: Annotated[bool | None, TVHalf(0x8, ies.FLAG)] = None
    authorized_qos_rules: Annotated[tuple[ies.QosRule, ...] | None, TLVE(0x7A, ies.QOS_RULES, 4)] = None
    mapped_eps_bearer_contexts: Annotated[bytes | None, TLVE(0x75, ies.OCTETS, 4)] = None
    authorized_qos_flow_descriptions: Annotated[
        tuple[ies.QosFlowDescription, ...] | None, TLVE(0x79, ies.QOS_FLOWS, 3)
    ] = None
    extended_protocol_configuration_options: Annotated[
        ies.ProtocolOptions | None, TLVE(0x7B, ies.OPTIONS_DOWNLINK, 1)
    ] = None
    atsss_container: Annotated[bytes | None, TLVE(0x77, ies.OCTETS)] = None
    ip_header_compression_configuration: Annotated[bytes | None, TLV(0x66, ies.OCTETS, 3)] = None
    port_management_information_container: Annotated[bytes | None, TLVE(0x74, ies.OCTETS, 1)] = None
    serving_plmn_rate_control: Annotated[bytes | None, TLV(0x1E, ies.OCTETS, 2, 2)] = None
    ethernet_header_compression_configuration: Annotated[bytes | None, TLV(0x1F, ies.OCTETS, 1, 1)] = None
    received_mbs_container: Annotated[bytes | None, TLVE(0x71, ies.OCTETS, 6)] = None
    service_level_aa_container: Annotated[bytes | None, TLVE(0x72, ies.OCTETS, 3)] = None


@gsm(0xCC)
class PduSessionModificationComplete(GsmMessage, frozen=True, kw_only=True):
    """UE to network (8.3.10)."""

    extended_protocol_configuration_options: Annotated[
        ies.ProtocolOptions | None, TLVE(0x7B, ies.OPTIONS_UPLINK, 1)
    ] = None
    port_management_information_container: Annotated[bytes | None, TLVE(0x74, ies.OCTETS, 1)] = None


@gsm(0xCD)
class PduSessionModificationCommandReject(GsmMessage, frozen=True, kw_only=True):
    """UE to network (8.3.11)."""

    cause: Annotated[ies.GsmCause, V(1, ies.GSM_CAUSE)]
    extended_protocol_configuration_options: Annotated[
        ies.ProtocolOptions | None, TLVE(0x7B, ies.OPTIONS_UPLINK, 1)
    ] = None


@gsm(0xD1)
class PduSessionReleaseRequest(GsmMessage, frozen=True, kw_only=True):
    """UE to network (8.3.12)."""

    cause: Annotated[ies.GsmCause | None, TV(0x59, 1, ies.GSM_CAUSE)] = None
    extended_protocol_configuration_options: Annotated[
        ies.ProtocolOptions | None, TLVE(0x7B, ies.OPTIONS_UPLINK, 1)
    ] = None


@gsm(0xD2)
class PduSessionReleaseReject(GsmMessage, frozen=True, kw_only=True):
    """Network to UE (8.3.13)."""

    cause: Annotated[ies.GsmCause, V(1, ies.GSM_CAUSE)]
    extended_protocol_configuration_options: Annotated[
        ies.ProtocolOptions | None, TLVE(0x7B, ies.OPTIONS_DOWNLINK, 1)
    ] = None


@gsm(0xD3)
class PduSessionReleaseCommand(GsmMessage, frozen=True, kw_only=True):
    """Network to UE (8.3.14)."""

    cause: Annotated[ies.GsmCause, V(1, ies.GSM_CAUSE)]
    back_off_timer_value: Annotated[ies.GprsTimer3 | None, TLV(0x37, ies.GPRS_TIMER_3, 1, 1)] = None
    eap_message: Annotated[bytes | None, TLVE(0x78, ies.OCTETS, 4, 1500)] = None
    congestion_reattempt_indicator: Annotated[
        ies.CongestionReattempt | None, TLV(0x61, ies.CONGESTION_REATTEMPT, 1, 1)
    ] = None
    extended_protocol_configuration_options: Annotated[
        ies.ProtocolOptions | None, TLVE(0x7B, ies.OPTIONS_DOWNLINK, 1)
    ] = None
    access_type: Annotated[ies.AccessType | None, TVHalf(0xD, ies.ACCESS_TYPE)] = None
    service_level_aa_container: Annotated[bytes | None, TLVE(0x72, ies.OCTETS, 3)] = None


@gsm(0xD4)
class PduSessionReleaseComplete(GsmMessage, frozen=True, kw_only=True):
    """UE to network (8.3.15)."""

    cause: Annotated[ies.GsmCause | None, TV(0x59, 1, ies.GSM_CAUSE)] = None
    extended_protocol_configuration_options: Annotated[
        ies.ProtocolOptions | None, TLVE(0x7B, ies.OPTIONS_UPLINK, 1)
    ] = None


@gsm(0xD6)
class GsmStatus(GsmMessage, frozen=True, kw_only=True):
    """Either way: an error in what was received (8.3.16). The specification calls it 5GSM STATUS."""

    cause: Annotated[ies.GsmCause, V(1, ies.GSM_CAUSE)]
