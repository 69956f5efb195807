"""Superframes: what is cut equals what was joined, and only what may be joined is."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilot5g.wire import ip
from pilot5g.wire.ip import superframe
from pilot5g.wire.ip.sums import fold, ones

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = (1 << n for n in range(8))
ENDS = {
    4: (ip.pack("10.45.0.2"), ip.pack("198.51.100.7")),
    6: (ip.pack("2001:db8::2"), ip.pack("2001:db8::7")),
}
STAMP = b"\1\1\x08\x0a" + bytes(range(8))


def envelope(version, protocol, payload, *, tos=0, ttl=64, number=0, fragment=0x4000, label=0):
    source, destination = ENDS[version]
    if version == 6:
        first = 6 << 28 | tos << 20 | label
        return struct.pack("!IHBB", first, len(payload), protocol, ttl) + source + destination + payload
    size = 20 + len(payload)
    head = struct.pack(
        "!BBHHHBBH4s4s", 0x45, tos, size, number, fragment, ttl, protocol, 0, source, destination
    )
    return head[:10] + ip.checksum(head).to_bytes(2, "big") + head[12:] + payload


def tcp(
    payload=b"",
    *,
    version=4,
    sequence=0,
    flags=ACK,
    ports=(5201, 40000),
    ack=7,
    window=500,
    options=STAMP,
    **more,
):
    offset = (5 + len(options) // 4) << 4
    head = (
        struct.pack("!HHIIBBHHH", *ports, sequence & 0xFFFFFFFF, ack, offset, flags, window, 0, 0) + options
    )
    whole = head + payload
    total = ip.transport_checksum(*ENDS[version], 6, whole)
    return envelope(version, 6, whole[:16] + total.to_bytes(2, "big") + whole[18:], **more)


def udp(payload=b"", *, version=4, ports=(5201, 40000), summed=True, **more):
    head = struct.pack("!HHHH", *ports, 8 + len(payload), 0)
    total = (ip.transport_checksum(*ENDS[version], 17, head + payload) or 0xFFFF) if summed else 0
    return envelope(version, 17, head[:6] + total.to_bytes(2, "big") + payload, **more)


def stream(sizes, *, start=1000, last=ACK, number=1, **more):
    """Consecutive segments of one flow."""
    packets = []
    for n, size in enumerate(sizes):
        flags = last if n == len(sizes) - 1 else ACK
        packets.append(
            tcp(bytes((n % 251,)) * size, sequence=start, flags=flags, number=number + n & 0xFFFF, **more)
        )
        start += size
    return packets


def again(packets, *, datagrams=True):
    """What the packets are after they were joined and cut, and how many frames that took."""
    frames = superframe.coalesce(packets, datagrams)
    return [packet for frame in frames for packet in superframe.segment(frame)], len(frames)


def joined(packets, **more):
    """Do they become one frame, and themselves again?"""
    back, frames = again(packets, **more)
    assert back == packets
    return frames == 1


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("sizes", [[1400] * 40, [1400, 1400, 1], [1, 1], [1388, 700]])
@pytest.mark.parametrize("last", [ACK, ACK | PSH])
def test_a_stream_becomes_one_frame_and_itself_again(version, sizes, last):
    assert joined(stream(sizes, version=version, last=last))


@pytest.mark.parametrize("version", [4, 6])
def test_datagrams_of_one_size_do_as_well_where_the_kernel_takes_them(version):
    datagrams = [udp(bytes((n,)) * 1200, version=version, number=n) for n in range(20)]
    datagrams.append(udp(b"short", version=version, number=20))
    assert joined(datagrams)
    assert again(datagrams, datagrams=False) == (datagrams, 21)


def test_the_frame_says_what_the_kernel_needs():
    """linux/virtio_net.h: flags, kind, header length, piece, where the checksum begins and where it goes."""
    (frame,) = superframe.coalesce(stream([100, 100, 50]), False)
    assert struct.unpack("<BBHHHH", frame[:10]) == (1, 1, 52, 100, 20, 16)
    packet = frame[10:]
    assert ip.checksum(packet[:20]) == 0
    assert int.from_bytes(packet[2:4], "big") == len(packet) == 52 + 250
    pseudo = ENDS[4][0] + ENDS[4][1] + bytes((0, 6)) + (32 + 250).to_bytes(2, "big")
    assert int.from_bytes(packet[36:38], "big") == ones(pseudo, 0, 12)
    (frame,) = superframe.coalesce(stream([100, 100], version=6), False)
    assert struct.unpack("<BBHHHH", frame[:10]) == (1, 4, 72, 100, 40, 16)
    (frame,) = superframe.coalesce([udp(b"1", number=1), udp(b"2", number=2)], True)
    assert struct.unpack("<BBHHHH", frame[:10]) == (1, 5, 28, 1, 20, 6)


OTHERS = {
    "a gap": {"sequence": 1201},
    "a repetition": {"sequence": 1000},
    "another acknowledgement": {"ack": 8},
    "another window": {"window": 501},
    "another time stamp": {"options": STAMP[:-1] + b"\xff"},
    "no options": {"options": b""},
    "another type of service": {"tos": 4},
    "another TTL": {"ttl": 63},
    "a fragment": {"fragment": 0x2000},
    "may be fragmented": {"fragment": 0},
    "another identification": {"number": 9},
    "end of stream": {"flags": ACK | FIN},
    "reset": {"flags": ACK | RST},
    "urgent": {"flags": ACK | URG},
    "congestion": {"flags": ACK | ECE},
    "window reduced": {"flags": ACK | CWR},
    "no acknowledgement": {"flags": PSH},
    "larger": {"payload": bytes(101)},
    "no payload": {"payload": b""},
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_differs_is_not_joined(what):
    first = tcp(bytes(100), sequence=1000, number=1)
    fields = {"payload": bytes(100), "sequence": 1100, "number": 2} | OTHERS[what]
    second = tcp(fields.pop("payload"), **fields)
    third = tcp(bytes(100), sequence=1200, number=3)
    assert again([first, second, third]) == ([first, second, third], 3) or again([first, second])[1] == 2
    assert again([first, second, third])[0] == [first, second, third]
    assert again([first, second])[1] == 2


@pytest.mark.parametrize("what", ["label", "tos", "ttl"])
def test_what_differs_in_ipv6_is_not_joined(what):
    packets = [tcp(bytes(9), version=6, sequence=0), tcp(bytes(9), version=6, sequence=9, **{what: 5})]
    assert again(packets) == (packets, 2)


def test_a_push_ends_a_frame_and_the_next_begins_one():
    packets = stream([100, 100], last=ACK | PSH) + stream([100, 100], start=1200, number=3)
    back, frames = again(packets)
    assert back == packets
    assert frames == 2


def test_a_shorter_one_ends_a_frame():
    assert again(stream([100, 50, 50])) == (stream([100, 50, 50]), 2)


@pytest.mark.parametrize("at", [3, 10, 13, 30, 36, 51, 60, 151])
def test_a_damaged_packet_stays_alone_and_damaged(at):
    """The kernel believes what it finds in a superframe: the receiver must see the damage."""
    packets = stream([100, 100, 100])
    damaged = bytearray(packets[1])
    damaged[at] ^= 0x10
    packets[1] = bytes(damaged)
    back, frames = again(packets)
    assert back == packets
    assert frames == 3


def test_a_damaged_datagram_and_one_without_checksum_stay_alone():
    packets = [udp(b"data", number=n, summed=n != 1) for n in range(3)]
    back, frames = again(packets)
    assert back == packets
    assert frames == 3


def test_flows_that_alternate_are_joined_each():
    one = stream([100] * 5)
    other = stream([100] * 5, ports=(5201, 40001))
    third = stream([100] * 5, version=6)
    mixed = [packet for three in zip(one, other, third, strict=True) for packet in three]
    back, frames = again(mixed)
    assert frames == 3
    assert back == one + other + third


def test_a_frame_is_never_longer_than_an_ip_packet_may_be():
    packets = stream([1400] * 100)
    frames = superframe.coalesce(packets, False)
    assert max(map(len, frames)) <= 65_535 + 10
    assert [p for frame in frames for p in superframe.segment(frame)] == packets
    assert len(frames) == 3
    datagrams = [udp(b"x", number=n) for n in range(130)]
    assert again(datagrams) == (datagrams, 3)


def test_sequence_number_and_identification_wrap():
    assert joined(stream([1000] * 5, start=0xFFFFFFFF - 1500, number=0xFFFE))


def test_an_identification_that_stands_still_is_joined_where_it_means_nothing():
    packets = [tcp(bytes(100), sequence=n * 100, number=0) for n in range(3)]
    assert len(superframe.coalesce(packets, False)) == 1
    packets = [tcp(bytes(100), sequence=n * 100, number=0, fragment=0) for n in range(3)]
    assert len(superframe.coalesce(packets, False)) == 3


# Cutting what the kernel gives ---------------------------------------------------------------------------


def test_congestion_is_told_once_and_the_end_last():
    frame = superframe.coalesce(stream([100, 100, 100]), False)[0]
    changed = bytearray(frame)
    changed[10 + 20 + 13] = ACK | CWR | PSH | FIN
    flags = [packet[33] for packet in superframe.segment(bytes(changed))]
    assert flags == [ACK | CWR, ACK, ACK | PSH | FIN]
    assert all(ip.transport_checksum(*ENDS[4], 6, p[20:]) == 0 for p in superframe.segment(bytes(changed)))


@pytest.mark.parametrize(
    "packet", [tcp(b"data"), udp(b"data"), tcp(b"data", version=6), udp(b"data!", version=6)]
)
def test_a_checksum_that_was_left_to_the_hardware_is_made(packet):
    start = 20 if packet[0] >> 4 == 4 else 40
    protocol = packet[9 if start == 20 else 6]
    field = start + (16 if protocol == 6 else 6)
    ends = ENDS[4 if start == 20 else 6]
    length = len(packet) - start
    pseudo = ends[0] + ends[1] + length.to_bytes(4, "big") + bytes((0, 0, 0, protocol))
    partial = packet[:field] + int(ones(pseudo, 0, len(pseudo))).to_bytes(2, "big") + packet[field + 2 :]
    frame = struct.pack("<BBHHHH", 1, 0, 0, 0, start, field - start) + partial
    assert superframe.segment(frame) == [packet]


@pytest.mark.parametrize(
    "header",
    [
        (0, 3, 28, 8, 20, 6),
        (1, 1, 0, 0, 20, 16),
        (1, 1, 0, 9, 4, 16),
        (1, 1, 0, 9, 60_000, 16),
        (1, 0, 0, 0, 60_000, 1),
    ],
)
def test_what_the_kernel_would_never_give_is_dropped(header):
    assert superframe.segment(struct.pack("<BBHHHH", *header) + tcp(bytes(100))) == []


@given(st.binary(max_size=200), st.integers(0, 255))
def test_no_octets_raise(data, kind):
    superframe.segment(data)
    superframe.segment(bytes((1, kind, 0, 0, 7, 0, 20, 0, 16, 0)) + data)
    superframe.coalesce([data, data[10:], b"\x45" + data, b"\x60" + data], True)


# For all -------------------------------------------------------------------------------------------------

packets_of_a_flow = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 60, 60, 60, 60, 61]),  # payload
        st.sampled_from([ACK, ACK, ACK, ACK, ACK | PSH, ACK | FIN]),
        st.sampled_from([0, 0, 0, 0, 1]),  # of the numbers: a gap
    ),
    max_size=12,
)


@st.composite
def traffic(draw):
    """Some flows, TCP and UDP, IPv4 and IPv6, their packets mixed."""
    flows = []
    for port in range(draw(st.integers(1, 4))):
        version, kind = draw(st.sampled_from([4, 6])), draw(st.sampled_from([tcp, tcp, udp]))
        sequence, number, packets = draw(st.integers(0, 2**32 - 1)), draw(st.integers(0, 65_535)), []
        for size, flags, gap in draw(packets_of_a_flow):
            sequence, number = sequence + gap, (number + gap) & 0xFFFF
            more = {"sequence": sequence, "flags": flags} if kind is tcp else {}
            payload = draw(st.binary(min_size=size, max_size=size))
            packets.append(kind(payload, version=version, ports=(port, 9), number=number, **more))
            sequence, number = sequence + size, (number + 1) & 0xFFFF
        flows.append(packets)
    order = draw(st.permutations([n for n, packets in enumerate(flows) for _ in packets]))
    left = [list(packets) for packets in flows]
    return [left[n].pop(0) for n in order]


def by_flow(packets):
    """Order counts within a flow; a reader may see flows in another order."""
    flows = {}
    for packet in packets:
        key = (packet[9], packet[12:24]) if packet[0] >> 4 == 4 else (packet[6], packet[8:44])
        flows.setdefault(key, []).append(packet)
    return flows


@settings(max_examples=200)
@given(traffic(), st.booleans())
def test_cutting_what_was_joined_gives_the_packets_back(packets, datagrams):
    back, frames = again(packets, datagrams=datagrams)
    assert by_flow(back) == by_flow(packets)
    assert frames <= len(packets)


@given(st.binary(max_size=70), st.integers(0, 5))
def test_sums_are_those_of_the_checksum(data, start):
    piece = data[start:]
    total = ones(data, min(start, len(data)), len(data))
    assert 0 <= total <= 0xFFFF
    assert ip.checksum(piece) == 0xFFFF - total
    assert fold(total + 0x1FFFE) % 0xFFFF == total % 0xFFFF
