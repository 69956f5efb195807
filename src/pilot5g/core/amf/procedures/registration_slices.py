"""Which slices a registering phone may use (TS 23.502 4.2.2.2.3, TS 24.501 4.6.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.core.amf.procedures.reroute import own_slices
from pilot5g.flow.errors import Refused
from pilot5g.model import Snssai
from pilot5g.wire import nas

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue


class NoSlice(Refused):
    """Cause #62, with the slices that were asked for in vain."""

    def __init__(self, reason: str, fix: str, rejected: tuple[nas.RejectedSnssai, ...]) -> None:
        super().__init__(nas.GmmCause.NO_NETWORK_SLICES_AVAILABLE, reason, fix)
        self.rejected = rejected


async def select_slices(ue: Ue, request: nas.RegistrationRequest) -> tuple[nas.RejectedSnssai, ...]:
    """Allowed and configured NSSAI into the context; gives what was rejected. Raises NoSlice."""
    context = ue.context
    assert context.tai is not None
    asked = tuple(Snssai(s.sst, s.sd).canonical for s in request.requested_nssai or ())
    selection = await ue.amf.nnssf.select(asked, context.subscribed_nssai, context.default_nssai, context.tai)
    rejected = tuple(
        nas.RejectedSnssai(snssai, nas.RejectedSnssaiCause(int(cause)))
        for snssai, cause in selection.rejected
    )
    own = own_slices(ue)
    allowed = tuple(snssai for snssai in selection.allowed if snssai in own)
    if not allowed:
        raise NoSlice(
            f"it asks for slice {_list(asked)} and is subscribed to {_list(context.subscribed_nssai)};"
            f" none of them is served in {context.tai}",
            "give the subscriber a slice the network serves there",
            rejected,
        )
    context.allowed_nssai = allowed
    context.configured_nssai = selection.configured
    return rejected


def _list(slices: tuple[Snssai, ...]) -> str:
    return ", ".join(str(s) for s in slices) or "none"
