"""N3: phones' packets into UPF tunnels and back (TS 29.281, TS 38.415, TS 38.414).

Packets travel in the lists they arrive in. Per packet there is one dictionary look-up and one append on the
way down, and one call of a prepared `Encapsulation` on the way up; clocks, counters and the air are touched
once per list. Everything that is no G-PDU of a tunnel of ours takes the slow way through `_control`.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from pilot5g.flow.entropy import Entropy, integer
from pilot5g.flow.journal import Journal
from pilot5g.flow.link import GTPU_PORT, Address, Bypass, Datagram, DatagramPort, TunnelEnds
from pilot5g.flow.timer import Alarm
from pilot5g.ran.gnb.context import Session
from pilot5g.ran.gnb.counters import UserCounters
from pilot5g.wire.errors import DecodeError, EncodeError
from pilot5g.wire.gtpu import (
    DlPduSessionInformation,
    EchoRequest,
    EchoResponse,
    Encapsulation,
    EndMarker,
    ErrorIndication,
    Gpdu,
    SupportedExtensionHeaders,
    UlPduSessionInformation,
    UnsupportedExtension,
    decapsulate,
    decode,
    encode,
)
from pilot5g.wire.gtpu.messages import UNDERSTOOD


class TunnelUser(Protocol):
    """Whose packets a tunnel carries."""

    def on_downlink(self, pdu_session_id: int, packets: list[bytes]) -> None: ...
    def on_tunnel_refused(self, pdu_session_id: int) -> None:
        """The UPF does not know the uplink tunnel."""
        ...

    def on_end_marker(self, pdu_session_id: int) -> None:
        """Nothing more comes down this tunnel (TS 29.281 7.3.2)."""
        ...


class Forward:
    """Where to a tunnel's packets go, now that its phone has been handed over, until an end marker passes or
    the time is up."""

    __slots__ = ("alarm", "start", "to")

    def __init__(self, teid: int, to: Address) -> None:
        self.start = teid.to_bytes(4)
        self.to = to
        self.alarm = Alarm()

    def readdressed(self, data: bytes) -> Datagram:
        """The same packet, PDU session container and all, in the other tunnel (TS 29.281 5.1)."""
        return data[:4] + self.start + data[8:], self.to


class Tunnel:
    """The N3 tunnel of one session, both directions."""

    __slots__ = ("_bypass", "_encapsulations", "_session", "downs", "inbox", "peer", "ups", "user")

    def __init__(self, session: Session, user: TunnelUser, port: int) -> None:
        self._session = session
        self.peer: Address = (session.uplink_address, port)
        self.user = user
        self._encapsulations: dict[int, Encapsulation] | None = None
        self._bypass: Bypass | None = None
        self.inbox: list[bytes] | None = None
        """Downlink packets of the batch at hand."""
        self.ups = self.downs = 0
        """Packets so far, of its session at all its radios: what PDCP would number (TS 38.323 6.3.5)."""

    def go_on(self, ups: int, downs: int) -> None:
        """Count on from where the phone's radio before was."""
        self.ups += ups
        self.downs += downs

    @property
    def session_id(self) -> int:
        return self._session.id

    @property
    def downlink_teid(self) -> int:
        return self._session.downlink_teid

    @property
    def uplink_teid(self) -> int:
        return self._session.uplink_teid

    def redirect(self, teid: int, peer: Address) -> None:
        """Another end of the UPF's; its packets come here until the phone offers a bypass again."""
        self.bypass(None)
        self._session.uplink_teid, self._session.uplink_address = teid, peer[0]
        self.peer = peer
        self._encapsulations = None

    def bypass(self, way: Bypass | None, local: str = "", qfi: int = 0) -> None:
        """Let the packets of the session's only flow go past this process, or (None) no more."""
        before, self._bypass = self._bypass, None
        if before is not None:
            before.close()
        if way is not None and list(self._session.flows) == [qfi]:
            self._bypass = way
            way.open(TunnelEnds(local, *self.peer, self.uplink_teid, self.downlink_teid, qfi))

    @property
    def last_bypass(self) -> float:
        """When a packet last went past this process; 0: never."""
        return 0.0 if self._bypass is None else self._bypass.last

    def encapsulation(self, qfi: int) -> Encapsulation | None:
        """How packets of a flow are wrapped, None for a flow that the session has not."""
        known = self._encapsulations
        if known is None:
            known = self._encapsulations = {}
        found = known.get(qfi)
        if found is None and qfi in self._session.flows:
            found = known[qfi] = Encapsulation(self._session.uplink_teid, UlPduSessionInformation(qfi))
        return found


class UserPlane:
    """The GTP-U end of one gNB. `address` is what UPFs were told, `upf_port` where they listen."""

    def __init__(
        self, port: DatagramPort, address: str, journal: Journal, entropy: Entropy, upf_port: int = GTPU_PORT
    ) -> None:
        self.address = address
        self.counters = UserCounters()
        self._port = port
        self._journal = journal
        self._entropy = entropy
        self._upf_port = upf_port
        self._down: dict[int, Tunnel] = {}
        self._up: dict[tuple[str, int], Tunnel] = {}
        self._forwards: dict[int, Forward] = {}
        port.on_datagrams(self.receive)

    def __len__(self) -> int:
        return len(self._down)

    def new_teid(self) -> int:
        """A TEID that nobody can guess and no tunnel has; 0 is for signalling (TS 29.281 5.1)."""
        while True:
            teid = integer(self._entropy, 32)
            if teid and teid not in self._down and teid not in self._forwards:
                return teid

    def open(self, session: Session, user: TunnelUser) -> Tunnel:
        """Carry this session's packets from now on."""
        tunnel = Tunnel(session, user, self._upf_port)
        self._down[tunnel.downlink_teid] = tunnel
        self._up[tunnel.peer[0], tunnel.uplink_teid] = tunnel
        return tunnel

    def close(self, tunnel: Tunnel) -> None:
        """Carry nothing any more; packets for it are answered with an Error Indication."""
        tunnel.bypass(None)
        if self._down.get(tunnel.downlink_teid) is tunnel:
            del self._down[tunnel.downlink_teid]
        if self._up.get((tunnel.peer[0], tunnel.uplink_teid)) is tunnel:
            del self._up[tunnel.peer[0], tunnel.uplink_teid]

    def redirect(self, tunnel: Tunnel, teid: int, address: str) -> None:
        """Send a session's uplink packets elsewhere from now on (TS 38.413 8.4.4.2)."""
        if self._up.get((tunnel.peer[0], tunnel.uplink_teid)) is tunnel:
            del self._up[tunnel.peer[0], tunnel.uplink_teid]
        tunnel.redirect(teid, (address, self._upf_port))
        self._up[address, teid] = tunnel

    def receive_forwarded(self, session: Session, teid: int, user: TunnelUser) -> Tunnel:
        """A second downlink end, for what the source of a handover passes on of a session's packets."""
        tunnel = Tunnel(msgspec.structs.replace(session, downlink_teid=teid), user, self._upf_port)
        self._down[teid] = tunnel
        return tunnel

    def forward(self, tunnel: Tunnel, teid: int, address: str, seconds: float) -> None:
        """Pass on what comes down a tunnel, its end marker as the last, or for so long (TS 38.300
        9.2.3.2.3)."""
        tunnel.bypass(None)
        old = tunnel.downlink_teid
        self._down.pop(old, None)
        self._forwards[old] = forward = Forward(teid, (address, self._upf_port))
        forward.alarm.start(seconds, lambda: self._forget(old))

    def pass_on(self, packets: list[bytes], qfi: int, teid: int, address: str) -> None:
        """Packets that have waited here, to the gNB that has their phone now."""
        wrap = Encapsulation(teid, DlPduSessionInformation(qfi))
        self.counters.forwarded += len(packets)
        self._port.send_many([(wrap(packet), (address, self._upf_port)) for packet in packets])

    def take_back(self, tunnel: Tunnel) -> None:
        """Forward no more: what comes down a tunnel is for the phone here again."""
        if tunnel.downlink_teid in self._forwards:
            self._forget(tunnel.downlink_teid)
            self._down[tunnel.downlink_teid] = tunnel

    def _forget(self, teid: int) -> None:
        forward = self._forwards.pop(teid, None)
        if forward is not None:
            forward.alarm.stop()

    def stop(self) -> None:
        """The gNB is closing: nothing more is sent or received."""
        for teid in list(self._forwards):
            self._forget(teid)
        self._port.close()

    # -- up

    def send(self, tunnel: Tunnel, qfi: int, packets: list[bytes]) -> None:
        """A phone's packets of one QoS flow to the UPF; without that flow they are lost, and counted."""
        encapsulate = tunnel.encapsulation(qfi)
        counters = self.counters
        if encapsulate is None:
            counters.up_lost += len(packets)
            return
        to = tunnel.peer
        try:
            datagrams = [(encapsulate(packet), to) for packet in packets]
        except EncodeError:
            datagrams = self._those_that_fit(encapsulate, packets, to)
        tunnel.ups += len(datagrams)
        counters.up_packets += len(datagrams)
        counters.up_octets += sum(map(len, packets))
        self._port.send_many(datagrams)

    def lose(self, packets: list[bytes]) -> None:
        """Packets from a phone that has no bearer for them."""
        self.counters.up_lost += len(packets)

    def lose_down(self, count: int) -> None:
        """Packets for a phone that there is no room for."""
        self.counters.down_lost += max(0, count)

    def _those_that_fit(
        self, encapsulate: Encapsulation, packets: list[bytes], to: Address
    ) -> list[Datagram]:
        datagrams = []
        for packet in packets:
            try:
                datagrams.append((encapsulate(packet), to))
            except EncodeError:
                self.counters.up_lost += 1
        return datagrams

    # -- down

    def receive(self, batch: list[Datagram]) -> None:
        """A batch from N3: each tunnel's packets go to its phone as one list."""
        tunnels = self._down
        touched: list[Tunnel] = []
        unknown: dict[tuple[int, Address], None] = {}
        for data, sender in batch:
            try:
                teid, _, packet = decapsulate(data)
            except DecodeError as error:
                self._control(data, sender, error)
                continue
            tunnel = tunnels.get(teid)
            if tunnel is None:
                if teid in self._forwards:
                    self._pass_on(teid, data)
                else:
                    self.counters.unknown_tunnel += 1
                    unknown[teid, sender] = None
                continue
            if tunnel.inbox is None:
                touched.append(tunnel)
                tunnel.inbox = [packet]
            else:
                tunnel.inbox.append(packet)
        for tunnel in touched:
            if tunnel.inbox is not None:
                self._deliver(tunnel)
        for teid, sender in unknown:
            self._unknown_tunnel(teid, sender)

    def _deliver(self, tunnel: Tunnel) -> None:
        packets, tunnel.inbox = tunnel.inbox or [], None
        tunnel.downs += len(packets)
        self.counters.down_packets += len(packets)
        self.counters.down_octets += sum(map(len, packets))
        tunnel.user.on_downlink(tunnel.session_id, packets)

    def _unknown_tunnel(self, teid: int, sender: Address) -> None:
        """TS 29.281 7.3.1: an Error Indication, once per batch; TEID 0 names no tunnel and has no answer."""
        if not teid:
            return
        self.counters.errors_sent += 1
        indication = ErrorIndication(teid, self.address, udp_port=sender[1])
        self._port.send(encode(indication), (sender[0], self._upf_port))

    # -- what is no user packet

    def _control(self, data: bytes, sender: Address, error: DecodeError) -> None:
        if isinstance(error, UnsupportedExtension):
            self._extension_not_supported(sender)
            return
        try:
            message = decode(data)
        except UnsupportedExtension:
            self._extension_not_supported(sender)
            return
        except DecodeError:
            self.counters.malformed += 1
            return
        match message:
            case EchoRequest(sequence):
                self.counters.echoes += 1
                self._port.send(encode(EchoResponse(sequence)), sender)
            case ErrorIndication(teid, address):
                self._refused(teid, address, sender)
            case EndMarker(teid):
                self._ended(teid, data)
            case Gpdu() | EchoResponse() | SupportedExtensionHeaders():
                pass

    def _pass_on(self, teid: int, data: bytes) -> None:
        self.counters.forwarded += 1
        self._port.send_many((self._forwards[teid].readdressed(data),))

    def _ended(self, teid: int, data: bytes) -> None:
        """An end marker: the last of what is forwarded, or of a tunnel that forwards to us."""
        self.counters.end_markers += 1
        if teid in self._forwards:
            self._pass_on(teid, data)
            self._forget(teid)
        elif (tunnel := self._down.get(teid)) is not None:
            if tunnel.inbox is not None:
                self._deliver(tunnel)
            tunnel.user.on_end_marker(tunnel.session_id)

    def _extension_not_supported(self, sender: Address) -> None:
        """TS 29.281 7.2.3: say which extension headers are understood."""
        self.counters.malformed += 1
        notification = SupportedExtensionHeaders(tuple(UNDERSTOOD))
        self._port.send(encode(notification), (sender[0], self._upf_port))

    def _refused(self, teid: int, address: str, sender: Address) -> None:
        """The UPF has no such tunnel (TS 29.281 7.3.1). Only its own end is believed about its tunnels."""
        self.counters.errors_received += 1
        tunnel = self._up.get((address, teid))
        if tunnel is None or sender[0] != address:
            return
        self._journal.refuse(
            f"N3 {self.address}",
            f"session {tunnel.session_id} lost its tunnel",
            cause="Error Indication",
            reason=f"the UPF at {address} does not know TEID {teid:08x}",
            fix="look whether that UPF was restarted",
        )
        tunnel.user.on_tunnel_refused(tunnel.session_id)
