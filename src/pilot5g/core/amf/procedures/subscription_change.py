"""A subscription has changed while its phone is registered (TS 23.502 4.5.1, 4.2.4.2).

What the phone may do is taken from the subscription anew; then it is told what is different, or deregistered
where it may not stay. Nothing is sent here, so an idle phone needs no connection for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf import restrictions
from pilot5g.core.amf.events import Deregister, Reconfigure, SubscriptionChanged
from pilot5g.core.amf.procedures.deregistration import release_sessions
from pilot5g.core.amf.session_delivery import tell_radio
from pilot5g.flow.errors import ServiceError
from pilot5g.flow.procedure import Verdict
from pilot5g.wire import nas

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

NO_LONGER = "REL_DUE_TO_SLICE_NOT_AVAILABLE"
"""Cause of TS 29.502 6.1.6.3.8."""


class SubscriptionChange:
    """One change."""

    def __init__(self, ue: Ue) -> None:
        self.ue = ue

    async def run(self) -> None:
        """A UDM that cannot say leaves everything as it was."""
        try:
            await self.renew()
        except ServiceError as problem:
            self.ue.amf.journal.note(self.ue.name, f"its new subscription could not be had: {problem}")

    async def renew(self) -> None:
        """Take it over. Raises ServiceError."""
        ue, context = self.ue, self.ue.context
        before = self.told()
        restrictions.take(context, await ue.amf.nudm.access_and_mobility(ue.supi))
        assert context.tai is not None
        if restrictions.forbidden(context, context.tai):
            ue.owner.deliver(Deregister("FORBIDDEN_AREA", cause=nas.GmmCause.TRACKING_AREA_NOT_ALLOWED))
            return
        slices = await ue.amf.nnssf.select(
            context.allowed_nssai, context.subscribed_nssai, context.default_nssai, context.tai
        )
        if not slices.allowed:
            what = nas.GmmCause.NO_NETWORK_SLICES_AVAILABLE
            ue.owner.deliver(Deregister("NO_SLICE_LEFT", cause=what))
            return
        lost = frozenset(context.allowed_nssai) - frozenset(slices.allowed)
        context.allowed_nssai, context.configured_nssai = slices.allowed, slices.configured
        context.area = restrictions.area_of(ue, context.tai)
        if lost:
            kept = (psi for psi, session in context.sessions.items() if session.snssai not in lost)
            await release_sessions(ue, frozenset(kept), NO_LONGER)
        tell_radio(ue)
        after = self.told()
        if before != after:
            changed = Reconfigure(
                slices=before[0] != after[0], areas=before[1] != after[1], register=bool(lost)
            )
            ue.owner.deliver(changed)

    def told(self) -> tuple[Any, Any]:
        """What the phone has been told: slices, areas."""
        context = self.ue.context
        slices = context.allowed_nssai, context.configured_nssai
        return slices, (context.area, restrictions.service_area_list(context))

    def collide(self, event: Any) -> Verdict:
        """It takes as long as the UDM does: everything else comes after it, and another change is another."""
        return Verdict.IGNORE if isinstance(event, SubscriptionChanged) else Verdict.LATER
