"""RRC connection re-establishment as the phone sees it (TS 38.331 5.3.7; TS 33.501 6.11).

After a radio link failure, or a handover that failed, the phone goes to a cell and asks for its connection
there. If the gNB of that cell has it, 5GMM and sessions notice nothing but the time it took. If not, the
connection is lost, and NAS recovers it by a registration (TS 24.501 5.5.1.3.2 f).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pilot5g.ran.radio import Cell, NoCell, RrcConnection
from pilot5g.ran.ue import security
from pilot5g.wire.nas import RegistrationKind

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone

T301 = 1.0
"""Seconds for the answer to RRC Reestablishment Request (TS 38.331 7.1.1, ue-TimersAndConstants)."""


class RadioKeys(msgspec.Struct):
    """AS security as the phone has it: the key chain, and the integrity algorithm. Without, a lost connection
    is not established again (TS 38.331 5.3.7.2)."""

    chain: security.KeyChain
    integrity: int

    def copy(self) -> RadioKeys:
        """As it is now, for when what comes now fails."""
        return RadioKeys(msgspec.structs.replace(self.chain), self.integrity)


def begin(
    phone: Phone, why: str, lost: RrcConnection, keys: RadioKeys | None, cell: Cell | None = None
) -> None:
    """Look for the connection that was `lost` in `cell`, by default where it camps or could. `keys` are those
    that were in use there."""
    connection = phone.signalling.connection
    if connection is None or keys is None:
        phone.release_locally(why)
        return
    connection.suspend()
    lost.suspend()
    phone.handover_began = phone.now()
    interrupted = frozenset(session.id for session in phone.sessions if session.bearer)
    for session in phone.sessions:
        session.bearer_down()
        session.awaits_bearer = session.id in interrupted
    try:
        where = cell if cell is not None else phone.camping.select()
        tag = security.short_mac(keys.chain.kgnb, keys.integrity, lost.cell.pci, where.cgi.cell)
        phone.camping.move(where)
        phone.signalling.connection = where.reestablish(phone, lost, tag)
    except NoCell as nowhere:
        _failed(phone, f"{why}; {nowhere}", lost, interrupted)
        return
    phone.radio_keys = keys
    phone.alarms.stop("T304")
    phone.alarms.start("T301", T301, lambda: _failed(phone, f"{why}; T301 expired", lost, interrupted))
    phone.journal.note(phone.config.name, f"asks for its connection again: {why}")


def _failed(phone: Phone, why: str, lost: RrcConnection, interrupted: frozenset[int]) -> None:
    """The connection is gone: the gNB notices, and NAS recovers what was active."""
    lost.fail()
    phone.release_locally(why)
    if phone.registered:
        phone.renewal.recover(interrupted)
        phone.renewal.begin(RegistrationKind.MOBILITY)


def granted(phone: Phone, ncc: int) -> bytes:
    """RRC Reestablishment: a key for this cell, and the proof that the phone has it."""
    keys, cell = phone.radio_keys, phone.cell
    if keys is None or cell is None or not phone.alarms.running("T301"):
        return b""
    phone.alarms.stop("T301")
    key = keys.chain.handed_over(ncc, cell.pci, cell.arfcn)
    phone.measurements.reestablishment.append(phone.now() - phone.handover_began)
    phone.journal.note(phone.config.name, "has its connection again")
    phone.renewal.moved()
    return security.complete_mac(key, keys.integrity)
