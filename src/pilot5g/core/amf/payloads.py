"""SMS, positioning messages and UE policies on their way through the AMF (TS 24.501 5.4.5, TS 29.518 5.2.2).

What a phone says goes to whoever serves its kind; where nobody does, it ends here, for TS 24.501 has no
answer to it: a message that came back would be taken for one of the network's. What is for a phone goes out
at once, or when the phone has been reached.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pilot5g.core.amf.events import Carry
from pilot5g.service.n1 import N1Class, N1Payload
from pilot5g.wire import nas

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

KINDS: Mapping[nas.PayloadContainerType, N1Class] = {
    nas.PayloadContainerType.SMS: N1Class.SMS,
    nas.PayloadContainerType.LPP: N1Class.LPP,
    nas.PayloadContainerType.UE_POLICY: N1Class.UE_POLICY,
}
TYPES = {kind: container for container, kind in KINDS.items()}

REMEMBERED = 4
"""Messages under way whose radio may say that they were not delivered."""


def served(ue: Ue, kind: N1Class) -> bool:
    """Whether somebody takes messages of a kind."""
    user = ue.amf.n1_user
    return user is not None and kind in user.kinds


def up(ue: Ue, container: nas.PayloadContainerType, octets: bytes, routing: bytes | None = None) -> None:
    """A payload of a phone (5.4.5.2.3 b to d)."""
    kind, user = KINDS.get(container), ue.amf.n1_user
    if kind is None or user is None or kind not in user.kinds:
        ue.amf.journal.refuse(
            ue.name,
            f"a payload of type {container.name}",
            cause="",
            reason="nobody in the network serves it",
            fix="connect an SMSF, LMF or PCF (`Amf.n1_user`)",
        )
    elif kind is N1Class.LPP and routing is None:
        ue.amf.journal.note(ue.name, "a positioning message without its correlation was ignored")  # 5.4.5.2.5
    else:
        user.notified(ue.supi, N1Payload(kind=kind, octets=octets, routing=routing))


def down(ue: Ue, payload: N1Payload) -> None:
    """A payload for a phone that can be sent to (5.4.5.3.2). Raises Gone."""
    line = ue.line()
    pdu = ue.protect(
        nas.DlNasTransport(
            payload_container_type=TYPES[payload.kind],
            payload_container=payload.octets,
            additional_information=payload.routing,
        )
    )
    line.payloads = (*line.payloads, (pdu, payload))[-REMEMBERED:]
    ue.send_octets(pdu)


def undelivered(ue: Ue, pdu: bytes, why: str) -> bool:
    """Whether a NAS message that a radio could not deliver is such a payload; then who sent it is told."""
    line, user = ue.connection, ue.amf.n1_user
    sent = next((each for each in line.payloads if each[0] == pdu), None) if line is not None else None
    if line is None or sent is None:
        return False
    line.payloads = tuple(each for each in line.payloads if each is not sent)
    if user is not None:
        user.not_delivered(ue.supi, sent[1], why)
    return True


def unreached(ue: Ue, event: Carry, why: str) -> None:
    """Paging was in vain."""
    if ue.amf.n1_user is not None:
        ue.amf.n1_user.not_delivered(ue.supi, event.payload, why)
