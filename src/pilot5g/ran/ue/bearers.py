"""Data radio bearers as the radio gives and takes them (TS 38.331 5.3.5.6)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.ran.radio import Bearer

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone


def arrived(phone: Phone, added: tuple[Bearer, ...], released: tuple[int, ...]) -> None:
    """RRC Reconfiguration of data radio bearers."""
    for bearer in added:
        phone.bearers[bearer.pdu_session_id] = bearer.qfis
        if (session := phone.sessions.get(bearer.pdu_session_id)) is not None:
            session.bearer_up()
    for session_id in released:
        phone.bearers.pop(session_id, None)
        if (session := phone.sessions.get(session_id)) is not None:
            session.bearer_down()
    if added:
        phone.alarms.stop("T3540")
    phone.changed()
