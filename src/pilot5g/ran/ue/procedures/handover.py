"""Handover as the phone sees it: told to go, it goes, and proves in the new cell that it has the new key
(TS 38.331 5.3.5.3, 5.3.5.5.2, 5.3.5.7; TS 33.501 6.9.2.3.4). 5GMM and sessions notice
but the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.ran import rrc
from pilot5g.ran.radio import Cell, NoCell
from pilot5g.ran.ue import security
from pilot5g.wire.errors import DecodeError

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone

T304 = 1.0
"""Seconds after which random access in the target cell has failed: what `rrc` says (TS 38.331 7.1.1)."""


def told_to_go(phone: Phone, command: bytes, target: Cell) -> None:
    """RRC Reconfiguration with sync. What cannot be done is a radio link failure (TS 38.331 5.3.5.8.3)."""
    current = phone.context.current
    began = phone.now()
    try:
        message = rrc.decode(command)
        if current is None or message.pci != target.pci:
            raise DecodeError("RRC Reconfiguration is for another cell than the one heard")
        chain = phone.key_chain or security.KeyChain.begun(current, phone.keyed_at)
        phone.key_chain = chain
        key = chain.handed_over(message.ncc, target.pci, target.arfcn)
        tag = security.complete_mac(key, message.integrity)
        connection = target.synchronise(phone, message.c_rnti, tag)
    except (DecodeError, NoCell) as wrong:
        phone.journal.note(phone.config.name, f"could not be handed over: {wrong}")
        phone.release_locally(f"handover failed: {wrong}")
        return
    phone.signalling.connection = connection
    phone.alarms.start("T304", T304, lambda: phone.release_locally("T304 expired in a handover"))
    phone.handover_began = began
    phone.arrive_at(target, message.released)


def synchronised(phone: Phone) -> None:
    """The target cell hears the phone: T304 stops."""
    phone.alarms.stop("T304")
    phone.measurements.handover.append(phone.now() - phone.handover_began)
    phone.journal.note(phone.config.name, "was handed over")
    phone.changed()
