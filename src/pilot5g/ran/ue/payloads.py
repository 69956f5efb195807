"""SMS, positioning messages and UE policies of a phone: what others put into NAS transports (TS 24.501 5.4).

The phone has no stack for any of them. Whoever gives it one sends with `send` and hears with `listen`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from pilot5g.wire import nas

if TYPE_CHECKING:
    from pilot5g.ran.ue.uplink import Uplink

KEPT = 16


class Payload(msgspec.Struct, frozen=True):
    """One message; `routing` is the additional information that came with it."""

    kind: nas.PayloadContainerType
    octets: bytes
    routing: bytes | None = None


class Payloads:
    """One phone's. `received` are the last ones."""

    __slots__ = ("_listeners", "_uplink", "received")

    def __init__(self, uplink: Uplink) -> None:
        self._uplink = uplink
        self._listeners: tuple[Callable[[Payload], None], ...] = ()
        self.received: tuple[Payload, ...] = ()

    def listen(self, hear: Callable[[Payload], None]) -> None:
        """Hear every message from now on."""
        self._listeners = (*self._listeners, hear)

    def send(self, kind: nas.PayloadContainerType, octets: bytes, routing: bytes | None = None) -> None:
        """UL NAS TRANSPORT; from idle, a service request goes first (5.6.1.1 b)."""
        self._uplink.send(
            nas.UlNasTransport(
                payload_container_type=kind, payload_container=octets, additional_information=routing
            )
        )

    def receive(self, message: nas.DlNasTransport) -> None:
        """DL NAS TRANSPORT with anything but a 5GSM message (5.4.5.3.3)."""
        payload = Payload(
            message.payload_container_type, message.payload_container, message.additional_information
        )
        self.received = (*self.received, payload)[-KEPT:]
        for hear in self._listeners:
            hear(payload)
