"""Stations of Ethernet sessions, as the programs know them (`programs/frames.h`).

The userspace plane is the switch of a data network; what it learns is written here, and what the programs
have heard since is asked for. A station whose session the programs do not have is not told to them.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress

from pilot5g.datapath.ebpf.bpf import Map

OUTSIDE = 0xFFFFFFFE
"""In place of an index: the data network."""
AGE = 279
"""As long as the switch remembers who is silent, in UNITs."""
UNIT = (1 << 30) / 1e9
"""Seconds."""
KEY = struct.Struct("=I6sH")
PLACE = struct.Struct("=II")


class Stations:
    """The stations of one data network."""

    def __init__(self, table: Map, device: int, clock: Callable[[], float]) -> None:
        """`device` is the index of the data network's TAP, `clock` that of the kernel: CLOCK_MONOTONIC."""
        self.device = device
        self._table = table
        self._clock = clock
        self._behind: dict[bytes, int] = {}
        self._slots: dict[int, int] = {}

    def put(self, seid: int, slot: int | None) -> None:
        """The programs have a session at this index, or (None) have it no more."""
        if self._slots.get(seid) == slot:
            return
        if slot is None:
            del self._slots[seid]
        else:
            self._slots[seid] = slot
        for station, behind in self._behind.items():
            if behind == seid:
                self._tell(station, slot)

    def learnt(self, station: bytes, seid: int) -> None:
        """See userspace.ethernet.Onlooker."""
        self._behind[station] = seid
        self._tell(station, OUTSIDE if seid < 0 else self._slots.get(seid))

    def forgotten(self, station: bytes) -> None:
        """See userspace.ethernet.Onlooker."""
        del self._behind[station]
        self._tell(station, None)

    def heard(self, station: bytes) -> bool:
        """See userspace.ethernet.Onlooker."""
        try:
            place = self._table.lookup(self._key(station))
        except FileNotFoundError:
            return False
        heard: int = PLACE.unpack(place)[1]
        return self._now() - heard <= AGE

    def sweep(self) -> None:
        """Forget what a process before has learnt."""
        for key in self._table.keys():  # noqa: SIM118
            device, station, _ = KEY.unpack(key)
            if device == self.device and station not in self._behind:
                self._table.delete(key)

    def seid_of(self, frame: bytes) -> int | None:
        """The session that the programs have for the receiver of a frame."""
        seid = self._behind.get(frame[:6])
        return seid if seid in self._slots else None

    def _tell(self, station: bytes, slot: int | None) -> None:
        key = self._key(station)
        with suppress(OSError):  # there is no room, or nothing to forget: user space knows
            if slot is None:
                self._table.delete(key)
            else:
                self._table.update(key, PLACE.pack(slot, self._now()))

    def _key(self, station: bytes) -> bytes:
        return KEY.pack(self.device, station, 0)

    def _now(self) -> int:
        return int(self._clock() / UNIT)
