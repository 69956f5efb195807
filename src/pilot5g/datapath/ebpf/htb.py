"""Queues with a rate on a device: an htb qdisc with one class a queue (tc-htb(8)), over rtnetlink.

What is not put into a class passes the qdisc untouched, so it stays on the device for good. Requests are
packed here because thousands of classes come and go. Everything raises OSError.
"""

from __future__ import annotations

import os
import socket
import struct

HANDLE = 0x10000
"""1:0, which `QDISC` in programs/tc.h is too."""
_ROOT = 0xFFFFFFFF

# linux/rtnetlink.h, linux/pkt_sched.h
_NEW_QDISC, _DEL_QDISC, _NEW_CLASS, _DEL_CLASS = 36, 37, 40, 41
_ACK, _CREATE, _REPLACE, _EXCLUSIVE = 0x5, 0x400, 0x100, 0x200
_KIND, _OPTIONS, _STAB = 1, 2, 8
_STAB_BASE = 1
_INIT, _PARMS, _RATE64, _CEIL64 = 2, 1, 6, 7
_ETHERNET = 1
_NS_PER_TICK = 64
_VERSION, _RATE_TO_QUANTUM = 3, 10

BURST = 0.004
"""Seconds of the rate that a class may send at once: the clock behind it is finer, the wake-up is not."""
LEAST_BURST = 3_200
QUEUE = 0.05
"""Seconds of the rate that a queue holds, in packets of 1500 octets."""
LEAST_QUEUE, LARGEST_QUEUE = 40, 10_000
QUANTUM = 3_000


class Htb:
    """The qdisc of one device. `overhead`: octets of a frame that the rate does not count."""

    def __init__(self, device: int, overhead: int) -> None:
        self._device = device
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
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
        octets = rate / 8
        burst = max(LEAST_BURST, octets * BURST)
        ticks = min(0xFFFFFFFF, int(burst / octets * 1e9 / _NS_PER_TICK))
        spec = struct.pack("=BBHhHI", 0, _ETHERNET, 0, -1, 0, min(0xFFFFFFFF, int(octets)))
        parms = spec + spec + struct.pack("=IIIII", ticks, ticks, QUANTUM, 0, 0)
        wide = struct.pack("=Q", int(octets))
        options = _attribute(_PARMS, parms) + _attribute(_RATE64, wide) + _attribute(_CEIL64, wide)
        body = _attribute(_KIND, b"htb\0") + _attribute(_OPTIONS, options)
        self._request(_NEW_CLASS, _CREATE, HANDLE | minor, HANDLE, body, f"add class {minor:x}")
        limit = min(LARGEST_QUEUE, max(LEAST_QUEUE, int(octets * QUEUE / 1500)))
        body = _attribute(_KIND, b"pfifo\0") + _attribute(_OPTIONS, struct.pack("=I", limit))
        own, flags = (minor + 1) << 16, _CREATE | _REPLACE
        self._request(_NEW_QDISC, flags, own, HANDLE | minor, body, f"bound the queue of {minor:x}")

    def remove_class(self, minor: int) -> None:
        """With what is in its queue."""
        self._request(_DEL_CLASS, 0, HANDLE | minor, HANDLE, b"", f"remove class {minor:x}")

    def _request(self, kind: int, flags: int, handle: int, parent: int, attributes: bytes, what: str) -> None:
        self._sequence += 1
        body = struct.pack("=B3xiIII", 0, self._device, handle, parent, 0) + attributes
        header = struct.pack("=IHHII", 16 + len(body), kind, _ACK | flags, self._sequence, 0)
        self._socket.send(header + body)
        while True:
            answer = self._socket.recv(1 << 16)
            _, _, _, sequence, _, code = struct.unpack_from("=IHHIIi", answer)
            if sequence == self._sequence:
                break
        if code:
            raise OSError(-code, f"{what}: {os.strerror(-code)}")


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)
