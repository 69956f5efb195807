"""The loops that move packets, in batches from port to port.

A batch goes through its loop once; what leaves gathers in lists and is sent at the end. What a batch gives
the SMF to hear (data for an idle phone, a volume reached) is told after that, when nothing is half done and
the answer may be a new installation of the very session.

Uplink: TEID -> session, source address checked against the session's own, rule, gate, rates and quotas, N6;
or another phone of the data network, where that is allowed.
Downlink: destination address -> session, rule, gate, rates and quotas, tunnel; or the session's buffer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial

from pilot5g.datapath import too_big
from pilot5g.datapath.mss import LONGEST_SYN, clamp
from pilot5g.datapath.router import of_the_link
from pilot5g.datapath.sources import Sources
from pilot5g.datapath.userspace.agenda import Agenda, Later, by_loop
from pilot5g.datapath.userspace.ethernet import OUTSIDE, Onlooker, Switch
from pilot5g.datapath.userspace.installed import Installed
from pilot5g.datapath.userspace.links import Links
from pilot5g.datapath.userspace.measuring import Measuring, Passed
from pilot5g.datapath.userspace.path import Signalling
from pilot5g.datapath.userspace.place import from_phone
from pilot5g.datapath.userspace.rate import Queue, Shaper, passes
from pilot5g.datapath.userspace.rules import (
    N3,
    N6,
    Action,
    Rule,
    SessionState,
    Tunnel,
)
from pilot5g.flow.link import Address, Datagram, DatagramPort, PacketPort
from pilot5g.service.datapath import Counters, DatapathReports
from pilot5g.service.n4 import FTeid, Session, Usage
from pilot5g.wire import gtpu, ip
from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.ethernet import HEADER, payload_size

DROP, TO_N6, _, BUFFER = Action
QUEUED_OCTETS = 64_000_000
"""What waits for rates in all sessions together."""
NO_MTU = 65_535
_NONE: Mapping[str, int] = {}
AT_ONCE = 64
"""Packets of a buffer that are forwarded before they are sent."""


class UserspaceDatapath:
    """service.datapath.Datapath over N3 datagram ports and one N6 packet port per DNN."""

    def __init__(
        self,
        n3: DatagramPort | Sequence[DatagramPort],
        n6: Mapping[str, PacketPort],
        clock: Callable[[], float],
        *,
        later: Later = by_loop,
        buffer_packets: int | Mapping[str, int] = 128,
        mtu: int | None = None,
        dns: Sequence[str] = (),
        ue_to_ue: bool | Collection[str] = True,
        sources: Collection[str] = (),
        ethernet: Mapping[str, int] = _NONE,
    ) -> None:
        """`clock` and `later` are the loop's `time` and `call_later`; `mtu` is that of the phones' links, and
        goes with `dns` (IPv6 addresses) into router advertisements; what an idle session keeps at most and
        who may reach each other holds for all, or by DNN; `ethernet`: the DNNs that carry frames, and the
        longest payload of one; `sources`: the networks that may send to N3, any where there are none."""
        ports = n3 if isinstance(n3, Sequence) else (n3,)
        self._n3 = tuple(N3(port) for port in ports)
        self._n6 = {
            dnn: N6(port, ethernet.get(dnn, mtu or NO_MTU), Switch() if dnn in ethernet else None)
            for dnn, port in n6.items()
        }
        self._clock = clock
        self._sources = Sources(sources) if sources else None
        self._reports: DatapathReports | None = None
        self._counters = Counters()
        self._passed = Passed()
        self._installed = Installed(self._n6, self._n3)
        self._agenda = Agenda(clock, later, self._finish)
        self._shaper = Shaper(self._agenda, QUEUED_OCTETS)
        self._measuring = Measuring(self._agenda, self._counters, self._installed.get)
        self._signalling = Signalling(self._counters, self._installed, self._lost)
        self._links = Links(self._counters, self._signalling, clock, mtu, dns)
        for side in self._n3:
            side.port.on_datagrams(partial(self._uplink, side))
        most = buffer_packets
        for dnn, network in self._n6.items():
            network.ue_to_ue = ue_to_ue if isinstance(ue_to_ue, bool) else dnn in ue_to_ue
            network.buffer_packets = most if isinstance(most, int) else most[dnn]
            network.port.on_packets(partial(self._downlink, network))

    @property
    def counters(self) -> Counters:
        counters, passed = self._counters, self._passed
        counters.uplink, counters.uplink_octets = passed.uplink, passed.uplink_octets
        counters.downlink, counters.downlink_octets = passed.downlink, passed.downlink_octets
        return counters

    def attach(self, reports: DatapathReports) -> None:
        self._reports = reports

    def close(self) -> None:
        """Stop moving packets and close the ports."""
        self._agenda.clear()
        for side in self._n3:
            side.port.close()
        for network in self._n6.values():
            network.port.close()
        self._installed.clear()

    # Sessions ---------------------------------------------------------------------------------------------

    def install(
        self, session: Session, end_markers: tuple[int, ...] = (), reinstalled: tuple[int, ...] = ()
    ) -> tuple[Usage, ...]:
        """See service.datapath.Datapath.install."""
        before = self._installed.get(session.seid)
        if before is None:
            state = self._installed.enter(session)
            if session.inactivity is not None:
                self._measuring.watch(state, self._clock())
            return ()
        ended = self._replace(before, session, end_markers, reinstalled)
        self._finish()
        return tuple(ended)

    def query(self, seid: int, urr_ids: Collection[int]) -> tuple[Usage, ...]:
        """See service.datapath.Datapath.query; nothing known gives nothing."""
        known = self._installed.get(seid)
        return () if known is None else known.query(urr_ids)

    def remove(self, seid: int) -> tuple[Usage, ...]:
        """See service.datapath.Datapath.remove; nothing known gives nothing."""
        known = self._installed.get(seid)
        if known is None:
            return ()
        self._take_out(known)
        self._installed.remove(seid)
        return known.usage()

    @property
    def meters(self) -> Measuring:
        """What measures, for who else forwards packets of the same sessions."""
        return self._measuring

    def _replace(
        self, before: SessionState, session: Session, end_markers: Sequence[int], again: Sequence[int]
    ) -> list[Usage]:
        """Other rules for a session: end what is left, keep what was told and measured, let go what may."""
        old, port = before.session, before.n3
        measured = session.urrs is old.urrs
        if not measured:
            before.measure()
        queued = self._take_out(before) if before.awake and before.buckets else []
        state = self._installed.replace(before, session)
        if end_markers:
            self._end(old, port, end_markers)
        if state.notified:
            unchanged = {far.far_id for far in session.fars if far in old.fars}.difference(again)
            state.notified = tuple(far_id for far_id in state.notified if far_id in unchanged)
        ended = [] if measured else state.measure()
        if session.inactivity is not None or state.activity is not None:
            self._measuring.watch(state, self._clock())
        if state.advertise is not None or state.kept or queued:
            self._release(state, queued)
        return ended

    def _end(self, old: Session, port: N3, end_markers: Sequence[int]) -> None:
        for far in old.fars:
            if far.outer_header is not None and far.far_id in end_markers:
                outer = far.outer_header
                marker = gtpu.encode(gtpu.EndMarker(outer.teid))
                port.waiting.append((marker, (outer.address, outer.port)))
                self._counters.end_markers_sent += 1

    def _take_out(self, state: SessionState) -> list[tuple[int | None, int, bytes]]:
        """What waits for the session's rates: uplink TEID (None: downlink), QFI and packet."""
        queued: list[tuple[int | None, int, bytes]] = []
        for teid, rule in self._installed.rules(state):
            if rule.queue is not None:
                qfi = -1 if rule.qfi_matched is None else rule.qfi_matched
                queued += [(teid, qfi, packet) for packet in self._shaper.empty(rule.queue)]
        return queued

    def _release(self, state: SessionState, queued: list[tuple[int | None, int, bytes]]) -> None:
        """Let go what waited for a rate or was buffered, in order, by the new rules; answer a router
        solicitation that waits."""
        if state.advertise is not None:
            self._links.advertise(state, state.advertise)
        if not state.kept and not queued:
            return
        self._installed.wake(state)
        queued += state.relayed_on(self._installed.tunnels)
        packets = [packet for teid, _, packet in queued if teid is None]
        if state.buffer and any(rule.action is not BUFFER for rule in state.downlink.ordered):
            packets += state.buffer
            state.buffer = None
        for at in range(0, len(packets), AT_ONCE):  # the first shall not wait for the last
            if state.n6.switch is None:
                self._forward_down(state.n6, packets[at : at + AT_ONCE])
            else:
                self._frames_down(state, packets[at : at + AT_ONCE])
            self._send()
        for teid, qfi, packet in queued:
            tunnel = None if teid is None else self._installed.tunnels.get(teid)
            if tunnel is not None:
                self._up_again(tunnel, packet, qfi)

    def watch_stations(self, dnn: str, onlooker: Onlooker) -> None:
        """Say who forwards the frames of a data network past this plane, by what is learnt here."""
        switch = self._n6[dnn].switch
        if switch is not None:
            switch.onlooker = onlooker

    # Uplink -----------------------------------------------------------------------------------------------

    def _uplink(self, n3: N3, datagrams: list[Datagram]) -> None:
        now, tunnels = self._clock(), self._installed.tunnels
        if self._sources is not None:
            datagrams = self._sources.of(datagrams, self._counters)
        for data, sender in datagrams:
            try:
                teid, qfi, packet = gtpu.decapsulate(data)
            except DecodeError:
                self._signalling.received(n3, data, sender)
                continue
            tunnel = tunnels.get(teid) or self._awaken(n3, teid, packet, sender, now)
            if tunnel is None:
                continue
            session = tunnel.session
            if tunnel.downward:
                self._from_anchor(tunnel, packet, qfi, now)
                continue
            if (
                (packet[12:16] != session.ipv4 or packet[0] >> 4 != 4)
                and tunnel.source_checked
                and not self._links.admits(session, packet)
            ):
                continue
            rule = tunnel.rules.only or session.find(tunnel.rules, packet, qfi)
            if rule is None:
                self._counters.dropped_no_rule += 1
            elif rule.free or self._admitted(session, rule, packet, now, True):
                self._leave_up(session, rule, packet)
        self._finish()

    def _awaken(self, n3: N3, teid: int, packet: bytes, sender: Address, now: float) -> Tunnel | None:
        """The tunnel of a session that sleeps, which a packet wakes; but not one of the phone's own link:
        phones begin with a solicitation, and many say nothing more. None: there is nothing to forward."""
        state = self._installed.sleeper(teid)
        if state is None:
            self._signalling.unknown(n3, teid, sender, now)
            return None
        packets = state.n6.switch is None and ip.version(packet) == 6
        if packets and of_the_link(packet[8:24], packet[24:40]) and from_phone(state.session, teid):
            self._links.received(state, packet)
            return None
        self._installed.wake(state)
        return self._installed.tunnels[teid]

    def _up_again(self, tunnel: Tunnel, packet: bytes, qfi: int) -> None:
        """A packet out of a tunnel that waited for a rate of the rules before."""
        if tunnel.downward:
            self._from_anchor(tunnel, packet, qfi, self._clock())
            return
        rule = tunnel.rules.only or tunnel.session.find(tunnel.rules, packet, qfi)
        if rule is None:
            self._counters.dropped_no_rule += 1
        elif rule.free or self._admitted(tunnel.session, rule, packet, self._clock(), True):
            self._leave_up(tunnel.session, rule, packet)

    def _leave_up(self, session: SessionState, rule: Rule, packet: bytes) -> None:
        size, passed, n6 = len(packet), self._passed, session.n6
        if rule.action is not TO_N6:
            passed.uplink += 1
            passed.uplink_octets += size
            self._into_tunnel(session, rule, packet)
            return
        if n6.switch is not None:
            self._switch(n6, n6.switch, session, packet)
            return
        if size <= LONGEST_SYN and size >= 40:
            packet = clamp(packet, n6.mtu)
        key = packet[16:20] if packet[:1] < b"\x60" else packet[24:32]
        if key in n6.phones or key in n6.asleep:
            if not n6.ue_to_ue:
                self._counters.dropped_ue_to_ue += 1
                return
            n6.between.append(packet)
        else:
            n6.waiting.append(packet)
        passed.uplink += 1
        passed.uplink_octets += size

    # Downlink ---------------------------------------------------------------------------------------------

    def _downlink(self, n6: N6, packets: list[bytes]) -> None:
        self._forward_down(n6, packets)
        self._finish()

    def _switch(self, n6: N6, switch: Switch, sender: SessionState | None, frame: bytes) -> None:
        """A frame, of a phone or (`sender` None) of the data network, to whom it is for."""
        origin = OUTSIDE if sender is None else sender.seid
        members, outside = switch.targets(frame, origin, self._clock())
        if outside:
            n6.waiting.append(frame)
        if sender is not None:
            self._passed.uplink += 1
            self._passed.uplink_octets += len(frame)
        for member in members:
            if sender is not None and not n6.ue_to_ue:
                self._counters.dropped_ue_to_ue += 1
            else:
                self._frames_down(member, [frame])
        if sender is None and not members:
            self._counters.dropped_no_session += 1

    def _frames_down(self, session: SessionState, frames: list[bytes]) -> None:
        now = self._clock()
        self._installed.wake(session)
        for frame in frames:
            if len(frame) - HEADER > session.n6.mtu and payload_size(frame) > session.n6.mtu:
                self._counters.dropped_too_big += 1
                continue
            rule = session.downlink.only or session.find(session.downlink, frame, -1)
            self._to_phone(session, rule, frame, now)

    def _to_phone(self, session: SessionState, rule: Rule | None, packet: bytes, now: float) -> None:
        if rule is None:
            self._counters.dropped_no_rule += 1
        elif rule.action is BUFFER:
            self._hold(session, rule, packet)
        elif rule.free or self._admitted(session, rule, packet, now, False):
            self._leave_down(session, rule, packet)

    def _forward_down(self, n6: N6, packets: list[bytes]) -> None:
        if n6.switch is not None:
            now = self._clock()
            for packet in packets:
                if n6.switch.learn(OUTSIDE, packet, now):
                    self._switch(n6, n6.switch, None, packet)
            return
        now, phones, counters, mtu = self._clock(), n6.phones, self._counters, n6.mtu
        for packet in packets:
            key = packet[16:20] if packet[:1] < b"\x60" else packet[24:32]
            session = phones.get(key) or self._installed.phone(n6, key, packet)
            if session is None:
                counters.dropped_no_session += 1
                continue
            size = len(packet)
            if size > mtu:
                self._too_long(n6, packet)
                continue
            if size <= LONGEST_SYN and size >= 40:
                packet = clamp(packet, mtu)
            rule = session.downlink.only or session.downlink.find(packet, -1)
            self._to_phone(session, rule, packet, now)

    def _leave_down(self, session: SessionState, rule: Rule, packet: bytes) -> None:
        passed = self._passed
        passed.downlink += 1
        passed.downlink_octets += len(packet)
        self._into_tunnel(session, rule, packet)

    def _into_tunnel(self, session: SessionState, rule: Rule, packet: bytes) -> None:
        try:
            datagram = rule.encapsulate(packet), rule.peer
        except EncodeError:
            self._signalling.malformed("longer than a G-PDU")
            return
        if rule.marking:
            session.n3.marked.setdefault(rule.marking, []).append(datagram)
        else:
            session.n3.waiting.append(datagram)

    def _too_long(self, n6: N6, packet: bytes) -> None:
        """Cut it, or tell its sender, in the name of the phone's address: this router has none on N6."""
        pieces = too_big.fragments(packet, n6.mtu)
        if pieces:
            self._counters.fragmented += 1
            self._forward_down(n6, pieces)
            return
        self._counters.dropped_too_big += 1
        answer = too_big.answer(packet, n6.mtu, ip.destination(packet))
        if answer is not None:
            self._counters.too_big_answered += 1
            n6.waiting.append(answer)

    def _hold(
        self, session: SessionState, rule: Rule, packet: bytes, tunnel: tuple[int, int] | None = None
    ) -> None:
        """Keep a packet for an idle phone; the first one is news (TS 23.502 4.2.3.3). `tunnel`: the TEID that
        it came by, where it was one, and its QFI."""
        if not rule.gate_open:
            self._counters.dropped_gate += 1
            return
        if session.kept < session.n6.buffer_packets:
            session.keep(packet, tunnel)
            self._counters.buffered += 1
        else:
            self._counters.dropped_buffer_full += 1
        if rule.notify and rule.far_id not in session.notified:
            session.notified += (rule.far_id,)
            seid, pdr_id, qfi = session.seid, rule.pdr_id, rule.qfi
            self._measuring.news.append(lambda reports: reports.downlink_data(seid, pdr_id, qfi))

    # Over N9 ----------------------------------------------------------------------------------------------

    def _from_anchor(self, tunnel: Tunnel, packet: bytes, qfi: int, now: float) -> None:
        """A packet for the phone that came from another UPF (TS 23.501 5.6.4)."""
        session = tunnel.session
        if not session.is_for(packet):
            self._counters.dropped_no_rule += 1
            return
        rule = tunnel.rules.only or session.find(tunnel.rules, packet, qfi)
        if rule is not None and rule.action is BUFFER:
            self._hold(session, rule, packet, (tunnel.teid, qfi))
        else:
            self._to_phone(session, rule, packet, now)

    # Both -------------------------------------------------------------------------------------------------

    def _admitted(
        self, session: SessionState, rule: Rule, packet: bytes, now: float, uplink: bool, /
    ) -> bool:
        """Enforce FAR and QERs, then measure for the URRs. False where it must not pass, or not yet."""
        if rule.closed:
            self._refuse(rule)
            return False
        size, buckets, queue = len(packet), rule.buckets, rule.queue
        if buckets and (
            (queue is not None and queue.packets) or not passes(buckets, size, now, rule.guaranteed)
        ):
            self._wait(session, rule, packet, now, uplink)
            return False
        for meter in rule.meters:
            outcome = meter.add(size, now, uplink)
            if outcome and not self._measuring.noted(session.seid, meter, outcome, now):
                return False
        return True

    def _refuse(self, rule: Rule) -> None:
        if rule.gate_open:
            self._counters.dropped_by_rule += 1
        else:
            self._counters.dropped_gate += 1

    def _wait(self, session: SessionState, rule: Rule, packet: bytes, now: float, uplink: bool) -> None:
        """It is more than a rate allows now."""
        if rule.queue is None:
            leave = self._leave_up if uplink else self._leave_down
            measuring = self._measuring

            def release(packet: bytes, now: float) -> None:
                if measuring.passes(session, rule, len(packet), now, uplink):
                    leave(session, rule, packet)

            rule.queue = Queue(rule.buckets, first=rule.guaranteed, release=release)
        if self._shaper.put(rule.queue, packet, now):
            self._counters.shaped += 1
        else:
            self._counters.dropped_rate += 1

    def _finish(self) -> None:
        """Send what gathered, then tell what there is to tell."""
        self._send()
        self._measuring.tell(self._reports)

    def _send(self) -> None:
        for network in self._n6.values():
            if network.between:
                packets, network.between = network.between, []
                self._forward_down(network, packets)
            if network.waiting:
                packets, network.waiting = network.waiting, []
                network.port.send_many(packets)
        for side in self._n3:
            if side.waiting:
                datagrams, side.waiting = side.waiting, []
                side.port.send_many(datagrams)
            if side.marked:
                marked, side.marked = side.marked, {}
                for marking, datagrams in marked.items():
                    side.port.send_many(datagrams, marking)

    def _lost(self, remote: FTeid) -> None:
        """A peer does not know a tunnel that we send into (TS 23.527 5.3.3.1)."""
        seid = self._installed.of_peer(remote.address, remote.teid)
        if seid is not None:
            self._measuring.news.append(lambda reports: reports.error_indication(seid, remote))
