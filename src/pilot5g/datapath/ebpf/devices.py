"""The network devices of this namespace, as the data path needs to know them.

By ioctl and rtnetlink, never by /sys: that shows the namespace it was mounted in, not the one this process is
in. Everything raises OSError.
"""

from __future__ import annotations

import fcntl
import socket
import struct
from collections.abc import Iterator
from ctypes import addressof, create_string_buffer

import msgspec

# linux/sockios.h, linux/ethtool.h, linux/if_arp.h, linux/if.h
_GET_FLAGS, _GET_HARDWARE, _GET_MTU, _ETHTOOL = 0x8913, 0x8927, 0x8921, 0x8946
_DRIVER = 0x03
_ETHERNET = 1
_UP, _LOOPBACK = 0x1, 0x8
# linux/rtnetlink.h, linux/if_addr.h
_GET_ADDRESSES, _DUMP, _DONE, _NEW_ADDRESS = 22, 0x301, 3, 20
_IFA_ADDRESS, _IFA_LOCAL = 1, 2


class Device(msgspec.Struct, frozen=True):
    """An Ethernet device that is up."""

    name: str
    index: int
    mtu: int
    driver: str


def ethernet() -> list[Device]:
    """The Ethernet devices that are up, loopback and TUN left out."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for index, name in socket.if_nameindex():
            (flags,) = struct.unpack_from("=H", _ask(sock, _GET_FLAGS, name), 16)
            (kind,) = struct.unpack_from("=H", _ask(sock, _GET_HARDWARE, name), 16)
            if kind == _ETHERNET and flags & _UP and not flags & _LOOPBACK:
                (mtu,) = struct.unpack_from("=i", _ask(sock, _GET_MTU, name), 16)
                found.append(Device(name, index, mtu, _driver(sock, name)))
    return found


def _ask(sock: socket.socket, what: int, name: str, argument: bytes = b"") -> bytes:
    return fcntl.ioctl(sock, what, struct.pack("=16s24s", name.encode(), argument))


def _ethtool(sock: socket.socket, name: str, command: bytes) -> bytes:
    memory = create_string_buffer(command, len(command))
    _ask(sock, _ETHTOOL, name, struct.pack("=Q", addressof(memory)))
    return memory.raw


def _driver(sock: socket.socket, name: str) -> str:
    try:
        answer = _ethtool(sock, name, struct.pack("=I", _DRIVER) + bytes(192))
    except OSError:
        return ""
    return answer[4:36].partition(b"\0")[0].decode(errors="replace")


def holder_of(address: bytes) -> int:
    """The index of the device that has this address; 0 where none has."""
    return next((index for index, each in _addresses() if each == address), 0)


def _addresses() -> Iterator[tuple[int, bytes]]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as sock:
        sock.bind((0, 0))
        sock.send(struct.pack("=IHHIIBBBBI", 24, _GET_ADDRESSES, _DUMP, 1, 0, 0, 0, 0, 0, 0))
        while True:
            data = sock.recv(1 << 16)
            at = 0
            while at < len(data):
                length, kind = struct.unpack_from("=IH", data, at)
                if kind == _DONE or length < 16:
                    return
                if kind == _NEW_ADDRESS:
                    yield from _of_message(data[at : at + length])
                at += (length + 3) & ~3


def _of_message(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The addresses in one RTM_NEWADDR."""
    (index,) = struct.unpack_from("=I", message, 20)
    at = 24
    while at + 4 <= len(message):
        length, kind = struct.unpack_from("=HH", message, at)
        if length < 4:
            return
        if kind in (_IFA_ADDRESS, _IFA_LOCAL):
            yield index, message[at + 4 : at + length]
        at += (length + 3) & ~3
