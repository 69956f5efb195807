"""Rates in the kernel: what waits, what has no room, and that numbers fit at both ends of the range."""

import errno
import os
import re
import socket
import subprocess

import pytest

from datapath import test_both as both
from datapath import wires as w
from datapath.ebpf.test_kernel import kernel
from pilot5g.datapath.ebpf import htb, records
from pilot5g.datapath.ebpf.htb import Htb
from pilot5g.datapath.ebpf.plan import LEAST_BURST, plan
from pilot5g.model import Ambr
from pilot5g.net import namespace as ns
from pilot5g.service.n4 import Qer

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(w.reason_against()), reason=w.reason_against()),
]

PROGRAMS = w.ROOT / "src" / "pilot5g" / "datapath" / "ebpf" / "programs"
RANGE = (64_000, 1_000_000, 300_000_000, 1_000_000_000, 5_000_000_000, 100_000_000_000)


def limited(rate):
    return Qer(qer_id=1, qfi=9, mbr=Ambr(rate, rate))


def defined(name):
    """A number of the programs."""
    found = re.search(rf"#define {name} (\d+)", (PROGRAMS / "judge.h").read_text())
    return int(found[1])


def test_programs_and_queues_agree_on_what_a_queue_holds():
    assert defined("QUEUE_NS") == htb.QUEUE * 1e9
    assert defined("QUEUE_OCTETS") == htb.LEAST_QUEUE == LEAST_BURST


@pytest.mark.parametrize("rate", RANGE)
def test_a_rate_fits_its_words_and_is_what_it_says(rate):
    made = plan(both.session(qers=(limited(rate),)), mtu=1500).record
    assert len(made.packed(1, made.flags)) == records.CONFIG_SIZE
    cost = made.cost[records.DOWN]
    assert 8e9 * records.RATE_UNIT / cost == pytest.approx(rate, rel=0.01 if rate > 10**10 else 0.0005)
    assert 9000 * cost < 2**63  # as the programs multiply
    seconds = max(0.3, LEAST_BURST * 8 / rate)
    assert made.burst[records.DOWN] * 1024 / 1e9 == pytest.approx(seconds, rel=0.001)


@pytest.fixture
def link():
    """A namespace with a veth that leads nowhere; its name and the index of the veth."""
    name = f"q5g{os.getpid()}"
    ns.create(name)
    try:
        far = f"{name}-far"
        ns.create(far)
        ns.connect(name, "n6", far, "n6")
        ns.configure(name, "n6")
        ns.configure(far, "n6")
        yield name, ns.inside(name, lambda: socket.if_nametoindex("n6"))
    finally:
        ns.remove(name)
        ns.remove(f"{name}-far")


def shown(name):
    """What tc has to say of the classes."""
    argv = ["tc", "-s", "class", "show", "dev", "n6"]
    return ns.run_in(name, argv, stdout=subprocess.PIPE).communicate()[0].decode()


@pytest.mark.parametrize("rate", RANGE)
def test_the_kernel_takes_a_class_for_what_it_is(link, rate):
    name, device = link
    queues = ns.inside(name, lambda: Htb(device, 14))
    try:
        queues.set_class(0x42, rate)
        number, unit = re.search(r"class htb 1:42 .* rate (\d+)([KMG]?)bit", shown(name)).groups()
        scale = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}[unit]
        assert int(number) * scale == pytest.approx(rate, rel=0.001)
        queues.remove_class(0x42)
        assert "1:42" not in shown(name)
    finally:
        queues.close()


def sent(sock, frame):
    """Whether the qdisc took it."""
    try:
        return bool(sock.send(frame))
    except OSError as error:
        if error.errno != errno.ENOBUFS:
            raise
        return False


def test_what_finds_a_queue_full_is_counted(link):
    name, device = link
    queues = ns.inside(name, lambda: Htb(device, 14))

    def packets():
        return socket.socket(socket.AF_PACKET, socket.SOCK_RAW)

    try:
        assert queues.dropped == 0
        queues.set_class(1, 64_000)
        with ns.inside(name, packets) as sock:
            sock.bind(("n6", 0))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_PRIORITY, htb.HANDLE | 1)
            refused = sum(not sent(sock, bytes(12) + w.IPV4 + bytes(1000)) for _ in range(200))
        room = htb.SPARE * htb.LEAST_QUEUE // 1000
        assert queues.dropped == refused > 200 - room - 20
    finally:
        queues.close()


def test_a_device_that_is_gone_has_dropped_nothing(link):
    name, device = link
    queues = ns.inside(name, lambda: Htb(device, 14))
    try:
        ns.run_in(name, ["ip", "link", "delete", "n6"]).wait()
        assert queues.dropped == 0
    finally:
        queues.close()


@pytest.mark.parametrize("way", ["up", "down"])
def test_every_packet_of_a_flood_arrives_or_is_counted_as_dropped(way):
    """What has no room in the queue is dropped by the programs, and is no part of what was forwarded."""

    async def body(bench):
        bench.path.install(both.session(qers=(limited(2_000_000),)))
        sent, got, wires = 0, [], bench.wires
        packet = both.udp(both.DN4, both.UE4, bytes(1000))
        source, sink = wires.n6, wires.n3
        if way == "up":
            packet = both.outer(both.gpdu(both.udp(both.UE4, both.DN4, bytes(1000))))
            source, sink = sink, source

        def flooded():
            nonlocal sent
            for _ in range(20):
                source.send(packet)
            sent += 20
            got.extend(sink.received())
            return kernel(bench.path).get("SHAPED", 0) >= 20 and bench.counted().get("dropped_rate", 0) > 100

        await bench.until(flooded)
        name = {"up": "uplink", "down": "downlink"}[way]

        def settled():
            got.extend(sink.received())
            counted = bench.counted()
            forwarded = counted[name]
            return forwarded + counted["dropped_rate"] == sent and len(got) == forwarded

        await bench.until(settled)
        assert "RATE" in kernel(bench.path)

    both.on("ebpf", body)


def test_without_a_process_the_bucket_is_the_guard():
    """Nobody answers the programs: a burst of the bucket's size passes, and the rate after that."""

    async def body(bench):
        bench.path.install(both.session(qers=(limited(64_000),)))
        bench.path._queues.answer = lambda: bench.path._queues._ring.read()
        loop_reader = bench.path._queues.descriptor
        both.asyncio.get_running_loop().remove_reader(loop_reader)
        began = both.now()
        packet = both.udp(both.DN4, both.UE4, bytes(1000))
        await bench.until(lambda: flood(bench, packet, 10) and kernel(bench.path).get("RATE", 0) > 100)
        octets, seconds = kernel(bench.path)["DOWNLINK_OCTETS"], both.now() - began
        assert "SHAPED" not in kernel(bench.path)
        assert octets <= LEAST_BURST + len(packet) + 64_000 / 8 * (seconds + 0.1)

    both.on("ebpf", body)


def flood(bench, packet, count):
    for _ in range(count):
        bench.wires.n6.send(packet)
    return True
