"""Every NGAP message of TS 38.413 9.2, as its table of information elements.

Written by `tools/export_ngap.py` from the specification's ASN.1; change that, not this. An attribute is the
IE's name in snake case (the rule is in `tools/ngap_naming.py`). Mandatory IEs have to be given. One whose
absence the receiver has to live with (mandatory, but of criticality ignore or notify, TS 38.413 10.3.5) may
be None in a message that was received, never in one that is sent. Simple IEs are int, str and bytes; the
others are the values of `pilot5g.wire.aper` with the specification's field names, and `values` builds and
reads the common ones. OCTET STRINGs that contain another protocol or a transfer stay bytes: `transfers`.
"""

from __future__ import annotations

from typing import Any, ClassVar

from pilot5g.wire.ngap.message import Ie, Message

__all__ = [
    "MESSAGES",
    "AMFCPRelocationIndication",
    "AMFConfigurationUpdate",
    "AMFConfigurationUpdateAcknowledge",
    "AMFConfigurationUpdateFailure",
    "AMFStatusIndication",
    "BroadcastSessionModificationFailure",
    "BroadcastSessionModificationRequest",
    "BroadcastSessionModificationResponse",
    "BroadcastSessionReleaseRequest",
    "BroadcastSessionReleaseRequired",
    "BroadcastSessionReleaseResponse",
    "BroadcastSessionSetupFailure",
    "BroadcastSessionSetupRequest",
    "BroadcastSessionSetupResponse",
    "BroadcastSessionTransportFailure",
    "BroadcastSessionTransportRequest",
    "BroadcastSessionTransportResponse",
    "CellTrafficTrace",
    "ConnectionEstablishmentIndication",
    "DeactivateTrace",
    "DistributionReleaseRequest",
    "DistributionReleaseResponse",
    "DistributionSetupFailure",
    "DistributionSetupRequest",
    "DistributionSetupResponse",
    "DownlinkNASTransport",
    "DownlinkNonUEAssociatedNRPPaTransport",
    "DownlinkRANConfigurationTransfer",
    "DownlinkRANEarlyStatusTransfer",
    "DownlinkRANStatusTransfer",
    "DownlinkRIMInformationTransfer",
    "DownlinkUEAssociatedNRPPaTransport",
    "ErrorIndication",
    "HandoverCancel",
    "HandoverCancelAcknowledge",
    "HandoverCommand",
    "HandoverFailure",
    "HandoverNotify",
    "HandoverPreparationFailure",
    "HandoverRequest",
    "HandoverRequestAcknowledge",
    "HandoverRequired",
    "HandoverSuccess",
    "InitialContextSetupFailure",
    "InitialContextSetupRequest",
    "InitialContextSetupResponse",
    "InitialUEMessage",
    "LocationReport",
    "LocationReportingControl",
    "LocationReportingFailureIndication",
    "MTCommunicationHandlingFailure",
    "MTCommunicationHandlingRequest",
    "MTCommunicationHandlingResponse",
    "MulticastGroupPaging",
    "MulticastSessionActivationFailure",
    "MulticastSessionActivationRequest",
    "MulticastSessionActivationResponse",
    "MulticastSessionDeactivationRequest",
    "MulticastSessionDeactivationResponse",
    "MulticastSessionUpdateFailure",
    "MulticastSessionUpdateRequest",
    "MulticastSessionUpdateResponse",
    "NASNonDeliveryIndication",
    "NGReset",
    "NGResetAcknowledge",
    "NGSetupFailure",
    "NGSetupRequest",
    "NGSetupResponse",
    "OverloadStart",
    "OverloadStop",
    "PDUSessionResourceModifyConfirm",
    "PDUSessionResourceModifyIndication",
    "PDUSessionResourceModifyRequest",
    "PDUSessionResourceModifyResponse",
    "PDUSessionResourceNotify",
    "PDUSessionResourceReleaseCommand",
    "PDUSessionResourceReleaseResponse",
    "PDUSessionResourceSetupRequest",
    "PDUSessionResourceSetupResponse",
    "PWSCancelRequest",
    "PWSCancelResponse",
    "PWSFailureIndication",
    "PWSRestartIndication",
    "Paging",
    "PathSwitchRequest",
    "PathSwitchRequestAcknowledge",
    "PathSwitchRequestFailure",
    "PrivateMessage",
    "RANCPRelocationIndication",
    "RANConfigurationUpdate",
    "RANConfigurationUpdateAcknowledge",
    "RANConfigurationUpdateFailure",
    "RANPagingRequest",
    "RRCInactiveTransitionReport",
    "RerouteNASRequest",
    "RetrieveUEInformation",
    "SecondaryRATDataUsageReport",
    "TimingSynchronisationStatusFailure",
    "TimingSynchronisationStatusReport",
    "TimingSynchronisationStatusRequest",
    "TimingSynchronisationStatusResponse",
    "TraceFailureIndication",
    "TraceStart",
    "UEContextModificationFailure",
    "UEContextModificationRequest",
    "UEContextModificationResponse",
    "UEContextReleaseCommand",
    "UEContextReleaseComplete",
    "UEContextReleaseRequest",
    "UEContextResumeFailure",
    "UEContextResumeRequest",
    "UEContextResumeResponse",
    "UEContextSuspendFailure",
    "UEContextSuspendRequest",
    "UEContextSuspendResponse",
    "UEInformationTransfer",
    "UERadioCapabilityCheckRequest",
    "UERadioCapabilityCheckResponse",
    "UERadioCapabilityIDMappingRequest",
    "UERadioCapabilityIDMappingResponse",
    "UERadioCapabilityInfoIndication",
    "UETNLABindingReleaseRequest",
    "UplinkNASTransport",
    "UplinkNonUEAssociatedNRPPaTransport",
    "UplinkRANConfigurationTransfer",
    "UplinkRANEarlyStatusTransfer",
    "UplinkRANStatusTransfer",
    "UplinkRIMInformationTransfer",
    "UplinkUEAssociatedNRPPaTransport",
    "WriteReplaceWarningRequest",
    "WriteReplaceWarningResponse",
]


class AMFConfigurationUpdate(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 0."""

    procedure_code: ClassVar[int] = 0
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(1, "amf_name", "AMFName", "AMFName", "optional", "reject"),
        Ie(96, "served_guami_list", "ServedGUAMIList", "ServedGUAMIList", "optional", "reject"),
        Ie(86, "relative_amf_capacity", "RelativeAMFCapacity", "RelativeAMFCapacity", "optional", "ignore"),
        Ie(80, "plmn_support_list", "PLMNSupportList", "PLMNSupportList", "optional", "reject"),
        Ie(
            6,
            "amf_tnl_association_to_add_list",
            "AMF-TNLAssociationToAddList",
            "AMF-TNLAssociationToAddList",
            "optional",
            "ignore",
        ),
        Ie(
            7,
            "amf_tnl_association_to_remove_list",
            "AMF-TNLAssociationToRemoveList",
            "AMF-TNLAssociationToRemoveList",
            "optional",
            "ignore",
        ),
        Ie(
            8,
            "amf_tnl_association_to_update_list",
            "AMF-TNLAssociationToUpdateList",
            "AMF-TNLAssociationToUpdateList",
            "optional",
            "ignore",
        ),
        Ie(274, "extended_amf_name", "Extended-AMFName", "Extended-AMFName", "optional", "ignore"),
    )

    amf_name: str | None = None
    served_guami_list: list[Any] | None = None
    relative_amf_capacity: int | None = None
    plmn_support_list: list[Any] | None = None
    amf_tnl_association_to_add_list: list[Any] | None = None
    amf_tnl_association_to_remove_list: list[Any] | None = None
    amf_tnl_association_to_update_list: list[Any] | None = None
    extended_amf_name: dict[str, Any] | None = None


class AMFConfigurationUpdateAcknowledge(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 0."""

    procedure_code: ClassVar[int] = 0
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(
            5,
            "amf_tnl_association_setup_list",
            "AMF-TNLAssociationSetupList",
            "AMF-TNLAssociationSetupList",
            "optional",
            "ignore",
        ),
        Ie(
            4,
            "amf_tnl_association_failed_to_setup_list",
            "AMF-TNLAssociationFailedToSetupList",
            "TNLAssociationList",
            "optional",
            "ignore",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_tnl_association_setup_list: list[Any] | None = None
    amf_tnl_association_failed_to_setup_list: list[Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class AMFConfigurationUpdateFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 0."""

    procedure_code: ClassVar[int] = 0
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(107, "time_to_wait", "TimeToWait", "TimeToWait", "optional", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    cause: tuple[str, Any] | None
    time_to_wait: str | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class AMFStatusIndication(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 1."""

    procedure_code: ClassVar[int] = 1
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(
            120,
            "unavailable_guami_list",
            "UnavailableGUAMIList",
            "UnavailableGUAMIList",
            "mandatory",
            "reject",
        ),
    )

    unavailable_guami_list: list[Any]


class CellTrafficTrace(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 2."""

    procedure_code: ClassVar[int] = 2
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(44, "ngran_trace_id", "NGRANTraceID", "NGRANTraceID", "mandatory", "ignore"),
        Ie(43, "ngran_cgi", "NGRAN-CGI", "NGRAN-CGI", "mandatory", "ignore"),
        Ie(
            109,
            "trace_collection_entity_ip_address",
            "TraceCollectionEntityIPAddress",
            "TransportLayerAddress",
            "mandatory",
            "ignore",
        ),
        Ie(256, "privacy_indicator", "PrivacyIndicator", "PrivacyIndicator", "optional", "ignore"),
        Ie(
            257,
            "trace_collection_entity_uri",
            "TraceCollectionEntityURI",
            "URI-address",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    ngran_trace_id: bytes | None
    ngran_cgi: tuple[str, Any] | None
    trace_collection_entity_ip_address: tuple[int, int] | None
    privacy_indicator: str | None = None
    trace_collection_entity_uri: str | None = None


class DeactivateTrace(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 3."""

    procedure_code: ClassVar[int] = 3
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(44, "ngran_trace_id", "NGRANTraceID", "NGRANTraceID", "mandatory", "ignore"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    ngran_trace_id: bytes | None


class DownlinkNASTransport(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 4."""

    procedure_code: ClassVar[int] = 4
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(48, "old_amf", "OldAMF", "AMFName", "optional", "reject"),
        Ie(83, "ran_paging_priority", "RANPagingPriority", "RANPagingPriority", "optional", "ignore"),
        Ie(38, "nas_pdu", "NAS-PDU", "NAS-PDU", "mandatory", "reject"),
        Ie(
            36,
            "mobility_restriction_list",
            "MobilityRestrictionList",
            "MobilityRestrictionList",
            "optional",
            "ignore",
        ),
        Ie(31, "index_to_rfsp", "IndexToRFSP", "IndexToRFSP", "optional", "ignore"),
        Ie(
            110,
            "ue_aggregate_maximum_bit_rate",
            "UEAggregateMaximumBitRate",
            "UEAggregateMaximumBitRate",
            "optional",
            "ignore",
        ),
        Ie(0, "allowed_nssai", "AllowedNSSAI", "AllowedNSSAI", "optional", "reject"),
        Ie(
            177,
            "srvcc_operation_possible",
            "SRVCCOperationPossible",
            "SRVCCOperationPossible",
            "optional",
            "ignore",
        ),
        Ie(
            205,
            "enhanced_coverage_restriction",
            "Enhanced-CoverageRestriction",
            "Enhanced-CoverageRestriction",
            "optional",
            "ignore",
        ),
        Ie(
            206,
            "extended_connected_time",
            "Extended-ConnectedTime",
            "Extended-ConnectedTime",
            "optional",
            "ignore",
        ),
        Ie(
            209,
            "ue_differentiation_info",
            "UE-DifferentiationInfo",
            "UE-DifferentiationInfo",
            "optional",
            "ignore",
        ),
        Ie(222, "ce_mode_b_restricted", "CEmodeBrestricted", "CEmodeBrestricted", "optional", "ignore"),
        Ie(117, "ue_radio_capability", "UERadioCapability", "UERadioCapability", "optional", "ignore"),
        Ie(
            228,
            "ue_capability_info_request",
            "UECapabilityInfoRequest",
            "UECapabilityInfoRequest",
            "optional",
            "ignore",
        ),
        Ie(226, "end_indication", "EndIndication", "EndIndication", "optional", "ignore"),
        Ie(264, "ue_radio_capability_id", "UERadioCapabilityID", "UERadioCapabilityID", "optional", "reject"),
        Ie(
            334,
            "target_nssai_information",
            "TargetNSSAIInformation",
            "TargetNSSAIInformation",
            "optional",
            "ignore",
        ),
        Ie(34, "masked_imeisv", "MaskedIMEISV", "MaskedIMEISV", "optional", "ignore"),
        Ie(
            414,
            "partially_allowed_nssai",
            "Partially-Allowed-NSSAI",
            "Partially-Allowed-NSSAI",
            "optional",
            "ignore",
        ),
        Ie(
            400, "mobile_iab_authorized", "MobileIAB-Authorized", "MobileIAB-Authorized", "optional", "ignore"
        ),
        Ie(443, "extended_old_amf", "ExtendedOldAMF", "Extended-AMFName", "optional", "ignore"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    nas_pdu: bytes
    old_amf: str | None = None
    ran_paging_priority: int | None = None
    mobility_restriction_list: dict[str, Any] | None = None
    index_to_rfsp: int | None = None
    ue_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    allowed_nssai: list[Any] | None = None
    srvcc_operation_possible: str | None = None
    enhanced_coverage_restriction: str | None = None
    extended_connected_time: int | None = None
    ue_differentiation_info: dict[str, Any] | None = None
    ce_mode_b_restricted: str | None = None
    ue_radio_capability: bytes | None = None
    ue_capability_info_request: str | None = None
    end_indication: str | None = None
    ue_radio_capability_id: bytes | None = None
    target_nssai_information: dict[str, Any] | None = None
    masked_imeisv: tuple[int, int] | None = None
    partially_allowed_nssai: list[Any] | None = None
    mobile_iab_authorized: str | None = None
    extended_old_amf: dict[str, Any] | None = None


class DownlinkNonUEAssociatedNRPPaTransport(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 5."""

    procedure_code: ClassVar[int] = 5
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(89, "routing_id", "RoutingID", "RoutingID", "mandatory", "reject"),
        Ie(46, "nrppa_pdu", "NRPPa-PDU", "NRPPa-PDU", "mandatory", "reject"),
    )

    routing_id: bytes
    nrppa_pdu: bytes


class DownlinkRANConfigurationTransfer(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 6."""

    procedure_code: ClassVar[int] = 6
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(
            98,
            "son_configuration_transfer_dl",
            "SONConfigurationTransferDL",
            "SONConfigurationTransfer",
            "optional",
            "ignore",
        ),
        Ie(
            157,
            "endc_son_configuration_transfer_dl",
            "ENDC-SONConfigurationTransferDL",
            "EN-DCSONConfigurationTransfer",
            "optional",
            "ignore",
        ),
        Ie(
            250,
            "intersystem_son_configuration_transfer_dl",
            "IntersystemSONConfigurationTransferDL",
            "IntersystemSONConfigurationTransfer",
            "optional",
            "ignore",
        ),
    )

    son_configuration_transfer_dl: dict[str, Any] | None = None
    endc_son_configuration_transfer_dl: bytes | None = None
    intersystem_son_configuration_transfer_dl: dict[str, Any] | None = None


class DownlinkRANStatusTransfer(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 7."""

    procedure_code: ClassVar[int] = 7
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(
            84,
            "ran_status_transfer_transparent_container",
            "RANStatusTransfer-TransparentContainer",
            "RANStatusTransfer-TransparentContainer",
            "mandatory",
            "reject",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    ran_status_transfer_transparent_container: dict[str, Any]


class DownlinkUEAssociatedNRPPaTransport(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 8."""

    procedure_code: ClassVar[int] = 8
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(89, "routing_id", "RoutingID", "RoutingID", "mandatory", "reject"),
        Ie(46, "nrppa_pdu", "NRPPa-PDU", "NRPPa-PDU", "mandatory", "reject"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    routing_id: bytes
    nrppa_pdu: bytes


class ErrorIndication(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 9."""

    procedure_code: ClassVar[int] = 9
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "optional", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "optional", "ignore"),
        Ie(15, "cause", "Cause", "Cause", "optional", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
        Ie(26, "five_g_s_tmsi", "FiveG-S-TMSI", "FiveG-S-TMSI", "optional", "ignore"),
    )

    amf_ue_ngap_id: int | None = None
    ran_ue_ngap_id: int | None = None
    cause: tuple[str, Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None
    five_g_s_tmsi: dict[str, Any] | None = None


class HandoverCancel(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 10."""

    procedure_code: ClassVar[int] = 10
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    cause: tuple[str, Any] | None


class HandoverCancelAcknowledge(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 10."""

    procedure_code: ClassVar[int] = 10
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    criticality_diagnostics: dict[str, Any] | None = None


class HandoverNotify(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 11."""

    procedure_code: ClassVar[int] = 11
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "mandatory",
            "ignore",
        ),
        Ie(
            269,
            "notify_source_ngran_node",
            "NotifySourceNGRANNode",
            "NotifySourceNGRANNode",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    user_location_information: tuple[str, Any] | None
    notify_source_ngran_node: str | None = None


class HandoverRequired(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 12."""

    procedure_code: ClassVar[int] = 12
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(29, "handover_type", "HandoverType", "HandoverType", "mandatory", "reject"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(105, "target_id", "TargetID", "TargetID", "mandatory", "reject"),
        Ie(
            22,
            "direct_forwarding_path_availability",
            "DirectForwardingPathAvailability",
            "DirectForwardingPathAvailability",
            "optional",
            "ignore",
        ),
        Ie(
            61,
            "pdu_session_resource_list_ho_rqd",
            "PDUSessionResourceListHORqd",
            "PDUSessionResourceListHORqd",
            "mandatory",
            "reject",
        ),
        Ie(
            101,
            "source_to_target_transparent_container",
            "SourceToTarget-TransparentContainer",
            "SourceToTarget-TransparentContainer",
            "mandatory",
            "reject",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    handover_type: str
    cause: tuple[str, Any] | None
    target_id: tuple[str, Any]
    pdu_session_resource_list_ho_rqd: list[Any]
    source_to_target_transparent_container: bytes
    direct_forwarding_path_availability: str | None = None


class HandoverCommand(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 12."""

    procedure_code: ClassVar[int] = 12
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(29, "handover_type", "HandoverType", "HandoverType", "mandatory", "reject"),
        Ie(
            39,
            "nas_security_parameters_from_ngran",
            "NASSecurityParametersFromNGRAN",
            "NASSecurityParametersFromNGRAN",
            "conditional",
            "reject",
        ),
        Ie(
            59,
            "pdu_session_resource_handover_list",
            "PDUSessionResourceHandoverList",
            "PDUSessionResourceHandoverList",
            "optional",
            "ignore",
        ),
        Ie(
            78,
            "pdu_session_resource_to_release_list_ho_cmd",
            "PDUSessionResourceToReleaseListHOCmd",
            "PDUSessionResourceToReleaseListHOCmd",
            "optional",
            "ignore",
        ),
        Ie(
            106,
            "target_to_source_transparent_container",
            "TargetToSource-TransparentContainer",
            "TargetToSource-TransparentContainer",
            "mandatory",
            "reject",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    handover_type: str
    target_to_source_transparent_container: bytes
    nas_security_parameters_from_ngran: bytes | None = None
    pdu_session_resource_handover_list: list[Any] | None = None
    pdu_session_resource_to_release_list_ho_cmd: list[Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class HandoverPreparationFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 12."""

    procedure_code: ClassVar[int] = 12
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
        Ie(
            262,
            "target_to_source_failure_transparent_container",
            "TargettoSource-Failure-TransparentContainer",
            "TargettoSource-Failure-TransparentContainer",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    cause: tuple[str, Any] | None
    criticality_diagnostics: dict[str, Any] | None = None
    target_to_source_failure_transparent_container: bytes | None = None


class HandoverRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 13."""

    procedure_code: ClassVar[int] = 13
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(29, "handover_type", "HandoverType", "HandoverType", "mandatory", "reject"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(
            110,
            "ue_aggregate_maximum_bit_rate",
            "UEAggregateMaximumBitRate",
            "UEAggregateMaximumBitRate",
            "mandatory",
            "reject",
        ),
        Ie(
            18,
            "core_network_assistance_information_for_inactive",
            "CoreNetworkAssistanceInformationForInactive",
            "CoreNetworkAssistanceInformationForInactive",
            "optional",
            "ignore",
        ),
        Ie(
            119,
            "ue_security_capabilities",
            "UESecurityCapabilities",
            "UESecurityCapabilities",
            "mandatory",
            "reject",
        ),
        Ie(93, "security_context", "SecurityContext", "SecurityContext", "mandatory", "reject"),
        Ie(
            41,
            "new_security_context_ind",
            "NewSecurityContextInd",
            "NewSecurityContextInd",
            "optional",
            "reject",
        ),
        Ie(37, "nasc", "NASC", "NAS-PDU", "optional", "reject"),
        Ie(
            73,
            "pdu_session_resource_setup_list_ho_req",
            "PDUSessionResourceSetupListHOReq",
            "PDUSessionResourceSetupListHOReq",
            "mandatory",
            "reject",
        ),
        Ie(0, "allowed_nssai", "AllowedNSSAI", "AllowedNSSAI", "mandatory", "reject"),
        Ie(108, "trace_activation", "TraceActivation", "TraceActivation", "optional", "ignore"),
        Ie(34, "masked_imeisv", "MaskedIMEISV", "MaskedIMEISV", "optional", "ignore"),
        Ie(
            101,
            "source_to_target_transparent_container",
            "SourceToTarget-TransparentContainer",
            "SourceToTarget-TransparentContainer",
            "mandatory",
            "reject",
        ),
        Ie(
            36,
            "mobility_restriction_list",
            "MobilityRestrictionList",
            "MobilityRestrictionList",
            "optional",
            "ignore",
        ),
        Ie(
            33,
            "location_reporting_request_type",
            "LocationReportingRequestType",
            "LocationReportingRequestType",
            "optional",
            "ignore",
        ),
        Ie(
            91,
            "rrc_inactive_transition_report_request",
            "RRCInactiveTransitionReportRequest",
            "RRCInactiveTransitionReportRequest",
            "optional",
            "ignore",
        ),
        Ie(28, "guami", "GUAMI", "GUAMI", "mandatory", "reject"),
        Ie(
            146,
            "redirection_voice_fallback",
            "RedirectionVoiceFallback",
            "RedirectionVoiceFallback",
            "optional",
            "ignore",
        ),
        Ie(165, "cn_assisted_ran_tuning", "CNAssistedRANTuning", "CNAssistedRANTuning", "optional", "ignore"),
        Ie(
            177,
            "srvcc_operation_possible",
            "SRVCCOperationPossible",
            "SRVCCOperationPossible",
            "optional",
            "ignore",
        ),
        Ie(199, "iab_authorized", "IAB-Authorized", "IAB-Authorized", "optional", "reject"),
        Ie(
            205,
            "enhanced_coverage_restriction",
            "Enhanced-CoverageRestriction",
            "Enhanced-CoverageRestriction",
            "optional",
            "ignore",
        ),
        Ie(
            209,
            "ue_differentiation_info",
            "UE-DifferentiationInfo",
            "UE-DifferentiationInfo",
            "optional",
            "ignore",
        ),
        Ie(
            216,
            "nr_v2x_services_authorized",
            "NRV2XServicesAuthorized",
            "NRV2XServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            215,
            "lte_v2x_services_authorized",
            "LTEV2XServicesAuthorized",
            "LTEV2XServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            218,
            "nr_ue_sidelink_aggregate_maximum_bitrate",
            "NRUESidelinkAggregateMaximumBitrate",
            "NRUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            217,
            "lte_ue_sidelink_aggregate_maximum_bitrate",
            "LTEUESidelinkAggregateMaximumBitrate",
            "LTEUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(219, "pc5_qos_parameters", "PC5QoSParameters", "PC5QoSParameters", "optional", "ignore"),
        Ie(222, "ce_mode_b_restricted", "CEmodeBrestricted", "CEmodeBrestricted", "optional", "ignore"),
        Ie(234, "ue_up_ciot_support", "UE-UP-CIoT-Support", "UE-UP-CIoT-Support", "optional", "ignore"),
        Ie(
            254,
            "management_based_mdt_plmn_list",
            "ManagementBasedMDTPLMNList",
            "MDTPLMNList",
            "optional",
            "ignore",
        ),
        Ie(264, "ue_radio_capability_id", "UERadioCapabilityID", "UERadioCapabilityID", "optional", "reject"),
        Ie(
            206,
            "extended_connected_time",
            "Extended-ConnectedTime",
            "Extended-ConnectedTime",
            "optional",
            "ignore",
        ),
        Ie(
            326,
            "time_sync_assistance_info",
            "TimeSyncAssistanceInfo",
            "TimeSyncAssistanceInfo",
            "optional",
            "ignore",
        ),
        Ie(
            335,
            "ue_slice_maximum_bit_rate_list",
            "UESliceMaximumBitRateList",
            "UESliceMaximumBitRateList",
            "optional",
            "ignore",
        ),
        Ie(
            345,
            "five_g_prose_authorized",
            "FiveG-ProSeAuthorized",
            "FiveG-ProSeAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            346,
            "five_g_prose_ue_pc5_aggregate_maximum_bit_rate",
            "FiveG-ProSeUEPC5AggregateMaximumBitRate",
            "NRUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            347,
            "five_g_prose_pc5_qos_parameters",
            "FiveG-ProSePC5QoSParameters",
            "FiveG-ProSePC5QoSParameters",
            "optional",
            "ignore",
        ),
        Ie(
            373,
            "aerial_ue_subscription_information",
            "AerialUEsubscriptionInformation",
            "AerialUEsubscriptionInformation",
            "optional",
            "ignore",
        ),
        Ie(
            374,
            "nr_a2x_services_authorized",
            "NR-A2X-ServicesAuthorized",
            "NR-A2X-ServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            375,
            "lte_a2x_services_authorized",
            "LTE-A2X-ServicesAuthorized",
            "LTE-A2X-ServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            376,
            "nr_a2x_ue_pc5_aggregate_maximum_bit_rate",
            "NR-A2X-UE-PC5-AggregateMaximumBitRate",
            "NRUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            377,
            "lte_a2x_ue_pc5_aggregate_maximum_bit_rate",
            "LTE-A2X-UE-PC5-AggregateMaximumBitRate",
            "LTEUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            378,
            "a2x_pc5_qos_parameters",
            "A2X-PC5-QoS-Parameters",
            "A2X-PC5-QoS-Parameters",
            "optional",
            "ignore",
        ),
        Ie(
            400, "mobile_iab_authorized", "MobileIAB-Authorized", "MobileIAB-Authorized", "optional", "ignore"
        ),
        Ie(
            403,
            "no_pdu_session_indication",
            "NoPDUSessionIndication",
            "NoPDUSessionIndication",
            "optional",
            "ignore",
        ),
        Ie(
            414,
            "partially_allowed_nssai",
            "Partially-Allowed-NSSAI",
            "Partially-Allowed-NSSAI",
            "optional",
            "ignore",
        ),
        Ie(
            430,
            "sl_positioning_ranging_service_info",
            "SLPositioningRangingServiceInfo",
            "SLPositioningRangingServiceInfo",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    handover_type: str
    cause: tuple[str, Any] | None
    ue_aggregate_maximum_bit_rate: dict[str, Any]
    ue_security_capabilities: dict[str, Any]
    security_context: dict[str, Any]
    pdu_session_resource_setup_list_ho_req: list[Any]
    allowed_nssai: list[Any]
    source_to_target_transparent_container: bytes
    guami: dict[str, Any]
    core_network_assistance_information_for_inactive: dict[str, Any] | None = None
    new_security_context_ind: str | None = None
    nasc: bytes | None = None
    trace_activation: dict[str, Any] | None = None
    masked_imeisv: tuple[int, int] | None = None
    mobility_restriction_list: dict[str, Any] | None = None
    location_reporting_request_type: dict[str, Any] | None = None
    rrc_inactive_transition_report_request: str | None = None
    redirection_voice_fallback: str | None = None
    cn_assisted_ran_tuning: dict[str, Any] | None = None
    srvcc_operation_possible: str | None = None
    iab_authorized: str | None = None
    enhanced_coverage_restriction: str | None = None
    ue_differentiation_info: dict[str, Any] | None = None
    nr_v2x_services_authorized: dict[str, Any] | None = None
    lte_v2x_services_authorized: dict[str, Any] | None = None
    nr_ue_sidelink_aggregate_maximum_bitrate: dict[str, Any] | None = None
    lte_ue_sidelink_aggregate_maximum_bitrate: dict[str, Any] | None = None
    pc5_qos_parameters: dict[str, Any] | None = None
    ce_mode_b_restricted: str | None = None
    ue_up_ciot_support: str | None = None
    management_based_mdt_plmn_list: list[Any] | None = None
    ue_radio_capability_id: bytes | None = None
    extended_connected_time: int | None = None
    time_sync_assistance_info: dict[str, Any] | None = None
    ue_slice_maximum_bit_rate_list: list[Any] | None = None
    five_g_prose_authorized: dict[str, Any] | None = None
    five_g_prose_ue_pc5_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    five_g_prose_pc5_qos_parameters: dict[str, Any] | None = None
    aerial_ue_subscription_information: str | None = None
    nr_a2x_services_authorized: dict[str, Any] | None = None
    lte_a2x_services_authorized: dict[str, Any] | None = None
    nr_a2x_ue_pc5_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    lte_a2x_ue_pc5_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    a2x_pc5_qos_parameters: dict[str, Any] | None = None
    mobile_iab_authorized: str | None = None
    no_pdu_session_indication: str | None = None
    partially_allowed_nssai: list[Any] | None = None
    sl_positioning_ranging_service_info: dict[str, Any] | None = None


class HandoverRequestAcknowledge(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 13."""

    procedure_code: ClassVar[int] = 13
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(
            53,
            "pdu_session_resource_admitted_list",
            "PDUSessionResourceAdmittedList",
            "PDUSessionResourceAdmittedList",
            "mandatory",
            "ignore",
        ),
        Ie(
            56,
            "pdu_session_resource_failed_to_setup_list_ho_ack",
            "PDUSessionResourceFailedToSetupListHOAck",
            "PDUSessionResourceFailedToSetupListHOAck",
            "optional",
            "ignore",
        ),
        Ie(
            106,
            "target_to_source_transparent_container",
            "TargetToSource-TransparentContainer",
            "TargetToSource-TransparentContainer",
            "mandatory",
            "reject",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
        Ie(
            259,
            "npn_access_information",
            "NPN-AccessInformation",
            "NPN-AccessInformation",
            "optional",
            "reject",
        ),
        Ie(333, "redcap_indication", "RedCapIndication", "RedCapIndication", "optional", "ignore"),
        Ie(427, "e_redcap_indication", "ERedCapIndication", "ERedCapIndication", "optional", "ignore"),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    pdu_session_resource_admitted_list: list[Any] | None
    target_to_source_transparent_container: bytes
    pdu_session_resource_failed_to_setup_list_ho_ack: list[Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None
    npn_access_information: tuple[str, Any] | None = None
    redcap_indication: str | None = None
    e_redcap_indication: str | None = None


class HandoverFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 13."""

    procedure_code: ClassVar[int] = 13
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
        Ie(
            262,
            "target_to_source_failure_transparent_container",
            "TargettoSource-Failure-TransparentContainer",
            "TargettoSource-Failure-TransparentContainer",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    cause: tuple[str, Any] | None
    criticality_diagnostics: dict[str, Any] | None = None
    target_to_source_failure_transparent_container: bytes | None = None


class InitialContextSetupRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 14."""

    procedure_code: ClassVar[int] = 14
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(48, "old_amf", "OldAMF", "AMFName", "optional", "reject"),
        Ie(
            110,
            "ue_aggregate_maximum_bit_rate",
            "UEAggregateMaximumBitRate",
            "UEAggregateMaximumBitRate",
            "conditional",
            "reject",
        ),
        Ie(
            18,
            "core_network_assistance_information_for_inactive",
            "CoreNetworkAssistanceInformationForInactive",
            "CoreNetworkAssistanceInformationForInactive",
            "optional",
            "ignore",
        ),
        Ie(28, "guami", "GUAMI", "GUAMI", "mandatory", "reject"),
        Ie(
            71,
            "pdu_session_resource_setup_list_cxt_req",
            "PDUSessionResourceSetupListCxtReq",
            "PDUSessionResourceSetupListCxtReq",
            "optional",
            "reject",
        ),
        Ie(0, "allowed_nssai", "AllowedNSSAI", "AllowedNSSAI", "mandatory", "reject"),
        Ie(
            119,
            "ue_security_capabilities",
            "UESecurityCapabilities",
            "UESecurityCapabilities",
            "mandatory",
            "reject",
        ),
        Ie(94, "security_key", "SecurityKey", "SecurityKey", "mandatory", "reject"),
        Ie(108, "trace_activation", "TraceActivation", "TraceActivation", "optional", "ignore"),
        Ie(
            36,
            "mobility_restriction_list",
            "MobilityRestrictionList",
            "MobilityRestrictionList",
            "optional",
            "ignore",
        ),
        Ie(117, "ue_radio_capability", "UERadioCapability", "UERadioCapability", "optional", "ignore"),
        Ie(31, "index_to_rfsp", "IndexToRFSP", "IndexToRFSP", "optional", "ignore"),
        Ie(34, "masked_imeisv", "MaskedIMEISV", "MaskedIMEISV", "optional", "ignore"),
        Ie(38, "nas_pdu", "NAS-PDU", "NAS-PDU", "optional", "ignore"),
        Ie(
            24,
            "emergency_fallback_indicator",
            "EmergencyFallbackIndicator",
            "EmergencyFallbackIndicator",
            "optional",
            "reject",
        ),
        Ie(
            91,
            "rrc_inactive_transition_report_request",
            "RRCInactiveTransitionReportRequest",
            "RRCInactiveTransitionReportRequest",
            "optional",
            "ignore",
        ),
        Ie(
            118,
            "ue_radio_capability_for_paging",
            "UERadioCapabilityForPaging",
            "UERadioCapabilityForPaging",
            "optional",
            "ignore",
        ),
        Ie(
            146,
            "redirection_voice_fallback",
            "RedirectionVoiceFallback",
            "RedirectionVoiceFallback",
            "optional",
            "ignore",
        ),
        Ie(
            33,
            "location_reporting_request_type",
            "LocationReportingRequestType",
            "LocationReportingRequestType",
            "optional",
            "ignore",
        ),
        Ie(165, "cn_assisted_ran_tuning", "CNAssistedRANTuning", "CNAssistedRANTuning", "optional", "ignore"),
        Ie(
            177,
            "srvcc_operation_possible",
            "SRVCCOperationPossible",
            "SRVCCOperationPossible",
            "optional",
            "ignore",
        ),
        Ie(199, "iab_authorized", "IAB-Authorized", "IAB-Authorized", "optional", "ignore"),
        Ie(
            205,
            "enhanced_coverage_restriction",
            "Enhanced-CoverageRestriction",
            "Enhanced-CoverageRestriction",
            "optional",
            "ignore",
        ),
        Ie(
            206,
            "extended_connected_time",
            "Extended-ConnectedTime",
            "Extended-ConnectedTime",
            "optional",
            "ignore",
        ),
        Ie(
            209,
            "ue_differentiation_info",
            "UE-DifferentiationInfo",
            "UE-DifferentiationInfo",
            "optional",
            "ignore",
        ),
        Ie(
            216,
            "nr_v2x_services_authorized",
            "NRV2XServicesAuthorized",
            "NRV2XServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            215,
            "lte_v2x_services_authorized",
            "LTEV2XServicesAuthorized",
            "LTEV2XServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            218,
            "nr_ue_sidelink_aggregate_maximum_bitrate",
            "NRUESidelinkAggregateMaximumBitrate",
            "NRUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            217,
            "lte_ue_sidelink_aggregate_maximum_bitrate",
            "LTEUESidelinkAggregateMaximumBitrate",
            "LTEUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(219, "pc5_qos_parameters", "PC5QoSParameters", "PC5QoSParameters", "optional", "ignore"),
        Ie(222, "ce_mode_b_restricted", "CEmodeBrestricted", "CEmodeBrestricted", "optional", "ignore"),
        Ie(234, "ue_up_ciot_support", "UE-UP-CIoT-Support", "UE-UP-CIoT-Support", "optional", "ignore"),
        Ie(
            238,
            "rg_level_wireline_access_characteristics",
            "RGLevelWirelineAccessCharacteristics",
            "RGLevelWirelineAccessCharacteristics",
            "optional",
            "ignore",
        ),
        Ie(
            254,
            "management_based_mdt_plmn_list",
            "ManagementBasedMDTPLMNList",
            "MDTPLMNList",
            "optional",
            "ignore",
        ),
        Ie(264, "ue_radio_capability_id", "UERadioCapabilityID", "UERadioCapabilityID", "optional", "reject"),
        Ie(
            326,
            "time_sync_assistance_info",
            "TimeSyncAssistanceInfo",
            "TimeSyncAssistanceInfo",
            "optional",
            "ignore",
        ),
        Ie(328, "qmc_config_info", "QMCConfigInfo", "QMCConfigInfo", "optional", "ignore"),
        Ie(
            334,
            "target_nssai_information",
            "TargetNSSAIInformation",
            "TargetNSSAIInformation",
            "optional",
            "ignore",
        ),
        Ie(
            335,
            "ue_slice_maximum_bit_rate_list",
            "UESliceMaximumBitRateList",
            "UESliceMaximumBitRateList",
            "optional",
            "ignore",
        ),
        Ie(
            345,
            "five_g_prose_authorized",
            "FiveG-ProSeAuthorized",
            "FiveG-ProSeAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            346,
            "five_g_prose_ue_pc5_aggregate_maximum_bit_rate",
            "FiveG-ProSeUEPC5AggregateMaximumBitRate",
            "NRUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            347,
            "five_g_prose_pc5_qos_parameters",
            "FiveG-ProSePC5QoSParameters",
            "FiveG-ProSePC5QoSParameters",
            "optional",
            "ignore",
        ),
        Ie(
            367,
            "network_controlled_repeater_authorized",
            "NetworkControlledRepeaterAuthorized",
            "NetworkControlledRepeaterAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            373,
            "aerial_ue_subscription_information",
            "AerialUEsubscriptionInformation",
            "AerialUEsubscriptionInformation",
            "optional",
            "ignore",
        ),
        Ie(
            374,
            "nr_a2x_services_authorized",
            "NR-A2X-ServicesAuthorized",
            "NR-A2X-ServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            375,
            "lte_a2x_services_authorized",
            "LTE-A2X-ServicesAuthorized",
            "LTE-A2X-ServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            376,
            "nr_a2x_ue_pc5_aggregate_maximum_bit_rate",
            "NR-A2X-UE-PC5-AggregateMaximumBitRate",
            "NRUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            377,
            "lte_a2x_ue_pc5_aggregate_maximum_bit_rate",
            "LTE-A2X-UE-PC5-AggregateMaximumBitRate",
            "LTEUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            378,
            "a2x_pc5_qos_parameters",
            "A2X-PC5-QoS-Parameters",
            "A2X-PC5-QoS-Parameters",
            "optional",
            "ignore",
        ),
        Ie(
            400, "mobile_iab_authorized", "MobileIAB-Authorized", "MobileIAB-Authorized", "optional", "ignore"
        ),
        Ie(
            414,
            "partially_allowed_nssai",
            "Partially-Allowed-NSSAI",
            "Partially-Allowed-NSSAI",
            "optional",
            "ignore",
        ),
        Ie(
            430,
            "sl_positioning_ranging_service_info",
            "SLPositioningRangingServiceInfo",
            "SLPositioningRangingServiceInfo",
            "optional",
            "ignore",
        ),
        Ie(443, "extended_old_amf", "ExtendedOldAMF", "Extended-AMFName", "optional", "ignore"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    guami: dict[str, Any]
    allowed_nssai: list[Any]
    ue_security_capabilities: dict[str, Any]
    security_key: tuple[int, int]
    old_amf: str | None = None
    ue_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    core_network_assistance_information_for_inactive: dict[str, Any] | None = None
    pdu_session_resource_setup_list_cxt_req: list[Any] | None = None
    trace_activation: dict[str, Any] | None = None
    mobility_restriction_list: dict[str, Any] | None = None
    ue_radio_capability: bytes | None = None
    index_to_rfsp: int | None = None
    masked_imeisv: tuple[int, int] | None = None
    nas_pdu: bytes | None = None
    emergency_fallback_indicator: dict[str, Any] | None = None
    rrc_inactive_transition_report_request: str | None = None
    ue_radio_capability_for_paging: dict[str, Any] | None = None
    redirection_voice_fallback: str | None = None
    location_reporting_request_type: dict[str, Any] | None = None
    cn_assisted_ran_tuning: dict[str, Any] | None = None
    srvcc_operation_possible: str | None = None
    iab_authorized: str | None = None
    enhanced_coverage_restriction: str | None = None
    extended_connected_time: int | None = None
    ue_differentiation_info: dict[str, Any] | None = None
    nr_v2x_services_authorized: dict[str, Any] | None = None
    lte_v2x_services_authorized: dict[str, Any] | None = None
    nr_ue_sidelink_aggregate_maximum_bitrate: dict[str, Any] | None = None
    lte_ue_sidelink_aggregate_maximum_bitrate: dict[str, Any] | None = None
    pc5_qos_parameters: dict[str, Any] | None = None
    ce_mode_b_restricted: str | None = None
    ue_up_ciot_support: str | None = None
    rg_level_wireline_access_characteristics: bytes | None = None
    management_based_mdt_plmn_list: list[Any] | None = None
    ue_radio_capability_id: bytes | None = None
    time_sync_assistance_info: dict[str, Any] | None = None
    qmc_config_info: dict[str, Any] | None = None
    target_nssai_information: dict[str, Any] | None = None
    ue_slice_maximum_bit_rate_list: list[Any] | None = None
    five_g_prose_authorized: dict[str, Any] | None = None
    five_g_prose_ue_pc5_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    five_g_prose_pc5_qos_parameters: dict[str, Any] | None = None
    network_controlled_repeater_authorized: str | None = None
    aerial_ue_subscription_information: str | None = None
    nr_a2x_services_authorized: dict[str, Any] | None = None
    lte_a2x_services_authorized: dict[str, Any] | None = None
    nr_a2x_ue_pc5_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    lte_a2x_ue_pc5_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    a2x_pc5_qos_parameters: dict[str, Any] | None = None
    mobile_iab_authorized: str | None = None
    partially_allowed_nssai: list[Any] | None = None
    sl_positioning_ranging_service_info: dict[str, Any] | None = None
    extended_old_amf: dict[str, Any] | None = None


class InitialContextSetupResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 14."""

    procedure_code: ClassVar[int] = 14
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(
            72,
            "pdu_session_resource_setup_list_cxt_res",
            "PDUSessionResourceSetupListCxtRes",
            "PDUSessionResourceSetupListCxtRes",
            "optional",
            "ignore",
        ),
        Ie(
            55,
            "pdu_session_resource_failed_to_setup_list_cxt_res",
            "PDUSessionResourceFailedToSetupListCxtRes",
            "PDUSessionResourceFailedToSetupListCxtRes",
            "optional",
            "ignore",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    pdu_session_resource_setup_list_cxt_res: list[Any] | None = None
    pdu_session_resource_failed_to_setup_list_cxt_res: list[Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class InitialContextSetupFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 14."""

    procedure_code: ClassVar[int] = 14
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(
            132,
            "pdu_session_resource_failed_to_setup_list_cxt_fail",
            "PDUSessionResourceFailedToSetupListCxtFail",
            "PDUSessionResourceFailedToSetupListCxtFail",
            "optional",
            "ignore",
        ),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    cause: tuple[str, Any] | None
    pdu_session_resource_failed_to_setup_list_cxt_fail: list[Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class InitialUEMessage(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 15."""

    procedure_code: ClassVar[int] = 15
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(38, "nas_pdu", "NAS-PDU", "NAS-PDU", "mandatory", "reject"),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "mandatory",
            "reject",
        ),
        Ie(
            90,
            "rrc_establishment_cause",
            "RRCEstablishmentCause",
            "RRCEstablishmentCause",
            "mandatory",
            "ignore",
        ),
        Ie(26, "five_g_s_tmsi", "FiveG-S-TMSI", "FiveG-S-TMSI", "optional", "reject"),
        Ie(3, "amf_set_id", "AMFSetID", "AMFSetID", "optional", "ignore"),
        Ie(112, "ue_context_request", "UEContextRequest", "UEContextRequest", "optional", "ignore"),
        Ie(0, "allowed_nssai", "AllowedNSSAI", "AllowedNSSAI", "optional", "reject"),
        Ie(
            171,
            "source_to_target_amf_information_reroute",
            "SourceToTarget-AMFInformationReroute",
            "SourceToTarget-AMFInformationReroute",
            "optional",
            "ignore",
        ),
        Ie(174, "selected_plmn_identity", "SelectedPLMNIdentity", "PLMNIdentity", "optional", "ignore"),
        Ie(201, "iab_node_indication", "IABNodeIndication", "IABNodeIndication", "optional", "reject"),
        Ie(
            224,
            "ce_mode_b_support_indicator",
            "CEmodeBSupport-Indicator",
            "CEmodeBSupport-Indicator",
            "optional",
            "reject",
        ),
        Ie(225, "ltem_indication", "LTEM-Indication", "LTEM-Indication", "optional", "ignore"),
        Ie(227, "edt_session", "EDT-Session", "EDT-Session", "optional", "ignore"),
        Ie(
            245,
            "authenticated_indication",
            "AuthenticatedIndication",
            "AuthenticatedIndication",
            "optional",
            "ignore",
        ),
        Ie(
            259,
            "npn_access_information",
            "NPN-AccessInformation",
            "NPN-AccessInformation",
            "optional",
            "reject",
        ),
        Ie(333, "redcap_indication", "RedCapIndication", "RedCapIndication", "optional", "ignore"),
        Ie(371, "selected_nid", "SelectedNID", "NID", "optional", "ignore"),
        Ie(
            402,
            "mobile_iab_node_indication",
            "MobileIABNodeIndication",
            "MobileIABNodeIndication",
            "optional",
            "reject",
        ),
        Ie(
            414,
            "partially_allowed_nssai",
            "Partially-Allowed-NSSAI",
            "Partially-Allowed-NSSAI",
            "optional",
            "ignore",
        ),
        Ie(427, "e_redcap_indication", "ERedCapIndication", "ERedCapIndication", "optional", "ignore"),
        Ie(
            440,
            "aun3_device_access_info",
            "AUN3DeviceAccessInfo",
            "AUN3DeviceAccessInfo",
            "optional",
            "ignore",
        ),
    )

    ran_ue_ngap_id: int
    nas_pdu: bytes
    user_location_information: tuple[str, Any]
    rrc_establishment_cause: str | None
    five_g_s_tmsi: dict[str, Any] | None = None
    amf_set_id: tuple[int, int] | None = None
    ue_context_request: str | None = None
    allowed_nssai: list[Any] | None = None
    source_to_target_amf_information_reroute: dict[str, Any] | None = None
    selected_plmn_identity: bytes | None = None
    iab_node_indication: str | None = None
    ce_mode_b_support_indicator: str | None = None
    ltem_indication: str | None = None
    edt_session: str | None = None
    authenticated_indication: str | None = None
    npn_access_information: tuple[str, Any] | None = None
    redcap_indication: str | None = None
    selected_nid: tuple[int, int] | None = None
    mobile_iab_node_indication: str | None = None
    partially_allowed_nssai: list[Any] | None = None
    e_redcap_indication: str | None = None
    aun3_device_access_info: dict[str, Any] | None = None


class LocationReportingControl(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 16."""

    procedure_code: ClassVar[int] = 16
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(
            33,
            "location_reporting_request_type",
            "LocationReportingRequestType",
            "LocationReportingRequestType",
            "mandatory",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    location_reporting_request_type: dict[str, Any] | None


class LocationReportingFailureIndication(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 17."""

    procedure_code: ClassVar[int] = 17
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    cause: tuple[str, Any] | None


class LocationReport(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 18."""

    procedure_code: ClassVar[int] = 18
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "mandatory",
            "ignore",
        ),
        Ie(
            116,
            "ue_presence_in_area_of_interest_list",
            "UEPresenceInAreaOfInterestList",
            "UEPresenceInAreaOfInterestList",
            "optional",
            "ignore",
        ),
        Ie(
            33,
            "location_reporting_request_type",
            "LocationReportingRequestType",
            "LocationReportingRequestType",
            "mandatory",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    user_location_information: tuple[str, Any] | None
    location_reporting_request_type: dict[str, Any] | None
    ue_presence_in_area_of_interest_list: list[Any] | None = None


class NASNonDeliveryIndication(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 19."""

    procedure_code: ClassVar[int] = 19
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(38, "nas_pdu", "NAS-PDU", "NAS-PDU", "mandatory", "ignore"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    nas_pdu: bytes | None
    cause: tuple[str, Any] | None


class NGReset(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 20."""

    procedure_code: ClassVar[int] = 20
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(88, "reset_type", "ResetType", "ResetType", "mandatory", "reject"),
    )

    cause: tuple[str, Any] | None
    reset_type: tuple[str, Any]


class NGResetAcknowledge(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 20."""

    procedure_code: ClassVar[int] = 20
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(
            111,
            "ue_associated_logical_ng_connection_list",
            "UE-associatedLogicalNG-connectionList",
            "UE-associatedLogicalNG-connectionList",
            "optional",
            "ignore",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    ue_associated_logical_ng_connection_list: list[Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class NGSetupRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 21."""

    procedure_code: ClassVar[int] = 21
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(27, "global_ran_node_id", "GlobalRANNodeID", "GlobalRANNodeID", "mandatory", "reject"),
        Ie(82, "ran_node_name", "RANNodeName", "RANNodeName", "optional", "ignore"),
        Ie(102, "supported_ta_list", "SupportedTAList", "SupportedTAList", "mandatory", "reject"),
        Ie(21, "default_paging_drx", "DefaultPagingDRX", "PagingDRX", "mandatory", "ignore"),
        Ie(
            147,
            "ue_retention_information",
            "UERetentionInformation",
            "UERetentionInformation",
            "optional",
            "ignore",
        ),
        Ie(
            204,
            "nb_iot_default_paging_drx",
            "NB-IoT-DefaultPagingDRX",
            "NB-IoT-DefaultPagingDRX",
            "optional",
            "ignore",
        ),
        Ie(
            273,
            "extended_ran_node_name",
            "Extended-RANNodeName",
            "Extended-RANNodeName",
            "optional",
            "ignore",
        ),
    )

    global_ran_node_id: tuple[str, Any]
    supported_ta_list: list[Any]
    default_paging_drx: str | None
    ran_node_name: str | None = None
    ue_retention_information: str | None = None
    nb_iot_default_paging_drx: str | None = None
    extended_ran_node_name: dict[str, Any] | None = None


class NGSetupResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 21."""

    procedure_code: ClassVar[int] = 21
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(1, "amf_name", "AMFName", "AMFName", "mandatory", "reject"),
        Ie(96, "served_guami_list", "ServedGUAMIList", "ServedGUAMIList", "mandatory", "reject"),
        Ie(86, "relative_amf_capacity", "RelativeAMFCapacity", "RelativeAMFCapacity", "mandatory", "ignore"),
        Ie(80, "plmn_support_list", "PLMNSupportList", "PLMNSupportList", "mandatory", "reject"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
        Ie(
            147,
            "ue_retention_information",
            "UERetentionInformation",
            "UERetentionInformation",
            "optional",
            "ignore",
        ),
        Ie(200, "iab_supported", "IAB-Supported", "IAB-Supported", "optional", "ignore"),
        Ie(274, "extended_amf_name", "Extended-AMFName", "Extended-AMFName", "optional", "ignore"),
        Ie(404, "mobile_iab_supported", "MobileIAB-Supported", "MobileIAB-Supported", "optional", "ignore"),
    )

    amf_name: str
    served_guami_list: list[Any]
    relative_amf_capacity: int | None
    plmn_support_list: list[Any]
    criticality_diagnostics: dict[str, Any] | None = None
    ue_retention_information: str | None = None
    iab_supported: str | None = None
    extended_amf_name: dict[str, Any] | None = None
    mobile_iab_supported: str | None = None


class NGSetupFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 21."""

    procedure_code: ClassVar[int] = 21
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(107, "time_to_wait", "TimeToWait", "TimeToWait", "optional", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    cause: tuple[str, Any] | None
    time_to_wait: str | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class OverloadStart(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 22."""

    procedure_code: ClassVar[int] = 22
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(2, "amf_overload_response", "AMFOverloadResponse", "OverloadResponse", "optional", "reject"),
        Ie(
            9,
            "amf_traffic_load_reduction_indication",
            "AMFTrafficLoadReductionIndication",
            "TrafficLoadReductionIndication",
            "optional",
            "ignore",
        ),
        Ie(
            49,
            "overload_start_nssai_list",
            "OverloadStartNSSAIList",
            "OverloadStartNSSAIList",
            "optional",
            "ignore",
        ),
    )

    amf_overload_response: tuple[str, Any] | None = None
    amf_traffic_load_reduction_indication: int | None = None
    overload_start_nssai_list: list[Any] | None = None


class OverloadStop(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 23."""

    procedure_code: ClassVar[int] = 23
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"


class Paging(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 24."""

    procedure_code: ClassVar[int] = 24
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(115, "ue_paging_identity", "UEPagingIdentity", "UEPagingIdentity", "mandatory", "ignore"),
        Ie(50, "paging_drx", "PagingDRX", "PagingDRX", "optional", "ignore"),
        Ie(103, "tai_list_for_paging", "TAIListForPaging", "TAIListForPaging", "mandatory", "ignore"),
        Ie(52, "paging_priority", "PagingPriority", "PagingPriority", "optional", "ignore"),
        Ie(
            118,
            "ue_radio_capability_for_paging",
            "UERadioCapabilityForPaging",
            "UERadioCapabilityForPaging",
            "optional",
            "ignore",
        ),
        Ie(51, "paging_origin", "PagingOrigin", "PagingOrigin", "optional", "ignore"),
        Ie(
            11,
            "assistance_data_for_paging",
            "AssistanceDataForPaging",
            "AssistanceDataForPaging",
            "optional",
            "ignore",
        ),
        Ie(
            203,
            "nb_iot_paging_edrx_info",
            "NB-IoT-Paging-eDRXInfo",
            "NB-IoT-Paging-eDRXInfo",
            "optional",
            "ignore",
        ),
        Ie(202, "nb_iot_paging_drx", "NB-IoT-PagingDRX", "NB-IoT-PagingDRX", "optional", "ignore"),
        Ie(
            205,
            "enhanced_coverage_restriction",
            "Enhanced-CoverageRestriction",
            "Enhanced-CoverageRestriction",
            "optional",
            "ignore",
        ),
        Ie(
            208,
            "wus_assistance_information",
            "WUS-Assistance-Information",
            "WUS-Assistance-Information",
            "optional",
            "ignore",
        ),
        Ie(
            223,
            "eutra_paging_edrx_information",
            "EUTRA-PagingeDRXInformation",
            "EUTRA-PagingeDRXInformation",
            "optional",
            "ignore",
        ),
        Ie(222, "ce_mode_b_restricted", "CEmodeBrestricted", "CEmodeBrestricted", "optional", "ignore"),
        Ie(
            332,
            "nr_paging_edrx_information",
            "NR-PagingeDRXInformation",
            "NR-PagingeDRXInformation",
            "optional",
            "ignore",
        ),
        Ie(342, "paging_cause", "PagingCause", "PagingCause", "optional", "ignore"),
        Ie(
            344,
            "peips_assistance_information",
            "PEIPSassistanceInformation",
            "PEIPSassistanceInformation",
            "optional",
            "ignore",
        ),
    )

    ue_paging_identity: tuple[str, Any] | None
    tai_list_for_paging: list[Any] | None
    paging_drx: str | None = None
    paging_priority: str | None = None
    ue_radio_capability_for_paging: dict[str, Any] | None = None
    paging_origin: str | None = None
    assistance_data_for_paging: dict[str, Any] | None = None
    nb_iot_paging_edrx_info: dict[str, Any] | None = None
    nb_iot_paging_drx: str | None = None
    enhanced_coverage_restriction: str | None = None
    wus_assistance_information: dict[str, Any] | None = None
    eutra_paging_edrx_information: dict[str, Any] | None = None
    ce_mode_b_restricted: str | None = None
    nr_paging_edrx_information: dict[str, Any] | None = None
    paging_cause: str | None = None
    peips_assistance_information: dict[str, Any] | None = None


class PathSwitchRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 25."""

    procedure_code: ClassVar[int] = 25
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(100, "source_amf_ue_ngap_id", "SourceAMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "mandatory",
            "ignore",
        ),
        Ie(
            119,
            "ue_security_capabilities",
            "UESecurityCapabilities",
            "UESecurityCapabilities",
            "mandatory",
            "ignore",
        ),
        Ie(
            76,
            "pdu_session_resource_to_be_switched_dl_list",
            "PDUSessionResourceToBeSwitchedDLList",
            "PDUSessionResourceToBeSwitchedDLList",
            "mandatory",
            "reject",
        ),
        Ie(
            57,
            "pdu_session_resource_failed_to_setup_list_ps_req",
            "PDUSessionResourceFailedToSetupListPSReq",
            "PDUSessionResourceFailedToSetupListPSReq",
            "optional",
            "ignore",
        ),
        Ie(237, "rrc_resume_cause", "RRC-Resume-Cause", "RRCEstablishmentCause", "optional", "ignore"),
        Ie(333, "redcap_indication", "RedCapIndication", "RedCapIndication", "optional", "ignore"),
        Ie(427, "e_redcap_indication", "ERedCapIndication", "ERedCapIndication", "optional", "ignore"),
    )

    ran_ue_ngap_id: int
    source_amf_ue_ngap_id: int
    user_location_information: tuple[str, Any] | None
    ue_security_capabilities: dict[str, Any] | None
    pdu_session_resource_to_be_switched_dl_list: list[Any]
    pdu_session_resource_failed_to_setup_list_ps_req: list[Any] | None = None
    rrc_resume_cause: str | None = None
    redcap_indication: str | None = None
    e_redcap_indication: str | None = None


class PathSwitchRequestAcknowledge(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 25."""

    procedure_code: ClassVar[int] = 25
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(
            119,
            "ue_security_capabilities",
            "UESecurityCapabilities",
            "UESecurityCapabilities",
            "optional",
            "reject",
        ),
        Ie(93, "security_context", "SecurityContext", "SecurityContext", "mandatory", "reject"),
        Ie(
            41,
            "new_security_context_ind",
            "NewSecurityContextInd",
            "NewSecurityContextInd",
            "optional",
            "reject",
        ),
        Ie(
            77,
            "pdu_session_resource_switched_list",
            "PDUSessionResourceSwitchedList",
            "PDUSessionResourceSwitchedList",
            "mandatory",
            "ignore",
        ),
        Ie(
            68,
            "pdu_session_resource_released_list_ps_ack",
            "PDUSessionResourceReleasedListPSAck",
            "PDUSessionResourceReleasedListPSAck",
            "optional",
            "ignore",
        ),
        Ie(0, "allowed_nssai", "AllowedNSSAI", "AllowedNSSAI", "mandatory", "reject"),
        Ie(
            18,
            "core_network_assistance_information_for_inactive",
            "CoreNetworkAssistanceInformationForInactive",
            "CoreNetworkAssistanceInformationForInactive",
            "optional",
            "ignore",
        ),
        Ie(
            91,
            "rrc_inactive_transition_report_request",
            "RRCInactiveTransitionReportRequest",
            "RRCInactiveTransitionReportRequest",
            "optional",
            "ignore",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
        Ie(
            146,
            "redirection_voice_fallback",
            "RedirectionVoiceFallback",
            "RedirectionVoiceFallback",
            "optional",
            "ignore",
        ),
        Ie(165, "cn_assisted_ran_tuning", "CNAssistedRANTuning", "CNAssistedRANTuning", "optional", "ignore"),
        Ie(
            177,
            "srvcc_operation_possible",
            "SRVCCOperationPossible",
            "SRVCCOperationPossible",
            "optional",
            "ignore",
        ),
        Ie(
            205,
            "enhanced_coverage_restriction",
            "Enhanced-CoverageRestriction",
            "Enhanced-CoverageRestriction",
            "optional",
            "ignore",
        ),
        Ie(
            206,
            "extended_connected_time",
            "Extended-ConnectedTime",
            "Extended-ConnectedTime",
            "optional",
            "ignore",
        ),
        Ie(
            209,
            "ue_differentiation_info",
            "UE-DifferentiationInfo",
            "UE-DifferentiationInfo",
            "optional",
            "ignore",
        ),
        Ie(
            216,
            "nr_v2x_services_authorized",
            "NRV2XServicesAuthorized",
            "NRV2XServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            215,
            "lte_v2x_services_authorized",
            "LTEV2XServicesAuthorized",
            "LTEV2XServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            218,
            "nr_ue_sidelink_aggregate_maximum_bitrate",
            "NRUESidelinkAggregateMaximumBitrate",
            "NRUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            217,
            "lte_ue_sidelink_aggregate_maximum_bitrate",
            "LTEUESidelinkAggregateMaximumBitrate",
            "LTEUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(219, "pc5_qos_parameters", "PC5QoSParameters", "PC5QoSParameters", "optional", "ignore"),
        Ie(222, "ce_mode_b_restricted", "CEmodeBrestricted", "CEmodeBrestricted", "optional", "ignore"),
        Ie(234, "ue_up_ciot_support", "UE-UP-CIoT-Support", "UE-UP-CIoT-Support", "optional", "ignore"),
        Ie(264, "ue_radio_capability_id", "UERadioCapabilityID", "UERadioCapabilityID", "optional", "reject"),
        Ie(
            254,
            "management_based_mdt_plmn_list",
            "ManagementBasedMDTPLMNList",
            "MDTPLMNList",
            "optional",
            "ignore",
        ),
        Ie(
            326,
            "time_sync_assistance_info",
            "TimeSyncAssistanceInfo",
            "TimeSyncAssistanceInfo",
            "optional",
            "ignore",
        ),
        Ie(
            345,
            "five_g_prose_authorized",
            "FiveG-ProSeAuthorized",
            "FiveG-ProSeAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            346,
            "five_g_prose_ue_pc5_aggregate_maximum_bit_rate",
            "FiveG-ProSeUEPC5AggregateMaximumBitRate",
            "NRUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            347,
            "five_g_prose_pc5_qos_parameters",
            "FiveG-ProSePC5QoSParameters",
            "FiveG-ProSePC5QoSParameters",
            "optional",
            "ignore",
        ),
        Ie(
            359,
            "management_based_mdt_plmn_modification_list",
            "ManagementBasedMDTPLMNModificationList",
            "MDTPLMNModificationList",
            "optional",
            "ignore",
        ),
        Ie(199, "iab_authorized", "IAB-Authorized", "IAB-Authorized", "optional", "ignore"),
        Ie(
            373,
            "aerial_ue_subscription_information",
            "AerialUEsubscriptionInformation",
            "AerialUEsubscriptionInformation",
            "optional",
            "ignore",
        ),
        Ie(
            374,
            "nr_a2x_services_authorized",
            "NR-A2X-ServicesAuthorized",
            "NR-A2X-ServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            375,
            "lte_a2x_services_authorized",
            "LTE-A2X-ServicesAuthorized",
            "LTE-A2X-ServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            376,
            "nr_a2x_ue_pc5_aggregate_maximum_bit_rate",
            "NR-A2X-UE-PC5-AggregateMaximumBitRate",
            "NRUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            377,
            "lte_a2x_ue_pc5_aggregate_maximum_bit_rate",
            "LTE-A2X-UE-PC5-AggregateMaximumBitRate",
            "LTEUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            378,
            "a2x_pc5_qos_parameters",
            "A2X-PC5-QoS-Parameters",
            "A2X-PC5-QoS-Parameters",
            "optional",
            "ignore",
        ),
        Ie(
            400, "mobile_iab_authorized", "MobileIAB-Authorized", "MobileIAB-Authorized", "optional", "ignore"
        ),
        Ie(
            414,
            "partially_allowed_nssai",
            "Partially-Allowed-NSSAI",
            "Partially-Allowed-NSSAI",
            "optional",
            "ignore",
        ),
        Ie(
            430,
            "sl_positioning_ranging_service_info",
            "SLPositioningRangingServiceInfo",
            "SLPositioningRangingServiceInfo",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    security_context: dict[str, Any]
    pdu_session_resource_switched_list: list[Any] | None
    allowed_nssai: list[Any]
    ue_security_capabilities: dict[str, Any] | None = None
    new_security_context_ind: str | None = None
    pdu_session_resource_released_list_ps_ack: list[Any] | None = None
    core_network_assistance_information_for_inactive: dict[str, Any] | None = None
    rrc_inactive_transition_report_request: str | None = None
    criticality_diagnostics: dict[str, Any] | None = None
    redirection_voice_fallback: str | None = None
    cn_assisted_ran_tuning: dict[str, Any] | None = None
    srvcc_operation_possible: str | None = None
    enhanced_coverage_restriction: str | None = None
    extended_connected_time: int | None = None
    ue_differentiation_info: dict[str, Any] | None = None
    nr_v2x_services_authorized: dict[str, Any] | None = None
    lte_v2x_services_authorized: dict[str, Any] | None = None
    nr_ue_sidelink_aggregate_maximum_bitrate: dict[str, Any] | None = None
    lte_ue_sidelink_aggregate_maximum_bitrate: dict[str, Any] | None = None
    pc5_qos_parameters: dict[str, Any] | None = None
    ce_mode_b_restricted: str | None = None
    ue_up_ciot_support: str | None = None
    ue_radio_capability_id: bytes | None = None
    management_based_mdt_plmn_list: list[Any] | None = None
    time_sync_assistance_info: dict[str, Any] | None = None
    five_g_prose_authorized: dict[str, Any] | None = None
    five_g_prose_ue_pc5_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    five_g_prose_pc5_qos_parameters: dict[str, Any] | None = None
    management_based_mdt_plmn_modification_list: list[Any] | None = None
    iab_authorized: str | None = None
    aerial_ue_subscription_information: str | None = None
    nr_a2x_services_authorized: dict[str, Any] | None = None
    lte_a2x_services_authorized: dict[str, Any] | None = None
    nr_a2x_ue_pc5_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    lte_a2x_ue_pc5_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    a2x_pc5_qos_parameters: dict[str, Any] | None = None
    mobile_iab_authorized: str | None = None
    partially_allowed_nssai: list[Any] | None = None
    sl_positioning_ranging_service_info: dict[str, Any] | None = None


class PathSwitchRequestFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 25."""

    procedure_code: ClassVar[int] = 25
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(
            69,
            "pdu_session_resource_released_list_ps_fail",
            "PDUSessionResourceReleasedListPSFail",
            "PDUSessionResourceReleasedListPSFail",
            "mandatory",
            "ignore",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    pdu_session_resource_released_list_ps_fail: list[Any] | None
    criticality_diagnostics: dict[str, Any] | None = None


class PDUSessionResourceModifyRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 26."""

    procedure_code: ClassVar[int] = 26
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(83, "ran_paging_priority", "RANPagingPriority", "RANPagingPriority", "optional", "ignore"),
        Ie(
            64,
            "pdu_session_resource_modify_list_mod_req",
            "PDUSessionResourceModifyListModReq",
            "PDUSessionResourceModifyListModReq",
            "mandatory",
            "reject",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    pdu_session_resource_modify_list_mod_req: list[Any]
    ran_paging_priority: int | None = None


class PDUSessionResourceModifyResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 26."""

    procedure_code: ClassVar[int] = 26
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(
            65,
            "pdu_session_resource_modify_list_mod_res",
            "PDUSessionResourceModifyListModRes",
            "PDUSessionResourceModifyListModRes",
            "optional",
            "ignore",
        ),
        Ie(
            54,
            "pdu_session_resource_failed_to_modify_list_mod_res",
            "PDUSessionResourceFailedToModifyListModRes",
            "PDUSessionResourceFailedToModifyListModRes",
            "optional",
            "ignore",
        ),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "optional",
            "ignore",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    pdu_session_resource_modify_list_mod_res: list[Any] | None = None
    pdu_session_resource_failed_to_modify_list_mod_res: list[Any] | None = None
    user_location_information: tuple[str, Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class PDUSessionResourceModifyIndication(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 27."""

    procedure_code: ClassVar[int] = 27
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(
            63,
            "pdu_session_resource_modify_list_mod_ind",
            "PDUSessionResourceModifyListModInd",
            "PDUSessionResourceModifyListModInd",
            "mandatory",
            "reject",
        ),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    pdu_session_resource_modify_list_mod_ind: list[Any]
    user_location_information: tuple[str, Any] | None = None


class PDUSessionResourceModifyConfirm(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 27."""

    procedure_code: ClassVar[int] = 27
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(
            62,
            "pdu_session_resource_modify_list_mod_cfm",
            "PDUSessionResourceModifyListModCfm",
            "PDUSessionResourceModifyListModCfm",
            "optional",
            "ignore",
        ),
        Ie(
            131,
            "pdu_session_resource_failed_to_modify_list_mod_cfm",
            "PDUSessionResourceFailedToModifyListModCfm",
            "PDUSessionResourceFailedToModifyListModCfm",
            "optional",
            "ignore",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    pdu_session_resource_modify_list_mod_cfm: list[Any] | None = None
    pdu_session_resource_failed_to_modify_list_mod_cfm: list[Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class PDUSessionResourceReleaseCommand(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 28."""

    procedure_code: ClassVar[int] = 28
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(83, "ran_paging_priority", "RANPagingPriority", "RANPagingPriority", "optional", "ignore"),
        Ie(38, "nas_pdu", "NAS-PDU", "NAS-PDU", "optional", "ignore"),
        Ie(
            79,
            "pdu_session_resource_to_release_list_rel_cmd",
            "PDUSessionResourceToReleaseListRelCmd",
            "PDUSessionResourceToReleaseListRelCmd",
            "mandatory",
            "reject",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    pdu_session_resource_to_release_list_rel_cmd: list[Any]
    ran_paging_priority: int | None = None
    nas_pdu: bytes | None = None


class PDUSessionResourceReleaseResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 28."""

    procedure_code: ClassVar[int] = 28
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(
            70,
            "pdu_session_resource_released_list_rel_res",
            "PDUSessionResourceReleasedListRelRes",
            "PDUSessionResourceReleasedListRelRes",
            "mandatory",
            "ignore",
        ),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "optional",
            "ignore",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    pdu_session_resource_released_list_rel_res: list[Any] | None
    user_location_information: tuple[str, Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class PDUSessionResourceSetupRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 29."""

    procedure_code: ClassVar[int] = 29
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(83, "ran_paging_priority", "RANPagingPriority", "RANPagingPriority", "optional", "ignore"),
        Ie(38, "nas_pdu", "NAS-PDU", "NAS-PDU", "optional", "reject"),
        Ie(
            74,
            "pdu_session_resource_setup_list_su_req",
            "PDUSessionResourceSetupListSUReq",
            "PDUSessionResourceSetupListSUReq",
            "mandatory",
            "reject",
        ),
        Ie(
            110,
            "ue_aggregate_maximum_bit_rate",
            "UEAggregateMaximumBitRate",
            "UEAggregateMaximumBitRate",
            "optional",
            "ignore",
        ),
        Ie(
            335,
            "ue_slice_maximum_bit_rate_list",
            "UESliceMaximumBitRateList",
            "UESliceMaximumBitRateList",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    pdu_session_resource_setup_list_su_req: list[Any]
    ran_paging_priority: int | None = None
    nas_pdu: bytes | None = None
    ue_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    ue_slice_maximum_bit_rate_list: list[Any] | None = None


class PDUSessionResourceSetupResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 29."""

    procedure_code: ClassVar[int] = 29
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(
            75,
            "pdu_session_resource_setup_list_su_res",
            "PDUSessionResourceSetupListSURes",
            "PDUSessionResourceSetupListSURes",
            "optional",
            "ignore",
        ),
        Ie(
            58,
            "pdu_session_resource_failed_to_setup_list_su_res",
            "PDUSessionResourceFailedToSetupListSURes",
            "PDUSessionResourceFailedToSetupListSURes",
            "optional",
            "ignore",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    pdu_session_resource_setup_list_su_res: list[Any] | None = None
    pdu_session_resource_failed_to_setup_list_su_res: list[Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None
    user_location_information: tuple[str, Any] | None = None


class PDUSessionResourceNotify(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 30."""

    procedure_code: ClassVar[int] = 30
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(
            66,
            "pdu_session_resource_notify_list",
            "PDUSessionResourceNotifyList",
            "PDUSessionResourceNotifyList",
            "optional",
            "reject",
        ),
        Ie(
            67,
            "pdu_session_resource_released_list_not",
            "PDUSessionResourceReleasedListNot",
            "PDUSessionResourceReleasedListNot",
            "optional",
            "ignore",
        ),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    pdu_session_resource_notify_list: list[Any] | None = None
    pdu_session_resource_released_list_not: list[Any] | None = None
    user_location_information: tuple[str, Any] | None = None


class PrivateMessage(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 31."""

    procedure_code: ClassVar[int] = 31
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    body: ClassVar[str] = "PrivateMessage"

    private_ies: list[Any]


class PWSCancelRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 32."""

    procedure_code: ClassVar[int] = 32
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(35, "message_identifier", "MessageIdentifier", "MessageIdentifier", "mandatory", "reject"),
        Ie(95, "serial_number", "SerialNumber", "SerialNumber", "mandatory", "reject"),
        Ie(122, "warning_area_list", "WarningAreaList", "WarningAreaList", "optional", "ignore"),
        Ie(
            14,
            "cancel_all_warning_messages",
            "CancelAllWarningMessages",
            "CancelAllWarningMessages",
            "optional",
            "reject",
        ),
    )

    message_identifier: tuple[int, int]
    serial_number: tuple[int, int]
    warning_area_list: tuple[str, Any] | None = None
    cancel_all_warning_messages: str | None = None


class PWSCancelResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 32."""

    procedure_code: ClassVar[int] = 32
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(35, "message_identifier", "MessageIdentifier", "MessageIdentifier", "mandatory", "reject"),
        Ie(95, "serial_number", "SerialNumber", "SerialNumber", "mandatory", "reject"),
        Ie(
            12,
            "broadcast_cancelled_area_list",
            "BroadcastCancelledAreaList",
            "BroadcastCancelledAreaList",
            "optional",
            "ignore",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    message_identifier: tuple[int, int]
    serial_number: tuple[int, int]
    broadcast_cancelled_area_list: tuple[str, Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class PWSFailureIndication(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 33."""

    procedure_code: ClassVar[int] = 33
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(
            81, "pws_failed_cell_id_list", "PWSFailedCellIDList", "PWSFailedCellIDList", "mandatory", "reject"
        ),
        Ie(27, "global_ran_node_id", "GlobalRANNodeID", "GlobalRANNodeID", "mandatory", "reject"),
    )

    pws_failed_cell_id_list: tuple[str, Any]
    global_ran_node_id: tuple[str, Any]


class PWSRestartIndication(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 34."""

    procedure_code: ClassVar[int] = 34
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(
            16,
            "cell_id_list_for_restart",
            "CellIDListForRestart",
            "CellIDListForRestart",
            "mandatory",
            "reject",
        ),
        Ie(27, "global_ran_node_id", "GlobalRANNodeID", "GlobalRANNodeID", "mandatory", "reject"),
        Ie(104, "tai_list_for_restart", "TAIListForRestart", "TAIListForRestart", "mandatory", "reject"),
        Ie(
            23,
            "emergency_area_id_list_for_restart",
            "EmergencyAreaIDListForRestart",
            "EmergencyAreaIDListForRestart",
            "optional",
            "reject",
        ),
    )

    cell_id_list_for_restart: tuple[str, Any]
    global_ran_node_id: tuple[str, Any]
    tai_list_for_restart: list[Any]
    emergency_area_id_list_for_restart: list[Any] | None = None


class RANConfigurationUpdate(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 35."""

    procedure_code: ClassVar[int] = 35
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(82, "ran_node_name", "RANNodeName", "RANNodeName", "optional", "ignore"),
        Ie(102, "supported_ta_list", "SupportedTAList", "SupportedTAList", "optional", "reject"),
        Ie(21, "default_paging_drx", "DefaultPagingDRX", "PagingDRX", "optional", "ignore"),
        Ie(27, "global_ran_node_id", "GlobalRANNodeID", "GlobalRANNodeID", "optional", "ignore"),
        Ie(
            167,
            "ngran_tnl_association_to_remove_list",
            "NGRAN-TNLAssociationToRemoveList",
            "NGRAN-TNLAssociationToRemoveList",
            "optional",
            "reject",
        ),
        Ie(
            204,
            "nb_iot_default_paging_drx",
            "NB-IoT-DefaultPagingDRX",
            "NB-IoT-DefaultPagingDRX",
            "optional",
            "ignore",
        ),
        Ie(
            273,
            "extended_ran_node_name",
            "Extended-RANNodeName",
            "Extended-RANNodeName",
            "optional",
            "ignore",
        ),
    )

    ran_node_name: str | None = None
    supported_ta_list: list[Any] | None = None
    default_paging_drx: str | None = None
    global_ran_node_id: tuple[str, Any] | None = None
    ngran_tnl_association_to_remove_list: list[Any] | None = None
    nb_iot_default_paging_drx: str | None = None
    extended_ran_node_name: dict[str, Any] | None = None


class RANConfigurationUpdateAcknowledge(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 35."""

    procedure_code: ClassVar[int] = 35
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    criticality_diagnostics: dict[str, Any] | None = None


class RANConfigurationUpdateFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 35."""

    procedure_code: ClassVar[int] = 35
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(107, "time_to_wait", "TimeToWait", "TimeToWait", "optional", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    cause: tuple[str, Any] | None
    time_to_wait: str | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class RerouteNASRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 36."""

    procedure_code: ClassVar[int] = 36
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "optional", "ignore"),
        Ie(42, "ngap_message", "NGAP-Message", "OCTET STRING", "mandatory", "reject"),
        Ie(3, "amf_set_id", "AMFSetID", "AMFSetID", "mandatory", "reject"),
        Ie(0, "allowed_nssai", "AllowedNSSAI", "AllowedNSSAI", "optional", "reject"),
        Ie(
            171,
            "source_to_target_amf_information_reroute",
            "SourceToTarget-AMFInformationReroute",
            "SourceToTarget-AMFInformationReroute",
            "optional",
            "ignore",
        ),
        Ie(
            414,
            "partially_allowed_nssai",
            "Partially-Allowed-NSSAI",
            "Partially-Allowed-NSSAI",
            "optional",
            "ignore",
        ),
    )

    ran_ue_ngap_id: int
    ngap_message: bytes
    amf_set_id: tuple[int, int]
    amf_ue_ngap_id: int | None = None
    allowed_nssai: list[Any] | None = None
    source_to_target_amf_information_reroute: dict[str, Any] | None = None
    partially_allowed_nssai: list[Any] | None = None


class RRCInactiveTransitionReport(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 37."""

    procedure_code: ClassVar[int] = 37
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(92, "rrc_state", "RRCState", "RRCState", "mandatory", "ignore"),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "mandatory",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    rrc_state: str | None
    user_location_information: tuple[str, Any] | None


class TraceFailureIndication(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 38."""

    procedure_code: ClassVar[int] = 38
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(44, "ngran_trace_id", "NGRANTraceID", "NGRANTraceID", "mandatory", "ignore"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    ngran_trace_id: bytes | None
    cause: tuple[str, Any] | None


class TraceStart(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 39."""

    procedure_code: ClassVar[int] = 39
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(108, "trace_activation", "TraceActivation", "TraceActivation", "mandatory", "ignore"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    trace_activation: dict[str, Any] | None


class UEContextModificationRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 40."""

    procedure_code: ClassVar[int] = 40
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(83, "ran_paging_priority", "RANPagingPriority", "RANPagingPriority", "optional", "ignore"),
        Ie(94, "security_key", "SecurityKey", "SecurityKey", "optional", "reject"),
        Ie(31, "index_to_rfsp", "IndexToRFSP", "IndexToRFSP", "optional", "ignore"),
        Ie(
            110,
            "ue_aggregate_maximum_bit_rate",
            "UEAggregateMaximumBitRate",
            "UEAggregateMaximumBitRate",
            "optional",
            "ignore",
        ),
        Ie(
            119,
            "ue_security_capabilities",
            "UESecurityCapabilities",
            "UESecurityCapabilities",
            "optional",
            "reject",
        ),
        Ie(
            18,
            "core_network_assistance_information_for_inactive",
            "CoreNetworkAssistanceInformationForInactive",
            "CoreNetworkAssistanceInformationForInactive",
            "optional",
            "ignore",
        ),
        Ie(
            24,
            "emergency_fallback_indicator",
            "EmergencyFallbackIndicator",
            "EmergencyFallbackIndicator",
            "optional",
            "reject",
        ),
        Ie(40, "new_amf_ue_ngap_id", "NewAMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "optional", "reject"),
        Ie(
            91,
            "rrc_inactive_transition_report_request",
            "RRCInactiveTransitionReportRequest",
            "RRCInactiveTransitionReportRequest",
            "optional",
            "ignore",
        ),
        Ie(162, "new_guami", "NewGUAMI", "GUAMI", "optional", "reject"),
        Ie(165, "cn_assisted_ran_tuning", "CNAssistedRANTuning", "CNAssistedRANTuning", "optional", "ignore"),
        Ie(
            177,
            "srvcc_operation_possible",
            "SRVCCOperationPossible",
            "SRVCCOperationPossible",
            "optional",
            "ignore",
        ),
        Ie(199, "iab_authorized", "IAB-Authorized", "IAB-Authorized", "optional", "ignore"),
        Ie(
            216,
            "nr_v2x_services_authorized",
            "NRV2XServicesAuthorized",
            "NRV2XServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            215,
            "lte_v2x_services_authorized",
            "LTEV2XServicesAuthorized",
            "LTEV2XServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            218,
            "nr_ue_sidelink_aggregate_maximum_bitrate",
            "NRUESidelinkAggregateMaximumBitrate",
            "NRUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            217,
            "lte_ue_sidelink_aggregate_maximum_bitrate",
            "LTEUESidelinkAggregateMaximumBitrate",
            "LTEUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(219, "pc5_qos_parameters", "PC5QoSParameters", "PC5QoSParameters", "optional", "ignore"),
        Ie(264, "ue_radio_capability_id", "UERadioCapabilityID", "UERadioCapabilityID", "optional", "reject"),
        Ie(
            238,
            "rg_level_wireline_access_characteristics",
            "RGLevelWirelineAccessCharacteristics",
            "RGLevelWirelineAccessCharacteristics",
            "optional",
            "ignore",
        ),
        Ie(
            326,
            "time_sync_assistance_info",
            "TimeSyncAssistanceInfo",
            "TimeSyncAssistanceInfo",
            "optional",
            "ignore",
        ),
        Ie(328, "qmc_config_info", "QMCConfigInfo", "QMCConfigInfo", "optional", "ignore"),
        Ie(329, "qmc_deactivation", "QMCDeactivation", "QMCDeactivation", "optional", "ignore"),
        Ie(
            335,
            "ue_slice_maximum_bit_rate_list",
            "UESliceMaximumBitRateList",
            "UESliceMaximumBitRateList",
            "optional",
            "ignore",
        ),
        Ie(
            359,
            "management_based_mdt_plmn_modification_list",
            "ManagementBasedMDTPLMNModificationList",
            "MDTPLMNModificationList",
            "optional",
            "ignore",
        ),
        Ie(
            345,
            "five_g_prose_authorized",
            "FiveG-ProSeAuthorized",
            "FiveG-ProSeAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            346,
            "five_g_prose_ue_pc5_aggregate_maximum_bit_rate",
            "FiveG-ProSeUEPC5AggregateMaximumBitRate",
            "NRUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            347,
            "five_g_prose_pc5_qos_parameters",
            "FiveG-ProSePC5QoSParameters",
            "FiveG-ProSePC5QoSParameters",
            "optional",
            "ignore",
        ),
        Ie(
            367,
            "network_controlled_repeater_authorized",
            "NetworkControlledRepeaterAuthorized",
            "NetworkControlledRepeaterAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            373,
            "aerial_ue_subscription_information",
            "AerialUEsubscriptionInformation",
            "AerialUEsubscriptionInformation",
            "optional",
            "ignore",
        ),
        Ie(
            374,
            "nr_a2x_services_authorized",
            "NR-A2X-ServicesAuthorized",
            "NR-A2X-ServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            375,
            "lte_a2x_services_authorized",
            "LTE-A2X-ServicesAuthorized",
            "LTE-A2X-ServicesAuthorized",
            "optional",
            "ignore",
        ),
        Ie(
            376,
            "nr_a2x_ue_pc5_aggregate_maximum_bit_rate",
            "NR-A2X-UE-PC5-AggregateMaximumBitRate",
            "NRUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            377,
            "lte_a2x_ue_pc5_aggregate_maximum_bit_rate",
            "LTE-A2X-UE-PC5-AggregateMaximumBitRate",
            "LTEUESidelinkAggregateMaximumBitrate",
            "optional",
            "ignore",
        ),
        Ie(
            378,
            "a2x_pc5_qos_parameters",
            "A2X-PC5-QoS-Parameters",
            "A2X-PC5-QoS-Parameters",
            "optional",
            "ignore",
        ),
        Ie(
            400, "mobile_iab_authorized", "MobileIAB-Authorized", "MobileIAB-Authorized", "optional", "ignore"
        ),
        Ie(
            430,
            "sl_positioning_ranging_service_info",
            "SLPositioningRangingServiceInfo",
            "SLPositioningRangingServiceInfo",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    ran_paging_priority: int | None = None
    security_key: tuple[int, int] | None = None
    index_to_rfsp: int | None = None
    ue_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    ue_security_capabilities: dict[str, Any] | None = None
    core_network_assistance_information_for_inactive: dict[str, Any] | None = None
    emergency_fallback_indicator: dict[str, Any] | None = None
    new_amf_ue_ngap_id: int | None = None
    rrc_inactive_transition_report_request: str | None = None
    new_guami: dict[str, Any] | None = None
    cn_assisted_ran_tuning: dict[str, Any] | None = None
    srvcc_operation_possible: str | None = None
    iab_authorized: str | None = None
    nr_v2x_services_authorized: dict[str, Any] | None = None
    lte_v2x_services_authorized: dict[str, Any] | None = None
    nr_ue_sidelink_aggregate_maximum_bitrate: dict[str, Any] | None = None
    lte_ue_sidelink_aggregate_maximum_bitrate: dict[str, Any] | None = None
    pc5_qos_parameters: dict[str, Any] | None = None
    ue_radio_capability_id: bytes | None = None
    rg_level_wireline_access_characteristics: bytes | None = None
    time_sync_assistance_info: dict[str, Any] | None = None
    qmc_config_info: dict[str, Any] | None = None
    qmc_deactivation: dict[str, Any] | None = None
    ue_slice_maximum_bit_rate_list: list[Any] | None = None
    management_based_mdt_plmn_modification_list: list[Any] | None = None
    five_g_prose_authorized: dict[str, Any] | None = None
    five_g_prose_ue_pc5_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    five_g_prose_pc5_qos_parameters: dict[str, Any] | None = None
    network_controlled_repeater_authorized: str | None = None
    aerial_ue_subscription_information: str | None = None
    nr_a2x_services_authorized: dict[str, Any] | None = None
    lte_a2x_services_authorized: dict[str, Any] | None = None
    nr_a2x_ue_pc5_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    lte_a2x_ue_pc5_aggregate_maximum_bit_rate: dict[str, Any] | None = None
    a2x_pc5_qos_parameters: dict[str, Any] | None = None
    mobile_iab_authorized: str | None = None
    sl_positioning_ranging_service_info: dict[str, Any] | None = None


class UEContextModificationResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 40."""

    procedure_code: ClassVar[int] = 40
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(92, "rrc_state", "RRCState", "RRCState", "optional", "ignore"),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "optional",
            "ignore",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    rrc_state: str | None = None
    user_location_information: tuple[str, Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class UEContextModificationFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 40."""

    procedure_code: ClassVar[int] = 40
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    cause: tuple[str, Any] | None
    criticality_diagnostics: dict[str, Any] | None = None


class UEContextReleaseCommand(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 41."""

    procedure_code: ClassVar[int] = 41
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(114, "ue_ngap_ids", "UE-NGAP-IDs", "UE-NGAP-IDs", "mandatory", "reject"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
    )

    ue_ngap_ids: tuple[str, Any]
    cause: tuple[str, Any] | None


class UEContextReleaseComplete(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 41."""

    procedure_code: ClassVar[int] = 41
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "optional",
            "ignore",
        ),
        Ie(
            32,
            "info_on_recommended_cells_and_ran_nodes_for_paging",
            "InfoOnRecommendedCellsAndRANNodesForPaging",
            "InfoOnRecommendedCellsAndRANNodesForPaging",
            "optional",
            "ignore",
        ),
        Ie(
            60,
            "pdu_session_resource_list_cxt_rel_cpl",
            "PDUSessionResourceListCxtRelCpl",
            "PDUSessionResourceListCxtRelCpl",
            "optional",
            "reject",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
        Ie(
            207,
            "paging_assis_data_for_ce_capab_ue",
            "PagingAssisDataforCEcapabUE",
            "PagingAssisDataforCEcapabUE",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    user_location_information: tuple[str, Any] | None = None
    info_on_recommended_cells_and_ran_nodes_for_paging: dict[str, Any] | None = None
    pdu_session_resource_list_cxt_rel_cpl: list[Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None
    paging_assis_data_for_ce_capab_ue: dict[str, Any] | None = None


class UEContextReleaseRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 42."""

    procedure_code: ClassVar[int] = 42
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(
            133,
            "pdu_session_resource_list_cxt_rel_req",
            "PDUSessionResourceListCxtRelReq",
            "PDUSessionResourceListCxtRelReq",
            "optional",
            "reject",
        ),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    cause: tuple[str, Any] | None
    pdu_session_resource_list_cxt_rel_req: list[Any] | None = None


class UERadioCapabilityCheckRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 43."""

    procedure_code: ClassVar[int] = 43
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(117, "ue_radio_capability", "UERadioCapability", "UERadioCapability", "optional", "ignore"),
        Ie(264, "ue_radio_capability_id", "UERadioCapabilityID", "UERadioCapabilityID", "optional", "reject"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    ue_radio_capability: bytes | None = None
    ue_radio_capability_id: bytes | None = None


class UERadioCapabilityCheckResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 43."""

    procedure_code: ClassVar[int] = 43
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(
            30,
            "ims_voice_support_indicator",
            "IMSVoiceSupportIndicator",
            "IMSVoiceSupportIndicator",
            "mandatory",
            "reject",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    ims_voice_support_indicator: str
    criticality_diagnostics: dict[str, Any] | None = None


class UERadioCapabilityInfoIndication(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 44."""

    procedure_code: ClassVar[int] = 44
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(117, "ue_radio_capability", "UERadioCapability", "UERadioCapability", "mandatory", "ignore"),
        Ie(
            118,
            "ue_radio_capability_for_paging",
            "UERadioCapabilityForPaging",
            "UERadioCapabilityForPaging",
            "optional",
            "ignore",
        ),
        Ie(
            265,
            "ue_radio_capability_eutra_format",
            "UERadioCapability-EUTRA-Format",
            "UERadioCapability",
            "optional",
            "ignore",
        ),
        Ie(428, "xr_device_with_2rx", "XrDeviceWith2Rx", "XrDeviceWith2Rx", "optional", "ignore"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    ue_radio_capability: bytes | None
    ue_radio_capability_for_paging: dict[str, Any] | None = None
    ue_radio_capability_eutra_format: bytes | None = None
    xr_device_with_2rx: str | None = None


class UETNLABindingReleaseRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 45."""

    procedure_code: ClassVar[int] = 45
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int


class UplinkNASTransport(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 46."""

    procedure_code: ClassVar[int] = 46
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(38, "nas_pdu", "NAS-PDU", "NAS-PDU", "mandatory", "reject"),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "mandatory",
            "ignore",
        ),
        Ie(
            239,
            "w_agf_identity_information",
            "W-AGFIdentityInformation",
            "OCTET STRING",
            "optional",
            "reject",
        ),
        Ie(246, "tngf_identity_information", "TNGFIdentityInformation", "OCTET STRING", "optional", "reject"),
        Ie(247, "twif_identity_information", "TWIFIdentityInformation", "OCTET STRING", "optional", "reject"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    nas_pdu: bytes
    user_location_information: tuple[str, Any] | None
    w_agf_identity_information: bytes | None = None
    tngf_identity_information: bytes | None = None
    twif_identity_information: bytes | None = None


class UplinkNonUEAssociatedNRPPaTransport(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 47."""

    procedure_code: ClassVar[int] = 47
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(89, "routing_id", "RoutingID", "RoutingID", "mandatory", "reject"),
        Ie(46, "nrppa_pdu", "NRPPa-PDU", "NRPPa-PDU", "mandatory", "reject"),
    )

    routing_id: bytes
    nrppa_pdu: bytes


class UplinkRANConfigurationTransfer(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 48."""

    procedure_code: ClassVar[int] = 48
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(
            99,
            "son_configuration_transfer_ul",
            "SONConfigurationTransferUL",
            "SONConfigurationTransfer",
            "optional",
            "ignore",
        ),
        Ie(
            158,
            "endc_son_configuration_transfer_ul",
            "ENDC-SONConfigurationTransferUL",
            "EN-DCSONConfigurationTransfer",
            "optional",
            "ignore",
        ),
        Ie(
            251,
            "intersystem_son_configuration_transfer_ul",
            "IntersystemSONConfigurationTransferUL",
            "IntersystemSONConfigurationTransfer",
            "optional",
            "ignore",
        ),
    )

    son_configuration_transfer_ul: dict[str, Any] | None = None
    endc_son_configuration_transfer_ul: bytes | None = None
    intersystem_son_configuration_transfer_ul: dict[str, Any] | None = None


class UplinkRANStatusTransfer(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 49."""

    procedure_code: ClassVar[int] = 49
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(
            84,
            "ran_status_transfer_transparent_container",
            "RANStatusTransfer-TransparentContainer",
            "RANStatusTransfer-TransparentContainer",
            "mandatory",
            "reject",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    ran_status_transfer_transparent_container: dict[str, Any]


class UplinkUEAssociatedNRPPaTransport(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 50."""

    procedure_code: ClassVar[int] = 50
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(89, "routing_id", "RoutingID", "RoutingID", "mandatory", "reject"),
        Ie(46, "nrppa_pdu", "NRPPa-PDU", "NRPPa-PDU", "mandatory", "reject"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    routing_id: bytes
    nrppa_pdu: bytes


class WriteReplaceWarningRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 51."""

    procedure_code: ClassVar[int] = 51
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(35, "message_identifier", "MessageIdentifier", "MessageIdentifier", "mandatory", "reject"),
        Ie(95, "serial_number", "SerialNumber", "SerialNumber", "mandatory", "reject"),
        Ie(122, "warning_area_list", "WarningAreaList", "WarningAreaList", "optional", "ignore"),
        Ie(87, "repetition_period", "RepetitionPeriod", "RepetitionPeriod", "mandatory", "reject"),
        Ie(
            47,
            "number_of_broadcasts_requested",
            "NumberOfBroadcastsRequested",
            "NumberOfBroadcastsRequested",
            "mandatory",
            "reject",
        ),
        Ie(125, "warning_type", "WarningType", "WarningType", "optional", "ignore"),
        Ie(124, "warning_security_info", "WarningSecurityInfo", "WarningSecurityInfo", "optional", "ignore"),
        Ie(20, "data_coding_scheme", "DataCodingScheme", "DataCodingScheme", "optional", "ignore"),
        Ie(
            123,
            "warning_message_contents",
            "WarningMessageContents",
            "WarningMessageContents",
            "optional",
            "ignore",
        ),
        Ie(
            17,
            "concurrent_warning_message_ind",
            "ConcurrentWarningMessageInd",
            "ConcurrentWarningMessageInd",
            "optional",
            "reject",
        ),
        Ie(
            141,
            "warning_area_coordinates",
            "WarningAreaCoordinates",
            "WarningAreaCoordinates",
            "optional",
            "ignore",
        ),
    )

    message_identifier: tuple[int, int]
    serial_number: tuple[int, int]
    repetition_period: int
    number_of_broadcasts_requested: int
    warning_area_list: tuple[str, Any] | None = None
    warning_type: bytes | None = None
    warning_security_info: bytes | None = None
    data_coding_scheme: tuple[int, int] | None = None
    warning_message_contents: bytes | None = None
    concurrent_warning_message_ind: str | None = None
    warning_area_coordinates: bytes | None = None


class WriteReplaceWarningResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 51."""

    procedure_code: ClassVar[int] = 51
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(35, "message_identifier", "MessageIdentifier", "MessageIdentifier", "mandatory", "reject"),
        Ie(95, "serial_number", "SerialNumber", "SerialNumber", "mandatory", "reject"),
        Ie(
            13,
            "broadcast_completed_area_list",
            "BroadcastCompletedAreaList",
            "BroadcastCompletedAreaList",
            "optional",
            "ignore",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    message_identifier: tuple[int, int]
    serial_number: tuple[int, int]
    broadcast_completed_area_list: tuple[str, Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class SecondaryRATDataUsageReport(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 52."""

    procedure_code: ClassVar[int] = 52
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(
            142,
            "pdu_session_resource_secondary_rat_usage_list",
            "PDUSessionResourceSecondaryRATUsageList",
            "PDUSessionResourceSecondaryRATUsageList",
            "mandatory",
            "ignore",
        ),
        Ie(143, "handover_flag", "HandoverFlag", "HandoverFlag", "optional", "ignore"),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    pdu_session_resource_secondary_rat_usage_list: list[Any] | None
    handover_flag: str | None = None
    user_location_information: tuple[str, Any] | None = None


class UplinkRIMInformationTransfer(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 53."""

    procedure_code: ClassVar[int] = 53
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(
            175,
            "rim_information_transfer",
            "RIMInformationTransfer",
            "RIMInformationTransfer",
            "optional",
            "ignore",
        ),
    )

    rim_information_transfer: dict[str, Any] | None = None


class DownlinkRIMInformationTransfer(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 54."""

    procedure_code: ClassVar[int] = 54
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(
            175,
            "rim_information_transfer",
            "RIMInformationTransfer",
            "RIMInformationTransfer",
            "optional",
            "ignore",
        ),
    )

    rim_information_transfer: dict[str, Any] | None = None


class RetrieveUEInformation(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 55."""

    procedure_code: ClassVar[int] = 55
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(26, "five_g_s_tmsi", "FiveG-S-TMSI", "FiveG-S-TMSI", "mandatory", "reject"),
    )

    five_g_s_tmsi: dict[str, Any]


class UEInformationTransfer(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 56."""

    procedure_code: ClassVar[int] = 56
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(26, "five_g_s_tmsi", "FiveG-S-TMSI", "FiveG-S-TMSI", "mandatory", "reject"),
        Ie(210, "nb_iot_ue_priority", "NB-IoT-UEPriority", "NB-IoT-UEPriority", "optional", "ignore"),
        Ie(117, "ue_radio_capability", "UERadioCapability", "UERadioCapability", "optional", "ignore"),
        Ie(148, "s_nssai", "S-NSSAI", "S-NSSAI", "optional", "ignore"),
        Ie(0, "allowed_nssai", "AllowedNSSAI", "AllowedNSSAI", "optional", "ignore"),
        Ie(
            209,
            "ue_differentiation_info",
            "UE-DifferentiationInfo",
            "UE-DifferentiationInfo",
            "optional",
            "ignore",
        ),
        Ie(34, "masked_imeisv", "MaskedIMEISV", "MaskedIMEISV", "optional", "ignore"),
        Ie(
            414,
            "partially_allowed_nssai",
            "Partially-Allowed-NSSAI",
            "Partially-Allowed-NSSAI",
            "optional",
            "ignore",
        ),
    )

    five_g_s_tmsi: dict[str, Any]
    nb_iot_ue_priority: int | None = None
    ue_radio_capability: bytes | None = None
    s_nssai: dict[str, Any] | None = None
    allowed_nssai: list[Any] | None = None
    ue_differentiation_info: dict[str, Any] | None = None
    masked_imeisv: tuple[int, int] | None = None
    partially_allowed_nssai: list[Any] | None = None


class RANCPRelocationIndication(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 57."""

    procedure_code: ClassVar[int] = 57
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(26, "five_g_s_tmsi", "FiveG-S-TMSI", "FiveG-S-TMSI", "mandatory", "reject"),
        Ie(25, "eutra_cgi", "EUTRA-CGI", "EUTRA-CGI", "mandatory", "ignore"),
        Ie(213, "tai", "TAI", "TAI", "mandatory", "ignore"),
        Ie(
            211,
            "ul_cp_security_information",
            "UL-CP-SecurityInformation",
            "UL-CP-SecurityInformation",
            "mandatory",
            "reject",
        ),
    )

    ran_ue_ngap_id: int
    five_g_s_tmsi: dict[str, Any]
    eutra_cgi: dict[str, Any] | None
    tai: dict[str, Any] | None
    ul_cp_security_information: dict[str, Any]


class UEContextResumeRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 58."""

    procedure_code: ClassVar[int] = 58
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(237, "rrc_resume_cause", "RRC-Resume-Cause", "RRCEstablishmentCause", "mandatory", "ignore"),
        Ie(
            232,
            "pdu_session_resource_resume_list_res_req",
            "PDUSessionResourceResumeListRESReq",
            "PDUSessionResourceResumeListRESReq",
            "optional",
            "reject",
        ),
        Ie(
            229,
            "pdu_session_resource_failed_to_resume_list_res_req",
            "PDUSessionResourceFailedToResumeListRESReq",
            "PDUSessionResourceFailedToResumeListRESReq",
            "optional",
            "reject",
        ),
        Ie(
            235,
            "suspend_request_indication",
            "Suspend-Request-Indication",
            "Suspend-Request-Indication",
            "optional",
            "ignore",
        ),
        Ie(
            32,
            "info_on_recommended_cells_and_ran_nodes_for_paging",
            "InfoOnRecommendedCellsAndRANNodesForPaging",
            "InfoOnRecommendedCellsAndRANNodesForPaging",
            "optional",
            "ignore",
        ),
        Ie(
            207,
            "paging_assis_data_for_ce_capab_ue",
            "PagingAssisDataforCEcapabUE",
            "PagingAssisDataforCEcapabUE",
            "optional",
            "ignore",
        ),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    rrc_resume_cause: str | None
    pdu_session_resource_resume_list_res_req: list[Any] | None = None
    pdu_session_resource_failed_to_resume_list_res_req: list[Any] | None = None
    suspend_request_indication: str | None = None
    info_on_recommended_cells_and_ran_nodes_for_paging: dict[str, Any] | None = None
    paging_assis_data_for_ce_capab_ue: dict[str, Any] | None = None
    user_location_information: tuple[str, Any] | None = None


class UEContextResumeResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 58."""

    procedure_code: ClassVar[int] = 58
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(
            233,
            "pdu_session_resource_resume_list_res_res",
            "PDUSessionResourceResumeListRESRes",
            "PDUSessionResourceResumeListRESRes",
            "optional",
            "reject",
        ),
        Ie(
            230,
            "pdu_session_resource_failed_to_resume_list_res_res",
            "PDUSessionResourceFailedToResumeListRESRes",
            "PDUSessionResourceFailedToResumeListRESRes",
            "optional",
            "reject",
        ),
        Ie(93, "security_context", "SecurityContext", "SecurityContext", "optional", "reject"),
        Ie(
            236,
            "suspend_response_indication",
            "Suspend-Response-Indication",
            "Suspend-Response-Indication",
            "optional",
            "ignore",
        ),
        Ie(
            206,
            "extended_connected_time",
            "Extended-ConnectedTime",
            "Extended-ConnectedTime",
            "optional",
            "ignore",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    pdu_session_resource_resume_list_res_res: list[Any] | None = None
    pdu_session_resource_failed_to_resume_list_res_res: list[Any] | None = None
    security_context: dict[str, Any] | None = None
    suspend_response_indication: str | None = None
    extended_connected_time: int | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class UEContextResumeFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 58."""

    procedure_code: ClassVar[int] = 58
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    cause: tuple[str, Any] | None
    criticality_diagnostics: dict[str, Any] | None = None


class UEContextSuspendRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 59."""

    procedure_code: ClassVar[int] = 59
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(
            32,
            "info_on_recommended_cells_and_ran_nodes_for_paging",
            "InfoOnRecommendedCellsAndRANNodesForPaging",
            "InfoOnRecommendedCellsAndRANNodesForPaging",
            "optional",
            "ignore",
        ),
        Ie(
            207,
            "paging_assis_data_for_ce_capab_ue",
            "PagingAssisDataforCEcapabUE",
            "PagingAssisDataforCEcapabUE",
            "optional",
            "ignore",
        ),
        Ie(
            231,
            "pdu_session_resource_suspend_list_sus_req",
            "PDUSessionResourceSuspendListSUSReq",
            "PDUSessionResourceSuspendListSUSReq",
            "optional",
            "reject",
        ),
        Ie(
            121,
            "user_location_information",
            "UserLocationInformation",
            "UserLocationInformation",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    info_on_recommended_cells_and_ran_nodes_for_paging: dict[str, Any] | None = None
    paging_assis_data_for_ce_capab_ue: dict[str, Any] | None = None
    pdu_session_resource_suspend_list_sus_req: list[Any] | None = None
    user_location_information: tuple[str, Any] | None = None


class UEContextSuspendResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 59."""

    procedure_code: ClassVar[int] = 59
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(93, "security_context", "SecurityContext", "SecurityContext", "optional", "reject"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    security_context: dict[str, Any] | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class UEContextSuspendFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 59."""

    procedure_code: ClassVar[int] = 59
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    cause: tuple[str, Any] | None
    criticality_diagnostics: dict[str, Any] | None = None


class UERadioCapabilityIDMappingRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 60."""

    procedure_code: ClassVar[int] = 60
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(
            264, "ue_radio_capability_id", "UERadioCapabilityID", "UERadioCapabilityID", "mandatory", "reject"
        ),
    )

    ue_radio_capability_id: bytes


class UERadioCapabilityIDMappingResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 60."""

    procedure_code: ClassVar[int] = 60
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(
            264, "ue_radio_capability_id", "UERadioCapabilityID", "UERadioCapabilityID", "mandatory", "reject"
        ),
        Ie(117, "ue_radio_capability", "UERadioCapability", "UERadioCapability", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    ue_radio_capability_id: bytes
    ue_radio_capability: bytes | None
    criticality_diagnostics: dict[str, Any] | None = None


class HandoverSuccess(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 61."""

    procedure_code: ClassVar[int] = 61
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int


class UplinkRANEarlyStatusTransfer(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 62."""

    procedure_code: ClassVar[int] = 62
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(
            268,
            "early_status_transfer_transparent_container",
            "EarlyStatusTransfer-TransparentContainer",
            "EarlyStatusTransfer-TransparentContainer",
            "mandatory",
            "reject",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    early_status_transfer_transparent_container: dict[str, Any]


class DownlinkRANEarlyStatusTransfer(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 63."""

    procedure_code: ClassVar[int] = 63
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(
            268,
            "early_status_transfer_transparent_container",
            "EarlyStatusTransfer-TransparentContainer",
            "EarlyStatusTransfer-TransparentContainer",
            "mandatory",
            "reject",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    early_status_transfer_transparent_container: dict[str, Any]


class AMFCPRelocationIndication(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 64."""

    procedure_code: ClassVar[int] = 64
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(148, "s_nssai", "S-NSSAI", "S-NSSAI", "optional", "ignore"),
        Ie(0, "allowed_nssai", "AllowedNSSAI", "AllowedNSSAI", "optional", "ignore"),
        Ie(
            414,
            "partially_allowed_nssai",
            "Partially-Allowed-NSSAI",
            "Partially-Allowed-NSSAI",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    s_nssai: dict[str, Any] | None = None
    allowed_nssai: list[Any] | None = None
    partially_allowed_nssai: list[Any] | None = None


class ConnectionEstablishmentIndication(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 65."""

    procedure_code: ClassVar[int] = 65
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(117, "ue_radio_capability", "UERadioCapability", "UERadioCapability", "optional", "ignore"),
        Ie(226, "end_indication", "EndIndication", "EndIndication", "optional", "ignore"),
        Ie(148, "s_nssai", "S-NSSAI", "S-NSSAI", "optional", "ignore"),
        Ie(0, "allowed_nssai", "AllowedNSSAI", "AllowedNSSAI", "optional", "ignore"),
        Ie(
            209,
            "ue_differentiation_info",
            "UE-DifferentiationInfo",
            "UE-DifferentiationInfo",
            "optional",
            "ignore",
        ),
        Ie(
            212,
            "dl_cp_security_information",
            "DL-CP-SecurityInformation",
            "DL-CP-SecurityInformation",
            "optional",
            "ignore",
        ),
        Ie(210, "nb_iot_ue_priority", "NB-IoT-UEPriority", "NB-IoT-UEPriority", "optional", "ignore"),
        Ie(
            205,
            "enhanced_coverage_restriction",
            "Enhanced-CoverageRestriction",
            "Enhanced-CoverageRestriction",
            "optional",
            "ignore",
        ),
        Ie(222, "ce_mode_b_restricted", "CEmodeBrestricted", "CEmodeBrestricted", "optional", "ignore"),
        Ie(264, "ue_radio_capability_id", "UERadioCapabilityID", "UERadioCapabilityID", "optional", "reject"),
        Ie(34, "masked_imeisv", "MaskedIMEISV", "MaskedIMEISV", "optional", "ignore"),
        Ie(48, "old_amf", "OldAMF", "AMFName", "optional", "reject"),
        Ie(
            414,
            "partially_allowed_nssai",
            "Partially-Allowed-NSSAI",
            "Partially-Allowed-NSSAI",
            "optional",
            "ignore",
        ),
        Ie(443, "extended_old_amf", "ExtendedOldAMF", "Extended-AMFName", "optional", "ignore"),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    ue_radio_capability: bytes | None = None
    end_indication: str | None = None
    s_nssai: dict[str, Any] | None = None
    allowed_nssai: list[Any] | None = None
    ue_differentiation_info: dict[str, Any] | None = None
    dl_cp_security_information: dict[str, Any] | None = None
    nb_iot_ue_priority: int | None = None
    enhanced_coverage_restriction: str | None = None
    ce_mode_b_restricted: str | None = None
    ue_radio_capability_id: bytes | None = None
    masked_imeisv: tuple[int, int] | None = None
    old_amf: str | None = None
    partially_allowed_nssai: list[Any] | None = None
    extended_old_amf: dict[str, Any] | None = None


class BroadcastSessionModificationRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 66."""

    procedure_code: ClassVar[int] = 66
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(298, "mbs_service_area", "MBS-ServiceArea", "MBS-ServiceArea", "optional", "reject"),
        Ie(
            349,
            "mbs_session_modification_request_transfer",
            "MBSSessionModificationRequestTransfer",
            "OCTET STRING (CONTAINING MBSSessionSetupOrModRequestTransfer)",
            "optional",
            "reject",
        ),
    )

    mbs_session_id: dict[str, Any]
    mbs_service_area: tuple[str, Any] | None = None
    mbs_session_modification_request_transfer: bytes | None = None


class BroadcastSessionModificationResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 66."""

    procedure_code: ClassVar[int] = 66
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(
            350,
            "mbs_session_modification_response_transfer",
            "MBSSessionModificationResponseTransfer",
            "OCTET STRING (CONTAINING MBSSessionSetupOrModResponseTransfer)",
            "optional",
            "reject",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any]
    mbs_session_modification_response_transfer: bytes | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class BroadcastSessionModificationFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 66."""

    procedure_code: ClassVar[int] = 66
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(
            348,
            "mbs_session_modification_failure_transfer",
            "MBSSessionModificationFailureTransfer",
            "OCTET STRING (CONTAINING MBSSessionSetupOrModFailureTransfer)",
            "optional",
            "ignore",
        ),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any]
    cause: tuple[str, Any] | None
    mbs_session_modification_failure_transfer: bytes | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class BroadcastSessionReleaseRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 67."""

    procedure_code: ClassVar[int] = 67
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
    )

    mbs_session_id: dict[str, Any]
    cause: tuple[str, Any] | None


class BroadcastSessionReleaseResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 67."""

    procedure_code: ClassVar[int] = 67
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(
            358,
            "mbs_session_release_response_transfer",
            "MBSSessionReleaseResponseTransfer",
            "OCTET STRING (CONTAINING MBSSessionReleaseResponseTransfer)",
            "optional",
            "ignore",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any]
    mbs_session_release_response_transfer: bytes | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class BroadcastSessionSetupRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 68."""

    procedure_code: ClassVar[int] = 68
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(148, "s_nssai", "S-NSSAI", "S-NSSAI", "mandatory", "reject"),
        Ie(298, "mbs_service_area", "MBS-ServiceArea", "MBS-ServiceArea", "mandatory", "reject"),
        Ie(
            315,
            "mbs_session_setup_request_transfer",
            "MBSSessionSetupRequestTransfer",
            "OCTET STRING (CONTAINING MBSSessionSetupOrModRequestTransfer)",
            "mandatory",
            "reject",
        ),
        Ie(415, "associated_session_id", "AssociatedSessionID", "AssociatedSessionID", "optional", "ignore"),
    )

    mbs_session_id: dict[str, Any]
    s_nssai: dict[str, Any]
    mbs_service_area: tuple[str, Any]
    mbs_session_setup_request_transfer: bytes
    associated_session_id: bytes | None = None


class BroadcastSessionSetupResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 68."""

    procedure_code: ClassVar[int] = 68
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(
            316,
            "mbs_session_setup_response_transfer",
            "MBSSessionSetupResponseTransfer",
            "OCTET STRING (CONTAINING MBSSessionSetupOrModResponseTransfer)",
            "optional",
            "reject",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any]
    mbs_session_setup_response_transfer: bytes | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class BroadcastSessionSetupFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 68."""

    procedure_code: ClassVar[int] = 68
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(
            314,
            "mbs_session_setup_failure_transfer",
            "MBSSessionSetupFailureTransfer",
            "OCTET STRING (CONTAINING MBSSessionSetupOrModFailureTransfer)",
            "optional",
            "ignore",
        ),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any]
    cause: tuple[str, Any] | None
    mbs_session_setup_failure_transfer: bytes | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class DistributionSetupRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 69."""

    procedure_code: ClassVar[int] = 69
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(295, "mbs_area_session_id", "MBS-AreaSessionID", "MBS-AreaSessionID", "optional", "reject"),
        Ie(
            301,
            "mbs_distribution_setup_request_transfer",
            "MBS-DistributionSetupRequestTransfer",
            "OCTET STRING (CONTAINING MBS-DistributionSetupRequestTransfer)",
            "mandatory",
            "reject",
        ),
    )

    mbs_session_id: dict[str, Any]
    mbs_distribution_setup_request_transfer: bytes
    mbs_area_session_id: int | None = None


class DistributionSetupResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 69."""

    procedure_code: ClassVar[int] = 69
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(295, "mbs_area_session_id", "MBS-AreaSessionID", "MBS-AreaSessionID", "optional", "reject"),
        Ie(
            302,
            "mbs_distribution_setup_response_transfer",
            "MBS-DistributionSetupResponseTransfer",
            "OCTET STRING (CONTAINING MBS-DistributionSetupResponseTransfer)",
            "mandatory",
            "reject",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any]
    mbs_distribution_setup_response_transfer: bytes
    mbs_area_session_id: int | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class DistributionSetupFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 69."""

    procedure_code: ClassVar[int] = 69
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(295, "mbs_area_session_id", "MBS-AreaSessionID", "MBS-AreaSessionID", "optional", "reject"),
        Ie(
            303,
            "mbs_distribution_setup_unsuccessful_transfer",
            "MBS-DistributionSetupUnsuccessfulTransfer",
            "OCTET STRING (CONTAINING MBS-DistributionSetupUnsuccessfulTransfer)",
            "mandatory",
            "ignore",
        ),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any]
    mbs_distribution_setup_unsuccessful_transfer: bytes | None
    cause: tuple[str, Any] | None
    mbs_area_session_id: int | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class DistributionReleaseRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 70."""

    procedure_code: ClassVar[int] = 70
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(295, "mbs_area_session_id", "MBS-AreaSessionID", "MBS-AreaSessionID", "optional", "reject"),
        Ie(
            300,
            "mbs_distribution_release_request_transfer",
            "MBS-DistributionReleaseRequestTransfer",
            "OCTET STRING (CONTAINING MBS-DistributionReleaseRequestTransfer)",
            "mandatory",
            "reject",
        ),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
    )

    mbs_session_id: dict[str, Any]
    mbs_distribution_release_request_transfer: bytes
    cause: tuple[str, Any] | None
    mbs_area_session_id: int | None = None


class DistributionReleaseResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 70."""

    procedure_code: ClassVar[int] = 70
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(295, "mbs_area_session_id", "MBS-AreaSessionID", "MBS-AreaSessionID", "optional", "reject"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any]
    mbs_area_session_id: int | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class MulticastSessionActivationRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 71."""

    procedure_code: ClassVar[int] = 71
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(
            304,
            "multicast_session_activation_request_transfer",
            "MulticastSessionActivationRequestTransfer",
            "OCTET STRING (CONTAINING MulticastSessionActivationRequestTransfer)",
            "mandatory",
            "reject",
        ),
    )

    mbs_session_id: dict[str, Any]
    multicast_session_activation_request_transfer: bytes


class MulticastSessionActivationResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 71."""

    procedure_code: ClassVar[int] = 71
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any]
    criticality_diagnostics: dict[str, Any] | None = None


class MulticastSessionActivationFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 71."""

    procedure_code: ClassVar[int] = 71
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any]
    cause: tuple[str, Any] | None
    criticality_diagnostics: dict[str, Any] | None = None


class MulticastSessionDeactivationRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 72."""

    procedure_code: ClassVar[int] = 72
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(
            305,
            "multicast_session_deactivation_request_transfer",
            "MulticastSessionDeactivationRequestTransfer",
            "OCTET STRING (CONTAINING MulticastSessionDeactivationRequestTransfer)",
            "mandatory",
            "reject",
        ),
    )

    mbs_session_id: dict[str, Any]
    multicast_session_deactivation_request_transfer: bytes


class MulticastSessionDeactivationResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 72."""

    procedure_code: ClassVar[int] = 72
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any]
    criticality_diagnostics: dict[str, Any] | None = None


class MulticastSessionUpdateRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 73."""

    procedure_code: ClassVar[int] = 73
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(295, "mbs_area_session_id", "MBS-AreaSessionID", "MBS-AreaSessionID", "optional", "reject"),
        Ie(
            306,
            "multicast_session_update_request_transfer",
            "MulticastSessionUpdateRequestTransfer",
            "OCTET STRING (CONTAINING MulticastSessionUpdateRequestTransfer)",
            "mandatory",
            "reject",
        ),
    )

    mbs_session_id: dict[str, Any]
    multicast_session_update_request_transfer: bytes
    mbs_area_session_id: int | None = None


class MulticastSessionUpdateResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 73."""

    procedure_code: ClassVar[int] = 73
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(295, "mbs_area_session_id", "MBS-AreaSessionID", "MBS-AreaSessionID", "optional", "reject"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any]
    mbs_area_session_id: int | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class MulticastSessionUpdateFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 73."""

    procedure_code: ClassVar[int] = 73
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(295, "mbs_area_session_id", "MBS-AreaSessionID", "MBS-AreaSessionID", "optional", "reject"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any]
    cause: tuple[str, Any] | None
    mbs_area_session_id: int | None = None
    criticality_diagnostics: dict[str, Any] | None = None


class MulticastGroupPaging(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 74."""

    procedure_code: ClassVar[int] = 74
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "ignore"),
        Ie(298, "mbs_service_area", "MBS-ServiceArea", "MBS-ServiceArea", "optional", "ignore"),
        Ie(
            307,
            "multicast_group_paging_area_list",
            "MulticastGroupPagingAreaList",
            "MulticastGroupPagingAreaList",
            "mandatory",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any] | None
    multicast_group_paging_area_list: list[Any] | None
    mbs_service_area: tuple[str, Any] | None = None


class BroadcastSessionReleaseRequired(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 75."""

    procedure_code: ClassVar[int] = 75
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
    )

    mbs_session_id: dict[str, Any]
    cause: tuple[str, Any] | None


class TimingSynchronisationStatusRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 76."""

    procedure_code: ClassVar[int] = 76
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(89, "routing_id", "RoutingID", "RoutingID", "mandatory", "reject"),
        Ie(388, "ran_tss_request_type", "RAN-TSSRequestType", "RAN-TSSRequestType", "mandatory", "reject"),
    )

    routing_id: bytes
    ran_tss_request_type: str


class TimingSynchronisationStatusResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 76."""

    procedure_code: ClassVar[int] = 76
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(89, "routing_id", "RoutingID", "RoutingID", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    routing_id: bytes | None
    criticality_diagnostics: dict[str, Any] | None = None


class TimingSynchronisationStatusFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 76."""

    procedure_code: ClassVar[int] = 76
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(89, "routing_id", "RoutingID", "RoutingID", "mandatory", "ignore"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    routing_id: bytes | None
    cause: tuple[str, Any] | None
    criticality_diagnostics: dict[str, Any] | None = None


class TimingSynchronisationStatusReport(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 77."""

    procedure_code: ClassVar[int] = 77
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(89, "routing_id", "RoutingID", "RoutingID", "mandatory", "ignore"),
        Ie(
            387,
            "ran_timing_synchronisation_status_info",
            "RANTimingSynchronisationStatusInfo",
            "RANTimingSynchronisationStatusInfo",
            "mandatory",
            "ignore",
        ),
        Ie(389, "ran_tss_scope", "RAN-TSSScope", "RAN-TSSScope", "mandatory", "ignore"),
    )

    routing_id: bytes | None
    ran_timing_synchronisation_status_info: dict[str, Any] | None
    ran_tss_scope: tuple[str, Any] | None


class MTCommunicationHandlingRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 78."""

    procedure_code: ClassVar[int] = 78
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(406, "five_gc_action", "FiveGCAction", "FiveGCAction", "mandatory", "reject"),
        Ie(
            431,
            "pdu_session_list_mt_comm_h_req",
            "PDUSessionListMTCommHReq",
            "PDUSessionListMTCommHReq",
            "mandatory",
            "reject",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    five_gc_action: tuple[str, Any]
    pdu_session_list_mt_comm_h_req: list[Any]


class MTCommunicationHandlingResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 78."""

    procedure_code: ClassVar[int] = 78
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    criticality_diagnostics: dict[str, Any] | None = None


class MTCommunicationHandlingFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 78."""

    procedure_code: ClassVar[int] = 78
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "reject"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "reject"),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    amf_ue_ngap_id: int
    ran_ue_ngap_id: int
    cause: tuple[str, Any] | None
    criticality_diagnostics: dict[str, Any] | None = None


class RANPagingRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 79."""

    procedure_code: ClassVar[int] = 79
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "ignore"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(10, "amf_ue_ngap_id", "AMF-UE-NGAP-ID", "AMF-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(85, "ran_ue_ngap_id", "RAN-UE-NGAP-ID", "RAN-UE-NGAP-ID", "mandatory", "ignore"),
        Ie(
            407,
            "paging_policy_differentiation",
            "PagingPolicyDifferentiation",
            "PagingPolicyDifferentiation",
            "optional",
            "ignore",
        ),
        Ie(408, "dl_signalling", "DL-Signalling", "DL-Signalling", "optional", "ignore"),
    )

    amf_ue_ngap_id: int | None
    ran_ue_ngap_id: int | None
    paging_policy_differentiation: dict[str, Any] | None = None
    dl_signalling: str | None = None


class BroadcastSessionTransportRequest(Message, frozen=True, kw_only=True):
    """Initiating-message of procedure 80."""

    procedure_code: ClassVar[int] = 80
    kind: ClassVar[str] = "initiating-message"
    criticality: ClassVar[str] = "reject"
    can_fail: ClassVar[bool] = True
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(
            418,
            "broadcast_transport_request_transfer",
            "BroadcastTransportRequestTransfer",
            "OCTET STRING (CONTAINING BroadcastTransportRequestTransfer)",
            "mandatory",
            "reject",
        ),
    )

    mbs_session_id: dict[str, Any]
    broadcast_transport_request_transfer: bytes


class BroadcastSessionTransportResponse(Message, frozen=True, kw_only=True):
    """Successful-outcome of procedure 80."""

    procedure_code: ClassVar[int] = 80
    kind: ClassVar[str] = "successful-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(
            419,
            "broadcast_transport_response_transfer",
            "BroadcastTransportResponseTransfer",
            "OCTET STRING (CONTAINING BroadcastTransportResponseTransfer)",
            "mandatory",
            "reject",
        ),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any]
    broadcast_transport_response_transfer: bytes
    criticality_diagnostics: dict[str, Any] | None = None


class BroadcastSessionTransportFailure(Message, frozen=True, kw_only=True):
    """Unsuccessfull-outcome of procedure 80."""

    procedure_code: ClassVar[int] = 80
    kind: ClassVar[str] = "unsuccessfull-outcome"
    criticality: ClassVar[str] = "reject"
    ies: ClassVar[tuple[Ie, ...]] = (
        Ie(299, "mbs_session_id", "MBS-SessionID", "MBS-SessionID", "mandatory", "reject"),
        Ie(
            417,
            "broadcast_transport_failure_transfer",
            "BroadcastTransportFailureTransfer",
            "OCTET STRING (CONTAINING BroadcastTransportFailureTransfer)",
            "mandatory",
            "ignore",
        ),
        Ie(15, "cause", "Cause", "Cause", "mandatory", "ignore"),
        Ie(
            19,
            "criticality_diagnostics",
            "CriticalityDiagnostics",
            "CriticalityDiagnostics",
            "optional",
            "ignore",
        ),
    )

    mbs_session_id: dict[str, Any]
    broadcast_transport_failure_transfer: bytes | None
    cause: tuple[str, Any] | None
    criticality_diagnostics: dict[str, Any] | None = None


MESSAGES: tuple[type[Message], ...] = (
    AMFConfigurationUpdate,
    AMFConfigurationUpdateAcknowledge,
    AMFConfigurationUpdateFailure,
    AMFStatusIndication,
    CellTrafficTrace,
    DeactivateTrace,
    DownlinkNASTransport,
    DownlinkNonUEAssociatedNRPPaTransport,
    DownlinkRANConfigurationTransfer,
    DownlinkRANStatusTransfer,
    DownlinkUEAssociatedNRPPaTransport,
    ErrorIndication,
    HandoverCancel,
    HandoverCancelAcknowledge,
    HandoverNotify,
    HandoverRequired,
    HandoverCommand,
    HandoverPreparationFailure,
    HandoverRequest,
    HandoverRequestAcknowledge,
    HandoverFailure,
    InitialContextSetupRequest,
    InitialContextSetupResponse,
    InitialContextSetupFailure,
    InitialUEMessage,
    LocationReportingControl,
    LocationReportingFailureIndication,
    LocationReport,
    NASNonDeliveryIndication,
    NGReset,
    NGResetAcknowledge,
    NGSetupRequest,
    NGSetupResponse,
    NGSetupFailure,
    OverloadStart,
    OverloadStop,
    Paging,
    PathSwitchRequest,
    PathSwitchRequestAcknowledge,
    PathSwitchRequestFailure,
    PDUSessionResourceModifyRequest,
    PDUSessionResourceModifyResponse,
    PDUSessionResourceModifyIndication,
    PDUSessionResourceModifyConfirm,
    PDUSessionResourceReleaseCommand,
    PDUSessionResourceReleaseResponse,
    PDUSessionResourceSetupRequest,
    PDUSessionResourceSetupResponse,
    PDUSessionResourceNotify,
    PrivateMessage,
    PWSCancelRequest,
    PWSCancelResponse,
    PWSFailureIndication,
    PWSRestartIndication,
    RANConfigurationUpdate,
    RANConfigurationUpdateAcknowledge,
    RANConfigurationUpdateFailure,
    RerouteNASRequest,
    RRCInactiveTransitionReport,
    TraceFailureIndication,
    TraceStart,
    UEContextModificationRequest,
    UEContextModificationResponse,
    UEContextModificationFailure,
    UEContextReleaseCommand,
    UEContextReleaseComplete,
    UEContextReleaseRequest,
    UERadioCapabilityCheckRequest,
    UERadioCapabilityCheckResponse,
    UERadioCapabilityInfoIndication,
    UETNLABindingReleaseRequest,
    UplinkNASTransport,
    UplinkNonUEAssociatedNRPPaTransport,
    UplinkRANConfigurationTransfer,
    UplinkRANStatusTransfer,
    UplinkUEAssociatedNRPPaTransport,
    WriteReplaceWarningRequest,
    WriteReplaceWarningResponse,
    SecondaryRATDataUsageReport,
    UplinkRIMInformationTransfer,
    DownlinkRIMInformationTransfer,
    RetrieveUEInformation,
    UEInformationTransfer,
    RANCPRelocationIndication,
    UEContextResumeRequest,
    UEContextResumeResponse,
    UEContextResumeFailure,
    UEContextSuspendRequest,
    UEContextSuspendResponse,
    UEContextSuspendFailure,
    UERadioCapabilityIDMappingRequest,
    UERadioCapabilityIDMappingResponse,
    HandoverSuccess,
    UplinkRANEarlyStatusTransfer,
    DownlinkRANEarlyStatusTransfer,
    AMFCPRelocationIndication,
    ConnectionEstablishmentIndication,
    BroadcastSessionModificationRequest,
    BroadcastSessionModificationResponse,
    BroadcastSessionModificationFailure,
    BroadcastSessionReleaseRequest,
    BroadcastSessionReleaseResponse,
    BroadcastSessionSetupRequest,
    BroadcastSessionSetupResponse,
    BroadcastSessionSetupFailure,
    DistributionSetupRequest,
    DistributionSetupResponse,
    DistributionSetupFailure,
    DistributionReleaseRequest,
    DistributionReleaseResponse,
    MulticastSessionActivationRequest,
    MulticastSessionActivationResponse,
    MulticastSessionActivationFailure,
    MulticastSessionDeactivationRequest,
    MulticastSessionDeactivationResponse,
    MulticastSessionUpdateRequest,
    MulticastSessionUpdateResponse,
    MulticastSessionUpdateFailure,
    MulticastGroupPaging,
    BroadcastSessionReleaseRequired,
    TimingSynchronisationStatusRequest,
    TimingSynchronisationStatusResponse,
    TimingSynchronisationStatusFailure,
    TimingSynchronisationStatusReport,
    MTCommunicationHandlingRequest,
    MTCommunicationHandlingResponse,
    MTCommunicationHandlingFailure,
    RANPagingRequest,
    BroadcastSessionTransportRequest,
    BroadcastSessionTransportResponse,
    BroadcastSessionTransportFailure,
)
"""The catalogue, by procedure code."""
