"""tshark as judge of NAS: one message of every class, none malformed, nothing left over, the same values."""

import shutil
import struct
import subprocess
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from pilot5g.model import Ambr, Guami, Guti, PduSessionType, Plmn, Snssai, SscMode, Suci, Tai
from pilot5g.wire import nas

pytestmark = [
    pytest.mark.judge,
    pytest.mark.skipif(shutil.which("tshark") is None, reason="needs tshark: apt install tshark"),
]

LINK_TYPE_USER_0 = 147
DLT = 'uat:user_dlts:"User 0 (DLT=147)","nas-5gs","0","","0",""'

HOME = Plmn("001", "01")
GUTI = Guti(Guami(HOME, 2, 1023, 1), 0xC0FFEE01)
KSI = nas.KeySetIdentifier(1)
CAPABILITY = nas.UeSecurityCapability.of((0, 1, 2, 3), (1, 2, 3), eps=True)
EAP = bytes.fromhex("03010004")
OPTIONS = nas.ProtocolOptions.answer([IPv4Address("10.45.0.1")], mtu=1400)
PRIVATE = nas.Ipv4Match(True, IPv4Address("10.0.0.0"), IPv4Address("255.0.0.0"))
RULE = nas.QosRule(
    identifier=1,
    default=True,
    packet_filters=(
        nas.PacketFilter(1, nas.Direction.UPLINK, (nas.ProtocolMatch(17), nas.PortMatch(True, 53))),
        nas.PacketFilter(2, components=(PRIVATE,)),
        nas.PacketFilter(3, components=(nas.PortMatch(False, 1000, 2000), nas.TrafficClassMatch(184, 252))),
    ),
    precedence=255,
    qfi=9,
)
FLOW = nas.QosFlowDescription(
    qfi=9, five_qi=1, gfbr_uplink=128_000, gfbr_downlink=128_000, mfbr_uplink=256_000, averaging_window=2000
)
SESSION = {"pdu_session_id": 5, "pti": 7}
CAUSE = nas.GsmCause.REGULAR_DEACTIVATION

MESSAGES: list[nas.Message] = [
    nas.RegistrationRequest(
        registration_type=nas.RegistrationType(follow_on_request=True),
        ngksi=nas.KeySetIdentifier(),
        mobile_identity=Suci(HOME, "12", 1, 27, bytes(45)),
        gmm_capability=nas.GmmCapability(b"\x07"),
        ue_security_capability=CAPABILITY,
        requested_nssai=(Snssai(1, 0x010203), Snssai(2)),
        last_visited_registered_tai=Tai(HOME, 7),
        uplink_data_status=frozenset({5}),
        pdu_session_status=frozenset({5, 9}),
        mico_indication=nas.MicoIndication(),
        ue_status=nas.UeStatus(gmm_registered=True),
        additional_guti=GUTI,
        ue_usage_setting=nas.UsageSetting.DATA_CENTRIC,
        requested_drx_parameters=nas.DrxCycle.T128,
        update_type=nas.UpdateType(),
    ),
    nas.RegistrationAccept(
        registration_result=nas.RegistrationResult(sms_allowed=True),
        guti=GUTI,
        equivalent_plmns=(Plmn("999", "70"),),
        tai_list=(Tai(HOME, 1), Tai(HOME, 5), Tai(Plmn("310", "410"), 9)),
        allowed_nssai=(Snssai(1, 0x010203),),
        rejected_nssai=(nas.RejectedSnssai(Snssai(2)),),
        configured_nssai=(Snssai(1, 0x010203), nas.MappedSnssai(3, None, 4)),
        network_feature_support=nas.NetworkFeatureSupport.of(ims_voice=True),
        pdu_session_status=frozenset({5}),
        pdu_session_reactivation_result=frozenset({9}),
        pdu_session_reactivation_result_error_cause=(
            nas.ReactivationError(9, nas.GmmCause.INSUFFICIENT_USER_PLANE_RESOURCES),
        ),
        t3512_value=nas.GprsTimer3(3600),
        t3502_value=nas.GprsTimer(720),
        negotiated_drx_parameters=nas.DrxCycle.T128,
    ),
    nas.RegistrationComplete(),
    nas.RegistrationReject(cause=nas.GmmCause.CONGESTION, t3346_value=nas.GprsTimer(60)),
    nas.AuthenticationRequest(ngksi=KSI, abba=b"\0\0", rand=bytes(16), autn=bytes(16)),
    nas.AuthenticationResponse(response=bytes(16)),
    nas.AuthenticationReject(),
    nas.AuthenticationFailure(cause=nas.GmmCause.SYNCH_FAILURE, auts=bytes(14)),
    nas.AuthenticationResult(ngksi=KSI, eap_message=EAP),
    nas.IdentityRequest(identity_type=nas.IdentityType.SUCI),
    nas.IdentityResponse(mobile_identity=nas.Imei("490154203237518")),
    nas.SecurityModeCommand(
        selected_nas_security_algorithms=nas.SecurityAlgorithms(ciphering=2, integrity=3),
        ngksi=KSI,
        replayed_ue_security_capabilities=CAPABILITY,
        imeisv_request=True,
        additional_5g_security_information=nas.AdditionalSecurityInformation(retransmission_requested=True),
    ),
    nas.SecurityModeComplete(imeisv=nas.Imeisv("4370816125816151")),
    nas.SecurityModeReject(cause=nas.GmmCause.UE_SECURITY_CAPABILITIES_MISMATCH),
    nas.ServiceRequest(
        ngksi=KSI, service_type=nas.ServiceType.DATA, s_tmsi=GUTI.s_tmsi, uplink_data_status=frozenset({5})
    ),
    nas.ServiceAccept(pdu_session_status=frozenset({5}), pdu_session_reactivation_result=frozenset()),
    nas.ServiceReject(cause=nas.GmmCause.UE_IDENTITY_CANNOT_BE_DERIVED),
    nas.ConfigurationUpdateCommand(
        configuration_update_indication=nas.ConfigurationUpdateIndication(acknowledgement=True),
        guti=GUTI,
        tai_list=(Tai(HOME, 1), Tai(HOME, 2), Tai(HOME, 3)),
        full_name_for_network=nas.NetworkName("Pilot5G"),
        short_name_for_network=nas.NetworkName("日本"),
        local_time_zone=-14,
        universal_time_and_local_time_zone=nas.UniversalTime(2031, 5, 14, 6, 44, 9, 8),
        network_daylight_saving_time=1,
    ),
    nas.ConfigurationUpdateComplete(),
    nas.DeregistrationRequest(
        deregistration_type=nas.DeregistrationType(switch_off=True), ngksi=KSI, mobile_identity=GUTI
    ),
    nas.DeregistrationAccept(),
    nas.DeregistrationRequestNetwork(
        deregistration_type=nas.DeregistrationType(re_registration_required=True),
        cause=nas.GmmCause.ILLEGAL_UE,
    ),
    nas.DeregistrationAcceptNetwork(),
    nas.UlNasTransport(
        payload_container_type=nas.PayloadContainerType.N1_SM,
        payload_container=nas.encode(nas.PduSessionReleaseRequest(**SESSION)),
        pdu_session_id=5,
        request_type=nas.RequestType.INITIAL,
        s_nssai=Snssai(1, 0x010203),
        dnn="ims.mnc001",
    ),
    nas.DlNasTransport(
        payload_container_type=nas.PayloadContainerType.N1_SM,
        payload_container=nas.encode(nas.PduSessionReleaseCommand(cause=CAUSE, **SESSION)),
        pdu_session_id=5,
        cause=nas.GmmCause.PAYLOAD_WAS_NOT_FORWARDED,
        back_off_timer_value=nas.GprsTimer3(30),
    ),
    nas.GmmStatus(cause=nas.GmmCause.INVALID_MANDATORY_INFORMATION),
    nas.Notification(access_type=nas.AccessType.NON_3GPP),
    nas.NotificationResponse(pdu_session_status=frozenset({1})),
    nas.ControlPlaneServiceRequest(control_plane_service_type=0, ngksi=KSI),
    nas.NetworkSliceSpecificAuthenticationCommand(s_nssai=Snssai(1), eap_message=EAP),
    nas.NetworkSliceSpecificAuthenticationComplete(s_nssai=Snssai(1), eap_message=EAP),
    nas.NetworkSliceSpecificAuthenticationResult(s_nssai=Snssai(1), eap_message=EAP),
    nas.PduSessionEstablishmentRequest(
        integrity_protection_maximum_data_rate=nas.IntegrityRate(),
        pdu_session_type=PduSessionType.IPV4V6,
        ssc_mode=SscMode.SSC_1,
        gsm_capability=nas.GsmCapability(b"\x01"),
        maximum_number_of_supported_packet_filters=64,
        always_on_pdu_session_requested=True,
        extended_protocol_configuration_options=nas.ProtocolOptions.request(nas.ies.DNS_IPV4),
        **SESSION,
    ),
    nas.PduSessionEstablishmentAccept(
        selected_pdu_session_type=PduSessionType.IPV4V6,
        selected_ssc_mode=SscMode.SSC_1,
        authorized_qos_rules=(RULE,),
        session_ambr=Ambr(uplink=100_000_000, downlink=1_000_000_000),
        cause=nas.GsmCause.IPV4_ONLY_ALLOWED,
        pdu_address=nas.PduAddress(IPv4Address("10.45.0.2"), bytes(7) + b"\1"),
        rq_timer_value=nas.GprsTimer(60),
        s_nssai=Snssai(1, 0x010203),
        always_on_pdu_session_indication=False,
        authorized_qos_flow_descriptions=(FLOW,),
        extended_protocol_configuration_options=OPTIONS,
        dnn="internet",
        **SESSION,
    ),
    nas.PduSessionEstablishmentReject(
        cause=nas.GsmCause.MISSING_OR_UNKNOWN_DNN,
        back_off_timer_value=nas.GprsTimer3(600),
        allowed_ssc_mode=nas.AllowedSscModes(ssc_1=True),
        congestion_reattempt_indicator=nas.CongestionReattempt(),
        **SESSION,
    ),
    nas.PduSessionAuthenticationCommand(eap_message=EAP, **SESSION),
    nas.PduSessionAuthenticationComplete(eap_message=EAP, **SESSION),
    nas.PduSessionAuthenticationResult(eap_message=EAP, **SESSION),
    nas.PduSessionModificationRequest(requested_qos_rules=(RULE,), **SESSION),
    nas.PduSessionModificationReject(cause=nas.GsmCause.REQUEST_REJECTED, **SESSION),
    nas.PduSessionModificationCommand(
        session_ambr=Ambr(uplink=1000, downlink=1000),
        authorized_qos_rules=(
            nas.QosRule(
                identifier=2,
                operation=nas.RuleOperation.DELETE_FILTERS,
                deleted_filters=(3, 4),
                precedence=9,
                qfi=9,
            ),
            nas.QosRule(identifier=3, operation=nas.RuleOperation.DELETE),
        ),
        **SESSION,
    ),
    nas.PduSessionModificationComplete(**SESSION),
    nas.PduSessionModificationCommandReject(cause=nas.GsmCause.SYNTACTICAL_ERROR_IN_QOS_OPERATION, **SESSION),
    nas.PduSessionReleaseRequest(cause=CAUSE, **SESSION),
    nas.PduSessionReleaseReject(cause=nas.GsmCause.PTI_MISMATCH, **SESSION),
    nas.PduSessionReleaseCommand(cause=CAUSE, **SESSION),
    nas.PduSessionReleaseComplete(**SESSION),
    nas.GsmStatus(cause=nas.GsmCause.INVALID_PTI_VALUE, **SESSION),
]


def capture(path: Path) -> None:
    """A capture file with a message a packet."""
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, LINK_TYPE_USER_0)
    packets = [nas.encode(message) for message in MESSAGES]
    path.write_bytes(head + b"".join(struct.pack("<IIII", 0, 0, len(p), len(p)) + p for p in packets))


def tshark(path: Path, *arguments: str) -> str:
    command = ["tshark", "-r", str(path), "-o", DLT, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("nas") / "messages.pcap"
    capture(path)
    return path


def test_every_class_is_shown():
    assert {type(message) for message in MESSAGES} == {*nas.GMM.values(), *nas.GSM.values()}


def test_nothing_is_malformed_left_over_or_noted(seen):
    fields = ("-e", "frame.number", "-e", "_ws.expert.message")
    noted = tshark(seen, "-Y", "_ws.malformed || _ws.expert", "-T", "fields", *fields)
    assert noted == ""


def test_message_types_are_the_same(seen):
    fields = ("-e", "nas_5gs.mm.message_type", "-e", "nas_5gs.sm.message_type")
    lines = tshark(seen, "-T", "fields", *fields).splitlines()
    for message, line in zip(MESSAGES, lines, strict=True):
        mm, sm = line.split("\t")
        first = sm if isinstance(message, nas.GsmMessage) else mm
        assert int(first.split(",")[0], 16) == message.MESSAGE_TYPE


def shown(path: Path, cls: type, *names: str) -> list[str]:
    """What tshark shows of these fields in the message of this class."""
    number = next(i for i, message in enumerate(MESSAGES, 1) if type(message) is cls)
    words = [word for name in names for word in ("-e", name)]
    return tshark(path, "-Y", f"frame.number == {number}", "-T", "fields", *words).rstrip("\n").split("\t")


def test_identities_are_the_same(seen):
    names = [f"nas_5gs.{name}" for name in ("amf_region_id", "amf_set_id", "amf_pointer", "5g_tmsi")]
    assert shown(seen, nas.DeregistrationRequest, *names) == ["2", "1023", "1", str(0xC0FFEE01)]
    names = [f"nas_5gs.mm.suci.{name}" for name in ("supi_fmt", "routing_indicator", "scheme_id", "pki")]
    assert shown(seen, nas.RegistrationRequest, *names) == ["0", "12", "1", "27"]
    assert shown(seen, nas.IdentityResponse, "nas_5gs.mm.imei") == ["490154203237518"]
    assert shown(seen, nas.SecurityModeComplete, "nas_5gs.mm.imeisv") == ["4370816125816151"]


def test_session_values_are_the_same(seen):
    names = ("pdu_addr_inf_ipv4", "qos_rule_precedence", "session_ambr_dl", "session_ambr_ul", "gfbr_ul")
    fields = ("nas_5gs.cmn.dnn", *(f"nas_5gs.sm.{name}" for name in names))
    got = shown(seen, nas.PduSessionEstablishmentAccept, *fields)
    assert got == ["internet", "10.0.0.0,10.45.0.2", "255", "62500", "25000", "128"]
