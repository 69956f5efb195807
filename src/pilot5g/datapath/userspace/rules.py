"""N4 rules made ready: everything a packet needs to be decided, found once when a session is installed.

A PDR with its FAR, QERs and URRs becomes one `Rule`. Buckets, meters and buffered packets are not rules:
they go from one installation of a session to the next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum

from pilot5g.datapath.userspace.rate import NO_THRESHOLD, Bucket, Meter
from pilot5g.flow.link import Address, Datagram, DatagramPort, PacketPort
from pilot5g.service.n4 import ApplyAction, Cause, Far, N4Error, Pdr, Session, SourceInterface, UeAddress
from pilot5g.wire import ip
from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.gtpu import DlPduSessionInformation, Encapsulation

NO_ADDRESS = b"none:"
NO_PREFIX = b"no prefix"
"""One octet longer than what is cut out of a packet to compare with, so nothing equals them."""


class N6:
    """The data network side of one DNN: its port, who is reached over it, and what waits to be sent."""

    __slots__ = ("phones", "port", "waiting")

    def __init__(self, port: PacketPort) -> None:
        self.port = port
        self.phones: dict[bytes, SessionState] = {}
        """By IPv4 address (4 octets) and IPv6 prefix (8)."""
        self.waiting: list[bytes] = []


class N3:
    """One GTP-U port and what waits to be sent."""

    __slots__ = ("address", "port", "waiting")

    def __init__(self, port: DatagramPort) -> None:
        self.port = port
        self.address = port.local[0]
        self.waiting: list[Datagram] = []


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
        "encapsulate",
        "far_id",
        "filters",
        "free",
        "gate_open",
        "meters",
        "notify",
        "pdr_id",
        "peer",
        "precedence",
        "qfi",
        "qfi_matched",
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
        self.meters: tuple[Meter, ...] = ()
        self.action = Action.DROP
        self.notify = bool(far.action & ApplyAction.NOCP)
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


class SessionState:
    """A session as installed, and what lives on when it is installed again."""

    __slots__ = (
        "advertise",
        "buckets",
        "buffer",
        "downlink",
        "ipv4",
        "meters",
        "n3",
        "n6",
        "notified",
        "prefix",
        "seid",
        "session",
        "tunnels",
    )

    def __init__(self, session: Session, n6: N6, n3: N3) -> None:
        self.session = session
        self.seid = session.seid
        self.n6 = n6
        self.n3 = n3
        self.ipv4 = NO_ADDRESS
        self.prefix = NO_PREFIX
        self.tunnels: dict[int, Tunnel] = {}
        self.downlink = Rules((), uplink=False)
        self.buckets: dict[tuple[int, bool], Bucket] = {}
        self.meters: dict[int, Meter] = {}
        self.buffer: deque[bytes] = deque()
        self.notified: set[int] = set()
        self.advertise: bytes | None = None
        """Who asked for a router advertisement that could not be sent yet."""

    @property
    def keys(self) -> tuple[bytes, ...]:
        """What downlink packets find it by."""
        return tuple(key for key in (self.ipv4, self.prefix) if key not in (NO_ADDRESS, NO_PREFIX))


def compile_session(
    session: Session, n6s: Mapping[str, N6], n3s: Sequence[N3], before: SessionState | None
) -> SessionState:
    """The session made ready, with the buckets and meters of its installation `before`. Raises N4Error."""
    n6 = n6s.get(session.dnn)
    if n6 is None:
        raise _refused(f"no N6 interface serves DNN {session.dnn!r}: this UPF has {', '.join(n6s) or 'none'}")
    state = SessionState(session, n6, _port_of(session, n3s))
    for pdr in session.pdrs:
        if pdr.ue_address is not None:
            _set_addresses(state, pdr.ue_address)
    _carry_over(state, before)
    _compile_rules(state)
    return state


def _refused(why: str) -> N4Error:
    return N4Error(Cause.RULE_CREATION_FAILURE, why)


def _port_of(session: Session, n3s: Sequence[N3]) -> N3:
    addresses = {pdr.local_fteid.address for pdr in session.pdrs if pdr.local_fteid is not None}
    return next((n3 for n3 in n3s if n3.address in addresses), n3s[0])


def _set_addresses(state: SessionState, address: UeAddress) -> None:
    try:
        if address.ipv4 is not None:
            state.ipv4 = ip.pack(address.ipv4)
        if address.ipv6_prefix is not None:
            prefix, _, length = address.ipv6_prefix.partition("/")
            state.prefix = ip.pack(prefix)[:8]
            if length not in ("", "64") or len(state.prefix) != 8:
                raise ValueError(f"{address.ipv6_prefix} is no IPv6 /64")
    except ValueError as error:
        raise _refused(f"UE address: {error}") from error


def _carry_over(state: SessionState, before: SessionState | None) -> None:
    old_meters = before.meters if before is not None else {}
    for urr in state.session.urrs:
        meter = old_meters.get(urr.urr_id) or Meter(urr.urr_id)
        state.meters[urr.urr_id] = meter
    old_buckets = before.buckets if before is not None else {}
    for qer in state.session.qers:
        for uplink in (True, False):
            rate = 0 if qer.mbr is None else qer.mbr.uplink if uplink else qer.mbr.downlink
            if rate > 0:
                old = old_buckets.get((qer.qer_id, uplink))
                same = old is not None and old.rate == rate
                state.buckets[qer.qer_id, uplink] = old if old is not None and same else Bucket(rate)


def _compile_rules(state: SessionState) -> None:
    fars = {far.far_id: far for far in state.session.fars}
    uplink: dict[int, list[Rule]] = {}
    downlink: list[Rule] = []
    for pdr in state.session.pdrs:
        far = fars.get(pdr.far_id)
        if far is None:
            raise _refused(f"PDR {pdr.pdr_id} refers to FAR {pdr.far_id}, which is not there")
        if pdr.source == SourceInterface.CORE:
            downlink.append(_compile(state, pdr, far, uplink=False))
        elif pdr.source == SourceInterface.ACCESS and pdr.local_fteid is not None:
            uplink.setdefault(pdr.local_fteid.teid, []).append(_compile(state, pdr, far, uplink=True))
        else:
            raise _refused(f"PDR {pdr.pdr_id} is neither from core nor from access with a local F-TEID")
    state.downlink = Rules(downlink, uplink=False)
    for teid, rules in uplink.items():
        state.tunnels[teid] = Tunnel(state, Rules(rules, uplink=True))


def _compile(state: SessionState, pdr: Pdr, far: Far, *, uplink: bool) -> Rule:
    rule = Rule(pdr, far)
    try:
        rule.filters = tuple(ip.parse_filter(text) for text in pdr.sdf_filters)
    except DecodeError as error:
        raise _refused(f"PDR {pdr.pdr_id}: {error}") from error
    rule.qfi_matched = pdr.qfi if uplink else None
    _enforce(state, rule, pdr, uplink=uplink)
    try:
        rule.meters = tuple(state.meters[urr_id] for urr_id in pdr.urr_ids)
    except KeyError as error:
        raise _refused(f"PDR {pdr.pdr_id} refers to URR {error}, which is not there") from error
    _act(rule, far)
    forwards = rule.action in (Action.TO_N6, Action.TO_TUNNEL)
    rule.free = forwards and rule.gate_open and not rule.buckets and not rule.meters
    return rule


def _enforce(state: SessionState, rule: Rule, pdr: Pdr, *, uplink: bool) -> None:
    """Gate, rates and QFI of the rule's QERs; the PDR's own QFI serves where no QER marks."""
    qers = {qer.qer_id: qer for qer in state.session.qers}
    rule.qfi = pdr.qfi
    for qer_id in reversed(pdr.qer_ids):
        qer = qers.get(qer_id)
        if qer is None:
            raise _refused(f"PDR {pdr.pdr_id} refers to QER {qer_id}, which is not there")
        rule.gate_open = rule.gate_open and qer.gate_open
        rule.qfi = rule.qfi if qer.qfi is None else qer.qfi
    buckets = (state.buckets.get((qer_id, uplink)) for qer_id in pdr.qer_ids)
    rule.buckets = tuple(bucket for bucket in buckets if bucket is not None)


def _act(rule: Rule, far: Far) -> None:
    if far.action & ApplyAction.BUFF:
        rule.action = Action.BUFFER
    elif far.action & ApplyAction.FORW:
        _forward(rule, far)


def _forward(rule: Rule, far: Far) -> None:
    if far.destination == SourceInterface.CORE and far.outer_header is None:
        rule.action = Action.TO_N6
        return
    outer = far.outer_header
    if outer is None:
        raise _refused(f"FAR {far.far_id} forwards, and says neither core nor into which tunnel")
    try:
        information = None if rule.qfi is None else DlPduSessionInformation(rule.qfi)
        rule.encapsulate = Encapsulation(outer.teid, information)
        ip.pack(outer.address)
    except (EncodeError, ValueError) as error:
        raise _refused(f"FAR {far.far_id}: {error}") from error
    rule.action = Action.TO_TUNNEL
    rule.peer = (outer.address, outer.port)


def set_thresholds(state: SessionState) -> None:
    """Give the meters their thresholds: only once the session is installed for good."""
    for urr in state.session.urrs:
        state.meters[urr.urr_id].threshold = NO_THRESHOLD if urr.threshold is None else urr.threshold
