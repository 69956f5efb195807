"""What hosts see of the user plane: TCP by iperf3, ping, rates, buffered packets, sessions installed."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import re
import socket
import struct
import subprocess
import time
from collections.abc import AsyncIterator

from kernel import hosts, streams
from kernel.hosts import DN, Site
from kernel.table import Row

from pilot5g.app.bench.urgency import go_first
from pilot5g.app.core_side import COLLECT_AFTER
from pilot5g.datapath.ebpf import EbpfDatapath
from pilot5g.net import namespace as ns
from pilot5g.service.n4 import ApplyAction

GOODPUT = 1448 / 1500
"""Of a rate of IP packets that is TCP payload."""
TIMESTAMPS = 35
"""SO_TIMESTAMPNS."""
FIRST = ("chrt", "--rr", "1")
"""Both ends of a measurement go before others' work on the machine."""
MOST_UDP = 100
"""Mbit/s in sum that are also tried with UDP: it sends on where the machine can no more, and TCP does not."""
IDLE = ApplyAction.BUFF | ApplyAction.NOCP


async def tcp(site: Site, *options: str, port: int = 5201, phone: int = 0) -> float:
    """bit/s that one iperf3 received."""
    argv = [
        *FIRST,
        "timeout",
        "60",
        "iperf3",
        "-c",
        DN,
        "-p",
        str(port),
        "-B",
        hosts.address(phone),
        "-J",
        *options,
    ]
    return hosts.iperf(await site.running(site.ue, *argv))


async def pings(site: Site, count: int = 3000) -> tuple[float, float]:
    """Round trips in microseconds: median and 99th of a hundred."""
    output = await site.running(site.ue, "ping", "-n", "-c", str(count), "-i", "0.001", DN)
    trips = sorted(float(text) * 1000 for text in re.findall(r"time=([\d.]+) ms", output))
    return trips[len(trips) // 2], trips[int(len(trips) * 0.99)]


def serve(site: Site, ports: range) -> list[subprocess.Popen[bytes]]:
    """iperf3 servers in the data network."""
    return [
        ns.run_in(
            site.dn,
            [*FIRST, "iperf3", "-s", "-p", str(port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for port in ports
    ]


def stop(servers: list[subprocess.Popen[bytes]]) -> None:
    for server in servers:
        server.terminate()
        server.wait()


async def throughput() -> AsyncIterator[Row]:
    """One phone's TCP and pings, against the same hosts without a tunnel, packet by packet."""
    figures: dict[bool, list[float]] = {}
    for tunnelled in (False, True, False, True):
        site = Site(tunnelled=tunnelled)
        servers: list[subprocess.Popen[bytes]] = []
        try:
            site.build()
            if tunnelled:
                site.open().install(hosts.session(0))
            else:
                site.per_packet()
            site.warm()
            servers = serve(site, range(5201, 5202))
            await asyncio.sleep(0.3)
            found = [*await pings(site), await tcp(site, "-t", "4"), await tcp(site, "-t", "4", "-R")]
            before = figures.get(tunnelled, found)
            figures[tunnelled] = [
                *(min(pair) for pair in zip(found[:2], before[:2], strict=True)),
                *(max(pair) for pair in zip(found[2:], before[2:], strict=True)),
            ]
        finally:
            stop(servers)
            site.close()
    wired, ours = figures[False], figures[True]
    for i, name in ((2, "uplink"), (3, "downlink")):
        yield Row(f"TCP {name}, wired packet by packet", wired[i] / 1e9, "Gbit/s")
        yield Row(f"TCP {name}, through the UPF", ours[i] / 1e9, "Gbit/s")
        yield Row(f"TCP {name}, of wired", 100 * ours[i] / wired[i], "%", 95)
    yield Row("ping, added to the median", ours[0] - wired[0], "us", 5, most=True)
    yield Row("ping, added to the 99th of a hundred", ours[1] - wired[1], "us", 20, most=True)


async def shaping(rates: tuple[int, ...] = (1, 10, 100, 1000), phones: int = 1) -> AsyncIterator[Row]:
    """TCP, and UDP of a fifth more, of phones that all have a rate: what they get once it flows."""
    site = Site(phones)
    try:
        site.build()
        path = site.open()
        for phone in range(phones):
            path.install(hosts.session(phone))
        site.warm()
        for rate in rates:
            for protocol in ("TCP", "UDP") if rate * phones <= MOST_UDP else ("TCP",):
                for way in ("uplink", "downlink"):
                    found = await _shaped(site, path, rate, protocol, way)
                    worst = max(abs(value - 100) for value in found)
                    name = f"{phones} x {rate} Mbit/s {protocol} {way}"
                    yield Row(f"{name}, off by", abs(sum(found) / phones - 100), "%", 2, most=True)
                    if phones > 1:
                        yield Row(f"{name}, the one furthest off", worst, "%")
    finally:
        site.close()


async def _shaped(site: Site, path: EbpfDatapath, rate: int, protocol: str, way: str) -> list[float]:
    """Per cent of its rate that each phone has: new sessions, some seconds to settle, a window."""
    bits, udp = rate * 1_000_000, protocol == "UDP"
    for phone in range(site.phones):
        path.remove(phone + 1)
        path.install(hosts.session(phone, rate=bits))
    ends = [(hosts.address(phone), DN, 6000 + phone) for phone in range(site.phones)]
    source, sink = site.ue, site.dn
    if way == "downlink":
        ends = [(to, sender, port) for sender, to, port in ends]
        source, sink = sink, source
    warm, window = (4, 8) if rate < 10 else (2, 4)
    found = await streams.measure(
        source, sink, ends, warm=warm, window=window, offered=1.2 * bits if udp else 0
    )
    return [100 * value / (bits if udp else bits * GOODPUT) for value in found]


async def buffering(packets: int = 10_000) -> AsyncIterator[Row]:
    """An idle phone: packets are held, and released in order while more come."""
    site = Site()
    try:
        site.build()
        path = site.open(buffer_packets=2 * packets)
        path.install(hosts.session(0))
        site.warm()
        path.install(hosts.session(0, action=IDLE))
        receiver = ns.inside(site.ue, lambda: _udp((hosts.address(0), 7000)))
        sender = ns.inside(site.dn, lambda: _udp((DN, 7000)))
        sent = await _send(sender, 0, packets)
        released = time.time_ns()
        path.install(hosts.session(0))
        first = _first(receiver) - released
        sent = await _send(sender, sent, packets // 10)
        numbers = [0, *await asyncio.to_thread(_rest, receiver, sent - 1)]
        late = sum(1 for a, b in itertools.pairwise(numbers) if b < a)
        yield Row(
            f"{packets:,} packets held for an idle phone, lost",
            sent - len(set(numbers)),
            "packets",
            0,
            most=True,
        )
        yield Row("of them out of order", late, "packets", 0, most=True)
        yield Row("first one after the release", first / 1e6, "ms", 5, most=True)
        receiver.close()
        sender.close()
    finally:
        site.close()


def _udp(local: tuple[str, int]) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, 33, 256 << 20)  # SO_RCVBUFFORCE
    sock.setsockopt(socket.SOL_SOCKET, TIMESTAMPS, 1)
    sock.bind(local)
    sock.settimeout(2.0)
    return sock


async def _send(sock: socket.socket, first: int, count: int) -> int:
    for number in range(first, first + count):
        sock.sendto(struct.pack("!I", number) + bytes(200), (hosts.address(0), 7000))
        if number % 100 == 99:
            await asyncio.sleep(0.005)
    return first + count


def _first(sock: socket.socket) -> int:
    """When the first packet was there, by the kernel's own clock (ns of the day)."""
    data, extra, _, _ = sock.recvmsg(2048, 64)
    assert struct.unpack_from("!I", data)[0] == 0
    seconds, nanoseconds = struct.unpack("=qq", extra[0][2])
    return int(seconds * 1_000_000_000 + nanoseconds)


def _rest(sock: socket.socket, count: int) -> list[int]:
    found: list[int] = []
    try:
        while len(found) < count:
            found.append(struct.unpack_from("!I", sock.recv(2048))[0])
    except TimeoutError:
        pass
    return found


async def installing(sessions: int = 20_000, rounds: int = 5) -> AsyncIterator[Row]:
    """Sessions into the data path: N4 values one by one, and records that are made already. The best of some
    rounds, in real time: what else the machine does only ever makes it slower."""
    from pilot5g.datapath.ebpf.plan import plan

    site = Site()
    try:
        site.build()
        path = site.open()
        tables = path._tables
        given = [hosts.session(i, rate=1_000_000_000) for i in range(sessions)]
        records = [plan(each, mtu=1500).record for each in given]
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)  # as in the core
        alone, at_once = [], []
        go_first()
        for _ in range(rounds):
            began = time.perf_counter()
            for each in given:
                path.install(each)
            alone.append(time.perf_counter() - began)
            for each in given:
                path.remove(each.seid)
            slots = []
            began = time.perf_counter()
            for record in records:
                slots.append(slot := tables.take(record.teid))
                tables.write(slot, record)
            at_once.append(time.perf_counter() - began)
            for slot, record in zip(slots, records, strict=True):
                tables.clear(slot, record)
        yield Row("sessions installed one by one", sessions / min(alone), "1/s", 50_000)
        yield Row("records written at once", sessions / min(at_once), "1/s", 200_000)
    finally:
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        site.close()
