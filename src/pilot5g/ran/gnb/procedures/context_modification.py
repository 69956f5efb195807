"""UE Context Modification: a new key, rates, or name of the connection (TS 38.413 8.3.4)."""

from __future__ import annotations

from typing import Any

from pilot5g.flow.procedure import Verdict
from pilot5g.ran.gnb.bearers import SEMANTIC, Cause, ue_ambr
from pilot5g.ran.gnb.clause10 import NOT_NOW
from pilot5g.ran.gnb.context import AsSecurity
from pilot5g.ran.gnb.procedures import watching
from pilot5g.ran.gnb.procedures.initial_context import NO_ALGORITHM, RADIO_FAILED
from pilot5g.ran.gnb.procedures.ordinary import collide
from pilot5g.ran.gnb.procedures.session_resources import refuse
from pilot5g.ran.gnb.security import choose, choose_integrity
from pilot5g.ran.gnb.ue import LOST, Ue
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.values import guami_from, security_key_from, ue_security_capabilities_from


class ContextModification:
    """TS 38.413 8.3.4. Everything that can fail is tried before anything is stored."""

    def __init__(self, ue: Ue, request: m.UEContextModificationRequest) -> None:
        self.ue = ue
        self.request = request

    async def run(self) -> None:
        ue, request = self.ue, self.request
        capabilities = ue.context.capabilities
        try:
            if request.ue_security_capabilities is not None:
                capabilities = ue_security_capabilities_from(request.ue_security_capabilities)[:2]
            guami = None if request.new_guami is None else guami_from(request.new_guami)
        except DecodeError as error:
            self._fail(SEMANTIC, str(error))
            return
        if request.security_key is not None:
            if capabilities is None:
                self._fail(NOT_NOW, "there is no context whose key could change")
                return
            if not await self._rekey(security_key_from(request.security_key), capabilities):
                return
        ue.context.capabilities = capabilities
        ue.context.ambr = ue_ambr(request.ue_aggregate_maximum_bit_rate) or ue.context.ambr
        ue.context.rfsp = request.index_to_rfsp or ue.context.rfsp
        ue.context.guami = guami or ue.context.guami
        if request.new_amf_ue_ngap_id is not None:
            ue.ng.name(ue, request.new_amf_ue_ngap_id)
        ue.answer(
            m.UEContextModificationResponse,
            request,
            rrc_state=None if request.rrc_inactive_transition_report_request is None else "connected",
            user_location_information=ue.location,
        )
        watching.asked(ue, request.rrc_inactive_transition_report_request)

    async def _rekey(self, kgnb: bytes, capabilities: tuple[int, int]) -> bool:
        """AS key re-keying (TS 33.501 6.9.4.4): the phone proves that it has the new K_gNB too."""
        ue = self.ue
        ciphering = choose(ue.site.config.ciphering, capabilities[0])
        integrity = choose_integrity(ue.site.config.integrity, capabilities[1], capabilities[0])
        if ciphering is None or integrity is None:
            self._fail(NO_ALGORITHM, "the phone supports no AS algorithm that this radio allows")
            return False
        security = AsSecurity(kgnb=kgnb, integrity=integrity, ciphering=ciphering)
        if not await ue.secure(security):
            reason = "the phone went out of reach" if ue.lost else "the phone refused the new key"
            self._fail(LOST if ue.lost else RADIO_FAILED, reason)
            return False
        ue.context.security = security
        return True

    def _fail(self, why: Cause, reason: str) -> None:
        refuse(self.ue, "the context was not modified", why, reason)
        self.ue.answer(m.UEContextModificationFailure, self.request, cause=why)

    def collide(self, event: Any) -> Verdict:
        return collide(event)
