"""UE addresses of one data network: IPv4 hosts and IPv6 /64 prefixes (TS 23.501 5.8.2.2).

Addresses go round the pool, so that one given back is the last to be given again: a late packet for the
session before does not reach a stranger.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton

from pilot5g.core.smf.config import DataNetwork
from pilot5g.flow.errors import Problem, ServiceError

PREFIX = 64
RESERVED = 2
"""At the start of a pool: the network itself and the data network's own address."""
PAGE_BITS = 10
"""So many numbers (as a power of two) share one bitmap, which is there while one of them is used."""
IN_PAGE = (1 << PAGE_BITS) - 1


class _Ring:
    """Numbers from `first` up to `last`, each given once until it is back."""

    def __init__(self, first: int, last: int) -> None:
        self._first, self._last, self._next = first, last, first
        self._pages: dict[int, int] = {}
        self.used = 0
        """How many."""

    def __contains__(self, number: int) -> bool:
        return self._pages.get(number >> PAGE_BITS, 0) >> (number & IN_PAGE) & 1 == 1

    def take(self) -> int | None:
        """The next one that is free, if there is any."""
        if self.used > self._last - self._first:
            return None
        while self._next in self:
            self._advance()
        number = self._next
        self.add(number)
        self._advance()
        return number

    def add(self, number: int) -> None:
        """Mark one as used that is not."""
        page = number >> PAGE_BITS
        self._pages[page] = self._pages.get(page, 0) | 1 << (number & IN_PAGE)
        self.used += 1

    def discard(self, number: int) -> None:
        """Free one; one that is free is no error."""
        if number not in self:
            return
        page = number >> PAGE_BITS
        left = self._pages[page] ^ 1 << (number & IN_PAGE)
        if left:
            self._pages[page] = left
        else:
            del self._pages[page]
        self.used -= 1

    def _advance(self) -> None:
        self._next = self._first if self._next >= self._last else self._next + 1


class AddressPool:
    """The pools of one DNN."""

    def __init__(self, network: DataNetwork) -> None:
        self._dnn = network.dnn
        self._v4 = IPv4Network(network.ipv4_pool) if network.ipv4_pool else None
        self._v6 = IPv6Network(network.ipv6_pool) if network.ipv6_pool else None
        self._first4 = int(self._v4.network_address) if self._v4 else 0
        self._first6 = int(self._v6.network_address) >> PREFIX if self._v6 else 0
        self._hosts = _Ring(RESERVED, self._v4.num_addresses - 2) if self._v4 else None
        self._prefixes = _Ring(1, (1 << (PREFIX - self._v6.prefixlen)) - 1) if self._v6 else None

    def ipv4(self) -> str:
        """A free IPv4 address. Raises ServiceError where the pool is spent."""
        number = self._hosts.take() if self._hosts else None
        if number is None:
            raise self._spent("ipv4_pool")
        return inet_ntop(AF_INET, (self._first4 + number).to_bytes(4))

    def ipv6(self) -> str:
        """A free /64 prefix. Raises ServiceError where the pool is spent."""
        number = self._prefixes.take() if self._prefixes else None
        if number is None:
            raise self._spent("ipv6_pool")
        return f"{inet_ntop(AF_INET6, ((self._first6 + number) << PREFIX).to_bytes(16))}/{PREFIX}"

    def claim(self, ipv4: str | None, ipv6_prefix: str | None) -> None:
        """Mark addresses of the pool as used that were given before (static, or restored). Raises
        ServiceError where one of them belongs to another session."""
        for ring, number in self._numbers(ipv4, ipv6_prefix):
            if number in ring:
                raise ServiceError(
                    Problem.INSUFFICIENT_RESOURCES_SLICE_DNN,
                    f"{ipv4 or ipv6_prefix} is in use by another session",
                    "give each subscriber a static address of its own, outside the dynamic ones",
                )
        for ring, number in self._numbers(ipv4, ipv6_prefix):
            ring.add(number)

    def give_back(self, ipv4: str | None, ipv6_prefix: str | None) -> None:
        """Free what a session had; addresses from outside the pool are none of its business."""
        for ring, number in self._numbers(ipv4, ipv6_prefix):
            ring.discard(number)

    @property
    def used(self) -> int:
        """Addresses and prefixes given out."""
        return sum(ring.used for ring in (self._hosts, self._prefixes) if ring is not None)

    def _numbers(self, ipv4: str | None, ipv6_prefix: str | None) -> list[tuple[_Ring, int]]:
        found: list[tuple[_Ring, int]] = []
        if ipv4 and self._v4 and self._hosts:
            number = int.from_bytes(inet_pton(AF_INET, ipv4)) - self._first4
            if 0 <= number < self._v4.num_addresses:
                found.append((self._hosts, number))
        if ipv6_prefix and self._v6 and self._prefixes:
            address = inet_pton(AF_INET6, ipv6_prefix.partition("/")[0])
            number = int.from_bytes(address[: PREFIX // 8]) - self._first6
            if 0 <= number < 1 << (PREFIX - self._v6.prefixlen):
                found.append((self._prefixes, number))
        return found

    def _spent(self, key: str) -> ServiceError:
        return ServiceError(
            Problem.INSUFFICIENT_RESOURCES_SLICE_DNN,
            f"no address is left in `{key}` of DNN {self._dnn}",
            f"make `{key}` of that data network larger, or release sessions",
        )
