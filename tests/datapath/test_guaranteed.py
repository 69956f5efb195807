"""A flow with a guaranteed rate has it while others fill the rate that they share, on both data paths."""

import asyncio

import msgspec
import pytest

from datapath import test_both as both
from datapath import wires as w
from pilot5g.model import Ambr
from pilot5g.service.n4 import Qer

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(bool(w.reason_against()), reason=w.reason_against()),
    pytest.mark.parametrize("kind", ["userspace", "ebpf"]),
    pytest.mark.parametrize("way", ["up", "down"]),
]

WHOLE = Qer(qer_id=99, mbr=Ambr(2_000_000, 2_000_000))
"""What the flows of the session share."""
VOICE = Ambr(1_000_000, 1_000_000)
MARK = b"guaranteed"


def session():
    """The flow of QFI 5 has a rate of its own that is guaranteed; all of them share one."""
    made = both.flows(rates={5: VOICE})
    pdrs = tuple(msgspec.structs.replace(pdr, qer_ids=(*pdr.qer_ids, WHOLE.qer_id)) for pdr in made.pdrs)
    qers = tuple(msgspec.structs.replace(qer, gbr=VOICE) if qer.qfi == 5 else qer for qer in made.qers)
    return msgspec.structs.replace(made, pdrs=pdrs, qers=(*qers, WHOLE))


def packets(way):
    """One of the flow of QFI 5, and one of the default flow, which is larger."""
    voice, other = MARK + bytes(390), bytes(1200)
    if way == "down":
        return both.udp(both.DN4, both.UE4, voice, (2000, 7)), both.udp(both.DN4, both.UE4, other)
    return (
        both.outer(both.gpdu(both.udp(both.UE4, both.DN4, voice, (7, 2000)), qfi=5)),
        both.outer(both.gpdu(both.udp(both.UE4, both.DN4, other), qfi=9)),
    )


async def offered(bench, way, count=20):
    """Fill the shared rate, then send that many of the flow among twenty times as many others; what came."""
    source, sink = (bench.wires.n3, bench.wires.n6) if way == "up" else (bench.wires.n6, bench.wires.n3)
    voice, other = packets(way)
    got = []

    def flooded():
        for _ in range(20):
            source.send(other)
        got.extend(sink.received())
        return bench.counted().get("dropped_rate", 0) > 300

    await bench.until(flooded)
    for _ in range(count):
        for _ in range(20):
            source.send(other)
        source.send(voice)
        got.extend(sink.received())
        await asyncio.sleep(0.004)
    return sink, got


def heard(got):
    return sum(MARK in packet for packet in got)


def test_all_of_it_arrives_while_others_are_dropped(kind, way):
    async def body(bench):
        bench.path.install(session())
        sink, got = await offered(bench, way)
        await bench.until(lambda: got.extend(sink.received()) or heard(got) == 20)

    both.on(kind, body)
