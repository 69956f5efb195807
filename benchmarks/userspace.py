"""What the userspace user plane carries, in thousand packets a second: `python benchmarks/userspace.py`.

First the loops alone, between ports that only keep what they get; then with a UDP socket for N3 and a TUN
for N6, in a namespace of its own, fed by another process for two seconds a row. Needs root, or an
unprivileged user namespace, for the second part.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import time
from collections.abc import Callable, Iterable
from multiprocessing import get_context
from typing import Any

from pilot5g.datapath.userspace import UserspaceDatapath
from pilot5g.model import Ambr
from pilot5g.net import namespace as ns
from pilot5g.net.tun import open_tun
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

SECONDS = 2.0
SESSIONS = 200
NAMESPACE = f"p5gbench{os.getpid()}"
UPF, GNB = ("127.0.0.1", 2152), ("127.0.0.2", 2152)
REMOTE = ip.pack("198.51.100.7")
FILTERS = tuple(f"permit out 17 from 203.0.113.0/24 {port} to assigned" for port in range(5000, 5005))


def rules(number: int, *, limits: bool = False, filters: bool = False) -> Session:
    """A session as the SMF sets it up: one flow, or five filters before it; AMBR and a URR where asked."""
    address = UeAddress(f"10.45.{number // 250}.{number % 250 + 2}")
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


def packets(size: int) -> tuple[list[bytes], list[bytes]]:
    """For every session a packet up, in its tunnel, and one down."""
    up, down = [], []
    for number in range(SESSIONS):
        phone = ip.pack(f"10.45.{number // 250}.{number % 250 + 2}")
        wrap = gtpu.Encapsulation(1000 + number, gtpu.UlPduSessionInformation(9))
        up.append(wrap(ip.build_udp(ip.Datagram(phone, 1, REMOTE, 2, bytes(size - 28)))))
        down.append(ip.build_udp(ip.Datagram(REMOTE, 2, phone, 1, bytes(size - 28))))
    return up, down


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
    def send_many(self, _: Iterable[Any]) -> None: ...
    def close(self) -> None: ...


def loops_alone() -> None:
    """Microseconds a packet in the loops, and what that would be in kpps."""
    up, down = packets(128)
    for name, options in (
        ("one rule", {}),
        ("AMBR", {"limits": True}),
        ("five filters first", {"filters": True}),
    ):
        n3, n6 = Sink(), Sink()
        path = UserspaceDatapath(n3, {"internet": n6}, time.monotonic)
        for number in range(SESSIONS):
            path.install(rules(number, **options))
        for direction, port, batch in (
            ("up", n3, [(data, GNB) for data in up[:64]]),
            ("down", n6, down[:64]),
        ):
            best = min(_timed(port.receive, batch) for _ in range(5))
            print(f"loop alone, {name:20} {direction:5} {best * 1e6:8.2f} µs {1e-3 / best:8.0f} kpps")


def _timed(call: Callable[[list[Any]], None], batch: list[Any], rounds: int = 300) -> float:
    start = time.perf_counter()
    for _ in range(rounds):
        call(batch)
    return (time.perf_counter() - start) / rounds / len(batch)


def flood(datagrams: list[tuple[bytes, tuple[str, int]]], source: tuple[str, int], seconds: float) -> None:
    """Send them again and again, as fast as one process can."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(source)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for data, to in datagrams:
                sock.sendto(data, to)


async def over_sockets(direction: str, size: int) -> None:
    """One row: packets that came through in `SECONDS`, and the share of a core that took."""
    n3 = open_udp(UPF, namespace=NAMESPACE)
    n6 = open_tun("dn0", ["10.45.255.1/16"], namespace=NAMESPACE, mtu=1500)
    path = UserspaceDatapath(n3, {"internet": n6}, asyncio.get_running_loop().time)
    for number in range(SESSIONS):
        path.install(rules(number, limits=True))
    if direction == "up":
        load = [(data, UPF) for data in packets(size)[0]]
        source = GNB
    else:
        phones = (f"10.45.{n // 250}.{n % 250 + 2}" for n in range(SESSIONS))
        load = [(bytes(size - 28), (phone, 9)) for phone in phones]
        source = ("10.45.255.1", 0)
    sink = ns.inside(NAMESPACE, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    if direction == "down":
        sink.bind(GNB)  # full soon, and then the cheapest receiver there is
    process = get_context("fork").Process(target=flood, args=(load, source, SECONDS))
    ns.inside(NAMESPACE, process.start)
    started, used = time.perf_counter(), time.process_time()
    await asyncio.sleep(SECONDS)
    elapsed, used = time.perf_counter() - started, time.process_time() - used
    done = path.counters.uplink if direction == "up" else path.counters.downlink
    process.join()
    path.close()
    sink.close()
    busy = used / elapsed
    print(
        f"UDP and TUN, {size:5} octets {direction:5} {done / elapsed / 1e3:8.0f} kpps"
        f" {done * size * 8 / elapsed / 1e9:6.2f} Gbit/s, {busy * 100:3.0f} % of a core:"
        f" {used / max(done, 1) * 1e6:5.2f} µs a packet"
    )


def main() -> None:
    """Print one line for each measurement."""
    loops_alone()
    privilege = ns.privilege()
    if privilege.capability == "none":
        sys.exit(f"no namespaces here: {privilege.reason}")
    if privilege.capability == "userns":
        ns.enter_user_namespace()
    ns.create(NAMESPACE)
    try:
        for size in (128, 1400):
            for direction in ("up", "down"):
                asyncio.run(over_sockets(direction, size))
    finally:
        ns.remove(NAMESPACE)


if __name__ == "__main__":
    main()
