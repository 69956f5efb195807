"""One UE at its gNB: the NG connection on one side, the radio link on the other, its sessions between.

All that concerns it enters through `deliver`, NGAP messages and what its radio reports alike, so that the
order of the AMF's messages is the order in which the phone sees them: what arrives while a procedure runs
waits for its end. Uplink NAS and user packets need no procedure and pass straight through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from pilot5g.flow.errors import TimerExpired
from pilot5g.flow.link import Association, Bypass
from pilot5g.flow.procedure import Procedure
from pilot5g.flow.prompt import PromptOwner
from pilot5g.model import Tai
from pilot5g.ran.gnb.bearers import Cause, ue_ambr
from pilot5g.ran.gnb.context import AsSecurity, Session, UeContext
from pilot5g.ran.gnb.link import RadioLink
from pilot5g.ran.gnb.ng import Ng, stream_for
from pilot5g.ran.gnb.security import NO_RADIO_CAPABILITY, security_mode_command, short_mac_is_right
from pilot5g.ran.gnb.site import Site
from pilot5g.ran.gnb.splice import Splice
from pilot5g.ran.gnb.userplane import Tunnel
from pilot5g.ran.radio import Bearer, Cell, RrcConnection, SetupRequest
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.errors import criticality_diagnostics
from pilot5g.wire.ngap.message import Message
from pilot5g.wire.ngap.values import cause, plmn_to, s_tmsi_to

INACTIVE = cause("radioNetwork", "user-inactivity")
LOST = cause("radioNetwork", "radio-connection-with-ue-lost")
FAILED = cause("radioNetwork", "release-due-to-ngran-generated-reason")


def _nobody(result: str) -> None:
    """Nobody waits for it."""


_NO_SPLICES: dict[int, Splice] = {}
"""What phones have that were not handed over lately; never changed."""


class RadioLost(msgspec.Struct, frozen=True):
    """The radio link failed."""


class Reestablish(RadioLost, frozen=True):
    """The phone lost its connection and asks for it again in a cell (TS 38.331 5.3.7.4)."""

    cell: Cell
    link: RadioLink


class Reestablished(msgspec.Struct, frozen=True):
    """RRC Reestablishment Complete."""

    mac: bytes


class Deactivate(msgspec.Struct, frozen=True):
    """The phone is to go to RRC_INACTIVE."""


class Resume(msgspec.Struct, frozen=True):
    """RRC Resume Request of a phone whose ShortResumeMAC-I is right (TS 38.331 5.3.13.3)."""

    cell: Cell
    link: RadioLink


class Unreachable(msgspec.Struct, frozen=True):
    """A phone in RRC_INACTIVE did not answer the RAN paging."""


class Idle(msgspec.Struct, frozen=True):
    """There was no traffic for so long that the phone should be idle."""


class SecurityAnswer(msgspec.Struct, frozen=True):
    """RRC Security Mode Complete, or Failure."""

    complete: bool


class Reconfigured(msgspec.Struct, frozen=True):
    """RRC Reconfiguration Complete."""


class TunnelRefused(msgspec.Struct, frozen=True):
    """The UPF does not know the uplink tunnel of this session."""

    pdu_session_id: int


class MoveTunnel(msgspec.Struct, frozen=True):
    """The radio's end of this session's tunnel is to be another."""

    pdu_session_id: int


class HandOver(msgspec.Struct):
    """The phone is to go to another cell. `via` is `xn`, `n2`, or `auto`, which takes Xn where there is one;
    `told` hears how it went: an empty string, or why it came to nothing; only the first time counts. `core`
    is for how many seconds the AMF was waited for (Handover Command, Path Switch Request Acknowledge)."""

    target: Cell
    via: str = "auto"
    told: Callable[[str], None] = _nobody
    core: float | None = None


class Arrived(msgspec.Struct, frozen=True):
    """RRC Reconfiguration Complete of a phone that was handed over to here."""

    mac: bytes


class UplinkNas(msgspec.Struct, frozen=True):
    """NAS from a phone whose connection to the AMF is being made."""

    pdu: bytes


class CancelHandover(msgspec.Struct, frozen=True):
    """The handover that is being prepared is not wanted any more."""


class Broken(msgspec.Struct, frozen=True):
    """A procedure of the gNB failed on a bug: this UE is given up."""


class Ue:
    """See the module. `ng` is its AMF, `tnla` the association to that which its signalling is bound to, None
    while it may use any. `last` is when there was traffic, user data or NAS, for the inactivity watch;
    `begin` gives the procedure that an event starts."""

    __slots__ = (
        "broken", "context", "gone", "last", "link", "location", "lost", "ng", "owner", "returning",
        "site", "splices", "tnla", "tunnels",
    )  # fmt: skip

    def __init__(
        self,
        ng: Ng,
        context: UeContext,
        link: RadioLink,
        begin: Callable[[Ue, Any], Procedure | None],
    ) -> None:
        self.ng = ng
        self.tnla: Association | None = None
        self.site = site = ng.site
        self.context = context
        self.link = link
        self.lost = False
        self.broken = False
        self.gone = False
        self.returning: Reestablish | None = None
        self.last = site.now()
        self.tunnels: dict[int, Tunnel] = {}
        self.splices = _NO_SPLICES
        """Sessions whose packets come both from the UPF and from the gNB before (`splice`)."""
        self.location = site.location(context.cell, context.tai)
        """User Location Information (TS 38.413 9.3.1.16)."""
        self.owner = PromptOwner(lambda event: begin(self, event), failed=self._failed, ended=self._ended)
        link.user = self

    # -- towards the AMF

    def arrive(self, request: SetupRequest) -> None:
        """Initial UE Message (TS 38.413 8.6.1)."""
        context, site = self.context, self.site
        site.counters.nas_up += 1
        self.send(
            m.InitialUEMessage(
                ran_ue_ngap_id=context.ran_ue_ngap_id,
                nas_pdu=request.nas,
                user_location_information=self.location,
                rrc_establishment_cause=request.cause.value,
                five_g_s_tmsi=None if context.s_tmsi is None else s_tmsi_to(context.s_tmsi),
                ue_context_request="requested" if site.config.ue_context_request else None,
                selected_plmn_identity=plmn_to(context.tai.plmn) if len(site.config.plmns) > 1 else None,
            )
        )

    def go_to(self, ng: Ng, initial: m.InitialUEMessage) -> None:
        """Another AMF gets its first message: nothing that the one before has said of it counts any more."""
        self.ng.unname(self)
        self.context.amf_ue_ngap_id = None
        self.ng, self.tnla = ng, None
        self.send(initial)

    def send(self, message: Message) -> None:
        """By its own association, on its own stream."""
        self.ng.send_for(self, message)

    @property
    def ids(self) -> dict[str, Any]:
        """Both identities, as every message of the connection carries them (TS 38.413 10.6)."""
        known = self.context.amf_ue_ngap_id
        assert known is not None, "the AMF has named this UE before anything is sent about it"
        return {"amf_ue_ngap_id": known, "ran_ue_ngap_id": self.context.ran_ue_ngap_id}

    def answer(self, kind: Callable[..., Message], request: Message, /, **ies: Any) -> None:
        """Answer a request; what was not understood in it is reported as it asks for (TS 38.413 10.3.4.2)."""
        diagnostics = criticality_diagnostics(request, in_answer=True) or None
        self.send(kind(**self.ids, criticality_diagnostics=diagnostics, **ies))

    def report_capability(self) -> None:
        """UE Radio Capability Info Indication (TS 38.413 8.14.1)."""
        self.context.radio_capability = NO_RADIO_CAPABILITY
        self.send(m.UERadioCapabilityInfoIndication(**self.ids, ue_radio_capability=NO_RADIO_CAPABILITY))

    def check_capability(self, request: m.UERadioCapabilityCheckRequest) -> None:
        """UE Radio Capability Check (TS 38.413 8.14.2): phones here have no voice."""
        if request.ue_radio_capability is not None:
            self.context.radio_capability = request.ue_radio_capability
        self.answer(m.UERadioCapabilityCheckResponse, request, ims_voice_support_indicator="not-supported")

    # -- from the phone, over the air

    def on_uplink_nas(self, pdu: bytes) -> None:
        """Uplink NAS Transport (TS 38.413 8.6.3), once the AMF has established the connection."""
        self.last = self.site.now()
        if self.context.amf_ue_ngap_id is None:
            if self.context.security is not None:  # its path is being switched: the connection is to come
                self.owner.deliver(UplinkNas(pdu))
            else:
                self.site.counters.nas_undelivered += 1
            return
        self.site.counters.nas_up += 1
        self.send(m.UplinkNASTransport(**self.ids, nas_pdu=pdu, user_location_information=self.location))

    def on_uplink_packets(self, pdu_session_id: int, qfi: int, packets: list[bytes]) -> None:
        """User packets to the UPF."""
        tunnel = self.tunnels.get(pdu_session_id)
        if tunnel is None:
            self.site.userplane.lose(packets)
            return
        self.last = self.site.now()
        self.site.userplane.send(tunnel, qfi, packets)

    def on_bypass(self, pdu_session_id: int, qfi: int, way: Bypass | None) -> None:
        """The phone offers a way for a session's packets past this process, or takes it back. While packets
        of another gNB must go first there is none."""
        tunnel = self.tunnels.get(pdu_session_id)
        if tunnel is not None:
            tunnel.bypass(None if pdu_session_id in self.splices else way, self.site.userplane.address, qfi)

    def last_traffic(self) -> float:
        """`last`, with what went past this process."""
        return max((self.last, *(tunnel.last_bypass for tunnel in self.tunnels.values())))

    def on_report(self, better: Cell) -> None:
        """Measurement Report of event A3: the decision to hand over. What is reported while something else
        is under way will be reported again."""
        if not self.owner.busy:
            self.owner.deliver(HandOver(better))

    def on_complete(self, mac: bytes) -> None:
        """RRC Reconfiguration Complete of a handover to here."""
        self.last = self.site.now()
        self.owner.deliver(Arrived(mac))

    def knows(self, site: Site, lost: RrcConnection, cell: Cell, mac: bytes) -> bool:
        """Whether the phone may come back to a cell: it is this gNB's, and ShortMAC-I is right."""
        security = self.context.security
        away = self.gone or self.lost or self.broken or self.returning is not None
        if away or site is not self.site or security is None:
            return False
        return short_mac_is_right(security, lost.cell.pci, cell.cgi.cell, mac)

    def proves(self, cell: Cell, mac: bytes) -> bool:
        """Whether whoever wants to resume in a cell is this phone."""
        security = self.context.security
        if self.gone or security is None:
            return False
        return short_mac_is_right(security, self.link.cell.pci, cell.cgi.cell, mac)

    def resume(self, cell: Cell, link: RadioLink) -> None:
        """The phone, which is in RRC_INACTIVE, resumes in that cell."""
        self.last = self.site.now()
        self.deliver(Resume(cell, link))

    def back(self, cell: Cell, link: RadioLink) -> None:
        """The phone asks for its connection in that cell. What is under way with it has failed; the
        connection is established again after that."""
        self.last = self.site.now()
        self.returning = event = Reestablish(cell, link)
        self.owner.deliver(event)

    def on_radio_lost(self) -> None:
        """The phone is out of reach."""
        self.lost = True
        self.site.counters.lost += 1
        self.owner.deliver(RadioLost())

    # -- towards the phone

    def on_downlink(self, pdu_session_id: int, packets: list[bytes]) -> None:
        """User packets from the UPF."""
        self.last = self.site.now()
        self.link.packets(pdu_session_id, packets)

    def on_tunnel_refused(self, pdu_session_id: int) -> None:
        """The UPF does not know this session's tunnel."""
        self.owner.deliver(TunnelRefused(pdu_session_id))

    def on_end_marker(self, pdu_session_id: int) -> None:
        """The UPF sends elsewhere, which whoever moved the session knows already."""

    def splice(self, pdu_session_id: int, teid: int) -> None:
        """Take packets of a session from the gNB before too, first and in order."""
        if self.splices is _NO_SPLICES:
            self.splices = {}
        session, fresh = self.context.sessions[pdu_session_id], self.tunnels[pdu_session_id]
        self.splices[pdu_session_id] = Splice(self, session, fresh, teid)

    def nas(self, pdu: bytes) -> None:
        """Pass a NAS message on, or tell the AMF that it cannot be (TS 38.413 8.6.2, 8.6.4)."""
        self.last = self.site.now()
        if self.lost:
            self.site.counters.nas_undelivered += 1
            self.send(m.NASNonDeliveryIndication(**self.ids, nas_pdu=pdu, cause=LOST))
        else:
            self.site.counters.nas_down += 1
            self.link.nas(pdu)

    async def secure(self, security: AsSecurity) -> bool:
        """RRC Security Mode Command; whether the phone completed it (TS 38.331 5.3.4)."""
        command = security_mode_command(security)

        def send() -> None:
            self.link.security_mode(command, lambda done: self.owner.deliver(SecurityAnswer(done)))

        answer = await self._of_the_phone(send, SecurityAnswer)
        return isinstance(answer, SecurityAnswer) and answer.complete

    async def configure(self, added: tuple[Bearer, ...], released: tuple[int, ...] = ()) -> bool:
        """RRC Reconfiguration of bearers; False where the phone is out of reach."""

        def send() -> None:
            self.link.bearers(added, released, lambda: self.owner.deliver(Reconfigured()))

        return isinstance(await self._of_the_phone(send, Reconfigured), Reconfigured)

    async def _of_the_phone(self, send: Any, answer: type[Any]) -> Any:
        """What the phone says to an RRC message, or None."""
        if self.lost:
            return None
        try:
            return await self.owner.ask(send, answer, RadioLost, timer=self.site.config.rrc)
        except TimerExpired:
            return None

    # -- sessions

    def open(self, session: Session) -> None:
        """Carry this session's packets."""
        self.context.sessions[session.id] = session
        self.tunnels[session.id] = self.site.userplane.open(session, self)

    def close(self, pdu_session_id: int) -> None:
        """Carry them no more."""
        self.context.sessions.pop(pdu_session_id, None)
        splice = self.splices.get(pdu_session_id)
        if splice is not None:
            splice.close()
        tunnel = self.tunnels.pop(pdu_session_id, None)
        if tunnel is not None:
            self.site.userplane.close(tunnel)

    # -- what arrives

    def deliver(self, event: Any) -> None:
        """An NGAP message for this UE, or a local event."""
        self.owner.deliver(event)

    def downlink_nas(self, message: m.DownlinkNASTransport) -> None:
        """Downlink NAS Transport (TS 38.413 8.6.2)."""
        ambr = ue_ambr(message.ue_aggregate_maximum_bit_rate)
        if ambr is not None:
            self.context.ambr = ambr
        if message.ue_radio_capability is not None:
            self.context.radio_capability = message.ue_radio_capability
        self.nas(message.nas_pdu)
        if message.ue_capability_info_request == "requested" and not self.lost:
            self.report_capability()

    # -- ends

    def drop(self, why: str) -> None:
        """Release locally: nothing is said to the AMF."""
        if self.gone:
            return
        self.gone = True
        for event in self.owner.kept:
            if isinstance(event, HandOver):
                event.told(f"the connection ended: {why}")
        self.owner.stop()
        self.site.counters.released += 1
        for pdu_session_id in list(self.tunnels):
            self.close(pdu_session_id)
        self.site.ues.remove(self)
        self.link.release(why)

    def _failed(self, bug: BaseException) -> None:
        self.site.counters.bugs += 1
        if self.broken:
            self.drop("a bug of the gNB")
        self.broken = True

    def _ended(self, procedure: Procedure) -> None:
        """A radio link that failed meanwhile, or a bug, has its release asked for now."""
        if self.returning is not None and not (self.gone or self.lost or self.broken):
            self.owner.deliver(self.returning)
        elif not self.gone and (self.lost or self.broken):
            self.owner.deliver(RadioLost() if self.lost else Broken())


def context_of(ng: Ng, link: RadioLink, request: SetupRequest) -> UeContext:
    """The context of a phone that connected: a new identity, on its stream, where it is."""
    identity, here = ng.site.ues.new_id(), link.cell.tai
    return UeContext(
        ran_ue_ngap_id=identity,
        stream=stream_for(ng.association, identity),
        cell=link.cell.cgi,
        tai=here if here.plmn == request.selected_plmn else Tai(request.selected_plmn, here.tac),
        s_tmsi=request.s_tmsi,
    )


def text_of(value: Cause | None) -> str:
    """A cause for people: its value's name in the specification."""
    return "no cause given" if value is None else str(value[1])
