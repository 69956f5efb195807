"""The loops that move packets, in batches from port to port.

A batch goes through its loop once; what leaves gathers in lists and is sent at the end. What a batch gives
the SMF to hear (data for an idle phone, a volume reached) is told after that, when nothing is half done and
the answer may be a new installation of the very session.

Uplink: TEID -> session, source address checked against the session's own, rule, gate and rates, N6.
Downlink: destination address -> session, rule, gate and rates, tunnel; or the session's buffer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from pilot5g.datapath.userspace.installed import Installed
from pilot5g.datapath.userspace.rate import Meter, admit
from pilot5g.datapath.userspace.rules import (
    N3,
    N6,
    NO_PREFIX,
    Action,
    Rule,
    SessionState,
)
from pilot5g.flow.link import GTPU_PORT, Address, Datagram, DatagramPort, PacketPort
from pilot5g.service.datapath import Counters, DatapathReports
from pilot5g.service.n4 import FTeid, Session, Usage
from pilot5g.wire import gtpu, ip
from pilot5g.wire.errors import DecodeError, EncodeError

ROUTER = ip.link_local(b"\xff" * 7 + b"\xfe")
"""The network's end of every phone's IPv6 link; no phone is assigned this identifier."""
UNSPECIFIED = bytes(16)
DROP, TO_N6, TO_TUNNEL, BUFFER = Action
INDICATIONS_PER_SECOND = 1000
"""Error Indications that strangers can make us send."""


class UserspaceDatapath:
    """service.datapath.Datapath over N3 datagram ports and one N6 packet port per DNN."""

    def __init__(
        self,
        n3: DatagramPort | Sequence[DatagramPort],
        n6: Mapping[str, PacketPort],
        clock: Callable[[], float],
        *,
        buffer_packets: int = 128,
        mtu: int | None = None,
        dns: Sequence[str] = (),
    ) -> None:
        """`clock` gives seconds (the loop's `time`); `buffer_packets` is the most a session keeps for an idle
        phone; `mtu` and `dns` (IPv6 addresses) go into router advertisements."""
        ports = n3 if isinstance(n3, Sequence) else (n3,)
        self._n3 = tuple(N3(port) for port in ports)
        self._n6 = {dnn: N6(port) for dnn, port in n6.items()}
        self._clock = clock
        self._buffer_packets = buffer_packets
        self._mtu = mtu
        self._dns = tuple(ip.pack(address) for address in dns)
        self._reports: DatapathReports | None = None
        self._installed = Installed(self._n6, self._n3)
        self._news: list[Callable[[DatapathReports], None]] = []
        self._due: list[tuple[SessionState, Meter]] = []
        self._indications = (0, 0)
        """The second it is, and the Error Indications sent in it."""
        self._counters = Counters()
        for side in self._n3:
            side.port.on_datagrams(partial(self._uplink, side))
        for network in self._n6.values():
            network.port.on_packets(partial(self._downlink, network))

    @property
    def counters(self) -> Counters:
        return self._counters

    def attach(self, reports: DatapathReports) -> None:
        self._reports = reports

    def close(self) -> None:
        """Stop moving packets and close the ports."""
        for side in self._n3:
            side.port.close()
        for network in self._n6.values():
            network.port.close()
        self._installed.clear()

    # Sessions ---------------------------------------------------------------------------------------------

    def install(
        self, session: Session, end_markers: tuple[int, ...] = (), reinstalled: tuple[int, ...] = ()
    ) -> None:
        """See service.datapath.Datapath.install."""
        before = self._installed.get(session.seid)
        if before is None:
            self._installed.enter(session)
        else:
            self._replace(before, session, end_markers, reinstalled)
            self._finish()

    def remove(self, seid: int) -> tuple[Usage, ...]:
        """See service.datapath.Datapath.remove; nothing known gives nothing."""
        state = self._installed.remove(seid)
        return () if state is None else state.usage()

    def _replace(
        self, before: SessionState, session: Session, end_markers: Sequence[int], again: Sequence[int]
    ) -> None:
        """Other rules for a session: end what is left, keep what was told and measured, let go what may."""
        old, port = before.session, before.n3
        measured = session.urrs == old.urrs
        if not measured:
            before.measure()
        state = self._installed.replace(before, session)
        if end_markers:
            self._end(old, port, end_markers)
        if state.notified:
            unchanged = {far.far_id for far in session.fars if far in old.fars}.difference(again)
            state.notified = tuple(far_id for far_id in state.notified if far_id in unchanged)
        if not measured:
            for usage in state.measure():
                self._tell_usage(state.seid, usage)
        if state.advertise is not None or state.buffer:
            self._release(state)

    def _end(self, old: Session, port: N3, end_markers: Sequence[int]) -> None:
        for far in old.fars:
            if far.outer_header is not None and far.far_id in end_markers:
                outer = far.outer_header
                marker = gtpu.encode(gtpu.EndMarker(outer.teid))
                port.waiting.append((marker, (outer.address, outer.port)))
                self._counters.end_markers_sent += 1

    def _release(self, state: SessionState) -> None:
        """Let go what was buffered, in order, by the new rules; answer a router solicitation that waits."""
        self._installed.wake(state)
        if state.advertise is not None:
            self._advertise(state, state.advertise)
        if state.buffer and any(rule.action is not BUFFER for rule in state.downlink.ordered):
            packets, state.buffer = list(state.buffer), None
            self._forward_down(state.n6, packets)

    # Uplink -----------------------------------------------------------------------------------------------

    def _uplink(self, n3: N3, datagrams: list[Datagram]) -> None:
        now, tunnels, counters = self._clock(), self._installed.tunnels, self._counters
        packets = octets = 0
        for data, sender in datagrams:
            try:
                teid, qfi, packet = gtpu.decapsulate(data)
            except DecodeError:
                self._signalling(n3, data, sender)
                continue
            tunnel = tunnels.get(teid) or self._installed.tunnel(teid)
            if tunnel is None:
                self._unknown(n3, teid, sender, now)
                continue
            session = tunnel.session
            if (
                (packet[12:16] != session.ipv4 or packet[0] >> 4 != 4)
                and tunnel.source_checked
                and not self._from_ipv6(session, packet)
            ):
                continue
            rule = tunnel.rules.only or tunnel.rules.find(packet, qfi)
            if rule is None:
                counters.dropped_no_rule += 1
                continue
            size = len(packet)
            if not rule.free and not self._admitted(session, rule, size, now, uplink=True):
                continue
            packets += 1
            octets += size
            if rule.action is TO_N6:
                session.n6.waiting.append(packet)
            else:
                self._into_tunnel(session, rule, packet)
        counters.uplink += packets
        counters.uplink_octets += octets
        self._finish()

    def _from_ipv6(self, session: SessionState, packet: bytes) -> bool:
        """Is this an IPv6 packet from the session's prefix, and to be forwarded? If not, that is counted."""
        if ip.version(packet) == 6:
            source, destination = packet[8:24], packet[24:40]
            if _of_the_link(source, destination):
                self._counters.link_local += 1
                if session.prefix != NO_PREFIX and ip.parse_router_solicitation(packet) is not None:
                    self._advertise(session, source)
                return False
            if source[:8] == session.prefix:
                return True
        elif ip.version(packet) != 4:
            self._counters.malformed += 1
            return False
        self._counters.dropped_spoofed += 1
        return False

    def _advertise(self, session: SessionState, asker: bytes) -> None:
        """Answer a router solicitation with the session's prefix (TS 23.501 5.8.2.2.3), by its default rule.

        Before the radio's end of the tunnel is known the answer waits: a phone may ask that soon.
        """
        way = next((rule for rule in reversed(session.downlink.ordered) if rule.action is TO_TUNNEL), None)
        if way is None:
            session.advertise = asker
            return
        session.advertise = None
        advertisement = ip.RouterAdvertisement(
            source=ROUTER,
            prefixes=(ip.Prefix(prefix=session.prefix + bytes(8)),),
            mtu=self._mtu,
            dns=self._dns,
        )
        to = ip.ALL_NODES if asker == UNSPECIFIED else asker
        packet = ip.build_router_advertisement(advertisement, to)
        session.n3.waiting.append((way.encapsulate(packet), way.peer))
        self._counters.router_advertisements += 1

    # Downlink ---------------------------------------------------------------------------------------------

    def _downlink(self, n6: N6, packets: list[bytes]) -> None:
        self._forward_down(n6, packets)
        self._finish()

    def _forward_down(self, n6: N6, packets: list[bytes]) -> None:
        now, phones, counters = self._clock(), n6.phones, self._counters
        sent = octets = 0
        for packet in packets:
            key = packet[16:20] if packet[:1] < b"\x60" else packet[24:32]
            session = phones.get(key) or self._installed.phone(n6, key)
            if session is None:
                counters.dropped_no_session += 1
                continue
            rule = session.downlink.only or session.downlink.find(packet, -1)
            if rule is None:
                counters.dropped_no_rule += 1
                continue
            if rule.action is BUFFER:
                self._hold(session, rule, packet)
                continue
            size = len(packet)
            if not rule.free and not self._admitted(session, rule, size, now, uplink=False):
                continue
            sent += 1
            octets += size
            self._into_tunnel(session, rule, packet)
        counters.downlink += sent
        counters.downlink_octets += octets

    def _into_tunnel(self, session: SessionState, rule: Rule, packet: bytes) -> None:
        try:
            session.n3.waiting.append((rule.encapsulate(packet), rule.peer))
        except EncodeError:
            self._counters.malformed += 1

    def _hold(self, session: SessionState, rule: Rule, packet: bytes) -> None:
        """Keep a packet for an idle phone; the first one is news (TS 23.502 4.2.3.3)."""
        if not rule.gate_open:
            self._counters.dropped_gate += 1
            return
        if session.buffer is None:
            session.buffer = deque()
        if len(session.buffer) < self._buffer_packets:
            session.buffer.append(packet)
            self._counters.buffered += 1
        else:
            self._counters.dropped_buffer_full += 1
        if rule.notify and rule.far_id not in session.notified:
            session.notified += (rule.far_id,)
            seid, pdr_id, qfi = session.seid, rule.pdr_id, rule.qfi
            self._news.append(lambda reports: reports.downlink_data(seid, pdr_id, qfi))

    # Both -------------------------------------------------------------------------------------------------

    def _admitted(self, session: SessionState, rule: Rule, size: int, now: float, *, uplink: bool) -> bool:
        """Enforce FAR and QERs, then measure for the URRs; False and counted where it must not pass."""
        if rule.action is DROP or rule.action is BUFFER:
            self._counters.dropped_by_rule += 1
        elif not rule.gate_open:
            self._counters.dropped_gate += 1
        elif not admit(rule.buckets, size, now):
            self._counters.dropped_rate += 1
        else:
            for meter in rule.meters:
                if meter.add(size, uplink=uplink):
                    self._due.append((session, meter))
            return True
        return False

    def _finish(self) -> None:
        """Send what gathered, then tell what there is to tell."""
        for network in self._n6.values():
            if network.waiting:
                packets, network.waiting = network.waiting, []
                network.port.send_many(packets)
        for side in self._n3:
            if side.waiting:
                datagrams, side.waiting = side.waiting, []
                side.port.send_many(datagrams)
        if self._due:
            due, self._due = self._due, []
            for session, meter in due:
                if meter.due():
                    self._tell_usage(session.seid, meter.take())
        if self._news:
            news, self._news = self._news, []
            if self._reports is not None:
                for tell in news:
                    tell(self._reports)

    def _tell_usage(self, seid: int, usage: Usage) -> None:
        self._news.append(lambda reports: reports.usage(seid, usage))

    # What is not a user packet ----------------------------------------------------------------------------

    def _signalling(self, n3: N3, data: bytes, sender: Address) -> None:
        """Path and tunnel messages (TS 29.281 7.2, 7.3). What needs no answer gets none."""
        try:
            message = gtpu.decode(data)
        except gtpu.UnsupportedExtension:
            self._counters.malformed += 1
            known = gtpu.SupportedExtensionHeaders((gtpu.ExtensionType.PDU_SESSION_CONTAINER,))
            n3.waiting.append((gtpu.encode(known), sender))
        except DecodeError:
            self._counters.malformed += 1
        else:
            if isinstance(message, gtpu.EchoRequest):
                self._counters.echo_answered += 1
                n3.waiting.append((gtpu.encode(gtpu.EchoResponse(message.sequence)), sender))
            elif isinstance(message, gtpu.ErrorIndication):
                self._told_unknown(message, sender)

    def _told_unknown(self, message: gtpu.ErrorIndication, sender: Address) -> None:
        """A peer does not know a tunnel that we send into (TS 23.527 5.3.3.1). Only that peer is believed."""
        self._counters.error_indications_received += 1
        seid = self._installed.of_peer(message.address, message.teid)
        if seid is not None and sender[0] == message.address:
            remote = FTeid(message.teid, message.address)
            self._news.append(lambda reports: reports.error_indication(seid, remote))

    def _unknown(self, n3: N3, teid: int, sender: Address, now: float) -> None:
        """Tell the sender that we do not know the tunnel (TS 29.281 7.3.1), so often and no more."""
        self._counters.dropped_unknown_teid += 1
        second, sent = self._indications
        sent = sent if second == int(now) else 0
        if sent >= INDICATIONS_PER_SECOND:
            return
        self._indications = (int(now), sent + 1)
        host, port = sender
        message = gtpu.ErrorIndication(teid, n3.address, None if port == GTPU_PORT else port)
        n3.waiting.append((gtpu.encode(message), (host, GTPU_PORT)))
        self._counters.error_indications_sent += 1


def _of_the_link(source: bytes, destination: bytes) -> bool:
    """Is the packet of link scope, which no router forwards? (RFC 4291 2.5.6, 2.7)."""
    if destination[0] == 0xFF and destination[1] & 0x0F <= 2:
        return True
    return _is_link_local(destination) or _is_link_local(source) or source == UNSPECIFIED


def _is_link_local(address: bytes) -> bool:
    return address[0] == 0xFE and address[1] & 0xC0 == 0x80
