"""N4 in memory and virtual time: an SMF's end and a UPF's end of PFCP, and what lies between in between.

The SMF's end is driven directly; the UPF has a data path that remembers what it was told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from ipaddress import ip_address
from typing import Any

from pilot5g.core.smf.pfcp import PfcpUpf
from pilot5g.core.upf import Upf
from pilot5g.core.upf.pfcp import PfcpServer
from pilot5g.flow.clock import now, run_virtual
from pilot5g.flow.entropy import seeded
from pilot5g.flow.journal import Journal
from pilot5g.flow.timer import Timers
from pilot5g.model import Ambr
from pilot5g.net.memory import MemoryNetwork
from pilot5g.service import n4
from pilot5g.service.datapath import Counters, DatapathReports
from pilot5g.service.n4 import ApplyAction, Far, FTeid, OuterHeader, Pdr, Qer, Session, SourceInterface, Urr
from pilot5g.service.pfcp.endpoint import Identity
from pilot5g.wire import pfcp

SMF, UPF, STRANGER = ("192.0.2.1", 8805), ("192.0.2.2", 8805), ("192.0.2.66", 8805)
N3 = "198.51.100.1"
EPOCH = 3_900_000_000
"""Seconds since 1900 at which every test begins."""


class Recorder:
    """A data path that remembers."""

    def __init__(self) -> None:
        self.sessions: dict[int, Session] = {}
        self.history: list[Session] = []
        self.markers: list[tuple[int, ...]] = []
        self.counters = Counters()
        self.refuse: n4.N4Error | None = None
        self.closed = False

    def attach(self, reports: DatapathReports) -> None:
        self.reports = reports

    def install(
        self, session: Session, end_markers: tuple[int, ...] = (), reinstalled: tuple[int, ...] = ()
    ) -> tuple[n4.Usage, ...]:
        if self.refuse is not None:
            raise self.refuse
        before = self.sessions.get(session.seid)
        self.sessions[session.seid] = session
        self.history.append(session)
        self.markers.append(end_markers)
        stay = {urr.urr_id for urr in session.urrs}
        gone = [urr.urr_id for urr in before.urrs if urr.urr_id not in stay] if before is not None else []
        return tuple(n4.Usage(id_, 1, 2, 3, 4, 5, n4.Trigger.TERMINATION) for id_ in gone)

    def query(self, seid: int, urr_ids: Collection[int]) -> tuple[n4.Usage, ...]:
        return tuple(
            n4.Usage(urr.urr_id, 100, 200, 1, 2, 0, n4.Trigger.IMMEDIATE)
            for urr in self.sessions[seid].urrs
            if urr.urr_id in urr_ids
        )

    def remove(self, seid: int) -> tuple[n4.Usage, ...]:
        del self.sessions[seid]
        return (n4.Usage(1, 10, 20, 1, 2, 3),)

    def close(self) -> None:
        self.closed = True


class Heard:
    """An SMF that remembers what it was told."""

    def __init__(self) -> None:
        self.reports: list[tuple[Any, ...]] = []
        self.lost = 0

    def downlink_data(self, seid: int, pdr_id: int, qfi: int | None) -> None:
        self.reports.append(("downlink data", seid, pdr_id, qfi))

    def error_indication(self, seid: int, remote: FTeid) -> None:
        self.reports.append(("error indication", seid, remote))

    def usage(self, seid: int, usage: n4.Usage) -> None:
        self.reports.append(("usage", seid, usage))

    def inactive(self, seid: int) -> None:
        self.reports.append(("inactive", seid))

    def sessions_lost(self) -> None:
        self.lost += 1


class Pair:
    """Both ends. Either can be killed and begun again."""

    def __init__(self, **links: Any) -> None:
        self.sent: list[bytes] = []
        self.memory = MemoryNetwork(links.pop("seed", 1), tap=self._tap, **links)
        self.lives = 0
        self.dead: list[Any] = []
        self.heard = Heard()

    def _tap(self, at: float, source: Any, to: Any, stream: int, data: bytes) -> None:
        self.sent.append(data)

    @property
    def ladder(self) -> list[str]:
        """The names of all messages."""
        return [type(pfcp.decode(each).message).__name__ for data in self.sent for each in pfcp.split(data)]

    def _identity(self, address: str) -> Identity:
        self.lives += 1
        return Identity(ip_address(address), EPOCH + int(now()) + self.lives)

    def start_smf(self) -> None:
        self.smf_journal = Journal()
        self.smf = PfcpUpf(
            self.memory.datagram_port(SMF),
            UPF,
            self._identity(SMF[0]),
            timers=Timers({}),
            journal=self.smf_journal,
            entropy=seeded(self.lives),
        )
        self.smf.attach(self.heard)
        self.smf.start()

    def start_upf(self, n3: str = N3) -> None:
        self.upf_journal = Journal()
        self.datapath = Recorder()
        self.upf = Upf(n3, self.datapath, seeded(self.lives + 7))
        self.server = PfcpServer(
            self.upf,
            self.memory.datagram_port(UPF),
            [SMF],
            self._identity(UPF[0]),
            default_dnn="internet",
            clock=lambda: EPOCH + int(now()),
            timers=Timers({}),
            journal=self.upf_journal,
            entropy=seeded(self.lives + 70),
        )

    def crash_smf(self) -> None:
        """kill -9: nothing is said to anybody."""
        self.memory._ports.pop(SMF, None)
        self.dead.append(self.smf.close())

    def crash_upf(self) -> None:
        """The same of the UPF."""
        self.memory._ports.pop(UPF, None)
        self.dead.append(self.server.close())

    async def close(self) -> None:
        for each in self.dead:
            await each
        await self.smf.close()
        await self.server.close()
        self.memory.close()


def play(flow: Callable[[Pair], Any], *, associated: bool = True, **links: Any) -> None:
    """Run `flow(pair)` in virtual time, both ends associated by then."""

    async def main() -> None:
        pair = Pair(**links)
        pair.start_upf()
        pair.start_smf()
        if associated:
            assert await pair.smf.until_associated(60)
        await flow(pair)
        await pair.close()

    run_virtual(main())


def session(seid: int = 1, fteid: FTeid | None = None) -> Session:
    """What our SMF establishes for a phone: one PDR each way."""
    address = n4.UeAddress("10.45.0.2", "2001:db8:45:1::/64")
    up = Pdr(
        pdr_id=1,
        precedence=255,
        source=SourceInterface.ACCESS,
        far_id=1,
        qer_ids=(1,),
        urr_ids=(1,),
        local_fteid=fteid,
        choose=n4.Choose() if fteid is None else None,
        ue_address=address,
        qfi=1,
        network_instance="internet",
    )
    down = Pdr(
        pdr_id=2,
        precedence=255,
        source=SourceInterface.CORE,
        far_id=2,
        qer_ids=(1,),
        urr_ids=(1,),
        ue_address=address,
        network_instance="internet",
    )
    return Session(
        seid=seid,
        dnn="internet",
        pdrs=(up, down),
        fars=(
            Far(far_id=1, action=ApplyAction.FORW, destination=SourceInterface.CORE),
            Far(far_id=2, action=ApplyAction.BUFF | ApplyAction.NOCP),
        ),
        qers=(Qer(qer_id=1, qfi=1, mbr=Ambr(1_000_000, 2_000_000)),),
        urrs=(Urr(urr_id=1, threshold=1000, time_quota=60),),
    )


def to_radio(teid: int = 7, **more: Any) -> Far:
    """The FAR of a phone that is connected."""
    return Far(
        far_id=2,
        action=ApplyAction.FORW,
        destination=SourceInterface.ACCESS,
        outer_header=OuterHeader(teid, "198.51.100.9"),
        **more,
    )


class Peer:
    """A PFCP peer that is driven octet by octet: another SMF, another UPF, or nobody."""

    def __init__(self, pair: Pair, address: tuple[str, int], to: tuple[str, int]) -> None:
        self.port = pair.memory.datagram_port(address)
        self.to = to
        self.inbox: asyncio.Queue[bytes] = asyncio.Queue()
        self.port.on_datagrams(lambda batch: [self.inbox.put_nowait(data) for data, _ in batch] and None)

    async def ask(self, octets: bytes, patience: float = 1.0) -> bytes | None:
        """Send octets; what comes back, or None."""
        self.port.send(octets, self.to)
        try:
            return await asyncio.wait_for(self.inbox.get(), patience)
        except TimeoutError:
            return None

    async def answer(self, message: pfcp.Message, sequence: int = 1, seid: int | None = None) -> Any:
        """Send a message; the message that comes back."""
        octets = await self.ask(pfcp.encode(pfcp.Pdu(message, sequence, seid)))
        return None if octets is None else pfcp.decode(octets).message

    def close(self) -> None:
        self.port.close()
