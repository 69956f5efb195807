"""One emulated gNB, put together: NG interface, cells, N3, and the phones connected to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial

from pilot5g.flow.entropy import Entropy
from pilot5g.flow.journal import Journal
from pilot5g.flow.link import AssociationEndpoint, DatagramPort
from pilot5g.model import Tai
from pilot5g.ran.gnb.amf_selection import select
from pilot5g.ran.gnb.bearers import Cause
from pilot5g.ran.gnb.cell import Camps, NrCell
from pilot5g.ran.gnb.config import GnbConfig
from pilot5g.ran.gnb.counters import Counters, UserCounters
from pilot5g.ran.gnb.inactivity import Inactivity
from pilot5g.ran.gnb.link import RadioLink
from pilot5g.ran.gnb.n2 import N2
from pilot5g.ran.gnb.neighbours import Neighbours
from pilot5g.ran.gnb.ng import AmfInfo, Ng
from pilot5g.ran.gnb.procedures import n2_arrival, retrieval, xn_arrival
from pilot5g.ran.gnb.procedures.table import procedure_for
from pilot5g.ran.gnb.site import Site
from pilot5g.ran.gnb.ue import Ue, context_of
from pilot5g.ran.gnb.ues import Ues
from pilot5g.ran.gnb.userplane import UserPlane
from pilot5g.ran.gnb.warnings import Warnings
from pilot5g.ran.gnb.xn import (
    Fetching,
    HandoverRequest,
    RanPaging,
    RetrieveUeContextFailure,
    RetrieveUeContextRequest,
    RetrieveUeContextResponse,
    Xn,
    XnMessage,
)
from pilot5g.ran.radio import SetupRequest
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.values import GnbId, cause, s_tmsi_from, tai_from

CLOSING = 2.0
"""Seconds to wait for the association's graceful end."""


class Gnb:
    """An emulated gNB. `endpoint` may serve several; `n3` is its own, bound to the port that UPFs send to.

    `camps` is shared by all gNBs that the same phones can hear, so that a phone camps in one place; `xn` by
    those that have Xn with each other.
    """

    def __init__(
        self,
        config: GnbConfig,
        endpoint: AssociationEndpoint,
        n3: DatagramPort,
        journal: Journal,
        entropy: Entropy,
        camps: Camps | None = None,
        xn: Xn | None = None,
    ) -> None:
        userplane = UserPlane(n3, config.n3, journal, entropy, config.upf_port)
        self._site = Site(config, userplane, journal, entropy)
        self._n2s = tuple(
            N2(ng, endpoint, self._page, self._changed, self._take_over) for ng in self._site.ngs
        )
        self._inactivity = Inactivity(self._site)
        self._waiting: list[asyncio.Future[None]] = []
        camps = Camps() if camps is None else camps
        self.cells: tuple[NrCell, ...] = tuple(
            NrCell(self._site, camps, identity, self._arrive) for identity in config.cells
        )
        self._site.cells = self._site.warnings.cells = self.cells
        self._site.watch = self._inactivity.watch
        if xn is not None and config.xn:
            xn.join(self, self.cells, config.gnb_id)
            self._site.inactives.retrieve = partial(retrieval.ask, self._site)
            self._site.xn, self._site.node = xn, self

    @property
    def config(self) -> GnbConfig:
        """The configuration in force; RAN Configuration Update changes it."""
        return self._site.config

    @property
    def name(self) -> str:
        return self._site.config.name

    @property
    def amf(self) -> AmfInfo | None:
        """What its AMF said of itself, the first of several; None while there is none."""
        return self._site.amf

    @property
    def amfs(self) -> tuple[AmfInfo, ...]:
        """The same of all AMFs that NG is set up with."""
        return tuple(ng.amf for ng in self._site.ngs if ng.amf is not None)

    @property
    def in_service(self) -> bool:
        """Whether NG Setup was agreed with an AMF and the association holds."""
        return self._site.amf is not None

    @property
    def ues(self) -> Ues:
        """The phones connected now."""
        return self._site.ues

    @property
    def counters(self) -> Counters:
        return self._site.counters

    @property
    def user_counters(self) -> UserCounters:
        """Those of N3."""
        return self._site.userplane.counters

    async def start(self, wait: float = 30.0) -> bool:
        """Connect and set NG up, and keep it up from now on. Whether it is in service within `wait` seconds;
        it goes on trying in any case, and the journal says what was in the way."""
        for n2 in self._n2s:
            n2.connect()
        return await self.serving(wait)

    async def serving(self, wait: float = 30.0) -> bool:
        """Wait until it is in service, and until it is clear with which of its AMFs, at most `wait` seconds.
        Whether it is."""
        end = self._site.now() + wait
        while not self._settled and (left := end - self._site.now()) > 0:
            await self._change(left)
        return self.in_service

    @property
    def _settled(self) -> bool:
        return self.in_service and all(n2.decided for n2 in self._n2s)

    @property
    def trouble(self) -> str:
        """Why it is not in service, in words, as far as is known; empty while it is."""
        return "" if self.in_service else "; ".join(ng.trouble for ng in self._site.ngs)

    def retry(self) -> None:
        """Try again now what waits for its next attempt: an association, or NG Setup."""
        for n2 in self._n2s:
            n2.retry()

    async def close(self) -> None:
        """Release every phone, shut the associations down, and send and receive nothing more."""
        self._inactivity.stop()
        for n2 in self._n2s:
            n2.close()
        end = self._site.now() + CLOSING
        while any(n2.association for n2 in self._n2s) and (left := end - self._site.now()) > 0:
            await self._change(left)
        for n2 in self._n2s:
            n2.abort()
        self._site.air.close()
        self._site.userplane.stop()

    def abandon(self) -> None:
        """Close what was opened of a gNB that was never started."""
        self._site.userplane.stop()

    async def reset(self, ues: Sequence[Ue] | None = None, why: Cause | None = None) -> bool:
        """NG Reset: release these connections, or all, here and at their AMFs (TS 38.413 8.7.4.2.2).
        Whether the AMFs acknowledged it."""
        asked = [
            n2.node.reset(
                None if ues is None else [ue for ue in ues if ue.ng is n2.ng],
                why or cause("misc", "om-intervention"),
            )
            for n2 in self._n2s
            if ues is None or any(ue.ng is n2.ng for ue in ues)
        ]
        return all(await asyncio.gather(*asked))

    async def update(self, config: GnbConfig) -> bool:
        """Change name, tracking area or slices (TS 38.413 8.7.2). Whether the AMFs took it."""
        serving = [n2 for n2 in self._n2s if n2.ng.amf is not None]
        taken = await asyncio.gather(*(n2.node.update(config) for n2 in serving or self._n2s))
        return all(taken)

    @property
    def neighbours(self) -> Neighbours:
        """What it learned of other gNBs by way of the AMF."""
        return self._site.neighbours

    @property
    def warnings(self) -> Warnings:
        """What its cells broadcast to warn the public."""
        return self._site.warnings

    def lose_warnings(self) -> None:
        """Begin the broadcast of warnings anew, with what the AMFs tell again (TS 38.413 8.9.3)."""
        for ng in self._site.serving:
            self._site.warnings.restart(ng, self._site.config.identity)

    def discover(self, neighbour: GnbId, tai: Tai) -> None:
        """Ask a gNB where its Xn is, by the first AMF there is (TS 38.413 8.8.1). `neighbours` has the
        answer."""
        for ng in self._site.serving[:1]:
            self._site.neighbours.ask(ng, neighbour, tai)

    def report_interference(self, neighbour: GnbId, tai: Tai, *, over: bool = False, set_id: int = 0) -> None:
        """Tell a far gNB that it disturbs this one, or no longer (TS 38.413 8.16.1)."""
        what = "rs-disappeared" if over else "rs-detected"
        for ng in self._site.serving[:1]:
            self._site.neighbours.disturbed(ng, neighbour, tai, what, set_id)

    # -- what happens

    def _arrive(self, link: RadioLink, cell: NrCell, request: SetupRequest) -> None:
        """A phone's RRC Setup Complete."""
        site = self._site
        ng = select(site, request)
        if ng is None:
            link.release("the radio lost its AMF")
            return
        site.counters.connections += 1
        ue = Ue(ng, context_of(ng, link, request), link, procedure_for)
        site.ues.add(ue)
        self._inactivity.watch()
        ue.arrive(request)

    def on_xn(self, message: XnMessage) -> None:
        """What a neighbour says (`xn`)."""
        if isinstance(message, HandoverRequest):
            xn_arrival.prepare(self._site, self.cells, message)
            self._inactivity.watch()
        elif isinstance(message, Fetching):
            self._fetch(message)
        elif (ue := self._site.ues.by_ran(message.to)) is not None:
            ue.deliver(message)

    def _fetch(self, message: Fetching) -> None:
        """Of phones in RRC_INACTIVE, here or there."""
        site = self._site
        match message:
            case RanPaging(i_rnti=i_rnti):
                for cell in self.cells:
                    cell.page_inactive(i_rnti)
            case RetrieveUeContextRequest():
                ue = site.inactives.get(message.i_rnti)
                if ue is not None:
                    ue.deliver(message)
                elif site.xn is not None:
                    site.xn.send(message.origin, RetrieveUeContextFailure(to=message.source))
            case RetrieveUeContextResponse():
                retrieval.arrive(site, message)
                self._inactivity.watch()
            case RetrieveUeContextFailure():
                retrieval.refused(site, message)

    def _take_over(self, ng: Ng, message: m.HandoverRequest) -> None:
        """A phone is to come by N2 handover."""
        n2_arrival.prepare(ng, self.cells, message)
        self._inactivity.watch()

    def _page(self, message: m.Paging) -> None:
        """TS 38.413 8.5.1.2: one page in each cell of the tracking areas named."""
        identity, areas = message.ue_paging_identity, message.tai_list_for_paging
        if identity is None or areas is None or identity[0] != "fiveG-S-TMSI":
            return
        s_tmsi = s_tmsi_from(identity[1])
        wanted = {tai_from(item["tAI"]) for item in areas}
        for cell in self.cells:
            if any(tai.tac == cell.tai.tac and tai.plmn in cell.plmns for tai in wanted):
                self._site.counters.pages += 1
                cell.page(s_tmsi)

    def _changed(self) -> None:
        for cell in self.cells:
            cell.announce()
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            if not each.done():
                each.set_result(None)

    async def _change(self, seconds: float) -> None:
        """Wait for the next change of service, at most so long."""
        changed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(changed)
        await asyncio.wait((changed,), timeout=seconds)
