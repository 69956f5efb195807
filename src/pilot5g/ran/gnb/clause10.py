"""What is owed to the AMF for a message that is wrong (TS 38.413 clause 10): Error Indication or the
procedure's own failure message, or nothing."""

from __future__ import annotations

from typing import Any

from pilot5g.ran.gnb.bearers import Cause
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.errors import NOTIFIED, REJECTED, NgapError, criticality_diagnostics
from pilot5g.wire.ngap.message import IGNORE, REJECT, Message
from pilot5g.wire.ngap.values import cause

NOT_NOW = cause("protocol", "message-not-compatible-with-receiver-state")
SEMANTIC = cause("protocol", "semantic-error")
UNKNOWN_LOCAL = cause("radioNetwork", "unknown-local-UE-NGAP-ID")
INCONSISTENT = cause("radioNetwork", "inconsistent-remote-UE-NGAP-ID")


def diagnostics(found: NgapError | Message) -> dict[str, Any] | None:
    """Criticality Diagnostics for an Error Indication, None where there is nothing to tell (9.3.1.3)."""
    return criticality_diagnostics(found) or None


def indication(found: NgapError | Message, why: Cause) -> m.ErrorIndication:
    """An Error Indication about a received message, with the UE's identities as they came (8.7.5.2)."""
    amf_id, ran_id = identities(found)
    return m.ErrorIndication(
        amf_ue_ngap_id=amf_id,
        ran_ue_ngap_id=ran_id,
        cause=why,
        criticality_diagnostics=diagnostics(found),
    )


def identities(found: NgapError | Message) -> tuple[int | None, int | None]:
    """AMF and RAN UE NGAP ID of a message or of what could be read of one."""
    both = getattr(found, "ue_ngap_ids", None)
    if both is not None:
        kind, value = both
        if kind == "uE-NGAP-ID-pair":
            return value["aMF-UE-NGAP-ID"], value["rAN-UE-NGAP-ID"]
        return (value, None) if kind == "aMF-UE-NGAP-ID" else (None, None)
    return getattr(found, "amf_ue_ngap_id", None), getattr(found, "ran_ue_ngap_id", None)


def failure(
    kind: type[Message] | None, why: Cause, amf_id: int | None, ran_id: int | None, found: NgapError | Message
) -> Message | None:
    """The unsuccessful outcome of the procedure that `kind` initiates, None where it has none or its
    mandatory IEs cannot be filled in (10.3.4.2, 10.3.5, 10.4)."""
    told = criticality_diagnostics(found, in_answer=True) or None
    if kind is m.AMFConfigurationUpdate:
        return m.AMFConfigurationUpdateFailure(cause=why, criticality_diagnostics=told)
    if kind is m.HandoverRequest and amf_id is not None:
        return m.HandoverFailure(amf_ue_ngap_id=amf_id, cause=why, criticality_diagnostics=told)
    if amf_id is None or ran_id is None:
        return None
    if kind is m.InitialContextSetupRequest:
        return m.InitialContextSetupFailure(
            amf_ue_ngap_id=amf_id, ran_ue_ngap_id=ran_id, cause=why, criticality_diagnostics=told
        )
    if kind is m.UEContextModificationRequest:
        return m.UEContextModificationFailure(
            amf_ue_ngap_id=amf_id, ran_ue_ngap_id=ran_id, cause=why, criticality_diagnostics=told
        )
    return None


def not_supported(message: Message) -> m.ErrorIndication | None:
    """What a procedure that this radio does not have is owed, by its criticality (10.3.4.1)."""
    if message.criticality == IGNORE:
        return None
    return indication(message, REJECTED if message.criticality == REJECT else NOTIFIED)
