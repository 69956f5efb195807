"""Whether rules can be made ready: asked when a session is installed, so that no packet finds they cannot."""

from __future__ import annotations

import functools
from typing import Final

import msgspec

from pilot5g.service.n4 import (
    ApplyAction,
    Cause,
    Far,
    N4Error,
    OuterHeader,
    Pdr,
    RuleKind,
    Session,
    SourceInterface,
)
from pilot5g.wire import ip
from pilot5g.wire.errors import DecodeError
from pilot5g.wire.ethernet import EthernetFilter, Frame

FORW: Final = int(ApplyAction.FORW)
BUFF: Final = int(ApplyAction.BUFF)
NOCP: Final = int(ApplyAction.NOCP)
"""As plain numbers: `&` of two flags costs as much as all else that is asked of a FAR."""
ACCESS: Final = SourceInterface.ACCESS
CORE: Final = SourceInterface.CORE
LARGEST_QFI = 63
LARGEST_TEID = 0xFFFFFFFF


@functools.lru_cache(maxsize=4096)
def host(address: str) -> str:
    """The address of a peer, in the one canonical form. Raises ValueError."""
    return ip.text(ip.pack(address))


def refused(why: str, rule: Pdr | Far | None = None) -> N4Error:
    """A rule that cannot be applied, and why."""
    if rule is None:
        return N4Error(Cause.RULE_CREATION_FAILURE, why)
    named = (RuleKind.PDR, rule.pdr_id) if isinstance(rule, Pdr) else (RuleKind.FAR, rule.far_id)
    return N4Error(Cause.RULE_CREATION_FAILURE, why, named)


def check_rules(session: Session) -> None:
    """Whether every rule can be made ready. Raises N4Error where one cannot."""
    fars = {far.far_id for far in session.fars}
    qers = {qer.qer_id for qer in session.qers}
    urrs = {urr.urr_id for urr in session.urrs} if session.urrs else ()
    for pdr in session.pdrs:
        if pdr.far_id not in fars:
            raise _missing(pdr, f"FAR {pdr.far_id}")
        for qer_id in pdr.qer_ids:
            if qer_id not in qers:
                raise _missing(pdr, f"QER {qer_id}")
        for urr_id in pdr.urr_ids:
            if urr_id not in urrs:
                raise _missing(pdr, f"URR {urr_id}")
        if pdr.source != CORE and (pdr.source != ACCESS or pdr.local_fteid is None):
            raise refused(f"PDR {pdr.pdr_id} is neither from core nor from access with a local F-TEID", pdr)
        if pdr.source == CORE and pdr.local_fteid is not None:
            _check_relayed(pdr, session)
        if pdr.sdf_filters:
            filters(pdr)
        if pdr.ethernet_filters:
            frame_filters(pdr)
    check_forwarding(session)


def _check_relayed(pdr: Pdr, session: Session) -> None:
    """A PDR for what comes over N9 for the phone."""
    tunnel = pdr.local_fteid
    if pdr.ethernet:
        raise refused(f"PDR {pdr.pdr_id}: Ethernet frames over N9 are not offered", pdr)
    if any(each.local_fteid == tunnel and each.source != CORE for each in session.pdrs):
        raise refused(f"PDR {pdr.pdr_id}: a tunnel brings packets of the phone or for it, not both", pdr)
    if any(
        far.far_id == pdr.far_id and int(far.action) & FORW and not far.outer_header for far in session.fars
    ):
        raise refused(f"PDR {pdr.pdr_id}: what comes over N9 for the phone goes into a tunnel to it", pdr)


def check_forwarding(session: Session) -> None:
    """The same of the FARs, where nothing else is new. Raises N4Error."""
    for far in session.fars:
        if int(far.action) & (FORW | BUFF) == FORW:
            if far.outer_header is not None:
                _check_tunnel(far, far.outer_header, session)
            elif far.destination != CORE:
                raise refused(f"FAR {far.far_id} forwards, and says neither core nor into which tunnel", far)


def _missing(pdr: Pdr, what: str) -> N4Error:
    return refused(f"PDR {pdr.pdr_id} refers to {what}, which is not there", pdr)


def _check_tunnel(far: Far, outer: OuterHeader, session: Session) -> None:
    if not 0 <= outer.teid <= LARGEST_TEID:
        raise refused(f"FAR {far.far_id}: TEID {outer.teid} has more than 32 bits", far)
    for rules in (session.pdrs, session.qers):
        for rule in rules:
            if rule.qfi is not None and not 0 <= rule.qfi <= LARGEST_QFI:
                raise refused(f"FAR {far.far_id}: QFI {rule.qfi} has more than 6 bits", far)
    try:
        host(outer.address)
    except ValueError as error:
        raise refused(f"FAR {far.far_id}: {error}", far) from error


def filters(pdr: Pdr) -> tuple[ip.IpFilter, ...]:
    """The packet filters of a PDR. Raises N4Error."""
    try:
        return tuple(parse_filter(text) for text in pdr.sdf_filters)
    except DecodeError as error:
        raise refused(f"PDR {pdr.pdr_id}: {error}", pdr) from error


class FrameFilter(msgspec.Struct, frozen=True):
    """An Ethernet packet filter made ready."""

    frames: EthernetFilter
    packets: tuple[ip.IpFilter, ...]

    def matches(self, head: Frame, flow: ip.Flow | None, *, uplink: bool) -> bool:
        """Does it fit a frame, and the packet in it?"""
        if not self.frames.fits(head):
            return False
        return not self.packets or (
            flow is not None and any(one.matches(flow, uplink=uplink) for one in self.packets)
        )


def frame_filters(pdr: Pdr) -> tuple[FrameFilter, ...]:
    """The Ethernet packet filters of a PDR. Raises N4Error."""
    if not pdr.ethernet:
        raise refused(f"PDR {pdr.pdr_id}: Ethernet packet filters, and no Ethernet frames", pdr)
    try:
        return tuple(
            FrameFilter(each, tuple(parse_filter(text) for text in each.sdf_filters))
            for each in pdr.ethernet_filters
        )
    except DecodeError as error:
        raise refused(f"PDR {pdr.pdr_id}: {error}", pdr) from error


parse_filter = functools.lru_cache(maxsize=1024)(ip.parse_filter)
"""Sessions share what the operator filters by."""
