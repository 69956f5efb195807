"""N2 handover between two radios of this AMF (TS 23.502 4.9.1.3, TS 38.413 8.4.1 to 8.4.3).

Prepared at the target first, with nothing changed for the phone; then the source is told to send it over, and
from there on nothing can reach it until the target says that it has come. What goes wrong before the command
leaves the phone where it is; what goes wrong after it as well, as far as the AMF can know: a phone that has
not arrived goes back to its source, or is lost by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.connection import NO_SESSION
from pilot5g.core.amf.move import Move, Security, TargetLost
from pilot5g.core.amf.ngap_location import locate
from pilot5g.core.amf.procedures.path_switch import FAILED, Arrival, update, why
from pilot5g.core.amf.session_delivery import aggregate_rate, security_capabilities
from pilot5g.flow.errors import Gone, ServiceError, Stopped, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.service.namf import N2Sm, N2SmType
from pilot5g.service.nsmf import HoState, SmContextUpdate, UpCnxState
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.transfers import encode_transfer
from pilot5g.wire.ngap.values import (
    cause,
    gnb_id_from,
    guami_to,
    nssai_to,
    snssai_to,
    tai_from,
)

if TYPE_CHECKING:
    from pilot5g.core.amf.connection import Connection
    from pilot5g.core.amf.ran import Radio
    from pilot5g.core.amf.ue import Ue

Items = list[dict[str, Any]]
UNLIMITED = {
    "uEAggregateMaximumBitRateDL": 4_000_000_000_000,
    "uEAggregateMaximumBitRateUL": 4_000_000_000_000,
}
"""The highest rates there are (TS 38.413 9.3.1.4), for a phone without a subscribed one."""


class Failed(Stopped):
    """The preparation ends here; the cause is for the source, the rest for people."""

    def __init__(
        self, group: str, value: str, reason: str, fix: str = "look at the target radio's log"
    ) -> None:
        super().__init__(reason)
        self.cause = cause(group, value)
        self.reason = reason
        self.fix = fix


class Handover:
    """One HANDOVER REQUIRED. `home` is the connection's identity at the source; `left_behind` are the
    sessions that do not come along, `surplus` those of them that the target has all the same."""

    def __init__(self, move: Move, required: ngap.HandoverRequired) -> None:
        self.move = move
        self.required = required
        self.home = move.connection.amf_ue_ngap_id
        self.commands: Items = []
        self.left_behind: Items = []
        self.surplus: list[int] = []

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
        move, radio = self.move, self.target()
        ue = move.ue
        sessions: Items = []
        await ue.lane.do(lambda: self.ask_sessions(ue, sessions))
        if not sessions:
            raise Failed(*FAILED, "no PDU session can be handed over", "look at the SMF's log")
        if not radio.ready:
            raise Failed("radioNetwork", "unknown-targetID", f"{radio.name} has gone")
        answer = await self.ask_target(move.ue, radio, sessions)
        await ue.lane.do(lambda: self.admit(ue, answer, {item["pDUSessionID"] for item in sessions}))
        if move.leg is None:
            raise Failed(*FAILED, f"{radio.name} has let go of the phone")
        if not self.commands:
            raise Failed(*FAILED, f"{radio.name} admitted no PDU session")
        return answer.target_to_source_transparent_container

    def target(self) -> Radio:
        """The radio that is meant (9.3.1.25). Raises Failed."""
        kind, target = self.required.target_id
        if self.required.handover_type != "intra5gs":
            to = self.required.handover_type
            raise Failed(
                "radioNetwork", "n26-interface-not-available", f"a handover {to} is not to be had", ""
            )
        try:
            gnb, tai = gnb_id_from(target["globalRANNodeID"]), tai_from(target["selectedTAI"])
        except (DecodeError, KeyError):
            raise Failed(
                "radioNetwork", "unknown-targetID", f"the target is a {kind}, and no gNB", ""
            ) from None
        radios = self.move.amf.radios.values()
        radio = next((radio for radio in radios if radio.gnb == gnb and tai in radio.supported), None)
        if radio is None:
            reason = f"no gNB {gnb} with tracking area {tai} is connected"
            raise Failed("radioNetwork", "unknown-targetID", reason, "connect it, or correct the neighbours")
        return radio

    async def ask_sessions(self, ue: Ue, sessions: Items) -> None:
        """Which sessions can go, and what their SMFs ask of the target (steps 3 to 7)."""
        items = self.required.pdu_session_resource_list_ho_rqd
        for psi, transfer in {
            item["pDUSessionID"]: item["handoverRequiredTransfer"] for item in items
        }.items():
            n2 = N2Sm(N2SmType.HANDOVER_REQUIRED, transfer)
            if psi not in self.move.connection.active:
                self.left_behind.append(unprepared(psi, cause("radioNetwork", "unknown-PDU-session-ID")))
                continue
            try:
                answer = await update(ue, psi, SmContextUpdate(n2=n2, ho_state=HoState.PREPARING))
            except ServiceError as problem:
                self.leave_behind(ue, psi, problem)
                continue
            snssai = ue.slice_of(psi)
            assert answer.n2 is not None
            if snssai is not None:
                sessions.append(
                    {
                        "pDUSessionID": psi,
                        "s-NSSAI": snssai_to(snssai),
                        "handoverRequestTransfer": answer.n2.transfer,
                    }
                )

    async def ask_target(self, ue: Ue, radio: Radio, sessions: Items) -> ngap.HandoverRequestAcknowledge:
        """HANDOVER REQUEST (TS 38.413 8.4.2, step 9). Raises Failed."""
        move, security = self.move, self.move.security()
        leg = ue.amf.expect(radio, move)
        request = self.request(ue, leg, security, sessions)
        try:
            answer = await move.ask(
                lambda: leg.send(request),
                ngap.HandoverRequestAcknowledge,
                ngap.HandoverFailure,
                TargetLost,
                timer=ue.amf.config.timers["X-N2"],
            )
        except TimerExpired:
            raise Failed(*FAILED, f"{radio.name} did not answer the HANDOVER REQUEST") from None
        if isinstance(answer, TargetLost):
            raise Failed(*FAILED, f"{radio.name} has gone: {answer.reason}")
        if isinstance(answer, ngap.HandoverFailure):
            told = answer.cause or cause(*FAILED)
            move.forget_leg(f"{radio.name} refused the handover")
            raise Failed(told[0], told[1], f"{radio.name} refused: {told[0]}/{told[1]}")
        return answer

    def request(self, ue: Ue, leg: Connection, security: Security, sessions: Items) -> ngap.HandoverRequest:
        """What the target is told of the phone (9.2.3.4)."""
        return ngap.HandoverRequest(
            amf_ue_ngap_id=leg.amf_ue_ngap_id,
            handover_type=self.required.handover_type,
            cause=self.required.cause or cause("radioNetwork", "unspecified"),
            ue_aggregate_maximum_bit_rate=aggregate_rate(ue) or UNLIMITED,
            ue_security_capabilities=security_capabilities(ue),
            security_context=security.context,
            new_security_context_ind=security.indicator,
            pdu_session_resource_setup_list_ho_req=sessions,
            allowed_nssai=nssai_to(ue.context.allowed_nssai),
            source_to_target_transparent_container=self.required.source_to_target_transparent_container,
            guami=guami_to(ue.amf.config.guami),
        )

    async def admit(self, ue: Ue, answer: ngap.HandoverRequestAcknowledge, asked: set[int]) -> None:
        """The sessions that the target took, and those it did not (steps 10 and 11)."""
        for item in answer.pdu_session_resource_admitted_list or ():
            psi = item["pDUSessionID"]
            asked.discard(psi)
            n2 = N2Sm(N2SmType.HANDOVER_REQ_ACK, item["handoverRequestAcknowledgeTransfer"])
            try:
                told = await update(ue, psi, SmContextUpdate(n2=n2, ho_state=HoState.PREPARED))
            except ServiceError as problem:
                self.surplus.append(psi)
                self.leave_behind(ue, psi, problem)
                continue
            assert told.n2 is not None
            self.commands.append({"pDUSessionID": psi, "handoverCommandTransfer": told.n2.transfer})
        for item in answer.pdu_session_resource_failed_to_setup_list_ho_ack or ():
            asked.discard(item["pDUSessionID"])
            await self.refused(ue, item)
        for psi in sorted(asked):
            self.left_behind.append(unprepared(psi, cause(*FAILED)))

    async def refused(self, ue: Ue, item: dict[str, Any]) -> None:
        """The target did not take a session."""
        psi = item["pDUSessionID"]
        n2 = N2Sm(N2SmType.HANDOVER_RES_ALLOC_FAIL, item["handoverResourceAllocationUnsuccessfulTransfer"])
        await ue.tell_smf(psi, SmContextUpdate(n2=n2))
        self.left_behind.append(unprepared(psi, cause(*FAILED)))

    def leave_behind(self, ue: Ue, psi: int, problem: ServiceError) -> None:
        """A session whose SMF cannot follow."""
        ue.amf.journal.note(ue.name, f"PDU session {psi} cannot be handed over: {problem}")
        self.left_behind.append(unprepared(psi, why(problem)))

    def command(self, container: bytes) -> None:
        """HANDOVER COMMAND: from here on nothing reaches the phone until it has arrived (8.4.1.2)."""
        line = self.move.connection
        self.move.holding = True
        line.send(
            ngap.HandoverCommand(
                amf_ue_ngap_id=line.amf_ue_ngap_id,
                ran_ue_ngap_id=line.ran_ue_ngap_id,
                handover_type=self.required.handover_type,
                pdu_session_resource_handover_list=self.commands,
                pdu_session_resource_to_release_list_ho_cmd=self.left_behind or None,
                target_to_source_transparent_container=container,
            )
        )

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
        taken = {item["pDUSessionID"] for item in self.commands}
        lost = line.active - taken
        line.active = line.active & taken or NO_SESSION
        if self.surplus:
            release_sessions(line, self.surplus)
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
