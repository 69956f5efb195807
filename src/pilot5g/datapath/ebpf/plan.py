"""From N4 rules to session records: what the programs can do, and what they leave to user space.

A session whose traffic is one QoS flow, as nearly every phone's, is one record. Where packet filters choose
among flows each rule has a record of its own, and the filters lead to it (`filters`). A direction that needs
more than the programs know is left without its FAST flag, and the userspace plane, which has every session
whole, forwards it. So a rule is never half applied.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network
from socket import AF_INET, AF_INET6, inet_pton
from sys import byteorder
from typing import Any

import msgspec

from pilot5g.datapath.ebpf.filters import FILTERS, Row, TooMuch, rows
from pilot5g.datapath.ebpf.records import ANY, DOWN, UP, Flag, Network, Rare, Record, burst, cost
from pilot5g.flow.link import GTPU_PORT
from pilot5g.service.n4 import ApplyAction, Far, OuterHeader, Pdr, Qer, Session, SourceInterface, UeAddress
from pilot5g.wire import ip

BURST = 0.3
"""Seconds of its rate that a bucket holds: TCP recovers a lost window no sooner than 200 ms after."""
LEAST_BURST = 22_500
"""Octets that any bucket holds: as many as the shortest queue."""
BUFF, FORW = int(ApplyAction.BUFF), int(ApplyAction.FORW)
FLOWS = 8
"""Rules of a session in one direction."""

_FAST, _GATE, _DROP = (
    (Flag.FAST_UP, Flag.FAST_DOWN),
    (Flag.GATE_UP, Flag.GATE_DOWN),
    (Flag.DROP_UP, Flag.DROP_DOWN),
)
_POOLED = (Rare.POOLED_UP, Rare.POOLED_DOWN)
_SEVERAL = (Flag.SEVERAL_UP, Flag.SEVERAL_DOWN)


class Pool(msgspec.Struct, frozen=True, gc=False):
    """A rate that several sessions share: QERs of one correlation, uplink and downlink in bit/s."""

    correlation: int
    rates: tuple[int, int]

    @property
    def record(self) -> Record:
        """Of the bucket."""
        return Record(teid=0, flags=0, **_rate_fields(self.rates))


class Rule(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One PDR with its FAR and QERs. `shared`: the session's rate counts for it as well as its own;
    `guaranteed`: which does not hold it up."""

    pdr_id: int
    dropped: bool = False
    gate_open: bool = True
    rate: int = 0
    shared: bool = False
    guaranteed: bool = False
    qfi: int = ANY
    peer: OuterHeader | None = None
    marking: int = 0
    pool: Pool | None = None
    filters: tuple[Row, ...] = ()


class Direction(msgspec.Struct, frozen=True, gc=False):
    """What the programs do with one direction of a session: nothing where there are no rules."""

    rules: tuple[Rule, ...] = ()
    several: bool = False
    shared_rate: int = 0

    @property
    def rate(self) -> int:
        """Of the session itself."""
        return self.shared_rate if self.several or not self.rules else self.rules[0].rate

    @property
    def single(self) -> Rule | None:
        return self.rules[0] if self.rules and not self.several else None


NO_RULES = Direction()


class Part(msgspec.Struct, frozen=True, gc=False):
    """A record of a session, the rates it keeps, and the PDRs whose packets it counts, up and down."""

    record: Record
    rates: tuple[int, int]
    pdr_ids: tuple[int | None, int | None]
    pool: Pool | None = None


class Plan(msgspec.Struct, frozen=True, gc=False):
    """What the programs are told of a session: its own record, those of its flows, and by direction the
    filters with the flow each leads to."""

    own: Part
    networks: tuple[Network, ...] = ()
    """Behind the phone."""
    flows: tuple[Part, ...] = ()
    filters: tuple[tuple[tuple[Row, int], ...], tuple[tuple[Row, int], ...]] = ((), ())

    @property
    def record(self) -> Record:
        return self.own.record


def plan(session: Session, *, mtu: int, network: int = 0, left: bool = False, tap: int = 0) -> Plan:
    """The session as records. `mtu` is the longest downlink packet, `network` the data network as the
    programs know it; `left`: all of it is for user space; `tap` is the index of the TAP of a data network of
    Ethernet."""
    fars = {far.far_id: far for far in session.fars}
    qers = {qer.qer_id: qer for qer in session.qers}
    ipv4, prefix = _addresses(session)
    teid, uplink_pdrs = _tunnel(session, fars)
    downlink_pdrs = [pdr for pdr in session.pdrs if pdr.source == SourceInterface.CORE]
    flags = (Flag.HAS_IPV4 if ipv4 else 0) | (Flag.HAS_IPV6 if prefix else 0) | Flag.LIVE
    up = down = NO_RULES
    frames = any(pdr.ethernet for pdr in session.pdrs)
    if not left and _is_simple(session) and (not frames or _are_one(session, tap)):
        up = _direction(uplink_pdrs, fars, qers, ipv4, prefix, uplink=True)
        down = _direction(downlink_pdrs, fars, qers, ipv4, prefix, uplink=False)
    if len({rule.pool for rule in (up.single, down.single) if rule and rule.pool}) > 1:
        up = down = NO_RULES
    for way, direction in ((UP, up), (DOWN, down)):
        if direction.rules:
            flags |= _FAST[way] | (_SEVERAL[way] if direction.several else 0)
    networks = _networks(session)
    rare = (Rare.FRAMED if networks else 0) | (Rare.FRAMES if frames else 0)
    base = Record(
        teid=teid,
        flags=flags,
        ipv4=tap.to_bytes(4, byteorder) if frames else ipv4 or bytes(4),
        prefix=prefix or bytes(8),
        mtu=mtu,
        rare=rare,
        network=network,
    )
    own = _part(base, (up.single, down.single), (up.rate, down.rate))
    made = Plan(own, networks)
    if up.several or down.several:
        made = Plan(own, networks, *_flows((up, down), mtu))
    if not session.urrs:
        return made
    flows = tuple(_limited(session, part) for part in made.flows)
    return msgspec.structs.replace(made, own=_limited(session, own), flows=flows)


def _is_simple(session: Session) -> bool:
    """N9 below an anchor is for user space."""
    if any(map(is_relayed, session.pdrs)):
        return False
    return not any(
        far.outer_header is not None and far.destination == SourceInterface.CORE for far in session.fars
    )


def _are_one(session: Session, tap: int) -> bool:
    """Do all frames belong to one flow, and is there a TAP for them? The programs filter packets only."""
    filtered = any(pdr.ethernet_filters or pdr.sdf_filters for pdr in session.pdrs)
    return bool(tap) and not filtered and len(session.pdrs) == 2


def _limited(session: Session, part: Part) -> Part:
    """The part, marked where its packets are of a URR with a quota or a time."""
    urr_ids = {
        urr.urr_id
        for urr in session.urrs
        if urr.volume_quota is not None or urr.time_quota is not None or urr.time_threshold is not None
    }
    pdrs = (pdr for pdr in session.pdrs if pdr.pdr_id in part.pdr_ids)
    if not any(urr_ids.intersection(pdr.urr_ids) for pdr in pdrs):
        return part
    record = msgspec.structs.replace(part.record, rare=part.record.rare | Rare.LIMITED)
    return msgspec.structs.replace(part, record=record)


def is_relayed(pdr: Pdr) -> bool:
    """It is for what comes over N9 for the phone."""
    return pdr.local_fteid is not None and pdr.source == SourceInterface.CORE


def main_teid(session: Session) -> int:
    """The tunnel that a record is found by; 0 where a session has none to N6."""
    return _tunnel(session, {far.far_id: far for far in session.fars})[0]


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


def _direction(
    pdrs: Sequence[Pdr],
    fars: Mapping[int, Far],
    qers: Mapping[int, Qer],
    ipv4: bytes | None,
    prefix: bytes | None,
    *,
    uplink: bool,
) -> Direction:
    """The rules of one direction in order, or none where one of them is beyond the programs."""
    if len(pdrs) == 1 and not pdrs[0].sdf_filters:
        return _only(pdrs[0], fars[pdrs[0].far_id], qers, uplink=uplink)
    ordered = list(_effective(sorted(pdrs, key=lambda pdr: pdr.precedence), uplink=uplink))
    if not ordered or len(ordered) > FLOWS:
        return NO_RULES
    if not all(_reachable(fars[pdr.far_id], uplink=uplink) for pdr in ordered):
        return NO_RULES
    several = len(ordered) > 1 or bool(ordered[0].sdf_filters)
    limiting = {qer_id: rate for qer_id, qer in qers.items() if (rate := _rate(qer, uplink=uplink))}
    uses = Counter(qer_id for pdr in ordered for qer_id in pdr.qer_ids if qer_id in limiting)
    shared = [qer_id for qer_id, number in uses.items() if number > 1]
    try:
        filters = [rows(pdr, ipv4, prefix, uplink=uplink) for pdr in ordered]
        made = tuple(
            _rule(pdr, fars[pdr.far_id], qers, limiting, shared, its, uplink=uplink)
            for pdr, its in zip(ordered, filters, strict=True)
        )
    except TooMuch:
        return NO_RULES
    if len(shared) > 1 or (several and sum(len(rule.filters) for rule in made) > FILTERS):
        return NO_RULES
    return Direction(made, several, limiting[shared[0]] if shared else 0)


def _only(pdr: Pdr, far: Far, qers: Mapping[int, Qer], *, uplink: bool) -> Direction:
    """The one rule that takes everything."""
    if not _reachable(far, uplink=uplink):
        return NO_RULES
    limiting = {}
    for qer_id in pdr.qer_ids:
        if rate := _rate(qers[qer_id], uplink=uplink):
            limiting[qer_id] = rate
    try:
        return Direction((_rule(pdr, far, qers, limiting, (), (), uplink=uplink),))
    except TooMuch:
        return NO_RULES


def _effective(ordered: Sequence[Pdr], *, uplink: bool) -> Iterator[Pdr]:
    """Up to the first that matches everything: none behind it is ever looked at."""
    for pdr in ordered:
        yield pdr
        if not pdr.sdf_filters and (not uplink or pdr.qfi is None):
            return


def _rule(
    pdr: Pdr,
    far: Far,
    qers: Mapping[int, Qer],
    limiting: Mapping[int, int],
    shared: Sequence[int],
    filters: tuple[Row, ...],
    *,
    uplink: bool,
) -> Rule:
    used = [qers[qer_id] for qer_id in pdr.qer_ids]
    mark = next((qer.qfi for qer in used if qer.qfi is not None), pdr.qfi)
    qfi = pdr.qfi if uplink else mark
    rates = [limiting[qer_id] for qer_id in pdr.qer_ids if qer_id in limiting and qer_id not in shared]
    pool = _pool(used)
    guaranteed = bool(rates) and any(qer.gbr is not None for qer in used)
    if guaranteed:  # it is held to its own rate alone, so that must be none above those it shares
        rates += [limiting[qer_id] for qer_id in pdr.qer_ids if qer_id in shared]
        rates += [rate for rate in [pool.rates[UP if uplink else DOWN] if pool else 0] if rate]
    return Rule(
        pdr_id=pdr.pdr_id,
        dropped=not int(far.action) & FORW,
        gate_open=all(qer.gate_open for qer in used),
        rate=min(rates, default=0),
        shared=any(qer_id in shared for qer_id in pdr.qer_ids),
        guaranteed=guaranteed,
        qfi=ANY if qfi is None else qfi,
        peer=far.outer_header,
        marking=far.marking,
        pool=pool,
        filters=filters,
    )


def _pool(used: Sequence[Qer]) -> Pool | None:
    """The rate that is not the session's alone. Raises TooMuch where there are several."""
    pools = [
        Pool(qer.correlation, (qer.mbr.uplink, qer.mbr.downlink))
        for qer in used
        if qer.correlation is not None and qer.mbr is not None
    ]
    if len(pools) > 1:
        raise TooMuch("rates of two correlations")
    return pools[0] if pools else None


def _rate(qer: Qer, *, uplink: bool) -> int:
    """What a QER allows the session alone."""
    if qer.mbr is None or qer.correlation is not None:
        return 0
    return qer.mbr.uplink if uplink else qer.mbr.downlink


def _reachable(far: Far, *, uplink: bool) -> bool:
    """Can the programs do what this FAR says? They know N6 one way, radios the other."""
    action = int(far.action)
    if action & BUFF:
        return False
    if not action & FORW:
        return True
    outer = far.outer_header
    if uplink:
        return outer is None
    return outer is not None and outer.port == GTPU_PORT


def _part(base: Record, rules: tuple[Rule | None, Rule | None], rates: tuple[int, int]) -> Part:
    """A record with what its rules say."""
    flags, rare, (up, down) = base.flags, base.rare, rules
    pool = next((rule.pool for rule in rules if rule and rule.pool), None)
    for way, rule in enumerate(rules):
        if rule is not None:
            rare |= _POOLED[way] if rule.pool else 0
            flags |= _FAST[way] | (_DROP[way] if rule.dropped else 0)
            flags |= (0 if rule.gate_open else _GATE[way]) | (Flag.SHARED if rule.shared else 0)
            flags |= Flag.GUARANTEED if rule.guaranteed else 0
    outer = down.peer if down is not None else None
    peer = ip.pack(outer.address) if outer else b""
    rare |= Rare.OUTER6 if len(peer) == 16 else 0
    record = Record(
        teid=base.teid,
        flags=flags,
        ipv4=base.ipv4,
        prefix=base.prefix,
        mtu=base.mtu,
        rare=rare,
        network=base.network,
        peer_teid=outer.teid if outer else 0,
        peer=peer if len(peer) == 4 else bytes(4),
        peer6=peer if len(peer) == 16 else bytes(16),
        qfi_up=up.qfi if up is not None else ANY,
        qfi_down=down.qfi if down is not None else ANY,
        tos=down.marking << 2 if down is not None else 0,
        **_rate_fields(rates),
    )
    return Part(record, rates, (up.pdr_id if up else None, down.pdr_id if down else None), pool)


def _rate_fields(rates: tuple[int, int]) -> dict[str, Any]:
    up, down = rates
    return {"cost": (cost(up), cost(down)), "burst": (_burst(up), _burst(down))}


def _flows(
    ways: tuple[Direction, ...], mtu: int
) -> tuple[tuple[Part, ...], tuple[tuple[tuple[Row, int], ...], tuple[tuple[Row, int], ...]]]:
    """The records of the flows of both directions, and the filters that lead to them."""
    parts: list[Part] = []
    filters: list[tuple[tuple[Row, int], ...]] = []
    for way, direction in enumerate(ways):
        leading: list[tuple[Row, int]] = []
        for rule in direction.rules if direction.several else ():
            leading += [(row, len(parts)) for row in rule.filters]
            pair = (rule, None) if way == UP else (None, rule)
            rates = (rule.rate, 0) if way == UP else (0, rule.rate)
            parts.append(_part(Record(teid=0, flags=0, mtu=mtu), pair, rates))
        filters.append(tuple(leading))
    return tuple(parts), (filters[UP], filters[DOWN])


def _burst(rate: int) -> int:
    return burst(max(BURST, LEAST_BURST * 8 / rate)) if rate else 0


def _networks(session: Session) -> tuple[Network, ...]:
    found: dict[Network, None] = {}
    for pdr in session.pdrs:
        for text in pdr.framed_routes:
            network = ip_network(text)
            shift = network.max_prefixlen - network.prefixlen
            found[network.max_prefixlen // 8, shift, int(network.network_address) >> shift] = None
    return tuple(found)


def _addresses(session: Session) -> tuple[bytes | None, bytes | None]:
    ipv4 = prefix = None
    for pdr in session.pdrs:
        if pdr.ue_address is not None:
            its4, its6 = addresses(pdr.ue_address)
            ipv4, prefix = its4 or ipv4, its6 or prefix
    return ipv4, prefix


def addresses(where: UeAddress) -> tuple[bytes | None, bytes | None]:
    """A phone's IPv4 address and IPv6 prefix as octets."""
    ipv4, prefix = where.ipv4, where.ipv6_prefix
    return (
        inet_pton(AF_INET, ipv4) if ipv4 is not None else None,
        inet_pton(AF_INET6, prefix.partition("/")[0])[:8] if prefix is not None else None,
    )
