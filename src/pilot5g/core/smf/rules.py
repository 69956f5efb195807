"""From a session to N4 rules (TS 29.244 5.2): a PDR and FAR each way, a QER with the session-AMBR, a URR.

The ids are fixed: 1 uplink, 2 downlink, 3 from a handover's source to its target, and of a flow beside the
default one twice its QFI and ten more, and the next. What is alike for many sessions is one value that they
share.
"""

from __future__ import annotations

import functools

import msgspec

from pilot5g.core.smf import metering
from pilot5g.core.smf.context import SmContext
from pilot5g.core.smf.flows import Flow
from pilot5g.model import Ambr, PduSessionType
from pilot5g.service.n4 import (
    ApplyAction,
    Choose,
    Far,
    OuterHeader,
    Pdr,
    Qer,
    Session,
    SourceInterface,
    UeAddress,
)

UPLINK, DOWNLINK, FORWARDING = 1, 2, 3
AMBR_QER = 1
DEFAULT_PRECEDENCE = 255

FLOWS = 10
_CHOOSE, _CHOOSE_ONE = Choose(), Choose(1)
_QERS, _URRS = (AMBR_QER,), (metering.USAGE_URR,)
_FORWARDING_QERS = (FORWARDING,)
_TO_DATA_NETWORK = Far(far_id=UPLINK, action=ApplyAction.FORW, destination=SourceInterface.CORE)
_KEEP = Far(far_id=DOWNLINK, action=ApplyAction.BUFF | ApplyAction.NOCP)
_DISCARD = Far(far_id=DOWNLINK, action=ApplyAction.DROP)


def session(context: SmContext) -> Session:
    """All rules of a granted session, in its present state."""
    ethernet = context.pdu_session_type is PduSessionType.ETHERNET
    address = None if ethernet else UeAddress(context.ipv4, context.ipv6_prefix)
    uplink = Pdr(
        pdr_id=UPLINK,
        precedence=DEFAULT_PRECEDENCE,
        source=SourceInterface.ACCESS,
        far_id=UPLINK,
        qer_ids=_QERS,
        urr_ids=_URRS,
        local_fteid=context.uplink,
        choose=_choose(context),
        ue_address=address,
        qfi=context.qfi,
        network_instance=context.dnn,
        framed_routes=context.framed_routes,
        ethernet=ethernet,
    )
    downlink = Pdr(
        pdr_id=DOWNLINK,
        precedence=DEFAULT_PRECEDENCE,
        source=SourceInterface.CORE,
        far_id=DOWNLINK,
        qer_ids=_QERS,
        urr_ids=_URRS,
        ue_address=address,
        network_instance=context.dnn,
        framed_routes=context.framed_routes,
        ethernet=ethernet,
    )
    return Session(
        seid=context.seid,
        dnn=context.dnn,
        pdrs=(uplink, downlink, *(pdr for flow in context.flows for pdr in _pdrs(flow, uplink, downlink))),
        fars=(_TO_DATA_NETWORK, downlink_far(context)),
        qers=_qers(context.qfi, context.session_ambr) + _flow_qers(context.flows),
        urrs=metering.urrs(context),
    )


def _choose(context: SmContext) -> Choose | None:
    """Have the UPF choose the tunnel's end: the same for all flows."""
    if context.uplink is not None:
        return None
    return _CHOOSE_ONE if context.flows else _CHOOSE


def _pdrs(flow: Flow, uplink: Pdr, downlink: Pdr) -> tuple[Pdr, Pdr]:
    """The frames of a flow: those of its QFI that fit, and those that fit and get it."""
    first = FLOWS + 2 * flow.qfi
    qers = (FLOWS + flow.qfi, AMBR_QER)
    up = msgspec.structs.replace(
        uplink,
        pdr_id=first,
        precedence=flow.precedence,
        qer_ids=qers,
        qfi=flow.qfi,
        ethernet_filters=(flow.frames,),
    )
    down = msgspec.structs.replace(
        downlink,
        pdr_id=first + 1,
        precedence=flow.precedence,
        qer_ids=qers,
        ethernet_filters=(flow.frames.turned(),),
    )
    return up, down


@functools.lru_cache(maxsize=256)
def _flow_qers(flows: tuple[Flow, ...]) -> tuple[Qer, ...]:
    """They mark; the rate is that of the session."""
    return tuple(Qer(qer_id=FLOWS + flow.qfi, qfi=flow.qfi) for flow in flows)


@functools.lru_cache(maxsize=1024)
def _qers(qfi: int, ambr: Ambr) -> tuple[Qer, ...]:
    return (Qer(qer_id=AMBR_QER, qfi=qfi, mbr=ambr),)


def downlink_far(context: SmContext) -> Far:
    """Forward to the radio where the user plane is active, else keep the packets and tell."""
    if context.downlink is None:
        return _KEEP
    return Far(
        far_id=DOWNLINK,
        action=ApplyAction.FORW,
        destination=SourceInterface.ACCESS,
        outer_header=context.downlink,
        marking=context.marking,
    )


def switched_far(context: SmContext) -> Far:
    """The same after a change of radio: the tunnel that is left gets an End Marker (TS 23.501 5.8.2.9)."""
    return msgspec.structs.replace(downlink_far(context), send_end_marker=True)


def forwarding(context: SmContext, target: OuterHeader) -> tuple[Pdr, Far, Qer]:
    """Indirect forwarding: what the source radio sends back goes to the target (TS 23.502 4.9.1.3.2 step
    11a). The UPF chooses where the source sends to."""
    pdr = Pdr(
        pdr_id=FORWARDING,
        precedence=DEFAULT_PRECEDENCE,
        source=SourceInterface.ACCESS,
        far_id=FORWARDING,
        qer_ids=_FORWARDING_QERS,
        choose=_CHOOSE,
        network_instance=context.dnn,
        ethernet=context.pdu_session_type is PduSessionType.ETHERNET,
    )
    far = Far(
        far_id=FORWARDING,
        action=ApplyAction.FORW,
        destination=SourceInterface.ACCESS,
        outer_header=target,
        marking=context.marking,
    )
    return pdr, far, _forwarding_qer(context.qfi)


@functools.lru_cache(maxsize=64)
def _forwarding_qer(qfi: int) -> Qer:
    """The QoS flow that forwarded packets are marked with; they have passed their rate already."""
    return Qer(qer_id=FORWARDING, qfi=qfi)


def discard() -> Far:
    """Drop what was kept for a phone that did not answer paging (TS 23.502 4.2.3.3 step 5)."""
    return _DISCARD
