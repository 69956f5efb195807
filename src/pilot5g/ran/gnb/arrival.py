"""The connection of a phone that is being handed over to a cell, from before it arrives.

Packets for it wait for its arrival, and what the phone sends on the way waits until the cell hears it; then
this is a connection as any other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from pilot5g.flow.timer import Alarm
from pilot5g.ran.gnb.air import Air
from pilot5g.ran.gnb.link import RadioLink
from pilot5g.ran.radio import Cell, PhoneRadio

_NOBODY = cast("PhoneRadio", None)
"""The phone of a connection before there is one: nothing is sent to it before it `began`."""


def _nothing() -> None:
    """Nobody waits for it."""


class ArrivalLink(RadioLink):
    """See the module. Until the phone comes it is in `expected` under its C-RNTI."""

    __slots__ = ("_access", "_expected", "_phone_waits", "_waiting", "arrived", "began", "c_rnti", "settled")

    def __init__(self, cell: Cell, air: Air, c_rnti: int, expected: dict[int, ArrivalLink]) -> None:
        super().__init__(cell, _NOBODY, air)
        self.c_rnti = c_rnti
        self._expected = expected
        expected[c_rnti] = self
        self._access = Alarm()
        self._waiting: list[Callable[[], None]] = []
        self._phone_waits: list[Callable[[], None]] = []
        self.began = False
        """Whether the phone is trying to be heard."""
        self.arrived = False
        self.settled: Callable[[], None] = _nothing
        """To be called when the phone is handed over for good."""

    def access(self, phone: PhoneRadio, seconds: float, mac: bytes) -> None:
        """The phone begins random access; RRC Reconfiguration Complete with this MAC comes with it."""
        self._expected.pop(self.c_rnti, None)
        self._phone = phone
        self.began = True
        if seconds:
            self._access.start(seconds, lambda: self._air.cross(self._heard, mac))
        else:
            self._air.cross(self._heard, mac)

    def _heard(self, mac: bytes) -> None:
        if self.down or self.user is None:
            return
        self.arrived = True
        self._air.cross(self._deliver, self._phone.on_synchronised)
        self.user.on_complete(mac)
        for each in (*self._waiting, *self._phone_waits):
            each()
        self._waiting.clear()
        self._phone_waits.clear()

    # -- called by the phone

    def send_nas(self, pdu: bytes) -> None:
        """UL Information Transfer."""
        if self.arrived:
            super().send_nas(pdu)
        else:
            self._phone_waits.append(lambda: self._nas_arrives(pdu))

    def send_packets(self, pdu_session_id: int, qfi: int, packets: list[bytes]) -> None:
        """Uplink user packets."""
        if self.arrived:
            super().send_packets(pdu_session_id, qfi, packets)
        else:
            self._phone_waits.append(lambda: self._packets_arrive(pdu_session_id, qfi, packets))

    def suspend(self) -> None:
        """The phone gives up its random access, and goes on elsewhere."""
        self._access.stop()
        super().suspend()

    def fail(self) -> None:
        """The phone vanishes, or gives up its random access."""
        self._access.stop()
        super().fail()

    # -- called by the gNB

    def packets(self, pdu_session_id: int, packets: list[bytes]) -> None:
        """Downlink user packets."""
        if self.arrived:
            super().packets(pdu_session_id, packets)
        else:
            self._waiting.append(lambda: self.packets(pdu_session_id, packets))

    def nas(self, pdu: bytes) -> None:
        """DL Information Transfer."""
        if self.arrived:
            super().nas(pdu)
        else:
            self._waiting.append(lambda: self.nas(pdu))

    def release(self, cause: str) -> None:
        """RRC Release, or the end of the expectation."""
        self._expected.pop(self.c_rnti, None)
        self._access.stop()
        self._waiting.clear()
        self._phone_waits.clear()
        self.user = None
        if self.began:
            super().release(cause)
