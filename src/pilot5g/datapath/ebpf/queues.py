"""Sessions above their rate are shaped: each gets a queue of its own when it first needs one.

The programs ask (`asks`), a class is made on the devices that the packets leave by, and its number goes into
the session's record. Most sessions never ask, so there are as many classes as there are busy phones. A queue
lives as long as its session; where all numbers are taken the oldest queue goes, and its session is policed
until it asks again.
"""

from __future__ import annotations

import struct
from collections import OrderedDict
from collections.abc import Callable, Sequence

from pilot5g.datapath.ebpf.htb import Htb
from pilot5g.datapath.ebpf.records import DOWN, NO_QUEUE, UP
from pilot5g.datapath.ebpf.ring import Ring
from pilot5g.datapath.ebpf.tables import Tables

MOST = 60_000
"""Classes: a number of one has 16 bits."""
_ASK = struct.Struct("=II")


class Queues:
    """The classes of all sessions, by index and direction."""

    def __init__(self, tables: Tables, up: Sequence[Htb], down: Sequence[Htb]) -> None:
        """`up` are the queues of the devices towards data networks, `down` towards radios. None: nobody is
        shaped."""
        self._tables = tables
        self._htbs = (tuple(up), tuple(down))
        self._ring = Ring(tables.object.maps["asks"])
        self.rates: Callable[[int], tuple[int, int]] = lambda slot: (0, 0)
        """The rates of the session at an index."""
        self._classes: OrderedDict[tuple[int, int], int] = OrderedDict()
        self._free = 1
        self._returned: list[int] = []
        self._find()

    @property
    def descriptor(self) -> int:
        """Readable when a session asks; then call `answer`."""
        return self._ring.descriptor

    def close(self) -> None:
        """Let go; the queues stay."""
        self._ring.close()
        for htb in (*self._htbs[UP], *self._htbs[DOWN]):
            htb.close()

    @property
    def dropped(self) -> int:
        """Packets that found a queue full."""
        each = {htb.device: htb for htb in (*self._htbs[UP], *self._htbs[DOWN])}
        return sum(htb.dropped for htb in each.values())

    def answer(self) -> None:
        """Give a queue to each session that asked for one."""
        for asked in self._ring.read():
            slot, way = _ASK.unpack(asked)
            rate = self.rates(slot)[way]
            if rate and (slot, way) not in self._classes:
                self._make(slot, way, rate)

    def change(self, slot: int, rates: tuple[int, int]) -> None:
        """The session's rates are these now."""
        for way in (UP, DOWN):
            minor = self._classes.get((slot, way))
            if minor is not None and rates[way]:
                self._set(minor, way, rates[way])
            elif minor is not None:
                self._drop(slot, way)

    def forget(self, slot: int) -> None:
        """The session is gone."""
        for way in (UP, DOWN):
            if (slot, way) in self._classes:
                self._drop(slot, way)

    def _find(self) -> None:
        """Those that a process before made are in the records."""
        for slot in self._tables.live():
            for way, minor in enumerate(self._tables.classes(slot)):
                if minor and minor != NO_QUEUE:
                    self._classes[slot, way] = minor
        self._free = max(self._classes.values(), default=0) + 1

    def _make(self, slot: int, way: int, rate: int) -> None:
        if not self._htbs[way]:
            return
        if len(self._classes) >= MOST:
            self._drop(*next(iter(self._classes)))
        minor = self._returned.pop() if self._returned else self._free
        if self._set(minor, way, rate):
            self._free = max(self._free, minor + 1)
            self._classes[slot, way] = minor
            self._tell(slot, way, minor)
        else:
            self._returned.append(minor)

    def _set(self, minor: int, way: int, rate: int) -> bool:
        try:
            for htb in self._htbs[way]:
                htb.set_class(minor, rate)
        except OSError:
            return False  # the bucket goes on guarding the rate
        return True

    def _drop(self, slot: int, way: int) -> None:
        minor = self._classes.pop((slot, way))
        self._tell(slot, way, 0)
        self._returned.append(minor)
        for htb in self._htbs[way]:
            try:
                htb.remove_class(minor)
            except OSError:
                continue  # the device is gone, and its queues with it

    def _tell(self, slot: int, way: int, minor: int) -> None:
        up, down = self._tables.classes(slot)
        self._tables.set_classes(slot, (minor, down) if way == UP else (up, minor))
