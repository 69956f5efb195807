"""N2 handover to a radio of another AMF, at the AMF that the phone comes from (TS 23.502 4.9.1.3).

The target AMF prepares everything at its radio and the SMFs (CreateUEContext); this one gives the command,
and forgets the phone when the target says that it has arrived (N2InfoNotify). Until then the phone is here,
with all that is on its way to it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from pilot5g.core.amf.connection import Connection
from pilot5g.core.amf.move import Move, Security, TargetLost
from pilot5g.core.amf.moving import derived, exported, hand_away
from pilot5g.core.amf.procedures.handover import (
    command,
    note_failure,
    refuse,
    release_later,
    unknown,
    wanted,
)
from pilot5g.core.amf.procedures.path_switch import Arrival
from pilot5g.core.amf.procedures.preparation import Failed
from pilot5g.crypto import kdf
from pilot5g.crypto.nas_algorithms import DOWNLINK
from pilot5g.flow.errors import Gone, ServiceError, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.model import Supi, Tai
from pilot5g.service.n14 import (
    HandoverDone,
    HandoverPrepared,
    HandoverRequired,
    Peer,
)
from pilot5g.wire.nas.transparent import NO_COUNT
from pilot5g.wire.ngap import codec
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import GnbId, cause

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

CANCELLED = ("radioNetwork", "handover-cancelled")
EXPIRED = ("radioNetwork", "tngrelocoverall-expiry")


class Arrived(msgspec.Struct, frozen=True):
    """The phone is with the other AMF."""


class Relocation:
    """One HANDOVER REQUIRED. `asked` is the AMF that prepares, or has; `commanded`: the phone was told to go;
    `over`: that AMF knows how it ended."""

    def __init__(
        self, move: Move, required: ngap.HandoverRequired, to: tuple[GnbId, Tai], peers: Sequence[Peer]
    ) -> None:
        self.move = move
        self.required = required
        self.to = to
        self.peers = peers
        self.supi: Supi = move.ue.supi
        self.asked: Peer | None = None
        self.commanded = False
        self.over = False

    async def run(self) -> None:
        """Figures 4.9.1.3.2-1 and 4.9.1.3.3-1. Whatever ends it early, the target AMF hears of it."""
        why = CANCELLED
        try:
            prepared = await self.prepare()
            self.command(prepared)
            await self.execute()
        except Failed as failed:
            self.refuse(failed)
        except Gone:
            why = ("radioNetwork", "release-due-to-5gc-generated-reason")
        except TimerExpired:
            why = EXPIRED
            self.abort("the phone did not arrive in time")
        finally:
            if self.asked is not None and not self.over:
                self.move.amf.tasks.spawn(self.call_off(self.asked, why), f"handover of {self.supi} is off")

    # -- preparation

    async def prepare(self) -> HandoverPrepared:
        """Steps 1 to 12. Raises Failed, Gone."""
        ask = await self.question(self.move.ue)
        for peer in self.peers:
            self.asked = peer
            try:
                answer = await peer.n14.create_ue_context(ask)
            except ServiceError as problem:
                self.asked = None
                self.move.amf.journal.note(self.supi, f"{peer.amf_id} does not prepare: {problem}")
                continue
            if isinstance(answer, HandoverPrepared):
                return answer
            self.asked = None
            if not answer.absent:
                raise Failed(*answer.cause, f"{peer.amf_id}: {answer.reason}")
        raise unknown(*self.to)

    async def question(self, ue: Ue) -> HandoverRequired:
        """What the target AMF is told (step 3). Session signalling under way comes to its end before."""
        await ue.lane.do(_nothing)
        line, move = self.move.connection, self.move
        move.holding = True  # what comes later has COUNTs beyond that of a NASC
        security = move.security()
        keys = move.ue.context.keys
        assert keys is not None, "there is no chain without keys"
        changed, given = ue.amf.config.horizontal_derivation, keys
        if changed:
            given = derived(keys, DOWNLINK, keys.nas.downlink_count)
            security = Security(kdf.kgnb(given.kamf, NO_COUNT), 0, fresh=True)
        context = exported(ue.context, keys=given, changed=changed)
        keys.nas.downlink_count += 1  # the one set aside for a NASC
        want = wanted(self.required)
        gnb, tai = self.to
        return HandoverRequired(
            context=context,
            amf_id=ue.amf.config.instance_id,
            gnb=gnb,
            tai=tai,
            handover_type=want.handover_type,
            cause=want.cause,
            container=want.container,
            sessions={psi: each for psi, each in want.sessions.items() if psi in line.active},
            nh=security.nh,
            ncc=security.ncc,
            active=line.active,
            reporting=ue.watched.reporting,
            transitions=ue.watched.transitions,
            fresh=security.fresh,
        )

    def command(self, prepared: HandoverPrepared) -> None:
        """HANDOVER COMMAND: from here on nothing reaches the phone from here."""
        gone = {item["pDUSessionID"] for item in self.required.pdu_session_resource_list_ho_rqd}
        left = {psi: cause("radioNetwork", "unknown-PDU-session-ID") for psi in sorted(gone)}
        left |= prepared.left_behind
        for psi in prepared.commands:
            left.pop(psi, None)
        self.commanded = self.move.holding = True
        command(self.move.connection, self.required, prepared.container, prepared.commands, left)

    def refuse(self, failed: Failed) -> None:
        """HANDOVER PREPARATION FAILURE: the phone stays where it is."""
        line = self.move.connection
        refuse(line, failed.cause)
        if line.ue is not None:
            note_failure(line.ue, failed)
        self.move.settle()

    # -- execution

    async def execute(self) -> None:
        """Until the target AMF has the phone (`arrived`), or will not have it. Raises TimerExpired."""
        move = self.move
        answer = await move.wait(Arrived, TargetLost, timer=move.amf.config.timers["X-HANDOVER"])
        if isinstance(answer, TargetLost):
            self.over = True  # the other AMF knows
            self.abort(f"the target radio has gone: {answer.reason}")

    async def arrived(self) -> HandoverDone:
        """The phone is the other AMF's: what it needs to go on from here. Raises Gone."""
        move, ue, line = self.move, self.move.ue, self.move.connection
        await ue.lane.do(_nothing)
        keys = move.ue.context.keys
        assert keys is not None, "it was handed over with them"
        done = HandoverDone(
            uplink_count=keys.nas.uplink_count,
            downlink_count=keys.nas.downlink_count,
            sessions=exported(ue.context).sessions,
            pending=tuple(ue.pending.values()),
        )
        self.over = True
        ue.amf.journal.note(ue.name, f"handed over to {self.asked.amf_id if self.asked else 'another AMF'}")
        self.leave(ue, line)
        move.deliver(Arrived())
        return done

    def leave(self, ue: Ue, line: Connection) -> None:
        """The source radio keeps its part a little longer, for what it still forwards (step 14); nothing else
        of the phone is here."""
        release_later(ue, line)
        if line.began:
            ue.amf.overload.ended(line)
        line.ue = ue.connection = None
        hand_away(ue)

    def pass_on(self, message: ngap.UplinkRANStatusTransfer) -> None:
        """What the source radio says of the order of packets is for the target (step 2a)."""
        if self.asked is not None and self.commanded:
            work = self.asked.n14.status_transfer(self.supi, codec.encode(message))
            self.move.amf.tasks.spawn(_quietly(work), f"RAN status of {self.supi}")

    def abort(self, reason: str) -> None:
        """It has not arrived: it is taken to be at its source again."""
        move, ue = self.move, self.move.connection.ue
        if ue is not None:
            note_failure(ue, Failed(*EXPIRED, reason))
        move.settle()

    async def call_off(self, peer: Peer, why: tuple[str, str]) -> None:
        """ReleaseUEContext (TS 23.502 4.9.1.4)."""
        await _quietly(peer.n14.release_ue_context(self.supi, why))

    def collide(self, event: Any) -> Verdict:
        """The source takes it back, or the phone has come to a radio of this AMF by itself."""
        match event:
            case ngap.HandoverCancel() | Arrival():
                return Verdict.REPLACE
            case ngap.HandoverRequired():
                return Verdict.IGNORE
            case _:
                return Verdict.LATER


async def _nothing() -> None:
    """What is waited for to have been reached."""


async def _quietly(work: Any) -> None:
    with contextlib.suppress(ServiceError):  # the other AMF finds out by its own timer
        await work
