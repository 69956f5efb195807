"""Quotas: what the programs may let pass before the process has to see a packet.

The process measures for both, and only it reports. It lends the programs what is left of a session's quotas,
in octets and in time, and the programs take every packet out of that. At its end they pass packets on, and
the first that the process is about to measure takes back what is lent and counts what the programs have
counted (`recall`): so a meter is exact whenever it decides. When that batch is through, what is left then is
lent again, or the flows of a quota that is used up are shut.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pilot5g.datapath.ebpf.kept import Kept
from pilot5g.datapath.ebpf.records import DOWN, UP, Rare
from pilot5g.datapath.ebpf.release import Loop
from pilot5g.datapath.ebpf.tables import Tables
from pilot5g.datapath.lending import Allowance

FOREVER = (1 << 63) - 1
_NS = 1_000_000_000
_SHUT = (Rare.SHUT_UP, Rare.SHUT_DOWN)


class Lender(Protocol):
    """Who measures."""

    def lend(self, seid: int, recall: Callable[[], None]) -> Allowance | None:
        """What a session may have now; `recall` is called once, before more is measured for it here."""
        ...


class Limits:
    """The sessions that have quotas or times."""

    def __init__(
        self, tables: Tables, lender: Lender, loop: Loop, measure: Callable[[int, float | None], None]
    ) -> None:
        """`measure` takes what the programs counted for a session up to a time of the loop's."""
        self._tables = tables
        self._lender = lender
        self._loop = loop
        self._measure = measure
        self._kept: dict[int, Kept] = {}
        self._again: set[int] = set()

    def __contains__(self, seid: object) -> bool:
        return seid in self._kept

    def enter(self, seid: int, kept: Kept) -> None:
        """A session as it is now in the tables."""
        if any(part.record.rare & Rare.LIMITED for _, part in kept.parts()):
            self._kept[seid] = kept
            self._lend(seid)
        else:
            self._kept.pop(seid, None)

    def leave(self, seid: int) -> None:
        """It is gone, or is about to change."""
        self._kept.pop(seid, None)

    def last(self, seid: int) -> float | None:
        """When the programs let a packet of it pass, on the loop's clock."""
        kept = self._kept.get(seid)
        last = 0 if kept is None else self._tables.lent(kept.slot)[1]
        return last / _NS if last else None

    def look(self, seid: int) -> None:
        """What the programs counted has been taken: is there still something to spend?"""
        kept = self._kept.get(seid)
        if kept is not None and self._tables.lent(kept.slot)[0] <= 0:
            self._lend(seid)

    def _recall(self, seid: int) -> None:
        kept = self._kept.get(seid)
        if kept is None:
            return
        self._tables.take_back(kept.slot)
        self._measure(seid, self.last(seid))
        if not self._again:
            self._loop.call_later(0, self._lend_again)
        self._again.add(seid)

    def _lend_again(self) -> None:
        again, self._again = self._again, set()
        for seid in again:
            self._lend(seid)

    def _lend(self, seid: int) -> None:
        kept = self._kept.get(seid)
        allowance = None if kept is None else self._lender.lend(seid, lambda: self._recall(seid))
        if kept is None or allowance is None:
            return
        times = (allowance.until, allowance.idle, allowance.last)
        until, idle, last = (min(FOREVER, int(min(time, 1 << 33) * _NS)) for time in times)
        self._tables.lend(kept.slot, allowance.octets, until, idle, last)
        for slot, part in kept.parts():
            shut = sum(_SHUT[way] for way in (UP, DOWN) if part.pdr_ids[way] in allowance.shut)
            self._tables.set_rare(slot, part.record.rare | shut)
