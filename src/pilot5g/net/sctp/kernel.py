"""SCTP of the Linux kernel: one-to-one sockets with the stream and PPID beside each message (RFC 6458).

The numbers and layouts are those of <linux/sctp.h>; a test compares them with the header where it is
installed. `open_socket` is the seam: tests put a stand-in there, for not every kernel has SCTP.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import struct
from collections import deque
from collections.abc import Callable
from typing import Any

from pilot5g.flow.link import NGAP_PPID, Address, AssociationUser
from pilot5g.net.sctp.options import SctpOptions, SctpUnavailable, lost

log = logging.getLogger(__name__)

SCTP_RTOINFO, SCTP_ASSOCINFO, SCTP_INITMSG, SCTP_NODELAY = 0, 1, 2, 3
SCTP_PEER_ADDR_PARAMS, SCTP_EVENTS, SCTP_STATUS, SCTP_DELAYED_SACK = 9, 11, 14, 16
SCTP_SNDRCV = 1
SPP_HB_ENABLE = 1
MSG_NOTIFICATION = 0x8000
SCTP_ASSOC_CHANGE = 0x8001
SCTP_COMM_UP, SCTP_COMM_LOST, SCTP_RESTART, SCTP_SHUTDOWN_COMP, SCTP_CANT_STR_ASSOC = range(5)

SNDRCVINFO = struct.Struct("@HHHIIIIIi")
"""stream, ssn, flags, ppid (network order), context, time to live, tsn, cumulative tsn, association."""

_STATUS = struct.Struct("@iiIHHHH")
_CLOSING = 1.0
_SPACE = 4 << 20
_PIECE = 1 << 18
_MAX_PIECES = 64

OpenSocket = Callable[[int], Any]
"""An address family -> a socket."""


def kernel_socket(family: int) -> socket.socket:
    """A one-to-one SCTP socket. Raises SctpUnavailable where the kernel has none."""
    try:
        return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_SCTP)
    except OSError as error:
        raise SctpUnavailable(
            error.errno or errno.EPROTONOSUPPORT,
            "this kernel has no SCTP: load the module (modprobe sctp), or use usrsctp",
        ) from error


def available() -> bool:
    """Whether the kernel has SCTP."""
    try:
        kernel_socket(socket.AF_INET).close()
    except SctpUnavailable:
        return False
    return True


def socket_options(options: SctpOptions) -> list[tuple[int, bytes]]:
    """What every socket is told before it connects or listens."""

    def ms(seconds: float) -> int:
        return round(seconds * 1000)

    n, retrans = options.streams, options.max_retrans
    rto = struct.pack("=iIII", 0, ms(options.rto_initial), ms(options.rto_max), ms(options.rto_min))
    return [
        (SCTP_NODELAY, struct.pack("=i", 1)),
        (SCTP_EVENTS, bytes([1, 1, 0, 0, 0, 0, 0, 0])),  # stream and PPID of each message; the association
        (SCTP_INITMSG, struct.pack("=HHHH", n, n, options.init_attempts, ms(options.rto_max))),
        (SCTP_RTOINFO, rto),
        (SCTP_ASSOCINFO, struct.pack("=iHHIII", 0, retrans, 0, 0, 0, 0)),
        (
            SCTP_PEER_ADDR_PARAMS,
            struct.pack("=i128sIHIIIxx", 0, b"", ms(options.heartbeat), retrans, 0, 0, SPP_HB_ENABLE),
        ),
        (SCTP_DELAYED_SACK, struct.pack("=iII", 0, ms(options.sack_delay), 2)),
    ]  # fmt: skip


def sending(stream: int) -> list[tuple[int, int, bytes]]:
    """The ancillary data of an NGAP message."""
    info = SNDRCVINFO.pack(stream, 0, 0, socket.htonl(NGAP_PPID), 0, 0, 0, 0, 0)
    return [(socket.IPPROTO_SCTP, SCTP_SNDRCV, info)]


def received(ancillary: list[tuple[int, int, bytes]]) -> tuple[int, int]:
    """Stream and PPID of a received message; PPID -1 where the kernel did not say."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.IPPROTO_SCTP, SCTP_SNDRCV) and len(data) >= SNDRCVINFO.size:
            info = SNDRCVINFO.unpack_from(data)
            return info[0], socket.ntohl(info[3])
    return 0, -1


class KernelAssociation:
    """One association (`flow.link.Association`)."""

    def __init__(self, endpoint: KernelEndpoint, user: AssociationUser, sock: Any, peer: Address) -> None:
        self._endpoint = endpoint
        self._loop = endpoint.loop
        self._user = user
        self._socket = sock
        self._peer = peer
        self._streams = endpoint.options.streams
        self._queue: deque[tuple[bytes, int]] = deque()
        self._parts: list[bytes] = []
        self._up = self._closing = self._known = False
        self._held = True
        endpoint.associations.add(self)

    @property
    def peer(self) -> Address:
        """The remote address and SCTP port."""
        return self._peer

    @property
    def streams(self) -> int:
        """How many outbound streams were agreed; before it is up, how many are asked for."""
        return self._streams

    def send(self, data: bytes, stream: int) -> None:
        """Queue one message; what is sent before the association is up goes out when it is.

        Raises ValueError for a stream that was not agreed and for a message longer than any.
        """
        if not 0 <= stream < self._streams:
            raise ValueError(f"stream {stream} of {self._streams}")
        if len(data) > self._endpoint.options.max_message or not data:
            raise ValueError(f"a message of {len(data)} octets")
        if not self._held or self._closing:
            return
        self._queue.append((data, stream))
        if len(self._queue) > self._endpoint.options.max_queue:
            self._abort("the peer does not take its messages")
        elif len(self._queue) == 1:
            self._flush()

    def close(self) -> None:
        """Shut down gracefully once everything queued is acknowledged."""
        if not self._up:
            self.abort()
        elif self._held and not self._closing:
            self._closing = True
            self._flush()

    def abort(self) -> None:
        """End at once; `on_down` is told on the loop's next turn."""
        self._abort("aborted here")

    def called(self) -> None:
        """The user made it by `connect`, so he is told how it ends even if it never comes up."""
        self._known = True

    def connected(self) -> None:
        """A connecting socket has its outcome."""
        self._loop.remove_writer(self._socket.fileno())
        failed = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if failed:
            self._end(lost(failed))
        else:
            self.establish()

    def establish(self) -> None:
        """Handshake done: say so, and begin to read and send."""
        try:
            status = self._socket.getsockopt(socket.IPPROTO_SCTP, SCTP_STATUS, 256)
        except OSError as error:  # it ended between the handshake and now
            self._end(lost(error.errno or 0))
            return
        self._streams = _STATUS.unpack_from(status)[6]
        self._up = self._known = True
        self._loop.add_reader(self._socket.fileno(), self._read)
        self._flush()
        self._endpoint.tell(self._user.on_up, self)

    def _abort(self, reason: str) -> None:
        if self._held:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("=ii", 1, 0))
            self._let_go()
            self._loop.call_soon(self._tell_down, reason)

    def _read(self) -> None:
        for _ in range(_MAX_PIECES):
            if not self._held:
                return
            try:
                data, ancillary, flags, _ = self._socket.recvmsg(_PIECE, 256)
            except BlockingIOError:
                return
            except OSError as error:
                self._end(lost(error.errno or 0))
                return
            if flags & MSG_NOTIFICATION:
                self._notified(data)
            elif not data:
                self._end("shut down" if self._closing else "shut down by the peer")
            else:
                self._piece(data, ancillary, flags)

    def _piece(self, data: bytes, ancillary: list[tuple[int, int, bytes]], flags: int) -> None:
        self._parts.append(data)
        if sum(map(len, self._parts)) > self._endpoint.options.max_message:
            return self._abort("the peer sends a message longer than any")
        if not flags & socket.MSG_EOR:
            return None
        data, self._parts = b"".join(self._parts), []
        stream, ppid = received(ancillary)
        if ppid != NGAP_PPID:
            return self._endpoint.count_foreign(ppid, self._peer)
        return self._endpoint.tell(self._user.on_message, self, data, stream)

    def _notified(self, note: bytes) -> None:
        kind, _, _, state = struct.unpack_from("=HHIH", note)
        if kind != SCTP_ASSOC_CHANGE or state == SCTP_COMM_UP:
            return  # up is known from connect and accept
        if state == SCTP_RESTART:
            self._restart()
        elif state == SCTP_SHUTDOWN_COMP:
            self._end("shut down" if self._closing else "shut down by the peer")
        else:
            self._end(lost(self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) or errno.ECONNABORTED))

    def _restart(self) -> None:
        """The peer lost its memory and came back (RFC 9260 5.2.2): another association on the same socket."""
        sock = self._socket
        self._let_go(keep_socket=True)
        self._tell_down("restarted by the peer")
        KernelAssociation(self._endpoint, self._user, sock, self._peer).establish()

    def _flush(self) -> None:
        """Send what waits, as far as the kernel takes it, then begin the graceful end if it was asked for."""
        fd = self._socket.fileno() if self._held else -1
        while self._held and self._up and self._queue:
            data, stream = self._queue[0]
            try:
                self._socket.sendmsg([data], sending(stream))
            except BlockingIOError:
                self._loop.add_writer(fd, self._flush)
                return
            except OSError as error:
                log.debug("send to %s:%d: %s", *self._peer, error)  # its end is told by a notification
            self._queue.popleft()
        if self._held and self._up:
            self._loop.remove_writer(fd)
            if self._closing:
                self._shut()

    def _shut(self) -> None:
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            self._end(lost(error.errno or 0))

    def _end(self, reason: str) -> None:
        if self._held:
            self._let_go()
            self._tell_down(reason)

    def _let_go(self, *, keep_socket: bool = False) -> None:
        self._held = False
        self._queue.clear()
        self._parts.clear()
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        if not keep_socket:
            self._socket.close()

    def _tell_down(self, reason: str) -> None:
        if self._known:
            self._endpoint.tell(self._user.on_down, self, reason)
        self._endpoint.gone(self)


class KernelEndpoint:
    """Where associations come from (`flow.link.AssociationEndpoint`). Make it on a running loop."""

    def __init__(self, options: SctpOptions, open_socket: OpenSocket = kernel_socket) -> None:
        self.options = options
        self.loop = asyncio.get_running_loop()
        self.associations: set[KernelAssociation] = set()
        self.foreign = 0
        """Messages dropped because they are not NGAP's."""
        self._open_socket = open_socket
        self._listening: list[Any] = []
        self._empty: asyncio.Future[None] | None = None

    def listen(self, local: Address, user: AssociationUser) -> None:
        """Accept associations at `local`. Raises OSError where the address is not to be had."""
        sock = self._socket(local)
        try:
            sock.bind(local)
            sock.listen(128)
        except OSError:
            sock.close()
            raise
        self._listening.append(sock)
        self.loop.add_reader(sock.fileno(), self._accept, sock, user)

    def connect(self, local: Address, remote: Address, user: AssociationUser) -> KernelAssociation:
        """Begin an association (local port 0: any). Raises OSError where the address is not to be had."""
        sock = self._socket(remote)
        try:
            sock.bind(local)
        except OSError:
            sock.close()
            raise
        association = KernelAssociation(self, user, sock, remote)
        association.called()
        try:
            sock.connect(remote)
        except BlockingIOError:
            self.loop.add_writer(sock.fileno(), association.connected)
        except OSError as error:
            association._abort(lost(error.errno or 0))
        else:
            self.loop.add_writer(sock.fileno(), association.connected)
        return association

    async def close(self) -> None:
        """Stop listening, shut every association down, abort those that do not end within a second."""
        for sock in self._listening:
            self.loop.remove_reader(sock.fileno())
            sock.close()
        self._listening.clear()
        for association in list(self.associations):
            association.close()
        await self._until_empty(_CLOSING)
        for association in list(self.associations):
            association.abort()
        await self._until_empty(None)

    def count_foreign(self, ppid: int, peer: Address) -> None:
        """A message with another payload protocol than NGAP's is dropped (TS 38.412 7)."""
        if not self.foreign:
            log.warning("%s:%d sends payload protocol %d, not NGAP's 60: dropped", *peer, ppid)
        self.foreign += 1

    def gone(self, association: KernelAssociation) -> None:
        """The association's user knows."""
        self.associations.discard(association)
        if self._empty is not None and not self.associations and not self._empty.done():
            self._empty.set_result(None)

    def tell(self, call: Any, *arguments: Any) -> None:
        """Tell a user; his bug must not cost the other associations."""
        try:
            call(*arguments)
        except Exception as error:
            self.loop.call_exception_handler({"message": "an association's user failed", "exception": error})

    async def _until_empty(self, timeout: float | None) -> None:
        if self.associations:
            self._empty = self.loop.create_future()
            await asyncio.wait((self._empty,), timeout=timeout)

    def _socket(self, address: Address) -> Any:
        sock = self._open_socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                sock.setsockopt(socket.SOL_SOCKET, option, _SPACE)
            for number, value in socket_options(self.options):
                sock.setsockopt(socket.IPPROTO_SCTP, number, value)
        except OSError:
            sock.close()
            raise
        return sock

    def _accept(self, listening: Any, user: AssociationUser) -> None:
        try:
            sock, peer = listening.accept()
        except OSError:
            return  # gone before it was taken
        sock.setblocking(False)
        KernelAssociation(self, user, sock, (peer[0], peer[1])).establish()
