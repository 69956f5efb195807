"""The user plane in the kernel, and beside it the one in this process for all that the kernel leaves.

Every session is installed in both. The programs forward what they know by heart (`plan`); what they pass on
comes up by the kernel's own ways, uplink at the GTP-U socket and downlink at the TUN of the data network, and
the userspace plane does with it what it does with everything where there is no eBPF: buffers for idle phones,
answers echoes and solicitations, tells of unknown tunnels. One behaviour, two speeds.

Closing leaves the programs forwarding. A later process finds tables and programs by their pins, installs the
sessions it knows over those that are there, and sweeps away the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from typing import Protocol

import msgspec

from pilot5g.datapath.ebpf.alike import Plans
from pilot5g.datapath.ebpf.kept import Keeper, Kept
from pilot5g.datapath.ebpf.limits import Lender, Limits
from pilot5g.datapath.ebpf.plan import Plan, is_relayed, main_teid, plan
from pilot5g.datapath.ebpf.queues import Queues
from pilot5g.datapath.ebpf.records import BETWEEN_PHONES, Count, Flag
from pilot5g.datapath.ebpf.release import Key, Loop, Passage
from pilot5g.datapath.ebpf.stations import Stations
from pilot5g.datapath.ebpf.tables import Tables
from pilot5g.flow.link import PacketPort
from pilot5g.service.datapath import Counters, Datapath, DatapathReports
from pilot5g.service.n4 import N4Error, Session, Usage

DEFAULT_MTU = 1500
_NO_FRAMES: Mapping[str, Frames] = {}
LOOK = 0.5
"""Seconds between two looks at the counters of sessions of which there may be something to say."""


class CountedPort:
    """A PacketPort that says when packets come, and when they have been dealt with."""

    def __init__(self, port: PacketPort) -> None:
        self._port = port
        self.passage: Passage | None = None
        self.key_of: Callable[[bytes], Key | None] | None = None
        """Which session a frame is for, where frames come."""

    @property
    def name(self) -> str:
        return self._port.name

    def on_packets(self, receive: Callable[[list[bytes]], None]) -> None:
        def counted(packets: list[bytes]) -> None:
            passage = self.passage
            if passage is None:
                receive(packets)
                return
            if self.key_of is None:
                passage.arrived(packets)
            else:
                for key in map(self.key_of, packets):
                    if key is not None:
                        passage.came(key)
            receive(packets)
            passage.forwarded()

        self._port.on_packets(counted)

    def send(self, packet: bytes) -> None:
        self._port.send(packet)

    def send_many(self, packets: Iterable[bytes]) -> None:
        self._port.send_many(packets)

    def close(self) -> None:
        self._port.close()


class Meters(Lender, Protocol):
    """What measures for both."""

    def measured(
        self, seid: int, pdr_id: int, packets: int, octets: int, now: float, *, uplink: bool
    ) -> None:
        """Count what the kernel forwarded by a rule, the last packet at that time."""
        ...

    def tell(self, reports: DatapathReports | None) -> None:
        """Tell what there is to tell of that."""
        ...


class Slow(Datapath, Protocol):
    """The data path that takes what the kernel leaves."""

    @property
    def meters(self) -> Meters: ...

    def watch_stations(self, dnn: str, onlooker: Stations) -> None:
        """Say who hears of the stations of a data network of Ethernet."""
        ...


class Frames(msgspec.Struct, frozen=True):
    """A data network of Ethernet: its port, and its stations as the programs know them."""

    port: CountedPort
    stations: Stations


class EbpfDatapath:
    """service.datapath.Datapath: programs in the kernel over `tables`, `slow` for what they leave."""

    def __init__(
        self,
        tables: Tables,
        slow: Slow,
        ports: Iterable[CountedPort],
        loop: Loop,
        *,
        mtu: Mapping[str, int],
        queues: Queues,
        aside: Collection[str] = (),
        ue_to_ue: bool | Collection[str] = True,
        frames: Mapping[str, Frames] = _NO_FRAMES,
    ) -> None:
        """`slow` has `ports` as its N6; `mtu` is the longest downlink packet by DNN; `queues` are made for
        sessions that go over their rate; `aside`: data networks whose packets have to pass the kernel's own
        stack, and so are left to `slow`; `ue_to_ue` is the same as that of `slow`; `frames` are
        the data networks of Ethernet."""
        self._tables = tables
        self._slow = slow
        self._reports: DatapathReports | None = None
        self._passage = Passage(tables, loop)
        for port in ports:
            port.passage = self._passage
        self._mtu = mtu
        self._numbers = {
            dnn: i | (BETWEEN_PHONES if ue_to_ue is True or (ue_to_ue and dnn in ue_to_ue) else 0)
            for i, dnn in enumerate(sorted(mtu), 1)
        }
        """Of the data networks, as the programs know them."""
        self._queues = queues
        self._aside_networks = frozenset(aside)
        self._frames = frames
        for dnn, each in frames.items():
            slow.watch_stations(dnn, each.stations)
            each.port.key_of = partial(self._key_of, each.stations)
        self._plans = Plans()
        self._keeper = Keeper(tables, queues)
        self._limits = Limits(tables, slow.meters, loop, self._take)
        self._sessions: dict[int, Kept] = {}
        self._aside: dict[int, frozenset[int]] = {}
        """Tunnels of sessions that the programs leave to user space."""
        self._looked_at: set[int] = set()
        """Sessions of which something is to be said before they end."""
        self._looking = self._closed = False
        self._loop = loop
        loop.add_reader(queues.descriptor, queues.answer)

    def attach(self, reports: DatapathReports) -> None:
        """See service.datapath.Datapath.attach."""
        self._reports = reports
        self._slow.attach(reports)

    def close(self) -> None:
        """Stop controlling; the programs go on."""
        self._closed = True
        self._slow.close()
        self._passage.close()
        self._loop.remove_reader(self._queues.descriptor)
        self._queues.close()
        self._tables.close()

    @property
    def counters(self) -> Counters:
        """What both did."""
        total, counts = self._slow.counters, self._tables.counts()
        both = Counters(
            **{name: getattr(total, name) for name in Counters.__struct_fields__ if name not in _KERNEL},
            **{name: getattr(total, name) + counts[count] for name, count in _KERNEL.items()},
        )
        both.dropped_rate += self._queues.dropped
        return both

    def install(
        self, session: Session, end_markers: tuple[int, ...] = (), reinstalled: tuple[int, ...] = ()
    ) -> tuple[Usage, ...]:
        """See service.datapath.Datapath.install."""
        before = self._sessions.get(session.seid)
        if before is not None:  # nothing may overtake what the change sends: an end marker, a buffer
            self._measure(session.seid)
            self._tables.set_flags(before.slot, before.flags & ~Flag.FAST_DOWN)
            self._passage.hold(before.keys, before.slot)
            self._limits.leave(session.seid)
        try:
            ended = self._slow.install(session, end_markers, reinstalled)
        except N4Error:
            if before is not None:
                self._open(before)
                self._limits.enter(session.seid, before)
            raise
        self._set_aside(session)
        self._put(session.seid, before, self._planned(session))
        kept = self._sessions.get(session.seid)
        if session.dnn in self._frames:
            self._frames[session.dnn].stations.put(session.seid, None if kept is None else kept.slot)
        if session.urrs and kept is not None:
            self._limits.enter(session.seid, kept)
        limited = session.seid in self._limits
        if (
            limited
            or session.inactivity is not None
            or any(urr.threshold is not None for urr in session.urrs)
        ):
            self._looked_at.add(session.seid)
            self._look_later()
        else:
            self._looked_at.discard(session.seid)
        return ended

    def query(self, seid: int, urr_ids: Collection[int]) -> tuple[Usage, ...]:
        """See service.datapath.Datapath.query."""
        self._measure(seid)
        return self._slow.query(seid, urr_ids)

    def _planned(self, session: Session) -> Plan:
        left = session.dnn in self._aside_networks
        mtu, network = self._mtu.get(session.dnn, DEFAULT_MTU), self._numbers.get(session.dnn, 0)
        frames = self._frames.get(session.dnn)
        if frames is not None:
            return plan(session, mtu=mtu, network=network, left=left, tap=frames.stations.device)
        return self._plans.plan(session, mtu=mtu, network=network, left=left)

    def _key_of(self, stations: Stations, frame: bytes) -> Key | None:
        seid = stations.seid_of(frame)
        return None if seid is None else self._sessions[seid].keys[0]

    def _set_aside(self, session: Session) -> None:
        """Tunnels beside the one to N6: to another radio while a phone moves, or from another UPF."""
        pdrs = session.pdrs
        if len(pdrs) == 2 and session.seid not in self._aside and not any(map(is_relayed, pdrs)):
            return
        teids = frozenset(pdr.local_fteid.teid for pdr in pdrs if pdr.local_fteid is not None)
        before, now = self._aside.pop(session.seid, frozenset()), teids - {main_teid(session)}
        for teid in before - now:
            self._tables.forget(teid)
        for teid in now - before:
            self._tables.leave(teid)
        if now:
            self._aside[session.seid] = now

    def _put(self, seid: int, before: Kept | None, made: Plan) -> None:
        if before is not None and before.is_of(made):
            self._keeper.change(before, made)
            self._open(before)
            return
        if before is not None:
            self._drop(before)
        kept = self._keeper.put(made)
        if kept is None:
            self._sessions.pop(seid, None)
            self._tables.leave(made.record.teid)
            self._aside[seid] = self._aside.get(seid, frozenset()) | {made.record.teid}
            return
        self._sessions[seid] = kept
        if not kept.flags & Flag.FAST_DOWN:
            self._passage.hold(kept.keys, kept.slot)

    def _open(self, kept: Kept) -> None:
        """Give a session the flags of its plan, the fast path down in its turn."""
        if kept.flags & Flag.FAST_DOWN and kept.keys:
            self._passage.release(kept.keys, kept.flags)
        else:
            self._tables.set_flags(kept.slot, kept.flags)

    def remove(self, seid: int) -> tuple[Usage, ...]:
        """See service.datapath.Datapath.remove."""
        self._measure(seid)
        self._limits.leave(seid)
        kept = self._sessions.pop(seid, None)
        self._looked_at.discard(seid)
        if kept is not None:
            self._drop(kept)
            for frames in self._frames.values():
                frames.stations.put(seid, None)
        for teid in self._aside.pop(seid, ()):
            self._tables.forget(teid)
        return self._slow.remove(seid)

    def _drop(self, kept: Kept) -> None:
        self._passage.forget(kept.keys)
        self._keeper.drop(kept)

    def _measure(self, seid: int) -> None:
        """Take what the programs counted for a session, and tell what comes of it."""
        self._take(seid, self._limits.last(seid))
        self._slow.meters.tell(self._reports)

    def _take(self, seid: int, at: float | None) -> None:
        """Hand what the programs counted for a session to where it is measured for its URRs."""
        kept = self._sessions.get(seid)
        if kept is None:
            return
        now = self._loop.time() if at is None else at
        for pdr_id, uplink, packets, octets in self._keeper.measured(kept):
            self._slow.meters.measured(seid, pdr_id, packets, octets, now, uplink=uplink)

    def _look_later(self) -> None:
        if self._looked_at and not self._looking and not self._closed:
            self._looking = True
            self._loop.call_later(LOOK, self._look)

    def _look(self) -> None:
        """Thresholds and inactivity: has anything come of what was forwarded?"""
        self._looking = False
        for seid in () if self._closed else tuple(self._looked_at):
            self._measure(seid)
            self._limits.look(seid)
        self._look_later()

    def sweep(self) -> int:
        """Forget what a process before left and nobody has installed again; how many sessions."""
        for frames in self._frames.values():
            frames.stations.sweep()
        return self._tables.sweep()


_KERNEL = {
    "uplink": Count.UPLINK,
    "uplink_octets": Count.UPLINK_OCTETS,
    "downlink": Count.DOWNLINK,
    "downlink_octets": Count.DOWNLINK_OCTETS,
    "dropped_spoofed": Count.SPOOFED,
    "dropped_no_rule": Count.NO_RULE,
    "dropped_by_rule": Count.BY_RULE,
    "dropped_gate": Count.GATE,
    "dropped_rate": Count.RATE,
    "dropped_quota": Count.QUOTA,
    "dropped_ue_to_ue": Count.TO_PHONE,
    "malformed": Count.MALFORMED,
    "dropped_unknown_source": Count.UNKNOWN_SOURCE,
    "shaped": Count.SHAPED,
    "dropped_unknown_teid": Count.UNKNOWN_TEID,
}
"""Where a counter of service.datapath is counted by the programs as well."""
