"""What the programs cost a packet, and what they forward (BPF_PROG_TEST_RUN, repeated and live)."""

from __future__ import annotations

import os
import socket
import struct
import time
from collections.abc import Iterator
from ipaddress import ip_network

from kernel import hosts
from kernel.hosts import DN, RADIO, UPF
from kernel.table import Row

from pilot5g.datapath.ebpf import bpf, lanes
from pilot5g.datapath.ebpf.records import DOWN, UP, Flag, Record, burst, cost
from pilot5g.datapath.ebpf.tables import Tables
from pilot5g.net import namespace as ns
from pilot5g.wire import gtpu, ip

POOL = ip_network("10.128.0.0/14")
BASE = 0x0A800001
MANY, RANDOM = 100_000, 65_535
"""Sessions installed, and the mask of those that are hit at random."""
SIZE = 128
ETHERNET = bytes(12) + b"\x08\x00"
RATE = 100_000_000_000
REPEAT, ROUNDS = 1_000_000, 7
LIVE, BATCH = 1_000_000, 64
REDIRECT = 4


def teid(i: int) -> int:
    """As TEID_OF in bench.bpf.c."""
    return (i * 2654435761 + 1) & 0xFFFFFFFF


def user(source: str, destination: str) -> bytes:
    """A user packet."""
    return ip.build(ip.pack(source), ip.pack(destination), ip.UDP, bytes(SIZE - 20))


UPLINK = ETHERNET + ip.build_udp(
    ip.Datagram(
        ip.pack(RADIO),
        2152,
        ip.pack(UPF),
        2152,
        gtpu.Encapsulation(teid(0), gtpu.UlPduSessionInformation(9))(user("10.128.0.1", DN)),
    )
)
DOWNLINK = ETHERNET + user(DN, "10.128.0.1")
FORWARDED = ETHERNET + user("10.128.0.1", DN)


class Bed:
    """The programs loaded with their tables filled, in the UPF's namespace."""

    def __init__(self, sessions: int, *, out: int = 0, processors: tuple[int, ...] = ()) -> None:
        mask = RANDOM if sessions > 1 else 0
        constants = {
            ".rodata.bench": struct.pack("=II", mask, out),
            ".rodata.lanes": lanes.constants(processors),
        }
        path = hosts.built("bench.bpf.c")
        self.tables = Tables(path, local=[ip.pack(UPF)], pools=[POOL], constants=constants)
        lanes.open_lanes(self.tables, processors)
        self.sessions = sessions
        self.devices = {name: socket.if_nametoindex(name) for name in ("n3", "n6")}

    def fill(self, rate: int) -> None:
        """Every session with this rate."""
        flags = Flag.LIVE | Flag.FAST_UP | Flag.FAST_DOWN | Flag.HAS_IPV4
        for i in range(self.sessions):
            record = Record(
                teid=teid(i),
                flags=flags,
                ipv4=(BASE + i).to_bytes(4, "big"),
                peer_teid=i + 1,
                peer=ip.pack(RADIO),
                qfi_up=9,
                qfi_down=9,
                mtu=1500,
                cost=(cost(rate), cost(rate)),
                burst=(burst(0.3), burst(0.3)),
            )
            self.tables.write(teid(i) & self.tables.mask, record)

    def nanoseconds(self, program: str, frame: bytes, device: str) -> float:
        """The least of several rounds."""
        descriptor = self.tables.object.programs[program]
        index = self.devices[device]
        assert bpf.try_out(descriptor, frame, device=index).verdict == REDIRECT, program
        return float(
            min(bpf.try_out(descriptor, frame, repeat=REPEAT, device=index).cost for _ in range(ROUNDS))
        )


def programs(site: hosts.Site) -> Iterator[Row]:
    """The cost of the programs, of one session and of many."""
    yield from ns.inside(site.upf, lambda: list(_programs()))


def _programs() -> Iterator[Row]:
    bed = Bed(1, out=socket.if_nametoindex("n6"))
    try:
        bed.fill(0)
        route = bed.nanoseconds("bench_route", FORWARDED, "n3")
        yield Row("FIB lookup + redirect", route, "ns")
        for rate, bar in ((0, 1.6), (RATE, 2.2)):
            bed.fill(rate)
            for way in (UP, DOWN):
                yield from _ratio(bed, way, route, bar, " with rate" if rate else "")
    finally:
        bed.tables.close()
    bed = Bed(MANY)
    try:
        bed.fill(RATE)
        for way in (UP, DOWN):
            name = f"{NAMES[way]}, {MANY:,} sessions at random, with rate"
            yield Row(name, _net(bed, way), "ns", 450, most=True)
    finally:
        bed.tables.close()


NAMES = ("uplink", "downlink")


def _net(bed: Bed, way: int) -> float:
    """Of the program without what it takes to measure it."""
    name, frame, device = ("up", UPLINK, "n3") if way == UP else ("down", DOWNLINK, "n6")
    whole = bed.nanoseconds(f"bench_{name}", frame, device)
    return whole - bed.nanoseconds(f"bench_nothing_{name}", frame, device)


def _ratio(bed: Bed, way: int, route: float, bar: float, what: str) -> Iterator[Row]:
    value = _net(bed, way)
    yield Row(f"{NAMES[way]}{what}, one session", value, "ns")
    yield Row(f"{NAMES[way]}{what}, of FIB lookup + redirect", round(value / route, 2), "x", bar, most=True)


def forwarding(site: hosts.Site) -> Iterator[Row]:
    """Live frames over veth to programs that count them."""
    yield from ns.inside(site.upf, lambda: list(_forwarding(site)))


def _forwarding(site: hosts.Site) -> Iterator[Row]:
    counter = Bed(1)
    links = []
    for name, link in ((site.gnb, "n3"), (site.dn, "n6")):
        links.append(ns.inside(name, lambda link=link: _attach(counter, "count_and_drop", link)))
    links += [_attach(counter, "xdp_pass", link) for link in ("n3", "n6")]
    bed = Bed(1, out=socket.if_nametoindex("n6"))
    many = Bed(MANY)
    try:
        bed.fill(0)
        bare = _live(counter, bed, "bench_redirect", DOWNLINK, "n3")
        yield Row("bare redirect, 128 octets", bare[0], "Mpps")
        for way in (UP, DOWN):
            rate, loss = _live_way(counter, bed, way)
            yield Row(f"{NAMES[way]}, 128 octets, of bare redirect", 100 * rate / bare[0], "%", 50)
            yield Row(f"{NAMES[way]}, 128 octets", rate, "Mpps")
            yield Row(f"{NAMES[way]}, lost", 100 * loss, "%", 0, most=True)
        many.fill(0)
        for way in (UP, DOWN):
            rate, _ = _live_way(counter, many, way)
            yield Row(f"{NAMES[way]}, {MANY:,} sessions at random", rate, "Mpps", 2)
    finally:
        for descriptor in links:
            os.close(descriptor)
        for each in (counter, bed, many):
            each.tables.close()


def spreading(site: hosts.Site) -> Iterator[Row]:
    """Uplink of one radio, on one processor and over all: what arrives when more comes than can go."""
    yield from ns.inside(site.upf, lambda: list(_spreading(site)))


def _spreading(site: hosts.Site) -> Iterator[Row]:
    counter = Bed(1)
    links = [ns.inside(site.dn, lambda: _attach(counter, "count_and_drop", "n6"))]
    links.append(_attach(counter, "xdp_pass", "n6"))
    rates = []
    try:
        for number in (1, len(lanes.online())):
            bed = Bed(MANY, processors=tuple(lanes.online()[:number]))
            bed.fill(0)
            program = "live_up" if number == 1 else "live_spread"
            rates.append(_live(counter, bed, program, UPLINK, "n3")[0])
            bed.tables.close()
            yield Row(f"uplink of one radio, processors: {number}", rates[-1], "Mpps")
        yield Row("uplink of one radio, all processors to one", round(rates[1] / rates[0], 2), "x")
    finally:
        for descriptor in links:
            os.close(descriptor)
        counter.tables.close()


def _attach(bed: Bed, program: str, link: str) -> int:
    index = socket.if_nametoindex(link)
    return bpf.attach(bed.tables.object.programs[program], index, bpf.XDP, bpf.XDP_NATIVE)


def _live_way(counter: Bed, bed: Bed, way: int) -> tuple[float, float]:
    if way == UP:
        return _live(counter, bed, "live_up", UPLINK, "n3")
    return _live(counter, bed, "live_down", DOWNLINK, "n6")


def _live(counter: Bed, bed: Bed, program: str, frame: bytes, device: str) -> tuple[float, float]:
    """Million packets a second that arrived, the best of some rounds, and the share that did not."""
    arrived = counter.tables.object.maps["arrived"]

    def count() -> int:
        raw = arrived.lookup(bytes(4), os.cpu_count() or 1)
        return sum(struct.unpack(f"={len(raw) // 8}Q", raw))

    found = []
    for _ in range(5):
        before, began = count(), time.perf_counter()
        descriptor = bed.tables.object.programs[program]
        bpf.try_out(descriptor, frame, repeat=LIVE, device=bed.devices[device], live=True, batch=BATCH)
        took = time.perf_counter() - began
        time.sleep(0.05)
        came = count() - before
        found.append((came / took / 1e6, max(0.0, 1 - came / LIVE)))
    return max(rate for rate, _ in found), max(loss for _, loss in found)
