"""A network in which something happens at the k-th NGAP message: lost, doubled, late, cut, a process killed.

`Fated` is a `Network` whose N2 messages pass through `fate` on arrival, in either direction. `live` is the
whole life of one phone that every sweep goes through, `recovered` what must hold after whatever happened:
the phone can be brought to a session that carries packets, leaves politely, and nothing is left of it.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

from judges.network import Network
from pilot5g.app.radio_side import gnb_config
from pilot5g.flow.clock import now, run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.flow.errors import Stopped
from pilot5g.flow.link import Address, Association, AssociationUser
from pilot5g.flow.timer import Timers
from pilot5g.net.memory import MemoryEndpoint, MemoryNetwork
from pilot5g.ran.gnb import Gnb
from pilot5g.ran.network import RadioNetwork
from pilot5g.ran.radio import NoCell
from pilot5g.ran.ue.context import PhoneContext, State, Substate
from pilot5g.ran.ue.phone import Phone
from pilot5g.ran.ue.stack import Stack
from pilot5g.wire import ip

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
"""Every message and every fault, rather than the representative ones of the default run."""

YAML = """
timers: {X-INACTIVE: 5, T3512: 120}
phones: {count: 1, sessions: [{}]}
"""
PATIENCE = 2000.0
"""Seconds after which a phone must have found its way back: T3502 (12 minutes) and five attempts and more."""
ENDS = 400.0
"""Seconds after which whatever a phone was asked for must have ended: T3580 and T3521 run five times."""
REFUSED = (Stopped, NoCell, TimeoutError)
"""How asking a phone for something may end on a bad day."""


class Intercept:
    """The user of an association, behind a `fate` that decides on each message it is to get."""

    def __init__(self, user: AssociationUser, network: FatedMemory) -> None:
        self._user = user
        self._network = network

    def on_up(self, association: Association) -> None:
        self._user.on_up(association)

    def on_down(self, association: Association, reason: str) -> None:
        self._user.on_down(association, reason)

    def on_message(self, association: Association, data: bytes, stream: int) -> None:
        def deliver(octets: bytes = data) -> None:
            self._user.on_message(association, octets, stream)

        self._network.fate(association, data, deliver)


class FatedEndpoint(MemoryEndpoint):
    """An endpoint whose users hear through an `Intercept`."""

    _network: FatedMemory

    def listen(self, local: Address, user: AssociationUser) -> None:
        super().listen(local, Intercept(user, self._network))

    def connect(self, local: Address, remote: Address, user: AssociationUser) -> Association:
        return super().connect(local, remote, Intercept(user, self._network))


Fate = Callable[[Association, bytes, Callable[..., None]], None]
Fault = Callable[["Fated", Callable[..., None]], None]
"""What becomes of one message: the second argument delivers it, as it is or with other octets."""


def _as_usual(_: Association, __: bytes, deliver: Callable[..., None]) -> None:
    deliver()


class FatedMemory(MemoryNetwork):
    """Links over which messages have a fate."""

    fate: Fate = staticmethod(_as_usual)

    def endpoint(self) -> MemoryEndpoint:
        return FatedEndpoint(self)


class Fated(Network):
    """A network with a fate. The first phone is on the first radio; the second, on the second, stands by."""

    memory: FatedMemory

    def __init__(
        self, yaml: str = YAML, *, phones: int = 2, gnbs: int = 2, seed: int = 1, **links: Any
    ) -> None:
        super().__init__(yaml, seed=seed, phones=phones, gnbs=gnbs)
        self.memory = FatedMemory(seed, tap=self._tap, **links)
        self.tasks: list[asyncio.Task[None]] = []
        self.count = 0
        self.dark = self.dead = False
        """Whether the radios, the core, are between two lives."""
        self.happened: list[str] = []

    @property
    def phone(self) -> Phone:
        """The one that lives through it."""
        return self.units[0].phone

    @property
    def bystander(self) -> Phone:
        """Another, which should notice as little as can be."""
        return self.units[1].phone

    def at(self, faults: Mapping[int, Fault], otherwise: Fate | None = None) -> None:
        """From now on count the messages of the first radio; the k-th (from 0) suffers `faults[k]`, any
        other `otherwise`."""
        self.count = 0
        radio = str(self.config.radios[0].n2_address)
        usual = otherwise or _as_usual

        def fate(association: Any, data: bytes, deliver: Callable[..., None]) -> None:
            if radio not in (association.peer[0], association._local[0]):
                deliver()
                return
            fault = faults.get(self.count)
            self.count += 1
            if fault is None:
                usual(association, data, deliver)
            else:
                fault(self, deliver)

        self.memory.fate = fate  # type: ignore[method-assign]

    def spawn(self, work: Awaitable[None]) -> None:
        """Something that goes on beside the life."""

        async def guarded() -> None:
            try:
                await work
            except REFUSED as refused:
                self.happened.append(repr(refused))

        self.tasks.append(asyncio.get_running_loop().create_task(guarded()))

    async def restart_core(self) -> None:
        """kill -9, and a new process over the same store."""
        self.dead = True
        await self.kill_core()
        await self.start_core()
        self.dead = False

    @property
    def gnbs(self) -> list[Gnb]:
        """In the order of the configuration."""
        return self.side.gnbs

    async def start(self) -> None:
        await super().start()
        self.spread()

    def spread(self) -> None:
        """The i-th phone hears the i-th gNB alone; those left over hear the last."""
        for i, unit in enumerate(self.units):
            cells = list(self.gnbs[min(i, len(self.gnbs) - 1)].cells)
            unit.phone.camping.leave()
            unit.phone.camping.cells = cells

    async def restart_radios(self) -> None:
        """The site loses its power: no word to the core, every phone loses its radio, new gNBs come up."""
        if self.dark:
            return
        self.dark = True
        self.ran_endpoint.crash()
        for unit in self.units:
            unit.phone.radio_loss()
        await self.radios.close()
        self.ran_endpoint = self.memory.endpoint()
        configs = [gnb_config(self.config, each, Timers(self.config.timers)) for each in self.config.radios]
        self.radios = self.side.radios = RadioNetwork.build(
            configs, self.ran_endpoint, self.memory.datagram_port, self.journal, seeded(self.seed + 2000)
        )
        self.spread()
        self.dark = False
        await self.radios.start()

    def swap_phone(self, *, remembering: bool = False) -> Phone:
        """The battery of the first phone is taken out; the SIM goes into a new one, which knows nothing, or
        what a phone keeps when it is switched off (TS 24.501 annex C)."""
        unit = self.units[0]
        old, cells = unit.phone, unit.phone.camping.cells
        context = deepcopy(old.context) if remembering else PhoneContext(sqn=list(old.usim.seq))
        context.state, context.substate = State.DEREGISTERED, Substate.NONE
        context.sessions, context.partial = {}, None
        new = Phone(old.config, self.journal, seeded(self.seed + 3000), cells, context)
        unit.phone = new
        self.spawn(old.close())
        return new


async def ping(network: Network, phone: Phone, *, tries: int = 4) -> float:
    """Echo through the phone's first session that carries packets. Raises TimeoutError."""
    for left in range(tries, 0, -1):
        session = next((s for s in phone.sessions if s.active), None)
        if session is None:
            session = await phone.open_session()
        try:
            return await Stack(session).ping(network.config.data_networks[0].gateway4, timeout=6)
        except TimeoutError:
            if left == 1:
                raise
            await asyncio.sleep(5)
    raise TimeoutError


async def asked(network: Fated, work: Awaitable[Any], patience: float | None = None) -> bool:
    """Whether something a phone was asked for came about; on a bad day it need not. It must come to an end
    though: in `patience` seconds if the caller allows for that, else by the phone's own timers."""
    try:
        async with asyncio.timeout(patience or ENDS) as limit:
            await work
    except REFUSED as refused:
        assert patience is not None or not limit.expired(), f"{work} never ended: {network.happened}"
        network.happened.append(repr(refused))
        return False
    return True


def call(network: Fated) -> None:
    """The data network sends the first phone a packet."""
    address = next((s.ipv4 for s in network.phone.sessions if s.active), None)
    if address is None:
        return
    port, gateway = network.n6[0], ip.pack(network.config.data_networks[0].gateway4)
    port._receive([ip.build_udp(ip.Datagram(gateway, 9, address.packed, 9, b"hello"))])


async def live(network: Fated) -> None:
    """Registration, session, traffic, idle, service request, idle, paging, periodic registration, a second
    session, its release, deregistration. Whatever does not come about is passed over."""
    phone = network.phone
    await asked(network, phone.register())
    await asked(network, phone.until_registered(), PATIENCE)
    await asked(network, phone.open_session())
    await asked(network, ping(network, phone))
    await asked(network, phone.until_idle(), 60)
    await asked(network, ping(network, phone))
    await asked(network, phone.until_idle(), 60)
    await asyncio.sleep(1)
    call(network)
    await asyncio.sleep(10)
    await asked(network, phone.until_idle(), 60)
    await asyncio.sleep(130)
    await asked(network, phone.until_registered(), PATIENCE)
    if await asked(network, phone.open_session()):
        last = max((s.id for s in phone.sessions if s.active), default=None)
        if last is not None:
            await asked(network, phone.release_session(last))
    await asked(network, phone.deregister())


async def recovered(network: Fated, phone: Phone) -> None:
    """The phone can be used: it is or gets registered, has or gets a session, and packets flow."""
    since = now()
    while not phone.registered:
        context = phone.context
        if not context.usim_valid or context.forbidden_plmns or context.forbidden_roaming:
            await phone.deregister(switch_off=True)  # it was refused for good: switched off and on
            context.forbidden_plmns = frozenset()
        assert now() - since < PATIENCE, f"never registered again: {phone.context.state}, {network.happened}"
        if not await asked(network, phone.register()):
            await asyncio.sleep(20)
    while not await asked(network, ping(network, phone)):
        assert now() - since < PATIENCE, f"no packets: {network.happened}"
        await asyncio.sleep(20)
        await asked(network, phone.until_registered(), 400)


@contextmanager
def no_bug() -> Iterator[None]:
    """Nothing may be logged as an error: that is where bugs of ours go."""
    found: list[logging.LogRecord] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = found.append  # type: ignore[method-assign]
    log = logging.getLogger("pilot5g")
    log.addHandler(handler)
    try:
        yield
    finally:
        log.removeHandler(handler)
    for record in found:
        if record.exc_info and record.exc_info[1] is not None:
            raise AssertionError(record.getMessage()) from record.exc_info[1]
        raise AssertionError(record.getMessage())


async def empty(network: Fated) -> None:
    """Both phones leave; after that nothing is left anywhere."""
    for phone in (unit.phone for unit in network.units):
        if phone.registered and not phone.closed:
            await phone.deregister()
    await asyncio.sleep(30)
    if any("deregistered without an answer" in entry.what for entry in network.journal.entries):
        await asyncio.sleep(900)  # the network finds out by its timers (TS 24.501 5.3.7, 5.5.2.2.6)
    for task in network.tasks:
        assert task.done(), f"{task} never ended"
        task.result()
    assert network.core.leftovers() == []
    assert await network.store.load("ue") == {}
    assert await network.store.load("sm_context") == {}
    for gnb in network.gnbs:
        assert list(gnb.ues) == []
    await network.close()


def through(
    faults: Mapping[int, Fault],
    *,
    instead_of_recovery: Callable[[Fated], Awaitable[None]] | None = None,
    fate: Fate | None = None,
    before: Callable[[Fated], Awaitable[None]] | None = None,
    **options: Any,
) -> Fated:
    """The whole life with faults by the number of the message, recovery, and the look for leftovers. `fate`
    takes the place of the faults: it sees every message of the first radio."""

    async def main() -> Fated:
        network = Fated(**options)
        await network.start()
        await network.bystander.register()
        await ping(network, network.bystander)
        if before is not None:
            await before(network)
        network.at(faults, fate)
        await live(network)
        if faults or fate is not None or before is not None:
            await asyncio.sleep(70)  # longer than anything that a fault holds back
        network.memory.fate = _as_usual  # type: ignore[method-assign]
        if instead_of_recovery is not None:
            await instead_of_recovery(network)
        elif faults or fate is not None:
            await recovered(network, network.phone)
        await recovered(network, network.bystander)
        await empty(network)
        return network

    with no_bug():
        return run_virtual(main())


def sweep(fault: Fault, *, step: int, first: int = 0, **options: Any) -> None:
    """The fault at every `step`-th message of a life, at every one in the deep run. A failure names the k."""
    messages = through({}).count
    for k in range(0 if DEEP else first % step, messages, 1 if DEEP else step):
        try:
            through({k: fault}, **options)
        except BaseException as wrong:
            wrong.add_note(f"with the fault at message {k} of {messages}")
            raise
