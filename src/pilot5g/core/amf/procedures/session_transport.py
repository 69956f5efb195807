"""UL NAS TRANSPORT (TS 24.501 5.4.5.2, TS 23.502 4.3.2.2.1 steps 1 to 3): 5GSM messages on their way to an
SMF, and back to the phone with a cause where no SMF is to be had."""

from __future__ import annotations

from sys import intern
from typing import TYPE_CHECKING

from pilot5g.core.amf.causes import not_forwarded, spelled
from pilot5g.core.amf.context import SmContext
from pilot5g.core.amf.payloads import up
from pilot5g.core.amf.restrictions import check_service
from pilot5g.core.amf.session_delivery import carry, n1_container
from pilot5g.flow.errors import Gone, Problem, Refused, ServiceError
from pilot5g.model import Snssai
from pilot5g.service.namf import N1N2Message
from pilot5g.service.nnrf import NfType
from pilot5g.service.nsmf import SmContextCreate, SmContextUpdate
from pilot5g.wire import nas

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

NOT_FORWARDED = nas.GmmCause.PAYLOAD_WAS_NOT_FORWARDED
NO_DNN = nas.GmmCause.DNN_NOT_SUPPORTED_OR_NOT_SUBSCRIBED_IN_SLICE

OF_EMERGENCY = (nas.RequestType.INITIAL_EMERGENCY, nas.RequestType.EXISTING_EMERGENCY)
OF_EXISTING = (None, nas.RequestType.MODIFICATION, nas.RequestType.EXISTING)


def uplink(ue: Ue, message: nas.UlNasTransport) -> None:
    """A payload of the phone: queued, so that a session's messages keep their order."""
    if not ue.secured:
        ue.refuse(message)
    elif message.payload_container_type != nas.PayloadContainerType.N1_SM:
        up(ue, message.payload_container_type, message.payload_container, message.additional_information)
    elif message.pdu_session_id is None or not 1 <= message.pdu_session_id <= 15:
        ue.amf.journal.note(ue.name, f"a 5GSM message for PDU session {message.pdu_session_id} was ignored")
    else:
        psi = message.pdu_session_id
        ue.lane.put(lambda: _forward(ue, psi, message))


def update_session(ue: Ue, psi: int, update: SmContextUpdate) -> None:
    """Queue what a radio says of a session; what the SMF wants in return is carried out."""
    ue.lane.put(lambda: _update(ue, psi, update))


async def _forward(ue: Ue, psi: int, message: nas.UlNasTransport) -> None:
    if not ue.secured:
        return  # it has left, or another is this phone now
    try:
        await _route(ue, psi, message)
    except ServiceError as problem:
        _return(ue, psi, message, not_forwarded(problem))
    except Refused as refusal:
        _return(ue, psi, message, refusal)
    except Gone:
        ue.amf.journal.note(ue.name, f"left before PDU session {psi} was answered")


def _return(ue: Ue, psi: int, message: nas.UlNasTransport, refusal: Refused) -> None:
    """The payload goes back with the cause (5.4.5.3.1)."""
    ue.amf.journal.refuse(
        ue.name,
        f"PDU session {psi}",
        cause=spelled(refusal.cause),
        reason=refusal.reason,
        fix=refusal.fix,
    )
    if ue.secured:
        ue.send(n1_container(psi, message.payload_container, refusal.cause))


async def _route(ue: Ue, psi: int, message: nas.UlNasTransport) -> None:
    """Which SMF: a new one for a new session, otherwise the one that holds it (5.4.5.2.3 a)."""
    kind = message.request_type
    if kind in OF_EMERGENCY:
        await _emergency(ue, psi, message)
        return
    if kind is not None:  # without, it is about a session that there is, mostly its release
        check_service(ue)
    if kind is not None and ue.context.emergency:
        raise Refused(
            NOT_FORWARDED,
            "it is registered for emergency services only",
            "deregister it, and register it with its subscription",
        )
    if kind == nas.RequestType.INITIAL:
        await _establish(ue, psi, message)
    elif psi in ue.context.sessions and kind in OF_EXISTING:
        await _update(ue, psi, SmContextUpdate(n1=message.payload_container))
    else:
        raise Refused(
            NOT_FORWARDED,
            f"there is no PDU session {psi} to forward to",
            "the phone and the network disagree; it will notice at its next registration",
        )


async def _update(ue: Ue, psi: int, update: SmContextUpdate) -> None:
    session = ue.context.sessions.get(psi)
    if session is None:
        return
    try:
        updated = await ue.smf(session).update_sm_context(session.ref, update)
        if updated.n1 is not None or updated.n2 is not None:
            carry(ue, N1N2Message(pdu_session_id=psi, n1=updated.n1, n2=updated.n2))
    except ServiceError as problem:
        if problem.problem is Problem.CONTEXT_NOT_FOUND:
            ue.lose_session(psi)
        if update.n1 is not None:
            raise
        ue.amf.journal.note(ue.name, f"SMF on PDU session {psi}: {problem}")
    except Gone:
        ue.amf.journal.note(ue.name, f"left before PDU session {psi} was answered")


async def _emergency(ue: Ue, psi: int, message: nas.UlNasTransport) -> None:
    """A session for emergency services: one, to the data network that the network has for them, whatever the
    subscription (TS 23.501 5.16.4.8, TS 24.501 5.4.5.2.3 a)."""
    emergency = ue.amf.config.emergency
    if emergency is None:
        raise Refused(NOT_FORWARDED, "the network has no emergency services", "set `emergency.dnn`")
    if message.request_type == nas.RequestType.INITIAL_EMERGENCY:
        await _begin(ue, psi, message, emergency.snssai, emergency.dnn, emergency=True)
    elif psi in ue.context.sessions:
        await _update(ue, psi, SmContextUpdate(n1=message.payload_container))
    else:
        raise Refused(NOT_FORWARDED, f"there is no PDU session {psi} to forward to", "ask for a new one")


async def _establish(ue: Ue, psi: int, message: nas.UlNasTransport) -> None:
    """A new session of the subscription."""
    snssai = _slice(ue, message.s_nssai)
    await _begin(ue, psi, message, snssai, await _dnn(ue, snssai, message.dnn))


async def _begin(
    ue: Ue, psi: int, message: nas.UlNasTransport, snssai: Snssai, dnn: str, *, emergency: bool = False
) -> None:
    """A new session. Where one exists under this identity, its SMF decides whether the phone repeats itself
    or begins anew (5.4.5.2.5)."""
    former = ue.context.sessions.get(psi)
    smf = former.smf if former is not None else await _select(ue, snssai, dnn)
    line = ue.line()
    assert line.tai is not None
    create = SmContextCreate(
        supi=ue.supi,
        pdu_session_id=psi,
        dnn=dnn,
        snssai=snssai,
        n1=message.payload_container,
        tai=line.tai,
        amf_id=ue.amf.config.instance_id,
        emergency=emergency,
    )
    context, lane = ue.context, ue.lane  # the phone's, whoever is the phone when the SMF has answered
    lane.begin(psi, snssai)
    try:
        ref = await ue.amf.smf(smf).create_sm_context(create)
        if psi in lane.creating:  # otherwise the SMF has refused and let go already
            context.sessions[psi] = SmContext(ref, smf, dnn, snssai)
            ue.amf.keep(context)
    finally:
        lane.end(psi)


def _slice(ue: Ue, asked: Snssai | None) -> Snssai:
    """The slice asked for where it is allowed; otherwise an allowed default one (TS 23.501 5.15.5.3)."""
    allowed = ue.context.allowed_nssai
    if asked is None:
        return next((s for s in allowed if s in ue.context.default_nssai), allowed[0])
    wanted = Snssai(asked.sst, asked.sd).canonical
    if wanted not in allowed:
        raise Refused(
            NOT_FORWARDED,
            f"slice {wanted} is not allowed for it here, only {', '.join(str(s) for s in allowed)}",
            f"give the subscriber slice {wanted} and let the phone register for it",
        )
    return allowed[allowed.index(wanted)]


async def _dnn(ue: Ue, snssai: Snssai, asked: str | None) -> str:
    """The DNN asked for where it is subscribed, or the subscribed default (TS 23.501 5.6.1)."""
    if asked is None:
        return await ue.amf.nudm.default_dnn(ue.supi, snssai)
    dnn = intern(asked.lower())  # many sessions keep the same few names
    await ue.amf.nudm.session_management(ue.supi, snssai, dnn)
    return dnn


async def _select(ue: Ue, snssai: Snssai, dnn: str) -> str:
    """The SMF for slice and DNN (TS 23.502 4.3.2.2.3.2)."""
    found = await ue.amf.nnrf.discover(NfType.SMF, snssai, dnn)
    if found:
        return found[0].instance_id
    raise Refused(
        NO_DNN,
        f"no SMF serves DNN {dnn} in slice {snssai}",
        f"add {dnn} under `data_networks` in slice {snssai}, or change the phone's DNN",
    )
