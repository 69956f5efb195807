"""A session changes its radio: path switch (TS 23.502 4.9.1.2) and N2 handover (4.9.1.3), step by step.

The UPF and its end of the tunnel stay; what changes is where downlink packets go. Each step is one update of
the AMF. A step that does not fit is refused, and with it this session alone is left behind.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from pilot5g.core.smf import rules, transfers
from pilot5g.core.smf.context import SessionState
from pilot5g.core.smf.session import Handover, Session
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.service.n4 import FTeid, Modification, N4Error, OuterHeader
from pilot5g.service.namf import N2Sm, N2SmType
from pilot5g.service.nsmf import HoState, SmContextUpdate


async def step(session: Session, update: SmContextUpdate) -> N2Sm | None:
    """Do what an update asks, and give what the AMF carries to the radio. Raises ServiceError, N4Error, and
    DecodeError for what a radio sent."""
    if update.n2 is not None and (work := _BY_KIND.get(update.n2.kind)) is not None:
        return await work(session, update.n2.transfer)
    if update.ho_state is HoState.COMPLETED:
        await complete(session)
    elif update.ho_state is HoState.CANCELLED:
        await session.end_handover()
    return None


async def switch_path(session: Session, octets: bytes) -> N2Sm:
    """PATH SWITCH REQUEST: the phone is at another radio already (4.9.1.2.2 steps 2 to 6)."""
    _check(session)
    told = transfers.path_switch_request(octets)
    if session.context.qfi not in told.qfis:
        await session.deactivate()
        raise ServiceError(Problem.N2_SM_ERROR, "the radio did not take the default QoS flow")
    await _switch(session, told.tunnel)
    await session.end_handover()  # the one that was prepared has been overtaken
    return transfers.path_switch_acknowledge()


async def move_tunnel(session: Session, octets: bytes) -> N2Sm:
    """PDU SESSION RESOURCE MODIFY INDICATION: the phone stays, its radio's end of the tunnel moves (TS 38.413
    8.2.5)."""
    _check(session)
    told = transfers.modify_indication(octets)
    if session.context.qfi not in told.qfis:
        raise ServiceError(Problem.N2_SM_ERROR, "the radio did not take the default QoS flow along")
    before = session.context.downlink
    try:
        await _switch(session, told.tunnel)
    except N4Error:
        session.context.downlink = before
        raise
    return transfers.modify_confirm(session.context, told.qfis)


async def not_switched(session: Session, octets: bytes) -> None:
    """The new radio has no resources for it: packets are kept, and the phone may bring it back."""
    session.smf.journal.note(session.context.name, f"not switched: {transfers.unswitched_cause(octets)}")
    await session.deactivate()


async def prepare(session: Session, octets: bytes) -> N2Sm:
    """HANDOVER REQUIRED: what the target needs to set the session up (4.9.1.3.2 steps 4 to 6)."""
    _check(session)
    direct = transfers.direct_forwarding(octets)
    await session.end_handover()
    session.handover = Handover(direct=direct)
    return transfers.setup_request(session.context)


async def acknowledge(session: Session, octets: bytes) -> N2Sm:
    """HANDOVER REQUEST ACKNOWLEDGE: the target's tunnels are known, nothing is switched yet (step 10, 11)."""
    handover = _under_way(session)
    told = transfers.handover_acknowledge(octets)
    if session.context.qfi not in told.qfis:
        raise ServiceError(Problem.N2_SM_ERROR, "the radio did not take the default QoS flow")
    handover.target = told.tunnel
    if told.forwarding is None:
        return transfers.handover_command(None, ())
    way: OuterHeader | FTeid | None = told.forwarding
    if not handover.direct:
        way = await _forward(session, handover, told.forwarding)
    return transfers.handover_command(way, told.forwarded)


async def _forward(session: Session, handover: Handover, target: OuterHeader) -> FTeid | None:
    """An indirect forwarding tunnel; without one the handover goes on, and what is on its way is lost."""
    pdr, far, qer = rules.forwarding(session.context, target)
    change = Modification(seid=session.context.seid, pdrs=(pdr,), fars=(far,), qers=(qer,))
    try:
        chosen = (await session.smf.upf.modify(change)).chosen
    except N4Error as refused:
        session.smf.journal.note(session.context.name, f"no indirect forwarding: {refused}")
        return None
    handover.forwards = True
    return chosen[pdr.pdr_id]


async def not_admitted(session: Session, octets: bytes) -> N2Sm:
    """The target has no resources for it (step 10): the source is told so."""
    await session.end_handover()
    why = transfers.not_allocated_cause(octets)
    session.smf.journal.note(session.context.name, f"not admitted by the target radio: {why}")
    return transfers.preparation_failed()


async def complete(session: Session) -> None:
    """The phone has arrived: packets go to the target, the source gets an End Marker, and forwarding ends a
    little later (4.9.1.3.3 steps 6a to 15)."""
    handover = _under_way(session)
    if handover.target is None:
        raise ServiceError(Problem.N2_SM_ERROR, "the target did not take this session")
    await _switch(session, handover.target)
    if not handover.forwards:
        session.handover = None
        return

    def over() -> None:
        session.smf.tasks.spawn(_stop_forwarding(session), f"forwarding of {session.context.name}")

    handover.forwarding_ends.start(session.smf.config.timers["X-FORWARDING"].seconds, over)


async def _stop_forwarding(session: Session) -> None:
    try:
        await session.end_handover()
    except N4Error as gone:
        session.smf.journal.note(session.context.name, f"forwarding did not end at the UPF: {gone}")


async def _switch(session: Session, tunnel: OuterHeader) -> None:
    session.activating = False
    session.context.downlink = tunnel
    if session.at_upf:
        far = rules.switched_far(session.context)
        await session.smf.upf.modify(Modification(seid=session.context.seid, fars=(far,)))


def _check(session: Session) -> None:
    if session.context.state is not SessionState.ACTIVE or not session.context.installed:
        raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"{session.context.name} is not active")


def _under_way(session: Session) -> Handover:
    if session.handover is None:
        raise ServiceError(Problem.N2_SM_ERROR, f"{session.context.name} is in no handover")
    return session.handover


_BY_KIND: Mapping[N2SmType, Callable[[Session, bytes], Awaitable[N2Sm | None]]] = {
    N2SmType.PATH_SWITCH_REQ: switch_path,
    N2SmType.PATH_SWITCH_SETUP_FAIL: not_switched,
    N2SmType.PDU_RES_MOD_IND: move_tunnel,
    N2SmType.HANDOVER_REQUIRED: prepare,
    N2SmType.HANDOVER_REQ_ACK: acknowledge,
    N2SmType.HANDOVER_RES_ALLOC_FAIL: not_admitted,
}
KINDS = frozenset(_BY_KIND)
"""N2 SM information that is a step of a handover, or moves a tunnel as one does."""
