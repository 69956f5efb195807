"""A bench on a whole network in one process and virtual time: what runs stages there."""

from __future__ import annotations

import asyncio
from typing import Any

from judges.network import Network
from pilot5g.app.bench.actions import Scene
from pilot5g.app.bench.crowd import Crowd
from pilot5g.app.bench.load import Load, Stage
from pilot5g.app.bench.runner import Cost, Result
from pilot5g.app.bench.usage import Usage
from pilot5g.app.inside import CALLBACK_PORT
from pilot5g.app.radio_side import phone_config
from pilot5g.flow.clock import run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.flow.timer import Timers
from pilot5g.model import PduSessionType
from pilot5g.ran.ue.config import SessionWish
from pilot5g.ran.ue.context import PhoneContext
from pilot5g.ran.ue.phone import Phone


class InOne:
    """Runs stages on a network (`plans.Runs`). What they cost is made up: one ms for each chain begun."""

    measures_core = True

    def __init__(self, network: Network) -> None:
        self.network = network
        self.results: list[Result] = []
        timers = Timers(network.config.timers)
        entropy = seeded(network.seed + 5000)

        def make(number: int, context: PhoneContext) -> Phone:
            sim = network.config.phones.list[number]
            settings = phone_config(network.config, sim, number, timers)
            return Phone(settings, network.journal, entropy, context=context)

        cells = [cell for gnb in network.radios.gnbs.values() for cell in gnb.cells]
        self.crowd = Crowd(len(network.config.phones.list), make, cells)
        self.scene = Scene(self, SessionWish(kind=PduSessionType.IPV4), network.radios)

    def call(self, address: str) -> None:
        """The data network sends a packet to a phone."""
        for port in self.network.n6:
            port.call(address, CALLBACK_PORT)

    async def run(self, stage: Stage) -> Result:
        counted = await Load(stage, self.crowd, self.scene).run()
        cpu = Usage(user=counted.begun / 1000)
        result = Result(stage=stage, counted=counted, cost=Cost(core=cpu, sctp=cpu.user / 4))
        self.results.append(result)
        return result


def bench(flow: Any, yaml: str = "", *, phones: int = 20, **options: Any) -> InOne:
    """Run `flow(runner)` in virtual time; afterwards nothing may be left running. Gives the runner."""
    made: list[InOne] = []

    async def main() -> None:
        network = Network(yaml, phones=phones, **options)
        await network.start()
        runner = InOne(network)
        made.append(runner)
        await flow(runner)
        await runner.crowd.close()
        await asyncio.sleep(1)
        await network.close()

    run_virtual(main())
    return made[0]
