"""One procedure on one phone, timed at the phone: from its first message to the network's last.

`perform` gives the seconds it took. What it waits for before (that the phone is idle) or after (that the
radio has let it go) is not in them. Of a handover it is the AMF's part, as the radios see it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from itertools import count
from typing import Protocol

from pilot5g.app.bench.causes import NotReached
from pilot5g.app.bench.crowd import Subject
from pilot5g.app.bench.mix import Kind
from pilot5g.flow.clock import now
from pilot5g.ran.network import HandoverFailed, RadioNetwork
from pilot5g.ran.radio import Cell
from pilot5g.ran.ue.config import SessionWish
from pilot5g.ran.ue.phone import Phone
from pilot5g.ran.ue.procedures.registration import Registration
from pilot5g.wire.nas import RegistrationKind, ServiceType


class Caller(Protocol):
    """How a packet from outside reaches a phone, which pages it."""

    def call(self, address: str) -> None:
        """Send one datagram to a phone's address. Raises OSError."""
        ...


class Scene:
    """What actions need beside the phone."""

    def __init__(self, caller: Caller, wish: SessionWish, radios: RadioNetwork) -> None:
        """`wish`: the session phones ask for that are not configured to want another."""
        self.caller = caller
        self.wish = wish
        self.radios = radios
        self._places = count()

    def elsewhere(self, phone: Phone) -> Cell:
        """A cell of another gNB, each in turn. Raises NotReached."""
        here = phone.cell
        others = [gnb for gnb in self.radios.gnbs.values() if here not in gnb.cells and gnb.in_service]
        if not others:
            raise NotReached("a handover needs two gNBs in service: --gnbs 2")
        cells = others[next(self._places) % len(others)].cells
        return cells[next(self._places) % len(cells)]


Action = Callable[[Subject, Scene], Awaitable[float]]


async def perform(kind: Kind, subject: Subject, scene: Scene) -> float:
    """Do it; the seconds it took. Raises Stopped and NoCell with the phone's reasons, OSError, NotReached."""
    return await ACTIONS[kind](subject, scene)


async def _register(subject: Subject, scene: Scene) -> float:
    subject.phone.context.forget_registration()
    return await _return(subject, scene)


async def _return(subject: Subject, scene: Scene) -> float:
    phone = subject.phone
    await phone.register()
    return _last(phone.measurements.registration)


async def _open_session(subject: Subject, scene: Scene) -> float:
    phone = subject.phone
    wish = phone.config.sessions[0] if phone.config.sessions else scene.wish
    subject.session = await phone.open_session(wish.dnn, wish.snssai, wish.kind)
    return _last(phone.measurements.session)


async def _release_session(subject: Subject, scene: Scene) -> float:
    session = subject.session
    assert session is not None, "a phone with a session was taken"
    began = now()
    await subject.phone.release_session(session.id)
    subject.session = subject.stack = None
    return now() - began


async def _ask_service(subject: Subject, scene: Scene) -> float:
    phone = subject.phone
    await _idle(phone)
    await phone.service_request(ServiceType.SIGNALLING)
    return _last(phone.measurements.service_request)


async def _be_paged(subject: Subject, scene: Scene) -> float:
    """From the page on the air to the accept of the service request that answers it."""
    phone, session = subject.phone, subject.session
    assert session is not None, "a phone with a session was taken"
    await _idle(phone)
    address = session.ipv4 or session.ipv6
    if address is None:
        raise NotReached("the session has no address to call")
    paged = phone.measurements.paging
    paged.clear()
    scene.caller.call(str(address))
    await phone.until(lambda: bool(paged))
    return _last(paged)


async def _update_mobility(subject: Subject, scene: Scene) -> float:
    return await _update(subject.phone, RegistrationKind.MOBILITY)


async def _update_periodically(subject: Subject, scene: Scene) -> float:
    await _idle(subject.phone)
    return await _update(subject.phone, RegistrationKind.PERIODIC)


async def _update(phone: Phone, kind: RegistrationKind) -> float:
    """TS 24.501 5.5.1.3, as if the phone had moved or T3512 had expired."""
    procedure = Registration(phone, kind)
    phone.mm.start(procedure)
    await procedure.outcome.wait()
    return _last(phone.measurements.registration)


async def _go_by_xn(subject: Subject, scene: Scene) -> float:
    return await _go(subject, scene, "xn")


async def _go_by_n2(subject: Subject, scene: Scene) -> float:
    return await _go(subject, scene, "n2")


async def _go(subject: Subject, scene: Scene, via: str) -> float:
    """The AMF's part of a handover, as the radio that asks sees it: Path Switch Request to Acknowledge, or
    Handover Required to Command. A phone that is idle is called first."""
    phone, session = subject.phone, subject.session
    assert session is not None, "a phone with a session was taken"
    if not session.bearer and (address := session.ipv4 or session.ipv6) is not None:
        scene.caller.call(str(address))
    await phone.until(lambda: session.bearer)
    try:
        return await scene.radios.hand_over(phone, scene.elsewhere(phone), via)
    except HandoverFailed as failed:
        raise NotReached(f"not handed over: {failed}") from failed


async def _deregister(subject: Subject, scene: Scene) -> float:
    phone = subject.phone
    began = now()
    await phone.deregister()
    took = now() - began
    subject.session = subject.stack = None
    await phone.until_idle()
    return took


async def _idle(phone: Phone) -> None:
    if phone.connected:
        await phone.until_idle()


def _last(measured: list[float]) -> float:
    """The newest measurement; none is kept, for phones live long."""
    took = measured[-1]
    measured.clear()
    return took


ACTIONS: Mapping[Kind, Action] = {
    Kind.REGISTRATION: _register,
    Kind.RETURN: _return,
    Kind.SESSION: _open_session,
    Kind.RELEASE: _release_session,
    Kind.SERVICE: _ask_service,
    Kind.PAGING: _be_paged,
    Kind.MOBILITY: _update_mobility,
    Kind.PERIODIC: _update_periodically,
    Kind.XN_HANDOVER: _go_by_xn,
    Kind.N2_HANDOVER: _go_by_n2,
    Kind.DEREGISTRATION: _deregister,
}
