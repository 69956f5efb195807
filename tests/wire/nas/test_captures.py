"""Messages that other implementations have sent, as their logs and tests publish them."""

from ipaddress import IPv4Address

import pytest

from pilot5g.model import Ambr, Guami, Guti, PduSessionType, Plmn, Snssai, SscMode, Suci, Tai
from pilot5g.wire import nas

CAPTURES = {
    "registration request of an emulated phone": (
        "7e004179000d0102f8390000000000000010022e02e0e02f0504010102035202f839000001",
        nas.RegistrationRequest(
            registration_type=nas.RegistrationType(nas.RegistrationKind.INITIAL, follow_on_request=True),
            ngksi=nas.KeySetIdentifier(),
            mobile_identity=Suci(Plmn("208", "93"), "0000", 0, 0, bytes.fromhex("0000001002")),
            ue_security_capability=nas.UeSecurityCapability.of((0, 1, 2), (0, 1, 2)),
            requested_nssai=(Snssai(1, 0x010203),),
            last_visited_registered_tai=Tai(Plmn("208", "93"), 1),
        ),
    ),
    "registration request of a commercial phone": (
        "7e004179000d0100f110f0ff000010325476982e04f070f070",
        nas.RegistrationRequest(
            registration_type=nas.RegistrationType(nas.RegistrationKind.INITIAL, follow_on_request=True),
            ngksi=nas.KeySetIdentifier(),
            mobile_identity=Suci(Plmn("001", "01"), "0", 0, 0, nas.ies.to_bcd("0123456789")),
            ue_security_capability=nas.UeSecurityCapability.of((0, 1, 2, 3), (1, 2, 3), eps=True),
        ),
    ),
    "authentication request": (
        "7e00560002000021ab6f2a1cc5c5938d38cba14dfe26b0012010a820e67b8896800076a638e98eed4747",
        nas.AuthenticationRequest(
            ngksi=nas.KeySetIdentifier(0),
            abba=b"\x00\x00",
            rand=bytes.fromhex("ab6f2a1cc5c5938d38cba14dfe26b001"),
            autn=bytes.fromhex("a820e67b8896800076a638e98eed4747"),
        ),
    ),
    "authentication response": (
        "7e00572d1034f95b9d3826fc095c9d9232f4d182c5",
        nas.AuthenticationResponse(response=bytes.fromhex("34f95b9d3826fc095c9d9232f4d182c5")),
    ),
    "security mode command": (
        "7e005d0201028020e1360102",
        nas.SecurityModeCommand(
            selected_nas_security_algorithms=nas.SecurityAlgorithms(ciphering=0, integrity=2),
            ngksi=nas.KeySetIdentifier(1),
            replayed_ue_security_capabilities=nas.UeSecurityCapability.of((0,), (2,)),
            imeisv_request=True,
            additional_5g_security_information=nas.AdditionalSecurityInformation(
                retransmission_requested=True
            ),
        ),
    ),
    "security mode complete": (
        "7e005e7700094573806121856151f17100237e004179000d0199f9070000000000000000101001002e0480f080f0"
        "2f020101530100",
        nas.SecurityModeComplete(
            imeisv=nas.Imeisv("4370816125816151"),
            nas_message_container=bytes.fromhex(
                "7e004179000d0199f9070000000000000000101001002e0480f080f02f020101530100"
            ),
        ),
    ),
    "registration accept": (
        "7e0042010177000bf299f907020040c000072754074099f90700000115020101210201005e0192",
        nas.RegistrationAccept(
            registration_result=nas.RegistrationResult(nas.AccessType.THREE_GPP),
            guti=Guti(Guami(Plmn("999", "70"), 2, 1, 0), 0xC0000727),
            tai_list=(Tai(Plmn("999", "70"), 1),),
            allowed_nssai=(Snssai(1),),
            network_feature_support=nas.NetworkFeatureSupport.of(ims_voice=True),
            t3512_value=nas.GprsTimer3(540),
        ),
    ),
    "registration reject": (
        "7e00441b16012c",
        nas.RegistrationReject(cause=nas.GmmCause.N1_MODE_NOT_ALLOWED, t3502_value=nas.GprsTimer(720)),
    ),
    "session establishment request within a transport": (
        "7e00670100152e0101c1ffff91a12801007b000780000a00000d00120181220101250908696e7465726e6574",
        nas.UlNasTransport(
            payload_container_type=nas.PayloadContainerType.N1_SM,
            payload_container=bytes.fromhex("2e0101c1ffff91a12801007b000780000a00000d00"),
            pdu_session_id=1,
            request_type=nas.RequestType.INITIAL,
            s_nssai=Snssai(1),
            dnn="internet",
        ),
    ),
    "session establishment request": (
        "2e0101c1ffff91a12801007b000780000a00000d00",
        nas.PduSessionEstablishmentRequest(
            pdu_session_id=1,
            pti=1,
            integrity_protection_maximum_data_rate=nas.IntegrityRate(),
            pdu_session_type=PduSessionType.IPV4,
            ssc_mode=SscMode.SSC_1,
            gsm_capability=nas.GsmCapability(b"\x00"),
            extended_protocol_configuration_options=nas.ProtocolOptions.request(
                nas.ies.IP_ALLOCATION_BY_NAS, nas.ies.DNS_IPV4
            ),
        ),
    ),
    "session establishment accept": (
        "2e0101c211000901000631310101ff010603f42403f4242905010a2d00022201017900060120410101097b000f80"
        "000d0408080808000d0408080404250908696e7465726e6574",
        nas.PduSessionEstablishmentAccept(
            pdu_session_id=1,
            pti=1,
            selected_pdu_session_type=PduSessionType.IPV4,
            selected_ssc_mode=SscMode.SSC_1,
            authorized_qos_rules=(
                nas.QosRule(
                    identifier=1, default=True, packet_filters=(nas.PacketFilter(1),), precedence=255, qfi=1
                ),
            ),
            session_ambr=Ambr(uplink=1_000_000_000, downlink=1_000_000_000),
            pdu_address=nas.PduAddress(IPv4Address("10.45.0.2")),
            s_nssai=Snssai(1),
            authorized_qos_flow_descriptions=(nas.QosFlowDescription(qfi=1, five_qi=9),),
            extended_protocol_configuration_options=nas.ProtocolOptions.answer(
                [IPv4Address("8.8.8.8"), IPv4Address("8.8.4.4")]
            ),
            dnn="internet",
        ),
    ),
    "configuration update command": (
        "7e0054430f90004f00700065006e003500470053450990004e006500780074460a490101",
        nas.ConfigurationUpdateCommand(
            full_name_for_network=nas.NetworkName("Open5GS"),
            short_name_for_network=nas.NetworkName("Next"),
            local_time_zone=-20,
            network_daylight_saving_time=1,
        ),
    ),
    "deregistration request": (
        "7e004561000bf2030246010041c0e00010",
        nas.DeregistrationRequest(
            deregistration_type=nas.DeregistrationType(nas.AccessType.THREE_GPP),
            ngksi=nas.KeySetIdentifier(6),
            mobile_identity=Guti(Guami(Plmn("302", "640"), 1, 1, 1), 0xC0E00010),
        ),
    ),
}

# Written in another way by them: names in UCS2, a partial list of a type that one TAI does not need.
WRITTEN_OTHERWISE = {"configuration update command", "registration accept"}


@pytest.mark.parametrize("name", CAPTURES)
def test_a_message_from_the_field(name):
    text, message = CAPTURES[name]
    octets = bytes.fromhex(text)
    got = nas.decode(octets)
    assert got == message
    if name in WRITTEN_OTHERWISE:
        assert nas.decode(nas.encode(got)) == got
    else:
        assert nas.encode(got).hex() == text


def test_a_protected_message_from_the_field():
    octets = bytes.fromhex("7e02fbd62d81037e00680100052e0101c31f1201")
    secured = nas.parse_header(octets)
    assert secured is not None
    assert (secured.header_type, secured.sequence) == (nas.SecurityHeaderType.CIPHERED, 3)
    got = nas.decode(secured.payload)
    assert isinstance(got, nas.DlNasTransport)
    assert got.pdu_session_id == 1
    assert nas.decode(got.payload_container) == nas.PduSessionEstablishmentReject(
        pdu_session_id=1, pti=1, cause=nas.GsmCause.REQUEST_REJECTED
    )
