"""Kernel SCTP over a stand-in for its socket, and over the real one where the kernel has it."""

from __future__ import annotations

import asyncio
import os
import socket
import struct

import msgspec
import pytest

from pilot5g.net.sctp import SctpOptions, SctpUnavailable, kernel, open_endpoint
from pilot5g.net.sctp.kernel import KernelEndpoint

AMF = ("127.0.0.1", 38412)
RESET = 0x40000000
PIECE = 1000


class Fake:
    """A socket with the calls and ancillary data of a one-to-one SCTP socket, over a pair of local ones."""

    listening = {}

    def __init__(self, family, end=None):
        self.family, self.options, self.error, self.linger = family, {}, 0, False
        self.end, self.other = (
            (end, None) if end else socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        )
        self.accepted, self.peer, self.rest = [], ("127.0.0.1", 40000), b""

    def fileno(self):
        return self.end.fileno()

    def setblocking(self, flag):
        self.end.setblocking(flag)

    def setsockopt(self, level, option, value):
        self.options[level, option] = value
        self.linger |= (level, option) == (socket.SOL_SOCKET, socket.SO_LINGER)

    def getsockopt(self, level, option, size=0):
        if (level, option) == (socket.SOL_SOCKET, socket.SO_ERROR):
            return self.error
        assert (level, option) == (socket.IPPROTO_SCTP, kernel.SCTP_STATUS)
        return struct.pack("=iiIHHHH", 1, 4, 0, 0, 0, 10, 8) + bytes(200)

    def bind(self, address):
        if address == AMF and address in self.listening:
            raise OSError(98, "Address already in use")
        self.address = address

    def listen(self, backlog):
        self.listening[self.address] = self

    def connect(self, address):
        there = self.listening.get(address)
        if there is None:
            raise ConnectionRefusedError(111, "Connection refused")
        if isinstance(there, int):
            self.error = there
        else:
            there.accepted.append(self.other)
            there.other.send(b"x")
        raise BlockingIOError

    def accept(self):
        self.end.recv(1)
        made = Fake(self.family, self.accepted.pop(0))
        Fake.last = made
        return made, made.peer

    def sendmsg(self, buffers, ancillary):
        [data], [(level, kind, info)] = buffers, ancillary
        assert (level, kind) == (socket.IPPROTO_SCTP, kernel.SCTP_SNDRCV)
        self.inject(data, info, socket.MSG_EOR)

    def inject(self, data, info=b"", flags=kernel.MSG_NOTIFICATION | socket.MSG_EOR):
        self.end.send(struct.pack("=HI", len(info), flags) + info + data)

    def recvmsg(self, size, ancillary_size):
        frame, self.rest = self.rest or self.end.recv(1 << 18), b""
        if not frame:
            return b"", [], 0, None
        length, flags = struct.unpack_from("=HI", frame)
        if flags == RESET:
            raise ConnectionResetError(104, "Connection reset by peer")
        head, info, data = frame[:6], frame[6 : 6 + length], frame[6 + length :]
        if len(data) > PIECE:  # a long message comes in pieces, MSG_EOR on the last
            self.rest, data, flags = head + info + data[PIECE:], data[:PIECE], flags & ~socket.MSG_EOR
        ancillary = [(socket.IPPROTO_SCTP, kernel.SCTP_SNDRCV, info)] if info else []
        return data, ancillary, flags, None

    def shutdown(self, how):
        self.end.shutdown(how)

    def close(self):
        if self.linger and self.end.fileno() != -1:
            self.inject(b"", flags=RESET)
        for end in (self.end, self.other):
            if end is not None and not any(end in there.accepted for there in self.fakes()):
                end.close()
        if getattr(self, "address", None) in self.listening and self.listening[self.address] is self:
            del self.listening[self.address]

    @classmethod
    def fakes(cls):
        return [there for there in cls.listening.values() if isinstance(there, Fake)]


class Calling(Fake):
    """Its other end belongs to who accepts it."""

    def close(self):
        if self.other is not None and self.other.fileno() != -1 and self.handed:
            self.other = None
        super().close()

    handed = False

    def connect(self, address):
        self.handed = isinstance(self.listening.get(address), Fake)
        super().connect(address)


async def pair(bench, options=None):
    """A listening end, a calling end, their users, an association that is up, and the accepted socket."""
    Fake.listening = {}
    options = options or SctpOptions()
    server, client = KernelEndpoint(options, Fake), KernelEndpoint(options, Calling)
    there, here = bench.User(), bench.User()
    server.listen(AMF, there)
    association = client.connect(("127.0.0.1", 0), AMF, here)
    await here.until(lambda: here.up)
    await there.until(lambda: there.up)
    return server, client, there, here, association


async def close(*endpoints):
    for endpoint in endpoints:
        await endpoint.close()
        assert not endpoint.associations


async def test_up_messages_and_a_graceful_end(bench):
    before = len(os.listdir("/proc/self/fd"))
    server, client, there, here, association = await pair(bench)
    assert association.streams == 8
    assert association.peer == AMF
    assert there.up[0].peer == ("127.0.0.1", 40000)
    sent = [(bytes([i]) * (1 + 377 * i), i % 8) for i in range(50)]
    for data, stream in sent:
        association.send(data, stream)
    association.close()
    association.send(b"too late", 0)
    await there.until(lambda: there.down)
    await here.until(lambda: here.down)
    assert there.messages == sent
    assert (here.reasons, there.reasons) == (["shut down"], ["shut down by the peer"])
    association.send(b"much too late", 0)
    association.abort()
    await close(client, server)
    assert len(here.down) == len(there.down) == 1
    assert len(os.listdir("/proc/self/fd")) == before


async def test_what_the_kernel_is_told(bench):
    server, client, _, _, association = await pair(bench)
    options = association._socket.options
    assert options[socket.IPPROTO_SCTP, kernel.SCTP_NODELAY] == b"\x01\x00\x00\x00"
    assert struct.unpack("=HHHH", options[socket.IPPROTO_SCTP, kernel.SCTP_INITMSG]) == (16, 16, 4, 2000)
    assert struct.unpack("=IIII", options[socket.IPPROTO_SCTP, kernel.SCTP_RTOINFO]) == (0, 1000, 2000, 200)
    assert kernel.sending(3) == [
        (132, 1, struct.pack("@HHHxxIIIIIi", 3, 0, 0, socket.htonl(60), 0, 0, 0, 0, 0))
    ]
    assert kernel.received(kernel.sending(9)) == (9, 60)
    assert kernel.received([]) == (0, -1)
    assert kernel.received([(132, 1, b"short")]) == (0, -1)
    await close(client, server)


async def test_abort_is_at_once_but_never_inside_the_call(bench):
    server, client, there, here, association = await pair(bench)
    association.abort()
    association.abort()
    assert here.down == []
    await there.until(lambda: there.down)
    assert (here.reasons, there.reasons) == (["aborted here"], ["aborted by the peer"])
    await close(client, server)


@pytest.mark.parametrize(
    ("number", "told"), [(0, "refused: nobody listens there"), (110, "the peer does not answer")]
)
async def test_it_does_not_come_up(bench, number, told):
    Fake.listening = {AMF: number} if number else {}
    client, here = KernelEndpoint(SctpOptions(), Fake), bench.User()
    association = client.connect(("127.0.0.1", 0), AMF, here)
    association.send(b"never", 0)
    assert here.down == []
    await here.until(lambda: here.down)
    assert here.down == [(association, told)]
    await close(client)


async def test_a_restart_is_down_and_up(bench):
    server, client, there, here, association = await pair(bench)
    old, accepted = there.up[0], Fake.last
    association._socket.inject(struct.pack("=HHIHHHHi", 0x8001, 0, 20, kernel.SCTP_RESTART, 0, 8, 8, 1))
    await there.until(lambda: len(there.up) == 2)
    assert there.down == [(old, "restarted by the peer")]
    assert there.up[1]._socket is accepted
    association.send(b"again", 1)
    await there.until(lambda: there.messages)
    old.send(b"nothing", 0)
    old.abort()
    there.up[1].send(b"answer", 0)
    await here.until(lambda: here.messages)
    assert here.messages == [(b"answer", 0)]
    await close(client, server)


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (kernel.SCTP_COMM_LOST, "given up here: the peer does not answer, or broke the protocol"),
        (kernel.SCTP_SHUTDOWN_COMP, "shut down by the peer"),
    ],
)
async def test_notifications_that_end_it(bench, state, told):
    server, client, there, _, association = await pair(bench)
    for note in (kernel.SCTP_COMM_UP, state):
        association._socket.inject(struct.pack("=HHIHHHHi", 0x8001, 0, 20, note, 0, 8, 8, 1))
    await there.until(lambda: there.down)
    assert there.reasons == [told]
    await close(client, server)


async def test_a_message_of_another_protocol_is_dropped_and_counted(bench):
    server, client, there, _, association = await pair(bench)
    info = kernel.SNDRCVINFO.pack(0, 0, 0, socket.htonl(18), 0, 0, 0, 0, 0)
    association._socket.inject(b"s1ap", info, socket.MSG_EOR)
    association.send(b"ngap", 2)
    await there.until(lambda: there.messages)
    assert there.messages == [(b"ngap", 2)]
    assert server.foreign == 1
    await close(client, server)


async def test_what_the_kernel_does_not_take_waits_here(bench):
    server, client, there, _, association = await pair(bench)
    for i in range(3000):
        association.send(i.to_bytes(2, "big") * 400, 0)
    assert association._queue
    association.close()
    await there.until(lambda: there.down)
    assert [int.from_bytes(data[:2], "big") for data, _ in there.messages] == list(range(3000))
    await close(client, server)


async def test_nothing_waits_for_room_that_is_not_needed(bench):
    server, client, there, _, association = await pair(bench)
    for _ in range(1000):
        association.send(bytes(800), 0)
    assert association._queue
    await there.until(lambda: len(there.messages) == 1000)
    assert not asyncio.get_running_loop().remove_writer(association._socket.fileno())
    await close(client, server)


async def test_who_never_came_up_is_not_told_of_to_a_listener(bench, monkeypatch):
    def gone(self, level, option, size=0):
        if option == kernel.SCTP_STATUS:
            raise OSError(107, "Transport endpoint is not connected")
        return 0

    monkeypatch.setattr(Fake, "getsockopt", gone)
    Fake.listening = {}
    server, client = KernelEndpoint(SctpOptions(), Fake), KernelEndpoint(SctpOptions(), Calling)
    there, here = bench.User(), bench.User()
    server.listen(AMF, there)
    client.connect(("127.0.0.1", 0), AMF, here)
    await here.until(lambda: here.down)
    await asyncio.sleep(0.01)
    assert there.up == there.down == here.up == []
    assert not server.associations
    await close(client, server)


async def test_limits(bench):
    options = msgspec.structs.replace(SctpOptions(), max_message=5000, max_queue=10)
    server, client, there, here, association = await pair(bench, options)
    for data, stream, told in ((bytes(5001), 0, "5001"), (b"", 0, "of 0"), (b"x", 8, "stream 8 of 8")):
        with pytest.raises(ValueError, match=told):
            association.send(data, stream)
    client.options = SctpOptions()
    association.send(bytes(8000), 0)
    await there.until(lambda: there.down)
    assert there.reasons == ["the peer sends a message longer than any"]
    await here.until(lambda: here.down)
    client.options = options
    stuck = client.connect(("127.0.0.1", 0), AMF, here)
    for _ in range(11):
        stuck.send(b"x", 0)
    await here.until(lambda: len(here.down) == 2)
    assert here.reasons[1] == "the peer does not take its messages"
    await asyncio.sleep(0)
    await close(client, server)


async def test_an_address_that_is_taken(bench):
    server, client, _, here, _ = await pair(bench)
    with pytest.raises(OSError, match="in use"):
        client.listen(AMF, here)
    with pytest.raises(OSError, match="in use"):
        client.connect(AMF, AMF, here)
    await close(client, server)


def test_without_kernel_sctp_the_message_says_what_to_do(monkeypatch):
    def refuse(*words):
        raise OSError(93, "Protocol not supported")

    monkeypatch.setattr(kernel.socket, "socket", refuse)
    assert not kernel.available()
    with pytest.raises(SctpUnavailable, match="modprobe sctp"):
        kernel.kernel_socket(socket.AF_INET)


@pytest.mark.skipif(not kernel.available(), reason="this kernel has no SCTP")
async def test_the_real_kernel(bench):
    server, client = await open_endpoint("kernel"), await open_endpoint("kernel")
    there, here = bench.User(echo=True), bench.User()
    server.listen(("127.0.0.1", 38499), there)
    association = client.connect(("127.0.0.1", 0), ("127.0.0.1", 38499), here)
    await here.until(lambda: here.up)
    sent = [(bytes([i]) * (1 + 5000 * i), 1) for i in range(20)]
    for data, stream in sent:
        association.send(data, stream)
    await here.until(lambda: len(here.messages) == 20)
    assert here.messages == sent
    association.close()
    await here.until(lambda: here.down)
    await there.until(lambda: there.down)
    await close(client, server)
