"""What only the data path in the kernel has: its layout, adoption, queues; and that the kernel forwards."""

import asyncio
import os
import socket
import subprocess
import sys
import time

import pytest

from datapath import test_both as both
from datapath import wires as w
from datapath.userspace.rig import Heard
from pilot5g.datapath.ebpf import lanes, opening, pins
from pilot5g.datapath.ebpf.records import Count
from pilot5g.model import Ambr
from pilot5g.net import namespace as ns
from pilot5g.service.n4 import Qer

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(w.reason_against()), reason=w.reason_against()),
]


def kernel(path):
    """What the programs counted, by name; what is zero left out."""
    return {Count(i).name: n for i, n in enumerate(path._tables.counts()) if n and i in set(Count)}


@pytest.mark.parametrize("made", [both.session(), both.flows()], ids=["one flow", "several"])
def test_the_programs_forward_by_themselves(made):
    async def body(bench):
        bench.path.install(made)
        await bench.up(both.outer(both.gpdu(both.UP4)), both.outer(both.gpdu(both.UP6)))
        await bench.down(both.DOWN4, both.DOWN6)
        counted = kernel(bench.path)
        assert (counted["UPLINK"], counted["DOWNLINK"]) == (2, 2)
        assert "PASSED" not in counted

    both.on("ebpf", body)


def only(path, **counted):
    """The programs forwarded that many, and nothing went anywhere else."""
    names = {name for name in kernel(path) if not name.endswith("OCTETS")}
    assert {name: kernel(path)[name] for name in names} == counted


def test_networks_behind_phones_are_the_programs_own():
    async def body(bench):
        bench.path.install(both.framed(both.BEHIND4, both.BEHIND6))
        await bench.up(
            *[
                both.outer(both.gpdu(p))
                for p in (both.udp(both.HOST4, both.DN4), both.udp(both.HOST6, both.DN6))
            ]
        )
        await bench.down(both.udp(both.DN4, both.HOST4), both.udp(both.DN6, both.HOST6))
        await bench.up(both.outer(both.gpdu(both.udp(both.ip.pack("192.168.78.5"), both.DN4))), out=0)
        only(bench.path, UPLINK=2, DOWNLINK=2, SPOOFED=1)

    both.on("ebpf", body)


@pytest.mark.parametrize("headers", [1, 2, 16])
def test_a_chain_of_extension_headers_is_followed_by_the_programs(headers):
    async def body(bench):
        bench.path.install(both.session())
        chain = b"\1\0\1\x40" * (headers - 1) + b"\1\0\1\0"
        length = (4 + len(chain) + len(both.UP4)).to_bytes(2, "big")
        gpdu = b"\x34\xff" + length + both.TUNNEL + b"\0\0\0\x40" + chain + both.UP4
        assert await bench.up(both.outer(gpdu)) == [both.with_hops(both.UP4, 63)]
        only(bench.path, UPLINK=1)

    both.on("ebpf", body)


def test_from_phone_to_phone_is_the_programs_own():
    async def body(bench):
        bench.path.install(both.session())
        bench.path.install(both.other_phone())
        bench.path.install(
            both.session(
                seid=3, teid=0x99, ipv4=None, prefix="2001:db8:45:3::/64", peer=both.OuterHeader(3, w.RADIO)
            )
        )
        six = both.udp(both.UE6, both.ip.pack("2001:db8:45:3::1"))
        await both.across(bench, both.udp(both.UE4, both.OTHER4), six, out=2)
        only(bench.path, UPLINK=2, DOWNLINK=2)

    both.on("ebpf", body)


def test_phones_that_may_not_reach_each_other_are_kept_apart_by_the_programs():
    async def body(bench):
        bench.path.install(both.session())
        bench.path.install(both.other_phone())
        await both.across(bench, both.udp(both.UE4, both.OTHER4), out=0)
        only(bench.path, TO_PHONE=1)

    both.on("ebpf", body, ue_to_ue=False)


@pytest.mark.parametrize("way", ["up", "down"])
def test_from_phone_to_phone_goes_through_the_queue_of_the_slower_end(way):
    async def body(bench):
        slow = Qer(qer_id=1, qfi=9, mbr=Ambr(1_000_000, 1_000_000))
        other = both.other_phone()
        bench.path.install(both.session(qers=(slow,)) if way == "up" else both.session())
        bench.path.install(both.msgspec.structs.replace(other, qers=(slow,)) if way == "down" else other)
        packet = both.outer(both.gpdu(both.udp(both.UE4, both.OTHER4, bytes(1000))))

        def sending(true):
            for _ in range(10):
                bench.wires.n3.send(packet)
            return true()

        await bench.until(lambda: sending(lambda: kernel(bench.path).get("SHAPED", 0) >= 10))
        counted = kernel(bench.path)
        assert counted["UPLINK"] >= counted["DOWNLINK"] > 10
        assert "PASSED" not in counted

    both.on("ebpf", body)


def test_a_rate_that_sessions_share_is_one_bucket_and_one_queue_of_the_programs():
    async def body(bench):
        together = Qer(qer_id=77, mbr=both.SLOW, correlation=5)
        bench.path.install(both.pooled(both.session(), together))
        bench.path.install(both.pooled(both.other_phone(), together))
        packets = [both.udp(both.DN4, to, bytes(1200)) for to in (both.UE4, both.OTHER4)]

        def sending(true):
            for packet in packets:
                bench.wires.n6.send(packet)
            return true()

        await bench.until(lambda: sending(lambda: kernel(bench.path).get("SHAPED", 0) >= 10))
        assert "PASSED" not in kernel(bench.path)
        assert len(bench.path._queues._classes) == 1
        bench.path.remove(1)
        assert len(bench.path._queues._classes) == 1
        bench.path.remove(2)
        assert not bench.path._queues._classes

    both.on("ebpf", body)


def test_tunnels_over_ipv6_are_the_programs_own():
    async def body(bench):
        bench.path.install(both.session(peer=both.PEER6))
        await bench.up(both.over6(both.gpdu(both.UP4)), both.over6(both.gpdu(both.UP6)))
        await bench.down(both.DOWN4, both.DOWN6)
        whole = both.over6(both.gpdu(both.UP4))
        await bench.up(whole[:46] + b"\x12\x34" + whole[48:], out=0)
        only(bench.path, UPLINK=2, DOWNLINK=2, MALFORMED=1)

    both.on("ebpf", body, local=(w.UPF6,))


def test_a_queue_over_ipv6_has_whole_checksums_too():
    async def body(bench):
        slow = Qer(qer_id=1, qfi=9, mbr=Ambr(1_000_000, 1_000_000))
        bench.path.install(both.session(qers=(slow,), peer=both.PEER6))
        got = []

        def sending():
            for _ in range(10):
                bench.wires.n6.send(both.udp(both.DN4, both.UE4, both.octets(1001)))
            got.extend(both.tunnelled6(each) for each in bench.wires.n3.received())
            return kernel(bench.path).get("SHAPED", 0) >= 10 and len(got) > kernel(bench.path)["SHAPED"]

        await bench.until(sending)

    both.on("ebpf", body, local=(w.UPF6,))


def test_what_is_below_a_quota_is_forwarded_by_the_programs():
    async def body(bench):
        bench.path.install(both.session(urrs=(both.quota_of(10),)))
        await bench.up(*[both.outer(both.gpdu(both.UP4))] * 4)
        await bench.down(*[both.DOWN4] * 6)
        only(bench.path, UPLINK=4, DOWNLINK=6)
        await bench.down(both.DOWN4, out=0)
        await bench.until(lambda: both.told(bench))
        await bench.down(*[both.DOWN4] * 20, out=0)
        only(bench.path, UPLINK=4, DOWNLINK=6, PASSED=1, QUOTA=20)

    both.on("ebpf", body)


def test_a_time_quota_costs_the_programs_the_first_packet():
    async def body(bench):
        bench.path.install(both.session(urrs=(both.Urr(urr_id=7, time_quota=60),)))
        await bench.down(both.DOWN4)
        await bench.down(*[both.DOWN4] * 6)
        only(bench.path, DOWNLINK=6, PASSED=1)

    both.on("ebpf", body)


@pytest.mark.skipif(len(lanes.online()) < 2, reason="needs two processors")
def test_uplink_over_several_processors_is_in_order_for_each_phone():
    async def body(bench):
        phones = range(2, 10)
        for phone in phones:
            bench.path.install(
                both.session(seid=phone, teid=phone << 8, ipv4=f"10.45.0.{phone}", prefix=None)
            )
        packets = []
        for i in range(20):
            for phone in phones:
                source = both.ip.pack(f"10.45.0.{phone}")
                packet = both.udp(source, both.DN4, bytes([phone, i]))
                packets.append(both.outer(both.gpdu(packet, teid=phone << 8)))
        six = both.over6(both.gpdu(both.udp(both.ip.pack("10.45.0.2"), both.DN4, b"\0\0"), teid=0x200))
        got = await bench.up(*packets, six)
        for phone in phones:
            assert [packet[-1] for packet in got if packet[-2] == phone] == list(range(20))
        only(bench.path, UPLINK=len(packets) + 1)
        await bench.up(both.outer(both.gpdu(both.UP4, teid=0x99)), out=0)
        assert bench.counted()["dropped_unknown_teid"] == 1
        counts = bench.path._tables.object.maps["counted"].lookup(bytes(4), lanes.online()[-1] + 1)
        used = [int.from_bytes(counts[at : at + 8], "little") for at in range(0, len(counts), 256)]
        assert sum(1 for uplink in used if uplink) > 1

    both.on("ebpf", body, processors=2, local=(w.UPF, w.UPF6))


@pytest.mark.parametrize("headers", [1, 8])
def test_extension_headers_are_followed_by_the_programs(headers):
    async def body(bench):
        bench.path.install(both.flows())
        packet = both.udp(both.DN6, both.UE6, ports=(7, 3010))
        await bench.down(both.with_headers(packet, *[both.OPTIONS] * headers))
        only(bench.path, DOWNLINK=1)

    both.on("ebpf", body)


@pytest.mark.parametrize(("network", "way"), [(w.RADIO, "down"), (w.DN, "up")])
def test_a_route_that_changes_is_followed(network, way):
    async def body(bench):
        bench.path.install(both.session())

        async def send(out):
            await asyncio.sleep(0.05)  # what was asked in this tick of the kernel's clock is known in it
            if way == "up":
                await bench.up(both.outer(both.gpdu(both.UP4)), out=out)
            else:
                await bench.down(both.DOWN4, out=out)

        def route(verb):
            argv = ["ip", "route", verb, "blackhole", f"{network}/32"]
            assert ns.run_in(bench.wires.upf, argv).wait() == 0

        await send(1)
        route("add")
        await send(0)
        assert kernel(bench.path)["PASSED_ROUTE"] == 1
        route("del")
        await send(1)

    both.on("ebpf", body)


def test_a_network_that_two_claim_is_decided_by_the_process():
    async def body(bench):
        bench.wires.route(both.BEHIND4)
        bench.path.install(both.framed(both.BEHIND4))
        bench.path.install(
            both.framed(both.BEHIND4, seid=2, teid=both.OTHER_TEID, ipv4="10.45.0.3", prefix=None)
        )
        await bench.down(both.udp(both.DN4, both.HOST4))
        assert "DOWNLINK" not in kernel(bench.path)
        bench.path.remove(1)
        await bench.down(both.udp(both.DN4, both.HOST4))
        only(bench.path, DOWNLINK=1)

    both.on("ebpf", body)


def test_tables_are_laid_out_as_the_programs_have_them():
    """Sizes and offsets of C and Python agree: what is written by one is read by the other."""
    source = w.ROOT / "build" / "ebpf-tests" / f"{os.getpid()}-layout.c"
    source.parent.mkdir(parents=True, exist_ok=True)
    fields = {
        "flags": 28,
        "cost": 32,
        "class": 48,
        "mtu": 52,
        "tos": 54,
        "rare": 55,
        "book": 56,
        "expected": 60,
        "due": 64,
    }
    fields |= {"packets": 80, "octets": 96, "passed": 112, "queued": 116}
    checks = "".join(
        f'_Static_assert(__builtin_offsetof(struct session, {name}) == {at}, "{name}");\n'
        for name, at in fields.items()
    )
    source.write_text(f'#include "plane.bpf.c"\n{checks}')
    try:
        w.compiled(source, source.with_suffix(".o"))
    finally:
        source.unlink()
        source.with_suffix(".o").unlink(missing_ok=True)


def test_a_session_over_its_rate_gets_a_queue_and_loses_it_at_its_end():
    async def body(bench):
        slow = Qer(qer_id=1, qfi=9, mbr=Ambr(1_000_000, 1_000_000))
        bench.path.install(both.session(qers=(slow,)))
        packet = both.udp(both.DN4, both.UE4, bytes(1000))

        def sending(true):
            for _ in range(10):
                bench.wires.n6.send(packet)
            return true()

        await bench.until(lambda: sending(lambda: bench.path._queues._classes))
        await bench.until(lambda: sending(lambda: kernel(bench.path).get("SHAPED", 0) >= 10))
        bench.path.remove(1)
        assert not bench.path._queues._classes

    both.on("ebpf", body)


def test_a_later_process_takes_over_what_one_before_left():
    async def run():
        made = w.Wires("ebpf")
        try:
            made.build()
            first = made.open(Heard())
            first.install(both.session())
            first.install(both.session(seid=2, teid=0x99, ipv4="10.45.0.9", prefix=None))
            first.close()
            made.n6.send(both.DOWN4)  # nobody controls it, and it forwards
            patience = time.monotonic() + w.PATIENCE
            while not made.n3.received():
                assert time.monotonic() < patience
                await asyncio.sleep(0.01)
            second = made.open(Heard())
            second.install(both.session())
            assert second.sweep() == 1
            bench = both.Bench(made, Heard())
            await bench.down(both.DOWN4)
            await bench.up(both.outer(both.gpdu(both.UP4, teid=0x99)), out=0)
            assert bench.counted()["dropped_unknown_teid"] == 1
        finally:
            made.close()

    both.run_real(run())


CONTROL = """
import asyncio, sys
sys.path[:0] = {paths!r}
from datapath import test_both as both, wires as w
from datapath.userspace.rig import Heard
async def main():
    made = w.Wires("ebpf"); made.prefix = {prefix!r}
    made.upf = made.prefix + "-upf"
    made.open(Heard())
    made.path.install(both.session())
    print("ready", flush=True)
    await asyncio.sleep(60)
both.run_real(main())
"""


def test_kill_9_of_its_owner_loses_no_packet():
    """Numbered packets both ways before, while and after the process that loaded it all is killed and another
    one has taken over: each arrives, once, in order."""
    made = w.Wires("ebpf")
    made.build()
    text = CONTROL.format(paths=[str(w.ROOT / "src"), str(w.ROOT / "tests")], prefix=made.prefix)
    processes = []

    def start():
        processes.append(subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE))
        assert processes[-1].stdout.readline() == b"ready\n"

    sent, arrived = 0, []

    def pump(packets):
        nonlocal sent
        for _ in range(packets):
            made.n6.send(both.udp(both.DN4, both.UE4, sent.to_bytes(4, "big")))
            sent += 1
            time.sleep(0.0005)
            arrived.extend(made.n3.received())

    try:
        start()
        pump(200)
        processes[0].kill()
        pump(400)
        processes[0].wait()
        start()
        pump(400)
        processes[1].kill()
        pump(200)
        numbers = [
            int.from_bytes(packet[-4:], "big") for packet in arrived if packet[9] == socket.IPPROTO_UDP
        ]
        assert numbers == list(range(sent))
    finally:
        for process in processes:
            process.kill()
            process.wait()
            process.stdout.close()
        made.close()
        assert not ns.names(made.prefix)
        pins.remove(made.prefix)


def test_without_its_programs_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(opening, "PLACES", ())
    assert "make compile" in opening.obstacle()


@pytest.mark.parametrize(
    ("local", "any_veth", "why"),
    [
        (w.UPF, False, "ethtool -K"),
        ("10.99.99.99", True, "no Ethernet device"),
        ("2001:db8::1", True, "no Ethernet device"),
    ],
)
def test_where_it_cannot_run_it_says_why_in_a_sentence(local, any_veth, why):
    made = w.Wires("ebpf")

    def attempt():
        options = {"mtu": {}, "any_veth": any_veth}
        return opening.open_datapath(made.prefix, local, {}, [], lambda _: None, None, **options)

    try:
        made.build()
        opening.PLACES = (w.built(),)
        with pytest.raises(opening.EbpfUnavailable, match=why):
            ns.inside(made.upf, attempt)
    finally:
        made.close()


def test_what_passed_while_nobody_looked_is_reported_once():
    """By the process that ends the session, though two had it before."""

    async def run():
        made = w.Wires("ebpf")
        try:
            made.build()
            for count in (3, 2):
                heard = Heard()
                made.open(heard).install(both.session(urrs=(both.Urr(urr_id=7),)))
                await both.Bench(made, heard).down(*[both.DOWN4] * count)
                made.path.close()
                await asyncio.sleep(0.1)
            made.open(Heard()).install(both.session(urrs=(both.Urr(urr_id=7),)))
            (usage,) = made.path.remove(1)
            assert usage.downlink_packets == 5
        finally:
            made.close()

    both.run_real(run())


def test_pools_that_changed_begin_anew():
    async def run():
        made = w.Wires("ebpf")
        try:
            made.build()
            made.open(Heard()).install(both.session())
            made.path.close()
            await asyncio.sleep(0.1)
            again = made.open(Heard(), pools=("10.45.0.0/20", w.POOL6))
            again.install(both.session())
            await both.Bench(made, Heard()).down(both.DOWN4)
        finally:
            made.close()

    both.run_real(run())
