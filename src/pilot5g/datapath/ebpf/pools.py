"""Rates that several sessions share: one bucket for all that refer to it, as long as one does."""

from __future__ import annotations

from pilot5g.datapath.ebpf.plan import Pool
from pilot5g.datapath.ebpf.tables import Full, Tables

NOWHERE = 0xFFFFFFFF
"""Where there is no room for a bucket: the programs find none, and leave the packets to user space."""


class Pools:
    """The buckets, each a record that nothing leads to but those of the sessions."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._found: dict[Pool, tuple[int, int]] = {}
        """Its index, and how many refer to it."""

    def enter(self, pool: Pool) -> int:
        """The index of its bucket, for one more."""
        slot, users = self._found.get(pool, (NOWHERE, 0))
        if slot == NOWHERE:
            try:
                slot = self._tables.take(hash(pool) & self._tables.mask)
            except Full:
                return NOWHERE
            self._tables.write_flow(slot, pool.record)
        self._found[pool] = slot, users + 1
        return slot

    def leave(self, pool: Pool) -> int | None:
        """One less; the index of the bucket that nobody needs any more."""
        slot, users = self._found.get(pool, (NOWHERE, 0))
        if users > 1:
            self._found[pool] = slot, users - 1
        if users != 1:
            return None
        del self._found[pool]
        self._tables.give_back(slot)
        return slot
