"""A stand-in IP stack for phones without an interface of their own: ping, answers to ping, UDP.

It makes and reads whole packets with `wire.ip` and knows no socket. It serves where no TUN is to be had and
in tests on the virtual clock.
"""

from __future__ import annotations

import asyncio
from collections import deque
from ipaddress import ip_address
from typing import TYPE_CHECKING

from pilot5g.wire import ip

if TYPE_CHECKING:
    from pilot5g.ran.ue.session import Session

EPHEMERAL = 49152
"""The first dynamic port (RFC 6335 6)."""
BACKLOG = 1024
"""Datagrams a UDP port keeps until they are read."""


class UdpPort:
    """A UDP port of the phone, in either family."""

    def __init__(self, stack: Stack, number: int) -> None:
        self._stack = stack
        self.number = number
        self._arrived: deque[ip.Datagram] = deque(maxlen=BACKLOG)
        self._waiter: asyncio.Future[None] | None = None

    def send(self, data: bytes, host: str, port: int) -> None:
        """Raises ValueError where the session has no address of the host's family."""
        destination = ip.pack(host)
        source = self._stack.address_for(destination)
        self._stack.emit(ip.build_udp(ip.Datagram(source, self.number, destination, port, data)))

    async def receive(self, timeout: float = 5.0) -> tuple[bytes, str, int]:
        """Data, host and port of the next datagram. Raises TimeoutError."""
        if not self._arrived:
            self._waiter = asyncio.get_running_loop().create_future()
            async with asyncio.timeout(timeout):
                await self._waiter
        datagram = self._arrived.popleft()
        return datagram.payload, ip.text(datagram.source), datagram.source_port

    def close(self) -> None:
        """The port is free again."""
        self._stack.forget(self)

    def arrives(self, datagram: ip.Datagram) -> None:
        """A datagram for this port."""
        self._arrived.append(datagram)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Stack:
    """The IP stack of one PDU session."""

    def __init__(self, session: Session, identifier: int = 1) -> None:
        """`identifier` tells the echo requests of several stacks apart (RFC 792)."""
        self._session = session
        self._identifier = identifier
        self._sequence = 0
        self._pings: dict[int, asyncio.Future[None]] = {}
        self._ports: dict[int, UdpPort] = {}
        self.echoes_answered = 0
        session.receive_with(self._receive)

    async def ping(self, host: str, *, size: int = 56, timeout: float = 5.0) -> float:
        """The seconds until the echo reply, on the loop's clock. Raises TimeoutError, and ValueError where
        the session has no address of the host's family."""
        loop = asyncio.get_running_loop()
        destination = ip.pack(host)
        source = self.address_for(destination)
        self._sequence = sequence = (self._sequence + 1) & 0xFFFF
        reply = self._pings[sequence] = loop.create_future()
        began = loop.time()
        echo = ip.Echo(request=True, identifier=self._identifier, sequence=sequence, data=bytes(size))
        self.emit(ip.build_echo(source, destination, echo))
        try:
            async with asyncio.timeout(timeout):
                await reply
        finally:
            del self._pings[sequence]
        return loop.time() - began

    def udp(self, number: int = 0) -> UdpPort:
        """Open a UDP port; 0: any free one. Raises ValueError where it is taken."""
        if number == 0:
            number = next(n for n in range(EPHEMERAL, 65536) if n not in self._ports)
        if number in self._ports:
            raise ValueError(f"UDP port {number} is in use")
        port = self._ports[number] = UdpPort(self, number)
        return port

    def forget(self, port: UdpPort) -> None:
        """A UDP port was closed."""
        self._ports.pop(port.number, None)

    def address_for(self, destination: bytes) -> bytes:
        """The session's address of the destination's family. Raises ValueError."""
        own = self._session.ipv4 if len(destination) == 4 else self._session.ipv6
        if own is None:
            raise ValueError(f"no address to reach {ip_address(destination)} from")
        return own.packed

    def emit(self, packet: bytes) -> None:
        """Send a packet."""
        self._session.send([packet])

    def _receive(self, packets: list[bytes]) -> None:
        for packet in packets:
            echo = ip.parse_echo(packet)
            if echo is not None:
                self._echo(packet, echo)
            elif (datagram := ip.parse_udp(packet)) is not None:
                port = self._ports.get(datagram.destination_port)
                if port is not None and datagram.destination == self._own(datagram.destination):
                    port.arrives(datagram)

    def _own(self, address: bytes) -> bytes:
        own = self._session.ipv4 if len(address) == 4 else self._session.ipv6
        return own.packed if own is not None else b""

    def _echo(self, packet: bytes, echo: ip.Echo) -> None:
        source, destination = ip.source(packet), ip.destination(packet)
        if destination != self._own(destination):
            return
        if echo.request:
            self.echoes_answered += 1
            answer = ip.Echo(False, echo.identifier, echo.sequence, echo.data)
            self.emit(ip.build_echo(destination, source, answer))
        elif echo.identifier == self._identifier:
            waiter = self._pings.get(echo.sequence)
            if waiter is not None and not waiter.done():
                waiter.set_result(None)
