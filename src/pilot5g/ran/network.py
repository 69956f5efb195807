"""The emulated radio network: several gNBs, started together, and the cells that phones choose from.

Every phone camps in one cell at a time, whichever gNB it belongs to, so the gNBs share one register of
camping phones. What the gNBs stand on comes from outside: where their associations and N3 ports are made is
the caller's choice (sockets, or memory in tests).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol

from pilot5g.flow.entropy import Entropy
from pilot5g.flow.journal import Journal
from pilot5g.flow.link import Address, AssociationEndpoint, DatagramPort
from pilot5g.model import Plmn
from pilot5g.ran.gnb.cell import Camps, NrCell
from pilot5g.ran.gnb.config import GnbConfig
from pilot5g.ran.gnb.gnb import Gnb
from pilot5g.ran.gnb.link import RadioLink
from pilot5g.ran.gnb.procedures import watching
from pilot5g.ran.gnb.procedures.watching import SecondaryUsage
from pilot5g.ran.gnb.ue import CancelHandover, Deactivate, HandOver, Ue
from pilot5g.ran.gnb.xn import Xn
from pilot5g.ran.radio import Cell, NoCell, RrcConnection

OpenPort = Callable[[Address], DatagramPort]
"""Makes the UDP port for N3 at an address."""


class Connected(Protocol):
    """A phone with its connection, None while it is idle."""

    @property
    def connection(self) -> RrcConnection | None: ...


class HandoverFailed(Exception):
    """The phone was not handed over; the text has the cause and the reason."""


class RadioNetwork:
    """gNBs by name, in the order of their configurations."""

    def __init__(self, gnbs: Sequence[Gnb]) -> None:
        self.gnbs: dict[str, Gnb] = {gnb.name: gnb for gnb in gnbs}

    @classmethod
    def build(
        cls,
        configs: Sequence[GnbConfig],
        endpoint: AssociationEndpoint | Callable[[GnbConfig], AssociationEndpoint],
        n3: OpenPort,
        journal: Journal,
        entropy: Entropy,
    ) -> RadioNetwork:
        """gNBs from configurations. `endpoint` is one for all, or makes one for each; `n3` opens each gNB's
        port. Raises ValueError for two gNBs of one name or identity, OSError where an address is not to be
        had."""
        _check(configs)
        camps, xn = Camps(), Xn()
        gnbs: list[Gnb] = []
        try:
            for config in configs:
                own = endpoint(config) if callable(endpoint) else endpoint
                port = n3((config.n3, config.upf_port))
                gnbs.append(Gnb(config, own, port, journal, entropy, camps, xn))
        except OSError:
            for gnb in gnbs:
                gnb.abandon()
            raise
        return cls(gnbs)

    async def start(self, wait: float = 30.0) -> tuple[str, ...]:
        """Connect every gNB at once. The names of those that are not in service after `wait` seconds; they
        go on trying."""
        gnbs = list(self.gnbs.values())
        served = await asyncio.gather(*(gnb.start(wait) for gnb in gnbs))
        return tuple(gnb.name for gnb, ok in zip(gnbs, served, strict=True) if not ok)

    async def close(self) -> None:
        """Close every gNB."""
        await asyncio.gather(*(gnb.close() for gnb in self.gnbs.values()))

    @property
    def every_cell(self) -> tuple[NrCell, ...]:
        """All cells, in service or not."""
        return tuple(cell for gnb in self.gnbs.values() for cell in gnb.cells)

    def cells(self, plmn: Plmn | None = None) -> tuple[Cell, ...]:
        """What a phone finds when it searches: cells in service that broadcast `plmn` (None: any PLMN), those
        with the fewest phones first, so that phones spread (TS 38.304 5.2.3 leaves the rest to the phone)."""
        found = [cell for cell in self.every_cell if cell.in_service and (plmn is None or plmn in cell.plmns)]
        return tuple(sorted(found, key=lambda cell: len(cell.listeners)))

    def pick(self, plmn: Plmn | None = None) -> Cell:
        """The best of `cells`. Raises NoCell, saying what there is instead."""
        found = self.cells(plmn)
        if found:
            return found[0]
        down = ", ".join(gnb.name for gnb in self.gnbs.values() if not gnb.in_service)
        served = ", ".join(sorted({str(each) for cell in self.cells() for each in cell.plmns}))
        raise NoCell(
            f"no cell of PLMN {plmn or 'any'}: "
            + (f"{down} out of service" if down else f"the cells in service broadcast {served or 'nothing'}")
        )

    async def hand_over(self, phone: Connected, target: Cell, via: str = "auto") -> float:
        """Hand a connected phone over to a cell, `via` Xn (`xn`), the AMF (`n2`), or as its gNB finds best.
        Returns the seconds that the AMF took: from Path Switch Request or Handover Required to its answer.
        Raises HandoverFailed."""
        result: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        def told(why: str) -> None:
            if not result.done():
                result.set_result(why)

        def settled() -> None:
            if order.core is not None:  # by N2: the AMF lets go of the source some time later
                told("")

        order = HandOver(target, via, told)
        _ue_of(phone).deliver(order)
        watchers = target.watchers if isinstance(target, NrCell) else {}
        watchers[id(phone)] = settled
        try:
            if why := await result:
                raise HandoverFailed(why)
        finally:
            watchers.pop(id(phone), None)
        return order.core or 0.0

    def deactivate(self, phone: Connected) -> None:
        """Send a connected phone to RRC_INACTIVE. Raises HandoverFailed for an idle one."""
        _ue_of(phone).deliver(Deactivate())

    def report_usage(self, phone: Connected, psi: int, usage: SecondaryUsage) -> None:
        """Tell the AMF what a connected phone's PDU session has used of another RAT than the radio's own
        (TS 38.413 8.15.1). Raises HandoverFailed for an idle one."""
        watching.used(_ue_of(phone), psi, usage)

    def cancel_handover(self, phone: Connected) -> None:
        """Call off the N2 handover that is being prepared. Raises HandoverFailed for an idle phone."""
        _ue_of(phone).deliver(CancelHandover())


def _ue_of(phone: Connected) -> Ue:
    link = phone.connection
    user = link.user if isinstance(link, RadioLink) else None
    if not isinstance(user, Ue):
        raise HandoverFailed("the phone has no connection")
    return user


def _check(configs: Sequence[GnbConfig]) -> None:
    names = [config.name for config in configs]
    identities = [config.identity for config in configs]
    if len(set(names)) != len(names) or len(set(identities)) != len(identities):
        raise ValueError("two gNBs have the same name or the same gNB ID")
