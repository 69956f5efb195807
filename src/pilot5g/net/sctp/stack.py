"""usrsctp on the event loop: packets, time and sockets, without threads of ours.

There is one library instance and so one `Stack` per process, however many endpoints are opened: it owns the
timers, the sockets and the routes. (The library keeps one thread of its own, which sleeps until an address
is forgotten.) Packets go in as they arrive, sockets the library marked are read after each batch, and time
is handed over in the milliseconds that have passed.

*Routes.* The library knows a peer address as an opaque number, the token. Ours is a keyed hash of carrier
and peer address, so a stranger's INIT is answered and forgotten: his COOKIE ECHO hashes to the same token,
which the library's cookie is bound to. Only who completes a handshake costs memory, and a flood of forged
INITs none.

*Time.* The library has no "next timer" to ask for. It is told of the time with every packet and message, so
that no timer starts in the past, and ticked in between: every 25 ms while packets flow and for a while after
(the shortest of its times is the 100 ms that a SACK may wait), ten times a second when all is quiet, once a
second with no association.

*Notifications.* Most come with a packet and raise an upcall; those a timer brings may not, so all sockets
are read after the timers, ten times a second.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Protocol

from pilot5g.flow.link import Address
from pilot5g.net.sctp.carrier import Carrier, RawCarrier, UdpCarrier
from pilot5g.net.sctp.library import Library
from pilot5g.net.sctp.options import SctpOptions, SctpUnavailable
from pilot5g.net.sctp.outbox import Outbox

_BUSY, _QUIET, _IDLE = 0.025, 0.1, 1.0
_BUSY_FOR = 0.3
_IDLE_ROUTES = 64
_BACKLOG = 512
_FIRST_EPHEMERAL = 49152

Accepted = Callable[[Any, int, "Route", int], None]
"""Told of a new association: its socket and key, the route to the peer, the peer's SCTP port."""


class Served(Protocol):
    """What has a socket of the library and is told when to read it."""

    @property
    def socket(self) -> Any: ...
    def read(self) -> None: ...
    def forget(self) -> None: ...


class Route:
    """The way to one peer address, and the library's name for it."""

    __slots__ = ("address", "carrier", "pointer", "token", "users")

    def __init__(self, carrier: Carrier, address: Address, token: int, pointer: Any) -> None:
        self.carrier = carrier
        self.address = address
        self.token = token
        self.pointer = pointer
        self.users = 0


class Listener:
    """The library's one listening socket of a port, and who listens at which local address."""

    __slots__ = ("_stack", "key", "port", "socket", "users")

    def __init__(self, stack: Stack, of: Any, key: int, port: int) -> None:
        self._stack = stack
        self.socket = of
        self.key = key
        self.port = port
        self.users: dict[Carrier, Accepted] = {}

    def read(self) -> None:
        """Take the new associations."""
        library = self._stack.library
        while (accepted := library.accept(self.socket)) is not None:
            of, token, port = accepted
            route = self._stack.find(token)
            told = self.users.get(route.carrier) if route is not None else None
            if route is None or told is None:
                library.abort(of)  # the port is another local address's
                continue
            key = self._stack.key()
            library.mark(of, key)
            told(of, key, route, port)

    def forget(self) -> None:
        """Its socket is gone."""
        self.users.clear()


class Stack:
    """The library instance and all that hangs on it. `stack()` gives the process's one."""

    def __init__(self) -> None:
        self.process_id = os.getpid()
        self.library = Library(self._output, self._upcall)
        self.loop: asyncio.AbstractEventLoop | None = None
        self.endpoints: set[object] = set()
        self.listeners: dict[int, Listener] = {}
        self.outbox = Outbox(self.library.checksum)
        self._sending = False
        self._secret = os.urandom(16)
        self._routes: dict[int, Route] = {}
        self._idle: OrderedDict[int, Route] = OrderedDict()
        self._sockets: dict[int, Served] = {}
        self._ready: dict[int, None] = {}
        self._carriers: dict[Address, Carrier] = {}
        self._keys = 0
        self._port = _FIRST_EPHEMERAL + int.from_bytes(os.urandom(2), "big") % 16000
        self._clock = self._active = self._swept = 0.0
        self._wait = _IDLE
        self._timer: asyncio.TimerHandle | None = None
        self.associations = 0

    # -- who uses it

    def attach(self, endpoint: object) -> None:
        """Begin to serve an endpoint. Raises RuntimeError where another loop has the library."""
        loop = asyncio.get_running_loop()
        if self.loop is not loop:
            if self.loop is not None and not self.loop.is_closed():
                raise RuntimeError("usrsctp is one per process, and another event loop has it")
            self.loop = None
            self._forget_all()
            self.loop = loop
            self._clock = loop.time()
            self._tick()
        self.endpoints.add(endpoint)

    def detach(self, endpoint: object) -> None:
        """The endpoint is closed; with the last one the timer stops."""
        self.endpoints.discard(endpoint)
        if self.endpoints:
            return
        self.catch_up()
        self.flush()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop = None

    def _forget_all(self) -> None:
        """A loop was closed with associations open: end them, nobody is left to be told."""
        for key, held in list(self._sockets.items()):
            del self._sockets[key]
            self.library.abort(held.socket)
            held.forget()
        self.flush()
        for carrier in self._carriers.values():
            carrier.close()
        for route in self._routes.values():
            self.library.deregister(route.pointer)
        for table in (self._carriers, self._routes, self._idle, self._ready, self.listeners, self.endpoints):
            table.clear()
        self.associations = 0

    def carrier(self, host: str, udp_port: int | None, largest: int) -> Carrier:
        """The carrier of a local address, shared by all endpoints of the process; `udp_port` None: raw IP,
        `largest`: octets of the longest SCTP packet to send."""
        key = (host, -1 if udp_port is None else udp_port)
        found = self._carriers.get(key)
        if found is None:
            found = RawCarrier(host) if udp_port is None else UdpCarrier(host, udp_port)
            if udp_port == 0:
                key = (host, found.socket.getsockname()[1])
            self._carriers[key] = found
            assert self.loop is not None
            self.loop.add_reader(found.socket.fileno(), self._readable, found)
        found.users += 1
        found.largest = min(found.largest, largest)
        return found

    def carriers(self) -> list[Carrier]:
        """Those open now."""
        return list(self._carriers.values())

    def release_carrier(self, carrier: Carrier) -> None:
        """One user less; the last one closes it."""
        carrier.users -= 1
        if carrier.users:
            return
        self.flush()
        for route in list(carrier.routes.values()):
            self._forget(route)
        self._carriers = {key: other for key, other in self._carriers.items() if other is not carrier}
        if self.loop is not None:
            self.loop.remove_reader(carrier.socket.fileno())
        carrier.close()

    # -- the library's callbacks: note and send, never call the library

    def _output(self, token: int, packet: bytes) -> None:
        route = self._routes.get(token)
        if route is None:
            return
        self.outbox.put(token, route.carrier, route.address, packet)
        if not self._sending and self.loop is not None:
            self._sending = True
            self.loop.call_soon(self.flush)

    def _upcall(self, key: int) -> None:
        self._ready[key] = None

    # -- packets out

    def flush(self) -> None:
        """Send what waits."""
        self._sending = False
        self.outbox.send()

    # -- packets in

    def _readable(self, carrier: Carrier) -> None:
        held, self._sending = self._sending, True
        self.touch()
        carrier.drain(self._feed)
        self.work()
        self._sending = held
        if self.outbox and not held and self.loop is not None:
            self._sending = True
            self.loop.call_soon(self.flush)  # behind whatever begins to work on these messages

    def _feed(self, carrier: Carrier, address: Address, packet: memoryview) -> None:
        if len(packet) < 16 or not any(packet[:2]) or not any(packet[2:4]):
            return  # no chunk, or port 0, which nobody has (RFC 9260 3.1)
        route = carrier.routes.get(address)
        if route is not None:
            self.library.input(route.pointer, packet)
        else:
            self._stranger(self._new_route(carrier, address), packet)

    def _stranger(self, route: Route, packet: memoryview) -> None:
        """A packet of a peer without association: he is answered, and remembered only if he gets one."""
        if route.token in self._routes:
            return
        self._routes[route.token] = route
        self.library.input(route.pointer, packet)
        self.work()
        if not route.users and route.token not in self._idle:
            self._routes.pop(route.token, None)

    # -- routes

    def _new_route(self, carrier: Carrier, address: Address) -> Route:
        name = b"%d %s %d" % (id(carrier), address[0].encode(), address[1])
        token = int.from_bytes(blake2b(name, key=self._secret, digest_size=8).digest(), "big") >> 1 or 1
        return Route(carrier, address, token, self.library.pointer(token))

    def route(self, carrier: Carrier, address: Address) -> Route:
        """The route to a peer we call; `hold` it."""
        return carrier.routes.get(address) or self._new_route(carrier, address)

    def find(self, token: int) -> Route | None:
        """The route that a token stands for."""
        return self._routes.get(token)

    def hold(self, route: Route) -> None:
        """One association more uses the route."""
        if route.address not in route.carrier.routes:
            route.carrier.routes[route.address] = route
            self._routes[route.token] = route
            self.library.register(route.pointer)
        self._idle.pop(route.token, None)
        route.users += 1

    def drop(self, route: Route) -> None:
        """One less. A route without any is kept a while, for its peer often returns."""
        route.users -= 1
        if route.users or route.token not in self._routes:
            return
        self._idle[route.token] = route
        if len(self._idle) > _IDLE_ROUTES:
            self._forget(next(iter(self._idle.values())))

    def _forget(self, route: Route) -> None:
        self._idle.pop(route.token, None)
        self._routes.pop(route.token, None)
        route.carrier.routes.pop(route.address, None)
        self.library.deregister(route.pointer)

    # -- sockets

    def add(self, held: Served, key: int) -> None:
        """Serve a socket made with this key."""
        self._sockets[key] = held

    def remove(self, key: int) -> None:
        """Serve it no more."""
        self._sockets.pop(key, None)

    def key(self) -> int:
        """A number no socket had before."""
        self._keys += 1
        return self._keys

    def free_port(self) -> int:
        """The next SCTP port to try for a caller who does not care."""
        self._port = self._port + 1 if self._port < 65535 else _FIRST_EPHEMERAL
        return self._port

    def listener(self, port: int, options: SctpOptions) -> Listener:
        """The listening socket of a port. The options of who asks first hold."""
        found = self.listeners.get(port)
        if found is None:
            key = self.key()
            made = self.library.socket(key, options)
            try:
                self.library.bind(made, port)
                self.library.listen(made, _BACKLOG)
            except OSError:
                self.library.close(made)
                raise
            found = self.listeners[port] = Listener(self, made, key, port)
            self.add(found, key)
        return found

    def close_listener(self, listener: Listener) -> None:
        """Nobody listens at this port any more."""
        del self.listeners[listener.port]
        self.remove(listener.key)
        self.library.close(listener.socket)

    def work(self) -> None:
        """Read every socket that was marked ready, until none is."""
        while self._ready:
            ready, self._ready = self._ready, {}
            for key in ready:
                held = self._sockets.get(key)
                if held is not None:
                    self.tell(held.read)

    # -- time

    def touch(self) -> None:
        """Something happens: bring the library's clock up to date, and tick fast for a while."""
        self._active = self.catch_up()
        if self._wait != _BUSY and self._timer is not None:
            self._timer.cancel()
            self._arm(_BUSY)

    def catch_up(self) -> float:
        """Hand over the milliseconds that have passed; the rest is carried."""
        assert self.loop is not None
        now = self.loop.time()
        elapsed = int((now - self._clock) * 1000)
        if elapsed > 0:
            self._clock += elapsed / 1000
            self.library.handle_timers(elapsed)
        return now

    def _tick(self) -> None:
        self._timer = None  # so that nothing below arms a second one
        now = self.catch_up()
        if now - self._swept >= _QUIET:
            self._swept = now
            self._ready.update(dict.fromkeys(self._sockets))
        self.work()
        if self.loop is None:
            return  # the last endpoint closed meanwhile
        if now - self._active < _BUSY_FOR:
            self._arm(_BUSY)
        else:
            self._arm(_QUIET if self.associations else _IDLE)

    def _arm(self, wait: float) -> None:
        assert self.loop is not None
        self._wait = wait
        self._timer = self.loop.call_later(wait, self._tick)

    def tell(self, call: Any, *arguments: Any) -> None:
        """Call what may have a bug: it must not cost the other associations, nor the clock."""
        try:
            call(*arguments)
        except Exception as error:
            loop = self.loop or asyncio.get_running_loop()
            loop.call_exception_handler({"message": "an association failed", "exception": error})


_stack: Stack | None = None


def stack() -> Stack:
    """The process's one stack. Raises SctpUnavailable without the library, or after a fork."""
    global _stack
    if _stack is None:
        _stack = Stack()
    if _stack.process_id != os.getpid():
        raise SctpUnavailable(errno.ECHILD, "usrsctp does not survive a fork: start the process afresh")
    return _stack
