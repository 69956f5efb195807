"""Registration for emergency services (TS 23.502 4.2.2.2.2, TS 24.501 5.5.1.2, TS 33.501 10.2).

No subscription is asked, no area is forbidden, no slice is selected. A phone that can prove who it is does
so; one that cannot is let in all the same where the network takes anybody, without any protection.
"""

from __future__ import annotations

from pilot5g.core.amf.emergency import null_keys, unproved_name
from pilot5g.core.amf.procedures.authentication import AuthenticationRefused
from pilot5g.core.amf.procedures.deregistration import drop_policy, release_sessions
from pilot5g.core.amf.procedures.registration import Registration
from pilot5g.core.amf.procedures.registration_accept import RegistrationAcceptance
from pilot5g.core.amf.procedures.security_mode import SecurityMode
from pilot5g.core.amf.procedures.user_plane import Reactivated
from pilot5g.flow.errors import Refused, ServiceError
from pilot5g.wire import nas

UNAVAILABLE = nas.GmmCause.PROTOCOL_ERROR


class EmergencyRegistration(Registration):
    """One phone's."""

    async def register(self) -> None:
        """What is left of TS 23.502 figure 4.2.2.2.2-1."""
        self.check_request()
        if self.must_authenticate():
            await self.prove()
        self.take_capabilities()
        await release_sessions(self.ue)
        await drop_policy(self.ue)
        self.limit()
        self.acceptance = RegistrationAcceptance(self.ue, self.request, Reactivated([], {}, False), ())
        await self.acceptance.run()
        self.finish()

    def check_request(self) -> None:
        """Whether there are emergency services, and for whom. Raises Refused (5.5.1.2.6)."""
        emergency = self.amf.config.emergency
        nameless = isinstance(self.request.mobile_identity, nas.Imei | nas.Imeisv)
        if emergency is None or (nameless and not emergency.anybody):
            raise Refused(
                nas.GmmCause.PEI_NOT_ACCEPTED if nameless else UNAVAILABLE,
                "the network has no emergency services"
                if emergency is None
                else "it has no SIM, and the network has emergency services for subscribers only",
                "set `emergency.dnn`" if emergency is None else "set `emergency.anybody`",
            )

    async def prove(self) -> None:
        """Authentication where there is a SIM. Raises what ends the registration."""
        emergency = self.amf.config.emergency
        assert emergency is not None
        if isinstance(self.request.mobile_identity, nas.Imei | nas.Imeisv):
            await self.go_on_unproved("it has no SIM")
            return
        try:
            self.check_home(self.request.mobile_identity)
            proof = await self.authenticate()
        except (AuthenticationRefused, Refused, ServiceError) as refused:
            if not emergency.anybody:
                raise
            await self.go_on_unproved(refused.reason)
            return
        await self.secure(proof)

    async def go_on_unproved(self, why: str) -> None:
        """TS 33.501 10.2.2: null algorithms, under a name that is nobody's."""
        self.amf.journal.note(self.ue.name, f"registers for emergency services without authentication: {why}")
        self.ue.become(unproved_name(self.ue, self.request.mobile_identity))
        keys = null_keys(self.ue, 0)
        mode = SecurityMode(self.ue, self.capability(), keys, whole_message=True)
        await self.complete(mode)

    def limit(self) -> None:
        """Registered for emergency services only, whatever its subscription says."""
        context, emergency = self.ue.context, self.amf.config.emergency
        assert emergency is not None
        context.emergency = True
        context.allowed_nssai = (emergency.snssai,)
        context.configured_nssai = context.subscribed_nssai = context.default_nssai = ()
        context.forbidden_areas = context.service_areas = ()
        context.ue_ambr = emergency.ue_ambr
