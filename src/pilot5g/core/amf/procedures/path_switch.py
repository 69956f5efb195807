"""Xn handover at the AMF: PATH SWITCH REQUEST (TS 23.502 4.9.1.2, TS 38.413 8.4.4).

The phone has moved already and its new radio tells so; the AMF moves the user planes after it. A session
that cannot follow is released at the radio and stays without user plane. Where none can, the request fails,
and the phone, whose radio then lets go of it, comes back by a service request.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from pilot5g.core.amf.inactivity import assistance
from pilot5g.core.amf.move import Move
from pilot5g.core.amf.ran import Radio
from pilot5g.core.amf.session_delivery import security_capabilities
from pilot5g.flow.errors import Gone, Problem, ServiceError
from pilot5g.flow.procedure import Verdict
from pilot5g.service.namf import N2Sm, N2SmType
from pilot5g.service.nsmf import SmContextUpdate, SmContextUpdated, UpCnxState
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.transfers import encode_transfer
from pilot5g.wire.ngap.values import cause, nssai_to

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

FAILED = ("radioNetwork", "ho-failure-in-target-5GC-ngran-node-or-target-system")
CAUSES: Mapping[Problem, tuple[str, str]] = {
    Problem.CONTEXT_NOT_FOUND: ("radioNetwork", "unknown-PDU-session-ID"),
    Problem.UPF_NOT_RESPONDING: ("transport", "transport-resource-unavailable"),
    Problem.N2_SM_ERROR: ("protocol", "semantic-error"),
}
"""Why a session did not follow; anything else is a failure in the target system."""


class Arrival(msgspec.Struct, frozen=True, gc=False):
    """A PATH SWITCH REQUEST, and the radio it came from."""

    radio: Radio
    request: ngap.PathSwitchRequest


def why(problem: ServiceError) -> tuple[str, str]:
    """The cause for a session that another function left behind."""
    return cause(*CAUSES.get(problem.problem, FAILED))


async def update(ue: Ue, psi: int, change: SmContextUpdate) -> SmContextUpdated:
    """Ask the SMF of a session. Raises ServiceError."""
    session = ue.context.sessions.get(psi)
    if session is None:
        raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"there is no PDU session {psi}")
    updated: SmContextUpdated = await ue.smf(session).update_sm_context(session.ref, change)
    return updated


class PathSwitch:
    """One request: the connection is the new radio's from the start, so what that says counts."""

    def __init__(self, move: Move, arrival: Arrival) -> None:
        self.move = move
        self.request = arrival.request
        self.switched: list[dict[str, Any]] = []
        self.released: list[dict[str, Any]] = []
        move.leave(cause("radioNetwork", "release-due-to-5gc-generated-reason"))
        move.rebind(arrival.radio, arrival.request.ran_ue_ngap_id)
        move.holding = True

    async def run(self) -> None:
        """Figure 4.9.1.2.2-1, steps 2 to 7."""
        move = self.move
        try:
            ue = move.ue
            security = move.security()
            await ue.lane.do(lambda: self.switch(ue))
            if self.switched:
                self.acknowledge(move.ue, security)
                move.settle()
            else:
                self.fail(move.ue)
        except Gone:
            pass  # it has left, and its new radio was told to let go of it

    async def switch(self, ue: Ue) -> None:
        """The sessions, one by one, in the order of all that concerns them."""
        line = self.move.connection
        items = self.request.pdu_session_resource_to_be_switched_dl_list
        for item in items:
            await self.follow(ue, item["pDUSessionID"], item["pathSwitchRequestTransfer"])
        for item in self.request.pdu_session_resource_failed_to_setup_list_ps_req or ():
            transfer = item["pathSwitchRequestSetupFailedTransfer"]
            lost = SmContextUpdate(n2=N2Sm(N2SmType.PATH_SWITCH_SETUP_FAIL, transfer))
            line.deactivate(item["pDUSessionID"])
            await ue.tell_smf(item["pDUSessionID"], lost)
        named = {item["pDUSessionID"] for item in items}
        for psi in sorted(line.active - named):  # released by the radio without a word (8.4.4.2)
            line.deactivate(psi)
            await ue.tell_smf(psi, SmContextUpdate(up_cnx_state=UpCnxState.DEACTIVATED))

    async def follow(self, ue: Ue, psi: int, transfer: bytes) -> None:
        """One session: its user plane goes to the new radio, or is lost."""
        line = self.move.connection
        try:
            answer = await update(ue, psi, SmContextUpdate(n2=N2Sm(N2SmType.PATH_SWITCH_REQ, transfer)))
        except ServiceError as problem:
            ue.amf.journal.note(ue.name, f"PDU session {psi} did not follow to {line.radio.name}: {problem}")
            self.released.append(unswitched(psi, why(problem)))
            line.deactivate(psi)
            await ue.tell_smf(psi, SmContextUpdate(up_cnx_state=UpCnxState.DEACTIVATED))
            return
        line.activate(psi)
        assert answer.n2 is not None
        self.switched.append(
            {"pDUSessionID": psi, "pathSwitchRequestAcknowledgeTransfer": answer.n2.transfer}
        )

    def acknowledge(self, ue: Ue, security: Any) -> None:
        """PATH SWITCH REQUEST ACKNOWLEDGE (TS 38.413 8.4.4.2)."""
        line = self.move.connection
        line.send(
            ngap.PathSwitchRequestAcknowledge(
                amf_ue_ngap_id=line.amf_ue_ngap_id,
                ran_ue_ngap_id=line.ran_ue_ngap_id,
                ue_security_capabilities=self.corrected(ue),
                security_context=security.context,
                new_security_context_ind=security.indicator,
                pdu_session_resource_switched_list=self.switched,
                pdu_session_resource_released_list_ps_ack=self.released or None,
                core_network_assistance_information_for_inactive=assistance(ue),
                rrc_inactive_transition_report_request=ue.watched.transitions,
                allowed_nssai=nssai_to(ue.context.allowed_nssai),
            )
        )
        ue.commit()
        ue.amf.journal.note(ue.name, f"handed over to {line.radio.name} by Xn")

    def corrected(self, ue: Ue) -> dict[str, Any] | None:
        """The UE security capabilities as the phone itself told them, where the radio was told others: a
        radio on the way may have bid them down (TS 33.501 6.7.3.1)."""
        ours, theirs = security_capabilities(ue), self.request.ue_security_capabilities
        if theirs is not None and all(theirs.get(name) == bits for name, bits in ours.items()):
            return None
        ue.amf.journal.refuse(
            ue.name,
            "path switch",
            cause="UE security capabilities mismatch",
            reason=f"{self.move.connection.radio.name} was told other algorithms than the phone has",
            fix="the radio has the right ones now; look at the radio that the phone came from",
        )
        return ours

    def fail(self, ue: Ue) -> None:
        """PATH SWITCH REQUEST FAILURE (8.4.4.3): no user plane is left, and the radio lets go."""
        line = self.move.connection
        fail(line.radio, line.amf_ue_ngap_id, line.ran_ue_ngap_id, self.released)
        ue.amf.journal.refuse(
            ue.name,
            "path switch",
            cause="/".join(FAILED),
            reason="no PDU session could follow to the new radio",
            fix="look at the SMF's and UPF's log; the phone comes back by itself",
        )
        ue.amf.drop(line, "the path switch failed")

    def collide(self, event: Any) -> Verdict:
        """Already at the next radio: this one has nobody left to answer. A handover has to wait."""
        return Verdict.REPLACE if isinstance(event, Arrival) else Verdict.LATER


def unswitched(psi: int, reason: tuple[str, str]) -> dict[str, Any]:
    """A session in the released list, with its Path Switch Request Unsuccessful Transfer (9.3.4.20)."""
    transfer = encode_transfer("PathSwitchRequestUnsuccessfulTransfer", {"cause": reason})
    return {"pDUSessionID": psi, "pathSwitchRequestUnsuccessfulTransfer": transfer}


def fail(radio: Radio, amf_id: int, ran_id: int, released: list[dict[str, Any]]) -> None:
    """PATH SWITCH REQUEST FAILURE to a radio."""
    message = ngap.PathSwitchRequestFailure(
        amf_ue_ngap_id=amf_id, ran_ue_ngap_id=ran_id, pdu_session_resource_released_list_ps_fail=released
    )
    radio.send_on(message, amf_id)
