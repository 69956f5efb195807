"""The process with radios and phones: `python -m pilot5g.app.bench.generator <plan>`.

It connects its gNBs, says so, and then runs one stage of load after the other, as it is told on standard
input. It times procedures; what the core cost meanwhile is measured by the process that started it.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from itertools import count
from pathlib import Path

import msgspec

from pilot5g.app.bench.actions import Caller, Scene
from pilot5g.app.bench.clock import run_precise
from pilot5g.app.bench.crowd import Crowd
from pilot5g.app.bench.load import Load, Stage
from pilot5g.app.bench.messages import Call, Done, Far, Plan, Serving, Unable, ordered, tell
from pilot5g.app.bench.sims import Sims
from pilot5g.app.bench.traffic import Traffic
from pilot5g.app.bench.urgency import go_first
from pilot5g.app.config import Config, load
from pilot5g.app.radio_side import RadioSide, open_radio_side, phone_config
from pilot5g.app.serve import Parent
from pilot5g.flow.clock import now
from pilot5g.flow.timer import Timers
from pilot5g.model import PduSessionType
from pilot5g.ran.gnb import Gnb
from pilot5g.ran.ue.config import SessionWish
from pilot5g.ran.ue.context import PhoneContext
from pilot5g.ran.ue.phone import Phone

SETUP_PATIENCE = 8.0
"""Seconds the AMF has for NG Setup."""
GOODBYE = 15.0
"""Seconds that phones have to leave a network that is not ours."""
COLLECT_AFTER = (100_000, 50, 1_000_000)
"""Phones that come and go leave no cycles, and a look at all of 200,000 takes seconds: only young objects are
looked at, and what is there when a stage begins never again."""
PORT = 9
"""The discard port (RFC 863), to which a packet is sent that only has to arrive."""


class OwnDataNetwork:
    """Packets to phones from the data network inside our own core, by order through the parent."""

    def call(self, address: str) -> None:
        tell(Call(address))


class FromHere:
    """Packets to phones from this machine: it must have a route to their addresses."""

    def __init__(self) -> None:
        self._sockets: dict[int, socket.socket] = {}

    def call(self, address: str) -> None:
        """Raises OSError without a route."""
        version = ip_address(address).version
        sock = self._sockets.get(version)
        if sock is None:
            family = socket.AF_INET if version == 4 else socket.AF_INET6
            sock = self._sockets[version] = socket.socket(family, socket.SOCK_DGRAM)
            sock.setblocking(False)
        sock.sendto(b"bench", (address, PORT))


class Generator:
    """gNBs and phones that do as they are told."""

    def __init__(self, plan: Plan, config: Config, side: RadioSide) -> None:
        self._plan = plan
        self._config = config
        self._side = side
        timers = Timers(config.timers)
        sims = Sims(config, plan.phones, plan.seed, plan.derived)
        share = plan.share

        def make(number: int, context: PhoneContext) -> Phone:
            i = number * share.of + share.number
            settings = phone_config(config, sims[i], i + 1, timers)
            return Phone(settings, side.journal, os.urandom, context=context)

        mine = len(range(share.number, plan.phones, share.of))
        self._crowd = Crowd(mine, make, side.radios.every_cell)
        caller: Caller = OwnDataNetwork() if plan.own_core else FromHere()
        self._scene = Scene(caller, SessionWish(kind=PduSessionType.IPV4), side.radios)
        self._files = count(1)

    async def run(self, stage: Stage) -> None:
        """One stage; tells what came of it."""
        traffic = Traffic(self._crowd, self._host, stage.traffic / self._plan.share.of)
        work = Load(stage, self._crowd, self._scene, self._plan.share)
        gc.collect(1)  # the oldest as well would take seconds among 200,000 phones, and find nothing
        gc.freeze()
        traffic.start()

        async def beside() -> None:
            tell(Far(work.progress))

        counted = await work.run(beside)
        await traffic.stop()
        counted = msgspec.structs.replace(counted, pings=traffic.pings, pings_lost=traffic.lost)
        path = Path(self._plan.folder) / f"counted-{self._plan.share.number}-{next(self._files)}"
        path.write_bytes(msgspec.msgpack.encode(counted))
        tell(Done(str(path)))

    @property
    def _host(self) -> str:
        return self._config.data_networks[0].gateway4

    async def leave(self) -> None:
        """Deregister whoever is registered, politely, from a network that goes on without us."""
        if self._plan.own_core:
            return
        gate = asyncio.Semaphore(20)
        end = now() + GOODBYE

        async def one(phone: Phone) -> None:
            async with gate:
                if now() < end:
                    await asyncio.wait([asyncio.ensure_future(phone.deregister())], timeout=end - now())

        await asyncio.gather(*(one(phone) for phone in self._crowd.registered()))

    async def close(self) -> None:
        """Batteries out."""
        await self._crowd.close()


def reaching(config: Config, source: str) -> Config:
    """Radios on loopback moved to an address that reaches the AMF. All may share it for N2; for N3, which has
    one port an address, only the first does, and the others stay where they are: enough for signalling."""
    if not source:
        return config
    radios = tuple(
        msgspec.structs.replace(radio, n2_address=source, n3_address=radio.n3_address if i else source)
        if ip_address(radio.n2_address).is_loopback
        else radio
        for i, radio in enumerate(config.radios)
    )
    return msgspec.structs.replace(config, radios=radios)


async def connect(gnbs: Sequence[Gnb]) -> str:
    """NG Setup of all; empty, or why it was not to be."""
    up = await asyncio.gather(*(gnb.start(SETUP_PATIENCE) for gnb in gnbs))
    failed = [gnb for gnb, ok in zip(gnbs, up, strict=True) if not ok]
    if not failed:
        return ""
    first = failed[0]
    return f"{len(failed)} of {len(gnbs)} gNBs are not in service: {first.config.name}: {first.trouble}"


async def serve(plan: Plan, config: Config) -> None:
    """Connect, run stages until told to end."""
    parent = Parent()
    stages: asyncio.Queue[Stage] = asyncio.Queue()

    def order(line: str) -> None:
        if (stage := ordered(line)) is not None:
            stages.put_nowait(stage)

    async with open_radio_side(config, os.urandom, "inside") as side:
        if trouble := await connect(side.gnbs):
            tell(Unable(trouble))
            return
        await parent.listen(order)
        tell(Serving(side.detail + go_first()))
        generator = Generator(plan, config, side)
        work = asyncio.ensure_future(_work(generator, stages))
        ending = asyncio.ensure_future(parent.ending.wait())
        await asyncio.wait([work, ending], return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
        work.cancel()
        await generator.leave()
        await generator.close()
    await parent.close()


async def _work(generator: Generator, stages: asyncio.Queue[Stage]) -> None:
    while True:
        await generator.run(await stages.get())


def main(arguments: list[str]) -> int:
    """Run it; the exit code."""
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    gc.set_threshold(*COLLECT_AFTER)
    plan = msgspec.json.decode(Path(arguments[0]).read_bytes(), type=Plan)
    try:
        run_precise(serve(plan, reaching(load(plan.config), plan.source)))
    except (OSError, ValueError) as error:
        logging.exception("the generator cannot go on")
        tell(Unable(f"the radios cannot go on: {type(error).__name__}: {error}"))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
