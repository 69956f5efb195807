"""One RRC connection: the phone holds it as `RrcConnection`, its UE context as the way down to the phone.

It is up until one side ends it. What arrives over the air after that is dropped, as on any radio; a phone
that failed hears nothing any more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pilot5g.flow.link import Bypass
from pilot5g.ran.gnb.air import Air
from pilot5g.ran.radio import Bearer, Cell, PhoneRadio, SecurityModeCommand


class LinkUser(Protocol):
    """The gNB's side of a connection: all calls have crossed the air."""

    def on_uplink_nas(self, pdu: bytes) -> None: ...
    def on_uplink_packets(self, pdu_session_id: int, qfi: int, packets: list[bytes]) -> None: ...
    def on_bypass(self, pdu_session_id: int, qfi: int, way: Bypass | None) -> None: ...
    def on_report(self, better: Cell) -> None: ...
    def on_complete(self, mac: bytes) -> None: ...
    def on_radio_lost(self) -> None: ...


class RadioLink:
    """A connection between a phone and its serving cell (`ran.radio.RrcConnection`)."""

    __slots__ = ("_air", "_cell", "_phone", "down", "user")

    def __init__(self, cell: Cell, phone: PhoneRadio, air: Air) -> None:
        self._cell = cell
        self._phone = phone
        self._air = air
        self.user: LinkUser | None = None
        self.down = False
        """Whether either side has ended it."""

    @property
    def cell(self) -> Cell:
        """The serving cell."""
        return self._cell

    # -- called by the phone

    def send_nas(self, pdu: bytes) -> None:
        """UL Information Transfer."""
        self._air.cross(self._nas_arrives, pdu)

    def send_packets(self, pdu_session_id: int, qfi: int, packets: list[bytes]) -> None:
        """Uplink user packets of one QoS flow, in order."""
        self._air.cross(self._packets_arrive, pdu_session_id, qfi, packets)

    def bypass(self, pdu_session_id: int, qfi: int, way: Bypass | None) -> None:
        """A way for its packets past this process, or none any more."""
        self._air.cross(self._bypass_offered, pdu_session_id, qfi, way)

    def report(self, better: Cell) -> None:
        """Measurement Report."""
        self._air.cross(self._reported, better)

    def suspend(self) -> None:
        """The phone no longer hears it."""
        self.down = True

    def fail(self) -> None:
        """The phone vanishes; the gNB notices a radio link failure (TS 38.300 9.2.7)."""
        self.down = True
        self._air.cross(self._failed)

    # -- called by the gNB

    def nas(self, pdu: bytes) -> None:
        """DL Information Transfer."""
        self._air.cross(self._deliver, self._phone.on_nas, pdu)

    def packets(self, pdu_session_id: int, packets: list[bytes]) -> None:
        """Downlink user packets."""
        self._air.cross(self._deliver, self._phone.on_packets, pdu_session_id, packets)

    def security_mode(self, command: SecurityModeCommand, answer: Callable[[bool], None]) -> None:
        """RRC Security Mode Command; `answer` hears whether the phone completed it."""
        self._air.cross(self._secure, command, answer)

    def bearers(self, added: tuple[Bearer, ...], released: tuple[int, ...], done: Callable[[], None]) -> None:
        """RRC Reconfiguration of bearers; `done` hears RRC Reconfiguration Complete."""
        self._air.cross(self._reconfigure, added, released, done)

    def handover(self, command: bytes, target: Cell) -> None:
        """RRC Reconfiguration with sync: the phone leaves for that cell, whatever becomes of it there."""
        self._air.cross(self._leave, command, target)

    def reestablished(self, ncc: int, answer: Callable[[bytes], None]) -> None:
        """RRC Reestablishment; `answer` hears the MAC of its completion."""
        self._air.cross(self._reestablish, ncc, answer)

    @property
    def phone(self) -> PhoneRadio:
        """Whose connection it is."""
        return self._phone

    def inactivate(self, i_rnti: int, ncc: int) -> None:
        """RRC Release with suspendConfig: the phone is in RRC_INACTIVE."""
        self._air.cross(self._inactivate, i_rnti, ncc)

    def resumed(self, answer: Callable[[bytes], None]) -> None:
        """RRC Resume; `answer` hears the MAC of its completion."""
        self._air.cross(self._resume, answer)

    def release(self, cause: str) -> None:
        """RRC Release. Nothing sent later reaches the phone."""
        self.user = None
        self._air.cross(self._release, cause)

    # -- on the other side of the air

    def _nas_arrives(self, pdu: bytes) -> None:
        if self.user is not None:
            self.user.on_uplink_nas(pdu)

    def _packets_arrive(self, pdu_session_id: int, qfi: int, packets: list[bytes]) -> None:
        if self.user is not None:
            self.user.on_uplink_packets(pdu_session_id, qfi, packets)

    def _bypass_offered(self, pdu_session_id: int, qfi: int, way: Bypass | None) -> None:
        if self.user is not None:
            self.user.on_bypass(pdu_session_id, qfi, way)

    def _reported(self, better: Cell) -> None:
        if self.user is not None:
            self.user.on_report(better)

    def _leave(self, command: bytes, target: Cell) -> None:
        if not self.down:
            self._phone.on_handover(command, target)
            self.down = True

    def _failed(self) -> None:
        if self.user is not None:
            self.user.on_radio_lost()

    def _deliver(self, call: Callable[..., None], *arguments: object) -> None:
        if not self.down:
            call(*arguments)

    def _secure(self, command: SecurityModeCommand, answer: Callable[[bool], None]) -> None:
        if not self.down:
            self._air.cross(answer, self._phone.on_security_mode(command))

    def _reestablish(self, ncc: int, answer: Callable[[bytes], None]) -> None:
        if not self.down:
            self._air.cross(answer, self._phone.on_reestablishment(ncc))

    def _inactivate(self, i_rnti: int, ncc: int) -> None:
        if not self.down:
            self.down = True
            self._phone.on_suspended(i_rnti, ncc)

    def _resume(self, answer: Callable[[bytes], None]) -> None:
        if not self.down:
            self._air.cross(answer, self._phone.on_resumed())

    def _reconfigure(
        self, added: tuple[Bearer, ...], released: tuple[int, ...], done: Callable[[], None]
    ) -> None:
        if not self.down:
            self._phone.on_bearers(added, released)
            self._air.cross(done)

    def _release(self, cause: str) -> None:
        if not self.down:
            self.down = True
            self._phone.on_released(cause)
