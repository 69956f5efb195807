"""UDP for GTP-U: a datagram port that receives and sends in batches.

asyncio's own datagram transport wakes the loop for every packet and copies it through two callbacks. This
one drains the socket (`receive`) and hands over what was there as one list. A full send buffer is a full
link: the datagram is dropped and counted, as a router would.

What is sent in a batch is mostly full packets of a TCP stream to one gNB: equal sizes, one destination. Such
a run, its last one perhaps shorter, goes to the kernel as one segmented send (UDP GSO), which leaves the host
as the same datagrams at a fifth of the cost.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from struct import Struct

from pilot5g.flow.link import Address, Datagram
from pilot5g.net.namespace import inside
from pilot5g.net.receive import SOL_UDP_GRO, mailbox

BATCH = 64
"""Datagrams after which no more are taken in one wake-up: enough to pay for it, few enough to let timers run.
The last message may bring a merged stream of as many again."""
BUFFER = 8 * 1024 * 1024
_SO_RCVBUFFORCE, _SO_SNDBUFFORCE = 33, 32
MAX_DATAGRAM = 65_535
_UDP_SEGMENT = 103
_UDP_NO_CHECK6_RX = 102
_MOST_SEGMENTS = 64
_MOST_OCTETS = 65_000
_SIZE = Struct("=H")
_TYPE_OF_SERVICE = Struct("=i")
Option = tuple[int, int, bytes]


class UdpPort:
    """A DatagramPort (flow.link) over one non-blocking UDP socket."""

    def __init__(self, sock: socket.socket, *, segmented: bool = True) -> None:
        self._socket = sock
        self._segmented = MAX_DATAGRAM if segmented else 0
        """The longest datagram that may be a segment."""
        self._loop = asyncio.get_running_loop()
        self._receive: Callable[[list[Datagram]], None] = _discard
        ipv6 = sock.family == socket.AF_INET6
        self._type_of_service = (
            (socket.IPPROTO_IPV6, socket.IPV6_TCLASS) if ipv6 else (socket.IPPROTO_IP, socket.IP_TOS)
        )
        host, port = sock.getsockname()[:2]
        self._local: Address = (host, port)
        self.dropped = 0
        """Datagrams not sent: the socket's buffer was full, or the network refused them."""
        self._loop.add_reader(sock.fileno(), self._readable)

    @property
    def local(self) -> Address:
        return self._local

    def on_datagrams(self, receive: Callable[[list[Datagram]], None]) -> None:
        self._receive = receive

    def send(self, data: bytes, to: Address) -> None:
        try:
            self._socket.sendto(data, to)
        except OSError:
            self.dropped += 1

    def send_many(self, datagrams: Iterable[Datagram], marking: int = 0) -> None:
        options = [(*self._type_of_service, _TYPE_OF_SERVICE.pack(marking << 2))] if marking else []
        run: list[bytes] = []
        size, most, target = -1, 0, self._local
        for data, to in datagrams:
            if len(run) < most and 0 < len(data) <= size and to == target:
                run.append(data)
                if len(data) < size:
                    most = 0  # the shorter one is the last
                continue
            if run:
                self._send_run(run, target, options)
            run, size, target = [data], len(data), to
            most = min(_MOST_SEGMENTS, _MOST_OCTETS // size) if 0 < size <= self._segmented else 1
        if run:
            self._send_run(run, target, options)

    def _send_run(self, run: list[bytes], to: Address, options: list[Option]) -> None:
        """Datagrams to one address, of one size but for the last: segmented by the kernel, or where it will
        not, one by one."""
        size = len(run[0])
        if len(run) > 1:
            try:
                segment = (socket.SOL_UDP, _UDP_SEGMENT, _SIZE.pack(size))
                self._socket.sendmsg(run, [*options, segment], 0, to)
                return
            except BlockingIOError:
                self.dropped += len(run)
                return
            except OSError:
                self._segmented = size - 1  # longer than the path's MTU, or a kernel without
        for data in run:
            if not options:
                self.send(data, to)
                continue
            try:
                self._socket.sendmsg([data], options, 0, to)
            except OSError:
                self.dropped += 1

    def close(self) -> None:
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
        self._receive = _discard

    def _readable(self) -> None:
        batch: list[Datagram] = []
        box, descriptor = mailbox(), self._socket.fileno()
        while box.receive(descriptor, batch) and len(batch) < BATCH:
            pass
        if batch:
            self._receive(batch)


def _discard(_: list[Datagram]) -> None:
    """No receiver yet, or none any more."""


def open_udp(local: Address, *, namespace: str | None = None, segmented: bool = True) -> UdpPort:
    """A port bound to `local` (port 0: any), in that network namespace. Raises OSError.

    `segmented` False sends and receives every datagram by itself: for captures on the sending host, which
    show a segmented send as the one packet it still is there.
    """
    family = socket.AF_INET6 if ":" in local[0] else socket.AF_INET
    sock = inside(namespace, lambda: socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC))
    try:
        sock.setblocking(False)
        for forced, plain in ((_SO_RCVBUFFORCE, socket.SO_RCVBUF), (_SO_SNDBUFFORCE, socket.SO_SNDBUF)):
            _enlarge(sock, forced, plain)
        if family == socket.AF_INET6:  # tunnels may leave it out (RFC 6935): user packets have their own
            sock.setsockopt(socket.SOL_UDP, _UDP_NO_CHECK6_RX, 1)
        with suppress(OSError):  # a kernel before 5.0 merges nothing
            sock.setsockopt(socket.SOL_UDP, SOL_UDP_GRO, int(segmented))
        sock.bind(local)
    except OSError:
        sock.close()
        raise
    return UdpPort(sock, segmented=segmented)


def _enlarge(sock: socket.socket, forced: int, plain: int) -> None:
    """Root may pass net.core.rmem_max; anybody else gets what it allows."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, forced, BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, plain, BUFFER)
