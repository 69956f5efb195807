"""What is wrong with a received NGAP message, and what the receiver owes the sender for it (TS 38.413 10).

    NgapError(DecodeError)
      TransferSyntaxError      it cannot be decoded (10.2): Error Indication
      AbstractSyntaxError      it is decoded, but cannot be used (10.3)

A message that could be used in spite of what it lacked is no error: it carries `defects`, and those of
criticality notify belong into the Criticality Diagnostics of its answer, or into an Error Indication where it
has no answer (10.3.4.2, 10.3.5).
"""

from __future__ import annotations

from typing import Any, Final

from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap.message import IGNORE, INITIATING, UNSUCCESSFUL, IeDefect, Message

NOT_DECODED: Final = ("protocol", "transfer-syntax-error")
REJECTED: Final = ("protocol", "abstract-syntax-error-reject")
NOTIFIED: Final = ("protocol", "abstract-syntax-error-ignore-and-notify")
FALSELY_CONSTRUCTED: Final = ("protocol", "abstract-syntax-error-falsely-constructed-message")
"""What to give as the cause (TS 38.413 9.3.1.2)."""

ERROR_INDICATION: Final = "error-indication"
UNSUCCESSFUL_OUTCOME: Final = "unsuccessful-outcome"
LOCAL: Final = "local"
NOTHING: Final = "nothing"
"""What to do about a message that cannot be used: see `NgapError.remedy`."""

MAX_DIAGNOSTICS: Final = 256
"""maxnoofErrors of TS 38.413 9.3.1.3."""
ERROR_INDICATION_CODE: Final = 9
"""id-ErrorIndication of TS 38.413 9.4.7."""


class NgapError(DecodeError):
    """A received message that cannot be used. What could be read of it is in the attributes.

    `procedure_code`, `kind` and `criticality` are None where not even the header was readable. `cause` is the
    value for a Cause IE. `remedy` says what TS 38.413 clause 10 asks for: `error-indication`,
    `unsuccessful-outcome` (of the same procedure, or an Error Indication where its mandatory IEs cannot be
    filled in), `local` error handling (the procedure has failed, nobody is told) or `nothing`.
    """

    def __init__(
        self,
        what: str,
        offset: int = -1,
        *,
        procedure_code: int | None = None,
        kind: str | None = None,
        criticality: str | None = None,
        cause: tuple[str, str] = NOT_DECODED,
        remedy: str = ERROR_INDICATION,
    ) -> None:
        super().__init__(what, offset)
        self.procedure_code = procedure_code
        self.kind = kind
        self.criticality = criticality
        self.cause = cause
        self.remedy = LOCAL if procedure_code == ERROR_INDICATION_CODE else remedy
        self.message: type[Message] | None = None
        self.defects: tuple[IeDefect, ...] = ()
        self.amf_ue_ngap_id: int | None = None
        self.ran_ue_ngap_id: int | None = None

    def note(self, message: type[Message], values: dict[str, Any], defects: list[IeDefect]) -> None:
        """Keep the message's type, what was wrong, and the UE's identities as far as they could be read."""
        self.message = message
        self.defects = tuple(defects)
        both = values.get("ue_ngap_ids")
        pair = both[1] if both is not None and both[0] == "uE-NGAP-ID-pair" else {}
        self.amf_ue_ngap_id = values.get("amf_ue_ngap_id", pair.get("aMF-UE-NGAP-ID"))
        self.ran_ue_ngap_id = values.get("ran_ue_ngap_id", pair.get("rAN-UE-NGAP-ID"))
        if both is not None and both[0] == "aMF-UE-NGAP-ID":
            self.amf_ue_ngap_id = both[1]


class TransferSyntaxError(NgapError):
    """The octets are no encoding of an NGAP message (TS 38.413 10.2)."""


class AbstractSyntaxError(NgapError):
    """An unknown procedure, or a message whose IEs forbid to act on it (TS 38.413 10.3.4 to 10.3.6)."""


TRIGGERING = {UNSUCCESSFUL: "unsuccessful-outcome"}
"""The Triggering Message of TS 38.413 9.4.5 spells this kind otherwise than the type of message does."""


def criticality_diagnostics(found: NgapError | Message, *, in_answer: bool = False) -> dict[str, Any]:
    """The value of a Criticality Diagnostics IE for an error or for a message with defects.

    `in_answer`: it goes into the answer of the same procedure, which names the procedure already; the
    procedure code, triggering message and criticality are for Error Indications (TS 38.413 9.3.1.3).
    Defects of criticality ignore are never reported.
    """
    value: dict[str, Any] = {}
    if not in_answer and found.procedure_code is not None and found.kind is not None:
        value["procedureCode"] = found.procedure_code
        value["triggeringMessage"] = TRIGGERING.get(found.kind, found.kind)
        if found.criticality is not None:
            value["procedureCriticality"] = found.criticality
    reported = [
        {"iECriticality": d.criticality, "iE-ID": d.ie_id, "typeOfError": d.type_of_error}
        for d in found.defects
        if d.criticality != IGNORE
    ]
    if reported:
        value["iEsCriticalityDiagnostics"] = reported[:MAX_DIAGNOSTICS]
    return value


def remedy_of(message: type[Message]) -> str:
    """What a message asks for that is refused for its IEs (TS 38.413 10.3.4.2, 10.3.5, 10.3.6)."""
    if message.kind != INITIATING:
        return LOCAL
    return UNSUCCESSFUL_OUTCOME if message.can_fail else ERROR_INDICATION
