"""What carries SCTP packets below usrsctp: raw IP protocol 132, or UDP (RFC 6951); a socket per address.

A raw socket bound to an address gets every SCTP packet for it, so one process owns protocol 132 of an
address: two would answer each other's packets with ABORT.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from typing import Any

from pilot5g.flow.link import Address
from pilot5g.net.sctp.options import SctpUnavailable

_BATCH = 64
_SPACE = 4 << 20
_IP_MTU_DISCOVER, _IP_PMTUDISC_DO = 10, 2

Feed = Callable[["Carrier", Address, memoryview], None]


class Carrier:
    """A non-blocking socket and what is known of the peers behind it. Raises OSError where it cannot bind."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.users = 0
        self.routes: dict[Address, Any] = {}
        self.receive: Callable[[bytearray], tuple[int, Address]] = sock.recvfrom_into
        """The system call; whoever measures puts himself in between."""
        self.largest = 65535
        """Octets of the longest SCTP packet its users want to be sent."""
        self.lost = 0
        """Packets the system did not take; SCTP repeats what mattered."""
        self._buffer = bytearray(65536)
        self._view = memoryview(self._buffer)
        sock.setblocking(False)
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            sock.setsockopt(socket.SOL_SOCKET, option, _SPACE)

    def send(self, packet: Any, to: Address) -> None:
        """Put one packet on the wire, or lose it."""
        try:
            self.socket.sendto(packet, to)
        except OSError:
            self.lost += 1

    def drain(self, feed: Feed) -> None:
        """Hand over what has come, a batch at most, so that nobody else starves."""
        receive = self.receive
        for _ in range(_BATCH):
            try:
                length, peer = receive(self._buffer)
            except BlockingIOError:
                return
            except OSError:
                continue  # an ICMP error of an earlier packet
            payload = self.payload(length)
            if payload is not None:
                feed(self, peer, payload)

    def payload(self, length: int) -> memoryview | None:
        """The SCTP packet in what was received."""
        return self._view[:length]

    def close(self) -> None:
        """Give the address back."""
        self.socket.close()


class UdpCarrier(Carrier):
    """SCTP over UDP: the packet is the datagram (RFC 6951 5.3)."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(_bound(socket.socket(socket.AF_INET, socket.SOCK_DGRAM), host, port))


class RawCarrier(Carrier):
    """SCTP over IPv4 itself. The kernel makes the IP header, and hands it over with what it receives."""

    def __init__(self, host: str) -> None:
        try:
            sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_SCTP)
        except PermissionError as error:
            raise SctpUnavailable(
                errno.EPERM, "raw SCTP needs root or CAP_NET_RAW: grant it, or carry SCTP over UDP"
            ) from error
        sock.setsockopt(socket.IPPROTO_IP, _IP_MTU_DISCOVER, _IP_PMTUDISC_DO)
        super().__init__(_bound(sock, host, 0))

    def payload(self, length: int) -> memoryview | None:
        """What follows the IP header; None for what is no IPv4 packet."""
        header = (self._buffer[0] & 15) * 4
        if self._buffer[0] >> 4 != 4 or not 20 <= header <= length:
            return None
        return self._view[header:length]


def raw_permitted() -> bool:
    """Whether this process may open raw sockets."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_SCTP).close()
    except OSError:
        return False
    return True


def _bound(sock: socket.socket, host: str, port: int) -> socket.socket:
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        number = error.errno or errno.EADDRNOTAVAIL
        raise OSError(number, f"{host}:{port}: {os.strerror(number)}") from error
    return sock
