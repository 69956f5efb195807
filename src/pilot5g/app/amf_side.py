"""An AMF as a process of its own: N2 and phones here, everything else at the core, over a link to it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast

import msgspec

from pilot5g.app.amfs import further_config, peers_elsewhere
from pilot5g.app.config import Config, FurtherAmf
from pilot5g.app.opening import opening
from pilot5g.app.sbi import ONE
from pilot5g.app.work import work
from pilot5g.core.amf import Amf, Work
from pilot5g.core.amf.service import Smf
from pilot5g.flow.entropy import Entropy
from pilot5g.flow.errors import ServiceError
from pilot5g.flow.journal import Journal
from pilot5g.flow.link import Association, AssociationEndpoint
from pilot5g.flow.tasks import Tasks
from pilot5g.flow.timer import Alarm, Timers
from pilot5g.net.sctp import Mode, choose, open_endpoint
from pilot5g.net.tcp import TcpEndpoint
from pilot5g.service.n14 import N14
from pilot5g.service.namf import Namf
from pilot5g.service.nausf import Nausf
from pilot5g.service.nnrf import Nnrf
from pilot5g.service.nnssf import Nnssf
from pilot5g.service.npcf import Npcf
from pilot5g.service.nudm import Deregistered, Nudm
from pilot5g.service.remote import Link, Offered, far
from pilot5g.service.remote.link import decode, hello
from pilot5g.service.store import Store
from pilot5g.store.database import Database
from pilot5g.store.sqlite import SqliteStore
from pilot5g.wire.errors import DecodeError

PATIENCE = 5.0
"""Seconds that it waits for the core before it takes radios without: the core may come later."""
AGAIN = 1.0
"""Seconds between attempts to reach the core."""


class NoSuchAmf(ValueError):
    """The configuration has no AMF of that name that could be a process of its own."""

    def __init__(self, name: str, config: Config) -> None:
        names = ", ".join(each.name for each in config.amfs if each.process == "own") or "none"
        super().__init__(
            f"there is no AMF {name!r} with `process: own` under `amfs` (there are: {names}), for example\n"
            "  amfs: [{name: amf-2, process: own, n2_address: 192.0.2.6, sbi_address: 192.0.2.6}]"
        )


class AmfProcess:
    """One AMF and its link to the core; the `AssociationUser` of that."""

    def __init__(
        self,
        config: Config,
        told: FurtherAmf,
        *,
        store: Store,
        entropy: Entropy,
        sbi: AssociationEndpoint,
        work: Work | None = None,
    ) -> None:
        self.journal = Journal()
        self._tasks = Tasks()
        self._config = config
        self._told = told
        self._sbi = sbi
        self._again = Alarm()
        self._association: Association | None = None
        self._closing = False
        self._there = asyncio.Event()
        self._served = False
        offered = Offered()
        self.link = link = Link("the core", offered, self._tasks)
        smfs: dict[str, Smf] = {}
        self.amf = Amf(
            further_config(config, told, Timers(config.timers)),
            nausf=far(Nausf, link, ONE),
            nudm=far(Nudm, link, ONE),
            nnrf=far(Nnrf, link, ONE),
            smf_of=lambda name: smfs.setdefault(name, far(Smf, link, name)),
            npcf=far(Npcf, link, ONE),
            nnssf=far(Nnssf, link, ONE),
            journal=self.journal,
            entropy=entropy,
            store=store,
            work=work,
        )
        offered.add(Namf, told.name, self.amf.service)
        offered.add(Deregistered, told.name, self.amf.service)
        offered.add(N14, told.name, self.amf.colleague)
        others = peers_elsewhere(config, told.name, lambda name: far(N14, link, name))
        self.amf.peers.meet(others)

    async def start(self, patience: float) -> bool:
        """Connect, and serve as soon as the core is there; whether it is within `patience` seconds."""
        self._connect()
        try:
            await asyncio.wait_for(self._there.wait(), patience)
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """End; contexts stay in the store."""
        self._closing = True
        self._again.stop()
        await self.amf.close()
        if self._association is not None:
            self._association.close()
        await self._tasks.close()

    def leftovers(self) -> list[str]:
        """What phones have left behind."""
        return [*(f"{supi} is registered" for supi in self.amf.ues.by_supi), *self.amf.leftovers()]

    # -- AssociationUser

    def on_up(self, association: Association) -> None:
        """The core is there."""
        association.send(hello(self._told.name), 0)
        self.link.attach(association)
        self._tasks.spawn(self._serve(), "serve with the core")

    def on_message(self, association: Association, data: bytes, stream: int) -> None:
        """A frame of it."""
        try:
            self.link.receive(decode(data))
        except DecodeError as wrong:
            self.journal.note("the core", f"said what is no frame: {wrong}")
            association.abort()

    def on_down(self, association: Association, reason: str) -> None:
        """It is gone, or was not there; phones that need nothing of it go on."""
        self.link.detach(association, reason)
        self._association = None
        if not self._closing:
            self.journal.note("the core", f"cannot be reached: {reason}")
            self._again.start(AGAIN, self._connect)

    def _connect(self) -> None:
        sbi = self._config.sbi
        local, remote = (self._told.sbi_address, 0), (sbi.address, sbi.port)
        self._association = self._sbi.connect(local, remote, self)

    async def _serve(self) -> None:
        """Be registered there, with all phones."""
        try:
            if not self._served:
                self._served = True
                await self.amf.start()
            else:
                await self.amf.renew()
        except ServiceError as problem:
            self.journal.note("the core", f"did not take it: {problem}")
        else:
            self._there.set()


class OpenedAmf(msgspec.Struct, frozen=True):
    """An AMF that serves, and what to close when it is done."""

    process: AmfProcess
    stack: AsyncExitStack
    detail: str


async def open_amf(config: Config, name: str, entropy: Entropy) -> OpenedAmf:
    """One AMF of a configuration, on real sockets. Raises NoSuchAmf, OSError, StoreError or
    SctpUnavailable, with nothing left open."""
    told = next((each for each in config.amfs if each.name == name and each.process == "own"), None)
    if told is None:
        raise NoSuchAmf(name, config)
    stack = AsyncExitStack()
    try:
        path = Path(config.store.path)
        database = Database(str(path.with_name(f"{path.stem}-{name}{path.suffix}")))
        store = SqliteStore(database)
        stack.push_async_callback(store.close)
        database.claim()
        sbi = TcpEndpoint()
        stack.push_async_callback(sbi.close)
        process = AmfProcess(config, told, store=store, entropy=entropy, sbi=sbi, work=work())
        stack.push_async_callback(process.close)
        await process.start(PATIENCE)
        mode = choose(cast("Mode", config.n2.transport))
        host, port = config.n2_of(name)
        with opening(f"N2 at {host}, SCTP port {port} ({mode})", f"amfs[{name}].n2_address"):
            endpoint = await open_endpoint(mode, udp_port=config.n2.udp_port)
            stack.push_async_callback(endpoint.close)
            for address in config.every_n2_of(name):
                endpoint.listen(address, process.amf.listen_user)
    except BaseException:
        await stack.aclose()
        raise
    detail = f"N2 {host}:{port} over {mode}, core at {config.sbi.address}:{config.sbi.port}"
    return OpenedAmf(process, stack, detail)
