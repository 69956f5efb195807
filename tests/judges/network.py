"""A whole network in one process and virtual time: core, radios, phones and a data network over memory.

The two halves are joined by octets alone, as on real sites; `ladder` has every NGAP message in order.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from copy import deepcopy
from typing import Any

import msgspec

from pilot5g.app import places
from pilot5g.app.amf_side import AmfProcess
from pilot5g.app.config import Config, parse
from pilot5g.app.config_subscribers import session_subscriptions, subscriber
from pilot5g.app.core_side import Core
from pilot5g.app.inside import InsideNetwork
from pilot5g.app.n4 import N4End
from pilot5g.app.radio_side import RadioSide, gnb_config, phone_config
from pilot5g.app.unit import PhoneUnit
from pilot5g.app.upf_side import UserPlaneFunction
from pilot5g.core.amf import Amf
from pilot5g.datapath.userspace import UserspaceDatapath
from pilot5g.flow.clock import now, run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.flow.journal import Journal
from pilot5g.flow.timer import Timers
from pilot5g.net.memory import MemoryEndpoint, MemoryNetwork
from pilot5g.ran.network import RadioNetwork
from pilot5g.ran.ue.phone import Phone
from pilot5g.service.datapath import Datapath
from pilot5g.store.memory import MemoryStore, MemorySubscribers
from pilot5g.wire import pfcp
from pilot5g.wire.ngap.codec import decode

HOME_KEY_A = "00" * 31 + "41"
HOME_KEY_B = "00" * 31 + "42"
EPOCH = 3_900_000_000
"""Seconds since 1900 at which every process of a test could have begun."""


class Network:
    """One network. `yaml` is its configuration; `links` what MemoryNetwork is told."""

    def __init__(
        self, yaml: str = "", *, seed: int = 1, phones: int = 1, gnbs: int = 1, **links: Any
    ) -> None:
        self.seed = seed
        self.config = settled(parse(yaml), seed, phones, gnbs)
        self.memory = MemoryNetwork(seed, tap=self._tap, **links)
        self.sent: list[bytes] = []
        self.n4: list[bytes] = []
        """What SMF and UPF said where the UPF is elsewhere (`n4: {upf: external}`)."""
        self.store = MemoryStore()
        sessions = session_subscriptions(self.config)
        each = [subscriber(self.config, entry, sessions) for entry in self.config.subscribers]
        self.repository = MemorySubscribers(each)
        self.lives = 0

    def _tap(self, at: float, source: Any, to: Any, stream: int, data: bytes) -> None:
        if pfcp.PORT in (source[1], to[1]):
            self.n4.append(data)
        elif self.config.sbi.port not in (source[1], to[1]) and 2152 not in (source[1], to[1]):
            self.sent.append(data)

    async def start(self) -> None:
        """The core, then radios and phones; NG Setup done."""
        if self.external:
            self.start_upf()
        await self.start_core()
        self.amf_processes: dict[str, AmfProcess] = {}
        self.amf_endpoints: dict[str, MemoryEndpoint] = {}
        self.amf_stores: dict[str, MemoryStore] = {}
        for each in self.config.amfs:
            if each.process == "own":
                await self.start_amf(each.name)
        self.journal = Journal()
        timers = Timers(self.config.timers)
        entropy = seeded(self.seed + 1000)
        self.ran_endpoint = self.memory.endpoint()
        configs = [gnb_config(self.config, radio, timers) for radio in self.config.radios]
        self.radios = RadioNetwork.build(
            configs, self.ran_endpoint, self.memory.datagram_port, self.journal, entropy
        )
        self.units = [
            PhoneUnit(phone, phone.config.sessions, self.config.data_networks[0], None)
            for phone in (
                Phone(phone_config(self.config, each, i, timers), self.journal, entropy)
                for i, each in enumerate(self.config.phones.list, 1)
            )
        ]
        self.side = RadioSide(self.journal, self.radios, self.units, "memory")
        assert await self.side.connect() == []

    async def start_core(self) -> None:
        """A core process begins, over the store there is."""
        self.lives += 1
        user_plane: Datapath | N4End
        if self.external:
            user_plane = self._n4_end(self.config.n4.smf_address)
        else:
            user_plane = self._open_user_plane()
        entropy = seeded(self.seed + self.lives)
        self.core = Core(
            self.config,
            user_plane=user_plane,
            repository=self.repository,
            store=self.store,
            entropy=entropy,
        )
        await self.core.start()
        self.core_endpoint = self.memory.endpoint()
        for amf in self.core.amfs:
            for address in self.config.every_n2_of(amf.config.name):
                self.core_endpoint.listen(address, amf.listen_user)
        if self.core.sbi is not None:
            sbi = self.config.sbi
            self.core_endpoint.listen((sbi.address, sbi.port), self.core.sbi)

    async def start_amf(self, name: str) -> None:
        """An AMF begins as a process of its own, over the store there is of it."""
        self.lives += 1
        endpoint = self.amf_endpoints[name] = self.memory.endpoint()
        process = self.amf_processes[name] = AmfProcess(
            self.config,
            next(each for each in self.config.amfs if each.name == name),
            store=self.amf_stores.setdefault(name, MemoryStore()),
            entropy=seeded(self.seed + 700 + self.lives),
            sbi=endpoint,
        )
        assert await process.start(10)
        endpoint.listen(self.config.n2_of(name), process.amf.listen_user)

    async def kill_amf(self, name: str) -> None:
        """kill -9 of it."""
        self.amf_endpoints[name].crash()
        self.amf_stores[name] = deepcopy(self.amf_stores[name])
        await self.amf_processes[name].close()

    @property
    def amfs(self) -> list[Amf]:
        """Every AMF, wherever it runs."""
        return [*self.core.amfs, *(process.amf for process in self.amf_processes.values())]

    @property
    def external(self) -> bool:
        """Whether the UPF is a process of its own."""
        return self.config.n4.upf == "external"

    def _open_user_plane(self) -> UserspaceDatapath:
        self.n3 = self.memory.datagram_port((self.config.n3.address, 2152))
        self.n6 = [InsideNetwork(each) for each in self.config.data_networks]
        ports = {each.dnn: port for each, port in zip(self.config.data_networks, self.n6, strict=True)}
        frames = {each.dnn: each.mtu for each in self.config.data_networks if each.ethernet}
        self.datapath = UserspaceDatapath(self.n3, ports, now, ethernet=frames)
        return self.datapath

    def _n4_end(self, address: str) -> N4End:
        return N4End(self.memory.datagram_port((address, self.config.n4.port)), EPOCH + self.lives)

    def start_upf(self) -> None:
        """A UPF process begins."""
        self.lives += 1
        self.function = UserPlaneFunction(
            self.config,
            datapath=self._open_user_plane(),
            end=self._n4_end(self.config.n4.upf_address),
            entropy=seeded(self.seed + 500 + self.lives),
        )

    async def kill_upf(self) -> None:
        """kill -9 of the UPF."""
        await self.function.server.close()
        self.datapath.close()

    async def kill_core(self) -> None:
        """kill -9: nothing is said to anybody, and nothing that was not durable yet is written."""
        self.core_endpoint.crash()
        self.store, self.repository = deepcopy(self.store), deepcopy(self.repository)
        if not self.external:
            self.datapath.close()
        await self.core.close()

    async def close(self) -> None:
        """Phones, radios, core: politely, and nothing is left of any."""
        await self.side.close()
        await self.ran_endpoint.close()
        for name, process in self.amf_processes.items():
            await process.close()
            await self.amf_endpoints[name].close()
        await self.core.close()
        await self.core_endpoint.close()
        if self.external:
            await self.function.server.close()
        self.datapath.close()
        self.memory.close()

    @property
    def ladder(self) -> list[str]:
        """The names of all NGAP messages so far."""
        return [type(message).__name__ for message in self.ngap]

    @property
    def ngap(self) -> list[Any]:
        """All NGAP messages so far, decoded."""
        return [decode(octets) for octets in self.sent]

    @property
    def counts(self) -> Counter[str]:
        """How many of each NGAP message."""
        return Counter(self.ladder)


def settled(config: Config, seed: int, phones: int, gnbs: int) -> Config:
    """A configuration with phones, keys and subscriptions, reproducible."""
    entropy = seeded(seed)
    if config.phones.count and not config.phones.list:
        config = msgspec.structs.replace(config, phones=msgspec.structs.replace(config.phones, count=phones))
    if len(config.radios) > gnbs:
        config = msgspec.structs.replace(config, radios=config.radios[:gnbs])
    from pathlib import Path

    return places.on_loopback(places.settled(config, entropy, Path()))


def play(flow: Any, yaml: str = "", *, empty: bool = True, **options: Any) -> None:
    """Run `flow(network)` in virtual time; afterwards nothing may be left of anything.

    `empty`: every phone has left by then, so the core must hold nothing either.
    """

    async def main() -> None:
        network = Network(yaml, **options)
        await network.start()
        await flow(network)
        await asyncio.sleep(1)
        if empty:
            assert network.core.leftovers() == []
            assert [line for each in network.amf_processes.values() for line in each.leftovers()] == []
            assert not network.external or network.function.leftovers() == []
            assert await network.store.load("ue") == {}
        await network.close()

    run_virtual(main())


@asynccontextmanager
async def registered(network: Network):  # type: ignore[no-untyped-def]
    """Every phone registered with its sessions open, and politely gone afterwards."""
    await asyncio.gather(*(unit.register() for unit in network.units))
    await asyncio.gather(*(unit.open_sessions() for unit in network.units))
    yield network.units
    await asyncio.gather(*(unit.deregister() for unit in network.units))
