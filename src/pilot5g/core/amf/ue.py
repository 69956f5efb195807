"""One phone, live: its context, its connection, the one mobility procedure that runs, and how to send to it.

A phone whose first message proves nothing (no valid integrity protection) is a `Ue` of its own with an empty
context, beside the one it may claim to be. Only when it has authenticated does it take over that context
(`become`), so that nobody can disturb a phone by knowing its temporary identity (TS 24.501 4.4.4.3).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.connection import NO_SESSION
from pilot5g.core.amf.context import Cm, KeySet, Management, Rm, SmContext, UeContext
from pilot5g.core.amf.events import Forget, Page
from pilot5g.core.amf.lane import Lane
from pilot5g.core.amf.session_delivery import NOTHING, deliver_pending
from pilot5g.core.amf.watched import NOTHING_WATCHED
from pilot5g.flow.errors import Gone, Problem, ServiceError
from pilot5g.flow.procedure import Inbox, Procedure
from pilot5g.flow.timer import Alarm
from pilot5g.model import Snssai, Supi
from pilot5g.service.namf import N1N2Message
from pilot5g.service.nsmf import SmContextUpdate, UpCnxState
from pilot5g.wire import nas
from pilot5g.wire.nas.security import SecurityHeaderType
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import cause

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf
    from pilot5g.core.amf.connection import Connection
    from pilot5g.core.amf.peers import Origin

COMMITTED_EVERY = 16
"""Downlink NAS COUNTs between two commits at most: fewer than a restarted AMF skips (`keeper`)."""


class Mobility(Inbox):
    """The inbox of a phone: what begins its mobility procedures, and what becomes of the phone after one."""

    __slots__ = ("_ue",)

    def __init__(self, ue: Ue) -> None:
        super().__init__()
        self._ue: Ue | None = ue

    def retire(self) -> None:
        """As every inbox, and let go of the phone."""
        super().retire()
        self._ue = None

    def _begin(self, event: Any) -> Procedure | None:
        return None if self._ue is None else self._ue.amf.begin(self._ue, event)

    def _refuse(self, event: Any) -> None:
        if self._ue is not None:
            self._ue.refuse(event)

    def _failed(self, bug: BaseException) -> None:
        if self._ue is not None:
            self._ue.failed(bug)

    def _ended(self, procedure: Procedure) -> None:
        if self._ue is not None:
            self._ue.ended()


class Ue:
    """`candidate` are the keys of an authentication that no security mode command has put into use yet;
    `claimed` is whom an unproved phone says it is; `pending` waits for the phone to be connected, by PDU
    session; `wanted` are events to begin once it is. `watched` is what radios are to report of it.
    `origin` is another AMF that it comes from, until it is registered here."""

    __slots__ = (
        "_lane",
        "_reachability",
        "amf",
        "candidate",
        "claimed",
        "connection",
        "context",
        "origin",
        "owner",
        "pending",
        "reachable",
        "state",
        "wanted",
        "watched",
    )

    def __init__(self, amf: Amf, context: UeContext | None = None) -> None:
        self.amf = amf
        self.context = context or UeContext()
        self.state = Management(Rm.REGISTERED if self.context.registered else Rm.DEREGISTERED)
        self.connection: Connection | None = None
        self.candidate: KeySet | None = None
        self.claimed: Supi | None = None
        self.pending: Mapping[int, N1N2Message] = NOTHING
        self.wanted: tuple[Any, ...] = ()
        self.watched = NOTHING_WATCHED
        self.origin: Origin | None = None
        self._lane: Lane | None = None
        self._reachability: Alarm | None = None
        self.reachable = True
        self.owner = Mobility(self)

    # -- who it is

    @property
    def name(self) -> str:
        """For people: the SUPI where it is proved."""
        if self.context.supi is not None:
            return self.context.supi
        return f"a phone on {self.connection}" if self.connection else "a phone"

    @property
    def supi(self) -> Supi:
        """The SUPI of a phone that has proved it."""
        assert self.context.supi is not None
        return self.context.supi

    @property
    def registered(self) -> bool:
        """RM-REGISTERED."""
        return self.state.rm is Rm.REGISTERED

    @property
    def arriving(self) -> bool:
        """Whether it is about to be registered here with a context of another AMF."""
        return self.origin is not None and self.origin.taken

    def become(self, supi: Supi) -> None:
        """This phone has proved to be `supi`: it takes over what the AMF knows of that one, if anything."""
        other = self.amf.ues.by_supi.get(supi)
        if other is None:
            self.context.supi = supi
        elif other is not self:
            self.amf.ues.remove(other)
            self.context, other.context = other.context, UeContext()
            self._lane, self.pending, self.wanted = other._lane, other.pending, other.wanted
            self.watched = other.watched
            self.state = Management(other.state.rm)
            self.state.move(cm=Cm.CONNECTED if self.connection else Cm.IDLE)
            other.retire()
        self.amf.ues.add(self)

    def retire(self) -> None:
        """Somebody else is this phone now."""
        self.owner.retire()
        self.unwatch()
        self.pending, self.wanted, self._lane = NOTHING, (), None
        self.state = Management()
        connection, self.connection = self.connection, None
        if connection is not None:
            self._abandon(connection)

    def register(self) -> None:
        """RM-REGISTERED from here on (TS 23.501 5.3.2.2.2)."""
        self.context.registered = True
        self.state.move(rm=Rm.REGISTERED)

    def deregister(self) -> None:
        """RM-DEREGISTERED, and nothing is known of the phone any more."""
        if self.context.registered:
            self.amf.keeper.forget(self.supi)
        self.amf.ues.remove(self)
        self.unwatch()
        self.pending, self.wanted, self.watched = NOTHING, (), NOTHING_WATCHED
        if self.registered:
            self.state.move(rm=Rm.DEREGISTERED)
        self.context = UeContext()

    def commit(self) -> None:
        """What a procedure has changed outlives this process from here on."""
        self.amf.keep(self.context)

    # -- the connection

    @property
    def connected(self) -> bool:
        """Whether something can be sent: CM-CONNECTED and not about to be released."""
        line = self.connection
        return line is not None and not line.releasing and not line.suspended

    @property
    def idle(self) -> bool:
        """CM-IDLE, also where a radio keeps its context: to be paged."""
        return self.connection is None or self.connection.suspended

    @property
    def secured(self) -> bool:
        """Whether session signalling can be exchanged: registered, and accepted on this connection."""
        return self.connected and self.registered and self.line().open

    def line(self) -> Connection:
        """The connection to send through. Raises Gone where there is none."""
        if self.connection is None or self.connection.releasing or self.connection.suspended:
            raise Gone("the phone is not connected")
        return self.connection

    def attach(self, connection: Connection) -> None:
        """The phone has arrived on a connection; one it left without a word is released."""
        former = self.connection
        self.connection = connection
        connection.ue = self
        self.context.tai, self.context.cell = connection.tai, connection.cell
        self.unwatch()
        self.reachable = True
        self.state.move(cm=Cm.CONNECTED)
        if former is not None:
            self.deactivate(former)
            self._abandon(former)

    def _abandon(self, former: Connection) -> None:
        former.ue = None
        why = cause("radioNetwork", "release-due-to-cn-detected-mobility")
        self.amf.release(former, why)

    def detached(self, connection: Connection, reason: str) -> None:
        """The connection has ended: CM-IDLE (TS 23.502 4.2.6 steps 5 to 7)."""
        self.connection = None
        self.candidate = None
        self.state.move(cm=Cm.IDLE)
        self.deactivate(connection)
        self.owner.lost(reason)
        if not self.registered:
            self._farewell()
            return
        self.commit()
        self._watch()
        if self.pending or self.wanted:
            self.owner.deliver(Page())

    def deactivate(self, connection: Connection) -> None:
        """The user planes through a connection that is no more (TS 23.502 4.2.6 step 5)."""
        active, connection.active = connection.active, NO_SESSION
        for psi in sorted(active & self.context.sessions.keys()):
            update = SmContextUpdate(up_cnx_state=UpCnxState.DEACTIVATED)
            self.lane.put(lambda psi=psi, update=update: self.tell_smf(psi, update))  # type: ignore[misc]

    async def tell_smf(self, psi: int, update: SmContextUpdate) -> None:
        """A session update whose answer matters to nobody; a refusal is noted."""
        session = self.context.sessions.get(psi)
        if session is None:
            return
        try:
            await self.smf(session).update_sm_context(session.ref, update)
        except ServiceError as problem:
            self.amf.journal.note(self.name, f"SMF on PDU session {psi}: {problem}")
            if problem.problem is Problem.CONTEXT_NOT_FOUND:
                self.lose_session(psi)

    def lose_session(self, psi: int) -> None:
        """No SMF knows this session: it is none (TS 29.502 6.1.7.3). The phone learns of it by the next PDU
        session status."""
        self.context.sessions.pop(psi, None)
        self.unhold({psi})
        if self.connection is not None:
            self.connection.deactivate(psi)
        self.commit()

    def want(self, event: Any) -> None:
        """Have it begin once the phone is connected; the same twice is once."""
        if event not in self.wanted:
            self.wanted = (*self.wanted, event)

    def unhold(self, psis: Collection[int]) -> None:
        """What waits for these sessions is not delivered."""
        if self.pending:
            left = {psi: message for psi, message in self.pending.items() if psi not in psis}
            self.pending = left or NOTHING

    def slice_of(self, psi: int) -> Snssai | None:
        """The slice of a session that there is or that is being made; None where there is none."""
        session = self.context.sessions.get(psi)
        if session is not None:
            return session.snssai
        return None if self._lane is None else self._lane.creating.get(psi)

    @property
    def lane(self) -> Lane:
        """Where what concerns its sessions is done in order."""
        if self._lane is None:
            self._lane = Lane(self.amf.tasks)
        return self._lane

    @property
    def signalling(self) -> bool:
        """Whether something is done there, or a session is being made."""
        return self._lane is not None and (self._lane.busy or bool(self._lane.creating))

    def smf(self, session: SmContext) -> Any:
        """The SMF that holds a session. Raises ServiceError where it is gone."""
        return self.amf.smf(session.smf)

    # -- supervision (TS 24.501 5.3.7)

    def _watch(self) -> None:
        """Mobile reachable timer: longer than the phone's periodic timer."""
        if self.context.periodic:
            seconds = self.context.periodic + self.amf.config.timers["X-REACHABLE"].seconds
            self._alarm(seconds, self._unreachable)

    def watch(self) -> None:
        """A context from the store: its phone is idle, and has a whole period to show itself."""
        self._watch()

    def unwatch(self) -> None:
        """The phone is here, or gone for good."""
        if self._reachability is not None:
            self._reachability.stop()
            self._reachability = None

    def _alarm(self, seconds: float, ring: Callable[[], None]) -> None:
        self._reachability = self._reachability or Alarm()
        self._reachability.start(seconds, ring)

    def _unreachable(self) -> None:
        self.reachable = False
        self.amf.journal.note(self.name, "mobile reachable timer expired, no longer paged")
        seconds = self.amf.config.timers["X-IMPLICIT"].seconds
        self._alarm(seconds, self._implicit)

    def _implicit(self) -> None:
        self.owner.deliver(Forget("no periodic registration arrived"))

    # -- sending

    def send(self, message: nas.GmmMessage) -> None:
        """A NAS message on its own, protected as the connection is. Raises Gone."""
        self.send_octets(self.protect(message))

    def send_octets(self, pdu: bytes) -> None:
        """A NAS message that is protected already. Raises Gone."""
        connection = self.line()
        if connection.move is not None and connection.move.holding:
            connection.move.keep(pdu)
            return
        connection.send(
            ngap.DownlinkNASTransport(
                amf_ue_ngap_id=connection.amf_ue_ngap_id,
                ran_ue_ngap_id=connection.ran_ue_ngap_id,
                nas_pdu=pdu,
            )
        )

    def protect(self, message: nas.GmmMessage) -> bytes:
        """The octets of a NAS message: protected once secure exchange is established (TS 24.501 4.4.2.5)."""
        plain = nas.encode(message)
        return plain if self.context.keys is None or not self.line().secure else self.seal(plain)

    def seal(self, plain: bytes) -> bytes:
        """A NAS message under the keys in use, which there are."""
        keys = self.context.keys
        assert keys is not None
        if keys.nas.downlink_count % COMMITTED_EVERY == 0:
            self.commit()
        return keys.nas.protect(plain, SecurityHeaderType.CIPHERED, uplink=False)

    def refuse(self, event: Any) -> None:
        """A message that does not fit the state (TS 24.501 7.4). A STATUS is never answered by one."""
        if not isinstance(event, nas.GmmMessage) or isinstance(event, nas.GmmStatus) or not self.connected:
            return
        what = type(event).__name__
        self.amf.journal.note(self.name, f"{what} does not fit the state {self.state}")
        self.send(nas.GmmStatus(cause=nas.GmmCause.MESSAGE_TYPE_NOT_COMPATIBLE_WITH_STATE))

    # -- what its inbox asks

    def failed(self, bug: BaseException) -> None:
        """A bug of ours costs this phone its connection, and what it had not finished; nothing else."""
        self.amf.journal.note(self.name, f"a procedure failed: {bug!r}")
        if self.connection is not None:
            self.amf.release(self.connection, cause("misc", "unspecified"))
        if not self.registered:
            self.amf.abandon(self)

    def ended(self) -> None:
        """A procedure has run to its end: what it changed is kept, and what waited for it goes on."""
        if self.connection is not None:
            self.connection.initial = None
            if self.connection.began:
                self.amf.overload.ended(self.connection)
        self.commit()
        if self.secured:
            deliver_pending(self)
            wanted, self.wanted = self.wanted, ()
            for event in wanted:
                self.owner.deliver(event)
        elif self.registered and self.idle and (self.pending or self.wanted):
            self.owner.deliver(Page())
        self.settle()
        self._farewell()

    def _farewell(self) -> None:
        """Nobody can find a phone that is neither registered nor connected: its end, once nothing runs."""
        if not self.registered and self.connection is None and not self.owner.busy:
            self.owner.retire()

    def settle(self) -> None:
        """A phone that is not registered and not about to be has no business being connected."""
        if self.connected and not (self.registered or self.owner.busy or self.owner.kept):
            self.amf.release(self.line(), cause("nas", "unspecified"))
