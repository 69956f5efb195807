"""The link of a phone in RRC_INACTIVE: what is to go over it wakes the phone, and waits (TS 38.300 9.2.2)."""

from __future__ import annotations

from collections.abc import Callable

from pilot5g.ran.gnb.air import Air
from pilot5g.ran.gnb.link import RadioLink
from pilot5g.ran.radio import Cell, PhoneRadio

HELD = 1000
"""Packets that may wait for the phone; what comes beyond is lost."""


class Dormant(RadioLink):
    """In place of the link that was suspended. `held` are packets for the phone by PDU session, in order."""

    __slots__ = ("_wake", "held")

    def __init__(self, cell: Cell, phone: PhoneRadio, air: Air, wake: Callable[[], None]) -> None:
        super().__init__(cell, phone, air)
        self.down = True
        self.held: list[tuple[int, list[bytes]]] = []
        self._wake = wake

    def packets(self, pdu_session_id: int, packets: list[bytes]) -> None:
        """Downlink user packets: the phone is paged, and gets them when it has resumed."""
        if sum(len(each) for _, each in self.held) < HELD:
            self.held.append((pdu_session_id, packets))
        self._wake()

    def release(self, cause: str) -> None:
        """The phone hears nothing of it, and finds out when it wants to resume."""
        self.user = None
        self.held.clear()
