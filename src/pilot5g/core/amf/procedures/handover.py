"""N2 handover between two radios of this AMF (TS 23.502 4.9.1.3, TS 38.413 8.4.1 to 8.4.3).

Prepared at the target first, with nothing changed for the phone; then the source is told to send it over, and
from there on nothing can reach it until the target says that it has come. What goes wrong before the command
leaves the phone where it is; what goes wrong after it as well, as far as the AMF can know: a phone that has
not arrived goes back to its source, or is lost by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.connection import NO_SESSION
from pilot5g.core.amf.move import Move, Security, TargetLost
from pilot5g.core.amf.ngap_location import locate
from pilot5g.core.amf.procedures.path_switch import FAILED, Arrival
from pilot5g.core.amf.procedures.preparation import Failed, Preparation, Wanted
from pilot5g.flow.errors import Gone, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.model import Tai
from pilot5g.service.nsmf import HoState, SmContextUpdate, UpCnxState
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.transfers import encode_transfer
from pilot5g.wire.ngap.values import GnbId, cause, gnb_id_from, tai_from

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf
    from pilot5g.core.amf.connection import Connection
    from pilot5g.core.amf.ran import Radio
    from pilot5g.core.amf.ue import Ue


class Handover:
    """One HANDOVER REQUIRED. `home` is the connection's identity at the source."""

    def __init__(self, move: Move, required: ngap.HandoverRequired, radio: Radio) -> None:
        self.move = move
        self.required = required
        self.radio = radio
        self.home = move.connection.amf_ue_ngap_id
        self.preparation = Preparation(move, wanted(required))

    async def run(self) -> None:
        """Figures 4.9.1.3.2-1 and 4.9.1.3.3-1."""
        try:
            container = await self.prepare()
            self.command(container)
            await self.execute()
        except Failed as failed:
            self.refuse(failed)
        except Gone:
            pass  # the phone has left, and both radios were told to let go of it

    # -- preparation

    async def prepare(self) -> bytes:
        """Steps 1 to 12: what the target wants the phone to be told. Raises Failed, Gone."""
        move, ue = self.move, self.move.ue
        answer = await self.preparation.run(ue, self.radio, self.expect, move.connection.active)
        if move.leg is None:
            raise Failed(*FAILED, f"{self.radio.name} has let go of the phone")
        return answer.target_to_source_transparent_container

    def expect(self) -> tuple[Connection, Security]:
        """The connection to the target."""
        move = self.move
        security = move.security()
        leg = move.amf.expect(self.radio)
        leg.move, move.leg = move, leg
        return leg, security

    def command(self, container: bytes) -> None:
        """HANDOVER COMMAND: from here on nothing reaches the phone until it has arrived (8.4.1.2)."""
        done = self.preparation
        self.move.holding = True
        command(self.move.connection, self.required, container, done.commands, done.left_behind)

    def refuse(self, failed: Failed) -> None:
        """HANDOVER PREPARATION FAILURE (8.4.1.3): the phone stays where it is."""
        move, ue = self.move, self.move.connection.ue
        move.leave(failed.cause)
        if ue is None:
            return
        cancel_sessions(ue, move.connection)
        refuse(move.connection, failed.cause)
        note_failure(ue, failed)

    # -- execution

    async def execute(self) -> None:
        """Wait for the phone at the target, and go on there or where it was (figure 4.9.1.3.3-1)."""
        move = self.move
        timer = move.amf.config.timers["X-HANDOVER"]
        try:
            answer = await move.wait(ngap.HandoverNotify, TargetLost, timer=timer)
        except TimerExpired:
            self.abort(f"the phone did not arrive within {timer.seconds:g} s")
            return
        if isinstance(answer, TargetLost):
            self.abort(f"the target radio has gone: {answer.reason}")
        else:
            await self.complete(answer)

    async def complete(self, notify: ngap.HandoverNotify) -> None:
        """HANDOVER NOTIFY: the phone is the target's. The source keeps its part a little longer, for what it
        still forwards (steps 5 to 14)."""
        move, line, ue = self.move, self.move.connection, self.move.ue
        if move.leg is not None:
            behind = move.cross()
            if notify.notify_source_ngran_node is not None:
                behind.send(
                    ngap.HandoverSuccess(
                        amf_ue_ngap_id=behind.amf_ue_ngap_id, ran_ue_ngap_id=behind.ran_ue_ngap_id
                    )
                )
            release_later(ue, behind)
        locate(line, notify.user_location_information)
        ue.amf.journal.note(ue.name, f"handed over to {line.radio.name} by N2")
        taken = frozenset(self.preparation.commands)
        lost = line.active - taken
        line.active = line.active & taken or NO_SESSION
        if self.preparation.surplus:
            release_sessions(line, self.preparation.surplus)
        move.settle()
        ue.commit()
        await ue.lane.do(lambda: self.follow(ue, sorted(line.active & taken), sorted(lost)))

    async def follow(self, ue: Ue, taken: list[int], lost: list[int]) -> None:
        """Sessions go to the target, or are without user plane (steps 7 to 8)."""
        for psi in lost:
            await ue.tell_smf(psi, SmContextUpdate(up_cnx_state=UpCnxState.DEACTIVATED))
        for psi in taken:
            await ue.tell_smf(psi, SmContextUpdate(ho_state=HoState.COMPLETED))

    def abort(self, reason: str) -> None:
        """It has not arrived. The phone is taken to be at its source again; where there is none any more, it
        is nowhere."""
        move, line, ue = self.move, self.move.connection, self.move.ue
        note_failure(ue, Failed("radioNetwork", "tngrelocoverall-expiry", reason))
        if line.amf_ue_ngap_id != self.home:  # the source was lost: there is no way back
            ue.amf.release(line, cause("radioNetwork", "tngrelocoverall-expiry"))
            return
        move.leave(cause("radioNetwork", "tngrelocoverall-expiry"))
        cancel_sessions(ue, line)
        move.settle()

    def collide(self, event: Any) -> Verdict:
        """The source takes it back, or the phone has come to some radio by itself: this one is over. What the
        target says comes in its order; a second request is part of the first."""
        match event:
            case ngap.HandoverCancel() | Arrival():
                return Verdict.REPLACE
            case ngap.HandoverRequired():
                return Verdict.IGNORE
            case _:
                return Verdict.LATER


class Cancellation:
    """HANDOVER CANCEL (TS 23.502 4.9.1.4, TS 38.413 8.4.5)."""

    def __init__(self, move: Move, cancel: ngap.HandoverCancel) -> None:
        self.move = move
        self.reason = cancel.cause or cause("radioNetwork", "handover-cancelled")

    async def run(self) -> None:
        """The target lets go, and all is as before. Nothing to cancel is no error."""
        move, line = self.move, self.move.connection
        move.leave(cause("radioNetwork", "handover-cancelled"))
        line.send(
            ngap.HandoverCancelAcknowledge(
                amf_ue_ngap_id=line.amf_ue_ngap_id, ran_ue_ngap_id=line.ran_ue_ngap_id
            )
        )
        if line.ue is not None:
            line.ue.amf.journal.note(line.ue.name, f"handover cancelled: {'/'.join(map(str, self.reason))}")
            cancel_sessions(line.ue, line)
        move.settle()

    def collide(self, event: Any) -> Verdict:
        """It takes no time."""
        return Verdict.LATER


def cancel_sessions(ue: Ue, line: Connection) -> None:
    """The SMFs are told that nothing comes of a handover."""
    for psi in sorted(line.active):
        ue.lane.put(
            lambda psi=psi: ue.tell_smf(psi, SmContextUpdate(ho_state=HoState.CANCELLED))  # type: ignore[misc]
        )


def release_sessions(line: Connection, psis: list[int]) -> None:
    """PDU SESSION RESOURCE RELEASE COMMAND for what a target took in vain (8.2.2)."""
    transfer = encode_transfer("PDUSessionResourceReleaseCommandTransfer", {"cause": cause(*FAILED)})
    line.send(
        ngap.PDUSessionResourceReleaseCommand(
            amf_ue_ngap_id=line.amf_ue_ngap_id,
            ran_ue_ngap_id=line.ran_ue_ngap_id,
            pdu_session_resource_to_release_list_rel_cmd=[
                {"pDUSessionID": psi, "pDUSessionResourceReleaseCommandTransfer": transfer} for psi in psis
            ],
        )
    )


def release_later(ue: Ue, behind: Connection) -> None:
    """UE CONTEXT RELEASE COMMAND to the source (step 14a)."""
    amf = ue.amf
    seconds = amf.config.timers["X-FORWARDING"].seconds
    behind.guard(seconds, lambda: amf.release(behind, cause("radioNetwork", "successful-handover")))


def wanted(required: ngap.HandoverRequired) -> Wanted:
    """What a source asks for."""
    items = required.pdu_session_resource_list_ho_rqd
    return Wanted(
        handover_type=required.handover_type,
        cause=required.cause or cause("radioNetwork", "unspecified"),
        container=required.source_to_target_transparent_container,
        sessions={item["pDUSessionID"]: item["handoverRequiredTransfer"] for item in items},
    )


def target(required: ngap.HandoverRequired) -> tuple[GnbId, Tai]:
    """The radio that is meant (9.3.1.25). Raises Failed."""
    kind, named = required.target_id
    if required.handover_type != "intra5gs":
        to = required.handover_type
        raise Failed("radioNetwork", "n26-interface-not-available", f"a handover {to} is not to be had", "")
    try:
        return gnb_id_from(named["globalRANNodeID"]), tai_from(named["selectedTAI"])
    except (DecodeError, KeyError):
        reason = f"the target is a {kind}, and no gNB"
        raise Failed("radioNetwork", "unknown-targetID", reason, "") from None


def radio_of(amf: Amf, gnb: GnbId, tai: Tai) -> Radio | None:
    """A radio that is connected to this AMF and serves that tracking area."""
    radios = amf.radios.values()
    return next((radio for radio in radios if radio.gnb == gnb and tai in radio.supported), None)


def unknown(gnb: GnbId, tai: Tai) -> Failed:
    """No AMF that there is has this radio."""
    reason = f"no gNB {gnb} with tracking area {tai} is connected"
    return Failed(
        "radioNetwork", "unknown-targetID", reason, "connect it, or correct the neighbours", absent=True
    )


def command(
    line: Connection,
    required: ngap.HandoverRequired,
    container: bytes,
    commands: Mapping[int, bytes],
    left_behind: Mapping[int, tuple[str, str]],
) -> None:
    """HANDOVER COMMAND to the source."""
    line.send(
        ngap.HandoverCommand(
            amf_ue_ngap_id=line.amf_ue_ngap_id,
            ran_ue_ngap_id=line.ran_ue_ngap_id,
            handover_type=required.handover_type,
            pdu_session_resource_handover_list=[
                {"pDUSessionID": psi, "handoverCommandTransfer": each} for psi, each in commands.items()
            ],
            pdu_session_resource_to_release_list_ho_cmd=[
                unprepared(psi, why) for psi, why in left_behind.items()
            ]
            or None,
            target_to_source_transparent_container=container,
        )
    )


def unprepared(psi: int, reason: tuple[str, str]) -> dict[str, Any]:
    """A session in the list of those to release, with its Handover Preparation Unsuccessful Transfer."""
    transfer = encode_transfer("HandoverPreparationUnsuccessfulTransfer", {"cause": reason})
    return {"pDUSessionID": psi, "handoverPreparationUnsuccessfulTransfer": transfer}


def refuse(line: Connection, reason: tuple[str, str]) -> None:
    """HANDOVER PREPARATION FAILURE to the source."""
    line.send(
        ngap.HandoverPreparationFailure(
            amf_ue_ngap_id=line.amf_ue_ngap_id, ran_ue_ngap_id=line.ran_ue_ngap_id, cause=reason
        )
    )


def note_failure(ue: Ue, failed: Failed) -> None:
    """For people."""
    spelled = "/".join(map(str, failed.cause))
    ue.amf.journal.refuse(ue.name, "handover", cause=spelled, reason=failed.reason, fix=failed.fix)
