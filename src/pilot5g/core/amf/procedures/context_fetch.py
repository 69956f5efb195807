"""A phone shows the identity of another AMF: its context is asked for there, before anything else
(TS 23.502 4.2.2.2.2 steps 4 and 5).

The old AMF checks the phone's own message with its keys (TS 33.501 6.9.3), so nobody gets a context by
knowing an identity. Where that fails the phone is a stranger; once it has authenticated, a mobility
registration asks again, by SUPI (`fetch_validated`), for the sessions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from pilot5g.core.amf.moving import give_back, serve, sessions_of, take
from pilot5g.core.amf.peers import Origin
from pilot5g.flow.errors import ServiceError
from pilot5g.flow.procedure import Verdict
from pilot5g.model import Guti, STmsi
from pilot5g.service.n14 import ContextRequest, TransferReason, UeContext
from pilot5g.wire import nas

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

MOBILITY = (nas.RegistrationKind.MOBILITY, nas.RegistrationKind.PERIODIC)


class Foreign(msgspec.Struct, frozen=True):
    """A first message with the identity of another AMF, as it can be read without keys, and its octets."""

    message: Any
    octets: bytes


class ContextFetch:
    """See the module. The phone's message is dealt with after it."""

    def __init__(self, ue: Ue, foreign: Foreign) -> None:
        self.ue = ue
        self.foreign = foreign

    async def run(self) -> None:
        """Whatever comes of it, the phone's message is next."""
        ue, message = self.ue, self.foreign.message
        origin = ue.origin
        assert origin is not None
        try:
            moved = await origin.peer.n14.transfer_ue_context(self.request(origin))
        except ServiceError as problem:
            ue.amf.journal.note(ue.name, f"{origin.peer.amf_id} gives no context: {problem}")
        else:
            if ue.connected and moved.nas is not None:
                message = self.adopt(moved, origin)
                if isinstance(message, nas.ServiceRequest):
                    await self.register()
        if ue.connected:
            ue.owner.deliver(message)

    def request(self, origin: Origin) -> ContextRequest:
        """UEContextTransfer; a registration that is no update is an initial one (TS 24.501 9.11.3.7)."""
        message, identity = self.foreign.message, origin.identity
        initial = isinstance(message, nas.RegistrationRequest) and (
            message.registration_type.kind not in MOBILITY
        )
        return ContextRequest(
            guti=identity if isinstance(identity, Guti) else None,
            s_tmsi=identity if isinstance(identity, STmsi) else None,
            reason=TransferReason.INITIAL if initial else TransferReason.MOBILITY,
            message=self.foreign.octets,
            amf_id=self.ue.amf.config.instance_id,
        )

    def adopt(self, moved: UeContext, origin: Origin) -> Any:
        """The phone is who it says: its message in full."""
        ue, line = self.ue, self.ue.line()
        take(ue, moved)
        origin.taken = True
        ue.context.tai, ue.context.cell = line.tai, line.cell
        keys = ue.context.keys
        assert keys is not None
        ue.amf.journal.note(ue.name, f"context taken from {origin.peer.amf_id}")
        origin.renewed = moved.changed
        if origin.renewed:  # nothing is protected until the phone has derived it as well
            return self.foreign.message
        line.secure = True
        line.kgnb_count = keys.nas.last_uplink_count
        return revealed(ue, self.foreign.message)

    async def register(self) -> None:
        """A phone that asks for service is registered here from now on, or stays with its AMF."""
        ue = self.ue
        try:
            await serve(ue)
        except ServiceError as problem:
            ue.amf.journal.note(ue.name, f"cannot be served: {problem}")
            await give_back(ue)
            return
        if ue.connected:
            ue.register()

    def collide(self, event: Any) -> Verdict:
        """What else the phone has to say comes after its first message."""
        return Verdict.LATER


async def fetch_validated(ue: Ue) -> None:
    """The phone has authenticated with this AMF: its sessions, at least, come along (step 4, the phone being
    validated)."""
    origin = ue.origin
    if origin is None or origin.taken:
        return
    request = ContextRequest(supi=ue.supi, reason=TransferReason.VALIDATED, amf_id=ue.amf.config.instance_id)
    try:
        moved = await origin.peer.n14.transfer_ue_context(request)
    except ServiceError as problem:
        ue.amf.journal.note(ue.name, f"{origin.peer.amf_id} gives no context: {problem}")
        return
    origin.taken = True
    ue.context.sessions = sessions_of(moved.sessions)
    ue.context.policy = moved.policy
    ue.context.radio_capability = ue.context.radio_capability or moved.radio_capability


def revealed(ue: Ue, message: Any) -> Any:
    """The complete message out of its NAS message container; as it came where that cannot be read, so that
    the whole is asked for again in security mode control (TS 24.501 4.4.6)."""
    container = getattr(message, "nas_message_container", None)
    if container is None or ue.context.keys is None:
        return message
    try:
        inner = nas.decode(ue.context.keys.nas.reveal(container))
    except nas.NasError:
        return message
    return inner if type(inner) is type(message) else message
