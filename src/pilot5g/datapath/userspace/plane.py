"""The loops that move packets, in batches from port to port.

A batch goes through its loop once; what leaves gathers in lists and is sent at the end. What a batch gives
the SMF to hear (data for an idle phone, a volume reached) is told after that, when nothing is half done and
the answer may be a new installation of the very session.

Uplink: TEID -> session, source address checked against the session's own, rule, gate and rates, N6.
Downlink: destination address -> session, rule, gate and rates, tunnel; or the session's buffer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from pilot5g.datapath.userspace.rate import Meter, admit
from pilot5g.datapath.userspace.rules import (
    N3,
    N6,
    NO_PREFIX,
    Action,
    Rule,
    SessionState,
    Tunnel,
    compile_session,
    set_thresholds,
)
from pilot5g.flow.link import GTPU_PORT, Address, Datagram, DatagramPort, PacketPort
from pilot5g.service.datapath import Counters, DatapathReports
from pilot5g.service.n4 import Cause, FTeid, N4Error, OuterHeader, Session, Usage
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
        self._sessions: dict[int, SessionState] = {}
        self._tunnels: dict[int, Tunnel] = {}
        self._peers: dict[tuple[str, int], int] = {}
        """Address and TEID of a peer's tunnel -> SEID, for Error Indications."""
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
            network.phones.clear()
        self._sessions.clear()
        self._tunnels.clear()
        self._peers.clear()

    # Sessions ---------------------------------------------------------------------------------------------

    def install(
        self, session: Session, end_markers: tuple[int, ...] = (), reinstalled: tuple[int, ...] = ()
    ) -> None:
        """See service.datapath.Datapath.install."""
        before = self._sessions.get(session.seid)
        state = compile_session(session, self._n6, self._n3, before)
        for teid in state.tunnels:
            other = self._tunnels.get(teid)
            if other is not None and other.session.seid != session.seid:
                raise N4Error(Cause.RULE_CREATION_FAILURE, f"TEID {teid:#x} belongs to another session")
        if before is not None:
            self._replace(before, state, end_markers, reinstalled)
        self._enter(state)
        if before is not None:
            self._release(before, state)
            before.tunnels.clear()
        self._finish()

    def remove(self, seid: int) -> tuple[Usage, ...]:
        """See service.datapath.Datapath.remove; nothing known gives nothing."""
        state = self._sessions.pop(seid, None)
        if state is None:
            return ()
        self._leave(state)
        state.tunnels.clear()  # they point back at it
        return tuple(meter.take() for meter in state.meters.values())

    def _enter(self, state: SessionState) -> None:
        self._sessions[state.seid] = state
        self._tunnels.update(state.tunnels)
        for key in state.keys:
            state.n6.phones[key] = state
        for outer in _outer_headers(state.session):
            self._peers[outer.address, outer.teid] = state.seid
        set_thresholds(state)

    def _leave(self, state: SessionState) -> None:
        for teid in state.tunnels:
            self._tunnels.pop(teid, None)
        for key in state.keys:
            if state.n6.phones.get(key) is state:
                del state.n6.phones[key]
        for outer in _outer_headers(state.session):
            if self._peers.get((outer.address, outer.teid)) == state.seid:
                del self._peers[outer.address, outer.teid]

    def _replace(
        self, before: SessionState, state: SessionState, end_markers: Sequence[int], again: Sequence[int]
    ) -> None:
        """Take the old installation out; keep what it told, what it was asked, and what it measured."""
        old = {far.far_id: far for far in before.session.fars}
        for far_id in end_markers:
            outer = old[far_id].outer_header if far_id in old else None
            if outer is not None:
                marker = gtpu.encode(gtpu.EndMarker(outer.teid))
                before.n3.waiting.append((marker, (outer.address, outer.port)))
                self._counters.end_markers_sent += 1
        self._leave(before)
        unchanged = {far.far_id for far in state.session.fars if old.get(far.far_id) == far}
        state.notified = (before.notified & unchanged) - set(again)
        state.advertise = before.advertise
        for urr_id, meter in before.meters.items():
            if urr_id not in state.meters:
                self._tell_usage(state.seid, meter.take())

    def _release(self, before: SessionState, state: SessionState) -> None:
        """Let go what was buffered, in order, by the new rules; answer a router solicitation that waits."""
        if state.advertise is not None:
            self._advertise(state, state.advertise)
        if all(rule.action is BUFFER for rule in state.downlink.ordered):
            state.buffer = before.buffer
        elif before.buffer:
            packets = list(before.buffer)
            before.buffer.clear()
            self._forward_down(state.n6, packets)

    # Uplink -----------------------------------------------------------------------------------------------

    def _uplink(self, n3: N3, datagrams: list[Datagram]) -> None:
        now, tunnels, counters = self._clock(), self._tunnels, self._counters
        packets = octets = 0
        for data, sender in datagrams:
            try:
                teid, qfi, packet = gtpu.decapsulate(data)
            except DecodeError:
                self._signalling(n3, data, sender)
                continue
            tunnel = tunnels.get(teid)
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
            session = phones.get(packet[16:20] if packet[:1] < b"\x60" else packet[24:32])
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
        if len(session.buffer) < self._buffer_packets:
            session.buffer.append(packet)
            self._counters.buffered += 1
        else:
            self._counters.dropped_buffer_full += 1
        if rule.notify and rule.far_id not in session.notified:
            session.notified.add(rule.far_id)
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
        seid = self._peers.get((message.address, message.teid))
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


def _outer_headers(session: Session) -> list[OuterHeader]:
    """The tunnels that a session sends into, addresses in the one canonical form."""
    headers = (far.outer_header for far in session.fars)
    return [
        OuterHeader(header.teid, ip.text(ip.pack(header.address)), header.port)
        for header in headers
        if header is not None
    ]
