"""Registration (TS 23.502 4.2.2.2.2, TS 24.501 5.5.1): initial, mobility and periodic, top to bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pilot5g.core.amf import restrictions
from pilot5g.core.amf.causes import refusal_of, spelled
from pilot5g.core.amf.config import MINIMUM_INTEGRITY
from pilot5g.core.amf.emergency import UNPROVED
from pilot5g.core.amf.events import Carry, Deregister, Reauthenticate, Reconfigure, SubscriptionChanged
from pilot5g.core.amf.moving import register_with_udm, settle
from pilot5g.core.amf.payloads import up
from pilot5g.core.amf.procedures.authentication import Authentication, AuthenticationRefused, Proof
from pilot5g.core.amf.procedures.configuration_update import send_names
from pilot5g.core.amf.procedures.context_fetch import fetch_validated
from pilot5g.core.amf.procedures.deregistration import let_go, release_sessions
from pilot5g.core.amf.procedures.identification import identify
from pilot5g.core.amf.procedures.registration_accept import RegistrationAcceptance
from pilot5g.core.amf.procedures.registration_slices import NoSlice, select_slices
from pilot5g.core.amf.procedures.reroute import reroute
from pilot5g.core.amf.procedures.security_mode import (
    SecurityMode,
    SecurityModeRefused,
    algorithms,
    outdated,
)
from pilot5g.core.amf.procedures.user_plane import reactivate, synchronise
from pilot5g.flow.errors import Gone, Refused, ServiceError, TimerExpired
from pilot5g.flow.procedure import Verdict
from pilot5g.model import Suci, Supi
from pilot5g.wire import nas
from pilot5g.wire.ngap.values import cause

if TYPE_CHECKING:
    from pilot5g.core.amf.ue import Ue

MOBILITY = (nas.RegistrationKind.MOBILITY, nas.RegistrationKind.PERIODIC)


class Registration:
    """One phone's registration.

    `request` grows: what arrived in the clear is replaced by the whole message once that can be read.
    `received` is what a repetition is compared with.
    """

    def __init__(self, ue: Ue, request: nas.RegistrationRequest) -> None:
        self.ue = ue
        self.amf = ue.amf
        self.received = request
        self.request = request
        self.connection = ue.line()
        self.acceptance: RegistrationAcceptance | None = None
        self.selection: tuple[nas.RejectedSnssai, ...] = ()

    @property
    def initial(self) -> bool:
        """Everything that is not an update counts as initial (TS 24.501 9.11.3.7)."""
        return self.request.registration_type.kind not in MOBILITY

    async def run(self) -> None:
        """To the end, whichever: accepted, refused, given up, interrupted."""
        try:
            await self.register()
        except SecurityModeRefused as refusal:
            self.note(refusal)
            self.leave()
        except AuthenticationRefused as refusal:
            self.note(refusal)
            self.tell(refusal.reject)
            await let_go(self.ue)  # 5.4.1.3.5
        except Refused as refusal:
            await self.reject(refusal)
        except ServiceError as problem:
            await self.reject(refusal_of(problem))
        except TimerExpired as silent:
            self.amf.journal.note(self.ue.name, f"registration given up: {silent}")
            self.leave()
        except Gone as gone:  # 5.5.1.2.8 a: it will begin again
            self.amf.journal.note(self.ue.name, f"registration interrupted: {gone}")
        if not self.ue.registered:
            await let_go(self.ue)

    async def register(self) -> None:
        """The steps of TS 23.502 figure 4.2.2.2.2-1, by their numbers."""
        self.check_request()
        if self.renewed:
            await self.complete(SecurityMode.of_derivation(self.ue, self.capability()))
        if self.must_authenticate():
            proof = await self.authenticate()  # 6 to 9
            await self.secure(proof)
            if not self.initial:
                await fetch_validated(self.ue)  # 4 and 5 again
        elif outdated(self.ue, self.capability()):
            await SecurityMode.of_algorithms(self.ue, self.capability()).run()
        elif reroute(self.ue, self.request):
            return  # 4.2.2.2.3
        self.take_capabilities()
        if self.initial:
            await release_sessions(self.ue)  # TS 24.501 5.5.1.2.8 f
        else:
            await synchronise(self.ue, self.request.pdu_session_status)
        if self.initial or not self.ue.context.registered:
            await self.subscribe()  # 14
        await settle(self.ue)  # 10
        restrictions.check_area(self.ue)
        self.selection = await select_slices(self.ue, self.request)
        await self.get_policy()  # 16
        planes = await reactivate(self.ue, self.request.uplink_data_status)  # 17
        self.acceptance = RegistrationAcceptance(self.ue, self.request, planes, self.selection)
        await self.acceptance.run()  # 21, 22
        self.finish()

    # -- who it is

    def check_request(self) -> None:
        """What needs no identity to be refused. Raises Refused."""
        tai = self.connection.tai
        assert tai is not None
        if tai not in self.amf.config.tais:
            raise Refused(
                nas.GmmCause.NO_SUITABLE_CELLS_IN_TRACKING_AREA,
                f"its cell is in tracking area {tai}, which the network does not serve",
                f"add {tai.tac} under `tracking_areas`, or change the cell",
            )
        self.check_home(self.request.mobile_identity)

    def check_home(self, identity: object) -> None:
        """A SUCI says whose subscriber it is; there is no roaming. Raises Refused."""
        if isinstance(identity, Suci) and identity.plmn not in self.amf.config.plmns:
            ours = ", ".join(str(plmn) for plmn in self.amf.config.plmns)
            raise Refused(
                nas.GmmCause.PLMN_NOT_ALLOWED,
                f"its home PLMN is {identity.plmn}, the network is {ours} and has no roaming",
                f"use a SIM of {ours}, or add {identity.plmn} under `plmns`",
            )

    @property
    def renewed(self) -> bool:
        """Whether another AMF has proved the phone, and given a K_AMF that it has yet to derive."""
        origin = self.ue.origin
        return origin is not None and origin.renewed and not self.connection.secure

    def must_authenticate(self) -> bool:
        """Not where the message is proved by keys in use, is complete, and the keys still do
        (TS 24.501 4.4.4.3, 4.4.6, TS 33.501 6.1.2)."""
        keys = self.ue.context.keys
        capability = self.request.ue_security_capability
        changed = capability is not None and _octets(capability) != self.ue.context.security_capability
        return (
            not self.connection.secure
            or keys is None
            or keys.nas.must_renew
            or keys.nas.integrity < MINIMUM_INTEGRITY
            or self.request.nas_message_container is not None
            or changed
        )

    async def authenticate(self) -> Proof:
        """Steps 6 to 9b: 5G AKA, then the phone is who it has proved to be."""
        capability = self.capability()
        algorithms(self.ue, capability)  # a phone that cannot be protected need not be authenticated
        proof = await Authentication(self.ue, await self.identity(), self.request.ngksi.value).run()
        if proof.supi != self.ue.context.supi:
            self.ue.become(proof.supi)
        return proof

    async def identity(self) -> Supi | Suci:
        """The SUCI it sent, or the SUPI its GUTI stands for, or the SUCI it is asked for."""
        if isinstance(self.request.mobile_identity, Suci):
            return self.request.mobile_identity
        known = self.ue.context.supi or self.ue.claimed
        if known is not None and not known.startswith(UNPROVED):
            return known
        suci = await identify(self.ue)
        self.check_home(suci)
        return suci

    async def secure(self, proof: Proof) -> None:
        """Step 9d: security mode control; the whole message comes with its completion (TS 24.501 4.4.6)."""
        capability = self.capability()
        mode = SecurityMode.of_proof(self.ue, proof, capability, whole_message=True)
        await self.complete(mode)

    async def complete(self, mode: SecurityMode) -> None:
        """The security mode is in use, and what came with its completion is known."""
        complete = await mode.run()
        self.ue.context.security_capability = _octets(mode.capability)
        if isinstance(complete.imeisv, nas.Imeisv):
            self.ue.context.imeisv = complete.imeisv.digits
        if complete.nas_message_container is not None:
            self.whole(complete.nas_message_container)

    def whole(self, octets: bytes) -> None:
        """The request as the phone meant it, now under protection. Raises Refused (5.4.2.4, clause 7)."""
        try:
            message = nas.decode(octets)
        except nas.NasError as wrong:
            raise Refused(
                wrong.cause or nas.GmmCause.INVALID_MANDATORY_INFORMATION,
                f"its complete message cannot be read: {wrong}",
                "the phone does not follow TS 24.501 4.4.6; try another",
            ) from wrong
        if isinstance(message, nas.RegistrationRequest):
            self.request = message

    def capability(self) -> nas.UeSecurityCapability:
        """The UE security capability, of this request or an earlier one. Raises Refused."""
        if self.request.ue_security_capability is not None:
            return self.request.ue_security_capability
        octets = self.ue.context.security_capability
        if self.ue.claimed is not None and not octets:
            other = self.amf.ues.by_supi.get(self.ue.claimed)
            octets = other.context.security_capability if other is not None else b""
        if len(octets) < 2:
            raise Refused(
                nas.GmmCause.CONDITIONAL_IE_ERROR,
                "it does not say which algorithms it has",
                "the phone does not follow TS 24.501 5.5.1.2.2; try another",
            )
        return nas.UeSecurityCapability(octets[0], octets[1], octets[2:4], octets[4:])

    def take_capabilities(self) -> None:
        """What the phone says of itself is kept."""
        context = self.ue.context
        if self.request.gmm_capability is not None:
            context.gmm_capability = self.request.gmm_capability.octets
        if self.request.requested_drx_parameters is not None:
            context.drx = int(self.request.requested_drx_parameters)
        if self.request.update_type is not None and self.request.update_type.radio_capability_update:
            context.radio_capability = None  # the radio is to ask again (5.5.1.3.2 n)
            context.radio_capability_id = None
        if self.request.ue_radio_capability_id is not None:
            context.radio_capability_id = self.request.ue_radio_capability_id
        known = context.radio_capability_id
        if context.radio_capability is None and known is not None:
            context.radio_capability = self.amf.capabilities.of(known)
        context.voice_match = None

    # -- what it may

    async def subscribe(self) -> None:
        """Step 14: this AMF serves the phone now, and learns what it may."""
        ue = self.ue
        await register_with_udm(ue)
        ue.context.emergency = False
        data = await self.amf.nudm.access_and_mobility(ue.supi)
        restrictions.take(ue.context, data)

    async def get_policy(self) -> None:
        """Step 16: the AM policy association, once per registration."""
        context = self.ue.context
        if context.policy is None and context.ue_ambr is not None:
            policy = await self.amf.npcf.create_am_policy(self.ue.supi, context.ue_ambr)
            context.policy, context.ue_ambr = policy.association_id, policy.ue_ambr

    # -- how it ends

    def finish(self) -> None:
        """The names of the network; then the connection goes where nothing more is to come of it."""
        ue = self.ue
        self.amf.journal.note(ue.name, f"registered ({self.request.registration_type.kind.name.lower()})")
        if self.initial:
            send_names(ue)
        self.hear_payload()
        follow_on = self.request.registration_type.follow_on_request
        if not (follow_on or self.connection.active or ue.pending or ue.wanted):
            self.amf.release(self.connection, cause("nas", "normal-release"))

    def hear_payload(self) -> None:
        """What came with the request, which is a UE policy message at most (5.5.1.2.2, 5.5.1.3.2)."""
        kind, octets = self.request.payload_container_type, self.request.payload_container
        if kind is not None and octets is not None and kind == nas.PayloadContainerType.UE_POLICY:
            up(self.ue, kind, octets)

    async def reject(self, refusal: Refused) -> None:
        """REGISTRATION REJECT (5.5.1.2.5, 5.5.1.3.5); a phone that was registered no longer is, unless the
        network is but busy."""
        self.note(refusal)
        what = nas.GmmCause(refusal.cause)
        reject = nas.RegistrationReject(
            cause=what,
            t3346_value=nas.GprsTimer.nearest(60) if what is nas.GmmCause.CONGESTION else None,
            rejected_nssai=(refusal.rejected or None) if isinstance(refusal, NoSlice) else None,
        )
        if self.ue.connected:
            self.ue.send(reject)
        if what is not nas.GmmCause.CONGESTION:
            await let_go(self.ue)
        self.leave()

    def tell(self, message: nas.GmmMessage) -> None:
        """The last word on this connection."""
        if self.ue.connected:
            self.ue.send(message)
        self.leave(cause("nas", "authentication-failure"))

    def leave(self, why: tuple[str, str] | None = None) -> None:
        """The connection is of no more use."""
        self.amf.release(self.connection, why or cause("nas", "unspecified"))

    def note(self, refusal: Refused) -> None:
        """For people."""
        self.amf.journal.refuse(
            self.ue.name,
            "registration",
            cause=spelled(refusal.cause),
            reason=refusal.reason,
            fix=refusal.fix,
        )

    def collide(self, event: Any) -> Verdict:
        """TS 24.501 5.5.1.2.8 d, e, h and 5.5.1.3.8; on a new connection this one has failed (a)."""
        match event:
            case nas.RegistrationRequest() if self.same(event):
                waiting = self.acceptance is not None and self.acceptance.sent
                return Verdict.REPEAT if waiting else Verdict.IGNORE
            case nas.RegistrationRequest() | nas.DeregistrationRequest():
                return Verdict.REPLACE
            case nas.ServiceRequest() if self.ue.connection is not self.connection:
                return Verdict.REPLACE
            case nas.ServiceRequest() if self.acceptance is not None and self.acceptance.sent:
                return Verdict.LATER  # it has the accept, and already something to send (5.6.1.1)
            case nas.AuthenticationResponse() | nas.AuthenticationFailure() | nas.IdentityResponse():
                return Verdict.IGNORE  # to a question that was repeated meanwhile
            case nas.GmmMessage():
                return Verdict.REFUSE
            case Deregister() | Reauthenticate() | Reconfigure() | SubscriptionChanged() | Carry():
                return Verdict.LATER
            case _:
                return Verdict.IGNORE

    def same(self, request: nas.RegistrationRequest) -> bool:
        """Whether a request repeats this one."""
        return request in (self.received, self.request) and self.ue.connection is self.connection


def _octets(capability: nas.UeSecurityCapability) -> bytes:
    return bytes((capability.ea, capability.ia)) + capability.eps + capability.rest
