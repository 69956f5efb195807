"""The values of information elements: by hand, at their edges, and what is refused."""

from ipaddress import IPv4Address, IPv6Address

import pytest

from pilot5g.model import Ambr, Guami, Guti, PduSessionType, Plmn, Snssai, SscMode, STmsi, Suci, Tai
from pilot5g.wire.nas import ies

P = Plmn("001", "01")


def both(ie, text: str, value: object) -> None:
    """The octets are the value, and the value these octets."""
    assert ie.decode(bytes.fromhex(text)) == value
    assert ie.encode(value).hex() == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("01 00f110 f0ff 00 00 0000000010", Suci(P, "0", 0, 0, bytes.fromhex("0000000010"))),
        ("01 02f839 2143 01 1b " + "ab" * 48, Suci(Plmn("208", "93"), "1234", 1, 27, b"\xab" * 48)),
        ("01 214365 21f3 00 00 10", Suci(Plmn("123", "564"), "123", 0, 0, b"\x10")),
        ("f2 00f110 02 ffc1 00c0ffee", Guti(Guami(P, 2, 1023, 1), 0xC0FFEE)),
        ("f4 0045 00000007", STmsi(1, 5, 7)),
        ("1b 32547698103254", ies.Imei("123456789012345")),
        ("45 73806121856151f1", ies.Imeisv("4370816125816151")),
        ("00", ies.NoIdentity()),
        ("06 0a0b0c0d0e0f", ies.OtherIdentity(bytes.fromhex("060a0b0c0d0e0f"))),
        ("11 7479", ies.OtherIdentity(b"\x11ty")),
    ],
)
def test_mobile_identities(text, value):
    both(ies.MOBILE_IDENTITY, text, value)


def test_other_identities_say_which_they_are():
    assert ies.OtherIdentity(b"\x06" + bytes(6)).kind is ies.IdentityType.MAC_ADDRESS
    assert ies.OtherIdentity(b"\x11ty").kind is ies.IdentityType.SUCI


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01",
        "01 00f110 ffff 00 00 10",
        "01 00fa10 f0ff 00 00 10",
        "01 00f110 f0ff 00",
        "f2 00f110 02 ffc1 00c0ff",
        "f4 0045 000000",
        "1b 3254769810325a",
        "1b 325476",
        "45 7380612185615",
        "05",
    ],
)
def test_identities_that_are_refused(text):
    with pytest.raises(ValueError):
        ies.MOBILE_IDENTITY.decode(bytes.fromhex(text.ljust(len(text) + len(text.replace(" ", "")) % 2, "0")))


@pytest.mark.parametrize(
    "value",
    [
        ies.Imei("12345678901234x"),
        Suci(P, "", 0, 0, b""),
        Suci(P, "12345", 0, 0, b""),
        Suci(P, "1", 16, 0, b""),
        ies.Imei("12"),
    ],
)
def test_identities_that_cannot_be_written(value):
    with pytest.raises(ValueError):
        ies.MOBILE_IDENTITY.encode(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("00 00f110 000001", (Tai(P, 1),)),
        ("01 00f110 000001 000005", (Tai(P, 1), Tai(P, 5))),
        ("22 00f110 000007", (Tai(P, 7), Tai(P, 8), Tai(P, 9))),
        ("41 00f110 000001 02f839 000002", (Tai(P, 1), Tai(Plmn("208", "93"), 2))),
    ],
)
def test_tracking_area_lists(text, value):
    both(ies.TAI_LIST, text, value)


def test_partial_tracking_area_lists_add_up():
    text = "00 00f110 000001" + "21 00f110 000010"
    assert ies.TAI_LIST.decode(bytes.fromhex(text)) == (Tai(P, 1), Tai(P, 0x10), Tai(P, 0x11))


@pytest.mark.parametrize(
    "text", ["", "60 00f110 000001", "00 00f110 0000", "10 00f110 000001", "21 00f110 ffffff", "00"]
)
def test_tracking_area_lists_that_are_refused(text):
    with pytest.raises(ValueError):
        ies.TAI_LIST.decode(bytes.fromhex(text))


def test_a_list_has_one_to_sixteen_tracking_areas():
    many = tuple(Tai(P, tac) for tac in range(17))
    for tais in ((), many):
        with pytest.raises(ValueError, match="1 to 16"):
            ies.TAI_LIST.encode(tais)
    assert ies.TAI_LIST.decode(ies.TAI_LIST.encode(many[:16])) == many[:16]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("01", Snssai(1)),
        ("01 010203", Snssai(1, 0x010203)),
        ("01 02", ies.MappedSnssai(1, None, 2)),
        ("01 010203 04", ies.MappedSnssai(1, 0x010203, 4)),
        ("01 010203 04 050607", ies.MappedSnssai(1, 0x010203, 4, 0x050607)),
    ],
)
def test_slices(text, value):
    both(ies.S_NSSAI, text, value)
    assert ies.S_NSSAI.decode(bytes.fromhex(text)).sst == 1


def test_slices_that_are_refused():
    for octets in (b"", bytes(3), bytes(6), bytes(7), bytes(9)):
        with pytest.raises(ValueError):
            ies.S_NSSAI.decode(octets)
    with pytest.raises(ValueError):
        ies.NSSAI.decode(b"\x04\x01")
    with pytest.raises(ValueError):
        ies.REJECTED_NSSAI.decode(b"\x41\x01")
    with pytest.raises(ValueError):
        ies.S_NSSAI.encode(ies.MappedSnssai(1, None, 2, 3))


def test_rejected_slices_carry_their_cause():
    rejected = (
        ies.RejectedSnssai(Snssai(1, 2), ies.RejectedSnssaiCause.NOT_AVAILABLE_IN_REGISTRATION_AREA),
        ies.RejectedSnssai(Snssai(3)),
    )
    both(ies.REJECTED_NSSAI, "41 01000002 10 03", rejected)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "60"), (2, "61"), (62, "7f"), (90, "83"), (1800, "be"), (3600, "06"), (None, "e0")],
)
def test_timer_3(seconds, text):
    """TS 24.008 10.5.7.4a."""
    both(ies.GPRS_TIMER_3, text, ies.GprsTimer3(seconds))


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "00"), (62, "1f"), (720, "2c"), (2160, "46"), (None, "e0")]
)
def test_timer_2(seconds, text):
    """TS 24.008 10.5.7.4."""
    both(ies.GPRS_TIMER, text, ies.GprsTimer(seconds))


def test_a_timer_that_has_no_coding_is_rounded_up_on_request():
    """The default of T3512, 54 min (table 10.2.1), cannot be said."""
    with pytest.raises(ValueError, match="3240 s"):
        ies.GPRS_TIMER_3.encode(ies.GprsTimer3(3240))
    assert ies.GprsTimer3.nearest(3240) == ies.GprsTimer3(3600)
    assert ies.GprsTimer.nearest(720) == ies.GprsTimer(720)
    assert ies.GprsTimer.nearest(10**9) == ies.GprsTimer(31 * 360)


def test_units_of_timer_2_without_meaning_are_minutes():
    assert ies.GPRS_TIMER.decode(b"\x65") == ies.GprsTimer(300)


def test_causes_that_are_not_assigned_keep_their_number_and_mean_111():
    cause = ies.GMM_CAUSE.decode(b"\xc8")
    assert (cause, cause.name, cause.assigned) == (200, "UNASSIGNED_200", False)
    assert cause.effective is ies.GmmCause.PROTOCOL_ERROR
    assert ies.GMM_CAUSE.encode(cause) == b"\xc8"
    assert ies.GmmCause(3).effective is ies.GmmCause.ILLEGAL_UE
    assert ies.GsmCause(2).effective is ies.GsmCause.PROTOCOL_ERROR
    with pytest.raises(ValueError):
        ies.GmmCause(256)


def test_key_sets():
    both_half(ies.KEY_SET_IDENTIFIER, 7, ies.KeySetIdentifier())
    both_half(ies.KEY_SET_IDENTIFIER, 0xA, ies.KeySetIdentifier(2, mapped=True))
    assert not ies.KeySetIdentifier().available
    assert ies.KeySetIdentifier(0).available
    with pytest.raises(ValueError):
        ies.KEY_SET_IDENTIFIER.encode(ies.KeySetIdentifier(8))


def both_half(ie, half: int, value: object) -> None:
    assert ie.decode(half) == value
    assert ie.encode(value) == half


def test_security_capabilities_are_kept_as_they_came():
    value = ies.UE_SECURITY_CAPABILITY.decode(bytes.fromhex("e060e06001"))
    assert value.ciphering == (0, 1, 2)
    assert value.integrity == (1, 2)
    assert (value.eps, value.rest) == (b"\xe0\x60", b"\x01")
    assert ies.UE_SECURITY_CAPABILITY.encode(value) == bytes.fromhex("e060e06001")
    assert ies.UeSecurityCapability.of((0, 1, 2), (1, 2)) == ies.UeSecurityCapability(0xE0, 0x60)
    with pytest.raises(ValueError):
        ies.UE_SECURITY_CAPABILITY.decode(b"\xe0")


def test_registration_and_deregistration_types():
    both_half(ies.REGISTRATION_TYPE, 9, ies.RegistrationType(ies.RegistrationKind.INITIAL, True))
    both_half(ies.REGISTRATION_TYPE, 3, ies.RegistrationType(ies.RegistrationKind.PERIODIC))
    both_half(ies.DEREGISTRATION_TYPE, 9, ies.DeregistrationType(ies.AccessType.THREE_GPP, switch_off=True))
    both_half(
        ies.DEREGISTRATION_TYPE,
        5,
        ies.DeregistrationType(ies.AccessType.THREE_GPP, re_registration_required=True),
    )


def test_session_bits():
    """Table 9.11.3.44.1: PSI 0 to 7 in the first octet, 8 to 15 in the second."""
    both(ies.PDU_SESSIONS, "0280", frozenset({1, 15}))
    assert ies.PDU_SESSIONS.decode(b"\x20\x00\xff") == frozenset({5})
    with pytest.raises(ValueError):
        ies.PDU_SESSIONS.decode(b"\x20")
    with pytest.raises(ValueError):
        ies.PDU_SESSIONS.encode(frozenset({16}))


def test_data_network_names():
    both(ies.DNN, "08696e7465726e6574", "internet")
    both(ies.DNN, "03696d73 066d6e63303031", "ims.mnc001")
    for octets in (b"", b"\x00", b"\x09internet", b"\x02a.", b"\x01\xff"):
        with pytest.raises(ValueError):
            ies.DNN.decode(octets)
    for name in ("", "a..b", "x" * 64, "Ω"):
        with pytest.raises(ValueError):
            ies.DNN.encode(name)


def test_network_names():
    """TS 24.008 10.5.3.5a; both were sent by networks in the field."""
    both(ies.NETWORK_NAME, "89 cef73a1d2696db6f", ies.NetworkName("NokiaDemo", add_country_initials=True))
    open5gs = "004f00700065006e003500470053"
    assert ies.NETWORK_NAME.decode(bytes.fromhex("90" + open5gs)) == ies.NetworkName("Open5GS")
    both(ies.NETWORK_NAME, "90 65e5672c", ies.NetworkName("日本"))
    for octets in (b"", b"\xa0ab", b"\x90\xd8\x00", b"\x90\x65"):
        with pytest.raises(ValueError):
            ies.NETWORK_NAME.decode(octets)


@pytest.mark.parametrize("text", ["a", "Pilot5G", "eight ch", "@@@@@@@", "Åland", "日本 Ω"])
def test_network_names_survive(text):
    name = ies.NetworkName(text, True)
    assert ies.NETWORK_NAME.decode(ies.NETWORK_NAME.encode(name)) == name


def test_time_zones_and_times():
    both(ies.TIME_ZONE, "40", 4)
    both(ies.TIME_ZONE, "69", -16)
    both(ies.UNIVERSAL_TIME, "13504160 4490 69", ies.UniversalTime(2031, 5, 14, 6, 44, 9, -16))
    for octets in (b"", b"\xa0"):
        with pytest.raises(ValueError):
            ies.TIME_ZONE.decode(octets)
    with pytest.raises(ValueError):
        ies.UNIVERSAL_TIME.encode(ies.UniversalTime(1999, 1, 1, 0, 0, 0))
    with pytest.raises(ValueError):
        ies.TIME_ZONE.encode(80)


def test_session_types_and_modes_that_are_read_as_others():
    """Tables 9.11.4.11.1 and 9.11.4.16.1."""
    assert ies.PDU_SESSION_TYPE.decode(6) is PduSessionType.IPV4V6
    assert ies.SSC_MODE.decode(5) is SscMode.SSC_2
    for half in (0, 7):
        with pytest.raises(ValueError):
            ies.PDU_SESSION_TYPE.decode(half)
        with pytest.raises(ValueError):
            ies.SSC_MODE.decode(half)


def test_the_number_of_packet_filters_is_bounded():
    both(ies.MAXIMUM_PACKET_FILTERS, "0220", 17)
    both(ies.MAXIMUM_PACKET_FILTERS, "8000", 1024)
    assert ies.MAXIMUM_PACKET_FILTERS.decode(b"\x00\x00") == 17
    assert ies.MAXIMUM_PACKET_FILTERS.decode(b"\xff\xff") == 1024
    with pytest.raises(ValueError):
        ies.MAXIMUM_PACKET_FILTERS.encode(16)


IID = bytes.fromhex("0000000000000001")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("01 0a2d0002", ies.PduAddress(IPv4Address("10.45.0.2"))),
        ("02 0000000000000001", ies.PduAddress(None, IID)),
        ("03 0000000000000001 0a2d0002", ies.PduAddress(IPv4Address("10.45.0.2"), IID)),
        (
            "0a 0000000000000001 fe80000000000000000000000000000a",
            ies.PduAddress(None, IID, IPv6Address("fe80::a")),
        ),
    ],
)
def test_addresses(text, value):
    both(ies.PDU_ADDRESS, text, value)
    assert value.session_type == bytes.fromhex(text)[0] & 7


@pytest.mark.parametrize("text", ["", "00", "04 00000000", "01 0a2d00", "0a 0000000000000001 fe80"])
def test_addresses_that_are_refused(text):
    with pytest.raises(ValueError):
        ies.PDU_ADDRESS.decode(bytes.fromhex(text))


def test_addresses_that_cannot_be_written():
    for value in (ies.PduAddress(), ies.PduAddress(None, b"short")):
        with pytest.raises(ValueError):
            ies.PDU_ADDRESS.encode(value)


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (0, "010000"),
        (1000, "010001"),
        (65_535_000, "01ffff"),
        (100_000_000, "0261a8"),
        (1_000_000_000, "03f424"),
    ],
)
def test_rates(rate, text):
    both(ies.SESSION_AMBR, text + "010001", Ambr(uplink=1000, downlink=rate))


def test_rates_name_their_unit():
    """Table 9.11.4.14.1: units 1, 6, 11, 16 and 21 are 1 kbit/s, Mbit/s, Gbit/s, Tbit/s and Pbit/s."""
    for unit, scale in ((1, 10**3), (2, 4 * 10**3), (6, 10**6), (10, 256 * 10**6), (11, 10**9), (21, 10**15)):
        assert ies.SESSION_AMBR.decode(bytes((unit, 0, 3, 0, 0, 9))) == Ambr(uplink=0, downlink=3 * scale)
    assert ies.SESSION_AMBR.decode(bytes((200, 0, 1, 1, 0, 1))).downlink == 256 * 10**15


def test_a_rate_that_no_unit_has_is_rounded_up():
    octets = ies.SESSION_AMBR.encode(Ambr(uplink=1, downlink=65_536_001))
    assert ies.SESSION_AMBR.decode(octets) == Ambr(uplink=1000, downlink=65_540_000)
    for rate in (-1, 65536 * 256 * 10**15):
        with pytest.raises(ValueError):
            ies.SESSION_AMBR.encode(Ambr(uplink=rate, downlink=0))


def test_qos_rules_as_a_network_in_the_field_sends_them():
    rule = ies.QosRule(
        identifier=1, default=True, packet_filters=(ies.PacketFilter(1),), precedence=255, qfi=1
    )
    both(ies.QOS_RULES, "010006 31 31 01 01 ff 01", (rule,))


def test_a_component_that_is_not_known_takes_the_rest_of_its_filter():
    octets = bytes.fromhex("01000a 31 31 05 30 11 ee aabb ff 01".replace(" ", ""))
    (rule,) = ies.QOS_RULES.decode(octets)
    assert rule.packet_filters[0].components == (ies.ProtocolMatch(17), ies.UnknownMatch(b"\xee\xaa\xbb"))
    assert ies.QOS_RULES.encode((rule,)) == octets


@pytest.mark.parametrize(
    "text",
    [
        "01",
        "010000",
        "010001",
        "010002 31 31",
        "010004 31 31 05 01",
        "010005 31 31 02 10 00",
        "010003 a2 01",
        "010001 a1",
    ],
)
def test_qos_rules_that_are_refused(text):
    with pytest.raises(ValueError):
        ies.QOS_RULES.decode(bytes.fromhex(text))


@pytest.mark.parametrize(
    ("text", "component"),
    [
        ("01", ies.MatchAll()),
        ("10 0a000000 ff000000", ies.Ipv4Match(True, IPv4Address("10.0.0.0"), IPv4Address("255.0.0.0"))),
        ("11 0a000001 ffffffff", ies.Ipv4Match(False, IPv4Address("10.0.0.1"))),
        ("21 20010db8000000000000000000000000 20", ies.Ipv6Match(True, IPv6Address("2001:db8::"), 32)),
        ("23 20010db8000000000000000000000001 80", ies.Ipv6Match(False, IPv6Address("2001:db8::1"))),
        ("30 11", ies.ProtocolMatch(17)),
        ("40 0035", ies.PortMatch(False, 53)),
        ("41 1388 1770", ies.PortMatch(False, 5000, 6000)),
        ("50 01bb", ies.PortMatch(True, 443)),
        ("51 0001 ffff", ies.PortMatch(True, 1, 65535)),
        ("60 00000100", ies.SpiMatch(256)),
        ("70 b8 fc", ies.TrafficClassMatch(184, 252)),
        ("80 012345", ies.FlowLabelMatch(0x12345)),
        ("81 0a0b0c0d0e0f", ies.FieldMatch(129, bytes.fromhex("0a0b0c0d0e0f"))),
        ("87 0800", ies.FieldMatch(135, b"\x08\x00")),
    ],
)
def test_packet_filter_components(text, component):
    """Table 9.11.4.13.1."""
    octets = bytes.fromhex(text)
    rule = ies.QosRule(identifier=1, packet_filters=(ies.PacketFilter(2, components=(component,)),))
    head = bytes((1, 0, 3 + len(octets), 0x21, 0x32, len(octets)))
    both(ies.QOS_RULES, (head + octets).hex(), (rule,))


def test_qos_rules_that_cannot_be_written():
    many = (ies.PacketFilter(1),) * 16
    short = ies.FieldMatch(129, b"")
    for rule in (
        ies.QosRule(identifier=1, packet_filters=many),
        ies.QosRule(identifier=1, qfi=1),
        ies.QosRule(identifier=1, packet_filters=(ies.PacketFilter(1, components=(short,)),)),
    ):
        with pytest.raises(ValueError):
            ies.QOS_RULES.encode((rule,))


def test_flow_descriptions_have_at_most_63_parameters():
    flow = ies.QosFlowDescription(qfi=1, others=((0x40, b""),) * 64)
    with pytest.raises(ValueError, match="at most 63"):
        ies.QOS_FLOWS.encode((flow,))


def test_flow_descriptions():
    both(ies.QOS_FLOWS, "01 20 41 010109", (ies.QosFlowDescription(qfi=1, five_qi=9),))
    changed = ies.QosFlowDescription(
        qfi=5,
        operation=ies.FlowOperation.MODIFY,
        replace=True,
        gfbr_uplink=2_000_000,
        averaging_window=2000,
        eps_bearer_identity=5,
    )
    both(ies.QOS_FLOWS, "05 60 43 0203 0107d0 0602 07d0 0701 50", (changed,))
    both(ies.QOS_FLOWS, "05 40 00", (ies.QosFlowDescription(qfi=5, operation=ies.FlowOperation.DELETE),))
    (flow,) = ies.QOS_FLOWS.decode(bytes.fromhex("012042 01 01 09 40 02 aabb".replace(" ", "")))
    assert flow.others == ((0x40, b"\xaa\xbb"),)
    for octets in (
        b"\x01",
        bytes.fromhex("012041"),
        bytes.fromhex("0120410109"),
        bytes.fromhex("0120410100"),
    ):
        with pytest.raises(ValueError):
            ies.QOS_FLOWS.decode(octets)


def test_protocol_options_name_servers_and_mtu():
    answer = ies.ProtocolOptions.answer(
        [IPv4Address("8.8.8.8"), IPv6Address("2001:4860:4860::8888")],
        mtu=1400,
        pcscf=[IPv4Address("10.0.0.1")],
    )
    octets = ies.OPTIONS_DOWNLINK.encode(answer)
    assert octets.hex() == ("80000d040808080800031020014860486000000000000000008888000c040a0000010010020578")
    got = ies.OPTIONS_DOWNLINK.decode(octets)
    assert got.dns_servers == (IPv4Address("8.8.8.8"), IPv6Address("2001:4860:4860::8888"))
    assert got.pcscf_servers == (IPv4Address("10.0.0.1"),)
    assert got.mtu == 1400


def test_protocol_options_that_are_asked_for():
    request = ies.ProtocolOptions.request(ies.DNS_IPV4, ies.IPV4_LINK_MTU)
    both(ies.OPTIONS_UPLINK, "80 000d00 001000", request)
    assert request.asks(ies.DNS_IPV4)
    assert not request.asks(ies.DNS_IPV6)
    assert request.mtu is None
    assert request.dns_servers == ()


def test_the_length_of_some_protocol_options_depends_on_the_direction():
    """TS 24.008 10.5.6.3: 0023H is a support indicator to the network, and QoS rules from it."""
    assert ies.OPTIONS_UPLINK.decode(bytes.fromhex("80002300")).options == (ies.ProtocolOption(0x23),)
    assert ies.OPTIONS_DOWNLINK.decode(bytes.fromhex("8000230001aa")).options == (
        ies.ProtocolOption(0x23, b"\xaa"),
    )
    for octets in (b"", b"\x80\x00", b"\x80\x00\x0d", b"\x80\x00\x0d\x04\x08"):
        with pytest.raises(ValueError):
            ies.OPTIONS_UPLINK.decode(octets)


def test_what_does_not_fit_half_an_octet_is_refused():
    for value in (-1, 16):
        with pytest.raises(ValueError, match="half an octet"):
            ies.HALF.encode(value)


def test_capabilities_and_features_by_name():
    capability = ies.GmmCapability(b"\x87")
    assert capability.s1_mode
    assert capability.handover_attach
    assert capability.lte_positioning
    assert capability.service_gap_control
    features = ies.NetworkFeatureSupport.of(ims_voice=True, emergency=1)
    assert features.octets == b"\x05\x00"
    assert features.ims_voice_3gpp
    assert features.emergency_services == 1
    assert not features.interworking_without_n26
    session = ies.GsmCapability(b"\x03")
    assert session.reflective_qos
    assert session.multi_homed_ipv6


@pytest.mark.parametrize(
    ("octets", "allowed", "tais", "plmns"),
    [
        ("00 00f110 000001", True, [1], []),
        ("80 00f110 000001", False, [1], []),
        ("21 00f110 000004", True, [4, 5], []),
        ("60 00f110", True, [], ["001-01"]),
        ("41 00f110 000001 00f110 000009", True, [1, 9], []),
        ("80 00f110 000007 e0 00f110", False, [7], ["001-01"]),
    ],
)
def test_service_areas_9_11_3_49(octets, allowed, tais, plmns):
    areas = ies.SERVICE_AREA_LIST.decode(bytes.fromhex(octets))
    assert (areas.allowed, [tai.tac for tai in areas.tais]) == (allowed, tais)
    assert list(map(str, areas.plmns)) == plmns
    assert ies.SERVICE_AREA_LIST.decode(ies.SERVICE_AREA_LIST.encode(areas)) == areas
    home = Plmn("001", "01")
    assert all(areas.restricts(Tai(home, tac)) is not allowed for tac in tais)
    assert areas.restricts(Tai(home, 99)) is (not plmns if allowed else bool(plmns))


@pytest.mark.parametrize(
    "octets", ["", "00", "00 00f110", "61", "2f 00f110 fffff8", "0f 00f110" + "000001" * 17]
)
def test_service_areas_that_are_none(octets):
    with pytest.raises(ValueError, match=r".+"):
        ies.SERVICE_AREA_LIST.decode(bytes.fromhex(octets))
