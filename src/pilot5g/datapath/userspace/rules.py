"""N4 rules made ready: everything a packet needs to be decided, found once by the first that comes.

A PDR with its FAR, QERs and URRs becomes one `Rule`. Buckets, meters and buffered packets are not rules:
they go from one installation of a session to the next. What cannot be made ready is refused before, when the
session is installed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from enum import IntEnum
from typing import Final

from pilot5g.datapath.userspace.checks import NOCP, FrameFilter
from pilot5g.datapath.userspace.ethernet import Switch
from pilot5g.datapath.userspace.rate import Bucket, Queue
from pilot5g.datapath.userspace.usage import Activity, Meter
from pilot5g.flow.link import Address, Datagram, DatagramPort, PacketPort
from pilot5g.service.n4 import Far, Pdr, Session, Trigger, Usage
from pilot5g.wire import ethernet, ip

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
        "frames",
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
        self.frames: tuple[FrameFilter, ...] = ()
        """Of which one has to fit an Ethernet frame, where there are any."""
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
        return not self.filters and not self.frames and self.qfi_matched is None


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

    def find_of_frame(self, frame: bytes, qfi: int) -> Rule | None:
        """The same for an Ethernet frame: IP filters look at the packet that it carries."""
        head = ethernet.parse(frame)
        if head is None:
            return None
        flow = ip.flow(frame[head.at :]) if head.carries_ip else None
        for rule in self.ordered:
            if rule.qfi_matched is not None and rule.qfi_matched != qfi:
                continue
            if rule.frames and not any(one.matches(head, flow, uplink=self.uplink) for one in rule.frames):
                continue
            if not rule.filters or (
                flow and any(one.matches(flow, uplink=self.uplink) for one in rule.filters)
            ):
                return rule
        return None


class Tunnel:
    """A TEID by which packets come: whose it is, and by which rules."""

    __slots__ = ("downward", "rules", "session", "source_checked", "teid")

    def __init__(self, session: SessionState, teid: int, rules: Rules, *, source_checked: bool) -> None:
        """`source_checked`: a forwarding tunnel (handover) brings packets for the phone, not from it."""
        self.session = session
        self.teid = teid
        self.rules = rules
        self.downward = not rules.uplink
        """It brings packets from another UPF."""
        self.source_checked = source_checked


ASLEEP: Final = Rules((), uplink=False)
"""What a session that sleeps has in place of its rules."""


class SessionState:
    """A session as installed, and what lives on when it is installed again."""

    __slots__ = (
        "activity",
        "advertise",
        "behind_anchor",
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
        "relayed",
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
        self.behind_anchor = False
        """All that comes for the phone comes out of tunnels from another UPF: N6 does not know it."""
        self.relayed: list[tuple[int, int, bytes]] | None = None
        """The same of what came by tunnels from another UPF: TEID, QFI and packet."""
        self.notified: tuple[int, ...] = ()
        """FARs whose first waiting packet was told of."""
        self.advertise: bytes | None = None
        """Who asked for a router advertisement that could not be sent yet."""

    @property
    def seid(self) -> int:
        """The CP's name of it."""
        return self.session.seid

    def find(self, rules: Rules, packet: bytes, qfi: int) -> Rule | None:
        """The rule for a packet, or a frame."""
        return rules.find(packet, qfi) if self.n6.switch is None else rules.find_of_frame(packet, qfi)

    @property
    def awake(self) -> bool:
        """Are its rules ready?"""
        return self.downlink is not ASLEEP

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The phone's own addresses, as what is cut out of a packet is compared with them."""
        if self.prefix is NO_PREFIX:
            return () if self.ipv4 is NO_ADDRESS else (self.ipv4,)
        return (self.prefix,) if self.ipv4 is NO_ADDRESS else (self.ipv4, self.prefix)

    @property
    def found_by(self) -> tuple[bytes, ...]:
        """What packets from N6 find it by."""
        return () if self.behind_anchor else self.keys

    def is_behind(self, address: bytes) -> bool:
        """Is an address of a network behind the phone?"""
        number, size = int.from_bytes(address, "big"), len(address)
        return any(size == length and number >> shift == network for length, shift, network in self.framed)

    def is_for(self, packet: bytes) -> bool:
        """Is a packet for the phone, as far as its address is known here?"""
        if not self.keys:
            return True
        key = packet[16:20] if packet[:1] < b"\x60" else packet[24:32]
        return key in self.keys or bool(self.framed and self.is_behind(ip.destination(packet)))

    @property
    def kept(self) -> int:
        """Packets that wait for the phone."""
        return len(self.buffer or ()) + len(self.relayed or ())

    def keep(self, packet: bytes, tunnel: tuple[int, int] | None) -> None:
        """One more."""
        if tunnel is not None:
            self.relayed = self.relayed or []
            self.relayed.append((*tunnel, packet))
        elif self.buffer is None:
            self.buffer = deque((packet,))
        else:
            self.buffer.append(packet)

    def relayed_on(self, tunnels: Mapping[int, Tunnel]) -> list[tuple[int | None, int, bytes]]:
        """What came by tunnels that now lead to the phone; it waits no longer."""
        open_ = {
            teid
            for teid in {each[0] for each in self.relayed or ()}
            if teid not in tunnels
            or any(rule.action is not Action.BUFFER for rule in tunnels[teid].rules.ordered)
        }
        if not open_:
            return []
        relayed = self.relayed or []
        self.relayed = [each for each in relayed if each[0] not in open_] or None
        return [each for each in relayed if each[0] in open_]

    def rest(self) -> None:
        """Let go of the rules; buckets, meters and what waits stay."""
        self.downlink = ASLEEP

    def take_over(self, before: SessionState) -> None:
        """What was measured, kept, told and asked under the rules before."""
        self.buckets, self.meters = before.buckets, before.meters
        self.buffer, self.relayed = before.buffer, before.relayed
        self.notified, self.advertise = before.notified, before.advertise
        self.activity = before.activity

    def usage(self) -> tuple[Usage, ...]:
        """What its URRs measured since the last report; they begin anew."""
        measured = {meter.urr.urr_id: meter.take(Trigger.TERMINATION) for meter in self.meters}
        return tuple(
            measured.get(urr.urr_id) or Usage(urr.urr_id, 0, 0, trigger=Trigger.TERMINATION)
            for urr in self.session.urrs
        )

    def query(self, urr_ids: Collection[int]) -> tuple[Usage, ...]:
        """What some of its URRs measured since the last report; they begin anew."""
        if not self.meters:
            self.measure()
        return tuple(m.take(Trigger.IMMEDIATE) for m in self.meters if m.urr.urr_id in urr_ids)

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
