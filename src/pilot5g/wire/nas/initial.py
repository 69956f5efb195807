"""Initial NAS messages and what of them may be read on the radio (TS 24.501 4.4.6, TS 33.501 6.4.6).

A UE shows an eavesdropper only the cleartext elements of its first message. The whole message travels in a
NAS message container: ciphered within the initial message where there is a security context, otherwise later,
in Security Mode Complete.

    UE without context   cleartext(message) now, encode(message) in Security Mode Complete
    UE with context      NasSecurity.protect_initial(message)
    AMF with context     unprotect, decode, and NasSecurity.reveal the container
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from pilot5g.wire.nas.grammar import GmmMessage
from pilot5g.wire.nas.mm import (
    ControlPlaneServiceRequest,
    DeregistrationRequest,
    RegistrationRequest,
    ServiceRequest,
)

M = TypeVar("M", bound=GmmMessage)

CLEARTEXT: dict[type[GmmMessage], frozenset[str]] = {
    RegistrationRequest: frozenset(
        {
            "registration_type",
            "ngksi",
            "mobile_identity",
            "ue_security_capability",
            "ue_status",
            "additional_guti",
            "eps_nas_message_container",
        }
    ),
    ServiceRequest: frozenset({"ngksi", "service_type", "s_tmsi"}),
    ControlPlaneServiceRequest: frozenset({"ngksi", "control_plane_service_type"}),
    DeregistrationRequest: frozenset({"deregistration_type", "ngksi", "mobile_identity"}),
}
"""The elements of each initial NAS message that are sent in the clear."""


def hidden(message: GmmMessage) -> tuple[str, ...]:
    """The elements of an initial message that must not be sent in the clear, by name.

    A NAS message container is not counted: it is what hides them. A message that is not initial has none.
    """
    clear = CLEARTEXT.get(type(message))
    if clear is None:
        return ()
    return tuple(
        row.name
        for row in message.TABLE.rows
        if row.name not in clear
        and row.name != "nas_message_container"
        and getattr(message, row.name) is not None
    )


def cleartext(message: M, container: bytes | None = None) -> M:
    """The message with its cleartext elements only, and `container` as its NAS message container."""
    changes: dict[str, bytes | None] = dict.fromkeys(hidden(message))
    if any(row.name == "nas_message_container" for row in message.TABLE.rows):
        changes["nas_message_container"] = container
    return msgspec.structs.replace(message, unknown=(), **changes)
