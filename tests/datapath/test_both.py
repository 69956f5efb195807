"""Both data paths do the same with every packet: the same tests, octet by octet, over the same wires.

Each test sends frames at one end and says what comes out at the other and under which name the rest was
counted. Every packet is counted under some name, which is how a test knows that it has been dealt with.
"""

import asyncio
import struct

import msgspec
import pytest

from datapath import wires as w
from datapath.userspace import rig
from datapath.userspace.rig import Heard
from pilot5g.flow.clock import now, run_real
from pilot5g.model import Ambr
from pilot5g.service.n4 import (
    ApplyAction,
    Far,
    FTeid,
    OuterHeader,
    Pdr,
    Qer,
    Session,
    SourceInterface,
    Trigger,
    UeAddress,
    Urr,
)
from pilot5g.wire import gtpu, ip

pytestmark = [
    pytest.mark.root,
    pytest.mark.parametrize("kind", ["userspace", "ebpf"]),
    pytest.mark.skipif(bool(w.reason_against()), reason=w.reason_against()),
]

TEID, RADIO_TEID = 0x55667788, 0x700
TUNNEL = TEID.to_bytes(4, "big")
PREFIX = "2001:db8:45:2::/64"
UE4, UE6, DN4, DN6 = (ip.pack(text) for text in (w.UE4, w.UE6, w.DN, w.DN6))
PEER = OuterHeader(RADIO_TEID, w.RADIO)


def udp(source, destination, payload=b"data", ports=(1000, 2000), hops=64):
    packet = ip.build_udp(ip.Datagram(source, ports[0], destination, ports[1], payload))
    return with_hops(packet, hops)


def with_hops(packet, hops):
    """The packet with that TTL or hop limit."""
    if packet[0] >> 4 == 6:
        return packet[:7] + bytes((hops,)) + packet[8:]
    header = packet[:8] + bytes((hops,)) + packet[9:10] + b"\0\0" + packet[12:20]
    return header[:10] + ip.checksum(header).to_bytes(2, "big") + header[12:] + packet[20:]


UP4, DOWN4 = udp(UE4, DN4), udp(DN4, UE4)
UP6, DOWN6 = udp(UE6, DN6), udp(DN6, UE6)


def gpdu(packet, teid=TEID, qfi=9):
    return gtpu.Encapsulation(teid, None if qfi is None else gtpu.UlPduSessionInformation(qfi))(packet)


def outer(payload, source=w.RADIO, destination=w.UPF, ports=(2152, 2152)):
    return ip.build_udp(ip.Datagram(ip.pack(source), ports[0], ip.pack(destination), ports[1], payload))


def session(**options):
    options = {"peer": PEER, "ipv4": w.UE4, "prefix": PREFIX, **options}
    return rig.session(**options)


QUIET = {"dropped_no_session"}
"""Of what the UPF's own kernel says on its interfaces, of listeners and neighbours."""


class Bench:
    """Wires with a data path, and how a test speaks to them."""

    def __init__(self, wires, heard):
        self.wires = wires
        self.path = wires.path
        self.heard = heard
        self.before = self.counted()

    def counted(self):
        """What was counted since the last look, names of zero left out."""
        counters = msgspec.structs.asdict(self.path.counters).items()
        return {name: value for name, value in counters if value and isinstance(value, int)}

    def news(self):
        """What was counted since the last news."""
        now_, before = self.counted(), self.before
        self.before = now_
        return {
            name: value - before.get(name, 0)
            for name, value in now_.items()
            if value != before.get(name, 0) and not name.endswith("octets") and name not in QUIET
        }

    async def until(self, true):
        patience = now() + w.PATIENCE
        while not true():
            assert now() < patience, f"waited for what did not come; counted: {self.counted()}"
            await asyncio.sleep(0.002)

    async def over(self, send_from, arrive_at, packets, out):
        """Send packets; what came out elsewhere once all are accounted for."""

        def handled():
            counted = self.counted().items()
            return sum(v for name, v in counted if not name.endswith("octets") and name not in QUIET)

        start = handled()
        for packet in packets:
            send_from.send(packet)
        got = []

        def done():
            got.extend(arrive_at.received())
            return handled() - start >= len(packets) and len(got) >= out

        await self.until(done)
        await asyncio.sleep(0.005)
        got.extend(arrive_at.received())
        assert len(got) == out, [packet.hex() for packet in got]
        return got

    async def up(self, *datagrams, out=None):
        """IP packets from the radio; what the data network got."""
        out = len(datagrams) if out is None else out
        return await self.over(self.wires.n3, self.wires.n6, datagrams, out)

    async def down(self, *packets, out=None):
        """IP packets from the data network; what the radio got."""
        out = len(packets) if out is None else out
        return await self.over(self.wires.n6, self.wires.n3, packets, out)


def on(kind, body, **options):
    """Run `body(bench)` over fresh wires."""

    async def run():
        heard = Heard()
        async with w.wires(kind, heard, **options) as wires:
            await body(Bench(wires, heard))

    run_real(run())


def tunnelled(packet, radio=w.RADIO):
    """The G-PDU in an IP packet from the UPF, everything around it checked."""
    if packet[0] >> 4 == 6:
        return tunnelled6(packet)
    source, destination, protocol = packet[12:16], packet[16:20], packet[9]
    assert (source, destination, protocol) == (ip.pack(w.UPF), ip.pack(radio), ip.UDP)
    assert packet[0] == 0x45
    assert ip.checksum(packet[:20]) == 0
    total, _, fragment = struct.unpack_from("!HHH", packet, 2)
    assert total == len(packet)
    assert fragment in (0, 0x4000)  # a segment of a batch has none of it
    to, length, check = struct.unpack_from("!HHH", packet, 22)
    assert (to, length) == (2152, total - 20)
    if check:
        assert ip.transport_checksum(source, destination, ip.UDP, packet[20:]) == 0
    assert struct.unpack_from("!H", packet, 30)[0] == length - 16
    return gtpu.decode(packet[28:])


def tunnelled6(packet):
    """The same over IPv6, where a checksum has to be there and right."""
    assert packet[8:40] == ip.pack(w.UPF6) + ip.pack(w.RADIO6)
    assert (packet[0] >> 4, packet[6]) == (6, ip.UDP)
    datagram = ip.parse_udp(packet)
    assert datagram is not None
    assert datagram.destination_port == 2152
    assert len(packet) == 48 + len(datagram.payload)
    assert struct.unpack_from("!H", packet, 50)[0] == len(datagram.payload) - 8
    return gtpu.decode(datagram.payload)


def test_uplink_reaches_the_data_network_one_hop_older(kind):
    async def body(bench):
        bench.path.install(session())
        got = await bench.up(outer(gpdu(UP4)), outer(gpdu(UP6)))
        assert got == [with_hops(UP4, 63), with_hops(UP6, 63)]
        assert bench.news() == {"uplink": 2}

    on(kind, body)


def test_downlink_reaches_the_radio_in_the_tunnel_of_the_session(kind):
    async def body(bench):
        bench.path.install(session())
        got = await bench.down(DOWN4, DOWN6)
        information = gtpu.DlPduSessionInformation(9)
        assert [tunnelled(packet) for packet in got] == [
            gtpu.Gpdu(RADIO_TEID, with_hops(packet, 63), information) for packet in (DOWN4, DOWN6)
        ]
        assert bench.news() == {"downlink": 2}

    on(kind, body)


def test_a_session_without_qfi_has_no_container(kind):
    async def body(bench):
        bench.path.install(session(qers=()))
        (got,) = await bench.down(DOWN4)
        assert tunnelled(got) == gtpu.Gpdu(RADIO_TEID, with_hops(DOWN4, 63), None)

    on(kind, body)


@pytest.mark.parametrize(
    "datagram",
    [
        outer(gpdu(UP4, qfi=None)),
        outer(b"\x32\xff\x00\x24" + TUNNEL + b"\x00\x07\x00\x00" + UP4),
        outer(b"\x34\xff\x00\x2c" + TUNNEL + b"\0\0\0\x40\1\0\1\x85\1\x10\x09\0" + UP4),
        outer(b"\x34\xff\x00\x2c" + TUNNEL + b"\0\0\0\x85\2\x10\x09\0\0\0\0\0" + UP4),
        outer(b"\x34\xff\x00\x64" + TUNNEL + b"\0\0\0\x40" + b"\1\0\1\x40" * 15 + b"\1\0\1\0" + UP4),
    ],
    ids=["no container", "sequence number", "two extension headers", "long container", "sixteen of them"],
)
def test_every_form_of_header_is_understood(kind, datagram):
    async def body(bench):
        bench.path.install(session())
        assert await bench.up(datagram) == [with_hops(UP4, 63)]
        assert bench.news() == {"uplink": 1}

    on(kind, body)


@pytest.mark.parametrize(
    ("datagram", "name"),
    [
        (outer(gpdu(udp(ip.pack("10.45.0.3"), DN4))), "dropped_spoofed"),
        (outer(gpdu(udp(ip.pack("2001:db8:45:3::5"), DN6))), "dropped_spoofed"),
        (outer(b"\x34\xff\x00\x28" + TUNNEL + b"\0\0\0\x85\0\x10\x09\0" + UP4), "malformed"),
        (outer(b"\x34\xff\x00\x28" + TUNNEL + b"\0\0\0\x85\xff\x10\x09\0" + UP4), "malformed"),
        (outer(b"\x30\xff\xff\xff" + TUNNEL + UP4), "malformed"),
        (outer(b"\x50\xff\x00\x20" + TUNNEL + UP4), "malformed"),
        (outer(gpdu(b"\x75" + UP4[1:])), "malformed"),
        (outer(gpdu(UP4[:12])), "malformed"),
    ],
    ids=["spoofed IPv4", "spoofed IPv6", "extension of no length", "extension past the end", "length lies",
         "GTP version 2", "neither IPv4 nor IPv6", "cut short"],
)  # fmt: skip
def test_what_is_wrong_is_dropped_under_its_name(kind, datagram, name):
    async def body(bench):
        bench.path.install(session())
        assert await bench.up(datagram, out=0) == []
        assert bench.news() == {name: 1}

    on(kind, body)


def test_an_unknown_tunnel_is_told_to_the_radio(kind):
    async def body(bench):
        bench.path.install(session())
        await bench.up(outer(gpdu(UP4, teid=0x99)), out=0)
        await bench.until(lambda: bench.counted().get("error_indications_sent"))
        (got,) = bench.wires.n3.received()
        assert gtpu.decode(got[28:]) == gtpu.ErrorIndication(0x99, w.UPF, None)
        assert bench.news() == {"dropped_unknown_teid": 1, "error_indications_sent": 1}

    on(kind, body)


def test_downlink_for_an_idle_phone_waits_and_leaves_in_order(kind):
    async def body(bench):
        bench.path.install(session(action=ApplyAction.BUFF | ApplyAction.NOCP))
        packets = [udp(DN4, UE4, b"%d" % i) for i in range(100)]
        assert await bench.down(*packets[:50], out=0) == []
        assert bench.heard.news == [("data", 1, 2, 9)]
        assert bench.news() == {"buffered": 50}
        bench.path.install(session())
        got = await bench.down(*packets[50:], out=100)
        assert [tunnelled(each).payload for each in got] == [with_hops(packet, 63) for packet in packets]

    on(kind, body)


def test_a_closed_gate_and_a_rule_that_drops(kind):
    async def body(bench):
        closed = rig.Qer(qer_id=1, qfi=9, gate_open=False)
        bench.path.install(session(qers=(closed,)))
        await bench.up(outer(gpdu(UP4)), out=0)
        await bench.down(DOWN4, out=0)
        assert bench.news() == {"dropped_gate": 2}
        bench.path.install(session(action=ApplyAction.DROP))
        await bench.down(DOWN4, out=0)
        assert bench.news() == {"dropped_by_rule": 1}

    on(kind, body)


def test_a_session_that_is_gone_forwards_nothing(kind):
    async def body(bench):
        bench.path.install(session())
        await bench.down(DOWN4)
        bench.path.remove(1)
        bench.news()
        await bench.up(outer(gpdu(UP4)), out=0)
        assert bench.news()["dropped_unknown_teid"] == 1

    on(kind, body)


def test_after_a_path_switch_the_end_marker_is_the_last_in_the_old_tunnel(kind):
    async def body(bench):
        bench.path.install(session())
        assert len(await bench.down(*[DOWN4] * 5)) == 5
        other = OuterHeader(0x701, w.OTHER_RADIO)
        bench.path.install(session(peer=other), end_markers=(rig.DOWNLINK_FAR,))
        got = await bench.down(*[DOWN4] * 5, out=6)
        assert gtpu.decode(got[0][28:]) == gtpu.EndMarker(RADIO_TEID)
        assert all(tunnelled(each, w.OTHER_RADIO).teid == 0x701 for each in got[1:])

    on(kind, body)


VOICE = "permit out 17 from 10.99.6.2 2000-2001 to assigned"
VIDEO = "permit out ip from 2001:db8:99::/48 to assigned 3000,3010"
FLOWS = ((5, (VOICE,)), (6, (VIDEO,)), (9, ()))


def flows(*, default=True, rates=None, urrs=()):
    """A session of three QoS flows, chosen by packet filters; the last takes what is left."""
    rates = rates or {}
    address = UeAddress(w.UE4, PREFIX)
    pdrs, qers = [], []
    for i, (qfi, filters) in enumerate(FLOWS if default else FLOWS[:2], 1):
        common = {
            "precedence": 10 * i,
            "qer_ids": (qfi,),
            "sdf_filters": filters,
            "ue_address": address,
            "urr_ids": tuple(urr.urr_id for urr in urrs),
        }
        source = SourceInterface.ACCESS
        pdrs.append(Pdr(pdr_id=i, source=source, far_id=1, local_fteid=FTeid(TEID, w.UPF), qfi=qfi, **common))
        pdrs.append(Pdr(pdr_id=10 + i, source=SourceInterface.CORE, far_id=2, **common))
        qers.append(Qer(qer_id=qfi, qfi=qfi, mbr=rates.get(qfi)))
    fars = (
        Far(far_id=1, action=ApplyAction.FORW, destination=SourceInterface.CORE),
        Far(
            far_id=2,
            action=ApplyAction.FORW,
            destination=SourceInterface.ACCESS,
            outer_header=PEER,
            marking=46,
        ),
    )
    return Session(seid=1, dnn="internet", pdrs=tuple(pdrs), fars=fars, qers=tuple(qers), urrs=urrs)


@pytest.mark.parametrize(
    ("packet", "qfi"),
    [
        (udp(DN4, UE4, ports=(2000, 7)), 5),
        (udp(DN4, UE4, ports=(2001, 7)), 5),
        (udp(DN4, UE4, ports=(2002, 7)), 9),
        (udp(ip.pack("10.99.6.3"), UE4, ports=(2000, 7)), 9),
        (udp(DN6, UE6, ports=(7, 3010)), 6),
        (udp(DN6, UE6, ports=(7, 3001)), 9),
        (ip.build(DN4, UE4, ip.TCP, (2000).to_bytes(2, "big") + bytes(18)), 9),
    ],
)
def test_packet_filters_choose_the_flow_of_a_downlink_packet(kind, packet, qfi):
    async def body(bench):
        bench.path.install(flows())
        (got,) = await bench.down(packet)
        assert got[1] == 46 << 2
        bare = got[:1] + b"\0" + got[2:]
        header = bare[:10] + b"\0\0" + bare[12:20]
        again = bare[:10] + ip.checksum(header).to_bytes(2, "big") + bare[12:]
        assert tunnelled(again).information == gtpu.DlPduSessionInformation(qfi)
        assert bench.news() == {"downlink": 1}

    on(kind, body)


@pytest.mark.parametrize(
    ("packet", "qfi", "name"),
    [
        (udp(UE4, DN4, ports=(7, 2000)), 5, "uplink"),
        (udp(UE4, DN4, ports=(7, 2000)), 9, "uplink"),  # the default rule takes what comes in its flow
        (udp(UE4, DN4, ports=(7, 2005)), 5, "dropped_no_rule"),
        (udp(UE6, DN6, ports=(3000, 7)), 6, "uplink"),
        (udp(UE6, DN6, ports=(3001, 7)), 6, "dropped_no_rule"),
        (udp(UE4, DN4), 7, "dropped_no_rule"),
    ],
)
def test_an_uplink_packet_is_of_the_flow_it_comes_in_or_of_none(kind, packet, qfi, name):
    async def body(bench):
        bench.path.install(flows())
        await bench.up(outer(gpdu(packet, qfi=qfi)), out=1 if name == "uplink" else 0)
        assert bench.news() == {name: 1}

    on(kind, body)


def test_where_no_rule_is_left_a_packet_is_dropped(kind):
    async def body(bench):
        bench.path.install(flows(default=False))
        await bench.down(DOWN4, out=0)
        assert bench.news() == {"dropped_no_rule": 1}

    on(kind, body)


def test_a_later_fragment_has_no_ports_to_match(kind):
    async def body(bench):
        bench.path.install(flows())
        packet = udp(DN4, UE4, ports=(2000, 7))
        header = packet[:6] + b"\x00\x10" + packet[8:10] + b"\0\0" + packet[12:20]
        later = header[:10] + ip.checksum(header).to_bytes(2, "big") + header[12:] + packet[20:]
        (got,) = await bench.down(later)
        assert gtpu.decode(got[28:]).information == gtpu.DlPduSessionInformation(9)

    on(kind, body)


def with_headers(packet, *headers):
    """An IPv6 packet with extension headers, each without its own type, which the one before says."""
    kinds = [kind for kind, _ in headers] + [packet[6]]
    chain = b"".join(bytes((after,)) + rest for after, (_, rest) in zip(kinds[1:], headers, strict=True))
    length = int.from_bytes(packet[4:6], "big") + len(chain)
    return packet[:4] + length.to_bytes(2, "big") + bytes((kinds[0],)) + packet[7:40] + chain + packet[40:]


OPTIONS, ROUTING, FIRST, LATER = (
    (60, b"\x01\x01\x0c" + bytes(12)),
    (43, b"\0" + bytes(6)),
    (44, b"\0\x00\x01" + bytes(4)),
    (44, b"\0\x01\x00" + bytes(4)),
)


@pytest.mark.parametrize(
    ("headers", "qfi"),
    [
        ((OPTIONS,), 6),
        ((ROUTING, OPTIONS), 6),
        ((OPTIONS, FIRST), 6),
        ((FIRST, OPTIONS), 6),
        ((LATER,), 9),
        ((OPTIONS,) * 8, 6),
        ((OPTIONS,) * 9, 6),
    ],
    ids=["one", "two", "first fragment", "header in it", "later fragment", "eight", "nine"],
)
def test_packet_filters_look_behind_extension_headers(kind, headers, qfi):
    async def body(bench):
        bench.path.install(flows())
        packet = with_headers(udp(DN6, UE6, ports=(7, 3010)), *headers)
        (got,) = await bench.down(packet)
        assert gtpu.decode(got[28:]).information == gtpu.DlPduSessionInformation(qfi)
        assert gtpu.decode(got[28:]).payload == with_hops(packet, 63)
        assert bench.news() == {"downlink": 1}

    on(kind, body)


def test_usage_is_what_passed_each_way(kind):
    async def body(bench):
        bench.path.install(flows(urrs=(Urr(urr_id=7),)))
        await bench.up(outer(gpdu(udp(UE4, DN4, ports=(7, 2000)), qfi=5)), outer(gpdu(UP4)))
        await bench.down(*[DOWN4] * 3)
        (usage,) = bench.path.remove(1)
        assert (usage.urr_id, usage.uplink_packets, usage.downlink_packets) == (7, 2, 3)
        assert (usage.uplink, usage.downlink) == (2 * len(UP4), 3 * len(DOWN4))

    on(kind, body)


def test_usage_that_is_asked_for_begins_anew(kind):
    async def body(bench):
        bench.path.install(session(urrs=(Urr(urr_id=7),)))
        for packets in (2, 3):
            await bench.up(*[outer(gpdu(UP4))] * packets)
            (usage,) = bench.path.query(1, (7,))
            assert (usage.uplink_packets, usage.uplink) == (packets, packets * len(UP4))
            assert usage.trigger is Trigger.IMMEDIATE
        await bench.down(DOWN4)
        (ended,) = bench.path.install(session())
        assert (ended.uplink_packets, ended.downlink_packets) == (0, 1)
        assert bench.heard.news == []

    on(kind, body)


def test_a_volume_threshold_is_reported(kind):
    async def body(bench):
        bench.path.install(session(urrs=(Urr(urr_id=7, threshold=5 * len(DOWN4)),)))
        await bench.down(*[DOWN4] * 6)
        await bench.until(lambda: bench.heard.news)
        ((what, seid, usage),) = bench.heard.news
        assert (what, seid, usage.urr_id) == ("usage", 1, 7)
        assert usage.downlink >= 5 * len(DOWN4)

    on(kind, body)


def quota_of(packets, **options):
    return Urr(urr_id=7, volume_quota=packets * len(DOWN4), **options)


def told(bench):
    """The usage that was reported: why, packets up and down."""
    return [
        (usage.trigger, usage.uplink_packets, usage.downlink_packets)
        for what, _, usage in bench.heard.news
        if what == "usage"
    ]


def test_a_volume_quota_lets_so_much_pass_and_no_more(kind):
    async def body(bench):
        bench.path.install(session(urrs=(quota_of(10),)))
        await bench.up(*[outer(gpdu(UP4))] * 3)
        await bench.down(*[DOWN4] * 12, out=7)
        await bench.until(lambda: told(bench))
        assert told(bench) == [(Trigger.VOLUME_QUOTA, 3, 7)]
        assert bench.news() == {"uplink": 3, "downlink": 7, "dropped_quota": 5}
        await bench.up(*[outer(gpdu(UP4))] * 5, out=0)
        assert bench.news() == {"dropped_quota": 5}
        bench.path.install(session(urrs=(quota_of(4),)))
        await bench.down(*[DOWN4] * 9, out=4)
        await bench.until(lambda: len(told(bench)) == 2)
        assert told(bench)[1] == (Trigger.VOLUME_QUOTA, 0, 4)
        (last,) = bench.path.remove(1)
        assert (last.uplink, last.downlink) == (0, 0)

    on(kind, body)


def test_the_packet_that_reaches_a_quota_passes_whole(kind):
    async def body(bench):
        bench.path.install(session(urrs=(Urr(urr_id=7, volume_quota=2 * len(DOWN4) + 1),)))
        await bench.down(*[DOWN4] * 5, out=3)
        await bench.until(lambda: told(bench))
        assert told(bench) == [(Trigger.VOLUME_QUOTA, 0, 3)]

    on(kind, body)


def test_thresholds_on_the_way_to_a_quota_are_reported(kind):
    async def body(bench):
        bench.path.install(session(urrs=(quota_of(12, threshold=5 * len(DOWN4)),)))
        for i in range(1, 16):
            bench.wires.n6.send(DOWN4)
            await bench.until(
                lambda i=i: sum(bench.counted().get(name, 0) for name in ("downlink", "dropped_quota")) == i
            )
        await bench.until(lambda: told(bench) and told(bench)[-1][0] == Trigger.VOLUME_QUOTA)
        assert sum(down for _, _, down in told(bench)) == 12
        assert {why for why, _, _ in told(bench)[:-1]} == {Trigger.VOLUME_THRESHOLD}

    on(kind, body)


def test_a_time_quota_begins_with_the_first_packet_and_ends(kind):
    async def body(bench):
        bench.path.install(session(urrs=(Urr(urr_id=7, time_quota=1),)))
        began = now()
        while "dropped_quota" not in bench.counted():
            assert now() < began + w.PATIENCE
            bench.wires.n6.send(DOWN4)
            await asyncio.sleep(0.01)
        assert now() >= began + 1
        await bench.until(lambda: told(bench))
        assert told(bench)[0][0] == Trigger.TIME_QUOTA
        assert sum(down for _, _, down in told(bench)) == bench.counted()["downlink"]

    on(kind, body)


def test_a_pause_is_no_time(kind):
    async def body(bench):
        bench.path.install(session(urrs=(Urr(urr_id=7, time_quota=60, inactivity=1),)))
        await bench.down(DOWN4)
        await asyncio.sleep(1.2)
        await bench.down(*[DOWN4] * 3)
        (usage,) = bench.path.remove(1)
        assert (usage.seconds, usage.downlink_packets) == (0, 4)

    on(kind, body)


def test_a_quota_of_one_flow_ends_that_flow_alone(kind):
    async def body(bench):
        made = flows(urrs=(quota_of(3),))
        pdrs = tuple(
            msgspec.structs.replace(pdr, urr_ids=pdr.urr_ids if pdr.pdr_id == 11 else ()) for pdr in made.pdrs
        )
        bench.path.install(msgspec.structs.replace(made, pdrs=pdrs))
        voice = udp(DN4, UE4, ports=(2000, 7))
        await bench.down(*[voice] * 8, out=3)
        assert bench.news() == {"downlink": 3, "dropped_quota": 5}
        await bench.down(*[DOWN4] * 8)
        assert bench.news() == {"downlink": 8}

    on(kind, body)


def test_rules_may_change_while_packets_come(kind):
    async def body(bench):
        bench.path.install(session())
        for made in (flows(), session(), flows(rates={9: Ambr(10**9, 10**9)}), session()):
            bench.path.install(made)
            got = await bench.down(*[DOWN4] * 4)
            assert all(gtpu.decode(each[28:]).information.qfi == 9 for each in got)
            assert await bench.up(outer(gpdu(UP4))) == [with_hops(UP4, 63)]
        assert bench.path.remove(1) == ()

    on(kind, body)


PEER6 = OuterHeader(RADIO_TEID, w.RADIO6)


def over6(payload):
    """A datagram of the radio by its IPv6 address."""
    return outer(payload, source=w.RADIO6, destination=w.UPF6)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 61, 500, 1300])
def test_tunnels_may_be_over_ipv6(kind, size):
    async def body(bench):
        bench.path.install(session(peer=PEER6))
        up = [udp(UE4, DN4, octets(size)), udp(UE6, DN6, octets(size))]
        assert await bench.up(*[over6(gpdu(packet)) for packet in up]) == [with_hops(p, 63) for p in up]
        down = [udp(DN4, UE4, octets(size)), udp(DN6, UE6, octets(size))]
        got = await bench.down(*down)
        information = gtpu.DlPduSessionInformation(9)
        assert [tunnelled6(each) for each in got] == [
            gtpu.Gpdu(RADIO_TEID, with_hops(packet, 63), information) for packet in down
        ]
        assert bench.news() == {"uplink": 2, "downlink": 2}

    on(kind, body, local=(w.UPF6,))


def octets(size):
    """A payload of that many octets, none like the next."""
    return bytes(i * 7 & 0xFF for i in range(size))


def test_over_ipv6_a_checksum_may_be_left_out_but_not_be_wrong(kind):
    async def body(bench):
        bench.path.install(session(peer=PEER6))
        whole = over6(gpdu(UP4))
        without, wrong = (whole[:46] + check + whole[48:] for check in (b"\0\0", b"\x12\x34"))
        bench.wires.n3.send(wrong)
        assert await bench.up(without, whole) == [with_hops(UP4, 63)] * 2
        assert bench.counted()["uplink"] == 2

    on(kind, body, local=(w.UPF6,))


def test_a_upf_has_a_tunnel_of_either_version_as_the_radio_wants(kind):
    async def body(bench):
        bench.path.install(session())
        bench.path.install(
            session(seid=2, teid=OTHER_TEID, ipv4="10.45.0.3", prefix=None, peer=OuterHeader(0x800, w.RADIO6))
        )
        got = await bench.down(DOWN4, udp(DN4, OTHER4))
        assert [tunnelled(each).teid for each in got] == [RADIO_TEID, 0x800]
        await bench.up(over6(gpdu(udp(OTHER4, DN4), teid=OTHER_TEID)), outer(gpdu(UP4)))
        (got,) = await across(bench, udp(UE4, OTHER4), out=1)
        assert tunnelled6(got).payload == udp(UE4, OTHER4)
        bench.path.install(session(peer=PEER6))
        assert [tunnelled6(each).teid for each in await bench.down(DOWN4)] == [RADIO_TEID]

    on(kind, body, local=(w.UPF, w.UPF6))


def test_a_session_without_qfi_has_no_container_over_ipv6_either(kind):
    async def body(bench):
        bench.path.install(session(qers=(), peer=PEER6))
        (got,) = await bench.down(DOWN4)
        assert tunnelled6(got) == gtpu.Gpdu(RADIO_TEID, with_hops(DOWN4, 63), None)

    on(kind, body, local=(w.UPF6,))


def test_an_unknown_tunnel_over_ipv6_is_told_to_the_radio(kind):
    async def body(bench):
        bench.path.install(session())
        await bench.up(over6(gpdu(UP4, teid=0x99)), out=0)
        await bench.until(lambda: bench.counted().get("error_indications_sent"))
        (got,) = bench.wires.n3.received()
        assert tunnelled6(got) == gtpu.ErrorIndication(0x99, w.UPF6, None)

    on(kind, body, local=(w.UPF6,))


BEHIND4, BEHIND6 = "192.168.77.0/24", "2001:db8:7700::/40"
HOST4, HOST6 = ip.pack("192.168.77.5"), ip.pack("2001:db8:77ff::5")


def framed(*networks, **options):
    """A session whose phone has networks behind it."""
    made = session(**options)
    pdrs = tuple(msgspec.structs.replace(pdr, framed_routes=networks) for pdr in made.pdrs)
    return msgspec.structs.replace(made, pdrs=pdrs)


def test_networks_behind_a_phone_are_reached_and_may_send(kind):
    async def body(bench):
        bench.wires.route(BEHIND4, BEHIND6)
        bench.path.install(framed(BEHIND4, BEHIND6))
        up = [udp(UE4, DN4), udp(HOST4, DN4), udp(HOST6, DN6)]
        assert await bench.up(*[outer(gpdu(packet)) for packet in up]) == [with_hops(p, 63) for p in up]
        down = [udp(DN4, UE4), udp(DN4, HOST4), udp(DN6, HOST6)]
        got = await bench.down(*down)
        assert [tunnelled(each).payload for each in got] == [with_hops(packet, 63) for packet in down]
        assert bench.news() == {"uplink": 3, "downlink": 3}
        for stranger in (udp(ip.pack("192.168.78.5"), DN4), udp(ip.pack("2001:db8:7800::5"), DN6)):
            await bench.up(outer(gpdu(stranger)), out=0)
        assert bench.news() == {"dropped_spoofed": 2}

    on(kind, body)


def test_the_smallest_network_has_the_packet(kind):
    async def body(bench):
        bench.wires.route(BEHIND4)
        small = framed(
            "192.168.77.0/29", seid=2, teid=OTHER_TEID, ipv4="10.45.0.3", prefix=None,
            peer=OuterHeader(0x800, w.RADIO),
        )  # fmt: skip
        bench.path.install(small)
        bench.path.install(framed(BEHIND4))
        near, far = udp(DN4, HOST4), udp(DN4, ip.pack("192.168.77.9"))
        got = await bench.down(near, far)
        assert [tunnelled(each).teid for each in got] == [0x800, RADIO_TEID]
        bench.path.remove(2)
        got = await bench.down(near)
        assert tunnelled(got[0]).teid == RADIO_TEID

    on(kind, body)


def test_a_network_is_anothers_once_its_session_is_gone(kind):
    async def body(bench):
        bench.path.install(framed(BEHIND4))
        bench.path.remove(1)
        bench.path.install(framed(BEHIND4, teid=OTHER_TEID, seid=2))
        await bench.up(outer(gpdu(udp(HOST4, DN4), teid=OTHER_TEID)))
        bench.path.install(session(teid=OTHER_TEID, seid=2))
        await bench.up(outer(gpdu(udp(HOST4, DN4), teid=OTHER_TEID)), out=0)
        assert bench.news()["dropped_spoofed"] == 1

    on(kind, body)


def test_downlink_for_a_network_behind_an_idle_phone_waits_and_leaves_in_order(kind):
    async def body(bench):
        bench.wires.route(BEHIND4)
        bench.path.install(framed(BEHIND4, action=ApplyAction.BUFF | ApplyAction.NOCP))
        packets = [udp(DN4, HOST4, b"%d" % i) for i in range(100)]
        await bench.down(*packets[:50], out=0)
        assert bench.news() == {"buffered": 50}
        bench.path.install(framed(BEHIND4))
        got = await bench.down(*packets[50:], out=100)
        assert [tunnelled(each).payload for each in got] == [with_hops(packet, 63) for packet in packets]

    on(kind, body)


SLOW = Ambr(64_000, 64_000)


def over(bench):
    """How many packets were more than a rate allowed."""
    counted = bench.counted()
    return counted.get("shaped", 0) + counted.get("dropped_rate", 0)


@pytest.mark.parametrize("several", [False, True], ids=["one flow", "several"])
def test_sessions_share_a_rate(kind, several):
    async def body(bench):
        both = rig.Qer(qer_id=77, mbr=SLOW, correlation=5)
        bench.path.install(pooled(flows() if several else session(), both))
        bench.path.install(pooled(other_phone(), both))
        packet = udp(DN4, UE4, bytes(1200))
        patience = now() + w.PATIENCE
        while over(bench) < 5:
            assert now() < patience
            bench.wires.n6.send(packet)
            await asyncio.sleep(0)
        before = over(bench)
        bench.wires.n6.send(udp(DN4, OTHER4))
        await bench.until(lambda: over(bench) > before)

    on(kind, body)


def pooled(made, qer):
    """A session that is subject to one more QER."""
    pdrs = tuple(msgspec.structs.replace(pdr, qer_ids=(*pdr.qer_ids, qer.qer_id)) for pdr in made.pdrs)
    return msgspec.structs.replace(made, pdrs=pdrs, qers=(*made.qers, qer))


OTHER4, OTHER_TEID = ip.pack("10.45.0.3"), 0x88


def other_phone():
    """Another phone of the same data network, in a tunnel of its own."""
    return session(seid=2, teid=OTHER_TEID, ipv4="10.45.0.3", prefix=None, peer=OuterHeader(0x800, w.RADIO))


def test_phones_reach_each_other(kind):
    async def body(bench):
        bench.path.install(session())
        bench.path.install(other_phone())
        bench.wires.n3.send(outer(gpdu(udp(UE4, OTHER4))))
        got = []
        await bench.until(lambda: got.extend(bench.wires.n3.received()) or got)
        message = tunnelled(got[0])
        assert message == gtpu.Gpdu(0x800, udp(UE4, OTHER4), gtpu.DlPduSessionInformation(9))
        assert not bench.wires.n6.received()
        assert bench.news() == {"uplink": 1, "downlink": 1}

    on(kind, body)


async def across(bench, *packets, out):
    """Packets from one phone; what came out of the tunnel of the other."""
    return await bench.over(bench.wires.n3, bench.wires.n3, [outer(gpdu(packet)) for packet in packets], out)


def test_from_phone_to_idle_phone_waits_and_leaves_in_order(kind):
    async def body(bench):
        bench.path.install(session())
        idle = {"seid": 2, "teid": OTHER_TEID, "ipv4": "10.45.0.3", "prefix": None}
        bench.path.install(session(action=ApplyAction.BUFF | ApplyAction.NOCP, **idle))
        packets = [udp(UE4, OTHER4, b"%d" % i) for i in range(100)]
        await across(bench, *packets[:50], out=0)
        await bench.until(lambda: bench.counted().get("buffered") == 50)
        assert bench.heard.news == [("data", 2, 2, 9)]
        bench.path.install(other_phone())
        got = await across(bench, *packets[50:], out=100)
        assert [tunnelled(each).payload for each in got] == packets
        assert bench.news() == {"uplink": 100, "downlink": 100, "buffered": 50}

    on(kind, body)


def test_from_phone_to_phone_by_the_rules_of_both(kind):
    async def body(bench):
        bench.path.install(session())
        shut = rig.Qer(qer_id=1, qfi=9, gate_open=False)
        other = other_phone()
        bench.path.install(msgspec.structs.replace(other, qers=(shut,)))
        await across(bench, udp(UE4, OTHER4), out=0)
        await bench.until(lambda: bench.counted().get("dropped_gate") == 1)
        bench.path.install(session(qers=(shut,)))
        bench.path.install(other)
        await across(bench, udp(UE4, OTHER4), out=0)
        await bench.until(lambda: bench.counted().get("dropped_gate") == 2)
        assert bench.counted()["uplink"] == 1

    on(kind, body)


def test_too_long_from_phone_to_phone_is_answered(kind):
    async def body(bench):
        bench.path.install(session())
        bench.path.install(other_phone())
        (got,) = await across(bench, udp(UE4, OTHER4, bytes(1430)), out=1)
        answer = ip.parse(tunnelled(got).payload)
        assert (answer.destination, answer.protocol, tuple(answer.payload[:2])) == (UE4, ip.ICMP, (3, 4))

    on(kind, body)


def test_phones_do_not_reach_each_other_where_that_is_off(kind):
    async def body(bench):
        bench.path.install(session())
        bench.path.install(other_phone())
        await bench.up(outer(gpdu(udp(UE4, OTHER4))), out=0)
        assert bench.news() == {"dropped_ue_to_ue": 1}
        assert not bench.wires.n3.received()

    on(kind, body, ue_to_ue=False)


def test_a_packet_too_long_for_the_phones_link_is_answered(kind):
    async def body(bench):
        bench.path.install(session())
        for long in (udp(DN4, UE4, bytes(1430)), udp(DN6, UE6, bytes(1430))):
            bench.wires.n6.send(long)
            got = []
            await bench.until(lambda got=got: got.extend(bench.wires.n6.received()) or got)
            packet = ip.parse(got[0])
            assert packet.protocol in (ip.ICMP, ip.ICMPV6)
            kind_code = (3, 4) if packet.version == 4 else (2, 0)
            assert tuple(packet.payload[:2]) == kind_code
            assert int.from_bytes(packet.payload[4:8], "big") & 0xFFFF == 1400
        assert not bench.wires.n3.received()

    on(kind, body)


@pytest.mark.parametrize("version", [4, 6])
def test_a_packet_at_the_end_of_its_hops_is_answered(kind, version):
    async def body(bench):
        bench.path.install(session())
        packet = udp(UE4, DN4, hops=1) if version == 4 else udp(UE6, DN6, hops=1)
        bench.wires.n3.send(outer(gpdu(packet)))
        got = []
        await bench.until(lambda: got.extend(bench.wires.n3.received()) or got)
        answer = ip.parse(tunnelled(got[0]).payload)
        assert answer.protocol == (ip.ICMP if version == 4 else ip.ICMPV6)
        assert answer.payload[0] == (11 if version == 4 else 3)
        assert not bench.wires.n6.received()

    on(kind, body)


def test_every_packet_of_a_flood_of_unknown_tunnels_is_counted(kind):
    async def body(bench):
        bench.path.install(session())
        await bench.up(*[outer(gpdu(UP4, teid=i)) for i in range(1, 301)], out=0)
        news = bench.news()
        assert news["dropped_unknown_teid"] == 300
        assert 1 <= news["error_indications_sent"] <= 300

    on(kind, body)


def test_an_echo_is_answered(kind):
    async def body(bench):
        bench.wires.n3.send(outer(gtpu.encode(gtpu.EchoRequest(7))))
        got = []
        await bench.until(lambda: got.extend(bench.wires.n3.received()) or got)
        assert gtpu.decode(got[0][28:]) == gtpu.EchoResponse(7)

    on(kind, body)


def test_a_router_solicitation_is_answered_with_the_prefix(kind):
    async def body(bench):
        bench.path.install(session())
        own = ip.link_local(bytes(7) + b"\x05")
        bench.wires.n3.send(outer(gpdu(ip.build_router_solicitation(own))))
        got = []
        await bench.until(lambda: got.extend(bench.wires.n3.received()) or got)
        advertised = ip.parse_router_advertisement(tunnelled(got[0]).payload)
        assert [each.prefix for each in advertised.prefixes] == [ip.pack("2001:db8:45:2::")]

    on(kind, body)


def syn(source, destination, options):
    """A TCP SYN with these options."""
    size = 20 + len(options)
    header = struct.pack("!HHIIBBHHH", 1000, 80, 1, 0, size // 4 << 4, 2, 65535, 0, 0) + options
    check = ip.transport_checksum(source, destination, ip.TCP, header)
    return ip.build(source, destination, ip.TCP, header[:16] + check.to_bytes(2, "big") + header[18:])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\x02\x04\x05\xb4", b"\x02\x04\x05\x50"),
        (b"\x01\x02\x04\x05\xb4\x01\x01\x01", b"\x01\x02\x04\x05\x50\x01\x01\x01"),
        (b"\x02\x04\x02\x00", b"\x02\x04\x02\x00"),
        (b"\x01\x01\x01\x01", b"\x01\x01\x01\x01"),
    ],
    ids=["too long", "at an odd octet", "short enough", "none"],
)
def test_a_segment_size_is_told_no_longer_than_the_phones_link_takes(kind, before, after):
    async def body(bench):
        bench.path.install(session())
        (got,) = await bench.down(syn(DN4, UE4, before))
        assert tunnelled(got).payload == with_hops(syn(DN4, UE4, after), 63)
        assert await bench.up(outer(gpdu(syn(UE4, DN4, before)))) == [with_hops(syn(UE4, DN4, after), 63)]

    on(kind, body)
