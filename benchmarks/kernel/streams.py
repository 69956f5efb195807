"""Many streams at once, TCP or UDP, and what arrived of each within a window.

A program for each stream (iperf3) says something else than what a rate is: a hundred of them start seconds
apart, their own end waits behind data in the queue that is measured, and the first seconds are TCP's. Here
one process sends on all streams, one receives, and the window opens when both have run for a while. They go
before others' work on the machine, which is no part of a rate: a few streams in real time; many, which take
all of the machine, not before the kernel's own threads.
"""

from __future__ import annotations

import asyncio
import os
import select
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection

from pilot5g.net import namespace as ns

Pair = tuple[str, str, int]
"""Source, destination, and a port of its own."""
SEGMENT = 103
SIZE = 1400
"""Octets of a UDP stream's IP packets."""
HEADERS = 28
RUN = 16
"""Packets that a UDP stream sends at once where all of them together are fast."""
FAST = 200_000_000
LEAST_SLEEP = 0.0005
FEW = 10


async def measure(
    source: str, sink: str, pairs: Sequence[Pair], *, warm: float, window: float, offered: float = 0
) -> list[float]:
    """bit/s that each stream between two namespaces carried: payload of TCP, or IP packets of UDP where
    `offered` says how much is sent on each."""
    kind = socket.SOCK_DGRAM if offered else socket.SOCK_STREAM
    inbound = ns.inside(sink, lambda: [_inbound(kind, to, port) for _, to, port in pairs])
    outbound = ns.inside(source, lambda: [_outbound(kind, sender) for sender, _, _ in pairs])
    targets = [(to, port) for _, to, port in pairs]
    opens = time.monotonic() + warm
    context = get_context("fork")
    here, there = context.Pipe()
    processes = [
        context.Process(target=_receive, args=(inbound, opens, opens + window, there)),
        context.Process(target=_send, args=(outbound, targets, opens + window, offered)),
    ]
    for process in processes:
        process.start()
    for sock in (*inbound, *outbound):
        sock.close()
    found: list[float] = await asyncio.to_thread(here.recv)
    for process in processes:
        process.join()
    return found


def _first(streams: int) -> None:
    with suppress(PermissionError):
        if streams > FEW:
            os.nice(-5)
        else:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))


def _inbound(kind: socket.SocketKind, address: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, kind)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setblocking(False)
    sock.bind((address, port))
    if kind is socket.SOCK_STREAM:
        sock.listen(1)
    else:
        sock.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)  # SO_RCVBUFFORCE
    return sock


def _outbound(kind: socket.SocketKind, address: str) -> socket.socket:
    sock = socket.socket(socket.AF_INET, kind)
    sock.setblocking(False)
    sock.bind((address, 0))
    return sock


class _Receiver:
    """What came by each of the sockets."""

    def __init__(self, sockets: Sequence[socket.socket]) -> None:
        self.octets = [0] * len(sockets)
        self._poll = select.epoll()
        self._of: dict[int, tuple[socket.socket, int]] = {}
        self._listening = {sock.fileno() for sock in sockets if sock.type == socket.SOCK_STREAM}
        self._room = bytearray(1 << 20)
        for number, sock in enumerate(sockets):
            self._watch(sock, number)

    def _watch(self, sock: socket.socket, number: int) -> None:
        self._of[sock.fileno()] = sock, number
        self._poll.register(sock.fileno(), select.EPOLLIN)

    def until(self, end: float) -> float:
        """Receive until then; when it was."""
        while (now := time.monotonic()) < end:
            for descriptor, _ in self._poll.poll(min(0.002, end - now)):
                sock, number = self._of[descriptor]
                if descriptor in self._listening:
                    self._watch(_quiet(sock.accept()[0]), number)
                elif sock.type == socket.SOCK_STREAM:
                    self.octets[number] += sock.recv_into(self._room)
                else:
                    self._take_all(sock, number)
        return now

    def _take_all(self, sock: socket.socket, number: int) -> None:
        with suppress(BlockingIOError):
            while True:
                self.octets[number] += sock.recv_into(self._room) + HEADERS


def _quiet(sock: socket.socket) -> socket.socket:
    sock.setblocking(False)
    return sock


def _receive(sockets: Sequence[socket.socket], opens: float, closes: float, pipe: Connection) -> None:
    _first(len(sockets))
    receiver = _Receiver(sockets)
    began = receiver.until(opens)
    before = list(receiver.octets)
    seconds = receiver.until(closes) - began
    pipe.send([8 * (now - then) / seconds for now, then in zip(receiver.octets, before, strict=True)])


def _send(
    sockets: Sequence[socket.socket], targets: Sequence[tuple[str, int]], end: float, offered: float
) -> None:
    _first(len(sockets))
    for sock, target in zip(sockets, targets, strict=True):
        with suppress(BlockingIOError):
            sock.connect(target)
    if offered:
        _send_paced(sockets, end, offered)
    else:
        _send_all(sockets, end)


def _send_all(sockets: Sequence[socket.socket], end: float) -> None:
    poll, data = select.epoll(), bytes(1 << 18)
    of = {sock.fileno(): sock for sock in sockets}
    for descriptor in of:
        poll.register(descriptor, select.EPOLLOUT)
    while time.monotonic() < end:
        for descriptor, _ in poll.poll(0.1):
            with suppress(OSError):  # the receiver has ended
                of[descriptor].send(data)


def _send_paced(sockets: Sequence[socket.socket], end: float, offered: float) -> None:
    run = RUN if offered * len(sockets) > FAST else 1
    data, gap = bytes((SIZE - HEADERS) * run), SIZE * 8 * run / offered
    if run > 1:
        for sock in sockets:
            sock.setsockopt(socket.SOL_UDP, SEGMENT, SIZE - HEADERS)
    now = time.monotonic()
    due = [now + gap * i / len(sockets) for i in range(len(sockets))]
    while (now := time.monotonic()) < end:
        for i, sock in enumerate(sockets):
            while due[i] <= now:
                due[i] += gap
                with suppress(OSError):
                    sock.send(data)
        time.sleep(LEAST_SLEEP)
