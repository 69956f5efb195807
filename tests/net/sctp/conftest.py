"""Two ends in one process over UDP on loopback, and a check that nothing is left of them."""

from __future__ import annotations

import asyncio
import ctypes
import inspect
import os
import socket
from pathlib import Path

import pytest

from pilot5g.net.sctp import SctpOptions, open_endpoint

FAST = SctpOptions(rto_min=0.05, rto_initial=0.1, rto_max=0.2, heartbeat=0.2, max_retrans=2)
HOST = "127.0.0.1"


class User:
    """Writes down what it is told, and lets a test wait for it."""

    def __init__(self, echo=False):
        self.echo, self.up, self.messages, self.down = echo, [], [], []
        self.changed = asyncio.Event()

    def on_up(self, association):
        self.up.append(association)
        self.changed.set()

    def on_message(self, association, data, stream):
        self.messages.append((data, stream))
        if self.echo:
            association.send(data, stream)
        self.changed.set()

    def on_down(self, association, reason):
        assert association not in [which for which, _ in self.down], "told twice"
        self.down.append((association, reason))
        self.changed.set()

    @property
    def reasons(self):
        return [reason for _, reason in self.down]

    async def until(self, true, seconds=5.0):
        """Wait until something that is told to this user makes it true."""
        async with asyncio.timeout(seconds):
            while not true():
                self.changed.clear()
                await self.changed.wait()


class Bench:
    """Endpoints of this process, each with a UDP port of its own."""

    User, HOST, FAST = User, HOST, FAST

    def __init__(self):
        self.endpoints = []

    async def open(self, options=FAST, *, peer=None):
        """An endpoint whose calls go to the endpoint `peer`."""
        port = self.free_udp_port()
        peer_port = peer.udp if peer is not None else port
        endpoint = await open_endpoint("usrsctp-udp", udp_port=port, peer_udp_port=peer_port, options=options)
        endpoint.udp = port
        self.endpoints.append(endpoint)
        return endpoint

    async def pair(self, options=FAST, *, echo=False, port=38412):
        """A listening end, a calling end, their users and an association that is up."""
        server = await self.open(options)
        client = await self.open(options, peer=server)
        there, here = User(echo), User()
        server.listen((HOST, port), there)
        association = client.connect((HOST, 0), (HOST, port), here)
        await here.until(lambda: here.up or here.down)
        await there.until(lambda: there.up)
        return server, client, there, here, association

    @staticmethod
    async def poll(true):
        """Wait for what nobody tells."""
        for _ in range(500):
            if true():
                return
            await asyncio.sleep(0.01)
        raise TimeoutError

    @staticmethod
    def watch(endpoint, seen):
        """Show every packet the endpoint sends to `seen`; packets it answers False for are lost."""
        for carrier in endpoint._carriers.values():
            send = carrier.send

            def watched(packet, to, send=send):
                if seen(bytes(packet)) is not False:
                    send(packet, to)

            carrier.send = watched

    @staticmethod
    def chunks(packet):
        """Types and bodies of a packet's chunks (RFC 9260 3.2)."""
        at = 12
        while at + 4 <= len(packet):
            length = int.from_bytes(packet[at + 2 : at + 4], "big")
            yield packet[at], packet[at : at + length]
            at += (length + 3) & ~3

    @staticmethod
    def free_udp_port():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind((HOST, 0))
            return sock.getsockname()[1]

    async def close(self):
        for endpoint in reversed(self.endpoints):
            await endpoint.close()


def descriptors():
    return len(os.listdir("/proc/self/fd"))


async def run_and_look(bench, test):
    """Run a test with its bench, and look for what it left behind."""
    from pilot5g.net.sctp.stack import stack

    before = descriptors()
    try:
        await test
    finally:
        await bench.close()
    for endpoint in bench.endpoints:
        assert not endpoint.associations
    left = stack()
    assert left.associations == 0
    assert left.loop is None
    assert not left.listeners
    assert not left._sockets
    assert not left._routes
    assert descriptors() == before
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.fixture
def bench():
    return Bench()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Coroutine tests of this folder run on the real clock: the library is not ours to put on another."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    if "bench" in arguments:
        asyncio.run(run_and_look(arguments["bench"], pyfuncitem.obj(**arguments)))
    else:
        asyncio.run(pyfuncitem.obj(**arguments))
    return True


def pytest_collection_modifyitems(items):
    try:
        ctypes.CDLL("libusrsctp.so.2")
    except OSError:
        here = Path(__file__).parent
        for item in items:
            if item.path.parent == here and "usrsctp" in item.path.name:
                item.add_marker(pytest.mark.skip(reason="needs the Debian package libusrsctp2"))
