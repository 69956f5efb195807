"""One PDU session of a phone: its 5GSM state and its user plane (TS 24.501 6.1.3.2, TS 23.501 5.7).

Packets go up by QoS rule to flow; while there is no bearer they are kept, bounded, and the phone is asked for
one. What comes down goes to the receiver: an interface, or the stand-in stack.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any

from pilot5g.flow.link import Bypass
from pilot5g.flow.procedure import Procedure
from pilot5g.flow.prompt import PromptOwner
from pilot5g.model import Ambr, PduSessionType, Snssai
from pilot5g.ran.ue.autoconfiguration import Autoconfiguration
from pilot5g.ran.ue.config import SessionWish
from pilot5g.ran.ue.context import SessionContext
from pilot5g.ran.ue.meter import Meter
from pilot5g.ran.ue.rules import Classifier
from pilot5g.wire import ip
from pilot5g.wire.nas import QosRule

if TYPE_CHECKING:
    from pilot5g.ran.ue.phone import Phone


_NOTHING: list[bytes] = []
"""What most sessions keep for want of a bearer; never changed."""


class SessionState(StrEnum):
    """5GSM states of a PDU session in a UE (TS 24.501 6.1.3.2)."""

    INACTIVE = "PDU SESSION INACTIVE"
    ACTIVE_PENDING = "PDU SESSION ACTIVE PENDING"
    ACTIVE = "PDU SESSION ACTIVE"
    INACTIVE_PENDING = "PDU SESSION INACTIVE PENDING"


class Session:
    """A PDU session. The attributes of an established one are those the network gave."""

    __slots__ = (
        "_autoconfiguration", "_bypass", "_classifier", "_held", "_receive", "awaits_bearer", "bearer",
        "context", "id", "meter", "on_address", "on_released", "owner", "packets_down", "packets_dropped",
        "packets_up", "phone", "pti", "state", "wish",
    )  # fmt: skip

    def __init__(self, phone: Phone, session_id: int, wish: SessionWish) -> None:
        self.phone = phone
        self.id = session_id
        self.wish = wish
        self.pti = 0
        """The procedure transaction in progress, 0 where none is."""
        self.state = SessionState.INACTIVE
        self.context: SessionContext | None = None
        self.owner = PromptOwner(self._begin, refuse=self._refuse, failed=self._failed)
        self.bearer = False
        """Whether the radio has a bearer for it now."""
        self.awaits_bearer = False
        """Accepted a moment ago: its bearer comes with the same reconfiguration."""
        self.packets_up = self.packets_down = self.packets_dropped = 0
        self.on_address: list[Callable[[Session], None]] = []
        """Called when an IPv6 address was formed from a router's advertisement, and when it changes."""
        self.on_released: list[Callable[[Session], None]] = []
        """Called once when the session is no more."""
        self.meter: Meter | None = None
        """Who measures what handovers do to its traffic."""
        self._receive: Callable[[list[bytes]], None] | None = None
        self._held: list[bytes] = _NOTHING
        self._classifier: Classifier | None = None
        self._bypass: Bypass | None = None
        self._autoconfiguration: Autoconfiguration | None = None

    # what the network gave

    def _given(self) -> SessionContext:
        if self.context is None:
            raise ValueError(f"PDU session {self.id} is not established")
        return self.context

    @property
    def active(self) -> bool:
        """Established and not released yet."""
        return self.context is not None

    @property
    def kind(self) -> PduSessionType:
        return self._given().kind

    @property
    def ipv4(self) -> IPv4Address | None:
        address = self._given().ipv4
        return IPv4Address(address) if address is not None else None

    @property
    def ipv6(self) -> IPv6Address | None:
        """The global address, None until a router's advertisement came."""
        address = self._given().ipv6
        return IPv6Address(address) if address is not None else None

    @property
    def dns(self) -> tuple[IPv4Address | IPv6Address, ...]:
        return tuple(ip_address(server) for server in self._given().dns)

    @property
    def mtu(self) -> int | None:
        """Octets, None where the network did not say."""
        return self._given().mtu

    @property
    def ambr(self) -> Ambr:
        return self._given().ambr

    @property
    def rules(self) -> list[QosRule]:
        return self._given().rules

    @property
    def dnn(self) -> str | None:
        return self._given().dnn

    @property
    def snssai(self) -> Snssai | None:
        return self._given().snssai

    # control

    def _begin(self, event: Any) -> Procedure | None:
        self.phone.sessions.arrived(self, event)
        return None

    def _refuse(self, event: Any) -> None:
        self.phone.sessions.out_of_state(self, event)

    def _failed(self, bug: BaseException) -> None:
        """A fault of this program costs this session; what the network holds goes by session status."""
        procedure = self.owner.procedure
        self.phone.sessions.failed(self, procedure, bug)

    def established(self, context: SessionContext) -> None:
        """Accepted: from now on packets may be sent; an IPv6 session looks for its router."""
        self.context = context
        self.state = SessionState.ACTIVE
        self.phone.context.sessions[self.id] = context
        self.awaits_bearer = not self.bearer
        self.rules_changed()
        if context.interface_identifier is not None:
            self._autoconfiguration = Autoconfiguration(
                context.interface_identifier, lambda packet: self.send([packet]), self._address
            )
            if self.bearer:
                self._autoconfiguration.start()

    def rules_changed(self) -> None:
        """The context's rules are others now; they are read when there is a packet to try them on."""
        self._classifier = None
        self.offer_bypass()

    def gone(self) -> None:
        """Released, by whomever; nothing goes up or down any more."""
        self.state = SessionState.INACTIVE
        self.bearer = self.awaits_bearer = False
        self.phone.context.sessions.pop(self.id, None)
        self._drop_held()
        self.bypass_with(None)
        if self._autoconfiguration is not None:
            self._autoconfiguration.stop()
        if self.context is not None:
            self.context = None
            for tell in self.on_released:
                tell(self)

    # user plane

    @property
    def pending(self) -> bool:
        """Whether packets wait for a bearer."""
        return bool(self._held)

    def receive_with(self, receive: Callable[[list[bytes]], None] | None) -> None:
        """Set who takes downlink packets; None: nobody."""
        self._receive = receive

    def bypass_with(self, way: Bypass | None) -> None:
        """Set the way past this process for its packets, while there is a bearer with one QoS flow."""
        if self._bypass is not None:
            self._bypass.close()
        self._bypass = way
        self.offer_bypass()

    def offer_bypass(self) -> None:
        """Tell the radio of it, where there is one and the rules leave no choice."""
        connection = self.phone.signalling.connection
        if self._bypass is None or self.context is None or not self.bearer or connection is None:
            return
        only = self._classified().only
        connection.bypass(self.id, only or 0, None if only is None else self._bypass)

    def send(self, packets: list[bytes]) -> None:
        """Uplink packets in order. Without a bearer they are kept, up to `buffered_packets`, and sent once
        the phone has got one."""
        if self.context is None:
            self.packets_dropped += len(packets)
        elif self.bearer:
            self._up(packets)
        else:
            room = self.phone.config.buffered_packets - len(self._held)
            self._held = [*self._held, *packets[: max(0, room)]]
            self.packets_dropped += max(0, len(packets) - room)
            if not (self.awaits_bearer and self.phone.connected):
                self.phone.uplink.want_user_plane()

    def _up(self, packets: list[bytes]) -> None:
        connection = self.phone.signalling.connection
        if connection is None:
            self.packets_dropped += len(packets)
            return
        self.packets_up += len(packets)
        if self._classifier is None:
            self._classifier = self._classified()
        if (only := self._classifier.only) is not None:
            connection.send_packets(self.id, only, packets)
            return
        run: list[bytes] = []
        last: int | None = None
        for packet in packets:
            qfi = self._classifier.qfi(packet)
            if qfi != last and run and last is not None:
                connection.send_packets(self.id, last, run)
                run = []
            last = qfi
            if qfi is None:
                self.packets_dropped += 1
            else:
                run.append(packet)
        if run and last is not None:
            connection.send_packets(self.id, last, run)

    def _classified(self) -> Classifier:
        """Which packets go to which flow, by the rules as they are."""
        return Classifier(self._given().rules, frames=self.kind is PduSessionType.ETHERNET)

    def bearer_up(self) -> None:
        """The radio has a bearer: what was kept goes now."""
        self.bearer, self.awaits_bearer = True, False
        if self.context is None:
            return
        held, self._held = self._held, _NOTHING
        if held:
            self._up(held)
        self.offer_bypass()
        if self._autoconfiguration is not None:
            self._autoconfiguration.start()

    def bearer_down(self) -> None:
        """The radio has none any more; the session stays."""
        self.bearer = self.awaits_bearer = False

    def drop_held(self) -> None:
        """No bearer will come: what was kept is lost, and counted."""
        self._drop_held()

    def _drop_held(self) -> None:
        self.packets_dropped += len(self._held)
        self._held = _NOTHING

    def down(self, packets: list[bytes]) -> None:
        """Downlink packets from the radio, in order."""
        if self.context is None:
            self.packets_dropped += len(packets)
            return
        self.packets_down += len(packets)
        if self.meter is not None:
            self.meter.packets()
        auto = self._autoconfiguration
        if auto is not None:
            packets = [packet for packet in packets if not auto.takes(packet)]
        if packets and self._receive is not None:
            self._receive(packets)

    def _address(self, address: IPv6Address, advertisement: ip.RouterAdvertisement) -> None:
        context = self._given()
        context.ipv6 = str(address)
        context.mtu = context.mtu or advertisement.mtu
        learned = tuple(str(IPv6Address(server)) for server in advertisement.dns)
        context.dns += tuple(server for server in learned if server not in context.dns)
        self.phone.journal.note(self.phone.config.name, f"PDU session {self.id} has address {address}")
        self.phone.changed()
        for tell in self.on_address:
            tell(self)
