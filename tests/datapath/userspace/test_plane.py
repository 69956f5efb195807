"""What the userspace user plane does with a session's packets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datapath.userspace.rig import (
    DOWN4,
    DOWN6,
    DOWNLINK_FAR,
    DOWNLINK_PDR,
    GNB,
    GNB_TEID,
    IDLE,
    PEER4,
    PEER6,
    TEID,
    UP4,
    UP6,
    UPF,
    V4,
    V6,
    Heard,
    Plane,
    Recorded,
    changed,
    session,
    udp,
    urr,
)
from pilot5g.datapath.userspace import UserspaceDatapath
from pilot5g.service.n4 import (
    ApplyAction,
    Far,
    FTeid,
    N4Error,
    OuterHeader,
    Pdr,
    Qer,
    SourceInterface,
    Trigger,
    UeAddress,
    Usage,
)
from pilot5g.wire import gtpu, ip

END = Trigger.TERMINATION


@pytest.fixture
def plane():
    return Plane()


def payloads(messages):
    return [message.payload for message in messages]


def test_packets_pass_both_ways(plane):
    plane.path.install(session())
    assert plane.up(UP4, UP6) == [UP4, UP6]
    assert plane.down(DOWN4, DOWN6) == [
        gtpu.Gpdu(GNB_TEID, DOWN4, gtpu.DlPduSessionInformation(9)),
        gtpu.Gpdu(GNB_TEID, DOWN6, gtpu.DlPduSessionInformation(9)),
    ]
    assert plane.counters.uplink == plane.counters.downlink == 2
    assert plane.counters.uplink_octets == len(UP4) + len(UP6)


def test_without_qfi_there_is_no_container(plane):
    plane.path.install(session(qers=()))
    assert plane.up(UP4, qfi=None) == [UP4]
    assert plane.down(DOWN4) == [gtpu.Gpdu(GNB_TEID, DOWN4)]


@pytest.mark.parametrize(
    "packet",
    [
        udp(ip.pack("10.45.0.3"), PEER4),
        udp(ip.pack("2001:db8:45:3::5"), PEER6),
        udp(PEER4, V4),
    ],
)
def test_a_source_address_of_others_is_dropped(plane, packet):
    plane.path.install(session())
    assert plane.up(packet) == []
    assert plane.counters.dropped_spoofed == 1


def test_a_session_without_ipv6_sends_none(plane):
    plane.path.install(session(prefix=None))
    assert plane.up(UP6) == []
    assert plane.counters.dropped_spoofed == 1
    assert plane.down(DOWN6) == []
    assert plane.counters.dropped_no_session == 1


def test_a_session_without_ipv4_sends_none(plane):
    plane.path.install(session(ipv4=None))
    assert plane.up(UP4, UP6) == [UP6]
    assert plane.counters.dropped_spoofed == 1


@pytest.mark.parametrize("packet", [b"", b"\x45", UP4[:10], b"\x00" * 40, b"\x60" + bytes(20)])
def test_a_tunnel_with_no_ip_in_it_is_malformed_or_spoofed(plane, packet):
    plane.path.install(session())
    assert plane.up(packet) == []
    assert plane.counters.malformed + plane.counters.dropped_spoofed == 1


def test_phones_of_two_sessions_are_told_apart(plane):
    plane.path.install(session())
    plane.path.install(
        session(seid=2, teid=99, ipv4="10.45.0.3", prefix=None, peer=OuterHeader(0x800, GNB[0]))
    )
    other = udp(PEER4, ip.pack("10.45.0.3"))
    assert [m.teid for m in plane.down(other, DOWN4, other)] == [0x800, GNB_TEID, 0x800]
    assert plane.up(UP4, teid=99) == []


def test_an_unknown_teid_gets_an_error_indication(plane):
    assert plane.up(UP4, teid=42, sender=("10.53.1.11", 4000)) == []
    (data, to), *more = plane.n3.taken()
    assert not more
    assert to == GNB, "to the registered port, whatever port asked (TS 29.281 4.4.2.4)"
    assert gtpu.decode(data) == gtpu.ErrorIndication(42, UPF, 4000)
    assert plane.counters.dropped_unknown_teid == plane.counters.error_indications_sent == 1


def test_error_indications_are_bounded_by_the_second(plane):
    for _ in range(15):
        plane.up(*[UP4] * 100, teid=42)
    assert plane.counters.error_indications_sent == len(plane.n3.taken()) == 1000
    plane.now += 1
    plane.up(UP4, teid=42)
    assert plane.counters.error_indications_sent == 1001


def test_an_error_indication_names_the_session(plane):
    plane.path.install(session())
    for message in (gtpu.ErrorIndication(GNB_TEID, GNB[0]), gtpu.ErrorIndication(1, GNB[0])):
        plane.n3.receive([(gtpu.encode(message), GNB)])
    assert plane.heard.news == [("error", 1, FTeid(GNB_TEID, GNB[0]))]
    assert plane.counters.error_indications_received == 2
    plane.path.remove(1)
    plane.n3.receive([(gtpu.encode(gtpu.ErrorIndication(GNB_TEID, GNB[0])), GNB)])
    assert len(plane.heard.news) == 1


def test_echo_is_answered_to_the_asking_port(plane):
    plane.n3.receive([(gtpu.encode(gtpu.EchoRequest(77)), ("10.53.1.11", 5000))])
    assert plane.n3.taken() == [(gtpu.encode(gtpu.EchoResponse(77)), ("10.53.1.11", 5000))]
    assert plane.counters.echo_answered == 1


def test_an_extension_header_that_must_be_understood_is_answered(plane):
    plane.path.install(session())
    plane.n3.receive([(bytes.fromhex("34ff0008 55667788 000000c0 01123400"), GNB)])
    assert plane.tunnelled() == [gtpu.SupportedExtensionHeaders((0x85,))]


def test_end_markers_and_notifications_of_a_gnb_need_no_answer(plane):
    plane.path.install(session())
    for message in (gtpu.EndMarker(TEID), gtpu.EchoResponse(1), gtpu.SupportedExtensionHeaders(())):
        plane.n3.receive([(gtpu.encode(message), GNB)])
    assert plane.n3.taken() == []
    assert plane.counters.malformed == 0


# Idle phones ----------------------------------------------------------------------------------------------


def numbered(count, start=0):
    return [udp(PEER4, V4, b"%d" % i) for i in range(start, start + count)]


def test_packets_for_an_idle_phone_wait_and_one_notice_goes_out(plane):
    plane.path.install(session(action=IDLE))
    assert plane.down(*numbered(5)) == []
    assert plane.down(*numbered(5, 5)) == []
    assert plane.heard.news == [("data", 1, DOWNLINK_PDR, 9)]
    assert plane.counters.buffered == 10
    plane.path.install(session())
    assert payloads(plane.tunnelled()) == numbered(10)
    assert payloads(plane.down(*numbered(2, 10))) == numbered(2, 10)
    assert plane.counters.downlink == 12


def test_the_notice_comes_when_nothing_is_half_done(plane):
    """The SMF may answer at once with a new installation: the batch's packets all arrive, in order."""
    plane.heard.downlink_data = lambda *_: plane.path.install(session())
    plane.path.install(session(action=IDLE))
    assert payloads(plane.down(*numbered(6))) == numbered(6)


@pytest.mark.parametrize("most", [3, {"internet": 3}])
def test_a_buffer_holds_so_much_and_keeps_the_oldest(most):
    plane = Plane(buffer_packets=most)
    plane.path.install(session(action=IDLE))
    plane.down(*numbered(5))
    assert plane.counters.dropped_buffer_full == 2
    plane.path.install(session())
    assert payloads(plane.tunnelled()) == numbered(3)


def test_buffering_without_notice(plane):
    plane.path.install(session(action=ApplyAction.BUFF))
    plane.down(DOWN4)
    assert plane.heard.news == []
    plane.path.install(session(action=IDLE))
    assert plane.heard.news == []
    plane.down(DOWN4)
    assert plane.heard.news == [("data", 1, DOWNLINK_PDR, 9)]
    plane.path.install(session())
    assert len(plane.tunnelled()) == 2


def test_a_far_notifies_again_when_it_is_given_again(plane):
    plane.path.install(session(action=IDLE))
    plane.down(DOWN4)
    plane.path.install(changed(session(action=IDLE), qers=(Qer(qer_id=1, qfi=8),)))
    plane.down(DOWN4)
    assert len(plane.heard.news) == 1, "another rule changed"
    plane.path.install(session(action=IDLE), reinstalled=(DOWNLINK_FAR,))
    plane.down(DOWN4)
    assert len(plane.heard.news) == 2, "the same FAR, given again"
    plane.path.install(session())
    plane.path.install(session(action=IDLE))
    plane.down(DOWN4)
    assert len(plane.heard.news) == 3, "the phone was reachable in between"


def test_a_far_that_drops_discards_what_waited(plane):
    plane.path.install(session(action=IDLE))
    plane.down(*numbered(3))
    plane.path.install(session(action=ApplyAction.DROP))
    assert plane.counters.dropped_by_rule == 3
    plane.path.install(session())
    assert plane.tunnelled() == []


def test_removing_a_session_drops_what_waited(plane):
    plane.path.install(session(action=IDLE))
    plane.down(DOWN4)
    plane.path.remove(1)
    plane.path.install(session())
    assert plane.tunnelled() == []
    assert plane.path.remove(99) == ()


def test_uplink_passes_while_downlink_waits(plane):
    plane.path.install(session(action=IDLE))
    assert plane.up(UP4) == [UP4]


# Tunnels that move ----------------------------------------------------------------------------------------


def test_the_old_tunnel_gets_its_end_marker_before_anything_else(plane):
    plane.path.install(session())
    new = session(peer=OuterHeader(0x900, GNB[0]))
    plane.path.install(new, end_markers=(DOWNLINK_FAR,))
    assert plane.tunnelled() == [gtpu.EndMarker(GNB_TEID)]
    assert [m.teid for m in plane.down(DOWN4)] == [0x900]
    assert plane.counters.end_markers_sent == 1


def test_no_end_marker_where_there_was_no_tunnel(plane):
    plane.path.install(session(action=IDLE))
    plane.path.install(session(), end_markers=(DOWNLINK_FAR, 99))
    assert plane.tunnelled() == []


def test_a_forwarding_tunnel_carries_packets_for_the_phone(plane):
    """Indirect forwarding of a handover: from one gNB through the UPF to another (TS 23.502 4.9.1.3)."""
    pdr = Pdr(
        pdr_id=3,
        precedence=1,
        source=SourceInterface.ACCESS,
        far_id=3,
        qer_ids=(1,),
        local_fteid=FTeid(0x123, UPF),
    )
    far = Far(
        far_id=3,
        action=ApplyAction.FORW,
        destination=SourceInterface.ACCESS,
        outer_header=OuterHeader(0x999, GNB[0]),
    )
    plane.path.install(session(extra=(pdr,), fars=(far,)))
    plane.n3.receive([(gtpu.encode(gtpu.EndMarker(0x123)), GNB)])
    assert plane.tunnelled() == [gtpu.EndMarker(0x999)]
    of_the_router = udp(ip.link_local(bytes(8)), V6)
    for packet in (of_the_router, DOWN4, of_the_router):
        assert plane.up(packet, teid=0x123) == []
        assert plane.tunnelled() == [gtpu.Gpdu(0x999, packet, gtpu.DlPduSessionInformation(9))]
    for teid in (0x123, 0x100, 0x777):  # of these only the first forwards
        plane.n3.receive([(gtpu.encode(gtpu.EndMarker(teid)), GNB)])
    assert plane.tunnelled() == [gtpu.EndMarker(0x999)]


def test_an_address_that_moved_to_a_newer_session_stays_there(plane):
    plane.path.install(session())
    plane.path.install(session(seid=2, teid=5, peer=OuterHeader(0x222, GNB[0])))
    plane.path.remove(1)
    assert [m.teid for m in plane.down(DOWN4)] == [0x222]


def test_an_address_stays_with_the_newer_session_whoever_wakes_first(plane):
    plane.path.install(session())
    plane.path.install(session(seid=2, teid=5, peer=OuterHeader(0x222, GNB[0])))
    assert plane.up(UP4) == [UP4]
    assert [m.teid for m in plane.down(DOWN4)] == [0x222]
    plane.path.remove(1)
    assert [m.teid for m in plane.down(DOWN6)] == [0x222]


@pytest.mark.parametrize("awake", [False, True])
def test_a_session_moves_to_another_teid_and_address(plane, awake):
    plane.path.install(session())
    if awake:
        assert plane.up(UP4) == [UP4]
    plane.path.install(session(teid=5, ipv4="10.45.0.3", prefix=None))
    assert plane.up(UP4) == []
    assert isinstance(plane.tunnelled()[0], gtpu.ErrorIndication)
    assert plane.down(DOWN4, DOWN6) == []
    assert plane.counters.dropped_no_session == 2
    other = udp(ip.pack("10.45.0.3"), PEER4)
    assert plane.up(other, teid=5) == [other]
    plane.path.install(session(seid=2))
    assert plane.up(UP4) == [UP4]


@pytest.mark.parametrize("awake", [False, True])
def test_a_tunnel_of_another_session_is_refused_asleep_or_awake(plane, awake):
    plane.path.install(session())
    plane.path.install(session(seid=2, teid=5, ipv4="10.45.0.3", prefix=None))
    if awake:
        plane.up(UP4)
    with pytest.raises(N4Error, match="another session"):
        plane.path.install(session(seid=2, ipv4="10.45.0.3", prefix=None))
    other = udp(ip.pack("10.45.0.3"), PEER4)
    assert plane.up(other, teid=5) == [other]


def test_a_session_without_packets_reports_that_there_were_none(plane):
    plane.path.install(session(urrs=(urr(),)))
    assert plane.path.remove(1) == (Usage(7, 0, 0, trigger=END),)
    assert plane.path.install(session(urrs=(urr(),))) == ()
    assert plane.path.install(session()) == (Usage(7, 0, 0, trigger=END),)
    assert plane.heard.news == []


def test_usage_that_is_asked_for_begins_anew(plane):
    """And a quota goes on: what was asked for has been used all the same."""
    plane.path.install(session(urrs=(urr(volume_quota=3 * len(UP4)),)))
    assert plane.path.query(1, (7, 8)) == (Usage(7, 0, 0, trigger=Trigger.IMMEDIATE),)
    plane.up(UP4, UP4)
    assert plane.path.query(1, ()) == ()
    assert plane.path.query(1, (7,)) == (Usage(7, 2 * len(UP4), 0, 2, 0, trigger=Trigger.IMMEDIATE),)
    assert plane.path.query(2, (7,)) == ()
    plane.up(UP4)
    assert plane.heard.news == [("usage", 1, Usage(7, len(UP4), 0, 1, 0, trigger=Trigger.VOLUME_QUOTA))]


def test_only_the_tunnel_of_now_can_be_reported_lost(plane):
    plane.path.install(session())
    plane.path.install(session(peer=OuterHeader(0x701, GNB[0])))
    for teid in (GNB_TEID, 0x701):
        plane.n3.receive([(gtpu.encode(gtpu.ErrorIndication(teid, GNB[0])), GNB)])
    assert plane.heard.news == [("error", 1, FTeid(0x701, GNB[0]))]
    plane.path.remove(1)
    plane.n3.receive([(gtpu.encode(gtpu.ErrorIndication(0x701, GNB[0])), GNB)])
    assert len(plane.heard.news) == 1


# Enforcement ----------------------------------------------------------------------------------------------


def test_a_closed_gate_lets_nothing_through(plane):
    plane.path.install(session(qers=(Qer(qer_id=1, qfi=9, gate_open=False),)))
    assert plane.up(UP4) == []
    assert plane.down(DOWN4) == []
    assert plane.counters.dropped_gate == 2
    plane.path.install(session(qers=(Qer(qer_id=1, qfi=9, gate_open=False),), action=IDLE))
    plane.down(DOWN4)
    assert plane.heard.news == []


def test_usage_is_measured_reported_and_begins_again(plane):
    size = len(UP4)
    plane.path.install(session(urrs=(urr(threshold=5 * size),)))
    plane.up(UP4, UP4)
    plane.down(DOWN4, DOWN4)
    assert plane.heard.news == []
    plane.up(UP4, UP4)
    assert plane.heard.news == [
        ("usage", 1, Usage(7, 4 * size, 2 * size, 4, 2, trigger=Trigger.VOLUME_THRESHOLD))
    ]
    plane.down(DOWN4)
    assert plane.path.remove(1) == (Usage(7, 0, size, 0, 1, trigger=END),)


def test_what_was_dropped_is_not_used(plane):
    plane.path.install(session(urrs=(urr(),), qers=(Qer(qer_id=1, gate_open=False),)))
    plane.up(UP4)
    assert plane.path.remove(1) == (Usage(7, 0, 0, trigger=END),)


def test_usage_outlives_another_installation_and_a_removed_rule_reports(plane):
    plane.path.install(session(urrs=(urr(),)))
    plane.up(UP4)
    plane.path.install(session(urrs=(urr(),), action=IDLE))
    plane.up(UP4)
    assert plane.path.install(session()) == (Usage(7, 2 * len(UP4), 0, 2, 0, trigger=END),)
    assert plane.heard.news == []


# Filters --------------------------------------------------------------------------------------------------


def flow(pdr_id, source, precedence, *filters, qfi=None):
    """A PDR of a further QoS flow: QER and FAR of the same number."""
    return Pdr(
        pdr_id=pdr_id,
        source=source,
        precedence=precedence,
        far_id=1 if source == SourceInterface.ACCESS else DOWNLINK_FAR,
        local_fteid=FTeid(TEID, UPF) if source == SourceInterface.ACCESS else None,
        ue_address=UeAddress("10.45.0.2", "2001:db8:45:2::/64"),
        sdf_filters=filters,
        qfi=qfi,
        qer_ids=(5,),
    )


FLOWS = (Qer(qer_id=1, qfi=9), Qer(qer_id=5, qfi=5))


def test_a_filter_takes_its_packets_to_its_flow(plane):
    voice = flow(9, SourceInterface.CORE, 10, "permit out 17 from 198.51.100.0/24 5060-5070 to assigned")
    plane.path.install(session(qers=FLOWS, extra=(voice,)))
    match, miss = udp(PEER4, V4, ports=(5065, 1)), udp(PEER4, V4, ports=(5071, 1))
    assert [m.information.qfi for m in plane.down(match, miss, DOWN6)] == [5, 9, 9]


def test_the_lowest_precedence_wins(plane):
    extra = flow(9, SourceInterface.CORE, 300, "permit out ip from any to assigned")
    plane.path.install(session(qers=FLOWS, extra=(extra,)))
    assert [m.information.qfi for m in plane.down(DOWN4)] == [9]


def test_uplink_is_filtered_with_its_ends_exchanged_and_by_qfi(plane):
    pdr = flow(
        9, SourceInterface.ACCESS, 10, "permit out udp from any 2000 to assigned".replace("udp", "17"), qfi=5
    )
    qers = (Qer(qer_id=1, qfi=9, gate_open=False), Qer(qer_id=5, qfi=5))
    plane.path.install(session(qers=qers, extra=(pdr,)))
    assert plane.up(UP4, qfi=5) == [UP4], "to port 2000 of the far end"
    assert plane.up(udp(V4, PEER4, ports=(2000, 1000)), qfi=5) == []
    assert plane.up(UP4, qfi=9) == []


def test_what_no_rule_takes_is_dropped(plane):
    plane.path.install(session(filters=("permit out 6 from any to assigned",)))
    assert plane.up(UP4) == []
    assert plane.down(DOWN4) == []
    assert plane.counters.dropped_no_rule == 2


# IPv6 -----------------------------------------------------------------------------------------------------

LINK_LOCAL = ip.link_local(bytes(7) + b"\x05")
SOLICITATION = ip.build_router_solicitation(LINK_LOCAL)


def advertised(messages):
    (message,) = messages
    return ip.parse_router_advertisement(message.payload), ip.destination(message.payload)


def test_a_router_solicitation_is_answered_with_the_sessions_prefix():
    plane = Plane(mtu=1456, dns=("2001:db8::53",))
    plane.path.install(session())
    assert plane.up(SOLICITATION) == []
    value, to = advertised(plane.tunnelled())
    assert to == LINK_LOCAL
    assert value.prefixes == (ip.Prefix(prefix=ip.pack("2001:db8:45:2::")),)
    assert (value.mtu, value.dns) == (1456, (ip.pack("2001:db8::53"),))
    assert value.lifetime > 0
    assert not value.prefixes[0].on_link, "no neighbour is on a point-to-point link"


def test_a_phone_without_any_address_is_answered_to_all_nodes(plane):
    plane.path.install(session())
    plane.up(ip.build_router_solicitation(bytes(16)))
    assert advertised(plane.tunnelled())[1] == ip.ALL_NODES


@pytest.mark.parametrize("before", [IDLE, ApplyAction.DROP])
def test_a_solicitation_before_the_radio_is_ready_is_answered_then(plane, before):
    plane.path.install(session(action=before))
    plane.up(SOLICITATION)
    assert plane.n3.taken() == []
    assert plane.heard.news == [], "the phone is not idle"
    plane.path.install(session())
    assert advertised(plane.tunnelled())[1] == LINK_LOCAL
    plane.path.install(session())
    assert plane.n3.taken() == []


@pytest.mark.parametrize("awake", [False, True])
def test_packets_of_the_link_stay_on_it(plane, awake):
    plane.path.install(session())
    if awake:
        assert plane.up(UP4) == [UP4]
    to_group = ip.build(V6, ip.pack("ff02::16"), 58, bytes(8), hop_limit=1)
    from_link = udp(LINK_LOCAL, PEER6)
    to_router = udp(V6, ip.link_local(bytes(8)))
    assert plane.up(to_group, from_link, to_router) == []
    assert (plane.counters.link_local, plane.counters.dropped_spoofed) == (3, 0)


def test_a_session_without_prefix_advertises_nothing(plane):
    plane.path.install(session(prefix=None))
    plane.up(SOLICITATION)
    plane.path.install(session(prefix=None))
    assert plane.n3.taken() == []


# Refusals and strangers -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "why"),
    [
        (session(dnn="ims"), "ims"),
        (session(filters=("deny out ip from any to any",)), "permit"),
        (session(prefix="2001:db8::/56"), "64"),
        (session(ipv4="10.45.0"), "10.45.0"),
        (session(peer=OuterHeader(1 << 32, "10.0.0.1")), "FAR 2"),
        (session(peer=OuterHeader(1, "gnb")), "FAR 2"),
        (session(peer=None), "FAR 2"),
        (session(qers=(Qer(qer_id=1, qfi=64),)), "FAR 2"),
        (changed(session(), fars=()), "FAR 1"),
        (changed(session(urrs=(urr(),)), urrs=()), "URR 7"),
        (changed(session(), qers=()), "QER 1"),
        (session(seid=5), "another session"),
    ],
)
def test_rules_that_cannot_work_change_nothing(plane, rules, why):
    plane.path.install(session())
    with pytest.raises(N4Error, match=why):
        plane.path.install(rules)
    assert plane.up(UP4) == [UP4]
    assert [m.teid for m in plane.down(DOWN4)] == [GNB_TEID]


frames = st.one_of(
    st.binary(max_size=60),
    st.binary(max_size=60).map(lambda tail: bytes.fromhex("34ff") + tail),
    st.binary(max_size=80).map(gtpu.Encapsulation(TEID, gtpu.UlPduSessionInformation(9))),
    st.sampled_from([b"\x60" + bytes(6) + b"\xff", UP6[:24], UP4[:12], SOLICITATION]).flatmap(
        lambda start: st.binary(max_size=60).map(
            lambda tail: gtpu.Encapsulation(TEID, gtpu.UlPduSessionInformation(9))(start + tail)
        )
    ),
)


@given(st.lists(frames, max_size=8), st.lists(st.binary(max_size=60), max_size=8), st.booleans())
def test_no_octets_of_a_stranger_raise(frames, packets, filtered):
    plane = Plane()
    filters = ("permit out 17 from any 1-9 to assigned",) if filtered else ()
    plane.path.install(session(filters=filters))
    plane.n3.receive([(frame, GNB) for frame in frames])
    plane.n6.receive(packets)
    for packet in plane.n6.taken():
        assert ip.source(packet) == V4 or ip.source(packet)[:8] == V6[:8] or len(packet) < 20


def test_closing_closes_the_ports(plane):
    plane.path.install(session())
    plane.path.close()
    assert plane.n3.closed
    assert plane.n6.closed
    assert plane.down(DOWN4) == []


def test_each_data_network_has_its_own_port():
    n3, ports = Recorded(UPF), {dnn: Recorded(dnn) for dnn in ("internet", "ims")}
    path = UserspaceDatapath(n3, ports, lambda: 0.0)
    path.attach(Heard())
    path.install(session())
    path.install(session(seid=2, teid=2, dnn="ims"))
    wrap = gtpu.Encapsulation(2, gtpu.UlPduSessionInformation(9))
    n3.receive([(wrap(UP4), GNB)])
    assert ports["ims"].taken() == [UP4]
    assert ports["internet"].taken() == []
    assert plane_reaches(n3, ports["ims"]) == plane_reaches(n3, ports["internet"]) == 1


def plane_reaches(n3, n6):
    n6.receive([DOWN4])
    return len(n3.taken())
