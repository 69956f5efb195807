"""What the userspace user plane carries on one core: `python benchmarks/userspace.py`.

    --quick          a second a row in place of two
    --json PATH      also as [{"name", "value", "unit", "bar", "ok"}]

First the loops alone, between ports that only keep what they get. Then the whole of it in namespaces of its
own: a radio, the UPF and a data network over veth, its UDP socket and its TUN, packets of 64 and 1400 octets
both ways, of one phone and of 200; and iperf3 over TCP through a phone's TUN, an emulated radio in a process
of its own, and the UPF. The UPF has one processor to itself, everything else has the other, and the figures
are of the UPF's own time, so a generator that is too slow does not change them: what a core of it would carry
is what it carried by the share of the core that it took. The time includes what the kernel does in its name,
to the receivers' sockets. Every row is also taken in the plain form, packet by packet, in the same run.

Needs root, or an unprivileged user namespace, for the second part, and iperf3 for TCP.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from pilot5g.app.core_side import COLLECT_AFTER
from pilot5g.datapath.userspace import UserspaceDatapath
from pilot5g.model import Ambr
from pilot5g.net import namespace as ns
from pilot5g.net import topology
from pilot5g.net.tun import open_phone_interface, open_tun
from pilot5g.net.udp import open_udp
from pilot5g.service.n4 import (
    ApplyAction,
    Far,
    FTeid,
    OuterHeader,
    Pdr,
    Qer,
    Session,
    SourceInterface,
    UeAddress,
    Urr,
)
from pilot5g.wire import gtpu, ip

SESSIONS = 200
UPF, GNB = ("10.53.1.1", 2152), ("10.53.1.11", 2152)
DN = "10.53.6.2"
REMOTE = ip.pack(DN)
BAR = 2.0
"""Gbit/s of 1400-octet packets on a core."""
SMALL, LARGE = 64, 1400
SEGMENT = 103
PROCESSORS = sorted(os.sched_getaffinity(0))
FILTERS = tuple(f"permit out 17 from 203.0.113.0/24 {port} to assigned" for port in range(5000, 5005))


class Rows:
    """What was measured, printed as it comes and kept for the file."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []

    def add(self, name: str, value: float, unit: str, bar: float | None = None, more: str = "") -> None:
        """A figure; `bar` is the least it should be."""
        ok = bar is None or value >= bar
        self.kept.append({"name": name, "value": round(value, 3), "unit": unit, "bar": bar, "ok": ok})
        wanted = "" if bar is None else f"  (bar {bar:g}: {'ok' if ok else 'MISSED'})"
        print(f"{name:52} {value:9.2f} {unit:8}{more}{wanted}", flush=True)


def rules(number: int, *, limits: bool = False, filters: bool = False) -> Session:
    """A session as the SMF sets it up: one flow, or five filters before it; AMBR where asked, and a URR."""
    address = UeAddress(phone(number))
    flows = [(1, 255, ())] + ([(n + 2, n, (FILTERS[n],)) for n in range(5)] if filters else [])
    pdrs = []
    for n, precedence, wanted in flows:
        common: dict[str, Any] = {
            "precedence": precedence,
            "qer_ids": (1,),
            "urr_ids": (1,),
            "ue_address": address,
            "sdf_filters": wanted,
        }
        fteid = FTeid(1000 + number, UPF[0])
        pdrs.append(Pdr(pdr_id=n, source=SourceInterface.ACCESS, far_id=1, local_fteid=fteid, **common))
        pdrs.append(Pdr(pdr_id=n + 10, source=SourceInterface.CORE, far_id=2, **common))
    outer = OuterHeader(number + 1, *GNB)
    return Session(
        seid=number,
        dnn="internet",
        pdrs=tuple(pdrs),
        fars=(
            Far(far_id=1, action=ApplyAction.FORW, destination=SourceInterface.CORE),
            Far(far_id=2, action=ApplyAction.FORW, destination=SourceInterface.ACCESS, outer_header=outer),
        ),
        qers=(Qer(qer_id=1, qfi=9, mbr=Ambr(10**12, 10**12) if limits else None),),
        urrs=(Urr(urr_id=1),),
    )


def phone(number: int) -> str:
    """A phone's address."""
    return f"10.45.{number // 250}.{number % 250 + 2}"


def uplink(number: int, size: int) -> bytes:
    """A packet of `size` octets in a phone's tunnel."""
    wrap = gtpu.Encapsulation(1000 + number, gtpu.UlPduSessionInformation(9))
    return wrap(ip.build_udp(ip.Datagram(ip.pack(phone(number)), 1, REMOTE, 9, bytes(size - 28))))


class Sink:
    """A port that takes everything and gives what it is told to."""

    def __init__(self) -> None:
        self.local = UPF
        self.name = "sink"
        self.receive: Callable[[list[Any]], None] = print

    def on_datagrams(self, receive: Callable[[list[Any]], None]) -> None:
        self.receive = receive

    on_packets = on_datagrams

    def send(self, *_: Any) -> None: ...
    def send_many(self, _: Iterable[Any], marking: int = 0) -> None: ...
    def close(self) -> None: ...


def loops_alone(rows: Rows) -> None:
    """Microseconds a packet in the loops."""
    up = [uplink(number, 128) for number in range(64)]
    down = [ip.build_udp(ip.Datagram(REMOTE, 2, ip.pack(phone(n)), 1, bytes(100))) for n in range(64)]
    for name, options in (
        ("one rule", {}),
        ("AMBR", {"limits": True}),
        ("five filters first", {"filters": True}),
    ):
        n3, n6 = Sink(), Sink()
        path = UserspaceDatapath(n3, {"internet": n6}, time.monotonic)
        for number in range(SESSIONS):
            path.install(rules(number, **options))
        for direction, port, batch in (("up", n3, [(data, GNB) for data in up]), ("down", n6, down)):
            best = min(_timed(port.receive, batch) for _ in range(5))
            rows.add(f"loop alone, {name}, {direction}", best * 1e6, "µs")


def _timed(call: Callable[[list[Any]], None], batch: list[Any], rounds: int = 300) -> float:
    start = time.perf_counter()
    for _ in range(rounds):
        call(batch)
    return (time.perf_counter() - start) / rounds / len(batch)


# Floods -----------------------------------------------------------------------------------------------------


def flood_up(size: int, phones: int, seconds: float) -> None:
    """A radio that sends as fast as it can: runs of 40 datagrams, as a radio's own batches are."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((GNB[0], 40_000))
        sock.connect(UPF)
        datagrams = [uplink(n % phones, size) for n in range(40 * 5)]
        runs = [b"".join(datagrams[n : n + 40]) for n in range(0, len(datagrams), 40)]
        sock.setsockopt(socket.SOL_UDP, SEGMENT, len(datagrams[0]))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for run in runs:
                sock.send(run)


def flood_down(size: int, phones: int, seconds: float) -> None:
    """A server that does so: to one phone in runs, to many one by one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        data = bytes(size - 28)
        if phones == 1:
            sock.setsockopt(socket.SOL_UDP, SEGMENT, len(data))
        targets = [(phone(number), 9) for number in range(phones)]
        run = data * 40 if phones == 1 else data
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for target in targets:
                sock.sendto(run, target)


def on_processor(number: int) -> None:
    """Where there are several."""
    os.sched_setaffinity(0, {PROCESSORS[number % len(PROCESSORS)]})


@contextmanager
def beside(namespace: str, call: Callable[..., None], *arguments: Any) -> Iterator[BaseProcess]:
    """A process on the other processor, in a namespace."""

    def run() -> None:
        on_processor(1)
        call(*arguments)

    process = get_context("fork").Process(target=run)
    ns.inside(namespace, process.start)
    try:
        yield process
    finally:
        process.join()


class Upf:
    """The UPF under test, on sockets, in this process."""

    def __init__(self, plan: topology.TopologyPlan, phones: int, *, plain: bool) -> None:
        self.n3 = open_udp(UPF, namespace=plan.core_name, segmented=not plain)
        form = {"superframes": False} if plain else {}
        self.n6 = open_tun("dn0", ["10.45.255.1/16"], namespace=plan.core_name, mtu=1500, **form)
        self.path = UserspaceDatapath(self.n3, {"internet": self.n6}, asyncio.get_running_loop().time)
        for number in range(phones):
            self.path.install(rules(number, limits=True))
        self.start()

    def start(self) -> None:
        """Begin to measure."""
        counters = self.path.counters
        self._packets = counters.uplink + counters.downlink
        self._octets = counters.uplink_octets + counters.downlink_octets
        self._used, self._started = time.process_time(), time.perf_counter()

    def measured(self) -> tuple[float, float, float]:
        """Packets and octets per second of its own time, and the share of a core that it took."""
        used, elapsed = time.process_time() - self._used, time.perf_counter() - self._started
        counters = self.path.counters
        packets = counters.uplink + counters.downlink - self._packets
        octets = counters.uplink_octets + counters.downlink_octets - self._octets
        return packets / used, octets / used, used / elapsed

    def close(self) -> None:
        """Give everything back."""
        self.path.close()


async def flood(
    plan: topology.TopologyPlan, direction: str, size: int, phones: int, plain: bool, seconds: float
) -> tuple[float, float, float]:
    """One row of UDP."""
    upf = Upf(plan, phones, plain=plain)
    place, address = (plan.dn_name, (DN, 9)) if direction == "up" else (plan.ran_name, GNB)
    sink = ns.inside(place, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    sink.bind(address)  # full soon, and then the cheapest receiver there is
    source, generator = (plan.ran_name, flood_up) if direction == "up" else (plan.dn_name, flood_down)
    try:
        with beside(source, generator, size, phones, seconds + 0.3):
            await asyncio.sleep(0.2)
            upf.start()
            await asyncio.sleep(seconds)
            return upf.measured()
    finally:
        upf.close()
        sink.close()


def floods(rows: Rows, plan: topology.TopologyPlan, seconds: float) -> None:
    """All rows of UDP."""
    for size in (SMALL, LARGE):
        for direction in ("up", "down"):
            for phones in (1, SESSIONS):
                forms = []
                for plain in (False, True):
                    forms.append(asyncio.run(flood(plan, direction, size, phones, plain, seconds)))
                (packets, octets, busy), (before, *_) = forms
                name = f"UDP {size} octets, {phones} phone{'s' * (phones > 1)}, {direction}"
                more = f" {octets * 8 / 1e9:5.2f} Gbit/s a core, {busy * 100:3.0f} % of it used,"
                more += f" {packets / before:4.1f}x the plain form"
                rows.add(name, packets / 1e3, "kpps", None, more)
                if size == LARGE:
                    rows.add(f"{name}, throughput", octets * 8 / 1e9, "Gbit/s", BAR)


# TCP --------------------------------------------------------------------------------------------------------


def radio(plan: topology.TopologyPlan, plain: bool, seconds: float) -> None:
    """An emulated radio with one phone, in a process of its own."""

    async def run() -> None:
        form = {"superframes": False} if plain else {}
        n3 = open_udp(GNB, segmented=not plain)
        tun = open_phone_interface("tun0", namespace=plan.phone_names[0], **form)
        tun.set_ipv4(phone(0))
        wrap = gtpu.Encapsulation(1000, gtpu.UlPduSessionInformation(9))
        tun.on_packets(lambda packets: n3.send_many([(wrap(packet), UPF) for packet in packets]))
        n3.on_datagrams(
            lambda batch: tun.send_many([gtpu.decapsulate(d)[2] for d, _ in batch if d[1] == 255])
        )
        await asyncio.sleep(seconds)
        tun.close()
        n3.close()

    asyncio.run(run())


async def stream(
    plan: topology.TopologyPlan, direction: str, plain: bool, seconds: float
) -> tuple[float, tuple[float, float, float]]:
    """One row of TCP: Gbit/s of iperf3, and what the UPF measured."""
    upf = Upf(plan, 1, plain=plain)
    server = ns.run_in(plan.dn_name, ["iperf3", "-s", "-1"], stdout=subprocess.DEVNULL)
    os.sched_setaffinity(server.pid, {PROCESSORS[-1]})
    try:
        with beside(plan.ran_name, radio, plan, plain, seconds + 1.5):
            await asyncio.sleep(0.5)
            reverse = ["-R"] if direction == "down" else []
            client = await asyncio.create_subprocess_exec(
                *ns.argv_in(
                    plan.phone_names[0],
                    ["iperf3", "-c", DN, "-t", f"{seconds:g}", "-J", *reverse],
                ),
                stdout=subprocess.PIPE,
                preexec_fn=lambda: on_processor(1),
            )
            upf.start()
            output, _ = await client.communicate()
            measured = upf.measured()
        done = json.loads(output)
        return done["end"]["sum_received"]["bits_per_second"] / 1e9, measured
    finally:
        server.kill()
        server.wait()
        upf.close()


def streams(rows: Rows, plan: topology.TopologyPlan, seconds: float) -> None:
    """All rows of TCP."""
    for direction in ("up", "down"):
        (rate, (_, octets, busy)), (plain, *_) = (
            asyncio.run(stream(plan, direction, form, max(2, seconds))) for form in (False, True)
        )
        more = f" with {busy * 100:3.0f} % of a core, {rate / plain:4.1f}x the plain form end to end"
        rows.add(f"TCP through the emulated radio, {direction}", rate, "Gbit/s", None, more)
        rows.add(f"TCP, a core of the UPF, {direction}", octets * 8 / 1e9, "Gbit/s", BAR)


def main() -> None:
    """Print one line for each measurement."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows, seconds = Rows(), 1.0 if options.quick else 2.0
    loops_alone(rows)
    privilege = ns.privilege()
    if privilege.capability == "none":
        sys.exit(f"no namespaces here: {privilege.reason}")
    if privilege.capability == "userns":
        ns.enter_user_namespace()
    plan = topology.TopologyPlan(prefix=f"p5gbench{os.getpid()}", phones=1)
    topology.build(plan)
    on_processor(0)
    gc.freeze()  # as the core does
    gc.set_threshold(*COLLECT_AFTER)
    try:
        floods(rows, plan, seconds)
        if shutil.which("iperf3"):
            streams(rows, plan, seconds)
    finally:
        topology.take_down(plan)
    if options.json:
        options.json.write_text(json.dumps(rows.kept, indent=1) + "\n")


if __name__ == "__main__":
    main()
