"""What phones' radios can do, as far as the AMF has to do with it: kept for radios, named by identities, and
compared with what a radio needs for voice (TS 38.413 8.14, TS 23.501 5.4.4).

A phone whose registration names its capability by an identity need not be asked for the octets: the AMF keeps
what the first phone with that identity told, and tells radios that ask (RACS, TS 23.501 5.4.4.1a). It is its
own UCMF.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from pilot5g.core.amf.connection import Connection
from pilot5g.core.amf.ngap_errors import diagnostics_for_answer, diagnostics_for_indication, indicate
from pilot5g.core.amf.ran import Radio
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.model import Supi
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import cause, nssai_to, s_tmsi_from

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf

MOST = 4096
"""Identities kept: models of phones, not phones. What is beyond them, the least asked for, is forgotten."""


class Capabilities:
    """Radio capabilities by their identity (TS 23.003 29.2), a few."""

    def __init__(self) -> None:
        self._known: OrderedDict[bytes, bytes] = OrderedDict()

    def learn(self, identity: bytes, capability: bytes) -> None:
        """These octets go by that identity. What is known stays: no phone may change what others can do."""
        if identity not in self._known:
            self._known[identity] = capability
            if len(self._known) > MOST:
                self._known.popitem(last=False)

    def of(self, identity: bytes) -> bytes | None:
        """The octets, where anybody has told them."""
        found = self._known.get(identity)
        if found is not None:
            self._known.move_to_end(identity)
        return found


def id_mapping(amf: Amf, radio: Radio, request: ngap.UERadioCapabilityIDMappingRequest) -> None:
    """TS 38.413 8.14.3. There is no failure to answer with: of an identity nobody knows, an error is
    indicated (10.4)."""
    identity = request.ue_radio_capability_id
    known = amf.capabilities.of(identity)
    if known is None:
        amf.journal.note(radio.name, f"asked for radio capability {identity.hex()}, which nobody has told")
        diagnostics = diagnostics_for_indication(request)
        indicate(radio, cause("protocol", "semantic-error"), diagnostics=diagnostics)
        return
    radio.send(
        ngap.UERadioCapabilityIDMappingResponse(
            ue_radio_capability_id=identity,
            ue_radio_capability=known,
            criticality_diagnostics=diagnostics_for_answer(request),
        )
    )


def retrieve_information(amf: Amf, radio: Radio, request: ngap.RetrieveUEInformation) -> None:
    """TS 38.413 8.3.9, 8.3.10: what the AMF may say of a phone before it has a connection. Of one nobody
    knows, it says no more than the identity (8.3.10.2)."""
    s_tmsi = s_tmsi_from(request.five_g_s_tmsi)
    ue = amf.ues.find(s_tmsi)
    context = None if ue is None else ue.context
    radio.send(
        ngap.UEInformationTransfer(
            five_g_s_tmsi=request.five_g_s_tmsi,
            ue_radio_capability=None if context is None else context.radio_capability,
            allowed_nssai=nssai_to(context.allowed_nssai) if context and context.allowed_nssai else None,
        )
    )


def check_voice(amf: Amf, supi: Supi) -> None:
    """UE RADIO CAPABILITY CHECK REQUEST (TS 38.413 8.14.2, TS 23.502 4.2.8a): whether what the phone and the
    radio can do suffices for voice over IMS. Raises ServiceError where the phone is not connected."""
    ue = amf.ues.by_supi.get(supi)
    if ue is None:
        raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"{supi} is not registered here")
    if not ue.connected or ue.line().held:
        raise ServiceError(Problem.UE_NOT_REACHABLE, f"{supi} is not connected just now", "try again")
    line = ue.line()
    line.send(
        ngap.UERadioCapabilityCheckRequest(
            amf_ue_ngap_id=line.amf_ue_ngap_id,
            ran_ue_ngap_id=line.ran_ue_ngap_id,
            ue_radio_capability=ue.context.radio_capability,
        )
    )


def voice_checked(amf: Amf, connection: Connection, answer: ngap.UERadioCapabilityCheckResponse) -> None:
    """The answer, kept until the phone registers anew (TS 23.502 4.2.8a step 4)."""
    ue = connection.ue
    if ue is None:
        return
    ue.context.voice_match = answer.ims_voice_support_indicator == "supported"
    ue.commit()
    amf.journal.note(
        ue.name, f"voice over IMS at {connection.radio.name}: {answer.ims_voice_support_indicator}"
    )
