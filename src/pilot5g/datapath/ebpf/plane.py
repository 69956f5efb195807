"""The user plane in the kernel, and beside it the one in this process for all that the kernel leaves.

Every session is installed in both. The programs forward what they know by heart (`plan`); what they pass on
comes up by the kernel's own ways, uplink at the GTP-U socket and downlink at the TUN of the data network, and
the userspace plane does with it what it does with everything where there is no eBPF: buffers for idle phones,
answers echoes and solicitations, tells of unknown tunnels. One behaviour, two speeds.

Closing leaves the programs forwarding. A later process finds tables and programs by their pins, installs the
sessions it knows over those that are there, and sweeps away the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from pilot5g.datapath.ebpf.plan import Plan, plan
from pilot5g.datapath.ebpf.queues import Queues
from pilot5g.datapath.ebpf.records import Count, Flag
from pilot5g.datapath.ebpf.release import Loop, Passage
from pilot5g.datapath.ebpf.tables import Full, Tables
from pilot5g.flow.link import PacketPort
from pilot5g.service.datapath import Counters, Datapath, DatapathReports
from pilot5g.service.n4 import Cause, N4Error, Session, Usage


class CountedPort:
    """A PacketPort that says when packets come, and when they have been dealt with."""

    def __init__(self, port: PacketPort) -> None:
        self._port = port
        self.passage: Passage | None = None

    @property
    def name(self) -> str:
        return self._port.name

    def on_packets(self, receive: Callable[[list[bytes]], None]) -> None:
        def counted(packets: list[bytes]) -> None:
            passage = self.passage
            if passage is None:
                receive(packets)
                return
            passage.arrived(packets)
            receive(packets)
            passage.forwarded()

        self._port.on_packets(counted)

    def send(self, packet: bytes) -> None:
        self._port.send(packet)

    def send_many(self, packets: Iterable[bytes]) -> None:
        self._port.send_many(packets)

    def close(self) -> None:
        self._port.close()


class _Installed:
    """A session as the programs have it."""

    __slots__ = ("keys", "plan", "slot")

    def __init__(self, slot: int, made: Plan) -> None:
        self.slot = slot
        self.plan = made
        record = made.record
        ipv4 = (record.ipv4,) if record.flags & Flag.HAS_IPV4 else ()
        self.keys = ipv4 + ((record.prefix,) if record.flags & Flag.HAS_IPV6 else ())


class EbpfDatapath:
    """service.datapath.Datapath: programs in the kernel over `tables`, `slow` for what they leave."""

    def __init__(
        self,
        tables: Tables,
        slow: Datapath,
        ports: Iterable[CountedPort],
        loop: Loop,
        *,
        mtu: Mapping[str, int],
        queues: Queues,
    ) -> None:
        """`slow` has `ports` as its N6; `mtu` is the longest downlink packet by DNN; `queues` are made for
        sessions that go over their rate."""
        self._tables = tables
        self._slow = slow
        self._passage = Passage(tables, loop)
        for port in ports:
            port.passage = self._passage
        self._mtu = mtu
        self._queues = queues
        self._sessions: dict[int, _Installed] = {}
        self._at: dict[int, _Installed] = {}
        """By index in the tables."""
        queues.rates = self._rates
        self._loop = loop
        loop.add_reader(queues.descriptor, queues.answer)

    def attach(self, reports: DatapathReports) -> None:
        """See service.datapath.Datapath.attach."""
        self._slow.attach(reports)

    def close(self) -> None:
        """Stop controlling; the programs go on."""
        self._slow.close()
        self._passage.close()
        self._loop.remove_reader(self._queues.descriptor)
        self._queues.close()
        self._tables.close()

    @property
    def counters(self) -> Counters:
        """What both did."""
        total, counts = self._slow.counters, self._tables.counts()
        return Counters(
            **{name: getattr(total, name) for name in Counters.__struct_fields__ if name not in _KERNEL},
            **{name: getattr(total, name) + counts[count] for name, count in _KERNEL.items()},
        )

    def install(
        self, session: Session, end_markers: tuple[int, ...] = (), reinstalled: tuple[int, ...] = ()
    ) -> None:
        """See service.datapath.Datapath.install."""
        before = self._sessions.get(session.seid)
        if before is not None:  # nothing may overtake what the change sends: an end marker, a buffer
            self._tables.set_flags(before.slot, before.plan.record.flags & ~Flag.FAST_DOWN)
            self._passage.hold(before.keys, before.slot)
        try:
            self._slow.install(session, end_markers, reinstalled)
            made = plan(session, mtu=self._mtu.get(session.dnn, 1500))
            installed = self._put(before, made)
        except N4Error:
            if before is not None:
                self._open(before)
            raise
        self._sessions[session.seid] = self._at[installed.slot] = installed
        if before is not None:
            self._open(installed)

    def _put(self, before: _Installed | None, made: Plan) -> _Installed:
        """Write the record, of a session that was there without the fast path down."""
        if before is not None and _identity(before.plan) != _identity(made):
            self._drop(before)
            before = None
        if before is None:
            try:
                installed = _Installed(self._tables.take(made.record.teid), made)
            except Full as full:
                raise N4Error(Cause.NO_RESOURCES_AVAILABLE, str(full)) from full
            self._tables.write(installed.slot, made.record)
            if not made.record.flags & Flag.FAST_DOWN:
                self._passage.hold(installed.keys, installed.slot)
            return installed
        self._tables.write(before.slot, made.closed())
        self._queues.change(before.slot, made.rates)
        return _Installed(before.slot, made)

    def _open(self, installed: _Installed) -> None:
        """Give a session back the flags of its plan, the fast path down in its turn."""
        flags = installed.plan.record.flags
        if flags & Flag.FAST_DOWN and installed.keys:
            self._passage.release(installed.keys, flags)
        else:
            self._tables.set_flags(installed.slot, flags)

    def remove(self, seid: int) -> tuple[Usage, ...]:
        """See service.datapath.Datapath.remove."""
        installed = self._sessions.pop(seid, None)
        if installed is not None:
            self._drop(installed)
        return self._slow.remove(seid)

    def _drop(self, installed: _Installed) -> None:
        self._passage.forget(installed.keys)
        self._queues.forget(installed.slot)
        self._tables.clear(installed.slot, installed.plan.record)
        del self._at[installed.slot]

    def _rates(self, slot: int) -> tuple[int, int]:
        installed = self._at.get(slot)
        return (0, 0) if installed is None else installed.plan.rates

    def sweep(self) -> int:
        """Forget what a process before left and nobody has installed again; how many sessions."""
        return self._tables.sweep()


def _identity(made: Plan) -> tuple[int, bytes, bytes]:
    return made.record.teid, made.record.ipv4, made.record.prefix


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
    "malformed": Count.MALFORMED,
    "shaped": Count.SHAPED,
}
"""Where a counter of service.datapath is counted by the programs as well."""
