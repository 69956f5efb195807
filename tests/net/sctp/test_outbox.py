"""Packets joined: the same chunks in the same order, in fewer packets, none too long, each with its sum."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot5g.net.sctp.outbox import ENOUGH, Outbox, divided

A, B = b"\x96\x0c\xc0\x01AAAA", b"\x96\x0c\xc0\x01BBBB"
TO = ("192.0.2.1", 9899)
LARGEST = 400
HEARTBEAT, SHUTDOWN = 4, 7


def checksum(packet):
    """A stand-in for CRC32c, which must see the field as zero."""
    assert packet[8:12] == bytes(4)
    return zlib.crc32(packet).to_bytes(4, "big")


def packet(head, *chunks):
    whole = head + bytes(4) + b"".join(chunks)
    return head + checksum(whole) + whole[12:]


def chunk(kind, body):
    return bytes([kind, 3]) + (4 + len(body)).to_bytes(2, "big") + body + bytes(-len(body) % 4)


def sack(cumulative, gaps=b""):
    return chunk(
        3, cumulative.to_bytes(4, "big") + b"\x00\x01\x00\x00" + bytes([0, len(gaps) // 4, 0, 0]) + gaps
    )


def data(tsn, n=20):
    return chunk(0, tsn.to_bytes(4, "big") + bytes(8) + bytes(range(n)))


class Wire:
    """What the packets are put on."""

    largest = LARGEST

    def __init__(self):
        self.packets = []

    def send(self, packet, to):
        assert to == TO
        self.packets.append(bytes(packet))


@pytest.fixture
def wire():
    return Wire()


def chunks(packet):
    at, found = 12, []
    while at < len(packet):
        length = int.from_bytes(packet[at + 2 : at + 4], "big")
        found.append(packet[at : at + (length + 3 & ~3)])
        at += length + 3 & ~3
    return found


def sent(wire, *packets):
    box = Outbox(checksum)
    for each in packets:
        box.put(1, wire, TO, each)
    box.send()
    assert not box
    return wire.packets


def test_one_packet_leaves_as_it_came(wire):
    whole = A + b"sum!" + data(1)
    assert sent(wire, whole) == [whole]


def test_messages_travel_together_behind_the_last_sack(wire):
    made = sent(
        wire, packet(A, sack(5)), packet(A, data(1)), packet(A, sack(7), data(2)), packet(A, data(3, 5))
    )
    assert made == [packet(A, sack(7), data(1), data(2), data(3, 5))]


def test_a_sack_with_gaps_and_every_other_chunk_leave_alone_behind_what_waits(wire):
    gaps = packet(A, sack(5, b"\x00\x02\x00\x03"))
    for alone in (gaps, packet(A, chunk(HEARTBEAT, b"12345678")), packet(A, chunk(SHUTDOWN, bytes(4)))):
        wire.packets.clear()
        assert sent(wire, packet(A, data(1)), alone, packet(A, data(2))) == [
            packet(A, data(1)), alone, packet(A, data(2)),
        ]  # fmt: skip


def test_associations_do_not_mix(wire):
    made = sent(wire, packet(A, data(1)), packet(B, data(2)), packet(A, data(3)))
    assert made == [packet(A, data(1), data(3)), packet(B, data(2))]


def test_the_same_ports_and_tag_of_another_peer_are_another_association():
    wires = Wire(), Wire()
    box = Outbox(checksum)
    for token, wire in enumerate(wires):
        box.put(token, wire, TO, packet(A, data(token)))
    box.send()
    assert [wire.packets for wire in wires] == [[packet(A, data(0))], [packet(A, data(1))]]


def test_it_is_full_when_a_packet_is(wire):
    box = Outbox(checksum)
    box.put(1, wire, TO, packet(A, data(1, 200)))
    assert not box.full
    box.put(1, wire, TO, packet(A, data(2, 200)))
    assert box.full
    box.send()
    assert (box.full, len(wire.packets)) == (False, 2)


def test_it_is_full_with_enough(wire):
    box = Outbox(checksum)
    for tsn in range(ENOUGH):
        assert not box.full
        box.put(1, wire, TO, packet(A, data(tsn, 1)))
    assert box.full


@pytest.mark.parametrize(
    "odd",
    [
        packet(A, data(1))[:-4],  # cut
        packet(A, data(1)) + b"\x00\x03",  # more than its chunks
        packet(A, data(1)) + b"\x00\x03\x00\x02",  # a chunk shorter than its header
        packet(A, data(1), sack(2)),  # the SACK behind
        packet(A, sack(1), sack(2)),
        packet(A, sack(1))[:-4],
    ],
)
def test_what_is_not_understood_is_not_touched(wire, odd):
    assert divided(odd) is None
    assert sent(wire, packet(A, data(8)), odd) == [packet(A, data(8)), odd]


joinable = st.tuples(
    st.sampled_from([A, B]), st.booleans(), st.lists(st.integers(1, 300), max_size=3)
).filter(lambda each: each[1] or each[2])
others = st.sampled_from([(A, HEARTBEAT), (B, HEARTBEAT), (A, SHUTDOWN), (B, SHUTDOWN)])


@given(st.lists(st.one_of(joinable, others, joinable), max_size=40), st.data())
def test_any_packets_say_the_same_when_joined(made, draw):
    wire, tsn, packets = Wire(), 0, []
    for each in made:
        tsn += 1
        if len(each) == 2:
            packets.append(packet(each[0], chunk(each[1], tsn.to_bytes(4, "big"))))
            continue
        head, acknowledges, lengths = each
        parts = [sack(tsn)] if acknowledges else []
        for length in lengths:
            tsn += 1
            parts.append(data(tsn, min(length, 100)))
        packets.append(packet(head, *parts))
    box = Outbox(checksum)
    for each in packets:
        box.put(1, wire, TO, each)
        if draw.draw(st.booleans()):
            box.send()
    box.send()
    assert len(wire.packets) <= len(packets)
    for got in wire.packets:
        assert len(got) <= LARGEST
        assert got[8:12] == checksum(got[:8] + bytes(4) + got[12:])
    for head in (A, B):
        before = [c for each in packets if each[:8] == head for c in chunks(each)]
        after = [c for each in wire.packets if each[:8] == head for c in chunks(each)]
        assert [c for c in after if c[0] != 3] == [c for c in before if c[0] != 3]
        check_sacks(before, after, [chunks(each) for each in wire.packets if each[:8] == head])


def check_sacks(before, after, packets):
    """None is invented, none goes back, the last is there, and each leads its packet."""
    acknowledged = [c for c in after if c[0] == 3]
    assert acknowledged == [c for c in before if c in acknowledged]
    assert acknowledged[-1:] == [c for c in before if c[0] == 3][-1:]
    assert all(c[0] != 3 for each in packets for c in each[1:])


async def test_what_is_sent_in_one_turn_travels_together(bench):
    server, client, there, here, association = await bench.pair(echo=True)
    packets = []
    bench.watch(server, packets.append)
    bench.watch(client, packets.append)
    for i in range(200):
        association.send(bytes([i]) * 50, i % 16)
    await here.until(lambda: len(here.messages) == 200)
    assert len(there.messages) == 200
    chunks = [kind for packet in packets for kind, _ in bench.chunks(packet)]
    assert chunks.count(0) == 400  # nothing was sent twice, so every sum was right
    assert len(packets) < 150
    assert max(len(packet) for packet in packets) <= client.options.largest
