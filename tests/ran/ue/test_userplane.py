"""A phone's packets: QoS rules, interface, stand-in stack (TS 23.501 5.7, TS 24.501 9.11.4.13)."""

import asyncio
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.model import PduSessionType
from pilot5g.ran.ue.interface import Interface
from pilot5g.ran.ue.rules import Classifier, WrongRules, change, change_flows
from pilot5g.ran.ue.stack import Stack
from pilot5g.wire import ip, nas
from pilot5g.wire.nas import GsmCause, RuleOperation
from ran.ue.scripted import RULE, Network, doing, play

PHONE, SERVER = ip.pack("10.45.0.2"), ip.pack("10.45.0.1")
PHONE6, SERVER6 = ip.pack("2001:db8:7::1"), ip.pack("2001:db8::1")


def udp(port: int, source: bytes = PHONE, destination: bytes = SERVER) -> bytes:
    return ip.build_udp(ip.Datagram(source, 4000, destination, port, b"x"))


def rule(identifier: int, qfi: int, precedence: int, *components, direction=nas.Direction.BIDIRECTIONAL):
    packet_filter = nas.PacketFilter(1, direction, tuple(components))
    return nas.QosRule(identifier=identifier, packet_filters=(packet_filter,), precedence=precedence, qfi=qfi)


MATCHES = [
    (nas.ProtocolMatch(17), True),
    (nas.ProtocolMatch(6), False),
    (nas.PortMatch(True, 53), True),
    (nas.PortMatch(False, 53), False),
    (nas.PortMatch(False, 4000), True),
    (nas.PortMatch(True, 50, 60), True),
    (nas.PortMatch(True, 54, 60), False),
    (nas.Ipv4Match(True, IPv4Address("10.45.0.1")), True),
    (nas.Ipv4Match(False, IPv4Address("10.45.0.1")), False),
    (nas.Ipv4Match(True, IPv4Address("10.45.0.255"), IPv4Address("255.255.255.0")), True),
    (nas.Ipv6Match(True, IPv6Address("::")), False),
    (nas.TrafficClassMatch(0), True),
    (nas.TrafficClassMatch(0xB8, 0xFC), False),
    (nas.FlowLabelMatch(0), False),
    (nas.SpiMatch(1), False),
    (nas.FieldMatch(135, b"\x08\x00"), False),
    (nas.UnknownMatch(b"\xfe\1"), False),
]


@pytest.mark.parametrize(("component", "matches"), MATCHES, ids=str)
def test_each_component_9_11_4_13(component, matches):
    classifier = Classifier(change((), (RULE, rule(2, 5, 10, component))))
    assert classifier.qfi(udp(53)) == (5 if matches else 1)


STATION, ROUTER = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
TAGS = bytes.fromhex("88a8 0007 8100 7064")
"""S-TAG with VID 7; C-TAG with PCP 3, DEI set, VID 100."""


def frame(payload: bytes, kind: bytes = b"\x08\0", tags: bytes = b"") -> bytes:
    return ROUTER + STATION + tags + kind + payload


FRAME_MATCHES = [
    (nas.FieldMatch(129, ROUTER), True),
    (nas.FieldMatch(129, STATION), False),
    (nas.FieldMatch(130, STATION), True),
    (nas.FieldMatch(131, b"\0\x64"), True),
    (nas.FieldMatch(131, b"\0\x07"), False),
    (nas.FieldMatch(132, b"\0\x07"), True),
    (nas.FieldMatch(132, b"\0\x64"), False),
    (nas.FieldMatch(133, b"\x07"), True),
    (nas.FieldMatch(133, b"\x06"), False),
    (nas.FieldMatch(134, b"\0"), True),
    (nas.FieldMatch(134, b"\x07"), False),
    (nas.FieldMatch(135, b"\x08\0"), True),
    (nas.FieldMatch(135, b"\x08\x06"), False),
    (nas.FieldMatch(136, STATION + ROUTER), True),
    (nas.FieldMatch(136, STATION + STATION), False),
    (nas.FieldMatch(137, STATION + ROUTER), True),
    (nas.FieldMatch(137, ROUTER + ROUTER), False),
    (nas.ProtocolMatch(17), True),
    (nas.PortMatch(True, 54), False),
    (nas.UnknownMatch(b"\xfe\1"), False),
]


@pytest.mark.parametrize(("component", "matches"), FRAME_MATCHES, ids=str)
def test_each_component_of_frames_9_11_4_13(component, matches):
    classifier = Classifier(change((), (RULE, rule(2, 5, 10, component))), frames=True)
    assert classifier.qfi(frame(udp(53), tags=TAGS)) == (5 if matches else 1)


def test_frames_without_a_tag_or_a_packet_have_none_to_look_at():
    arp = frame(bytes(28), b"\x08\x06")
    for component in (nas.FieldMatch(131, b"\0\0"), nas.FieldMatch(134, b"\0"), nas.ProtocolMatch(0)):
        classifier = Classifier(change((), (RULE, rule(2, 5, 10, component))), frames=True)
        assert classifier.qfi(arp) == 1
        assert classifier.qfi(arp[:13]) is None


def test_ipv6_components():
    packet = udp(53, PHONE6, SERVER6)
    for component, qfi in [
        (nas.Ipv6Match(True, IPv6Address("2001:db8::"), 64), 5),
        (nas.Ipv6Match(True, IPv6Address("2001:db9::"), 64), 1),
        (nas.Ipv6Match(True, IPv6Address("::"), 0), 5),
        (nas.FlowLabelMatch(0), 5),
        (nas.FlowLabelMatch(7), 1),
        (nas.TrafficClassMatch(0), 5),
    ]:
        assert Classifier(change((), (RULE, rule(2, 5, 10, component)))).qfi(packet) == qfi


def test_spi():
    esp = ip.build(PHONE, SERVER, 50, b"\0\0\0\7" + bytes(20))
    classifier = Classifier(change((), (RULE, rule(2, 5, 10, nas.SpiMatch(7)))))
    assert classifier.qfi(esp) == 5


def test_precedence_and_direction():
    """The lowest precedence value is tried first; downlink filters say nothing about uplink packets."""
    rules = change(
        (),
        (
            RULE,
            rule(2, 2, 20, nas.ProtocolMatch(17)),
            rule(3, 3, 10, nas.PortMatch(True, 53)),
            rule(4, 4, 5, nas.MatchAll(), direction=nas.Direction.DOWNLINK),
        ),
    )
    assert [r.qfi for r in rules] == [4, 3, 2, 1]
    classifier = Classifier(rules)
    assert [classifier.qfi(udp(port)) for port in (53, 80)] == [3, 2]
    assert classifier.qfi(ip.build(PHONE, SERVER, 6, bytes(20))) == 1
    assert classifier.qfi(b"no packet") is None
    assert Classifier(rules[:2]).qfi(udp(80)) is None


def test_operations_on_rules_9_11_4_13():
    rules = change((), (RULE, rule(2, 5, 10, nas.PortMatch(True, 1))))
    added = nas.QosRule(
        identifier=2,
        operation=RuleOperation.ADD_FILTERS,
        packet_filters=(nas.PacketFilter(2, components=(nas.PortMatch(True, 2),)),),
    )
    rules = change(rules, (added,))
    assert [f.identifier for f in rules[0].packet_filters] == [1, 2]
    gone = nas.QosRule(identifier=2, operation=RuleOperation.DELETE_FILTERS, deleted_filters=(1,))
    rules = change(rules, (gone,))
    assert [f.identifier for f in rules[0].packet_filters] == [2]
    moved = nas.QosRule(identifier=2, operation=RuleOperation.MODIFY_WITHOUT_FILTERS, precedence=11, qfi=6)
    rules = change(rules, (moved,))
    assert (rules[0].precedence, rules[0].qfi) == (11, 6)
    replaced = nas.QosRule(
        identifier=2,
        operation=RuleOperation.REPLACE_FILTERS,
        packet_filters=(nas.PacketFilter(7, components=(nas.PortMatch(True, 3),)),),
    )
    rules = change(rules, (replaced,))
    assert [f.identifier for f in rules[0].packet_filters] == [7]
    deleted = nas.QosRule(identifier=2, operation=RuleOperation.DELETE)
    assert [r.identifier for r in change(rules, (deleted, deleted))] == [1]


@pytest.mark.parametrize(
    ("wanted", "cause"),
    [
        (nas.QosRule(identifier=1, operation=RuleOperation.DELETE), GsmCause(83)),
        (nas.QosRule(identifier=1, operation=RuleOperation(7)), GsmCause(84)),
        (
            nas.QosRule(
                identifier=1, operation=RuleOperation.DELETE_FILTERS, deleted_filters=(1,), default=True
            ),
            GsmCause(83),
        ),
        (nas.QosRule(identifier=2, packet_filters=(nas.PacketFilter(1),)), GsmCause(84)),
    ],
)
def test_rules_that_make_no_sense_6_3_2_4(wanted, cause):
    with pytest.raises(WrongRules) as wrong:
        change((RULE,), (wanted,))
    assert wrong.value.cause == cause


def test_operations_on_flows_9_11_4_12():
    flows = change_flows((), (nas.QosFlowDescription(qfi=5, five_qi=1, gfbr_uplink=64000),))
    modify = nas.FlowOperation.MODIFY
    flows = change_flows(flows, (nas.QosFlowDescription(qfi=5, operation=modify, five_qi=2),))
    assert (flows[0].five_qi, flows[0].gfbr_uplink) == (2, 64000)
    flows = change_flows(flows, (nas.QosFlowDescription(qfi=5, operation=modify, replace=True, five_qi=3),))
    assert (flows[0].five_qi, flows[0].gfbr_uplink) == (3, None)
    assert change_flows(flows, (nas.QosFlowDescription(qfi=5, operation=nas.FlowOperation.DELETE),)) == []
    with pytest.raises(WrongRules):
        change_flows((), (nas.QosFlowDescription(qfi=5, operation=modify),))


@given(st.binary(max_size=80))
def test_no_packet_upsets_a_classifier(packet):
    rules = change((), (RULE, *(rule(10 + i, 2, i, c) for i, (c, _) in enumerate(MATCHES))))
    assert Classifier(rules).qfi(packet) in (None, 1, 2)


class Port:
    """A packet port in memory."""

    name = "tun-test"

    def __init__(self):
        self.receive, self.sent = None, []

    def on_packets(self, receive):
        self.receive = receive

    def send(self, packet):
        self.sent.append(packet)

    def send_many(self, packets):
        self.sent += packets

    def close(self):
        raise AssertionError("the port is its maker's")


def test_interface():
    """Own packets go up in runs per flow, chatter does not; what comes down comes out; a release ends it."""

    async def flow(net: Network):
        await net.registers()
        session = await net.opens(authorized_qos_rules=(RULE, rule(2, 5, 10, nas.PortMatch(True, 53))))
        port = Port()
        interface = Interface(session, port)
        chatter = ip.build(ip.pack("fe80::1"), ip.pack("ff02::16"), 58, bytes(8))
        port.receive([udp(80), udp(80), chatter, udp(53), udp(80, source=SERVER), udp(80)])
        assert [qfi for _, qfi, _ in net.connection.packets] == [1, 1, 5, 1]
        assert interface.strangers == 2
        net.phone.on_packets(1, [udp(9, SERVER, PHONE)])
        net.phone.on_packets(2, [udp(9, SERVER, PHONE)])
        assert port.sent == [udp(9, SERVER, PHONE)]
        assert net.phone.signalling.counters.packets_dropped == 1
        net.send_session(nas.PduSessionReleaseCommand(pdu_session_id=1, pti=0, cause=GsmCause(36)))
        await net.session_message(nas.PduSessionReleaseComplete)
        port.receive([udp(80)])
        assert len(net.connection.packets) == 4
        interface.detach()

    play(flow)


def test_an_interface_of_frames():
    """TS 23.501 5.6.10.2: whoever's they are, they go up; there is no address to have."""

    async def flow(net: Network):
        await net.registers()
        session = await net.opens(
            kind=PduSessionType.ETHERNET,
            selected_pdu_session_type=PduSessionType.ETHERNET,
            pdu_address=None,
            extended_protocol_configuration_options=nas.ProtocolOptions.answer(ethernet_mtu=1438),
            authorized_qos_rules=(RULE, rule(2, 5, 10, nas.FieldMatch(131, b"\0\x64"))),
        )
        assert (session.ipv4, session.ipv6, session.mtu) == (None, None, 1438)
        port = Port()
        interface = Interface(session, port)
        arp, tagged = frame(bytes(28), b"\x08\x06"), frame(udp(53), tags=TAGS)
        port.receive([arp, tagged, b"short"])
        assert net.connection.packets == [(1, 1, arp), (1, 5, tagged)]
        assert interface.strangers == 1
        net.phone.on_packets(1, [arp])
        assert port.sent == [arp]
        interface.detach()

    play(flow)


def echo_server(net: Network, *, delay: float = 0.02):
    """A host behind the network that answers pings and returns UDP."""

    def serve(session: int, packets: list[bytes]) -> None:
        for packet in packets:
            echo, datagram = ip.parse_echo(packet), ip.parse_udp(packet)
            if echo is not None and echo.request:
                answer = ip.build_echo(
                    ip.destination(packet),
                    ip.source(packet),
                    ip.Echo(False, echo.identifier, echo.sequence, echo.data),
                )
            elif datagram is not None:
                d = datagram
                answer = ip.build_udp(
                    ip.Datagram(d.destination, d.destination_port, d.source, d.source_port, d.payload)
                )
            else:
                continue
            asyncio.get_running_loop().call_later(delay, net.phone.on_packets, session, [answer])

    net.router = serve


def test_stack_pings_and_speaks_udp():
    async def flow(net: Network):
        await net.registers()
        echo_server(net)
        stack = Stack(await net.opens())
        assert await stack.ping("10.45.0.1") == pytest.approx(0.02)
        port = stack.udp()
        port.send(b"hello", "10.45.0.1", 7)
        assert await port.receive() == (b"hello", "10.45.0.1", 7)
        with pytest.raises(TimeoutError):
            await port.receive(1)
        port.close()
        with pytest.raises(ValueError, match="no address"):
            await stack.ping("2001:db8::1")
        net.router = None
        with pytest.raises(TimeoutError):
            await stack.ping("10.45.0.1", timeout=1)
        stack.udp(99)
        with pytest.raises(ValueError, match="in use"):
            stack.udp(99)

    play(flow)


def test_stack_answers_pings_of_both_families():
    async def flow(net: Network):
        await net.registers()
        address = nas.PduAddress(IPv4Address("10.45.0.2"), PHONE6[8:])
        kind = PduSessionType.IPV4V6
        session = await net.opens(kind=kind, selected_pdu_session_type=kind, pdu_address=address)
        stack = Stack(session)
        prefix = ip.Prefix(prefix=PHONE6[:8] + bytes(8))
        advertisement = ip.RouterAdvertisement(source=ip.pack("fe80::1"), prefixes=(prefix,))
        net.phone.on_packets(1, [ip.build_router_advertisement(advertisement)])
        net.connection.packets.clear()
        for source, own in ((SERVER, PHONE), (SERVER6, PHONE6)):
            net.phone.on_packets(1, [ip.build_echo(source, own, ip.Echo(True, 5, 6, b"d"))])
            _, _, answer = net.connection.packets.pop()
            assert ip.parse_echo(answer) == ip.Echo(False, 5, 6, b"d")
            assert (ip.source(answer), ip.destination(answer)) == (own, source)
        net.phone.on_packets(1, [ip.build_echo(SERVER, ip.pack("10.45.0.9"), ip.Echo(True, 5, 6))])
        assert net.connection.packets == []
        assert stack.echoes_answered == 2

    play(flow)


def test_ping_from_idle_wakes_the_phone():
    async def flow(net: Network):
        await net.registers()
        echo_server(net)
        stack = Stack(await net.opens())
        net.release()
        await net.phone.until_idle()
        async with doing(stack.ping("10.45.0.1")) as task:
            await net.gets(nas.ServiceRequest)
            net.bearer(1)
            net.send(nas.ServiceAccept())
            assert await task == pytest.approx(0.02)

    play(flow)


def test_a_bearer_that_was_promised_and_never_comes_is_asked_for_once():
    """No storm of service requests: what waited is lost after a second, and counted."""

    async def flow(net: Network):
        await net.registers()
        session = await net.opens()
        net.release()
        await net.phone.until_idle()
        session.send([udp(80)])
        await net.gets(nas.ServiceRequest)
        net.send(nas.ServiceAccept())
        await asyncio.sleep(0.1)
        session.send([udp(80)])
        await net.silence(2)
        assert session.packets_dropped == 2
        session.send([udp(80)])
        request = await net.gets(nas.ServiceRequest)
        assert net.header == nas.SecurityHeaderType.CIPHERED  # in connected mode it is no initial message
        assert request.uplink_data_status == frozenset({1})
        net.send(nas.ServiceAccept(pdu_session_reactivation_result=frozenset({1})))
        await net.silence(2)
        assert session.packets_dropped == 3

    play(flow)


def test_packets_that_come_too_late_for_the_request_get_their_own():
    async def flow(net: Network):
        await net.registers()
        first, second = await net.opens(), await net.opens()
        net.release()
        await net.phone.until_idle()
        first.send([udp(80)])
        request = await net.gets(nas.ServiceRequest)
        second.send([udp(81)])
        net.bearer(1)
        net.send(nas.ServiceAccept())
        await net.silence(0.9)
        request = await net.gets(nas.ServiceRequest)
        assert request.uplink_data_status == frozenset({2})
        net.bearer(2)
        net.send(nas.ServiceAccept())
        await net.silence(2)
        assert [packet[:2] for packet in net.connection.packets] == [(1, 1), (2, 1)]

    play(flow)


def test_a_released_bearer_leaves_the_session():
    async def flow(net: Network):
        await net.registers()
        session = await net.opens()
        net.phone.on_bearers((), (1,))
        assert session.active
        session.send([udp(80)])
        await net.gets(nas.ServiceRequest)
        net.bearer(1)
        net.send(nas.ServiceAccept())
        await asyncio.sleep(0.1)
        assert len(net.connection.packets) == 1

    play(flow)
