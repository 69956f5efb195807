"""Ethernet sessions: the data network side of a DNN as a switch (TS 23.501 5.6.10.2, TS 29.244 5.13).

The UPF learns by the source address of an uplink frame which session a station is behind. A frame to a
station that is known goes there alone; one to a group, or to nobody known, goes to everybody but where it
came from. What a session can claim is bounded, and an address is of whoever used it last: stations move.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pilot5g.datapath.userspace.rules import SessionState

HEADER = 14
STATIONS = 64
"""Addresses that one session may have behind it."""


class Switch:
    """Which session a frame is for."""

    def __init__(self) -> None:
        self._members: dict[int, SessionState] = {}
        self._stations: dict[bytes, int] = {}
        self._behind: dict[int, dict[bytes, None]] = {}
        """The addresses of a session, the one that was learnt first in front."""

    def enter(self, member: SessionState) -> None:
        """A session, or another state of it."""
        self._members[member.seid] = member
        self._behind.setdefault(member.seid, {})

    def leave(self, seid: int) -> None:
        """Forget a session and its stations."""
        self._members.pop(seid, None)
        for station in self._behind.pop(seid, {}):
            del self._stations[station]

    def clear(self) -> None:
        """Forget everything."""
        for known in (self._members, self._stations, self._behind):
            known.clear()

    def learn(self, seid: int, frame: bytes) -> bool:
        """Who sent it; False for what is no frame of a station."""
        if len(frame) < HEADER or frame[6] & 1:
            return False
        station = frame[6:12]
        before = self._stations.get(station)
        if before == seid:
            return True
        if before is not None:
            del self._behind[before][station]
        mine = self._behind[seid]
        if len(mine) >= STATIONS:
            oldest = next(iter(mine))
            del mine[oldest], self._stations[oldest]
        mine[station] = None
        self._stations[station] = seid
        return True

    def targets(self, frame: bytes, sender: int | None) -> tuple[Iterable[SessionState], bool]:
        """The sessions that it is for, and whether it is for the data network too. `sender`: the session that
        it came from; None: it came from the data network."""
        seid = self._stations.get(frame[:6])
        if seid is not None:
            return ([] if seid == sender else [self._members[seid]]), False
        return [member for member in self._members.values() if member.seid != sender], sender is not None
