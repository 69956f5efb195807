"""TCP with a length before each message: what processes of one network say to each other.

The interface is that of an association (`flow.link`), with one stream. A message is four octets of length and
as many octets; one that is too long ends the connection, for nobody who is configured sends such.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import cast

from pilot5g.flow.link import Address, AssociationUser

LONGEST = 4 * 1024 * 1024
"""Octets of a message, at most."""
CONNECTING = 5.0
"""Seconds until an attempt is given up."""


class TcpConnection(asyncio.Protocol):
    """One connection (`flow.link.Association`)."""

    def __init__(self, user: AssociationUser, opened: set[TcpConnection]) -> None:
        self._user = user
        self._opened = opened
        self._transport: asyncio.Transport | None = None
        self._peer: Address = ("", 0)
        self._buffer = bytearray()
        self._over = False
        self._aborted = False

    # -- Association

    @property
    def peer(self) -> Address:
        """The remote address and port."""
        return self._peer

    @property
    def streams(self) -> int:
        """One."""
        return 1

    def send(self, data: bytes, stream: int) -> None:
        """Queue one message."""
        if self._transport is not None and not self._over:
            self._transport.write(len(data).to_bytes(4) + data)

    def close(self) -> None:
        """End once everything queued is sent."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """End at once."""
        self._aborted = True
        if self._transport is not None:
            self._transport.abort()

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is there."""
        self._transport = cast("asyncio.Transport", transport)
        if self._aborted:
            self._transport.abort()
            return
        self._peer = transport.get_extra_info("peername")[:2]
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._opened.add(self)
        self._user.on_up(self)

    def data_received(self, data: bytes) -> None:
        """Some octets: every message that is whole now."""
        self._buffer += data
        while len(self._buffer) >= 4 and not self._over:
            end = 4 + int.from_bytes(self._buffer[:4])
            if end > LONGEST:
                self.abort()
                return
            if len(self._buffer) < end:
                return
            message = bytes(self._buffer[4:end])
            del self._buffer[:end]
            self._user.on_message(self, message, 0)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self._opened.discard(self)
        self.fail("closed by the other end" if exc is None else str(exc))

    def fail(self, reason: str) -> None:
        """Say once that it is over."""
        if not self._over:
            self._over = True
            self._user.on_down(self, reason)


class TcpEndpoint:
    """Where such connections come from (`flow.link.AssociationEndpoint`)."""

    def __init__(self) -> None:
        self._servers: list[asyncio.Server] = []
        self._opened: set[TcpConnection] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def listen(self, local: Address, user: AssociationUser) -> None:
        """Accept connections. Raises OSError where the address is not to be had."""
        family = socket.AF_INET6 if ":" in local[0] else socket.AF_INET
        sock = socket.create_server(local, family=family, backlog=64)
        sock.setblocking(False)
        self._spawn(self._serve(sock, user))

    async def _serve(self, sock: socket.socket, user: AssociationUser) -> None:
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(lambda: TcpConnection(user, self._opened), sock=sock))

    def connect(self, local: Address, remote: Address, user: AssociationUser) -> TcpConnection:
        """Begin a connection."""
        connection = TcpConnection(user, self._opened)
        self._spawn(self._connect(connection, local, remote))
        return connection

    async def _connect(self, connection: TcpConnection, local: Address, remote: Address) -> None:
        loop = asyncio.get_running_loop()
        try:
            made = loop.create_connection(lambda: connection, *remote, local_addr=local)
            await asyncio.wait_for(made, CONNECTING)
        except (OSError, TimeoutError) as error:
            connection.fail(str(error) or "no answer")

    def _spawn(self, work: object) -> None:
        task: asyncio.Task[None] = asyncio.get_running_loop().create_task(work)  # type: ignore[arg-type]
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End everything."""
        for server in self._servers:
            server.close()
        for connection in list(self._opened):
            connection.close()
        for task in list(self._tasks):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
