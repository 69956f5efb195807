"""Datagrams by the batch: one recvmmsg(2) into kept buffers, UDP GRO cut apart.

Python's own `recvfrom` is a system call, an exception at the end and an address to be put in words for every
datagram. Here up to 8 messages are one call, what the kernel says about them is read out of one array, and
an address in words is made once for each peer. A message is what the kernel merged (UDP GRO): the datagrams
of a stream, of one size but for a shorter last one, as they came or as their sender gave them away.

One `Mailbox` serves all ports of a process: what it holds is copied out before it is used again. It is small
enough for a batch, what was cut out of it and what is made of that to stay in the processor's cache.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import mmap
import socket
from contextlib import suppress
from struct import Struct

from pilot5g.flow.link import Address, Datagram

MESSAGES = 8
"""Messages a call."""
SOL_UDP_GRO = 104
"""The socket option, and the kind of the control message that says a piece's size (linux/udp.h)."""
_STRIDE = 65_536 + 1088
"""From one buffer to the next; not a power of two, so that they do not compete for one place in the cache."""
_DONT_WAIT = 0x40
_NAME, _CONTROL = 32, 32
_FAMILY = Struct("=H")
_IPV4 = Struct("!2xH4s")
_IPV6 = Struct("!2xH4x16s")
_KNOWN = 4096
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT = 16 * 1024 * 1024


class _Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class _Header(ctypes.Structure):
    """struct msghdr (recvmsg(2))."""

    _fields_ = [
        ("name", ctypes.c_void_p),
        ("name_length", ctypes.c_uint32),
        ("vectors", ctypes.c_void_p),
        ("vector_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_length", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    ]


class _Message(ctypes.Structure):
    """struct mmsghdr (recvmmsg(2))."""

    _fields_ = [("header", _Header), ("length", ctypes.c_uint32)]


_recvmmsg = ctypes.CDLL(None, use_errno=True).recvmmsg
_recvmmsg.argtypes = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_void_p)


class Mailbox:
    """The buffers, and what fills them."""

    def __init__(self) -> None:
        private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS  # a forked process gets its own
        self._octets = mmap.mmap(-1, MESSAGES * _STRIDE, flags=private)
        self._names = ctypes.create_string_buffer(MESSAGES * _NAME)
        self._controls = ctypes.create_string_buffer(MESSAGES * _CONTROL)
        self._vectors = (_Vector * MESSAGES)()
        self._messages = (_Message * MESSAGES)()
        base = ctypes.addressof(ctypes.c_char.from_buffer(self._octets))
        for i in range(MESSAGES):
            self._vectors[i] = _Vector(base + i * _STRIDE, 65_536)
            self._messages[i].header = _Header(
                name=ctypes.addressof(self._names) + i * _NAME,
                name_length=_NAME,
                vectors=ctypes.addressof(self._vectors) + i * ctypes.sizeof(_Vector),
                vector_count=1,
                control=ctypes.addressof(self._controls) + i * _CONTROL,
                control_length=_CONTROL,
            )
        whole = memoryview(self._messages).cast("B")
        self._empty = bytes(whole)
        self._headers = whole
        words, step = whole.cast("I"), ctypes.sizeof(_Message) // 4
        self._lengths = words[_Message.length.offset // 4 :: step]
        self._control_lengths = words[_Header.control_length.offset // 4 :: step]
        self._pieces = (
            memoryview(self._controls).cast("B").cast("I")[ctypes.sizeof(ctypes.c_size_t) // 4 + 2 :: 8]
        )
        self._address = ctypes.addressof(self._messages)

    def receive(self, descriptor: int, batch: list[Datagram]) -> bool:
        """Append what waits at a non-blocking UDP socket; may more be waiting?

        An ICMP error of an earlier send is passed over: that peer is not there, and others are.
        """
        count = _recvmmsg(descriptor, self._address, MESSAGES, _DONT_WAIT, None)
        if count <= 0:
            return bool(count < 0 and ctypes.get_errno() not in (errno.EAGAIN, errno.EBADF, errno.ENOTSOCK))
        octets, names = self._octets, self._names.raw
        lengths, controls = self._lengths.tolist(), self._control_lengths.tolist()
        pieces = self._pieces.tolist()
        at = 0
        for i in range(count):
            sender = _sender(names[i * _NAME : (i + 1) * _NAME])
            length = lengths[i]
            piece = pieces[i] if controls[i] else length
            if piece >= length:
                batch.append((octets[at : at + length], sender))
            else:
                end = at + length
                batch += [(octets[n : min(n + piece, end)], sender) for n in range(at, end, piece)]
            at += _STRIDE
        size = count * ctypes.sizeof(_Message)
        self._headers[:size] = self._empty[:size]
        return bool(count == MESSAGES)


@functools.lru_cache(maxsize=_KNOWN)
def _sender(name: bytes) -> Address:
    """A socket address in words."""
    if _FAMILY.unpack_from(name)[0] == socket.AF_INET6:
        port, address = _IPV6.unpack_from(name)
        return socket.inet_ntop(socket.AF_INET6, address), port
    port, address = _IPV4.unpack_from(name)
    return socket.inet_ntop(socket.AF_INET, address), port


@functools.cache
def mailbox() -> Mailbox:
    """The one of this process."""
    _keep_memory()
    return Mailbox()


def _keep_memory() -> None:
    """Have the C library keep what a batch gave back for the next one.

    By its own rules it returns a few hundred kB to the kernel as soon as they are free at its end, and asks
    for them again: half the time of a user plane would go into pages that come and go (mallopt(3)).
    """
    with suppress(AttributeError, OSError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_TRIM_THRESHOLD, _KEPT)
        mallopt(_MMAP_THRESHOLD, _KEPT)
