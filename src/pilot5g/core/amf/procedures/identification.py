"""Identification (TS 24.501 5.4.3): the phone is asked for its SUCI where its GUTI says nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.flow.errors import Refused
from pilot5g.model import Suci
from pilot5g.wire import nas

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue


async def identify(ue: Ue) -> Suci:
    """The SUCI of the phone. Raises Refused where it answers with anything else, TimerExpired, Gone."""
    request = nas.IdentityRequest(identity_type=nas.IdentityType.SUCI)
    answer = await ue.owner.ask(
        lambda: ue.send(request), nas.IdentityResponse, timer=ue.amf.config.timers["T3570"]
    )
    if isinstance(answer.mobile_identity, Suci):
        return answer.mobile_identity
    raise Refused(
        nas.GmmCause.PROTOCOL_ERROR,
        f"it was asked for its SUCI and answered with {type(answer.mobile_identity).__name__}",
        "the phone does not follow TS 24.501 5.4.3.3; try another",
    )
