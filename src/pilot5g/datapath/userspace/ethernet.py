"""Ethernet sessions: the data network side of a DNN as a switch (TS 23.501 5.6.10.2, TS 29.244 5.13).

The UPF learns by the source address of a frame where a station is: behind which session, or in the data
network. A frame to a station that is known goes there alone; one to a group, or to nobody known, goes to
everybody but where it came from. Frames are not changed, and tags make no difference to where they go.

What a session can claim is bounded, and an address is of whoever used it last: stations move. One that has
not been heard of for `AGE` is forgotten.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from pilot5g.wire.ethernet import HEADER

if TYPE_CHECKING:
    from pilot5g.datapath.userspace.rules import SessionState

STATIONS = 64
"""Addresses that one session may have behind it."""
OUTSIDE_STATIONS = 4096
"""Those that are remembered of the data network."""
AGE = 300.0
"""Seconds, as bridges have it (IEEE 802.1Q 8.8.3)."""
OUTSIDE = -1
"""In place of a SEID: the data network."""


class Onlooker(Protocol):
    """Who forwards frames by what is learnt here, past this process."""

    def learnt(self, station: bytes, seid: int) -> None:
        """A station is behind this session, or (OUTSIDE) in the data network."""
        ...

    def forgotten(self, station: bytes) -> None:
        """Nobody knows where it is."""
        ...

    def heard(self, station: bytes) -> bool:
        """Has a frame of it been forwarded within AGE?"""
        ...


class Switch:
    """Which session a frame is for."""

    def __init__(self) -> None:
        self._members: dict[int, SessionState] = {}
        self._stations: dict[bytes, int] = {}
        self._seen: dict[bytes, float] = {}
        self._behind: dict[int, dict[bytes, None]] = {OUTSIDE: {}}
        """The addresses of a session, the one that was learnt first in front."""
        self.onlooker: Onlooker | None = None

    def enter(self, member: SessionState) -> None:
        """A session, or another state of it."""
        self._members[member.seid] = member
        self._behind.setdefault(member.seid, {})

    def leave(self, seid: int) -> None:
        """Forget a session and its stations."""
        self._members.pop(seid, None)
        for station in tuple(self._behind.get(seid, ())):
            self._forget(station)
        self._behind.pop(seid, None)

    def clear(self) -> None:
        """Forget everything."""
        for known in (self._members, self._stations, self._seen, self._behind):
            known.clear()
        self._behind[OUTSIDE] = {}

    def learn(self, seid: int, frame: bytes, now: float) -> bool:
        """Who sent it, from behind a session or OUTSIDE; False for what is no frame of a station."""
        if len(frame) < HEADER or frame[6] & 1:
            return False
        station = frame[6:12]
        self._seen[station] = now
        before = self._stations.get(station)
        if before == seid:
            return True
        if before is not None:
            del self._behind[before][station]
        mine = self._behind[seid]
        if len(mine) >= (OUTSIDE_STATIONS if seid == OUTSIDE else STATIONS):
            self._forget(next(iter(mine)))
        mine[station] = None
        self._stations[station] = seid
        if self.onlooker is not None:
            self.onlooker.learnt(station, seid)
        return True

    def targets(self, frame: bytes, sender: int, now: float) -> tuple[Sequence[SessionState], bool]:
        """The sessions that it is for, and whether it is for the data network too. `sender`: the session that
        it came from, or OUTSIDE."""
        seid = self.where(frame[:6], now)
        if seid is None:
            members = [member for member in self._members.values() if member.seid != sender]
            return members, sender != OUTSIDE
        if seid == sender:
            return [], False
        return ([], True) if seid == OUTSIDE else ([self._members[seid]], False)

    def where(self, station: bytes, now: float) -> int | None:
        """Behind which session a station is, or OUTSIDE; None for a group, and for one that is not known."""
        seid = self._stations.get(station)
        if seid is None or now - self._seen[station] <= AGE:
            return seid
        if self.onlooker is not None and self.onlooker.heard(station):
            self._seen[station] = now
            return seid
        self._forget(station)
        return None

    def _forget(self, station: bytes) -> None:
        del self._behind[self._stations.pop(station)][station]
        del self._seen[station]
        if self.onlooker is not None:
            self.onlooker.forgotten(station)
