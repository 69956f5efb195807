"""From N4 rules to a session record: what the programs can do, and what they leave to user space.

The programs know the session that nearly every phone has: one tunnel, one rule each way, at most one rate. A
direction that needs more than they know is left without its FAST flag, and the userspace plane, which has
every session whole, forwards it. So a rule is never half applied.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from pilot5g.datapath.ebpf.records import ANY, Flag, Record, burst, cost
from pilot5g.flow.link import GTPU_PORT
from pilot5g.service.n4 import ApplyAction, Far, OuterHeader, Pdr, Qer, Session, SourceInterface
from pilot5g.wire import ip

BURST = 0.3
"""Seconds of its rate that a bucket holds: TCP recovers a lost window no sooner than 200 ms after."""
LEAST_BURST = 60_000
"""Octets that any bucket holds: as many as the shortest queue."""


class Way(msgspec.Struct, frozen=True):
    """One direction of a session, as one rule: `fast` where the programs can apply it."""

    fast: bool = False
    dropped: bool = False
    gate_open: bool = True
    rate: int = 0
    qfi: int = ANY
    peer: OuterHeader | None = None
    pdr_id: int = 0
    marking: int = 0


class Plan(msgspec.Struct, frozen=True):
    """What the programs are told of a session, and which PDRs they thereby apply."""

    record: Record
    uplink: Way
    downlink: Way

    @property
    def rates(self) -> tuple[int, int]:
        """Up and down in bit/s, 0 for none."""
        return self.uplink.rate, self.downlink.rate

    def closed(self) -> Record:
        """The record with the fast path down closed."""
        return msgspec.structs.replace(self.record, flags=self.record.flags & ~Flag.FAST_DOWN)


def plan(session: Session, *, mtu: int) -> Plan:
    """The session as a record. `mtu` is the longest downlink packet."""
    fars = {far.far_id: far for far in session.fars}
    qers = {qer.qer_id: qer for qer in session.qers}
    teid, rules = _tunnel(session, fars)
    uplink = _way(rules, fars, qers, uplink=True)
    downlink = _way(
        [pdr for pdr in session.pdrs if pdr.source == SourceInterface.CORE], fars, qers, uplink=False
    )
    ipv4, prefix = _addresses(session)
    flags = Flag.LIVE | _flags(uplink, downlink)
    flags |= (Flag.HAS_IPV4 if ipv4 else Flag(0)) | (Flag.HAS_IPV6 if prefix else Flag(0))
    outer = downlink.peer
    record = Record(
        teid=teid,
        flags=flags,
        ipv4=ipv4 or bytes(4),
        prefix=prefix or bytes(8),
        peer_teid=outer.teid if outer else 0,
        peer=ip.pack(outer.address) if outer and downlink.fast else bytes(4),
        qfi_up=uplink.qfi,
        qfi_down=downlink.qfi,
        cost=(cost(uplink.rate), cost(downlink.rate)),
        burst=(_burst(uplink.rate), _burst(downlink.rate)),
        mtu=mtu,
        tos=downlink.marking << 2,
    )
    return Plan(record, uplink, downlink)


def _tunnel(session: Session, fars: Mapping[int, Far]) -> tuple[int, list[Pdr]]:
    """The tunnel whose packets go to N6, and its rules; tunnels that forward to another radio stay aside."""
    by_teid: dict[int, list[Pdr]] = {}
    for pdr in session.pdrs:
        if pdr.source == SourceInterface.ACCESS and pdr.local_fteid is not None:
            by_teid.setdefault(pdr.local_fteid.teid, []).append(pdr)
    for teid, pdrs in by_teid.items():
        if all(fars[pdr.far_id].destination != SourceInterface.ACCESS for pdr in pdrs):
            return teid, pdrs
    return 0, []


def _way(pdrs: list[Pdr], fars: Mapping[int, Far], qers: Mapping[int, Qer], *, uplink: bool) -> Way:
    first = min(pdrs, key=lambda pdr: pdr.precedence, default=None)
    if first is None or first.sdf_filters or (uplink and first.qfi is not None and len(pdrs) > 1):
        return Way()
    used = [qers[qer_id] for qer_id in first.qer_ids]
    rates = [rate for rate in (_rate(qer, uplink) for qer in used) if rate]
    qfi = next((qer.qfi for qer in used if qer.qfi is not None), first.qfi)
    if uplink:
        qfi = first.qfi
    far = fars[first.far_id]
    outer = far.outer_header
    fast = len(rates) <= 1 and not far.action & ApplyAction.BUFF and _reachable(far, uplink)
    return Way(
        fast=fast,
        dropped=not far.action & ApplyAction.FORW,
        gate_open=all(qer.gate_open for qer in used),
        rate=rates[0] if rates else 0,
        qfi=ANY if qfi is None else qfi,
        peer=outer,
        pdr_id=first.pdr_id,
        marking=far.marking,
    )


def _rate(qer: Qer, uplink: bool) -> int:
    if qer.mbr is None:
        return 0
    return qer.mbr.uplink if uplink else qer.mbr.downlink


def _reachable(far: Far, uplink: bool) -> bool:
    """Can the programs send where this FAR says? They know N6 one way, IPv4 radios the other."""
    if not far.action & ApplyAction.FORW:
        return True
    outer = far.outer_header
    if uplink:
        return outer is None
    return outer is not None and outer.port == GTPU_PORT and ":" not in outer.address


def _flags(uplink: Way, downlink: Way) -> Flag:
    flags = Flag(0)
    for way, fast, gate, drop in (
        (uplink, Flag.FAST_UP, Flag.GATE_UP, Flag.DROP_UP),
        (downlink, Flag.FAST_DOWN, Flag.GATE_DOWN, Flag.DROP_DOWN),
    ):
        if way.fast:
            flags |= fast | (Flag(0) if way.gate_open else gate) | (drop if way.dropped else Flag(0))
    return flags


def _burst(rate: int) -> int:
    return burst(max(BURST, LEAST_BURST * 8 / rate)) if rate else 0


def _addresses(session: Session) -> tuple[bytes | None, bytes | None]:
    ipv4 = prefix = None
    for pdr in session.pdrs:
        if pdr.ue_address is not None:
            if pdr.ue_address.ipv4 is not None:
                ipv4 = ip.pack(pdr.ue_address.ipv4)
            if pdr.ue_address.ipv6_prefix is not None:
                prefix = ip.pack(pdr.ue_address.ipv6_prefix.partition("/")[0])[:8]
    return ipv4, prefix
