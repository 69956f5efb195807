"""A whole network with an emulated phone whose packets go past the radios' process.

`pilot5g up` as people run it: iperf3 and ping in the phone's namespace, programs of gNB and UPF, the data
network. It is held against four hosts with the same links, whose kernels route. Offloads are equal:
no superframes are sent (programs at the far end see to that), whole checksums, merging where packets are
received, and a queue at both ends.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

from kernel import hosts
from kernel.hosts import Site
from kernel.table import Row

from pilot5g.net import namespace as ns
from pilot5g.net.offloads import set_offloads

PHONE, DN = "p5g-ue1", "p5g-dn"
DN_ADDRESS = "10.54.6.2"
CONFIG = """
radios: [{name: gnb-1, id: 1}]
phones: {count: 1, user_plane: ebpf}
user_plane: ebpf
data_networks: [{dnn: internet, mtu: 1500, session_ambr: {uplink: 100 Gbps, downlink: 100 Gbps}}]
"""
FIRST = ("chrt", "--rr", "1")
"""Both ends of a measurement go before others' work on the machine."""
Figures = tuple[float, float, float, float]
"""Ping's median and 99th of a hundred in us, TCP up and down in bit/s."""


@contextmanager
def network() -> Iterator[None]:
    """`pilot5g up` with one phone that is connected."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        (path / "pilot.yaml").write_text(CONFIG)
        screen = path / "screen"
        with screen.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "pilot5g", "up"],
                cwd=path,
                stdout=output,
                stderr=output,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "COLUMNS": "200"},
            )
        try:
            patience = time.monotonic() + 30
            while "Ctrl-C ends" not in screen.read_text():
                if process.poll() is not None or time.monotonic() > patience:
                    raise RuntimeError(screen.read_text())
                time.sleep(0.1)
            _run(DN, "tc", "qdisc", "add", "dev", "n6", "root", "pfifo", "limit", "10000")
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


@contextmanager
def wired() -> Iterator[Site]:
    """The same hosts without a tunnel."""
    site = Site(tunnelled=False)
    try:
        site.build()
        site.per_packet()
        for name, link in ((site.ue, "ue0"), (site.dn, "n6")):
            set_offloads(name, link, gro=True)
        site.warm()
        yield site
    finally:
        site.close()


def _run(namespace: str, *argv: str) -> str:
    process = ns.run_in(namespace, argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return process.communicate()[0].decode()


def measured(phone: str, dn: str, peer: str) -> Figures:
    """What a phone sees."""
    server = ns.run_in(dn, [*FIRST, "iperf3", "-s"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(0.3)
        output = _run(phone, "ping", "-n", "-c", "3000", "-i", "0.001", peer)
        trips = sorted(float(text) * 1000 for text in re.findall(r"time=([\d.]+) ms", output))
        client = (*FIRST, "timeout", "30", "iperf3", "-c", peer, "-t", "3", "-J")
        up, down = hosts.iperf(_run(phone, *client)), hosts.iperf(_run(phone, *client, "-R"))
        return trips[len(trips) // 2], trips[int(len(trips) * 0.99)], up, down
    finally:
        server.terminate()
        server.wait()


def _best(each: list[Figures]) -> Figures:
    median, tail, up, down = zip(*each, strict=True)
    return min(median), min(tail), max(up), max(down)


async def emulated() -> AsyncIterator[Row]:
    """The rows, of two rounds that take turns."""
    bare: list[Figures] = []
    ours: list[Figures] = []
    for _ in range(2):
        with wired() as site:
            bare.append(measured(site.ue, site.dn, hosts.DN))
        with network():
            ours.append(measured(PHONE, DN, DN_ADDRESS))
    there, here = _best(bare), _best(ours)
    for i, name in ((2, "uplink"), (3, "downlink")):
        yield Row(f"emulated phone, TCP {name}, wired packet by packet", there[i] / 1e9, "Gbit/s")
        yield Row(f"emulated phone, TCP {name}, through gNB and UPF", here[i] / 1e9, "Gbit/s")
        yield Row(f"emulated phone, TCP {name}, of wired", 100 * here[i] / there[i], "%", 95)
    yield Row("emulated phone, ping, added to the median", here[0] - there[0], "us", 5, most=True)
    yield Row("emulated phone, ping, added to the 99th of a hundred", here[1] - there[1], "us", 20, most=True)
