"""The end of a registration: what the phone is given and confirms (TS 24.501 5.5.1.2.4, 5.5.1.3.4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pilot5g.core.amf import restrictions
from pilot5g.core.amf.emergency import features
from pilot5g.core.amf.payloads import served
from pilot5g.core.amf.procedures.user_plane import Reactivated, status_of
from pilot5g.core.amf.session_delivery import carry, set_up_context
from pilot5g.flow.errors import TimerExpired
from pilot5g.flow.timer import DEFAULTS
from pilot5g.service.n1 import N1Class
from pilot5g.wire import nas
from pilot5g.wire.ngap import messages as ngap

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

ALLOWED_AT_MOST = 8
"""S-NSSAIs in an allowed NSSAI (TS 24.501 9.11.3.37); 16 in a configured one."""


class RegistrationAcceptance:
    """Sends the accept until the phone confirms its new GUTI."""

    def __init__(
        self,
        ue: Ue,
        request: nas.RegistrationRequest,
        planes: Reactivated,
        rejected: tuple[nas.RejectedSnssai, ...],
    ) -> None:
        self.ue = ue
        self.connection = ue.line()
        self.request = request
        self.planes = planes
        self.rejected = rejected
        self.sent = False

    async def run(self) -> None:
        """Steps 21 and 22. Raises Gone, and TimerExpired where the radio says nothing to the context setup.

        A phone that never confirms stays registered, under its former GUTI as well (5.5.1.2.8 c).
        """
        ue, timers = self.ue, self.ue.amf.config.timers
        context = ue.context
        assert context.tai is not None
        context.area = restrictions.area_of(ue, context.tai)
        t3512 = nas.GprsTimer3.nearest(int(timers["T3512"].seconds))
        context.periodic = float(t3512.seconds or 0)
        ue.amf.ues.renew_guti(ue)
        accept = self.accept(t3512)
        ue.register()
        try:
            await ue.owner.ask(lambda: self.send(accept), nas.RegistrationComplete, timer=timers["T3550"])
            ue.amf.ues.settle_guti(ue)
        except TimerExpired:
            ue.amf.journal.note(ue.name, "never confirmed its registration; both GUTIs stay valid")
        if self.connection.setting_up:
            await ue.owner.wait(ngap.InitialContextSetupResponse, timer=timers["X-N2"])

    def accept(self, t3512: nas.GprsTimer3) -> nas.RegistrationAccept:
        """REGISTRATION ACCEPT (8.2.7)."""
        context, emergency = self.ue.context, self.ue.amf.config.emergency
        return nas.RegistrationAccept(
            registration_result=nas.RegistrationResult(sms_allowed=self.sms(), emergency=context.emergency),
            guti=context.guti,
            equivalent_plmns=self.ue.amf.config.equivalent_plmns or None,
            tai_list=context.area,
            allowed_nssai=None if context.emergency else context.allowed_nssai[:ALLOWED_AT_MOST],
            rejected_nssai=self.rejected or None,
            configured_nssai=context.configured_nssai[:16] or None,
            network_feature_support=features(emergency),
            pdu_session_status=status_of(self.ue, self.request.pdu_session_status),
            pdu_session_reactivation_result=self.planes.result,
            pdu_session_reactivation_result_error_cause=self.planes.errors,
            service_area_list=restrictions.service_area_list(context),
            t3512_value=t3512,
            t3502_value=self.t3502(),
            emergency_number_list=None if emergency is None else emergency.number_list,
            negotiated_drx_parameters=self.request.requested_drx_parameters,
        )

    def t3502(self) -> nas.GprsTimer | None:
        """Given where it is not what a phone takes by itself (5.3.8)."""
        seconds = self.ue.amf.config.timers["T3502"].seconds
        return None if seconds == DEFAULTS["T3502"].seconds else nas.GprsTimer.nearest(int(seconds))

    def sms(self) -> bool:
        """SMS over NAS is allowed where the phone asked for it and somebody serves it (5.5.1.2.4)."""
        update = self.request.update_type
        return update is not None and update.sms_requested and served(self.ue, N1Class.SMS)

    def send(self, accept: nas.RegistrationAccept) -> None:
        """The first time with the context setup where the radio needs one; repeated, on its own."""
        ue, line = self.ue, self.connection
        first, self.sent = not self.sent, True
        line.open = True
        if first and not line.has_context and self.needs_context():
            set_up_context(ue, ue.protect(accept), self.planes.messages)
            return
        ue.send(accept)
        if first:
            for message in self.planes.messages:
                carry(ue, message)

    def needs_context(self) -> bool:
        """Whether the radio asked for one, or the phone is to stay (TS 38.413 8.6.1, 8.3.1)."""
        follow_on = self.request.registration_type.follow_on_request
        return self.connection.context_requested or follow_on or bool(self.planes.messages or self.ue.pending)
