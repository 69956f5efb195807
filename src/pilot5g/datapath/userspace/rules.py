"""N4 rules made ready: everything a packet needs to be decided, found once by the first that comes.

A PDR with its FAR, QERs and URRs becomes one `Rule`. Buckets, meters and buffered packets are not rules:
they go from one installation of a session to the next. What cannot be made ready is refused before, when the
session is installed.
"""

from __future__ import annotations

import ipaddress
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from operator import attrgetter
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final
from weakref import WeakValueDictionary

from pilot5g.datapath.userspace.checks import BUFF, FORW, NOCP, filters, refused
from pilot5g.datapath.userspace.ethernet import HEADER, Switch
from pilot5g.datapath.userspace.rate import Bucket, Queue
from pilot5g.datapath.userspace.usage import Activity, Meter
from pilot5g.flow.link import Address, Datagram, DatagramPort, PacketPort
from pilot5g.service.n4 import (
    Far,
    OuterHeader,
    Pdr,
    Qer,
    Session,
    SourceInterface,
    Trigger,
    UeAddress,
    Usage,
)
from pilot5g.wire import ip
from pilot5g.wire.gtpu import DlPduSessionInformation, Encapsulation

NO_ADDRESS = b"none:"
NO_PREFIX = b"no prefix"
"""One octet longer than what is cut out of a packet to compare with, so nothing equals them."""


class N6:
    """The data network side of one DNN: its port, who is reached over it, and what waits to be sent."""

    __slots__ = (
        "asleep",
        "between",
        "buffer_packets",
        "framed",
        "mtu",
        "phones",
        "port",
        "switch",
        "ue_to_ue",
        "waiting",
    )

    def __init__(self, port: PacketPort, mtu: int, switch: Switch | None = None) -> None:
        """`mtu`: the longest packet that goes to a phone; `switch`: its packets are Ethernet frames."""
        self.switch = switch
        self.buffer_packets = 0
        """The most that is kept for an idle phone."""
        self.ue_to_ue = True
        """May its phones reach each other?"""
        self.port = port
        self.mtu = mtu
        self.phones: dict[bytes, SessionState] = {}
        """By IPv4 address (4 octets) and IPv6 prefix (8): sessions that are awake."""
        self.asleep: dict[bytes, SessionState] = {}
        self.framed: dict[tuple[int, int], dict[int, SessionState]] = {}
        """Networks behind phones: by size of an address and bits that do not count, then by the others."""
        self.waiting: list[bytes] = []
        self.between: list[bytes] = []
        """From one phone to another."""


class N3:
    """One GTP-U port and what waits to be sent."""

    __slots__ = ("address", "marked", "port", "waiting")

    def __init__(self, port: DatagramPort) -> None:
        self.port = port
        self.address = port.local[0]
        self.waiting: list[Datagram] = []
        self.marked: dict[int, list[Datagram]] = {}
        """Those with a DSCP, by it."""


Framed = tuple[int, int, int]
"""A network behind a phone: octets of an address, bits of it that do not count, and the others."""


class Action(IntEnum):
    """What becomes of a packet."""

    DROP = 0
    TO_N6 = 1
    TO_TUNNEL = 2
    BUFFER = 3


class Rule:
    """One PDR with all it refers to."""

    __slots__ = (
        "action",
        "buckets",
        "closed",
        "encapsulate",
        "far_id",
        "filters",
        "free",
        "gate_open",
        "guaranteed",
        "marking",
        "meters",
        "notify",
        "pdr_id",
        "peer",
        "precedence",
        "qfi",
        "qfi_matched",
        "queue",
    )

    def __init__(self, pdr: Pdr, far: Far) -> None:
        self.pdr_id = pdr.pdr_id
        self.precedence = pdr.precedence
        self.far_id = far.far_id
        self.filters: tuple[ip.IpFilter, ...] = ()
        self.qfi_matched: int | None = None
        self.qfi: int | None = None
        self.gate_open = True
        self.buckets: tuple[Bucket, ...] = ()
        self.guaranteed = False
        """A guaranteed rate: where flows wait, this one comes first."""
        self.queue: Queue | None = None
        """What waits for its rates, where something does."""
        self.meters: tuple[Meter | Activity, ...] = ()
        self.marking = far.marking
        self.action = Action.DROP
        self.notify = bool(int(far.action) & NOCP)
        self.closed = True
        """Nothing passes."""
        self.free = False
        """Forwards, and neither gate, rate nor meter has a word in it."""
        self.encapsulate: Callable[[bytes], bytes] = bytes
        self.peer: Address = ("", 0)

    @property
    def unconditional(self) -> bool:
        """Does it match whatever comes?"""
        return not self.filters and self.qfi_matched is None


class Rules:
    """The rules of one direction, or of one tunnel, in order of precedence."""

    __slots__ = ("only", "ordered", "uplink")

    def __init__(self, rules: Sequence[Rule], *, uplink: bool) -> None:
        self.ordered = tuple(sorted(rules, key=lambda rule: rule.precedence))
        self.uplink = uplink
        first = self.ordered[0] if self.ordered else None
        self.only = first if first is not None and first.unconditional else None
        """The rule that takes everything, where the first one does."""

    def find(self, packet: bytes, qfi: int) -> Rule | None:
        """The first that matches (TS 29.244 5.2.1)."""
        flow: ip.Flow | None = None
        for rule in self.ordered:
            if rule.qfi_matched is not None and rule.qfi_matched != qfi:
                continue
            if not rule.filters:
                return rule
            flow = flow or ip.flow(packet)
            if flow and any(one.matches(flow, uplink=self.uplink) for one in rule.filters):
                return rule
        return None


class Tunnel:
    """An uplink TEID: whose it is, and by which rules."""

    __slots__ = ("rules", "session", "source_checked")

    def __init__(self, session: SessionState, rules: Rules) -> None:
        self.session = session
        self.rules = rules
        # A forwarding tunnel (handover) brings packets for the phone, not from it.
        self.source_checked = any(rule.action != Action.TO_TUNNEL for rule in rules.ordered)


ASLEEP: Final = Rules((), uplink=False)
"""What a session that sleeps has in place of its rules."""


class SessionState:
    """A session as installed, and what lives on when it is installed again."""

    __slots__ = (
        "activity",
        "advertise",
        "buckets",
        "buffer",
        "downlink",
        "framed",
        "ipv4",
        "meters",
        "n3",
        "n6",
        "notified",
        "prefix",
        "session",
    )

    def __init__(self, session: Session, n6: N6, n3: N3) -> None:
        self.session = session
        self.n6 = n6
        self.n3 = n3
        self.ipv4 = NO_ADDRESS
        self.prefix = NO_PREFIX
        self.downlink = ASLEEP
        self.buckets: tuple[Bucket, ...] = ()
        self.meters: tuple[Meter, ...] = ()
        self.activity: Activity | None = None
        self.framed: tuple[Framed, ...] = ()
        self.buffer: deque[bytes] | None = None
        self.notified: tuple[int, ...] = ()
        """FARs whose first waiting packet was told of."""
        self.advertise: bytes | None = None
        """Who asked for a router advertisement that could not be sent yet."""

    @property
    def seid(self) -> int:
        """The CP's name of it."""
        return self.session.seid

    def find(self, rules: Rules, packet: bytes, qfi: int) -> Rule | None:
        """The rule for a packet; filters look at what an Ethernet frame carries."""
        return rules.find(packet if self.n6.switch is None else packet[HEADER:], qfi)

    @property
    def awake(self) -> bool:
        """Are its rules ready?"""
        return self.downlink is not ASLEEP

    @property
    def keys(self) -> tuple[bytes, ...]:
        """What downlink packets find it by."""
        return tuple(key for key in (self.ipv4, self.prefix) if key not in (NO_ADDRESS, NO_PREFIX))

    def is_behind(self, address: bytes) -> bool:
        """Is an address of a network behind the phone?"""
        number, size = int.from_bytes(address, "big"), len(address)
        return any(size == length and number >> shift == network for length, shift, network in self.framed)

    def rest(self) -> None:
        """Let go of the rules; buckets, meters and what waits stay."""
        self.downlink = ASLEEP

    def take_over(self, before: SessionState) -> None:
        """What was measured, kept, told and asked under the rules before."""
        self.buckets, self.meters, self.buffer = before.buckets, before.meters, before.buffer
        self.notified, self.advertise = before.notified, before.advertise
        self.activity = before.activity

    def usage(self) -> tuple[Usage, ...]:
        """What its URRs measured since the last report; they begin anew."""
        measured = {meter.urr.urr_id: meter.take(Trigger.TERMINATION) for meter in self.meters}
        return tuple(
            measured.get(urr.urr_id) or Usage(urr.urr_id, 0, 0, trigger=Trigger.TERMINATION)
            for urr in self.session.urrs
        )

    def measure(self) -> list[Usage]:
        """Give every URR its meter; the last usage of those whose URR has gone. A URR that is given again
        brings new quotas, though it be equal."""
        before = {meter.urr.urr_id: meter for meter in self.meters}
        meters = []
        for urr in self.session.urrs:
            meter = before.pop(urr.urr_id, None)
            if meter is None:
                meter = Meter(urr)
            elif meter.urr is not urr:
                meter.rule(urr)
            meters.append(meter)
        self.meters = tuple(meters)
        return [meter.take(Trigger.TERMINATION) for meter in before.values()]


def place(session: Session, n6s: Mapping[str, N6], n3s: Sequence[N3]) -> SessionState:
    """The session asleep: which ports are its own, and by which addresses it is found. Raises N4Error."""
    n6 = n6s.get(session.dnn)
    if n6 is None:
        raise refused(f"no N6 interface serves DNN {session.dnn!r}: this UPF has {', '.join(n6s) or 'none'}")
    state = SessionState(session, n6, n3s[0] if len(n3s) == 1 else _port_of(session, n3s))
    known: UeAddress | None = None
    for pdr in session.pdrs:
        address = pdr.ue_address
        if address is not None and address is not known:
            _set_addresses(state, address)
            known = address
        if pdr.framed_routes:
            state.framed = tuple(dict.fromkeys((*state.framed, *map(_framed, pdr.framed_routes))))
        if pdr.ethernet is not (n6.switch is not None):
            kind = "Ethernet frames" if n6.switch is not None else "IP packets"
            raise refused(f"PDR {pdr.pdr_id}: data network {session.dnn!r} carries {kind}")
    return state


def _framed(network: str) -> Framed:
    try:
        parsed = ipaddress.ip_network(network)
    except ValueError as error:
        raise refused(f"framed route: {error}") from error
    shift = parsed.max_prefixlen - parsed.prefixlen
    return parsed.max_prefixlen // 8, shift, int(parsed.network_address) >> shift


def teids_of(session: Session) -> list[int]:
    """The TEIDs by which uplink packets find it."""
    teids = [
        pdr.local_fteid.teid
        for pdr in session.pdrs
        if pdr.source == SourceInterface.ACCESS and pdr.local_fteid is not None
    ]
    return teids if len(teids) < 2 else list(dict.fromkeys(teids))


def from_phone(session: Session, teid: int) -> bool:
    """Does this tunnel bring packets of the phone? A forwarding tunnel (handover) brings some for it."""
    into_tunnels = {far.far_id for far in session.fars if far.outer_header is not None}
    return any(
        pdr.local_fteid is not None and pdr.local_fteid.teid == teid and pdr.far_id not in into_tunnels
        for pdr in session.pdrs
    )


def forwarded_to(session: Session, teid: int) -> set[OuterHeader]:
    """Where a forwarding tunnel leads to; nowhere for one of the phone's own."""
    fars = {far.far_id: far for far in session.fars}
    into = (fars[pdr.far_id].outer_header for pdr in session.pdrs if _comes_by(pdr, teid))
    return {outer for outer in into if outer is not None}


def _comes_by(pdr: Pdr, teid: int) -> bool:
    return pdr.local_fteid is not None and pdr.local_fteid.teid == teid


def _port_of(session: Session, n3s: Sequence[N3]) -> N3:
    addresses = {pdr.local_fteid.address for pdr in session.pdrs if pdr.local_fteid is not None}
    return next((n3 for n3 in n3s if n3.address in addresses), n3s[0])


def _set_addresses(state: SessionState, address: UeAddress) -> None:
    try:
        if address.ipv4 is not None:
            state.ipv4 = inet_pton(AF_INET, address.ipv4)
        if address.ipv6_prefix is not None:
            prefix, _, length = address.ipv6_prefix.partition("/")
            if length not in ("", "64"):
                raise ValueError(f"{address.ipv6_prefix} is no IPv6 /64")
            state.prefix = inet_pton(AF_INET6, prefix)[:8]
    except (OSError, ValueError) as error:
        raise refused(f"UE address {address.ipv4}, {address.ipv6_prefix}: {error}") from error


def prepare(state: SessionState) -> dict[int, Tunnel]:
    """Make the rules of a checked session ready: its uplink tunnels by TEID, its downlink in place."""
    _limit(state)
    state.measure()
    fars = {far.far_id: far for far in state.session.fars}
    uplink: dict[int, list[Rule]] = {}
    downlink: list[Rule] = []
    for pdr in state.session.pdrs:
        if pdr.source == SourceInterface.CORE:
            downlink.append(_compile(state, pdr, fars[pdr.far_id], uplink=False))
        elif pdr.local_fteid is not None:
            rule = _compile(state, pdr, fars[pdr.far_id], uplink=True)
            uplink.setdefault(pdr.local_fteid.teid, []).append(rule)
    state.downlink = Rules(downlink, uplink=False)
    return {teid: Tunnel(state, Rules(rules, uplink=True)) for teid, rules in uplink.items()}


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


def _information(qfi: int | None) -> DlPduSessionInformation | None:
    return None if qfi is None else DlPduSessionInformation(qfi)


def _compile(state: SessionState, pdr: Pdr, far: Far, *, uplink: bool) -> Rule:
    rule = Rule(pdr, far)
    rule.filters = filters(pdr) if pdr.sdf_filters else ()
    rule.qfi_matched = pdr.qfi if uplink else None
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
    rule.encapsulate = Encapsulation(outer.teid, _information(rule.qfi))
    rule.action = Action.TO_TUNNEL
    rule.peer = (outer.address, outer.port)
