"""Links, addresses and routes of one network namespace, over rtnetlink (rtnetlink(7)).

A few requests are all this project makes of the kernel, hundreds of times while a network starts. Encoding
them here costs some 20 us each; a general library costs a fifth of a second to import and milliseconds a
request, which 200 phones would notice. A socket belongs for ever to the namespace it was opened in, so one
process holds one per namespace and never leaves its own.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from struct import Struct
from types import TracebackType
from typing import Self

_HEADER = Struct("=IHHII")
_LINK = Struct("=BxHiII")
_ADDRESS = Struct("=BBBBI")
_ROUTE = Struct("=BBBBBBBBI")
_QDISC = Struct("=B3xiIII")
_ATTRIBUTE = Struct("=HH")
_INT = Struct("=i")

# Message types and flags (linux/rtnetlink.h, linux/netlink.h)
NEW_LINK, DELETE_LINK, GET_LINK = 16, 17, 18
NEW_ADDRESS, DELETE_ADDRESS = 20, 21
NEW_ROUTE, DELETE_ROUTE = 24, 25
GET_ADDRESS, GET_ROUTE = 22, 26
NEW_QDISC = 36
ERROR, DONE = 2, 3
REQUEST, ACK, EXCLUSIVE, CREATE, REPLACE, DUMP = 0x001, 0x004, 0x200, 0x400, 0x100, 0x300

# Attributes (linux/if_link.h, linux/if_addr.h, linux/rtnetlink.h, linux/veth.h)
IFLA_IFNAME, IFLA_MTU, IFLA_MASTER, IFLA_TXQLEN, IFLA_LINKINFO, IFLA_NET_NS_FD = 3, 4, 10, 13, 18, 28
INFO_KIND, INFO_DATA, VETH_PEER, BRIDGE_SNOOPING = 1, 2, 1, 23
IFA_ADDRESS, IFA_LOCAL, IFA_FLAGS = 1, 2, 8
RTA_DST, RTA_OIF, RTA_GATEWAY = 1, 4, 5
TCA_KIND, TCA_OPTIONS = 1, 2
NO_DAD = 0x02
UP = 1
MAIN_TABLE, STATIC, UNICAST, SCOPE_LINK = 254, 4, 1, 253


def _attribute(kind: int, value: bytes) -> bytes:
    return _ATTRIBUTE.pack(4 + len(value), kind) + value + bytes(-len(value) % 4)


def _attributes(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while at + _ATTRIBUTE.size <= len(data):
        size, kind = _ATTRIBUTE.unpack_from(data, at)
        found[kind] = data[at + _ATTRIBUTE.size : at + size]
        at += max((size + 3) & ~3, _ATTRIBUTE.size)
    return found


def _name(name: str) -> bytes:
    return _attribute(IFLA_IFNAME, name.encode() + b"\0")


class Netlink:
    """An rtnetlink socket in the namespace of the thread that makes it. Every method raises OSError."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
        self._socket.bind((0, 0))
        self._sequence = 0

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def index(self, name: str) -> int:
        """The index of a link."""
        answer = self._request(GET_LINK, 0, _LINK.pack(0, 0, 0, 0, 0) + _name(name), f"find link {name}")
        index: int = _LINK.unpack_from(answer, _HEADER.size)[2]
        return index

    def add_veth(
        self, name: str, peer: str, peer_namespace: int, mtu: int, *, index: int = 0, peer_index: int = 0
    ) -> None:
        """A pair of virtual Ethernet links: `name` here, `peer` in the namespace of that descriptor; both
        with an index of choice, or none."""
        size = _attribute(IFLA_MTU, _INT.pack(mtu))
        far = _LINK.pack(0, 0, peer_index, 0, 0) + _name(peer) + size
        far += _attribute(IFLA_NET_NS_FD, _INT.pack(peer_namespace))
        data = _attribute(INFO_DATA, _attribute(VETH_PEER, far))
        kind = _attribute(IFLA_LINKINFO, _attribute(INFO_KIND, b"veth") + data)
        body = _LINK.pack(0, 0, index, 0, 0) + _name(name) + size + kind
        self._request(NEW_LINK, CREATE | EXCLUSIVE, body, f"create veth {name} - {peer}")

    def add_bridge(self, name: str) -> None:
        """A bridge without ports. It does not look into multicast, and so has nothing to say itself."""
        data = _attribute(INFO_DATA, _attribute(BRIDGE_SNOOPING, b"\0"))
        kind = _attribute(IFLA_LINKINFO, _attribute(INFO_KIND, b"bridge") + data)
        body = _LINK.pack(0, 0, 0, UP, UP) + _name(name) + kind
        self._request(NEW_LINK, CREATE | EXCLUSIVE, body, f"create bridge {name}")

    def set_master(self, index: int, bridge: str) -> None:
        """Make a link a port of a bridge."""
        body = _LINK.pack(0, 0, index, 0, 0) + _attribute(IFLA_MASTER, _INT.pack(self.index(bridge)))
        self._request(NEW_LINK, 0, body, f"make link {index} a port of {bridge}")

    def set_link(self, index: int, *, mtu: int | None = None, queue: int | None = None) -> None:
        """Bring a link up, with this MTU and transmit queue length where given."""
        body = _LINK.pack(0, 0, index, UP, UP)
        if mtu is not None:
            body += _attribute(IFLA_MTU, _INT.pack(mtu))
        if queue is not None:
            body += _attribute(IFLA_TXQLEN, _INT.pack(queue))
        self._request(NEW_LINK, 0, body, f"bring link {index} up")

    def add_queue(self, index: int, packets: int) -> None:
        """A queue before a link that has none, as a veth: it holds senders back while the far end is full."""
        body = _QDISC.pack(0, index, 0, 0xFFFFFFFF, 0) + _attribute(TCA_KIND, b"pfifo\0")
        body += _attribute(TCA_OPTIONS, _INT.pack(packets))
        self._request(NEW_QDISC, CREATE | REPLACE, body, f"put a queue before link {index}")

    def set_down(self, index: int) -> None:
        """Take a link down: nothing is routed over it any more."""
        self._request(NEW_LINK, 0, _LINK.pack(0, 0, index, 0, UP), f"take link {index} down")

    def delete_link(self, index: int) -> None:
        self._request(DELETE_LINK, 0, _LINK.pack(0, 0, index, 0, 0), f"delete link {index}")

    def add_address(self, index: int, interface: str) -> None:
        """An address with its prefix length, `10.45.0.1/16`; IPv6 without duplicate address detection."""
        body = self._address(index, interface)
        self._request(NEW_ADDRESS, CREATE | REPLACE, body, f"add address {interface}")

    def delete_address(self, index: int, interface: str) -> None:
        self._request(DELETE_ADDRESS, 0, self._address(index, interface), f"delete address {interface}")

    def addresses(self, index: int) -> list[str]:
        """Every address of a link, with its prefix length."""
        found = []
        for message in self._dump(GET_ADDRESS, _ADDRESS.pack(0, 0, 0, 0, 0), _ADDRESS.size):
            _, length, _, _, link = _ADDRESS.unpack_from(message[0])
            value = message[1].get(IFA_LOCAL) or message[1].get(IFA_ADDRESS)
            if link == index and value is not None:
                found.append(f"{ipaddress.ip_address(value)}/{length}")
        return found

    def routes(self, index: int) -> list[str]:
        """The networks that `add_route` has routed over a link."""
        found = []
        for message in self._dump(GET_ROUTE, _ROUTE.pack(0, 0, 0, 0, 0, 0, 0, 0, 0), _ROUTE.size):
            _, length, _, _, table, made_by, _, _, _ = _ROUTE.unpack_from(message[0])
            link, target = message[1].get(RTA_OIF), message[1].get(RTA_DST)
            ours = table == MAIN_TABLE and made_by == STATIC and link == _INT.pack(index)
            if ours and target is not None:
                found.append(f"{ipaddress.ip_address(target)}/{length}")
        return found

    def _dump(self, kind: int, body: bytes, fixed: int) -> list[tuple[bytes, dict[int, bytes]]]:
        """All that there is of a kind: what each message begins with, and its attributes."""
        self._sequence += 1
        header = _HEADER.pack(_HEADER.size + len(body), kind, REQUEST | DUMP, self._sequence, 0)
        self._socket.send(header + body)
        found: list[tuple[bytes, dict[int, bytes]]] = []
        while True:
            answer, at = self._socket.recv(1 << 17), 0
            while at < len(answer):
                size, what, _, sequence, _ = _HEADER.unpack_from(answer, at)
                message = answer[at + _HEADER.size : at + size]
                at += (size + 3) & ~3
                if sequence != self._sequence:
                    continue
                if what == DONE:
                    return found
                if what == ERROR:
                    code = -_INT.unpack_from(message)[0]
                    raise OSError(code, f"list addresses or routes: {os.strerror(code)}")
                found.append((message[:fixed], _attributes(message[fixed:])))

    def _address(self, index: int, interface: str) -> bytes:
        value = ipaddress.ip_interface(interface)
        family = socket.AF_INET if value.version == 4 else socket.AF_INET6
        body = _ADDRESS.pack(family, value.network.prefixlen, 0, 0, index)
        body += _attribute(IFA_LOCAL, value.packed) + _attribute(IFA_ADDRESS, value.packed)
        if value.version == 6:
            body += _attribute(IFA_FLAGS, _INT.pack(NO_DAD))
        return body

    def add_route(self, network: str, *, index: int | None = None, via: str | None = None) -> None:
        """A route to `network` (`0.0.0.0/0` and `::/0` are the default) over a link, a gateway, or both."""
        body = self._route(network, index, via)
        self._request(NEW_ROUTE, CREATE | REPLACE, body, f"add route {network}")

    def delete_route(self, network: str, *, index: int | None = None, via: str | None = None) -> None:
        body = self._route(network, index, via)
        self._request(DELETE_ROUTE, 0, body, f"delete route {network}")

    def _route(self, network: str, index: int | None, via: str | None) -> bytes:
        target = ipaddress.ip_network(network)
        family = socket.AF_INET if target.version == 4 else socket.AF_INET6
        scope = SCOPE_LINK if via is None and target.version == 4 else 0
        body = _ROUTE.pack(family, target.prefixlen, 0, 0, MAIN_TABLE, STATIC, scope, UNICAST, 0)
        if target.prefixlen:
            body += _attribute(RTA_DST, target.network_address.packed)
        if via is not None:
            body += _attribute(RTA_GATEWAY, ipaddress.ip_address(via).packed)
        if index is not None:
            body += _attribute(RTA_OIF, _INT.pack(index))
        return body

    def _request(self, kind: int, flags: int, body: bytes, what: str) -> bytes:
        """One request and its answer or acknowledgement."""
        self._sequence += 1
        expected = 0 if kind == GET_LINK else ACK
        size = _HEADER.size + len(body)
        self._socket.send(_HEADER.pack(size, kind, REQUEST | expected | flags, self._sequence, 0) + body)
        while True:
            answer = self._socket.recv(65_536)
            _, answered, _, sequence, _ = _HEADER.unpack_from(answer)
            if sequence != self._sequence:
                continue  # left over from an interrupted request
            if answered != ERROR:
                return answer
            code = -_INT.unpack_from(answer, _HEADER.size)[0]
            if code:
                raise OSError(code, f"{what}: {os.strerror(code)}")
            return answer
