"""Queues with a rate on a device: an htb qdisc with one class a queue (tc-htb(8)), over rtnetlink.

What is not put into a class passes the qdisc untouched, so it stays on the device for good. Requests are
packed here because thousands of classes come and go. Everything raises OSError.
"""

from __future__ import annotations

import os
import socket
import struct

from pilot5g.datapath.ebpf.records import RATE_UNIT, cost

HANDLE = 0x10000
"""1:0, which `QDISC` in programs/tc.h is too."""
_ROOT = 0xFFFFFFFF

# linux/rtnetlink.h, linux/pkt_sched.h
_NEW_QDISC, _GET_QDISC, _NEW_CLASS, _DEL_CLASS = 36, 38, 40, 41
_ERROR = 2
_ACK, _ECHO, _CREATE, _REPLACE, _EXCLUSIVE = 0x4, 0x8, 0x400, 0x100, 0x200
_KIND, _OPTIONS, _STATISTICS, _STAB = 1, 2, 7, 8
_STAB_BASE = 1
_OF_QUEUE = 3
_INIT, _PARMS, _RATE64, _CEIL64 = 2, 1, 6, 7
_ETHERNET = 1
_NS_PER_TICK = 64
_PATIENCE = struct.pack("=qq", 2, 0)
_VERSION, _RATE_TO_QUANTUM = 3, 10

BURST = 0.004
"""Seconds of the rate that a class may send at once: the clock behind it is finer, the wake-up is not."""
LEAST_BURST = 3_200
QUEUE, LEAST_QUEUE = 0.05, 22_500
"""Seconds of the rate, or octets, that a queue holds: the programs see to that (programs/judge.h)."""
SPARE = 2
"""A queue has room for so many times as much, since the programs know its length by the clock alone."""
QUANTUM = 3_000


class Htb:
    """The qdisc of one device. `overhead`: octets of a frame that the rate does not count."""

    def __init__(self, device: int, overhead: int) -> None:
        self.device = device
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _PATIENCE)
        self._socket.bind((0, 0))
        self._sequence = 0
        try:
            self._add(overhead)
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """Let go of it; the qdisc stays with its classes."""
        self._socket.close()

    @property
    def dropped(self) -> int:
        """Packets that found a queue full since the qdisc is there, modulo 2^32; 0 where it is gone."""
        try:
            answer = self._request(_GET_QDISC, 0, 0, _ROOT, b"", "look at the qdisc")
        except OSError:
            return 0
        queue = _within(_within(answer[36:], _STATISTICS), _OF_QUEUE)
        return int(struct.unpack_from("=8xI", queue)[0]) if queue else 0

    def _add(self, overhead: int) -> None:
        init = _attribute(_INIT, struct.pack("=IIIII", _VERSION, _RATE_TO_QUANTUM, 0, 0, 0))
        sizes = struct.pack("=BBhiiIIIi", 0, 0, 0, -overhead, _ETHERNET, 0, 0, 0, 0)
        body = _attribute(_KIND, b"htb\0") + _attribute(_STAB, _attribute(_STAB_BASE, sizes))
        body += _attribute(_OPTIONS, init)
        try:
            self._request(_NEW_QDISC, _CREATE | _EXCLUSIVE, HANDLE, _ROOT, body, "add an htb qdisc")
        except FileExistsError:
            return  # ours, from a process before: its classes are in use

    def set_class(self, minor: int, rate: int) -> None:
        """A class of `rate` bit/s with a bounded queue; its rate may change while it is used."""
        octets = 1e9 * RATE_UNIT / cost(rate)  # what the programs take it for, to the last digit
        burst = max(LEAST_BURST, octets * BURST)
        ticks = min(0xFFFFFFFF, int(burst / octets * 1e9 / _NS_PER_TICK))
        spec = struct.pack("=BBHhHI", 0, _ETHERNET, 0, -1, 0, min(0xFFFFFFFF, int(octets)))
        parms = spec + spec + struct.pack("=IIIII", ticks, ticks, QUANTUM, 0, 0)
        wide = struct.pack("=Q", int(octets))
        options = _attribute(_PARMS, parms) + _attribute(_RATE64, wide) + _attribute(_CEIL64, wide)
        body = _attribute(_KIND, b"htb\0") + _attribute(_OPTIONS, options)
        self._request(_NEW_CLASS, _CREATE, HANDLE | minor, HANDLE, body, f"add class {minor:x}")
        limit = min(0xFFFFFFFF, SPARE * max(LEAST_QUEUE, int(octets * QUEUE)))
        body = _attribute(_KIND, b"bfifo\0") + _attribute(_OPTIONS, struct.pack("=I", limit))
        own, flags = (minor + 1) << 16, _CREATE | _REPLACE
        self._request(_NEW_QDISC, flags, own, HANDLE | minor, body, f"bound the queue of {minor:x}")

    def remove_class(self, minor: int) -> None:
        """With what is in its queue."""
        self._request(_DEL_CLASS, 0, HANDLE | minor, HANDLE, b"", f"remove class {minor:x}")

    def _request(
        self, kind: int, flags: int, handle: int, parent: int, attributes: bytes, what: str
    ) -> bytes:
        """The answer: a message of what was asked for, or an acknowledgement."""
        self._sequence += 1
        body = struct.pack("=B3xiIII", 0, self.device, handle, parent, 0) + attributes
        flags |= _ECHO if kind == _GET_QDISC else _ACK
        self._socket.send(struct.pack("=IHHII", 16 + len(body), kind, 1 | flags, self._sequence, 0) + body)
        while True:
            answer = self._socket.recv(1 << 16)
            _, kind, _, sequence, _, code = struct.unpack_from("=IHHIIi", answer)
            if sequence == self._sequence:
                break
        if kind == _ERROR and code:
            raise OSError(-code, f"{what}: {os.strerror(-code)}")
        return answer


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def _within(attributes: bytes, wanted: int) -> bytes:
    """The value of an attribute; empty where it is missing."""
    at = 0
    while at < len(attributes):
        size, kind = struct.unpack_from("=HH", attributes, at)
        if kind & 0x3FFF == wanted:
            return attributes[at + 4 : at + size]
        at += size + 3 & ~3
    return b""
