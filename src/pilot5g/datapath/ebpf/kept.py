"""The sessions as they are in the tables: which records each has, and what they have counted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import msgspec

from pilot5g.datapath.ebpf.plan import Part, Plan, Pool
from pilot5g.datapath.ebpf.pools import NOWHERE, Pools
from pilot5g.datapath.ebpf.queues import Queues
from pilot5g.datapath.ebpf.records import DOWN, NO_QUEUE, UP, Flag, Rare, Record
from pilot5g.datapath.ebpf.release import Key
from pilot5g.datapath.ebpf.tables import NOTHING, Full, Tables, Volume

FAST = Flag.FAST_UP | Flag.FAST_DOWN
Measured = tuple[int, bool, int, int]
"""PDR, whether uplink, packets and octets."""


def frames_key(teid: int) -> Key:
    """What stands for a session of Ethernet among the keys: its stations come and go."""
    return teid.to_bytes(4, "big") + b"frames"


class Kept:
    """A session in the tables: its own index, and those of its flows and filters."""

    __slots__ = ("book", "flows", "plan", "pools", "seen", "slot")

    def __init__(self, slot: int, made: Plan) -> None:
        self.slot = slot
        self.plan = made
        self.flows: tuple[int, ...] = ()
        self.book = 0
        self.pools: tuple[Pool, ...] = ()
        """Rates that it shares with other sessions, once for each record that does."""
        self.seen: dict[int, Volume] = {}
        """What was taken of the counters, by index."""

    @property
    def keys(self) -> tuple[Key, ...]:
        """What its downlink packets are found by."""
        record = self.plan.own.record
        ipv4 = (record.ipv4,) if record.flags & Flag.HAS_IPV4 else ()
        prefix = (record.prefix,) if record.flags & Flag.HAS_IPV6 else ()
        if record.rare & Rare.FRAMES:
            return (frames_key(record.teid),)
        return (*ipv4, *prefix, *self.plan.networks)

    @property
    def flags(self) -> int:
        """What the session's own record says where nothing is half done."""
        flags = self.plan.own.record.flags
        return flags if self.flows or not self.plan.flows else flags & ~FAST

    def parts(self) -> Iterator[tuple[int, Part]]:
        """The records with their indices."""
        yield self.slot, self.plan.own
        yield from zip(self.flows, self.plan.flows, strict=False)

    def is_of(self, made: Plan) -> bool:
        """Is that another plan of the same tunnel and addresses?"""
        ours, other = self.plan.record, made.record
        if self.plan.networks != made.networks:
            return False
        return (ours.teid, ours.ipv4, ours.prefix) == (other.teid, other.ipv4, other.prefix)


class Keeper:
    """Writes sessions into the tables and takes them out."""

    def __init__(self, tables: Tables, queues: Queues) -> None:
        self._tables = tables
        self._queues = queues
        self._pools = Pools(tables)
        self._rates: dict[int, tuple[int, int]] = {}
        queues.rates = lambda slot: self._rates.get(slot, (0, 0))

    def put(self, made: Plan) -> Kept | None:
        """A session that was not there; None where there is no room, and user space has it alone."""
        try:
            kept = Kept(self._tables.take(made.record.teid), made)
        except Full:
            return None
        if made.flows:
            self._write_flows(kept)
        if made.record.rare & Rare.FRAMES:
            self._tables.set_classes(kept.slot, (NO_QUEUE, self._tables.classes(kept.slot)[DOWN]))
        if self._write(kept, kept.flags):  # perhaps a process before has reported of it
            kept.seen[kept.slot] = self._tables.reported(kept.slot)
        self._tables.claim(kept.slot, made.networks)
        return kept

    def change(self, kept: Kept, made: Plan) -> None:
        """Other rules, with the fast path down closed; the counters of flows begin anew: take them before."""
        self._tables.set_flags(kept.slot, Flag.LIVE)
        self._take_flows(kept)
        before, kept.pools = kept.pools, ()
        kept.plan = made
        self._write_flows(kept)
        self._write(kept, kept.flags & ~Flag.FAST_DOWN)
        self._leave_pools(before)
        self._queues.change(kept.slot, made.own.rates)

    def drop(self, kept: Kept) -> None:
        """The session is gone."""
        self._queues.forget(kept.slot)
        self._tables.disclaim(kept.slot, kept.plan.networks)
        self._tables.clear(kept.slot, kept.plan.record)
        self._rates.pop(kept.slot, None)
        self._take_flows(kept)
        self._leave_pools(kept.pools)

    def measured(self, kept: Kept) -> list[Measured]:
        """What was forwarded since the last call, by PDR."""
        found: list[Measured] = []
        for slot, part in kept.parts():
            now, before = self._tables.volume(slot), kept.seen.get(slot, NOTHING)
            if now == before:
                continue
            kept.seen[slot] = now
            if slot == kept.slot:
                self._tables.set_reported(slot, now)
            for way, pdr_id in enumerate(part.pdr_ids):
                packets, octets = now[2 * way] - before[2 * way], now[2 * way + 1] - before[2 * way + 1]
                if packets and pdr_id is not None:
                    found.append((pdr_id, way == UP, packets, octets))
        return found

    def _write(self, kept: Kept, flags: int) -> bool:
        own = kept.plan.own
        record = own.record
        if flags != record.flags or kept.book:
            record = msgspec.structs.replace(record, flags=flags, book=kept.book)
        record = self._with_more(kept, own, record)
        self._rates[kept.slot] = own.rates
        return self._tables.write(kept.slot, record)

    def _write_flows(self, kept: Kept) -> None:
        """Records and filters of the flows; none of them where there is no room for all."""
        if not kept.plan.flows:
            return
        slots: list[int] = []
        try:
            for i, _ in enumerate(kept.plan.flows, 1):
                slots.append(self._tables.take(kept.slot + i))
            kept.book = self._tables.take_book()
        except Full:
            for slot in slots:
                self._tables.give_back(slot)
            return
        for slot, part in zip(slots, kept.plan.flows, strict=True):
            self._tables.write_flow(slot, self._with_more(kept, part, part.record))
            self._rates[slot] = part.rates
        kept.flows = tuple(slots)
        up, down = (
            b"".join(row.packed(slots[flow]) for row, flow in kept.plan.filters[way]) for way in (UP, DOWN)
        )
        self._tables.write_book(kept.book, up, down)

    def _with_more(self, kept: Kept, part: Part, record: Record) -> Record:
        """A record with the places of a rate that it shares, and of what is lent of a quota: nothing yet."""
        if part.pool is not None:
            slot = self._pools.enter(part.pool)
            record = msgspec.structs.replace(record, pool=slot)
            if slot != NOWHERE:
                kept.pools += (part.pool,)
                self._rates[slot] = part.pool.rates
        if record.rare & Rare.LIMITED:
            self._tables.take_back(kept.slot)
            record = msgspec.structs.replace(record, purse=kept.slot)
        return record

    def _leave_pools(self, pools: tuple[Pool, ...]) -> None:
        for pool in pools:
            slot = self._pools.leave(pool)
            if slot is not None:
                self._queues.forget(slot)
                del self._rates[slot]

    def _take_flows(self, kept: Kept) -> None:
        for slot in kept.flows:
            self._queues.forget(slot)
            self._tables.give_back(slot)
            kept.seen.pop(slot, None)
            with suppress(KeyError):
                del self._rates[slot]
        if kept.book:
            self._tables.give_back_book(kept.book)
        kept.flows, kept.book = (), 0
