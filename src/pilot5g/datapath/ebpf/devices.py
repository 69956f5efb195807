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
_GET_LINKS, _NEW_LINK = 18, 16
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
_IFLA_MASTER = 10

_NOT_ROUTED = ("tun", "bridge")
"""Drivers of devices that packets are not routed over: those of data networks of Ethernet."""


class Device(msgspec.Struct, frozen=True):
    """An Ethernet device that is up."""

    name: str
    index: int
    mtu: int
    driver: str


def ethernet() -> list[Device]:
    """The Ethernet devices that are up and routed over: no loopback, no TAP, no bridge and no port of one."""
    found, ports = [], _ports()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        for index, name in socket.if_nameindex():
            (flags,) = struct.unpack_from("=H", _ask(sock, _GET_FLAGS, name), 16)
            (kind,) = struct.unpack_from("=H", _ask(sock, _GET_HARDWARE, name), 16)
            if kind == _ETHERNET and flags & _UP and not flags & _LOOPBACK and index not in ports:
                (mtu,) = struct.unpack_from("=i", _ask(sock, _GET_MTU, name), 16)
                device = Device(name, index, mtu, _driver(sock, name))
                if device.driver not in _NOT_ROUTED:
                    found.append(device)
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


def _ports() -> set[int]:
    """The indexes of devices that belong to another one: a bridge's ports."""
    links = _dump(_GET_LINKS, _NEW_LINK, bytes(16))
    return {
        struct.unpack_from("=i", link, 20)[0]
        for link in links
        if any(kind == _IFLA_MASTER for kind, _ in _attributes(link, 32))
    }


def _addresses() -> Iterator[tuple[int, bytes]]:
    for message in _dump(_GET_ADDRESSES, _NEW_ADDRESS, bytes(8)):
        (index,) = struct.unpack_from("=I", message, 20)
        for kind, value in _attributes(message, 24):
            if kind in (_IFA_ADDRESS, _IFA_LOCAL):
                yield index, value


def _dump(what: int, wanted: int, body: bytes) -> Iterator[bytes]:
    """The messages of one kind that the kernel answers with."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as sock:
        sock.bind((0, 0))
        sock.send(struct.pack("=IHHII", 16 + len(body), what, _DUMP, 1, 0) + body)
        while True:
            data = sock.recv(1 << 16)
            at = 0
            while at < len(data):
                length, kind = struct.unpack_from("=IH", data, at)
                if kind == _DONE or length < 16:
                    return
                if kind == wanted:
                    yield data[at : at + length]
                at += (length + 3) & ~3


def _attributes(message: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """The attributes of a message, from where they begin."""
    while at + 4 <= len(message):
        length, kind = struct.unpack_from("=HH", message, at)
        if length < 4:
            return
        yield kind, message[at + 4 : at + length]
        at += (length + 3) & ~3
