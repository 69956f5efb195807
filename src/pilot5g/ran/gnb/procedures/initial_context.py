"""Initial Context Setup: keys, sessions and the first NAS messages under them (TS 38.413 8.3.1)."""

from __future__ import annotations

from typing import Any

from pilot5g.flow.procedure import Verdict
from pilot5g.model import Guami
from pilot5g.ran.gnb.bearers import SEMANTIC, Cause, ue_ambr, unsuccessful, wanted
from pilot5g.ran.gnb.clause10 import NOT_NOW
from pilot5g.ran.gnb.context import AsSecurity
from pilot5g.ran.gnb.procedures import watching
from pilot5g.ran.gnb.procedures.ordinary import collide
from pilot5g.ran.gnb.procedures.session_resources import Setup
from pilot5g.ran.gnb.security import choose, choose_integrity
from pilot5g.ran.gnb.ue import LOST, Ue, text_of
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.errors import REJECTED
from pilot5g.wire.ngap.values import (
    cause,
    guami_from,
    nssai_from,
    security_key_from,
    ue_security_capabilities_from,
)

NO_ALGORITHM = cause("radioNetwork", "encryption-and-or-integrity-protection-algorithms-not-supported")
RADIO_FAILED = cause("radioNetwork", "failure-in-radio-interface-procedure")


class InitialContextSetup:
    """TS 38.413 8.3.1."""

    def __init__(self, ue: Ue, request: m.InitialContextSetupRequest) -> None:
        self.ue = ue
        self.request = request
        self.sessions = wanted(request.pdu_session_resource_setup_list_cxt_req, "nAS-PDU")

    async def run(self) -> None:
        ue, request = self.ue, self.request
        try:
            guami = guami_from(request.guami)
            security = chosen_security(ue, request.ue_security_capabilities, request.security_key)
        except DecodeError as error:
            self._fail(SEMANTIC, str(error))
            return
        if ue.context.security is not None:
            self._fail(NOT_NOW, "this connection has a context already")
            return
        if self.sessions and request.ue_aggregate_maximum_bit_rate is None:
            self._fail(REJECTED, "sessions came without a UE AMBR (TS 38.413 9.2.2.1)")
            return
        if security is None:
            self._fail(NO_ALGORITHM, "the phone supports no AS algorithm that this radio allows")
            return
        if not await ue.secure(security):
            self._refused_by_phone()
            return
        self._store(security, guami)
        setup = Setup(ue, self.sessions)
        if not await setup.run(first=request.nas_pdu):
            self._fail(LOST, "the phone went out of reach")
            return
        self._respond(setup)
        watching.traced(ue, request.trace_activation)
        watching.wanted(ue, request.location_reporting_request_type)
        watching.asked(ue, request.rrc_inactive_transition_report_request)

    def _respond(self, setup: Setup) -> None:
        ue = self.ue
        ue.site.counters.contexts += 1
        ue.answer(
            m.InitialContextSetupResponse,
            self.request,
            pdu_session_resource_setup_list_cxt_res=setup.done or None,
            pdu_session_resource_failed_to_setup_list_cxt_res=setup.failed or None,
        )
        self._capability()

    def _capability(self) -> None:
        """What an identity stands for is known, or asked for (TS 38.413 8.14.3); without either, the AMF has
        none stored (8.14.1)."""
        ue, context = self.ue, self.ue.context
        named = context.radio_capability_id
        if context.radio_capability is None and named is not None:
            context.radio_capability = ue.site.capabilities.get(named)
            if context.radio_capability is None:
                ue.ng.send(m.UERadioCapabilityIDMappingRequest(ue_radio_capability_id=named))
        elif context.radio_capability is None:
            ue.report_capability()

    def _store(self, security: AsSecurity, guami: Guami) -> None:
        """TS 38.413 8.3.1.2."""
        context, request = self.ue.context, self.request
        context.security = security
        context.capabilities = ue_security_capabilities_from(request.ue_security_capabilities)[:2]
        context.guami = guami
        context.ambr = ue_ambr(request.ue_aggregate_maximum_bit_rate) or context.ambr
        context.allowed_nssai = nssai_from(request.allowed_nssai)
        context.rfsp = request.index_to_rfsp or context.rfsp
        context.radio_capability = request.ue_radio_capability or context.radio_capability
        context.radio_capability_id = request.ue_radio_capability_id

    def _refused_by_phone(self) -> None:
        if self.ue.lost:
            self._fail(LOST, "the phone went out of reach")
        else:
            fix = "compare how both sides derive K_gNB, and from which uplink NAS COUNT (TS 33.501 A.9)"
            self._fail(RADIO_FAILED, "the phone refused RRC Security Mode Command", fix)

    def _fail(self, why: Cause, reason: str, fix: str = "") -> None:
        """TS 38.413 8.3.1.3: each session is reported as failed too."""
        ue = self.ue
        name, what = ue.site.config.name, f"Initial Context Setup of UE {ue.context.ran_ue_ngap_id} failed"
        ue.site.journal.refuse(name, what, cause=text_of(why), reason=reason, fix=fix)
        failed = [
            {"pDUSessionID": each.id, "pDUSessionResourceSetupUnsuccessfulTransfer": unsuccessful(why)}
            for each in self.sessions
        ]
        ue.answer(
            m.InitialContextSetupFailure,
            self.request,
            pdu_session_resource_failed_to_setup_list_cxt_fail=failed or None,
            cause=why,
        )

    def collide(self, event: Any) -> Verdict:
        return collide(event)


def chosen_security(ue: Ue, capabilities: dict[str, Any], key: tuple[int, int]) -> AsSecurity | None:
    """The preferred algorithms that the phone supports, with K_gNB; None where there are none (8.3.1.4)."""
    nea, nia, _, _ = ue_security_capabilities_from(capabilities)
    integrity = choose_integrity(ue.site.config.integrity, nia, nea)
    ciphering = choose(ue.site.config.ciphering, nea)
    if integrity is None or ciphering is None:
        return None
    return AsSecurity(kgnb=security_key_from(key), integrity=integrity, ciphering=ciphering)
