"""Ethernet sessions on both data paths, octet by octet, between a radio and a bridge."""

import asyncio
import socket
from ipaddress import ip_network

import pytest

from datapath import wires as w
from datapath.test_both import gpdu, outer, tunnelled
from datapath.userspace import rig
from datapath.userspace.rig import Heard
from pilot5g.datapath.ebpf import open_datapath, opening
from pilot5g.datapath.ebpf.records import Count
from pilot5g.datapath.userspace import UserspaceDatapath
from pilot5g.flow.clock import now, run_real
from pilot5g.model import Ambr
from pilot5g.net import namespace as ns
from pilot5g.net.offloads import set_offloads
from pilot5g.net.tun import open_tap
from pilot5g.net.udp import open_udp
from pilot5g.service.n4 import OuterHeader, Qer
from pilot5g.wire import ip
from pilot5g.wire.ethernet import EthernetFilter, Tag

pytestmark = [
    pytest.mark.root,
    pytest.mark.parametrize("kind", ["userspace", "ebpf"]),
    pytest.mark.skipif(bool(w.reason_against()), reason=w.reason_against()),
]

A, B, ROUTER, OTHER = (bytes((2, 0, 0, 0, 7, n)) for n in range(4))
ALL = b"\xff" * 6
OURS = b"\x88\xb5"
"""A type that nobody's kernel speaks (IEEE 802 local experimental)."""
TAG = bytes.fromhex("8100 6064")
MTU = 1500


def frame(destination, source, payload=b"x" * 46, kind=OURS, tag=b""):
    return destination + source + tag + kind + payload


def packet(destination, source, size=100):
    """An IPv4 packet between stations, its checksums right."""
    inside = ip.build_udp(ip.Datagram(bytes((10, 7, 0, 1)), 1000, bytes((10, 7, 0, 2)), 2000, bytes(size)))
    return frame(destination, source, inside, b"\x08\0")


def session(number, frames=(), qfi=None, **options):
    """Session 1 or 2, with TEIDs of its number each way."""
    plain = rig.session(
        seid=number,
        teid=number,
        dnn="lan",
        ipv4=None,
        prefix=None,
        **{"peer": OuterHeader(0x100 + number, w.RADIO), **options},
    )
    up, down = (rig.changed(pdr, ethernet=True, ethernet_filters=frames) for pdr in plain.pdrs)
    return rig.changed(plain, pdrs=(rig.changed(up, qfi=qfi), down))


class Lan(w.Wires):
    """The wires, with a bridge in the UPF's namespace: TAP, and a cable to the data network."""

    def build(self):
        super().build()
        ns.connect(self.upf, "lan", self.dn, "lan", 2000)
        for name in (self.upf, self.dn):
            ns.set_sysctl(name, "net/ipv6/conf/lan/disable_ipv6", "1")
            ns.configure(name, "lan")
            set_offloads(name, "lan", tx_checksums=False)
        ns.set_sysctl(self.upf, "net/ipv6/conf/default/disable_ipv6", "1")
        ns.add_bridge(self.upf, "br0", ["lan"])

        def far():
            sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
            sock.bind(("lan", 0))
            sock.setblocking(False)
            return sock

        self.far = ns.inside(self.dn, far)
        self.far.setsockopt(263, 8, 1)

    def open(self, heard, **options):
        loop = asyncio.get_running_loop()
        n3 = open_udp((w.UPF, 2152), namespace=self.upf)
        ports = {"lan": open_tap("tap0", mtu=MTU, namespace=self.upf, bridge="br0")}

        def slow(over):
            return UserspaceDatapath(n3, over, loop.time, ethernet={"lan": MTU}, **options)

        if self.kind == "userspace":
            self.path = slow(ports)
        else:
            opening.PLACES = (w.built(),)
            self.path = ns.inside(
                self.upf,
                lambda: open_datapath(
                    self.prefix, w.UPF, ports, [ip_network("10.45.0.0/16")], slow, loop,
                    mtu={"lan": MTU}, sessions=1024, frames=["lan"],
                ),
            ).datapath  # fmt: skip
        self.path.attach(heard)

    def close(self):
        super().close()
        self.far.close()

    def came(self):
        """The frames that reached the data network, with their tags."""
        found = []
        while True:
            try:
                octets, extra, _, sender = self.far.recvmsg(4000, 100)
            except BlockingIOError:
                return found
            if sender[2] != socket.PACKET_OUTGOING and octets[6:8] == A[:2]:
                status, kind, tag = extra[0][2][0], extra[0][2][18:20][::-1], extra[0][2][16:18][::-1]
                found.append(octets[:12] + (kind + tag if status & 16 else b"") + octets[12:])


class Bench:
    """What tests do with the wires."""

    def __init__(self, wires, heard):
        self.wires, self.path, self.heard = wires, wires.path, heard

    async def until(self, look, wanted):
        """What came, as soon as it is as much as is wanted and nothing more comes for a moment."""
        found, patience = look(), now() + w.PATIENCE
        while len(found) < wanted and now() < patience:
            await asyncio.sleep(0.002)
            found += look()
        await asyncio.sleep(0.02)
        return found + look()

    def tunnelled(self):
        """Session number and frame of each that came to the radio."""
        messages = [tunnelled(each) for each in self.wires.n3.received()]
        ours = [each for each in messages if each.payload[6:8] == A[:2]]
        return [(each.teid - 0x100, each.payload) for each in ours]

    async def up(self, number, *frames, out=(), across=()):
        """Frames of a phone: `out` reach the data network, `across` (session, frame) phones."""
        for each in frames:
            self.wires.n3.send(outer(gpdu(each, number)))
        assert await self.until(self.wires.came, len(out)) == list(out)
        assert sorted(await self.until(self.tunnelled, len(across))) == sorted(across)

    async def down(self, *frames, out=()):
        """Frames of the data network; what reaches phones, as session and frame."""
        for each in frames:
            self.wires.far.send(each)
        assert sorted(await self.until(self.tunnelled, len(out))) == sorted(out)

    async def know(self):
        """A is behind phone 1, B behind phone 2, and the router in the data network."""
        hello = frame(ALL, A)
        await self.up(1, hello, out=[hello], across=[(2, hello)])
        hello = frame(ALL, B)
        await self.up(2, hello, out=[hello], across=[(1, hello)])
        hello = frame(ALL, ROUTER)
        await self.down(hello, out=[(1, hello), (2, hello)])

    def in_kernel(self, way):
        """Frames that the programs forwarded; as many as the others, where there are none."""
        tables = getattr(self.path, "_tables", None)
        return None if tables is None else tables.counts()[way]


def on(kind, body, **options):
    async def run():
        heard, wires = Heard(), Lan(kind)
        try:
            wires.build()
            wires.open(heard, **options)
            for number in (1, 2):
                wires.path.install(session(number))
            await asyncio.sleep(0.05)
            await body(Bench(wires, heard))
        finally:
            wires.close()
            await asyncio.sleep(0)

    run_real(run())


def test_stations_find_each_other_and_then_nobody_else_hears(kind):
    async def body(bench):
        await bench.know()
        there, back = frame(ROUTER, A), frame(A, ROUTER)
        await bench.up(1, there, there, out=[there, there])
        await bench.down(back, back, out=[(1, back), (1, back)])
        between = frame(B, A)
        await bench.up(1, between, across=[(2, between)])
        strange = frame(OTHER, A)
        await bench.up(1, strange, out=[strange], across=[(2, strange)])
        assert bench.in_kernel(Count.UPLINK) in (None, 2)
        assert bench.in_kernel(Count.DOWNLINK) in (None, 2)
        counters = bench.path.counters
        assert (counters.uplink, counters.downlink) == (6, 8)

    on(kind, body)


def test_packets_of_every_size_and_tags_stay_as_they_are(kind):
    async def body(bench):
        await bench.know()
        for size in (18, 19, 100, 1472):
            there, back = packet(ROUTER, A, size), packet(A, ROUTER, size)
            await bench.up(1, there, out=[there])
            await bench.down(back, out=[(1, back)])
        tagged, answer = frame(ROUTER, A, tag=TAG), frame(A, ROUTER, tag=TAG)
        await bench.up(1, tagged, out=[tagged])
        await bench.down(answer, out=[(1, answer)])
        double = frame(ROUTER, A, tag=bytes.fromhex("88a8 0007") + TAG)
        await bench.up(1, double, out=[double])
        assert bench.in_kernel(Count.UPLINK) in (None, 6)
        assert bench.in_kernel(Count.DOWNLINK) in (None, 5)

    on(kind, body)


def test_a_frame_with_a_sum_that_a_device_should_have_made_is_no_worse_for_it(kind):
    """Its checksum holds the sum of the addresses and the length alone: user space takes it as it is."""

    async def body(bench):
        await bench.know()
        whole = packet(A, ROUTER)
        start = 14 + 20
        pseudo = whole[26:34] + b"\0\x11" + whole[start + 4 : start + 6]
        half = (ip.checksum(pseudo) ^ 0xFFFF).to_bytes(2, "big")
        unfinished = whole[: start + 6] + half + whole[start + 8 :]
        await bench.down(unfinished, out=[(1, unfinished)])
        assert bench.in_kernel(Count.DOWNLINK) in (None, 0)

    on(kind, body)


def test_a_station_that_moves_is_found_where_it_is(kind):
    async def body(bench):
        await bench.know()
        back, there = frame(A, ROUTER), frame(ROUTER, A)
        await bench.down(back, out=[(1, back)])
        await bench.up(2, there, out=[there])
        await bench.down(back, out=[(2, back)])
        bench.path.remove(2)
        await bench.down(back, out=[(1, back)])

    on(kind, body)


def test_frames_for_an_idle_phone_wait_in_order(kind):
    async def body(bench):
        await bench.know()
        bench.path.install(session(1, action=rig.IDLE))
        kept = [frame(A, ROUTER, b"%d" % n * 46) for n in range(5)]
        await bench.down(*kept)
        assert bench.heard.taken() == [("data", 1, rig.DOWNLINK_PDR, 9)]
        bench.path.install(session(1, peer=OuterHeader(0x101, w.OTHER_RADIO)))
        newer = frame(A, ROUTER, b"newer" * 10)
        bench.wires.far.send(newer)

        def look():
            return [tunnelled(each, w.OTHER_RADIO).payload for each in bench.wires.n3.received()]

        assert await bench.until(look, 6) == [*kept, newer]
        await asyncio.sleep(0.1)
        for _ in range(3):
            bench.wires.far.send(newer)
        assert await bench.until(look, 3) == [newer] * 3
        assert bench.in_kernel(Count.DOWNLINK) in (None, 3, 4)

    on(kind, body)


def test_a_later_process_learns_anew(kind):
    """Sessions are installed over those that are there, and what was learnt is looked for again."""

    async def body(bench):
        await bench.know()
        bench.path.close()
        await asyncio.sleep(0.1)  # the TAP goes some milliseconds later
        bench.wires.open(bench.heard)
        bench.path = bench.wires.path
        for number in (1, 2):
            bench.path.install(session(number))
        getattr(bench.path, "sweep", int)()
        back = frame(A, ROUTER)
        await bench.down(back, out=[(1, back), (2, back)])
        await bench.know()
        await bench.down(back, out=[(1, back)])
        there = frame(ROUTER, A)
        await bench.up(1, there, out=[there])
        assert bench.in_kernel(Count.UPLINK) in (None, 1)

    on(kind, body)


def test_gates_and_flows_are_kept(kind):
    async def body(bench):
        await bench.know()
        there, back = frame(ROUTER, A), frame(A, ROUTER)
        bench.path.install(session(1, qers=(Qer(qer_id=1, qfi=9, gate_open=False),)))
        await bench.up(1, there)
        await bench.down(back)
        assert bench.path.counters.dropped_gate == 2
        bench.path.install(session(1, qfi=9))
        bench.wires.n3.send(outer(gpdu(there, 1, qfi=8)))
        await bench.up(1, there, out=[there])
        assert bench.path.counters.dropped_no_rule == 1
        bench.path.install(session(1, frames=(EthernetFilter(c_tag=Tag(vid=100)),)))
        tagged = frame(A, ROUTER, tag=TAG)
        await bench.down(back, tagged, out=[(1, tagged)])

    on(kind, body)


@pytest.mark.parametrize("way", ["up", "down"])
def test_a_rate_is_kept(kind, way):
    """More than a rate allows: some wait, and leave at that rate; what the queue cannot hold is lost."""

    async def body(bench):
        await bench.know()
        bench.path.install(session(1, qers=(Qer(qer_id=1, qfi=9, mbr=Ambr(8_000_000, 8_000_000)),)))
        there, back = frame(ROUTER, A, bytes(1000)), frame(A, ROUTER, bytes(1000))
        look, last, got = bench.wires.came if way == "up" else bench.tunnelled, 0, []
        for at in range(320):
            if way == "up":
                bench.wires.n3.send(outer(gpdu(there, 1)))
            else:
                bench.wires.far.send(back)
            if at % 20 == 19:
                await asyncio.sleep(0.01)
                got += look()
        while len(got) > last:
            last = len(got)
            got += await bench.until(look, 1)
        assert 60 <= len(got) < 320
        assert bench.path.counters.shaped > 0

    on(kind, body)
