"""What a router owes: long packets, segment sizes, who may reach whom, markings; and strangers."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datapath.userspace.rig import (
    GNB,
    GNB_TEID,
    PEER4,
    PEER6,
    TEID,
    V4,
    V6,
    Plane,
    changed,
    session,
    udp,
)
from pilot5g.datapath import mss, too_big
from pilot5g.datapath.hostile import reason
from pilot5g.service.n4 import N4Error, OuterHeader
from pilot5g.wire import gtpu, ip

MTU = 1400
OTHER = ip.pack("10.45.0.3")


def may_fragment(packet, number=7):
    head = bytearray(packet[:20])
    head[4:8] = struct.pack("!HH", number, 0)
    head[10:12] = b"\0\0"
    head[10:12] = ip.checksum(bytes(head)).to_bytes(2, "big")
    return bytes(head) + packet[20:]


def whole(pieces):
    """The datagram that fragments make."""
    payload = {}
    for piece in pieces:
        assert ip.checksum(piece[:20]) == 0
        assert int.from_bytes(piece[2:4], "big") == len(piece)
        place = int.from_bytes(piece[6:8], "big")
        payload[(place & 0x1FFF) * 8] = piece[20:]
        last = not place & 0x2000
        assert last == (piece is pieces[-1])
    octets = b""
    for offset in sorted(payload):
        assert offset == len(octets)
        octets += payload[offset]
    return octets


@pytest.fixture
def plane():
    plane = Plane(mtu=MTU)
    plane.path.install(session())
    return plane


@pytest.mark.parametrize(("source", "destination"), [(PEER4, V4), (PEER6, V6)])
def test_a_packet_that_is_too_long_is_answered(plane, source, destination):
    long = udp(source, destination, bytes(MTU))
    assert plane.down(long) == []
    (answer,) = plane.n6.taken()
    outer = ip.parse(answer)
    assert outer.destination == source
    if outer.version == 4:
        assert outer.payload[:2] == b"\x03\x04"
        assert int.from_bytes(outer.payload[6:8], "big") == MTU
    else:
        assert outer.payload[:2] == b"\x02\x00"
        assert int.from_bytes(outer.payload[4:8], "big") == MTU
    assert plane.counters.too_big_answered == plane.counters.dropped_too_big == 1
    assert plane.down(udp(source, destination, bytes(MTU - 48)))


def test_ipv4_that_may_be_cut_is(plane):
    long = may_fragment(udp(PEER4, V4, bytes(range(250)) * 14))
    messages = plane.down(long)
    assert len(messages) == 3
    assert all(len(message.payload) <= MTU for message in messages)
    assert whole([message.payload for message in messages]) == long[20:]
    assert plane.counters.fragmented == 1


def test_an_error_is_not_answered_with_an_error():
    quoted = udp(V4, PEER4, bytes(1500))
    error = ip.build(PEER4, V4, ip.ICMP, b"\x03\x01" + bytes(6) + quoted)
    assert too_big.answer(error, MTU, V4) is None
    assert too_big.answer(ip.build(PEER4, V4, ip.ICMP, b"\x08" + bytes(1500)), MTU, V4) is not None
    assert too_big.answer(udp(PEER4, ip.pack("224.0.0.1"), bytes(1500)), MTU, V4) is None
    assert too_big.answer(b"\x45", MTU, V4) is None


@given(st.binary(min_size=1, max_size=4000), st.integers(68, 1500), st.booleans())
def test_fragments_make_the_packet(payload, mtu, options):
    packet = may_fragment(udp(PEER4, V4, payload))
    if options:  # no operation, router alert (copied), record route (not copied)
        head = bytearray(packet[:20])
        extra = b"\x01\x94\x04\x00\x00\x07\x07\x04" + bytes(4)
        head[0] = 0x48
        head[2:4] = (len(packet) + 12).to_bytes(2, "big")
        head[10:12] = b"\0\0"
        packet = bytes(head) + extra + packet[20:]
    pieces = too_big.fragments(packet, mtu)
    octets = b""
    for piece in pieces:
        size = (piece[0] & 15) * 4
        assert len(piece) <= mtu
        assert ip.checksum(piece[:size]) == 0
        assert (int.from_bytes(piece[6:8], "big") & 0x1FFF) * 8 == len(octets)
        octets += piece[size:]
        if options:
            assert b"\x94\x04" in piece[20:size]
    assert octets == packet[(packet[0] & 15) * 4 :]


def syn(size, *, version=4, flags=0x02, before=b""):
    options = before + (b"" if size is None else b"\x02\x04" + struct.pack("!H", size))
    options += bytes(-len(options) % 4)
    head = struct.pack("!HHIIBBHHH", 1, 2, 3, 0, (5 + len(options) // 4) << 4, flags, 500, 0, 0) + options
    ends = (V4, PEER4) if version == 4 else (V6, PEER6)
    total = ip.transport_checksum(*ends, ip.TCP, head)
    return ip.build(*ends, ip.TCP, head[:16] + total.to_bytes(2, "big") + head[18:])


def size_of(packet):
    start = 20 if packet[0] >> 4 == 4 else 40
    ends = ip.source(packet), ip.destination(packet)
    assert ip.transport_checksum(*ends, ip.TCP, packet[start:]) == 0
    at = packet.index(b"\x02\x04", start + 20)
    return int.from_bytes(packet[at + 2 : at + 4], "big")


@pytest.mark.parametrize(("version", "most"), [(4, MTU - 40), (6, MTU - 60)])
@pytest.mark.parametrize("before", [b"", b"\x01", b"\x03\x03\x07"])
def test_a_segment_size_that_does_not_fit_is_lowered(plane, version, most, before):
    for flags in (0x02, 0x12):
        (packet,) = plane.up(syn(1460, version=version, flags=flags, before=before))
        assert size_of(packet) == most
    untouched = [
        syn(most, version=version, before=before),
        syn(536, version=version, before=before),
        syn(None, version=version, before=before),
        syn(1460, version=version, before=before, flags=0x10),
    ]
    assert plane.up(*untouched) == untouched


@given(st.binary(max_size=120), st.sampled_from([b"\x45", b"\x60"]))
def test_no_octets_upset_the_clamp(octets, first):
    packet = first + octets
    assert len(mss.clamp(packet, 1400)) == len(packet)


@given(st.integers(0, 65_535), st.binary(max_size=5))
def test_a_damaged_syn_stays_damaged(size, noise):
    packet = bytearray(syn(size))
    for octet in noise:
        packet[24 + octet % 4] ^= octet
    changed = mss.clamp(bytes(packet), 1400)
    right = [ip.transport_checksum(V4, PEER4, ip.TCP, bytes(p[20:])) == 0 for p in (packet, changed)]
    assert right[0] == right[1]


def two_phones(**options):
    plane = Plane(**options)
    plane.path.install(session())
    plane.path.install(
        session(
            seid=2, teid=2, ipv4="10.45.0.3", prefix="2001:db8:45:3::/64", peer=OuterHeader(0x222, GNB[0])
        )
    )
    return plane


@pytest.mark.parametrize("packet", [udp(V4, OTHER), udp(V6, ip.pack("2001:db8:45:3::9"))])
def test_phones_reach_each_other_without_a_way_around(packet):
    plane = two_phones()
    assert plane.up(packet) == []
    assert plane.tunnelled() == [gtpu.Gpdu(0x222, packet, gtpu.DlPduSessionInformation(9))]
    assert plane.counters.uplink == plane.counters.downlink == 1


@pytest.mark.parametrize("packet", [udp(V4, OTHER), udp(V6, ip.pack("2001:db8:45:3::9"))])
def test_phones_that_may_not_reach_each_other_do_not(packet):
    plane = two_phones(ue_to_ue=False)
    assert plane.up(packet, udp(V4, PEER4)) == [udp(V4, PEER4)]
    assert plane.tunnelled() == []
    assert plane.counters.dropped_ue_to_ue == 1


def test_who_may_reach_whom_is_a_data_network_s_own():
    packet = udp(V4, OTHER)
    assert two_phones(ue_to_ue=["internet"]).up(packet) == []
    plane = two_phones(ue_to_ue=["another"])
    assert plane.up(packet) == []
    assert plane.counters.dropped_ue_to_ue == 1


def framed(*routes, **options):
    rules = session(**options)
    return changed(rules, pdrs=tuple(changed(pdr, framed_routes=routes) for pdr in rules.pdrs))


def test_networks_behind_a_phone_are_routed_to_it():
    plane = Plane()
    plane.path.install(framed("192.0.2.0/24", "2001:db8:beef::/48"))
    inside = ip.pack("192.0.2.77"), ip.pack("2001:db8:beef:1::1")
    down = [udp(PEER4, inside[0]), udp(PEER6, inside[1])]
    assert [m.payload for m in plane.down(*down)] == down
    up = [udp(inside[0], PEER4), udp(inside[1], PEER6)]
    assert plane.up(*up) == up
    assert plane.up(udp(ip.pack("192.0.3.1"), PEER4)) == []
    assert plane.counters.dropped_spoofed == 1
    plane.path.remove(1)
    assert plane.down(*down) == []


def test_the_smaller_network_wins_and_the_phone_itself_before_all():
    plane = Plane()
    plane.path.install(framed("10.0.0.0/8"))
    plane.path.install(
        framed("10.9.0.0/16", seid=2, teid=2, ipv4="10.45.0.3", prefix=None, peer=OuterHeader(0x222, GNB[0]))
    )
    messages = plane.down(*(udp(PEER4, ip.pack(a)) for a in ("10.1.1.1", "10.9.1.1", "10.45.0.3")))
    assert [m.teid for m in messages] == [GNB_TEID, 0x222, 0x222]


def test_a_framed_route_that_is_none_is_refused():
    plane = Plane()
    with pytest.raises(N4Error, match="framed route"):
        plane.path.install(framed("192.0.2.0/99"))


def test_the_outer_header_is_marked_as_the_rule_says():
    plane = Plane()
    rules = session()
    plane.path.install(changed(rules, fars=(rules.fars[0], changed(rules.fars[1], marking=46))))
    plane.down(udp(PEER4, V4))
    plane.path.install(rules)
    plane.down(udp(PEER4, V4))
    assert plane.n3.markings == [46, 0]


STRANGERS = {
    "truncated": b"\x30\xff\x00",
    "version": bytes.fromhex("50ff0000 00000001"),
    "GTP prime": bytes.fromhex("20ff0000 00000001"),
    "length beyond the datagram": bytes.fromhex("30ff00ff 00000001"),
    "header flags without their fields": bytes.fromhex("32ff0002 00000001 0000"),
    "extension header of no length": bytes.fromhex("34ff0008 00000001 00000085 00000000"),
    "extension header beyond the end": bytes.fromhex("34ff0008 00000001 00000085 ff100900"),
    "message type": bytes.fromhex("30630000 00000001"),
    "content": bytes.fromhex("301a0004 00000000 deadbeef"),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_what_strangers_send_is_counted_by_its_flaw(plane, name):
    assert reason(STRANGERS[name]) == name
    plane.n3.receive([(STRANGERS[name], GNB)] * 3)
    assert plane.counters.hostile == {name: 3}
    assert plane.counters.malformed == 3
    assert plane.n3.taken() == []


def test_a_tunnel_with_no_packet_in_it_is_counted_by_its_flaw(plane):
    plane.up(b"\x70" + bytes(40), teid=TEID)
    assert plane.counters.hostile == {"no IP packet": 1}


@given(st.binary(max_size=60))
def test_every_datagram_has_a_name(data):
    assert reason(data)
