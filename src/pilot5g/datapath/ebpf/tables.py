"""The tables the programs read, held in this process's memory, and what of them is used.

Sessions and the address table are arrays that the kernel maps into this process: a session is installed by
writing 68 octets, and counters are read by looking. They are pinned, so a process that starts later finds
them as they are; `sweep` forgets what in them is nobody's any more.
"""

from __future__ import annotations

import mmap
from collections.abc import Collection, Iterator, Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from pilot5g.datapath.ebpf.bpf import Map, Object
from pilot5g.datapath.ebpf.filters import BOOK_SIZE
from pilot5g.datapath.ebpf.records import (
    CLASSES,
    CLASSES_AT,
    CONFIG_SIZE,
    COUNTS,
    COUNTS_ALL,
    EXPECTED_AT,
    EXTRA,
    EXTRA_SIZE,
    FLAGS,
    FLAGS_AT,
    HOT,
    IN_USER_SPACE,
    LENT,
    LENT_AT,
    PASSED_AT,
    POOLS,
    RARE_AT,
    SESSION_SIZE,
    UP,
    VOLUME,
    WORD,
    Flag,
    Network,
    Pool,
    Record,
    network_key,
    settings,
    source_key,
)

SESSIONS = 1 << 17
BOOKS = 1 << 11
LARGEST_POOL = 1 << 18
"""Addresses of one pool that the dense table has a place for; those beyond are left to user space."""
_EMPTY = bytes(SESSION_SIZE)
_COLD = bytes(SESSION_SIZE - CONFIG_SIZE)
_LIVE = FLAGS.pack(Flag.LIVE)


class Full(Exception):
    """Every record is in use."""


class Volume(tuple[int, int, int, int]):
    """Packets and octets up, packets and octets down."""

    __slots__ = ()


NOTHING = Volume((0, 0, 0, 0))


def lay_out(pools: Sequence[IPv4Network | IPv6Network]) -> tuple[list[Pool], list[Pool], int]:
    """Where each pool's addresses are in one table: IPv4 pools, IPv6 pools, size of the table."""
    pools4: list[Pool] = []
    pools6: list[Pool] = []
    at = 0
    for network in pools:
        if isinstance(network, IPv4Network):
            base, size, into = int(network.network_address), network.num_addresses, pools4
        else:
            base, into = int(network.network_address) >> 64, pools6
            size = 1 << (64 - min(64, network.prefixlen))
        if len(into) < POOLS:
            into.append(Pool(base, min(size, LARGEST_POOL), at))
            at += into[-1].size
    return pools4, pools6, max(1, at)


class Tables:
    """Sessions by index, TEIDs and addresses that lead to them."""

    def __init__(
        self,
        path: Path,
        *,
        local: Sequence[bytes],
        pools: Sequence[IPv4Network | IPv6Network],
        pins: Path | None = None,
        sessions: int = SESSIONS,
        books: int = BOOKS,
        programs: set[str] | None = None,
        constants: Mapping[str, bytes] | None = None,
        sources: Collection[str] = (),
    ) -> None:
        """Load the object file `path`; `sessions` is a power of two, `books` the sessions with packet filters
        among them, `constants` are those that the file has beside ours. Raises OSError."""
        self.mask = sessions - 1
        self._pools4, self._pools6, places = lay_out(pools)
        ours = settings(self.mask, local, self._pools4, self._pools6, named_sources=bool(sources))
        self.object = Object(
            path,
            pins=pins,
            entries={
                "sessions": sessions,
                "reports": sessions,
                "extras": sessions,
                "addresses": (places + 1) // 2,
                "books": books,
                "processors": _possible_processors(),
            },
            constants={".rodata": ours, **(constants or {})},
            programs=programs,
        )
        self._memory = self.object.maps["sessions"].memory()
        self._addresses = self.object.maps["addresses"].memory()
        self._reports = self.object.maps["reports"].memory()
        self._extras = self.object.maps["extras"].memory()
        self._books = self.object.maps["books"].memory()
        self._free_books = list(range(books - 1, 0, -1))
        self._used: set[int] = set()
        self._odd: dict[int, int] = {}
        self._claims: dict[Network, list[int]] = {}
        """Who has which network behind it."""
        self._name(sources)

    def _name(self, sources: Collection[str]) -> None:
        """These may send to N3, and nobody whom a process before has named."""
        named, table = {source_key(each) for each in sources}, self.object.maps["sources"]
        for key in named:
            table.update(key, b"\1")
        for key in set(table.keys()) - named:
            table.delete(key)

    def close(self) -> None:
        """Let go; what is pinned stays."""
        self._memory.close()
        self._addresses.close()
        self._extras.close()
        self._books.close()
        self._reports.close()
        self.object.close()

    # Sessions ---------------------------------------------------------------------------------------------

    def take(self, teid: int) -> int:
        """An index for a session of this TEID: the one its low bits say, where that is free. Raises Full."""
        slot = teid & self.mask
        for _ in range(self.mask + 1):
            if slot not in self._used:
                self._used.add(slot)
                return slot
            slot = (slot + 1) & self.mask
        raise Full(f"{self.mask + 1} sessions are installed")

    def write(self, slot: int, record: Record) -> bool:
        """Say what the session is; whether it was there already, perhaps from a process before. The flags
        come last: until then packets are left to user space."""
        at = slot * SESSION_SIZE
        flags_at = at + FLAGS_AT
        memory = self._memory
        known = memory[at : at + 4] == record.teid.to_bytes(4, "big")
        if known:
            memory[flags_at : flags_at + 2] = _LIVE
            memory[at : at + CONFIG_SIZE] = record.packed(slot, Flag.LIVE, self.classes(slot))
        else:  # another session's counts, rates and queue
            memory[flags_at : flags_at + 2] = b"\0\0"
            memory[at : at + SESSION_SIZE] = record.packed(slot, 0) + _COLD
            VOLUME.pack_into(self._reports, slot * VOLUME.size, 0, 0, 0, 0)
        self._write_extra(slot, record)
        memory[flags_at : flags_at + 2] = FLAGS.pack(record.flags)
        self._lead_to(slot, record)
        return known

    def write_flow(self, slot: int, record: Record) -> None:
        """The record of one flow of a session: nothing leads to it but the session's filters."""
        at = slot * SESSION_SIZE
        self._write_extra(slot, record)
        self._memory[at : at + SESSION_SIZE] = record.packed(slot, record.flags) + _COLD

    def _write_extra(self, slot: int, record: Record) -> None:
        at = slot * EXTRA_SIZE
        EXTRA.pack_into(self._extras, at, record.network, record.pool, record.peer6, record.purse)

    def lend(self, slot: int, octets: int, until: int, idle: int, last: int) -> None:
        """What may pass before user space is asked again: octets, times in ns."""
        LENT.pack_into(self._extras, slot * EXTRA_SIZE + LENT_AT, octets, until, idle, last)

    def lent(self, slot: int) -> tuple[int, int]:
        """What is left of it: octets, and when the last packet passed."""
        octets, _, _, last = LENT.unpack_from(self._extras, slot * EXTRA_SIZE + LENT_AT)
        return octets, last

    def take_back(self, slot: int) -> None:
        """Nothing passes any more without user space."""
        at = slot * EXTRA_SIZE + LENT_AT
        self._extras[at : at + 8] = bytes(8)

    def set_rare(self, slot: int, rare: int) -> None:
        self._memory[slot * SESSION_SIZE + RARE_AT] = rare

    def give_back(self, slot: int) -> None:
        """The record of a flow is used no more."""
        self._memory[slot * SESSION_SIZE : (slot + 1) * SESSION_SIZE] = _EMPTY
        self._used.discard(slot)

    def take_book(self) -> int:
        """An index for a session's filters. Raises Full."""
        if not self._free_books:
            raise Full("every place for packet filters is in use")
        return self._free_books.pop()

    def write_book(self, book: int, up: bytes, down: bytes) -> None:
        """The filters of both directions."""
        half = BOOK_SIZE // 2
        self._books[book * BOOK_SIZE : (book + 1) * BOOK_SIZE] = up.ljust(half, b"\0") + down.ljust(
            half, b"\0"
        )

    def give_back_book(self, book: int) -> None:
        self._free_books.append(book)

    def _lead_to(self, slot: int, record: Record) -> None:
        teid = record.teid
        if teid & self.mask != slot and self._odd.get(teid) != slot:
            key = teid.to_bytes(4, "big")
            self.object.maps["tunnels"].update(key, WORD.pack(slot))
            self._odd[teid] = slot
        for place in self._places(record):
            WORD.pack_into(self._addresses, place * 4, slot + 1)

    def claim(self, slot: int, networks: Sequence[Network]) -> None:
        """These networks are behind the phone of that session."""
        for network in networks:
            self._claims.setdefault(network, []).append(slot)
            self._settle(network)

    def disclaim(self, slot: int, networks: Sequence[Network]) -> None:
        """No more."""
        for network in networks:
            self._claims[network].remove(slot)
            self._settle(network)

    def _settle(self, network: Network) -> None:
        """Whose a network is: what several claim is decided in user space."""
        slots, which = self._claims[network], self._trie(network)
        if slots:
            which.update(network_key(network), WORD.pack(slots[0] if len(slots) == 1 else IN_USER_SPACE))
        else:
            del self._claims[network]
            which.delete(network_key(network))

    def _trie(self, network: Network) -> Map:
        return self.object.maps["networks4" if network[0] == 4 else "networks6"]

    def leave(self, teid: int) -> None:
        """A tunnel that user space knows and the programs do not: they pass its packets on."""
        self._odd[teid] = IN_USER_SPACE
        self.object.maps["tunnels"].update(teid.to_bytes(4, "big"), WORD.pack(IN_USER_SPACE))

    def forget(self, teid: int) -> None:
        """Such a tunnel is gone."""
        if self._odd.get(teid) == IN_USER_SPACE:
            del self._odd[teid]
            self.object.maps["tunnels"].delete(teid.to_bytes(4, "big"))

    def clear(self, slot: int, record: Record) -> None:
        """Forget a session."""
        at = slot * SESSION_SIZE
        self._memory[at + FLAGS_AT : at + FLAGS_AT + 2] = b"\0\0"
        for place in self._places(record):
            if self._addresses[place * 4 : place * 4 + 4] == WORD.pack(slot + 1):
                self._addresses[place * 4 : place * 4 + 4] = bytes(4)
        if self._odd.pop(record.teid, None) is not None:
            self.object.maps["tunnels"].delete(record.teid.to_bytes(4, "big"))
        self._memory[at : at + SESSION_SIZE] = _EMPTY
        self._used.discard(slot)

    def _places(self, record: Record) -> list[int]:
        """Of its addresses in their table, those that are of a pool."""
        places: list[int] = []
        if record.flags & Flag.HAS_IPV4:
            places += _place(self._pools4, int.from_bytes(record.ipv4, "big"))
        if record.flags & Flag.HAS_IPV6:
            places += _place(self._pools6, int.from_bytes(record.prefix, "big"))
        return places

    # One session's state ----------------------------------------------------------------------------------

    def set_flags(self, slot: int, flags: int) -> None:
        at = slot * SESSION_SIZE + FLAGS_AT
        self._memory[at : at + 2] = FLAGS.pack(flags)

    def classes(self, slot: int) -> tuple[int, int]:
        """The classes of its queues, up and down; 0 where there is none."""
        up, down = CLASSES.unpack_from(self._memory, slot * SESSION_SIZE + CLASSES_AT)
        return up, down

    def set_classes(self, slot: int, classes: tuple[int, int]) -> None:
        at = slot * SESSION_SIZE + CLASSES_AT
        self._memory[at : at + 4] = CLASSES.pack(*classes)

    def live(self) -> Iterator[int]:
        """The sessions in the table, whoever installed them."""
        for slot in range(self.mask + 1):
            if self._memory[slot * SESSION_SIZE + FLAGS_AT] & Flag.LIVE:
                yield slot

    def expect(self, slot: int, passed: int) -> None:
        """DRAINING: the fast path opens once this many were given to user space."""
        at = slot * SESSION_SIZE + EXPECTED_AT
        self._memory[at : at + 4] = WORD.pack(passed)

    def passed(self, slot: int) -> int:
        """Downlink packets given to user space because the fast path was closed, modulo 2^32."""
        number: int = WORD.unpack_from(self._memory, slot * SESSION_SIZE + PASSED_AT)[0]
        return number

    def volume(self, slot: int) -> Volume:
        """What the programs forwarded for the session."""
        hot = HOT.unpack_from(self._memory, slot * SESSION_SIZE + CONFIG_SIZE)
        return Volume((hot[2 + UP], hot[4 + UP], hot[3 + UP], hot[5 + UP]))

    def reported(self, slot: int) -> Volume:
        """How much of that has been reported, by whatever process."""
        return Volume(VOLUME.unpack_from(self._reports, slot * VOLUME.size))

    def set_reported(self, slot: int, volume: Volume) -> None:
        VOLUME.pack_into(self._reports, slot * VOLUME.size, *volume)

    def counts(self) -> list[int]:
        """What the programs counted, by `records.Count`, over all processors."""
        processors = _possible_processors()
        raw = self.object.maps["counted"].lookup(bytes(4), processors)
        rows = [COUNTS_ALL.unpack_from(raw, i * COUNTS_ALL.size) for i in range(processors)]
        return [sum(row[i] for row in rows) for i in range(COUNTS)]

    # After a process before this one ----------------------------------------------------------------------

    def sweep(self) -> int:
        """Forget the sessions that nobody here has installed; how many they were."""
        gone = 0
        memory: mmap.mmap = self._memory
        for slot in self.live():
            if slot not in self._used:
                memory[slot * SESSION_SIZE : (slot + 1) * SESSION_SIZE] = _EMPTY
                gone += 1
        for key in self.object.maps["tunnels"].keys():  # noqa: SIM118
            if int.from_bytes(key, "big") not in self._odd:
                self.object.maps["tunnels"].delete(key)
        claimed = {network_key(network) for network in self._claims}
        for name in ("networks4", "networks6"):
            for key in self.object.maps[name].keys():  # noqa: SIM118
                if key not in claimed:
                    self.object.maps[name].delete(key)
        return gone


def _place(pools: list[Pool], number: int) -> tuple[int, ...]:
    """Of an address in the first pool that has it."""
    for pool in pools:
        place = pool.place(number)
        if place is not None:
            return (place,)
    return ()


def _possible_processors() -> int:
    text = Path("/sys/devices/system/cpu/possible").read_text().strip()
    return int(text.rpartition("-")[2].rpartition(",")[2]) + 1
