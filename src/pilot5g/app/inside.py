"""A data network inside the program, for machines that grant no namespaces: it answers, and calls back.

Echo requests are answered (RFC 792, RFC 4443), UDP datagrams to port 7 come back (RFC 862), and a datagram to
port 9007 whose payload begins with a number of milliseconds comes back after so long: downlink traffic for a
phone that has gone idle meanwhile.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from ipaddress import ip_address

from pilot5g.app.config import DataNetwork
from pilot5g.wire import ip
from pilot5g.wire.errors import DecodeError

ECHO_PORT = 7
CALLBACK_PORT = 9007
LONGEST = 60_000
"""The longest delay of a call back, milliseconds."""


class InsideNetwork:
    """A PacketPort whose far side is this object. Its own addresses are those of the data network."""

    def __init__(self, network: DataNetwork) -> None:
        self._name = f"inside-{network.dnn}"
        self._pools = (network.ipv4_pool, network.ipv6_pool)
        self._own = {ip.pack(network.gateway4), ip.pack(network.gateway6)}
        self._receive: Callable[[list[bytes]], None] = lambda packets: None
        self._later: set[asyncio.TimerHandle] = set()

    @property
    def name(self) -> str:
        return self._name

    def on_packets(self, receive: Callable[[list[bytes]], None]) -> None:
        """Set the one receiver of what this network sends."""
        self._receive = receive

    def send(self, packet: bytes) -> None:
        """A packet from a phone."""
        self.send_many([packet])

    def send_many(self, packets: Iterable[bytes]) -> None:
        """Packets from phones; the answers come back in the loop's next turn."""
        answers = [answer for packet in packets if (answer := self._answer(packet)) is not None]
        if answers:
            asyncio.get_running_loop().call_soon(self._receive, answers)

    def call(self, address: str, port: int) -> None:
        """Send a datagram to a phone, in the loop's next turn, if its address is one of this network's."""
        if not any(ip_address(address) in pool for pool in self._pools):
            return
        to = ip.pack(address)
        own = next(each for each in self._own if len(each) == len(to))
        packet = ip.build_udp(ip.Datagram(own, CALLBACK_PORT, to, port, b"call"))
        asyncio.get_running_loop().call_soon(self._receive, [packet])

    def close(self) -> None:
        """Nothing comes from here any more."""
        for handle in self._later:
            handle.cancel()
        self._later.clear()

    def _answer(self, packet: bytes) -> bytes | None:
        try:
            if ip.destination(packet) not in self._own:
                return None
            echo = ip.parse_echo(packet)
            if echo is not None and echo.request:
                reply = ip.Echo(False, echo.identifier, echo.sequence, echo.data)
                return ip.build_echo(ip.destination(packet), ip.source(packet), reply)
            datagram = ip.parse_udp(packet)
        except DecodeError:
            return None
        return self._datagram(datagram) if datagram is not None else None

    def _datagram(self, got: ip.Datagram) -> bytes | None:
        back = ip.build_udp(
            ip.Datagram(got.destination, got.destination_port, got.source, got.source_port, got.payload)
        )
        if got.destination_port == ECHO_PORT:
            return back
        if got.destination_port == CALLBACK_PORT:
            delay = got.payload.split(b" ")[0]
            if delay.isdigit() and len(delay) <= 5 and int(delay) <= LONGEST:
                self._after(int(delay) / 1000, back)
        return None

    def _after(self, seconds: float, packet: bytes) -> None:
        def due() -> None:
            self._later.discard(handle)
            self._receive([packet])

        handle = asyncio.get_running_loop().call_later(seconds, due)
        self._later.add(handle)
