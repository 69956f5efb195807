"""Handover as the phone sees it: told to go, it goes, and proves in the new cell that it has the new key
(TS 38.331 5.3.5.3, 5.3.5.5.2, 5.3.5.7; TS 33.501 6.9.2.3.4). 5GMM and sessions notice
but the place, and NAS security what the AMF has it told (TS 33.501 6.9.2.3.4)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pilot5g.ran import rrc
from pilot5g.ran.radio import Cell, NoCell, RrcConnection
from pilot5g.ran.ue import security
from pilot5g.ran.ue.context import SecurityContext
from pilot5g.ran.ue.procedures import reestablishment
from pilot5g.wire.errors import DecodeError

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone

T304 = 1.0
"""Seconds after which random access in the target cell has failed: what `rrc` says (TS 38.331 7.1.1)."""


def told_to_go(phone: Phone, command: bytes, target: Cell) -> None:
    """RRC Reconfiguration with sync. Where it fails, the phone goes back to what it had before and asks for
    its connection again (TS 38.331 5.3.5.8.3)."""
    keys, source = phone.radio_keys, phone.signalling.connection
    before = None if keys is None else keys.copy()
    began = phone.now()
    assert source is not None, "only a connected phone is told to go"
    try:
        message = rrc.decode(command)
        if keys is None or message.pci != target.pci:
            raise DecodeError("RRC Reconfiguration is for another cell than the one heard")
        told = _told(phone, message)
        if message.new_kamf and told is not None:
            keys.chain = security.KeyChain.begun(told, told.kgnb_count)
        key = keys.chain.handed_over(message.ncc, target.pci, target.arfcn)
        keys.integrity = message.integrity
        tag = security.complete_mac(key, message.integrity)
        connection = target.synchronise(phone, message.c_rnti, tag)
    except (DecodeError, NoCell) as wrong:
        phone.journal.note(phone.config.name, f"could not be handed over: {wrong}")
        reestablishment.begin(phone, f"handover failed: {wrong}", source, before)
        return
    phone.signalling.connection = connection
    phone.alarms.start("T304", T304, partial(_expired, phone, source, before, phone.context.current))
    phone.context.current = told
    phone.handover_began = began
    phone.arrive_at(target, message.released)


def _told(phone: Phone, message: rrc.Reconfiguration) -> SecurityContext | None:
    """The NAS security context from here on. Raises DecodeError."""
    current = phone.context.current
    if message.nas is None or current is None:
        return current
    told = security.told_in_handover(current, message.nas)
    algorithms, capability = told.nas, phone.capability
    if algorithms is None or (
        algorithms.ciphering not in capability.ciphering or algorithms.integrity not in capability.integrity
    ):
        raise DecodeError("the NAS container selects algorithms that the phone lacks")
    return told


def _expired(
    phone: Phone,
    source: RrcConnection,
    before: reestablishment.RadioKeys | None,
    context: SecurityContext | None,
) -> None:
    """T304: everything is as before, NAS security too (TS 38.331 5.3.5.8.3)."""
    phone.context.current = context
    reestablishment.begin(phone, "T304 expired in a handover", source, before, source.cell)


def synchronised(phone: Phone) -> None:
    """The target cell hears the phone: T304 stops."""
    phone.alarms.stop("T304")
    phone.measurements.handover.append(phone.now() - phone.handover_began)
    phone.journal.note(phone.config.name, "was handed over")
    phone.changed()
