"""What is lost when the process that controls the user plane is killed under traffic, and another one begins.

The process is a child of the benchmark: `kill -9`, a second of nobody, then the next one, which finds
programs and tables by their pins. Both directions are under traffic all the time.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kernel import hosts
from kernel.table import Row

from pilot5g.flow.clock import run_real
from pilot5g.net import namespace as ns

RATE = 5_000
"""Packets a second, each way."""
PORT = 7000


class Stream:
    """Numbered datagrams from one socket to another, from a thread."""

    def __init__(self, sender: socket.socket, receiver: socket.socket, to: str) -> None:
        self._sender, self._receiver, self._to = sender, receiver, to
        self.sent = 0
        self._ending = False
        self._thread = threading.Thread(target=self._send)
        self._thread.start()

    def _send(self) -> None:
        began = time.monotonic()
        while not self._ending:
            due = int((time.monotonic() - began) * RATE)
            for _ in range(due - self.sent):
                self._sender.sendto(struct.pack("!I", self.sent) + bytes(196), (self._to, PORT))
                self.sent += 1
            time.sleep(0.001)

    def lost(self) -> int:
        """End, and count what did not arrive."""
        self._ending = True
        self._thread.join()
        arrived = set()
        self._receiver.settimeout(0.5)
        try:
            while True:
                arrived.add(self._receiver.recv(2048)[:4])
        except TimeoutError:
            return self.sent - len(arrived)


def _socket(address: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, 33, 256 << 20)  # SO_RCVBUFFORCE
    sock.bind((address, PORT))
    return sock


def _control(prefix: str) -> subprocess.Popen[bytes]:
    """A process that controls the data path, once it does."""
    child = subprocess.Popen([sys.executable, __file__, prefix], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    return child


async def survival() -> AsyncIterator[Row]:
    """Killed, missed for a second, replaced."""
    site = hosts.Site()
    child = None
    try:
        site.build()
        child = _control(site.prefix)
        site.warm()
        phone, host = (ns.inside(*each) for each in (
            (site.ue, lambda: _socket(hosts.address(0))), (site.dn, lambda: _socket(hosts.DN)),
        ))  # fmt: skip
        down = Stream(host, phone, hosts.address(0))
        up = Stream(phone, host, hosts.DN)
        await asyncio.sleep(1)
        child.send_signal(signal.SIGKILL)
        child.wait()
        await asyncio.sleep(1)
        began = time.perf_counter()
        child = await asyncio.to_thread(_control, site.prefix)
        took = time.perf_counter() - began
        await asyncio.sleep(1)
        for way, stream in (("downlink", down), ("uplink", up)):
            lost = await asyncio.to_thread(stream.lost)
            name = f"control killed and replaced under {RATE:,} packets/s, {way} lost"
            yield Row(name, lost, "packets", 0, most=True)
        yield Row("the next process in control after", took, "s")
    finally:
        if child is not None:
            child.kill()
            child.wait()
        site.close()


async def _child(prefix: str) -> None:
    site = hosts.Site()
    site.prefix = prefix
    site.ue, site.gnb, site.upf, site.dn = (f"{prefix}-{part}" for part in ("ue", "gnb", "upf", "dn"))
    path = site.open()
    path.install(hosts.session(0))
    path.sweep()
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    run_real(_child(sys.argv[1]))
