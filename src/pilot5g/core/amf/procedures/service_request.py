"""Service request (TS 23.502 4.2.3.2, TS 24.501 5.6.1): an idle phone is back, a connected one wants data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf.causes import spelled
from pilot5g.core.amf.events import Forget, Page, Reconfigure
from pilot5g.core.amf.procedures.user_plane import Reactivated, reactivate, status_of, synchronise
from pilot5g.core.amf.restrictions import check_service
from pilot5g.core.amf.session_delivery import carry, set_up_context
from pilot5g.flow.errors import Gone, Refused, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.wire import nas
from pilot5g.wire.ngap import messages as ngap
from pilot5g.wire.ngap.values import cause

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue


ALWAYS = (
    nas.ServiceType.MOBILE_TERMINATED,
    nas.ServiceType.HIGH_PRIORITY,
    nas.ServiceType.EMERGENCY,
)
"""Services of a phone in a non-allowed area (TS 24.501 5.3.5.2)."""


class Service:
    """A service request whose integrity is proved. `paged`: it answers a paging."""

    def __init__(self, ue: Ue, request: nas.ServiceRequest) -> None:
        self.ue = ue
        self.request = request
        self.connection = ue.line()
        self.accepted = False

    async def run(self) -> None:
        """Accepted, refused, or interrupted."""
        try:
            await self.serve()
        except Refused as refusal:
            self.reject(refusal)
        except TimerExpired:
            self.ue.amf.release(self.connection, cause("radioNetwork", "unspecified"))
        except Gone:
            pass  # 5.6.1.8 a: it will ask again

    async def serve(self) -> None:
        """Steps 4 to 12."""
        request = self.request
        fallback = request.service_type == nas.ServiceType.EMERGENCY_FALLBACK
        if fallback or (
            request.service_type == nas.ServiceType.EMERGENCY and self.ue.amf.config.emergency is None
        ):
            raise Refused(
                nas.GmmCause.PROTOCOL_ERROR,
                "there is no other network to fall back to"
                if fallback
                else "the network has no emergency services",
                "set `emergency.dnn`, or call over another network",
            )
        if request.service_type not in ALWAYS:
            check_service(self.ue)
        await synchronise(self.ue, request.pdu_session_status)
        planes = await reactivate(self.ue, request.uplink_data_status)
        self.accept(planes)
        if self.connection.setting_up:
            await self.ue.owner.wait(
                ngap.InitialContextSetupResponse, timer=self.ue.amf.config.timers["X-N2"]
            )
        guest = self.ue.amf.ues.is_guest(self.ue)
        if request.service_type == nas.ServiceType.MOBILE_TERMINATED or guest:
            self.ue.owner.deliver(Reconfigure(new_guti=True))  # TS 33.501 6.12.3

    def accept(self, planes: Reactivated) -> None:
        """SERVICE ACCEPT, with the context setup where the radio has none (TS 23.502 4.2.3.2 step 12)."""
        ue = self.ue
        accept = nas.ServiceAccept(
            pdu_session_status=status_of(ue, self.request.pdu_session_status),
            pdu_session_reactivation_result=planes.result,
            pdu_session_reactivation_result_error_cause=planes.errors,
        )
        self.accepted = True
        if self.connection.has_context:
            ue.send(accept)
            self.connection.open = True
            for message in planes.messages:
                carry(ue, message)
        else:
            set_up_context(ue, ue.protect(accept), planes.messages)
            self.connection.open = True

    def reject(self, refusal: Refused) -> None:
        """SERVICE REJECT (5.6.1.5), then the connection goes."""
        ue = self.ue
        note_rejection(ue, refusal)
        if ue.connected:
            ue.send(nas.ServiceReject(cause=nas.GmmCause(refusal.cause)))
            ue.amf.release(self.connection, cause("nas", "unspecified"))

    def collide(self, event: Any) -> Verdict:
        """TS 24.501 5.6.1.8: on a new connection this one has failed; the same request again is ignored
        before the accept, and begins anew after it (d)."""
        match event:
            case nas.ServiceRequest() if event == self.request and self.ue.connection is self.connection:
                return Verdict.REPLACE if self.accepted else Verdict.IGNORE
            case nas.ServiceRequest() | nas.RegistrationRequest() | nas.DeregistrationRequest():
                return Verdict.REPLACE
            case nas.GmmMessage():
                return Verdict.REFUSE
            case ngap.InitialContextSetupResponse() | Page() | Forget():
                return Verdict.IGNORE
            case _:
                return Verdict.LATER


def reject_service(ue: Ue, request: nas.ServiceRequest) -> None:
    """A service request that proves nothing: the context, if there is one, stays as it is (4.4.4.3)."""
    if ue.amf.ues.was_silent(request.s_tmsi):
        what = nas.GmmCause.IMPLICITLY_DEREGISTERED
        reason = "it was silent for longer than its periodic timer allows, and is no longer registered"
    else:
        what = nas.GmmCause.UE_IDENTITY_CANNOT_BE_DERIVED
        reason = "its identity is unknown, or its request is not protected with the keys known for it"
    note_rejection(ue, Refused(what, reason, "nothing: it will register anew"))
    ue.send(nas.ServiceReject(cause=what))


def note_rejection(ue: Ue, refusal: Refused) -> None:
    """For people."""
    ue.amf.journal.refuse(
        ue.name, "service request", cause=spelled(refusal.cause), reason=refusal.reason, fix=refusal.fix
    )
