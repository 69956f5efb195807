"""What a radio is told about a message that cannot be used (TS 38.413 clause 10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.ran import Radio
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.errors import (
    ERROR_INDICATION,
    UNSUCCESSFUL_OUTCOME,
    NgapError,
    criticality_diagnostics,
)
from pilot5g.wire.ngap.message import NOTIFY, Message
from pilot5g.wire.ngap.values import cause

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf
    from pilot5g.core.amf.connection import Connection

TransferCause = tuple[str, str]

_UNSUCCESSFUL: dict[type[Message], Callable[..., Message]] = {
    ngap.NGSetupRequest: ngap.NGSetupFailure,
    ngap.RANConfigurationUpdate: ngap.RANConfigurationUpdateFailure,
}
"""The unsuccessful outcomes that can be sent without UE identities that may be the broken part."""


def answer_unusable(amf: Amf, radio: Radio, wrong: NgapError) -> None:
    """A message that did not decode (10.2) or whose IEs forbid to act on it (10.3)."""
    group, value = wrong.cause
    amf.journal.refuse(
        radio.name,
        "an NGAP message",
        cause=f"{group}/{value}",
        reason=str(wrong),
        fix="capture the message on N2; it does not follow TS 38.413",
    )
    failure = _UNSUCCESSFUL.get(wrong.message) if wrong.message else None
    if wrong.remedy == UNSUCCESSFUL_OUTCOME and failure is not None:
        diagnostics = criticality_diagnostics(wrong, in_answer=True) or None
        radio.send(failure(cause=wrong.cause, criticality_diagnostics=diagnostics))
    elif wrong.remedy in (ERROR_INDICATION, UNSUCCESSFUL_OUTCOME):
        indicate(
            radio,
            wrong.cause,
            amf_ue_ngap_id=wrong.amf_ue_ngap_id,
            ran_ue_ngap_id=wrong.ran_ue_ngap_id,
            diagnostics=diagnostics_for_indication(wrong),
        )


def indicate(
    radio: Radio,
    why: TransferCause,
    *,
    amf_ue_ngap_id: int | None = None,
    ran_ue_ngap_id: int | None = None,
    diagnostics: dict[str, Any] | None = None,
) -> None:
    """Error Indication (8.7.5); UE-associated where it names both ends of a connection."""
    message = ngap.ErrorIndication(
        amf_ue_ngap_id=amf_ue_ngap_id,
        ran_ue_ngap_id=ran_ue_ngap_id,
        cause=why,
        criticality_diagnostics=diagnostics,
    )
    if amf_ue_ngap_id is None or ran_ue_ngap_id is None:
        radio.send(message)
    else:
        radio.send_on(message, amf_ue_ngap_id)


def report_defects(connection: Connection | None, radio: Radio, message: Message) -> None:
    """IEs of criticality notify that were not understood in a message without an answer (10.3.4.2)."""
    if not any(defect.criticality == NOTIFY for defect in message.defects):
        return
    indicate(
        radio,
        cause("protocol", "abstract-syntax-error-ignore-and-notify"),
        amf_ue_ngap_id=connection.amf_ue_ngap_id if connection else None,
        ran_ue_ngap_id=connection.ran_ue_ngap_id if connection else None,
        diagnostics=diagnostics_for_indication(message),
    )


def diagnostics_for_indication(found: NgapError | Message) -> dict[str, Any] | None:
    """Criticality Diagnostics for an Error Indication, which names the message (9.3.1.3)."""
    return criticality_diagnostics(found) or None


def diagnostics_for_answer(message: Message) -> dict[str, Any] | None:
    """Criticality Diagnostics for the answer to a message with defects worth reporting."""
    return criticality_diagnostics(message, in_answer=True) or None
