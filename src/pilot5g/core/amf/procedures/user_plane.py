"""User planes of existing sessions: which are asked for, and what their SMFs say (TS 23.502 4.2.3.2 steps 4
to 11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pilot5g.core.amf.procedures.deregistration import release_sessions
from pilot5g.core.amf.restrictions import unserved
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.service.namf import N1N2Message, N2SmType
from pilot5g.service.nsmf import SmContextUpdate, SmContextUpdated, UpCnxState
from pilot5g.wire import nas

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

MISMATCH = "PDU_SESSION_STATUS_MISMATCH"


class Reactivated(msgspec.Struct, frozen=True):
    """`messages` go to radio and phone; `failed` are the sessions asked for in vain, with the cause."""

    messages: list[N1N2Message]
    failed: dict[int, nas.GmmCause]
    asked: bool

    @property
    def result(self) -> frozenset[int] | None:
        """PDU session reactivation result (TS 24.501 9.11.3.42): the sessions that stay inactive."""
        return frozenset(self.failed) if self.asked else None

    @property
    def errors(self) -> tuple[nas.ReactivationError, ...] | None:
        """Their causes (9.11.3.43)."""
        return tuple(nas.ReactivationError(psi, cause) for psi, cause in self.failed.items()) or None


async def synchronise(ue: Ue, status: frozenset[int] | None) -> None:
    """Sessions that the phone no longer has are released (TS 24.501 5.5.1.3.4, 5.6.1.4)."""
    if status is not None:
        await release_sessions(ue, status, MISMATCH)


def status_of(ue: Ue, asked: frozenset[int] | None) -> frozenset[int] | None:
    """PDU session status for the answer: told where the phone told its own."""
    return None if asked is None else frozenset(ue.context.sessions)


async def reactivate(ue: Ue, wanted: frozenset[int] | None) -> Reactivated:
    """Have the user planes set up that the phone wants or that downlink data waits for."""
    waiting = _take_waiting(ue)
    messages: list[N1N2Message] = list(waiting.values())
    failed: dict[int, nas.GmmCause] = {}
    for psi in sorted((wanted or frozenset()) - waiting.keys()):
        if unserved(ue, psi):
            failed[psi] = nas.GmmCause.RESTRICTED_SERVICE_AREA
            continue
        try:
            updated = await _activate(ue, psi)
        except ServiceError as problem:
            failed[psi] = _cause(problem)
            ue.amf.journal.note(ue.name, f"PDU session {psi} stays inactive: {problem}")
            if problem.problem is Problem.CONTEXT_NOT_FOUND:
                ue.lose_session(psi)  # PDU session status tells the phone (TS 24.501 5.6.1.4)
            continue
        if updated.n2 is not None:
            messages.append(N1N2Message(pdu_session_id=psi, n1=updated.n1, n2=updated.n2))
    return Reactivated(messages, failed, wanted is not None)


def _take_waiting(ue: Ue) -> dict[int, N1N2Message]:
    """What SMFs want set up at the radio, out of what waits for the phone."""
    waiting = {
        psi: message
        for psi, message in ue.pending.items()
        if message.n2 is not None
        and message.n2.kind is N2SmType.PDU_RES_SETUP_REQ
        and psi in ue.context.sessions
    }
    ue.unhold(waiting)
    return waiting


async def _activate(ue: Ue, psi: int) -> SmContextUpdated:
    session = ue.context.sessions.get(psi)
    if session is None:
        raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"there is no PDU session {psi}")
    if ue.connection is not None:
        ue.connection.activate(psi)  # from now on a release has to be told
    update = SmContextUpdate(up_cnx_state=UpCnxState.ACTIVATING)
    updated: SmContextUpdated = await ue.lane.do(
        lambda: ue.smf(session).update_sm_context(session.ref, update)
    )
    return updated


def _cause(problem: ServiceError) -> nas.GmmCause:
    """TS 24.501 5.6.1.4: why a user plane was not reactivated."""
    if problem.problem is Problem.INSUFFICIENT_RESOURCES_SLICE_DNN:
        return nas.GmmCause.INSUFFICIENT_RESOURCES_FOR_SLICE_AND_DNN
    return nas.GmmCause.INSUFFICIENT_USER_PLANE_RESOURCES
