"""Preparing a handover at its target radio (TS 23.502 4.9.1.3.2 steps 4 to 11, TS 38.413 8.4.2): the SMFs are
asked what each session needs, the radio what it can take, and the SMFs are told what it took. It is the same
whether the phone comes from a radio of this AMF or of another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from pilot5g.core.amf.inactivity import assistance
from pilot5g.core.amf.move import Move, Security, TargetLost
from pilot5g.core.amf.procedures.path_switch import FAILED, update, why
from pilot5g.core.amf.session_delivery import aggregate_rate, security_capabilities
from pilot5g.flow.errors import ServiceError, Stopped, TimerExpired
from pilot5g.service.namf import N2Sm, N2SmType
from pilot5g.service.nsmf import HoState, SmContextUpdate
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import cause, guami_to, nssai_to, snssai_to

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
    """The preparation ends here; the cause is for the source, the rest for people. `absent`: the radio is not
    connected here."""

    def __init__(
        self,
        group: str,
        value: str,
        reason: str,
        fix: str = "look at the target radio's log",
        *,
        absent: bool = False,
    ) -> None:
        super().__init__(reason)
        self.cause = cause(group, value)
        self.reason = reason
        self.fix = fix
        self.absent = absent


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What the source asks for. `sessions` are Handover Required Transfers by PDU session; `container` is for
    the target alone."""

    handover_type: str
    cause: tuple[str, str]
    container: bytes
    sessions: dict[int, bytes]


class Preparation:
    """Of one phone at one radio. What comes of it, by PDU session: `commands` are Handover Command Transfers;
    `left_behind` are those that do not come along, and why; `surplus` those of them that the target has all
    the same."""

    def __init__(self, move: Move, wanted: Wanted) -> None:
        self.move = move
        self.wanted = wanted
        self.commands: dict[int, bytes] = {}
        self.left_behind: dict[int, tuple[str, str]] = {}
        self.surplus: list[int] = []
        self.refused = False
        """Whether the target keeps nothing that could be released."""

    async def run(
        self,
        ue: Ue,
        radio: Radio,
        expect: Callable[[], tuple[Connection, Security]],
        active: frozenset[int],
    ) -> ngap.HandoverRequestAcknowledge:
        """All of it; `active` are the sessions that have a user plane, `expect` gives the connection that the
        radio is to take over, and its keys. Raises Failed, Gone."""
        sessions: Items = []
        await ue.lane.do(lambda: self.ask_sessions(ue, active, sessions))
        if not sessions:
            raise Failed(*FAILED, "no PDU session can be handed over", "look at the SMF's log")
        if not radio.ready:
            raise Failed("radioNetwork", "unknown-targetID", f"{radio.name} has gone")
        leg, security = expect()
        answer = await self.ask_target(ue, leg, self.request(ue, leg, security, sessions))
        await ue.lane.do(lambda: self.admit(ue, answer, {item["pDUSessionID"] for item in sessions}))
        if leg.releasing:
            raise Failed(*FAILED, f"{radio.name} has let go of the phone")
        if not self.commands:
            raise Failed(*FAILED, f"{radio.name} admitted no PDU session")
        return answer

    async def ask_sessions(self, ue: Ue, active: frozenset[int], sessions: Items) -> None:
        """Which sessions can go, and what their SMFs ask of the target (steps 3 to 7)."""
        for psi, transfer in self.wanted.sessions.items():
            n2 = N2Sm(N2SmType.HANDOVER_REQUIRED, transfer)
            if psi not in active:
                self.left_behind[psi] = cause("radioNetwork", "unknown-PDU-session-ID")
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

    async def ask_target(
        self, ue: Ue, leg: Connection, request: ngap.HandoverRequest
    ) -> ngap.HandoverRequestAcknowledge:
        """HANDOVER REQUEST (TS 38.413 8.4.2, step 9). Raises Failed."""
        move, radio = self.move, leg.radio
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
            self.refused = True
            move.forget_leg(f"{radio.name} refused the handover")
            raise Failed(told[0], told[1], f"{radio.name} refused: {told[0]}/{told[1]}")
        return answer

    def request(self, ue: Ue, leg: Connection, security: Security, sessions: Items) -> ngap.HandoverRequest:
        """What the target is told of the phone (9.2.3.4)."""
        leg.rates, leg.rfsp = ue.context.ue_ambr, ue.context.rfsp
        return ngap.HandoverRequest(
            amf_ue_ngap_id=leg.amf_ue_ngap_id,
            handover_type=self.wanted.handover_type,
            cause=self.wanted.cause,
            ue_aggregate_maximum_bit_rate=aggregate_rate(ue) or UNLIMITED,
            ue_security_capabilities=security_capabilities(ue),
            security_context=security.context,
            new_security_context_ind=security.indicator,
            nasc=security.nasc,
            pdu_session_resource_setup_list_ho_req=sessions,
            allowed_nssai=nssai_to(ue.context.allowed_nssai),
            source_to_target_transparent_container=self.wanted.container,
            trace_activation=ue.watched.trace,
            location_reporting_request_type=ue.watched.reporting,
            rrc_inactive_transition_report_request=ue.watched.transitions,
            core_network_assistance_information_for_inactive=assistance(ue),
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
            self.commands[psi] = told.n2.transfer
        for item in answer.pdu_session_resource_failed_to_setup_list_ho_ack or ():
            asked.discard(item["pDUSessionID"])
            await self.not_admitted(ue, item)
        for psi in sorted(asked):
            self.left_behind[psi] = cause(*FAILED)

    async def not_admitted(self, ue: Ue, item: dict[str, Any]) -> None:
        """The target did not take a session."""
        psi = item["pDUSessionID"]
        n2 = N2Sm(N2SmType.HANDOVER_RES_ALLOC_FAIL, item["handoverResourceAllocationUnsuccessfulTransfer"])
        await ue.tell_smf(psi, SmContextUpdate(n2=n2))
        self.left_behind[psi] = cause(*FAILED)

    def leave_behind(self, ue: Ue, psi: int, problem: ServiceError) -> None:
        """A session whose SMF cannot follow."""
        ue.amf.journal.note(ue.name, f"PDU session {psi} cannot be handed over: {problem}")
        self.left_behind[psi] = why(problem)
