"""Deregistration by the phone (TS 23.502 4.2.2.3.2, TS 24.501 5.5.2.2) or without its knowing (5.3.7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.moving import give_back
from pilot5g.core.amf.procedures.authentication import Authentication, AuthenticationRefused, conclude
from pilot5g.core.amf.procedures.identification import identify
from pilot5g.flow.errors import Gone, Refused, ServiceError, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.model import Suci, Supi
from pilot5g.wire import nas
from pilot5g.wire.ngap.values import cause

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue


class Deregistration:
    """UE-originating deregistration. One that proves nothing is authenticated first, or ignored where the
    phone is switching off: it would not answer (TS 24.501 4.4.4.3)."""

    def __init__(self, ue: Ue, request: nas.DeregistrationRequest) -> None:
        self.ue = ue
        self.request = request
        self.connection = ue.connection

    async def run(self) -> None:
        """Whatever comes of it, the connection goes."""
        ue = self.ue
        try:
            await self.deregister()
        except AuthenticationRefused as refusal:
            if ue.connected:
                ue.send(refusal.reject)
        except (Refused, ServiceError, TimerExpired, Gone) as stopped:
            ue.amf.journal.note(ue.name, f"deregistration given up: {stopped}")
        if ue.connected:
            ue.amf.release(ue.line(), cause("nas", "deregister"))

    async def deregister(self) -> None:
        """The steps of TS 23.502 figure 4.2.2.3.2-1. Raises what stops it."""
        ue = self.ue
        switch_off = self.request.deregistration_type.switch_off
        if not ue.line().secure and not await self.proved(switch_off):
            return
        name, accept = ue.name, ue.protect(nas.DeregistrationAccept())  # while there are keys
        await let_go(ue)
        ue.amf.journal.note(name, "deregistered" + (", switched off" if switch_off else ""))
        if not switch_off:
            ue.send_octets(accept)

    async def proved(self, switch_off: bool) -> bool:
        """Whether an unprotected request is the phone's own."""
        ue = self.ue
        if switch_off:
            ue.amf.journal.note(ue.name, "an unprotected deregistration was ignored")
            return False
        identity: Supi | Suci
        if isinstance(self.request.mobile_identity, Suci):
            identity = self.request.mobile_identity
        else:
            identity = ue.claimed or await identify(ue)
        proof = await Authentication(ue, identity, self.request.ngksi.value).run()
        ue.become(proof.supi)
        conclude(ue, proof)
        return True

    def collide(self, event: Any) -> Verdict:
        """A new registration goes first, its sessions are released there; the same request again is not
        another (TS 24.501 5.5.2.2.6)."""
        match event:
            case nas.RegistrationRequest():
                return Verdict.REPLACE
            case nas.DeregistrationRequest() if self.ue.connection is not self.connection:
                return Verdict.REPLACE
            case _:
                return Verdict.IGNORE


class ImplicitDeregistration:
    """The phone has not been heard of for too long, or is another AMF's now (TS 23.502 4.2.2.3.3)."""

    def __init__(self, ue: Ue, reason: str) -> None:
        self.ue = ue
        self.reason = reason

    async def run(self) -> None:
        """Nothing is said to the phone; a connection it has is released."""
        ue = self.ue
        ue.amf.journal.note(ue.name, f"implicitly deregistered: {self.reason}")
        ue.amf.ues.remember_silent(ue)
        await let_go(ue)
        if ue.connected:
            ue.amf.release(ue.line(), cause("nas", "deregister"))

    def collide(self, event: Any) -> Verdict:
        """A phone that appears after all begins anew; one that wants anything else is released."""
        return Verdict.REPLACE if isinstance(event, nas.RegistrationRequest) else Verdict.IGNORE


async def let_go(ue: Ue) -> None:
    """Everything that is kept for a phone elsewhere, then here (TS 23.502 4.2.2.3.2 steps 2 to 6)."""
    amf, context = ue.amf, ue.context
    if context.supi is None or await give_back(ue):
        return
    await release_sessions(ue)
    await drop_policy(ue)
    try:
        await amf.nudm.deregister_amf(context.supi, amf.config.instance_id)
    except ServiceError as problem:
        amf.journal.note(ue.name, f"UDM: {problem}")
    ue.deregister()


async def release_sessions(ue: Ue, keep: frozenset[int] = frozenset(), why: str = "") -> None:
    """All sessions but those to keep, one that is only being made as well: their SMFs release them without a
    word to the phone. `why` is a Cause of TS 29.502 6.1.6.3.8, which has none for a phone that has left."""

    async def release() -> None:
        for psi in sorted(ue.context.sessions.keys() - keep):
            await _release(ue, psi, why)

    if ue.signalling or ue.context.sessions.keys() - keep:
        await ue.lane.do(release)


async def _release(ue: Ue, psi: int, why: str) -> None:
    session = ue.context.sessions.pop(psi, None)
    if session is None:
        return
    if ue.connection is not None:
        ue.connection.deactivate(psi)
    try:
        await ue.smf(session).release_sm_context(session.ref, why)
    except ServiceError as problem:
        ue.amf.journal.note(ue.name, f"SMF on PDU session {psi}: {problem}")


async def drop_policy(ue: Ue) -> None:
    """The AM policy association ends (TS 23.502 4.16.3.2)."""
    policy, ue.context.policy = ue.context.policy, None
    if policy is None:
        return
    try:
        await ue.amf.npcf.delete_am_policy(policy)
    except ServiceError as problem:
        ue.amf.journal.note(ue.name, f"PCF: {problem}")
