"""The live phone: what a person does with it, and what the radio does to it.

What comes from the radio is dealt with at once, and so is what it sets in motion (`flow.prompt`): an accept
is in effect before the next message is read, and an answer leaves before the loop turns. 5GMM has one owner,
each PDU session another. Common procedures (authentication, security mode, identity, configuration) are
answered on the spot, beside whatever runs (TS 24.501 5.4).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from pilot5g.flow.clock import now
from pilot5g.flow.entropy import Entropy
from pilot5g.flow.journal import Journal
from pilot5g.flow.procedure import Procedure
from pilot5g.flow.prompt import PromptOwner
from pilot5g.model import PduSessionType, Snssai, STmsi
from pilot5g.ran.radio import (
    Bearer,
    Cell,
    EstablishmentCause,
    RrcRejected,
    SecurityModeCommand,
)
from pilot5g.ran.ue import downlink, inactive, security
from pilot5g.ran.ue.alarms import Alarms
from pilot5g.ran.ue.barring import Barring
from pilot5g.ran.ue.camping import Camping
from pilot5g.ran.ue.config import PhoneConfig, SessionWish
from pilot5g.ran.ue.context import PhoneContext, State, Substate
from pilot5g.ran.ue.doubts import Doubts
from pilot5g.ran.ue.identity import Identity
from pilot5g.ran.ue.manners import Manners
from pilot5g.ran.ue.measurements import Measurements
from pilot5g.ran.ue.outcome import Abandoned
from pilot5g.ran.ue.payloads import Payloads
from pilot5g.ran.ue.procedures import handover, reestablishment
from pilot5g.ran.ue.procedures.deregistration import Deregistration, NetworkDeregistration
from pilot5g.ran.ue.procedures.registration import Registration
from pilot5g.ran.ue.procedures.service_request import ServiceRequest
from pilot5g.ran.ue.renewal import Renewal
from pilot5g.ran.ue.search import Search
from pilot5g.ran.ue.session import Session
from pilot5g.ran.ue.sessions import Sessions
from pilot5g.ran.ue.signalling import Signalling
from pilot5g.ran.ue.uplink import Uplink
from pilot5g.ran.ue.usim import Usim
from pilot5g.ran.ue.view import PhoneView
from pilot5g.ran.ue.watch import Watches
from pilot5g.wire import nas
from pilot5g.wire.nas import GmmCause, RegistrationKind, ServiceType

MmProcedure = Registration | Deregistration | NetworkDeregistration | ServiceRequest


class Phone(PhoneView):
    """One phone. Implements `ran.radio.PhoneRadio`.

    `cells` are those it can hear; it camps on the first that is suitable when it needs one.
    """

    __slots__ = (
        "__weakref__", "_initial", "_initial_was_hidden", "_watches", "admitted", "alarms", "barring",
        "bearers", "camping", "capability", "closed", "config", "context", "doubts", "entropy",
        "failed_challenges", "handover_began", "identity", "journal", "manners", "measurements", "mm",
        "payloads", "radio_keys", "renewal", "search", "sessions", "signalling", "uplink", "usim",
    )  # fmt: skip

    def __init__(
        self,
        config: PhoneConfig,
        journal: Journal,
        entropy: Entropy,
        cells: Iterable[Cell] = (),
        context: PhoneContext | None = None,
    ) -> None:
        """`context`: what a phone of an earlier run remembered. Raises ValueError for a SIM of no use."""
        self.config = config
        self.journal = journal
        self.entropy = entropy
        self.context = context if context is not None else PhoneContext()
        self.context.state, self.context.substate = State.DEREGISTERED, Substate.PLMN_SEARCH
        self.context.sessions.clear()  # switched on: identity and keys are kept, sessions are not
        self.usim = Usim(config, self.context.sqn)
        self.manners = Manners(config.profile, self) if config.profile.acts else None
        self.capability = security.capability(config.ciphering, config.integrity)
        self.alarms = Alarms()
        self.camping = Camping(config, self.context, self, self.alarms, journal, cells)
        self.renewal = Renewal(self)
        self.search = Search(self)
        self.doubts = Doubts(self)
        self.barring = Barring(self.alarms, entropy, config.access_identity, self.renewal.begin, self._resume)
        self.admitted = False
        """Whether a cell has agreed to the next connection (`Cell.admit`)."""
        self.measurements = Measurements()
        self.mm = PromptOwner(self._begin, refuse=self._out_of_state, failed=self._failed, ended=self._ended)
        self.signalling = Signalling(self.context, self, self._unreadable, self.manners)
        self.bearers: dict[int, tuple[int, ...]] = {}
        self.sessions = Sessions(self)
        self.identity = Identity(self.usim, self.context, self.alarms, config.timers, entropy)
        self.uplink = Uplink(self)
        self.payloads = Payloads(self.uplink)
        self.failed_challenges = 0
        self.radio_keys: reestablishment.RadioKeys | None = None
        """There once the radio's security is activated."""
        self.handover_began = 0.0
        self.closed = False
        self._initial: nas.GmmMessage | None = None
        self._initial_was_hidden = False
        self._watches = Watches()

    # what is asked of a phone

    def camp(self, cell: Cell) -> None:
        """Move to a cell. A registered phone in a tracking area it was not given registers there
        (TS 24.501 5.5.1.3.2 a); a connection to the old cell is lost."""
        if self.cell is cell:
            return
        self.camping.move(cell)
        if self.connected and not self.inactive:
            self.release_locally("moved to another cell")
        self.search.look()
        self.renewal.moved()
        self.barring.moved()

    def arrive_at(self, cell: Cell, released: tuple[int, ...]) -> None:
        """Handed over: the connection goes on in another cell, without the bearers of these sessions."""
        for session in self.sessions:
            if session.meter is not None:
                session.meter.left()
        self.camping.move(cell)
        downlink.bearers_arrived(self, (), released)
        self.renewal.moved()

    async def register(self) -> PhoneContext:
        """Register, or update a registration. Raises Rejected, TimerExpired, Gone, NoCell, Abandoned.

        After a failure the phone goes on trying by itself as TS 24.501 has it (T3511, T3502, T3346).
        """
        await self._turn()
        if not self.context.usim_valid:
            raise Abandoned("the network does not take this SIM: switch the phone off and on")
        if self.context.state is State.NULL:
            self.move(State.DEREGISTERED, Substate.PLMN_SEARCH)
        update = self.registered and not self.context.emergency
        kind = RegistrationKind.MOBILITY if update else RegistrationKind.INITIAL
        procedure = Registration(self, kind)
        self.start(procedure)
        return await procedure.outcome.wait()

    async def deregister(self, switch_off: bool = False) -> None:
        """Leave the network. Never raises for a network that does not answer. Raises Abandoned. Switched off,
        the phone does not wait for the end of what it is at (5.5.1.2.7 f)."""
        if switch_off and isinstance(self.mm.procedure, Registration | ServiceRequest):
            self.start(Deregistration(self, switch_off=True))
        await self._turn()
        self.renewal.stop()
        if self.registered:
            procedure = Deregistration(self, switch_off=switch_off)
            self.start(procedure)
            await procedure.outcome.wait()
        if switch_off:
            self.context.switched_off()
            self.doubts.switched_off()
            self.alarms.stop("X-FORBIDDEN")
            self.release_locally("switched off")
            self.move(State.NULL)

    async def open_session(
        self,
        dnn: str | None = None,
        snssai: Snssai | None = None,
        kind: PduSessionType = PduSessionType.IPV4,
    ) -> Session:
        """Establish a PDU session. Raises Rejected, TimerExpired, Abandoned."""
        if not self.registered:
            raise Abandoned(f"{self.config.name} is not registered: register before opening a session")
        if self.search.restricted:
            raise Abandoned(f"{self.config.name} is in an area where it has no service (TS 24.501 5.3.5.2)")
        wish = SessionWish(dnn=dnn, snssai=snssai, kind=kind)
        return await self.sessions.establish(wish).outcome.wait()

    async def call_for_help(self) -> Session:
        """Register for emergency services unless it is registered, in limited service and without a SIM as
        well, and open a session for them. Raises as `register` and `open_session` do."""
        await self._turn()
        if not self.registered:
            self.camping.acceptable()
            procedure = Registration(self, RegistrationKind.EMERGENCY)
            self.start(procedure)
            await procedure.outcome.wait()
        return await self.sessions.establish(SessionWish(emergency=True)).outcome.wait()

    async def release_session(self, session_id: int) -> None:
        """Release a PDU session. Raises Rejected, TimerExpired, Abandoned; KeyError for an unknown one."""
        session = self.sessions[session_id]
        if session.owner.busy:
            raise Abandoned(f"PDU session {session_id} is in another procedure")
        await self.sessions.release(session).outcome.wait()

    async def service_request(self, kind: ServiceType = ServiceType.SIGNALLING) -> None:
        """Go from idle to connected. Nothing where it is connected. Raises Rejected, TimerExpired, Gone,
        NoCell, Abandoned."""
        await self._turn()
        if self.connected:
            return
        if not self.registered:
            raise Abandoned(f"{self.config.name} is not registered")
        if self.search.restricted and kind is not ServiceType.MOBILE_TERMINATED:
            raise Abandoned(f"{self.config.name} is in an area where it has no service (TS 24.501 5.3.5.2)")
        procedure = ServiceRequest(self, kind)
        self.start(procedure)
        await procedure.outcome.wait()

    def send_packets(self, session: Session | int, packets: list[bytes]) -> None:
        """Uplink IP packets. When idle they are kept (bounded) while the phone asks for service."""
        found = self.sessions.get(session) if isinstance(session, int) else session
        if found is None:
            self.signalling.counters.packets_dropped += len(packets)
        else:
            found.send(packets)

    def radio_loss(self) -> None:
        """The phone drives into a tunnel: the connection is gone, the gNB notices for itself."""
        self.release_locally("radio link failure")

    def radio_link_failure(self, cell: Cell | None = None) -> None:
        """The radio link fails, and the phone asks for its connection again, in that cell or where it finds
        best (TS 38.331 5.3.10.3)."""
        if (lost := self.connection) is not None:
            reestablishment.begin(self, "radio link failure", lost, self.radio_keys, cell)

    async def close(self) -> None:
        """Battery out: no word to the network, nothing left running. Idempotent."""
        self.closed = True
        if self.manners is not None:
            self.manners.stop()
        self._abandon("the phone was closed")
        self.mm.stop()
        self.sessions.remove_all("the phone was closed")
        self.alarms.stop_all()
        if (connection := self.signalling.close()) is not None:
            connection.fail()
        self.camping.leave()
        self._watches.fail(Abandoned("the phone was closed"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    # what the radio does to it (PhoneRadio)

    def on_nas(self, pdu: bytes) -> None:
        """DL Information Transfer."""
        if self.closed:
            return
        if self.manners is None:
            downlink.nas_arrived(self, pdu)
        else:
            self.manners.late(lambda: downlink.nas_arrived(self, pdu))

    def on_security_mode(self, command: SecurityModeCommand) -> bool:
        """RRC Security Mode Command: the MAC under this phone's own K_gNB (TS 38.331 5.3.4)."""
        current = self.context.current
        if current is None or not self.connected:
            return False
        if not security.radio_mac_is_right(current, command):
            return False
        chain = security.KeyChain.begun(current, current.kgnb_count)
        self.radio_keys = reestablishment.RadioKeys(chain, command.integrity)
        return True

    def on_handover(self, command: bytes, target: Cell) -> None:
        """RRC Reconfiguration with sync."""
        if not self.closed and self.connected:
            handover.told_to_go(self, command, target)

    def on_reestablishment(self, ncc: int) -> bytes:
        """RRC Reestablishment."""
        return b"" if self.closed else reestablishment.granted(self, ncc)

    @property
    def inactive(self) -> bool:
        """5GMM-CONNECTED with RRC inactive indication (TS 24.501 5.3.1.4)."""
        return inactive.of(self) is not None

    def on_suspended(self, i_rnti: int, ncc: int) -> None:
        """RRC Release with suspendConfig."""
        if not self.closed and self.connected:
            inactive.suspended(self, i_rnti, ncc)

    def on_resumed(self) -> bytes:
        """RRC Resume."""
        dormant = inactive.of(self)
        return b"" if self.closed or dormant is None else dormant.resumed()

    def on_ran_paging(self, i_rnti: int) -> None:
        """RAN paging."""
        dormant = inactive.of(self)
        if dormant is not None and not self.closed:
            dormant.paged(i_rnti)

    def on_synchronised(self) -> None:
        """Heard in the target cell."""
        if not self.closed and self.connected:
            handover.synchronised(self)

    def on_bearers(self, added: tuple[Bearer, ...], released: tuple[int, ...]) -> None:
        """RRC Reconfiguration."""
        if not self.closed:
            downlink.bearers_arrived(self, added, released)

    def on_packets(self, pdu_session_id: int, packets: list[bytes]) -> None:
        """Downlink user packets."""
        session = self.sessions.get(pdu_session_id)
        if session is None:
            self.signalling.counters.packets_dropped += len(packets)
        else:
            session.down(packets)

    def on_released(self, cause: str) -> None:
        """RRC Release, or radio link failure."""
        if not self.closed:
            self._idle(cause)

    def on_broadcast(self) -> None:
        """The cell's system information is another: it may be out of service, or in service again."""
        if not self.closed:
            self.search.look()

    def on_paging(self, s_tmsi: STmsi) -> None:
        """A paging record: answered if it is this phone's identity (TS 24.501 5.6.2.2.1)."""
        if self.manners is None:
            self._paged(s_tmsi)
        elif not self.manners.deaf_to_paging:
            self.manners.late(lambda: self._paged(s_tmsi))

    def _paged(self, s_tmsi: STmsi) -> None:
        guti = self.context.guti
        if guti is None or guti.s_tmsi != s_tmsi or not self.registered:
            return
        if self.inactive and not self.mm.busy:
            self._idle("the AMF pages it: its radio has let go of it")  # 5.3.1.4
        if self.connected or self.mm.busy:
            return
        self.barring.paged()
        if self.context.substate is Substate.ATTEMPTING_REGISTRATION_UPDATE:
            self.renewal.begin(RegistrationKind.MOBILITY)
        else:
            self.start(ServiceRequest(self, ServiceType.MOBILE_TERMINATED, paged=now()))

    # 5GMM's owner

    def _begin(self, event: Any) -> Procedure | None:
        """A message that no procedure waits for."""
        if isinstance(event, nas.DeregistrationRequestNetwork) and self.attached:
            self._abandon("the network deregistered the phone")
            return NetworkDeregistration(self, event)
        if isinstance(event, nas.GmmMessage):
            self._out_of_state(event)
        return None

    def _out_of_state(self, event: Any) -> None:
        """5GMM STATUS #98 for a message that fits no state (7.4); never in answer to a plain one."""
        if self.signalling.established:
            self.status(GmmCause.MESSAGE_TYPE_NOT_COMPATIBLE_WITH_STATE)

    def _unreadable(self, wrong: nas.NasError) -> None:
        if wrong.cause is not None and not wrong.session:
            self.status(GmmCause(wrong.cause))

    def status(self, cause: GmmCause) -> None:
        """5GMM STATUS (5.4.6.2)."""
        self.signalling.send(nas.GmmStatus(cause=cause))

    def start(self, procedure: MmProcedure) -> None:
        """Run a 5GMM procedure, in place of whatever runs."""
        self._abandon("another procedure took its place")
        self.mm.start(procedure)

    def _abandon(self, why: str) -> None:
        running = self.mm.procedure
        if isinstance(running, MmProcedure):
            running.outcome.fail(Abandoned(why))

    def _failed(self, bug: BaseException) -> None:
        """A fault of this program: this phone alone starts over."""
        self._abandon(f"a fault of the phone: {bug!r}")
        self.move(State.DEREGISTERED, Substate.NORMAL_SERVICE)
        self.renewal.deregistered("a fault of the phone")
        self.release_locally("a fault of the phone")

    def _ended(self, procedure: Procedure) -> None:
        if isinstance(procedure, MmProcedure):
            procedure.outcome.fail(Abandoned("it ended without a result"))
        self._initial = None
        self.changed()
        self.renewal.look_around()
        if not self.connected:
            self.renewal.as_planned()
            self.search.look()
        elif self.registered and self.uplink.waiting and not self.mm.busy:
            self.uplink.flush()
        if self.manners is not None:
            self.manners.ended(procedure)

    async def _turn(self) -> None:
        """Wait until no 5GMM procedure runs. Raises Abandoned when closed."""
        while self.mm.busy and not self.closed:
            await self._watches.until(lambda: not self.mm.busy or self.closed)
        if self.closed:
            raise Abandoned("the phone was closed")

    def move(self, state: State, substate: Substate = Substate.NONE) -> None:
        """Enter a 5GMM state."""
        self.context.state, self.context.substate = state, substate
        self.changed()

    # connection

    def send_initial(self, request: nas.GmmMessage, cause: EstablishmentCause) -> None:
        """Send an initial NAS message. Raises NoCell, Barred, RrcRejected."""
        help_wanted = cause is EstablishmentCause.EMERGENCY or self.context.emergency
        cell = self.camping.acceptable() if help_wanted else self.camping.select()
        if not (isinstance(request, nas.DeregistrationRequest) or self.connected):
            self.barring.check(cause, cell)
        cause = self.config.establishment(cause)
        self.renewal.tried_in = cell.tai
        self._initial = request
        self._initial_was_hidden = self.signalling.protects() is None
        self.alarms.stop("T3540", "T3512")
        try:
            self.signalling.send_initial(cell, request, cause, admitted=self.admitted)
        except RrcRejected as rejected:
            self.barring.rejected(rejected.wait)
            raise
        self.admitted = False
        self.changed()

    def _resume(self) -> None:
        """Access is no longer barred."""
        self.uplink.resume()

    def initial_message(self, asked_for: bool) -> bytes | None:
        """The whole initial message for Security Mode Complete, where the network has not seen it all or asks
        for it again (5.4.2.3, 4.4.6)."""
        if self._initial is None or not (asked_for or self._initial_was_hidden):
            return None
        return nas.encode(self._initial)

    def release_locally(self, why: str) -> None:
        """Give up the connection; the gNB notices by itself."""
        connection = self.signalling.connection
        if connection is not None:
            connection.fail()
            self._idle(why)

    def expect_release(self) -> None:
        """The network is about to release; T3540 sees to it that the phone need not wait (5.3.1.3)."""
        if self.connected:
            seconds = self.config.timers["T3540"].seconds
            self.alarms.start("T3540", seconds, lambda: self.release_locally("T3540 expired"))

    def _idle(self, cause: str) -> None:
        """5GMM-IDLE: no bearers, no secure exchange; periodic registration is timed from here (5.3.7)."""
        connection = self.signalling.close()
        if isinstance(connection, inactive.Inactive):
            connection.forget()
        self.radio_keys = None
        self.alarms.stop("T3540", "T3520", "T304", "T301", "T319")
        self.identity.forget_challenge()
        self.failed_challenges = 0
        self._initial = None
        self.bearers.clear()
        for session in self.sessions:
            session.bearer_down()
        self.mm.lost(cause)
        self.renewal.time_the_next()
        self.renewal.as_planned()
        self.search.look()
        self.changed()
