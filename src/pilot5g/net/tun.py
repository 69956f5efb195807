"""TUN and TAP: interfaces whose cable ends in this process, of IP packets and of Ethernet frames.

The UPF has one per data network (N6) and every emulated phone has one in a namespace of its own. The
descriptor is opened in a thread inside the namespace and read by this process's loop wherever that is, so
one process carries hundreds of phones.

A system call and the walk through the kernel's stack behind it are most of what a packet costs. So packets
travel in superframes where the flow allows (`wire.ip.superframe`): what the kernel has not cut it gives
whole, and what can be joined it gets joined. The ports' users see none of it. Summing and cutting in plain
Python costs more than it saves: without the compiled form a TUN carries packet by packet.

IPv6 on a TUN needs care: it has no MAC address to make an interface identifier of, so the kernel would make
a random one, while a phone's is given by the network (TS 23.501 5.8.2.2.3). Automatic link-local addresses
are therefore off; the one that the network gave is set by hand; and then the kernel itself solicits a router
and takes the prefix, because a kernel asked to form an address without a MAC copies the identifier from the
link-local one (RFC 4862 5.5.3).
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import ipaddress
import os
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from pilot5g.net.namespace import TUN_DEVICE, inside
from pilot5g.net.netlink import Netlink
from pilot5g.wire.ip import superframe
from pilot5g.wire.ip.sums import COMPILED

BATCH = 64
"""Reads of one wake-up at most, and the packets after which there is none more: a read may bring 47."""
DEFAULT_MTU = 1456
"""What of 1500 is left inside IPv4, UDP and a GTP-U header with PDU session container (44 octets)."""
ETHERNET_HEADER = 14
QUEUE = 1000
"""Packets the kernel keeps for us between two reads."""

# linux/if_tun.h
_SET_INTERFACE, _SET_OFFLOAD, _SET_LITTLE_ENDIAN = 0x400454CA, 0x400454D0, 0x400454DC
_SET_INDEX, _SET_PERSIST, _GET_INTERFACE = 0x400454DA, 0x400454CB, 0x800454D2
_TUN, _TAP, _NO_INFORMATION = 0x0001, 0x0002, 0x1000
_FRAME_HEADER, _PERSISTENT = 0x4000, 0x0800
_CUT_TCP = 0x01 | 0x02 | 0x04 | 0x08
"""Checksums, and TCP over IPv4, IPv6, with congestion marks."""
_CUT_UDP = 0x20 | 0x40
_FRAME = 65_536 + 10


_closing: dict[tuple[str | None, str], threading.Thread] = {}
"""Interfaces on their way out: one of the same name can be made when its thread has ended."""


class Cut(msgspec.Struct, frozen=True):
    """The interface carries superframes, of TCP, and perhaps of UDP (from Linux 6.2 on)."""

    datagrams: bool


class TunPort:
    """A PacketPort (flow.link) over one TUN device, gone when closed."""

    def __init__(
        self, descriptor: int, name: str, index: int, namespace: str | None, netlink: Netlink, cut: Cut | None
    ) -> None:
        self._descriptor = descriptor
        self._cut = cut
        self._name = name
        self._namespace = namespace
        self._netlink = netlink
        self._index = index
        self._kept = _is_kept(descriptor)
        self._loop = asyncio.get_running_loop()
        self._receive: Callable[[list[bytes]], None] = _discard
        self.dropped = 0
        """Packets the kernel did not take: link down, or not IP."""
        self._loop.add_reader(descriptor, self._readable)

    @property
    def name(self) -> str:
        return self._name

    @property
    def namespace(self) -> str | None:
        return self._namespace

    def on_packets(self, receive: Callable[[list[bytes]], None]) -> None:
        self._receive = receive

    def send(self, packet: bytes) -> None:
        try:
            os.write(self._descriptor, packet if self._cut is None else superframe.alone(packet))
        except OSError:
            self.dropped += 1

    def send_many(self, packets: Iterable[bytes]) -> None:
        write, descriptor, cut = os.write, self._descriptor, self._cut
        frames = packets if cut is None else superframe.coalesce(list(packets), cut.datagrams)
        for frame in frames:
            try:
                write(descriptor, frame)
            except OSError:
                self._refused(frame)

    def _refused(self, frame: bytes) -> None:
        """The kernel takes no such superframe, or nothing at all: then packet by packet, or not."""
        packets = [frame] if self._cut is None else superframe.segment(frame)
        if len(packets) < 2:
            self.dropped += 1
            return
        for packet in packets:
            self.send(packet)

    def keep(self, kept: bool) -> None:
        """Have the interface outlive this process with its addresses and routes, or not. What it is given
        while nobody has it open it drops, without a word to the sender. Raises OSError."""
        fcntl.ioctl(self._descriptor, _SET_PERSIST, int(kept))
        self._kept = kept

    def close(self) -> None:
        """Take the interface down with its routes; the kernel has removed it some 20 ms later.

        That long it waits for all its processors, so a thread does: they wait together for many interfaces.
        One that is kept stays as it is.
        """
        self._receive = _discard
        if self._descriptor < 0:
            return
        self._loop.remove_reader(self._descriptor)
        if not self._kept:
            with suppress(OSError):
                self._netlink.set_down(self._index)
        self._netlink.close()
        key = (self._namespace, self._name)
        thread = threading.Thread(target=_close, args=(self._descriptor, key), name=f"close {self._name}")
        _closing[key] = thread
        self._descriptor = -1
        thread.start()

    def add_address(self, interface: str) -> None:
        """`10.45.0.1/16`. Raises OSError."""
        self._netlink.add_address(self._index, interface)

    def remove_address(self, interface: str) -> None:
        """Raises OSError."""
        self._netlink.delete_address(self._index, interface)

    def join(self, bridge: str) -> None:
        """Become a port of a bridge. Raises OSError."""
        self._netlink.set_master(self._index, bridge)

    def add_route(self, network: str) -> None:
        """A route over this interface. Raises OSError."""
        self._netlink.add_route(network, index=self._index)

    def delete_route(self, network: str) -> None:
        """Raises OSError (ESRCH: there is none)."""
        self._netlink.delete_route(network, index=self._index)

    def routes(self) -> list[str]:
        """The networks that were routed over this interface. Raises OSError."""
        return self._netlink.routes(self._index)

    def have_only(self, addresses: Iterable[str]) -> None:
        """Take away every other address, of a process before that kept the interface. Raises OSError."""
        wanted = {str(ipaddress.ip_interface(each)) for each in addresses}
        for each in self._netlink.addresses(self._index):
            if each not in wanted:
                self._netlink.delete_address(self._index, each)

    def _readable(self) -> None:
        read, descriptor, whole = os.read, self._descriptor, self._cut is None
        batch: list[bytes] = []
        try:
            for _ in range(BATCH):
                frame = read(descriptor, _FRAME)
                if whole:
                    batch.append(frame)
                    continue
                batch += superframe.segment(frame)
                if len(batch) >= BATCH:
                    break
        except OSError:
            pass  # drained, or the link is down
        if batch:
            self._receive(batch)


def _close(descriptor: int, key: tuple[str | None, str]) -> None:
    os.close(descriptor)
    _closing.pop(key, None)


def _discard(_: list[bytes]) -> None:
    """No receiver yet, or none any more."""


class PhoneInterface(TunPort):
    """The interface of an emulated phone: what its PDU session gives, set as it becomes known."""

    def set_ipv4(self, address: str) -> None:
        """The address of the session as /32, and everything routed over it. Raises OSError."""
        self.add_address(f"{address}/32")
        self.add_route("0.0.0.0/0")

    def set_link_local(self, identifier: bytes) -> None:
        """The interface identifier (8 octets) that the network assigned; the kernel solicits from here on.

        It takes prefix and default route from the answer; `global_ipv6` says when. Raises OSError.
        """
        inside(self._namespace, lambda: _accept_advertisements(self._name))
        link_local = ipaddress.IPv6Address(b"\xfe\x80" + bytes(6) + identifier)
        self.add_address(f"{link_local}/64")

    def set_ipv6(self, address: str) -> None:
        """A global address and the default route, where no router advertisement gave them. Raises OSError."""
        self.add_address(f"{address}/64")
        self.add_route("::/0")

    def global_ipv6(self) -> str | None:
        """The global address that the interface has by now, if any."""
        return inside(self._namespace, lambda: _global_address(self._name))


def _is_kept(descriptor: int) -> bool:
    """Whether a process before has the interface outlive it."""
    (flags,) = struct.unpack_from("=H", fcntl.ioctl(descriptor, _GET_INTERFACE, bytes(40)), 16)
    return bool(flags & _PERSISTENT)


def remove_tun(name: str) -> bool:
    """Remove an interface that a process before has kept; whether there was one. Raises OSError (EBUSY: a
    process has it open)."""
    if name not in (each for _, each in socket.if_nameindex()):
        return False
    descriptor = os.open(TUN_DEVICE, os.O_RDWR | os.O_CLOEXEC)
    try:
        try:
            fcntl.ioctl(descriptor, _SET_INTERFACE, struct.pack("16sH22x", name.encode(), _TUN))
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            fcntl.ioctl(descriptor, _SET_INTERFACE, struct.pack("16sH22x", name.encode(), _TAP))
        fcntl.ioctl(descriptor, _SET_PERSIST, 0)
    finally:
        os.close(descriptor)
    return True


P = TypeVar("P", bound=TunPort)


def open_tun(
    name: str,
    addresses: Sequence[str] = (),
    *,
    mtu: int = DEFAULT_MTU,
    namespace: str | None = None,
    routes: Sequence[str] = (),
    superframes: bool = COMPILED,
) -> TunPort:
    """A TUN interface that is up, with addresses (`10.45.0.1/16`) and routes over it: a new one, or one that
    a process before has kept. Raises OSError."""
    port = _open(TunPort, name, namespace, mtu, superframes)
    try:
        port.have_only(addresses)
        for address in addresses:
            port.add_address(address)
        for network in routes:
            port.add_route(network)
    except BaseException:
        port.close()
        raise
    return port


def open_phone_interface(
    name: str,
    *,
    namespace: str | None = None,
    mtu: int = DEFAULT_MTU,
    superframes: bool = COMPILED,
    index: int = 0,
) -> PhoneInterface:
    """A phone's interface, up and without addresses, with an index of choice or (0) the kernel's. Raises
    OSError."""
    return _open(PhoneInterface, name, namespace, mtu, superframes, index=index)


def open_tap(
    name: str,
    addresses: Sequence[str] = (),
    *,
    mtu: int = DEFAULT_MTU - ETHERNET_HEADER,
    namespace: str | None = None,
    bridge: str = "",
    host: bool = False,
) -> TunPort:
    """A TAP interface that is up: its packets are Ethernet frames. It is a port of `bridge` where one is
    named, and the interface of a `host`, with a link-local address of the kernel's making, or nobody's.
    Raises OSError."""
    port = _open(TunPort, name, namespace, mtu, False, _TAP, host=host)
    try:
        if bridge:
            port.join(bridge)
        for address in addresses:
            port.add_address(address)
    except BaseException:
        port.close()
        raise
    return port


def _open(
    port: type[P],
    name: str,
    namespace: str | None,
    mtu: int,
    superframes: bool,
    kind: int = _TUN,
    index: int = 0,
    host: bool = False,
) -> P:
    closing = _closing.get((namespace, name))
    if closing is not None:
        closing.join()
    descriptor, netlink = inside(namespace, lambda: _create(name, superframes, kind, index, host))
    try:
        cut = _agree(descriptor) if superframes else None
        given = netlink.index(name)
        netlink.set_link(given, mtu=mtu, queue=QUEUE)
        return port(descriptor, name, given, namespace, netlink, cut)
    except BaseException:
        os.close(descriptor)
        netlink.close()
        raise


def _agree(descriptor: int) -> Cut:
    """Tell the kernel what it need not cut. Raises OSError."""
    fcntl.ioctl(descriptor, _SET_LITTLE_ENDIAN, struct.pack("i", 1))
    try:
        fcntl.ioctl(descriptor, _SET_OFFLOAD, _CUT_TCP | _CUT_UDP)
    except OSError:
        fcntl.ioctl(descriptor, _SET_OFFLOAD, _CUT_TCP)
        return Cut(datagrams=False)
    return Cut(datagrams=True)


def _create(name: str, superframes: bool, kind: int, index: int, host: bool) -> tuple[int, Netlink]:
    """In the namespace of the calling thread: the device belongs to it and so does the netlink socket."""
    descriptor = os.open(TUN_DEVICE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        flags = kind | _NO_INFORMATION | (_FRAME_HEADER if superframes else 0)
        if index:
            fcntl.ioctl(descriptor, _SET_INDEX, struct.pack("I", index))
        request = struct.pack("16sH22x", name.encode(), flags)
        fcntl.ioctl(descriptor, _SET_INTERFACE, request)
        if not host:
            _prepare_ipv6(name)
        return descriptor, Netlink()
    except BaseException:
        os.close(descriptor)
        raise


def _prepare_ipv6(name: str) -> None:
    """No duplicate address detection, no link-local address of the kernel's own making."""
    settings = Path("/proc/sys/net/ipv6/conf") / name
    if settings.is_dir():
        (settings / "accept_dad").write_text("0")
        (settings / "addr_gen_mode").write_text("1")


def _accept_advertisements(name: str) -> None:
    settings = Path("/proc/sys/net/ipv6/conf") / name
    (settings / "accept_ra").write_text("2")
    (settings / "router_solicitation_delay").write_text("0")


def _global_address(name: str) -> str | None:
    for line in Path("/proc/thread-self/net/if_inet6").read_text().splitlines():
        address, _, _, scope, _, device = line.split()
        if device == name and scope == "00":
            return str(ipaddress.IPv6Address(bytes.fromhex(address)))
    return None
