"""The 5GMM messages (TS 24.501 8.2), each declared as its table.

Names are the specification's. Elements this network does not look into are octets; they survive. The bounds
are those of the value, so the table's length less tag and length octets.
"""

from __future__ import annotations

from typing import Annotated

from pilot5g.model import Guti, Plmn, Snssai, STmsi, Tai
from pilot5g.wire.nas import ies
from pilot5g.wire.nas.grammar import LV, LVE, TLV, TLVE, TV, GmmMessage, TVHalf, V, VHalf, gmm


@gmm(0x56)
class AuthenticationRequest(GmmMessage, frozen=True, kw_only=True):
    """Network to UE: the challenge (8.2.1)."""

    ngksi: Annotated[ies.KeySetIdentifier, VHalf(ies.KEY_SET_IDENTIFIER)]
    abba: Annotated[bytes, LV(ies.OCTETS, 2)]
    rand: Annotated[bytes | None, TV(0x21, 16, ies.OCTETS)] = None
    autn: Annotated[bytes | None, TLV(0x20, ies.OCTETS, 16, 16)] = None
    eap_message: Annotated[bytes | None, TLVE(0x78, ies.OCTETS, 4, 1500)] = None


@gmm(0x57)
class AuthenticationResponse(GmmMessage, frozen=True, kw_only=True):
    """UE to network: RES* (8.2.2)."""

    response: Annotated[bytes | None, TLV(0x2D, ies.OCTETS, 4, 16)] = None
    eap_message: Annotated[bytes | None, TLVE(0x78, ies.OCTETS, 4, 1500)] = None


@gmm(0x5A)
class AuthenticationResult(GmmMessage, frozen=True, kw_only=True):
    """Network to UE: how an EAP authentication ended (8.2.3)."""

    ngksi: Annotated[ies.KeySetIdentifier, VHalf(ies.KEY_SET_IDENTIFIER)]
    eap_message: Annotated[bytes, LVE(ies.OCTETS, 4, 1500)]
    abba: Annotated[bytes | None, TLV(0x38, ies.OCTETS, 2)] = None


@gmm(0x59)
class AuthenticationFailure(GmmMessage, frozen=True, kw_only=True):
    """UE to network: the challenge is not acceptable; `auts` with cause #21 (8.2.4)."""

    cause: Annotated[ies.GmmCause, V(1, ies.GMM_CAUSE)]
    auts: Annotated[bytes | None, TLV(0x30, ies.OCTETS, 14, 14)] = None


@gmm(0x58)
class AuthenticationReject(GmmMessage, frozen=True, kw_only=True):
    """Network to UE: authentication failed for good (8.2.5)."""

    eap_message: Annotated[bytes | None, TLVE(0x78, ies.OCTETS, 4, 1500)] = None


@gmm(0x41)
class RegistrationRequest(GmmMessage, frozen=True, kw_only=True):
    """UE to network (8.2.6)."""

    registration_type: Annotated[ies.RegistrationType, VHalf(ies.REGISTRATION_TYPE)]
    ngksi: Annotated[ies.KeySetIdentifier, VHalf(ies.KEY_SET_IDENTIFIER)]
    mobile_identity: Annotated[ies.MobileIdentity, LVE(ies.MOBILE_IDENTITY, 1)]
    non_current_native_ngksi: Annotated[ies.KeySetIdentifier | None, TVHalf(0xC, ies.KEY_SET_IDENTIFIER)] = (
        None
    )
    gmm_capability: Annotated[ies.GmmCapability | None, TLV(0x10, ies.GMM_CAPABILITY, 1, 13)] = None
    ue_security_capability: Annotated[
        ies.UeSecurityCapability | None, TLV(0x2E, ies.UE_SECURITY_CAPABILITY, 2, 8)
    ] = None
    requested_nssai: Annotated[tuple[Snssai, ...] | None, TLV(0x2F, ies.NSSAI, 2, 72)] = None
    last_visited_registered_tai: Annotated[Tai | None, TV(0x52, 6, ies.TAI)] = None
    s1_ue_network_capability: Annotated[bytes | None, TLV(0x17, ies.OCTETS, 2, 13)] = None
    uplink_data_status: Annotated[frozenset[int] | None, TLV(0x40, ies.PDU_SESSIONS, 2, 32)] = None
    pdu_session_status: Annotated[frozenset[int] | None, TLV(0x50, ies.PDU_SESSIONS, 2, 32)] = None
    mico_indication: Annotated[ies.MicoIndication | None, TVHalf(0xB, ies.MICO_INDICATION)] = None
    ue_status: Annotated[ies.UeStatus | None, TLV(0x2B, ies.UE_STATUS, 1, 1)] = None
    additional_guti: Annotated[Guti | None, TLVE(0x77, ies.GUTI, 11, 11)] = None
    allowed_pdu_session_status: Annotated[frozenset[int] | None, TLV(0x25, ies.PDU_SESSIONS, 2, 32)] = None
    ue_usage_setting: Annotated[ies.UsageSetting | None, TLV(0x18, ies.USAGE_SETTING, 1, 1)] = None
    requested_drx_parameters: Annotated[ies.DrxCycle | None, TLV(0x51, ies.DRX_CYCLE, 1, 1)] = None
    eps_nas_message_container: Annotated[bytes | None, TLVE(0x70, ies.OCTETS, 1)] = None
    ladn_indication: Annotated[bytes | None, TLVE(0x74, ies.OCTETS, 0, 808)] = None
    payload_container_type: Annotated[
        ies.PayloadContainerType | None, TVHalf(0x8, ies.PAYLOAD_CONTAINER_TYPE)
    ] = None
    payload_container: Annotated[bytes | None, TLVE(0x7B, ies.OCTETS, 1)] = None
    network_slicing_indication: Annotated[
        ies.NetworkSlicingIndication | None, TVHalf(0x9, ies.NETWORK_SLICING_INDICATION)
    ] = None
    update_type: Annotated[ies.UpdateType | None, TLV(0x53, ies.UPDATE_TYPE, 1, 1)] = None
    mobile_station_classmark_2: Annotated[bytes | None, TLV(0x41, ies.OCTETS, 3, 3)] = None
    supported_codecs: Annotated[bytes | None, TLV(0x42, ies.OCTETS, 3)] = None
    nas_message_container: Annotated[bytes | None, TLVE(0x71, ies.OCTETS, 1)] = None
    eps_bearer_context_status: Annotated[bytes | None, TLV(0x60, ies.OCTETS, 2, 2)] = None
    requested_extended_drx_parameters: Annotated[bytes | None, TLV(0x6E, ies.OCTETS, 1, 2)] = None
    t3324_value: Annotated[ies.GprsTimer3 | None, TLV(0x6A, ies.GPRS_TIMER_3, 1, 1)] = None
    ue_radio_capability_id: Annotated[bytes | None, TLV(0x67, ies.OCTETS, 1)] = None
    requested_mapped_nssai: Annotated[bytes | None, TLV(0x35, ies.OCTETS, 1, 40)] = None
    additional_information_requested: Annotated[bytes | None, TLV(0x48, ies.OCTETS, 1, 1)] = None
    requested_wus_assistance_information: Annotated[bytes | None, TLV(0x1A, ies.OCTETS, 1)] = None
    n5gc_indication: Annotated[int | None, TVHalf(0xA, ies.HALF)] = None
    requested_nb_n1_mode_drx_parameters: Annotated[bytes | None, TLV(0x30, ies.OCTETS, 1, 1)] = None
    ue_request_type: Annotated[bytes | None, TLV(0x29, ies.OCTETS, 1, 1)] = None
    paging_restriction: Annotated[bytes | None, TLV(0x28, ies.OCTETS, 1, 33)] = None
    service_level_aa_container: Annotated[bytes | None, TLVE(0x72, ies.OCTETS, 3)] = None
    nid: Annotated[bytes | None, TLV(0x32, ies.OCTETS, 6, 6)] = None
    ms_determined_plmn_with_disaster_condition: Annotated[Plmn | None, TLV(0x16, ies.PLMN, 3, 3)] = None
    requested_peips_assistance_information: Annotated[bytes | None, TLV(0x2A, ies.OCTETS, 1)] = None
    requested_t3512_value: Annotated[ies.GprsTimer3 | None, TLV(0x3B, ies.GPRS_TIMER_3, 1, 1)] = None


@gmm(0x42)
class RegistrationAccept(GmmMessage, frozen=True, kw_only=True):
    """Network to UE (8.2.7)."""

    registration_result: Annotated[ies.RegistrationResult, LV(ies.REGISTRATION_RESULT, 1, 1)]
    guti: Annotated[Guti | None, TLVE(0x77, ies.GUTI, 11, 11)] = None
    equivalent_plmns: Annotated[tuple[Plmn, ...] | None, TLV(0x4A, ies.PLMN_LIST, 3, 45)] = None
    tai_list: Annotated[tuple[Tai, ...] | None, TLV(0x54, ies.TAI_LIST, 7, 112)] = None
    allowed_nssai: Annotated[tuple[Snssai, ...] | None, TLV(0x15, ies.NSSAI, 2, 72)] = None
    rejected_nssai: Annotated[tuple[ies.RejectedSnssai, ...] | None, TLV(0x11, ies.REJECTED_NSSAI, 2, 40)] = (
        None
    )
    configured_nssai: Annotated[tuple[Snssai, ...] | None, TLV(0x31, ies.NSSAI, 2, 144)] = None
    network_feature_support: Annotated[
        ies.NetworkFeatureSupport | None, TLV(0x21, ies.NETWORK_FEATURE_SUPPORT, 1, 4)
    ] = None
    pdu_session_status: Annotated[frozenset[int] | None, TLV(0x50, ies.PDU_SESSIONS, 2, 32)] = None
    pdu_session_reactivation_result: Annotated[frozenset[int] | None, TLV(0x26, ies.PDU_SESSIONS, 2, 32)] = (
        None
    )
    pdu_session_reactivation_result_error_cause: Annotated[
        tuple[ies.ReactivationError, ...] | None, TLVE(0x72, ies.REACTIVATION_ERRORS, 2, 512)
    ] = None
    ladn_information: Annotated[bytes | None, TLVE(0x79, ies.OCTETS, 9, 1712)] = None
    mico_indication: Annotated[ies.MicoIndication | None, TVHalf(0xB, ies.MICO_INDICATION)] = None
    network_slicing_indication: Annotated[
        ies.NetworkSlicingIndication | None, TVHalf(0x9, ies.NETWORK_SLICING_INDICATION)
    ] = None
    service_area_list: Annotated[ies.ServiceAreaList | None, TLV(0x27, ies.SERVICE_AREA_LIST, 4, 112)] = None
    t3512_value: Annotated[ies.GprsTimer3 | None, TLV(0x5E, ies.GPRS_TIMER_3, 1, 1)] = None
    non_3gpp_deregistration_timer_value: Annotated[ies.GprsTimer | None, TLV(0x5D, ies.GPRS_TIMER, 1, 1)] = (
        None
    )
    t3502_value: Annotated[ies.GprsTimer | None, TLV(0x16, ies.GPRS_TIMER, 1, 1)] = None
    emergency_number_list: Annotated[bytes | None, TLV(0x34, ies.OCTETS, 3, 48)] = None
    extended_emergency_number_list: Annotated[bytes | None, TLVE(0x7A, ies.OCTETS, 4)] = None
    sor_transparent_container: Annotated[bytes | None, TLVE(0x73, ies.OCTETS, 17)] = None
    eap_message: Annotated[bytes | None, TLVE(0x78, ies.OCTETS, 4, 1500)] = None
    nssai_inclusion_mode: Annotated[int | None, TVHalf(0xA, ies.HALF)] = None
    operator_defined_access_category_definitions: Annotated[bytes | None, TLVE(0x76, ies.OCTETS)] = None
    negotiated_drx_parameters: Annotated[ies.DrxCycle | None, TLV(0x51, ies.DRX_CYCLE, 1, 1)] = None
    non_3gpp_nw_policies: Annotated[int | None, TVHalf(0xD, ies.HALF)] = None
    eps_bearer_context_status: Annotated[bytes | None, TLV(0x60, ies.OCTETS, 2, 2)] = None
    negotiated_extended_drx_parameters: Annotated[bytes | None, TLV(0x6E, ies.OCTETS, 1, 2)] = None
    t3447_value: Annotated[ies.GprsTimer3 | None, TLV(0x6C, ies.GPRS_TIMER_3, 1, 1)] = None
    t3448_value: Annotated[ies.GprsTimer | None, TLV(0x6B, ies.GPRS_TIMER, 1, 1)] = None
    t3324_value: Annotated[ies.GprsTimer3 | None, TLV(0x6A, ies.GPRS_TIMER_3, 1, 1)] = None
    ue_radio_capability_id: Annotated[bytes | None, TLV(0x67, ies.OCTETS, 1)] = None
    ue_radio_capability_id_deletion_indication: Annotated[int | None, TVHalf(0xE, ies.HALF)] = None
    pending_nssai: Annotated[tuple[Snssai, ...] | None, TLV(0x39, ies.NSSAI, 2, 144)] = None
    ciphering_key_data: Annotated[bytes | None, TLVE(0x74, ies.OCTETS, 31, 2672)] = None
    cag_information_list: Annotated[bytes | None, TLVE(0x75, ies.OCTETS)] = None
    truncated_5g_s_tmsi_configuration: Annotated[bytes | None, TLV(0x1B, ies.OCTETS, 1, 1)] = None
    negotiated_wus_assistance_information: Annotated[bytes | None, TLV(0x1C, ies.OCTETS, 1)] = None
    negotiated_nb_n1_mode_drx_parameters: Annotated[bytes | None, TLV(0x29, ies.OCTETS, 1, 1)] = None
    extended_rejected_nssai: Annotated[bytes | None, TLV(0x68, ies.OCTETS, 3, 88)] = None
    service_level_aa_container: Annotated[bytes | None, TLVE(0x7B, ies.OCTETS, 3)] = None
    negotiated_peips_assistance_information: Annotated[bytes | None, TLV(0x33, ies.OCTETS, 1)] = None
    additional_request_result: Annotated[bytes | None, TLV(0x35, ies.OCTETS, 1, 1)] = None
    nssrg_information: Annotated[bytes | None, TLVE(0x70, ies.OCTETS, 4)] = None
    disaster_roaming_wait_range: Annotated[bytes | None, TLV(0x14, ies.OCTETS, 2, 2)] = None
    disaster_return_wait_range: Annotated[bytes | None, TLV(0x2C, ies.OCTETS, 2, 2)] = None
    list_of_plmns_for_disaster_condition: Annotated[bytes | None, TLV(0x13, ies.OCTETS)] = None
    forbidden_tais_for_roaming: Annotated[ies.Tais, TLV(0x1D, ies.TAI_LIST, 7, 112)] = None
    forbidden_tais_for_regional_provision: Annotated[ies.Tais, TLV(0x1E, ies.TAI_LIST, 7, 112)] = None
    extended_cag_information_list: Annotated[bytes | None, TLVE(0x71, ies.OCTETS)] = None
    nsag_information: Annotated[bytes | None, TLVE(0x7C, ies.OCTETS, 6)] = None


@gmm(0x43)
class RegistrationComplete(GmmMessage, frozen=True, kw_only=True):
    """UE to network (8.2.8)."""

    sor_transparent_container: Annotated[bytes | None, TLVE(0x73, ies.OCTETS, 17)] = None


@gmm(0x44)
class RegistrationReject(GmmMessage, frozen=True, kw_only=True):
    """Network to UE (8.2.9)."""

    cause: Annotated[ies.GmmCause, V(1, ies.GMM_CAUSE)]
    t3346_value: Annotated[ies.GprsTimer | None, TLV(0x5F, ies.GPRS_TIMER, 1, 1)] = None
    t3502_value: Annotated[ies.GprsTimer | None, TLV(0x16, ies.GPRS_TIMER, 1, 1)] = None
    eap_message: Annotated[bytes | None, TLVE(0x78, ies.OCTETS, 4, 1500)] = None
    rejected_nssai: Annotated[tuple[ies.RejectedSnssai, ...] | None, TLV(0x69, ies.REJECTED_NSSAI, 2, 40)] = (
        None
    )
    cag_information_list: Annotated[bytes | None, TLVE(0x75, ies.OCTETS)] = None
    extended_rejected_nssai: Annotated[bytes | None, TLV(0x68, ies.OCTETS, 3, 88)] = None
    disaster_return_wait_range: Annotated[bytes | None, TLV(0x2C, ies.OCTETS, 2, 2)] = None
    extended_cag_information_list: Annotated[bytes | None, TLVE(0x71, ies.OCTETS)] = None
    lower_bound_timer_value: Annotated[ies.GprsTimer3 | None, TLV(0x3A, ies.GPRS_TIMER_3, 1, 1)] = None
    forbidden_tais_for_roaming: Annotated[ies.Tais, TLV(0x1D, ies.TAI_LIST, 7, 112)] = None
    forbidden_tais_for_regional_provision: Annotated[ies.Tais, TLV(0x1E, ies.TAI_LIST, 7, 112)] = None


@gmm(0x67)
class UlNasTransport(GmmMessage, frozen=True, kw_only=True):
    """UE to network: a payload for another function, mostly a 5GSM message (8.2.10)."""

    payload_container_type: Annotated[ies.PayloadContainerType, VHalf(ies.PAYLOAD_CONTAINER_TYPE)]
    payload_container: Annotated[bytes, LVE(ies.OCTETS, 1)]
    pdu_session_id: Annotated[int | None, TV(0x12, 1, ies.OCTET)] = None
    old_pdu_session_id: Annotated[int | None, TV(0x59, 1, ies.OCTET)] = None
    request_type: Annotated[ies.RequestType | None, TVHalf(0x8, ies.REQUEST_TYPE)] = None
    s_nssai: Annotated[Snssai | None, TLV(0x22, ies.S_NSSAI, 1, 8)] = None
    dnn: Annotated[str | None, TLV(0x25, ies.DNN, 1, 100)] = None
    additional_information: Annotated[bytes | None, TLV(0x24, ies.OCTETS, 1)] = None
    ma_pdu_session_information: Annotated[int | None, TVHalf(0xA, ies.HALF)] = None
    release_assistance_indication: Annotated[int | None, TVHalf(0xF, ies.HALF)] = None


@gmm(0x68)
class DlNasTransport(GmmMessage, frozen=True, kw_only=True):
    """Network to UE: a payload from another function, or one that was not forwarded and why (8.2.11)."""

    payload_container_type: Annotated[ies.PayloadContainerType, VHalf(ies.PAYLOAD_CONTAINER_TYPE)]
    payload_container: Annotated[bytes, LVE(ies.OCTETS, 1)]
    pdu_session_id: Annotated[int | None, TV(0x12, 1, ies.OCTET)] = None
    additional_information: Annotated[bytes | None, TLV(0x24, ies.OCTETS, 1)] = None
    cause: Annotated[ies.GmmCause | None, TV(0x58, 1, ies.GMM_CAUSE)] = None
    back_off_timer_value: Annotated[ies.GprsTimer3 | None, TLV(0x37, ies.GPRS_TIMER_3, 1, 1)] = None
    lower_bound_timer_value: Annotated[ies.GprsTimer3 | None, TLV(0x3A, ies.GPRS_TIMER_3, 1, 1)] = None


@gmm(0x45)
class DeregistrationRequest(GmmMessage, frozen=True, kw_only=True):
    """UE to network, UE originating (8.2.12)."""

    deregistration_type: Annotated[ies.DeregistrationType, VHalf(ies.DEREGISTRATION_TYPE)]
    ngksi: Annotated[ies.KeySetIdentifier, VHalf(ies.KEY_SET_IDENTIFIER)]
    mobile_identity: Annotated[ies.MobileIdentity, LVE(ies.MOBILE_IDENTITY, 1)]


@gmm(0x46)
class DeregistrationAccept(GmmMessage, frozen=True, kw_only=True):
    """Network to UE, UE originating (8.2.13)."""


@gmm(0x47)
class DeregistrationRequestNetwork(GmmMessage, frozen=True, kw_only=True):
    """Network to UE, UE terminated (8.2.14)."""

    deregistration_type: Annotated[ies.DeregistrationType, VHalf(ies.DEREGISTRATION_TYPE)]
    cause: Annotated[ies.GmmCause | None, TV(0x58, 1, ies.GMM_CAUSE)] = None
    t3346_value: Annotated[ies.GprsTimer | None, TLV(0x5F, ies.GPRS_TIMER, 1, 1)] = None
    rejected_nssai: Annotated[tuple[ies.RejectedSnssai, ...] | None, TLV(0x6D, ies.REJECTED_NSSAI, 2, 40)] = (
        None
    )
    cag_information_list: Annotated[bytes | None, TLVE(0x75, ies.OCTETS)] = None
    extended_rejected_nssai: Annotated[bytes | None, TLV(0x68, ies.OCTETS, 3, 88)] = None
    disaster_return_wait_range: Annotated[bytes | None, TLV(0x2C, ies.OCTETS, 2, 2)] = None
    extended_cag_information_list: Annotated[bytes | None, TLVE(0x71, ies.OCTETS)] = None
    lower_bound_timer_value: Annotated[ies.GprsTimer3 | None, TLV(0x3A, ies.GPRS_TIMER_3, 1, 1)] = None
    forbidden_tais_for_roaming: Annotated[ies.Tais, TLV(0x1D, ies.TAI_LIST, 7, 112)] = None
    forbidden_tais_for_regional_provision: Annotated[ies.Tais, TLV(0x1E, ies.TAI_LIST, 7, 112)] = None


@gmm(0x48)
class DeregistrationAcceptNetwork(GmmMessage, frozen=True, kw_only=True):
    """UE to network, UE terminated (8.2.15)."""


@gmm(0x4C)
class ServiceRequest(GmmMessage, frozen=True, kw_only=True):
    """UE to network (8.2.16)."""

    ngksi: Annotated[ies.KeySetIdentifier, VHalf(ies.KEY_SET_IDENTIFIER)]
    service_type: Annotated[ies.ServiceType, VHalf(ies.SERVICE_TYPE)]
    s_tmsi: Annotated[STmsi, LVE(ies.S_TMSI, 7, 7)]
    uplink_data_status: Annotated[frozenset[int] | None, TLV(0x40, ies.PDU_SESSIONS, 2, 32)] = None
    pdu_session_status: Annotated[frozenset[int] | None, TLV(0x50, ies.PDU_SESSIONS, 2, 32)] = None
    allowed_pdu_session_status: Annotated[frozenset[int] | None, TLV(0x25, ies.PDU_SESSIONS, 2, 32)] = None
    nas_message_container: Annotated[bytes | None, TLVE(0x71, ies.OCTETS, 1)] = None
    ue_request_type: Annotated[bytes | None, TLV(0x29, ies.OCTETS, 1, 1)] = None
    paging_restriction: Annotated[bytes | None, TLV(0x28, ies.OCTETS, 1, 33)] = None


@gmm(0x4E)
class ServiceAccept(GmmMessage, frozen=True, kw_only=True):
    """Network to UE (8.2.17)."""

    pdu_session_status: Annotated[frozenset[int] | None, TLV(0x50, ies.PDU_SESSIONS, 2, 32)] = None
    pdu_session_reactivation_result: Annotated[frozenset[int] | None, TLV(0x26, ies.PDU_SESSIONS, 2, 32)] = (
        None
    )
    pdu_session_reactivation_result_error_cause: Annotated[
        tuple[ies.ReactivationError, ...] | None, TLVE(0x72, ies.REACTIVATION_ERRORS, 2, 512)
    ] = None
    eap_message: Annotated[bytes | None, TLVE(0x78, ies.OCTETS, 4, 1500)] = None
    t3448_value: Annotated[ies.GprsTimer | None, TLV(0x6B, ies.GPRS_TIMER, 1, 1)] = None
    additional_request_result: Annotated[bytes | None, TLV(0x34, ies.OCTETS, 1, 1)] = None
    forbidden_tais_for_roaming: Annotated[ies.Tais, TLV(0x1D, ies.TAI_LIST, 7, 112)] = None
    forbidden_tais_for_regional_provision: Annotated[ies.Tais, TLV(0x1E, ies.TAI_LIST, 7, 112)] = None


@gmm(0x4D)
class ServiceReject(GmmMessage, frozen=True, kw_only=True):
    """Network to UE (8.2.18)."""

    cause: Annotated[ies.GmmCause, V(1, ies.GMM_CAUSE)]
    pdu_session_status: Annotated[frozenset[int] | None, TLV(0x50, ies.PDU_SESSIONS, 2, 32)] = None
    t3346_value: Annotated[ies.GprsTimer | None, TLV(0x5F, ies.GPRS_TIMER, 1, 1)] = None
    eap_message: Annotated[bytes | None, TLVE(0x78, ies.OCTETS, 4, 1500)] = None
    t3448_value: Annotated[ies.GprsTimer | None, TLV(0x6B, ies.GPRS_TIMER, 1, 1)] = None
    cag_information_list: Annotated[bytes | None, TLVE(0x75, ies.OCTETS)] = None
    disaster_return_wait_range: Annotated[bytes | None, TLV(0x2C, ies.OCTETS, 2, 2)] = None
    extended_cag_information_list: Annotated[bytes | None, TLVE(0x71, ies.OCTETS)] = None
    lower_bound_timer_value: Annotated[ies.GprsTimer3 | None, TLV(0x3A, ies.GPRS_TIMER_3, 1, 1)] = None
    forbidden_tais_for_roaming: Annotated[ies.Tais, TLV(0x1D, ies.TAI_LIST, 7, 112)] = None
    forbidden_tais_for_regional_provision: Annotated[ies.Tais, TLV(0x1E, ies.TAI_LIST, 7, 112)] = None


@gmm(0x54)
class ConfigurationUpdateCommand(GmmMessage, frozen=True, kw_only=True):
    """Network to UE (8.2.19)."""

    configuration_update_indication: Annotated[
        ies.ConfigurationUpdateIndication | None, TVHalf(0xD, ies.CONFIGURATION_UPDATE_INDICATION)
    ] = None
    guti: Annotated[Guti | None, TLVE(0x77, ies.GUTI, 11, 11)] = None
    tai_list: Annotated[tuple[Tai, ...] | None, TLV(0x54, ies.TAI_LIST, 7, 112)] = None
    allowed_nssai: Annotated[tuple[Snssai, ...] | None, TLV(0x15, ies.NSSAI, 2, 72)] = None
    service_area_list: Annotated[ies.ServiceAreaList | None, TLV(0x27, ies.SERVICE_AREA_LIST, 4, 112)] = None
    full_name_for_network: Annotated[ies.NetworkName | None, TLV(0x43, ies.NETWORK_NAME, 1)] = None
    short_name_for_network: Annotated[ies.NetworkName | None, TLV(0x45, ies.NETWORK_NAME, 1)] = None
    local_time_zone: Annotated[int | None, TV(0x46, 1, ies.TIME_ZONE)] = None
    universal_time_and_local_time_zone: Annotated[
        ies.UniversalTime | None, TV(0x47, 7, ies.UNIVERSAL_TIME)
    ] = None
    network_daylight_saving_time: Annotated[int | None, TLV(0x49, ies.DAYLIGHT_SAVING, 1, 1)] = None
    ladn_information: Annotated[bytes | None, TLVE(0x79, ies.OCTETS, 0, 1712)] = None
    mico_indication: Annotated[ies.MicoIndication | None, TVHalf(0xB, ies.MICO_INDICATION)] = None
    network_slicing_indication: Annotated[
        ies.NetworkSlicingIndication | None, TVHalf(0x9, ies.NETWORK_SLICING_INDICATION)
    ] = None
    configured_nssai: Annotated[tuple[Snssai, ...] | None, TLV(0x31, ies.NSSAI, 2, 144)] = None
    rejected_nssai: Annotated[tuple[ies.RejectedSnssai, ...] | None, TLV(0x11, ies.REJECTED_NSSAI, 2, 40)] = (
        None
    )
    operator_defined_access_category_definitions: Annotated[bytes | None, TLVE(0x76, ies.OCTETS)] = None
    sms_indication: Annotated[bool | None, TVHalf(0xF, ies.FLAG)] = None
    t3447_value: Annotated[ies.GprsTimer3 | None, TLV(0x6C, ies.GPRS_TIMER_3, 1, 1)] = None
    cag_information_list: Annotated[bytes | None, TLVE(0x75, ies.OCTETS)] = None
    ue_radio_capability_id: Annotated[bytes | None, TLV(0x67, ies.OCTETS, 1)] = None
    ue_radio_capability_id_deletion_indication: Annotated[int | None, TVHalf(0xA, ies.HALF)] = None
    registration_result: Annotated[
        ies.RegistrationResult | None, TLV(0x44, ies.REGISTRATION_RESULT, 1, 1)
    ] = None
    truncated_5g_s_tmsi_configuration: Annotated[bytes | None, TLV(0x1B, ies.OCTETS, 1, 1)] = None
    additional_configuration_indication: Annotated[int | None, TVHalf(0xC, ies.HALF)] = None
    extended_rejected_nssai: Annotated[bytes | None, TLV(0x68, ies.OCTETS, 3, 88)] = None
    service_level_aa_container: Annotated[bytes | None, TLVE(0x72, ies.OCTETS, 3)] = None
    nssrg_information: Annotated[bytes | None, TLVE(0x70, ies.OCTETS, 4)] = None
    disaster_roaming_wait_range: Annotated[bytes | None, TLV(0x14, ies.OCTETS, 2, 2)] = None
    disaster_return_wait_range: Annotated[bytes | None, TLV(0x2C, ies.OCTETS, 2, 2)] = None
    list_of_plmns_for_disaster_condition: Annotated[bytes | None, TLV(0x13, ies.OCTETS)] = None
    extended_cag_information_list: Annotated[bytes | None, TLVE(0x71, ies.OCTETS)] = None
    updated_peips_assistance_information: Annotated[bytes | None, TLV(0x1F, ies.OCTETS, 1)] = None
    nsag_information: Annotated[bytes | None, TLVE(0x73, ies.OCTETS, 6)] = None
    priority_indicator: Annotated[int | None, TVHalf(0xE, ies.HALF)] = None


@gmm(0x55)
class ConfigurationUpdateComplete(GmmMessage, frozen=True, kw_only=True):
    """UE to network (8.2.20)."""


@gmm(0x5B)
class IdentityRequest(GmmMessage, frozen=True, kw_only=True):
    """Network to UE (8.2.21)."""

    identity_type: Annotated[ies.IdentityType, VHalf(ies.IDENTITY_TYPE)]


@gmm(0x5C)
class IdentityResponse(GmmMessage, frozen=True, kw_only=True):
    """UE to network (8.2.22)."""

    mobile_identity: Annotated[ies.MobileIdentity, LVE(ies.MOBILE_IDENTITY, 1)]


@gmm(0x65)
class Notification(GmmMessage, frozen=True, kw_only=True):
    """Network to UE: there is something for the other access (8.2.23)."""

    access_type: Annotated[ies.AccessType, VHalf(ies.ACCESS_TYPE)]


@gmm(0x66)
class NotificationResponse(GmmMessage, frozen=True, kw_only=True):
    """UE to network (8.2.24)."""

    pdu_session_status: Annotated[frozenset[int] | None, TLV(0x50, ies.PDU_SESSIONS, 2, 32)] = None


@gmm(0x5D)
class SecurityModeCommand(GmmMessage, frozen=True, kw_only=True):
    """Network to UE (8.2.25)."""

    selected_nas_security_algorithms: Annotated[ies.SecurityAlgorithms, V(1, ies.SECURITY_ALGORITHMS)]
    ngksi: Annotated[ies.KeySetIdentifier, VHalf(ies.KEY_SET_IDENTIFIER)]
    replayed_ue_security_capabilities: Annotated[
        ies.UeSecurityCapability, LV(ies.UE_SECURITY_CAPABILITY, 2, 8)
    ]
    imeisv_request: Annotated[bool | None, TVHalf(0xE, ies.FLAG)] = None
    selected_eps_nas_security_algorithms: Annotated[
        ies.SecurityAlgorithms | None, TV(0x57, 1, ies.SECURITY_ALGORITHMS)
    ] = None
    additional_5g_security_information: Annotated[
        ies.AdditionalSecurityInformation | None, TLV(0x36, ies.ADDITIONAL_SECURITY_INFORMATION, 1, 1)
    ] = None
    eap_message: Annotated[bytes | None, TLVE(0x78, ies.OCTETS, 4, 1500)] = None
    abba: Annotated[bytes | None, TLV(0x38, ies.OCTETS, 2)] = None
    replayed_s1_ue_security_capabilities: Annotated[bytes | None, TLV(0x19, ies.OCTETS, 2, 5)] = None


@gmm(0x5E)
class SecurityModeComplete(GmmMessage, frozen=True, kw_only=True):
    """UE to network (8.2.26)."""

    imeisv: Annotated[ies.Imeisv | None, TLVE(0x77, ies.IMEISV, 9, 9)] = None
    nas_message_container: Annotated[bytes | None, TLVE(0x71, ies.OCTETS, 1)] = None
    non_imeisv_pei: Annotated[
        ies.Imei | ies.Imeisv | ies.OtherIdentity | None, TLVE(0x78, ies.EQUIPMENT, 4)
    ] = None


@gmm(0x5F)
class SecurityModeReject(GmmMessage, frozen=True, kw_only=True):
    """UE to network (8.2.27)."""

    cause: Annotated[ies.GmmCause, V(1, ies.GMM_CAUSE)]


@gmm(0x64)
class GmmStatus(GmmMessage, frozen=True, kw_only=True):
    """Either way: an error in what was received (8.2.29). The specification calls it 5GMM STATUS."""

    cause: Annotated[ies.GmmCause, V(1, ies.GMM_CAUSE)]


@gmm(0x4F)
class ControlPlaneServiceRequest(GmmMessage, frozen=True, kw_only=True):
    """UE to network, with control plane CIoT optimisation (8.2.30)."""

    control_plane_service_type: Annotated[int, VHalf(ies.HALF)]
    ngksi: Annotated[ies.KeySetIdentifier, VHalf(ies.KEY_SET_IDENTIFIER)]
    ciot_small_data_container: Annotated[bytes | None, TLV(0x6F, ies.OCTETS, 2)] = None
    payload_container_type: Annotated[
        ies.PayloadContainerType | None, TVHalf(0x8, ies.PAYLOAD_CONTAINER_TYPE)
    ] = None
    payload_container: Annotated[bytes | None, TLVE(0x7B, ies.OCTETS, 1)] = None
    pdu_session_id: Annotated[int | None, TV(0x12, 1, ies.OCTET)] = None
    pdu_session_status: Annotated[frozenset[int] | None, TLV(0x50, ies.PDU_SESSIONS, 2, 32)] = None
    release_assistance_indication: Annotated[int | None, TVHalf(0xF, ies.HALF)] = None
    uplink_data_status: Annotated[frozenset[int] | None, TLV(0x40, ies.PDU_SESSIONS, 2, 32)] = None
    nas_message_container: Annotated[bytes | None, TLVE(0x71, ies.OCTETS, 1)] = None
    additional_information: Annotated[bytes | None, TLV(0x24, ies.OCTETS, 1)] = None
    allowed_pdu_session_status: Annotated[frozenset[int] | None, TLV(0x25, ies.PDU_SESSIONS, 2, 32)] = None
    ue_request_type: Annotated[bytes | None, TLV(0x29, ies.OCTETS, 1, 1)] = None
    paging_restriction: Annotated[bytes | None, TLV(0x28, ies.OCTETS, 1, 33)] = None


@gmm(0x50)
class NetworkSliceSpecificAuthenticationCommand(GmmMessage, frozen=True, kw_only=True):
    """Network to UE (8.2.31)."""

    s_nssai: Annotated[Snssai, LV(ies.S_NSSAI, 1, 8)]
    eap_message: Annotated[bytes, LVE(ies.OCTETS, 4, 1500)]


@gmm(0x51)
class NetworkSliceSpecificAuthenticationComplete(GmmMessage, frozen=True, kw_only=True):
    """UE to network (8.2.32)."""

    s_nssai: Annotated[Snssai, LV(ies.S_NSSAI, 1, 8)]
    eap_message: Annotated[bytes, LVE(ies.OCTETS, 4, 1500)]


@gmm(0x52)
class NetworkSliceSpecificAuthenticationResult(GmmMessage, frozen=True, kw_only=True):
    """Network to UE (8.2.33)."""

    s_nssai: Annotated[Snssai, LV(ies.S_NSSAI, 1, 8)]
    eap_message: Annotated[bytes, LVE(ies.OCTETS, 4, 1500)]
