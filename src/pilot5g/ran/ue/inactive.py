"""RRC_INACTIVE as the phone sees it (TS 38.331 5.3.8.3, 5.3.13; TS 33.501 6.8.2.1.3; TS 24.501 5.3.1.4).

5GMM stays connected and sessions keep their bearers: what they want to send waits here and has the phone
resume, wherever it camps by then. Where nobody has its context any more, it is idle, and NAS recovers.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from pilot5g.flow.link import Bypass
from pilot5g.ran.radio import Cell, NoCell, RrcConnection
from pilot5g.ran.ue import security
from pilot5g.wire.nas import RegistrationKind

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone

T319 = 1.0
"""Seconds for the answer to RRC Resume Request (TS 38.331 7.1.1, ue-TimersAndConstants)."""


class Inactive:
    """In place of the RRC connection that was suspended (`ran.radio.RrcConnection`)."""

    __slots__ = ("_asking", "_former", "_i_rnti", "_key", "_ncc", "_phone", "_waiting")

    def __init__(self, phone: Phone, former: RrcConnection, i_rnti: int, ncc: int) -> None:
        self._phone = phone
        self._former = former
        self._i_rnti = i_rnti
        self._ncc = ncc
        self._key = b""
        self._asking: RrcConnection | None = None
        self._waiting: list[Callable[[RrcConnection], None]] = []
        former.cell.expect_inactive(phone, i_rnti)

    @property
    def cell(self) -> Cell:
        """Where it camps."""
        return self._phone.cell or self._former.cell

    # -- what waits, and wakes it

    def send_nas(self, pdu: bytes) -> None:
        """UL Information Transfer, once resumed."""
        self._later(lambda connection: connection.send_nas(pdu))

    def send_packets(self, pdu_session_id: int, qfi: int, packets: list[bytes]) -> None:
        """Uplink user packets, once resumed."""
        self._later(lambda connection: connection.send_packets(pdu_session_id, qfi, packets))

    def bypass(self, pdu_session_id: int, qfi: int, way: Bypass | None) -> None:
        """Nothing passes now; a way is offered anew when there is a connection."""

    def report(self, better: Cell) -> None:
        """Nobody hears measurements of a phone that chooses its cells itself."""

    def paged(self, i_rnti: int) -> None:
        """RAN paging."""
        if i_rnti == self._i_rnti:
            self.resume()

    def _later(self, what: Callable[[RrcConnection], None]) -> None:
        if len(self._waiting) < self._phone.config.buffered_packets:
            self._waiting.append(what)
        self.resume()

    # -- resuming

    def resume(self) -> None:
        """RRC Resume Request, in the cell it camps on (TS 38.331 5.3.13.3)."""
        phone, keys = self._phone, self._phone.radio_keys
        if self._asking is not None or keys is None:
            return
        try:
            cell = phone.camping.select()
            tag = security.short_mac(keys.chain.kgnb, keys.integrity, self._former.cell.pci, cell.cgi.cell)
            self._asking = cell.resume(phone, self._i_rnti, tag)
        except NoCell as nowhere:
            self.lost(f"could not resume: {nowhere}")
            return
        phone.alarms.start("T319", T319, partial(self.lost, "T319 expired"))

    def resumed(self) -> bytes:
        """RRC Resume: everything goes on in the cell that answered, under its key."""
        phone, keys, connection = self._phone, self._phone.radio_keys, self._asking
        if keys is None or connection is None or not phone.alarms.running("T319"):
            return b""
        phone.alarms.stop("T319")
        self.forget()
        cell = connection.cell
        key = keys.chain.handed_over(self._ncc, cell.pci, cell.arfcn)
        phone.signalling.connection = connection
        phone.journal.note(phone.config.name, "has resumed its connection")
        tag = security.complete_mac(key, keys.integrity)
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            each(connection)
        for session in phone.sessions:
            session.offer_bypass()
        phone.changed()
        return tag

    # -- ends

    def lost(self, why: str) -> None:
        """The context is nowhere to be had: the phone is idle, and registers (TS 24.501 5.5.1.3.2 f)."""
        phone = self._phone
        if self._asking is not None:
            self._asking.suspend()
        phone.on_released(why)
        if phone.registered:
            phone.renewal.begin(RegistrationKind.MOBILITY)

    def forget(self) -> None:
        """The I-RNTI is of no more use."""
        self._former.cell.expect_inactive(self._phone, self._i_rnti, gone=True)

    def suspend(self) -> None:
        """As if it were not."""
        self.forget()

    def fail(self) -> None:
        """The phone vanishes, and nobody notices."""
        self._phone.alarms.stop("T319")
        self.forget()


def suspended(phone: Phone, i_rnti: int, ncc: int) -> None:
    """RRC Release with suspendConfig."""
    former = phone.signalling.connection
    if former is None or phone.radio_keys is None:
        return
    phone.signalling.connection = Inactive(phone, former, i_rnti, ncc)
    phone.journal.note(phone.config.name, "is in RRC_INACTIVE")
    phone.changed()


def of(phone: Phone) -> Inactive | None:
    """Its RRC_INACTIVE, if it is in that."""
    connection = phone.signalling.connection
    return connection if isinstance(connection, Inactive) else None
