"""What every handover has in common: at the source the way out, at the target the way in (TS 38.300
9.2.3.2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from pilot5g.flow.procedure import Verdict
from pilot5g.ran import rrc
from pilot5g.ran.gnb.arrival import ArrivalLink
from pilot5g.ran.gnb.bearers import Cause
from pilot5g.ran.gnb.cell import NrCell
from pilot5g.ran.gnb.context import AsSecurity, UeContext
from pilot5g.ran.gnb.link import RadioLink
from pilot5g.ran.gnb.ng import Ng, stream_for
from pilot5g.ran.gnb.procedures import watching
from pilot5g.ran.gnb.procedures.session_resources import refuse
from pilot5g.ran.gnb.security import choose, complete_is_right
from pilot5g.ran.gnb.site import Site
from pilot5g.ran.gnb.ue import (
    Arrived,
    CancelHandover,
    HandOver,
    Idle,
    RadioLost,
    Reestablished,
    Ue,
    text_of,
)
from pilot5g.wire.ngap import messages as m
from pilot5g.wire.ngap.transfers import encode_transfer
from pilot5g.wire.ngap.values import cause

FOR_RADIO_REASONS = cause("radioNetwork", "handover-desirable-for-radio-reason")
HANDED_OVER = cause("radioNetwork", "successful-handover")
CANCELLED = cause("radioNetwork", "handover-cancelled")
NOT_AVAILABLE = cause("radioNetwork", "cell-not-available")
TARGET_FAILED = cause("radioNetwork", "ho-failure-in-target-5GC-ngran-node-or-target-system")

DRBS = range(1, 33)
"""DRB identities (TS 38.413 9.3.1.53). A DRB has the number of its PDU session, and no phone has more."""
MOST_DRBS = 29
"""maxDRB (TS 38.331 6.4)."""

ForwardingEnd = tuple[int, int, str]
"""A PDU session, and TEID and address that its packets are forwarded to."""


class Departure:
    """A handover at its source. `triggered` is what the AMF is told of whatever it asks for meanwhile."""

    triggered: Cause

    def __init__(self, ue: Ue, order: HandOver) -> None:
        self.ue = ue
        self.order = order
        self.left = False
        """Whether the phone was told to go."""

    async def run(self) -> None:
        try:
            await self.go()
        finally:  # heard only where nothing better was told
            self.order.told("the connection ended meanwhile")

    async def go(self) -> None:
        """What is particular to one kind of handover."""

    def leave(self, command: bytes, ends: Iterable[ForwardingEnd], seconds: float) -> None:
        """The phone goes, and the packets that come for it follow."""
        ue = self.ue
        self.left = True
        ue.link.handover(command, self.order.target)
        for number, teid, address in ends:
            tunnel = ue.tunnels.get(number)
            if tunnel is not None:
                ue.site.userplane.forward(tunnel, teid, address, seconds)

    def take_back(self) -> None:
        """The phone may come back: its packets are no longer forwarded."""
        self.left = False
        for tunnel in self.ue.tunnels.values():
            self.ue.site.userplane.take_back(tunnel)

    def done(self) -> None:
        """The phone is somewhere else now."""
        self.ue.site.counters.handovers_out += 1
        self.order.told("")

    def failed(self, why: Cause, reason: str) -> None:
        """The handover came to nothing; the phone is here, or lost."""
        ue = self.ue
        ue.site.counters.handovers_failed += 1
        where = f"{self.order.target.cgi.cell:#x}"
        refuse(ue, f"was not handed over to cell {where}", why, reason)
        self.order.told(f"{text_of(why)}: {reason}")

    def collide(self, event: Any) -> Verdict:
        """TS 38.413 8.2.1.4, 8.2.3.4, 8.3.4.3, 8.6.4: what is asked for in a handover is refused, and asked
        for again at the target."""
        match event:
            case m.UEContextReleaseCommand():
                self.order.told(f"the AMF released the phone: {text_of(event.cause)}")
                return Verdict.REPLACE
            case HandOver():
                event.told("another handover is under way")
            case m.DownlinkNASTransport() if self.left:
                ue = self.ue
                ue.site.counters.nas_undelivered += 1
                undelivered = m.NASNonDeliveryIndication(
                    **ue.ids, nas_pdu=event.nas_pdu, cause=self.triggered
                )
                ue.send(undelivered)
            case m.DownlinkNASTransport():
                self.ue.downlink_nas(event)
            case RadioLost() | Idle() | CancelHandover():
                pass
            case m.TraceStart():
                watching.trace_failed(self.ue, event, self.triggered)
            case _ if not self._refuse(event):
                return Verdict.LATER
        return Verdict.IGNORE

    def _refuse(self, event: Any) -> bool:
        ue, why = self.ue, self.triggered
        match event:
            case m.PDUSessionResourceSetupRequest():
                items = event.pdu_session_resource_setup_list_su_req
                name = "PDUSessionResourceSetupUnsuccessfulTransfer"
                failed = _all_failed(items, name, why)
                ue.answer(
                    m.PDUSessionResourceSetupResponse,
                    event,
                    pdu_session_resource_failed_to_setup_list_su_res=failed,
                )
            case m.PDUSessionResourceModifyRequest():
                items = event.pdu_session_resource_modify_list_mod_req
                name = "PDUSessionResourceModifyUnsuccessfulTransfer"
                failed = _all_failed(items, name, why)
                ue.answer(
                    m.PDUSessionResourceModifyResponse,
                    event,
                    pdu_session_resource_failed_to_modify_list_mod_res=failed,
                )
            case m.UEContextModificationRequest():
                ue.answer(m.UEContextModificationFailure, event, cause=why)
            case _:
                return False
        return True


def _all_failed(items: list[dict[str, Any]], name: str, why: Cause) -> list[dict[str, Any]]:
    transfer = encode_transfer(name, {"cause": why})
    return [{"pDUSessionID": each["pDUSessionID"], "p" + name[1:]: transfer} for each in items]


class Arrival:
    """A handover at its target, from resources to the phone's arrival."""

    def __init__(self, ue: Ue, link: RadioLink, command: bytes) -> None:
        self.ue = ue
        self.link = link
        self.command = command
        """RRC Reconfiguration, which the source passes on."""

    def proven(self, arrived: Arrived | Reestablished) -> bool:
        """Whether the phone has the key that this gNB has; if not, it is none of ours."""
        ue = self.ue
        security = ue.context.security
        assert security is not None, "a target has chosen its security before it expects a phone"
        if complete_is_right(security, arrived.mac):
            return True
        refuse(
            ue,
            "was not taken over",
            TARGET_FAILED,
            "its RRC Reconfiguration Complete has a wrong MAC",
        )
        return False

    def switched(self) -> None:
        """The network sends here now."""
        ue = self.ue
        ue.site.counters.handovers_in += 1
        if isinstance(self.link, ArrivalLink):
            self.link.settled()
        watching.moved(ue)
        seconds = ue.site.config.timers["X-FORWARD"].seconds
        for splice in tuple(ue.splices.values()):
            splice.path_switched(seconds)


def cell_of(cells: Iterable[NrCell], identity: int) -> NrCell | None:
    """The cell of this gNB that a handover is for, if it takes anybody."""
    return next((each for each in cells if each.cgi.cell == identity and each.in_service), None)


def security_for(site: Site, capabilities: tuple[int, int], key: bytes, ncc: int) -> AsSecurity | None:
    """K_gNB at the target with the algorithms that it prefers of the phone's, None where there are none
    (TS 33.501 6.7.3.1, 6.7.3.2)."""
    ciphering = choose(site.config.ciphering, capabilities[0])
    integrity = choose(site.config.integrity, capabilities[1])
    if ciphering is None or integrity is None:
        return None
    return AsSecurity(kgnb=key, ncc=ncc, ciphering=ciphering, integrity=integrity)


def expect(site: Site, cell: NrCell) -> ArrivalLink:
    """Be ready for a phone that is about to come."""
    return ArrivalLink(cell, site.air, site.new_c_rnti(), site.expected)


def reconfiguration(
    link: ArrivalLink,
    security: AsSecurity,
    released: tuple[int, ...] = (),
    *,
    nas: bytes | None = None,
    new_kamf: bool = False,
) -> bytes:
    """What the phone is told to do; `nas` is the AMF's word to it about new NAS keys."""
    return rrc.encode(
        rrc.Reconfiguration(
            pci=link.cell.pci,
            c_rnti=link.c_rnti,
            ncc=security.ncc,
            ciphering=security.ciphering,
            integrity=security.integrity,
            released=tuple(sorted(set(released) & set(DRBS)))[:MOST_DRBS],
            nas=nas,
            new_kamf=new_kamf,
        )
    )


def context_at(ng: Ng, cell: NrCell, **known: Any) -> UeContext:
    """The context of a phone that comes by handover."""
    identity = ng.site.ues.new_id()
    stream = stream_for(ng.association, identity)
    return UeContext(ran_ue_ngap_id=identity, stream=stream, cell=cell.cgi, tai=cell.tai, **known)


def fresh(security: AsSecurity, ncc: int, nh: bytes) -> AsSecurity:
    """With the NH for the next handover."""
    return msgspec.structs.replace(security, next_hop=(ncc, nh))
