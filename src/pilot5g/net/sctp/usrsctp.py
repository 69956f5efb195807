"""SCTP associations in user space, over the process's one `Stack`."""

from __future__ import annotations

import asyncio
import errno
import logging
import struct
from collections import deque
from typing import Any

from pilot5g.flow.link import NGAP_PPID, Address, AssociationUser
from pilot5g.net.sctp import _cdef as c
from pilot5g.net.sctp.carrier import Carrier
from pilot5g.net.sctp.library import Received
from pilot5g.net.sctp.options import SctpOptions, lost
from pilot5g.net.sctp.stack import Listener, Route, stack

log = logging.getLogger(__name__)

_CLOSING = 1.0


class UsrsctpAssociation:
    """One association (`flow.link.Association`)."""

    __slots__ = (
        "_closing", "_endpoint", "_held", "_known", "_parts", "_peer", "_queue", "_route", "_size",
        "_stack", "_streams", "_up", "_user", "key", "socket",
    )  # fmt: skip

    def __init__(
        self, endpoint: UsrsctpEndpoint, user: AssociationUser, route: Route, port: int, of: Any, key: int
    ) -> None:
        self._endpoint = endpoint
        self._stack = endpoint.stack
        self._user = user
        self._route = route
        self._peer = (route.address[0], port)
        self._streams = endpoint.options.streams
        self._queue: deque[tuple[bytes, int]] = deque()
        self._parts: list[bytes] = []
        self._size = 0
        self._up = self._closing = self._known = False
        self._held = True
        self.socket = of
        self.key = key
        self._stack.hold(route)
        self._stack.add(self, key)
        self._stack.associations += 1
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
        self._stack.touch()
        if self._queue or not self._up:
            self._wait(data, stream)
            return
        failed = self._stack.library.send(self.socket, data, stream)
        if failed == errno.EAGAIN:
            self._wait(data, stream)
        elif self._stack.outbox.full:
            self._stack.flush()
        # any other error is the association's end, which a notification tells

    def _wait(self, data: bytes, stream: int) -> None:
        self._queue.append((data, stream))
        if len(self._queue) > self._endpoint.options.max_queue:
            self._abort("the peer does not take its messages")

    def close(self) -> None:
        """Shut down gracefully once everything queued is acknowledged."""
        if not self._held or self._closing:
            return
        if not self._up:
            self.abort()
            return
        self._closing = True
        self._stack.touch()
        self._flush()

    def abort(self) -> None:
        """End at once; `on_down` is told on the loop's next turn."""
        self._abort("aborted here")

    def _abort(self, reason: str) -> None:
        if self._held:
            self._stack.touch()
            self._let_go(abort=True)
            assert self._stack.loop is not None
            self._stack.loop.call_soon(self._tell_down, reason)

    def forget(self) -> None:
        """Its loop and its socket are gone, and nobody is left to be told."""
        self._held = False

    def read(self) -> None:
        """Take everything the library has for this association."""
        receive = self._stack.library.receive
        while self._held:
            got = receive(self.socket)
            if isinstance(got, int):
                if got != errno.EAGAIN:
                    self._end(lost(got))
                return self._flush()
            if got[3] & c.MSG_NOTIFICATION:
                self._notified(got[0])
            elif not got[0]:
                self._end("shut down by the peer")
            else:
                self._message(got)
        return None

    def _message(self, got: Received) -> None:
        data, stream, ppid, flags = got
        if not flags & c.MSG_EOR or self._parts:
            self._parts.append(data)
            self._size += len(data)
            if self._size > self._endpoint.options.max_message:
                return self._abort("the peer sends a message longer than any")
            if not flags & c.MSG_EOR:
                return None
            data, self._parts, self._size = b"".join(self._parts), [], 0
        if ppid != NGAP_PPID:
            return self._endpoint.count_foreign(ppid, self._peer)
        return self._stack.tell(self._user.on_message, self, data, stream)

    def _notified(self, note: bytes) -> None:
        kind = struct.unpack_from("=H", note)[0]
        if kind == c.SCTP_PEER_ADDR_CHANGE:
            log.debug("path to %s:%d changed its state", *self._peer)
        if kind != c.SCTP_ASSOC_CHANGE:
            return
        state, _, outbound = struct.unpack_from("=HHH", note, 8)
        if state == c.SCTP_COMM_UP:
            self._establish(outbound)
        elif state == c.SCTP_RESTART:
            self._restart(outbound)
        elif state == c.SCTP_SHUTDOWN_COMP:
            self._end("shut down" if self._closing else "shut down by the peer")
        else:
            self._end(lost(self._stack.library.error(self.socket)))

    def called(self) -> None:
        """The user made it by `connect`, so he is told how it ends even if it never comes up."""
        self._known = True

    def _establish(self, streams: int) -> None:
        self._up = self._known = True
        self._streams = streams
        self._flush()
        self._stack.tell(self._user.on_up, self)

    def _restart(self, streams: int) -> None:
        """The peer lost its memory and came back (RFC 9260 5.2.2): another association on the same socket."""
        endpoint, user, route, port = self._endpoint, self._user, self._route, self._peer[1]
        successor = UsrsctpAssociation(endpoint, user, route, port, self.socket, self.key)
        self._let_go(keep_socket=True)
        self._tell_down("restarted by the peer")
        if successor._held:
            successor._establish(streams)
            successor.read()

    def _flush(self) -> None:
        """Send what waited, and begin the graceful end when nothing does."""
        while self._held and self._up and self._queue:
            failed = self._stack.library.send(self.socket, *self._queue[0])
            if failed == errno.EAGAIN:
                return
            self._queue.popleft()
        if self._closing and self._held and not self._queue:
            self._stack.library.shutdown(self.socket)

    def _end(self, reason: str) -> None:
        if self._held:
            self._let_go()
            self._tell_down(reason)

    def _let_go(self, *, abort: bool = False, keep_socket: bool = False) -> None:
        """Be down: nothing is sent or read any more."""
        self._held = False
        self._queue.clear()
        self._parts.clear()
        if not keep_socket:
            self._stack.remove(self.key)
            (self._stack.library.abort if abort else self._stack.library.close)(self.socket)
        self._stack.associations -= 1
        self._stack.drop(self._route)

    def _tell_down(self, reason: str) -> None:
        if self._known:
            self._stack.tell(self._user.on_down, self, reason)
        self._endpoint.gone(self)


class UsrsctpEndpoint:
    """Where associations come from (`flow.link.AssociationEndpoint`), over UDP, or over raw IP where
    `udp_port` is None."""

    def __init__(
        self, options: SctpOptions, *, udp_port: int | None = None, peer_udp_port: int | None = None
    ) -> None:
        self.options = options
        self.stack = stack()
        self.associations: set[UsrsctpAssociation] = set()
        self.foreign = 0
        """Messages dropped because they are not NGAP's."""
        self._udp_port = udp_port
        self._peer_udp_port = peer_udp_port
        self._carriers: dict[str, Carrier] = {}
        self._listening: list[tuple[Listener, Carrier]] = []
        self._empty: asyncio.Future[None] | None = None
        self.stack.attach(self)

    def listen(self, local: Address, user: AssociationUser) -> None:
        """Accept associations at `local`. Raises OSError where the address is not to be had."""
        self._check_open()
        carrier = self._carrier(local[0])
        listener = self.stack.listener(local[1], self.options)
        if carrier in listener.users:
            raise OSError(errno.EADDRINUSE, f"{local[0]}:{local[1]} is in use")

        def accepted(of: Any, key: int, route: Route, port: int) -> None:
            UsrsctpAssociation(self, user, route, port, of, key).read()

        listener.users[carrier] = accepted
        self._listening.append((listener, carrier))

    def connect(self, local: Address, remote: Address, user: AssociationUser) -> UsrsctpAssociation:
        """Begin an association (local port 0: any). Raises OSError where the address is not to be had."""
        self._check_open()
        carrier = self._carrier(local[0])
        self.stack.touch()
        route = self.stack.route(carrier, (remote[0], self._peer_udp_port or 0))
        library, key = self.stack.library, self.stack.key()
        of = library.socket(key, self.options)
        try:
            self._bind(of, local[1])
        except OSError:
            library.close(of)
            raise
        association = UsrsctpAssociation(self, user, route, remote[1], of, key)
        association.called()
        try:
            library.connect(of, route.pointer, remote[1])
        except OSError as error:
            association._abort(str(error))
        return association

    async def close(self) -> None:
        """Stop listening, shut every association down, abort those that do not end within a second."""
        if self not in self.stack.endpoints:
            return
        for listener, carrier in self._listening:
            del listener.users[carrier]
            if not listener.users:
                self.stack.close_listener(listener)
        self._listening.clear()
        for association in list(self.associations):
            association.close()
        await self._until_empty(_CLOSING)
        for association in list(self.associations):
            association.abort()
        await self._until_empty(None)
        for carrier in self._carriers.values():
            self.stack.release_carrier(carrier)
        self._carriers.clear()
        self.stack.detach(self)

    def count_foreign(self, ppid: int, peer: Address) -> None:
        """A message with another payload protocol than NGAP's is dropped (TS 38.412 7)."""
        if not self.foreign:
            log.warning("%s:%d sends payload protocol %d, not NGAP's 60: dropped", *peer, ppid)
        self.foreign += 1

    def gone(self, association: UsrsctpAssociation) -> None:
        """The association's user knows."""
        self.associations.discard(association)
        if self._empty is not None and not self.associations and not self._empty.done():
            self._empty.set_result(None)

    async def _until_empty(self, timeout: float | None) -> None:
        if self.associations:
            self._empty = asyncio.get_running_loop().create_future()
            await asyncio.wait((self._empty,), timeout=timeout)

    def _check_open(self) -> None:
        if self not in self.stack.endpoints:
            raise OSError(errno.EBADF, "the endpoint is closed")

    def _carrier(self, host: str) -> Carrier:
        found = self._carriers.get(host)
        if found is None:
            found = self._carriers[host] = self.stack.carrier(host, self._udp_port, self.options.largest)
        return found

    def _bind(self, of: Any, port: int) -> None:
        for _ in range(1 if port else 1000):
            try:
                return self.stack.library.bind(of, port or self.stack.free_port())
            except OSError as error:
                if port or error.errno != errno.EADDRINUSE:
                    raise
        raise OSError(errno.EADDRINUSE, "no SCTP port is free")
