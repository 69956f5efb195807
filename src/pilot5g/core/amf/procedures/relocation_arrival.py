"""N2 handover of a phone of another AMF to a radio of this one (TS 23.502 4.9.1.3, as T-AMF).

The other AMF has asked (CreateUEContext) and gets what its radio is to be told. The phone is known here only
by this procedure until it arrives; then the other AMF gives the NAS COUNTs and what waits for the phone, and
it is registered here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from pilot5g.core.amf import moving, nas_uplink
from pilot5g.core.amf.connection import NO_SESSION, Connection
from pilot5g.core.amf.context import KeySet
from pilot5g.core.amf.events import Page, Reconfigure
from pilot5g.core.amf.move import Move, Security, TargetLost
from pilot5g.core.amf.ngap_location import locate
from pilot5g.core.amf.procedures.handover import radio_of, release_sessions, unknown
from pilot5g.core.amf.procedures.preparation import Failed, Preparation, Wanted
from pilot5g.core.amf.procedures.security_mode import algorithms, capability_of
from pilot5g.core.amf.session_delivery import hold
from pilot5g.core.amf.ue import Ue
from pilot5g.core.amf.watched import Watched
from pilot5g.flow.errors import Gone, Refused, ServiceError, TimerExpired
from pilot5g.flow.procedure import Procedure, Verdict
from pilot5g.service.n14 import HandoverDone, HandoverPrepared, HandoverRefused, HandoverRequired, Peer
from pilot5g.service.nsmf import HoState, SmContextUpdate, UpCnxState
from pilot5g.service.nudm import AmfRegistration
from pilot5g.wire import nas
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.nas.transparent import HandoverSecurity
from pilot5g.wire.ngap import codec
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.errors import NgapError

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf

LOST = ("radioNetwork", "ho-failure-in-target-5GC-ngran-node-or-target-system")
Begins = Callable[[Move, Any], Procedure | None]


class RelocationArrival:
    """One phone to come. `line` is its connection here; `asked`: the radio has been asked to take it; `tell`
    hears once what came of the preparation; `told`: the other AMF knows how it ended; `here`: it came."""

    def __init__(
        self,
        amf: Amf,
        required: HandoverRequired,
        origin: Peer,
        tell: Callable[[HandoverPrepared | HandoverRefused], None],
    ) -> None:
        self.amf = amf
        self.required = required
        self.origin = origin
        context = moving.adopted(required.context)
        context.registered = True
        self.ue = Ue(amf, context)
        context.registered = False  # and so not kept, until it is here
        self.preparation: Preparation | None = None
        self.tell = tell
        self.answered = False
        self.line: Connection | None = None
        self.asked = False
        self.told = False
        self.here = False

    # -- asked by the other AMF

    def begin(self, begins: Begins) -> None:
        """Prepare; `begins` is what handovers of the phone begin later."""
        required, amf = self.required, self.amf
        radio = radio_of(amf, required.gnb, required.tai)
        if radio is None:
            failed = unknown(required.gnb, required.tai)
            self.tell(HandoverRefused(cause=failed.cause, reason=failed.reason, absent=True))
            return
        before = amf.arrivals.get(self.ue.supi)
        if before is not None:
            before.call_off(LOST)
        amf.arrivals[self.ue.supi] = self
        self.line = line = amf.expect(radio)
        line.move = Move(amf, line, begins)
        self.ue.watched = Watched(required.reporting, required.transitions)
        line.move.start(self)

    def call_off(self, why: tuple[str, str]) -> None:
        """Nothing comes of it (TS 23.502 4.9.1.4)."""
        self.told = True
        self.end(why)

    def status(self, octets: bytes) -> None:
        """DOWNLINK RAN STATUS TRANSFER, of what the source radio has sent."""
        try:
            message = codec.decode(octets)
        except (NgapError, DecodeError):
            return
        line = self.line
        if line is not None and isinstance(message, ngap.UplinkRANStatusTransfer):
            told = ngap.DownlinkRANStatusTransfer(
                amf_ue_ngap_id=line.amf_ue_ngap_id,
                ran_ue_ngap_id=line.ran_ue_ngap_id,
                ran_status_transfer_transparent_container=message.ran_status_transfer_transparent_container,
            )
            line.send(told)

    # -- the procedure

    async def run(self) -> None:
        """Preparation, then execution. Whatever ends it early, nothing stays."""
        why = LOST
        line = self.line
        assert line is not None
        assert line.move is not None
        try:
            await self.prepare(line, line.move)
            notify = await self.arrival(line.move)
            self.here = True
            work = self.complete(line, line.move, notify)
            self.amf.tasks.spawn(work, f"{self.ue.name} arrives from {self.origin.amf_id}")
        except Failed as failed:
            why = failed.cause
            self.answer(HandoverRefused(cause=failed.cause, reason=failed.reason))
            self.told = True
        except (TimerExpired, Gone) as stopped:
            self.amf.journal.note(self.ue.name, f"did not come from {self.origin.amf_id}: {stopped}")
        finally:
            if not self.here:
                self.end(why)

    async def prepare(self, line: Connection, move: Move) -> None:
        """At radio and SMFs. Raises Failed, Gone."""
        required = self.required
        want = Wanted(
            handover_type=required.handover_type,
            cause=required.cause,
            container=required.container,
            sessions=required.sessions,
        )

        def expect() -> tuple[Connection, Security]:
            self.asked = True
            return line, self.security(move)

        self.preparation = preparation = Preparation(move, want)
        answer = await preparation.run(self.ue, line.radio, expect, frozenset(required.sessions))
        self.answer(
            HandoverPrepared(
                container=answer.target_to_source_transparent_container,
                commands=preparation.commands,
                left_behind=preparation.left_behind,
            )
        )

    def security(self, move: Move) -> Security:
        """The other AMF's step of the chain (TS 33.501 6.9.2.3.3)."""
        required, keys = self.required, self.ue.context.keys
        if keys is None or required.context.nas is None:
            raise Failed(*LOST, "the other AMF gave no keys")
        nasc = self.container(keys, required.context.nas.downlink_count)
        security = Security(required.nh, required.ncc, required.fresh, nasc)
        move.follow(security, keys.kamf)
        return security

    def container(self, keys: KeySet, count: int) -> bytes | None:
        """NASC: what the phone is told of a new K_AMF, and of other NAS algorithms where this AMF prefers
        them (TS 33.501 6.9.2.3.3). `count` is the downlink NAS COUNT that the other AMF has set aside."""
        ue, changed = self.ue, self.required.context.changed
        try:
            chosen = algorithms(ue, capability_of(ue))
        except Refused:  # the two go on with what they have
            chosen = nas.SecurityAlgorithms(keys.nas.ciphering, keys.nas.integrity)
        if not changed and (keys.nas.ciphering, keys.nas.integrity) == (chosen.ciphering, chosen.integrity):
            return None
        new = moving.keyed(keys.kamf, keys.nas.ngksi, chosen.ciphering, chosen.integrity)
        ue.context.keys = new
        told = HandoverSecurity(
            ciphering=chosen.ciphering,
            integrity=chosen.integrity,
            ngksi=new.nas.ngksi,
            new_kamf=changed,
            sequence=count & 255,
        )
        return told.encode(new.nas.knas_int)

    async def arrival(self, move: Move) -> ngap.HandoverNotify:
        """The phone comes, or the other AMF calls it off before. Raises TimerExpired, Gone."""
        timer = self.amf.config.timers["X-HANDOVER"]
        patience = msgspec.structs.replace(timer, seconds=2 * timer.seconds)  # the other's ends first
        answer = await move.wait(ngap.HandoverNotify, TargetLost, timer=patience)
        if isinstance(answer, TargetLost):
            raise Gone(answer.reason)
        return answer

    async def complete(self, line: Connection, move: Move, notify: ngap.HandoverNotify) -> None:
        """HANDOVER NOTIFY (steps 1 to 12): the phone is here, and no other AMF has it from here on. So this
        goes on even where its connection ends meanwhile."""
        ue, amf = self.ue, self.amf
        move.holding = True
        try:
            done = await self.origin.n14.handed_over(ue.supi, amf.config.instance_id)
        except ServiceError as problem:
            amf.journal.note(ue.name, f"{self.origin.amf_id} does not let it go: {problem}")
            self.end(LOST)
            return
        self.told = True
        self.settle_in(done)
        if amf.connections.get(line.amf_ue_ngap_id) is line and not line.releasing:
            self.connect(line, move, notify)
        await ue.lane.do(self.follow)
        await self.register()
        if not ue.connected:
            ue.watch()
            if ue.pending:
                ue.owner.deliver(Page())
        elif line.tai in ue.context.area:  # elsewhere it registers by itself (TS 24.501 5.5.1.3.2)
            ue.owner.deliver(Reconfigure(new_guti=True))
        ue.commit()

    def settle_in(self, done: HandoverDone) -> None:
        """The phone with all that is known of it is this AMF's."""
        ue, amf = self.ue, self.amf
        keys = ue.context.keys
        assert keys is not None, "it came with them"
        if not self.required.context.changed:
            keys.nas.uplink_count, keys.nas.downlink_count = done.uplink_count, done.downlink_count
        ue.context.sessions = moving.sessions_of(done.sessions)
        stale = amf.ues.by_supi.get(ue.supi)
        if stale is not None:
            moving.hand_away(stale)
        ue.context.registered = True
        amf.ues.add(ue)
        if amf.arrivals.get(ue.supi) is self:
            del amf.arrivals[ue.supi]
        for message in done.pending:
            hold(ue, message)

    def connect(self, line: Connection, move: Move, notify: ngap.HandoverNotify) -> None:
        """Its connection is to this radio, and what waited, on both sides, goes on."""
        ue, preparation = self.ue, self.preparation
        assert preparation is not None, "it has been prepared"
        line.secure = line.open = line.has_context = True
        line.active = frozenset(preparation.commands).intersection(ue.context.sessions) or NO_SESSION
        ue.attach(line)
        locate(line, notify.user_location_information)
        if preparation.surplus:
            release_sessions(line, preparation.surplus)
        what = f"handed over to {line.radio.name} by N2, from {self.origin.amf_id}"
        self.amf.journal.note(ue.name, what)
        move.settle()
        for pdu in move.take_early():
            nas_uplink.receive(self.amf, line, pdu)

    async def follow(self) -> None:
        """Sessions go to this radio, or are without user plane, and their SMFs hear who serves the phone
        (steps 7 and 8)."""
        ue, amf_id = self.ue, self.amf.config.instance_id
        taken = ue.connection.active if ue.connection is not None else NO_SESSION
        for psi in sorted(ue.context.sessions):
            if psi in taken:
                update = SmContextUpdate(ho_state=HoState.COMPLETED, amf_id=amf_id)
            elif psi in self.required.active:
                update = SmContextUpdate(up_cnx_state=UpCnxState.DEACTIVATED, amf_id=amf_id)
            else:
                update = SmContextUpdate(amf_id=amf_id)
            await ue.tell_smf(psi, update)

    async def register(self) -> None:
        """Nudm_UECM_Registration. What goes wrong there costs the phone nothing now."""
        registration = AmfRegistration(self.ue.supi, self.amf.config.instance_id, initial=False)
        try:
            await self.amf.nudm.register_amf(registration, self.amf.service)
        except ServiceError as problem:
            self.amf.journal.note(self.ue.name, f"UDM: {problem}")

    # -- its end

    def answer(self, what: HandoverPrepared | HandoverRefused) -> None:
        """The other AMF waits for this."""
        if not self.answered:
            self.answered = True
            self.tell(what)

    def end(self, why: tuple[str, str]) -> None:
        """The phone is not to come any more."""
        if self.amf.arrivals.get(self.ue.supi) is self:
            del self.amf.arrivals[self.ue.supi]
        line, self.line = self.line, None
        if line is None:
            return
        move, line.move = line.move, None
        if self.asked and not (self.preparation is not None and self.preparation.refused):
            self.amf.release(line, why)
        else:
            self.amf.drop(line, "nobody is to come")
        prepared = self.answered
        self.answer(HandoverRefused(cause=why, reason="it was called off"))
        self.amf.tasks.spawn(self.give_up(tell=prepared and not self.told), f"no arrival of {self.ue.name}")
        if move is not None:
            move.retire()

    async def give_up(self, *, tell: bool) -> None:
        """SMFs, and the other AMF where it does not know yet, hear of it."""
        for psi in self.required.sessions:
            await self.ue.tell_smf(psi, SmContextUpdate(ho_state=HoState.CANCELLED))
        if tell:
            try:
                await self.origin.n14.handover_lost(self.ue.supi, "the target radio let go of it")
            except ServiceError as problem:
                self.amf.journal.note(self.ue.name, f"{self.origin.amf_id}: {problem}")

    def collide(self, event: Any) -> Verdict:
        """What else concerns a handover comes after this one."""
        return Verdict.LATER
