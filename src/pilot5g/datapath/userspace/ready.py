"""The rules of a session made ready: a PDR with its FAR, QERs and URRs becomes one `Rule`.

Done once, by the first packet that needs them; that it can be done was found out at the installation.
"""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter
from weakref import WeakValueDictionary

from pilot5g.datapath.userspace.checks import BUFF, FORW, filters, frame_filters
from pilot5g.datapath.userspace.place import forwards_back
from pilot5g.datapath.userspace.rate import Bucket
from pilot5g.datapath.userspace.rules import Action, Rule, Rules, SessionState, Tunnel
from pilot5g.flow.link import Address
from pilot5g.service.n4 import Far, Pdr, Qer, Session, SourceInterface
from pilot5g.wire.gtpu import (
    DlPduSessionInformation,
    Encapsulation,
    PduSessionInformation,
    UlPduSessionInformation,
)


def prepare(state: SessionState) -> dict[int, Tunnel]:
    """Make the rules of a checked session ready: its tunnels by TEID, what comes from N6 in place."""
    _limit(state)
    state.measure()
    fars = {far.far_id: far for far in state.session.fars}
    tunnels: dict[tuple[int, bool], list[Rule]] = {}
    checked: set[int] = set()
    downlink: list[Rule] = []
    for pdr in state.session.pdrs:
        far, uplink = fars[pdr.far_id], pdr.source != SourceInterface.CORE
        rule = _compile(state, pdr, far, uplink=uplink)
        if pdr.local_fteid is None:
            downlink.append(rule)
            continue
        tunnels.setdefault((pdr.local_fteid.teid, uplink), []).append(rule)
        if uplink and not forwards_back(far):
            checked.add(pdr.local_fteid.teid)
    state.downlink = Rules(downlink, uplink=False)
    return {
        teid: Tunnel(state, teid, Rules(rules, uplink=uplink), source_checked=teid in checked)
        for (teid, uplink), rules in tunnels.items()
    }


_correlated: WeakValueDictionary[tuple[int, bool, int], Bucket] = WeakValueDictionary()
"""Buckets that several sessions share, by correlation, direction and rate; gone with the last of them."""


def _limit(state: SessionState) -> None:
    """A bucket for every rate; one whose rate stays as it was stays as full as it is."""
    before = {(bucket.qer_id, bucket.uplink): bucket for bucket in state.buckets}
    buckets = []
    for qer in state.session.qers:
        if qer.mbr is None:
            continue
        for uplink, rate in ((True, qer.mbr.uplink), (False, qer.mbr.downlink)):
            if rate > 0:
                old = before.get((qer.qer_id, uplink))
                same = old is not None and old.rate == rate
                buckets.append(old if old is not None and same else _bucket(qer, rate, uplink=uplink))
    state.buckets = tuple(buckets)


def _bucket(qer: Qer, rate: int, *, uplink: bool) -> Bucket:
    if qer.correlation is None:
        return Bucket(rate, qer.qer_id, uplink=uplink)
    key = (qer.correlation, uplink, rate)
    return _correlated.setdefault(key, Bucket(rate, qer.qer_id, uplink=uplink))


def default_tunnel(session: Session) -> tuple[Encapsulation, Address] | None:
    """How packets of the network itself go to the phone: by the downlink rule that comes last of those that
    forward. None where the radio's end of the tunnel is not known."""
    tunnels = {
        far.far_id: far.outer_header
        for far in session.fars
        if far.outer_header is not None and int(far.action) & (FORW | BUFF) == FORW
    }
    ways = [pdr for pdr in session.pdrs if pdr.far_id in tunnels and pdr.source == SourceInterface.CORE]
    if not ways:
        return None
    pdr = max(ways, key=_PRECEDENCE)
    outer = tunnels[pdr.far_id]
    information = _information(_marking(pdr, {qer.qer_id: qer for qer in session.qers}))
    return Encapsulation(outer.teid, information), (outer.address, outer.port)


_PRECEDENCE = attrgetter("precedence")


def _marking(pdr: Pdr, qers: Mapping[int, Qer]) -> int | None:
    """The QFI of a packet: of several QERs the first that marks; the PDR's own where none does."""
    marks = (qers[qer_id].qfi for qer_id in pdr.qer_ids)
    return next((qfi for qfi in marks if qfi is not None), pdr.qfi)


def _information(qfi: int | None, *, up: bool = False) -> PduSessionInformation | None:
    """What a packet's tunnel says of its QoS flow (TS 38.415 5.5.2): on N9 it goes up as from a radio."""
    if qfi is None:
        return None
    return UlPduSessionInformation(qfi) if up else DlPduSessionInformation(qfi)


def _compile(state: SessionState, pdr: Pdr, far: Far, *, uplink: bool) -> Rule:
    rule = Rule(pdr, far)
    rule.filters = filters(pdr) if pdr.sdf_filters else ()
    rule.frames = frame_filters(pdr) if pdr.ethernet_filters else ()
    rule.qfi_matched = None if pdr.local_fteid is None else pdr.qfi
    _enforce(state, rule, pdr, uplink=uplink)
    if pdr.urr_ids:
        rule.meters = tuple(meter for meter in state.meters if meter.urr.urr_id in pdr.urr_ids)
    if state.activity is not None:
        rule.meters += (state.activity,)
    if int(far.action) & BUFF:
        rule.action = Action.BUFFER
    elif int(far.action) & FORW:
        _forward(rule, far)
    forwards = rule.action in (Action.TO_N6, Action.TO_TUNNEL)
    rule.closed = not (forwards and rule.gate_open)
    rule.free = not (rule.closed or rule.buckets or rule.meters)
    return rule


def _enforce(state: SessionState, rule: Rule, pdr: Pdr, *, uplink: bool) -> None:
    """Gate, rates and QFI of the rule's QERs."""
    qers = {qer.qer_id: qer for qer in state.session.qers}
    rule.qfi = _marking(pdr, qers)
    for qer_id in pdr.qer_ids:
        qer = qers[qer_id]
        rule.gate_open = rule.gate_open and qer.gate_open
        rule.guaranteed = rule.guaranteed or qer.gbr is not None
    rule.buckets = tuple(
        bucket for bucket in state.buckets if bucket.uplink is uplink and bucket.qer_id in pdr.qer_ids
    )


def _forward(rule: Rule, far: Far) -> None:
    outer = far.outer_header
    if outer is None:
        rule.action = Action.TO_N6
        return
    up = far.destination == SourceInterface.CORE
    rule.encapsulate = Encapsulation(outer.teid, _information(rule.qfi, up=up))
    rule.action = Action.TO_TUNNEL
    rule.peer = (outer.address, outer.port)
