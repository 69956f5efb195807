"""The messages (TS 29.244 7.4 and 7.5), each with its table, and which response answers which request."""

from __future__ import annotations

from typing import Annotated

from pilot5g.wire.pfcp import reports as p
from pilot5g.wire.pfcp import rules as r
from pilot5g.wire.pfcp.grammar import C, M, Message, O, message
from pilot5g.wire.pfcp.ies import addresses as a
from pilot5g.wire.pfcp.ies import flags as f
from pilot5g.wire.pfcp.ies import node as n
from pilot5g.wire.pfcp.ies import numbers as u


@message(1)
class HeartbeatRequest(Message, frozen=True, kw_only=True):
    """TS 29.244 7.4.2.1-1."""

    recovery_time_stamp: Annotated[int, M(u.RECOVERY_TIME_STAMP)]


@message(2)
class HeartbeatResponse(Message, frozen=True, kw_only=True):
    """TS 29.244 7.4.2.2-1."""

    recovery_time_stamp: Annotated[int, M(u.RECOVERY_TIME_STAMP)]


@message(3)
class PfdManagementRequest(Message, frozen=True, kw_only=True):
    """TS 29.244 7.4.3.1-1."""

    applications: Annotated[tuple[p.ApplicationPfds, ...], C(p.ApplicationPfds)] = ()
    node_id: Annotated[a.NodeId | None, O(a.NODE_ID)] = None


@message(4)
class PfdManagementResponse(Message, frozen=True, kw_only=True):
    """TS 29.244 7.4.3.2-1."""

    cause: Annotated[int, M(u.CAUSE)]
    offending_ie: Annotated[int | None, C(u.OFFENDING_IE)] = None
    node_id: Annotated[a.NodeId | None, O(a.NODE_ID)] = None


@message(5)
class AssociationSetupRequest(Message, frozen=True, kw_only=True):
    """TS 29.244 7.4.4.1-1."""

    node_id: Annotated[a.NodeId, M(a.NODE_ID)]
    recovery_time_stamp: Annotated[int, M(u.RECOVERY_TIME_STAMP)]
    up_function_features: Annotated[f.UpFunctionFeatures | None, C(f.UP_FUNCTION_FEATURES)] = None
    cp_function_features: Annotated[f.CpFunctionFeatures | None, C(f.CP_FUNCTION_FEATURES)] = None
    alternative_smf_addresses: Annotated[tuple[a.IpAddress, ...], O(a.ALTERNATIVE_SMF_IP_ADDRESS)] = ()
    smf_set_id: Annotated[bytes | None, C(u.SMF_SET_ID)] = None
    session_retention: Annotated[p.SessionRetention | None, O(p.SessionRetention)] = None
    ue_ip_address_pools: Annotated[tuple[p.UeIpAddressPool, ...], O(p.UeIpAddressPool)] = ()
    nf_instance_id: Annotated[bytes | None, O(u.NF_INSTANCE_ID)] = None
    as_req_flags: Annotated[f.OneFlag | None, O(f.AS_REQ_FLAGS)] = None


@message(6)
class AssociationSetupResponse(Message, frozen=True, kw_only=True):
    """TS 29.244 7.4.4.2-1."""

    node_id: Annotated[a.NodeId, M(a.NODE_ID)]
    cause: Annotated[int, M(u.CAUSE)]
    recovery_time_stamp: Annotated[int, M(u.RECOVERY_TIME_STAMP)]
    up_function_features: Annotated[f.UpFunctionFeatures | None, C(f.UP_FUNCTION_FEATURES)] = None
    cp_function_features: Annotated[f.CpFunctionFeatures | None, C(f.CP_FUNCTION_FEATURES)] = None
    alternative_smf_addresses: Annotated[tuple[a.IpAddress, ...], O(a.ALTERNATIVE_SMF_IP_ADDRESS)] = ()
    smf_set_id: Annotated[bytes | None, C(u.SMF_SET_ID)] = None
    as_rsp_flags: Annotated[f.AsRspFlags | None, O(f.AS_RSP_FLAGS)] = None
    ue_ip_address_pools: Annotated[tuple[p.UeIpAddressPool, ...], O(p.UeIpAddressPool)] = ()
    nf_instance_id: Annotated[bytes | None, O(u.NF_INSTANCE_ID)] = None


@message(7)
class AssociationUpdateRequest(Message, frozen=True, kw_only=True):
    """TS 29.244 7.4.4.3-1."""

    node_id: Annotated[a.NodeId, M(a.NODE_ID)]
    up_function_features: Annotated[f.UpFunctionFeatures | None, O(f.UP_FUNCTION_FEATURES)] = None
    cp_function_features: Annotated[f.CpFunctionFeatures | None, O(f.CP_FUNCTION_FEATURES)] = None
    release_request: Annotated[f.AssociationReleaseRequestFlags | None, C(f.ASSOCIATION_RELEASE_REQUEST)] = (
        None
    )
    graceful_release_period: Annotated[n.TimerValue | None, C(n.GRACEFUL_RELEASE_PERIOD)] = None
    au_req_flags: Annotated[f.OneFlag | None, O(f.AU_REQ_FLAGS)] = None
    alternative_smf_addresses: Annotated[tuple[a.IpAddress, ...], O(a.ALTERNATIVE_SMF_IP_ADDRESS)] = ()
    smf_set_id: Annotated[bytes | None, O(u.SMF_SET_ID)] = None
    ue_ip_address_pools: Annotated[tuple[p.UeIpAddressPool, ...], O(p.UeIpAddressPool)] = ()


@message(8)
class AssociationUpdateResponse(Message, frozen=True, kw_only=True):
    """TS 29.244 7.4.4.4-1."""

    node_id: Annotated[a.NodeId, M(a.NODE_ID)]
    cause: Annotated[int, M(u.CAUSE)]
    up_function_features: Annotated[f.UpFunctionFeatures | None, O(f.UP_FUNCTION_FEATURES)] = None
    cp_function_features: Annotated[f.CpFunctionFeatures | None, O(f.CP_FUNCTION_FEATURES)] = None


@message(9)
class AssociationReleaseRequest(Message, frozen=True, kw_only=True):
    """TS 29.244 7.4.4.5-1."""

    node_id: Annotated[a.NodeId, M(a.NODE_ID)]


@message(10)
class AssociationReleaseResponse(Message, frozen=True, kw_only=True):
    """TS 29.244 7.4.4.6-1."""

    node_id: Annotated[a.NodeId, M(a.NODE_ID)]
    cause: Annotated[int, M(u.CAUSE)]


@message(11)
class VersionNotSupportedResponse(Message, frozen=True, kw_only=True):
    """A header and nothing else (TS 29.244 7.4.4.7)."""


@message(12)
class NodeReportRequest(Message, frozen=True, kw_only=True):
    """TS 29.244 7.4.5.1.1-1."""

    node_id: Annotated[a.NodeId, M(a.NODE_ID)]
    report_type: Annotated[f.NodeReportType, M(f.NODE_REPORT_TYPE)]
    path_failure: Annotated[p.PathFailureReport | None, C(p.PathFailureReport)] = None
    path_recovery: Annotated[p.PathRecoveryReport | None, C(p.PathRecoveryReport)] = None


@message(13)
class NodeReportResponse(Message, frozen=True, kw_only=True):
    """TS 29.244 7.4.5.2.1-1."""

    node_id: Annotated[a.NodeId, M(a.NODE_ID)]
    cause: Annotated[int, M(u.CAUSE)]
    offending_ie: Annotated[int | None, C(u.OFFENDING_IE)] = None


@message(14)
class SessionSetDeletionRequest(Message, frozen=True, kw_only=True):
    """TS 29.244 7.4.6.1-1. Not on N4, where it is answered with Service not supported."""

    node_id: Annotated[a.NodeId, M(a.NODE_ID)]
    fq_csids: Annotated[tuple[bytes, ...], C(u.FQ_CSID)] = ()


@message(15)
class SessionSetDeletionResponse(Message, frozen=True, kw_only=True):
    """TS 29.244 7.4.6.2-1."""

    node_id: Annotated[a.NodeId, M(a.NODE_ID)]
    cause: Annotated[int, M(u.CAUSE)]
    offending_ie: Annotated[int | None, C(u.OFFENDING_IE)] = None


@message(50)
class SessionEstablishmentRequest(Message, frozen=True, kw_only=True):
    """TS 29.244 7.5.2.1-1."""

    node_id: Annotated[a.NodeId, M(a.NODE_ID)]
    cp_fseid: Annotated[a.FSeid, M(a.F_SEID)]
    create_pdrs: Annotated[tuple[r.CreatePdr, ...], M(r.CreatePdr)]
    create_fars: Annotated[tuple[r.CreateFar, ...], M(r.CreateFar)]
    create_urrs: Annotated[tuple[r.CreateUrr, ...], C(r.CreateUrr)] = ()
    create_qers: Annotated[tuple[r.CreateQer, ...], C(r.CreateQer)] = ()
    create_bars: Annotated[tuple[r.CreateBar, ...], C(r.CreateBar)] = ()
    create_traffic_endpoints: Annotated[tuple[r.CreateTrafficEndpoint, ...], C(r.CreateTrafficEndpoint)] = ()
    pdn_type: Annotated[int | None, C(u.PDN_TYPE)] = None
    fq_csids: Annotated[tuple[bytes, ...], C(u.FQ_CSID)] = ()
    inactivity_timer: Annotated[int | None, O(u.USER_PLANE_INACTIVITY_TIMER)] = None
    user_id: Annotated[n.UserId | None, O(n.USER_ID)] = None
    trace: Annotated[bytes | None, O(u.TRACE_INFORMATION)] = None
    dnn: Annotated[str | None, O(a.APN_DNN)] = None
    se_req_flags: Annotated[f.OneFlag | None, C(f.SE_REQ_FLAGS)] = None
    recovery_time_stamp: Annotated[int | None, O(u.RECOVERY_TIME_STAMP)] = None
    s_nssai: Annotated[n.SNssai | None, O(n.S_NSSAI)] = None
    rat_type: Annotated[int | None, O(u.RAT_TYPE)] = None


@message(51)
class SessionEstablishmentResponse(Message, frozen=True, kw_only=True):
    """TS 29.244 7.5.3.1-1."""

    node_id: Annotated[a.NodeId, M(a.NODE_ID)]
    cause: Annotated[int, M(u.CAUSE)]
    offending_ie: Annotated[int | None, C(u.OFFENDING_IE)] = None
    up_fseid: Annotated[a.FSeid | None, C(a.F_SEID)] = None
    created_pdrs: Annotated[tuple[p.CreatedPdr, ...], C(p.CreatedPdr)] = ()
    load_control: Annotated[p.LoadControl | None, O(p.LoadControl)] = None
    overload_control: Annotated[p.OverloadControl | None, O(p.OverloadControl)] = None
    fq_csids: Annotated[tuple[bytes, ...], C(u.FQ_CSID)] = ()
    failed_rule: Annotated[n.FailedRule | None, C(n.FAILED_RULE_ID)] = None
    created_traffic_endpoints: Annotated[
        tuple[p.CreatedTrafficEndpoint, ...], C(p.CreatedTrafficEndpoint)
    ] = ()
    partial_failures: Annotated[
        tuple[p.PartialFailureEstablishment, ...], C(p.PartialFailureEstablishment)
    ] = ()


@message(52)
class SessionModificationRequest(Message, frozen=True, kw_only=True):
    """TS 29.244 7.5.4.1-1."""

    cp_fseid: Annotated[a.FSeid | None, C(a.F_SEID)] = None
    remove_pdrs: Annotated[tuple[r.RemovePdr, ...], C(r.RemovePdr)] = ()
    remove_fars: Annotated[tuple[r.RemoveFar, ...], C(r.RemoveFar)] = ()
    remove_urrs: Annotated[tuple[r.RemoveUrr, ...], C(r.RemoveUrr)] = ()
    remove_qers: Annotated[tuple[r.RemoveQer, ...], C(r.RemoveQer)] = ()
    remove_bars: Annotated[tuple[r.RemoveBar, ...], C(r.RemoveBar)] = ()
    remove_traffic_endpoints: Annotated[tuple[r.RemoveTrafficEndpoint, ...], C(r.RemoveTrafficEndpoint)] = ()
    create_pdrs: Annotated[tuple[r.CreatePdr, ...], C(r.CreatePdr)] = ()
    create_fars: Annotated[tuple[r.CreateFar, ...], C(r.CreateFar)] = ()
    create_urrs: Annotated[tuple[r.CreateUrr, ...], C(r.CreateUrr)] = ()
    create_qers: Annotated[tuple[r.CreateQer, ...], C(r.CreateQer)] = ()
    create_bars: Annotated[tuple[r.CreateBar, ...], C(r.CreateBar)] = ()
    create_traffic_endpoints: Annotated[tuple[r.CreateTrafficEndpoint, ...], C(r.CreateTrafficEndpoint)] = ()
    update_pdrs: Annotated[tuple[r.UpdatePdr, ...], C(r.UpdatePdr)] = ()
    update_fars: Annotated[tuple[r.UpdateFar, ...], C(r.UpdateFar)] = ()
    update_urrs: Annotated[tuple[r.UpdateUrr, ...], C(r.UpdateUrr)] = ()
    update_qers: Annotated[tuple[r.UpdateQer, ...], C(r.UpdateQer)] = ()
    update_bars: Annotated[tuple[r.UpdateBar, ...], C(r.UpdateBar)] = ()
    update_traffic_endpoints: Annotated[tuple[r.UpdateTrafficEndpoint, ...], C(r.UpdateTrafficEndpoint)] = ()
    sm_req_flags: Annotated[f.SmReqFlags | None, C(f.SM_REQ_FLAGS)] = None
    query_urrs: Annotated[tuple[r.QueryUrr, ...], C(r.QueryUrr)] = ()
    fq_csids: Annotated[tuple[bytes, ...], C(u.FQ_CSID)] = ()
    inactivity_timer: Annotated[int | None, C(u.USER_PLANE_INACTIVITY_TIMER)] = None
    query_urr_reference: Annotated[int | None, O(u.QUERY_URR_REFERENCE)] = None
    trace: Annotated[bytes | None, O(u.TRACE_INFORMATION)] = None
    node_id: Annotated[a.NodeId | None, C(a.NODE_ID)] = None
    rat_type: Annotated[int | None, O(u.RAT_TYPE)] = None
    s_nssai: Annotated[n.SNssai | None, O(n.S_NSSAI)] = None


@message(53)
class SessionModificationResponse(Message, frozen=True, kw_only=True):
    """TS 29.244 7.5.5.1-1."""

    cause: Annotated[int, M(u.CAUSE)]
    offending_ie: Annotated[int | None, C(u.OFFENDING_IE)] = None
    created_pdrs: Annotated[tuple[p.CreatedPdr, ...], C(p.CreatedPdr)] = ()
    load_control: Annotated[p.LoadControl | None, O(p.LoadControl)] = None
    overload_control: Annotated[p.OverloadControl | None, O(p.OverloadControl)] = None
    usage_reports: Annotated[tuple[p.UsageReportModification, ...], C(p.UsageReportModification)] = ()
    failed_rule: Annotated[n.FailedRule | None, C(n.FAILED_RULE_ID)] = None
    additional_usage_reports: Annotated[int | None, C(u.ADDITIONAL_USAGE_REPORTS)] = None
    created_traffic_endpoints: Annotated[
        tuple[p.CreatedTrafficEndpoint, ...], C(p.CreatedTrafficEndpoint)
    ] = ()
    updated_pdrs: Annotated[tuple[p.UpdatedPdr, ...], C(p.UpdatedPdr)] = ()
    partial_failures: Annotated[
        tuple[p.PartialFailureModification, ...], C(p.PartialFailureModification)
    ] = ()


@message(54)
class SessionDeletionRequest(Message, frozen=True, kw_only=True):
    """A header and nothing that must be there (TS 29.244 7.5.6)."""


@message(55)
class SessionDeletionResponse(Message, frozen=True, kw_only=True):
    """TS 29.244 7.5.7.1-1."""

    cause: Annotated[int, M(u.CAUSE)]
    offending_ie: Annotated[int | None, C(u.OFFENDING_IE)] = None
    load_control: Annotated[p.LoadControl | None, O(p.LoadControl)] = None
    overload_control: Annotated[p.OverloadControl | None, O(p.OverloadControl)] = None
    usage_reports: Annotated[tuple[p.UsageReportDeletion, ...], C(p.UsageReportDeletion)] = ()
    additional_usage_reports: Annotated[int | None, C(u.ADDITIONAL_USAGE_REPORTS)] = None


@message(56)
class SessionReportRequest(Message, frozen=True, kw_only=True):
    """TS 29.244 7.5.8.1-1."""

    report_type: Annotated[f.ReportType, M(f.REPORT_TYPE)]
    downlink_data: Annotated[p.DownlinkDataReport | None, C(p.DownlinkDataReport)] = None
    usage_reports: Annotated[tuple[p.UsageReport, ...], C(p.UsageReport)] = ()
    error_indication: Annotated[p.ErrorIndicationReport | None, C(p.ErrorIndicationReport)] = None
    load_control: Annotated[p.LoadControl | None, O(p.LoadControl)] = None
    overload_control: Annotated[p.OverloadControl | None, O(p.OverloadControl)] = None
    additional_usage_reports: Annotated[int | None, C(u.ADDITIONAL_USAGE_REPORTS)] = None
    sr_req_flags: Annotated[f.OneFlag | None, C(f.SR_REQ_FLAGS)] = None
    old_cp_fseid: Annotated[a.FSeid | None, C(a.F_SEID)] = None


@message(57)
class SessionReportResponse(Message, frozen=True, kw_only=True):
    """TS 29.244 7.5.9.1-1."""

    cause: Annotated[int, M(u.CAUSE)]
    offending_ie: Annotated[int | None, C(u.OFFENDING_IE)] = None
    update_bar: Annotated[r.UpdateBarReport | None, C(r.UpdateBarReport)] = None
    sr_rsp_flags: Annotated[f.OneFlag | None, C(f.SR_RSP_FLAGS)] = None
    cp_fseid: Annotated[a.FSeid | None, C(a.F_SEID)] = None
    n4u_fteid: Annotated[a.FTeid | a.ChooseFTeid | None, C(a.F_TEID)] = None
    alternative_smf_address: Annotated[a.IpAddress | None, O(a.ALTERNATIVE_SMF_IP_ADDRESS)] = None


ANSWERS: dict[int, int] = {1: 2, 3: 4, 5: 6, 7: 8, 9: 10, 12: 13, 14: 15, 50: 51, 52: 53, 54: 55, 56: 57}
"""The response of each request, by message type. Version Not Supported answers any of them."""
