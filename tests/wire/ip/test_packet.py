"""Packets built here are what the RFCs and tshark say, and no octets of a stranger raise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.wire import ip
from pilot5g.wire.errors import DecodeError, EncodeError

V4 = ip.pack("10.45.0.2"), ip.pack("198.51.100.7")
V6 = ip.pack("2001:db8:45:1::1"), ip.pack("2001:db8::7")
BOTH = pytest.mark.parametrize("ends", [V4, V6], ids=["IPv4", "IPv6"])


def test_checksum_of_rfc_1071_and_of_a_published_header():
    # RFC 1071 3: the sum of these words is ddf2, so the checksum is its complement.
    assert ip.checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0x220D
    header = bytes.fromhex("4500003c1c4640004006b1e6ac100a63ac100a0c")
    assert ip.checksum(header) == 0
    assert ip.checksum(header[:10] + b"\0\0" + header[12:]) == 0xB1E6
    assert ip.checksum(b"") == 0xFFFF


@given(st.binary(max_size=64))
def test_checksum_is_the_ones_complement_sum(data):
    total = 0
    padded = data + bytes(len(data) % 2)
    for i in range(0, len(padded), 2):
        total += int.from_bytes(padded[i : i + 2], "big")
        total = (total & 0xFFFF) + (total >> 16)
    assert ip.checksum(data) == total ^ 0xFFFF


@BOTH
@given(payload=st.binary(max_size=50), protocol=st.sampled_from([1, 6, 17, 50, 89]))
def test_what_is_built_parses_to_the_same(ends, payload, protocol):
    packet = ip.build(*ends, protocol, payload, hop_limit=9)
    parsed = ip.parse(packet + b"padding")
    assert parsed == ip.IpPacket(
        source=ends[0], destination=ends[1], protocol=protocol, payload=payload, hop_limit=9
    )
    assert (ip.version(packet), ip.source(packet), ip.destination(packet)) == (parsed.version, *ends)


@BOTH
@given(data=st.binary(max_size=40), ports=st.tuples(*[st.integers(0, 0xFFFF)] * 2))
def test_udp_round_trip_and_flow(ends, data, ports):
    datagram = ip.Datagram(ends[0], ports[0], ends[1], ports[1], data)
    packet = ip.build_udp(datagram)
    assert ip.parse_udp(packet) == datagram
    assert ip.flow(packet) == ip.Flow(*ends, ip.UDP, *ports)


@BOTH
def test_a_damaged_datagram_or_echo_is_none(ends):
    datagram = ip.build_udp(ip.Datagram(ends[0], 1, ends[1], 2, b"data"))
    echo = ip.build_echo(*ends, ip.Echo(True, 1, 2, b"data"))
    assert ip.parse_udp(datagram[:-1] + b"!") is None
    assert ip.parse_echo(echo[:-1] + b"!") is None
    assert ip.parse_echo(datagram) is None
    assert ip.parse_udp(echo) is None


@BOTH
@given(request=st.booleans(), fields=st.tuples(*[st.integers(0, 0xFFFF)] * 2), data=st.binary(max_size=40))
def test_echo_round_trip(ends, request, fields, data):
    echo = ip.Echo(request, *fields, data)
    assert ip.parse_echo(ip.build_echo(*ends, echo)) == echo


@pytest.mark.judge
@BOTH
def test_tshark_reads_our_echo_udp_and_too_big(ends, judged):
    echo = ip.build_echo(*ends, ip.Echo(True, 7, 8, b"0123456789"))
    family, layer = ("ip", "icmp") if len(ends[0]) == 4 else ("ipv6", "icmpv6")
    assert judged(echo, f"{family}.src", f"{layer}.type", f"{layer}.checksum.status")[:3] == [
        ip.text(ends[0]),
        "8" if layer == "icmp" else "128",
        "1",
    ]
    udp = ip.build_udp(ip.Datagram(ends[0], 4000, ends[1], 5000, b"x" * 11))
    assert judged(udp, "udp.srcport", "udp.dstport", "udp.checksum.status") == ["4000", "5000", "1", ""]
    big = ip.build_too_big(ip.build_udp(ip.Datagram(ends[0], 1, ends[1], 2, b"x" * 1400)), 1280, ends[1])
    mtu = judged(big, f"{layer}.mtu", f"{layer}.checksum.status")
    assert mtu[:2] == ["1280", "1"]
    assert len(big) <= (576 if layer == "icmp" else 1280)


def test_ipv6_extension_headers_are_walked():
    udp = ip.build_udp(ip.Datagram(V6[0], 53, V6[1], 99, b"q"))
    hop_by_hop = bytes((60, 0)) + bytes(6)
    options = bytes((17, 1)) + bytes(14)
    chained = ip.build(*V6, 0, hop_by_hop + options + udp[40:])
    assert ip.flow(chained) == ip.Flow(*V6, 17, 53, 99)
    assert ip.parse(chained).payload == udp[40:]
    later_fragment = ip.build(*V6, 44, bytes((17, 0, 0x01, 0x00)) + bytes(4) + b"abcdefgh")
    assert ip.flow(later_fragment) == ip.Flow(*V6, 17, None, None)
    assert ip.parse(later_fragment).fragment


def test_a_later_ipv4_fragment_shows_no_ports():
    packet = bytearray(ip.build_udp(ip.Datagram(V4[0], 53, V4[1], 99, b"12345678")))
    packet[6:8] = b"\x00\x10"
    assert ip.flow(bytes(packet)) == ip.Flow(*V4, 17, None, None)


@given(st.binary(max_size=120), st.sampled_from([b"", b"\x45", b"\x4f", b"\x60", b"\x60\0\0\0\0\x20\x2c"]))
def test_no_octets_raise(octets, start):
    packet = start + octets
    for look in (ip.version, ip.source, ip.destination, ip.flow, ip.parse_echo, ip.parse_udp):
        look(packet)
    ip.parse_router_solicitation(packet)
    ip.parse_router_advertisement(packet)
    try:
        ip.parse(packet)
        ip.build_too_big(packet, 1280, V4[0] if packet[0] >> 4 == 4 else V6[0])
    except DecodeError:
        pass


def test_addresses_of_two_families_do_not_make_a_packet():
    with pytest.raises(EncodeError):
        ip.build(V4[0], V6[0], 17, b"")
    with pytest.raises(EncodeError):
        ip.build(*V4, 17, bytes(65_530))
