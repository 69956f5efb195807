"""RRC_INACTIVE as the AMF sees it: what radios are told so that they can keep phones in it, and what they
report (TS 23.501 5.3.3.2.5, 5.4.6.2, TS 38.413 8.3.4, 8.3.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from pilot5g.core.amf.connection import Connection
from pilot5g.core.amf.ngap_location import locate
from pilot5g.flow.errors import Problem, ServiceError
from pilot5g.model import Supi
from pilot5g.service.nradio import InactivityReport
from pilot5g.wire import nas
from pilot5g.wire.nas.ies.timers import GPRS_TIMER_3
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import tai_to

if TYPE_CHECKING:
    from pilot5g.core.amf.amf import Amf
    from pilot5g.core.amf.ue import Ue

CYCLES = {1: "v32", 2: "v64", 3: "v128", 4: "v256"}
"""5GS DRX parameters (TS 24.501 9.11.3.2A) as NGAP spells them (TS 38.413 9.3.1.90)."""

INDEX_BITS = 10
"""UE Identity Index Value is 5G-S-TMSI modulo 1024 (TS 38.413 9.3.3.23, TS 38.304 7.1)."""


def assistance(ue: Ue) -> dict[str, Any] | None:
    """Core Network Assistance Information for RRC INACTIVE (TS 38.413 9.3.1.15), where the network is to have
    it and the phone is registered: when it will show itself, where it may go, and when it listens."""
    context = ue.context
    if not ue.amf.config.rrc_inactive or context.guti is None or not context.area:
        return None
    told: dict[str, Any] = {
        "uEIdentityIndexValue": ("indexLength10", (context.guti.tmsi % (1 << INDEX_BITS), INDEX_BITS)),
        "periodicRegistrationUpdateTimer": (_octet(context.periodic), 8),
        "tAIListForInactive": [{"tAI": tai_to(tai)} for tai in context.area],
    }
    if context.drx in CYCLES:
        told["uESpecificDRX"] = CYCLES[context.drx]
    return told


def _octet(seconds: float) -> int:
    """A GPRS timer 3 (TS 24.008 10.5.7.4a), as the phone was told T3512."""
    return GPRS_TIMER_3.encode(nas.GprsTimer3.nearest(int(seconds)))[0]


def watch(amf: Amf, supi: Supi, wanted: InactivityReport) -> None:
    """Have a connected phone's radio report when it is in RRC_INACTIVE (UE CONTEXT MODIFICATION REQUEST).
    Raises ServiceError."""
    ue = amf.ues.by_supi.get(supi)
    if ue is None:
        raise ServiceError(Problem.CONTEXT_NOT_FOUND, f"{supi} is not registered here")
    if not ue.connected or ue.line().held or not ue.line().has_context:
        raise ServiceError(Problem.UE_NOT_REACHABLE, f"{supi} is not connected just now", "try again")
    line = ue.line()
    transitions = None if wanted is InactivityReport.NO_MORE else wanted.value
    ue.watched = msgspec.structs.replace(ue.watched, transitions=transitions)
    line.send(
        ngap.UEContextModificationRequest(
            amf_ue_ngap_id=line.amf_ue_ngap_id,
            ran_ue_ngap_id=line.ran_ue_ngap_id,
            core_network_assistance_information_for_inactive=assistance(ue),
            rrc_inactive_transition_report_request=wanted.value,
        )
    )


def transition(amf: Amf, connection: Connection, message: ngap.RRCInactiveTransitionReport) -> None:
    """TS 38.413 8.3.5: the phone stays CM-CONNECTED either way (TS 23.501 5.3.3.2.5)."""
    locate(connection, message.user_location_information)
    told(connection, message.rrc_state)


def told(connection: Connection, state: str | None) -> None:
    """A radio has said in which RRC state a phone is."""
    if state is not None:
        connection.inactive = state == "inactive"
        ue = connection.ue
        if ue is not None and state == "connected" and ue.watched.transitions == InactivityReport.CONNECTED:
            ue.watched = msgspec.structs.replace(ue.watched, transitions=None)
